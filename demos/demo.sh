#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What it can do, shown in a disposable guest: "make demo" runs this there. Every step is checked: it ends with an error
# if anything went otherwise than it says.
set -u
# shellcheck source=tests/guest/lib.sh
. "$SRC/tests/guest/lib.sh"

dir=/srv/demo/ledger
user=1000

title() {
	printf '\n== %s\n\n' "$*"
}

say() {
	printf '   %s\n' "$*"
}

wrong() {
	printf '\n!! %s\n' "$*"
	exit 1
}

indent() {
	sed 's/^/   | /'
}

# show COMMAND...: run it and show what it says
show() {
	local rc
	printf '   # %s\n' "$*"
	"$@" 2>&1 | indent
	rc=${PIPESTATUS[0]}
	return "$rc"
}

# works WHO COMMAND..., fails WHO COMMAND...: by root or by the user with id 1000
as() {
	local who=$1 rc
	shift
	if [ "$who" = root ]; then
		printf '   root# %s\n' "$*"
		(cd "$dir" && "$@") 2>&1 | indent
	else
		printf '   user$ %s\n' "$*"
		(cd "$dir" && setpriv --reuid $user --regid $user --clear-groups -- "$@") 2>&1 | indent
	fi
	rc=${PIPESTATUS[0]}
	return "$rc"
}

works() {
	as "$@" || wrong "that should have worked"
}

fails() {
	! as "$@" || wrong "that should have failed"
}

ready() {
	wait_for "fcdlctl list | grep '^$1 ' | grep -q ' yes .* ok '" 30 || wrong "$1 did not begin: $(fcdlctl list)"
}

title "An ext4 directory and two modules"
mkdir -p /srv/demo
mkfs_and_mount ext4 /srv/demo || wrong "no file system"
mkdir $dir
chmod 777 $dir
say "$dir is on $(findmnt -no FSTYPE,SOURCE /srv/demo 2>/dev/null || echo ext4), kernel $(uname -r)"
load redirfs urfs
show lsmod | grep -E 'urfs|redirfs|Module|#'

title "Two filters: one logs everything, one keeps the user with id $user from deleting and renaming"
say "# logflt $dir &"
logflt $dir >/tmp/logflt.out 2>&1 &
logger=$!
say "# denyflt --deny unlink,rmdir,rename --errno EROFS --uid $user $dir &"
denyflt --deny unlink,rmdir,rename --errno EROFS --uid $user $dir >/tmp/denyflt.out 2>&1 &
guard=$!
ready logflt
ready denyflt
head -n 1 /tmp/denyflt.out | indent
show fcdlctl list
show fcdlctl paths denyflt

title "Ordinary programs"
printf '#!/bin/sh\nmkdir -p by-script\necho entry >by-script/entry\nmv by-script/entry by-script/moved\n' >/tmp/script
works root cp /etc/hostname first
works root cp /bin/true program
works user ./program
works root cp /tmp/script script
works root chmod 755 script
works user mkdir box
works user cp first box/copy
works user chmod 600 box/copy
fails user mv box/copy box/other
fails user rm -f box/copy
fails user ./script
works root mv first second
works root rm second

title "What logflt saw (opens and releases left out)"
wait_for 'grep -q "unlink.*second.* ok" /tmp/logflt.out' 20 || wrong "the log has no end"
grep -vE ' (open|release) "' /tmp/logflt.out | sed 's/^[^T]*T\([^ ]*\)Z /\1 /' | indent
grep -q 'uid=1000 "rm" unlink ".*box/copy" EROFS' /tmp/logflt.out || wrong "the log lacks what was denied"

title "What denyflt denied, and to whom"
grep '^denied' /tmp/denyflt.out | indent
[ "$(grep -c '^denied' /tmp/denyflt.out)" -ge 3 ] || wrong "it denied too little"

title "Switched off and on by the operator"
show fcdlctl deactivate denyflt
works user mv box/copy box/other
show fcdlctl activate denyflt
fails user rm -f box/other

title "A filter's program is killed while somebody waits for its answer"
cat=$(realpath "$(command -v cat)")
say "# denyflt --name reader --priority 3001 --deny open --errno EACCES --exe $cat $dir &"
denyflt --name reader --priority 3001 --deny open --errno EACCES --exe "$cat" $dir >/tmp/reader.out 2>&1 &
reader=$!
# not a job of this shell, which would have its own word to say about its death
disown $reader
ready reader
fails user cat box/other
say "It may take its time now, and is stopped, so that it cannot answer:"
show fcdlctl policy reader deadline=60s || wrong "no policy"
say "# kill -STOP $reader"
kill -STOP $reader
printf '   user$ cat box/other &\n'
(cd $dir && exec setpriv --reuid $user --regid $user --clear-groups -- cat box/other) >/tmp/cat.out 2>&1 &
victim=$!
wait_for 'fcdlctl pending | grep -q reader' 20 || wrong "nobody waits"
show fcdlctl pending
say "# kill -9 $reader"
begin=$EPOCHREALTIME
kill -9 $reader
wait $victim && wrong "it was let through"
# in microseconds, as both have six digits behind the point
us=$((${EPOCHREALTIME/./} - ${begin/./}))
indent </tmp/cat.out
say "cat came back $((us / 1000)) ms later: denyflt had chosen 'deny' for the case that it is gone."
wait_for '! fcdlctl list | grep -q ^reader' 20 || wrong "the dead filter stays"
show fcdlctl list
say "Nobody hangs, and nobody minds any more:"
works user cat box/other

title "Everything is taken away again"
say "# kill $logger $guard"
kill -TERM $logger $guard
wait $logger || wrong "logflt ended with $?"
wait $guard || wrong "denyflt ended with $?"
show rmmod urfs || wrong "urfs stays"
show rmmod redirfs || wrong "redirfs stays"
works user touch box/after
works root ls -ln box
umount /srv/demo || wrong "the file system is still in use"
bad=$(dmesg | grep -E 'BUG:|WARNING:|Oops|Call Trace' | head -n 1)
[ -z "$bad" ] || wrong "the kernel complains: $bad"
printf '\nThe kernel has nothing to say about it, and the file system is unmounted. That was all.\n'
