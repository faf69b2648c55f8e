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

void demo_ops_error(const char *program, const char *word, const char *what, uint64_t may)
{
	int op;

	fprintf(stderr, "%s: '%.*s' is not %s: give some of ", program, (int)strcspn(word, ","), word, what);
	for (op = 1; op < RFS_OP_MAX; op++)
		if (may & RFS_OP_BIT(op))
			fprintf(stderr, "%s, ", rfs_op_name((enum rfs_op_id)op));
	fputs("or namespace, access, all\n", stderr);
}
