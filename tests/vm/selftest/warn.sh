#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a warning in the kernel's log is red, although the test itself passes
# expect: FAIL ^dmesg: WARNING
set -e
insmod "$KMODS/selftest_bad.ko" mode=warn
rmmod selftest_bad
