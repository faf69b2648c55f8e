#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: switching probes off by accident leaves nothing unguarded, or is seen; and a module that cannot hook refuses
# fs: ext4
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
back_on() {
	echo 1 >/proc/sys/kernel/ftrace_enabled
	echo 1 >/sys/kernel/debug/kprobes/enabled
}
trap back_on EXIT

load redirfs rfs_test
trap 'set -- $?; back_on; unload_rest "$1"' EXIT
new_filter a 10 -- all
ctl path a include subtree "$W"
ctl deny a open EACCES f

# What an administrator might do without thinking of us.
echo 0 >/sys/kernel/debug/kprobes/enabled || true
if echo 0 2>/dev/null >/proc/sys/kernel/ftrace_enabled; then
	echo "ftrace could be switched off"
fi
mkdir "$W/d"
fs 0 mknod "$W/d/f" reg
fs EACCES open rd "$W/d/f"
fs EACCES open wr+creat "$W/f"
fs 0 rename "$W/d/f" "$W/f2"
sync
echo 2 >/proc/sys/vm/drop_caches
flush
fs 0 chmod 600 "$W/f2"
records when=post op p1 <<E
setattr $W/f2
E
hook=$(get status hook)
case $hook in
alive) fs 0 counter - missed_by_hook ;;
dead) [ "$(get counter - missed_by_hook)" -gt 0 ] || die "the hook is dead, and nothing was counted" ;;
*) die "the hook is $hook" ;;
esac
echo "hook: $hook"
back_on
fs alive status hook
ctl unregister a
unload

# From the beginning: a module whose hook cannot fire says so and does not load.
if echo 0 2>/dev/null >/proc/sys/kernel/ftrace_enabled; then
	echo 0 >/sys/kernel/debug/kprobes/enabled
	dmesg_mark
	! insmod "$KMODS/redirfs.ko" 2>/dev/null || die "the module loaded although nothing can be hooked"
	dmesg_since | grep -q 'redirfs: the self-test failed' || die "the module refused to load without saying why"
	back_on
	rfs_load
	unload
fi
back_on
