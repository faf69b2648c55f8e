// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What redirfs costs an open and a close, in instructions, beside fanotify in the same guest and run.
 *
 * about: open+close bare, attached and out of scope, in scope, under a kernel filter; fanotify's permission event
 * fs: ext4
 * timeout: 600
 *
 * Meant for "make bench", where one instruction is one nanosecond of the guest's clock. Elsewhere the figures are
 * wall-clock time and mean little.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Small on purpose: a guest that counts instructions is slow, and figures repeat to 0.1 % all the same. */
#define ROUNDS 1000

static const char *base;

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (%s)\n", strerror(errno));
	exit(1);
}

static void run(const char *fmt, ...)
{
	char cmd[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	if (system(cmd))
		die("failed: %s", cmd);
}

/* One command to the kernel test filter */
static void filter(const char *fmt, ...)
{
	char cmd[4096], answer[256];
	va_list ap;
	ssize_t len;
	int fd = open("/dev/rfs_test", O_RDWR | O_CLOEXEC);

	va_start(ap, fmt);
	len = vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	if (fd < 0 || write(fd, cmd, len) != len)
		die("rfs_test: %s", cmd);
	len = read(fd, answer, sizeof(answer) - 1);
	if (len < 1 || answer[0] != '0')
		die("rfs_test refused: %s: %.*s", cmd, (int)(len > 0 ? len : 0), answer);
	close(fd);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double opens(const char *path)
{
	double begin = now();
	int fd;

	for (int i = -ROUNDS / 10; i < ROUNDS; i++) {
		if (i == 0)
			begin = now();
		fd = open(path, O_RDONLY);
		if (fd < 0)
			die("open %s", path);
		close(fd);
	}
	return (now() - begin) / ROUNDS;
}

static double row(const char *name, const char *path)
{
	double cost = opens(path);

	printf("row: %-44s %9.0f\n", name, cost);
	fflush(stdout);
	return cost;
}

/* A file under @depth directories */
static char *deep(int depth)
{
	static char path[4096];
	size_t len = snprintf(path, sizeof(path), "%s", base);
	int fd;

	for (int i = 1; i < depth; i++) {
		len += snprintf(path + len, sizeof(path) - len, "/d");
		if (mkdir(path, 0755) && errno != EEXIST)
			die("mkdir %s", path);
	}
	snprintf(path + len, sizeof(path) - len, "/f");
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
	if (fd < 0)
		die("create %s", path);
	close(fd);
	return path;
}

static double fanotify_row(const char *path)
{
	int fd = fanotify_init(FAN_CLASS_CONTENT, O_RDONLY | O_LARGEFILE);
	double cost;
	pid_t child;

	if (fd < 0 || fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, path))
		die("fanotify");
	child = fork();
	if (child == 0) {
		char buf[4096];

		for (;;) {
			ssize_t len = read(fd, buf, sizeof(buf));
			struct fanotify_event_metadata *m = (void *)buf;

			for (; FAN_EVENT_OK(m, len); m = FAN_EVENT_NEXT(m, len)) {
				struct fanotify_response r = { m->fd, FAN_ALLOW };

				if (write(fd, &r, sizeof(r)) != sizeof(r))
					_exit(1);
				close(m->fd);
			}
		}
	}
	close(fd);
	cost = row("fanotify FAN_OPEN_PERM", path);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return cost;
}

static int bar(const char *name, double measured, double limit)
{
	printf("bar: %s: %.4f (%.4f)%s\n", name, measured, limit, measured <= limit ? "" : " MISSED");
	return measured > limit;
}

int main(void)
{
	static const int depths[] = { 2, 8, 32 };
	double bare[3], out[3], detached;
	const char *kmods = getenv("KMODS");
	int missed = 0;
	char name[64];

	base = getenv("T");
	if (!base || !kmods)
		die("T and KMODS are not set: this runs in a guest");

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "bare, depth %d", depths[i]);
		bare[i] = row(name, deep(depths[i]));
	}
	fanotify_row(deep(2));

	run("insmod %s/redirfs.ko && insmod %s/rfs_test.ko", kmods, kmods);
	if (mkdir("/tmp/elsewhere", 0755) || mount("none", "/tmp/elsewhere", "tmpfs", 0, NULL))
		die("mount");
	filter("register bench 1");
	filter("quiet bench 1");
	filter("ops bench open:pre");
	filter("path bench include subtree /tmp/elsewhere");
	filter("activate bench");
	detached = row("another file system attached, depth 2", deep(2));

	run("mkdir -p %s/watched/d && echo x >%s/watched/f", base, base);
	filter("path bench include subtree %s/watched", base);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "attached, out of scope, depth %d", depths[i]);
		out[i] = row(name, deep(depths[i]));
	}
	snprintf(name, sizeof(name), "%s/watched/f", base);
	row("in scope, kernel filter, before open", name);
	filter("ops bench unlink:pre");
	row("in scope, filter did not ask for open", name);
	filter("unregister bench");
	umount("/tmp/elsewhere");
	rmdir("/tmp/elsewhere");
	run("rmmod rfs_test && rmmod redirfs");

	missed |= bar("open+close, file system not attached", detached / bare[0], 1.002);
	missed |= bar("open+close, out of scope, depth 2", out[0] / bare[0], 1.01);
	missed |= bar("open+close, out of scope, depth 32", out[2] / bare[2], 1.03);
	return missed;
}
