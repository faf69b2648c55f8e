// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control device's ABI in user space. Most of it is checked by the compiler: the layout asserts of the module, built
 * here for 64 bits and in tests/guest/fcdlctl_ioctl32.c for 32, where a __u64 need not be aligned to 8 bytes.
 */
#include <stdlib.h>
#include "../../kmod/redirfs/ctl_abi.c"
#include "unit.h"

/*
 * A request's number carries the size of its struct, so that one whose layout changes becomes an unknown request. Here
 * they are once more as plain numbers: what old programs will go on sending.
 */
START_TEST(request_numbers_stay)
{
	static const struct {
		unsigned long request;
		unsigned long number;
	} requests[] = {
		{ FCDLCTL_VERSION, 0x8050fc00 },	{ FCDLCTL_STATUS, 0x8038fc01 },
		{ FCDLCTL_LIST, 0xc020fc02 },		{ FCDLCTL_LIST_FS, 0xc020fc03 },
		{ FCDLCTL_LIST_INSIDE, 0xc020fc04 },	{ FCDLCTL_LIST_PENDING, 0xc020fc05 },
		{ FCDLCTL_LIST_PATHS, 0xc050fc06 },	{ FCDLCTL_STATS, 0xc038fc07 },
		{ FCDLCTL_GET_POLICY, 0xc088fc08 },	{ FCDLCTL_SET_POLICY, 0xc088fc10 },
		{ FCDLCTL_SETPATH, 0xc038fc11 },	{ FCDLCTL_DELPATH, 0xc038fc12 },
		{ FCDLCTL_ACTIVATE, 0xc028fc13 },	{ FCDLCTL_DEACTIVATE, 0xc028fc14 },
		{ FCDLCTL_DEACTIVATE_ALL, 0x8008fc15 }, { FCDLCTL_DETACH, 0xc010fc16 },
	};

	ck_assert_uint_eq(requests[_i].request, requests[_i].number);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdlctl_abi");
	TCase *numbers = tcase_create("numbers");

	tcase_add_loop_test(numbers, request_numbers_stay, 0, 16);
	suite_add_tcase(suite, numbers);
	return unit_run(suite);
}
