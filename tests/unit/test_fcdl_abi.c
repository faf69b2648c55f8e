// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log's layout in user space: the asserts of kmod/fcdl, built here for 64 bits and by tests/guest/fcdl_abi32.c
 * for 32; and the numbers that old programs will go on sending.
 */
#include <stdlib.h>
#include "../../kmod/fcdl/abi.c"
#include "unit.h"

START_TEST(numbers_stay)
{
	ck_assert_uint_eq(FCDL_IOC_SETUP, 0xc048fe00);
	ck_assert_uint_eq(FCDL_IOC_SET_PATH, 0xc010fe01);
	ck_assert_uint_eq(FCDL_IOC_DEL_PATH, 0x4010fe02);
	ck_assert_uint_eq(FCDL_IOC_RUN, 0xfe03);
	ck_assert_uint_eq(FCDL_IOC_STOP, 0xfe04);
	ck_assert_uint_eq(FCDL_IOC_STATUS, 0x8058fe05);
	ck_assert_uint_eq(sizeof(struct fcdl_event), 504);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdl_abi");
	TCase *tc = tcase_create("numbers");

	tcase_add_test(tc, numbers_stay);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
