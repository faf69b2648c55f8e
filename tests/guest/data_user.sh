#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: random calls on a file under scrambleflt and xorflt, alone and both: as on a plain file, and transformed on the disk
# fs: ext4 tmpfs
# load: redirfs urfs
# uses: fsop datafsx
# timeout: 600
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

datafsx=$BUILD/guest/helper/datafsx
in=$T/in out=$T/out model=$TMPDIR/model key=$TMPDIR/key
mkdir "$in" "$out"
head -c 1000 "$BUILD/bin/xorflt" >"$key"
# each question is a trip to a program: what many of them find is found on one file system
less=4
[ "$FS" != ext4 ] || less=1

# begin PROGRAM PRIORITY [OPTION...]: on $in; its pid is in HANDLER
begin() {
	local program=$1 priority=$2
	shift 2
	"$program" --priority "$priority" "$@" "$in" >"$TMPDIR/$program" 2>&1 &
	HANDLER=$!
	ready "$program"
}

# raw KIND PID...: end these filters, and see what lies on the disk
raw() {
	local kind=$1
	shift
	kill -TERM "$@"
	ended "$@"
	no_filters
	want "what lies on the disk" "$datafsx" --raw "$kind" "$model" "$in/file"
	# with a handler that is late it is chance what the file ends with: it may be empty
	if [ -s "$in/file" ] && "$datafsx" --raw plain "$model" "$in/file" >"$TMPDIR/raw"; then
		die "what lies on the disk is not transformed"
	fi
}

begin scrambleflt 10
swap=$HANDLER
want "random calls" "$datafsx" --data --seed 31 --ops $((300 / less)) --save "$model" "$in/file" "$out/twin"
raw nibbles "$swap"
begin scrambleflt 10 --threads 3
swap=$HANDLER
want "several processes" "$datafsx" --data --seed 32 --ops 30 --procs 3 --save "$model" "$in/file"

# a handler that is late, again and again: calls fail or end early, and nothing is torn
fcdlctl policy scrambleflt deadline=200ms
"$datafsx" --data --seed 33 --ops $((150 / less)) --flaky --save "$model" "$in/file" >"$TMPDIR/flaky" 2>&1 &
flaky=$!
for n in 1 2 3 4; do
	stopped "$swap"
	wait_for "fcdlctl list | grep '^scrambleflt ' | grep -q stalled || ! kill -0 $flaky 2>/dev/null" 20 || die "it is not late"
	kill -CONT "$swap"
	ready scrambleflt
done
wait $flaky || die "with a late handler: $(<"$TMPDIR/flaky")"
grep same: "$TMPDIR/flaky"
raw nibbles "$swap"

# A handler that dies while a write waits for it: what was acknowledged is there, and of that write all or a part. The second
# time the modules go at once, with the writer still on its way out of them.
for round in stay go; do
	begin scrambleflt 10
	swap=$HANDLER
	rm "$in/file"
	in_background cut "$datafsx" --data --seed 34 --cut --save "$model" "$in/file"
	# shellcheck disable=SC2154 # set by in_background
	wait_for "[ -s '$in/file' ]" 20 || die "the writer does not begin: $(<"$cut_out")"
	stopped "$swap"
	wait_for "fcdlctl pending | grep -q ' write '" 20 || die "no write waits: $(fcdlctl pending)"
	kill -KILL "$swap"
	if [ $round = go ]; then
		for module in urfs redirfs; do
			wait_for "rmmod $module 2>/dev/null" 30 || die "$module stays: $(rmmod $module 2>&1)"
		done
	fi
	said cut cut
	wait "$swap" || :
	[ $round = stay ] || load redirfs urfs
	begin scrambleflt 10
	swap=$HANDLER
	let_go cut || die "a handler died: $(<"$cut_out")"
	cat "$cut_out"
	raw nibbles "$swap"
done

# by its place, and two filters, one behind the other
begin xorflt 20 --key-file "$key"
xor=$HANDLER
want "random calls that depend on the place" "$datafsx" --placed --seed 35 --ops $((200 / less)) --save "$model" "$in/file" "$out/twin"
raw "xor:$key" "$xor"
begin xorflt 20 --key-file "$key"
xor=$HANDLER
begin scrambleflt 10
swap=$HANDLER
want "random calls through two filters" "$datafsx" --placed --seed 36 --ops $((200 / less)) --save "$model" "$in/file" "$out/twin"
raw "nibbles,xor:$key" "$swap" "$xor"
