#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: sqlite3 with a write-ahead log: a reader beside a writer, checkpoints; its index is shared by mapping
# packages: sqlite3
# needs: sqlite3
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 900
set -eu
# shellcheck source=tests/conformance/lib.sh
. "$SRC/tests/conformance/lib.sh"

work() {
	local reader
	sqlite3 wal.db 2>&1 <<-E
		.bail on
		PRAGMA journal_mode = WAL;
		CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT);
		INSERT INTO t VALUES (0, 'first');
	E
	sqlite3 wal.db ".timeout 120000" "SELECT min(s) FROM t WHERE n = 0;" >reader.out 2>&1 &
	reader=$!
	{
		echo '.timeout 120000'
		seq 1 $((30 * N)) | sed "s/.*/INSERT INTO t VALUES (&, 'row &');/"
	} | sqlite3 wal.db 2>&1
	wait $reader
	cat reader.out
	sqlite3 wal.db 'PRAGMA wal_checkpoint(TRUNCATE); SELECT count(*), sum(n), max(s) FROM t; PRAGMA integrity_check;' 2>&1
	sqlite3 wal.db .dump | cksum
}

# when pages go from the log to the database depends on who is there
SKIP=(wal.db)
SCRAMBLE='disk I/O error: the index of the log is shared by mapping it'
conform
