#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl: help, wrong command lines, a module that is not there, output that cannot be written, users
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

release=$(sed -n 's/^.define RFS_RELEASE "\(.*\)"/\1/p' "$SRC/kmod/include/rfs_version.h")
verbs="list paths setpath delpath activate deactivate policy stats pending status detach version log replay"

fc 0 --help
for verb in $verbs; do
	grep -q "^  $verb " "$OUT" || die "--help does not know $verb"
done
for verb in $verbs; do
	fc 0 "$verb" --help
	prints "Usage: fcdlctl $verb" --json
done
fc 0 --version
prints "fcdlctl $release"

# wrong command lines: exit code 2, and where help is
fc 2
fc 2 nonsense
says "'nonsense'" "fcdlctl --help"
fc 2 $'odd\nname'
says 'odd\nname'
fc 2 list extra
says "'extra'" "fcdlctl list --help"
fc 2 list --all
fc 2 list --nonsense
fc 2 paths
fc 2 paths a b
fc 2 setpath f /x include
fc 2 setpath f /x include include
fc 2 setpath f /x subtree maybe
fc 2 setpath f "" include single
fc 2 delpath f
fc 2 delpath f ""
fc 2 activate
fc 2 activate --all
fc 2 deactivate
fc 2 deactivate f --all
fc 2 policy
fc 2 policy f deadline=0
fc 2 policy f deadline=2h
fc 2 policy f on-timeout=wait
fc 2 policy f on-timeout=deny:ENONSENSE
fc 2 policy f nonsense=1
says "nonsense=1"
fc 2 policy f deadline
fc 2 stats a b
fc 2 detach --timeout
fc 2 detach --timeout x
fc 2 log --op nonsense
says "'nonsense'" "fcdlctl log --help"
fc 2 replay

# without the module every verb says what to do, and nothing else
[ ! -e /dev/fcdlctl ] || die "redirfs is loaded already"
fc 1 list
says /dev/fcdlctl "modprobe redirfs"
fc 1 paths f
says "modprobe redirfs"
fc 1 setpath f /tmp include single
says "modprobe redirfs"
fc 1 delpath f /tmp
says "modprobe redirfs"
fc 1 activate f
says "modprobe redirfs"
fc 1 deactivate f
says "modprobe redirfs"
fc 1 deactivate --all
says "modprobe redirfs"
fc 1 policy f
says "modprobe redirfs"
fc 1 stats f
says "modprobe redirfs"
fc 1 pending
says "modprobe redirfs"
fc 1 status
says "modprobe redirfs"
fc 1 detach
says "modprobe redirfs"
fcj 1 version
says "modprobe redirfs"
is null .redirfs

load redirfs

# who may: root, with its capability
[ "$(stat -c '%a %U' /dev/fcdlctl)" = "600 root" ] || die "/dev/fcdlctl: $(stat -c '%a %U' /dev/fcdlctl)"
fc 0 list
as_user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
got=0
as_user fcdlctl list >"$OUT" 2>"$ERR" || got=$?
[ $got -eq 1 ] || die "as another user: exit $got"
says "permission denied" root
chmod 666 /dev/fcdlctl
got=0
as_user fcdlctl list >"$OUT" 2>"$ERR" || got=$?
[ $got -eq 1 ] || die "as another user with the node open to all: exit $got"
says "operation not permitted" root
got=0
setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin fcdlctl list >"$OUT" 2>"$ERR" || got=$?
[ $got -eq 1 ] || die "as root without CAP_SYS_ADMIN: exit $got"
says "operation not permitted"
got=0
unshare --user --map-root-user fcdlctl list >"$OUT" 2>"$ERR" || got=$?
[ $got -eq 1 ] || die "as root of a user namespace: exit $got"
says "operation not permitted"
chmod 600 /dev/fcdlctl

# no such filter: each verb names it and says where names come from
for verb in paths activate deactivate policy stats; do
	fc 1 $verb nobody
	says $verb "'nobody'" "fcdlctl list"
done
fc 1 setpath nobody /tmp include single
says "'nobody'" "fcdlctl list"
fc 1 delpath nobody /tmp
says "'nobody'" "fcdlctl list"
# names that no filter can have
for name in "" "$(printf '%0100d' 0)" $'a\nb' $'\xff' "a b"; do
	fc 1 paths "$name"
	says "fcdlctl list"
done
says "'a b'"

# nothing there: headings only, and empty lists
fc 0 list
[ "$(wc -l <"$OUT")" -eq 1 ] || die "an empty list: $(<"$OUT")"
prints NAME PRIORITY ACTIVE KIND PID STATE DEADLINE ON-TIMEOUT ON-OVERLOAD ON-EXIT
fcj 0 list
is '[]' .filters
fc 0 pending
fcj 0 pending
is '[]' .pending
fcj 0 status
is off .hook
is false .bypass
is 0 .filters
is '[]' .file_systems
fc 0 status
prints "hook: off"
fcj 0 stats
fc 0 version
prints "fcdlctl $release," "redirfs $release,"
fcj 0 version
is true '.redirfs_abi == .fcdlctl_abi and .redirfs == .fcdlctl'
fcj 0 deactivate --all
is 0 .deactivated
fcj 0 detach
is true .detached

# output that does not arrive is a failure, whatever was done
for verb in list status version pending stats --help; do
	got=0
	fcdlctl $verb >/dev/full 2>"$ERR" || got=$?
	[ $got -eq 1 ] || die "$verb >/dev/full: exit $got"
	says "no space left on device"
	got=0
	fcdlctl $verb >&- 2>"$ERR" || got=$?
	[ $got -eq 1 ] || die "$verb with standard output closed: exit $got"
done
mkfifo "$W/pipe"
exec {reader}<>"$W/pipe"
exec {writer}>"$W/pipe"
exec {reader}<&-
got=0
fcdlctl list 2>"$ERR" 1>&"$writer" || got=$?
[ $got -eq 1 ] || die "a pipe without a reader: exit $got"
says "broken pipe"
exec {writer}>&-
# with all of them closed nothing is written into the device by mistake
fcdlctl deactivate --all >&- 2>&- <&- && die "deactivate --all has something to print"
all_json
unload
