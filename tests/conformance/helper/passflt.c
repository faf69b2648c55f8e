// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * links: urfs
 *
 * passflt - a filter that is asked about everything and lets everything pass
 *
 *	passflt [--idle] [--die N] NAME PRIORITY DIR
 *
 * Every operation that is offered, before and after, each time with a caller that waits for the answer. --idle: the filter
 * has its rule, so that its file system is attached and files are covered, and is never activated. --die N: the process is
 * killed inside its Nth callback, with the caller waiting; 0: after two seconds, wherever it is then. It ends on SIGTERM
 * with a line that says how often it was asked.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <urfs.h>

#define LIFE_S 2

static struct urfs_conn conn;
static atomic_ulong asked, told;
static unsigned long die_at;

static enum rfs_retv before(rfs_context context, struct rfs_args *args)
{
	(void)context;
	(void)args;
	if (atomic_fetch_add(&asked, 1) + 1 == die_at)
		raise(SIGKILL);
	return RFS_CONTINUE;
}

static enum rfs_retv after(rfs_context context, struct rfs_args *args)
{
	(void)context;
	(void)args;
	atomic_fetch_add(&told, 1);
	return RFS_CONTINUE;
}

static void on_term(int sig)
{
	(void)sig;
	urfs_stop(&conn);
}

static int failed(const char *what, int err)
{
	fprintf(stderr, "passflt: %s: %s\n", what, strerror(-err));
	return 1;
}

int main(int argc, char **argv)
{
	struct rfs_op_info ops[RFS_OP_MAX + 1] = { { .op_id = RFS_OP_END } };
	struct rfs_filter_info info = { .size = sizeof(info) };
	struct rfs_path_info rule = { .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE };
	struct itimerval life = { .it_value.tv_sec = LIFE_S };
	bool idle = false, die = false;
	rfs_filter filter;
	int n = 0, op, err;

	for (; argc > 4; argv++, argc--) {
		if (!strcmp(argv[1], "--idle")) {
			idle = true;
		} else if (!strcmp(argv[1], "--die")) {
			die = true;
			die_at = strtoul(argv[2], NULL, 10);
			argv++;
			argc--;
		} else {
			break;
		}
	}
	if (argc != 4) {
		fputs("usage: passflt [--idle] [--die N] NAME PRIORITY DIR\n", stderr);
		return 2;
	}
	info.name = argv[1];
	info.priority = atoi(argv[2]);
	rule.path = argv[3];
	for (op = 1; op < RFS_OP_MAX; op++) {
		if (!(RFS_OPS_OFFERED & RFS_OP_BIT(op)))
			continue;
		ops[n].op_id = (enum rfs_op_id)op;
		ops[n].pre_cb = RFS_OPS_POST_ONLY & RFS_OP_BIT(op) ? NULL : before;
		ops[n++].post_cb = after;
	}
	ops[n].op_id = RFS_OP_END;

	err = urfs_open(&conn);
	if (err)
		return failed("cannot connect", err);
	/* nothing here handles it: it ends the process where it stands */
	if (die && !die_at && setitimer(ITIMER_REAL, &life, NULL))
		return failed("no timer", -errno);
	signal(SIGTERM, on_term);
	err = urfs_filter_alloc(&filter, &conn);
	if (!err)
		err = rfs_register_filter(&filter, &info);
	if (!err)
		err = rfs_set_operations(filter, ops);
	if (!err)
		err = rfs_set_path(filter, &rule);
	if (!err && !idle)
		err = rfs_activate_filter(filter);
	if (err)
		return failed(argv[3], err);
	err = urfs_main_threads(&conn, filter, 2);
	if (err)
		return failed("the connection ended", err);
	rfs_unregister_filter(filter);
	urfs_filter_free(filter);
	urfs_close(&conn);
	printf("asked %lu times before and %lu times after\n", atomic_load(&asked), atomic_load(&told));
	return 0;
}
