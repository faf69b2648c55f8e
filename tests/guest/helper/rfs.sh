# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of redirfs share: ". $SRC/tests/guest/helper/rfs.sh". README.md beside the tests says how to write
# one. Everything here stops the test with a message when something is not as wanted.
#
# Starting a program takes long in an emulated guest, so that one fsop process serves the whole test through a pair of
# pipes, and what it says is compared by the shell itself. Words that are sent to it hold no spaces and no backslashes
# but \ooo, which stands for any byte.

# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"

# shellcheck disable=SC2034 # for those who source this
{
	FSOP=$BUILD/guest/helper/fsop
	FSOP32=$BUILD/guest/helper/fsop32
	FUSEFS=$BUILD/guest/helper/fusefs
}

mkfifo "$TMPDIR/.fsop.in" "$TMPDIR/.fsop.out"
"$FSOP" --serve <"$TMPDIR/.fsop.in" >"$TMPDIR/.fsop.out" &
exec {FSOP_IN}>"$TMPDIR/.fsop.in" {FSOP_OUT}<"$TMPDIR/.fsop.out"
rm "$TMPDIR/.fsop.in" "$TMPDIR/.fsop.out"

# ask WORD...: one command to the server; ANSWER gets its lines
ask() {
	local line
	ANSWER=
	printf '%s\n' "$*" >&"$FSOP_IN"
	while IFS= read -r line <&"$FSOP_OUT"; do
		if [ "$line" = $'\001' ]; then
			ANSWER=${ANSWER%$'\n'}
			return
		fi
		ANSWER+=$line$'\n'
	done
	die "fsop ended at: $*"
}

# the tests' own module uses redirfs, so that it comes after it
rfs_load() {
	load redirfs rfs_test
}

# no callback runs right now, and none met a fault
quiet_now() {
	ask ctl stats
	case $ANSWER in
	*" inside=0 no_private=0 dirty_data=0 lost_data=0 accessor=0 "*) ;;
	*) return 1 ;;
	esac
}

# Every callback that began has ended, no accessor misbehaved, no data got lost, no filter is left: and both modules go.
# Under load somebody may be inside at one look, but not at every one unless a callback never ends.
rfs_end() {
	wait_for quiet_now 60 || die "the test filters counted faults: $ANSWER"
	unload
}

# ctl WORD...: a command to the test filters that must succeed
ctl() {
	ask ctl "$@"
	case $ANSWER in
	E*) die "ctl $*: $ANSWER" ;;
	esac
}

# fs WANTED CALL...: one system call by fsop
fs() {
	local want=$1
	shift
	ask "$@"
	[ "$ANSWER" = "$want" ] || die "$*: got '$ANSWER', wanted '$want'"
}

# ctl_want ANSWER WORD...: a command to the test filters that must give this
ctl_want() {
	local want=$1
	shift
	fs "$want" ctl "$@"
}

# is WANTED CALL...: as fs, as a condition
is() {
	local want=$1
	shift
	ask "$@"
	[ "$ANSWER" = "$want" ]
}

# get CALL...: what it answers
get() {
	ask "$@"
	echo "$ANSWER"
}

# stat_of FILTER KEY: pre, post, won, lost or held
stat_of() {
	ask ctl stats "$1"
	ANSWER=" $ANSWER"
	ANSWER=${ANSWER##* "$2"=}
	echo "${ANSWER%% *}"
}

# wait_held FILTER COUNT: so many callers sleep in its callbacks
wait_held() {
	wait_for "[ \"\$(stat_of '$1' held)\" = $2 ]" 30 || die "$2 callers should be held by $1, not $(stat_of "$1" held)"
}

# wait_answer WANTED CALL...: it comes to answer so
wait_answer() {
	wait_for "is '$1' ${*:2}" 30 || die "${*:2}: stays '$ANSWER', should become '$1'"
}

# new_filter NAME PRIORITY [WORD...] -- OP...: registered, active, with these operations
new_filter() {
	local name=$1 priority=$2 reg=()
	shift 2
	while [ "$1" != -- ]; do
		reg+=("$1")
		shift
	done
	shift
	ctl register "$name" "$priority" active "${reg[@]}"
	ctl ops "$name" "$@"
}

# calls: lines "WANTED CALL..." from standard input, made one after the other
calls() {
	local want call bad=
	while read -r want call; do
		case $want in
		'' | '#'*) continue ;;
		esac
		ask "$call"
		[ "$ANSWER" = "$want" ] || bad+="$call: got '$ANSWER', wanted '$want'"$'\n'
	done
	[ -z "$bad" ] || die "calls answered otherwise:
$bad"
}

# calls_by PROGRAM: the same by another fsop, in a process of its own
calls_by() {
	local want call wants=() list=() said n bad=
	while read -r want call; do
		case $want in
		'' | '#'*) continue ;;
		esac
		wants+=("$want")
		list+=("$call")
	done
	mapfile -t said < <(printf '%s\n' "${list[@]}" | "$1" -)
	for ((n = 0; n < ${#list[@]}; n++)); do
		[ "${said[n]-nothing}" = "${wants[n]}" ] || bad+="${list[n]}: got '${said[n]-nothing}', wanted '${wants[n]}'"$'\n'
	done
	[ -z "$bad" ] || die "calls by $1 answered otherwise:
$bad"
}

# rec [KEY=VALUE...] KEY...: what was recorded since the last time, by these keys
rec() {
	get rec "$@"
}

flush() {
	ctl flush
}

# records [KEY=VALUE...] KEY...: exactly the lines of standard input were recorded; "*" in them fits anything
records() {
	local seen want=() pattern n=0 bad=0
	ask rec "$@"
	mapfile -t seen <<<"$ANSWER"
	[ -n "$ANSWER" ] || seen=()
	while IFS= read -r pattern; do
		[ -z "$pattern" ] || want+=("$pattern")
	done
	[ ${#seen[@]} -eq ${#want[@]} ] || bad=1
	while [ $bad -eq 0 ] && [ $n -lt ${#want[@]} ]; do
		# in a pattern only "*" is special
		pattern=${want[n]//\\/\\\\}
		pattern=${pattern//\[/\\[}
		pattern=${pattern//\?/\\?}
		# shellcheck disable=SC2053 # wanted: a pattern
		[[ ${seen[n]} == $pattern ]] || bad=1
		n=$((n + 1))
	done
	[ $bad -eq 0 ] || die "records of $* (- wanted, + got):
$(diff -U 100 <(printf '%s\n' "${want[@]}") <(printf '%s\n' "${seen[@]}") | tail -n +4)"
}

# no_records: nothing was
no_records() {
	records f op p1 <<<""
}

# stopped OP CALL...: filter a denies it with an errno that no file system would give here; nothing gets to filter b, which
# is behind it and records; and the tree $W is as it was, as "tree" said it in $before
stopped() {
	local op=$1
	shift
	ctl deny a "$op" EXDEV
	fs EXDEV "$@"
	records f=b "op=$op" when <<<""
	ctl clear a
	ask tree "$W"
	# shellcheck disable=SC2154 # the test sets it
	[ "$ANSWER" = "$before" ] || die "denied $*, and still:
$(diff <(echo "$before") <(echo "$ANSWER"))"
	flush
}

# asleep_in PID FUNCTION: the process sleeps there (any function of its kernel stack)
asleep_in() {
	grep -q "$2" "/proc/$1/stack" 2>/dev/null
}

# in_background VAR COMMAND...: start it with a pipe as its standard input; VAR_pid, VAR_out, and "let_go VAR"
in_background() {
	local var=$1 pipe=$TMPDIR/$1.in out=$TMPDIR/$1.out fd
	shift
	mkfifo "$pipe"
	"$@" <"$pipe" >"$out" 2>&1 &
	printf -v "${var}_pid" %s $!
	exec {fd}>"$pipe"
	printf -v "${var}_fd" %s "$fd"
	printf -v "${var}_out" %s "$out"
	rm "$pipe"
}

# let_go VAR: a line on its standard input, and its end (others may have inherited the pipe); then wait for it
let_go() {
	local name=${1}_fd pid=${1}_pid fd
	fd=${!name}
	echo >&"$fd"
	exec {fd}>&-
	wait "${!pid}"
}

# said VAR TEXT: it printed a line TEXT, within the time of a slow guest
said() {
	local out=${1}_out
	wait_for "[[ \$'\\n'\$(<'${!out}')\$'\\n' == *\$'\\n$2\\n'* ]]" 30 || die "$1 did not say '$2' but '$(<"${!out}")'"
}
