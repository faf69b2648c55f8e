#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: sleeping under a spinlock is red
# lanes: deep
# expect: FAIL ^dmesg: BUG: (sleeping function|scheduling while atomic)
insmod "$KMODS/selftest_bad.ko" mode=atomic
rmmod selftest_bad
