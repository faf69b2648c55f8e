#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a denied operation fails with the filter's errno and changes nothing; the filter's post callback is told
# fs: ext2 ext3 ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W" "$W/d" "$W/e" "$W/full" "$W/full/x"
echo content >"$W/f"
echo other >"$W/g"
cp /bin/true "$W/x"
ln -s f "$W/l"
mkfifo "$W/p"

rfs_load
new_filter a 10 opdata=8 -- all
# Behind it, to see what gets through: nothing that was stopped may.
new_filter b 20 -- all
ctl path a include subtree "$W"
ctl path b include subtree "$W"

# reading the tree is an operation too
before=$(get tree "$W")
flush

stopped create open wr+creat "$W/new"
stopped create open wr+creat+excl+trunc "$W/new"
stopped create mknod "$W/new" reg
stopped mkdir mkdir "$W/new"
stopped mknod mknod "$W/new" fifo
stopped mknod mknod "$W/new" chr:1:3
stopped mknod bindsock "$W/new"
stopped symlink symlink f "$W/new"
stopped link link "$W/f" "$W/new"
stopped unlink unlink "$W/f"
stopped unlink unlink "$W/l"
stopped unlink unlink "$W/p"
stopped rmdir rmdir "$W/d"
stopped rename rename "$W/f" "$W/new"
stopped rename rename "$W/f" "$W/g"
stopped rename rename "$W/f" "$W/new" noreplace
stopped rename rename "$W/f" "$W/d" exchange
stopped rename rename "$W/d" "$W/e"
[ "$FS" = overlay ] || stopped rename rename "$W/f" "$W/new" whiteout
[ "$FS" = overlay ] || stopped tmpfile open wr+tmpfile "$W"
stopped setattr chmod 7777 "$W/f"
stopped setattr chown 1 2 "$W/f"
[ "$FS" = tmpfs ] || stopped setattr lchown 1 2 "$W/l"
stopped setattr truncate 0 "$W/f"
stopped setattr utimes "$W/f" 1 2
stopped open open rd "$W/f"
stopped open open wr "$W/f"
stopped open open rd+directory "$W/d"
stopped open exec "$W/x"
# Denied before the file is cut, and nothing is left of a file that a denied open made.
stopped open open wr+trunc "$W/f"
stopped setattr open wr+trunc "$W/f"
[ "$FS" = overlay ] || stopped open open wr+tmpfile "$W"

# A file that the create made is there even if its open is denied: two operations, two verdicts. Both see it.
ctl deny a open EXDEV new
fs EXDEV open wr+creat "$W/new"
records f=a op when res flags <<E
create pre 0 locked
create post 0 locked
open pre 0 created
open post -18 created+notasked
E
ctl clear a
fs 0 unlink "$W/new"
flush

# The one that stopped it gets its post callback, with its own result, and knows that the file system was not asked.
ctl deny a mkdir EROFS
fs EROFS mkdir "$W/new"
records f op when res flags p1 <<E
a mkdir pre 0 locked $W/new
a mkdir post -30 locked+notasked $W/new
E
ctl clear a

# Results that no failed operation can have become EPERM.
for result in 0 5 -5000 2147483648; do
	ctl deny a mkdir $result
	fs EPERM mkdir "$W/new"
	ctl clear a
done
# A post callback's stop and result change nothing.
ctl poststop a mkdir -13
fs 0 mkdir "$W/new"
ctl clear a
fs 0 rmdir "$W/new"
# By name: only what the rule names.
ctl deny a unlink EACCES 'f*'
fs EACCES unlink "$W/f"
fs 0 unlink "$W/g"

ctl unregister a
ctl unregister b
rfs_end
