#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a file system left mounted is red
# expect: FAIL ^left mounted: /mnt/left
mkdir -p /mnt/left
mount -t tmpfs left /mnt/left
