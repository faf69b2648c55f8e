#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: scanflt: a file is denied once it contains the pattern, however that came there, and asked about only then
# fs: ext4 tmpfs
# timeout: 300
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree out=$TMPDIR/out
mkdir "$tree" "$T/out"
load redirfs remembered_max=2 urfs

# --- what is no use ---
code() {
	local rc=0
	"${@:3}" >"$out" 2>&1 || rc=$?
	[ $rc -eq "$1" ] || die "${*:3} ended with $rc: $(<"$out")"
	grep -q -- "$2" "$out" || die "${*:3} says: $(<"$out")"
}
code 2 "say what to look for" scanflt "$tree"
code 2 "two digits" scanflt --hex 4g "$tree"
code 2 "two digits" scanflt --hex 454 "$tree"
code 2 "1 to 4096 bytes" scanflt --pattern '' "$tree"
code 2 "'EFOO' is not an error" scanflt --pattern x --errno EFOO "$tree"

# hits NUMBER: how often nobody had to be asked
hits() {
	[ "$(fcdlctl stats scan | sed -n 's/^remembered_hits *//p')" -eq "$1" ] || die "not $1 hits: $(fcdlctl stats scan)"
}

# EVIL; fsop's mmap turns the first byte's case
scanflt --name scan --hex 4556494c --errno EACCES "$tree" >"$out" 2>&1 &
scan=$!
ready scan

# --- a pattern that is there from the start, at the seam of two reads, and at the very end ---
printf 'EVIL' >"$tree/whole"
{
	head -c 65534 /dev/zero
	printf 'EVIL'
} >"$tree/seam"
{
	head -c 200000 /dev/zero
	printf 'EVI'
} >"$tree/clean"
fs EACCES open rd "$tree/whole"
fs EACCES open rd "$tree/seam"
fs EACCES open rdwr "$tree/seam"
fs 0 open rd "$tree/clean"
grep -q "denied open \"$tree/seam\" .*: it contains the pattern" "$out" || die "it says: $(<"$out")"
# who does not read gets in, and may mend it
fs 0 open wr+trunc "$tree/whole"
fs 0 open rd "$tree/whole"

# known TIMES: from here on the file is not read at its next open
known() {
	fs 0 open rd "$tree/f"
	fs 0 open rd "$tree/f"
	before=$(fcdlctl stats scan | sed -n 's/^remembered_hits *//p')
	fs 0 open rd "$tree/f"
	hits $((before + 1))
}

# --- by write ---
printf 'good' >"$tree/f"
known
printf 'EVIL' >"$tree/f"
fs EACCES open rd "$tree/f"
printf 'good' >"$tree/f"

# --- by mmap: one byte, and on tmpfs no time tells ---
printf 'eVIL' >"$tree/f"
known
fs 0 open rdwr "$tree/f" as m
fs E mmap m wr
fs 0 close m
fs EACCES open rd "$tree/f"

# --- by rename over it ---
printf 'good' >"$tree/f"
known
printf 'EVIL' >"$T/out/evil"
fs 0 rename "$T/out/evil" "$tree/f"
fs EACCES open rd "$tree/f"

# --- through a hard link, whose name is in nobody's scope ---
printf 'good' >"$tree/f"
fs 0 link "$tree/f" "$T/out/link"
known
printf 'EVIL' >"$T/out/link"
fs EACCES open rd "$tree/f"
fs 0 open rd "$T/out/link"
printf 'good' >"$T/out/link"
known

# --- exec ---
printf '#!/bin/true\n' >"$tree/script"
fs 0 chmod 755 "$tree/script"
"$tree/script" || die "a clean script does not run"
printf '#!/bin/true\n# EVIL\n' >"$tree/script"
rc=0
"$tree/script" 2>/dev/null || rc=$?
[ $rc -eq 126 ] || die "the script ended with $rc"
grep -q "denied exec \"$tree/script\"" "$out" || die "it says: $(<"$out")"

# --- what is remembered has an end ---
for n in 1 2 3 4 5; do
	printf 'good' >"$tree/$n"
	fs 0 open rd "$tree/$n"
	fs 0 open rd "$tree/$n"
done
[ "$(fcdlctl stats | sed -n 's/^remembered_now *//p')" -le 2 ] || die "too many: $(fcdlctl stats)"
[ "$(fcdlctl stats | sed -n 's/^remembered_evicted *//p')" -ge 3 ] || die "too few: $(fcdlctl stats)"

# --- the end ---
kill -TERM $scan
ended $scan
no_filters
fs 0 open rd "$tree/seam"
[ "$(fcdlctl stats | sed -n 's/^remembered_now *//p')" -eq 0 ] || die "something is left: $(fcdlctl stats)"
unload
