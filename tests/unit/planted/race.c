// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A race that ThreadSanitizer must report: two callbacks of one filter change a variable without a lock. If it does not,
 * then silence about liburfs means nothing (tests/sanitize).
 *
 * sources: liburfs/src/[a-z]*.c tests/unit/fake/fake.c
 * libs: -lurcu-mb
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <urfs.h>

#include "tests/unit/fake/fake.h"

static struct urfs_conn conn;
static int unprotected;
static atomic_int inside;

static enum rfs_retv cb(rfs_context context, struct rfs_args *args)
{
	(void)context;
	(void)args;
	/* relaxed: waits for the other one, but orders nothing */
	atomic_fetch_add_explicit(&inside, 1, memory_order_relaxed);
	while (atomic_load_explicit(&inside, memory_order_relaxed) < 2)
		;
	unprotected++;
	return RFS_CONTINUE;
}

static void *loop(void *unused)
{
	(void)unused;
	urfs_main(&conn, NULL);
	return NULL;
}

int main(void)
{
	struct rfs_filter_info info = { .name = "planted", .priority = 1 };
	struct rfs_op_info ops[] = { { .op_id = RFS_OP_UNLINK, .pre_cb = cb }, { .op_id = RFS_OP_END } };
	struct fake_event event = { .filter = 7, .op = RFS_OP_UNLINK, .rest = "/x" };
	pthread_t threads[2];
	rfs_filter filter;

	fake_reset();
	if (urfs_open(&conn) || urfs_filter_alloc(&filter, &conn) || rfs_register_filter(&filter, &info) ||
	    rfs_set_operations(filter, ops))
		return 2;
	pthread_create(&threads[0], NULL, loop, NULL);
	pthread_create(&threads[1], NULL, loop, NULL);
	fake_ask(&event);
	fake_ask(&event);
	fake_idle(20000);
	urfs_stop(&conn);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	urfs_filter_free(filter);
	urfs_close(&conn);
	printf("%d\n", unprotected);
	return 0;
}
