#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl detach: names who is inside, can be interrupted, gives up in time, ends when they leave
# fs: ext4
# uses: fusefs
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

load redirfs rfs_test
# fuse: an operation there may last for ever, so that rmmod is refused while somebody is inside
mkdir "$T/base" "$T/mnt"
modprobe fuse
"$BUILD/guest/helper/fusefs" "$T/base" "$T/mnt"
flt register holder 1
flt ops holder mkdir:pre
flt path holder include subtree "$T/mnt"
flt path holder include subtree "$T/base"
flt hold holder mkdir pre
flt activate holder

mkdir "$T/mnt/held" &
inside=$!
held() {
	local fd text
	exec {fd}<>/dev/rfs_test
	printf 'stats holder' >&"$fd"
	text=$(cat <&"$fd")
	exec {fd}>&-
	[[ $text == *held=1* ]]
}
wait_for held 10 || die "nobody is inside"
fcj 0 status
is true '.inside > 0'

# it gives up in time, and names who is inside
got=0
start=$SECONDS
fcdlctl detach --timeout 2s --json >"$OUT" 2>"$ERR" || got=$?
[ $got -eq 1 ] || die "detach --timeout: exit $got"
[ $((SECONDS - start)) -lt $((20 * TIMEOUT_SCALE)) ] || die "it took $((SECONDS - start)) s"
says "waiting for pid $inside," "(mkdir)" "in mkdir" "still inside"
[ "$(grep -c "waiting for" "$ERR")" -eq 1 ] || die "it names the same one again and again: $(<"$ERR")"
is "false $inside mkdir" '"\(.detached) \(.inside[0].pid) \(.inside[0].op)"'

# it can be interrupted
names_somebody() {
	grep -q "waiting for" "$ERR"
}
fcdlctl detach 2>"$ERR" &
tool=$!
wait_for names_somebody 10 || die "it does not say whom it waits for"
kill -INT $tool 2>/dev/null
kill -TERM $tool
got=0
wait $tool || got=$?
[ $got -gt 128 ] || die "interrupted: exit $got"

# it ends when the last one leaves
fcdlctl detach 2>"$ERR" &
tool=$!
wait_for names_somebody 10 || die "it does not say whom it waits for"
flt release holder
wait $tool || die "detach failed: $(<"$ERR")"
wait $inside || die "the caller failed"
[ -d "$T/base/held" ] || die "the caller's directory is not there"
fcj 0 status
is '0' '.file_systems | length'
# now nobody is asked any more, though the filter is active still
mkdir "$T/mnt/free" || die "still attached"
umount "$T/mnt" || die "umount after detach"
umount "$T" || die "umount after detach"
flt unregister holder
all_json
unload
