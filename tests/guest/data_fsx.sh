#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: random calls on a file under filters that change data, in the kernel: as on a plain file, and transformed on the disk
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop datafsx
# needs: debugfs findmnt
# timeout: 600
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

datafsx=$BUILD/guest/helper/datafsx
in=$T/in out=$T/out model=$TMPDIR/model
mkdir "$in" "$out" "$TMPDIR/full"
# as many calls on two of them would be minutes on a slow machine
less=1
case $FS in
btrfs | tmpfs) less=4 ;;
esac
rfs_load

# data_filter NAME PRIORITY data|placed TRANSFORM...: registered, active, with all that is below $in
data_filter() {
	local name=$1 flag=$3
	ctl register "$name" "$2" active
	ctl quiet "$name" 1
	ctl ops "$name" "read:post:$flag" "write:pre:$flag"
	shift 3
	ctl transform "$name" "$@"
	ctl path "$name" include subtree "$in"
}

# raw KIND FILTER...: what lies on the disk, as who does not go through the filters sees it
raw() {
	local kind=$1 f
	shift
	for f; do
		ctl deactivate "$f"
	done
	want "what lies on the disk" "$datafsx" --raw "$kind" "$model" "$in/file"
	if [ "$kind" != plain ]; then
		! "$datafsx" --raw plain "$model" "$in/file" >"$TMPDIR/raw" || die "what lies on the disk is not transformed"
	fi
	for f; do
		ctl activate "$f"
	done
}

data_filter swap 10 data nibble
seq 1 20000 >"$TMPDIR/mark"
cp "$TMPDIR/mark" "$in/mark"
want "random calls" "$datafsx" --data --seed 11 --ops $((600 / less)) --save "$model" "$in/file" "$out/twin"
raw nibbles swap
want "calls and signals" "$datafsx" --data --seed 12 --ops $((200 / less)) --signals --save "$model" "$in/file" "$out/twin"
raw nibbles swap
want "several processes" "$datafsx" --data --seed 13 --ops 50 --procs 3 --save "$model" "$in/file"
raw nibbles swap
want "killed writers" "$datafsx" --data --seed 14 --kill 5 --save "$model" "$in/file"
raw nibbles swap
mount -t tmpfs -o size=20m full "$TMPDIR/full"
ctl path swap include subtree "$TMPDIR/full"
want "a full file system" "$datafsx" --data --seed 15 --full "$TMPDIR/full/file"
ctl delpath swap "$TMPDIR/full"
umount "$TMPDIR/full"

# a second one behind it, whose transformation depends on the place; and that one alone
data_filter place 20 placed add 77
want "random calls through two filters" "$datafsx" --placed --seed 21 --ops $((300 / less)) --save "$model" "$in/file" "$out/twin"
raw nibbles,add:77 swap place
want "several processes through two filters" "$datafsx" --placed --seed 22 --ops 30 --procs 3 --save "$model" "$in/file"
raw nibbles,add:77 swap place
ctl unregister swap
want "random calls that depend on the place" "$datafsx" --placed --seed 23 --ops $((300 / less)) --save "$model" "$in/file" "$out/twin"
raw add:77 place
ctl unregister place
rfs_end

# without the modules: the blocks of the disk, without the file system's code, and another mount
if [ "$FS" = ext4 ]; then
	disk=$(findmnt -no SOURCE "$T")
	umount "$T"
	debugfs -R "cat /in/mark" "$disk" >"$TMPDIR/on.disk" 2>"$TMPDIR/said" || die "debugfs: $(<"$TMPDIR/said")"
	want "blocks of the disk" "$datafsx" --raw nibbles "$TMPDIR/mark" "$TMPDIR/on.disk"
	mount -t "$FS" "$disk" "$T"
	want "another mount, one filter" "$datafsx" --raw nibbles "$TMPDIR/mark" "$in/mark"
	want "another mount, many calls" "$datafsx" --raw add:77 "$model" "$in/file"
fi
