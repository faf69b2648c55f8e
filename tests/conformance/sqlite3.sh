#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: sqlite3: transactions, rollbacks, two processes on one database, VACUUM
# packages: sqlite3
# needs: sqlite3
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 900
set -eu
# shellcheck source=tests/conformance/lib.sh
. "$SRC/tests/conformance/lib.sh"

script() {
	cat <<-E
		.bail on
		PRAGMA cell_size_check = ON;
		CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT, b BLOB);
		CREATE INDEX i ON t (s);
		BEGIN;
		WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < $((300 * N)))
		INSERT INTO t SELECT n, 'row ' || (n * 7919 % 10007), zeroblob(n % 300) FROM k;
		COMMIT;
		BEGIN;
		UPDATE t SET s = 'lost';
		ROLLBACK;
		SAVEPOINT one;
		DELETE FROM t WHERE n % 3 = 0;
		SAVEPOINT two;
		DELETE FROM t;
		ROLLBACK TO two;
		RELEASE one;
		SELECT count(*), sum(n), min(s), max(s), sum(length(b)) FROM t;
		VACUUM;
		PRAGMA integrity_check;
	E
}

work() {
	local n pids=()
	script | sqlite3 delete.db 2>&1
	{ echo 'PRAGMA journal_mode = PERSIST;' && script; } | sqlite3 persist.db 2>&1
	sqlite3 delete.db .dump | cksum
	for n in 1 2; do
		seq 1 $((4 * N)) | sed "s/.*/INSERT INTO t (s) VALUES ('from $n, &');/;1i.timeout 120000" | sqlite3 delete.db 2>&1 &
		pids+=($!)
	done
	wait "${pids[0]}"
	wait "${pids[1]}"
	sqlite3 delete.db "SELECT s FROM t WHERE s LIKE 'from%' ORDER BY s; PRAGMA integrity_check;" 2>&1
}

# in which order two processes came to write is theirs; a journal that stays has a random number
SKIP=(delete.db persist.db-journal)
conform
