/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * both.h - what the demonstration filters share in both worlds: operations by name, patterns, and names of any length
 *
 * Written against rfs.h and what the kernel and a program both have. All of it is in this header, since the kernel builds
 * each demo from its own folder.
 */
#ifndef DEMO_BOTH_H
#define DEMO_BOTH_H

#ifdef __KERNEL__

#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <rfs.h>

#define demo_alloc(size) kvmalloc(size, GFP_KERNEL)
#define demo_free(mem) kvfree(mem)

#else

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <urfs.h>

#define demo_alloc(size) malloc(size)
#define demo_free(mem) free(mem)

#endif

/* ---- Operations ---- */

/* The bits of one word of a list: an operation, or a set of them. Return: 0 if there is no such word */
static inline uint64_t demo_op_word(const char *word, size_t len)
{
	static const struct {
		const char *word;
		uint64_t ops;
	} sets[] = {
		{ "all", RFS_OPS_OFFERED },
		{ "namespace", RFS_OPS_NAMESPACE },
		{ "access", RFS_OPS_ACCESS },
	};
	size_t i;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (strlen(sets[i].word) == len && !strncmp(sets[i].word, word, len))
			return sets[i].ops;
	for (i = 1; i < RFS_OP_MAX; i++) {
		const char *op = rfs_op_name((enum rfs_op_id)i);

		if (op && strlen(op) == len && !strncmp(op, word, len))
			return RFS_OP_BIT(i);
	}
	return 0;
}

/**
 * demo_ops_parse() - the operations of a list such as "unlink,rename"
 * @list:	words; "namespace", "access" and "all" stand for RFS_OPS_NAMESPACE and so on
 * @may:	RFS_OP_BIT()s of those that may be in the list
 * @wanted:	gets the bits
 *
 * Return: NULL, or where in @list a word begins that is no such operation.
 */
static inline const char *demo_ops_parse(const char *list, uint64_t may, uint64_t *wanted)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		uint64_t ops = demo_op_word(list, len) & may;

		if (!ops)
			return list;
		*wanted |= ops;
		if (!list[len])
			return NULL;
		list += len + 1;
	}
}

/* ---- Patterns ---- */

/* Is @byte what @glob begins with? Return: the rest of @glob, or NULL */
static inline const char *demo_glob_one(const char *glob, unsigned char byte)
{
	const unsigned char *g = (const unsigned char *)glob, *set = g + 1;
	bool inverted, in_set = false;

	switch (*g) {
	case '\0':
		return NULL;
	case '?':
		return glob + 1;
	case '[':
		inverted = *set == '!';
		set += inverted;
		do {
			unsigned char from = *set++, to = from;

			/* without its end it is a bracket like any other character */
			if (!from)
				return byte == '[' ? glob + 1 : NULL;
			if (set[0] == '-' && set[1] && set[1] != ']') {
				to = set[1];
				set += 2;
			}
			in_set |= from <= byte && byte <= to;
		} while (*set != ']');
		return in_set != inverted ? (const char *)set + 1 : NULL;
	case '\\':
		g += !!g[1];
		break;
	}
	return byte == *g ? (const char *)g + 1 : NULL;
}

/**
 * demo_glob() - does a name fit a pattern?
 * @glob:	'*' is any bytes, also none; '?' is one byte; '[a-z_]' is one of these, '[!a-z]' one that is none of them;
 *		'\' takes the next character's meaning away. A dot at the beginning is a character like others.
 * @name:	one name, not a path
 *
 * The kernel's glob_match() and the C library's fnmatch() do about the same, but not quite, and a filter must not judge
 * differently when it moves from one world to the other. Bytes are compared, whatever the locale.
 */
static inline bool demo_glob(const char *glob, const char *name)
{
	const char *star = NULL, *back = NULL;

	while (*name || *glob) {
		const char *rest;

		if (*glob == '*') {
			/* it takes nothing at first, and one byte more each time that what follows does not fit */
			star = ++glob;
			back = name;
			continue;
		}
		rest = *name ? demo_glob_one(glob, (unsigned char)*name) : NULL;
		if (rest) {
			glob = rest;
			name++;
		} else if (star && *back) {
			glob = star;
			name = ++back;
		} else {
			return false;
		}
	}
	return true;
}

/* ---- Names of an operation ---- */

/**
 * struct demo_name - memory for a name of any length, which grows when it must
 * @text:	the name; valid until the next call
 * @size:	bytes there
 *
 * Zeroed before the first call. A path has no longest length: PATH_MAX only bounds what one system call takes.
 */
struct demo_name {
	char *text;
	size_t size;
};

/** demo_name_free() - give the memory back */
static inline void demo_name_free(struct demo_name *name)
{
	demo_free(name->text);
}

/* Twice as much as it was, without what is there. Return: false without memory */
static inline bool demo_name_grow(struct demo_name *name)
{
	size_t size = name->size ? name->size * 2 : PATH_MAX;
	char *text = demo_alloc(size);

	if (!text)
		return false;
	demo_free(name->text);
	name->text = text;
	name->size = size;
	return true;
}

/** demo_path() - as rfs_path(), never too short. Return: name->text, or NULL if there is no such name */
static inline const char *demo_path(const struct rfs_args *args, enum rfs_which which, struct demo_name *name)
{
	ssize_t len;

	do
		len = rfs_path(args, which, name->text, name->size);
	while (len == -ERANGE && demo_name_grow(name));
	return len < 0 ? NULL : name->text;
}

/** demo_exe() - the same for rfs_caller_exe() */
static inline const char *demo_exe(const struct rfs_args *args, struct demo_name *name)
{
	ssize_t len;

	do
		len = rfs_caller_exe(args, name->text, name->size);
	while (len == -ERANGE && demo_name_grow(name));
	return len < 0 ? NULL : name->text;
}

/** demo_target() - the same for rfs_symlink_target() */
static inline const char *demo_target(const struct rfs_args *args, struct demo_name *name)
{
	ssize_t len;

	do
		len = rfs_symlink_target(args, name->text, name->size);
	while (len == -ERANGE && demo_name_grow(name));
	return len < 0 ? NULL : name->text;
}

#endif /* DEMO_BOTH_H */
