#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: denyflt: each option decides who is denied what; a file opened by handle with a cold cache is denied too
# fs: ext4
# timeout: 400
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree out=$TMPDIR/out quiet=$TMPDIR/quiet
mkdir "$tree"
chmod 777 "$tree"
load redirfs urfs

# nobody CALL...: system calls by the user nobody, one word each; ANSWERS gets what they gave
nobody() {
	ANSWERS=$(printf '%s\n' "setuid 65534" "$@" | "$FSOP" -)
	ANSWERS=${ANSWERS#0}
	ANSWERS=${ANSWERS//$'\n'/ }
}

# --- which operations: "all" is what can be denied, release by name cannot ---
for ops in release unlink,release all,release release,all; do
	rc=0
	denyflt --deny "$ops" "$tree" 2>"$out" || rc=$?
	[ $rc -eq 2 ] || die "--deny '$ops' ended with $rc: $(<"$out")"
	grep -q "'release' is not an operation that can be denied" "$out" || die "--deny '$ops' says: $(<"$out")"
done

# --- one with every option but --exe: a number for the errno, a name for the user, several threads, no output ---
denyflt --name user --priority 10 --deny unlink,namespace --errno 30 --uid nobody --threads 4 --quiet "$tree" >"$quiet" 2>&1 &
user=$!
ready user
[ "$(find /proc/$user/task -mindepth 1 -maxdepth 1 | wc -l)" -eq 4 ] || die "not 4 threads: $(ls /proc/$user/task)"
fs 0 mkdir "$tree/dir"
nobody "mkdir $tree/other" "rmdir $tree/dir" "open rd $tree/dir" "symlink x $tree/link" "chmod 700 $tree/dir" \
	"rename $tree/dir $tree/other" "mkdir $T/other"
[ "$ANSWERS" = " EROFS EROFS EROFS EROFS EROFS EROFS EACCES" ] || die "nobody got$ANSWERS"
# several callers at once
for n in 1 2 3 4; do
	printf '%s\n' "setuid 65534" "mkdir $tree/$n" "mkdir $tree/again" | "$FSOP" - >"$TMPDIR/many.$n" &
	many[n]=$!
done
wait "${many[@]}"
for n in 1 2 3 4; do
	[ "$(xargs <"$TMPDIR/many.$n")" = "0 EROFS EROFS" ] || die "caller $n: $(<"$TMPDIR/many.$n")"
done
kill -TERM $user
ended $user
[ "$(grep -c . "$quiet")" -eq 1 ] || die "--quiet printed: $(<"$quiet")"
grep -q 'asked as' "$quiet" || die "--quiet printed: $(<"$quiet")"
nobody "mkdir $tree/after"
[ "$ANSWERS" = " 0" ] || die "it denies after its end: $ANSWERS"

# --- --exe: the program that runs, known by its path; a link leads to it, a copy is another one ---
ln -s "$FSOP" "$TMPDIR/link"
cp "$FSOP" "$TMPDIR/copy"
denyflt --deny mkdir --errno EACCES --exe "$TMPDIR/link" "$tree" >"$out" 2>&1 &
exe=$!
ready denyflt
fs EACCES mkdir "$tree/by-fsop"
[ "$("$TMPDIR/copy" mkdir "$tree/by-copy")" = 0 ] || die "a copy is denied too"
mkdir "$tree/by-mkdir" || die "another program is denied too"
fs 0 rmdir "$tree/by-mkdir"
grep -q 'denied mkdir ".*/tree/by-fsop" to pid [0-9]* ("fsop") of uid 0: EACCES$' "$out" || die "it printed: $(<"$out")"
kill -TERM $exe
ended $exe
[ "$(grep -c ^denied "$out")" -eq 1 ] || die "it printed: $(<"$out")"

# --- a file of the tree that is opened by handle while none of its names is in memory ---
echo secret >"$tree/cold"
handle=$(get handle "$tree/cold")
denyflt --deny open --errno EACCES "$tree" >"$out" 2>&1 &
open=$!
ready denyflt
fs EACCES open rd "$tree/cold"
sync
echo 2 >/proc/sys/vm/drop_caches
fs EACCES openh "$T" "$handle" rd
kill -TERM $open
ended $open
fs 0 openh "$T" "$handle" rd
grep -q '^denied open ".*/tree/cold" ' "$out" || die "it printed: $(<"$out")"
# no path in the line proves that the cache was cold
grep -q '^denied open ? to pid ' "$out" || die "it printed: $(<"$out")"
no_filters
unload
