#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: copy_file_range answers the same for bare and for watched files, within and between file systems
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w O=$TMPDIR/o X=$TMPDIR/x
mkdir "$W" "$O" "$X"
mkfs_and_mount ext4 "$X"
for d in "$W" "$O" "$X"; do
	echo "content of a file" >"$d/f"
done

# every pair of three file systems; a copy's content is checked by reading it
pairs() {
	local from to
	for from in "$W" "$O" "$X"; do
		for to in "$W" "$O" "$X"; do
			cat <<-E
				open rd $from/f as f
				open rdwr+creat+trunc $to/copy as c
				copyrange f c 100
				read c
				close f
				close c
				unlink $to/copy
			E
		done
	done
}
pairs | "$FSOP" - >"$TMPDIR/bare"
rfs_load
new_filter a 10 -- all
for d in "$W" "$O" "$X"; do
	ctl path a include subtree "$d"
done
pairs | "$FSOP" - >"$TMPDIR/all"
want "all watched: as bare" diff "$TMPDIR/bare" "$TMPDIR/all"
ctl path a exclude subtree "$W"
pairs | "$FSOP" - >"$TMPDIR/some"
want "some watched: as bare" diff "$TMPDIR/bare" "$TMPDIR/some"
grep -qx 18 "$TMPDIR/bare" || die "nothing was copied at all"
ctl unregister a
umount "$X"
rfs_end
