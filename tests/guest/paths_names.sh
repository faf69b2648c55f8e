#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: names of 255 bytes, paths beyond PATH_MAX, newlines, spaces, invalid UTF-8: given whole, byte for byte
# fs: ext4 xfs btrfs tmpfs overlay
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"

W=$T/w
mkdir "$W"
rfs_load
new_filter a 10 -- mkdir open rename
ctl path a include subtree "$W"

# odd NAME: as a directory, as a file in it, and as a rule's path; written with \ooo as records show it
odd() {
	local name=$1
	calls <<-E
		0 mkdir $W/$name
		0 open wr+creat $W/$name/$name
	E
	records when=pre op p1 <<-E
		mkdir $W/$name
		open $W/$name/$name
	E
	ctl register r 20 active
	ctl ops r open
	ctl path r include subtree "$W/$name"
	fs "include:subtree:ok:$W/$name" rules r
	fs 0 rename "$W/$name/$name" "$W/$name/x"
	fs 0 open rd "$W/$name/x"
	records f=r when=pre p1 <<-E
		$W/$name/x
	E
	ctl unregister r
}
odd "$(printf 'n%.0s' $(seq 255))"
odd 'two\012lines'
odd '\040\040spaces\040'
odd '\001\002\033\177control'
odd '\377\376not\200utf8\303'
odd '\303\244\342\202\254'
odd 'back\134slash\134'
odd '*?[a]'
odd '...'
odd "'\"\$\`quotes"
if [ "$FS" != overlay ]; then
	odd "$(printf '\\377%.0s' $(seq 255))"
fi

# A path of more than 6,000 bytes, which no system call could take in one piece.
name=$(printf 'd%.0s' $(seq 200))
{
	echo "0 chdir $W"
	for _ in $(seq 30); do
		echo "0 mkdir $name"
		echo "0 chdir $name"
	done
	echo "0 open wr+creat file"
	echo "0 rename file file2"
	echo "0 chdir /"
} >"$TMPDIR/deep"
calls <"$TMPDIR/deep"
deep=$W
for _ in $(seq 30); do
	deep=$deep/$name
done
rec when=pre op p1 p2 | tail -n 2 >"$TMPDIR/got"
printf '%s\n' "open $deep/file -" "rename $deep/file $deep/file2" >"$TMPDIR/want"
cmp "$TMPDIR/want" "$TMPDIR/got" || die "a path of ${#deep} bytes came out otherwise: $(wc -c <"$TMPDIR/got") bytes"
ctl deny a open EACCES file2
{
	echo "0 chdir $W"
	for _ in $(seq 30); do
		echo "0 chdir $name"
	done
	echo "EACCES open rd file2"
	echo "0 chdir /"
} >"$TMPDIR/deep"
calls <"$TMPDIR/deep"
ctl clear a

# A name too long is the VFS's to refuse: nobody is asked.
flush
fs ENAMETOOLONG mkdir "$W/$(printf 'n%.0s' $(seq 256))"
no_records
ctl unregister a
rfs_end
