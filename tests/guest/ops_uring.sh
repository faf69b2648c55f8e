#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: operations that arrive through io_uring are seen, denied and ascribed to their process
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
rfs_load
new_filter a 10 opdata=8 -- all
ctl path a include subtree "$W"

# Everything that io_uring may do to names; the ring's process is the one that is named, whichever thread runs it.
{
	cat <<-E
		umkdir $W/d
		uopen wr+creat $W/f
		ulink $W/f $W/g
		urename $W/g $W/h
		urename $W/h $W/d exchange
		usymlink f $W/s
		uunlink $W/f
		urmdir $W/h
		pid
	E
} | "$FSOP" - >"$TMPDIR/out"
pid=$(tail -n 1 "$TMPDIR/out")
[ "$(head -n 8 "$TMPDIR/out" | sort -u)" = 0 ] || die "not all calls succeeded: $(tr '\n' ' ' <"$TMPDIR/out")"
records op when res p1 p2 pid uid <<E
mkdir pre 0 $W/d - $pid 0
mkdir post 0 $W/d - $pid 0
create pre 0 $W/f - $pid 0
create post 0 $W/f - $pid 0
open pre 0 $W/f - $pid 0
open post 0 $W/f - $pid 0
release post 0 $W/f - $pid 0
link pre 0 $W/f $W/g $pid 0
link post 0 $W/f $W/g $pid 0
rename pre 0 $W/g $W/h $pid 0
rename post 0 $W/g $W/h $pid 0
rename pre 0 $W/h $W/d $pid 0
rename post 0 $W/h $W/d $pid 0
symlink pre 0 $W/s - $pid 0
symlink post 0 $W/s - $pid 0
unlink pre 0 $W/f - $pid 0
unlink post 0 $W/f - $pid 0
rmdir pre 0 $W/h - $pid 0
rmdir post 0 $W/h - $pid 0
E

# and the worker threads are known as such, by the name of who they work for
fs 0 umkdir "$W/w"
records when cfl comm <<E
pre ioworker fsop
post ioworker fsop
E

fs 0 open wr+creat "$W/f"
fs 0 mkdir "$W/e"
ctl deny a any EROFS
get tree "$W" >"$TMPDIR/before"
calls <<E
EROFS umkdir $W/n
EROFS uopen wr+creat $W/n
EROFS uopen rd $W/f
EROFS uopen wr+trunc $W/f
EROFS ulink $W/f $W/n
EROFS urename $W/f $W/n
EROFS usymlink f $W/n
EROFS uunlink $W/f
EROFS urmdir $W/e
E
get tree "$W" >"$TMPDIR/after"
want "nothing changed" cmp "$TMPDIR/before" "$TMPDIR/after"
ctl clear a

# A held open does not hold up the ring's process for good: the ring goes on when it is released.
ctl hold a open pre f
"$FSOP" uopen rd "$W/f" >"$TMPDIR/held" &
pid=$!
wait_held a 1
ctl release a
wait $pid
[ "$(cat "$TMPDIR/held")" = 0 ] || die "a released open gave $(cat "$TMPDIR/held")"

ctl unregister a
rfs_end
