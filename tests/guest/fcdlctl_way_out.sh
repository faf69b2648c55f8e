#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl: a filter that denies every open on / locks nobody out: bypass by a builtin, deactivate --all
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/fcdlctl.sh
. "$SRC/tests/guest/helper/fcdlctl.sh"

bypass=/sys/module/redirfs/parameters/bypass
load redirfs rfs_test
trap 'echo 1 >$bypass; unload_rest 1' EXIT
flt register deny_all 1
flt ops deny_all open:pre atomic_open:pre
flt deny deny_all any -13
flt path deny_all include subtree /

# fcdlctl with all that it needs on a file system that the filter does not watch
mkdir /run/way_out
mount -t tmpfs tmpfs /run/way_out
cp "$(command -v fcdlctl)" /run/way_out/
ldd "$(command -v fcdlctl)" | awk '/=> \// {print $3}' | xargs -I{} cp {} /run/way_out/
ld=$(ldd "$(command -v fcdlctl)" | awk '/ld-linux/ {print $1}')
cp "$ld" /run/way_out/
fc_outside() {
	/run/way_out/"${ld##*/}" --library-path /run/way_out /run/way_out/fcdlctl "$@"
}

# from here on nothing but builtins: no program on / can be started
flt activate deny_all
if /bin/true 2>/dev/null; then
	die "a program could be started; the filter does not deny"
fi
if : </etc/passwd 2>/dev/null; then
	die "a file could be opened; the filter does not deny"
fi

# one: a shell that is there already
echo 1 >$bypass
/bin/true || die "bypass does not let programs start"
fcdlctl list >/dev/null || die "bypass does not let fcdlctl start"
echo 0 >$bypass
if /bin/true 2>/dev/null; then
	die "the filter does not come back when the bypass ends"
fi

# two: fcdlctl itself, which opens nothing on / that it could not do without
fc_outside deactivate --all >/run/way_out/said || {
	echo 1 >$bypass
	die "fcdlctl deactivate --all did not work"
}
/bin/true || die "programs do not start after deactivate --all"
grep -qx "deactivated 1 filter" /run/way_out/said || die "it said: $(</run/way_out/said)"

# three: by way of the bypass, as the message of fcdlctl --help says
flt activate deny_all
echo 1 >$bypass
fcdlctl deactivate --all >/dev/null
echo 0 >$bypass
/bin/true || die "programs do not start after bypass and deactivate --all"
fcj 0 list
is false '.filters[0].active'

all_json
umount /run/way_out
rmdir /run/way_out
unload
trap - EXIT
