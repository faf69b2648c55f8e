#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: lower priorities run first before the call and last after it; a stop hides the rest; post follows pre
# fs: tmpfs ext4
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
rfs_load
# registered in an order that is neither
new_filter c 30 -- all
new_filter a -2147483648 -- all
new_filter d 2147483647 -- all
new_filter b 0 opdata=256 -- all
for f in a b c d; do
	ctl path $f include subtree "$W"
done

fs 0 mkdir "$W/x"
records f when res <<E
a pre 0
b pre 0
c pre 0
d pre 0
d post 0
c post 0
b post 0
a post 0
E

# A stop in the middle: those behind see neither half, those before get the result, and the one that stopped as well.
ctl deny b mkdir EROFS
fs EROFS mkdir "$W/y"
records f when res flags <<E
a pre 0 locked
b pre 0 locked
b post -30 locked+notasked
a post -30 locked+notasked
E
# The first one that stops decides.
ctl deny a mkdir EIO
ctl deny c mkdir EXDEV
fs EIO mkdir "$W/y"
records f when res <<E
a pre 0
a post -5
E
ctl clear a
ctl clear b
ctl clear c

# Who asked only for one half gets only that.
ctl ops b mkdir:pre
ctl ops c mkdir:post
ctl ops d unlink
fs 0 mkdir "$W/z"
records f when <<E
a pre
b pre
c post
a post
E
# Post without a pre of one's own: only if the operation got that far in the chain.
ctl deny a mkdir EIO
fs EIO mkdir "$W/y"
records f when <<E
a pre
a post
E
ctl clear a
ctl deny b mkdir EIO
fs EIO mkdir "$W/y"
records f when <<E
a pre
b pre
a post
E
ctl clear b

# Inactive filters, and those out of scope, are passed over.
ctl deactivate a
ctl delpath b "$W"
fs 0 mkdir "$W/q"
records f when <<E
c post
E
ctl activate a
ctl path b include single "$W"
fs 0 mkdir "$W/r"
records f when <<E
a pre
b pre
c post
a post
E
for f in a b c d; do
	ctl unregister $f
done
rfs_end
