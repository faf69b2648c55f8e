#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: the guest is clean again after all that
# expect: ok
! lsmod | grep -q selftest_bad
