#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: the control device asks a filter's modifier callback, obeys it, and leaves locked filters alone
# fs: tmpfs
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
rfs_load
# without a callback: allowed
new_filter a 10 -- mkdir
calls <<E
0 csetpath a $W
0 cdeactivate a
0 cactivate a
0 cdelpath a $W
E
records mod <<<""
# it approves, and the framework makes the change
ctl modcb a 0
calls <<E
0 csetpath a $W
0 cdeactivate a
0 cactivate a
E
records f mod path flags <<E
a 3 $W 0x9
a 2 ? ?
a 1 ? ?
E
fs "include:subtree:ok:$W" rules a
# it refuses, with an errno of its own, and nothing changes
ctl modcb a EDQUOT
calls <<E
EDQUOT cdeactivate a
EDQUOT cactivate a
EDQUOT csetpath a $T
EDQUOT cdelpath a $W
E
fs "include:subtree:ok:$W" rules a
fs 1 status active
flush
# the filter's own calls are not asked about
ctl delpath a "$W"
ctl deactivate a
records mod <<<""
ctl modcb a none
fs 0 cactivate a
# locked: EPERM, before any callback is asked
ctl register l 20 active locked
ctl modcb l 0
calls <<E
EPERM csetpath l $W
EPERM cdelpath l $W
EPERM cdeactivate l
EPERM cactivate l
ENOENT cactivate nobody
ESRCH csetpath nobody $W
E
records mod <<<""
ctl unregister a
ctl unregister l
rfs_end
