#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a program that is missing skips the test, and says which
# needs: bash nonexistent-program
# expect: FAIL ^unexpected skip: needs nonexistent-program
exit 0
