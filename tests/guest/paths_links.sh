#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: hard links: a directory's rule judges the name that is used, a file's rule all of its names
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w O=$T/o
mkdir "$W" "$O"
touch "$W/f"
ln "$W/f" "$O/f"
ln "$W/f" "$W/f2"
rfs_load
new_filter dir 10 -- open setattr unlink
new_filter file 20 -- open setattr unlink
ctl path dir include subtree "$W"
ctl path file include single "$W/f"

# A path is the name that was used: the rule's own path only if that is the one. Where no rule leads to the name, it is
# told from the root of the file system.
calls <<E
0 open rd $W/f
0 open rd $W/f2
0 open rd $O/f
0 chmod 600 $O/f
E
records when=pre f op p1 pf1 <<E
dir open $W/f rule
file open $W/f rule
dir open $W/f2 rule
file open /w/f2 fsroot
file open /o/f fsroot
file setattr /o/f fsroot
E
# The file's rule silences it under each of its names.
ctl path file exclude single "$W/f"
ctl path file include subtree "$T"
fs 0 open rd "$W/f2"
fs 0 open rd "$O/f"
records when=pre f=file op <<<""
# The name that had the rule goes, and the object lives on with it.
ctl path file include single "$W/f"
flush
calls <<E
0 unlink $W/f
0 chmod 640 $O/f
0 unlink $O/f
0 unlink $W/f2
E
records when=pre f=file op <<E
unlink
setattr
unlink
unlink
E
ctl unregister dir
ctl unregister file
rfs_end
