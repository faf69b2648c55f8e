#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl log as a service: every field of an entry, as in JSON, comes out of journalctl; journald is no loop; its end
# fs: ext4
# init: systemd
# uses: fsop
# needs: systemctl journalctl python3
# timeout: 180
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/fcdlctl_log.sh
. "$SRC/tests/guest/helper/fcdlctl_log.sh"

UNITS=/run/urfs/units ENTRIES=$W/entries

# entries FILTER...: what the journal has of these, all of each entry, into $ENTRIES
entries() {
	journalctl --sync
	journalctl --quiet --all --output json -t fcdl "$@" >"$ENTRIES"
}

# in_journal FILTER...: it comes to have an entry
in_journal() {
	journalctl --quiet -t fcdl -n 1 "$@" >"$OUT" && [ -s "$OUT" ]
}
entered() {
	wait_for "in_journal $(printf '%q ' "$@")" 30 || die "the journal lacks $*: $(journalctl -n 30)"
}

# same_fields FILE KEY...: $ENTRIES are the objects in FILE, each with every member, but for KEY; names by their bytes
same_fields() {
	python3 - "$ENTRIES" "$@" <<-'PY' || die "the journal differs from $1"
		import base64, json, sys

		def flat(name, value, into):
		    if isinstance(value, dict):
		        for key, member in value.items():
		            if key + "_base64" in value:
		                member = base64.b64decode(value[key + "_base64"])
		            if not key.endswith("_base64"):
		                flat(name + "_" + key.upper(), member, into)
		    elif isinstance(value, list):
		        for member in value:
		            flat(name, member, into)
		    elif value is not None:
		        text = value if isinstance(value, (bytes, str)) else json.dumps(value)
		        into.append((name, text if isinstance(text, bytes) else text.encode()))

		def of_journal(entry):
		    fields = []
		    for key, value in entry.items():
		        if key.startswith("FCDL_"):
		            # bytes that are no text are numbers, a field that is there twice is a list
		            several = isinstance(value, list) and not isinstance(value[0], int)
		            for one in value if several else [value]:
		                fields.append((key, bytes(one) if isinstance(one, list) else one.encode()))
		    for key, want in (("SYSLOG_IDENTIFIER", "fcdl"), ("PRIORITY", "6" if entry["FCDL_TYPE"] == "event" else "4")):
		        if entry[key] != want:
		            sys.exit(f"{key} is {entry[key]}: {entry}")
		    if not entry["MESSAGE_ID"] or not entry["MESSAGE"]:
		        sys.exit(f"no message: {entry}")
		    return fields

		def of_json(line):
		    fields = []
		    flat("FCDL", json.loads(line), fields)
		    return fields

		without = {"FCDL_" + key.upper() for key in sys.argv[3:]}
		def all_of(name, read):
		    with open(name, encoding="utf-8") as lines:
		        return [sorted(f for f in read(line) if f[0] not in without) for line in lines]

		got = all_of(sys.argv[1], lambda line: of_journal(json.loads(line)))
		wanted = all_of(sys.argv[2], of_json)
		if len(got) != len(wanted) or not wanted:
		    sys.exit(f"{len(got)} entries for {len(wanted)} objects")
		for mine, other in zip(got, wanted):
		    if mine != other:
		        sys.exit(f"only in the journal: {set(mine) - set(other)}; only in JSON: {set(other) - set(mine)}")
		print(len(got), "entries,", sum(map(len, got)), "fields")
	PY
}

[ "$(</proc/1/comm)" = systemd ] || die "init is $(</proc/1/comm)"
sed "s|@PREFIX@/sbin|$SRC/build/bin|" "$SRC/fcdlctl/fcdl-log.service.in" >$UNITS/fcdl-log.service
# the service asks for the module by its name, which depmod has not heard of
mkdir -p /run/modprobe.d
echo "install fcdl insmod $KMODS/redirfs.ko; insmod $KMODS/fcdl.ko" >/run/modprobe.d/urfs.conf
# however the test ends: the harness does not look for services
trap 'systemctl stop fcdl-log' EXIT
fs 0 mkdir "$T/w"
long=$(printf '\\377%.0s' {1..240})

# --- the service, beside one that writes JSON: the same events, but for when each was recorded ---
echo "FCDL_LOG='--format=journal --failed $T/w'" >/etc/default/fcdl-log
systemctl daemon-reload
systemctl start fcdl-log || die "it does not start: $(journalctl -n 30)"
# it is there when systemctl comes back, and so is the first rule
begin --json --failed "$T/w"
logged '"what":"run"'
entries FCDL_TYPE=note
same_fields "$LOG" time time_ns
fs 0 mkdir "$T/w/\\303\\244\\012\\011\\042x"
fs 0 symlink "to\\377\\177" "$T/w/\\377\\376\\012"
fs 0 open wr+creat "$T/w/f" 600
fs 0 chmod 400 "$T/w/f"
fs ENOTEMPTY rmdir "$T/w"
fs 0 chdir "$T/w"
for _ in {1..18}; do
	fs 0 mkdir "$long"
	fs 0 chdir "$long"
done
fs 0 mkdir a
fs 0 rename a "$long"
fs 0 chdir "$T"
fs 0 rename "$T/w/f" "$T/w/last"
logged '/last"'
entered FCDL_OP=rename "FCDL_PATH2=$T/w/last"
entries
same_fields "$LOG" time time_ns
stop 0 TERM
[ "$(systemctl show -P LogRateLimitIntervalUSec fcdl-log)" = 0 ] || die "journald may drop what it says"
systemctl stop fcdl-log
[ "$(systemctl show -P Result fcdl-log)" = success ] || die "the service failed: $(journalctl -n 30)"

# --- a capture: every member, and what is lost ---
begin --output "$W/raw" --format raw --ring 64K --op all "$T/w"
kill -STOP "$PID"
"$FSOP" burst "$T/w" 300 >"$OUT"
kill -CONT "$PID"
stop 0 TERM
mark=$(date +%s)
wait_for "[ \$(date +%s) -gt $mark ]" 10
fcdlctl replay --json "$W/raw" >"$W/json" 2>"$ERR"
grep -q '"type":"lost"' "$W/json" || die "nothing was lost"
fcdlctl replay --format journal "$W/raw" 2>"$ERR" || die "replay: $(<"$ERR")"
entries --since "@$((mark + 1))"
same_fields "$W/json"

# --- all that is mounted, with the journal's own files: journald is at work there, and is not told of it ---
rm /etc/default/fcdl-log
begin --json /run/log/journal
systemctl start fcdl-log || die "it does not start: $(journalctl -n 30)"
for _ in 1 2 3; do
	journalctl --rotate
done
fs 0 mkdir "$T/w/all"
entered "FCDL_PATH=$T/w/all"
entries FCDL_TYPE=event
grep -q "all\"" "$ENTRIES" || die "not among the entries: $(<"$ENTRIES")"
! grep -m 1 '"FCDL_EXE":"[^"]*/systemd-journald"' "$ENTRIES" || die "journald is told of what it does"
# it did something that could be told
logged '"exe":"/usr/lib/systemd/systemd-journald"'
stop 0 TERM

# --- the journal goes away: the service ends, and its word for it is its exit code ---
lib=$(realpath /usr/lib/x86_64-linux-gnu/libsystemd.so.0)
mount --bind /dev/null "$lib"
fc 1 log --format journal "$T/w"
umount "$lib"
says "libsystemd.so.0"
fcdlctl log --format journal "$T/w" 2>"$ERR" &
PID=$!
entered "FCDL_PATH=$T/w" FCDL_WHAT=set_path "_PID=$PID"
systemctl stop systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service fcdl-log
rm /run/systemd/journal/socket
fs 0 mkdir "$T/w/unheard"
ended 1
says "/run/systemd/journal/socket: no such file" "is systemd-journald running?"
systemctl start systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service
rmmod fcdl redirfs
