#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: NFS clients of a folder under a filter that changes data read and write through it, as local programs do
# fs: ext4 xfs
# uses: fsop datafsx
# needs: rpc.nfsd rpc.mountd exportfs mount.nfs module:nfsd module:nfs module:nfsv4
# dmesg-ok: urfs: filter scrambleflt: .* has waited
# timeout: 200
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"
# shellcheck source=tests/guest/helper/nfsd.sh
. "$SRC/tests/guest/helper/nfsd.sh"

W=$T/w N=$TMPDIR/nfs plain=$TMPDIR/plain datafsx=$BUILD/guest/helper/datafsx
mkdir "$W" "$N"
seq 1 40000 >"$plain"
nfsd_start "$W" "$N"
load redirfs urfs rfs_test

# the client keeps pages that it has read or written
forget() {
	sync
	echo 1 >/proc/sys/vm/drop_caches
}

# clear WHO: what the client wrote both read in clear; what one of them wrote in place, and at the end, too
clear() {
	cp "$plain" "$N/$1"
	printf 'in place' | dd of="$N/$1" bs=1 seek=70001 conv=notrunc status=none
	printf 'at the end' >>"$N/$1"
	cp "$plain" "$TMPDIR/$1"
	printf 'in place' | dd of="$TMPDIR/$1" bs=1 seek=70001 conv=notrunc status=none
	printf 'at the end' >>"$TMPDIR/$1"
	forget
	cmp "$TMPDIR/$1" "$N/$1" || die "$1: the client reads something else"
	cmp "$TMPDIR/$1" "$W/$1" || die "$1: the server's programs read something else"
	cp "$plain" "$W/$1.local"
	forget
	cmp "$plain" "$N/$1.local" || die "$1: the client reads something else than was written on the server"
}

# raw WHO: what lies on the disk; the client then reads the same
raw() {
	forget
	"$datafsx" --raw nibbles "$TMPDIR/$1" "$W/$1" || die "$1: what lies on the disk"
	"$datafsx" --raw nibbles "$TMPDIR/$1" "$N/$1" || die "$1: without the filter the client does not read what is there"
}

# --- a filter in the kernel ---
ctl register swap 10 active unplaced
ctl quiet swap 1
ctl ops swap read:post:data write:pre:data
ctl transform swap nibble
ctl path swap include subtree "$W"
clear kernel
ctl deactivate swap
raw kernel
ctl unregister swap

# --- a program: the server's threads wait for it, and its being late is an error for the client ---
scrambleflt --threads 2 "$W" >"$TMPDIR/says" 2>&1 &
handler=$!
ready scrambleflt
clear user
fcdlctl policy scrambleflt deadline=300ms
forget
stopped "$handler"
expect_errno EIO cat "$N/user"
kill -CONT "$handler"
wait_for "fcdlctl list | grep '^scrambleflt ' | grep -q ' ok '" 20 || die "it does not go on: $(fcdlctl list)"
fcdlctl policy scrambleflt deadline=30s
forget
cmp "$TMPDIR/user" "$N/user" || die "after an error the client reads something else"
kill -TERM "$handler"
ended "$handler"
raw user
no_filters
nfsd_stop
rfs_end
