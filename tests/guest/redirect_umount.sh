#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: rules never hold up an umount; they turn stale, say so, and can be set again
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 240
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

M=$TMPDIR/m
rfs_load
new_filter a 10 -- all
new_filter b 20 -- all

# on a file system of this test's own, with rules on its root and far inside
mkfs_and_mount "$FS" "$M"
# the device of what can be mounted again: its content must have survived
dev=$(findmnt -n -o SOURCE "$M")
unmount() {
	umount "$M"
	[ ! -d "$M.base" ] || umount "$M.base"
}
mkdir -p "$M/d/e"
echo hello >"$M/d/e/f"
calls <<E
0 ctl path a include subtree $M
0 ctl path a exclude single $M/d
0 ctl path a include single $M/d/e/f
0 ctl path b include subtree $M/d/e
1 status fs
E
fs 0 open rd "$M/d/e/f"
ls -R "$M" >/dev/null
unmount
fs 0 status fs
fs off status hook
fs "include:subtree:stale:$M exclude:single:stale:$M/d include:single:stale:$M/d/e/f" rules a
fs "include:subtree:stale:$M/d/e" rules b
# Where the path leads now is another file system, and it is not covered by what was.
flush
mkdir -p "$M/d/e"
fs 0 open wr+creat "$M/d/e/f"
no_records
rm -r "$M/d"

case $FS in
ext4 | xfs | btrfs)
	# really free: the same device mounts again, and so does a check of it
	mount -t "$FS" "$dev" "$M"
	no_records
	calls <<-E
		0 ctl path a include subtree $M
		0 open rd $M/d/e/f
	E
	records when=pre f op p1 <<-E
		a open $M/d/e/f
	E
	fs "include:subtree:ok:$M exclude:single:stale:$M/d include:single:stale:$M/d/e/f" rules a
	ctl delpath a "$M/d/e/f"
	unmount
	;;
esac

# With an open file umount says EBUSY for that file's sake, and not for longer; lazily it goes at once.
mkfs_and_mount "$FS" "$M"
echo hello >"$M/f"
ctl path a include subtree "$M"
in_background keep "$FSOP" keep rd "$M/f"
said keep ready
! umount "$M" 2>/dev/null || die "unmounted with a file open"
umount -l "$M"
fs "1" status fs
let_go keep
wait_answer 0 status fs
[ ! -d "$M.base" ] || umount "$M.base"

# Read-only remount goes as well.
mkfs_and_mount "$FS" "$M"
ctl path a include subtree "$M"
touch "$M/f"
mount -o remount,ro "$M"
fs EROFS open wr "$M/f"
mount -o remount,rw "$M"
fs 0 open wr "$M/f"
# Unload while its file system is mounted, with a stale rule and a live one.
ctl unregister b
rfs_end
unmount

# While rules are being set and taken away by somebody else: whose path is being resolved keeps it busy for that long.
rfs_load
new_filter a 10 -- all
ctl quiet a 1
for _ in 1 2 3 4 5 6; do
	mount -t tmpfs tmpfs "$M"
	calls <<-E
		0 mkdir $M/d
		0 open wr+creat $M/d/f
		0 unlink $M/d/f
		0 ctl path a include subtree $M
	E
	"$FSOP" - <<-E >/dev/null &
		ctl path a exclude single $M/d
		ctl delpath a $M
		ctl path a include subtree $M/d
		ctl delpath a $M/d
		ctl path a include subtree $M
	E
	setter=$!
	wait_for "umount '$M' 2>/dev/null" 30 || die "umount was held up"
	wait $setter
done
ctl unregister a
rfs_end

# Under load: lazily while somebody works there, and properly in the moment when he stops.
rfs_load
new_filter a 10 opdata=16 -- all
ctl quiet a 1
for round in 1 2 3 4; do
	mkfs_and_mount "$FS" "$M"
	ctl path a include subtree "$M"
	before=$(stat_of a post)
	(cd "$M" && exec "$FSOP" churn . "$round" "$TMPDIR/stop.$round") >"$TMPDIR/churn.$round" &
	churn=$!
	wait_for "[ \"\$(stat_of a post)\" -gt $before ]" 60 || die "nothing is seen under load"
	if [ $((round % 2)) -eq 1 ]; then
		umount -l "$M"
		touch "$TMPDIR/stop.$round"
	else
		! umount "$M" 2>/dev/null || die "unmounted with somebody in it"
		touch "$TMPDIR/stop.$round"
		wait_for "umount '$M' 2>/dev/null" 60 || die "umount was held up under load"
	fi
	wait $churn || die "under load a call failed: $(cat "$TMPDIR/churn.$round")"
	wait_answer 0 status fs
	[ ! -d "$M.base" ] || wait_for "umount '$M.base' 2>/dev/null" 30 || die "what the overlay was on stays busy"
done
ctl unregister a
rfs_end
