#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a test that does not end is red
# timeout: 5
# expect: FAIL ^timed out after
exec sleep infinity
