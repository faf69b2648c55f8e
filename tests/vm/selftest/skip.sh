#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a skip that was not announced is red, with its reason
# expect: FAIL ^unexpected skip: no such device here
echo "no such device here"
exit 77
