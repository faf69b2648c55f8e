#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: memory that a module loses turns its guest red
# lanes: deep
# expect: ok
# expect-also: FAIL kmemleak-
insmod "$KMODS/selftest_bad.ko" mode=leak
rmmod selftest_bad
