#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: renames across a tree's border are seen; a rule follows its object, a moved tree is judged by its new place
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w O=$T/o
mkdir -p "$W/d/e" "$O"
touch "$W/d/e/f" "$O/g"
rfs_load
new_filter a 10 -- all
ctl path a include subtree "$W"

# out: both names are given, the one outside from the root of its file system
calls <<E
0 rename $W/d $O/d
0 chmod 600 $O/d/e/f
0 rename $O/g $W/g
0 chmod 600 $W/g
0 rename $O/d $W/d
0 chmod 640 $W/d/e/f
E
records when=pre op p1 pf1 p2 pf2 <<E
rename $W/d rule /o/d fsroot
rename /o/g fsroot $W/g rule
setattr $W/g rule - 0
rename /o/d fsroot $W/d rule
setattr $W/d/e/f rule - 0
E
# Denied across the border, in both directions.
ctl deny a rename EXDEV
fs EXDEV rename "$W/g" "$O/g"
touch "$O/h"
fs EXDEV rename "$O/h" "$W/h"
fs EXDEV rename "$O/h" "$W/g" exchange
ctl clear a
flush

# The rule's own directory is moved: the rule goes with it. Its path stays what its setter wrote.
mkdir "$T/far"
flush
calls <<E
0 rename $W $T/far/moved
0 chmod 600 $T/far/moved/d/e/f
0 mkdir $W
0 mkdir $W/x
E
records when=pre op p1 pf1 <<E
rename $W rule
setattr $W/d/e/f rule
E
fs "include:subtree:ok:$W" rules a
# and set anew by that path it is about the new object, beside the old one
ctl path a include single "$W"
fs "include:subtree:ok:$W include:single:ok:$W" rules a
fs 0 mkdir "$W/y"
records when=pre op p1 <<E
mkdir $W/y
E
# While it moves to and fro, what is in it is always in scope.
ctl delpath a "$W"
ctl delpath a "$W"
fs none rules a
mkdir -p "$T/p/q/r" "$T/s"
touch "$T/p/q/r/f"
ctl path a include subtree "$T/p"
ctl deny a open EACCES f
"$FSOP" openloop "$T/p/q/r/f" "$TMPDIR/stop" >"$TMPDIR/opens" &
opener=$!
for _ in $(seq 150); do
	echo "0 rename $T/p $T/s/p"
	echo "0 rename $T/s/p $T/p"
done | calls
touch "$TMPDIR/stop"
wait $opener
! grep -q opened "$TMPDIR/opens" || die "a file was out of scope while its tree moved"
grep -q EACCES "$TMPDIR/opens" || die "nothing was opened at all"

ctl unregister a
rfs_end
