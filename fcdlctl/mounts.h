/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mounts.h - rules for what is mounted, now and later: a rule does not cross mount points */
#ifndef FCDLCTL_MOUNTS_H
#define FCDLCTL_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include "fcdl.h"

/**
 * struct mount_point - a line of mountinfo; the strings are in the text that it was made from
 * @id:		of the mount; used again when it is gone
 * @dev:	MAJOR:MINOR of the file system
 * @path:	where it is mounted
 * @type:	of the file system; who mounts with fuse has a say in it
 * @covered:	a rule was set for it
 */
struct mount_point {
	int id;
	char *dev;
	char *path;
	char *type;
	bool covered;
};

/**
 * struct mounts - the mounted file systems that the log covers, or cannot cover
 * @fd:		/proc/self/mountinfo: POLLPRI when something is mounted or unmounted
 * @text:	what it said at the last scan
 * @seen:	the mounts that were dealt with
 */
struct mounts {
	int fd;
	char *text;
	struct mount_point *seen;
	size_t nr_seen;
};

/**
 * struct mounts_scope - which of them, and how
 * @roots:	directories without symbolic links in them; only what is mounted below these
 * @nr_roots:	0: everything
 * @kept:	paths whose rules are not to be removed
 * @nr_kept:	how many
 * @flags:	of the rules
 * @uncovered:	called for each mount that cannot be covered, once
 */
struct mounts_scope {
	char **roots;
	int nr_roots;
	char **kept;
	int nr_kept;
	int flags;
	void (*uncovered)(void *data, const struct mount_point *mount, int error);
	void *data;
};

/** mounts_open() - Return: 0 or -errno */
int mounts_open(struct mounts *mounts);
void mounts_close(struct mounts *mounts);

/**
 * mounts_scan() - cover everything that is mounted, and remove the rules of what is gone
 *
 * Every rule is set again: of two mounts that followed each other quickly all that mountinfo shows may be the same, and
 * the rule of the first one is stale then. Setting one that is in force changes nothing.
 *
 * Return: 0 or -errno.
 */
int mounts_scan(struct mounts *mounts, struct fcdl_log *log, const struct mounts_scope *scope);

/** mounts_parse() - a line of mountinfo, changed in place. Return: whether it is one */
bool mounts_parse(char *line, struct mount_point *mount);
/** mounts_below() - is @path one of these directories, or below one? No @roots: yes */
bool mounts_below(const char *path, char **roots, int nr_roots);

#endif /* FCDLCTL_MOUNTS_H */
