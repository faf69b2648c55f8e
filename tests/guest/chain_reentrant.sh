#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: deactivate, activate, unregister, set_path, del_path and set_operations from inside a callback
# fs: ext4 tmpfs
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

# From inside a callback a path is resolved from the caches alone, and the guest's own root, on the host's, has to ask
# further. So what makes the calls lives on the file system under test.
W=/w
mkdir "$T/dev" "$T/other" "$T/w" "$T/w/sub" "$T/w/excluded"
mount --bind /dev "$T/dev"
mount -t tmpfs other "$T/other"
# the one thing on it is in no cache
mkfs_and_mount ext4 "$T/cold"
mkdir "$T/cold/d"
disk=$(findmnt -n -o SOURCE "$T/cold")
umount "$T/cold"
mount "$disk" "$T/cold"
rfs_load
fs 0 chroot "$T"

# inside WHEN COMMAND...: run it once from a callback of mkdir of filter a; it and the operation succeed
n=0
inside() {
	local when=$1
	shift
	ctl run a mkdir "$when" "$@"
	n=$((n + 1))
	fs 0 mkdir "$W/sub/$n"
	ask ctl ran
	case $ANSWER in
	0 | 0$'\n'replaced) ;;
	*) die "inside a $when callback, $*: $ANSWER" ;;
	esac
	flush
}

for when in pre post; do
	new_filter a 10 opdata=32 -- all
	new_filter z 20 opdata=32 -- all
	ctl path a include subtree "$W"
	ctl path z include subtree "$W"

	inside $when deactivate a
	fs 0 mkdir "$W/off-$when"
	records f=a op <<<""
	ctl activate a
	inside $when activate a
	# on the very directory that is locked, on one above it and on a file system that gets attached by it
	inside $when path a exclude single "$W/excluded"
	inside $when path a include single "$W/sub"
	inside $when path a include subtree "$W"
	inside $when delpath a "$W/sub"
	inside $when delpath a "$W/excluded"
	inside $when path a include subtree /other
	inside $when delpath a /other
	inside $when ops a mkdir rmdir
	inside $when ops a all
	# others' filters, in front and behind
	inside $when deactivate z
	inside $when activate z
	inside $when register b 15 active
	inside $when unregister b
	inside $when register b 5 active
	inside $when path b include subtree "$W"
	inside $when ops b all
	inside $when unregister z
	inside $when unregister b
	# its last rule, which takes redirfs off the file system under the operation's feet
	inside $when delpath a "$W"
	fs 0 mkdir "$W/gone-$when"
	no_records
	ctl path a include subtree "$W"
	# itself
	inside $when unregister a
	fs 0 mkdir "$W/end-$when"
	no_records
	fs 0 status filters
	rm -r "$T/w/sub" "$T/w"/*-$when
	mkdir "$T/w/sub"
done

# What is not in the dentry cache cannot be resolved under the locks of an operation; without any it can.
new_filter a 10 -- mkdir open
ctl path a include subtree "$W"
ctl run a mkdir pre path a include single /cold/d
fs 0 mkdir "$W/hot"
fs -11 ctl ran # EAGAIN
ctl run a open pre path a include single /cold/d
fs 0 open rd "$W/hot"
fs 0 ctl ran
ctl unregister a
flush

# The pre callback ran, the filter is unregistered in it: no post follows, and the op data is not lost.
new_filter a 10 opdata=64 -- mkdir
new_filter b 20 -- mkdir
ctl path a include subtree "$W"
ctl path b include subtree "$W"
ctl run a mkdir pre unregister a
fs 0 mkdir "$W/x"
records f when <<E
a pre
b pre
b post
E

# Deactivated in pre: its post still comes, since its pre ran.
new_filter a 10 opdata=64 -- mkdir
ctl path a include subtree "$W"
ctl run a mkdir pre deactivate a
fs 0 mkdir "$W/y"
records f=a when <<E
pre
post
E

# Two callbacks that deactivate their filter at the same time wait for each other in no way.
ctl ops a mkdir rmdir
ctl activate a
ctl hold a rmdir pre
"$FSOP" rmdir "$T/w/y" >"$TMPDIR/held" &
pid=$!
wait_held a 1
# this one, in its callback, waits for the one that is held, or not; the held one deactivates as well
ctl run a rmdir pre deactivate a
"$FSOP" mkdir "$T/w/excluded/z" >"$TMPDIR/other" &
other=$!
wait_for 'rec f=a op=mkdir when=pre op | grep -q mkdir' 30 || die "no second callback"
ctl release a
wait $pid $other
[ "$(cat "$TMPDIR/held" "$TMPDIR/other" | sort -u)" = 0 ] || die "$(cat "$TMPDIR/held" "$TMPDIR/other")"
ctl unregister a
ctl unregister b
rfs_end
umount "$T/dev" "$T/other" "$T/cold"
