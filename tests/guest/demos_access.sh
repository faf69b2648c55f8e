#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: user filters are asked about, and told of, reads, writes, listings and looks, by logflt and denyflt
# fs: ext4 tmpfs overlay
# timeout: 120
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree log=$TMPDIR/log
mkdir "$tree" "$tree/d"
printf %s 0123456789 >"$tree/f"
chmod -R 777 "$tree"
load redirfs urfs
logflt --ops access "$tree" >"$log" 2>&1 &
logger=$!
logflt --name json --priority 101 --ops read,write --json "$tree" >"$log.json" 2>&1 &
json=$!
denyflt --priority 200 --deny read,readdir,getattr --errno EROFS --uid nobody "$tree" >"$TMPDIR/deny" 2>&1 &
deny=$!
ready logflt
ready json
ready denyflt

calls <<E
0 open rdwr $tree/f as x
4 pread x 4 3
2 pwrite x ab 5
0 fsync x
0 open rd $tree/d as d
0 readdir d
0 close d
E
ask mmap x rd
printf '%s\n' "setuid 65534" "open rdwr $tree/f as x" "pread x 4 3" "pwrite x cd 7" "open rd $tree/d as d" "readdir d" \
	"stat $tree/f" | "$FSOP" - >"$TMPDIR/nobody"
[ "$(xargs <"$TMPDIR/nobody")" = "0 0 EROFS 2 0 EROFS EROFS" ] || die "nobody got $(xargs <"$TMPDIR/nobody")"
fs 01234abcd9 read x
fs 0 close x
kill -TERM $deny $logger $json
ended $deny $logger $json

logged() {
	grep -q " $1\$" "$log" || die "not logged: $1
$(<"$log")"
}
logged "read \"[^ ]*/tree/f\" at=3+4 ok"
logged "write \"[^ ]*/tree/f\" at=5+2 ok"
logged "fsync \"[^ ]*/tree/f\" ok"
logged "readdir \"[^ ]*/tree/d\" ok"
logged "mmap \"[^ ]*/tree/f\" at=0+4096 ok"
logged "uid=65534 \"fsop\" read \"[^ ]*/tree/f\" at=3+4 EROFS"
logged "uid=65534 \"fsop\" getattr \"[^ ]*/tree/f\" EROFS"
grep -q '"op":"write".*"offset":7,"length":2[,}]' "$log.json" || die "no write in JSON: $(<"$log.json")"
! grep -q '"op":"fsync"' "$log.json" || die "not asked for: $(<"$log.json")"
for what in read readdir getattr; do
	grep -q "^denied $what .*to pid [0-9]* (\"fsop\") of uid 65534: EROFS$" "$TMPDIR/deny" || die "$what: $(<"$TMPDIR/deny")"
done
no_filters
unload
