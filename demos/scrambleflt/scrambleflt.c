// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scrambleflt - a filter that swaps the two nibbles of every byte that is read or written
 *
 * Who goes through it reads what was written; the file itself holds the bytes with their nibbles swapped. This is no
 * secret, it is the smallest filter that changes data, in both worlds: this one file is a kernel module (scrambleflt.ko)
 * and a user program (scrambleflt), and everything between the two blocks marked "this world" is written against rfs.h
 * alone.
 *
 *	insmod scrambleflt.ko path=/srv/data		# in the kernel
 *	scrambleflt /srv/data				# or as a process
 */

/* ---- This world, first part ---- */

#ifdef __KERNEL__

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <rfs.h>

#else

#include <stdio.h>

#include <urfs.h>

#include "../common/demo.h"

#endif

/* ---- Both worlds ---- */

/*
 * Called for each piece of a write before it gets to the file, and of a read before it gets to the reader. A byte is the
 * same wherever it is in the file, and one that is 0 stays 0: so holes stay holes, and RFS_OP_PLACED is not needed.
 */
static enum rfs_retv scramble_piece(rfs_context context, struct rfs_args *args)
{
	struct rfs_data data;
	unsigned char *byte;
	size_t i;

	(void)context;
	/* a read at the end of the file has none */
	if (rfs_data(args, &data))
		return RFS_CONTINUE;
	byte = data.base;
	for (i = 0; i < data.length; i++)
		byte[i] = (unsigned char)(byte[i] << 4 | byte[i] >> 4);
	rfs_data_changed(args);
	return RFS_CONTINUE;
}

static struct rfs_op_info scramble_ops[] = {
	{ .op_id = RFS_OP_READ, .post_cb = scramble_piece, .flags = RFS_OP_DATA },
	{ .op_id = RFS_OP_WRITE, .pre_cb = scramble_piece, .flags = RFS_OP_DATA },
	{ .op_id = RFS_OP_END },
};

/**
 * scramble_begin() - everything between a filter that is registered and one that is asked
 * @filter:	registered, not active
 * @paths:	directories and files whose data are changed, with everything below
 * @count:	of them
 * @bad:	out: the path that could not be set, or NULL
 */
static enum rfs_err scramble_begin(rfs_filter filter, char **paths, int count, const char **bad)
{
	enum rfs_err err;
	int i;

	*bad = NULL;
	err = rfs_set_operations(filter, scramble_ops);
	for (i = 0; !err && i < count; i++) {
		struct rfs_path_info rule = {
			.path = paths[i],
			.flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE,
		};

		err = rfs_set_path(filter, &rule);
		if (err)
			*bad = paths[i];
	}
	return err ? err : rfs_activate_filter(filter);
}

/* ---- This world, second part: where the filter begins and ends ---- */

#ifdef __KERNEL__

static char *path[16];
static int path_count;
module_param_array(path, charp, &path_count, 0444);
MODULE_PARM_DESC(path, "Directories and files whose data are changed, separated by commas");

static char *name = "scrambleflt";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "Name of the filter");

static int priority = 5000;
module_param(priority, int, 0444);
MODULE_PARM_DESC(priority, "Priority of the filter (lower runs first before a write, and last after a read)");

static rfs_filter scramble_filter;

static int __init scramble_init(void)
{
	struct rfs_filter_info info = {
		.name = name,
		.priority = priority,
		.size = sizeof(info),
		/* a file that was opened by handle may be one of those: its data must not pass as they are */
		.flags = RFS_FILTER_UNPLACED,
	};
	const char *bad;
	enum rfs_err err;

	err = rfs_register_filter(&scramble_filter, &info);
	if (err) {
		pr_err("cannot register a filter named %s with priority %d: error %d\n", name, priority, err);
		return err;
	}
	err = scramble_begin(scramble_filter, path, path_count, &bad);
	if (err) {
		pr_err("cannot begin%s%s: error %d\n", bad ? " at " : "", bad ? bad : "", err);
		rfs_unregister_filter(scramble_filter);
		return err;
	}
	return 0;
}

static void __exit scramble_exit(void)
{
	rfs_unregister_filter(scramble_filter);
}

module_init(scramble_init);
module_exit(scramble_exit);
MODULE_DESCRIPTION("A redirfs filter that swaps the nibbles of every byte");
MODULE_LICENSE("GPL");

#else

static const char scramble_usage[] =
	"Usage: scrambleflt [OPTION]... PATH...\n"
	"Swap the two nibbles of every byte that is read or written below each PATH. Files hold\n"
	"the swapped bytes; who reads and writes them while this runs sees the others.\n"
	"\n" DEMO_OPTIONS_HELP;

int main(int argc, char **argv)
{
	static char name[] = "scrambleflt";
	struct demo demo = {
		.program = "scrambleflt",
		.usage = scramble_usage,
		.name = name,
		.priority = 5000,
		/* a file that was opened by handle may be one of those: its data must not pass as they are */
		.flags = RFS_FILTER_UNPLACED,
		.arena_kib = DEMO_DATA_ARENA_KIB,
	};
	const char *bad;
	int code;

	code = demo_options(&demo, argc, argv, NULL, NULL);
	if (code >= 0)
		return code;
	code = demo_open(&demo);
	if (code)
		return code;
	code = scramble_begin(demo.filter, demo.paths, demo.path_count, &bad);
	if (code)
		code = demo_fail(&demo, code, bad);
	else
		code = demo_data_loop(&demo);
	demo_close(&demo);
	return code;
}

#endif
