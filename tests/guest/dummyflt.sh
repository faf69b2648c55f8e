#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: one source, both worlds: dummyflt.ko and udummyflt print the same for the same operations
# fs: ext4
# load: redirfs urfs
# uses: fsop
# timeout: 240
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"

tree=$T/tree out=/tmp/udummyflt.out
fsop=$BUILD/guest/helper/fsop
mkdir "$tree"
dmesg_mark
load dummyflt path="$tree" priority=10

udummyflt --name udummyflt --priority 20 "$tree" >"$out" 2>&1 &
handler=$!
wait_for 'fcdlctl list --json | grep -q "\"name\": *\"udummyflt\""' 20 || die "udummyflt did not begin: $(cat "$out")"
wait_for 'fcdlctl list | grep udummyflt | grep -q " yes .* ok "' 20 || die "udummyflt is not ready: $(fcdlctl list)"

# one thread of one process after another: the order is then the same in both
(
	cd "$tree"
	echo hello >file
	cat file
	cp /bin/true program
	./program
	printf '#!/bin/sh\nexit 0\n' >script
	chmod 755 script
	./script
	mkdir dir
	mv file dir/renamed
	ln dir/renamed dir/second
	ln -s ../anywhere dir/symlink
	mknod dir/node c 1 3
	mkfifo dir/fifo
	chown 1:2 dir/renamed
	chmod 600 dir/renamed
	truncate -s 100 dir/renamed
	touch -d '2001-02-03 04:05:06' dir/renamed
	: >dir/renamed
	rm dir/missing || true
	mkdir dir || true
	rmdir dir || true
	touch $'line\nbreak' $'\377\376invalid' 'space and "quotes"' "$(printf '%0255d' 0)"
	"$fsop" rename dir/renamed dir/second exchange || true
	"$fsop" open tmpfile+wr . 600 || true
	rm -r ./*
) >/dev/null 2>&1

# the last lines may still be on their way, since nobody waits for those about a release: it prints them before it ends
kill -TERM $handler
wait $handler || die "udummyflt ended with $?"
unload dummyflt

# The kernel's log has a time in front and cuts long lines; both have the filter's name.
dmesg_since | sed -n 's/^\[[^]]*\] dummyflt: //p' | cut -c 1-800 >/tmp/kernel.lines
sed -n 's/^udummyflt: //p' "$out" | cut -c 1-800 >/tmp/user.lines
n=$(wc -l </tmp/kernel.lines)
echo "$n lines"
[ "$n" -gt 100 ] || die "only $n lines: $(head -n 5 "$out")"
for op in create mkdir mknod symlink link unlink rmdir rename setattr open release; do
	grep -q "post $op:" /tmp/user.lines || die "nothing was printed about $op"
done
# after the operation the two run in the other order, and lines of one callback stay together
sort /tmp/kernel.lines >/tmp/kernel.sorted
sort /tmp/user.lines >/tmp/user.sorted
diff /tmp/kernel.sorted /tmp/user.sorted >/tmp/diff || die "they differ (< kernel, > user): $(head -n 20 /tmp/diff)"
grep '^pre' /tmp/kernel.lines >/tmp/kernel.pre
grep '^pre' /tmp/user.lines >/tmp/user.pre
cmp /tmp/kernel.pre /tmp/user.pre || die "the order of what came before differs"
