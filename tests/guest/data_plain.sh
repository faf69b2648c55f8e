#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: without any filter: the data tester agrees with plain files, and finds each mistake that is planted
# fs: ext4 xfs btrfs tmpfs overlay
# uses: datafsx
# timeout: 400
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"

datafsx=$BUILD/guest/helper/datafsx
file=$T/file model=$TMPDIR/model

want "random calls" "$datafsx" --seed 1 --ops 700 --save "$model" "$file" "$T/twin"
want "what lies on the disk" "$datafsx" --raw plain "$model" "$file"
want "calls and signals" "$datafsx" --seed 2 --ops 300 --signals "$file" "$T/twin"
want "no offsets far out" "$datafsx" --seed 3 --ops 300 --near "$file" "$T/twin"
want "several processes" "$datafsx" --seed 4 --ops 60 --procs 3 "$file"
want "killed writers" "$datafsx" --seed 5 --kill 5 --save "$model" "$file"
mkdir "$TMPDIR/full"
mount -t tmpfs -o size=20m full "$TMPDIR/full"
want "a full file system" "$datafsx" --seed 6 --full "$TMPDIR/full/file"
umount "$TMPDIR/full"

# refused TEXT ARGUMENT...: it ends with 1, and says this
refused() {
	local text=$1 rc=0 said
	shift
	said=$("$datafsx" "$@") || rc=$?
	[ $rc -eq 1 ] || die "datafsx $* gave $rc: $said"
	said=${said%%$'\n'*}
	[[ $said == DIFFERS*$text* ]] || die "datafsx $* should say '$text': $said"
}
# a count is found out by whichever call meets it first: one that gives it, or one that compares two
for what in "byte:the whole file" "count:FILE " "errno:FILE gave EIO, wanted 0" "position:positions" \
	"buffer:the caller's buffer" "tail:changed byte" "size:sizes"; do
	refused "${what#*:}" --seed 7 --ops 200 --near --plant "${what%%:*}" "$file" "$T/twin"
done
# neither a byte that is as it was nor one that is otherwise is the other transformation
printf 'some text' >"$file"
cp "$file" "$model"
refused raw --raw nibbles "$model" "$file"
printf '7\366\326V\002GV\207G' >"$file"
want "nibbles" "$datafsx" --raw nibbles "$model" "$file"
refused raw --raw plain "$model" "$file"
