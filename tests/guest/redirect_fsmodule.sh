#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a file system's module can be unloaded, and loaded again, while redirfs stays
# timeout: 180
# fs: none
# uses: fsop
# needs: mkfs.f2fs
# expect-skip: deep the file systems are built in
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

M=$TMPDIR/m
tried=0
rfs_load
new_filter a 10 -- all

# tries FS [FORCE]: everything that has tables of its own is used, so that each has a shadow when the module goes
tries() {
	local fs=$1
	modprobe -q "$fs" || return 0
	[ -d "/sys/module/$fs/holders" ] || return 0
	# one that the harness itself has mounted something of stays
	! grep -q " $fs " /proc/mounts || return 0
	for _ in 1 2; do
		mkfs_and_mount "$fs" "$M"
		# shellcheck disable=SC2086 # perhaps a word
		ctl path a include subtree ${2-} "$M"
		calls <<-E
			0 mkdir $M/d
			0 open rdwr+creat $M/d/f as f
			0 close f
			0 open rd+directory $M/d
			0 unlink $M/d/f
		E
		[ "$fs" = vfat ] || fs 0 symlink x "$M/l"
		flush
		ctl deny a mkdir EROFS
		fs EROFS mkdir "$M/e"
		ctl clear a
		umount "$M"
		want "unloading $fs" rmmod "$fs"
		modprobe "$fs"
	done
	rmmod "$fs"
	# its tables' memory is somebody else's now; another module may get it
	tried=$((tried + 1))
	echo "$fs: unloaded twice"
}
tries xfs
tries vfat force
tries f2fs force
# with our own gone first, and after files of it were open when we went
if modprobe -q xfs && [ -d /sys/module/xfs/holders ] && ! grep -q " xfs " /proc/mounts; then
	mkfs_and_mount xfs "$M"
	ctl path a include subtree "$M"
	in_background keep "$FSOP" keep rdwr+creat "$M/f"
	said keep ready
	ctl unregister a
	rfs_end
	let_go keep
	umount "$M"
	want "unloading xfs after redirfs" rmmod xfs
	rfs_load
fi
rfs_end
[ $tried -gt 0 ] || skip "all file systems that could be tried are built in"
