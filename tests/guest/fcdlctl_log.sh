#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl log and replay: text, JSON, CSV and raw captures; whose events, how many; files that turn; not its own
# fs: ext4
# uses: fsop
# needs: jq script
# load: redirfs fcdl
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/fcdlctl_log.sh
. "$SRC/tests/guest/helper/fcdlctl_log.sh"

fs 0 mkdir "$T/w"

# --- text: who did what, and odd names on one line ---
begin "$T/w"
logged "# set_path $T/w"$'\n'
logged "# run"
fs 0 mkdir "$T/w/new\\012line"
fs 0 rmdir "$T/w/new\\012line"
fs 0 mkdir "$T/w/a\\040->\\040b"
fs 0 rmdir "$T/w/a\\040->\\040b"
echo x >"$T/w/f"
fs 0 rename "$T/w/f" "$T/w/g"
logged " fsop rename $T/w/f -> $T/w/g"$'\n'
logged " fsop mkdir $T/w/new\\nline"$'\n'
logged " fsop rmdir $T/w/a\\x20->\\x20b"$'\n'
logged " close_write $T/w/f"$'\n'
line=$(grep rename "$LOG")
[[ $line =~ ^20..-..-..T..:..:..\.[0-9]{9}Z\ uid=0\ gid=0\ pid=[0-9]+\ fsop\ rename ]] || die "what a line: $line"
stop 0 INT
[ "$(grep -c uid= "$LOG")" = "$(sed -n 's/.*log: \([0-9]*\) events, 0 lost, .* s$/\1/p' "$ERR")" ] ||
	die "the summary miscounts: $(<"$ERR")"

# --- raw: the same in every form, later; and what is printed into a watched tree is not logged ---
begin --output "$T/w/raw" --format raw --failed --op create,unlink,setattr,mkdir,rmdir --match '!*[.]no' "$T/w"
fs 0 open wr+creat "$T/w/a" 600
fs 0 chmod 400 "$T/w/a"
fs 0 mkdir "$T/w/d.no"
fs ENOTEMPTY rmdir "$T/w"
fs 0 unlink "$T/w/a"
stop 0 TERM
[ "$(stat -c %a "$T/w/raw")" = 600 ] || die "everyone may read the capture"
fcdlctl replay --json "$T/w/raw" 2>"$ERR" >"$OUT"
says "replay: 4 events, 0 lost"
[ "$(jq -r 'select(.type == "event") | "\(.op) \(.path) \(.error) \(.set.mode)"' "$OUT")" = "create $T/w/a null null
setattr $T/w/a null 33024
rmdir $T/w ENOTEMPTY null
unlink $T/w/a null null" ] || die "replay: $(<"$OUT")"
[ "$(jq -r 'select(.op == "unlink") | "\(.exe) \(.comm) \(.object.nlink)"' "$OUT")" = "$(realpath "$FSOP") fsop 0" ] ||
	die "who? $(<"$OUT")"
fcdlctl replay --format csv --op unlink "$T/w/raw" >"$OUT" 2>"$ERR"
prints "type,time,seq,op," ",unlink,0," ",\"$T/w/a\""
! grep -q "create\|rmdir" "$OUT" || die "--op lets others through: $(<"$OUT")"

# --- colours are for a terminal, and for who wants them there ---
! grep -q $'\033' "$LOG" || die "a file in colours"
script -qec "fcdlctl replay $T/w/raw 2>/dev/null" /dev/null </dev/null >"$OUT"
prints $'\033[1mcreate\033[0m' $'\033[31mENOTEMPTY\033[0m'
NO_COLOR=1 script -qec "fcdlctl replay $T/w/raw 2>/dev/null" /dev/null </dev/null >"$OUT"
prints " create "
! grep -q $'\033' "$OUT" || die "colours in spite of NO_COLOR: $(<"$OUT")"

# --- a capture that was cut off says so, behind what is good; one that is none is refused ---
head -c -100 "$T/w/raw" >"$W/cut"
fc 1 replay "$W/cut"
says "$W/cut" "cut off" "3 events"
prints "create $T/w/a" "rmdir $T/w ENOTEMPTY"
fc 1 replay "$FSOP"
says "$FSOP" "not a capture"
fc 1 replay --output "$W/cut" "$W/cut"
[ -s "$W/cut" ] || die "the capture was emptied"

# --- who is logged, and how many ---
fs 0 symlink "$FSOP" "$W/wanted"
begin --json --comm wanted --count 2 "$T/w"
fs 0 mkdir "$T/w/no"
fs $'0\nexit:0' exec "$W/wanted" mkdir "$T/w/yes1"
fs $'0\nexit:0' exec "$W/wanted" mkdir "$T/w/yes2"
ended 0
[ "$(jq -r 'select(.type == "event") | .path' "$LOG")" = "$T/w/yes1
$T/w/yes2" ] || die "--comm, --count: $(<"$LOG")"

# --- files that turn: the newest three, each whole ---
begin --output "$W/turn" --json --rotate 4096 "$T/w"
for i in {1..40}; do
	fs 0 mkdir "$T/w/t$i"
done
stop 0 INT
says "40 events, 0 lost"
for file in "$W"/turn.{2,1}; do
	[ "$(stat -c %s "$file")" -ge 4096 ] || die "$file was begun anew too early"
done
mapfile -t paths < <(cat "$W"/turn.2 "$W"/turn.1 "$W"/turn | jq -r 'select(.type == "event") | .path')
done=("$T"/w/t{1..40})
n=${#paths[@]}
[ "${paths[*]}" = "${done[*]: -n}" ] || die "the files that turned do not hold the last $n events: ${paths[*]}"
