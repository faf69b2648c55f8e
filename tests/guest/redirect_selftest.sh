#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: loading runs the self-test, which leaves nothing behind
# fs: none
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

before=$(cat /proc/self/mountinfo)
dmesg_mark
rfs_load
! dmesg_since | grep -i 'self.test.*fail' || die "the self-test failed, and the module loaded"
fs 0 status filters
fs 0 status fs
fs off status hook
[ "$(cat /proc/self/mountinfo)" = "$before" ] || die "the self-test's file system is mounted somewhere"
# its filters are gone: their names and priorities are free
for priority in -2147483648 -1 0 1 2147483647; do
	ctl register "p$priority" "$priority"
	ctl unregister "p$priority"
done
rfs_end
