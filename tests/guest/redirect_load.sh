#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: attach, detach, load and unload in a loop under create, rename, link, read, delete: every call is right
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 180
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W" "$W/x"
pids=()
for i in 1 2 3; do
	"$FSOP" churn "$W/x" "$i" "$TMPDIR/stop" >"$TMPDIR/churn$i" &
	pids+=($!)
done
alive() {
	local pid
	for pid in "${pids[@]}"; do
		kill -0 "$pid" 2>/dev/null || die "under load a call failed: $(cat "$TMPDIR"/churn*)"
	done
}
for i in 1 2; do
	rfs_load
	new_filter a 10 opdata=16 -- all
	ctl quiet a 1
	for _ in 1 2 3 4; do
		ctl path a include subtree "$W"
		wait_for "[ \"\$(stat_of a post)\" -gt 0 ]" 60 || die "nothing is seen under load"
		ctl delpath a "$W"
		alive
	done
	# odd rounds unload with the rule in place and the filter active
	[ $((i % 2)) -eq 0 ] || ctl path a include subtree "$W"
	rfs_end
	alive
done
touch "$TMPDIR/stop"
for pid in "${pids[@]}"; do
	wait "$pid" || die "under load a call failed: $(cat "$TMPDIR"/churn*)"
done
cat "$TMPDIR"/churn*
