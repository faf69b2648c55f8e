#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl: every verb does to a kernel filter what it says, and shows it, in tables and in JSON
# fs: ext4 tmpfs
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

load redirfs rfs_test
flt register late 20
flt register early -5
flt register middle 10 unplaced
flt ops middle open:pre unlink mkdir:post
flt deny middle unlink -30

# list: in the order in which they are asked
fc 0 list
[ "$(awk 'NR > 1 {print $1}' "$OUT" | xargs)" = "early middle late" ] || die "the order: $(<"$OUT")"
read -r -a heading <"$OUT"
[ "${heading[*]}" = "NAME PRIORITY ACTIVE KIND PID STATE DEADLINE ON-TIMEOUT ON-OVERLOAD ON-EXIT" ] ||
	die "the heading: ${heading[*]}"
[ "$(awk '$1 == "early"' "$OUT" | xargs)" = "early -5 no kernel - ok - - - -" ] || die "a row: $(<"$OUT")"
fcj 0 list
is '["early","middle","late"]' '[.filters[].name]'
is '[-5,10,20]' '[.filters[].priority]'
is '["open","unlink"]' '.filters[1].pre | sort'
is '["mkdir","unlink"]' '.filters[1].post | sort'
is '[false,true,false]' '[.filters[].unplaced_in_scope]'
is 'kernel null null null' '.filters[1] | "\(.kind) \(.pid) \(.deadline_ms) \(.on_exit)"'
is true '[.filters[].id] | length == (unique | length)'

# setpath and paths
mkdir "$T/dir" "$T/dir/sub"
touch "$T/dir/file" "$T/other"
fc 0 setpath middle "$T/dir" include subtree
[ ! -s "$OUT" ] || die "setpath has nothing to say: $(<"$OUT")"
fcj 0 setpath middle "$T/dir/sub" exclude single
is "middle $T/dir/sub exclude single false" '"\(.filter) \(.path) \(.type) \(.scope) \(.replaced)"'
fc 0 paths middle
[ "$(awk 'NR == 1' "$OUT" | xargs)" = "TYPE SCOPE STATE PATH" ] || die "the heading: $(<"$OUT")"
grep -qx "include *subtree *ok *$T/dir" "$OUT" || die "rules: $(<"$OUT")"
grep -qx "exclude *single *ok *$T/dir/sub" "$OUT" || die "rules: $(<"$OUT")"
fcj 0 paths middle
is "[[\"include\",\"subtree\",\"ok\",\"$T/dir\"],[\"exclude\",\"single\",\"ok\",\"$T/dir/sub\"]]" \
	'[.paths[] | [.type, .scope, .state, .path]]'
# again: replaced, and it says so; words in either order; by another path to the same object
ln -s dir "$T/link"
fc 0 setpath middle "$T/link/sub" single include
prints replaced "'middle'" "$T/link/sub"
fcj 0 setpath middle "$T/dir/sub" exclude subtree
is true .replaced
fcj 0 paths middle
is 2 '.paths | length'
fcj 0 list
is '[0,2,0]' '[.filters[].rules]'
# a path as it is typed in a shell
(cd "$T/dir" && fc 0 setpath early . include single && fc 0 setpath early ../other include single)
fcj 0 paths early
is "[\"$T/dir\",\"$T/other\"]" '[.paths[].path]'
(cd "$T" && fc 0 delpath early other)
fc 0 delpath early "$T/link"
fcj 0 paths early
is '[]' .paths
fc 0 paths early
[ "$(wc -l <"$OUT")" -eq 1 ] || die "no rules: $(<"$OUT")"

# what cannot be set, and what to do
fc 1 setpath middle "$T/nothing" include single
says "'middle'" "$T/nothing" "no such file or directory"
(cd "$T" && fc 1 setpath middle nothing include single && says "nothing" "no such file or directory")
fc 1 setpath middle "$T/dir/file/x" include single
says "not a directory"
fc 1 setpath middle "/$(printf '%04095d' 0)" include single
says "file name too long"
fc 1 setpath middle /proc include subtree
says "/proc" --force
fc 1 setpath middle /proc include subtree --force
says "/proc" "pseudo file system"
fc 1 delpath middle "$T/other"
says "no rule" "$T/other" "fcdlctl paths middle"
fc 1 delpath middle "$T/nothing"
says "no rule" "$T/nothing"
fcj 0 paths middle
is 2 '.paths | length'

# activate, deactivate: it works from now on, and no more
rm "$T/dir/file"
touch "$T/dir/file"
fc 0 activate middle
fc 0 list
[ "$(cell middle ACTIVE)" = yes ] || die "not shown as active: $(<"$OUT")"
expect_errno EROFS rm "$T/dir/file"
fc 0 activate middle
fcj 0 deactivate middle
is 'middle false' '"\(.filter) \(.active)"'
rm "$T/dir/file"
touch "$T/dir/file"
fc 0 deactivate middle
fcj 0 activate middle
is 'middle true' '"\(.filter) \(.active)"'
fc 0 activate late
fc 0 deactivate --all
prints "deactivated 2 filters"
rm "$T/dir/file"
fcj 0 deactivate --all
is 0 .deactivated

# stats: what happened is counted
touch "$T/dir/file"
fcj 0 stats middle
before=$(jq '[.counters[]] | add' "$OUT")
fc 0 activate middle
expect_errno EROFS rm "$T/dir/file"
fcj 0 stats middle
[ "$(jq '[.counters[]] | add' "$OUT")" -gt "$before" ] || die "nothing was counted: $(<"$OUT")"
fc 0 stats middle
prints COUNTER VALUE
fcj 0 stats
is object '.counters | type'

# kernel filters have no policy
fc 1 policy middle
says "'middle'" "kernel filter"
fc 1 policy middle deadline=1s
says "'middle'" "kernel filter"

# status
fcj 0 status
is 'alive false 3 1 1' '"\(.hook) \(.bypass) \(.filters) \(.active) \(.file_systems | length)"'
is "$FS $(stat -c '%Hd:%Ld' "$T")" '.file_systems[0] | "\(.type) \(.device)"'
is 2 '.file_systems[0].rules'
fc 0 status
prints "hook: alive" "bypass: off" "filters: 3, 1 active" "$FS"
echo 1 >/sys/module/redirfs/parameters/bypass
fcj 0 status
is true .bypass
rm "$T/dir/file"
echo 0 >/sys/module/redirfs/parameters/bypass
touch "$T/dir/file"

# a rule whose object is gone is stale; it can be set anew, and deleted
fc 0 deactivate middle
rmdir "$T/dir/sub"
second_stale() {
	fcj 0 paths middle
	[ "$(jq -r '.paths[1].state' "$OUT")" = stale ]
}
wait_for second_stale 10 || die "not stale: $(<"$OUT")"
fc 0 paths middle
grep -qx "exclude *subtree *stale *$T/dir/sub" "$OUT" || die "not stale: $(<"$OUT")"
fcj 0 list
is 1 '.filters[1].rules_stale'
mkdir "$T/dir/sub"
fc 0 setpath middle "$T/dir/sub" exclude subtree
fcj 0 paths middle
is '["ok","ok"]' '[.paths[].state]'
rmdir "$T/dir/sub"
wait_for second_stale 10 || die "not stale again"
(cd "$T/dir" && fc 0 delpath middle sub)
fcj 0 paths middle
is 1 '.paths | length'

# detach: nothing is attached any more, the rules are stale, and setting one attaches again
fcj 0 detach
is true .detached
fcj 0 status
is 'off 0' '"\(.hook) \(.file_systems | length)"'
fcj 0 paths middle
is '["stale"]' '[.paths[].state]'
fc 0 activate middle
rm "$T/dir/file"
touch "$T/dir/file"
fc 0 setpath middle "$T/dir" include subtree
expect_errno EROFS rm "$T/dir/file"
fc 0 detach --timeout 1s
flt unregister late
flt unregister early
flt unregister middle
fcj 0 list
is '[]' .filters
all_json
unload
