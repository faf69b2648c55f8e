#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: an exec is an open with intent, of the program and of its interpreter, and can be denied
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# needs: /bin/busybox
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
# one static program, so that nothing but itself is opened; it goes by its name
P=$W/busybox
cp /bin/busybox "$P"
printf '#!%s true\n' "$P" >"$W/script"
chmod 755 "$W/script"
rfs_load
new_filter a 10 -- open release
ctl path a include subtree "$W"

fs exit:0 exec "$P" true
records op when res flags p1 comm <<E
open pre 0 exec $P fsop
open post 0 exec $P fsop
release post 0 * $P *
E
fs exit:0 exec "$W/script"
records op=open when=pre flags p1 <<E
exec $W/script
exec $P
E
fs 0 open rd "$P"
records op=open when=pre flags p1 <<E
0 $P
E

ctl deny a open EACCES busybox
fs EACCES exec "$P" true
fs EACCES exec "$W/script"
fs EACCES open rd "$P"
ctl clear a

# The file of a running program stays usable, and the program goes on, when the rules go.
in_background prog "$P" cat
ctl unregister a
unload
let_go prog
