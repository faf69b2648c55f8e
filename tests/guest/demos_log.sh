#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: logflt: each line has the time of the event; what was queued when a signal ends it is printed
# fs: tmpfs
# timeout: 400
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree
mkdir "$tree"
load redirfs urfs
logflt --name one --ops mkdir,rmdir "$tree" >"$TMPDIR/one" 2>&1 &
one=$!
logflt --name three --priority 101 --ops mkdir,rmdir --threads 3 --json "$tree" >"$TMPDIR/three" 2>&1 &
three=$!
ready one
ready three

# --- the time of the event, not that of printing: it cannot print before the event is long over ---
stopped $one
stopped $three
begin=${EPOCHREALTIME/[.,]/}
fs 0 mkdir "$tree/first"
end=${EPOCHREALTIME/[.,]/}
kill -CONT $one $three
wait_for "grep -q first $TMPDIR/one && grep -q first $TMPDIR/three" 20 || die "not logged"
for time in "$(sed -n 's/ pid=.* mkdir ".*first".*//p' "$TMPDIR/one")" \
	"$(sed -n 's/^{"time":"\([^"]*\)".*first".*/\1/p' "$TMPDIR/three")"; do
	[[ $time =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$ ]] || die "no time: '$time'"
	us=$(date -d "$time" +%s%6N)
	[ "$begin" -le "$us" ] || die "$time is $us, before $begin"
	[ "$us" -le "$end" ] || die "$time is $us, after $end"
done

# --- a signal while many events are queued: all of them are printed ---
stopped $one
stopped $three
for ((n = 0; n < 100; n++)); do
	fs 0 mkdir "$tree/$n"
done
kill -TERM $one
kill -INT $three
kill -CONT $one $three
ended $one $three
for out in one three; do
	[ "$(grep -c "mkdir" "$TMPDIR/$out")" -eq 101 ] || die "$out: $(grep -c mkdir "$TMPDIR/$out") of 101: $(<"$TMPDIR/$out")"
	grep -q "tree/99\"" "$TMPDIR/$out" || die "$out lacks the last one"
	! grep -qi lost "$TMPDIR/$out" || die "$out: $(grep -i lost "$TMPDIR/$out")"
done
no_filters
unload
