#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: dpkg -x: a package with links of both kinds, modes, owners and times is unpacked, packed again and compared
# needs: dpkg-deb tar
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 900
set -eu
# shellcheck source=tests/conformance/lib.sh
. "$SRC/tests/conformance/lib.sh"

prepare() {
	local n
	mkdir -p p/DEBIAN p/usr/share/doc/p p/usr/lib/p/empty p/etc
	printf 'Package: p\nVersion: 1\nArchitecture: all\nMaintainer: p <p@p>\nDescription: p\n' >p/DEBIAN/control
	for ((n = 0; n < 12 * N; n++)); do
		printf 'file %d\n%*d\n' "$n" $((n * 137 % 9000)) "$n" >p/usr/share/doc/p/f$n
	done
	head -c 300000 "$BUILD/bin/fcdlctl" >p/usr/lib/p/large
	ln p/usr/lib/p/large p/usr/lib/p/same
	ln -s large p/usr/lib/p/soft
	ln -s nowhere/at/all p/usr/lib/p/broken
	chmod 4755 p/usr/lib/p/large
	chmod 600 p/usr/share/doc/p/f1
	chmod 1777 p/usr/lib/p/empty
	chown 33:44 p/usr/share/doc/p/f2
	find p -exec touch -h -d @1000000000 {} +
	touch -d @1234567890.5 p/usr/share/doc/p/f3
	dpkg-deb -Zgzip --build p p.deb >/dev/null
}

work() {
	dpkg -x "$INPUT/p.deb" one
	# and over what is there, which gives some folders the time of now
	dpkg -x "$INPUT/p.deb" two
	dpkg -X "$INPUT/p.deb" two | sort
	tar -C one --sort=name --numeric-owner --mtime=@0 -cf - . | cksum
	tar -C one --sort=name --numeric-owner -cf packed.tar .
	mkdir three
	tar -C three -xpf packed.tar
	diff -r --no-dereference one three
	cp -a three four
	find four -name 'f*7' -delete
	rm -r two
}

# dpkg-deb packs links last, so that their folder has the time of now, also in the archive
TIMES=('one/*/f*' 'three/*/f*' 'four/*/f*' 'one/usr/lib/p/*' 'three/usr/lib/p/*' 'four/usr/lib/p/*' 'one/usr/share' 'one/etc')
SKIP=(packed.tar)
conform
