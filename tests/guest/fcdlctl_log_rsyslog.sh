#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: demos/rsyslog: lines of fcdlctl log --json come to the store byte by byte, also while it was away and its sender died
# fs: ext4
# uses: fsop
# needs: rsyslogd /usr/lib/x86_64-linux-gnu/rsyslog/omrelp.so
# load: redirfs fcdl
# timeout: 180
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/fcdlctl_log.sh
. "$SRC/tests/guest/helper/fcdlctl_log.sh"

SOCK=$W/sock IN=$W/in STORE=$W/store STORED=$W/store/$(hostname).json

# edit FILE EXPRESSION...: the example with other places; each expression must change something
edit() {
	local file=$1 text before expression
	shift
	text=$(<"$SRC/demos/rsyslog/$file")
	for expression; do
		before=$text
		text=$(sed "$expression" <<<"$text")
		[ "$text" != "$before" ] || die "$file has nothing for $expression"
	done
	mkdir -p "$W/$file.spool"
	printf 'global(workDirectory="%s")\n%s\n' "$W/$file.spool" "$text" >"$W/$file"
}

# rsyslog_begin FILE: its process id comes into PIDS
declare -A PIDS
rsyslog_begin() {
	rsyslogd -n -i "$W/$1.pid" -f "$W/$1" >>"$W/$1.log" 2>&1 &
	PIDS[$1]=$!
}

# rsyslog_kill FILE
rsyslog_kill() {
	kill -KILL "${PIDS[$1]}"
	wait "${PIDS[$1]}" 2>/dev/null || true
}

# socket_there: somebody listens (flags 00010000)
socket_there() {
	wait_for "grep -q ' 00010000 .* $SOCK\$' /proc/net/unix" 60 || die "no socket: $(cat "$W"/*.log)"
}

# same: the store holds what was sent, no more, no less, in this order; a connection that broke may bring lines again
same() {
	cmp -s "$IN" <(awk '!seen[$0]++' "$STORED")
}

arrived() {
	wait_for "[ -f '$STORED' ] && [ \$(stat -c %s '$STORED') -ge \$(stat -c %s '$IN') ] && same" 60 ||
		die "the store has $(wc -l <"$STORED") lines for $(wc -l <"$IN"), $(cmp "$IN" "$STORED"): $(cat "$W"/*.log)"
}

# ship CLOCK: the capture, as the lines that fcdlctl log --json prints; no two lines are the same
ship() {
	fcdlctl replay --json --clock "$1" "$W/raw" >>"$IN" 2>/dev/null
	fcdlctl replay --json --clock "$1" --output "$SOCK" "$W/raw" 2>"$ERR" || die "replay into the socket: $(<"$ERR")"
}

edit fcdl-sender.conf "s|/run/fcdl.sock|$SOCK|" 's|logstore.example.com|127.0.0.1|' 's|resumeInterval="10"|resumeInterval="1"|'
edit fcdl-store.conf "s|/var/log/fcdl/|$STORE/|" 's|0.0.0.0|127.0.0.1|'

# --- names of every kind, and paths of more than 4 KiB, each byte of which takes six ---
fs 0 mkdir "$T/w"
begin --output "$W/raw" --format raw "$T/w"
fs 0 mkdir "$T/w/\\042quoted\\042\\134x\\047"
fs 0 mkdir "$T/w/\\377\\177\\011\\012\\015"
fs 0 mkdir "$T/w/\\303\\244\\177%msg%\\040<13>1\\040tag[1]:\\040#012"
fs 0 symlink "$(printf '\\376%.0s' {1..2000})" "$T/w/link"
name=$(printf '\\377%.0s' {1..240})
fs 0 chdir "$T/w"
for _ in {1..18}; do
	fs 0 mkdir "$name"
	fs 0 chdir "$name"
done
fs 0 mkdir a
fs 0 rename a "$name"
fs 0 chdir "$T"
stop 0 TERM
fcdlctl replay --json "$W/raw" >"$OUT" 2>"$ERR"
[ "$(wc -L <"$OUT")" -ge 50000 ] || die "the longest line has $(wc -L <"$OUT") characters only"

rsyslog_begin fcdl-store.conf
rsyslog_begin fcdl-sender.conf
socket_there
ship wall
arrived

# --- the store is away; its sender dies as soon as all is in its spool, and comes again ---
rsyslog_kill fcdl-store.conf
ship mono
n=$(($(wc -l <"$IN") / 2))
spool=$W/fcdl-sender.conf.spool/fcdl.qi
spooled() {
	[[ $(cat "$spool" 2>/dev/null) =~ iQueueSize:2:[0-9]+:([0-9]+): ]] && [ "${BASH_REMATCH[1]}" -ge "$n" ]
}
wait_for spooled 60 ||
	die "not $n lines in the spool: $(cat "$spool" "$W"/*.log)"
rsyslog_kill fcdl-sender.conf
rm -f "$SOCK"
rsyslog_begin fcdl-sender.conf
socket_there
ship boot
rsyslog_begin fcdl-store.conf
arrived

# --- live ---
fcdlctl log --json --output "$SOCK" "$T/w" 2>"$ERR" &
PID=$!
wait_for "grep -q '\"what\":\"run\"' <(tail -n +$(($(wc -l <"$IN") + 1)) '$STORED')" 60 || die "no beginning in the store: $(<"$ERR")"
fs 0 mkdir "$T/w/live"
wait_for "grep -qF '\"op\":\"mkdir\",' <(tail -n +$(($(wc -l <"$IN") + 1)) '$STORED')" 60 || die "no event in the store"
# the sender goes away: the log ends, although nothing happens any more
rsyslog_kill fcdl-sender.conf
ended 0
says "1 events, 0 lost"
rsyslog_kill fcdl-store.conf
