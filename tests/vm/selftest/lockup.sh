#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a guest whose processors all spin with interrupts off is red
# timeout: 5
# expect: FAIL the guest hangs
insmod "$KMODS/selftest_bad.ko" mode=lockup
