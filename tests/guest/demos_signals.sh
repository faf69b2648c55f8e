#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: demos that are ended by a signal let go who waits for them, also before they ask for the first question
# fs: ext4
# timeout: 400
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree
mkdir "$tree"
echo x >"$tree/file"
load redirfs urfs

# --- somebody waits for an answer, whom any default would deny: when the demo ends the operation is carried out ---
# ends SIGNAL NAME COMMAND...
ends() {
	local signal=$1 name=$2 demo caller
	shift 2
	"$@" "$tree" >"$TMPDIR/out" 2>&1 &
	demo=$!
	ready "$name"
	# (open of an existing file is what a caller may wait for long)
	fcdlctl policy "$name" deadline=60s on-timeout=deny on-exit=deny
	stopped $demo
	"$FSOP" open rd "$tree/file" >"$TMPDIR/answer" &
	caller=$!
	wait_for "fcdlctl pending | grep -q '^$name *open *pre'" 20 || die "$name: nobody waits"
	kill "-$signal" $demo
	kill -CONT $demo
	ended $demo
	wait $caller
	[ "$(<"$TMPDIR/answer")" = 0 ] || die "$name, SIG$signal: who waited got $(<"$TMPDIR/answer"): $(<"$TMPDIR/out")"
	no_filters
}
for signal in TERM INT; do
	ends $signal udummyflt udummyflt
	# (with one thread: others, which do not see the signal, may rightly answer first)
	ends $signal denyflt denyflt --deny open
done
# nobody waits for logflt, whatever it does
logflt "$tree" >"$TMPDIR/out" 2>&1 &
log=$!
ready logflt
stopped $log
fs 0 open rd "$tree/file"
kill -INT $log
kill -CONT $log
ended $log

# --- a signal between activation and the loop: here the demo cannot get rid of its first line ---
mkfifo "$TMPDIR/pipe"
exec {pipe}<>"$TMPDIR/pipe"
! dd if=/dev/zero "of=$TMPDIR/pipe" bs=4096 oflag=nonblock 2>"$TMPDIR/out" || die "the pipe holds everything"
denyflt --deny unlink "$tree" >"$TMPDIR/pipe" &
deny=$!
wait_for "fcdlctl list | grep '^denyflt ' | grep -q ' not-ready '" 20 || die "not active: $(fcdlctl list)"
fs EPERM unlink "$tree/file"
kill -TERM $deny
cat "$TMPDIR/pipe" >"$TMPDIR/out" &
cat=$!
ended $deny
no_filters
fs 0 unlink "$tree/file"
kill $cat
exec {pipe}>&-
unload
