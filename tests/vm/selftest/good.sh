#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a plain good test is green
# expect: ok
echo "all is well"
