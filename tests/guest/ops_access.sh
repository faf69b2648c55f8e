#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: looking, and what is done to open files, is seen before and after, with its numbers and its real result
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W" "$W/d"
printf %s 0123456789 >"$W/f"
head -c 4096 /dev/zero >"$W/g"
long=$(printf './%.0s' {1..100})f
ln -s f "$W/short"
ln -s "$long" "$W/long"
rfs_load

# seen OP RESULT IO CALL...: the call has these numbers before and after, this result after, and no other operation
seen() {
	local op=$1 result=$2 io=$3
	shift 3
	ask "$@"
	records op when res p1 io <<-E
		$op pre 0 $W/f $io
		$op post $result $W/f $io
	E
}

# Nobody wants to know: nothing is seen, of a file that was open before as little as of a later one.
new_filter a 10 opdata=16 -- open
ctl path a include subtree "$W"
fs 0 open rdwr "$W/f" as x
flush
fs 4 pread x 4 3
no_records
# From now on everything is, also of files that were open before. (But what the kernel asks itself: some file systems look
# for security.capability at each write.)
ctl ops a lookup getattr readlink setxattr removexattr listxattr fileattr_set read write readdir mmap fsync flush \
	fallocate llseek ioctl copy_range remap_range lock

seen read 4 3:4:0:0x0:0x0:0 pread x 4 3
seen read 3 7:100:0:0x0:0x0:0 pread x 100 7
seen read 0 100:4:0:0x0:0x0:0 pread x 4 100
seen read -14 0:4096:0:0x0:0x0:0 badread x
seen read 10 0:4096:0:0x0:0x0:0 aioread x 4096
seen read 10 0:100:0:0x0:0x0:splice sendfile x 100
seen read 10 0:10:0:0x0:0x0:0 uread x 10 0
seen write 2 5:2:0:0x0:0x0:0 pwrite x ab 5
seen write 1 0:1:0:0x0:0x0:0 write x a
seen write 3 7:3:0:0x0:0x0:0 uwrite x cde 7
# Through a pipe: by the file system's write, or (overlayfs) by a way of its own.
how=0
[ "$FS" != overlay ] || how=splice
seen write 3 1:3:0:0x0:0x0:$how splice abc x
seen llseek 3 3:0:0:0x0:0x0:0 lseek x 3 0
seen llseek 10 0:0:0:0x2:0x0:0 lseek x 0 2
seen llseek -22 -5:0:0:0x0:0x0:0 lseek x -5 0
seen fsync 0 0:0:0:0x0:0x0:0 fsync x
seen fsync 0 0:0:0:0x1:0x0:0 fdatasync x
seen fallocate 0 0:100:0:0x0:0x0:0 fallocate 100 x
seen getattr 0 0:0:0:0x7ff:0x0:0 stat "$W/f"
# a read that must not wait is not carried out: a callback may
ask nowait x 4 0
case $ANSWER in
EAGAIN | EOPNOTSUPP) ;;
*) die "a read that must not wait: $ANSWER" ;;
esac
no_records

fs 0 open wr+append "$W/f" as end
fs 1 write end z
records op when res io <<E
write pre 0 *:1:0:0x0:0x0:append
write post 1 *:1:0:0x0:0x0:append
E
# The name that it was opened by; and a release is none of these.
fs 0 rename "$W/f" "$W/h"
others=$(rec op | grep -vx lookup || true)
[ -z "$others" ] || die "a rename was seen as $others"
fs 1 pread x 1 0
records op when p1 <<E
read pre $W/h
read post $W/h
E
fs 0 rename "$W/h" "$W/f"
flush

# Mapping: afterwards only.
ask mmap x rd
records op when res flags p1 io <<E
mmap post 0 locked $W/f 0:4096:0:0x1:0x0:shared
E
ask mmap x wr
records op when res flags p1 io <<E
mmap post 0 locked $W/f 0:4096:0:0x3:0x0:shared
E

# Directories
calls <<E
0 open rd $W/d as d
0 readdir d
E
records op when res flags p1 o1 <<E
llseek pre 0 0 $W/d dir:*
llseek post 0 0 $W/d dir:*
readdir pre 0 locked $W/d dir:*
readdir post 0 locked $W/d dir:*
E

# ioctl: what the VFS does not answer by itself. The generic attributes are an operation of their own.
if [ "$FS" = ext4 ] || [ "$FS" = xfs ] || [ "$FS" = btrfs ]; then
	fs 0 version x
	records op when res p1 io <<-E
		ioctl pre 0 $W/f *:0:0:0x80087601:0x0:0
		ioctl post 0 $W/f *:0:0:0x80087601:0x0:0
	E
fi
fs 0 chattr x 64
records op when res flags p1 io <<E
fileattr_set pre 0 locked $W/f 0:0:0:0x40:0x8*:0
fileattr_set post 0 locked $W/f 0:0:0:0x40:0x8*:0
E
fs 0 chattr x 0
flush

# Clones and dedupes name both files.
fs 0 open rdwr "$W/g" as g
flush
case $FS in
xfs | btrfs)
	fs 0 clone g x
	fs 0 dedupe g x
	records op when res p1 p2 io <<-E
		remap_range pre 0 $W/g $W/f 0:0:0:0x0:0x0:0
		remap_range post 4096 $W/g $W/f 0:0:0:0x0:0x0:0
		remap_range pre 0 $W/g $W/f 0:4096:0:0x*:0x0:0
		remap_range post 4096 $W/g $W/f 0:4096:0:0x*:0x0:0
	E
	;;
esac

# copy_file_range: by the file system's own function with both names, or by reading and writing
ask copyrange g x 100
[ "$ANSWER" = 100 ] || die "copyrange: $ANSWER"
case $FS in
overlay)
	records op when res p1 p2 io <<-E
		copy_range pre 0 $W/g $W/f 0:100:0:0x0:0x0:0
		copy_range post 100 $W/g $W/f 0:100:0:0x0:0x0:0
	E
	;;
xfs | btrfs) flush ;;
*)
	records op when res p1 io <<-E
		read pre 0 $W/g 0:100:0:0x0:0x0:splice
		read post 100 $W/g 0:100:0:0x0:0x0:splice
		write pre 0 $W/f 0:100:0:0x0:0x0:0
		write post 100 $W/f 0:100:0:0x0:0x0:0
	E
	;;
esac

# Extended attributes; tmpfs of 6.1 has none of the user's, so one of the administrator's.
ctl ops a access
calls <<E
0 setxattr $W/f trusted.a value
value getxattr $W/f trusted.a
ENODATA getxattr $W/f trusted.nothing
E
records op when res flags p1 xattr io <<E
setxattr pre 0 locked $W/f trusted.a 0:5:0:0x0:0x0:0
setxattr post 0 locked $W/f trusted.a 0:5:0:0x0:0x0:0
getxattr pre 0 0 $W/f trusted.a 0:256:0:0x0:0x0:0
getxattr post 5 0 $W/f trusted.a 0:256:0:0x0:0x0:0
getxattr pre 0 0 $W/f trusted.nothing 0:256:0:0x0:0x0:0
getxattr post -61 0 $W/f trusted.nothing 0:256:0:0x0:0x0:0
E
ask listxattr "$W/f"
records op when res p1 xattr io <<E
listxattr pre 0 $W/f - 0:256:0:0x0:0x0:0
listxattr post $ANSWER $W/f - 0:256:0:0x0:0x0:0
E
fs 0 removexattr "$W/f" trusted.a
records op when res flags p1 xattr io <<E
removexattr pre 0 locked $W/f trusted.a 0:0:0:0x0:0x0:0
removexattr post 0 locked $W/f trusted.a 0:0:0:0x0:0x0:0
E

# Looking a name up that is not in memory, whether it is there or not; from memory nobody is asked.
fs ENOENT stat "$W/nothing"
records op when res flags p1 o1 <<E
lookup pre 0 locked $W/nothing none
lookup post 0 locked $W/nothing none
E
# tmpfs keeps no names that are not there in memory, and asks itself again.
fs ENOENT stat "$W/nothing"
again=$(rec op)
case $FS in
tmpfs | overlay) ;;
*) [ -z "$again" ] || die "a name in memory was looked up again: $again" ;;
esac

# Where links lead, if that is read from the file system.
fs "$long" readlink "$W/long"
links=$(rec op when res p1 target)
[ -z "$links" ] || [[ $links == *"readlink post 0 $W/long $long"* ]] || die "readlink: $links"
case $FS in
ext4 | btrfs | tmpfs) [ -n "$links" ] || die "a long link was read unseen" ;;
esac

# The last close of all; flush where the file system has one.
flush
calls <<E
0 close g
0 close end
0 close d
0 close x
E
case $FS in
overlay)
	records op when p1 <<-E
		flush pre $W/g
		flush post $W/g
		flush pre $W/f
		flush post $W/f
		flush pre $W/f
		flush post $W/f
	E
	;;
*) no_records ;;
esac

# Files are left as they are when nobody wants to know any more.
fs 0 open rdwr "$W/f" as x
ctl ops a open
flush
fs 1 pread x 1 0
fs 0 fsync x
fs ENOENT stat "$W/nothing2"
no_records
fs 0 close x

ctl unregister a
rfs_end
