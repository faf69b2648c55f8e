#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: unregister and deactivate wait for callbacks of others; operations finish with what they began with
# fs: tmpfs
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W" "$W/elsewhere"
rfs_load

# held CALL...: in the background, until released
held() {
	"$FSOP" "$@" >"$TMPDIR/held" &
	pid=$!
}

for how in unregister deactivate; do
	new_filter a 10 opdata=8 -- mkdir
	ctl path a include subtree "$W"
	ctl hold a mkdir pre
	held mkdir "$W/$how"
	wait_held a 1
	"$FSOP" ctl $how a >"$TMPDIR/how" &
	how_pid=$!
	wait_for "asleep_in $how_pid rfs_" 30 || die "$how did not wait for the callback"
	[ ! -s "$TMPDIR/how" ] || die "$how returned while a callback ran"
	# Meanwhile nobody new is asked. (Elsewhere: the directory is locked.)
	fs 0 mkdir "$W/elsewhere/$how"
	kill -0 $how_pid || die "$how returned while a callback ran"
	# The one that is held can be released only through the filter's rules, which unregister has put out of reach.
	if [ $how = deactivate ]; then
		ctl release a
	else
		kill -KILL $pid
	fi
	wait $how_pid
	[ "$(cat "$TMPDIR/how")" = 0 ] || die "$how: $(cat "$TMPDIR/how")"
	wait $pid || true
	if [ $how = deactivate ]; then
		[ "$(cat "$TMPDIR/held")" = 0 ] || die "the operation gave $(cat "$TMPDIR/held")"
		records when p1 <<-E
			pre $W/$how
			post $W/$how
		E
		ctl unregister a
	fi
	flush
done

# New operations while one is in flight: it ends with the callbacks that it began with.
new_filter a 10 opdata=8 -- mkdir rmdir
ctl path a include subtree "$W"
ctl hold a mkdir pre
held mkdir "$W/o"
wait_held a 1
ctl ops a rmdir
ctl release a
wait $pid
records op when <<E
mkdir pre
mkdir post
E
fs 0 mkdir "$W/p"
no_records

# A rule that goes while an operation is in flight does not take its post callback.
ctl ops a rmdir
ctl hold a rmdir pre
held rmdir "$W/p"
wait_held a 1
ctl delpath a "$W"
ctl release a
wait $pid
records op when res <<E
rmdir pre 0
rmdir post 0
E

# One that is deactivated before its turn comes is not asked any more, and told nothing.
ctl path a include subtree "$W"
ctl ops a mkdir
new_filter b 20 -- mkdir
ctl path b include subtree "$W"
ctl hold a mkdir pre
held mkdir "$W/r"
wait_held a 1
ctl deactivate b
ctl release a
wait $pid
records f when <<E
a pre
a post
E
ctl unregister b
ctl ops a rmdir
ctl delpath a "$W"

# A filter registered meanwhile is not part of it; one registered in the name of one that is gone is another filter.
ctl path a include subtree "$W"
ctl hold a rmdir pre
held rmdir "$W/o"
wait_held a 1
new_filter b 5 -- rmdir
ctl path b include subtree "$W"
ctl release a
wait $pid
records f when <<E
a pre
a post
E
ctl unregister a
new_filter a 10 -- mkdir
fs 0 mkdir "$W/q"
records f=a op <<<""
ctl unregister a
ctl unregister b
rfs_end
