// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a verdict from user space costs an open and a close, beside fanotify's permission event in the same guest and run.
 *
 * about: open+close bare, with a user filter's verdict and full message, with fanotify's; by one caller and by eight
 * fs: ext4
 * load: redirfs urfs
 * timeout: 600
 *
 * Meant for "make bench", where one instruction is one nanosecond of the guest's clock. Elsewhere the figures are
 * wall-clock time and mean little.
 */
#include <sys/fanotify.h>

#include "urfs_raw.h"

/* Small on purpose: a guest that counts instructions is slow, and figures repeat all the same. */
#define ROUNDS 1000
#define CALLERS 8
#define BATCH 64

static char file[4096];

static void opens(int rounds)
{
	int fd, i;

	for (i = 0; i < rounds; i++) {
		fd = open(file, O_RDONLY);
		if (fd < 0)
			die("%s: %s", file, strerror(errno));
		close(fd);
	}
}

/* Nanoseconds of one open and close, made by so many processes at once */
static double cost(int callers)
{
	int ready[2], go[2], done[2], i;
	char b[CALLERS];
	long long t;

	want(!pipe(ready) && !pipe(go) && !pipe(done));
	for (i = 0; i < callers; i++) {
		if (raw_fork())
			continue;
		opens(ROUNDS / 10);
		want(write(ready[1], "", 1) == 1 && read(go[0], b, 1) == 1);
		opens(ROUNDS);
		want_eq(write(done[1], "", 1), 1);
		_exit(0);
	}
	for (i = 0; i < callers; i++)
		want_eq(read(ready[0], b, 1), 1);
	t = now_ns();
	want_eq(write(go[1], b, callers), callers);
	for (i = 0; i < callers; i++)
		want_eq(read(done[0], b, 1), 1);
	t = now_ns() - t;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	for (i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
		close(done[i]);
	}
	return (double)t / callers / ROUNDS;
}

static double row(const char *name, int callers)
{
	double c = cost(callers);

	printf("row: %-36s %d caller%s %9.0f\n", name, callers, callers > 1 ? "s" : " ", c);
	fflush(stdout);
	return c;
}

/* A handler as programs write one: answers to what it got, and what is new, in one call */
static void urfs_handler(int ready)
{
	static const struct urfs_op open_pre = { RFS_OP_OPEN, URFS_OP_PRE };
	struct urfs_reply replies[BATCH];
	struct urfs_msg msgs[BATCH];
	struct raw r;
	int i, n = 0;

	raw_open(&r, 0);
	raw_filter(&r, "bench", 100, raw_dir(), &open_pre, 1);
	want_eq(write(ready, "", 1), 1);
	for (;;) {
		for (i = 0; i < n; i++)
			replies[i] = (struct urfs_reply){ .id = msgs[i].id };
		n = raw_exchange(&r, replies, n, msgs, BATCH, -1, NULL);
		want(n > 0);
	}
}

static void fanotify_handler(int ready)
{
	int fd = fanotify_init(FAN_CLASS_CONTENT, O_RDONLY | O_LARGEFILE);
	char buf[BATCH * sizeof(struct fanotify_event_metadata)];

	want(fd >= 0 && !fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, file));
	want_eq(write(ready, "", 1), 1);
	for (;;) {
		ssize_t len = read(fd, buf, sizeof(buf));
		struct fanotify_event_metadata *m = (void *)buf;

		for (; FAN_EVENT_OK(m, len); m = FAN_EVENT_NEXT(m, len)) {
			struct fanotify_response a = { m->fd, FAN_ALLOW };

			want_eq(write(fd, &a, sizeof(a)), sizeof(a));
			close(m->fd);
		}
	}
}

static void with(void (*handler)(int ready), const char *name, double *one, double *eight)
{
	int ready[2];
	char b;
	pid_t h;

	want_eq(pipe(ready), 0);
	h = raw_fork();
	if (!h)
		handler(ready[1]);
	want_eq(read(ready[0], &b, 1), 1);
	*one = row(name, 1);
	*eight = row(name, CALLERS);
	if (handler == urfs_handler)
		want(raw_stat("bench", "answered") >= (1 + CALLERS) * ROUNDS);
	kill(h, SIGKILL);
	raw_wait(h);
	close(ready[0]);
	close(ready[1]);
}

/* What a user filter adds, as a part of what fanotify adds */
static int bar(const char *name, double bare, double urfs, double fanotify, double limit)
{
	double ratio = (urfs - bare) / (fanotify - bare);

	printf("bar: %s: %.4f (%.2f)%s\n", name, ratio, limit, ratio <= limit ? "" : " MISSED");
	return ratio > limit;
}

int main(void)
{
	double bare[2], urfs[2], fanotify[2];
	int missed = 0;

	snprintf(file, sizeof(file), "%s", tpath("file"));
	touch(file);
	bare[0] = row("bare", 1);
	bare[1] = row("bare", CALLERS);
	with(fanotify_handler, "fanotify FAN_OPEN_PERM", &fanotify[0], &fanotify[1]);
	with(urfs_handler, "user filter, verdict, full message", &urfs[0], &urfs[1]);
	missed |= bar("verdict on open, of what fanotify adds", bare[0], urfs[0], fanotify[0], 0.70);
	missed |= bar("the same, 8 callers at once", bare[1], urfs[1], fanotify[1], 0.50);
	return missed;
}
