#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: one source, both worlds: denyflt.ko and denyflt deny the same names, operations, callers, and print the same
# fs: ext4 btrfs overlay
# timeout: 300
# uses: fsop
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

tree=$T/tree out=$TMPDIR/out
patterns=('*.key' 'secret?' '[a-c]x' '[!0-9]q' '\*' '[x' '*a*b*c' '[]-]z')
load redirfs urfs
mkdir "$tree"

# begin WORLD DENY ERRNO UID EXE PATTERN...: what is denied, in the kernel or by a process; "-" stands for anybody
begin() {
	local world=$1 deny=$2 errno=$3 uid=$4 exe=$5 args=() pattern words=
	shift 5
	if [ "$world" = kernel ]; then
		args=("deny=$deny" "errno=$errno" "path=$tree")
		[ "$uid" = - ] || args+=("uid=$uid")
		[ "$exe" = - ] || args+=("exe=$exe")
		for pattern; do
			words+=,$pattern
		done
		[ -z "$words" ] || args+=("pattern=${words#,}")
		dmesg_mark
		load denyflt "${args[@]}"
	else
		args=(--deny "$deny" --errno "$errno")
		[ "$uid" = - ] || args+=(--uid "$uid")
		[ "$exe" = - ] || args+=(--exe "$exe")
		for pattern; do
			args+=(--pattern "$pattern")
		done
		denyflt "${args[@]}" "$tree" >"$out" 2>&1 &
		handler=$!
	fi
	ready denyflt
}

# end WORLD NAME: what it printed is in $TMPDIR/NAME.WORLD
end() {
	if [ "$1" = kernel ]; then
		unload denyflt
		dmesg_since | sed -n 's/^.*denyflt: \(denied .*\): -\(E[A-Z]*\)$/\1: \2/p' >"$TMPDIR/$2.$1"
	else
		kill -TERM "$handler"
		ended "$handler"
		grep '^denied ' "$out" >"$TMPDIR/$2.$1"
	fi
}

# same NAME COUNT: both worlds printed the same lines, so many
same() {
	diff "$TMPDIR/$1.kernel" "$TMPDIR/$1.user" >"$TMPDIR/diff" || die "$1: they differ (< kernel, > user): $(<"$TMPDIR/diff")"
	[ "$(wc -l <"$TMPDIR/$1.user")" -eq "$2" ] || die "$1: not $2 were denied: $(<"$TMPDIR/$1.user")"
}

# refused PATTERN COMMAND...: it does not begin, and says why
refused() {
	local pattern=$1
	shift
	dmesg_mark
	if "$@" >"$TMPDIR/said" 2>&1; then
		die "'$*' began"
	fi
	dmesg_since >>"$TMPDIR/said"
	grep -q -- "$pattern" "$TMPDIR/said" || die "'$*' said: $(<"$TMPDIR/said")"
}

# the same calls twice, each with what it must give: WANTED CALL...
cat >"$TMPDIR/calls" <<E
# the last part of a name, and nothing else of the path
EROFS mkdir $tree/x.key
EROFS mkdir $tree/.key
EROFS mkdir $tree/with\\001byte.key
0 mkdir $tree/x.keys
0 mkdir $tree/x.Key
0 mkdir $tree/dir.key/inside
EROFS mkdir $tree/dir.key/inside/x.key
# each kind of pattern
EROFS mkdir $tree/secret1
0 mkdir $tree/secret
0 mkdir $tree/secret12
EROFS mkdir $tree/bx
0 mkdir $tree/dx
EROFS mkdir $tree/aq
0 mkdir $tree/3q
EROFS mkdir $tree/*
0 mkdir $tree/y
EROFS mkdir $tree/[x
0 mkdir $tree/[
EROFS mkdir $tree/abxbabc
EROFS mkdir $tree/1a2b3c4c
0 mkdir $tree/1a2b3c4
0 mkdir $tree/acb
EROFS mkdir $tree/]z
EROFS mkdir $tree/-z
0 mkdir $tree/az
# each operation
EROFS open rdwr+creat $tree/new.key
0 open rdwr+creat $tree/new as f
2 write f xy
0 close f
EROFS open rd $tree/a.key
EROFS unlink $tree/a.key
EROFS rmdir $tree/dir.key
EROFS symlink to $tree/s.key
0 symlink a.key $tree/s
EROFS mknod $tree/n.key fifo
EROFS chmod 600 $tree/a.key
0 chmod 600 $tree/plain
EROFS setxattr $tree/a.key trusted.a v
0 setxattr $tree/plain trusted.a v
# one of two names is enough
0 rename $tree/plain $tree/other
EROFS rename $tree/other $tree/b.key
EROFS rename $tree/a.key $tree/b
EROFS link $tree/other $tree/b.key
EROFS link $tree/a.key $tree/b
0 link $tree/other $tree/b
E
denied=$(grep -c ^EROFS "$TMPDIR/calls")

for world in kernel user; do
	mkdir "$tree/dir.key"
	chmod 777 "$tree"
	touch "$tree/plain" "$tree/a.key"
	echo secret >"$tree/cold"

	begin $world namespace,setxattr 30 - - "${patterns[@]}"
	calls <"$TMPDIR/calls"
	# below the path, and nothing beside it
	fs 0 mkdir "$T/x.key"
	fs 0 rmdir "$T/x.key"
	end $world names
	fs 0 mkdir "$tree/x.key"

	# --- what is done to open files, and what only looks ---
	begin $world read,readdir,getattr 13 - - '*.key'
	calls <<-E
		0 open rdwr $tree/a.key as f
		1 write f x
		EACCES pread f 1 0
		EACCES stat $tree/a.key
		0 rename $tree/a.key $tree/a.moved
		1 pread f 1 0
		0 close f
		EACCES stat $tree/x.key
	E
	end $world looks

	# --- by whom: a user, and a program ---
	begin $world mkdir 30 65534 - 'n*'
	fs 0 mkdir "$tree/number"
	printf '%s\n' "setuid 65534" "mkdir $tree/next" "mkdir $tree/other-one" | "$FSOP" - >"$TMPDIR/nobody"
	[ "$(xargs <"$TMPDIR/nobody")" = "0 EROFS 0" ] || die "nobody got: $(<"$TMPDIR/nobody")"
	end $world who
	begin $world rmdir 30 - "$FSOP" 'n*'
	fs EROFS rmdir "$tree/number"
	rmdir "$tree/number"
	end $world exe

	# --- one that was opened by handle while none of its names was in memory may be any ---
	if [ "$FS" = ext4 ]; then
		handle=$(get handle "$tree/cold")
		begin $world open 13 - - '*.key'
		fs 0 open rd "$tree/cold" as c
		fs 0 close c
		sync
		echo 2 >/proc/sys/vm/drop_caches
		fs EACCES openh "$T" "$handle" rd
		end $world handle
		fs 0 openh "$T" "$handle" rd
	fi
	rm -r "${tree:?}"/*
done
same names "$denied"
same looks 3
# two processes, so that the lines differ in who it was
for world in kernel user; do
	sed -i 's/pid [0-9]* /pid N /' "$TMPDIR/who.$world"
done
same who 1
same exe 1
if [ "$FS" = ext4 ]; then
	same handle 1
	grep -q '^denied open ? to pid' "$TMPDIR/handle.user" || die "the cache was not cold: $(<"$TMPDIR/handle.user")"
fi

# --- what is no filter ---
refused "operations that can be denied" insmod "$KMODS/denyflt.ko" path="$tree" deny=unlink,release
refused "operations that can be denied" insmod "$KMODS/denyflt.ko" path="$tree"
refused "is not an error" insmod "$KMODS/denyflt.ko" path="$tree" deny=all errno=4096
refused "cannot begin at $tree/nothing" insmod "$KMODS/denyflt.ko" path="$tree/nothing" deny=all
many=()
for ((i = 0; i < 17; i++)); do
	many+=(--pattern "$i")
done
refused "16 patterns" denyflt --deny all "${many[@]}" "$tree"
no_filters
unload
