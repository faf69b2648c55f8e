#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: looking and the operations of open files can be denied; the file system does not see what was
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
fs 0 setxattr "$W/f" trusted.a value
rfs_load
new_filter a 10 opdata=8 -- access
# Behind it, to see what gets through: nothing that was stopped may.
new_filter b 20 -- access
ctl path a include subtree "$W"
ctl path b include subtree "$W"
calls <<E
0 open rdwr $W/f as x
0 open rdwr $W/g as g
0 open rd $W/d as d
E
ask tree "$W"
before=$ANSWER
flush

stopped read pread x 4 3
stopped read badread x
stopped read aioread x 4096
stopped read sendfile x 100
stopped read uread x 100 0
stopped write pwrite x ab 5
stopped write uwrite x ab 5
stopped write splice abc x
stopped llseek lseek x 3 0
stopped fsync fsync x
stopped fsync fdatasync x
stopped fallocate fallocate 100 x
stopped getattr stat "$W/f"
stopped readdir readdir d
stopped lookup stat "$W/nothing"
stopped lookup open wr+creat "$W/nothing"
stopped listxattr listxattr "$W/f"
stopped setxattr setxattr "$W/f" trusted.b value
stopped getxattr getxattr "$W/f" trusted.a
stopped removexattr removexattr "$W/f" trusted.a
fs value getxattr "$W/f" trusted.a
flush
stopped fileattr_set chattr x 64
case $FS in
xfs | btrfs)
	stopped ioctl version x
	stopped remap_range clone g x
	stopped remap_range dedupe g x
	;;
ext4) stopped ioctl version x ;;
overlay) stopped copy_range copyrange g x 100 ;;
esac

# Nothing is left to refuse after a mapping or the reading of a link.
ctl_want EINVAL ops a mmap:pre
ctl_want EINVAL ops a readlink:pre

# The file is as it was: where it is read from, what it holds, that it can be read.
fs 0 lseek x 0 1
fs 0123456789 read x
calls <<E
0 close x
0 close g
0 close d
E
ctl unregister a
ctl unregister b
rfs_end
