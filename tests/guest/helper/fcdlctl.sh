# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of fcdlctl share: ". $SRC/tests/guest/helper/fcdlctl.sh" behind lib.sh.

W=$(mktemp -d /tmp/fcdlctl.XXXXXX)
OUT=$W/out ERR=$W/err
: "$ERR"

# fc CODE ARGUMENT...: run fcdlctl, want this exit code, keep what it prints in $OUT and $ERR
fc() {
	local code=$1 got=0
	shift
	fcdlctl "$@" >"$OUT" 2>"$ERR" || got=$?
	[ $got -eq "$code" ] || die "fcdlctl $*: exit $got instead of $code; it printed '$(<"$OUT")' and '$(<"$ERR")'"
	case $code in
	0) [ ! -s "$ERR" ] || die "fcdlctl $*: done, but it says '$(<"$ERR")'" ;;
	*) [ -s "$ERR" ] || die "fcdlctl $*: exit $code without a word" ;;
	esac
}

# says TEXT...: the last error holds all of these
says() {
	local text
	for text; do
		grep -qF -e "$text" "$ERR" || die "the error lacks '$text': $(<"$ERR")"
	done
}

# prints TEXT...: the last output holds all of these
prints() {
	local text
	for text; do
		grep -qF -e "$text" "$OUT" || die "the output lacks '$text': $(<"$OUT")"
	done
}

# fcj CODE ARGUMENT...: the same with --json; all_json() checks later what is printed
JSONS=0
fcj() {
	fc "$@" --json
	JSONS=$((JSONS + 1))
	cp "$OUT" "$W/$JSONS.json"
}

# all_json: everything that fcj printed was JSON; in one go, since Python takes its time to start in a guest
all_json() {
	[ $JSONS -gt 0 ] || die "all_json: nothing was printed"
	python3 - "$W"/*.json <<-'PY' || die "not JSON"
		import json, sys
		for name in sys.argv[1:]:
		    with open(name, encoding="utf-8", errors="strict") as text:
		        json.load(text)
	PY
}

# is EXPECTED FILTER: what jq makes of the last output
is() {
	local got
	got=$(jq -c -r "$2" "$OUT")
	[ "$got" = "$1" ] || die "$2 is '$got' instead of '$1' in $(<"$OUT")"
}

# cell NAME COLUMN: a cell of the table in the last output, by its row's first cell; no cell holds a space
cell() {
	awk -v name="$1" -v column="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
		NR > 1 && $1 == name { print $at }' "$OUT"
}

# flts: the same for each line of standard input, without reading the answers: the test looks at what came of them
flts() {
	local fd line
	exec {fd}<>/dev/rfs_test
	while IFS= read -r line; do
		printf '%s' "$line" >&"$fd"
	done
	exec {fd}>&-
}

# flt WORD...: a command to the test filters of rfs_test.ko, which succeeds; builtins only
flt() {
	local fd answer
	exec {fd}<>/dev/rfs_test
	printf '%s' "$*" >&"$fd"
	IFS= read -r answer <&"$fd" || answer="no answer"
	exec {fd}>&-
	[ "$answer" = 0 ] || die "rfs_test: '$*' gave $answer"
}
