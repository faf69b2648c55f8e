#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl: names with newlines and invalid UTF-8, of 255 bytes, and paths as long as they can be
# fs: ext4
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

export LC_ALL=C.UTF-8
load redirfs rfs_test
flt register odd 1

# shellcheck disable=SC2016 # nothing is meant to be expanded
names=(
	$'new\nline' $'tab\there' $'bell\a' $'esc\e[2Jape' 'back\slash' ' blanks ' '"quotes"' "'" '-dash' '$(x)' '*'
	$'umlaut-\xc3\xa4' $'euro-\xe2\x82\xac' $'cut-\xe2\x82' $'stray-\xff' $'latin-\xe4' $'overlong-\xc0\xaf'
	$'surrogate-\xed\xa0\x80' $'c1-\xc2\x9b' $'del-\x7f' "$(printf 'n%.0s' {1..255})" $'\xff\xfe'
)
for name in "${names[@]}"; do
	mkdir "$T/$name"
	fc 0 setpath odd "$T/$name" include single
done

# one line each, nothing on it that a terminal would act on
fc 0 paths odd
[ "$(wc -l <"$OUT")" -eq $((${#names[@]} + 1)) ] || die "lines: $(<"$OUT")"
[ -z "$(LC_ALL=C tr -d '\n\040-\176\200-\377' <"$OUT")" ] || die "control characters in a table"
iconv -f UTF-8 -t UTF-8 "$OUT" >/dev/null || die "invalid UTF-8 in a table"
prints "umlaut-ä" 'new\nline' 'stray-\xff' 'esc\x1b[2Jape' 'back\\slash'
# $'...' of bash turns every one of them back
i=0
sed 1d "$OUT" | sed -E 's/^include +single +ok +//' >"$W/escaped"
while IFS= read -r line; do
	back=
	# a quote is the only thing that $'...' needs and the table does not escape
	eval "back=\$'${line//\'/\\\'}'"
	[ "$back" = "$T/${names[i]}" ] || [ "$back" = "$T/${names[i]% }" ] || die "'$line' turns into '$back'"
	i=$((i + 1))
done <"$W/escaped"
# in a locale that knows nothing but ASCII
LC_ALL=C fc 0 paths odd
[ -z "$(LC_ALL=C tr -d '\n\040-\176' <"$OUT")" ] || die "more than ASCII in the C locale"
prints 'umlaut-\xc3\xa4'

# JSON: exact where it is text, else exact in base64
fcj 0 paths odd
is ${#names[@]} '.paths | length'
python3 - "$OUT" "$W/bytes" <<'PY'
import base64, json, sys
paths = json.load(open(sys.argv[1], encoding="utf-8", errors="strict"))["paths"]
out = open(sys.argv[2], "wb")
for entry in paths:
    name = entry["path"].encode("utf-8")
    if "path_base64" in entry:
        exact = base64.b64decode(entry["path_base64"], validate=True)
        try:
            exact.decode("utf-8")
            sys.exit("base64 for what is text: %r" % exact)
        except UnicodeDecodeError:
            name = exact
    out.write(name + b"\0")
PY
printf "$T/%s\0" "${names[@]}" | cmp - "$W/bytes" || die "JSON does not give the names back"

# each can be deleted again, by its name
for name in "${names[@]}"; do
	fcj 0 delpath odd "$T/$name"
	is true .deleted
done
fcj 0 paths odd
is '[]' .paths
# an error about one is one line too
fc 1 delpath odd "$T/"$'new\nline'
[ "$(wc -l <"$ERR")" -eq 1 ] || die "an error of several lines: $(<"$ERR")"
says 'new\nline'

# the longest path that there can be: 4095 bytes
path=$T
while [ ${#path} -lt 3890 ]; do
	path=$path/$(printf 'd%.0s' {1..100})
done
mkdir -p "$path"
last=$((4095 - ${#path} - 1))
[ $last -le 255 ] || die "the last name would have $last bytes"
mkdir "$path/$(printf 'e%.0s' $(seq 1 $last))" 2>/dev/null ||
	(cd "$path" && mkdir "$(printf 'e%.0s' $(seq 1 $last))")
path=$path/$(printf 'e%.0s' $(seq 1 $last))
[ ${#path} -eq 4095 ] || die "the test's path has ${#path} bytes"
fc 0 setpath odd "$path" include single
fcj 0 paths odd
is "$path" '.paths[0].path'
fc 1 setpath odd "${path}x" include single
says "file name too long"
fc 0 delpath odd "$path"
all_json
unload
