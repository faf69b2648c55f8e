#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: no inode is ever found unguarded: not a new one, not one read from disk, whatever made or found it
# fs: ext2 ext3 ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir -p "$W/old/deep/er"
echo x >"$W/old/deep/er/f"
ln -s f "$W/old/deep/er/l"
rfs_load
new_filter a 10 -- open:pre setattr:pre unlink:pre
ctl path a include subtree "$W"
ctl deny a open EACCES
ctl quiet a 1

# Read from disk: nothing of it is in memory when it is looked up.
sync
echo 2 >/proc/sys/vm/drop_caches
fs EACCES open rd "$W/old/deep/er/f"
fs EACCES open rd+directory "$W/old/deep"
ctl deny a setattr EROFS
fs EROFS chmod 600 "$W/old/deep/er/f"
# tmpfs leaves the attributes of links to the VFS
lchown=EROFS
[ "$FS" != tmpfs ] || lchown=0
fs $lchown lchown 1 2 "$W/old/deep/er/l"

# Made in every way there is, and used by its name at once.
calls <<E
0 mkdir $W/d
EACCES open rd+directory $W/d
EROFS chmod 700 $W/d
0 mknod $W/d/f reg
EACCES open rd $W/d/f
EACCES open wr+creat $W/d/g
EROFS chmod 700 $W/d/g
0 symlink f $W/d/l
EACCES open rd $W/d/l
$lchown lchown 1 2 $W/d/l
0 mknod $W/d/p fifo
EROFS chmod 700 $W/d/p
0 mknod $W/d/s sock
EROFS chmod 700 $W/d/s
0 link $W/d/f $W/d/h
EACCES open rd $W/d/h
E
ctl clear a
ctl deny a open EACCES victim

# Without a window: opened by others all the time while it comes and goes.
pids=()
for i in 1 2; do
	"$FSOP" openloop "$W/d/victim" "$TMPDIR/stop" >"$TMPDIR/open$i" &
	pids+=($!)
done
fs 0 makeloop "$W/d/victim" 1000
touch "$TMPDIR/stop"
wait "${pids[@]}"
cat "$TMPDIR"/open?
! grep -q opened "$TMPDIR"/open? || die "a file was opened before it was guarded"
grep -q EACCES "$TMPDIR"/open? || die "the file was never met"

# All of that the hook saw; nothing had to be made good afterwards.
fs 0 counter - missed_by_hook
fs 0 counter - missed_pool_empty
fs alive status hook
ctl unregister a
fs off status hook
rfs_end
