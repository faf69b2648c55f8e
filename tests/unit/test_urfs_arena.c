// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/urfs/arena.c
 *
 * The map of a connection's arena, against a model that keeps one byte per unit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tests/model/arena.h"
#include "unit.h"

#define MAX_UNITS 300

static u64 map[(MAX_UNITS + 63) / 64];
static struct urfs_arena arena;

START_TEST(lowest_run_first)
{
	urfs_arena_init(&arena, map, 256);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 4), 0);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 4), 4);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 4), 8);
	ck_assert_int_eq(urfs_arena_free(&arena, 4, 4), 0);
	/* too short for five, long enough for three */
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 5), 12);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 3), 4);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 1), 7);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 1), 17);
}
END_TEST

START_TEST(runs_cross_words)
{
	urfs_arena_init(&arena, map, 192);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 60), 0);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 100), 60);
	ck_assert_uint_eq(arena.used, 160);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 33), URFS_ARENA_NONE);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 32), 160);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 1), URFS_ARENA_NONE);
	ck_assert_int_eq(urfs_arena_free(&arena, 60, 100), 0);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 100), 60);
}
END_TEST

START_TEST(bad_requests)
{
	urfs_arena_init(&arena, map, 100);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 0), URFS_ARENA_NONE);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 101), URFS_ARENA_NONE);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 0xffffffff), URFS_ARENA_NONE);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 100), 0);
	/* twice, beyond the end, overflowing */
	ck_assert_int_eq(urfs_arena_free(&arena, 90, 10), 0);
	ck_assert_int_eq(urfs_arena_free(&arena, 90, 10), -EINVAL);
	ck_assert_int_eq(urfs_arena_free(&arena, 80, 11), -EINVAL);
	ck_assert_int_eq(urfs_arena_free(&arena, 99, 2), -EINVAL);
	ck_assert_int_eq(urfs_arena_free(&arena, 101, 0), -EINVAL);
	ck_assert_int_eq(urfs_arena_free(&arena, 5, 0xfffffffe), -EINVAL);
	/* and nothing changed */
	ck_assert_uint_eq(arena.used, 90);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 11), URFS_ARENA_NONE);
	ck_assert_uint_eq(urfs_arena_alloc(&arena, 10), 90);
}
END_TEST

START_TEST(as_the_model)
{
	struct {
		u32 first, units;
	} held[MAX_UNITS];
	char model[MAX_UNITS];
	u32 size = 1 + _i * 7 % MAX_UNITS, used = 0;
	int n = 0, step;

	srandom(_i);
	memset(model, 0, sizeof(model));
	urfs_arena_init(&arena, map, size);
	for (step = 0; step < 3000; step++) {
		if (random() % 5 < 3) {
			u32 units = 1 + random() % (random() % 4 ? 6 : 90);
			u32 first = urfs_arena_alloc(&arena, units);

			ck_assert_uint_eq(first, model_find(model, size, units));
			if (first == URFS_ARENA_NONE)
				continue;
			memset(model + first, 1, units);
			held[n].first = first;
			held[n++].units = units;
			used += units;
		} else if (n) {
			int i = random() % n;
			/* all of it, or its end, as when a message is shorter than its block */
			u32 cut = random() % 2 ? held[i].units : 1 + random() % held[i].units;
			u32 first = held[i].first + held[i].units - cut;

			ck_assert_int_eq(urfs_arena_free(&arena, first, cut), 0);
			memset(model + first, 0, cut);
			used -= cut;
			held[i].units -= cut;
			if (!held[i].units)
				held[i] = held[--n];
		}
		ck_assert_uint_eq(arena.used, used);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("urfs_arena");
	TCase *tc = tcase_create("arena");

	tcase_add_test(tc, lowest_run_first);
	tcase_add_test(tc, runs_cross_words);
	tcase_add_test(tc, bad_requests);
	tcase_add_loop_test(tc, as_the_model, 0, 40);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
