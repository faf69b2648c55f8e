#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: bind mounts, chroots, user and mount namespaces change no verdict and no path; mount points are borders
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w B=$TMPDIR/bind
mkdir -p "$W/d" "$W/root/bin" "$W/root/dev" "$B" "$W/mnt"
touch "$W/d/f"
chmod 777 "$W" "$W/d"
chmod 666 "$W/d/f"
rfs_load
new_filter a 10 -- all
ctl path a include subtree "$W"

# seen DESCRIPTION: the last call was an open of $W/d/f, told by the setter's path
seen() {
	local got
	got=$(rec op=open when=pre p1 pf1)
	[ "$got" = "$W/d/f rule" ] || die "$1: recorded '$got'"
}

mount --bind "$W/d" "$B"
fs 0 open rd "$B/f"
seen "through a bind mount"
mount -o remount,bind,ro "$B"
fs 0 open rd "$B/f"
seen "through a read-only bind mount"
umount "$B"

printf '%s\n' "chroot $W/d" "open rd /f" | "$FSOP" - >"$TMPDIR/out"
[ "$(tail -n 1 "$TMPDIR/out")" = 0 ] || die "in a chroot: $(cat "$TMPDIR/out")"
seen "in a chroot"

unshare --mount --propagation private bash -c "mount --bind '$W/d' '$B' && umount -l '$T' && '$FSOP' open rd '$B/f'" >"$TMPDIR/out"
[ "$(cat "$TMPDIR/out")" = 0 ] || die "in a mount namespace: $(cat "$TMPDIR/out")"
seen "in a mount namespace that lacks the setter's mount"

# An ordinary user who is root in a namespace of his own: judged, and known by what he is outside of it.
setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user --map-root-user --mount "$FSOP" open rd "$W/d/f" >"$TMPDIR/out" 2>&1
[ "$(cat "$TMPDIR/out")" = 0 ] || die "in a user namespace: $(cat "$TMPDIR/out")"
records op=open when=pre p1 uid euid <<E
$W/d/f 1000 1000
E
ctl deny a open EACCES
setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user --map-root-user --mount "$FSOP" open rd "$W/d/f" >"$TMPDIR/out" 2>&1
[ "$(cat "$TMPDIR/out")" = EACCES ] || die "a user namespace got around the filter: $(cat "$TMPDIR/out")"
ctl clear a
flush

# Rules do not cross mount points.
mount -t tmpfs inner "$W/mnt"
mkdir "$W/mnt/d"
fs 0 open wr+creat "$W/mnt/d/f"
no_records
ctl path a include subtree "$W/mnt"
fs 0 open rd "$W/mnt/d/f"
records op=open when=pre p1 <<E
$W/mnt/d/f
E
# A rule on a mount point's path is about what is mounted there, not about what it hides.
ctl delpath a "$W/mnt"
umount "$W/mnt"

# A path is resolved where its setter is: in its chroot, and shown as it wrote it.
mkdir "$W/root/in"
touch "$W/root/in/f"
mount --bind /dev "$W/root/dev"
printf '%s\n' "chroot $W/root" "ctl register c 20 active" "ctl ops c open" "ctl path c include subtree /in" |
	"$FSOP" - >"$TMPDIR/out"
[ "$(sort -u "$TMPDIR/out")" = 0 ] || die "setting a path in a chroot: $(cat "$TMPDIR/out")"
umount "$W/root/dev"
flush
fs 0 open rd "$W/root/in/f"
records f=c when=pre p1 <<E
/in/f
E
# A file system that is mounted twice has one set of rules.
ctl unregister c
ctl unregister a
rfs_end
