#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: as many filters as there may be, at once: all run, in order, and one more is refused
# fs: tmpfs
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
rfs_load
max=$(sed -n 's/^#define RFS_FILTERS_MAX //p' "$SRC/kmod/uapi/rfs_abi.h")
# every second one first, so that insertion happens everywhere in the chain
for start in 2 1; do
	for i in $(seq $start 2 "$max"); do
		echo "0 ctl register f$i $i active opdata=$((i * 2))"
		echo "0 ctl ops f$i mkdir"
		echo "0 ctl path f$i include subtree $W"
	done
done >"$TMPDIR/many"
calls <"$TMPDIR/many"
ctl_want ENOSPC register more 1000
fs 0 mkdir "$W/x"
records f when < <(
	seq "$max" | sed 's/.*/f& pre/'
	seq "$max" | tac | sed 's/.*/f& post/'
)
# out of the middle, in a mixed order, until the ends are left
for i in $(seq 2 2 "$max"); do
	ctl unregister "f$i"
done
fs 0 mkdir "$W/y"
records f when < <(
	seq 1 2 "$max" | sed 's/.*/f& pre/'
	seq 1 2 "$max" | tac | sed 's/.*/f& post/'
)
# places are free again
ctl register more 1000
ctl unregister more
# deny far behind: everyone before it hears of it, nobody else
ctl deny f65 mkdir EROFS
fs EROFS mkdir "$W/z"
records f when res < <(
	seq 1 2 65 | sed 's/.*/f& pre 0/'
	seq 1 2 65 | tac | sed 's/.*/f& post -30/'
)
# the module goes with filters registered and active: its own exit unregisters them
rfs_end
