#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: what each operation says to each wrong use of it, some five hundred calls
# fs: ext2 ext3 ext4 xfs btrfs tmpfs overlay
# timeout: 900
set -eu
# shellcheck source=tests/conformance/lib.sh
. "$SRC/tests/conformance/lib.sh"
# shellcheck source=tests/guest/helper/posix.sh
. "$SRC/tests/guest/helper/posix.sh"

work() {
	posix_answers "$PWD/p" >"$TMPDIR/answers"
	posix_complete "$TMPDIR/answers"
	cat "$TMPDIR/answers"
}

SCRAMBLE='ENODEV mmap: a file was mapped'
# and the byte that would have been written through the mapping is not there
SCRAMBLE_LINES=' mmap | exec | read f$'
conform
