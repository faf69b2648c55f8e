#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: with an overlay above, its rules judge its files once, and rules below are not asked about them
# fs: ext4 xfs tmpfs
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

L=$T/lower U=$T/upper O=$TMPDIR/over
mkdir "$L" "$U" "$T/work" "$O"
echo hello >"$L/f"
mount -t overlay -o "lowerdir=$L,upperdir=$U,workdir=$T/work" over "$O"
rfs_load
new_filter above 10 -- all
new_filter below 20 -- all
ctl path above include subtree "$O"

# Only above: every operation is seen once.
calls <<E
0 open rd $O/f as x
hello\012 read x
0 close x
0 open wr+creat $O/new
0 chmod 600 $O/f
0 mkdir $O/d
0 rename $O/new $O/d/new
0 unlink $O/f
E
records when=post f op p1 <<E
above open $O/f
above release $O/f
above create $O/new
above open $O/new
above release $O/new
above setattr $O/f
above mkdir $O/d
above rename $O/new
above unlink $O/f
E

# Below as well: the overlay's own work on its layers shows up there as what it is, by the lower names. A file that is
# reached through the overlay is not judged by the rules of the tree below.
ctl path below include subtree "$T"
ctl deny below open EACCES new
fs 0 open rd "$O/d/new"
fs EACCES open rd "$U/d/new"
ctl clear below
flush
# One filter with rules on both is asked once, about the overlay's file.
ctl path above include subtree "$T"
fs 0 open rd "$O/d/new"
records f=above when=pre op p1 <<E
open $O/d/new
E
ctl delpath above "$T"
flush

# Denied below while the overlay copies up: the errno comes through and the overlay stays whole.
echo hello >"$L/g"
flush
ctl deny below any EROFS
fs EROFS chmod 600 "$O/g"
ctl clear below
fs 0 chmod 600 "$O/g"
ctl deny above setattr EROFS
fs EROFS chmod 644 "$O/g"
ctl clear above

# The overlay's unmount is held up by nothing.
umount "$O"
ctl unregister above
ctl unregister below
rfs_end
