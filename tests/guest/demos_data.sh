#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: scrambleflt in user space and in the kernel, and xorflt: clear through them, changed in the file, EIO when late
# fs: ext4 tmpfs
# dmesg-ok: urfs: filter scrambleflt: .* has waited
# timeout: 400
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree out=$TMPDIR/out plain=$TMPDIR/plain scrambled=$TMPDIR/scrambled
mkdir "$tree"
load redirfs urfs

# same FILE FILE: the same bytes
same() {
	cmp "$1" "$2" >"$out" 2>&1 || die "$1 is not like $2: $(<"$out")"
}

# gives_eio COMMAND...: it fails with EIO
gives_eio() {
	if LC_ALL=C "$@" >"$out" 2>&1; then
		die "$* gave: $(<"$out")"
	fi
	grep -q 'Input/output error' "$out" || die "$* says: $(<"$out")"
}

# longer than a piece, and no multiple of anything
seq 1 30000 >"$plain"
nibbles=
for ((i = 0; i < 256; i++)); do
	printf -v byte '\\%03o' $(((i << 4 | i >> 4) & 255))
	nibbles+=$byte
done
LC_ALL=C tr '\000-\377' "$nibbles" <"$plain" >"$scrambled"
cmp -s "$plain" "$scrambled" && die "nothing was scrambled"

# --- as a process ---
scrambleflt --threads 2 "$tree" >"$TMPDIR/says" 2>&1 &
handler=$!
ready scrambleflt
grep -q 'gets EIO$' "$TMPDIR/says" || die "it says: $(<"$TMPDIR/says")"
[ "$(fcdlctl policy scrambleflt | grep -c 'deny:EIO')" -gt 0 ] || die "its policy: $(fcdlctl policy scrambleflt)"
cp "$plain" "$tree/file"
same "$plain" "$tree/file"
# in the middle, at the end, and by ways of its own
dd if="$plain" of="$tree/file" bs=1 count=5 seek=70000 skip=70000 conv=notrunc status=none
echo more >>"$tree/file"
cp "$plain" "$TMPDIR/longer"
echo more >>"$TMPDIR/longer"
same "$TMPDIR/longer" "$tree/file"
[ "$(tail -c 5 "$tree/file")" = more ] || die "its end: $(tail -c 5 "$tree/file")"
cp "$tree/file" "$tree/copy"
same "$TMPDIR/longer" "$tree/copy"
cp "$tree/file" "$TMPDIR/outside"
same "$TMPDIR/longer" "$TMPDIR/outside"
# without it, for everybody, and with it again
cp "$plain" "$tree/file"
fcdlctl deactivate scrambleflt
same "$scrambled" "$tree/file"
fcdlctl activate scrambleflt
same "$plain" "$tree/file"
# late: an error, and no byte that was not changed
fcdlctl policy scrambleflt deadline=300ms
stopped $handler
gives_eio cat "$tree/file"
gives_eio dd if="$plain" of="$tree/file" bs=100 count=1 conv=notrunc status=none
kill -CONT $handler
wait_for "fcdlctl list | grep '^scrambleflt ' | grep -q ' ok '" 20 || die "it does not go on: $(fcdlctl list)"
fcdlctl policy scrambleflt deadline=30s
same "$plain" "$tree/file"
kill -TERM $handler
ended $handler
same "$scrambled" "$tree/file"

# --- the same source in the kernel, which reads what the process has written, and the other way round ---
load scrambleflt path="$tree"
same "$plain" "$tree/file"
same "$TMPDIR/longer" "$tree/copy"
cp "$plain" "$tree/kernel"
same "$plain" "$tree/kernel"
unload scrambleflt
same "$scrambled" "$tree/kernel"
scrambleflt "$tree" >"$TMPDIR/says" 2>&1 &
handler=$!
ready scrambleflt
same "$plain" "$tree/kernel"
# killed: nobody is left behind, and the files are as they are
kill -KILL $handler
wait $handler || true
wait_for '! fcdlctl list | grep -q "^scrambleflt "' 20 || die "a filter was left: $(fcdlctl list)"
same "$scrambled" "$tree/kernel"

# --- with a key, by place ---
for args in "" "--key-file=/nowhere" "--key-file=/dev/null"; do
	rc=0
	# shellcheck disable=SC2086 # none, or one
	xorflt $args "$tree" 2>"$out" || rc=$?
	[ $rc -eq 2 ] || die "xorflt $args ended with $rc: $(<"$out")"
	grep -q '^xorflt: ' "$out" || die "xorflt $args says: $(<"$out")"
done
printf 'seven77' >"$TMPDIR/key"
yes seven77 | tr -d '\n' | head -c 200000 >"$TMPDIR/stream"
xorflt --key-file "$TMPDIR/key" "$tree" >"$TMPDIR/says" 2>&1 &
handler=$!
ready xorflt
cp "$plain" "$tree/xor"
same "$plain" "$tree/xor"
dd if="$plain" of="$tree/xor" bs=1 count=5 seek=70001 skip=70001 conv=notrunc status=none
same "$plain" "$tree/xor"
# zeros show the key; beyond the end there are zeros up to what is written
head -c 150000 /dev/zero >"$tree/zeros"
printf x | dd of="$tree/zeros" bs=1 seek=199999 conv=notrunc status=none
{ head -c 199999 /dev/zero && printf x; } >"$TMPDIR/zeros"
same "$TMPDIR/zeros" "$tree/zeros"
if truncate -s 300000 "$tree/zeros" 2>/dev/null; then
	die "a file was made longer without being written to"
fi
truncate -s 199999 "$tree/zeros"
kill -TERM $handler
ended $handler
head -c 199999 "$TMPDIR/stream" >"$TMPDIR/want"
same "$TMPDIR/want" "$tree/zeros"
cmp -s "$plain" "$tree/xor" && die "nothing was changed in the file"
no_filters
unload
