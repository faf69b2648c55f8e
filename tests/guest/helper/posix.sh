# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What each operation says to each wrong use of it, for tests that compare this without a filter and under one: behind lib.sh,
# with fsop among the helpers.

POSIX_LONG=$(printf 'n%.0s' $(seq 255))

# posix_table DIR: every kind of failure and success that names, types, permissions and flags can bring about
posix_table() {
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
		mkdir $D/$POSIX_LONG
		mkdir $D/${POSIX_LONG}n
		open wr+creat $D/$POSIX_LONG/$POSIX_LONG
		unlink $D/$POSIX_LONG/$POSIX_LONG
		rmdir $D/$POSIX_LONG
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
		umask 0
		mkdir $D/sticky 1777
		open wr+creat $D/sticky/f 666
		mkdir $D/sticky/d 777
		mkdir $D/sticky/closed 700
		open wr+creat $D/sticky/closed/f 666
		symlink f $D/sticky/l
		setxattr $D/sticky/f user.x one
		seteuid 1000
		open rdwr $D/sticky/f
		unlink $D/sticky/f
		unlink $D/sticky/l
		rmdir $D/sticky/d
		rename $D/sticky/f $D/sticky/g
		rename $D/sticky/d $D/sticky/g
		rename $D/sticky/f $D/sticky/d/f
		rename $D/sticky/f $D/sticky/l exchange
		link $D/sticky/f $D/sticky/g
		chmod 600 $D/sticky/f
		chown 1000 1000 $D/sticky/f
		utimes $D/sticky/f 1 2
		utimes $D/sticky/f now now
		truncate 1 $D/sticky/f
		setxattr $D/sticky/f user.x two
		setxattr $D/sticky user.x two
		setxattr $D/sticky/f trusted.x two
		removexattr $D/sticky/f user.x
		stat $D/sticky/closed/f
		open rd $D/sticky/closed/f
		open rd+directory $D/sticky/closed
		unlink $D/sticky/closed/f
		open wr+creat $D/sticky/closed/g
		rename $D/sticky/closed/f $D/sticky/g
		getxattr $D/sticky/closed/f user.x
		mknod $D/sticky/c chr:1:3
		mknod $D/sticky/p fifo
		open wr+creat+excl $D/sticky/mine 600
		rename $D/sticky/mine $D/sticky/f
		rename $D/sticky/mine $D/sticky/mine2
		chmod 6755 $D/sticky/mine2
		chown 0 0 $D/sticky/mine2
		unlink $D/sticky/mine2
		seteuid 0
		getxattr $D/sticky/f user.x
		getxattr $D/sticky/f user.none
		removexattr $D/sticky/f user.none
		setxattr $D/sticky/f user.$POSIX_LONG x
		setxattr $D/sticky/f none.x x
		getxattr $D/none user.x
		listxattr $D/none
		readlink $D/sticky/f
		readlink $D/sticky/l
		unlink $D/sticky/f
		mkdir $D/changeless 755
		open wr+creat $D/changeless/f 644
		open rd $D/changeless/f as i
		chattr i 16
		unlink $D/changeless/f
		open wr $D/changeless/f
		rename $D/changeless/f $D/changeless/g
		link $D/changeless/f $D/changeless/g
		chmod 600 $D/changeless/f
		truncate 0 $D/changeless/f
		utimes $D/changeless/f 1 2
		chattr i 0
		unlink $D/changeless/f
		close i
		stat $D/none/../f
		stat $D/f/..
		stat $D/f/.
		rmdir $D/.
		rename $D/sticky/. $D/s2
		rename $D/sticky $D/sticky/..
		open wr+creat $D/new/
		mkdir $D/new/
		rmdir $D/new/
		symlink $D/loop2 $D/loop1
		symlink $D/loop1 $D/loop2
		stat $D/loop1/x
		mkdir $D/loop1/x
		rename $D/loop1/x $D/x
		chmod 600 $D/loop1
		open wr+creat $D/m 644
		rmdir $D.at/busy
		rename $D.at/busy $D.at/free
		rename $D/sticky $D.at/busy
		rename $D.at/busy $D/sticky exchange
		rename $D/m $D.at/busy/m
		rename $D.at/busy/there $D/there
		link $D/m $D.at/busy/m
		link $D.at/busy/there $D/there
		rename $D.at/busy/there $D/m exchange
		rename $D/m $D.at/ro/m
		link $D/m $D.at/ro/m
		unlink $D.at/ro/f
		unlink $D.at/ro/none
		rmdir $D.at/ro/d
		mkdir $D.at/ro/new
		mkdir $D.at/ro/d
		mknod $D.at/ro/new fifo
		symlink x $D.at/ro/new
		link $D.at/ro/f $D.at/ro/new
		rename $D.at/ro/f $D.at/ro/new
		open wr $D.at/ro/f
		open rdwr+trunc $D.at/ro/f
		open wr+creat $D.at/ro/f
		open wr+creat $D.at/ro/new
		open rdwr+tmpfile $D.at/ro
		open rd $D.at/ro/f
		chmod 600 $D.at/ro/f
		chown 1 1 $D.at/ro/f
		truncate 0 $D.at/ro/f
		utimes $D.at/ro/f 1 2
		setxattr $D.at/ro/f user.x y
		removexattr $D.at/ro/f user.x
		getxattr $D.at/ro/f user.x
		umask 22
	E
	# replacing each kind by each other
	for a in reg dir lnk; do
		for b in reg dir lnk fifo; do
			for kind in 0 noreplace exchange; do
				posix_make "$a" "$D/from"
				posix_make "$b" "$D/to"
				echo "rename $D/from $D/to $kind"
				echo "unlink $D/from"
				echo "rmdir $D/from"
				echo "unlink $D/to"
				echo "rmdir $D/to"
			done
		done
	done
}

posix_make() {
	case $1 in
	reg) echo "mknod $2 reg" ;;
	dir) echo "mkdir $2" ;;
	lnk) echo "symlink x $2" ;;
	fifo) echo "mknod $2 fifo" ;;
	esac
}

# posix_begin DIR: what the table finds beside the folder that it makes: a place that is mounted on, and one that is read-only
posix_begin() {
	mkdir -p "$1.at"/{busy,source/d,ro}
	: >"$1.at/source/f"
	mount -t tmpfs busy "$1.at/busy"
	: >"$1.at/busy/there"
	mount --bind "$1.at/source" "$1.at/ro"
	mount -o remount,bind,ro "$1.at/ro"
}

posix_end() {
	umount "$1.at/busy"
	umount "$1.at/ro"
}

# posix_answers DIR: each call beside its answer, without the folder's own name
posix_answers() {
	posix_table "$1" | sed '/^$/d' >"$TMPDIR/table"
	posix_begin "$1"
	"$BUILD/guest/helper/fsop" - <"$TMPDIR/table" >"$TMPDIR/table.out" || die "a call was not understood"
	posix_end "$1"
	paste -d ' ' "$TMPDIR/table.out" "$TMPDIR/table" | sed "s|$1|D|g"
}

# posix_complete FILE: none of these errnos is missing among the answers, on a file system that has all kinds of objects
posix_complete() {
	local e
	for e in ENOENT EEXIST ENOTEMPTY EISDIR ENOTDIR ELOOP ENAMETOOLONG EXDEV EBUSY EROFS EACCES EPERM EINVAL ENXIO; do
		grep -q "^$e " "$1" || die "no call gives $e"
	done
}
