// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to /dev/fcdlctl, and what to tell the user when one fails. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include "dev.h"
#include "escape.h"
#include "fcdlctl.h"
#include "mem.h"
#include "parse.h"

/* Elements asked for at a time. */
#define PAGE 64
/* Memory for the paths of a page of rules. */
#define PAGE_BYTES (64 * 1024)

int dev_open(void)
{
	char text[ERRNO_TEXT];
	int fd = open(DEV_PATH, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		fprintf(stderr, "fcdlctl: %s is not there: the module is not loaded; load it with `modprobe redirfs`\n",
			DEV_PATH);
		break;
	case EPERM:
	case EACCES:
		fprintf(stderr, "fcdlctl: %s: %s; run it as root\n", DEV_PATH, errno_text(errno, text));
		break;
	default:
		fprintf(stderr, "fcdlctl: %s: %s\n", DEV_PATH, errno_text(errno, text));
	}
	return -1;
}

int dev_call(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

int dev_name(char *to, const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= FCDLCTL_NAME_SIZE)
		return -ENOENT;
	memset(to, 0, FCDLCTL_NAME_SIZE);
	memcpy(to, name, len);
	return 0;
}

long dev_list(int fd, unsigned long request, void **entries, size_t size)
{
	struct fcdlctl_list list = { .size = (__u32)size };
	size_t count = 0;
	char *all = NULL;
	int err;

	for (;;) {
		all = mem_grow(all, count + PAGE, size);
		list.entries = (uintptr_t)(all + count * size);
		list.max = PAGE;
		list.count = 0;
		err = dev_call(fd, request, &list);
		if (err) {
			free(all);
			return err;
		}
		if (list.count == 0)
			break;
		count += list.count;
	}
	*entries = all;
	return (long)count;
}

/* Append a page of rules to @all. */
static struct rule *rules_append(struct rule *all, size_t count, const struct fcdlctl_path *page, size_t add,
				 const char *buf)
{
	struct rule *rule;
	size_t i;

	all = mem_grow(all, count + add, sizeof(*all));
	for (i = 0; i < add; i++) {
		rule = &all[count + i];
		rule->flags = page[i].flags;
		rule->len = page[i].len;
		rule->path = mem_grow(NULL, rule->len + 1, 1);
		memcpy(rule->path, buf + page[i].offset, rule->len);
		rule->path[rule->len] = '\0';
	}
	return all;
}

long dev_rules(int fd, const char *filter, struct rule **rules)
{
	struct fcdlctl_path *page = mem_grow(NULL, PAGE, sizeof(*page));
	char *buf = mem_grow(NULL, PAGE_BYTES, 1);
	struct fcdlctl_paths list = {
		.entries = (uintptr_t)page,
		.buf = (uintptr_t)buf,
		.max = PAGE,
		.size = sizeof(*page),
		.buf_size = PAGE_BYTES,
	};
	struct rule *all = NULL;
	long count = 0;
	int err;

	err = dev_name(list.filter, filter);
	while (!err) {
		list.count = 0;
		list.buf_used = 0;
		err = dev_call(fd, FCDLCTL_LIST_PATHS, &list);
		if (err || list.count == 0)
			break;
		all = rules_append(all, (size_t)count, page, list.count, buf);
		count += list.count;
	}
	free(buf);
	free(page);
	if (err) {
		dev_rules_free(all, count);
		return err;
	}
	*rules = all;
	return count;
}

void dev_rules_free(struct rule *rules, long count)
{
	long i;

	for (i = 0; i < count; i++)
		free(rules[i].path);
	free(rules);
}

long dev_stats(int fd, const char *filter, struct fcdlctl_stat **stats)
{
	struct fcdlctl_stat *all = mem_grow(NULL, FCDLCTL_PAGE_MAX, sizeof(*all));
	struct fcdlctl_stats list = {
		.entries = (uintptr_t)all,
		.max = FCDLCTL_PAGE_MAX,
		.size = sizeof(*all),
	};
	int err = filter ? dev_name(list.filter, filter) : 0;

	if (!err)
		err = dev_call(fd, FCDLCTL_STATS, &list);
	if (err) {
		free(all);
		return err;
	}
	*stats = all;
	return list.count;
}

int dev_fail(const char *command, const char *filter, int err)
{
	char *name = escape_text(filter ? filter : "");
	char text[ERRNO_TEXT];

	fprintf(stderr, "fcdlctl: %s: ", command);
	if (err == -ENOTTY)
		fprintf(stderr, "the module does not know this request: `fcdlctl version` shows whether it is older\n");
	else if (filter && (err == -ENOENT || err == -ESRCH))
		fprintf(stderr, "no filter named '%s'; `fcdlctl list` shows them\n", name);
	else if (filter && err == -ESTALE)
		fprintf(stderr, "filter '%s' is being unregistered; `fcdlctl list` shows what is left\n", name);
	else if (filter)
		fprintf(stderr, "filter '%s': %s\n", name, errno_text(-err, text));
	else
		fprintf(stderr, "%s\n", errno_text(-err, text));
	free(name);
	return FCDLCTL_FAILED;
}

int dev_fail_change(const char *command, const char *filter, int err, unsigned int refused)
{
	char *name = escape_text(filter);
	char text[ERRNO_TEXT];

	errno_text(-err, text);
	switch (refused) {
	case 0:
		dev_fail(command, filter, err);
		break;
	case FCDLCTL_REFUSED_LOCKED:
		fprintf(stderr,
			"fcdlctl: %s: filter '%s' is locked: %s; only the program that registered it can change it\n",
			command, name, text);
		break;
	case FCDLCTL_REFUSED_UNANSWERED:
		fprintf(stderr,
			"fcdlctl: %s: filter '%s' did not say whether it agrees%s: %s; `fcdlctl pending` shows what its handler does\n",
			command, name, err == -ETIMEDOUT ? " within its deadline" : "", text);
		break;
	default:
		fprintf(stderr, "fcdlctl: %s: filter '%s' refused: %s\n", command, name, text);
	}
	free(name);
	return FCDLCTL_FAILED;
}
