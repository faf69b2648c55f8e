#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a task that is blocked too long is red, although the test itself passes
# timeout: 150
# expect: FAIL ^dmesg: INFO: task selftest_bad
. "$SRC/tests/guest/lib.sh"
load selftest_bad mode=hung
wait_for "dmesg | grep -q 'blocked for more than'" 120 || die "the kernel did not notice"
unload
