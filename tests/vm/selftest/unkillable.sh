#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a process that no signal reaches is red, and the rest runs in another guest
# timeout: 5
# expect: FAIL ^timed out after
insmod "$KMODS/selftest_bad.ko" mode=stuck
