# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The real-time flavour of Debian bookworm's kernel, as its packages hold it. Sourced by tests/vm/kernel.

kernel_id() {
	debian_id - linux-image-rt-amd64 'linux-image-[0-9].*-rt-amd64'
}

kernel_make() {
	debian_kernel - "$1" "$(kernel_id)"
}
