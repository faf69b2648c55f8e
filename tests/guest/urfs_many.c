// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: 64 user filters at once, in the order of their priorities; the arena overloaded, with each on_overload
 * fs: ext4
 * load: redirfs urfs
 * timeout: 180
 */
#include "urfs_raw.h"

#define FILTERS 64

static const struct urfs_op open_both[] = { { RFS_OP_OPEN, URFS_OP_PRE | URFS_OP_POST } };
static struct raw conns[FILTERS];

/* An open takes no lock of the VFS: so all filters together have more than a second. */
static pid_t child_truncate(const char *path)
{
	pid_t c = raw_fork();

	if (!c)
		_exit(open(path, O_WRONLY | O_TRUNC) < 0 ? errno : 0);
	return c;
}

static long long size_of(const char *path)
{
	struct stat st;

	want_eq(stat(path, &st), 0);
	return st.st_size;
}

/* Of all connections only this one has a message. */
static void only(int n, struct urfs_msg *m)
{
	struct pollfd p[FILTERS];
	int i;

	for (i = 0; i < FILTERS; i++)
		p[i] = (struct pollfd){ .fd = conns[i].fd, .events = POLLIN };
	want_eq(poll(p, FILTERS, 10000 * raw_scale()), 1);
	want_eq(p[n].revents, POLLIN);
	raw_want(&conns[n], m, URFS_MSG_CALLBACK);
}

/* One connection each. Registered in a mixed order; asked by priority, and told in reverse. */
static void sixty_four(void)
{
	struct urfs_msg m;
	char name[16];
	pid_t c;
	int i, k, f;

	touch(tpath("full"));
	want_eq(truncate(tpath("full"), 100), 0);
	for (i = 0; i < FILTERS; i++) {
		k = i * 37 % FILTERS;
		snprintf(name, sizeof(name), "many%d", k);
		raw_open(&conns[k], URFS_ARENA_MIN);
		want_eq(raw_cmd(&conns[k], .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
		f = raw_filter(&conns[k], name, k * 10 - 300, raw_dir(), open_both, 1);
		want_eq(raw_deadline(&conns[k], f, 60000), 0);
	}
	want_errno(open("/dev/urfs", O_RDWR), EMFILE);
	/* the 40th denies: those behind are not asked, those in front and itself are told */
	c = child_truncate(tpath("full"));
	for (i = 0; i < 40; i++) {
		only(i, &m);
		want_eq(i == 39 ? raw_deny(&conns[i], &m, EXDEV) : raw_allow(&conns[i], &m), 0);
	}
	for (i = 40; i--;) {
		only(i, &m);
		want_eq(m.flags, URFS_MSG_POST);
		want_eq(raw_event(&conns[i], &m)->result, -EXDEV);
		want_eq(raw_allow(&conns[i], &m), 0);
	}
	want_eq(raw_wait(c), EXDEV);
	want_eq(size_of(tpath("full")), 100);
	/* all allow */
	c = child_truncate(tpath("full"));
	for (i = 0; i < FILTERS; i++) {
		only(i, &m);
		want_eq(m.flags, URFS_MSG_POST_FOLLOWS);
		want_eq(size_of(tpath("full")), 100);
		want_eq(raw_allow(&conns[i], &m), 0);
	}
	for (i = FILTERS; i--;) {
		only(i, &m);
		want_eq(m.flags, URFS_MSG_POST);
		want_eq(raw_event(&conns[i], &m)->result, 0);
		want_eq(raw_allow(&conns[i], &m), 0);
	}
	want_eq(raw_wait(c), 0);
	want_eq(size_of(tpath("full")), 0);
	for (i = 0; i < FILTERS; i++) {
		munmap(conns[i].arena, conns[i].size);
		close(conns[i].fd);
	}
}

/* The arena is full: of messages in notify mode, which keep nobody waiting. */
static void arena(void)
{
	static const struct urfs_op fill[] = { { RFS_OP_SETATTR, URFS_OP_PRE | URFS_OP_PRE_NOTIFY } };
	static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_OVERLOAD | FCDLCTL_POLICY_ON_TIMEOUT,
				    .on_overload = { .action = FCDLCTL_ALLOW },
				    .on_timeout = DENY(ETIME) };
	struct raw r;
	struct urfs_msg m;
	pid_t c;
	int f;

	touch(tpath("file"));
	raw_open(&r, URFS_ARENA_MIN);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	raw_filter(&r, "filler", 10, raw_dir(), fill, 1);
	f = raw_filter(&r, "arena", 20, raw_dir(), open_pre, 1);
	want_eq(raw_set_policy(&r, f, &p), 0);
	want_eq(raw_deadline(&r, f, 60000), 0);
	c = raw_fork();
	if (!c) {
		while (!raw_stat("filler", "lost"))
			want_eq(chmod(tpath("file"), 0600), 0);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	want(raw_stat("arena", "connection_requests_now") < 4096);
	/* each on_overload */
	want_eq(raw_wait(child_open(tpath("file"))), 0);
	want_eq(raw_stat("arena", "default_overload"), 1);
	p.on_overload = (struct fcdlctl_verdict)DENY(ENOSPC);
	want_eq(raw_set_policy(&r, f, &p), 0);
	want_eq(raw_wait(child_open(tpath("file"))), ENOSPC);
	want_eq(raw_stat("arena", "default_overload"), 2);
	want_eq(raw_stat("arena", "default_deny"), 1);
	p.on_overload = (struct fcdlctl_verdict){ .action = FCDLCTL_WAIT };
	want_eq(raw_set_policy(&r, f, &p), 0);
	want_eq(raw_deadline(&r, f, 300), 0);
	want_eq(raw_wait(child_open(tpath("file"))), ETIME);
	want_eq(raw_stat("arena", "overload_waits"), 1);
	want_eq(raw_stat("arena", "default_timeout"), 1);
	want_eq(raw_stat("arena", "asked"), 0);
	/* room comes while it waits: it is asked after all */
	want_eq(raw_deadline(&r, f, 60000), 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	c = child_open(tpath("file"));
	wait_until(raw_stat("arena", "overload_waits") == 2);
	want(!raw_ended(c, NULL));
	do {
		want_eq(m.op, RFS_OP_SETATTR);
		want_eq(raw_allow(&r, &m), 0);
		do
			want_eq(raw_next(&r, &m, 10000 * raw_scale()), 1);
		while (m.type == URFS_MSG_LOST);
	} while (m.op != RFS_OP_OPEN);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	want_eq(raw_stat("arena", "asked"), 1);
	munmap(r.arena, r.size);
	close(r.fd);
}

int main(void)
{
	sixty_four();
	arena();
	return 0;
}
