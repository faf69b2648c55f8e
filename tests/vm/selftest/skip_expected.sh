#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a skip that was announced is counted as one
# expect-skip: all the test wants to be skipped
# expect: skip no such device here
echo "no such device here"
exit 77
