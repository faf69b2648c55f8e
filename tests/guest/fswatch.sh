#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fswatch prints who else worked in a directory, and its exit code says whether somebody did
# fs: tmpfs
# uses: fsop
# load: redirfs fcdl
# timeout: 60
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"

# begin ARGUMENT...: watch in the background, and be there
begin() {
	fswatch "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" &
	PID=$!
	wait_for "grep -q watching $TMPDIR/err" 30 || die "fswatch: $(<"$TMPDIR/err")"
}

# end CODE [SIGNAL]
end() {
	local got=0
	[ $# -lt 2 ] || kill -"$2" $PID
	wait $PID || got=$?
	[ $got -eq "$1" ] || die "fswatch: exit $got instead of $1: $(<"$TMPDIR/out") $(<"$TMPDIR/err")"
}

# as UID COMMAND...: fsop as that user
as() {
	local uid=$1
	shift
	[ "$(printf '%s\n' "setuid $uid" "$@" | "$BUILD/guest/helper/fsop" - | sort -u)" = 0 ] || die "as $uid: $*"
}

D=$T/app
mkdir -m 777 "$D"
begin --expect-user 1000 "$D"
as 1000 "mkdir $D/mine 755" "rename $D/mine $D/ours" "rmdir $D/ours"
end 0 TERM
[ ! -s "$TMPDIR/out" ] || die "the expected user's doings are printed: $(<"$TMPDIR/out")"

begin --expect-user 1000 "$D"
as 1000 "mkdir $D/mine 755"
as 0 "mkdir $D/root's 755" "rename $D/mine $D/theirs"
wait_for "grep -q theirs $TMPDIR/out" 30
end 3 INT
[ "$(sed 's/.*Z //; s/pid [0-9]*, /pid, /' "$TMPDIR/out")" = "root (uid 0, gid 0, login -1, pid, \"fsop\") mkdir \"$D/root's\"
root (uid 0, gid 0, login -1, pid, \"fsop\") rename \"$D/mine\" -> \"$D/theirs\"" ] || die "it says $(<"$TMPDIR/out")"

begin --expect-user 1000 --count 1 "$D"
as 0 "rmdir $D/theirs"
end 3
begin --expect-user root --for 1 "$D"
end 0

for bad in "$D" "--expect-user nobody-knows-him $D" "--expect-user root" "--expect-user root --for 0 $D" --bogus; do
	got=0
	# shellcheck disable=SC2086 # words
	fswatch $bad >"$TMPDIR/out" 2>"$TMPDIR/err" || got=$?
	[ "$got $(head -c 7 "$TMPDIR/err")" = "2 fswatch" ] || die "fswatch $bad: exit $got, $(<"$TMPDIR/err")"
done
got=0
fswatch --expect-user root "$T/none" 2>"$TMPDIR/err" || got=$?
[ $got -eq 1 ] || die "no directory: exit $got"
unload
