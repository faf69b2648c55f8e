#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl: locked filters and modifier callbacks that refuse are left alone; the way out asks nobody
# fs: tmpfs
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

load redirfs rfs_test ctl_owner
mkdir "$T/dir"

# state FILTER: all that could have changed; text, since jq takes its time to start in a guest
state() {
	fcdlctl list --json
	fcdlctl paths "$1" --json
}

# each change, refused with this text
refused() {
	local name=$1 before
	shift
	before=$(state "$name")
	fc 1 setpath "$name" "$T/dir" include subtree
	says setpath "'$name'" "$@"
	fc 1 delpath "$name" "$T"
	says delpath "'$name'" "$@"
	fc 1 activate "$name"
	says activate "'$name'" "$@"
	fc 1 deactivate "$name"
	says deactivate "'$name'" "$@"
	[ "$(state "$name")" = "$before" ] || die "$name: refused and changed all the same: $(state "$name")"
}

# a locked filter: its own module can do with it what it likes, fcdlctl cannot
flt register locked 1 locked
flt path locked include subtree "$T"
flt activate locked
fc 0 list
[ "$(cell locked STATE)" = locked ] || die "not shown as locked: $(<"$OUT")"
fcj 0 list
is 'locked true' '.filters[] | select(.name == "locked") | "\(.state) \(.locked)"'
refused locked "operation not permitted" locked
# locked comes first: its callback is not even asked
flt modcb locked -13
fc 1 deactivate locked
says "operation not permitted" locked
# what only reads is no change
fc 0 paths locked
fc 0 stats locked
flt deactivate locked
flt activate locked

# a callback that refuses: its errno, whatever it is
flt register picky 2
flt path picky include subtree "$T"
fcj 0 list
is false '.filters[] | select(.name == "picky") | .asks_before_changes'
flt modcb picky -13
refused picky "permission denied"
# (also one that means something else where it comes from somebody else)
for pair in "-16:device or resource busy" "-30:read-only file system" "-110:connection timed out" \
	"-116:stale file handle" "-25:inappropriate ioctl for device" "-4000:error 4000" "5:operation not permitted"; do
	flt modcb picky "${pair%%:*}"
	fc 1 activate picky
	says "filter 'picky' refused: ${pair#*:}"
done
for pair in "-2:no such file or directory" "-3:no such process" "-95:operation not supported"; do
	flt modcb picky "${pair%%:*}"
	refused picky "filter 'picky' refused: ${pair#*:}"
done
fcj 0 list
is true '.filters[] | select(.name == "picky") | .asks_before_changes'
# a refusal with EPERM is not a lock
flt modcb picky -1
fc 1 activate picky
says refused
grep -qF locked "$ERR" && die "it is not locked: $(<"$ERR")"

# it is asked once for each change, with its kind and its rule, and never for what is wrong anyway
flt modcb picky 0
flt flush
fc 1 setpath picky relative/nothing include single
fc 0 setpath picky "$T/dir" exclude single
fc 0 delpath picky "$T/dir"
fc 0 activate picky
fc 0 deactivate picky
records=$(cat /dev/rfs_test)
[ "$(grep -c mod <<<"$records")" -eq 4 ] || die "the callback saw: $records"

# no callback any more
flt modcb picky none
fc 0 activate picky

# a policy goes the same way
fc 1 policy second.owner deadline=1s
says "'second.owner'" locked "operation not permitted"
fc 0 policy second.owner
prints deadline=5000ms
echo -22 >/sys/module/ctl_owner/parameters/refuse
fc 1 policy first.owner deadline=1s
says "'first.owner'" "invalid argument"
echo 0 >/sys/module/ctl_owner/parameters/refuse
fc 0 policy first.owner deadline=1s
fc 0 policy first.owner
prints deadline=1000ms

# the way out spares nobody and asks nobody
flt modcb picky -13
dmesg_mark
fc 0 deactivate --all
prints "deactivated 2 filters"
dmesg_since | grep -q "redirfs: 2 filters deactivated by fcdlctl" || die "not in the log: $(dmesg_since)"
fcj 0 list
is 0 '[.filters[] | select(.active)] | length'
all_json
unload
