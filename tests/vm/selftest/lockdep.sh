#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: taking two locks in both orders is red
# lanes: deep
# expect: FAIL ^dmesg: WARNING: possible circular locking
insmod "$KMODS/selftest_bad.ko" mode=lockdep
rmmod selftest_bad
