#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fio: random writes to a mapping, each block verified when it is read back
# packages: fio
# needs: fio jq
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 900
set -eu
# shellcheck source=tests/conformance/fio-jobs
. "$SRC/tests/conformance/fio-jobs"

work() {
	verified mmap --ioengine=mmap
	verified mmap-seq --ioengine=mmap --rw=write
}

SCRAMBLE='No such device: what a filter changes cannot be mapped'
conform
