#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a user filter that denies every open on / locks nobody out: bypass by a builtin, deactivate --all, its own death
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"

rc=0
bypass=/sys/module/redirfs/parameters/bypass
load redirfs urfs
mkfifo "$TMPDIR/never"
exec {never}<>"$TMPDIR/never"
trap 'rc=$?; [ ! -e $bypass ] || echo 1 >$bypass; unload_rest $rc' EXIT

# start [OPTION...]: the filter is asked; from here on nothing but builtins, until it is off
start() {
	denyflt "$@" / >"$TMPDIR/said" 2>&1 &
	flt=$!
	# with builtins: a program to sleep with cannot be started when the condition has come to hold
	local end=$((SECONDS + 20 * TIMEOUT_SCALE))
	until locked_out; do
		[ $SECONDS -lt $end ] || die "it does not deny: $(<"$TMPDIR/said")"
		read -rt 0.05 -u "$never" || true
	done
}
locked_out() {
	! { : </etc/passwd; } 2>/dev/null && ! /bin/true 2>/dev/null
}
free() {
	{ : </etc/passwd; } 2>/dev/null && /bin/true
}

# one: a shell that is there already, and then the tool
start --deny open --errno EACCES
echo 1 >$bypass
want "under the bypass" free
echo 0 >$bypass
want "the bypass taken back" locked_out
echo 1 >$bypass
want "fcdlctl deactivate --all" fcdlctl deactivate --all >/dev/null
echo 0 >$bypass
want "deactivated" free
kill $flt
wait $flt || true

# two: its handler's end, though its on_exit denies
start --deny open
kill -KILL $flt
wait $flt || true
wait_for free 20 || die "the filter outlives its handler"

# three: a handler that was stopped: its deadline is over at some time, and on_timeout denies; the bypass works then too
start --deny open
kill -STOP $flt
want "stopped" locked_out
echo 1 >$bypass
want "bypassed while it is stopped" free
kill -KILL $flt
wait $flt || true
echo 0 >$bypass
wait_for free 20 || die "the filter outlives its stopped handler"
unload
