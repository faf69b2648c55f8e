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

W=$T/w N=$TMPDIR/nfs
mkdir "$W" "$N"
echo hello >"$W/f"

stop_nfsd() {
	umount -f "$N" 2>/dev/null || true
	rpc.nfsd 0 || true
	exportfs -ua || true
	# it works in the folder that is unmounted below
	if [ -n "${mountd-}" ]; then
		kill "$mountd"
		wait "$mountd" || true
		mountd=
	fi
	mountpoint -q /proc/fs/nfsd && umount /proc/fs/nfsd
	mountpoint -q /var/lib/nfs && umount /var/lib/nfs
}
trap stop_nfsd EXIT
# Version 4 alone needs no rpcbind, but the server wants state of its own.
mount -t tmpfs state /var/lib/nfs
mkdir -p /var/lib/nfs/sm /var/lib/nfs/sm.bak /var/lib/nfs/v4recovery /var/lib/nfs/nfsdcltrack /var/lib/nfs/rpc_pipefs
touch /var/lib/nfs/etab /var/lib/nfs/rmtab /var/lib/nfs/xtab
mount -t nfsd nfsd /proc/fs/nfsd
exportfs -o rw,no_root_squash,no_subtree_check,fsid=0,insecure "127.0.0.1:$W"
rpc.mountd -N 2 -N 3 -F >"$TMPDIR/mountd" 2>&1 &
mountd=$!
rpc.nfsd -N 3 -V 4.2 -G 10 -L 10 2
# nobody has state from before that could be reclaimed
[ ! -e /proc/fs/nfsd/v4_end_grace ] || echo Y >/proc/fs/nfsd/v4_end_grace
wait_for "mount -t nfs -o vers=4.2,soft,timeo=50,lookupcache=none,noac 127.0.0.1:/ '$N'" 60 || die "no NFS mount: $(cat "$TMPDIR/mountd")"

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
want "mounting what is below" mount -t nfs -o vers=4.2,soft,timeo=50,lookupcache=none,noac 127.0.0.1:/sub "$N.sub"
umount "$N.sub"
ctl unregister a
stop_nfsd
trap - EXIT
rfs_end
