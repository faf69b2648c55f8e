#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: files opened by handle are seen, with a warm and with a cold cache; without a place only by those who asked
# fs: ext4 xfs btrfs
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir -p "$W/d/e"
echo hello >"$W/d/e/f"
handle=$(get handle "$W/d/e/f")
hdir=$(get handle "$W/d/e")

rfs_load
new_filter placed 10 -- open setattr
new_filter all 20 unplaced -- open setattr
ctl path placed include subtree "$W"
ctl path all include subtree "$W"

# Warm: the file has a place like any other.
cat "$W/d/e/f" >/dev/null
flush
fs 0 openh "$T" "$handle" rd
records op=open when=pre f p1 flags <<E
placed $W/d/e/f 0
all $W/d/e/f 0
E

# cold: nothing of it is in memory, not even its names. A remount empties the caches for sure.
cold() {
	sync
	echo 2 >/proc/sys/vm/drop_caches
	flush
}
cold
fs 0 openh "$T" "$handle" rd
records op=open when=pre f p1 pf1 flags <<E
all ESTALE unplaced unplaced
E
# A verdict holds there too.
ctl deny all open EACCES
cold
fs EACCES openh "$T" "$handle" rd
ctl clear all
# A directory is connected by the kernel when it is opened: it has its place.
cold
fs 0 openh "$T" "$hdir" rd
# To find its name the kernel opens the directories above, which is seen as well.
[ "$(rec op=open when=pre f p1 flags | tail -n 2)" = "placed $W/d/e 0
all $W/d/e 0" ] || die "a directory opened by handle has no place"
# Once its name was looked up the file has a place for whoever opens it; a file that was open before has none still.
cold
printf '%s\n' "openh $T $handle rd as x" "fchmod 600 x" "open rd $W/d/e/f" "fchmod 640 x" | "$FSOP" - >/dev/null
records when=pre f op p1 <<E
all open ESTALE
all setattr ESTALE
placed open $W/d/e/f
all open $W/d/e/f
all setattr ESTALE
E
ctl unregister placed
ctl unregister all
rfs_end
