#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: xfs_io: scripts of positioned, vectored and direct I/O, holes, preallocation, copies, seeking, and what is refused
# packages: xfsprogs
# needs: xfs_io
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 1200
set -eu
# shellcheck source=tests/conformance/lib.sh
. "$SRC/tests/conformance/lib.sh"

# io FILE COMMAND...: what it said, without how fast it was, and what differs from file system to file system; a failure is an answer
io() {
	local file=$1 c args=()
	shift
	for c; do
		args+=(-c "$c")
	done
	echo "$file: $*"
	xfs_io "${OPTS[@]}" "${args[@]}" "$file" 2>&1 | sed -E '/ops; |^stat\.([acm]time|ino|blocks|rdev|dev)/d' || echo "exit $?"
}

work() {
	OPTS=(-f)
	io plain 'pwrite -S 0x41 0 10000' 'pread -v 9990 100' 'pwrite -S 0x42 -b 1000 -V 3 5000 9000' 'stat -r' 'fsync' 'truncate 12345' \
		'pread -v 12300 200' 'fdatasync' 'sync_range 0 4096'
	io sparse 'pwrite -S 0x61 0 4096' 'pwrite -S 0x62 1m 4096' 'pwrite -S 0x63 5g 100' 'seek -a -r 0' 'pread -v 5g 200' 'truncate 2m' \
		'seek -h -r 4096'
	io falloc 'falloc 0 64k' 'pwrite -S 0x31 0 64k' 'fpunch 8k 8k' 'pread -v 8180 32' 'fzero 32k 8k' 'pread -v 32760 32' \
		'falloc -k 64k 64k' 'stat -r' 'fcollapse 0 4k' 'finsert 4k 4k' 'fcollapse 1 1' 'pread -v 4090 16'
	# by a pipe of the kernel's, and without one
	io sent 'sendfile -i plain 0 5000' 'pread -v 4990 100'
	io copied 'copy_range -s 100 -d 0 -l 7000 plain' 'pread -v 0 64' 'copy_range -s 0 -d 3000 -l 100 copied' 'copy_range -s 0 -d 50 -l 100 copied'
	[ "$FS" = tmpfs ] || OPTS=(-f -d)
	io direct 'pwrite -S 0x44 0 64k' 'pwrite -S 0x45 -b 4096 8192 8192' 'pread -v 8190 16' 'pread 0 64k' 'pwrite 1 511'
	OPTS=(-f -a)
	io plain 'pwrite -S 0x55 0 100' 'pread -v 0 16' 'pread -v 12345 16'
	OPTS=(-r)
	io plain 'pwrite 0 1' 'pread -v 0 16' 'truncate 0'
	io none 'pread 0 1'
	io . 'pread 0 1' 'stat -r'
	OPTS=(-f)
	io attributes 'set_encpolicy' 'chattr +A' 'lsattr' 'chattr -A' 'chmod -r'
	OPTS=(-f -R)
	io sync 'pwrite -S 0x46 0 5000' 'fsync'
	OPTS=(-T)
	io . 'pwrite -S 0x47 0 5000' 'flink linked' 'flink linked'
}

conform
