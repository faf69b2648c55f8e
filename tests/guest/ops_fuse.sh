#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: on fuse, which opens in one step of its own, creates and opens are judged all the same
# fs: tmpfs
# uses: fsop fusefs
# needs: module:fuse fusermount3
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

B=$T/base N=$TMPDIR/fuse
mkdir "$B" "$N"
rfs_load
new_filter a 10 opdata=8 -- all

one_mount() {
	local what=$1
	shift
	"$FUSEFS" "$@" "$B" "$N"
	W=$N/w
	mkdir "$W"
	ctl path a include subtree "$W"
	flush
	echo "fuse, $what"
}

done_mount() {
	umount "$N"
	rm -r "$B/w"
	flush
}

# --- the file system creates and opens in one step ---
one_mount "with create"
fs 0 open wr+creat "$W/f" 640
rec op=atomic_open when=pre p1 mode oflags | grep -qx "$W/f reg:0640 wr+creat.*" || die "no question before the open"
flush
fs 0 open wr+creat "$W/f2" 640
rec op=atomic_open when=post res p1 o1 | grep -q "^0 $W/f2 reg:0640:" || die "no answer after the open"
flush
fs 0 open rd "$W/f"
records op=open p1 res <<E
$W/f 0
$W/f 0
E
# a file created in that step is shadowed like any other: its release is seen
flush
fs 0 open wr+creat "$W/f3"
[ "$(rec op=release p1)" = "$W/f3" ] || die "the release of a file that atomic_open made was not seen"

# The create's verdict and the open's both count in that one step; a denied one leaves no file.
for op in atomic_open create open; do
	ctl deny a $op EROFS
	fs EROFS open wr+creat "$W/new-$op"
	ctl clear a
	[ ! -e "$B/w/new-$op" ] || die "denied by $op, and the file is there"
done
echo content >"$B/w/cut"
for op in atomic_open open; do
	ctl deny a $op EROFS
	fs EROFS open wr+creat+trunc "$W/cut"
	ctl clear a
	[ -s "$B/w/cut" ] || die "a truncating open, denied by $op, cut the file"
done
fs 0 unlink "$W/cut"
done_mount

# --- it cannot: mknod first, and then an open ---
one_mount "without create" --nocreate
fs 0 open wr+creat "$W/f"
rec when=post op res p1 >"$TMPDIR/got"
grep -qx "\(mknod\|create\) 0 $W/f" "$TMPDIR/got" || die "the file's making was not seen: $(cat "$TMPDIR/got")"
grep -qx "open 0 $W/f" "$TMPDIR/got" || die "the open was not seen: $(cat "$TMPDIR/got")"
for op in create open; do
	ctl deny a $op EROFS
	fs EROFS open wr+creat "$W/new-$op"
	ctl clear a
done
[ ! -e "$B/w/new-create" ] || die "a denied create left a file"
flush

# --- everything else of a fuse mount ---
calls <<E
0 mkdir $W/d
0 symlink f $W/s
0 link $W/f $W/g
0 rename $W/g $W/h
0 chmod 600 $W/f
0 truncate 5 $W/f
0 unlink $W/h
0 rmdir $W/d
E
records when=post op res p1 p2 <<E
mkdir 0 $W/d -
symlink 0 $W/s -
link 0 $W/f $W/g
rename 0 $W/g $W/h
setattr 0 $W/f -
setattr 0 $W/f -
unlink 0 $W/h -
rmdir 0 $W/d -
E
done_mount
ctl unregister a
rfs_end
