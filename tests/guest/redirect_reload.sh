#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: load, attach, use, unload many times: it stays the same; what is kept for ever is bounded by what there is
# fs: ext4
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
tables=
for i in $(seq 5); do
	rfs_load
	fs 0 status filters
	fs 0 status fs
	new_filter a 10 -- all
	for _ in 1 2 3; do
		ctl path a include subtree "$W"
		ctl delpath a "$W"
	done
	ctl path a include subtree "$W"
	calls <<-E
		0 mkdir $W/d
		0 open wr+creat $W/d/f
		0 symlink f $W/d/l
		0 mknod $W/d/p fifo
		0 open rd+directory $W/d
	E
	[ "$(rec when=pre op | wc -l)" = 6 ] || die "round $i saw something else"
	rm -r "$W/d"
	now=$(get counter - open_tables)
	[ -n "$tables" ] || tables=$now
	[ "$now" = "$tables" ] || die "round $i has $now tables for open, the first had $tables"
	ctl unregister a
	fs 0 counter - files
	fs 0 counter - rules
	fs 0 counter - anchors
	fs 0 counter - file_systems
	rfs_end
	# the superblock has its own handlers again as well
	fs 0 setxattr "$W" user.round "$i"
	fs "$i" getxattr "$W" user.round
done
