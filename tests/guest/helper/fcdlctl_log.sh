# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of "fcdlctl log" share: ". $SRC/tests/guest/helper/fcdlctl_log.sh" behind rfs.sh.

# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

LOG=$W/log PID=

# begin ARGUMENT...: follow in the background, standard output in $LOG, and be there; --output FILE comes first, if at all
begin() {
	local file=$LOG
	[ "${1:-}" != --output ] || file=$2
	rm -f "$file"
	fcdlctl log "$@" >"$LOG" 2>"$ERR" &
	PID=$!
	# the rules and the beginning are the first things that are told
	wait_for "[ -s '$file' ] || [ ! -e /proc/$PID ]" 30 || die "fcdlctl log $* does not begin: $(<"$ERR")"
	[ -s "$file" ] || die "fcdlctl log $* ended: $(<"$ERR")"
}

# in_log TEXT: also with the end of a line behind it
in_log() {
	[[ $(<"$LOG")$'\n' == *"$1"* ]]
}

# logged TEXT: this comes to be in the log
logged() {
	wait_for "in_log $(printf %q "$1")" 30 || die "the log lacks '$1': $(<"$LOG")"
}

# ended CODE: it ends, with this code
ended() {
	local got=0
	# a job that ended is a zombie until it is waited for
	wait_for "[ ! -e /proc/$PID ] || [[ \$(</proc/$PID/stat) == *') Z '* ]]" 30 || die "fcdlctl log does not end"
	wait "$PID" || got=$?
	[ $got -eq "$1" ] || die "fcdlctl log: exit $got instead of $1: $(<"$ERR")"
}

# stop CODE SIGNAL
stop() {
	kill -"$2" "$PID"
	ended "$1"
}
