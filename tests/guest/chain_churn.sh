#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: filters come, go, change operations and rules under load; every call succeeds and every pre has its post
# fs: ext4 tmpfs
# uses: fsop
# timeout: 180
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W" "$W/x" "$W/y"
rfs_load
new_filter a 10 opdata=40 -- all
ctl quiet a 1
ctl path a include subtree "$W"
pids=()
for i in 1 2; do
	"$FSOP" churn "$W/x" "$i" "$TMPDIR/stop" >"$TMPDIR/churn$i" &
	pids+=($!)
done
for i in $(seq 25); do
	calls <<-E
		0 ctl register b 5 active opdata=200
		0 ctl quiet b 1
		0 ctl ops b all
		0 ctl path b include subtree $W
		0 ctl register c 20 active
		0 ctl quiet c 1
		0 ctl path c include single $W/x
		0 ctl ops c open create unlink
		0 ctl ops b rename rmdir mkdir:post
		0 ctl ops a open setattr link
		0 ctl deactivate a
		0 ctl path b exclude subtree $W/x
		0 ctl delpath b $W
		0 ctl activate a
		0 ctl ops a all
		0 ctl path b exclude subtree $W/y
		0 ctl delpath b $W/x
		0 ctl unregister c
		0 ctl unregister b
	E
done
touch "$TMPDIR/stop"
for pid in "${pids[@]}"; do
	wait "$pid" || die "under changing filters a call failed: $(cat "$TMPDIR"/churn*)"
done
cat "$TMPDIR"/churn*
[ "$(stat_of a pre)" -gt 0 ] || die "nothing was seen"
# alone again, and still whole
ctl quiet a 0
flush
fs 0 mkdir "$W/z"
records f when <<E
a pre
a post
E
ctl unregister a
rfs_end
