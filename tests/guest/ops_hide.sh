#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: a filter hides entries of directories from listings: all others are there once, whatever the buffer, and places hold
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
# timeout: 180
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W" "$W/big" "$W/all" "$W/few"
for n in {100..699}; do
	: >"$W/big/name$n"
	: >"$W/big/hide$n-of-a-length-that-makes-for-more-than-one-piece"
done
for n in {1000..1999}; do
	: >"$W/all/hide$n"
done
: >"$W/few/a"
mkdir "$W/few/hide-dir"
: >"$W/few/hide-file"
: >"$W/few/z"
# shown NAME...: as "listing" says it: each with an inode number and a type
shown() {
	local name
	WANT=
	for name; do
		WANT+="${WANT:+ }$name:1"
	done
}
calls <<E
0 open rd $W/big as before
E
ask listing before 32768
plain=$ANSWER
rfs_load
new_filter a 10 opdata=8 -- readdir:post:flags=4
ctl path a include subtree "$W"
calls <<E
0 open rd $W/big as big
0 open rd $W/all as all
0 open rd $W/few as few
E

# nobody hides anything yet: as without
fs "$plain" listing big 32768
fs "$plain" listing big 400
ctl hide a 'hide*'
ctl hide a '.*'
names=()
for n in {100..699}; do
	names+=("name$n")
done
shown . .. "${names[@]}"
# buffers that take many pieces, one, a part of one, a few entries, two
for size in 65536 16384 4096 200 64; do
	fs "$WANT" listing big $size
done
shown . ..
fs "$WANT" listing all 32768
fs "$WANT" listing all 48
shown . .. a z
fs "$WANT" listing few 1000
# too small for any
fs EINVAL listing few 10
fs "$WANT" listing few 1000
# Places: what a listing told of one, a seek finds again. And a seek where it is changes nothing.
fs ok seeks big 4096
fs ok seeks big 100
fs ok seeks few 100
fs 0 lseek few 0 0
ask listmore few 24 1
one=$ANSWER
at=$(get lseek few 0 1)
fs "$at" lseek few "$at" 0
ask listmore few 1000 10
[ "$(tr ' ' '\n' <<<"$one $ANSWER" | sort | xargs)" = ". .. a z" ] || die "in two parts: $one; $ANSWER"
# hidden from listings only
calls <<E
0 open rd $W/few/hide-file
0 open rd $W/few/hide-dir
0 unlink $W/few/hide-file
ENOTEMPTY rmdir $W/few
E
# a file opened before any rule came is not covered
fs "$plain" listing before 32768

# Post callbacks: one for each piece, and none without one, except where there is nothing.
flush
fs 0 lseek few 0 0
ask listmore few 1000 100
told=$(rec op when res flags p1)
[ "$told" = "readdir post 0 locked $W/few
readdir post 0 locked $W/few" ] || die "pieces: $told"

# The filter goes in the middle: what was read ahead is not lost, and nothing comes twice.
fs 0 lseek big 0 0
ask listmore big 32 3
first=$ANSWER
ctl deactivate a
ask listmore big 4096 8000
rest=$ANSWER
all=" $(tr ' ' '\n' <<<"$first $rest" | sort | xargs) "
[ "$(tr ' ' '\n' <<<"$first $rest" | grep -v ^hide | sort | xargs)" = "$(printf '%s\n' . .. "${names[@]}" | sort | xargs)" ] ||
	die "a listing in the middle of which the filter went: $all"
fs "$plain" listing big 4096
ctl activate a
fs ok seeks big 300

# a filter that fails a piece fails the listing, and nothing is lost by that
fs 0 lseek big 0 0
ask listmore big 32 3
first=$ANSWER
ctl deny a readdir EXDEV
ctl clear a
ctl hide a 'hide*'
ctl hide a '.*'
ask listmore big 4096 8000
[ "$(tr ' ' '\n' <<<"$first $ANSWER" | sort | xargs)" = "$(printf '%s\n' . .. "${names[@]}" | sort | xargs)" ] ||
	die "a listing in two parts: $first, $ANSWER"

# where it may not be asked for
ctl_want EINVAL ops a readdir:pre:flags=4
ctl_want EINVAL ops a readdir:post:flags=6
ctl_want EINVAL ops a readdir:post:flags=12
ctl_want EINVAL ops a llseek:post:flags=4
# unloaded in the middle
fs 0 lseek big 0 0
ask listmore big 32 3
ctl unregister a
calls <<E
0 close all
0 close few
E
rfs_end
fs "$plain" listing big 4096
