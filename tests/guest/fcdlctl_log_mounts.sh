#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: fcdlctl log: everything that is mounted, now and later, or below a path, is covered, or named as not covered
# fs: ext4
# uses: fsop
# load: redirfs fcdl
# timeout: 120
set -eu
# shellcheck source=tests/guest/helper/rfs.sh
. "$SRC/tests/guest/helper/rfs.sh"
# shellcheck source=tests/guest/helper/fcdlctl_log.sh
. "$SRC/tests/guest/helper/fcdlctl_log.sh"

fs 0 mkdir "$T/w"
fs 0 mkdir "$T/w/m"
fs 0 mkdir "$W/m"

# --- without a path ---
begin
logged "# not covered: /proc (proc, EOPNOTSUPP)"
logged "# set_path $T"$'\n'
mount -t tmpfs none "$W/m"
logged "# set_path $W/m"$'\n'
fs 0 mkdir "$W/m/inside"
logged " fsop mkdir $W/m/inside"$'\n'
fs 0 mkdir "$T/w/also"
logged " fsop mkdir $T/w/also"$'\n'
umount "$W/m"
logged "# del_path $W/m"$'\n'
stop 0 INT
says " 0 lost, " " mounted file systems not covered"

# --- below a path that leads there by a link; nothing else ---
fs 0 symlink "$T/w" "$W/link"
begin --follow-mounts "$W/link"
mount -t tmpfs none "$W/m"
mount -t tmpfs none "$T/w/m"
logged "# set_path $T/w/m"$'\n'
# the next one looks the same in mountinfo, and the log sees both changes as one
kill -STOP "$PID"
wait_for "[[ \$(</proc/$PID/stat) == *') T '* ]]" 30
umount "$T/w/m"
mount -t tmpfs none "$T/w/m"
kill -CONT "$PID"
covered_twice() {
	[[ $(<"$LOG") == *"# set_path $T/w/m"*"# set_path $T/w/m"* ]]
}
wait_for covered_twice 30 || die "it is not covered again: $(<"$LOG")"
fs 0 mkdir "$T/w/m/again"
logged " fsop mkdir $T/w/m/again"$'\n'
fs 0 mkdir "$T/w/here"
logged " fsop mkdir $W/link/here"$'\n'
fs 0 mkdir "$W/m/elsewhere"
umount "$T/w/m"
logged "# del_path $T/w/m"$'\n'
! in_log "$W/m" || die "what is mounted elsewhere is covered: $(<"$LOG")"
stop 0 INT
umount "$W/m"
