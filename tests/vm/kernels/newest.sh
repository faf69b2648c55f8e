# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The newest kernel that Debian has for a stable release: trixie-backports'. Sourced by tests/vm/kernel.

kernel_id() {
	debian_id trixie-backports linux-image-amd64 'linux-image-[0-9].*-amd64'
}

kernel_make() {
	debian_kernel trixie-backports "$1" "$(kernel_id)"
	debian_tools trixie "$1"
}
