#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: ACLs are set, removed and read by operations of their own, which are seen and can be denied, in both worlds
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

W=$T/w
mkdir "$W" "$W/d"
: >"$W/f"
# From 6.2 on an ACL is read only if it is not in memory (and tmpfs has it nowhere else), and programs' reads are not told
# from the kernel's own; before that each read by a program is one.
members=''
case $(uname -r) in
6.[01].* | [0-5].*) ;;
*) members=yes ;;
esac
load redirfs rfs_test
new_filter a 10 opdata=8 -- set_acl get_acl setxattr getxattr removexattr
ctl path a include subtree "$W"

# an ACL is no extended attribute here, whatever the kernel says
fs 0 setacl "$W/f" access 1000 6
fs 0 setacl "$W/d" default 1000 6
records op=set_acl when res flags p1 xattr io <<E
pre 0 locked $W/f system.posix_acl_access 0:44:0:0x0:0x0:0
post 0 locked $W/f system.posix_acl_access 0:44:0:0x0:0x0:0
pre 0 locked $W/d system.posix_acl_default 0:44:0:0x0:0x0:0
post 0 locked $W/d system.posix_acl_default 0:44:0:0x0:0x0:0
E
# On a file there is no default one. With members of their own the VFS says so, else what does the file system's work.
fs EACCES setacl "$W/f" default 1000 6
[ -n "$members" ] || records op=set_acl when res p1 <<E
pre 0 $W/f
post -13 $W/f
E

# What chmod makes of the ACL is not somebody setting it, and neither is what a new file inherits.
fs 0 chmod 750 "$W/f"
fs 0 open wr+creat "$W/d/g"
sets=$(rec op=set_acl op p1)
[ -z "$sets" ] || die "a chmod or a create was seen as $sets"
fs 1000:6 getacl "$W/d/g" access
[ -n "$members" ] || records op=get_acl when res flags p1 xattr io <<E
pre 0 locked $W/d/g system.posix_acl_access -
post 0 locked $W/d/g system.posix_acl_access -
E

# Read, from the disk.
cold() {
	sync
	echo 2 >/proc/sys/vm/drop_caches
	flush
}
cold
fs 1000:6 getacl "$W/f" access
if [ "$FS" != tmpfs ] || [ -z "$members" ]; then
	reads=$(rec op=get_acl when res p1 xattr)
	[[ $'\n'$reads$'\n' == *$'\n'"pre 0 $W/f system.posix_acl_access"$'\n'"post 0 $W/f system.posix_acl_access"$'\n'* ]] ||
		die "reads of an ACL: $reads"
	ctl deny a get_acl EXDEV 'f'
	cold
	fs EXDEV getacl "$W/f" access
	ctl clear a
	# there is none
	cold
	fs ENODATA getacl "$W/d" access
	[[ $'\n'$(rec op=get_acl when res p1 xattr)$'\n' == *$'\n'"post -61 $W/d system.posix_acl_access"$'\n'* ]] ||
		die "no ACL to be read was not told so"
fi
flush

# denied: nothing is changed
ctl deny a set_acl EXDEV
fs EXDEV setacl "$W/f" access 1000 7
fs EXDEV removexattr "$W/f" system.posix_acl_access
ctl clear a
fs 1000:6 getacl "$W/f" access
flush
fs 0 removexattr "$W/f" system.posix_acl_access
records op=set_acl when res p1 xattr io <<E
pre 0 $W/f system.posix_acl_access 0:0:0:0x0:0x0:0
post 0 $W/f system.posix_acl_access 0:0:0:0x0:0x0:0
E
fs ENODATA getacl "$W/f" access
flush
# other attributes are theirs
fs 0 setxattr "$W/f" trusted.a value
records op when p1 xattr <<E
setxattr pre $W/f trusted.a
setxattr post $W/f trusted.a
E
ctl unregister a
wait_for quiet_now 60 || die "the test filters counted faults: $ANSWER"
unload rfs_test

# a filter in user space
load urfs
log=$TMPDIR/log
logflt --ops set_acl "$W" >"$log" 2>&1 &
logger=$!
denyflt --priority 200 --deny set_acl --errno EROFS >"$TMPDIR/deny" 2>&1 "$W/d" &
deny=$!
ready logflt
ready denyflt
fs EROFS setacl "$W/d" default 1000 7
fs 0 setacl "$W/f" access 1000 7
fs 1000:6 getacl "$W/d" default
kill -TERM $deny $logger
ended $deny $logger
grep -q 'set_acl "[^ ]*/w/d".* EROFS$' "$log" || die "not logged: $(<"$log")"
grep -q 'set_acl "[^ ]*/w/f".* ok$' "$log" || die "not logged: $(<"$log")"
unload
