#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fs_mark: threads write many small files, each with its own way to sync, each kept or deleted
# packages: fsmark
# needs: fs_mark
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 900
set -eu
# shellcheck source=tests/conformance/lib.sh
. "$SRC/tests/conformance/lib.sh"

# names have the time in them and what is written is random, so files are compared by how many there are of which size
work() {
	local sync
	for sync in 0 1 2 3 5; do
		mkdir m$sync
		fs_mark -d m$sync -n $((10 * N)) -s 5000 -w 1024 -L 2 -S $sync -k -t 2 -l "$TMPDIR/fs_mark" >&2
	done
	mkdir gone
	fs_mark -d gone -n $((10 * N)) -s 12000 -L 2 -S 1 -t 2 -l "$TMPDIR/fs_mark" >&2
	find . -type f -printf '%h %m %n %s\n' | sort | uniq -c
	find . -type f -delete
	seq 1000 >marker
}

conform
