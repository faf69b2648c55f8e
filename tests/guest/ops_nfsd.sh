#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: what the kernel's NFS server does for its clients is seen and denied, as done by a kernel thread
# fs: ext4 xfs btrfs
# uses: fsop
# needs: rpc.nfsd rpc.mountd exportfs mount.nfs module:nfsd module:nfs module:nfsv4
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/nfsd.sh
. "$SRC/tests/guest/helper/nfsd.sh"

W=$T/w N=$TMPDIR/nfs
mkdir "$W" "$N"
echo hello >"$W/f"

nfsd_start "$W" "$N"

rfs_load
new_filter a 10 unplaced -- create mkdir mknod symlink link unlink rmdir rename setattr open release
ctl path a include subtree "$W"

calls <<E
0 open wr+creat $N/new
0 mkdir $N/d
0 mknod $N/p fifo
0 symlink f $N/s
0 link $N/f $N/g
0 rename $N/g $N/d/h
0 chmod 600 $N/f
0 truncate 2 $N/f
0 unlink $N/d/h
0 rmdir $N/d
0 open rd $N/f as x
he read x
0 close x
E
rec when=post op res p1 p2 cfl comm | grep -v '^\(open\|release\|setattr\) ' >"$TMPDIR/got"
cat >"$TMPDIR/want" <<E
create 0 $W/new - kthread nfsd
mkdir 0 $W/d - kthread nfsd
mknod 0 $W/p - kthread nfsd
symlink 0 $W/s - kthread nfsd
link 0 $W/f $W/g kthread nfsd
rename 0 $W/g $W/d/h kthread nfsd
unlink 0 $W/d/h - kthread nfsd
rmdir 0 $W/d - kthread nfsd
E
want "what clients did is seen" diff "$TMPDIR/want" "$TMPDIR/got"
flush
fs 0 chmod 640 "$N/f"
rec when=post op=setattr res p1 cfl comm attr | grep -q "^0 $W/f kthread nfsd .*mode:0640" || die "a client's chmod was not seen"

# Denied: the client gets the errno, and nothing happened on the server.
calls <<E
0 mkdir $N/d
0 mkdir $N/e
E
get tree "$W" >"$TMPDIR/before"
for op in create mkdir mknod symlink link unlink rmdir rename setattr; do
	ctl deny a $op EACCES
done
calls <<E
EACCES open wr+creat $N/n
EACCES mkdir $N/n
EACCES mknod $N/n fifo
EACCES symlink f $N/n
EACCES link $N/f $N/n
EACCES unlink $N/f
EACCES rmdir $N/d
EACCES rename $N/f $N/n
EACCES chmod 0 $N/f
EACCES truncate 0 $N/f
E
get tree "$W" >"$TMPDIR/after"
want "nothing changed" diff "$TMPDIR/before" "$TMPDIR/after"
ctl clear a
echo 1 >/proc/sys/vm/drop_caches
ctl deny a open EACCES f
fs EACCES open rd "$N/f"
ctl clear a

# The client's side, where force gets us: it knows the root of a mount by the file operations of a directory's inode. So
# directories keep theirs there, and another mount of the same superblock succeeds.
ctl delpath a "$W"
fs 0 mkdir "$N/sub"
ctl path a include subtree force "$N"
flush
calls <<E
0 open rd+directory $N/sub
0 chmod 700 $N/sub
E
records when=pre op p1 <<E
setattr $N/sub
E
mkdir "$N.sub"
want "mounting what is below" nfs_mount "$N.sub" /sub
umount "$N.sub"
ctl unregister a
nfsd_stop
rfs_end
