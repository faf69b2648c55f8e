// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ctlflt - a user filter for tests of the control device
 *
 *   ctlflt NAME PRIORITY MODIFY PATH [THREADS]
 *     MODIFY   what its modifier callback does: none (it has none), approve, silent (never answers), or an errno's
 *              number to refuse with
 *
 * Asked before open, unlink, mkdir and rename: a name that ends in "slow" it never answers, the others it allows. Prints
 * "ready" when it takes questions, and each question for a change.
 * links: urfs
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <urfs.h>

static const char *modify;
static struct urfs_conn conn;

static void never(void)
{
	for (;;)
		pause();
}

static enum rfs_retv pre(rfs_context context, struct rfs_args *args)
{
	char path[RFS_PATH_LEN];
	ssize_t len;

	(void)context;
	len = rfs_path(args, RFS_FIRST, path, sizeof(path));
	if (len >= 4 && strcmp(path + len - 4, "slow") == 0)
		never();
	return RFS_CONTINUE;
}

static enum rfs_err mod_cb(union rfs_mod *mod)
{
	switch (mod->id) {
	case RFS_MOD_SET_PATH:
	case RFS_MOD_DEL_PATH:
		printf("modify %d %s %x\n", mod->id, mod->path.info->path, (unsigned int)mod->path.info->flags);
		break;
	default:
		printf("modify %d\n", mod->id);
	}
	fflush(stdout);
	if (strcmp(modify, "silent") == 0)
		never();
	return strcmp(modify, "approve") ? (enum rfs_err) - atoi(modify) : RFS_ERR_OK;
}

static void on_term(int number)
{
	(void)number;
	urfs_stop(&conn);
}

static int set_up(rfs_filter filter, char *path)
{
	struct rfs_op_info ops[] = {
		{ .op_id = RFS_OP_OPEN, .pre_cb = pre },
		{ .op_id = RFS_OP_UNLINK, .pre_cb = pre },
		{ .op_id = RFS_OP_MKDIR, .pre_cb = pre },
		{ .op_id = RFS_OP_RENAME, .pre_cb = pre },
		{ .op_id = RFS_OP_END },
	};
	struct rfs_path_info info = { .path = path, .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE };
	int err;

	err = rfs_set_operations(filter, ops);
	if (!err)
		err = rfs_set_path(filter, &info);
	if (!err && strcmp(modify, "none"))
		err = rfs_set_mod_cb(filter, mod_cb);
	if (!err)
		err = rfs_activate_filter(filter);
	return err;
}

int main(int argc, char **argv)
{
	struct rfs_filter_info info = { .size = sizeof(info) };
	rfs_filter filter;
	int err;

	if (argc != 5 && argc != 6)
		return 2;
	info.name = argv[1];
	info.priority = atoi(argv[2]);
	modify = argv[3];
	err = urfs_open(&conn);
	if (!err)
		err = urfs_filter_alloc(&filter, &conn);
	if (!err)
		err = rfs_register_filter(&filter, &info);
	if (!err)
		err = set_up(filter, argv[4]);
	if (err) {
		fprintf(stderr, "ctlflt: %s\n", strerror(-err));
		return 1;
	}
	signal(SIGTERM, on_term);
	puts("ready");
	fflush(stdout);
	err = urfs_main_threads(&conn, filter, argc == 6 ? (unsigned int)atoi(argv[5]) : 1);
	rfs_unregister_filter(filter);
	urfs_filter_free(filter);
	urfs_close(&conn);
	return err ? 1 : 0;
}
