#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a panic is red, names its cause, and the rest runs in another guest
# expect: FAIL the guest died .*Kernel panic.*selftest_bad: asked to
insmod "$KMODS/selftest_bad.ko" mode=panic
