#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: what a filter said at open about mapping a file holds: mmap, mprotect, execve; per open file, until it is closed
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# needs: /bin/busybox
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
# One static program under a name for each policy. It does not know itself by these, and says so: 127.
P=$W/busybox
cp /bin/busybox "$P"
for name in plain nomap noexec noshared both; do
	ln "$P" "$W/$name"
done
printf '#!%s true\n' "$P" >"$W/noexec.sh"
chmod 755 "$W/noexec.sh"
rfs_load
new_filter a 10 opdata=8 -- open mmap
new_filter b 20 -- open
ctl path a include subtree "$W"
ctl path b include subtree "$W"
fs 0 open rd "$W/nomap" as before
ctl limit a 1 'nomap'
ctl limit a 2 'noexec*'
ctl limit a 4 'noshared'
# policies of several filters add up
ctl limit a 4 'both'
ctl limit b 2 'both'

# execve: refused as it begins, so that the program that asked goes on
fs exit:127 exec "$W/plain"
fs EACCES exec "$W/noexec" true
fs EACCES exec "$W/nomap" true
fs EACCES exec "$W/noexec.sh"
fs EACCES exec "$W/both" true
flush
fs EACCES exec "$W/noexec" true
records op=open f when res flags <<E
a pre 0 exec
b pre 0 exec
b post -13 exec+notasked
a post -13 exec+notasked
E
fs exit:127 exec "$W/noshared"

for name in plain nomap noexec noshared both; do
	fs 0 open rdwr "$W/$name" as "$name"
	flush
done
calls <<E
0 mapas plain shared rwx
0 mapas plain private rwx
0 mapas plain shared r rwx
EACCES mapas nomap private r
EACCES mapas nomap shared r
EACCES mapas nomap private x
0 mapas noexec private rw
0 mapas noexec shared rw
EPERM mapas noexec private rx
EPERM mapas noexec shared x
EACCES mapas noexec private r rx
EACCES mapas noexec shared rw x
EACCES mapas noshared shared rw
EACCES mapas noshared shared w
0 mapas noshared shared r
EACCES mapas noshared shared r rw
0 mapas noshared shared r rx
0 mapas noshared private rw
0 mapas noshared private r rwx
EACCES mapas both shared rw
EPERM mapas both private x
EACCES mapas both shared r w
EACCES mapas both private r x
0 mapas both private r rw
E
flush
# another open file of the same inode, and one that was there before: what was said of each when it was opened
calls <<E
0 mapas before shared rx
0 open rd $W/plain as two
0 mapas two shared rx
EACCES mapas nomap private r
E
# refused mappings are told of as such, and what was read through the file is as ever
flush
fs EACCES mapas nomap shared r
records op=mmap when res flags p1 <<E
post -13 locked+notasked $W/nomap
E
flush

# The filter's end changes nothing for files that are open; later ones are free.
ctl clear a
ctl clear b
ctl deactivate a
fs EPERM mapas noexec private rx
fs 0 open rdwr "$W/noexec" as later
fs 0 mapas later private rx
ctl unregister a
ctl unregister b
fs EACCES mapas noshared shared rw
fs EACCES mapas nomap private r
# nor is the way out held up by it
echo 1 >/sys/module/redirfs/parameters/bypass
fs 0 mapas nomap private r
echo 0 >/sys/module/redirfs/parameters/bypass
fs EACCES mapas nomap private r
calls <<E
0 close nomap
0 close noexec
E
rfs_end
fs 0 mapas noshared shared rw
