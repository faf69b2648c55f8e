#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: pseudo file systems are refused even with force; those not on the tested list without force
# fs: none
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

M=$TMPDIR/m
mkdir "$M"
rfs_load
new_filter a 10 -- all

refused() {
	ctl_want EOPNOTSUPP path a include subtree "$1"
	ctl_want EOPNOTSUPP path a include subtree force "$1"
	ctl_want EOPNOTSUPP path a include single force "$1"
	n=$((n + 1))
}

n=0
for at in /proc /proc/self/fd /sys /sys/module /sys/fs/cgroup /sys/kernel/debug /sys/kernel/security /dev /dev/pts; do
	# a kernel may be built without some of them
	[ ! -e "$at" ] || refused "$at"
done
for type in bpf hugetlbfs securityfs tracefs mqueue configfs debugfs cgroup2 proc sysfs devpts binfmt_misc pstore \
	efivarfs fusectl nfsd rpc_pipefs; do
	mount -t $type $type "$M" 2>/dev/null || continue
	refused "$M"
	umount "$M"
done
echo "$n pseudo file systems"
[ $n -ge 14 ] || die "only $n pseudo file systems could be tried"
# what has no path in any of them
exec {fd}< <(:)
refused "/proc/$$/fd/$fd"
fs 0 status fs
fs none rules a

# Not proved, not refused: force says so.
mount -t ramfs ramfs "$M"
mkdir "$M/d"
ctl_want EOPNOTSUPP path a include subtree "$M"
fs 0 status fs
ctl path a include subtree force "$M"
ctl deny a mkdir EROFS
fs EROFS mkdir "$M/x"
ctl clear a
fs 0 mkdir "$M/x"
# attached now: another rule on it needs no force, or still does, and never breaks what is there
ask ctl path a include single "$M/d"
umount "$M"
ctl unregister a
rfs_end
