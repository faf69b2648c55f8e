// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * names.c - names of an operation in memory that grows with them
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "demo.h"

/* Twice as much as it was. Return: false without memory */
static bool name_grow(struct demo_name *name)
{
	size_t size = name->size ? name->size * 2 : PATH_MAX;
	char *text = realloc(name->text, size);

	if (!text)
		return false;
	name->text = text;
	name->size = size;
	return true;
}

const char *demo_path(const struct rfs_args *args, enum rfs_which which, struct demo_name *name)
{
	ssize_t len;

	do
		len = rfs_path(args, which, name->text, name->size);
	while (len == -ERANGE && name_grow(name));
	return len < 0 ? NULL : name->text;
}

const char *demo_exe(const struct rfs_args *args, struct demo_name *name)
{
	ssize_t len;

	do
		len = rfs_caller_exe(args, name->text, name->size);
	while (len == -ERANGE && name_grow(name));
	return len < 0 ? NULL : name->text;
}

const char *demo_target(const struct rfs_args *args, struct demo_name *name)
{
	ssize_t len;

	do
		len = rfs_symlink_target(args, name->text, name->size);
	while (len == -ERANGE && name_grow(name));
	return len < 0 ? NULL : name->text;
}

void demo_name_free(struct demo_name *name)
{
	free(name->text);
}
