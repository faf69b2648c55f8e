// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The protocol's layout in user space: the asserts of the module, built here for 64 bits and by tests/guest/urfs_abi32.c
 * for 32; and the numbers that old programs will go on sending.
 */
#include <stdlib.h>
#include "../../kmod/urfs/abi.c"
#include "unit.h"

START_TEST(numbers_stay)
{
	ck_assert_uint_eq(URFS_IOC_HELLO, 0xc040fd00);
	ck_assert_uint_eq(URFS_IOC_EXCHANGE, 0xc030fd01);
	ck_assert_uint_eq(URFS_IOC_COMMAND, 0xc040fd02);
	ck_assert_uint_eq(URFS_IOC_SHUTDOWN, 0xfd03);
	ck_assert_uint_eq(URFS_IOC_OPEN_OBJECT, 0xc018fd04);
	ck_assert_uint_eq(URFS_IOC_COOKIE, 0xc018fd05);
	/* version 3: 560 */
	ck_assert_uint_eq(sizeof(struct urfs_event), 608);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("urfs_abi");
	TCase *tc = tcase_create("numbers");

	tcase_add_test(tc, numbers_stay);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
