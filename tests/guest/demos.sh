#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: denyflt and logflt: what they deny and print, options, errors with a way out, exit codes, signals
# fs: ext4
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree
mkdir "$tree"

# code N PATTERN COMMAND...: exits with N and says PATTERN
code() {
	local want=$1 pattern=$2 said rc=0
	shift 2
	said=$("$@" 2>&1) || rc=$?
	[ $rc -eq "$want" ] || die "'$*' ended with $rc, not $want: $said"
	[[ $said == *$pattern* ]] || die "'$*' said: $said; expected: $pattern"
}

# --- without the module ---
for demo in logflt "denyflt --deny namespace" udummyflt; do
	# shellcheck disable=SC2086 # a command and its arguments
	code 1 "modprobe urfs" $demo "$tree"
done

load redirfs urfs

# --- command lines ---
for demo in logflt denyflt udummyflt; do
	code 0 "Usage: $demo" $demo --help
	code 2 "no PATH given" $demo
	code 2 "Try '$demo --help'" $demo --nonsense
	code 2 "is not a priority" $demo --priority x "$tree"
	code 2 "is not a number of threads" $demo --threads 0 "$tree"
done
code 2 "--deny" denyflt "$tree"
code 2 "'release' is not an operation that can be denied" denyflt --deny unlink,release "$tree"
code 2 "'EFOO' is not an error" denyflt --deny unlink --errno EFOO "$tree"
code 2 "there is no user 'nobody-here'" denyflt --deny unlink --uid nobody-here "$tree"
code 2 "No such file" denyflt --deny unlink --exe /no/such "$tree"
code 2 "'permission' is not an operation" logflt --ops permission "$tree"
code 1 "No such file" logflt "$tree/missing"
code 1 "cannot be filtered" logflt /proc
code 1 "1 to 31 letters" logflt --name 'a b' "$tree"
[ "$(fcdlctl list --json | grep -c '"name"')" = 0 ] || die "a filter was left: $(fcdlctl list)"
setpriv --reuid 1000 --clear-groups -- env LD_LIBRARY_PATH="$LD_LIBRARY_PATH" "$BUILD/bin/logflt" "$tree" >/tmp/said 2>&1 &&
	die "not root, and it ran"
grep -q 'Only root may filter' /tmp/said || die "not root: $(cat /tmp/said)"

# --- logging and denying ---
logflt --json "$tree" >/tmp/json 2>&1 &
json=$!
logflt --name plain --priority 101 "$tree" >/tmp/plain 2>&1 &
plain=$!
denyflt --deny unlink,rename --errno EROFS --uid 1000 "$tree" >/tmp/deny 2>&1 &
deny=$!
for name in logflt plain denyflt; do
	ready $name
done
code 1 "taken" logflt --priority 7 "$tree"
code 1 "taken" logflt --name third --priority 101 "$tree"
fcdlctl list | grep '^denyflt ' | grep -q 'deny:EROFS.*deny:EROFS.*deny:EROFS' || die "its defaults: $(fcdlctl list)"

chmod 777 "$tree"
echo x >"$tree/file"
mv "$tree/file" "$tree/a \"b"$'\n'
as_user() {
	setpriv --reuid 1000 --clear-groups -- "$@"
}
expect_errno EROFS as_user rm -f "$tree/a \"b"$'\n'
as_user touch "$tree/mine"
expect_errno EROFS as_user mv "$tree/mine" "$tree/yours"
rm "$tree/mine"
mkdir "$tree/$(printf '\377')"
ln -s /etc/passwd "$tree/link"
chmod 711 "$tree/a \"b"$'\n'
# what is still queued is printed before they end
kill -TERM $json $plain $deny
ended $json $plain $deny
no_filters

cat /tmp/plain /tmp/deny
grep -q 'denied unlink ".*/tree/a \\042b\\012" to pid [0-9]* ("rm") of uid 1000: EROFS' /tmp/deny || die "denied: $(cat /tmp/deny)"
grep -q 'denied rename ".*/tree/mine" ".*/tree/yours"' /tmp/deny || die "denied: $(cat /tmp/deny)"
grep -q 'is denied with EROFS' /tmp/deny || die "it does not say what it does when it cannot answer"
grep -q 'pid=[0-9]* uid=1000 "rm" unlink ".*tree/a \\042b\\012" EROFS$' /tmp/plain || die "the log lacks the denied unlink"
grep -q '"mv" rename ".*tree/file" -> ".*tree/a \\042b\\012" ok$' /tmp/plain || die "the log lacks the rename"
grep -q 'uid=0 "mkdir" mkdir ".*tree/\\377" ok$' /tmp/plain || die "the log lacks the mkdir"
grep -q ' symlink ".*tree/link" -> "/etc/passwd" ok$' /tmp/plain || die "the log lacks the symlink"
! command -v python3 >/dev/null || python3 - /tmp/json <<'P' || die "the JSON is not as it should be"
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1], encoding="utf-8")]
denied = [l for l in lines if l["op"] == "unlink" and l["result"] < 0]
assert len(denied) == 1 and denied[0]["error"] == "EROFS" and denied[0]["uid"] == 1000, denied
assert denied[0]["path"].endswith('/tree/a "b\n') and denied[0]["exe"].endswith("rm"), denied
raw = [l for l in lines if "path_hex" in l]
assert raw and bytes.fromhex(raw[0]["path_hex"]).endswith(b"/tree/\xff"), raw
changed = [(l["path"], l["new_mode"] & 0o7777) for l in lines if l["what"] == "chmod"]
tree = changed[0][0]
assert changed == [(tree, 0o777), (tree + '/a "b\n', 0o711)], changed
assert any(l.get("target") == "/etc/passwd" for l in lines)
assert any(l.get("path2", "").endswith('a "b\n') for l in lines)
P

# --- SIGINT, and a handler that is killed ---
denyflt --deny unlink "$tree" >/dev/null &
deny=$!
ready denyflt
touch "$tree/last"
expect_errno EPERM rm -f "$tree/last"
# a shell without job control starts it with SIGINT ignored, which the demo overrides
kill -INT $deny
wait $deny || die "SIGINT: $?"
rm "$tree/last"
denyflt --deny unlink "$tree" >/dev/null &
deny=$!
ready denyflt
kill -KILL $deny
wait $deny || true
wait_for '! fcdlctl list | grep -q ^denyflt' 10 || die "a dead handler's filter stays"
touch "$tree/last"
rm "$tree/last"
unload
