#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: activity, rules and operations count when an operation happens, not when its file was opened
# fs: ext4 tmpfs
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
for f in 1 2 3 4 5; do
	echo x >"$W/$f"
done
rfs_load

# opened FILE [FLAGS]: kept open by a process of its own
opened() {
	in_background "k$1" "$FSOP" keep "${2:-rd}" "$W/$1"
	said "k$1" ready
}

# 1 before the file system is attached; 2 under an inactive filter; 3 with a filter that wants no release yet
opened 1 rdwr
ctl register a 10
ctl ops a open release
ctl path a include subtree "$W"
opened 2
ctl activate a
ctl ops a open
opened 3
ctl ops a open release
# 4 under a filter that is switched off again, 5 that loses its rule
opened 4
ctl deactivate a
let_go k4
ctl activate a
flush
let_go k3
let_go k2
let_go k1
records op p1 <<E
release $W/3
release $W/2
E
opened 5
flush
ctl delpath a "$W"
let_go k5
no_records
# what was open before is not covered, and is counted as such (as far as it was open for writing)
[ "$(get counter - files_not_covered)" -gt 0 ] || die "files that were open before are not counted"
ctl unregister a
rfs_end
