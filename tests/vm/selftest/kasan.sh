#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a use after free is red
# lanes: deep
# expect: FAIL ^dmesg: BUG: KASAN: use-after-free
insmod "$KMODS/selftest_bad.ko" mode=uaf
rmmod selftest_bad
