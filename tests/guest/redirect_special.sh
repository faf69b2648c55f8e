#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: device nodes, FIFOs and sockets keep their own file operations and get their names filtered; O_PATH is left alone
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
mknod "$W/old" c 1 5
mount -o remount,dev "$T" 2>/dev/null || true
rfs_load
new_filter a 10 -- all
ctl path a include subtree "$W"

calls <<E
0 mknod $W/zero chr:1:5
0 mknod $W/fifo fifo
0 bindsock $W/sock
E
flush
# They do what they are for: the device is opened by its driver, the FIFO joins two processes.
[ "$(head -c 4 "$W/zero" | od -An -tx1 | tr -d ' ')" = 00000000 ] || die "not a zero device any more"
[ "$(head -c 4 "$W/old" | od -An -tx1 | tr -d ' ')" = 00000000 ] || die "not a zero device any more"
echo through >"$W/fifo" &
writer=$!
read -r line <"$W/fifo"
[ "$line" = through ] || die "not a FIFO any more"
wait $writer
rec when=pre op p1 >"$TMPDIR/got"
! grep -q "^\(open\|release\) " "$TMPDIR/got" || die "opens of devices and FIFOs are not ours: $(cat "$TMPDIR/got")"
fs 0 counter - files
calls <<E
0 chmod 600 $W/zero
0 rename $W/fifo $W/fifo2
0 link $W/sock $W/sock2
0 unlink $W/zero
0 unlink $W/fifo2
0 unlink $W/sock
E
records when=post op p1 p2 <<E
setattr $W/zero -
rename $W/fifo $W/fifo2
link $W/sock $W/sock2
unlink $W/zero -
unlink $W/fifo2 -
unlink $W/sock -
E
ctl deny a unlink EROFS
fs EROFS unlink "$W/sock2"
ctl clear a

# O_PATH opens nothing, so nobody is asked, and nothing has changed hands that close would give back.
echo x >"$W/f"
flush
ctl deny a open EACCES
calls <<E
0 open path $W/f as p
0 open path+directory $W as d
0 open path+nofollow $W/sock2 as s
EBADF read p
0 close p
0 close d
0 close s
EACCES open rd $W/f
E
records when=post op p1 <<E
open $W/f
E
ctl clear a
ctl unregister a
rfs_end
