#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: what a test leaves running is ended, and does not hold its file system
# fs: ext4
# expect: ok
cd "$T" || exit
setsid sleep infinity >/dev/null 2>&1 &
disown
