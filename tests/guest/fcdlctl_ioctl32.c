// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: /dev/fcdlctl: a 32-bit program gets the same answers, from structs of the same layout
 * build: 32
 * load: redirfs rfs_test ctl_owner
 * fs: tmpfs
 */
#include "../../kmod/redirfs/ctl_abi.c"
#include "fcdlctl_ioctl.c"
