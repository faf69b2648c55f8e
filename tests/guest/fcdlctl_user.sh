#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl: user filters: who waits for them, what they do meanwhile, whether they may be changed
# fs: ext4
# timeout: 240
# uses: ctlflt
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

load redirfs urfs
mkdir "$T/a" "$T/b" "$T/c" "$T/new"
touch "$T/a/1-slow" "$T/a/2-slow"

# filter NAME PRIORITY MODIFY PATH: start one and wait until it takes questions
filter() {
	"$BUILD/guest/helper/ctlflt" "$@" >"$W/$1" 2>&1 &
	wait_for "grep -q ready $W/$1" 30 || die "filter $1: $(<"$W/$1")"
}
filter silent 1 none "$T/a"
silent=$!
filter picky 2 95 "$T/b"
picky=$!
filter kind 3 approve "$T/c"
kind=$!

fc 0 list
[ "$(awk '$1 == "kind"' "$OUT" | xargs)" = "kind 3 yes user $kind ok 5000ms allow wait allow" ] ||
	die "a row: $(<"$OUT")"
fc 0 policy silent deadline=3s on-timeout=deny:EROFS
fc 0 policy silent
[ "$(xargs <"$OUT")" = "deadline=3000ms on-timeout=deny:EROFS on-overload=wait on-exit=allow on-unaskable=allow" ] ||
	die "the policy: $(<"$OUT")"

# whether they may be changed: one approves, one refuses, one never answers
fc 0 setpath kind "$T/new" exclude single
grep -qx "modify 3 $T/new 6" "$W/kind" || die "it was asked: $(<"$W/kind")"
fc 0 delpath kind "$T/new"
fc 0 deactivate kind
fc 0 activate kind
[ "$(grep -c modify "$W/kind")" -eq 4 ] || die "it was asked: $(<"$W/kind")"
fc 1 setpath picky "$T/new" include single
says "filter 'picky' refused: operation not supported"
fc 1 deactivate picky
says "filter 'picky' refused: operation not supported"
fc 1 policy picky deadline=1s
says "filter 'picky' refused: operation not supported"
fcj 0 paths picky
is "[\"$T/b\"]" '[.paths[].path]'

# pending: somebody waits, the handler has taken the question and sleeps
# (an open of a file that is there: who holds a lock waits for a second at most, which is soon over in a guest)
cat "$T/a/1-slow" 2>"$W/cat" &
cat=$!
waiting() {
	fcdlctl pending >"$OUT"
	grep -q silent "$OUT"
}
wait_for waiting 20 || die "nobody waits"
row=$(grep silent "$OUT" | xargs)
case $row in
"silent open pre $cat $cat cat "*" $silent thread $silent sleeping in "*" $T/a/1-slow") ;;
*) die "the row is: $row" ;;
esac
# (the filter is stalled when its deadline has passed: its default is given at once until it asks for work)
wait $cat && die "a late answer: cat succeeded"
grep -q "Read-only file system" "$W/cat" || die "not what on-timeout says: $(<"$W/cat")"
fc 0 list
[ "$(cell silent STATE)" = stalled ] || die "not shown as stalled: $(<"$OUT")"
fcj 0 stats silent
is true '.counters.default_timeout > 0'
kill -KILL $silent
wait $silent || true
gone() {
	! fcdlctl list | grep -q silent
}
wait_for gone 20 || die "its filter stays"

# a change that is waited for is shown too; and no answer until the deadline is no
# (with a second thread that has nothing to do, which is shown as well)
filter silent 1 silent "$T/a" 2
silent=$!
fcdlctl deactivate silent >"$W/tool" 2>&1 &
tool=$!
both() {
	fcdlctl pending >"$OUT"
	grep -q '^silent .* thread [0-9]* sleeping in .*; others: 1 thread sleeping in .*, 1 asking' "$OUT"
}
wait_for both 20 || die "the change is not asked for: $(<"$OUT")"
fcj 0 pending
is "silent change - $tool fcdlctl $silent true" \
	'.pending[0] | "\(.filter) \(.op) \(.when) \(.pid) \(.comm) \(.handler.pid) \([.receiver.tid] - [.handler.threads[].tid] == [])"'
got=0
wait $tool || got=$?
[ $got -eq 1 ] || die "deactivate: exit $got"
grep -q "'silent' did not say whether it agrees within its deadline: connection timed out; .fcdlctl pending" "$W/tool" ||
	die "it says: $(<"$W/tool")"
fc 0 list
[ "$(cell silent ACTIVE)" = yes ] || die "silence was taken for consent"

# a handler that is stopped has not even taken the question
filter stopped 4 none "$T/new"
stopped=$!
touch "$T/new/file"
fc 0 policy stopped deadline=60s on-timeout=deny
kill -STOP $stopped
cat "$T/new/file" &
cat=$!
wait_for "fcdlctl pending >$W/row; grep -q stopped $W/row" 20 || die "nobody waits"
# the way out spares neither the silent nor the stopped one
fc 0 deactivate --all
prints "deactivated 4 filters"
grep "^stopped " "$W/row" | grep -q "not taken: 1 thread stopped" || die "the row: $(<"$W/row")"
kill -CONT $stopped
wait $cat || die "the caller was denied by a handler that allows"
mkdir "$T/a/slow" || die "a filter is asked after deactivate --all"

kill -KILL $silent $picky $kind $stopped
wait $silent $picky $kind $stopped || true
wait_for "[ \$(fcdlctl list | wc -l) -eq 1 ]" 20 || die "filters of dead processes stay"
all_json
unload
