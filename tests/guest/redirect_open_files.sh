#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: redirfs unloads with files and directories open, mapped, locked, deleted; they work as before
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
rfs_load
new_filter a 10 -- all
ctl path a include subtree "$W"

# A process with files in every state, which goes on using them when it is told.
mkfifo "$TMPDIR/go"
{
	cat <<-E
		mkdir $W/d
		open rdwr+creat $W/f as f
		write f hello
		open rd+directory $W/d as d
		readdir d
		open rdwr+creat $W/gone as g
		unlink $W/gone
		open rd $W/f as f2
		lock f
		open rd+path $W/f as o
	E
	# what comes now is read only after the unload
	cat "$TMPDIR/go"
} | "$FSOP" - >"$TMPDIR/out" &
user=$!
exec {go}>"$TMPDIR/go"
wait_for "[ \$(wc -l <$TMPDIR/out) = 10 ]" 30 || die "$(cat "$TMPDIR/out")"
[ "$(sort -u "$TMPDIR/out" | tr '\n' ' ')" = "0 5 " ] || die "$(cat "$TMPDIR/out")"

# again and again: each load finds files that are open already, and takes over none of them
for _ in 1 2; do
	ctl unregister a
	rfs_end
	rfs_load
	new_filter a 10 -- all
	ctl path a include subtree "$W"
done
ctl unregister a
rfs_end
cat >&$go <<E
read f
write f again
read f2
readdir d
write g deleted
read g
fsync f
ftruncate 3 f
read f2
mmap f rd
fallocate 100 f
unlock f
close f
close f2
close d
close g
close o
E
exec {go}>&-
wait $user
tail -n +11 "$TMPDIR/out" | diff -U 10 - <(printf '%s\n' hello 5 helloagain 0 7 deleted 0 0 hel h 0 0 0 0 0 0 0) >"$TMPDIR/diff" ||
	die "the open files answered otherwise: $(cat "$TMPDIR/diff")"

# Being read and written, opened and closed while it unloads: no byte is lost.
seq 100000 >"$W/numbers"
rfs_load
new_filter a 10 -- all
ctl quiet a 1
ctl path a include subtree "$W"
(while [ ! -e "$TMPDIR/stop" ]; do cmp "$W/numbers" <(seq 100000) || exit 1; done) &
reader=$!
(while [ ! -e "$TMPDIR/stop" ]; do seq 20000 >"$W/copy" && cmp "$W/copy" <(seq 20000) || exit 1; done) &
writer=$!
wait_for "[ \"\$(stat_of a post)\" -gt 3 ]" 60 || die "no load"
ctl unregister a
rfs_end
touch "$TMPDIR/stop"
wait $reader || die "a reader lost something"
wait $writer || die "a writer lost something"
