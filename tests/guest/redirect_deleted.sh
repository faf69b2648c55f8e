#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a rule does not keep its object from being deleted; it turns stale and comes back only when set again
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir -p "$W/d"
echo x >"$W/f"
rfs_load
new_filter a 10 -- all
ctl path a include subtree "$W/d"
ctl path a include single "$W/f"

free=$(stat -f -c %f "$T")
fs 0 rmdir "$W/d"
fs 0 unlink "$W/f"
records when op res <<E
pre rmdir 0
post rmdir 0
pre unlink 0
post unlink 0
E
stale="include:subtree:stale:$W/d include:single:stale:$W/f"
wait_for "[ \"\$(\"$FSOP\" rules a)\" = '$stale' ]" 30 || die "rules of deleted objects: $(get rules a)"
# the last rule of the file system is gone with them
wait_answer 0 status fs
[ "$(stat -f -c %f "$T")" -ge "$free" ] || die "what was deleted is still there"

# Another object of the same name is another object.
fs 0 mkdir "$W/d"
fs 0 mkdir "$W/d/x"
no_records
# set again, the rule takes the place of the stale one
ctl_want 0 path a include subtree "$W/d"
fs "include:subtree:ok:$W/d include:single:stale:$W/f" rules a
fs 0 mkdir "$W/d/y"
records when op <<E
pre mkdir
post mkdir
E

# A file that is deleted while it is open is in scope by its own rule until it is closed.
echo x >"$W/f"
ctl path a include single "$W/f"
calls <<E
0 open rdwr $W/f as f
0 unlink $W/f
0 fchmod 600 f
0 close f
E
records when=post op p1 pf1 <<E
open $W/f rule
unlink $W/f rule
setattr $W/f *
release $W/f *
E
# replaced by a rename: the object that had the rule is deleted
echo y >"$W/f"
echo z >"$W/g"
ctl path a include single "$W/f"
fs 0 rename "$W/g" "$W/f"
flush
fs 0 open rd "$W/f"
no_records
wait_for "\"$FSOP\" rules a | grep -q 'single:stale:$W/f'" 30 || die "rules: $(get rules a)"

# Deleted and set again by two who do not wait for each other.
(
	while [ ! -e "$TMPDIR/stop" ]; do
		cat <<-E
			ctl path a include subtree $W/n
			ctl delpath a $W/n
			ctl path a exclude single $W/n
		E
	done | "$FSOP" - >/dev/null
) &
setter=$!
ctl quiet a 1
for _ in $(seq 150); do
	echo "0 mkdir $W/n"
	echo "0 rmdir $W/n"
done | calls
touch "$TMPDIR/stop"
wait $setter
ctl unregister a
rfs_end
