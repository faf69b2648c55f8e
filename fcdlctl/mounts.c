// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules for what is mounted, now and later. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "mem.h"
#include "mounts.h"

int mounts_open(struct mounts *mounts)
{
	memset(mounts, 0, sizeof(*mounts));
	mounts->fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	return mounts->fd < 0 ? -errno : 0;
}

void mounts_close(struct mounts *mounts)
{
	if (mounts->fd >= 0)
		close(mounts->fd);
	free(mounts->seen);
	free(mounts->text);
}

/* Everything there is in the file, as a string for free(); NULL with errno */
static char *read_all(int fd)
{
	size_t size = 0, used = 0;
	char *text = NULL;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return NULL;
	do {
		size += 16384;
		text = mem_grow(text, size, 1);
		do {
			n = read(fd, text + used, size - used - 1);
			if (n > 0)
				used += n;
		} while (n > 0 && used < size - 1);
	} while (n > 0);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	return text;
}

/* \ooo into bytes, in place */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' && text[2] <= '7' &&
		    text[3] >= '0' && text[3] <= '7') {
			*to++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [TAG...] - TYPE SOURCE OPTIONS */
bool mounts_parse(char *line, struct mount_point *mount)
{
	char *word, *rest = line;
	int i;

	memset(mount, 0, sizeof(*mount));
	for (i = 0; (word = strsep(&rest, " ")); i++) {
		if (i == 0)
			mount->id = atoi(word);
		else if (i == 2)
			mount->dev = word;
		else if (i == 4)
			mount->path = word;
		else if (i > 5 && strcmp(word, "-") == 0)
			break;
	}
	mount->type = word ? strsep(&rest, " ") : NULL;
	if (!mount->path || !mount->type)
		return false;
	unescape(mount->path);
	unescape(mount->type);
	return true;
}

bool mounts_below(const char *path, char **roots, int nr_roots)
{
	size_t len;
	int i;

	for (i = 0; i < nr_roots; i++) {
		len = strlen(roots[i]);
		while (len && roots[i][len - 1] == '/')
			len--;
		if (strncmp(path, roots[i], len) == 0 && (path[len] == '/' || !path[len]))
			return true;
	}
	return !nr_roots;
}

static const struct mount_point *find(const struct mount_point *list, size_t nr, const struct mount_point *mount)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (list[i].id == mount->id && strcmp(list[i].dev, mount->dev) == 0 &&
		    strcmp(list[i].path, mount->path) == 0)
			return &list[i];
	return NULL;
}

/*
 * The rule of a mount that is gone covers nothing any more, unless its file system is mounted elsewhere too: then it is
 * the same objects' rule.
 */
static bool is_over(const struct mount_point *gone, const struct mount_point *now, size_t nr,
		    const struct mounts_scope *scope)
{
	size_t i;
	int k;

	for (k = 0; k < scope->nr_kept; k++)
		if (strcmp(scope->kept[k], gone->path) == 0)
			return false;
	for (i = 0; i < nr; i++)
		if (strcmp(now[i].dev, gone->dev) == 0 || strcmp(now[i].path, gone->path) == 0)
			return false;
	return true;
}

int mounts_scan(struct mounts *mounts, struct fcdl_log *log, const struct mounts_scope *scope)
{
	char *text = read_all(mounts->fd), *rest = text, *line;
	const struct mount_point *before;
	struct mount_point *now = NULL, *mount;
	size_t nr = 0, i;
	int err;

	if (!text)
		return -errno;
	while ((line = strsep(&rest, "\n"))) {
		now = mem_grow(now, nr + 1, sizeof(*now));
		mount = &now[nr];
		if (!mounts_parse(line, mount) || !mounts_below(mount->path, scope->roots, scope->nr_roots))
			continue;
		nr++;
		err = fcdl_set_path(log, mount->path, scope->flags);
		mount->covered = err >= 0;
		before = find(mounts->seen, mounts->nr_seen, mount);
		if (!mount->covered && (!before || before->covered))
			scope->uncovered(scope->data, mount, -err);
	}
	for (i = 0; i < mounts->nr_seen; i++)
		if (mounts->seen[i].covered && is_over(&mounts->seen[i], now, nr, scope))
			fcdl_del_path(log, mounts->seen[i].path);
	free(mounts->seen);
	free(mounts->text);
	mounts->seen = now;
	mounts->nr_seen = nr;
	mounts->text = text;
	return 0;
}
