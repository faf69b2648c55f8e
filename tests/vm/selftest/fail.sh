#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: an exit code other than 0 and 77 is red
# expect: FAIL ^exit 3
exit 3
