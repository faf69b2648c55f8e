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

static const struct {
	const char *word;
	uint64_t ops;
} groups[] = {
	{ "all", RFS_OPS_OFFERED },
	{ "namespace", RFS_OPS_NAMESPACE },
	{ "access", RFS_OPS_ACCESS },
};

static uint64_t ops_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!strcmp(groups[i].word, word))
			return groups[i].ops;
	return RFS_OP_BIT(demo_op_parse(word));
}

const char *demo_ops_parse(char *list, uint64_t may, uint64_t *wanted)
{
	char *word, *rest = list;

	while ((word = strsep(&rest, ","))) {
		uint64_t ops = ops_of(word) & may;

		if (!ops)
			return word;
		*wanted |= ops;
	}
	return NULL;
}

void demo_ops_error(const char *program, const char *word, const char *what, uint64_t may)
{
	int op;

	fprintf(stderr, "%s: '%s' is not %s: give some of ", program, word, what);
	for (op = 1; op < RFS_OP_MAX; op++)
		if (may & RFS_OP_BIT(op))
			fprintf(stderr, "%s, ", rfs_op_name((enum rfs_op_id)op));
	fputs("or namespace, access, all\n", stderr);
}
