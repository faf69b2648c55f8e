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

# 4. a caller that writes what has yet to be read from there, to a file system that cannot block for ever itself
mkdir "$W/plain"
head -c 4096 /dev/zero >"$W/base/source"
insmod "$KMODS/redirfs.ko"
insmod "$KMODS/rfs_test.ko"
new_filter a 10 -- release
ctl path a include subtree "$W/plain"
in_background writer "$FSOP" -
# shellcheck disable=SC2154 # in_background sets them
{
	cat >&"$writer_fd" <<-E
		open rd $W/fuse/source as s
		map s
		open wr+creat $W/plain/d as d
		pid
	E
	said writer "$writer_pid"
}
kill -STOP "$server"
echo "writemap d" >&"$writer_fd"
wait_for "asleep_in $writer_pid filemap_fault" 30 || die "the writer does not wait for the server"
fs 1 status inside
ctl unregister a
rmmod rfs_test
expect_rmmod_busy "while somebody brings in from fuse what he writes"
fs 1 detach 100
kill -CONT "$server"
said writer 4096
exec {writer_fd}>&-
wait "$writer_pid"
fs 0 detach 10000
umount "$W/fuse"
rmmod redirfs

# 5. not: rules, open files, an active filter, load (see redirect_open_files and redirect_load)
LOADED=()
