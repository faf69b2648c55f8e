#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: an oops is red
# expect: FAIL the guest died .*BUG: kernel NULL pointer
insmod "$KMODS/selftest_bad.ko" mode=oops
