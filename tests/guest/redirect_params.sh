#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: module parameters: described with their units, what force_fs forces and what it does not, limits of the others
# fs: vfat
# uses: fsop
# needs: modinfo
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

# described MODULE PARAMETER WORD: modinfo -p says what it is, with its unit or values
described() {
	modinfo -p "$KMODS/$1.ko" | grep "^$2:" | grep -q -- "$3" ||
		die "modinfo -p $1.ko says of $2: $(modinfo -p "$KMODS/$1.ko" | grep "^$2:")"
}
# mode PARAMETER MODE
mode() {
	[ "$(stat -c %a "/sys/module/$1")" = "$2" ] || die "$1 has mode $(stat -c %a "/sys/module/$1"), not $2"
}
# out_of_range PARAMETER VALUE...
out_of_range() {
	local p=$1 v
	shift
	for v; do
		! insmod "$KMODS/urfs.ko" "$p=$v" 2>/dev/null || die "urfs loads with $p=$v"
		[ ! -d /sys/module/urfs ] || die "urfs stays with $p=$v"
	done
}

described redirfs bypass ask
described redirfs force_fs 'file system'
described urfs deadline_ms milliseconds
described urfs max_connections 'onnections'
described urfs max_pending 'equests'
described urfs arena_max_kib KiB

# A file system that nobody proved attaches only if told to ...
rfs_load
new_filter a 10 -- open
ctl_want EOPNOTSUPP path a include subtree "$T"
mode redirfs/parameters/bypass 644
mode redirfs/parameters/force_fs 444
ctl unregister a
rfs_end
# ... by --force, or for all of them when the module is loaded; pseudo file systems never
load redirfs force_fs=Y rfs_test
new_filter a 10 -- open
ctl path a include subtree "$T"
ctl deny a open EACCES f
fs 0 open wr+creat "$T/g"
fs EACCES open wr+creat "$T/f"
ctl_want EOPNOTSUPP path a include subtree /proc
ctl unregister a

out_of_range deadline_ms 0 3600001
out_of_range max_connections 0 4097
out_of_range max_pending 0 1048577
out_of_range arena_max_kib 63 1048577
for p in deadline_ms=1 deadline_ms=3600000 max_connections=1 max_pending=1048576 arena_max_kib=1048576; do
	insmod "$KMODS/urfs.ko" "$p" || die "urfs does not load with $p"
	[ "$(cat "/sys/module/urfs/parameters/${p%=*}")" = "${p#*=}" ] || die "$p is not what it says"
	mode "urfs/parameters/${p%=*}" 444
	rmmod urfs
done
rfs_end
