#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: the demos print paths longer than PATH_MAX in full
# fs: ext4
# timeout: 400
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree
mkdir "$tree"
load redirfs urfs
logflt --name text --priority 1 --ops unlink "$tree" >"$TMPDIR/text" 2>&1 &
demos=($!)
logflt --name json --priority 2 --ops unlink --json "$tree" >"$TMPDIR/json" 2>&1 &
demos+=($!)
udummyflt --name dummy --priority 3 "$tree" >"$TMPDIR/dummy" 2>&1 &
demos+=($!)
denyflt --name deny --priority 4 --deny unlink --errno EROFS "$tree" >"$TMPDIR/deny" 2>&1 &
demos+=($!)
for name in text json dummy deny; do
	ready $name
done
python3 - "$tree" <<'P' || die "the deep directory"
import errno, os, sys
os.chdir(sys.argv[1])
for n in range(20):
    # one byte of each name is printed as four
    name = "d" * 249 + "\x01"
    os.mkdir(name)
    os.chdir(name)
open("end", "w").close()
try:
    os.unlink("end")
    sys.exit("it could be deleted")
except OSError as e:
    assert e.errno == errno.EROFS, e
P
kill -TERM "${demos[@]}"
ended "${demos[@]}"
python3 - "$tree" "$TMPDIR" <<'P' || die "a path is not as it should be"
import json, sys
tree, tmp = sys.argv[1:]
path = tree + ("/" + "d" * 249 + "\x01") * 20 + "/end"
shown = '"' + path.replace("\x01", "\\001") + '"'
assert len(path) > 5000
def lines(name):
    return open(tmp + "/" + name, encoding="utf-8").read().splitlines()
assert [l for l in lines("text") if " unlink " + shown + " EROFS" in l], lines("text")
assert [l for l in lines("json") if json.loads(l)["path"] == path], lines("json")
assert [l for l in lines("deny") if l.startswith("denied unlink " + shown + " to pid ")], lines("deny")
for when in "pre", "post":
    assert [l for l in lines("dummy") if l.startswith("dummy: " + when + " unlink: first: path=" + shown + " ")], \
        [l for l in lines("dummy") if "unlink" in l]
assert not [l for l in lines("dummy") if "path=-" in l]
P
no_filters
unload
