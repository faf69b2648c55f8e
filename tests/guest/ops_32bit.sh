#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: operations of 32-bit programs are seen, denied and marked as such
# fs: ext4 tmpfs
# uses: fsop fsop32
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
"$FSOP32" pid >/dev/null 2>&1 || skip "this kernel runs no 32-bit programs"
rfs_load
new_filter a 10 -- all
ctl path a include subtree "$W"
calls_by "$FSOP32" <<E
0 mkdir $W/d
0 open rdwr+creat $W/f as x
0 ftruncate 9 x
0 close x
0 truncate 5 $W/f
0 chmod 600 $W/f
0 chown 1 2 $W/f
0 utimes $W/f 3 4
0 mknod $W/p fifo
0 symlink f $W/s
0 link $W/f $W/g
0 rename $W/g $W/h
0 unlink $W/h
0 rmdir $W/d
0 open rd $W/f
E
# O_LARGEFILE is what a 32-bit program asked for; the flags are those of the machine.
records when=post op res p1 p2 cfl attr oflags <<E
mkdir 0 $W/d - compat - 0
create 0 $W/f - compat - 0
open 0 $W/f - compat - rdwr+creat*
setattr 0 $W/f - compat *size:9*+file* 0
release 0 $W/f - compat - rdwr*
setattr 0 $W/f - compat *size:5* 0
setattr 0 $W/f - compat mode:0600+ctime 0
setattr 0 $W/f - compat uid:1+gid:2+ctime* 0
setattr 0 $W/f - compat atime:3.000000000+mtime:4.000000000+ctime+timesset 0
mknod 0 $W/p - compat - 0
symlink 0 $W/s - compat - 0
link 0 $W/f $W/g compat - 0
rename 0 $W/g $W/h compat - 0
unlink 0 $W/h - compat - 0
rmdir 0 $W/d - compat - 0
open 0 $W/f - compat - *
release 0 $W/f - compat - *
E
ctl deny a any EROFS
calls_by "$FSOP32" <<E
EROFS mkdir $W/n
EROFS open wr+creat $W/n
EROFS open wr+trunc $W/f
EROFS unlink $W/f
EROFS rename $W/f $W/n
EROFS chmod 0 $W/f
EROFS link $W/f $W/n
EROFS symlink f $W/n
EROFS mknod $W/n fifo
EROFS truncate 0 $W/f
E
[ "$(stat -c %s "$W/f")" = 5 ] || die "a denied truncation cut the file"
ctl unregister a
rfs_end
