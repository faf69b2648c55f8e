// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a program hides entries from listings, and says at open how a file may be mapped; at once and later (deferred)
 * fs: ext4 tmpfs
 * load: redirfs urfs
 * links: urfs
 * timeout: 120
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <urfs.h>

#include "want.h"

#define FILES 700

static char tree[PATH_MAX];

static const char *in_tree(const char *name)
{
	static char path[PATH_MAX + 256];

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	return path;
}

/* ---- Handler, a child, so that who lists is no descendant of it ---- */

static struct urfs_conn conn;
static unsigned int pieces, ends;

static enum rfs_retv cb_readdir(rfs_context context, struct rfs_args *args)
{
	struct rfs_dirent *entry = NULL;
	struct rfs_data data;

	(void)context;
	want(rfs_is_post(args));
	want_eq(rfs_set_mmap_policy(args, RFS_NO_EXEC), -ENOENT);
	if (rfs_data(args, &data)) {
		ends++;
		return RFS_CONTINUE;
	}
	pieces++;
	while ((entry = rfs_dirent_next(&data, entry))) {
		want_eq(strlen(rfs_dirent_name(entry)), entry->name_length);
		want(entry->ino);
		if (!strcmp(rfs_dirent_name(entry), "stop")) {
			rfs_set_result(args, -EXDEV);
			return RFS_STOP;
		}
		if (!strncmp(rfs_dirent_name(entry), "hide", 4))
			entry->flags |= RFS_DIRENT_HIDDEN;
		/* counts for nothing, as "." does */
		if (entry->name_length < 3)
			entry->flags |= RFS_DIRENT_HIDDEN;
		entry->ino = 0;
	}
	rfs_data_changed(args);
	return RFS_CONTINUE;
}

static enum rfs_retv cb_open(rfs_context context, struct rfs_args *args)
{
	struct urfs_handle *handle;
	char path[PATH_MAX];

	want(rfs_path(args, RFS_FIRST, path, sizeof(path)) > 0);
	want_eq(rfs_set_mmap_policy(args, 8), -EINVAL);
	if (strstr(path, "/noexec"))
		want_eq(rfs_set_mmap_policy(args, RFS_NO_EXEC), 0);
	if (strstr(path, "/nomap"))
		want_eq(rfs_set_mmap_policy(args, RFS_NO_MMAP), 0);
	if (strstr(path, "/denied")) {
		/* a denial has no place for it */
		want_eq(rfs_set_mmap_policy(args, RFS_NO_MMAP), 0);
		rfs_set_result(args, -EXDEV);
		return RFS_STOP;
	}
	if (strstr(path, "/later")) {
		want_eq(urfs_defer(context, args, &handle), 0);
		want_eq(rfs_set_mmap_policy(urfs_handle_args(handle), RFS_NO_SHARED_WRITE), 0);
		want_eq(urfs_reply(handle, RFS_CONTINUE, 0), 0);
	}
	return RFS_CONTINUE;
}

static void handler(int ready)
{
	struct rfs_filter_info info = { .name = "files", .priority = 50, .size = sizeof(info) };
	struct rfs_op_info ops[] = {
		{ .op_id = RFS_OP_READDIR, .post_cb = cb_readdir, .flags = RFS_OP_DATA },
		{ .op_id = RFS_OP_OPEN, .pre_cb = cb_open },
		{ .op_id = RFS_OP_END },
	};
	struct rfs_op_info bad[] = {
		{ .op_id = RFS_OP_READDIR, .pre_cb = cb_readdir, .flags = RFS_OP_DATA },
		{ .op_id = RFS_OP_END },
	};
	struct rfs_path_info rule = { .path = tree, .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE };
	rfs_filter filter;

	want_eq(urfs_open(&conn), 0);
	want_eq(urfs_filter_alloc(&filter, &conn), 0);
	want_eq(rfs_register_filter(&filter, &info), RFS_ERR_OK);
	want_eq(rfs_set_operations(filter, bad), RFS_ERR_INVAL);
	want_eq(rfs_set_operations(filter, ops), RFS_ERR_OK);
	want_eq(rfs_set_path(filter, &rule), RFS_ERR_OK);
	want_eq(rfs_activate_filter(filter), RFS_ERR_OK);
	want_eq(write(ready, "", 1), 1);
	urfs_main(&conn, filter);
	_exit(1);
}

/* ---- Who lists and maps ---- */

static unsigned int list(const char *name, unsigned int *hidden)
{
	DIR *dir = opendir(in_tree(name));
	unsigned int n = 0;
	struct dirent *d;

	*hidden = 0;
	/* nobody is there to be asked, yet or any more: what a filter might hide is not shown */
	if (!dir)
		return 0;
	errno = 0;
	while ((d = readdir(dir))) {
		want(d->d_ino);
		n++;
		*hidden += !strncmp(d->d_name, "hide", 4);
	}
	closedir(dir);
	return n;
}

/* mmap, and mprotect if @then: 0 or the errno */
static int map(const char *name, int prot, int how, int then)
{
	int fd = open(in_tree(name), O_RDWR), err = 0;
	void *p;

	want(fd >= 0);
	p = mmap(NULL, 4096, prot, how, fd, 0);
	if (p == MAP_FAILED || (then && mprotect(p, 4096, then)))
		err = errno;
	if (p != MAP_FAILED)
		munmap(p, 4096);
	close(fd);
	return err;
}

static void make(const char *name)
{
	int fd = open(in_tree(name), O_CREAT | O_RDWR, 0755);

	want(fd >= 0);
	want_eq(ftruncate(fd, 4096), 0);
	close(fd);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "noexec", "nomap", "later", "denied", "plain" };
	unsigned int i, hidden;
	int ready[2], status;
	char name[64], c;
	pid_t pid;

	want(argc > 0 && argv);
	snprintf(tree, sizeof(tree), "%s/w", getenv("T"));
	want_eq(mkdir(tree, 0755), 0);
	want_eq(mkdir(in_tree("d"), 0755), 0);
	want_eq(mkdir(in_tree("e"), 0755), 0);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		make(names[i]);
	make("e/stop");
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), i % 2 ? "d/hide-%u" : "d/name-%u", i);
		make(name);
	}
	want_eq(pipe(ready), 0);
	pid = fork();
	want(pid >= 0);
	if (!pid)
		handler(ready[1]);
	close(ready[1]);
	want_eq(read(ready[0], &c, 1), 1);
	/* the callbacks are switched on by the main loop: until then all is denied that might hide something */
	while (list("d", &hidden) < 3)
		usleep(10000);

	want_eq(list("d", &hidden), FILES / 2 + 2);
	want_eq(hidden, 0);
	want_eq(access(in_tree("d/hide-1"), F_OK), 0);
	{
		DIR *dir = opendir(in_tree("e"));

		errno = 0;
		want(dir && !readdir(dir) && errno == EXDEV);
		closedir(dir);
	}

	want_eq(map("plain", PROT_READ | PROT_EXEC, MAP_PRIVATE, 0), 0);
	want_eq(map("noexec", PROT_READ | PROT_EXEC, MAP_PRIVATE, 0), EPERM);
	want_eq(map("noexec", PROT_READ, MAP_PRIVATE, PROT_READ | PROT_EXEC), EACCES);
	want_eq(map("noexec", PROT_READ | PROT_WRITE, MAP_SHARED, 0), 0);
	want_eq(map("nomap", PROT_READ, MAP_PRIVATE, 0), EACCES);
	want_eq(map("later", PROT_READ | PROT_WRITE, MAP_SHARED, 0), EACCES);
	want_eq(map("later", PROT_READ, MAP_SHARED, PROT_READ | PROT_WRITE), EACCES);
	want_eq(map("later", PROT_READ | PROT_WRITE, MAP_PRIVATE, 0), 0);
	want(open(in_tree("denied"), O_RDWR) < 0 && errno == EXDEV);

	kill(pid, SIGKILL);
	want_eq(waitpid(pid, &status, 0), pid);
	want(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (list("d", &hidden) < FILES)
		usleep(10000);
	want_eq(hidden, FILES / 2);
	want_eq(map("nomap", PROT_READ, MAP_PRIVATE, 0), 0);
	return 0;
}
