#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a file stays in scope while two directories above it take turns in moving
# fs: tmpfs xfs
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

rfs_load
new_filter a 10 -- open
ctl deny a open EACCES f
# Nor while two moves take turns, so that who looks at one directory before both and at the next one after both would
# miss the rule, although every place that the file ever has is below it.
mkdir -p "$T/A/B/d"
touch "$T/A/B/d/f"
ctl path a include subtree "$T/A"
(cd "$T/A/B/d" && exec "$FSOP" openloop f "$TMPDIR/stop") >"$TMPDIR/opens" &
opener=$!
for _ in $(seq 2000); do
	echo "rename $T/A/B/d $T/A/d"
	echo "rename $T/A/B $T/B"
	echo "rename $T/B $T/A/B"
	echo "rename $T/A/d $T/A/B/d"
done | "$FSOP" - >"$TMPDIR/moves"
touch "$TMPDIR/stop"
wait $opener
[ "$(sort -u "$TMPDIR/moves")" = 0 ] || die "a move failed: $(sort "$TMPDIR/moves" | uniq -c)"
! grep -q opened "$TMPDIR/opens" || die "a file was out of scope while directories above it moved"
grep -q EACCES "$TMPDIR/opens" || die "nothing was opened at all"
ctl unregister a
rfs_end
