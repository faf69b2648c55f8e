# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The kernel's NFS server and a client of it, for tests that need both: ". $SRC/tests/guest/helper/nfsd.sh" behind lib.sh.
# Such a test needs: rpc.nfsd rpc.mountd exportfs mount.nfs module:nfsd module:nfs module:nfsv4

# nfsd_start FOLDER MOUNTPOINT: the folder is exported, and mounted there without caches of attributes. Ends with the test.
nfsd_start() {
	NFS_MOUNT=$2
	trap nfsd_stop EXIT
	# Version 4 alone needs no rpcbind, but the server wants state of its own.
	mount -t tmpfs state /var/lib/nfs
	mkdir -p /var/lib/nfs/sm /var/lib/nfs/sm.bak /var/lib/nfs/v4recovery /var/lib/nfs/nfsdcltrack /var/lib/nfs/rpc_pipefs
	touch /var/lib/nfs/etab /var/lib/nfs/rmtab /var/lib/nfs/xtab
	mount -t nfsd nfsd /proc/fs/nfsd
	exportfs -o rw,no_root_squash,no_subtree_check,fsid=0,insecure "127.0.0.1:$1"
	rpc.mountd -N 2 -N 3 -F >"$TMPDIR/mountd" 2>&1 &
	NFS_MOUNTD=$!
	rpc.nfsd -N 3 -V 4.2 -G 10 -L 10 2
	# nobody has state from before that could be reclaimed
	[ ! -e /proc/fs/nfsd/v4_end_grace ] || echo Y >/proc/fs/nfsd/v4_end_grace
	wait_for "nfs_mount '$2'" 60 || die "no NFS mount: $(cat "$TMPDIR/mountd")"
}

# nfs_mount MOUNTPOINT [FOLDER]: of the export
nfs_mount() {
	mount -t nfs -o vers=4.2,soft,timeo=50,lookupcache=none,noac "127.0.0.1:${2:-/}" "$1"
}

nfsd_stop() {
	umount -f "$NFS_MOUNT" 2>/dev/null || true
	rpc.nfsd 0 || true
	exportfs -ua || true
	# it works in the folder that is unmounted below
	if [ -n "${NFS_MOUNTD-}" ]; then
		kill "$NFS_MOUNTD"
		wait "$NFS_MOUNTD" || true
		NFS_MOUNTD=
	fi
	if mountpoint -q /proc/fs/nfsd; then
		umount /proc/fs/nfsd
	fi
	if mountpoint -q /var/lib/nfs; then
		umount /var/lib/nfs
	fi
	trap - EXIT
}
