/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dev.h - requests to /dev/fcdlctl, and what to tell the user when one fails */
#ifndef FCDLCTL_DEV_H
#define FCDLCTL_DEV_H

#include <stddef.h>
#include "fcdlctl_abi.h"

#define DEV_PATH "/dev/fcdlctl"

/** dev_open() - open the device. Return: a descriptor; -1 after saying why and what to do. */
int dev_open(void);
/** dev_call() - one request. Return: 0 or -errno; says nothing. */
int dev_call(int fd, unsigned long request, void *argument);

/** dev_name() - put a filter's name into a request. Return: 0; -ENOENT for one that no filter can have. */
int dev_name(char *to, const char *name);

/**
 * dev_list() - all pages of a list (FCDLCTL_LIST, _FS, _INSIDE, _PENDING)
 * @entries:	out: array for free()
 * @size:	bytes of an element
 *
 * Return: number of elements, or -errno; says nothing.
 */
long dev_list(int fd, unsigned long request, void **entries, size_t size);

/** struct rule - one path rule, with its path */
struct rule {
	unsigned int flags;
	size_t len;
	char *path;
};

/** dev_rules() - all rules of a filter. Return: number of rules, for dev_rules_free(), or -errno; says nothing. */
long dev_rules(int fd, const char *filter, struct rule **rules);
void dev_rules_free(struct rule *rules, long count);

/** dev_stats() - all counters of a filter, NULL: of redirfs. Return: number, @stats for free(), or -errno. */
long dev_stats(int fd, const char *filter, struct fcdlctl_stat **stats);

/* ---- What to tell the user. Each prints one line and returns FCDLCTL_FAILED. ---- */

/** dev_fail() - a request that is about no filter, or only reads */
int dev_fail(const char *command, const char *filter, int err);
/** dev_fail_change() - a request that would have changed a filter; @refused is what its struct says then */
int dev_fail_change(const char *command, const char *filter, int err, unsigned int refused);

#endif /* FCDLCTL_DEV_H */
