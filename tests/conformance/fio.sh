#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fio: random writes by pwrite, libaio and io_uring, buffered and direct, each block verified when it is read back
# packages: fio
# needs: fio jq
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 1500
set -eu
# shellcheck source=tests/conformance/fio-jobs
. "$SRC/tests/conformance/fio-jobs"

work() {
	local direct=1
	# what has no O_DIRECT here has none under a filter
	[ "$FS" != tmpfs ] || direct=0
	verified sync --ioengine=sync
	verified psync-direct --ioengine=psync --direct=$direct
	verified pvsync2 --ioengine=pvsync2 --bsrange=512-16k
	verified libaio --ioengine=libaio --iodepth=8 --direct=$direct
	verified uring --ioengine=io_uring --iodepth=8
	verified uring-direct --ioengine=io_uring --iodepth=8 --direct=$direct --fixedbufs=1
	verified append --ioengine=sync --rw=write --file_append=1 --size=$((128 * N))k
}

conform
