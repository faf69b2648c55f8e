# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The newest Debian bookworm kernel, as its packages hold it. Sourced by tests/vm/kernel.

kernel_id() {
	debian_id - linux-image-amd64 'linux-image-[0-9].*-amd64'
}

kernel_make() {
	debian_kernel - "$1" "$(kernel_id)"
}
