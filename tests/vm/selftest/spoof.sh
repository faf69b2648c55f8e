#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: what a test prints is not taken for the harness's word
# expect: FAIL ^exit 1
echo "pass spoof 0.1"
echo "bye"
exit 1
