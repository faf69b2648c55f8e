// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The layout asserts of the control device's ABI, in user space: built for 64 and for 32 bits, where a __u64 need not be
 * aligned to 8 bytes. Compiling it is the test.
 */
#include "../../kmod/redirfs/ctl_abi.c"

/* ioctl numbers carry the size of their struct; one that changed would silently become another request */
_Static_assert(FCDLCTL_VERSION == 0x8050fc00, "number");
_Static_assert(FCDLCTL_STATUS == 0x8038fc01, "number");
_Static_assert(FCDLCTL_LIST == 0xc020fc02, "number");
_Static_assert(FCDLCTL_LIST_FS == 0xc020fc03, "number");
_Static_assert(FCDLCTL_LIST_INSIDE == 0xc020fc04, "number");
_Static_assert(FCDLCTL_LIST_PENDING == 0xc020fc05, "number");

int main(void)
{
	return 0;
}
