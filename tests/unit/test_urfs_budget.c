// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/urfs/budget.c
 *
 * Waiting under a directory's lock: 10 s in any 60 s.
 */
#include <stdlib.h>
#include <string.h>
#include "urfs/budget.h"
#include "unit.h"

#define S 1000000000ULL

static struct urfs_budget_set set;
static int keys[16];

static void setup(void)
{
	memset(&set, 0, sizeof(set));
}

START_TEST(fresh_inode_has_all)
{
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[0], 12345 * S), URFS_BUDGET_NS);
}
END_TEST

START_TEST(spent_is_gone_and_comes_back)
{
	u64 now = 1000 * S;

	urfs_budget_set_charge(&set, &keys[0], now, 4 * S);
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[0], now), 6 * S);
	urfs_budget_set_charge(&set, &keys[0], now + 5 * S, 6 * S);
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[0], now + 5 * S), 0);
	/* others do not pay */
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[1], now + 5 * S), URFS_BUDGET_NS);
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[0], now + 59 * S), 0);
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[0], now + 75 * S), URFS_BUDGET_NS);
}
END_TEST

/* More than the budget never goes below zero. */
START_TEST(overdrawn)
{
	urfs_budget_set_charge(&set, &keys[0], 100 * S, 25 * S);
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[0], 100 * S), 0);
}
END_TEST

/* A caller that waits for as long as it may, at random times: no 60 s hold more than the budget. */
START_TEST(no_window_holds_more)
{
	static struct {
		u64 at, spent;
	} log[4000];
	u64 now = 500 * S, sum;
	int n = 0, i, j;

	srandom(_i);
	while (n < 4000) {
		u64 left, want = (random() % 1000) * (S / 1000);

		now += (random() % 2000) * (S / 1000);
		left = urfs_budget_set_left(&set, &keys[0], now);
		if (want > left)
			want = left;
		now += want;
		urfs_budget_set_charge(&set, &keys[0], now, want);
		log[n].at = now;
		log[n++].spent = want;
	}
	for (i = 0; i < n; i++) {
		for (sum = 0, j = i; j < n && log[j].at - log[i].at <= 60 * S; j++)
			sum += log[j].spent;
		ck_assert_uint_le(sum, URFS_BUDGET_NS);
	}
}
END_TEST

/* The table is full: who waited least makes room. */
START_TEST(least_is_evicted)
{
	u64 now = 1000 * S;
	int i;

	for (i = 0; i < URFS_BUDGET_WAYS; i++)
		urfs_budget_set_charge(&set, &keys[i], now, (10 - i) * S);
	urfs_budget_set_charge(&set, &keys[9], now, S);
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[0], now), 0);
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[9], now), 9 * S);
	ck_assert_uint_eq(urfs_budget_set_left(&set, &keys[URFS_BUDGET_WAYS - 1], now), URFS_BUDGET_NS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("urfs_budget");
	TCase *tc = tcase_create("budget");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, fresh_inode_has_all);
	tcase_add_test(tc, spent_is_gone_and_comes_back);
	tcase_add_test(tc, overdrawn);
	tcase_add_loop_test(tc, no_window_holds_more, 0, 10);
	tcase_add_test(tc, least_is_evicted);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
