#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a filter that denies every open on / does not lock root out: a shell's builtin switches it off
# fs: none
# uses: fsop
# needs: fcdlctl
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

BYPASS=/sys/module/redirfs/parameters/bypass
rfs_load
[ "$(stat -c %a:%u $BYPASS)" = 644:0 ] || die "bypass is $(stat -c %a:%u $BYPASS)"
read -r value <$BYPASS
[ "$value" = N ] || [ "$value" = 0 ] || die "bypass begins as $value"
# The rest of this test runs below the filter: whatever it needs is open or built in.
new_filter a 10 -- open create
ctl quiet a 1
ctl path a include subtree /
dmesg_mark
ctl deny a open EACCES

locked_out() {
	! { read -r _ </etc/passwd; } 2>/dev/null || die "$1: a file could be opened"
	! /bin/true 2>/dev/null || die "$1: a program could be run"
}
free() {
	{ read -r _ </etc/passwd; } 2>/dev/null || die "$1: no file can be opened"
	/bin/true || die "$1: no program can be run"
}
locked_out "before"
echo 1 >$BYPASS
free "bypassed"
fs 1 status bypass
[ "$(get counter - bypassed)" -gt 0 ] || die "what was let through was not counted"
dmesg_since | grep -qi 'redirfs.*bypass' || die "the kernel's log says nothing of it"
echo 0 >$BYPASS
locked_out "bypass taken back"
echo 1 >$BYPASS

# And under the bypass the tool switches off for good what was to blame.
want "fcdlctl list" fcdlctl list >/dev/null
want "fcdlctl deactivate --all" fcdlctl deactivate --all
echo 0 >$BYPASS
free "deactivated"
fs 0 status active
fs 4 counter - bypass_switched
fs 1 counter - deactivated_all
dmesg_since | grep -qi 'redirfs.*deactivat' || die "the kernel's log does not say that filters were deactivated"
ctl clear a
ctl activate a
free "activated again, without its rule"
# a filter's users cannot reach it
answers=$(printf '%s\n' "setuid 65534" "open rd $BYPASS" "open wr $BYPASS" | "$FSOP" -)
[ "$answers" = "$(printf '%s\n' 0 0 EACCES)" ] || die "the user nobody opens bypass: $answers"
ctl unregister a
rfs_end
