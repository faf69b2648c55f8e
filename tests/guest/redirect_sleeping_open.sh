#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: redirfs unloads while an open sleeps before it gets to the file system, but for a mark that fanotify waits on
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
echo hello >"$W/f"

# sleeping HOLDER FUNCTION [ARGUMENT]: the open of $W/f sleeps in the kernel's FUNCTION until the holder is let go
sleeping() {
	in_background holder "$FSOP" "$1" "$W/f" "${@:3}"
	said holder ready
	"$FSOP" open rd "$W/f" >"$TMPDIR/opened" &
	opener=$!
	wait_for "asleep_in $opener $2" 30 || die "the open does not sleep in $2: $(cat /proc/$opener/stack)"
}

# outlives WAY...: the module goes while the open sleeps
outlives() {
	rfs_load
	new_filter a 10 -- all
	ctl path a include subtree "$W"
	sleeping "$@"
	ctl unregister a
	rfs_end
}

# goes_on: the open that slept succeeds, and the file is what it was
goes_on() {
	kill -0 $opener || die "the open ended by itself"
	let_go holder
	wait $opener
	[ "$(<"$TMPDIR/opened")" = 0 ] || die "the open gave $(<"$TMPDIR/opened")"
	[ "$(<"$W/f")" = hello ] || die "the file is not what it was"
}

# With a shadow table in the file and the module gone, the open goes on.
# An overlay's leases are on the file below, and are broken in its own open.
if [ "$FS" != overlay ]; then
	outlives lease __break_lease
	goes_on
fi
# And also with the module loaded and attached again.
outlives fanperm fanotify_handle_event
rfs_load
new_filter a 10 -- all
ctl path a include subtree "$W"
goes_on

# The same without any unload: judged once it goes on.
ctl unregister a
new_filter a 10 -- all
ctl path a include subtree "$W"
sleeping fanperm fanotify_handle_event
# only now, since the listener's own descriptor for the event is an open as well
ctl deny a open EACCES
let_go holder
wait $opener
[ "$(cat "$TMPDIR/opened")" = EACCES ] || die "the open gave $(cat "$TMPDIR/opened")"
ctl unregister a
rfs_end

# While a listener to a whole mount has not answered, fsnotify pins the first mark on the object too: a rule on that very
# object keeps redirfs from being unloaded, and no longer than that.
rfs_load
new_filter a 10 -- all
ctl path a include single "$W/f"
sleeping fanperm fanotify_handle_event mount
ctl unregister a
rmmod rfs_test
if rmmod redirfs 2>"$TMPDIR/said"; then
	die "unloaded while fsnotify uses a mark"
fi
grep -q 'in use' "$TMPDIR/said" || die "rmmod said: $(<"$TMPDIR/said")"
goes_on
wait_for "rmmod redirfs 2>/dev/null" 30 || die "redirfs stays in use"
LOADED=()
