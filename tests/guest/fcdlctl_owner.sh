#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl: policies, callers who wait, and counters, as the module that owns a filter tells them
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

param=/sys/module/ctl_owner/parameters
sleep 1000 &
handler=$!
load redirfs ctl_owner handler=$handler

# list: all columns
fc 0 list
[ "$(awk '$1 == "first.owner"' "$OUT" | xargs)" = "first.owner 1000000 no user $handler ok 5000ms allow wait allow" ] ||
	die "a row: $(<"$OUT")"
[ "$(cell second.owner STATE)" = locked ] || die "not locked: $(<"$OUT")"
echo 2 >$param/state
fc 0 list
[ "$(cell first.owner STATE) $(cell second.owner STATE)" = "stalled stalled" ] || die "stalled: $(<"$OUT")"
echo 3 >$param/state
fcj 0 list
is '["not-ready","not-ready"]' '[.filters[].state]'
is '[false,true]' '[.filters[].locked]'
echo 1 >$param/state

# policy: what it shows can be given back; changes are made together or not at all
fc 0 policy first.owner
[ "$(xargs <"$OUT")" = "deadline=5000ms on-timeout=allow on-overload=wait on-exit=allow on-unaskable=allow" ] ||
	die "the policy: $(<"$OUT")"
fc 0 policy first.owner deadline=2s on-timeout=deny:EROFS on_overload=deny on-exit=deny:13 on-unaskable=deny:EIO
[ ! -s "$OUT" ] || die "a change has nothing to say: $(<"$OUT")"
fc 0 policy first.owner
words=$(xargs <"$OUT")
[ "$words" = "deadline=2000ms on-timeout=deny:EROFS on-overload=deny:EPERM on-exit=deny:EACCES on-unaskable=deny:EIO" ] ||
	die "the policy: $words"
fc 0 list
[ "$(awk '$1 == "first.owner" {print $7, $8, $9, $10}' "$OUT")" = "2000ms deny:EROFS deny:EPERM deny:EACCES" ] ||
	die "a row: $(<"$OUT")"
fc 0 policy first.owner on-exit=allow
fcj 0 policy first.owner
is '2000 deny:EROFS deny:EPERM allow deny:EIO' \
	'"\(.deadline_ms) \(.on_timeout) \(.on_overload) \(.on_exit) \(.on_unaskable)"'
# shellcheck disable=SC2086 # one word per key
fcj 0 policy first.owner $words
is deny:EACCES .on_exit
# wrong in the second: the first is not made either
fc 2 policy first.owner deadline=3s on-exit=wait
fcj 0 policy first.owner
is 2000 .deadline_ms

# pending: both owners' callers, in the order of their ids, over many pages
for n in 0 1 3 100; do
	echo $n >$param/pending
	fcj 0 pending
	is $((2 * n)) '.pending | length'
	is true '[.pending[].id] == [range(1; '$((2 * n + 1))')]'
done
is 'first.owner unlink pre true 1234567890' \
	'.pending[0] | "\(.filter) \(.op) \(.when) \(.locked) \(.waited_ns)"'
is 'null false' '.pending[0] | "\(.path2) \(.path_cut)"'
is "second.owner rename post $handler blocked some_lock true" \
	'.pending[3] | "\(.filter) \(.op) \(.when) \(.receiver.tid) \(.receiver.state) \(.receiver.in) \(.path2_cut)"'
is "$handler 2 5 sleep sleeping" \
	'.pending[0].handler | "\(.pid) \(.asking) \(.queued) \(.threads[0].comm) \(.threads[0].state)"'
[ "$(jq -r '.pending[0].path_base64' "$OUT" | base64 -d | od -An -c | xargs)" = "$(printf '/made/up/0\n\377' | od -An -c | xargs)" ] ||
	die "the path: $(jq -c '.pending[0]' "$OUT")"
is true '.pending[0] | has("comm_base64")'
echo 2 >$param/pending
fc 0 pending
[ "$(awk 'NR == 1' "$OUT" | xargs)" = "FILTER OP WHEN PID TID COMM WAITED LEFT HANDLER DOING PATH" ] ||
	die "the heading: $(<"$OUT")"
prints "1.234s" "0.765s" "not taken: 1 thread sleeping in " ", 2 asking" "thread $handler blocked in some_lock; others: no threads, 2 asking" \
	'/made/up/0\n\xff' '/made/up/1\n\xff -> /yyy'
kill -STOP $handler
wait_for "grep -q '^State:.*stopped' /proc/$handler/status" 5 || die "it does not stop"
fc 0 pending
prints "not taken: 1 thread stopped"
kill -KILL $handler
wait $handler 2>/dev/null || true
fc 0 pending
prints "not taken: no threads"

# stats: the owner's counters behind those of redirfs, numbers exact to the last digit
fcj 0 stats first.owner
grep -q '"made_up_0": 18446744073709551615' "$OUT" || die "counters: $(<"$OUT")"
grep -q '"made_up_2": 18446744073709551613' "$OUT" || die "counters: $(<"$OUT")"
fc 0 stats first.owner
[ "$(cell made_up_1 VALUE)" = 18446744073709551614 ] || die "counters: $(<"$OUT")"
echo 200 >$param/stats
fcj 0 stats first.owner
is true '[.counters | keys[] | select(startswith("made_up_"))] | length == 200'
all_json
unload
