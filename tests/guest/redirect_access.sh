#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: filters come and go, and modules are unloaded, while open files are read, written, synced and looked at
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 180
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
pids=()
begin() {
	local i
	for i in 1 2 3; do
		head -c 2000 /dev/zero >"$W/$i"
		"$FSOP" accessloop "$W/$i" "$TMPDIR/stop" >"$TMPDIR/loop$i" 2>&1 &
		pids+=($!)
	done
}
alive() {
	local pid
	for pid in "${pids[@]}"; do
		kill -0 "$pid" 2>/dev/null || die "under load a call failed: $(cat "$TMPDIR"/loop*)"
	done
}
# The files of the first round are open before there is a rule, those of the second are covered.
for round in 1 2; do
	rfs_load
	new_filter a 10 opdata=16 -- open
	ctl quiet a 1
	ctl path a include subtree "$W"
	[ $round -eq 1 ] || begin
	for _ in 1 2 3 4 5; do
		ctl ops a access
		[ $round -eq 1 ] || {
			before=$(stat_of a post)
			wait_for "[ \"\$(stat_of a post)\" -gt $((before + 50)) ]" 60 || die "nothing is seen under load"
			alive
		}
		ctl ops a open
	done
	ctl ops a access
	if [ $round -eq 1 ]; then
		rfs_end
		continue
	fi
	# with everything in place; who may stay long inside keeps the module, and is soon out (overlayfs: every call)
	wait_for quiet_now 60 || die "the test filters counted faults: $ANSWER"
	if [ "$FS" = overlay ]; then
		touch "$TMPDIR/stop"
		wait "${pids[@]}"
	fi
	unload
	[ "$FS" = overlay ] || alive
done
touch "$TMPDIR/stop"
for pid in "${pids[@]}"; do
	wait "$pid" || die "under load a call failed: $(cat "$TMPDIR"/loop*)"
done
cat "$TMPDIR"/loop*
