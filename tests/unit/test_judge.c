// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rule about rules (kmod/redirfs/judge.h), which decides for all filters in one walk, against the sentence in
 * docs/paths.md taken word by word for one filter at a time (tests/model/judge.h).
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "tests/model/judge.h"
#include "unit.h"

#define DEPTH 6

static struct rfs_set walk(const struct rfs_ruleset *sets, struct rfs_set candidates)
{
	struct rfs_judgement j = { .open = candidates };

	for (unsigned int d = 0; d < DEPTH; d++)
		if (rfs_judge_step(&j, &sets[d], d))
			break;
	return j.in;
}

START_TEST(every_combination_of_one_filter)
{
	unsigned int slot = _i ? RFS_FILTERS_MAX - 1 : 0;
	int rule[DEPTH];
	long combinations = 1;

	for (int d = 0; d < DEPTH; d++)
		combinations *= KINDS;
	for (long n = 0; n < combinations; n++) {
		struct rfs_ruleset sets[DEPTH] = {};
		struct rfs_set all = {}, in;
		long rest = n;

		rfs_set_add(&all, slot);
		for (int d = 0; d < DEPTH; d++, rest /= KINDS) {
			rule[d] = rest % KINDS;
			hang(&sets[d], slot, rule[d]);
		}
		in = walk(sets, all);
		ck_assert_msg(rfs_set_has(&in, slot) == by_the_sentence(rule, DEPTH), "combination %ld", n);
	}
}
END_TEST

/* Many filters in one walk do not disturb each other, and those that are no candidates stay out. */
START_TEST(all_filters_at_once)
{
	srand(_i + 1);
	for (int round = 0; round < 200; round++) {
		struct rfs_ruleset sets[DEPTH] = {};
		int rules[RFS_FILTERS_MAX][DEPTH];
		struct rfs_set candidates = {}, in;

		for (unsigned int slot = 0; slot < RFS_FILTERS_MAX; slot++) {
			if (rand() % 4)
				rfs_set_add(&candidates, slot);
			for (int d = 0; d < DEPTH; d++) {
				rules[slot][d] = rand() % 2 ? NONE : rand() % KINDS;
				hang(&sets[d], slot, rules[slot][d]);
			}
		}
		in = walk(sets, candidates);
		for (unsigned int slot = 0; slot < RFS_FILTERS_MAX; slot++)
			ck_assert_msg(rfs_set_has(&in, slot) ==
					      (rfs_set_has(&candidates, slot) && by_the_sentence(rules[slot], DEPTH)),
				      "round %d slot %u", round, slot);
	}
}
END_TEST

START_TEST(walk_ends_when_all_are_decided)
{
	struct rfs_ruleset set = {};
	struct rfs_judgement j = {};

	rfs_set_add(&j.open, 3);
	rfs_set_add(&j.open, 100);
	hang(&set, 3, INCLUDE_SUBTREE);
	ck_assert(!rfs_judge_step(&j, &set, 5));
	hang(&set, 100, EXCLUDE_SINGLE);
	ck_assert(!rfs_judge_step(&j, &set, 5));
	ck_assert(rfs_judge_step(&j, &set, 1));
	ck_assert(rfs_set_has(&j.in, 3));
	ck_assert(!rfs_set_has(&j.in, 100));
}
END_TEST

START_TEST(sets)
{
	struct rfs_set a = {}, b = {}, c;

	ck_assert(rfs_set_empty(&a));
	for (unsigned int i = 0; i < RFS_FILTERS_MAX; i += 3)
		rfs_set_add(&a, i);
	for (unsigned int i = 0; i < RFS_FILTERS_MAX; i += 2)
		rfs_set_add(&b, i);
	c = rfs_set_and(&a, &b);
	for (unsigned int i = 0; i < RFS_FILTERS_MAX; i++)
		ck_assert(rfs_set_has(&c, i) == (i % 6 == 0));
	rfs_set_or(&c, &b);
	for (unsigned int i = 0; i < RFS_FILTERS_MAX; i++)
		ck_assert(rfs_set_has(&c, i) == (i % 2 == 0));
	for (unsigned int i = 0; i < RFS_FILTERS_MAX; i++)
		rfs_set_del(&c, i);
	ck_assert(rfs_set_empty(&c));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("judge");
	TCase *tests = tcase_create("judge");

	tcase_add_loop_test(tests, every_combination_of_one_filter, 0, 2);
	tcase_add_loop_test(tests, all_filters_at_once, 0, 3);
	tcase_add_test(tests, walk_ends_when_all_are_decided);
	tcase_add_test(tests, sets);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
