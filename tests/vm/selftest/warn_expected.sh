#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a warning that the test announced is green
# dmesg-ok: WARNING: .*selftest_bad|Call Trace
# expect: ok
set -e
insmod "$KMODS/selftest_bad.ko" mode=warn
rmmod selftest_bad
