// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * liburfs against a kernel inside this process (fake/fake.h): what becomes of every message and every call.
 *
 * sources: liburfs/src/[a-z]*.c tests/unit/fake/fake.c
 * libs: -lurcu-mb
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <urfs.h>

#include "tests/unit/fake/fake.h"
#include "unit.h"

#define SOON 20000 /* ms: a wait that a loaded machine must not cut short */
#define FIRST_HANDLE 7

static struct urfs_conn conn;
static rfs_filter filter;
static pthread_t loops[8];
static unsigned int loop_count;
static atomic_int loop_result;

static void nap(unsigned int ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

/* Poll until a condition holds: in a macro, since it is an expression. */
#define ck_until(condition)                                 \
	do {                                                \
		int left_ = SOON;                           \
                                                            \
		while (!(condition) && left_-- > 0)         \
			nap(1);                             \
		ck_assert_msg(left_ > 0, "%s", #condition); \
	} while (0)

static void *loop_main(void *target)
{
	int err = urfs_main(&conn, target);

	if (err)
		atomic_store(&loop_result, err);
	return NULL;
}

static void start_loops(unsigned int count, rfs_filter target)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&loops[loop_count++], NULL, loop_main, target), 0);
}

static void join_loops(void)
{
	while (loop_count)
		pthread_join(loops[--loop_count], NULL);
}

static void stop_loops(void)
{
	ck_assert_int_eq(urfs_stop(&conn), 0);
	join_loops();
}

static void set_up(void)
{
	struct rfs_filter_info info = { .name = "test", .priority = 1, .size = sizeof(info), .op_data_size = 64 };

	fake_reset();
	loop_count = 0;
	atomic_store(&loop_result, 0);
	ck_assert_int_eq(urfs_open(&conn), 0);
	ck_assert_int_eq(urfs_filter_alloc(&filter, &conn), 0);
	ck_assert_int_eq(rfs_register_filter(&filter, &info), RFS_ERR_OK);
}

static void tear_down(void)
{
	if (loop_count)
		stop_loops();
	urfs_filter_free(filter);
	urfs_close(&conn);
	ck_assert(!fake_is_open());
}

static void set_ops(enum rfs_op_id op, enum rfs_retv (*pre)(rfs_context, struct rfs_args *),
		    enum rfs_retv (*post)(rfs_context, struct rfs_args *))
{
	struct rfs_op_info ops[] = { { .op_id = op, .pre_cb = pre, .post_cb = post }, { .op_id = RFS_OP_END } };

	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_OK);
}

static uint64_t ask(uint32_t op, uint32_t flags, uint64_t operation)
{
	struct fake_event event = {
		.filter = FIRST_HANDLE,
		.op = op,
		.flags = flags,
		.operation = operation,
		.rule = "/srv/ledger",
		.rest = "/2024/file",
		.exe = "/usr/bin/rm",
		.deadline_ms = 5000,
	};

	return fake_ask(&event);
}

static struct urfs_reply answer(uint64_t id)
{
	struct urfs_reply reply;

	ck_assert(fake_answer(id, SOON, &reply));
	return reply;
}

static void ck_allowed(uint64_t id)
{
	struct urfs_reply reply = answer(id);

	ck_assert_uint_eq(reply.flags, 0);
	ck_assert_int_eq(reply.value, 0);
}

static void ck_denied(uint64_t id, int err)
{
	struct urfs_reply reply = answer(id);

	ck_assert_uint_eq(reply.flags, URFS_REPLY_STOP);
	ck_assert_int_eq(reply.value, -err);
}

/* ---- Opening ---- */

START_TEST(open_fails)
{
	struct urfs_open_info info = { .size = sizeof(info) };

	fake_reset();
	fake_faults.open = -ENOENT;
	ck_assert_int_eq(urfs_open(&conn), -ENOENT);
	fake_reset();
	fake_faults.hello = -EPROTO;
	ck_assert_int_eq(urfs_open(&conn), -EPROTO);
	fake_reset();
	fake_faults.hello = -ENOTTY;
	ck_assert_int_eq(urfs_open(&conn), -EPROTO);
	fake_reset();
	fake_faults.version = URFS_ABI_VERSION + 1;
	ck_assert_int_eq(urfs_open(&conn), -EPROTO);
	fake_reset();
	fake_faults.msg_size = 32;
	ck_assert_int_eq(urfs_open(&conn), -EPROTO);
	fake_reset();
	fake_faults.map = -ENOMEM;
	ck_assert_int_eq(urfs_open(&conn), -ENOMEM);
	ck_assert(!fake_is_open());
	ck_assert_int_eq(urfs_open_with(&conn, NULL), -EINVAL);
	ck_assert_int_eq(urfs_open_with(NULL, &info), -EINVAL);
	info.flags = 1;
	ck_assert_int_eq(urfs_open_with(&conn, &info), -EINVAL);
	info.flags = 0;
	info.reserved[4] = 1;
	ck_assert_int_eq(urfs_open_with(&conn, &info), -EINVAL);
	info.reserved[4] = 0;
	info.size--;
	ck_assert_int_eq(urfs_open_with(&conn, &info), -EINVAL);
}
END_TEST

START_TEST(not_open)
{
	struct urfs_conn none = { 0 };
	struct urfs_stats stats = { .size = sizeof(stats) };
	rfs_filter flt;

	ck_assert_int_eq(urfs_filter_alloc(&flt, &none), -EBADF);
	ck_assert_int_eq(urfs_filter_alloc(&flt, NULL), -EBADF);
	ck_assert_int_eq(urfs_main(&none, NULL), -EBADF);
	ck_assert_int_eq(urfs_main_threads(&none, NULL, 1), -EBADF);
	ck_assert_int_eq(urfs_stop(&none), -EBADF);
	ck_assert_int_eq(urfs_restart(&none), -EBADF);
	ck_assert_int_eq(urfs_fd(&none), -EBADF);
	ck_assert_int_eq(urfs_dispatch(&none), -EBADF);
	ck_assert_int_eq(urfs_set_log(&none, NULL, NULL), -EBADF);
	ck_assert_int_eq(urfs_get_stats(&none, &stats), -EBADF);
	ck_assert_int_eq(urfs_set_exempt(&none, 0, -1), -EBADF);
	urfs_close(&none);
	urfs_close(NULL);
	urfs_filter_free(NULL);
}
END_TEST

/* ---- Filters ---- */

static enum rfs_retv cb_allow(rfs_context context, struct rfs_args *args)
{
	(void)context;
	(void)args;
	return RFS_CONTINUE;
}

START_TEST(registration)
{
	struct rfs_filter_info info = { .name = "other", .priority = 5 };
	struct urfs_cmd cmd;
	char text[4200];
	rfs_filter other = NULL;

	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_INVAL);
	ck_assert_int_eq(rfs_register_filter(NULL, &info), RFS_ERR_INVAL);
	ck_assert_int_eq(urfs_filter_alloc(&other, &conn), 0);
	ck_assert_int_eq(rfs_register_filter(&other, NULL), RFS_ERR_INVAL);
	info.name = NULL;
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_INVAL);
	info.name = "";
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_INVAL);
	info.name = "a234567890123456789012345678901x";
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_INVAL);
	info.name = "other";
	info.size = sizeof(info) - 1;
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_INVAL);
	info.size = sizeof(info);
	info.flags = 0x80;
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_INVAL);
	info.flags = RFS_FILTER_LOCKED | RFS_FILTER_UNPLACED;
	info.op_data_size = RFS_OP_DATA_MAX + 1;
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_INVAL);
	info.op_data_size = 0;
	info.reserved = 1;
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_INVAL);
	info.reserved = 0;
	info.active = 1;
	ck_assert_uint_eq(fake_commands(URFS_CMD_REGISTER, NULL, NULL), 1);
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_REGISTER, &cmd, text), 2);
	ck_assert_str_eq(text, "other");
	ck_assert_int_eq(cmd.value, 5);
	ck_assert_uint_eq(cmd.flags, URFS_REGISTER_LOCKED | URFS_REGISTER_UNPLACED);
	ck_assert_uint_eq(fake_commands(URFS_CMD_ACTIVATE, &cmd, NULL), 1);
	ck_assert_uint_eq(cmd.filter, FIRST_HANDLE + 1);
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_BUSY);

	ck_assert_int_eq(rfs_unregister_filter(other), RFS_ERR_OK);
	ck_assert_int_eq(rfs_unregister_filter(other), RFS_ERR_NOENT);
	ck_assert_int_eq(rfs_activate_filter(other), RFS_ERR_NOENT);
	fake_faults.command = URFS_CMD_REGISTER;
	fake_faults.command_error = -EEXIST;
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_EXIST);
	/* what follows the name fails: nothing is left behind */
	fake_faults.command = URFS_CMD_ACTIVATE;
	fake_faults.command_error = -EIO;
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_IO);
	ck_assert_uint_eq(fake_commands(URFS_CMD_UNREGISTER, &cmd, NULL), 2);
	fake_faults.command = 0;
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_OK);
	/* left to urfs_close() */
}
END_TEST

START_TEST(operations)
{
	struct rfs_op_info ops[3] = { { .op_id = RFS_OP_UNLINK, .pre_cb = cb_allow },
				      { .op_id = RFS_OP_UNLINK, .post_cb = cb_allow },
				      { .op_id = RFS_OP_END } };
	struct urfs_cmd cmd;
	char text[4200];
	struct urfs_op sent[2];

	ck_assert_int_eq(rfs_set_operations(filter, NULL), RFS_ERR_INVAL);
	ck_assert_int_eq(rfs_set_operations(NULL, ops), RFS_ERR_INVAL);
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[1].op_id = (enum rfs_op_id)RFS_OP_MAX;
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[1].op_id = (enum rfs_op_id) - 1;
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[1].op_id = RFS_OP_MKDIR;
	ops[1].flags = 4;
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[1].flags = RFS_OP_POST_NOTIFY;
	ops[1].post_cb = NULL;
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[1].post_cb = cb_allow;
	ops[0].op_id = RFS_OP_RELEASE;
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[0].op_id = RFS_OP_UNLINK;
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_OPERATIONS, NULL, NULL), 1); /* of the registration */
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_OPERATIONS, &cmd, text), 2);
	ck_assert_uint_eq(cmd.length, sizeof(sent));
	memcpy(sent, text, sizeof(sent));
	ck_assert_uint_eq(sent[0].op, RFS_OP_MKDIR);
	ck_assert_uint_eq(sent[0].flags, URFS_OP_POST | URFS_OP_POST_NOTIFY);
	ck_assert_uint_eq(sent[1].op, RFS_OP_UNLINK);
	ck_assert_uint_eq(sent[1].flags, URFS_OP_PRE);
	/* data: of a read after it, of a write before it, and while somebody waits */
	ops[0] = (struct rfs_op_info){ RFS_OP_READ, NULL, cb_allow, RFS_OP_DATA };
	ops[1] = (struct rfs_op_info){ RFS_OP_WRITE, cb_allow, cb_allow, RFS_OP_DATA | RFS_OP_PLACED };
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_OPERATIONS, &cmd, text), 3);
	memcpy(sent, text, sizeof(sent));
	ck_assert_uint_eq(sent[0].flags, URFS_OP_POST | URFS_OP_DATA);
	ck_assert_uint_eq(sent[1].flags, URFS_OP_PRE | URFS_OP_POST | URFS_OP_DATA | URFS_OP_PLACED);
	ops[0].flags |= RFS_OP_POST_NOTIFY;
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[0].flags = RFS_OP_PLACED;
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[0] = (struct rfs_op_info){ RFS_OP_READ, cb_allow, NULL, RFS_OP_DATA };
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[0] = (struct rfs_op_info){ RFS_OP_UNLINK, cb_allow, NULL, RFS_OP_DATA };
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[0].flags = 0;
	ops[1] = (struct rfs_op_info){ RFS_OP_WRITE, cb_allow, cb_allow, RFS_OP_DATA | RFS_OP_PRE_NOTIFY };
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[1] = (struct rfs_op_info){ RFS_OP_WRITE, NULL, cb_allow, RFS_OP_DATA };
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_INVAL);
	ops[1] = (struct rfs_op_info){ RFS_OP_MKDIR, NULL, cb_allow, 0 };
	/* what the kernel refuses leaves the callbacks as they were */
	fake_faults.command = URFS_CMD_SET_OPERATIONS;
	fake_faults.command_error = -EOPNOTSUPP;
	ops[0].op_id = RFS_OP_LOOKUP;
	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_OPNOTSUPP);
}
END_TEST

START_TEST(paths)
{
	struct rfs_path_info rule = { .path = "/srv", .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE };
	struct urfs_cmd cmd;
	char text[4200], longest[RFS_PATH_LEN + 1];

	ck_assert_int_eq(rfs_set_path(NULL, &rule), RFS_ERR_INVAL);
	ck_assert_int_eq(rfs_set_path(filter, NULL), RFS_ERR_INVAL);
	ck_assert_int_eq(rfs_set_path(filter, &rule), RFS_ERR_OK);
	ck_assert_int_eq(rule.flags, RFS_PATH_INCLUDE | RFS_PATH_SUBTREE | RFS_PATH_REPLACED);
	/* the same struct again: what came back is not sent */
	ck_assert_int_eq(rfs_set_path(filter, &rule), RFS_ERR_OK);
	fake_commands(URFS_CMD_SET_PATH, &cmd, text);
	ck_assert_str_eq(text, "/srv");
	ck_assert_uint_eq(cmd.flags, RFS_PATH_INCLUDE | RFS_PATH_SUBTREE);
	ck_assert_int_eq(rfs_del_path(filter, &rule), RFS_ERR_OK);
	fake_commands(URFS_CMD_DEL_PATH, &cmd, text);
	ck_assert_str_eq(text, "/srv");
	ck_assert_uint_eq(cmd.flags, 0);
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[RFS_PATH_LEN] = '\0';
	rule.path = longest;
	ck_assert_int_eq(rfs_set_path(filter, &rule), RFS_ERR_NAMETOOLONG);
	longest[RFS_PATH_LEN - 1] = '\0';
	ck_assert_int_eq(rfs_set_path(filter, &rule), RFS_ERR_OK);
	fake_faults.command = URFS_CMD_SET_PATH;
	fake_faults.command_error = -ESRCH;
	ck_assert_int_eq(rfs_set_path(filter, &rule), RFS_ERR_NOENT);
}
END_TEST

START_TEST(switching)
{
	struct urfs_cmd cmd;

	ck_assert_int_eq(rfs_activate_filter(filter), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_ACTIVATE, &cmd, NULL), 1);
	ck_assert_uint_eq(cmd.filter, FIRST_HANDLE);
	ck_assert_int_eq(rfs_deactivate_filter(filter), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_DEACTIVATE, &cmd, NULL), 1);
	ck_assert_uint_eq(cmd.filter, FIRST_HANDLE);
	ck_assert_int_eq(rfs_activate_filter(NULL), RFS_ERR_INVAL);
	ck_assert_int_eq(rfs_deactivate_filter(NULL), RFS_ERR_INVAL);
	ck_assert_int_eq(rfs_unregister_filter(NULL), RFS_ERR_INVAL);
}
END_TEST

START_TEST(policies)
{
	struct urfs_policy policy = {
		.size = sizeof(policy),
		.valid = URFS_POLICY_ON_EXIT | URFS_POLICY_DEADLINE,
		.deadline_ms = 100,
		.on_exit = { URFS_DENY, EROFS },
	};
	rfs_filter other;
	struct rfs_filter_info info = { .name = "other", .priority = 2 };

	ck_assert_int_eq(urfs_set_policy(NULL, &policy), -EINVAL);
	ck_assert_int_eq(urfs_set_policy(filter, NULL), -EINVAL);
	policy.size++;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -EINVAL);
	policy.size--;
	policy.valid = 0;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -EINVAL);
	policy.valid = 0x20;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -EINVAL);
	policy.valid = URFS_POLICY_DEADLINE;
	policy.deadline_ms = 0;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -ERANGE);
	policy.deadline_ms = 3600001;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -ERANGE);
	policy.deadline_ms = 100;
	policy.valid = URFS_POLICY_ON_EXIT;
	policy.on_exit.error = 0;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -EINVAL);
	policy.on_exit.error = 4096;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -EINVAL);
	policy.on_exit = (struct urfs_verdict){ URFS_ALLOW, 1 };
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -EINVAL);
	policy.on_exit = (struct urfs_verdict){ URFS_WAIT, 0 };
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -EINVAL);
	policy.on_exit = (struct urfs_verdict){ URFS_DENY, EROFS };
	policy.reserved[0] = 1;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), -EINVAL);
	policy.reserved[0] = 0;
	policy.valid |= URFS_POLICY_DEADLINE | URFS_POLICY_ON_OVERLOAD;
	policy.on_overload.action = URFS_WAIT;
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_POLICY, NULL, NULL), 0);
	ck_assert_int_eq(urfs_set_policy(filter, &policy), 0);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_POLICY, NULL, NULL), 1);
	memset(&policy, 0, sizeof(policy));
	ck_assert_int_eq(urfs_get_policy(filter, &policy), -EINVAL);
	policy.size = sizeof(policy);
	ck_assert_int_eq(urfs_get_policy(filter, &policy), 0);
	ck_assert_uint_eq(policy.deadline_ms, 100);
	ck_assert_uint_eq(policy.on_exit.action, URFS_DENY);
	ck_assert_uint_eq(policy.on_exit.error, EROFS);

	/* set before it is registered, sent then */
	ck_assert_int_eq(urfs_filter_alloc(&other, &conn), 0);
	ck_assert_int_eq(urfs_get_policy(other, &policy), -ENOENT);
	ck_assert_int_eq(urfs_set_policy(other, &policy), -EINVAL);
	policy.valid = URFS_POLICY_DEADLINE;
	ck_assert_int_eq(urfs_set_policy(other, &policy), 0);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_POLICY, NULL, NULL), 1);
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_POLICY, NULL, NULL), 2);
	urfs_filter_free(other);
}
END_TEST

/* The control device wants zeros behind a name: those of a longer one must be gone. */
START_TEST(policy_of_shorter_name)
{
	struct rfs_filter_info info = { .name = "t", .priority = 1 };
	struct urfs_policy policy = { .size = sizeof(policy) };

	ck_assert_int_eq(urfs_get_policy(filter, &policy), 0);
	ck_assert_int_eq(rfs_unregister_filter(filter), RFS_ERR_OK);
	ck_assert_int_eq(rfs_register_filter(&filter, &info), RFS_ERR_OK);
	ck_assert_int_eq(urfs_get_policy(filter, &policy), 0);
}
END_TEST

START_TEST(exemption)
{
	struct urfs_cmd cmd;

	ck_assert_int_eq(urfs_set_exempt(&conn, URFS_EXEMPT_NOBODY, -1), 0);
	fake_commands(URFS_CMD_SET_EXEMPT, &cmd, NULL);
	ck_assert_uint_eq(cmd.flags, URFS_EXEMPT_NONE);
	ck_assert_int_eq(urfs_set_exempt(&conn, URFS_EXEMPT_IN_CGROUP, 3), 0);
	fake_commands(URFS_CMD_SET_EXEMPT, &cmd, NULL);
	ck_assert_uint_eq(cmd.flags, URFS_EXEMPT_CGROUP);
	ck_assert_int_eq(cmd.value, 3);
	ck_assert_int_eq(urfs_set_exempt(&conn, 9, -1), -EINVAL);
}
END_TEST

/* ---- Arguments ---- */

static enum rfs_retv cb_read_all(rfs_context context, struct rfs_args *args)
{
	char buf[64], tiny[4];
	struct rfs_object object;
	struct rfs_caller who;
	struct rfs_attr attr;
	struct rfs_io io;
	void *private_data;

	ck_assert_int_eq(rfs_op(args), RFS_OP_SETATTR);
	ck_assert_uint_eq(rfs_op_flags(args), RFS_OPF_LOCKED);
	ck_assert_int_eq(rfs_path(args, RFS_FIRST, buf, sizeof(buf)), 22);
	ck_assert_str_eq(buf, "/srv/ledger/2024/file\n");
	ck_assert_int_eq(rfs_path(args, RFS_FIRST, buf, 22), -ERANGE);
	ck_assert_int_eq(rfs_path(args, RFS_FIRST, buf, 23), 22);
	ck_assert_int_eq(rfs_path(args, RFS_FIRST, NULL, 0), -ERANGE);
	ck_assert_int_eq(rfs_path(args, RFS_SECOND, buf, sizeof(buf)), 5);
	ck_assert_str_eq(buf, "/two\\");
	ck_assert_int_eq(rfs_path(args, RFS_SECOND, buf, 5), -ERANGE);
	ck_assert_int_eq(rfs_path(args, RFS_FIRST_PARENT, buf, sizeof(buf)), -ENOENT);
	ck_assert_int_eq(rfs_path(args, (enum rfs_which)99, buf, sizeof(buf)), -ENOENT);
	ck_assert_uint_eq(rfs_path_flags(args, RFS_FIRST), RFS_PATHF_RULE);
	ck_assert_uint_eq(rfs_path_flags(args, RFS_SECOND_PARENT), 0);
	ck_assert_int_eq(rfs_object(args, RFS_FIRST, &object), 0);
	ck_assert_uint_eq(object.ino, 11);
	ck_assert_int_eq(rfs_object(args, RFS_SECOND, &object), -ENOENT);
	ck_assert_int_eq(rfs_object(args, RFS_FIRST_PARENT, &object), 0);
	ck_assert_uint_eq(object.ino, 13);
	ck_assert_int_eq(rfs_object(args, (enum rfs_which)4, &object), -ENOENT);
	rfs_caller(args, &who);
	ck_assert_uint_eq(who.pid, 4711);
	ck_assert_str_eq(who.comm, "caller");
	ck_assert_int_eq(rfs_caller_exe(args, tiny, sizeof(tiny)), -ERANGE);
	ck_assert_int_eq(rfs_caller_exe(args, buf, sizeof(buf)), 11);
	ck_assert_int_eq(rfs_attr(args, &attr), 0);
	ck_assert_uint_eq(attr.size, 77);
	ck_assert_int_eq(rfs_io(args, &io), -ENOENT);
	ck_assert_uint_eq(rfs_open_flags(args), 02);
	ck_assert_uint_eq(rfs_mode(args), 0100644);
	ck_assert_uint_eq(rfs_rdev(args), 0x801);
	ck_assert_uint_eq(rfs_rename_flags(args), 1);
	ck_assert_uint_eq(rfs_time(args), FAKE_TIME_NS);
	ck_assert_int_eq(rfs_symlink_target(args, buf, sizeof(buf)), 3);
	ck_assert_str_eq(buf, "to\377");
	ck_assert_int_eq(rfs_get_contextflt_private_data(context, &private_data), RFS_ERR_OK);
	ck_assert_ptr_eq(private_data, &conn);
	if (rfs_is_post(args)) {
		ck_assert_int_eq(rfs_result(args), -ENOSPC);
		rfs_set_result(args, -EIO);
		ck_assert_int_eq(rfs_result(args), -ENOSPC);
	} else {
		ck_assert_int_eq(rfs_result(args), 0);
	}
	return RFS_STOP;
}

static enum rfs_retv cb_read_io(rfs_context context, struct rfs_args *args)
{
	struct rfs_attr attr;
	struct rfs_io io;

	(void)context;
	ck_assert_int_eq(rfs_attr(args, &attr), -ENOENT);
	ck_assert_int_eq(rfs_io(args, &io), 0);
	ck_assert_uint_eq(io.offset, 88);
	rfs_set_result(args, -EIO);
	return RFS_STOP;
}

START_TEST(numbers_of_a_read)
{
	struct rfs_op_info mapped[] = { { RFS_OP_MMAP, cb_read_io, NULL, 0 }, { RFS_OP_END, NULL, NULL, 0 } };
	struct fake_event event = { .filter = FIRST_HANDLE, .op = RFS_OP_READ };

	/* nothing is left to refuse when it is told */
	ck_assert_int_eq(rfs_set_operations(filter, mapped), RFS_ERR_INVAL);
	set_ops(RFS_OP_READ, cb_read_io, NULL);
	start_loops(1, NULL);
	ck_denied(fake_ask(&event), EIO);
}
END_TEST

START_TEST(arguments)
{
	struct fake_event event = {
		.filter = FIRST_HANDLE,
		.op = RFS_OP_SETATTR,
		.rule = "/srv/ledger",
		.rest = "/2024/file\n",
		.rest2 = "/two\\",
		.target = "to\377",
		.exe = "/usr/bin/rm",
		.result = -ENOSPC,
	};
	uint64_t pre, post;

	set_ops(RFS_OP_SETATTR, cb_read_all, cb_read_all);
	ck_assert_int_eq(rfs_set_private_data(filter, &conn), RFS_ERR_OK);
	start_loops(1, NULL);
	pre = fake_ask(&event);
	event.flags = URFS_MSG_POST;
	post = fake_ask(&event);
	ck_denied(pre, EPERM);
	/* there is nothing to stop any more */
	ck_allowed(post);
}
END_TEST

static char seen_path[64];
static ssize_t seen_len, seen_exe, seen_target, seen_second;

static enum rfs_retv cb_see_path(rfs_context context, struct rfs_args *args)
{
	char buf[64];

	(void)context;
	seen_len = rfs_path(args, RFS_FIRST, seen_path, sizeof(seen_path));
	seen_second = rfs_path(args, RFS_SECOND, buf, sizeof(buf));
	seen_exe = rfs_caller_exe(args, buf, sizeof(buf));
	seen_target = rfs_symlink_target(args, buf, sizeof(buf));
	return RFS_CONTINUE;
}

START_TEST(joined_paths)
{
	static const struct {
		const char *rule, *rest, *path;
	} cases[] = {
		{ "/", "/etc/passwd", "/etc/passwd" },
		{ "/srv/", "/a", "/srv/a" },
		{ "/srv", "", "/srv" },
		{ "/srv", NULL, "/srv" },
		{ "/", "", "/" },
		{ NULL, "/a/b", "/a/b" },
	};
	struct fake_event event = { .filter = FIRST_HANDLE, .op = RFS_OP_OPEN };
	size_t i;

	set_ops(RFS_OP_OPEN, cb_see_path, NULL);
	start_loops(1, NULL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		event.rule = cases[i].rule;
		event.rest = cases[i].rest;
		ck_allowed(fake_ask(&event));
		ck_assert_str_eq(seen_path, cases[i].path);
		ck_assert_int_eq(seen_len, (ssize_t)strlen(cases[i].path));
	}
	event.rule = NULL;
	event.rest = NULL;
	ck_allowed(fake_ask(&event));
	ck_assert_int_eq(seen_len, -ESTALE);
	ck_assert_int_eq(seen_second, -ENOENT);
	ck_assert_int_eq(seen_exe, -ENOENT);
	ck_assert_int_eq(seen_target, -ENOENT);
}
END_TEST

static void spoil_offset(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)event;
	msg->offset = FAKE_ARENA;
}

static void spoil_align(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)event;
	msg->offset++;
}

static void spoil_wrap(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)event;
	msg->offset = UINT64_MAX - 255;
}

static void spoil_length(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)event;
	msg->length = UINT32_MAX;
}

static void spoil_short(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)event;
	msg->length = sizeof(*event) - 1;
}

static void spoil_size(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	event->size--;
}

static void spoil_op(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	event->op++;
}

static void spoil_string(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	event->path[1].rest.offset = UINT32_MAX;
}

static void spoil_string_length(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	event->exe.length = UINT32_MAX;
}

static void spoil_nul(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	event->path[0].rule.length--;
}

/* the kernel gives negative ones: a positive one would be taken for a length */
static void spoil_error(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	event->path[1].error = 5000;
}

START_TEST(malformed)
{
	static void (*const spoil[])(struct urfs_msg * msg, struct urfs_event * event) = {
		spoil_offset, spoil_align,  spoil_wrap,		 spoil_length, spoil_short, spoil_size,
		spoil_op,     spoil_string, spoil_string_length, spoil_nul,    spoil_error,
	};
	struct fake_event event = { .filter = FIRST_HANDLE, .op = RFS_OP_OPEN, .rule = "/a", .rest = "", .exe = "/b" };
	struct urfs_policy policy = { .size = sizeof(policy),
				      .valid = URFS_POLICY_ON_TIMEOUT,
				      .on_timeout = { URFS_DENY, EROFS } };
	struct urfs_stats stats = { .size = sizeof(stats) };
	struct urfs_msg unknown = { .type = 99 };
	size_t i;

	ck_assert_int_eq(urfs_set_policy(filter, &policy), 0);
	set_ops(RFS_OP_OPEN, cb_allow, NULL);
	start_loops(1, NULL);
	for (i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		event.spoil = spoil[i];
		ck_denied(fake_ask(&event), EROFS);
	}
	event.spoil = NULL;
	fake_message(&unknown);
	ck_allowed(fake_ask(&event));
	ck_assert_int_eq(urfs_get_stats(&conn, &stats), 0);
	ck_assert_uint_eq(stats.malformed, i + 1);
	ck_assert_uint_eq(stats.callbacks, 1);
}
END_TEST

/* ---- The program's own stray writes ---- */

static struct urfs_event *open_event;
static ssize_t scribbled[5];

static void remember_event(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	open_event = event;
}

static enum rfs_retv cb_scribble(rfs_context context, struct rfs_args *args)
{
	char buf[64];

	(void)context;
	open_event->path[0].rule.offset = 0x7ffffff0;
	scribbled[0] = rfs_path(args, RFS_FIRST, buf, sizeof(buf));
	open_event->path[0].rule.offset = 0;
	open_event->path[0].rest.length = FAKE_ARENA;
	scribbled[1] = rfs_path(args, RFS_FIRST, buf, sizeof(buf));
	open_event->path[0].error = sizeof(buf) + 1;
	scribbled[2] = rfs_path(args, RFS_FIRST, buf, sizeof(buf));
	open_event->exe.offset = UINT32_MAX;
	scribbled[3] = rfs_caller_exe(args, buf, sizeof(buf));
	open_event->target.length++;
	scribbled[4] = rfs_symlink_target(args, buf, sizeof(buf));
	return RFS_CONTINUE;
}

/* Accessors look again at what was well-formed when the message came. */
START_TEST(scribbled_block)
{
	struct fake_event event = {
		.filter = FIRST_HANDLE,
		.op = RFS_OP_SYMLINK,
		.rule = "/a",
		.rest = "/b",
		.exe = "/c",
		.target = "d",
		.spoil = remember_event,
	};
	size_t i;

	set_ops(RFS_OP_SYMLINK, cb_scribble, NULL);
	start_loops(1, NULL);
	ck_allowed(fake_ask(&event));
	for (i = 0; i < sizeof(scribbled) / sizeof(scribbled[0]); i++)
		ck_assert_int_eq(scribbled[i], -EPROTO);
}
END_TEST

/* ---- Verdicts ---- */

static long result_to_set;
static enum rfs_retv verdict_to_give;

static enum rfs_retv cb_verdict(rfs_context context, struct rfs_args *args)
{
	(void)context;
	rfs_set_result(args, result_to_set);
	return verdict_to_give;
}

START_TEST(verdicts)
{
	static const struct {
		enum rfs_retv verdict;
		long result;
		int err;
	} cases[] = {
		{ RFS_CONTINUE, 0, 0 },	    { RFS_CONTINUE, -EIO, 0 },	  { RFS_STOP, -EROFS, EROFS },
		{ RFS_STOP, 0, EPERM },	    { RFS_STOP, 5, EPERM },	  { RFS_STOP, -4095, 4095 },
		{ RFS_STOP, -4096, EPERM }, { (enum rfs_retv)77, -1, 0 }, /* and says so in the log */
		{ URFS_DEFERRED, -EIO, 0 }, /* without a handle */
	};
	size_t i;

	set_ops(RFS_OP_UNLINK, cb_verdict, NULL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t id = ask(RFS_OP_UNLINK, 0, 0);

		verdict_to_give = cases[i].verdict;
		result_to_set = cases[i].result;
		ck_assert_int_eq(urfs_dispatch(&conn), 0);
		if (cases[i].err)
			ck_denied(id, cases[i].err);
		else
			ck_allowed(id);
	}
	/* nobody waits for it */
	verdict_to_give = RFS_STOP;
	result_to_set = -EIO;
	i = ask(RFS_OP_UNLINK, URFS_MSG_NOTIFY, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_allowed(i);
	/* an operation that has no callback, and one of no filter, are answered all the same */
	i = ask(RFS_OP_RMDIR, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_allowed(i);
	i = fake_ask(&(struct fake_event){ .filter = 99, .op = RFS_OP_UNLINK });
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_allowed(i);
	ck_assert_int_eq(urfs_dispatch(&conn), -EAGAIN);
}
END_TEST

/* ---- From pre to post ---- */

static atomic_int pre_runs, post_runs, post_found;
static atomic_bool pre_may_return;

static enum rfs_retv cb_pre_mark(rfs_context context, struct rfs_args *args)
{
	(void)args;
	ck_assert_int_eq(*(int *)rfs_op_data(context), 0);
	*(int *)rfs_op_data(context) = 42;
	atomic_fetch_add(&pre_runs, 1);
	return RFS_CONTINUE;
}

static enum rfs_retv cb_pre_slow(rfs_context context, struct rfs_args *args)
{
	cb_pre_mark(context, args);
	while (!atomic_load(&pre_may_return))
		nap(1);
	return RFS_CONTINUE;
}

static enum rfs_retv cb_post_check(rfs_context context, struct rfs_args *args)
{
	(void)args;
	if (*(int *)rfs_op_data(context) == 42)
		atomic_fetch_add(&post_found, 1);
	atomic_fetch_add(&post_runs, 1);
	return RFS_CONTINUE;
}

START_TEST(op_data)
{
	struct urfs_msg end = {
		.type = URFS_MSG_OP_END, .filter = FIRST_HANDLE, .operation = 1002, .op = RFS_OP_UNLINK
	};
	uint64_t id;

	set_ops(RFS_OP_UNLINK, cb_pre_mark, cb_post_check);
	start_loops(1, NULL);
	ck_allowed(ask(RFS_OP_UNLINK, URFS_MSG_POST_FOLLOWS, 1001));
	ck_allowed(ask(RFS_OP_UNLINK, URFS_MSG_POST_FOLLOWS, 1002));
	ck_allowed(ask(RFS_OP_UNLINK, URFS_MSG_POST_FOLLOWS, 1003));
	id = ask(RFS_OP_UNLINK, URFS_MSG_POST, 1001);
	ck_allowed(id);
	fake_message(&end);
	/* pre was never seen: its own, fresh data */
	ck_allowed(ask(RFS_OP_UNLINK, URFS_MSG_POST, 1002));
	ck_allowed(ask(RFS_OP_UNLINK, 0, 0));
	ck_assert_int_eq(atomic_load(&pre_runs), 4);
	ck_assert_int_eq(atomic_load(&post_runs), 2);
	ck_assert_int_eq(atomic_load(&post_found), 1);
	/* 1003 has no end: leak checkers see that unregistering freed it */
}
END_TEST

START_TEST(post_waits_for_pre)
{
	uint64_t pre, post;

	set_ops(RFS_OP_UNLINK, cb_pre_slow, cb_post_check);
	start_loops(2, NULL);
	pre = ask(RFS_OP_UNLINK, URFS_MSG_POST_FOLLOWS, 1);
	ck_until(atomic_load(&pre_runs) == 1);
	fake_cancel(pre, URFS_CANCELLED_DEADLINE);
	post = ask(RFS_OP_UNLINK, URFS_MSG_POST, 1);
	ck_until(fake_is_received(post));
	nap(20);
	ck_assert_int_eq(atomic_load(&post_runs), 0);
	/* the other thread is free meanwhile */
	atomic_store(&pre_may_return, true);
	ck_allowed(post);
	ck_assert_int_eq(atomic_load(&post_found), 1);
	ck_assert(fake_idle(SOON));
	ck_assert_uint_eq(fake_late(), 1);
}
END_TEST

START_TEST(post_overtakes_pre)
{
	set_ops(RFS_OP_UNLINK, cb_pre_mark, cb_post_check);
	start_loops(1, NULL);
	ck_allowed(ask(RFS_OP_UNLINK, URFS_MSG_POST, 5));
	ck_allowed(ask(RFS_OP_UNLINK, URFS_MSG_POST_FOLLOWS, 5));
	ck_assert_int_eq(atomic_load(&post_runs), 1);
	ck_assert_int_eq(atomic_load(&pre_runs), 1);
	ck_assert_int_eq(atomic_load(&post_found), 0);
}
END_TEST

/* ---- Data ---- */

static void set_data_ops(enum rfs_retv (*write_pre)(rfs_context, struct rfs_args *),
			 enum rfs_retv (*read_post)(rfs_context, struct rfs_args *))
{
	struct rfs_op_info ops[] = { { RFS_OP_WRITE, write_pre, NULL, RFS_OP_DATA },
				     { RFS_OP_READ, NULL, read_post, RFS_OP_DATA },
				     { .op_id = RFS_OP_END } };

	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_OK);
}

static uint64_t ask_piece(uint32_t op, uint32_t flags, uint64_t operation, const char *data)
{
	struct fake_event event = {
		.filter = FIRST_HANDLE,
		.op = op,
		.flags = flags | URFS_MSG_PIECE,
		.operation = operation,
		.rest = "/file",
		.exe = "/bin/sh",
		.data = data,
		.data_offset = 1ull << 40,
	};

	return fake_ask(&event);
}

static void ck_changed(uint64_t id, const char *data)
{
	struct urfs_reply reply = answer(id);

	ck_assert_uint_eq(reply.flags, URFS_REPLY_DATA);
	ck_assert_int_eq(reply.value, 0);
	ck_assert_mem_eq(fake_data(id), data, strlen(data));
}

/* Upper case, if it is text; "keep" stays, "stop" is refused. */
static enum rfs_retv cb_upper(rfs_context context, struct rfs_args *args)
{
	struct rfs_data data;
	char *text;
	size_t i;

	(*(int *)rfs_op_data(context))++;
	if (rfs_data(args, &data)) {
		rfs_data_changed(args);
		rfs_set_result(args, -EROFS);
		atomic_fetch_add(&post_runs, 1);
		return RFS_STOP;
	}
	ck_assert_uint_eq((uintptr_t)data.base % 16, 0);
	ck_assert_uint_eq(data.offset, 1ull << 40);
	text = data.base;
	atomic_store(&pre_runs, *(int *)rfs_op_data(context));
	if (!memcmp(text, "keep", 4))
		return RFS_CONTINUE;
	if (!memcmp(text, "stop", 4)) {
		rfs_set_result(args, -EACCES);
		return RFS_STOP;
	}
	for (i = 0; i < data.length; i++)
		text[i] &= ~0x20;
	rfs_data_changed(args);
	return RFS_CONTINUE;
}

START_TEST(data_pieces)
{
	set_data_ops(cb_upper, cb_upper);
	start_loops(1, NULL);
	ck_changed(ask_piece(RFS_OP_WRITE, 0, 1, "write"), "WRITE");
	ck_changed(ask_piece(RFS_OP_READ, URFS_MSG_POST, 2, "read"), "READ");
	ck_allowed(ask_piece(RFS_OP_WRITE, 0, 3, "keep"));
	ck_allowed(ask_piece(RFS_OP_READ, URFS_MSG_POST, 4, "keep"));
	ck_denied(ask_piece(RFS_OP_WRITE, 0, 5, "stop"), EACCES);
	ck_denied(ask_piece(RFS_OP_READ, URFS_MSG_POST, 6, "stop"), EACCES);
	/* a read without data: an end to be told of, and nothing to decide or to change */
	ck_allowed(ask(RFS_OP_READ, URFS_MSG_POST, 7));
	ck_assert_int_eq(atomic_load(&post_runs), 1);
}
END_TEST

/* Pieces of one write have one context, up to its post callback. */
START_TEST(data_of_one_write)
{
	struct rfs_op_info ops[] = { { RFS_OP_WRITE, cb_upper, cb_upper, RFS_OP_DATA },
				     { RFS_OP_READ, cb_upper, cb_upper, RFS_OP_DATA },
				     { .op_id = RFS_OP_END } };
	int i;

	ck_assert_int_eq(rfs_set_operations(filter, ops), RFS_ERR_OK);
	start_loops(2, NULL);
	for (i = 1; i <= 3; i++) {
		ck_changed(ask_piece(RFS_OP_WRITE, URFS_MSG_POST_FOLLOWS, 1, "abc"), "ABC");
		ck_assert_int_eq(atomic_load(&pre_runs), i);
	}
	ck_allowed(ask(RFS_OP_WRITE, URFS_MSG_POST, 1));
	ck_assert_int_eq(atomic_load(&post_runs), 1);
	ck_changed(ask_piece(RFS_OP_WRITE, URFS_MSG_POST_FOLLOWS, 2, "abc"), "ABC");
	ck_assert_int_eq(atomic_load(&pre_runs), 1);
	/* those of a read lie between its pre and its post callback */
	ck_denied(ask(RFS_OP_READ, URFS_MSG_POST_FOLLOWS, 3), EROFS);
	ck_changed(ask_piece(RFS_OP_READ, URFS_MSG_POST, 3, "abc"), "ABC");
	ck_changed(ask_piece(RFS_OP_READ, URFS_MSG_POST, 3, "abc"), "ABC");
	ck_assert_int_eq(atomic_load(&pre_runs), 3);
	ck_allowed(ask(RFS_OP_READ, URFS_MSG_POST, 3));
	ck_assert_int_eq(atomic_load(&post_runs), 3);
}
END_TEST

static void spoil_data(struct urfs_msg *msg, struct urfs_event *event)
{
	event->data.length = msg->length - event->data.offset + 1;
}

static void spoil_data_offset(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	event->data.offset = 8;
}

static void spoil_data_empty(struct urfs_msg *msg, struct urfs_event *event)
{
	(void)msg;
	event->data.length = 0;
}

/* What is not asked about does not pass as it is. */
START_TEST(data_unasked)
{
	static void (*const spoil[])(struct urfs_msg *, struct urfs_event *) = { spoil_data, spoil_data_offset,
										 spoil_data_empty };
	struct urfs_policy policy = { .size = sizeof(policy),
				      .valid = URFS_POLICY_ON_TIMEOUT,
				      .on_timeout = { URFS_DENY, EROFS } };
	struct fake_event event = { .filter = FIRST_HANDLE,
				    .op = RFS_OP_READ,
				    .flags = URFS_MSG_PIECE | URFS_MSG_POST,
				    .rest = "/x",
				    .data = "text",
				    .data_offset = 1ull << 40 };
	size_t i;

	start_loops(1, NULL);
	/* no callback any more, or one that does not know of data */
	ck_denied(ask_piece(RFS_OP_WRITE, 0, 1, "text"), EIO);
	set_ops(RFS_OP_READ, NULL, cb_upper);
	ck_denied(fake_ask(&event), EIO);
	set_data_ops(cb_upper, cb_upper);
	/* no such filter */
	event.filter = 99;
	ck_denied(fake_ask(&event), EIO);
	event.filter = FIRST_HANDLE;
	for (i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		event.spoil = spoil[i];
		ck_denied(fake_ask(&event), EIO);
	}
	ck_assert_int_eq(urfs_set_policy(filter, &policy), 0);
	ck_denied(fake_ask(&event), EROFS);
	ck_assert_int_eq(atomic_load(&pre_runs), 0);
	event.spoil = NULL;
	ck_changed(fake_ask(&event), "TEXT");
}
END_TEST

/* ---- Threads ---- */

static enum rfs_retv cb_count(rfs_context context, struct rfs_args *args)
{
	char path[64];

	(void)context;
	ck_assert_int_gt(rfs_path(args, RFS_FIRST, path, sizeof(path)), 0);
	ck_assert_str_eq(path, "/srv/ledger/2024/file");
	atomic_fetch_add(&pre_runs, 1);
	return RFS_CONTINUE;
}

START_TEST(many_threads)
{
	struct urfs_stats stats = { .size = sizeof(stats) };
	int i;

	set_ops(RFS_OP_UNLINK, cb_count, cb_count);
	start_loops(4, NULL);
	for (i = 1; i <= 2000; i++) {
		ask(RFS_OP_UNLINK, URFS_MSG_POST_FOLLOWS, (uint64_t)i);
		ask(RFS_OP_UNLINK, URFS_MSG_POST, (uint64_t)i);
	}
	ck_assert(fake_idle(SOON));
	ck_assert_int_eq(atomic_load(&pre_runs), 4000);
	ck_assert_uint_eq(fake_late(), 0);
	ck_assert_int_eq(urfs_get_stats(&conn, &stats), 0);
	ck_assert_uint_eq(stats.callbacks, 4000);
	stop_loops();
	ck_assert_int_eq(atomic_load(&loop_result), 0);
}
END_TEST

static void *stopper(void *unused)
{
	(void)unused;
	ck_until(fake_waiting() == 3);
	urfs_stop(&conn);
	return NULL;
}

START_TEST(main_threads)
{
	pthread_t thread;

	ck_assert_int_eq(urfs_main_threads(&conn, NULL, 0), -EINVAL);
	ck_assert_int_eq(pthread_create(&thread, NULL, stopper, NULL), 0);
	ck_assert_int_eq(urfs_main_threads(&conn, NULL, 3), 0);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(fake_waiting(), 0);
	/* stopped stays stopped, until it is not */
	ck_assert_int_eq(urfs_main(&conn, NULL), 0);
	ck_assert_int_eq(urfs_restart(&conn), 0);
	start_loops(1, NULL);
	ck_until(fake_waiting() == 1);
}
END_TEST

START_TEST(loop_ends_with_filter)
{
	struct rfs_filter_info info = { .name = "other", .priority = 5 };
	pthread_t mine;
	rfs_filter other;

	ck_assert_int_eq(urfs_filter_alloc(&other, &conn), 0);
	ck_assert_int_eq(urfs_main(&conn, other), 0);
	ck_assert_int_eq(rfs_register_filter(&other, &info), RFS_ERR_OK);
	start_loops(3, NULL);
	ck_assert_int_eq(pthread_create(&mine, NULL, loop_main, other), 0);
	ck_until(fake_waiting() == 4);
	ck_assert_int_eq(rfs_unregister_filter(other), RFS_ERR_OK);
	pthread_join(mine, NULL);
	/* the others go on */
	set_ops(RFS_OP_UNLINK, cb_count, NULL);
	ck_allowed(ask(RFS_OP_UNLINK, 0, 0));
	ck_until(fake_waiting() == 3);
	urfs_filter_free(other);
}
END_TEST

START_TEST(connection_dies)
{
	start_loops(3, NULL);
	ck_until(fake_waiting() == 3);
	fake_die();
	join_loops();
	ck_assert_int_eq(atomic_load(&loop_result), -ESTALE);
	ck_assert_int_eq(urfs_dispatch(&conn), -ESTALE);
	ck_assert_int_eq(rfs_activate_filter(filter), RFS_ERR_STALE);
}
END_TEST

START_TEST(one_step)
{
	uint64_t first, second;

	set_ops(RFS_OP_UNLINK, cb_count, NULL);
	ck_assert_int_ge(urfs_fd(&conn), 0);
	ck_assert_int_eq(urfs_dispatch(&conn), -EAGAIN);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SWITCH_CALLBACKS, NULL, NULL), 1);
	first = ask(RFS_OP_UNLINK, 0, 0);
	second = ask(RFS_OP_UNLINK, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_allowed(first);
	ck_assert(!fake_is_received(second));
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_allowed(second);
	ck_assert_int_eq(urfs_dispatch(&conn), -EAGAIN);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SWITCH_CALLBACKS, NULL, NULL), 1);
}
END_TEST

/* ---- Answering later ---- */

static struct urfs_handle *taken[4];
static atomic_int taken_count;
static int second_defer;

static enum rfs_retv cb_defer(rfs_context context, struct rfs_args *args)
{
	struct urfs_handle *handle, *again;
	char path[64];

	if (urfs_defer(context, args, &handle))
		return RFS_STOP;
	second_defer = urfs_defer(context, args, &again);
	/* still readable here */
	ck_assert_int_eq(rfs_path(args, RFS_FIRST, path, sizeof(path)), 21);
	ck_assert_int_eq(urfs_open_object(args, RFS_FIRST), FAKE_OBJECT);
	taken[atomic_load(&taken_count)] = handle;
	atomic_fetch_add(&taken_count, 1);
	return URFS_DEFERRED;
}

static enum rfs_retv cb_defer_data(rfs_context context, struct rfs_args *args)
{
	struct urfs_handle *handle;

	if (urfs_defer(context, args, &handle))
		return RFS_STOP;
	taken[atomic_load(&taken_count)] = handle;
	atomic_fetch_add(&taken_count, 1);
	return URFS_DEFERRED;
}

START_TEST(deferred)
{
	struct urfs_handle *handle;
	uint64_t id;
	char path[64];
	int i;

	ck_assert_int_eq(urfs_defer(NULL, NULL, &handle), -EINVAL);
	set_ops(RFS_OP_UNLINK, cb_defer, NULL);
	start_loops(1, NULL);
	for (i = 0; i < 3; i++) {
		id = ask(RFS_OP_UNLINK, 0, 0);
		ck_until(atomic_load(&taken_count) == i + 1);
		ck_assert_int_eq(second_defer, -EALREADY);
		ck_assert(!fake_answer(id, 20, NULL));
		ck_assert_int_eq(rfs_path(urfs_handle_args(taken[i]), RFS_FIRST, path, sizeof(path)), 21);
		ck_assert_str_eq(path, "/srv/ledger/2024/file");
		ck_assert_ptr_nonnull(rfs_op_data(urfs_handle_context(taken[i])));
		ck_assert_int_eq(urfs_open_object(urfs_handle_args(taken[i]), RFS_SECOND), FAKE_OBJECT + RFS_SECOND);
		if (i == 0) {
			ck_assert_int_eq(urfs_reply(taken[i], RFS_STOP, -EROFS), 0);
			ck_denied(id, EROFS);
		} else if (i == 1) {
			ck_assert_int_eq(urfs_reply(taken[i], RFS_CONTINUE, -EROFS), 0);
			ck_allowed(id);
		} else {
			ck_assert_int_eq(urfs_reply(taken[i], (enum rfs_retv)9, 0), -EINVAL);
			ck_allowed(id);
		}
	}
}
END_TEST

/* ---- Data of files and objects ---- */

struct kept {
	struct rfs_priv_data data;
	int nr;
};

static atomic_int kept_freed;
static atomic_bool kept_slow, kept_freeing;
static struct kept *kept_to_attach;
static int kept_err, kept_found, kept_detach;

static void kept_free(struct rfs_priv_data *data)
{
	struct kept *kept = (struct kept *)(void *)data;

	atomic_store(&kept_freeing, true);
	while (atomic_load(&kept_slow))
		nap(1);
	atomic_fetch_add(&kept_freed, kept->nr);
	free(kept);
}

static struct kept *kept_new(int nr)
{
	struct kept *kept = malloc(sizeof(*kept));

	ck_assert_ptr_nonnull(kept);
	ck_assert_int_eq(rfs_init_data(&kept->data, filter, kept_free), RFS_ERR_OK);
	kept->nr = nr;
	return kept;
}

/* Attach kept_to_attach to the file, or else say what is there, or take it. The number of what was there: kept_found */
static enum rfs_retv cb_keep(rfs_context context, struct rfs_args *args)
{
	struct rfs_priv_data *data = NULL, *again;

	(void)context;
	kept_found = 0;
	if (kept_to_attach) {
		kept_err = rfs_attach_data_file(args, RFS_FIRST, &kept_to_attach->data, &data);
		if (!kept_err) {
			/* each once in its life; and found at once */
			ck_assert_int_eq(rfs_attach_data_inode(args, RFS_FIRST, &kept_to_attach->data, &again),
					 RFS_ERR_INVAL);
			ck_assert_int_eq(rfs_get_data_file(args, RFS_FIRST, &again), RFS_ERR_OK);
			ck_assert_ptr_eq(again, &kept_to_attach->data);
			rfs_put_data(again);
		}
		rfs_put_data(&kept_to_attach->data);
		kept_to_attach = NULL;
	} else if (kept_detach) {
		kept_err = rfs_detach_data_file(args, RFS_FIRST, &data);
	} else {
		kept_err = rfs_get_data_file(args, RFS_FIRST, &data);
		ck_assert_int_eq(rfs_get_data_inode(args, RFS_FIRST, &again), RFS_ERR_NOENT);
	}
	if (data)
		kept_found = ((struct kept *)(void *)data)->nr;
	rfs_put_data(data);
	return RFS_CONTINUE;
}

static void keep(int nr)
{
	uint64_t id;

	kept_to_attach = nr ? kept_new(nr) : NULL;
	id = ask(RFS_OP_OPEN, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	urfs_dispatch(&conn);
	ck_allowed(id);
}

static void cookie_ends(uint64_t cookie)
{
	struct urfs_msg end = { .type = URFS_MSG_COOKIE_END, .filter = 99, .value = cookie };

	fake_message(&end);
}

START_TEST(kept_data)
{
	struct urfs_stats stats = { .size = sizeof(stats) };
	uint64_t cookie;

	set_ops(RFS_OP_OPEN, cb_keep, NULL);
	keep(0);
	ck_assert_int_eq(kept_err, RFS_ERR_NOENT);
	keep(1);
	ck_assert_int_eq(kept_err, RFS_ERR_OK);
	ck_assert_int_eq(atomic_load(&kept_freed), 0);
	keep(0);
	ck_assert_int_eq(kept_err, RFS_ERR_OK);
	ck_assert_int_eq(kept_found, 1);
	/* who comes second gets what is there, and has attached nothing */
	keep(10);
	ck_assert_int_eq(kept_err, RFS_ERR_EXIST);
	ck_assert_int_eq(kept_found, 1);
	ck_assert_int_eq(atomic_load(&kept_freed), 10);
	/* its end frees it, once; a late event finds nothing, nor does a cookie that never was one */
	cookie = fake_cookie(RFS_FIRST, URFS_COOKIE_FILE, 0);
	ck_assert_uint_ne(cookie, 0);
	cookie_ends(cookie);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_assert_int_eq(atomic_load(&kept_freed), 11);
	cookie_ends(cookie);
	cookie_ends(12345678);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	fake_cookie(RFS_FIRST, URFS_COOKIE_FILE, cookie);
	keep(0);
	ck_assert_int_eq(kept_err, RFS_ERR_NOENT);
	fake_cookie(RFS_FIRST, URFS_COOKIE_FILE, 87654321);
	keep(0);
	ck_assert_int_eq(kept_err, RFS_ERR_NOENT);
	/* nor does a kernel that says for ever that there is one */
	keep(100);
	ck_assert_int_eq(kept_err, RFS_ERR_AGAIN);
	ck_assert_int_eq(atomic_load(&kept_freed), 111);
	/* what the kernel refuses attaches nothing */
	fake_cookie(RFS_FIRST, URFS_COOKIE_FILE, 0);
	fake_faults.cookie = -ENOSPC;
	keep(100);
	fake_faults.cookie = 0;
	ck_assert_int_eq(kept_err, RFS_ERR_NOSPC);
	ck_assert_int_eq(atomic_load(&kept_freed), 211);
	/* taken away: free, and the kernel says no more */
	keep(1000);
	kept_detach = 1;
	keep(0);
	ck_assert_int_eq(kept_err, RFS_ERR_OK);
	ck_assert_int_eq(kept_found, 1000);
	ck_assert_int_eq(atomic_load(&kept_freed), 1211);
	keep(0);
	ck_assert_int_eq(kept_err, RFS_ERR_NOENT);
	kept_detach = 0;
	/* unregistering ends the rest, though the kernel has not said so yet */
	keep(10000);
	ck_assert_int_eq(rfs_unregister_filter(filter), RFS_ERR_OK);
	ck_assert_int_eq(atomic_load(&kept_freed), 11211);
	ck_assert_int_eq(urfs_get_stats(&conn, &stats), 0);
	ck_assert_uint_eq(stats.malformed, 0);
}
END_TEST

/* An end that a loop is in the middle of: unregistering waits for it. */
static atomic_bool unregistered;

static void *unregister(void *arg)
{
	ck_assert_int_eq(rfs_unregister_filter(filter), RFS_ERR_OK);
	atomic_store(&unregistered, true);
	return arg;
}

START_TEST(kept_data_ends_slowly)
{
	pthread_t thread;

	set_ops(RFS_OP_OPEN, cb_keep, NULL);
	keep(1);
	atomic_store(&kept_slow, true);
	start_loops(1, NULL);
	cookie_ends(fake_cookie(RFS_FIRST, URFS_COOKIE_FILE, 0));
	ck_until(atomic_load(&kept_freeing));
	ck_assert_int_eq(pthread_create(&thread, NULL, unregister, NULL), 0);
	ck_until(fake_commands(URFS_CMD_UNREGISTER, NULL, NULL) == 1);
	nap(50);
	ck_assert(!atomic_load(&unregistered));
	atomic_store(&kept_slow, false);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(atomic_load(&kept_freed), 1);
}
END_TEST

/* The connection is closed with data attached; they are freed before that returns. */
START_TEST(kept_data_at_close)
{
	set_ops(RFS_OP_OPEN, cb_keep, NULL);
	keep(1);
	urfs_close(&conn);
	ck_assert_int_eq(atomic_load(&kept_freed), 1);
	fake_reset();
	ck_assert_int_eq(urfs_open(&conn), 0);
	ck_assert_int_eq(urfs_filter_alloc(&filter, &conn), 0);
}
END_TEST

/* A module of the days before there were cookies */
START_TEST(kept_data_too_old)
{
	struct rfs_filter_info info = { .name = "test", .priority = 1 };

	urfs_filter_free(filter);
	urfs_close(&conn);
	fake_reset();
	fake_faults.version = 3 /* the last one */;
	ck_assert_int_eq(urfs_open(&conn), 0);
	ck_assert_int_eq(urfs_filter_alloc(&filter, &conn), 0);
	ck_assert_int_eq(rfs_register_filter(&filter, &info), RFS_ERR_OK);
	set_ops(RFS_OP_OPEN, cb_keep, NULL);
	keep(1);
	ck_assert_int_eq(kept_err, RFS_ERR_OPNOTSUPP);
	ck_assert_int_eq(atomic_load(&kept_freed), 1);
}
END_TEST

static int remembered;

static enum rfs_retv cb_remember(rfs_context context, struct rfs_args *args)
{
	(void)context;
	remembered = rfs_remember(args);
	return verdict_to_give;
}

START_TEST(remembering)
{
	struct urfs_reply reply;
	uint64_t id;

	set_ops(RFS_OP_OPEN, cb_remember, NULL);
	verdict_to_give = RFS_CONTINUE;
	id = ask(RFS_OP_OPEN, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	urfs_dispatch(&conn);
	ck_assert_int_eq(remembered, 0);
	ck_assert(fake_answer(id, SOON, &reply));
	ck_assert_uint_eq(reply.flags, URFS_REPLY_REMEMBER);
	/* a denial is not remembered */
	verdict_to_give = RFS_STOP;
	id = ask(RFS_OP_OPEN, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	urfs_dispatch(&conn);
	ck_assert(fake_answer(id, SOON, &reply));
	ck_assert_uint_eq(reply.flags, URFS_REPLY_STOP);
	/* nor is anything but open, before it */
	verdict_to_give = RFS_CONTINUE;
	set_ops(RFS_OP_UNLINK, cb_remember, NULL);
	id = ask(RFS_OP_UNLINK, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	urfs_dispatch(&conn);
	ck_assert_int_eq(remembered, -EINVAL);
	ck_assert(fake_answer(id, SOON, &reply));
	ck_assert_uint_eq(reply.flags, 0);
	/* in an answer that comes later */
	atomic_store(&taken_count, 0);
	set_ops(RFS_OP_OPEN, cb_defer, NULL);
	id = ask(RFS_OP_OPEN, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_assert_int_eq(rfs_remember(urfs_handle_args(taken[0])), 0);
	ck_assert_int_eq(urfs_reply(taken[0], RFS_CONTINUE, 0), 0);
	ck_assert(fake_answer(id, SOON, &reply));
	ck_assert_uint_eq(reply.flags, URFS_REPLY_REMEMBER);
}
END_TEST

START_TEST(deferred_too_late)
{
	struct urfs_stats stats = { .size = sizeof(stats) };
	uint64_t id;

	set_ops(RFS_OP_UNLINK, cb_defer, NULL);
	start_loops(1, NULL);
	id = ask(RFS_OP_UNLINK, 0, 0);
	ck_until(atomic_load(&taken_count) == 1);
	fake_cancel(id, URFS_CANCELLED_KILLED);
	ck_assert_int_eq(urfs_open_object(urfs_handle_args(taken[0]), RFS_FIRST), -ESTALE);
	ck_assert_int_eq(urfs_reply(taken[0], RFS_CONTINUE, 0), -ESRCH);
	ck_assert(fake_idle(SOON));
	ck_until(!urfs_get_stats(&conn, &stats) && stats.cancelled == 1);
	ck_assert_uint_eq(stats.late, 1);
	/* unregistering does not wait for a deferred answer, whose caller gets on_exit */
	ask(RFS_OP_UNLINK, 0, 0);
	ck_until(atomic_load(&taken_count) == 2);
	ck_assert_int_eq(rfs_unregister_filter(filter), RFS_ERR_OK);
	ck_assert_int_eq(urfs_reply(taken[1], RFS_CONTINUE, 0), -ESRCH);
}
END_TEST

START_TEST(deferred_data)
{
	struct rfs_data data;
	uint64_t id;

	set_data_ops(cb_defer_data, cb_defer_data);
	start_loops(1, NULL);
	id = ask_piece(RFS_OP_READ, URFS_MSG_POST, 1, "later");
	ck_until(atomic_load(&taken_count) == 1);
	ck_assert_int_eq(rfs_data(urfs_handle_args(taken[0]), &data), 0);
	ck_assert_uint_eq(data.length, 5);
	memcpy(data.base, "LATER", 5);
	/* a copy until it is answered */
	ck_assert_mem_eq(fake_data(id), "later", 5);
	rfs_data_changed(urfs_handle_args(taken[0]));
	ck_assert_int_eq(urfs_reply(taken[0], RFS_CONTINUE, 0), 0);
	ck_changed(id, "LATER");
	id = ask_piece(RFS_OP_WRITE, 0, 2, "later");
	ck_until(atomic_load(&taken_count) == 2);
	rfs_data_changed(urfs_handle_args(taken[1]));
	ck_assert_int_eq(urfs_reply(taken[1], RFS_STOP, -EROFS), 0);
	ck_denied(id, EROFS);
}
END_TEST

START_TEST(deferred_beyond_close)
{
	set_ops(RFS_OP_UNLINK, cb_defer, NULL);
	ask(RFS_OP_UNLINK, 0, 0);
	ask(RFS_OP_UNLINK, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	urfs_filter_free(filter);
	urfs_close(&conn);
	ck_assert_int_eq(rfs_op(urfs_handle_args(taken[0])), RFS_OP_UNLINK);
	ck_assert_int_eq(urfs_open_object(urfs_handle_args(taken[0]), RFS_FIRST), -EBADF);
	ck_assert_int_eq(urfs_open_object(NULL, RFS_FIRST), -EINVAL);
	ck_assert_int_eq(urfs_reply(taken[0], RFS_CONTINUE, 0), -EBADF);
	ck_assert_int_eq(urfs_reply(taken[1], RFS_STOP, 0), -EBADF);
}
END_TEST

static void *replier(void *handle)
{
	urfs_reply(handle, RFS_STOP, -EIO);
	return NULL;
}

static enum rfs_retv cb_answered_meanwhile(rfs_context context, struct rfs_args *args)
{
	struct urfs_handle *handle;
	pthread_t thread;
	char path[64];

	ck_assert_int_eq(urfs_defer(context, args, &handle), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, replier, handle), 0);
	pthread_join(thread, NULL);
	/* the handle is gone, this callback's arguments are not */
	ck_assert_int_eq(rfs_path(args, RFS_FIRST, path, sizeof(path)), 21);
	return URFS_DEFERRED;
}

START_TEST(answered_before_return)
{
	uint64_t id;

	set_ops(RFS_OP_UNLINK, cb_answered_meanwhile, NULL);
	id = ask(RFS_OP_UNLINK, 0, 0);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_denied(id, EIO);
	ck_assert_uint_eq(fake_late(), 0);
}
END_TEST

/* ---- Soft deadline ---- */

START_TEST(soft_deadline)
{
	struct urfs_policy policy = { .size = sizeof(policy),
				      .valid = URFS_POLICY_ON_TIMEOUT,
				      .on_timeout = { URFS_DENY, EROFS } };
	struct fake_event event = { .filter = FIRST_HANDLE, .op = RFS_OP_UNLINK, .deadline_ms = 200, .rest = "/x" };
	struct urfs_stats stats = { .size = sizeof(stats) };
	uint64_t slow, fast;

	ck_assert_int_eq(urfs_set_policy(filter, &policy), 0);
	ck_assert_int_eq(urfs_set_soft_deadline(NULL, 1), -EINVAL);
	ck_assert_int_eq(urfs_set_soft_deadline(filter, 1), 0);
	set_ops(RFS_OP_UNLINK, cb_pre_slow, NULL);
	start_loops(1, NULL);
	slow = fake_ask(&event);
	ck_denied(slow, EROFS);
	atomic_store(&pre_may_return, true);
	event.deadline_ms = 3600000;
	fast = fake_ask(&event);
	ck_allowed(fast);
	ck_assert_int_eq(urfs_get_stats(&conn, &stats), 0);
	ck_assert_uint_eq(stats.soft, 1);
	ck_assert_uint_eq(stats.late, 1);
	ck_assert_uint_eq(fake_late(), 0);
	/* post cannot be denied */
	atomic_store(&pre_may_return, false);
	set_ops(RFS_OP_UNLINK, NULL, cb_pre_slow);
	event.deadline_ms = 100;
	event.flags = URFS_MSG_POST;
	ck_allowed(fake_ask(&event));
	atomic_store(&pre_may_return, true);
	/* off again */
	ck_assert_int_eq(urfs_set_soft_deadline(filter, 0), 0);
}
END_TEST

static enum rfs_retv cb_slow_data(rfs_context context, struct rfs_args *args)
{
	struct rfs_data data;

	(void)context;
	ck_assert_int_eq(rfs_data(args, &data), 0);
	while (!atomic_load(&pre_may_return))
		nap(1);
	memset(data.base, 'x', data.length);
	rfs_data_changed(args);
	atomic_fetch_add(&post_runs, 1);
	return RFS_CONTINUE;
}

/* The block is not the library's any more once the soft deadline has answered: a late callback writes into a copy. */
START_TEST(soft_deadline_data)
{
	struct fake_event event = { .filter = FIRST_HANDLE,
				    .op = RFS_OP_READ,
				    .flags = URFS_MSG_PIECE | URFS_MSG_POST,
				    .deadline_ms = 200,
				    .rest = "/x",
				    .data = "text" };
	struct urfs_policy policy = { .size = sizeof(policy),
				      .valid = URFS_POLICY_ON_TIMEOUT,
				      .on_timeout = { URFS_DENY, EIO } };
	uint64_t id;

	/* as the kernel has it for a filter with data that has named nothing */
	ck_assert_int_eq(urfs_set_policy(filter, &policy), 0);
	ck_assert_int_eq(urfs_set_soft_deadline(filter, 1), 0);
	set_data_ops(cb_slow_data, cb_slow_data);
	start_loops(1, NULL);
	id = fake_ask(&event);
	ck_denied(id, EIO);
	atomic_store(&pre_may_return, true);
	ck_until(atomic_load(&post_runs) == 1);
	ck_assert_mem_eq(fake_data(id), "text", 4);
	/* one that is in time */
	event.deadline_ms = 3600000;
	ck_changed(fake_ask(&event), "xxxx");
}
END_TEST

START_TEST(soft_deadline_deferred)
{
	struct fake_event event = { .filter = FIRST_HANDLE,
				    .op = RFS_OP_UNLINK,
				    .deadline_ms = 100,
				    .rule = "/srv/ledger",
				    .rest = "/2024/file" };
	uint64_t id;

	ck_assert_int_eq(urfs_set_soft_deadline(filter, 1), 0);
	set_ops(RFS_OP_UNLINK, cb_defer, NULL);
	start_loops(1, NULL);
	id = fake_ask(&event);
	ck_allowed(id);
	ck_assert_int_eq(urfs_reply(taken[0], RFS_STOP, -EIO), -ESRCH);
	/* one that is pending while the connection is closed */
	event.deadline_ms = 3600000;
	fake_ask(&event);
	ck_until(atomic_load(&taken_count) == 2);
	stop_loops();
	urfs_close(&conn);
	filter = NULL;
	ck_assert_int_eq(urfs_reply(taken[1], RFS_STOP, -EIO), -EBADF);
}
END_TEST

/* ---- Changes that somebody asks for ---- */

static enum rfs_err mod_answer;
static union rfs_mod mod_seen;
static char mod_path[64];
static struct fcdlctl_policy mod_policy;

static enum rfs_err cb_mod(union rfs_mod *mod)
{
	mod_seen = *mod;
	mod_path[0] = '\0';
	if (mod->id == RFS_MOD_SET_PATH)
		strcpy(mod_path, mod->path.info->path);
	if (mod->id == RFS_MOD_SET_POLICY)
		mod_policy = *mod->policy.policy;
	return mod_answer;
}

START_TEST(modifier)
{
	struct urfs_cmd cmd;

	ck_assert_int_eq(rfs_set_mod_cb(filter, NULL), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_MODIFY, NULL, NULL), 0);
	ck_assert_int_eq(rfs_set_mod_cb(filter, cb_mod), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_MODIFY, &cmd, NULL), 1);
	ck_assert_int_eq(cmd.value, 1);
	ck_assert_int_eq(rfs_set_private_data(filter, &conn), RFS_ERR_OK);
	start_loops(1, NULL);
	mod_answer = RFS_ERR_ACCES;
	ck_assert_int_eq(answer(fake_modify(FIRST_HANDLE, RFS_MOD_ACTIVATE, NULL, 0)).value, -EACCES);
	ck_assert_ptr_eq(mod_seen.any.filter, filter);
	ck_assert_ptr_eq(mod_seen.any.private_data, &conn);
	mod_answer = RFS_ERR_OK;
	ck_assert_int_eq(answer(fake_modify(FIRST_HANDLE, RFS_MOD_SET_PATH, "/etc\n", 5)).value, 0);
	ck_assert_str_eq(mod_path, "/etc\n");
	ck_assert_int_eq(answer(fake_modify(FIRST_HANDLE, RFS_MOD_SET_POLICY, NULL, 0)).value, 0);
	ck_assert_uint_eq(mod_policy.valid, FCDLCTL_POLICY_DEADLINE);
	ck_assert_uint_eq(mod_policy.deadline_ms, 1234);
	/* not an answer that exists */
	mod_answer = (enum rfs_err)5;
	ck_assert_int_eq(answer(fake_modify(FIRST_HANDLE, RFS_MOD_DEL_PATH, "/etc", 0)).value, -EPERM);
	ck_assert_int_eq(answer(fake_modify(99, RFS_MOD_ACTIVATE, NULL, 0)).value, -ESTALE);
	ck_assert_int_eq(rfs_set_mod_cb(filter, NULL), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_SET_MODIFY, &cmd, NULL), 2);
	ck_assert_int_eq(cmd.value, 0);
	ck_assert_int_eq(answer(fake_modify(FIRST_HANDLE, RFS_MOD_ACTIVATE, NULL, 0)).value, 0);
}
END_TEST

/* ---- Calls from inside callbacks ---- */

static int inside_result;

static enum rfs_retv cb_unregister(rfs_context context, struct rfs_args *args)
{
	(void)context;
	(void)args;
	inside_result = rfs_unregister_filter(filter);
	return RFS_STOP;
}

static enum rfs_retv cb_change(rfs_context context, struct rfs_args *args)
{
	struct rfs_path_info rule = { .path = "/x", .flags = RFS_PATH_EXCLUDE | RFS_PATH_SINGLE };
	struct rfs_op_info ops[] = { { .op_id = RFS_OP_MKDIR, .pre_cb = cb_count }, { .op_id = RFS_OP_END } };

	(void)context;
	(void)args;
	inside_result = rfs_deactivate_filter(filter) || rfs_set_path(filter, &rule) || rfs_del_path(filter, &rule) ||
			rfs_activate_filter(filter) || rfs_set_mod_cb(filter, cb_mod) ||
			rfs_set_operations(filter, ops);
	return RFS_CONTINUE;
}

static enum rfs_retv cb_stop(rfs_context context, struct rfs_args *args)
{
	(void)context;
	(void)args;
	inside_result = urfs_stop(&conn);
	return RFS_CONTINUE;
}

START_TEST(inside_callback)
{
	uint64_t id;

	inside_result = 1;
	set_ops(RFS_OP_UNLINK, cb_change, NULL);
	start_loops(1, filter);
	ck_allowed(ask(RFS_OP_UNLINK, 0, 0));
	ck_assert_int_eq(inside_result, 0);
	set_ops(RFS_OP_UNLINK, cb_unregister, NULL);
	inside_result = 1;
	id = ask(RFS_OP_UNLINK, 0, 0);
	/* as in a kernel module: the last answer counts, and only then the filter is gone */
	ck_denied(id, EPERM);
	join_loops();
	ck_assert_int_eq(inside_result, 0);
	ck_assert_uint_eq(fake_commands(URFS_CMD_UNREGISTER, NULL, NULL), 1);
	ck_assert_uint_lt(fake_when(URFS_CMD_REPLY), fake_when(URFS_CMD_UNREGISTER));
	ck_assert_uint_eq(fake_late(), 0);
}
END_TEST

static enum rfs_retv cb_register_again(rfs_context context, struct rfs_args *args)
{
	struct rfs_filter_info info = { .name = "again", .priority = 1 };

	(void)context;
	(void)args;
	inside_result = rfs_unregister_filter(filter) || rfs_register_filter(&filter, &info);
	return RFS_STOP;
}

START_TEST(register_again_inside)
{
	struct urfs_cmd cmd;

	inside_result = 1;
	set_ops(RFS_OP_UNLINK, cb_register_again, NULL);
	start_loops(1, NULL);
	ask(RFS_OP_UNLINK, 0, 0);
	ck_assert(fake_idle(SOON));
	ck_assert_int_eq(inside_result, 0);
	/* the name must be free before it is taken again */
	ck_assert_uint_eq(fake_commands(URFS_CMD_UNREGISTER, &cmd, NULL), 1);
	ck_assert_uint_eq(cmd.filter, FIRST_HANDLE);
	ck_assert_uint_lt(fake_when(URFS_CMD_UNREGISTER), fake_when(URFS_CMD_REGISTER));
	ck_assert_int_eq(rfs_unregister_filter(filter), RFS_ERR_OK);
	ck_assert_uint_eq(fake_commands(URFS_CMD_UNREGISTER, &cmd, NULL), 2);
	ck_assert_uint_eq(cmd.filter, FIRST_HANDLE + 1);
}
END_TEST

static enum rfs_retv cb_unregister_slowly(rfs_context context, struct rfs_args *args)
{
	inside_result = rfs_unregister_filter(filter);
	cb_pre_slow(context, args);
	return RFS_STOP;
}

/* Who was asked before the filter was unregistered, but not heard: on_exit, not what no answer would mean. */
START_TEST(asked_after_unregister)
{
	struct urfs_policy policy = {
		.size = sizeof(policy),
		.valid = URFS_POLICY_ON_EXIT,
		.on_exit = { .action = URFS_DENY, .error = EROFS },
	};
	uint64_t id;

	inside_result = 1;
	ck_assert_int_eq(urfs_set_policy(filter, &policy), 0);
	set_ops(RFS_OP_UNLINK, cb_unregister_slowly, NULL);
	start_loops(2, NULL);
	id = ask(RFS_OP_UNLINK, 0, 0);
	ck_until(atomic_load(&pre_runs) == 1);
	ck_denied(ask(RFS_OP_UNLINK, 0, 0), EROFS);
	ck_assert_uint_eq(fake_commands(URFS_CMD_UNREGISTER, NULL, NULL), 0);
	atomic_store(&pre_may_return, true);
	ck_denied(id, EPERM);
	ck_until(fake_commands(URFS_CMD_UNREGISTER, NULL, NULL) == 1);
	ck_assert_int_eq(inside_result, 0);
}
END_TEST

START_TEST(stop_in_callback)
{
	inside_result = 1;
	set_ops(RFS_OP_UNLINK, cb_stop, NULL);
	start_loops(2, NULL);
	ck_allowed(ask(RFS_OP_UNLINK, 0, 0));
	join_loops();
	ck_assert_int_eq(inside_result, 0);
}
END_TEST

static enum rfs_retv cb_free(rfs_context context, struct rfs_args *args)
{
	(void)args;
	urfs_filter_free(filter);
	filter = NULL;
	/* freed when this has returned */
	ck_assert_ptr_nonnull(rfs_op_data(context));
	return RFS_CONTINUE;
}

START_TEST(free_in_callback)
{
	set_ops(RFS_OP_UNLINK, cb_free, NULL);
	start_loops(1, filter);
	ck_allowed(ask(RFS_OP_UNLINK, 0, 0));
	join_loops();
}
END_TEST

static atomic_int both;
static atomic_int both_results;

/* Two callbacks of one filter that each wait until no other runs. */
static enum rfs_retv cb_both(rfs_context context, struct rfs_args *args)
{
	(void)context;
	(void)args;
	atomic_fetch_add(&both, 1);
	while (atomic_load(&both) < 2)
		nap(1);
	atomic_fetch_add(&both_results, rfs_deactivate_filter(filter) == RFS_ERR_OK);
	return RFS_CONTINUE;
}

START_TEST(two_inside)
{
	uint64_t one, two;

	set_ops(RFS_OP_UNLINK, cb_both, NULL);
	start_loops(2, NULL);
	one = ask(RFS_OP_UNLINK, 0, 0);
	two = ask(RFS_OP_UNLINK, 0, 0);
	ck_allowed(one);
	ck_allowed(two);
	ck_assert_int_eq(atomic_load(&both_results), 2);
}
END_TEST

static void *release_later(void *unused)
{
	(void)unused;
	nap(50);
	atomic_store(&pre_may_return, true);
	return NULL;
}

static enum rfs_retv cb_slow_deny(rfs_context context, struct rfs_args *args)
{
	cb_pre_slow(context, args);
	rfs_set_result(args, -EROFS);
	return RFS_STOP;
}

/* Whoever was asked may answer: the filter is unregistered in the kernel only afterwards. */
START_TEST(unregister_waits)
{
	pthread_t thread;
	uint64_t id;

	set_ops(RFS_OP_UNLINK, cb_slow_deny, NULL);
	start_loops(2, NULL);
	id = ask(RFS_OP_UNLINK, 0, 0);
	ck_until(atomic_load(&pre_runs) == 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, release_later, NULL), 0);
	ck_assert_int_eq(rfs_unregister_filter(filter), RFS_ERR_OK);
	ck_assert(atomic_load(&pre_may_return));
	ck_denied(id, EROFS);
	ck_assert_uint_lt(fake_when(URFS_CMD_DEACTIVATE), fake_when(URFS_CMD_REPLY));
	ck_assert_uint_lt(fake_when(URFS_CMD_REPLY), fake_when(URFS_CMD_UNREGISTER));
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(deactivate_waits)
{
	pthread_t thread;

	set_ops(RFS_OP_UNLINK, cb_pre_slow, NULL);
	start_loops(2, NULL);
	ask(RFS_OP_UNLINK, 0, 0);
	ck_until(atomic_load(&pre_runs) == 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, release_later, NULL), 0);
	ck_assert_int_eq(rfs_deactivate_filter(filter), RFS_ERR_OK);
	ck_assert(atomic_load(&pre_may_return));
	pthread_join(thread, NULL);
}
END_TEST

static rfs_filter second;
static atomic_int callbacks_ended, ended_before, unregister_result;
static atomic_bool unregistered;

/* Waits for a callback of the second filter. */
static enum rfs_retv cb_wait_for_second(rfs_context context, struct rfs_args *args)
{
	(void)context;
	(void)args;
	rfs_deactivate_filter(second);
	nap(20);
	atomic_fetch_add(&callbacks_ended, 1);
	return RFS_CONTINUE;
}

static void *unregisterer(void *unused)
{
	(void)unused;
	atomic_store(&unregister_result, rfs_unregister_filter(filter));
	/* a callback that it did not wait for has not come so far yet */
	atomic_store(&ended_before, atomic_load(&callbacks_ended));
	atomic_store(&unregistered, true);
	return NULL;
}

static uint64_t ask_second(void)
{
	struct fake_event event = {
		.filter = FIRST_HANDLE + 1,
		.op = RFS_OP_UNLINK,
		.rule = "/srv/ledger",
		.rest = "/2024/file",
		.deadline_ms = 5000,
	};

	return fake_ask(&event);
}

static void register_second(enum rfs_retv (*pre)(rfs_context, struct rfs_args *))
{
	struct rfs_filter_info info = { .name = "second", .priority = 2, .size = sizeof(info), .op_data_size = 64 };
	struct rfs_op_info ops[] = { { .op_id = RFS_OP_UNLINK, .pre_cb = pre }, { .op_id = RFS_OP_END } };

	ck_assert_int_eq(urfs_filter_alloc(&second, &conn), 0);
	ck_assert_int_eq(rfs_register_filter(&second, &info), RFS_ERR_OK);
	ck_assert_int_eq(rfs_set_operations(second, ops), RFS_ERR_OK);
}

/* Who is in no callback waits for all, also for one that waits for another filter's. */
START_TEST(outside_waits_for_waiting)
{
	pthread_t thread;
	bool early;

	set_ops(RFS_OP_UNLINK, cb_wait_for_second, NULL);
	register_second(cb_pre_slow);
	start_loops(2, NULL);
	ask_second();
	ck_until(atomic_load(&pre_runs) == 1);
	ask(RFS_OP_UNLINK, 0, 0);
	ck_until(fake_commands(URFS_CMD_DEACTIVATE, NULL, NULL) == 1);
	nap(50);
	ck_assert_int_eq(pthread_create(&thread, NULL, unregisterer, NULL), 0);
	nap(50);
	early = atomic_load(&unregistered);
	atomic_store(&pre_may_return, true);
	pthread_join(thread, NULL);
	ck_assert(!early);
	ck_assert_int_eq(atomic_load(&unregister_result), RFS_ERR_OK);
	ck_assert_int_eq(atomic_load(&ended_before), 1);
}
END_TEST

/* A loop that should leave but is in a callback looks for itself later: others must not pass kicks around until then. */
START_TEST(kick_for_busy_loop)
{
	unsigned int kicked;
	pthread_t busy;

	set_ops(RFS_OP_UNLINK, cb_pre_slow, NULL);
	register_second(cb_allow);
	ck_assert_int_eq(pthread_create(&busy, NULL, loop_main, second), 0);
	ask(RFS_OP_UNLINK, 0, 0);
	ck_until(atomic_load(&pre_runs) == 1);
	start_loops(1, NULL);
	ck_until(fake_waiting() == 1);
	ck_assert_int_eq(rfs_unregister_filter(second), RFS_ERR_OK);
	nap(100);
	kicked = fake_kicked();
	atomic_store(&pre_may_return, true);
	pthread_join(busy, NULL);
	ck_assert_uint_le(kicked, 1);
}
END_TEST

/* ---- Tables replaced under load ---- */

static atomic_int wrong_pair;

static enum rfs_retv cb_pre_a(rfs_context context, struct rfs_args *args)
{
	(void)args;
	*(char *)rfs_op_data(context) = 'a';
	return RFS_CONTINUE;
}

static enum rfs_retv cb_post_a(rfs_context context, struct rfs_args *args)
{
	(void)args;
	if (*(char *)rfs_op_data(context) != 'a')
		atomic_fetch_add(&wrong_pair, 1);
	atomic_fetch_add(&post_runs, 1);
	return RFS_CONTINUE;
}

static enum rfs_retv cb_pre_b(rfs_context context, struct rfs_args *args)
{
	(void)args;
	*(char *)rfs_op_data(context) = 'b';
	return RFS_CONTINUE;
}

static enum rfs_retv cb_post_b(rfs_context context, struct rfs_args *args)
{
	(void)args;
	if (*(char *)rfs_op_data(context) != 'b')
		atomic_fetch_add(&wrong_pair, 1);
	atomic_fetch_add(&post_runs, 1);
	return RFS_CONTINUE;
}

static atomic_bool load_ends;

static void *replacer(void *unused)
{
	(void)unused;
	while (!atomic_load(&load_ends)) {
		set_ops(RFS_OP_UNLINK, cb_pre_b, cb_post_b);
		set_ops(RFS_OP_UNLINK, cb_pre_a, cb_post_a);
	}
	return NULL;
}

/* Every operation ends with the callbacks that it began with. */
START_TEST(replaced_under_load)
{
	pthread_t thread;
	int i;

	set_ops(RFS_OP_UNLINK, cb_pre_a, cb_post_a);
	start_loops(3, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, replacer, NULL), 0);
	for (i = 1; i <= 1000; i++) {
		ck_allowed(ask(RFS_OP_UNLINK, URFS_MSG_POST_FOLLOWS, (uint64_t)i));
		ask(RFS_OP_UNLINK, URFS_MSG_POST, (uint64_t)i);
	}
	ck_assert(fake_idle(SOON));
	atomic_store(&load_ends, true);
	pthread_join(thread, NULL);
	ck_assert_int_eq(atomic_load(&post_runs), 1000);
	ck_assert_int_eq(atomic_load(&wrong_pair), 0);
}
END_TEST

static void *registrar(void *number)
{
	struct rfs_filter_info info = { .name = "come-and-go", .priority = *(int *)number };
	int i;

	for (i = 0; i < 50; i++) {
		rfs_filter mine;

		ck_assert_int_eq(urfs_filter_alloc(&mine, &conn), 0);
		ck_assert_int_eq(rfs_register_filter(&mine, &info), RFS_ERR_OK);
		ck_assert_int_eq(rfs_activate_filter(mine), RFS_ERR_OK);
		urfs_filter_free(mine);
	}
	return NULL;
}

START_TEST(filters_come_and_go)
{
	pthread_t threads[2];
	int numbers[] = { 10, 11 };
	int i;

	set_ops(RFS_OP_UNLINK, cb_count, NULL);
	start_loops(2, NULL);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, registrar, &numbers[i]), 0);
	for (i = 0; i < 500; i++)
		ask(RFS_OP_UNLINK, 0, 0);
	ck_assert(fake_idle(SOON));
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&pre_runs), 500);
}
END_TEST

/* ---- News ---- */

static atomic_int log_lines;
static char log_line[256];

static void log_hook(void *data, enum urfs_log_level level, const char *text)
{
	ck_assert_ptr_eq(data, &log_lines);
	ck_assert_int_le(level, URFS_LOG_DEBUG);
	strncpy(log_line, text, sizeof(log_line) - 1);
	atomic_fetch_add(&log_lines, 1);
}

START_TEST(news)
{
	struct urfs_msg lost = { .type = URFS_MSG_LOST, .filter = FIRST_HANDLE, .value = 17 };
	struct urfs_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(urfs_set_log(&conn, log_hook, &log_lines), 0);
	fake_message(&lost);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_assert_int_eq(atomic_load(&log_lines), 1);
	ck_assert_str_eq(log_line, "test: 17 notifications were lost");
	ck_assert_int_eq(urfs_get_stats(&conn, &stats), 0);
	ck_assert_uint_eq(stats.lost, 17);
	/* a program that knows fewer counters */
	memset(&stats, 0xff, sizeof(stats));
	stats.size = offsetof(struct urfs_stats, late);
	ck_assert_int_eq(urfs_get_stats(&conn, &stats), 0);
	ck_assert_uint_eq(stats.callbacks, 0);
	ck_assert_uint_eq(stats.late, UINT64_MAX);
	stats.size = 1;
	ck_assert_int_eq(urfs_get_stats(&conn, &stats), -EINVAL);
	ck_assert_int_eq(urfs_set_log(&conn, NULL, NULL), 0);
	fake_message(&lost);
	ck_assert_int_eq(urfs_dispatch(&conn), 0);
	ck_assert_int_eq(atomic_load(&log_lines), 1);
}
END_TEST

/* ---- fork ---- */

static int child_says(void)
{
	struct rfs_filter_info info = { .name = "child", .priority = 9 };
	struct rfs_path_info rule = { .path = "/" };
	struct urfs_conn own;
	rfs_filter mine;

	if (urfs_dispatch(&conn) != -EPERM || urfs_main(&conn, NULL) != -EPERM || urfs_stop(&conn) != -EPERM ||
	    urfs_fd(&conn) != -EPERM || rfs_activate_filter(filter) != RFS_ERR_PERM ||
	    rfs_unregister_filter(filter) != RFS_ERR_PERM || rfs_set_path(filter, &rule) != RFS_ERR_PERM ||
	    rfs_set_operations(filter, (struct rfs_op_info[]){ { .op_id = RFS_OP_END } }) != RFS_ERR_PERM ||
	    rfs_set_mod_cb(filter, cb_mod) != RFS_ERR_PERM || urfs_set_soft_deadline(filter, 1) != -EPERM ||
	    urfs_filter_alloc(&mine, &conn) != -EPERM)
		return 1;
	urfs_filter_free(filter);
	urfs_close(&conn);
	/* a connection of its own, with grace periods in it: the readers of the parent are not here */
	fake_reset();
	if (urfs_open(&own) || urfs_filter_alloc(&mine, &own) || rfs_register_filter(&mine, &info))
		return 2;
	if (urfs_dispatch(&own) != -EAGAIN)
		return 3;
	filter = mine;
	set_ops(RFS_OP_UNLINK, cb_allow, NULL);
	set_ops(RFS_OP_UNLINK, cb_allow, NULL);
	urfs_filter_free(mine);
	urfs_close(&own);
	return 0;
}

START_TEST(child)
{
	int status;
	pid_t pid;

	set_ops(RFS_OP_UNLINK, cb_count, NULL);
	start_loops(3, NULL);
	ck_until(fake_waiting() == 3);
	ck_assert_int_eq(urfs_dispatch(&conn), -EAGAIN);
	pid = fork();
	if (!pid) {
		alarm(30);
		_exit(child_says());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(fake_is_open());
	ck_allowed(ask(RFS_OP_UNLINK, 0, 0));
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("liburfs");
	TCase *bare = tcase_create("without a filter");
	TCase *with = tcase_create("with a filter");

	tcase_add_test(bare, open_fails);
	tcase_add_test(bare, not_open);
	suite_add_tcase(all, bare);

	tcase_add_checked_fixture(with, set_up, tear_down);
	tcase_set_timeout(with, 60);
	tcase_add_test(with, registration);
	tcase_add_test(with, operations);
	tcase_add_test(with, paths);
	tcase_add_test(with, switching);
	tcase_add_test(with, policies);
	tcase_add_test(with, policy_of_shorter_name);
	tcase_add_test(with, exemption);
	tcase_add_test(with, arguments);
	tcase_add_test(with, numbers_of_a_read);
	tcase_add_test(with, joined_paths);
	tcase_add_test(with, malformed);
	tcase_add_test(with, scribbled_block);
	tcase_add_test(with, verdicts);
	tcase_add_test(with, op_data);
	tcase_add_test(with, post_waits_for_pre);
	tcase_add_test(with, post_overtakes_pre);
	tcase_add_test(with, data_pieces);
	tcase_add_test(with, data_of_one_write);
	tcase_add_test(with, data_unasked);
	tcase_add_test(with, many_threads);
	tcase_add_test(with, main_threads);
	tcase_add_test(with, loop_ends_with_filter);
	tcase_add_test(with, connection_dies);
	tcase_add_test(with, one_step);
	tcase_add_test(with, deferred);
	tcase_add_test(with, kept_data);
	tcase_add_test(with, kept_data_ends_slowly);
	tcase_add_test(with, kept_data_at_close);
	tcase_add_test(with, kept_data_too_old);
	tcase_add_test(with, remembering);
	tcase_add_test(with, deferred_too_late);
	tcase_add_test(with, deferred_data);
	tcase_add_test(with, answered_before_return);
	tcase_add_test(with, soft_deadline);
	tcase_add_test(with, soft_deadline_data);
	tcase_add_test(with, soft_deadline_deferred);
	tcase_add_test(with, modifier);
	tcase_add_test(with, inside_callback);
	tcase_add_test(with, register_again_inside);
	tcase_add_test(with, asked_after_unregister);
	tcase_add_test(with, stop_in_callback);
	tcase_add_test(with, free_in_callback);
	tcase_add_test(with, two_inside);
	tcase_add_test(with, unregister_waits);
	tcase_add_test(with, deactivate_waits);
	tcase_add_test(with, outside_waits_for_waiting);
	tcase_add_test(with, kick_for_busy_loop);
	tcase_add_test(with, replaced_under_load);
	tcase_add_test(with, filters_come_and_go);
	tcase_add_test(with, news);
	tcase_add_test(with, child);
	suite_add_tcase(all, with);

	with = tcase_create("that close themselves");
	tcase_add_checked_fixture(with, set_up, NULL);
	tcase_add_test(with, deferred_beyond_close);
	suite_add_tcase(all, with);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
