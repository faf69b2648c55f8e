#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: every row of the table in docs/paths.md is what happens
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 180
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

rfs_load

# The table's rows as "RULES|OPERATION|SCOPE"
sed -n 's/^| \([^|]*[^| ]\) *| \([^|]*[^| ]\) *| \(in\|out\) |$/\1|\2|\3/p' "$SRC/docs/paths.md" >"$TMPDIR/rows"
rows=$(wc -l <"$TMPDIR/rows")
[ "$rows" -gt 100 ] || die "docs/paths.md has only $rows rows that this test can read"

# op_of DIR OPERATION...: op gets the operation that a filter asks for, and call what makes it, in the row's own tree
op_of() {
	local d=$1 what=$2 a=${3-} b=${4-}
	case $what in
	open) op=open call="open rd $d/$a" ;;
	create) op=create call="open wr+creat $d/$a" ;;
	mkdir | rmdir | unlink) op=$what call="$what $d/$a" ;;
	chmod) op=setattr call="chmod 700 $d/$a" ;;
	rename) op=rename call="rename $d/$a $d/$b" ;;
	exchange) op=rename call="rename $d/$a $d/$b exchange" ;;
	link) op=link call="link $d/$a $d/$b" ;;
	symlink) op=symlink call="symlink x $d/$a" ;;
	mknod) op=mknod call="mknod $d/$a fifo" ;;
	tmpfile) op=tmpfile call="open wr+tmpfile $d/$a" ;;
	*) die "docs/paths.md: no operation $what" ;;
	esac
}

tree() {
	printf '0 mkdir %s\n' "$1" "$1/w" "$1/w/s" "$1/w/s/t" "$1/w/e" "$1/o"
	printf '0 mknod %s reg\n' "$1/w/f" "$1/w/s/g" "$1/w/s/t/i" "$1/o/h"
	echo "0 symlink f $1/w/l"
}

# One process makes all calls; what it has to answer is written beside them.
n=0
: >"$TMPDIR/script"
while IFS='|' read -r rules operation scope; do
	n=$((n + 1))
	d=$T/$n
	if [ "$FS" = overlay ] && [ "${operation%% *}" = tmpfile ]; then
		continue
	fi
	tree "$d" >>"$TMPDIR/script"
	# shellcheck disable=SC2086 # a list of words
	op_of "$d" $operation
	{
		echo "0 ctl register r$n $n active"
		echo "0 ctl ops r$n $op:pre"
	} >>"$TMPDIR/script"
	seen=()
	while read -r kind reach path; do
		[ "$kind" != none ] || continue
		answer=0
		[[ " ${seen[*]} " != *" $path "* ]] || answer=replaced
		seen+=("$path")
		echo "$answer ctl path r$n $kind $reach $d/$path" >>"$TMPDIR/script"
	done <<<"${rules//, /$'\n'}"
	pre=0
	[ "$scope" = out ] || pre=1
	{
		echo "0 $call"
		echo "pre=$pre post=0 won=0 lost=0 held=0 ctl stats r$n"
		echo "0 ctl unregister r$n"
	} >>"$TMPDIR/script"
done <"$TMPDIR/rows"

# "pre=N post=N won=N lost=N held=N" are five words, an answer is one
sed 's/^pre=\([01]\) post=0 won=0 lost=0 held=0 /pre=\1,post=0,won=0,lost=0,held=0 /' "$TMPDIR/script" >"$TMPDIR/wanted"
cut -d ' ' -f 2- "$TMPDIR/wanted" >"$TMPDIR/calls"
"$FSOP" - <"$TMPDIR/calls" | tr ' ' , >"$TMPDIR/answers"
paste -d ' ' "$TMPDIR/answers" "$TMPDIR/calls" >"$TMPDIR/got"
if ! diff -U 0 "$TMPDIR/wanted" "$TMPDIR/got" >"$TMPDIR/diff"; then
	grep '^[-+][^-+]' "$TMPDIR/diff" | while read -r answer rest; do
		row=$(grep -oE '\br[0-9]+\b|/[0-9]+/' <<<"$rest" | head -n 1 | tr -dc 0-9)
		echo "$answer $rest: $(sed -n "${row}p" "$TMPDIR/rows")"
	done
	die "these rows are not what happens (- wanted, + got)"
fi
echo "$rows rows"
rfs_end
