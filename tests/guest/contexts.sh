#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: data that filters keep with open files and objects: whose they are, and that each order of ends frees them once
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 240
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w O=$T/o M=$TMPDIR/m
mkdir "$W" "$O"
told=

# what became of data since the last time, added to $told, is now exactly this
is_logged() {
	ask ctl datalog
	[ "$ANSWER" = 0 ] || told+=$ANSWER$'\n'
	[ "${told%$'\n'}" = "$1" ]
}

not_logged() {
	die "data (- wanted, + got):
$(diff -U 100 <(echo "$1") <(echo "${told%$'\n'}") | tail -n +4)"
}

# logged: the lines of standard input, now
logged() {
	local want
	want=$(cat)
	is_logged "$want" || not_logged "$want"
	told=
}

# comes_to_be_logged: the same, where an end may come a little later
comes_to_be_logged() {
	local want
	want=$(cat)
	wait_for "is_logged '$want'" 30 || not_logged "$want"
	told=
}

# pages too: an object that has some stays
drop_and_look() {
	echo 3 >/proc/sys/vm/drop_caches
	is_logged "$1"
}

# evicted: the same, when objects that nobody uses have left the cache
evicted() {
	local want
	want=$(cat)
	sync
	wait_for "drop_and_look '$want'" 60 || not_logged "$want"
	told=
}

# come_to_be_logged: several, where their order does not matter
is_logged_sorted() {
	is_logged "$1" || [ "$(sort <<<"${told%$'\n'}")" = "$1" ]
}

come_to_be_logged() {
	local want
	want=$(sort)
	wait_for "is_logged_sorted '$want'" 30 || not_logged "$want"
	told=
}

# nothing_kept: redirfs counts no data, and watches no object
nothing_kept() {
	[ "$(get counter - file_data_now):$(get counter - inode_data_now)" = 0:0 ] ||
		die "$(get counter - file_data_now) data of files and $(get counter - inode_data_now) of objects are left"
	wait_answer 0 counter - inodes_with_data
}

new_filters() {
	local ops="open release read create unlink rmdir rename mkdir link remap_range"
	# shellcheck disable=SC2086 # words
	new_filter a 10 -- $ops
	# shellcheck disable=SC2086 # words
	new_filter b 20 -- $ops
	ctl path a include subtree "$W"
	ctl path b include subtree "$W"
}

clear_rules() {
	ctl clear a
	ctl clear b
}

echo hello >"$W/f"
rfs_load
new_filters

# An open file: found by what is done to it and by its release, shared by dup and fork. The other filter sees nothing of it.
calls <<E
0 ctl data a attach file 0 open post - A
0 ctl data a attach file 0 open post - A2
0 ctl data a get file 0 read pre
0 ctl data b get file 0 read pre
0 ctl data a get file 0 release post
0 ctl data a attach file 0 release post - R
0 open rd $W/f as x
5 pread x 5 0
0 dup x y
0 close x
0 childread y
1 counter - file_data_now
0 close y
E
logged <<E
a attach A
a exist A
a free A2
a get A
b get -2
a get A
b get -2
a get A
a attach -95
a free R
a free A
E
nothing_kept

# Two opens of one object have their own; two filters have theirs apart.
clear_rules
calls <<E
0 ctl data a attach file 0 open post - A
0 ctl data b attach file 0 open post - B
0 ctl data a get file 0 read pre
0 ctl data b get file 0 read pre
0 open rd $W/f as x
0 open rd $W/f as y
4 counter - file_data_now
5 pread x 5 0
0 close x
0 close y
E
logged <<E
b attach B
a attach A
b attach B
a attach A
a get A
b get B
b free B
a free A
b free B
a free A
E

# Before an open: if that fails, for whoever's sake, they end with it. Detached, they are free; attached twice, they are not.
clear_rules
calls <<E
0 ctl data a attach file 0 open pre - P
0 ctl data a get file 0 open post - P
0 ctl deny b open -18
EXDEV open rd $W/f
0 ctl clear b
0 open rd $W/f as x
0 ctl clear a
0 ctl data a detach file 0 read pre
0 ctl data a detach file 0 read post
5 pread x 5 0
0 ctl clear a
0 ctl data a attach file 0 read pre - again
5 pread x 5 0
0 close x
E
logged <<E
a attach P
a free P
a get -2
a attach P
a get P
a detach P
a free P
a detach -2
a attach again
a attach -22
a free again
E
nothing_kept

# What has no open file, no object (yet), no second name
clear_rules
calls <<E
0 ctl data a attach file 0 unlink pre
0 ctl data a attach file 1 open post
0 ctl data a attach inode 0 create pre
0 ctl data a attach inode 1 create pre
0 open wr+creat $W/n
0 unlink $W/n
E
logged <<E
a attach -2
a free x
a attach -2
a free x
a attach -2
a free x
a attach -2
a free x
E

# A file without a rule, as the other one of an operation: nobody would notice its end.
case $FS in
xfs | btrfs | overlay)
	clear_rules
	ctl data a attach file 1 remap_range pre - U
	ctl data a attach file 0 remap_range pre - F
	fs 0 open wr+creat "$O/out" as o
	fs 0 open rd "$W/f" as x
	ask clone x o
	fs 0 close x
	fs 0 close o
	logged <<-E
		a attach -95
		a free U
		a attach F
		a free F
	E
	;;
esac
nothing_kept

# An object: one for all its names and opens, while it is in memory; the directory is another.
clear_rules
calls <<E
0 ctl data a attach inode 0 open pre f I
0 ctl data a get inode 0 read pre g
0 ctl data b get inode 0 read pre g
0 ctl data a get inode 2 read pre g
0 ctl data a attach inode 2 open post g D
0 link $W/f $W/g
0 open rd $W/f
0 open rd $W/g as x
5 pread x 5 0
0 close x
2 counter - inode_data_now
2 counter - inodes_with_data
E
logged <<E
a attach I
a attach D
a get I
a get D
b get -2
E
# Renaming changes nothing about it. Its last name but one goes, and the other filter, with data of its own there.
calls <<E
0 ctl data b attach inode 0 unlink pre f J
0 ctl data a get inode 0 read pre h
0 unlink $W/f
0 rename $W/g $W/h
0 open rd $W/h as x
5 pread x 5 0
0 ctl unregister b
E
logged <<E
b attach J
a get I
b free J
E
# The object has no name and is still there, until it is closed.
calls <<E
0 unlink $W/h
0 ctl clear a
0 ctl data a get inode 0 read pre
5 pread x 5 0
E
logged <<E
a get I
E
fs 0 close x
comes_to_be_logged <<E
a free I
E
fs 1 counter - inode_data_now
fs 0 ctl unregister a
logged <<E
a free D
E
nothing_kept
new_filters

# Eviction, of what the cache need not keep; a reference that the filter holds outlives that. Then a rename over it.
echo hello >"$W/f"
echo world >"$W/f2"
mkdir "$W/d"
ask ctl datalog
calls <<E
0 ctl data a attach inode 0 open pre f E
0 ctl data a keep inode 0 open post f
0 ctl data a attach inode 0 open pre f2 E2
0 ctl data a attach inode 0 rmdir pre d E3
0 open rd $W/f
0 open rd $W/f2
0 rmdir $W/d
E
comes_to_be_logged <<E
a attach E
a get E
a attach E2
a attach E3
a free E3
E
none_after_drop() {
	echo 3 >/proc/sys/vm/drop_caches
	is 0 counter - inode_data_now
}
case $FS in
tmpfs)
	fs 0 unlink "$W/f2"
	comes_to_be_logged <<<"a free E2"
	fs 0 unlink "$W/f"
	wait_answer 0 counter - inode_data_now
	;;
*)
	evicted <<<"a free E2"
	wait_for none_after_drop 60 || die "an object with data stays in the cache"
	# and when it is in memory again it has none
	clear_rules
	ctl data a get inode 0 open pre f2
	fs 0 open rd "$W/f2"
	logged <<<"a get -2"
	;;
esac
fs 0 ctl drop a
logged <<<"a free E"
clear_rules
nothing_kept
echo hello >"$W/f"
echo world >"$W/f2"
ctl data a attach inode 0 open pre f S
ctl data a attach inode 0 open pre f2 T
calls <<E
0 open rd $W/f
0 open rd $W/f2
0 rename $W/f $W/f2
E
comes_to_be_logged <<E
a attach S
a attach T
a free T
E
calls <<E
0 ctl clear a
0 ctl data a get inode 0 read pre
0 open rd $W/f2 as x
5 pread x 5 0
0 close x
E
logged <<E
a get S
E

# Deactivated, a filter keeps what it has, and it is freed all the same; unregistered, it is freed before that returns.
clear_rules
calls <<E
0 ctl data a attach file 0 open post f2 F
0 open rd $W/f2 as x
0 open rd $W/f2 as y
0 ctl deactivate a
0 close x
E
logged <<E
a attach F
a attach F
a free F
E
calls <<E
0 ctl activate a
0 ctl data a get inode 0 read pre
5 pread y 5 0
0 ctl unregister a
E
is_logged_sorted "a free F
a free S
a get S" || not_logged "F, S"
told=
nothing_kept
fs 0 close y

# The end of an object is in progress when its filter is unregistered: that waits.
ctl unregister b
new_filters
echo hello >"$W/slow"
ctl data a attach inode 0 open pre slow hold
fs 0 open rd "$W/slow"
if [ "$FS" = tmpfs ]; then
	fs 0 unlink "$W/slow"
	comes_to_be_logged <<-E
		a attach hold
		a freeing hold
	E
else
	evicted <<-E
		a attach hold
		a freeing hold
	E
fi
"$FSOP" ctl unregister a >"$TMPDIR/how" &
pid=$!
wait_for "asleep_in $pid rfs_" 30 || die "unregistering did not wait for the end of data"
[ ! -s "$TMPDIR/how" ] || die "unregistering returned while data were being freed"
ctl freego
wait $pid
logged <<<"a free hold"
nothing_kept

# umount, with what is in the cache and with what somebody had open a moment ago
ctl unregister b
new_filters
mkfs_and_mount "$FS" "$M"
echo hello >"$M/f"
mkdir "$M/d"
ctl path a include subtree "$M"
ctl data a attach inode 0 open pre - U
ctl data a attach inode 2 open pre f R
fs 0 open rd "$M/f"
fs 0 open rd+directory "$M/d"
logged <<E
a attach U
a attach R
a attach U
E
umount "$M"
[ ! -d "$M.base" ] || umount "$M.base"
come_to_be_logged <<E
a free R
a free U
a free U
E
nothing_kept

# Many at once attach to the same objects, while these come and go: one wins each time, and nobody is left over.
clear_rules
ctl quiet a 1
ctl quiet b 1
mkdir "$W/many"
for i in 1 2 3 4 5 6 7 8; do
	echo hello >"$W/many/f$i"
done
ctl data a attach inode 0 open pre - X
ctl data a attach file 0 open post - Y
ctl data b attach inode 0 open post - Z
ctl data b detach inode 0 release post
pids=()
for n in 1 2 3 4; do
	for r in {1..40}; do
		for i in 1 2 3 4 5 6 7 8; do
			echo "open rd $W/many/f$i"
		done
		[ $((r % 10)) != $n ] || echo drop
	done | "$FSOP" - >"$TMPDIR/many$n" &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid"
done
! grep -v "^[0-9]*$" "$TMPDIR"/many? || die "opens failed"
[ "$(stat_of a lost)" -gt 0 ] || die "everybody won"
fs 0 counter - file_data_now
[ "$(get counter - inode_data_now)" -le 8 ] || die "8 objects have $(get counter - inode_data_now) data"
rm -r "$W/many"
ctl unregister a
ctl unregister b
ask ctl datalog
nothing_kept

# From inside a callback: a filter that unregisters itself takes its data with it.
new_filters
echo hello >"$W/f"
calls <<E
0 ctl data a attach file 0 open post - A
0 ctl data a attach inode 0 open post - B
0 open rd $W/f as x
0 ctl run a read pre unregister a
5 pread x 5 0
0 close x
E
come_to_be_logged <<E
a attach A
a attach B
a free A
a free B
E
ctl unregister b
nothing_kept
rfs_end

# No more than the module's parameter allows; what is refused has attached nothing, and there is room again.
load redirfs data_max=2 rfs_test
new_filters
calls <<E
0 ctl data a attach file 0 open post - A
0 ctl data a attach inode 0 open pre - B
0 open rd $W/f as x
0 open rd $W/f as y
0 close x
0 open rd $W/f as z
0 close y
0 close z
1 counter - data_refused
E
logged <<E
a attach B
a attach A
a exist B
a free B
a attach -28
a free A
a free A
a exist B
a free B
a attach A
a free A
E
# modules go with data attached: the filters' own module unregisters them
fs 0 open rd "$W/f" as x
rfs_end
