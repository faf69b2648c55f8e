#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: every file system that the tests use can be made, mounted and written
# fs: none ext4 xfs btrfs tmpfs overlay vfat f2fs
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"

if [ "$FS" != none ]; then
	echo hello >"$T/file"
	want "reading back" grep -q hello "$T/file"
fi
want "a kernel of our choice" [ "$(uname -r)" = "$KREL" ]
