# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the workloads share: ". $SRC/tests/conformance/lib.sh", then work() and, if wanted, prepare(), then "conform".
#
# work() is run once for each setting below, in the folder $W of a file system that was just made. What it prints on its
# standard output, its exit code and the tree that it leaves must be those of the first setting. prepare() runs once
# before, in the folder $INPUT of another file system. The size of both is multiplied by $N.
#
#   bare      no module of ours is loaded
#   idle      loaded, and a filter has its rule on $W, which is never asked
#   one       a filter in user space that is asked about every operation, before and after, and lets it pass
#   eight     eight of these
#   killed    one whose handler is killed, with a caller waiting, and every two seconds, and started again
#   scramble  scrambleflt: the nibbles of all data are swapped on their way
#
# TIMES and SKIP are what treesum takes as --times and --skip. SCRAMBLE="TEXT: WHY" says that the work cannot be done under
# scrambleflt, what the program then says, and why; it must fail, and say so. If SCRAMBLE_LINES is a regular expression, only
# lines of what it says that match may differ.

# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"
# shellcheck source=tests/guest/helper/demos.sh
. "$SRC/tests/guest/helper/demos.sh"

HELPER=$BUILD/conformance/helper
# shellcheck disable=SC2034 # for the workloads
W=$T/w INPUT=$TMPDIR/input
TIMES=() SKIP=() SCRAMBLE='' SCRAMBLE_LINES=''
WORKERS=/sys/fs/cgroup/test/work
HANDLERS=() KILLER=

# cmdline KEY DEFAULT: what the kernel's command line says
cmdline() {
	local word
	for word in $(</proc/cmdline); do
		case $word in
		"$1="?*)
			echo "${word#*=}"
			return
			;;
		esac
	done
	echo "$2"
}

# shellcheck disable=SC2034 # for the workloads
N=$(cmdline conform.scale 1)
SETTINGS=$(cmdline conform.settings bare,idle,one,eight,killed,scramble)

prepare() {
	:
}

# fresh_fs: $T is made again
fresh_fs() {
	umount "$T"
	! mountpoint -q "$T.base" || umount "$T.base"
	make_test_fs "$FS"
	mkdir "$W"
}

# again: what lies on the disk, not what memory says
again() {
	local disk
	case $FS in
	tmpfs) ;;
	overlay)
		umount "$T"
		mount -t overlay -o "lowerdir=$T.base/lower,upperdir=$T.base/upper,workdir=$T.base/work" overlay "$T"
		;;
	*)
		disk=$(sed -n "s|^\(/dev/vd[a-d]\) $T .*|\1|p" /proc/mounts)
		umount "$T"
		mount -t "$FS" "$disk" "$T"
		;;
	esac
}

# handlers COUNT [OPTION...]: start them
handlers() {
	local n count=$1
	shift
	HANDLERS=()
	for ((n = 0; n < count; n++)); do
		"$HELPER/passflt" "$@" "pass$n" $((100 + n)) "$W" >"$TMPDIR/pass$n" 2>&1 &
		HANDLERS+=($!)
	done
}

all_ready() {
	[ "$(fcdlctl list | grep -c "^pass.* $2 .* ok ")" -eq "$1" ]
}

gone() {
	[ "$(fcdlctl list | wc -l)" -eq 1 ]
}

# deaths: one handler after the other, each killed by itself; the first in the middle of a question
deaths() {
	local rc first=30
	: >"$TMPDIR/lives"
	while [ ! -e "$TMPDIR/enough" ]; do
		rc=0
		"$HELPER/passflt" --die $first pass0 100 "$W" >"$TMPDIR/pass0" 2>&1 || rc=$?
		case $rc in
		137) echo killed asked ;;
		142) echo killed ;;
		*)
			echo "ended: $(<"$TMPDIR/pass0")"
			[ -e "$TMPDIR/enough" ] || exit
			;;
		esac >>"$TMPDIR/lives"
		first=0
	done 2>/dev/null
}

begin() {
	[ "$1" = bare ] || load redirfs urfs
	case $1 in
	idle)
		handlers 1 --idle
		wait_for 'all_ready 1 no' 30 || wrong "the filter did not begin: $(cat "$TMPDIR/pass0"; fcdlctl list)"
		;;
	one | eight)
		handlers "$([ "$1" = one ] && echo 1 || echo 8)"
		wait_for "all_ready ${#HANDLERS[@]} yes" 60 || wrong "filters did not begin: $(cat "$TMPDIR"/pass?; fcdlctl list)"
		;;
	killed)
		rm -f "$TMPDIR/enough"
		deaths &
		KILLER=$!
		wait_for 'all_ready 1 yes' 30 || wrong "the filter did not begin: $(cat "$TMPDIR/pass0"; fcdlctl list)"
		;;
	scramble)
		scrambleflt --threads 2 "$W" >"$TMPDIR/pass0" 2>&1 &
		HANDLERS=($!)
		ready scrambleflt
		# what it refuses is to be told from a machine that is too busy
		fcdlctl policy scrambleflt deadline=60s
		;;
	esac
}

# end SETTING: the filters go, and so do the modules; ASKED gets what they had to do
end() {
	local n
	ASKED=
	case $1 in
	idle | one | eight)
		kill -TERM "${HANDLERS[@]}"
		ended "${HANDLERS[@]}"
		for ((n = 0; n < ${#HANDLERS[@]}; n++)); do
			case $1:$(<"$TMPDIR/pass$n") in
			"idle:asked 0 times before and 0 times after") ;;
			idle:*) wrong "an idle filter says: $(<"$TMPDIR/pass$n")" ;;
			*:"asked 0 times"* | *:*" 0 times after") wrong "filter $n was not asked" ;;
			*:"asked "*) ;;
			*) wrong "filter $n says: $(<"$TMPDIR/pass$n")" ;;
			esac
		done
		[ "$1" = idle ] || ASKED="$(<"$TMPDIR/pass0")"
		;;
	killed)
		: >"$TMPDIR/enough"
		wait $KILLER
		! grep -v '^killed' "$TMPDIR/lives" || wrong "a handler did not come to be killed"
		grep -q '^killed asked' "$TMPDIR/lives" || wrong "no handler was killed in the middle of a question"
		ASKED="handler killed $(wc -l <"$TMPDIR/lives") times"
		;;
	scramble)
		kill -TERM "${HANDLERS[@]}"
		ended "${HANDLERS[@]}"
		;;
	bare) return ;;
	esac
	wait_for gone 30 || wrong "a filter was left: $(fcdlctl list)"
	unload
}

# do_work SETTING: SETTING.out, .err and .exit
do_work() {
	local pid rc=0
	mkdir -p $WORKERS
	(
		echo "$BASHPID" >$WORKERS/cgroup.procs
		cd "$W"
		set -e
		work
	) >"$TMPDIR/$1.out" 2>"$TMPDIR/$1.err" </dev/null &
	pid=$!
	wait $pid || rc=$?
	echo $rc >"$TMPDIR/$1.exit"
	if ! grep -q 'populated 0' $WORKERS/cgroup.events; then
		echo 1 >$WORKERS/cgroup.kill
		wait_for "grep -q 'populated 0' $WORKERS/cgroup.events" 20
		[ $rc -ne 0 ] || wrong "processes were left at the end of the work"
	fi
}

tree() {
	local g args=()
	for g in "${TIMES[@]}"; do
		args+=(--times "$g")
	done
	for g in "${SKIP[@]}"; do
		args+=(--skip "$g")
	done
	"$HELPER/treesum" "${args[@]}" "$W" || echo "treesum gave $?"
}

# wrong WHAT: this setting has failed; the others are still tried
wrong() {
	WRONG+=${WRONG:+; }${1//$'\n'/ }
}

# same SETTING: as bare; else the first difference
same() {
	local what
	for what in exit out tree; do
		[ "$1" != bare ] || continue
		cmp -s "$TMPDIR/bare.$what" "$TMPDIR/$1.$what" && continue
		wrong "$what: $(diff "$TMPDIR/bare.$what" "$TMPDIR/$1.$what" | sed -n '2,40{/^[<>]/p}' | head -n 2 | tr '\n' ' ')"
		echo "--- $what, bare (-) and $1 (+):"
		diff -U 0 "$TMPDIR/bare.$what" "$TMPDIR/$1.$what" | tail -n +3 | head -n 60
	done
	[ -z "$WRONG" ] || sed 's/^/stderr: /' "$TMPDIR/$1.err" | tail -n 30
}

# setting NAME: all of it; one line "setting NAME ok|FAIL|n/a SECONDS WHAT" at its end
setting() {
	local s=$1 t0=$SECONDS verdict=ok
	WRONG='' ASKED=''
	echo "begins: $s"
	fresh_fs
	begin "$s"
	do_work "$s"
	if [ "$s" = scramble ]; then
		sync
		echo 3 >/proc/sys/vm/drop_caches
		tree >"$TMPDIR/$s.tree"
	fi
	end "$s"
	again
	if [ "$s" != scramble ]; then
		tree >"$TMPDIR/$s.tree"
	elif [ -z "$SCRAMBLE" ] && tree | cmp -s - "$TMPDIR/$s.tree"; then
		wrong "nothing was scrambled"
	fi
	if [ "$s" = scramble ] && [ -n "$SCRAMBLE" ]; then
		if cmp -s "$TMPDIR/bare.exit" "$TMPDIR/$s.exit" && cmp -s "$TMPDIR/bare.out" "$TMPDIR/$s.out"; then
			wrong "it works, and should not: $SCRAMBLE"
		elif ! grep -qF "${SCRAMBLE%%: *}" "$TMPDIR/$s.out" "$TMPDIR/$s.err"; then
			wrong "it did not say '${SCRAMBLE%%: *}': $(tail -n 2 "$TMPDIR/$s.err")"
		elif [ -n "$SCRAMBLE_LINES" ] && ! diff <(grep -vE "$SCRAMBLE_LINES" "$TMPDIR/bare.out") \
			<(grep -vE "$SCRAMBLE_LINES" "$TMPDIR/$s.out") >"$TMPDIR/diff"; then
			wrong "it says more that bare did not: $(sed -n '2,3p' "$TMPDIR/diff")"
			cat "$TMPDIR/diff"
		else
			verdict=n/a
			ASKED="as documented: $SCRAMBLE"
		fi
		[ -z "$WRONG" ] || tail -n 30 "$TMPDIR/$s.err"
	else
		[ "$s" != bare ] || [ "$(<"$TMPDIR/$s.exit")" = 0 ] ||
			wrong "the work itself fails with $(<"$TMPDIR/$s.exit"): $(tail -n 3 "$TMPDIR/$s.err")"
		same "$s"
	fi
	[ -z "$WRONG" ] || verdict=FAIL
	[ $verdict != FAIL ] || FAILED+=" $s"
	[ "$s" != bare ] || ASKED="$(wc -l <"$TMPDIR/bare.tree") objects, $(wc -l <"$TMPDIR/bare.out") lines"
	echo "setting $s $verdict $((SECONDS - t0)) ${WRONG:-$ASKED}"
	# nothing to compare with
	[ "$s $verdict" != "bare FAIL" ] || die "bare: $WRONG"
}

conform() {
	local s
	FAILED=
	mkdir "$INPUT"
	(cd "$INPUT" && set -e && prepare) </dev/null
	for s in ${SETTINGS//,/ }; do
		setting "$s"
	done
	[ -z "$FAILED" ] || die "differs under$FAILED"
}
