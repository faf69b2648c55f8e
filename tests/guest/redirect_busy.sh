#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: unloading is refused while a module uses redirfs, or a caller is inside what may block for ever; and only then
# fs: tmpfs
# uses: fsop fusefs
# needs: module:fuse fusermount3
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W" "$W/base" "$W/fuse"
rfs_load
expect_rmmod_busy() {
	local said
	said=$(rmmod redirfs 2>&1) && die "redirfs could be unloaded $*"
	case $said in
	*"in use"* | *busy*) ;;
	*) die "rmmod said: $said" ;;
	esac
}
# 1. a module that uses it
expect_rmmod_busy "while rfs_test uses it"
new_filter a 10 -- all
ctl path a include subtree "$W"
# 2. not: callers that wait in a filter's callback; the filter's own unloading lets them go
ctl hold a mkdir pre
"$FSOP" mkdir "$W/held" >"$TMPDIR/held" &
held=$!
wait_held a 1
rmmod rfs_test
wait $held
[ "$(cat "$TMPDIR/held")" = 0 ] || die "the held caller got $(cat "$TMPDIR/held")"
rmmod redirfs

# 3. a caller inside fuse, whose server does not answer
"$FUSEFS" "$W/base" "$W/fuse"
server=$(pgrep -f "^$FUSEFS")
# a server that stands still would keep a test that has failed from ending
trap 'set -- $?; kill -CONT "$server" 2>/dev/null || true; unload_rest "$1"' EXIT
insmod "$KMODS/redirfs.ko"
insmod "$KMODS/rfs_test.ko"
new_filter a 10 -- all
ctl path a include subtree "$W/fuse"
fs 0 mkdir "$W/fuse/d"
kill -STOP "$server"
"$FSOP" mkdir "$W/fuse/e" >"$TMPDIR/stuck" &
stuck=$!
wait_for "asleep_in $stuck fuse" 30 || die "the caller does not wait for the server"
fs 1 status inside
ctl unregister a
rmmod rfs_test
expect_rmmod_busy "while a caller is inside fuse"
# detach says how many are inside, and does not wait longer than asked
fs 1 detach 100
kill -CONT "$server"
wait $stuck
[ "$(cat "$TMPDIR/stuck")" = 0 ] || die "the caller got $(cat "$TMPDIR/stuck")"
fs 0 detach 10000
fs 0 status inside
rmmod redirfs

# 4. a caller that writes what has yet to be read from there, to a file system that cannot block for ever itself; and one
# that reads into memory that has (asked about: else its call does not come to redirfs)
mkdir "$W/plain"
head -c 4096 /dev/zero >"$W/plain/d"

# held_by_memory OP MAP CALL: the filter wants OP, and a process that did MAP makes the CALL
held_by_memory() {
	local source=source.$1
	head -c 4096 /dev/zero >"$W/base/$source"
	insmod "$KMODS/redirfs.ko"
	insmod "$KMODS/rfs_test.ko"
	new_filter a 10 -- "$1"
	ctl path a include subtree "$W/plain"
	in_background "$1" "$FSOP" -
	local pid=${1}_pid fd=${1}_fd
	pid=${!pid} fd=${!fd}
	cat >&"$fd" <<-E
		open rd $W/fuse/$source as s
		$2 s
		open rdwr $W/plain/d as d
		pid
	E
	said "$1" "$pid"
	kill -STOP "$server"
	echo "$3 d" >&"$fd"
	wait_for "asleep_in $pid filemap_fault" 30 || die "$3 does not wait for the server"
	fs 1 status inside
	ctl unregister a
	rmmod rfs_test
	expect_rmmod_busy "while $3 brings something in from fuse"
	fs 1 detach 100
	kill -CONT "$server"
	said "$1" 4096
	exec {fd}>&-
	wait "$pid"
	fs 0 detach 10000
}
held_by_memory release map writemap
rmmod redirfs
held_by_memory read mapcopy readmap
umount "$W/fuse"
rmmod redirfs

# 5. not: rules, open files, an active filter, load (see redirect_open_files and redirect_load)
LOADED=()
