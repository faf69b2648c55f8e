#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a file system answers the same, errno by errno, bare and attached with a filter that watches everything
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

long=$(printf 'n%.0s' $(seq 255))

# Every kind of failure and success that names, types, permissions and flags can bring about.
table() {
	local D=$1 a b kind
	cat <<-E
		umask 22
		mkdir $D 755
		mkdir $D
		mkdir $D/none/x
		mkdir $D/d 755
		mkdir $D/d/full
		mkdir $D/e
		open wr+creat+excl $D/f 644
		open wr+creat+excl $D/f 644
		open wr+creat $D/f/x
		open rd $D/none
		open rd $D/none/f
		open wr $D/d
		open rdwr+creat $D/d
		open rd+directory $D/f
		open rd+nofollow $D/f
		mknod $D/p fifo
		mknod $D/p fifo
		mknod $D/c chr:1:3
		bindsock $D/s
		bindsock $D/s
		open rd $D/s
		open wr+nonblock $D/p
		symlink f $D/l
		symlink none $D/broken
		symlink loop $D/loop
		symlink f $D/l
		symlink d $D/ld
		open rd $D/l
		open rd+nofollow $D/l
		open rd $D/broken
		open wr+creat+excl $D/broken
		open rd $D/loop
		open rd $D/ld/none
		open wr+creat $D/ld/new
		mkdir $D/$long
		mkdir $D/${long}n
		open wr+creat $D/$long/$long
		unlink $D/$long/$long
		rmdir $D/$long
		rmdir $D/d
		rmdir $D/f
		rmdir $D/none
		rmdir $D/d/.
		rmdir $D/d/..
		unlink $D/d
		unlink $D/none
		unlink $D/f/
		link $D/f $D/g
		link $D/f $D/g
		link $D/d $D/g2
		link $D/none $D/g2
		link $D/l $D/hl
		link $D/p $D/hp
		stat $D/f
		truncate 5 $D/f
		truncate -1 $D/f
		truncate 0 $D/d
		truncate 0 $D/p
		truncate 0 $D/none
		chmod 4755 $D/f
		stat $D/f
		chmod 1777 $D/d
		chmod 700 $D/none
		chown 1000 1000 $D/f
		stat $D/f
		lchown 5 5 $D/l
		stat $D/l
		utimes $D/f 1 2
		utimes $D/l 3 4
		utimes $D/none 1 2
		rename $D/f $D/f
		rename $D/f $D/g
		rename $D/f $D/none/x
		rename $D/none $D/x
		rename $D/d $D/d/full/x
		rename $D/e $D/d
		rename $D/d $D/f
		rename $D/f $D/e
		rename $D/f $D/x noreplace
		rename $D/x $D/g noreplace
		rename $D/x $D/f
		rename $D/f $D/d exchange
		rename $D/f $D/d exchange
		rename $D/f $D/none exchange
		rename $D/d $D/d/full exchange
		rename $D/f $D/x noreplace+exchange
		open rdwr+trunc $D/f as f
		write f hello
		read f
		ftruncate 2 f
		read f
		fchmod 600 f
		fchown 0 0 f
		futimes f 7 8
		fsync f
		fallocate 10 f
		mmap f wr
		readdir f
		linkfd f $D/viafd
		linkproc f $D/viaproc
		close f
		open rd+directory $D/d as d
		readdir d
		read d
		rmdir $D/d/full
		unlink $D/d/new
		rmdir $D/d
		readdir d
		openat d wr+creat x
		close d
		open wr+append $D/f as f
		write f tail
		close f
		open rd $D/f as f
		read f
		write f x
		close f
		open rd+direct $D/f
		open rdwr+tmpfile $D as t
		write t unnamed
		linkfd t $D/t
		close t
		open rd+tmpfile $D
		open rdwr+tmpfile+excl $D as t
		linkfd t $D/t2
		close t
		rename $D/f $D/w whiteout
		uopen rd $D/w
		uopen rd $D/none
		uunlink $D/none
		umkdir $D/e
		umkdir $D/u
		urename $D/u $D/u2
		ulink $D/w $D/u
		usymlink x $D/u
		uunlink $D/u
		urmdir $D/u2
		exec $D/e
		exec $D/w
		seteuid 1000
		open rd $D/w
		open wr $D/w
		open wr+creat $D/mine
		mkdir $D/mine
		unlink $D/w
		rename $D/w $D/mine
		chmod 777 $D/w
		chown 1000 1000 $D/w
		truncate 0 $D/w
		utimes $D/w now now
		seteuid 0
	E
	# replacing each kind by each other
	for a in reg dir lnk; do
		for b in reg dir lnk fifo; do
			for kind in 0 noreplace exchange; do
				make "$a" "$D/from"
				make "$b" "$D/to"
				echo "rename $D/from $D/to $kind"
				echo "unlink $D/from"
				echo "rmdir $D/from"
				echo "unlink $D/to"
				echo "rmdir $D/to"
			done
		done
	done
}

make() {
	case $1 in
	reg) echo "mknod $2 reg" ;;
	dir) echo "mkdir $2" ;;
	lnk) echo "symlink x $2" ;;
	fifo) echo "mknod $2 fifo" ;;
	esac
}

# answers DIR: each call beside its answer, without the folder's own name
answers() {
	table "$1" | sed '/^$/d' >"$TMPDIR/table"
	"$FSOP" - <"$TMPDIR/table" >"$TMPDIR/table.out" || die "a call was not understood"
	paste -d ' ' "$TMPDIR/table.out" "$TMPDIR/table" | sed "s|$1|D|g"
}

answers "$T/bare" >"$TMPDIR/bare"
rfs_load
new_filter a 10 opdata=32 -- all
ctl path a include subtree "$T"
answers "$T/attached" >"$TMPDIR/attached"
want "attached: as bare" diff -U 1 "$TMPDIR/bare" "$TMPDIR/attached"
[ "$(stat_of a pre)" -gt 150 ] || die "only $(stat_of a pre) operations were seen"
ctl unregister a
rfs_end
answers "$T/after" >"$TMPDIR/after"
want "afterwards: as bare" diff -U 1 "$TMPDIR/bare" "$TMPDIR/after"
echo "$(wc -l <"$TMPDIR/bare") calls, $(cut -d ' ' -f 1 "$TMPDIR/bare" | sort -u | grep -c '^E') different errnos"
