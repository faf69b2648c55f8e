// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/urfs/check.c
 *
 * What the module takes from user space and what not: one change at a time to something that is valid.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "urfs/check.h"
#include "unit.h"

START_TEST(hello)
{
	struct urfs_hello ok = { .version = 7 }, h;

	ck_assert_int_eq(urfs_check_hello(&ok), 0);
#define BAD(change, err)                                     \
	do {                                                 \
		h = ok;                                      \
		h.change;                                    \
		ck_assert_int_eq(urfs_check_hello(&h), err); \
	} while (0)
	BAD(version = 0, -EPROTO);
	BAD(features = 1, -EPROTO);
	BAD(features = 1ULL << 63, -EPROTO);
	BAD(flags = 1, -EINVAL);
	BAD(max_pending = 1, -EINVAL);
	BAD(msg_size = 1, -EINVAL);
	BAD(cmd_size = 1, -EINVAL);
	BAD(event_size = 1, -EINVAL);
	BAD(deadline_ms = 1, -EINVAL);
	BAD(reserved[0] = 1, -EINVAL);
	BAD(reserved[4] = 1, -EINVAL);
#undef BAD
}
END_TEST

/* For each command: which members it has. */
static const struct {
	u32 type, filter, data, value, flags;
} commands[] = {
	{ URFS_CMD_REGISTER, 0, 1, 1, 0x103 },	   { URFS_CMD_UNREGISTER, 1, 0, 0, 0 },
	{ URFS_CMD_SET_PATH, 1, 1, 0, 0x1f },	   { URFS_CMD_DEL_PATH, 1, 1, 0, 0 },
	{ URFS_CMD_ACTIVATE, 1, 0, 0, 0 },	   { URFS_CMD_DEACTIVATE, 1, 0, 0, 0 },
	{ URFS_CMD_SET_OPERATIONS, 1, 1, 0, 0 },   { URFS_CMD_SET_POLICY, 1, 1, 0, 0 },
	{ URFS_CMD_SWITCH_CALLBACKS, 0, 0, 1, 0 }, { URFS_CMD_SET_MODIFY, 1, 0, 1, 0 },
	{ URFS_CMD_SET_EXEMPT, 0, 0, 1, 0x3 },	   { URFS_CMD_REPLY, 0, 0, 1, 0x7d },
	{ URFS_CMD_REQUEUE, 0, 0, 0, 0 },
};

START_TEST(command)
{
	struct urfs_cmd ok = { .type = commands[_i].type, .id = 42 }, c;
	int bit;

#define TRY(change, good)                                                   \
	do {                                                                \
		c = ok;                                                     \
		c.change;                                                   \
		ck_assert_int_eq(urfs_check_cmd(&c), (good) ? 0 : -EINVAL); \
	} while (0)
	TRY(id = 0, 1);
	TRY(filter = 3, commands[_i].filter);
	TRY(ptr = 3, commands[_i].data);
	TRY(length = 3, commands[_i].data);
	TRY(value = -3, commands[_i].value);
	for (bit = 0; bit < 32; bit++)
		TRY(flags = 1U << bit, commands[_i].flags >> bit & 1);
	TRY(result = 1, 0);
	TRY(error = -1, 0);
	TRY(reserved[0] = 1, 0);
	TRY(reserved[2] = 1, 0);
	TRY(type = 0, 0);
	TRY(type = URFS_CMD_REQUEUE + 1, 0);
	TRY(type = 0xffffffff, 0);
#undef TRY
}
END_TEST

START_TEST(replies)
{
	struct urfs_reply r = { .flags = URFS_REPLY_STOP, .value = -5 };

	ck_assert_int_eq(urfs_check_reply(&r), 0);
	r.flags = URFS_REPLY_REQUEUE;
	ck_assert_int_eq(urfs_check_reply(&r), -EINVAL);
	r.value = 0;
	ck_assert_int_eq(urfs_check_reply(&r), 0);
	r.flags |= URFS_REPLY_STOP;
	ck_assert_int_eq(urfs_check_reply(&r), -EINVAL);
	r.flags = 0x80;
	ck_assert_int_eq(urfs_check_reply(&r), -EINVAL);
	r.flags = URFS_REPLY_DATA;
	ck_assert_int_eq(urfs_check_reply(&r), 0);
	r.flags |= URFS_REPLY_REQUEUE;
	ck_assert_int_eq(urfs_check_reply(&r), -EINVAL);

	r.flags = URFS_REPLY_REMEMBER;
	ck_assert_int_eq(urfs_check_reply(&r), 0);
	r.flags |= URFS_REPLY_REQUEUE;
	ck_assert_int_eq(urfs_check_reply(&r), -EINVAL);

	ck_assert_int_eq(urfs_check_verdict(0, 0, false, false), 0);
	ck_assert_int_eq(urfs_check_verdict(0, -1, false, false), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_STOP, 0, false, false), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_STOP, 1, false, false), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_STOP, -1, false, false), 0);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_STOP, -4095, false, false), 0);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_STOP, -4096, false, false), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_STOP, -0x100000001LL, false, false), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(0, -13, true, false), 0);
	ck_assert_int_eq(urfs_check_verdict(0, 0, true, false), 0);
	ck_assert_int_eq(urfs_check_verdict(0, 1, true, false), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(0, -4096, true, false), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_STOP, -1, true, false), -EINVAL);

	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_DATA, 0, false, true), 0);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_DATA, 0, false, false), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_DATA, -1, false, true), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_DATA | URFS_REPLY_STOP, -1, false, true), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_DATA, 0, true, true), -EINVAL);
	ck_assert_int_eq(urfs_check_verdict(0, 0, false, true), 0);
	ck_assert_int_eq(urfs_check_verdict(URFS_REPLY_STOP, -5, false, true), 0);
	/* how a file may be mapped is said before its open, if that goes on */
	ck_assert_int_eq(urfs_check_mmap(0, false), 0);
	ck_assert_int_eq(urfs_check_mmap(URFS_REPLY_STOP, false), 0);
	ck_assert_int_eq(urfs_check_mmap(URFS_REPLY_NO_EXEC, true), 0);
	ck_assert_int_eq(urfs_check_mmap(URFS_REPLY_NO_EXEC | URFS_REPLY_NO_MMAP, true), 0);
	ck_assert_int_eq(urfs_check_mmap(URFS_REPLY_NO_SHARED_WRITE, false), -EINVAL);
	ck_assert_int_eq(urfs_check_mmap(URFS_REPLY_NO_MMAP | URFS_REPLY_STOP, true), -EINVAL);
	ck_assert_int_eq(URFS_REPLY_MMAP(RFS_MMAP_POLICY_ALL),
			 URFS_REPLY_NO_MMAP | URFS_REPLY_NO_EXEC | URFS_REPLY_NO_SHARED_WRITE);
}
END_TEST

START_TEST(cookie)
{
	static const struct {
		unsigned int which, flags;
		unsigned long long cookie;
		int result;
	} rows[] = {
		{ RFS_FIRST, 0, 1, 0 },
		{ RFS_SECOND_PARENT, 0, ~0ULL, 0 },
		{ RFS_SECOND_PARENT + 1, 0, 1, -EINVAL },
		{ RFS_FIRST, 0, 0, -EINVAL },
		{ RFS_SECOND, URFS_COOKIE_FILE, 1, 0 },
		{ RFS_FIRST_PARENT, URFS_COOKIE_FILE, 1, -EINVAL },
		{ RFS_FIRST, URFS_COOKIE_TAKE, 0, 0 },
		{ RFS_FIRST, URFS_COOKIE_TAKE | URFS_COOKIE_FILE, 0, 0 },
		{ RFS_FIRST, URFS_COOKIE_TAKE, 1, -EINVAL },
		{ RFS_FIRST, 4, 1, -EINVAL },
		{ ~0u, 0, 1, -EINVAL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct urfs_cookie c = {
			.id = 7, .which = rows[i].which, .flags = rows[i].flags, .cookie = rows[i].cookie
		};

		ck_assert_msg(urfs_check_cookie(&c) == rows[i].result, "row %zu", i);
	}
}
END_TEST

START_TEST(open_object)
{
	struct urfs_open_object ok = { .id = 7, .which = RFS_SECOND_PARENT }, o;

	ck_assert_int_eq(urfs_check_open_object(&ok), 0);
#define BAD(change)                                                    \
	do {                                                           \
		o = ok;                                                \
		o.change;                                              \
		ck_assert_int_eq(urfs_check_open_object(&o), -EINVAL); \
	} while (0)
	BAD(which = RFS_SECOND_PARENT + 1);
	BAD(flags = 1);
	BAD(fd = 1);
	BAD(fd = -1);
	BAD(reserved = 1);
#undef BAD
}
END_TEST

START_TEST(exchange)
{
	struct urfs_exchange ok = { .nr_replies = URFS_BATCH_MAX, .nr_messages = URFS_BATCH_MAX, .timeout_ns = -1 }, x;

	ck_assert_int_eq(urfs_check_exchange(&ok), 0);
#define BAD(change)                                                 \
	do {                                                        \
		x = ok;                                             \
		x.change;                                           \
		ck_assert_int_eq(urfs_check_exchange(&x), -EINVAL); \
	} while (0)
	BAD(nr_replies++);
	BAD(nr_messages++);
	BAD(timeout_ns = -2);
	BAD(timeout_ns = INT64_MIN);
	BAD(flags = 1);
	BAD(reserved = 1);
#undef BAD
}
END_TEST

START_TEST(operations)
{
	struct urfs_op ops[2] = { { RFS_OP_OPEN, URFS_OP_PRE }, { RFS_OP_UNLINK, URFS_OP_POST } };

	ck_assert_int_eq(urfs_check_ops(ops, 2), 0);
	ck_assert_int_eq(urfs_check_ops(ops, 0), 0);
#define BAD(o, f)                                                  \
	do {                                                       \
		ops[1].op = (o);                                   \
		ops[1].flags = (f);                                \
		ck_assert_int_eq(urfs_check_ops(ops, 2), -EINVAL); \
	} while (0)
	BAD(RFS_OP_END, URFS_OP_PRE);
	BAD(RFS_OP_MAX, URFS_OP_PRE);
	BAD(0xffffffff, URFS_OP_PRE);
	BAD(RFS_OP_OPEN, URFS_OP_POST);
	BAD(RFS_OP_UNLINK, 0);
	BAD(RFS_OP_UNLINK, 0x40 | URFS_OP_PRE);
	BAD(RFS_OP_UNLINK, URFS_OP_DATA | URFS_OP_PRE);
	BAD(RFS_OP_UNLINK, URFS_OP_PLACED | URFS_OP_PRE);
	BAD(RFS_OP_READ, URFS_OP_DATA | URFS_OP_PRE);
	BAD(RFS_OP_READ, URFS_OP_DATA);
	BAD(RFS_OP_READ, URFS_OP_DATA | URFS_OP_POST | URFS_OP_POST_NOTIFY);
	BAD(RFS_OP_READ, URFS_OP_PLACED | URFS_OP_POST);
	BAD(RFS_OP_READDIR, URFS_OP_DATA | URFS_OP_PRE);
	BAD(RFS_OP_READDIR, URFS_OP_DATA | URFS_OP_POST | URFS_OP_PLACED);
	BAD(RFS_OP_READDIR, URFS_OP_DATA | URFS_OP_POST | URFS_OP_POST_NOTIFY);
	BAD(RFS_OP_WRITE, URFS_OP_DATA | URFS_OP_POST);
	BAD(RFS_OP_WRITE, URFS_OP_DATA | URFS_OP_PRE | URFS_OP_PRE_NOTIFY);
	BAD(RFS_OP_WRITE, URFS_OP_PLACED | URFS_OP_PRE);
	BAD(RFS_OP_UNLINK, URFS_OP_PRE | URFS_OP_POST_NOTIFY);
	BAD(RFS_OP_UNLINK, URFS_OP_POST | URFS_OP_PRE_NOTIFY);
	BAD(RFS_OP_RELEASE, URFS_OP_PRE | URFS_OP_PRE_NOTIFY);
#undef BAD
#define GOOD(o, f)                                           \
	do {                                                 \
		ops[1].op = (o);                             \
		ops[1].flags = (f);                          \
		ck_assert_int_eq(urfs_check_ops(ops, 2), 0); \
	} while (0)
	GOOD(RFS_OP_READ, URFS_OP_DATA | URFS_OP_POST);
	GOOD(RFS_OP_READ, URFS_OP_DATA | URFS_OP_POST | URFS_OP_PLACED | URFS_OP_PRE | URFS_OP_PRE_NOTIFY);
	GOOD(RFS_OP_READDIR, URFS_OP_DATA | URFS_OP_POST);
	GOOD(RFS_OP_WRITE, URFS_OP_DATA | URFS_OP_PRE);
	GOOD(RFS_OP_WRITE, URFS_OP_DATA | URFS_OP_PRE | URFS_OP_PLACED | URFS_OP_POST | URFS_OP_POST_NOTIFY);
#undef GOOD
}
END_TEST

START_TEST(policy_of_data)
{
	struct urfs_policy p = { .deadline_ms = 5000, .on_overload = URFS_VERDICT_WAIT };

	urfs_policy_unnamed(&p, FCDLCTL_POLICY_DEADLINE, true);
	ck_assert_int_eq(p.deadline_ms, 5000);
	ck_assert_int_eq(p.on_timeout, -EIO);
	ck_assert_int_eq(p.on_overload, URFS_VERDICT_WAIT);
	ck_assert_int_eq(p.on_exit, -EIO);
	ck_assert_int_eq(p.on_unaskable, -EIO);
	urfs_policy_unnamed(&p, 0, false);
	ck_assert_int_eq(p.on_timeout, URFS_VERDICT_ALLOW);
	ck_assert_int_eq(p.on_overload, URFS_VERDICT_WAIT);
	ck_assert_int_eq(p.on_exit, URFS_VERDICT_ALLOW);
	ck_assert_int_eq(p.on_unaskable, URFS_VERDICT_ALLOW);
	/* what was chosen stays, in both directions */
	p.on_exit = -EROFS;
	urfs_policy_unnamed(&p, FCDLCTL_POLICY_ON_EXIT | FCDLCTL_POLICY_ON_TIMEOUT, true);
	ck_assert_int_eq(p.on_timeout, URFS_VERDICT_ALLOW);
	ck_assert_int_eq(p.on_exit, -EROFS);
	ck_assert_int_eq(p.on_unaskable, -EIO);
	urfs_policy_unnamed(&p, FCDLCTL_POLICY_ON_EXIT, false);
	ck_assert_int_eq(p.on_exit, -EROFS);
}
END_TEST

START_TEST(policy)
{
	const struct urfs_policy before = { .deadline_ms = 5000, .on_overload = URFS_VERDICT_WAIT };
	const struct fcdlctl_policy ok = {
		.valid = FCDLCTL_POLICY_ALL,
		.deadline_ms = 10,
		.on_timeout = { .action = FCDLCTL_DENY, .error = EACCES },
		.on_overload = { .action = FCDLCTL_WAIT },
		.on_exit = { .action = FCDLCTL_ALLOW },
		.on_unaskable = { .action = FCDLCTL_DENY, .error = 4095 },
	};
	struct urfs_policy p = before;
	struct fcdlctl_policy in, out = {};

	ck_assert_int_eq(urfs_check_policy(&ok, &p), 0);
	ck_assert_int_eq(p.deadline_ms, 10);
	ck_assert_int_eq(p.on_timeout, -EACCES);
	ck_assert_int_eq(p.on_overload, URFS_VERDICT_WAIT);
	ck_assert_int_eq(p.on_exit, URFS_VERDICT_ALLOW);
	ck_assert_int_eq(p.on_unaskable, -4095);
	urfs_policy_show(&p, &out);
	ck_assert_mem_eq(&out, &ok, sizeof(ok));
#define BAD(change, err)                                           \
	do {                                                       \
		in = ok;                                           \
		in.change;                                         \
		p = before;                                        \
		ck_assert_int_eq(urfs_check_policy(&in, &p), err); \
		ck_assert_mem_eq(&p, &before, sizeof(p));          \
	} while (0)
	BAD(valid = 0, -EINVAL);
	BAD(valid |= 0x20, -EINVAL);
	BAD(valid &= ~(u32)FCDLCTL_POLICY_DEADLINE, -EINVAL);
	BAD(valid &= ~(u32)FCDLCTL_POLICY_ON_EXIT, -EINVAL);
	BAD(deadline_ms = 0, -ERANGE);
	BAD(deadline_ms = 3600001, -ERANGE);
	BAD(on_timeout.action = FCDLCTL_WAIT, -EINVAL);
	BAD(on_timeout.action = FCDLCTL_NONE, -EINVAL);
	BAD(on_timeout.action = 99, -EINVAL);
	BAD(on_timeout.error = 0, -EINVAL);
	BAD(on_timeout.error = 4096, -EINVAL);
	BAD(on_timeout.error = 0x80000000, -EINVAL);
	BAD(on_exit.error = 5, -EINVAL);
	BAD(on_exit.action = FCDLCTL_WAIT, -EINVAL);
	BAD(on_exit.action = FCDLCTL_HOLD, -EOPNOTSUPP);
	BAD(on_exit.hold_ms = 5, -EINVAL);
	BAD(on_exit.reserved = 5, -EINVAL);
	BAD(on_overload.action = FCDLCTL_HOLD, -EOPNOTSUPP);
	BAD(reserved[3] = 1, -EINVAL);
#undef BAD
	/* what has no bit keeps its value */
	memset(&in, 0, sizeof(in));
	in.valid = FCDLCTL_POLICY_ON_EXIT;
	in.on_exit = ok.on_timeout;
	p = before;
	ck_assert_int_eq(urfs_check_policy(&in, &p), 0);
	ck_assert_int_eq(p.on_exit, -EACCES);
	ck_assert_int_eq(p.deadline_ms, 5000);
	ck_assert_int_eq(p.on_overload, URFS_VERDICT_WAIT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("urfs_check");
	TCase *tc = tcase_create("check");

	tcase_add_test(tc, hello);
	tcase_add_loop_test(tc, command, 0, sizeof(commands) / sizeof(commands[0]));
	tcase_add_test(tc, replies);
	tcase_add_test(tc, exchange);
	tcase_add_test(tc, cookie);
	tcase_add_test(tc, open_object);
	tcase_add_test(tc, operations);
	tcase_add_test(tc, policy);
	tcase_add_test(tc, policy_of_data);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
