// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/fcdl/check.c
 *
 * What a reader may ask for and what not, one change at a time to something that is valid; and whom its choice fits.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "fcdl/check.h"
#include "unit.h"

#define BAD(type, call, change, err)         \
	do {                                 \
		type x = ok;                 \
		x.change;                    \
		ck_assert_int_eq(call, err); \
	} while (0)

START_TEST(setup)
{
	struct fcdl_setup ok = { .version = 9, .flags = 15, .ops = FCDL_OPS_OFFERED, .matches = 16, .nr_matches = 64 };
	int bit;

	ck_assert_int_eq(fcdl_check_setup(&ok), 0);
#define TRY(change, err) BAD(struct fcdl_setup, fcdl_check_setup(&x), change, err)
	TRY(version = 0, -EPROTO);
	TRY(features = 1, -EPROTO);
	TRY(features = 1ULL << 63, -EPROTO);
	TRY(flags = 16, -EINVAL);
	TRY(flags = 1U << 31, -EINVAL);
	TRY(record_max = 1, -EINVAL);
	TRY(reserved[0] = 1, -EINVAL);
	TRY(reserved[1] = 1, -EINVAL);
	TRY(nr_matches = 65, -EINVAL);
	TRY(nr_matches = 0, -EINVAL);
	TRY(policy = 3, -EINVAL);
	TRY(policy = FCDL_POLICY_WAIT, -EINVAL);
	TRY(policy = FCDL_POLICY_OLDEST, -EINVAL);
	TRY(flags &= ~FCDL_SETUP_MMAP; x.policy = FCDL_POLICY_OLDEST, 0);
	TRY(deadline_ms = 1, -EINVAL);
	TRY(ops = 0, -EINVAL);
	for (bit = 0; bit < 64; bit++)
		if (!(FCDL_OPS_OFFERED >> bit & 1))
			TRY(ops |= 1ULL << bit, -EOPNOTSUPP);
	ok.policy = FCDL_POLICY_WAIT;
	ok.deadline_ms = 1000;
	TRY(ops = 4, 0);
	TRY(deadline_ms = 0, -EINVAL);
	TRY(deadline_ms = 1001, -EINVAL);
#undef TRY
}
END_TEST

START_TEST(match)
{
	struct fcdl_match ok = { .key = FCDL_MATCH_UID, .first = 5, .last = 6 };

	ck_assert_int_eq(fcdl_check_match(&ok), 0);
#define TRY(change, err) BAD(struct fcdl_match, fcdl_check_match(&x), change, err)
	TRY(key = 0, -EINVAL);
	TRY(key = 8, -EINVAL);
	TRY(key = FCDL_MATCH_COMM, -EINVAL);
	TRY(flags = 1, 0);
	TRY(flags = 2, -EINVAL);
	TRY(first = 7, -EINVAL);
	TRY(first = 6, 0);
	TRY(comm[0] = 'x', -EINVAL);
	TRY(comm[15] = 'x', -EINVAL);
	ok = (struct fcdl_match){ .key = FCDL_MATCH_COMM, .comm = "123456789012345" };
	ck_assert_int_eq(fcdl_check_match(&ok), 0);
	TRY(first = 1, -EINVAL);
	TRY(last = 1, -EINVAL);
	TRY(comm[15] = '6', -EINVAL);
	TRY(comm[3] = '\0', -EINVAL);
	TRY(comm[0] = '\0', -EINVAL);
#undef TRY
}
END_TEST

START_TEST(path)
{
	struct fcdl_path ok = { .length = 4095, .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE | RFS_PATH_FORCE };

	ck_assert_int_eq(fcdl_check_path(&ok, true), 0);
	ck_assert_int_eq(fcdl_check_path(&ok, false), -EINVAL);
#define TRY(change, err) BAD(struct fcdl_path, fcdl_check_path(&x, true), change, err)
	TRY(length = 0, -EINVAL);
	TRY(length = 4096, -EINVAL);
	TRY(flags = RFS_PATH_INCLUDE, -EINVAL);
	TRY(flags = RFS_PATH_SUBTREE, -EINVAL);
	TRY(flags |= RFS_PATH_EXCLUDE, -EINVAL);
	TRY(flags |= RFS_PATH_SINGLE, -EINVAL);
	TRY(flags |= RFS_PATH_REPLACED, -EINVAL);
	TRY(flags |= 1U << 31, -EINVAL);
	TRY(flags = RFS_PATH_EXCLUDE | RFS_PATH_SINGLE, 0);
#undef TRY
	ok.flags = 0;
	ck_assert_int_eq(fcdl_check_path(&ok, false), 0);
	ck_assert_int_eq(fcdl_check_path(&ok, true), -EINVAL);
}
END_TEST

START_TEST(size)
{
	const u32 max = 4 << 20;

	ck_assert_uint_eq(fcdl_ring_size(0, max), FCDL_RING_DEFAULT);
	ck_assert_uint_eq(fcdl_ring_size(1, max), FCDL_RING_MIN);
	ck_assert_uint_eq(fcdl_ring_size(65536, max), 65536);
	ck_assert_uint_eq(fcdl_ring_size(65537, max), 131072);
	ck_assert_uint_eq(fcdl_ring_size(~0ULL, max), max);
	ck_assert_uint_eq(fcdl_ring_size(0, 65536), 65536);
	ck_assert_uint_eq(fcdl_ring_size(~0ULL, 1U << 30), 1U << 30);
}
END_TEST

#define INCLUDE(k, a, b)                              \
	{                                             \
		.key = (k), .first = (a), .last = (b) \
	}
#define EXCLUDE(k, a, b)                                                           \
	{                                                                          \
		.key = (k), .flags = FCDL_MATCH_EXCLUDE, .first = (a), .last = (b) \
	}

START_TEST(whom)
{
	const struct rfs_caller who = {
		.uid = 1, .gid = 2, .euid = 3, .egid = 4, .loginuid = 5, .pid = 6, .comm = "sh"
	};
	u32 key;

	ck_assert(fcdl_matches(NULL, 0, &who));
	for (key = FCDL_MATCH_UID; key <= FCDL_MATCH_PID; key++) {
		const struct fcdl_match in[] = { INCLUDE(key, key, key) }, out[] = { EXCLUDE(key, key, key) };
		const struct fcdl_match below[] = { INCLUDE(key, 0, key - 1) },
					above[] = { INCLUDE(key, key + 1, ~0U) };
		const struct fcdl_match second[] = { INCLUDE(key, 77, 77), INCLUDE(key, 0, key) };
		const struct fcdl_match both[] = { INCLUDE(key, 0, ~0U), EXCLUDE(key, key, key) };
		const struct fcdl_match other[] = { EXCLUDE(key, 77, 77) };

		ck_assert(fcdl_matches(in, 1, &who));
		ck_assert(!fcdl_matches(out, 1, &who));
		ck_assert(!fcdl_matches(below, 1, &who));
		ck_assert(!fcdl_matches(above, 1, &who));
		ck_assert(fcdl_matches(second, 2, &who));
		ck_assert(!fcdl_matches(second, 1, &who));
		ck_assert(!fcdl_matches(both, 2, &who));
		ck_assert(fcdl_matches(other, 1, &who));
	}
}
END_TEST

START_TEST(whom_by_name)
{
	const struct rfs_caller who = { .uid = 1, .comm = "sh" };
	const struct fcdl_match sh = { .key = FCDL_MATCH_COMM, .comm = "sh" };
	const struct fcdl_match shd = { .key = FCDL_MATCH_COMM, .comm = "shd" };
	const struct fcdl_match not_sh = { .key = FCDL_MATCH_COMM, .flags = FCDL_MATCH_EXCLUDE, .comm = "sh" };
	const struct fcdl_match two[] = { sh, INCLUDE(FCDL_MATCH_UID, 1, 1) };
	const struct fcdl_match one_of_two[] = { sh, INCLUDE(FCDL_MATCH_UID, 2, 2) };

	ck_assert(fcdl_matches(&sh, 1, &who));
	ck_assert(!fcdl_matches(&shd, 1, &who));
	ck_assert(!fcdl_matches(&not_sh, 1, &who));
	/* keys are joined by "and" */
	ck_assert(fcdl_matches(two, 2, &who));
	ck_assert(!fcdl_matches(one_of_two, 2, &who));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdl_check");
	TCase *tc = tcase_create("check");

	tcase_add_test(tc, setup);
	tcase_add_test(tc, match);
	tcase_add_test(tc, path);
	tcase_add_test(tc, size);
	tcase_add_test(tc, whom);
	tcase_add_test(tc, whom_by_name);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
