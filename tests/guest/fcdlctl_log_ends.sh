#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl log: every way to end it, also while others never stop; and what keeps it from beginning
# fs: tmpfs
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/fcdlctl_log.sh
. "$SRC/tests/guest/helper/fcdlctl_log.sh"

fs 0 mkdir "$T/w"
fc 1 log "$T/w"
says "modprobe fcdl"
load redirfs fcdl ring_max_kib=64

# --- what keeps it from beginning; each names the thing ---
fc 1 log "$T/none"
says "$T/none" "no such file"
fc 1 log /proc
says "'/proc'" "--force"
fc 2 log --op create,bogus
says "'bogus'"
fc 1 log --output /dev/null --rotate 1M "$T/w"
[ -c /dev/null ] || die "/dev/null was rotated"
fc 1 log --format journal "$T/w"
says "/run/systemd/journal/socket: no such file" "is systemd-journald running?"

# --- the time is over; the ring is smaller than was asked for ---
fcdlctl log --for 1ms --ring 1M "$T/w" >"$OUT" 2>"$ERR"
says "--ring: 65536 bytes" "log: 0 events, 0 lost, "

# --- a full disk ---
fc 1 log --output /dev/full "$T/w"
says "/dev/full: no space left"
got=0
fcdlctl log "$T/w" >/dev/full 2>"$ERR" || got=$?
[ "$got $(grep -c "no space left" "$ERR")" = "1 1" ] || die "standard output on a full disk: exit $got, $(<"$ERR")"

# --- its reader goes away, and nothing happens any more ---
mkfifo "$W/pipe"
fcdlctl log "$T/w" >"$W/pipe" 2>"$ERR" &
PID=$!
exec {pipe}<"$W/pipe"
read -r line <&"$pipe"
[[ $line == *"# set_path $T/w" ]] || die "it begins with $line"
exec {pipe}<&-
ended 0
says "log: 0 events, 0 lost, "

# --- somebody switches all filters off: the log says so ---
begin "$T/w"
fcdlctl deactivate --all >"$OUT"
logged "# off: "
stop 0 TERM

# --- others never stop, and it has not kept up ---
for i in 1 2 3; do
	"$FSOP" churn "$T/w" "$i" "$W/stop" >/dev/null &
	churns[i]=$!
done
begin --output "$W/busy" --json "$T/w"
# so many that the ring does not hold, while it stands still: it will not be done with the rest when it is to end
kill -STOP "$PID"
"$FSOP" burst "$T/w" 300 >"$OUT"
kill -CONT "$PID"
wait_for "grep -qF '\"type\":\"lost\"' $W/busy" 60 || die "nothing was lost"
stop 0 TERM
grep -q " events, [1-9][0-9]* lost, " "$ERR" || die "nothing was lost? $(<"$ERR")"
rm "$W/busy"
# and nobody takes what it prints: the second signal ends it at once
exec {pipe}<>"$W/pipe"
fcdlctl log --json "$T/w" >"$W/pipe" 2>"$ERR" &
PID=$!
wait_for "[[ \$(</proc/$PID/wchan) == *pipe_write* ]]" 60 || die "the pipe does not fill: $(</proc/$PID/wchan)"
kill -TERM "$PID"
# the signal was taken when it is not caught any more: SIGINT (bit 1) is left
taken() {
	[[ $(</proc/$PID/status) =~ SigCgt:[[:space:]]0*2[[:space:]] ]]
}
wait_for taken 30 || die "the first signal was not taken: $(</proc/$PID/status)"
stop 143 TERM
: >"$W/stop"
for i in 1 2 3; do
	wait "${churns[i]}" || die "churn: $?"
done
exec {pipe}<&-
unload
