#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: filters that change data below a loop device, below and on an overlay, and on fuse: what is in clear, and what is raw
# fs: ext4
# uses: fsop datafsx fusefs
# needs: losetup mkfs.ext4 debugfs module:loop module:overlay module:fuse fusermount3
# dmesg-ok: I/O error.* loop
# timeout: 200
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

datafsx=$BUILD/guest/helper/datafsx plain=$TMPDIR/plain in=$T/in
mkdir "$in" "$TMPDIR/mnt"
seq 1 30000 >"$plain"
load redirfs urfs rfs_test
ctl register swap 10 active
ctl quiet swap 1
ctl ops swap read:post:data write:pre:data
ctl transform swap nibble

# raw MODEL FILE: the file holds the model's bytes with their halves swapped, for who does not go through the filter
raw() {
	want "$2" "$datafsx" --raw nibbles "$1" "$2"
}

# attach FILE: its loop device is in LOOP
attach() {
	LOOP=$(losetup -f --show "$1")
}

# done by a worker: the file is in use until then
detach() {
	losetup -d "$LOOP"
	wait_for "! losetup -j '$1' | grep -q ." 20 || die "$LOOP stays: $(losetup -l)"
}

# --- a loop device on a file under a filter in the kernel: a file system in clear, in a file that is not ---
ctl path swap include subtree "$in"
truncate -s 32M "$in/image"
attach "$in/image"
mkfs.ext4 -q "$LOOP"
mount "$LOOP" "$TMPDIR/mnt"
cp "$plain" "$TMPDIR/mnt/file"
sync
echo 1 >/proc/sys/vm/drop_caches
cmp "$plain" "$TMPDIR/mnt/file" || die "what was written to the loop device reads otherwise"
umount "$TMPDIR/mnt"
detach "$in/image"
debugfs -R "cat /file" "$in/image" >"$TMPDIR/cat" 2>"$TMPDIR/said" || die "debugfs: $(<"$TMPDIR/said")"
cmp "$plain" "$TMPDIR/cat" || die "through the filter the image holds something else"
cp --sparse=always "$in/image" "$TMPDIR/image"
ctl deactivate swap
raw "$TMPDIR/image" "$in/image"
ctl activate swap
ctl delpath swap "$in"

# --- by a program, for which the device's worker cannot wait: an error both ways, and no byte that is raw ---
mkdir "$T/user"
scrambleflt "$T/user" >"$TMPDIR/says" 2>&1 &
handler=$!
ready scrambleflt
head -c 1M /dev/zero | tr '\0' x >"$T/user/image"
attach "$T/user/image"
expect_errno EIO dd if="$LOOP" of="$TMPDIR/got" bs=4096 count=1 iflag=direct
[ ! -s "$TMPDIR/got" ] || die "a raw byte was read"
expect_errno EIO dd if=/dev/zero of="$LOOP" bs=4096 count=1 oflag=direct
detach "$T/user/image"
[ "$(tr -d x <"$T/user/image" | wc -c)" -eq 0 ] || die "a raw byte was written"
unaskable=$(fcdlctl stats scrambleflt | sed -n 's/^.*default_unaskable[^0-9]*\([0-9]*\).*/\1/p')
[ "${unaskable:-0}" -ge 2 ] || die "not counted: $(fcdlctl stats scrambleflt)"
kill -TERM "$handler"
ended "$handler"

# --- the lower layer of an overlay: raw where the overlay reads it for others; copying up is a read like any other ---
mkdir "$T/lower" "$T/upper" "$T/work" "$TMPDIR/overlay"
ctl path swap include subtree "$T/lower"
cp "$plain" "$T/lower/file"
mount -t overlay -o "lowerdir=$T/lower,upperdir=$T/upper,workdir=$T/work" overlay "$TMPDIR/overlay"
raw "$plain" "$TMPDIR/overlay/file"
chmod 600 "$TMPDIR/overlay/file"
cmp "$plain" "$T/upper/file" || die "a file was not copied up through the filter"
cmp "$plain" "$T/lower/file" || die "copying up changed the lower file"
ctl delpath swap "$T/lower"

# --- the overlay itself: what came from below is judged by the overlay's name, before and after it is copied up ---
rm "$TMPDIR/overlay/file"
ctl path swap include subtree "$TMPDIR/overlay"
cp "$plain" "$TMPDIR/overlay/new"
umount "$TMPDIR/overlay"
raw "$plain" "$T/upper/new"
mv "$T/upper/new" "$T/lower/new"
rm -rf "$T/work" "$T/upper"
mkdir "$T/upper" "$T/work"
mount -t overlay -o "lowerdir=$T/lower,upperdir=$T/upper,workdir=$T/work" overlay "$TMPDIR/overlay"
ctl path swap include subtree "$TMPDIR/overlay"
cmp "$plain" "$TMPDIR/overlay/new" || die "a lower file is not read through the filter"
echo more >>"$TMPDIR/overlay/new"
{ cat "$plain" && echo more; } >"$TMPDIR/longer"
cmp "$TMPDIR/longer" "$TMPDIR/overlay/new" || die "after copying up it is another file"
ctl delpath swap "$TMPDIR/overlay"
raw "$TMPDIR/longer" "$T/upper/new"
umount "$TMPDIR/overlay"

# --- fuse: a rule on the mount; and one on what its program works on ---
mkdir "$T/base" "$TMPDIR/fuse"
"$FUSEFS" "$T/base" "$TMPDIR/fuse"
ctl path swap include subtree "$TMPDIR/fuse"
cp "$plain" "$TMPDIR/fuse/file"
echo more >>"$TMPDIR/fuse/file"
printf 'in place' | dd of="$TMPDIR/fuse/file" bs=1 seek=70001 conv=notrunc status=none
printf 'in place' | dd of="$TMPDIR/longer" bs=1 seek=70001 conv=notrunc status=none
cmp "$TMPDIR/longer" "$TMPDIR/fuse/file" || die "on fuse a file reads otherwise"
raw "$TMPDIR/longer" "$T/base/file"
fs 0 open rd "$TMPDIR/fuse/file" as x
fs ENODEV mmap x rd
fs 0 close x
ctl path swap include subtree "$T/base"
ctl delpath swap "$TMPDIR/fuse"
echo 1 >/proc/sys/vm/drop_caches
cp "$plain" "$TMPDIR/fuse/other"
echo 1 >/proc/sys/vm/drop_caches
cmp "$plain" "$TMPDIR/fuse/other" || die "with a filter below the program of fuse a file reads otherwise"
cmp "$plain" "$T/base/other" || die "below the program of fuse a file reads otherwise"
ctl delpath swap "$T/base"
raw "$plain" "$T/base/other"
umount "$TMPDIR/fuse"
ctl unregister swap
rfs_end
