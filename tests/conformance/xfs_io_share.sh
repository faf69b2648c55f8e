#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: xfs_io: mappings that are written, unmapped and synced, and extents that files share or do not
# packages: xfsprogs
# needs: xfs_io
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 1200
set -eu
# shellcheck source=tests/conformance/lib.sh
. "$SRC/tests/conformance/lib.sh"

io() {
	local file=$1 c args=()
	shift
	for c; do
		args+=(-c "$c")
	done
	echo "$file: $*"
	xfs_io -f "${args[@]}" "$file" 2>&1 | sed '/ops; /d'
}

work() {
	io mapped 'pwrite -S 0x41 0 64k' 'mmap -rw 0 64k' 'mwrite -S 0x51 100 5000' 'mread -v 90 32' 'msync -s 0 64k' 'munmap' \
		'pread -v 5090 32'
	io mapped 'mmap -r 0 4k' 'mread -v 0 16' 'munmap' 'truncate 100' 'mmap -rw 0 4k' 'mwrite -S 0x52 0 200' 'munmap' 'pread -v 90 32'
	io source 'pwrite -S 0x61 0 64k' 'fsync'
	io shared 'reflink source' 'pread -v 65520 32' 'pwrite -S 0x62 4k 4k' 'reflink source 0 128k 4k' 'reflink source 1 0 7'
	io same 'pwrite -S 0x61 0 64k' 'fsync' 'dedupe source 0 0 64k' 'dedupe source 0 1 64k'
	io source 'pread -v 4090 16'
}

SCRAMBLE='No such device: what a filter changes cannot be mapped, nor can files share it'
conform
