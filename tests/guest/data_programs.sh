#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: programs work as ever in a directory under scrambleflt, and its files are scrambled; those that map files say so
# fs: ext4 xfs btrfs tmpfs overlay
# load: redirfs urfs
# uses: fsop datafsx
# needs: tar gzip rsync sqlite3 ed vim git dpkg-deb
# timeout: 400
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

datafsx=$BUILD/guest/helper/datafsx
in=$T/in out=$T/out
mkdir "$in" "$out"
scrambleflt "$in" >"$TMPDIR/scrambleflt" 2>&1 &
handler=$!
ready scrambleflt

# work DIR: the same in a directory under the filter and in one that is not; whatever fails ends it
work() (
	set -e
	cd "$1"
	export GIT_CONFIG_GLOBAL=/dev/null HOME=$TMPDIR
	mkdir src src/deb src/deb/DEBIAN src/deb/opt
	printf 'The quick brown fox\n' >src/text
	head -c 300000 "$BUILD/bin/fcdlctl" >src/big
	truncate -s 1M src/sparse
	printf 'Package: t\nVersion: 1\nArchitecture: all\nMaintainer: t <t@t>\nDescription: t\n' >src/deb/DEBIAN/control
	cp src/big src/deb/opt/big
	ln src/big src/linked

	cp -a src copied
	cp --reflink=auto --sparse=always src/sparse sparse
	echo more | cat src/text - >>copied/text

	tar -cf all.tar --sort=name --mtime=@0 src
	mkdir untarred
	tar -xf all.tar -C untarred
	tar -czf all.tgz src
	tar -tzf all.tgz >list
	rm all.tgz

	rsync -a src/ synced/
	printf 'jumps\n' >>src/text
	rsync -a --inplace --no-whole-file --checksum src/ synced/

	sqlite3 data.db >answers <<-E
		PRAGMA journal_mode = DELETE;
		PRAGMA journal_mode;
		CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT);
		BEGIN;
		WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 500)
		INSERT INTO t SELECT n, 'row ' || n || hex(zeroblob(100)) FROM k;
		COMMIT;
		BEGIN;
		UPDATE t SET s = 'lost';
		ROLLBACK;
		DELETE FROM t WHERE n % 3 = 0;
		VACUUM;
		SELECT count(*), sum(n), min(s) FROM t;
		PRAGMA integrity_check;
	E
	[ "$(tail -n 1 answers)" = ok ]
	[ ! -e data.db-journal ]

	sed -i 's/quick/slow/' src/text
	printf '2i\nin between\n.\nwq\n' | ed -s src/text
	vim -u NONE -i NONE -e -s -c '%s/fox/dog/' -c 'wq' src/text
	[ "$(<src/text)" = $'The slow brown dog\nin between\njumps' ]

	dpkg-deb --root-owner-group --build src/deb t.deb
	dpkg -x t.deb unpacked
	rm t.deb
	cmp unpacked/opt/big src/big
	sort -r src/text >sorted
	grep -c o src/text >>sorted
	mv sorted src/sorted
	tail -c 1000 src/big | gzip -n >tail.gz
	gzip -dc tail.gz >ending
	sync -f .
)

work "$out" >"$TMPDIR/said" 2>&1 || die "programs fail on plain files: $(tail -n 5 "$TMPDIR/said")"
work "$in" >"$TMPDIR/said" 2>&1 || die "programs fail under the filter: $(tail -n 5 "$TMPDIR/said")"
diff -r "$out" "$in" >"$TMPDIR/said" || die "they did something else: $(head -n 5 "$TMPDIR/said")"

# --- what cannot be: mapping, and so programs that map files, and programs as such ---
fs 0 open rdwr "$in/src/text" as x
fs ENODEV mmap x rd
fs ENODEV mmap x wr
fs 0 close x
! git -C "$in/src" init >"$TMPDIR/said" 2>&1 || ! git -C "$in/src" add text >>"$TMPDIR/said" 2>&1 ||
	! git -C "$in/src" -c user.name=t -c user.email=t@t commit -m t >>"$TMPDIR/said" 2>&1 ||
	! git -C "$in/src" status >>"$TMPDIR/said" 2>&1 || die "git did not map anything: $(<"$TMPDIR/said")"
grep -q "No such device" "$TMPDIR/said" || die "git said: $(<"$TMPDIR/said")"
rm -rf "$in/src/.git"
cp /bin/true "$in/program"
chmod 755 "$in/program"
fs ENOEXEC exec "$in/program"
printf '#!/bin/sh\necho a script\n' >"$in/script"
chmod 755 "$in/script"
[ "$("$in/script")" = "a script" ] || die "a script does not run"
rm "$in/program" "$in/script"

# --- without the filter: each file is scrambled ---
kill -TERM $handler
ended $handler
no_filters
files=0
while IFS= read -r f; do
	"$datafsx" --raw nibbles "$out/$f" "$in/$f" >"$TMPDIR/said" || die "$f: $(<"$TMPDIR/said")"
	files=$((files + 1))
done < <(cd "$out" && find . -type f -size +0)
echo "$files files are scrambled"
[ $files -gt 20 ] || die "only $files files"
