# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests written in bash share: ". $SRC/tests/guest/lib.sh". The harness uses it too.

LOADED=()

die() {
	echo "FAIL: $*" >&2
	exit 1
}

# skip REASON: only what is named by the test's "expect-skip" is accepted
skip() {
	echo "$*"
	exit 77
}

# load MODULE [PARAM=VALUE...] [MODULE ...]: insert modules built for this kernel
load() {
	local word args=()
	for word in "$@" ""; do
		case $word in
		*=*)
			args+=("$word")
			continue
			;;
		esac
		if [ ${#args[@]} -gt 0 ]; then
			insmod "$KMODS/${args[0]}.ko" "${args[@]:1}" || die "cannot load ${args[*]}"
			LOADED=("${args[0]}" "${LOADED[@]}")
		fi
		args=("$word")
	done
	[ $# -gt 0 ] || die "load: load what?"
	# A test that fails half-way does not have to unload by hand.
	trap 'unload_rest $?' EXIT
}

# unload [MODULE...]: without a name, everything that load inserted
unload() {
	local m left=()
	if [ $# -eq 0 ]; then
		set -- "${LOADED[@]}"
	fi
	for m; do
		rmmod "$m" || die "cannot unload $m"
	done
	for m in "${LOADED[@]}"; do
		case " $* " in
		*" $m "*) ;;
		*) left+=("$m") ;;
		esac
	done
	LOADED=("${left[@]}")
}

unload_rest() {
	local m
	[ "$1" -ne 0 ] || return 0
	for m in "${LOADED[@]}"; do
		rmmod "$m"
	done
	exit "$1"
}

# unload_words: what "load" was given, the other way round
unload_words() {
	local word mods=()
	for word; do
		case $word in
		*=*) ;;
		*) mods=("$word" "${mods[@]}") ;;
		esac
	done
	unload "${mods[@]}"
}

# wait_for CONDITION SECONDS: poll until it holds; the only way to wait in a test
wait_for() {
	local end=$((SECONDS + $2 * ${TIMEOUT_SCALE:-1}))
	until eval "$1"; do
		[ $SECONDS -lt $end ] || return 1
		# under a filter that denies every open it cannot be started
		sleep 0.05 || :
	done
}

# want WHAT COMMAND...: fail with WHAT unless the command succeeds
want() {
	local what=$1
	shift
	"$@" || die "$what: '$*' gave $?"
}

# expect_errno NAME COMMAND...: the command fails, and says this errno's text
expect_errno() {
	local name=$1 text err
	shift
	case $name in
	EPERM) text='Operation not permitted' ;;
	ENOENT) text='No such file or directory' ;;
	EINTR) text='Interrupted system call' ;;
	EIO) text='Input/output error' ;;
	EAGAIN) text='Resource temporarily unavailable' ;;
	ENOMEM) text='Cannot allocate memory' ;;
	EACCES) text='Permission denied' ;;
	EBUSY) text='Device or resource busy' ;;
	EEXIST) text='File exists' ;;
	EXDEV) text='Invalid cross-device link' ;;
	ENODEV) text='No such device' ;;
	ENOTDIR) text='Not a directory' ;;
	EISDIR) text='Is a directory' ;;
	EINVAL) text='Invalid argument' ;;
	ETXTBSY) text='Text file busy' ;;
	ENOSPC) text='No space left on device' ;;
	EROFS) text='Read-only file system' ;;
	ENAMETOOLONG) text='File name too long' ;;
	ENOTEMPTY) text='Directory not empty' ;;
	ELOOP) text='Too many levels of symbolic links' ;;
	EOPNOTSUPP) text='Operation not supported' ;;
	ETIMEDOUT) text='Connection timed out' ;;
	ESTALE) text='Stale file handle' ;;
	*) die "expect_errno: add $name to tests/guest/lib.sh" ;;
	esac
	if err=$("$@" 2>&1 >/dev/null); then
		die "'$*' succeeded; expected $name"
	fi
	case $err in
	*"$text"*) ;;
	*) die "'$*' said '$err'; expected $name ($text)" ;;
	esac
}

# dmesg_mark; dmesg_since: the kernel's log from the mark on
dmesg_mark() {
	DMESG_MARK="urfs: mark $EPOCHREALTIME"
	echo "$DMESG_MARK" >/dev/kmsg
}

dmesg_since() {
	dmesg | sed "1,/${DMESG_MARK:?no dmesg_mark before}\$/d"
}

# mkfs_on FS DEVICE
mkfs_on() {
	case $1 in
	ext2 | ext3 | ext4) "mkfs.$1" -q -F -E nodiscard "$2" ;;
	xfs) mkfs.xfs -q -f -K "$2" ;;
	btrfs) mkfs.btrfs -q -f -K "$2" ;;
	f2fs) mkfs.f2fs -q -f -t 0 "$2" ;;
	vfat) mkfs.vfat "$2" >/dev/null ;;
	*) die "mkfs_on: no such file system: $1" ;;
	esac
}

# mkfs_and_mount FS DIR [OPTIONS]: a fresh file system at DIR, on the next free scratch disk (there are three)
mkfs_and_mount() {
	local fs=$1 dir=$2 opts=${3:-defaults} disk
	mkdir -p "$dir"
	case $fs in
	tmpfs)
		mount -t tmpfs -o "$opts" tmpfs "$dir"
		return
		;;
	overlay)
		mkfs_and_mount ext4 "$dir.base" || return
		mkdir "$dir.base"/{lower,upper,work}
		mount -t overlay -o "lowerdir=$dir.base/lower,upperdir=$dir.base/upper,workdir=$dir.base/work" overlay "$dir"
		return
		;;
	esac
	# A subshell of ours may have taken one: what counts is what is mounted.
	for disk in /dev/vd[a-d]; do
		grep -q "^$disk " /proc/mounts || break
		disk=
	done
	[ -n "$disk" ] || die "mkfs_and_mount: no scratch disk is free"
	mkfs_on "$fs" "$disk" && mount -t "$fs" -o "$opts" "$disk" "$dir"
}

# make_test_fs FS: what the harness mounts at $T
make_test_fs() {
	mkfs_and_mount "$1" "$T"
}
