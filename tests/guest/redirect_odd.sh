#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: what file systems do once in a blue moon: bad and unfinished inodes, many new tables at once, a last put that sleeps
# fs: none
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

M=$TMPDIR/m
DO=/sys/module/oddfs/parameters/do
mkdir "$M"
load oddfs
mount -t oddfs oddfs "$M"

# odd WANTED COMMAND...: to the file system, by the errno that it gives
odd() {
	local wanted=$1 line
	shift
	line=$*
	if [ "$wanted" = 0 ]; then
		echo "$*" >$DO || die "oddfs: $* failed"
	else
		fs "$wanted" write odd "${line// /\\040}"
	fi
}
fs 0 open wr $DO as odd

rfs_load
new_filter a 10 -- all
attach() {
	ctl path a include subtree force "$M"
}
tables=$(get counter - inode_tables)

# --- Inodes that must stay as they are ---
# Made bad before the file system is attached, and after; the kernel knows a bad inode by its table.
calls <<E
0 chmod 600 $M/bad1
0 chmod 600 $M/bad2
E
odd 0 bad bad1
attach
odd 0 bad bad2
for f in bad1 bad2; do
	odd 0 isbad $f
	flush
	fs EIO chmod 600 "$M/$f"
	fs EIO open rd "$M/$f"
	no_records
done
# One whose file operations the file system has not set yet: nobody is asked about its open.
fs ENXIO open rd "$M/noopen"
no_records
odd 0 own bare
ctl delpath a "$M"
for f in bad1 bad2; do
	odd 0 isbad $f
	fs EIO chmod 600 "$M/$f"
done
odd 0 own noopen
odd 0 own plain

# --- Made bad while redirfs comes and goes: neither the swap nor the restore makes one good again ---
swept() {
	seq 200 | sed "s|^|0 chmod 600 $M/sweep$1|" | calls
}
swept a
odd 0 sweep
attach
odd 0 swept
swept b
odd 0 sweep
ctl delpath a "$M"
odd 0 swept

# --- A wrapper that was called before the table under it was exchanged for one without the member ---
attach
odd EIO poor f

# --- More new tables at once than there are spares, in the file system's look-up and in its create ---
flush
ctl deny a setattr EROFS
fs 0 counter - missed_pool_empty
calls <<E
EROFS chmod 600 $M/burn1
0 open wr+creat $M/none-burn2
EROFS chmod 600 $M/none-burn2
E
[ "$(get counter - missed_pool_empty)" -gt 0 ] || die "tables without spares were not counted"
[ "$(get counter - missed_by_hook)" -gt 0 ] || die "inodes that the hook missed were not counted"
ctl clear a
# and when the file system is attached while inodes with so many tables are in memory, and more of them than are handled
# under one lock
ctl delpath a "$M"
seq 40 | sed "s|^|0 chmod 600 $M/fresh|" | calls
seq 600 | sed "s|^|0 chmod 600 $M/many|" | calls
attach
ctl deny a setattr EROFS
seq 40 | sed "s|^|EROFS chmod 600 $M/fresh|" | calls
seq 1 40 600 | sed "s|^|EROFS chmod 600 $M/many|" | calls
ctl clear a

# --- Tables go with the module that they belong to ---
fs 0 close odd
umount "$M"
unload oddfs
fs "$tables" counter - inode_tables
load oddfs
mount -t oddfs oddfs "$M"
fs 0 open wr $DO as odd
attach
ctl deny a setattr EROFS
fs EROFS chmod 600 "$M/f"
ctl clear a

# --- Unloading waits for those who are inside, and for files in their last put ---
# leaves_behind FUNCTION: redirfs is being unloaded, sleeps in that one, and is done when the file system goes on
leaves_behind() {
	local rmmod
	ctl unregister a
	unload rfs_test
	rmmod redirfs &
	rmmod=$!
	wait_for "asleep_in $rmmod $1" 30 || die "rmmod does not wait in $1: $(cat /proc/$rmmod/stack)"
	odd 0 go
	wait $rmmod || die "redirfs could not be unloaded"
	LOADED=(oddfs)
}
"$FSOP" open wr+creat "$M/none-held" >"$TMPDIR/held" &
held=$!
wait_for "asleep_in $held odd_create" 30 || die "the create does not sleep"
leaves_behind rfs_inside_wait
wait $held
[ "$(cat "$TMPDIR/held")" = 0 ] || die "the create gave $(cat "$TMPDIR/held")"
odd 0 own f

odd 0 hold
load redirfs rfs_test
new_filter a 10 -- all
attach
in_background keep "$FSOP" keep rd "$M/fasync"
said keep ready
# shellcheck disable=SC2154 # set by in_background
{
	echo >&"$keep_fd"
	closer=$keep_pid
}
wait_for "asleep_in $closer odd_fasync" 30 || die "the close does not sleep"
leaves_behind rfs_files_wait
wait "$closer"
said keep 0
odd 0 own fasync
fs 0 close odd
umount "$M"
unload
