#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a guest that goes away without a result is red
# expect: FAIL the guest died
echo o >/proc/sysrq-trigger
exec sleep infinity
