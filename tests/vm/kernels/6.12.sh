# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The newest 6.12 that was made for Debian bookworm, as its packages hold it. Sourced by tests/vm/kernel.

kernel_id() {
	debian_id bookworm-backports linux-image-amd64 'linux-image-6\.12\..*-amd64'
}

kernel_make() {
	debian_kernel bookworm-backports "$1" "$(kernel_id)"
}
