#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a file system answers the same, errno by errno, bare and attached with a filter that watches everything
# fs: ext2 ext3 ext4 xfs btrfs f2fs vfat tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/posix.sh
. "$SRC/tests/guest/helper/posix.sh"

posix_answers "$T/bare" >"$TMPDIR/bare"
[ "$FS" = vfat ] || posix_complete "$TMPDIR/bare"
rfs_load
new_filter a 10 opdata=32 -- all
# not all of them are attached unasked
ctl path a include subtree force "$T"
posix_answers "$T/attached" >"$TMPDIR/attached"
want "attached: as bare" diff -U 1 "$TMPDIR/bare" "$TMPDIR/attached"
[ "$(stat_of a pre)" -gt 150 ] || die "only $(stat_of a pre) operations were seen"
ctl unregister a
rfs_end
posix_answers "$T/after" >"$TMPDIR/after"
want "afterwards: as bare" diff -U 1 "$TMPDIR/bare" "$TMPDIR/after"
echo "$(wc -l <"$TMPDIR/bare") calls, $(cut -d ' ' -f 1 "$TMPDIR/bare" | sort -u | grep -c '^E') different errnos"
