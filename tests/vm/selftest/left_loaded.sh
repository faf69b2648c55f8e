#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a module left loaded is red
# expect: FAIL ^left loaded: selftest_bad
insmod "$KMODS/selftest_bad.ko"
