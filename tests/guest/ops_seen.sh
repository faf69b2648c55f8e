#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: every operation is seen before and after, with its names, objects, arguments and real result
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
umask 022
rfs_load
new_filter a 10 opdata=16 -- all
ctl path a include subtree "$W"

# A created file: two operations, since the file system opens what it made.
calls <<E
0 umask 27
0 open wr+creat+excl+trunc $W/f 666
E
records op when res flags p1 pf1 o1 p2 <<E
create pre 0 locked $W/f rule none -
create post 0 locked $W/f rule reg:0640:1:0:0:0 -
open pre 0 created $W/f rule reg:0640:1:0:0:0 -
open post 0 created $W/f rule reg:0640:1:0:0:0 -
release post 0 0 $W/f rule reg:0640:1:0:0:0 -
E
fs 0 open wr+creat "$W/f" 600
records op when o1 oflags <<E
open pre reg:0640:1:0:0:0 wr+creat+largefile
open post reg:0640:1:0:0:0 wr+creat+largefile
release post reg:0640:1:0:0:0 wr+*largefile
E

# Arguments of what makes something: the type and the permission bits after the umask.
calls <<E
0 umask 27
0 open wr+creat $W/m 777
0 mkdir $W/d 777
0 mknod $W/p fifo 666
0 mknod $W/c chr:1:3 666
0 mknod $W/b blk:7:300 660
0 mknod $W/r reg 666
0 bindsock $W/s
0 symlink ../some\040where/else $W/l
E
records op when p1 mode rdev target o1 <<E
create pre $W/m reg:0750 0 - none
create post $W/m reg:0750 0 - reg:0750:1:0:0:0
open pre $W/m none:0000 0 - reg:0750:1:0:0:0
open post $W/m none:0000 0 - reg:0750:1:0:0:0
release post $W/m none:0000 0 - reg:0750:1:0:0:0
mkdir pre $W/d dir:0750 0 - none
mkdir post $W/d dir:0750 0 - dir:0750:*
mknod pre $W/p fifo:0640 0 - none
mknod post $W/p fifo:0640 0 - fifo:0640:1:0:0:0
mknod pre $W/c chr:0640 259 - none
mknod post $W/c chr:0640 259 - chr:0640:1:0:0:0
mknod pre $W/b blk:0640 1050412 - none
mknod post $W/b blk:0640 1050412 - blk:0640:1:0:0:0
create pre $W/r reg:0640 0 - none
create post $W/r reg:0640 0 - reg:0640:1:0:0:0
mknod pre $W/s sock:0750 0 - none
mknod post $W/s sock:0750 0 - sock:0750:1:0:0:0
symlink pre $W/l none:0000 0 ../some\040where/else none
symlink post $W/l none:0000 0 ../some\040where/else lnk:*
E

# Two names
calls <<E
0 link $W/f $W/g
0 rename $W/g $W/h
0 rename $W/h $W/i noreplace
0 rename $W/i $W/m
0 rename $W/m $W/d exchange
0 rename $W/d $W/m exchange
E
records op when res flags p1 p2 rflags <<E
link pre 0 locked $W/f $W/g 0
link post 0 locked $W/f $W/g 0
rename pre 0 locked $W/g $W/h 0
rename post 0 locked $W/g $W/h 0
rename pre 0 locked $W/h $W/i noreplace
rename post 0 locked $W/h $W/i noreplace
rename pre 0 locked $W/i $W/m 0
rename post 0 locked $W/i $W/m 0
rename pre 0 locked $W/m $W/d exchange
rename post 0 locked $W/m $W/d exchange
rename pre 0 locked $W/d $W/m exchange
rename post 0 locked $W/d $W/m exchange
E
calls <<E
0 mkdir $W/d/e
0 link $W/f $W/d/e/k
E
flush
fs 0 rename "$W/d/e/k" "$W/n"
fs 0 rename "$W/d/e" "$W/d2"
f=$(get id "$W/f") d=$(get id "$W") d2=$(get id "$W/d2") dd=$(get id "$W/d")
records when i1 o2 id1 id2 <<E
pre $f none $d2 $d
post $f * $d2 $d
pre $d2 none $dd $d
post $d2 * $dd $d
E

# Whiteouts, where the file system has them: what it answers is what post shows.
case $FS in
overlay)
	fs EINVAL rename "$W/n" "$W/o" whiteout
	records op when res p1 p2 rflags <<-E
		rename pre 0 $W/n $W/o whiteout
		rename post -22 $W/n $W/o whiteout
	E
	;;
*)
	fs 0 rename "$W/n" "$W/o" whiteout
	records op when res p1 p2 rflags <<-E
		rename pre 0 $W/n $W/o whiteout
		rename post 0 $W/n $W/o whiteout
	E
	fs 20000:1:0:0:0 stat "$W/n"
	fs 0 unlink "$W/n"
	fs 0 rename "$W/o" "$W/n"
	flush
	;;
esac

# Attributes, told apart
calls <<E
0 chmod 4755 $W/f
0 truncate 3 $W/f
0 chown 5 6 $W/f
0 chown 7 -1 $W/f
0 chown 0 0 $W/f
0 utimes $W/f 5 7
0 utimes $W/f now now
0 utimes $W/f omit 9
E
records op when res flags p1 attr <<E
setattr pre 0 locked $W/f mode:4755+ctime
setattr post 0 locked $W/f mode:4755+ctime
setattr pre 0 locked $W/f *size:3*
setattr post 0 locked $W/f *size:3*
setattr pre 0 locked $W/f *uid:5+gid:6+ctime*
setattr post 0 locked $W/f *uid:5+gid:6+ctime*
setattr pre 0 locked $W/f uid:7+ctime*
setattr post 0 locked $W/f uid:7+ctime*
setattr pre 0 locked $W/f uid:0+gid:0+ctime*
setattr post 0 locked $W/f uid:0+gid:0+ctime*
setattr pre 0 locked $W/f atime:5.000000000+mtime:7.000000000+ctime+timesset
setattr post 0 locked $W/f atime:5.000000000+mtime:7.000000000+ctime+timesset
setattr pre 0 locked $W/f atime+mtime+ctime*
setattr post 0 locked $W/f atime+mtime+ctime*
setattr pre 0 locked $W/f mtime:9.000000000+ctime+timesset
setattr post 0 locked $W/f mtime:9.000000000+ctime+timesset
E
calls <<E
0 open rdwr $W/f as x
0 fchmod 600 x
0 ftruncate 7 x
0 fchown 1 2 x
0 futimes x 1 2
0 close x
0 open rdwr+trunc $W/f
E
records op when p1 attr o1 <<E
open pre $W/f - reg:0*:0:0:3
open post $W/f - reg:0*:0:0:3
setattr pre $W/f mode:0600+ctime reg:0755*
setattr post $W/f mode:0600+ctime reg:0600*
setattr pre $W/f size:7*+file* reg:*:3
setattr post $W/f size:7*+file* reg:*:7
setattr pre $W/f uid:1+gid:2+ctime* reg:*:0:0:7
setattr post $W/f uid:1+gid:2+ctime* reg:*:1:2:7
setattr pre $W/f atime:1.000000000+mtime:2.000000000+ctime+timesset reg:*
setattr post $W/f atime:1.000000000+mtime:2.000000000+ctime+timesset reg:*
release post $W/f - reg:*
open pre $W/f - reg:*:7
open post $W/f - reg:*:7
setattr pre $W/f size:0*+open* reg:*:7
setattr post $W/f size:0*+open* reg:*:0
release post $W/f - reg:*:0
E

# A release tells whether the file was changed: not by reading, nor by opening it for writing.
calls <<E
0 open rdwr $W/f as x
0 close x
0 open rdwr $W/f as x
2 write x ab
0 close x
0 open wr $W/f as x
2 write x ab
0 close x
0 open rd $W/f as x
ab read x
a mmap x rd
0 close x
0 open rdwr $W/f as x
A mmap x wr
0 close x
0 open rdwr $W/f as x
0 fallocate 100 x
0 close x
0 open wr+trunc $W/f
E
records op=release when flags p1 <<E
post 0 $W/f
post changed $W/f
post changed $W/f
post 0 $W/f
post changed+mapped $W/f
post changed $W/f
post changed $W/f
E

# Of a link itself; tmpfs leaves that to the VFS, so that there is nothing to redirect.
fs 0 lchown 8 9 "$W/l"
if [ "$FS" != tmpfs ]; then
	records op when res p1 attr <<-E
		setattr pre 0 $W/l uid:8+gid:9+ctime*
		setattr post 0 $W/l uid:8+gid:9+ctime*
	E
fi

# Directories are opened and released like files.
fs 0 open rd+directory "$W/d"
records op when p1 oflags <<E
open pre $W/d *directory*
open post $W/d *directory*
release post $W/d *directory*
E

# Unnamed files: the directory is the place, until a link gives a name.
if [ "$FS" = overlay ]; then
	fs EOPNOTSUPP open wr+tmpfile "$W"
	no_records
else
	calls <<-E
		0 umask 27
		0 open wr+tmpfile $W 666 as t
		0 linkfd t $W/t
		0 close t
	E
	records op when res id1 mode o1 p2 <<-E
		tmpfile pre 0 $d reg:0640 none -
		open pre 0 * none:0000 reg:* -
		open post 0 * none:0000 reg:* -
		tmpfile post 0 $d reg:0640 reg:* -
		link pre 0 * none:0000 reg:0640:0:0:0:0 $W/t
		link post 0 * none:0000 reg:0640:1:0:0:0 $W/t
		release post 0 * none:0000 reg:0640:1:0:0:0 -
	E
fi

# Removal: the object is known before, and its link count afterwards.
calls <<E
0 unlink $W/n
0 unlink $W/f
0 rmdir $W/d2
0 unlink $W/l
E
records op when res flags p1 o1 id1 <<E
unlink pre 0 locked $W/n reg:*:3:1:2:0 $d
unlink post 0 locked $W/n reg:*:2:1:2:0 $d
unlink pre 0 locked $W/f reg:*:2:1:2:0 $d
unlink post 0 locked $W/f reg:*:1:1:2:0 $d
rmdir pre 0 locked $W/d2 dir:* $d
rmdir post 0 locked $W/d2 dir:* $d
unlink pre 0 locked $W/l lnk:*:1:8:9:* $d
unlink post 0 locked $W/l lnk:*:0:8:9:* $d
E

# The result in post is the file system's own; xfs has its own opinion of a full directory.
full=ENOTEMPTY number=-39
if [ "$FS" = xfs ]; then
	full=EEXIST number=-17
fi
calls <<E
0 mkdir $W/full
0 mkdir $W/full/x
ENOTEMPTY rmdir $W/full
$full rename $W/d $W/full
EINVAL rename $W/full $W/full/x/y
E
records when=post op res p1 p2 <<E
mkdir 0 $W/full -
mkdir 0 $W/full/x -
rmdir -39 $W/full -
rename $number $W/d $W/full
E

# What the VFS refuses never reaches the file system, so nobody is asked.
flush
calls <<E
EEXIST mkdir $W/full
ENOTDIR rmdir $W/m
ENOENT unlink $W/nothing
0 seteuid 1000
EACCES mkdir $W/who
0 seteuid 0
E
records op <<E
E

# Who did it
flush
chmod 777 "$W"
flush
{
	echo seteuid 1000
	echo mkdir "$W/who"
	echo pid
} | "$FSOP" - >"$TMPDIR/who"
exe=$(readlink -f "$FSOP")
records op when uid gid euid comm cfl pid tid ppid exe exeino <<E
mkdir pre 0 0 1000 fsop 0 $(tail -n 1 "$TMPDIR/who") $(tail -n 1 "$TMPDIR/who") * *$exe $(stat -c %i "$exe")
mkdir post 0 0 1000 fsop 0 $(tail -n 1 "$TMPDIR/who") $(tail -n 1 "$TMPDIR/who") * *$exe $(stat -c %i "$exe")
E

ctl unregister a
rfs_end
