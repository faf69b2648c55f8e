#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: the example in README.md does what is written there
# fs: ext4
# uses: guard fsop
# load: redirfs urfs
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

FSOP=$BUILD/guest/helper/fsop
mkdir -p /srv "$T/ledger"
ln -sfn "$T/ledger" /srv/ledger
touch "$T/ledger/page"

stdbuf -oL "$BUILD/guest/helper/guard" >"$TMPDIR/said" &
guard=$!
ready guard
"$FSOP" - <<E >"$TMPDIR/got"
rename $T/ledger/page $T/ledger/other
unlink $T/ledger/page
mkdir $T/ledger/free
E
[ "$(<"$TMPDIR/got")" = EROFS$'\n'EROFS$'\n'0 ] || die "the calls gave $(<"$TMPDIR/got")"
[ -e "$T/ledger/page" ] || die "it is gone all the same"
wait_for "[ \$(wc -l <'$TMPDIR/said') = 2 ]" 10 || die "it said: $(<"$TMPDIR/said")"
grep -q '^fsop\[[0-9]*\] wants to rename /srv/ledger/page: no$' "$TMPDIR/said" || die "it said: $(<"$TMPDIR/said")"
grep -q '^fsop\[[0-9]*\] wants to unlink /srv/ledger/page: no$' "$TMPDIR/said" || die "it said: $(<"$TMPDIR/said")"
fcdlctl deactivate guard
"$FSOP" unlink "$T/ledger/page" | grep -qx 0 || die "deactivated, it still denies"
kill "$guard"
wait "$guard" || true
no_filters
unload
