#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: one source, both worlds: dummyflt.ko and udummyflt print the same, in the same order, for every operation
# fs: ext4 xfs overlay
# load: redirfs urfs
# uses: fsop fusefs
# needs: module:fuse fusermount3
# timeout: 300
set -eu
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree fuse=$TMPDIR/fuse out=$TMPDIR/user.out log=$TMPDIR/kernel.out
fsop=$BUILD/guest/helper/fsop
mkdir "$tree" "$fuse" "$TMPDIR/base"
paths=("$tree")
# locks and atomic_open are operations of fuse, which needs to be seen once only
if [ "$FS" = ext4 ]; then
	"$BUILD/guest/helper/fusefs" "$TMPDIR/base" "$fuse"
	paths+=("$fuse")
fi

# The kernel keeps less of its log than this makes, so somebody reads it meanwhile; a reader that is too slow ends.
dmesg_mark
cat /dev/kmsg >"$log" &
reader=$!
load dummyflt path="$(
	IFS=,
	echo "${paths[*]}"
)" priority=10

udummyflt --name udummyflt --priority 20 "${paths[@]}" >"$out" 2>&1 &
handler=$!
ready udummyflt

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
	ln -s "$(printf './%.0s' {1..100})program" long
	cat long
) >/dev/null 2>&1

# what is done to open files, and what only looks
"$fsop" - >"$TMPDIR/said" <<E
open rdwr+creat $tree/data as x
write x 0123456789
pwrite x ab 5
pread x 4 3
pread x 4 100
badread x
nowait x 4 0
aioread x 4096
uread x 10 0
uwrite x cde 7
splice abc x
sendfile x 100
lseek x 3 0
lseek x -5 0
fallocate 8192 x
fsync x
fdatasync x
mmap x rd
mmap x wr
open wr+append $tree/data as end
write end z
stat $tree/data
stat $tree/nothing
version x
chattr x 64
chattr x 0
setxattr $tree/data trusted.a value
getxattr $tree/data trusted.a
getxattr $tree/data trusted.nothing
listxattr $tree/data
removexattr $tree/data trusted.a
setacl $tree/data access 7 4
getacl $tree/data access
readlink $tree/long
open rd $tree/dir as d
readdir d
open rdwr+creat $tree/other as y
copyrange x y 10
clone x y
flock x ex
lock x
unlock x
close y
close d
close end
close x
E
if [ "$FS" = ext4 ]; then
	"$fsop" - >>"$TMPDIR/said" <<-E
		open rdwr+creat $fuse/f as x
		write x abc
		flock x ex
		lock x
		unlock x
		close x
		open rd $fuse/f as x
		close x
		unlink $fuse/f
	E
	umount "$fuse"
fi
rm -r "${tree:?}"/*

# the last lines may still be on their way, since nobody waits for those about a release: it prints them before it ends
kill -TERM $handler
ended $handler
unload dummyflt
echo "urfs: that is all" >/dev/kmsg
wait_for "! kill -0 $reader 2>/dev/null || grep -q 'urfs: that is all' '$log'" 60 || die "the kernel's log does not end"
kill $reader || die "the kernel's log was lost; $(wc -l <"$log") lines of it were read"

# The kernel's log cuts long lines, and is read with a head before each and with backslashes written as numbers.
sed "1,/$DMESG_MARK\$/d" "$log" | sed -n 's/\\x5c/\\/g; s/^[^;]*;dummyflt: //p' | cut -c 1-800 >/tmp/kernel.lines
sed -n 's/^udummyflt: //p' "$out" | cut -c 1-800 >/tmp/user.lines
n=$(wc -l </tmp/kernel.lines)
echo "$n lines"
[ "$n" -gt 1000 ] || die "only $n lines: $(head -n 5 "$out")"
all="lookup create mkdir mknod symlink link unlink rmdir rename setattr getattr setxattr getxattr removexattr listxattr
	set_acl get_acl fileattr_set open release read write readdir mmap fsync fallocate llseek"
case $FS in
ext4) all+=" tmpfile readlink ioctl atomic_open flush lock" ;;
xfs) all+=" tmpfile ioctl remap_range" ;;
overlay) all+=" copy_range flush" ;;
esac
for op in $all; do
	grep -q "post $op:" /tmp/user.lines || die "nothing was printed about $op"
done
# Who closes files by exiting cannot wait for a handler, which is told of none of it: only what fsop closed counts.
if [ "$FS" = overlay ]; then
	for world in kernel user; do
		grep -c "flush: first: path=\".*/data\"" /tmp/$world.lines >/tmp/$world.flushed || die "no flush in the $world"
		sed -i '/^p[a-z]* flush:/d' /tmp/$world.lines
	done
	cmp /tmp/kernel.flushed /tmp/user.flushed || die "flush: $(<"/tmp/kernel.flushed") lines, $(<"/tmp/user.flushed") lines"
fi
diff /tmp/kernel.lines /tmp/user.lines >/tmp/diff || die "they differ (< kernel, > user): $(head -n 20 /tmp/diff)"

# only what is asked for
udummyflt --ops unlink,access --name udummyflt "$tree" >"$out" 2>&1 &
handler=$!
ready udummyflt
"$fsop" - >/dev/null <<E
open rdwr+creat $tree/f as x
pread x 1 0
unlink $tree/f
E
kill -TERM $handler
ended $handler
seen=$(sed -n 's/^udummyflt: [a-z]* \([a-z_]*\):.*/\1/p' "$out" | sort -u | xargs)
[[ " $seen " == *" read "* && " $seen " == *" unlink "* ]] || die "--ops unlink,access printed: $seen"
[[ " $seen " != *" open "* && " $seen " != *" create "* ]] || die "--ops unlink,access printed: $seen"
! udummyflt --ops unlink,nonsense "$tree" >"$out" 2>&1 || die "nonsense was taken for an operation"
grep -q "'unlink,nonsense' is not a list of operations" "$out" || die "nonsense: $(<"$out")"
! insmod "$KMODS/dummyflt.ko" path="$tree" ops=nonsense 2>"$out" || die "nonsense was taken for an operation"
no_filters
