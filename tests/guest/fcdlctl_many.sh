#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl: lists longer than a page are whole: as many filters as there can be, thousands of rules
# fs: tmpfs
# timeout: 300
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

load redirfs rfs_test

# as many as can be registered, in no order, with priorities from end to end
for i in $(seq 0 127 | shuf); do
	echo "register f$i $((-2147483648 + i * 33818640 + (i == 127 ? 15 : 0)))"
done | flts
exec {fd}<>/dev/rfs_test
printf 'register onemore 7' >&"$fd"
read -r answer <&"$fd"
exec {fd}>&-
[ "$answer" = -28 ] || die "filter 129 gave $answer"
fcj 0 list
is 128 '.filters | length'
is "$(for i in $(seq 0 127); do printf 'f%s ' "$i"; done)" '[.filters[].name + " "] | add'
is true '[.filters[].priority] == ([.filters[].priority] | sort)'
is '-2147483648' '.filters[0].priority'
fc 0 list
[ "$(wc -l <"$OUT")" -eq 129 ] || die "a table of $(wc -l <"$OUT") lines"

# more rules than fit into any page, some with long paths
deep=$T/$(printf 'x%.0s' {1..200})/$(printf 'y%.0s' {1..200})
mkdir -p "$deep"
n=2000
(cd "$T" && seq 1 $n | xargs touch)
(cd "$deep" && seq 1 200 | xargs touch)
flts < <(
	seq -f "path f0 include single $T/%.0f" 1 $n
	seq -f "path f0 exclude single $deep/%.0f" 1 200
)
fcj 0 paths f0
is $((n + 200)) '.paths | length'
jq -r '.paths[].path' "$OUT" >"$W/got"
{
	seq -f "$T/%.0f" 1 $n
	seq -f "$deep/%.0f" 1 200
} >"$W/want"
cmp "$W/got" "$W/want" || die "other rules than were set, or in another order"
fc 0 paths f0
[ "$(wc -l <"$OUT")" -eq $((n + 201)) ] || die "a table of $(wc -l <"$OUT") lines"

# rules that stay are listed once each while others come and go
(
	while [ ! -e "$W/stop" ]; do
		flt delpath f0 "$T/7"
		flt delpath f0 "$T/1500"
		flt path f0 include single "$T/7"
		flt path f0 include single "$T/1500"
	done
) &
for i in $(seq 1 6); do
	fcdlctl paths f0 --json | jq -r '.paths[].path' | grep -vxF -e "$T/7" -e "$T/1500" >"$W/got"
	grep -vxF -e "$T/7" -e "$T/1500" "$W/want" | cmp - "$W/got" || die "round $i lost rules or gave some twice"
done
touch "$W/stop"
wait

# a filter that goes away in the middle of everything
seq -f "unregister f%.0f" 0 127 | flts &
for i in $(seq 1 5); do
	fcdlctl list >/dev/null || die "list failed while filters left"
	fcdlctl paths f$((i * 20)) >/dev/null 2>"$ERR" || says "fcdlctl list"
done
wait
fcj 0 list
is '[]' .filters
all_json
unload
