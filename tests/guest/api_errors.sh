#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: each documented error of the filter API, with input that is otherwise valid, and nothing changed by it
# fs: tmpfs
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
touch "$W/f"
rfs_load

# --- rfs_register_filter: names ---
long=$(printf 'n%.0s' $(seq 31))
calls <<E
0 ctl register $long 1
0 ctl unregister $long
EINVAL ctl register n$long 1
EINVAL ctl register a/b 1
EINVAL ctl register a\\040b 1
EINVAL ctl register a\\nb 1
EINVAL ctl register a\\303\\244 1
EINVAL ctl register . 1
EINVAL ctl register .. 1
0 ctl register A-z_0.9 1
0 ctl unregister A-z_0.9
E
fs 0 status filters
# --- sizes, flags, reserved ---
calls <<E
0 ctl register a 1 size=0
0 ctl unregister a
EINVAL ctl register a 1 size=1
EINVAL ctl register a 1 size=4096
EINVAL ctl register a 1 flags=0x80000000
EINVAL ctl register a 1 flags=4
EINVAL ctl register a 1 reserved=1
0 ctl register a 1 opdata=256
0 ctl unregister a
EINVAL ctl register a 1 opdata=257
E
# --- unique names and priorities ---
calls <<E
0 ctl register a 1
EEXIST ctl register a 2
EEXIST ctl register b 1
0 ctl register b 2
0 ctl unregister a
0 ctl register c 1
0 ctl register a 3
0 ctl unregister a
0 ctl unregister b
0 ctl unregister c
E

# --- rfs_set_operations: a refused array leaves the one before in force ---
new_filter a 1 -- unlink
ctl path a include subtree "$W"
calls <<E
EINVAL ctl ops a 64
EINVAL ctl ops a 1000000
EINVAL ctl ops a mkdir mkdir
EINVAL ctl ops a mkdir rmdir mkdir:pre
EINVAL ctl ops a mkdir:flags=4
EINVAL ctl ops a mkdir:pre:flags=0x80000000
EINVAL ctl ops a mkdir:none
EINVAL ctl ops a release:pre
EINVAL ctl ops a release:pre:post
EOPNOTSUPP ctl ops a 13
EOPNOTSUPP ctl ops a mkdir 13
EINVAL ctl ops a readlink:pre
EINVAL ctl ops a mmap:pre
EOPNOTSUPP ctl ops a 12
EOPNOTSUPP ctl ops a 63
0 mkdir $W/d
0 unlink $W/f
E
records op when <<E
unlink pre
unlink post
E
# an empty array: no operations
ctl ops a
fs 0 rmdir "$W/d"
no_records
ctl ops a mkdir

# --- rfs_set_path ---
ctl delpath a "$W"
calls <<E
ENOENT ctl path a include subtree $W/nothing
ENOTDIR ctl path a include subtree /dev/null/x
EINVAL ctl path a include subtree w
EINVAL ctl path a include subtree ./w
EINVAL ctl path a include $W
EINVAL ctl path a subtree $W
EINVAL ctl path a include exclude subtree $W
EINVAL ctl path a include single subtree $W
EINVAL ctl path a include subtree flags=0x20 $W
EINVAL ctl path a include subtree flags=0x40000000 $W
0 mkdir $W/d
E
no_records
fs none rules a
ctl path a include subtree "$W"
fs "include:subtree:ok:$W" rules a
ctl_want replaced path a exclude single "$W"
fs "exclude:single:ok:$W" rules a
long=/$(printf 'p%.0s' $(seq 4095))
ctl_want ENAMETOOLONG path a include subtree "$long"
loop=$TMPDIR/loop
ln -s loop "$loop"
ctl_want ELOOP path a include subtree "$loop"

# --- rfs_del_path ---
calls <<E
ENOENT ctl delpath a $W/d
ENOENT ctl delpath a $W/nothing
EINVAL ctl delpath a w
0 ctl delpath a $W
ENOENT ctl delpath a $W
E
# by the path it was set with, although that leads elsewhere now; and by where it is now
ctl path a include subtree "$W/d"
fs 0 rename "$W/d" "$W/e"
ctl delpath a "$W/d"
ctl path a include subtree "$W/e"
fs 0 rename "$W/e" "$W/d"
ctl delpath a "$W/d"
fs none rules a

# --- activate and deactivate twice ---
calls <<E
0 ctl activate a
0 ctl activate a
0 ctl deactivate a
0 ctl deactivate a
0 ctl unregister a
E
fs 0 status filters
rfs_end
