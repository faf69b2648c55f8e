# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of the demos share: ". $SRC/tests/guest/helper/demos.sh" behind lib.sh.

# ready NAME: the filter is asked; one that is registered and not yet active is "ok" too
ready() {
	wait_for "fcdlctl list | grep '^$1 ' | grep -q ' yes .* ok '" 20 || die "$1 is not ready: $(fcdlctl list)"
}

# stopped PID: the process stands still, with all its threads: none of them takes a question any more
stopped() {
	kill -STOP "$1"
	wait_for "! grep -h '^State:' /proc/$1/task/*/status | grep -qv stopped" 10 || die "process $1 does not stop"
}

# ended PID...: each ends as it should
ended() {
	local pid
	for pid; do
		wait "$pid" || die "a demo (pid $pid) ended with $?"
	done
}

# no_filters: nothing was left behind
no_filters() {
	[ "$(fcdlctl list | wc -l)" -eq 1 ] || die "a filter was left: $(fcdlctl list)"
}
