// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * words.c - names of errors and operations
 */
#include <stdlib.h>
#include <string.h>

#include "demo.h"

/* the kernel gives user space no errno above this */
#define ERRNO_MAX 4095

const char *demo_errno_name(int err)
{
	static _Thread_local char number[16];
	const char *name = strerrorname_np(err);

	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", err);
	return number;
}

int demo_errno_parse(const char *name)
{
	char *end;
	long number;
	int err;

	for (err = 1; err < ERRNO_MAX; err++) {
		const char *known = strerrorname_np(err);

		if (known && !strcmp(known, name))
			return err;
	}
	number = strtol(name, &end, 10);
	return end != name && !*end && number > 0 && number <= ERRNO_MAX ? (int)number : 0;
}

enum rfs_op_id demo_op_parse(const char *name)
{
	int op;

	for (op = 1; op < RFS_OP_MAX; op++) {
		const char *known = rfs_op_name((enum rfs_op_id)op);

		if (known && !strcmp(known, name))
			return (enum rfs_op_id)op;
	}
	return RFS_OP_END;
}

bool demo_op_offered(enum rfs_op_id op)
{
	return (op >= RFS_OP_CREATE && op <= RFS_OP_ATOMIC_OPEN) || op == RFS_OP_SETATTR || op == RFS_OP_OPEN ||
	       op == RFS_OP_RELEASE;
}

const char *demo_ops_parse(char *list, bool (*may)(enum rfs_op_id op), bool *wanted)
{
	char *word, *rest = list;

	while ((word = strsep(&rest, ","))) {
		enum rfs_op_id op = demo_op_parse(word);

		if (!strcmp(word, "all")) {
			int i;

			for (i = 1; i < RFS_OP_MAX; i++)
				wanted[i] |= may((enum rfs_op_id)i);
		} else if (op == RFS_OP_END || !may(op)) {
			return word;
		} else {
			wanted[op] = true;
		}
	}
	return NULL;
}
