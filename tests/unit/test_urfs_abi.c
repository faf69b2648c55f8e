// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The protocol's layout in user space: the asserts of the module, built here for 64 bits and by tests/guest/urfs_abi32.c
 * for 32; and the numbers that old programs will go on sending.
 */
#include <check.h>
#include <stdlib.h>
#include "../../kmod/urfs/abi.c"

START_TEST(numbers_stay)
{
	ck_assert_uint_eq(URFS_IOC_HELLO, 0xc040fd00);
	ck_assert_uint_eq(URFS_IOC_EXCHANGE, 0xc030fd01);
	ck_assert_uint_eq(URFS_IOC_COMMAND, 0xc040fd02);
	ck_assert_uint_eq(URFS_IOC_SHUTDOWN, 0xfd03);
	ck_assert_uint_eq(sizeof(struct urfs_event), 488);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("urfs_abi");
	TCase *tc = tcase_create("numbers");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, numbers_stay);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
