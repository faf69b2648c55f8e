// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: verdicts from user space through the raw protocol: allow, deny, messages, batches, threads, notify, post, modify
 * fs: ext4 tmpfs
 * load: redirfs urfs
 * timeout: 120
 */
#include "rfs.h"
#include "urfs_raw.h"

/*
 * The test's own process is the handler here; callers are children that were forked before it opened /dev/urfs, since
 * descendants are exempt... they are made exempt from that by EXEMPT_NONE, the simplest way in one process.
 */
static void no_exempt(struct raw *r)
{
	want_eq(raw_cmd(r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
}

static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };

static void allow_and_deny(void)
{
	struct raw r;
	struct urfs_msg m;
	const struct urfs_event *e;
	char path[4096];
	struct stat st;
	pid_t c;
	int f;

	touch(tpath("file"));
	stat(tpath("file"), &st);
	raw_open(&r, 0);
	no_exempt(&r);
	f = raw_filter(&r, "verdict", 100, raw_dir(), open_pre, 1);

	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.filter, f);
	want_eq(m.op, RFS_OP_OPEN);
	want_eq(m.flags, 0);
	want_eq(m.operation, 0);
	want(m.deadline_ns > (unsigned long long)now_ns() + 3000 * MS);
	e = raw_event(&r, &m);
	want_eq(e->op, RFS_OP_OPEN);
	want_eq(strcmp(raw_path(&r, &m, 0, path, sizeof(path)), tpath("file")), 0);
	want_eq(e->path[0].flags, RFS_PATHF_RULE);
	want_eq(e->path[1].error, -ENOENT);
	want_eq(e->caller.pid, c);
	want_eq(e->caller.tid, c);
	want_eq(e->caller.ppid, getpid());
	want_eq(e->caller.uid, 0);
	want(e->objects & 1 << RFS_FIRST && e->objects & 1 << RFS_FIRST_PARENT);
	want(!(e->objects & 1 << RFS_SECOND));
	want_eq(e->object[RFS_FIRST].ino, st.st_ino);
	want_eq(e->object[RFS_FIRST].dev, st.st_dev);
	want_eq(e->object[RFS_FIRST].mode, st.st_mode);
	want(raw_str(&r, &m, &e->exe) && strstr(raw_str(&r, &m, &e->exe), "urfs_verdict"));
	want_eq(e->open_flags & O_ACCMODE, O_RDONLY);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	/* a replayed reply */
	want_eq(raw_allow(&r, &m), -ESRCH);

	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(raw_deny(&r, &m, EROFS), 0);
	want_eq(raw_wait(c), EROFS);
	want_eq(raw_stat("verdict", "asked"), 2);
	want_eq(raw_stat("verdict", "answered"), 2);
	want_eq(raw_stat("verdict", "answered_deny"), 1);
	want_eq(raw_stat("verdict", "connection_requests_now"), 0);
	want_eq(raw_stat("verdict", "connection_arena_used_now"), 0);
	close(r.fd);
	munmap(r.arena, r.size);
	want_eq(try_open(tpath("file")), 0);
	want(!raw_info("verdict", NULL));
}

/* Every operation's own arguments, both names, and the real result afterwards. */
static void arguments(void)
{
	static const struct urfs_op ops[] = {
		{ RFS_OP_CREATE, URFS_OP_PRE | URFS_OP_POST },	{ RFS_OP_MKDIR, URFS_OP_PRE | URFS_OP_POST },
		{ RFS_OP_SYMLINK, URFS_OP_PRE | URFS_OP_POST }, { RFS_OP_RENAME, URFS_OP_PRE | URFS_OP_POST },
		{ RFS_OP_SETATTR, URFS_OP_PRE | URFS_OP_POST }, { RFS_OP_LINK, URFS_OP_PRE | URFS_OP_POST },
	};
	struct raw r;
	struct urfs_msg m, post;
	const struct urfs_event *e;
	char path[4096];
	pid_t c;

	raw_open(&r, 0);
	no_exempt(&r);
	raw_filter(&r, "arguments", 100, raw_dir(), ops, 6);
	c = raw_fork();
	if (!c) {
		umask(022);
		want_eq(mkdir(tpath("d"), 0777), 0);
		want_eq(symlink("the target", tpath("s")), 0);
		want_eq(link(tpath("file"), tpath("d/l")), 0);
		want_eq(rename(tpath("s"), tpath("d/s")), 0);
		want_eq(chmod(tpath("file"), 0640), 0);
		want_errno(mkdir(tpath("refused"), 0777), EDQUOT);
		_exit(0);
	}
#define PRE(o)                                           \
	do {                                             \
		raw_want(&r, &m, URFS_MSG_CALLBACK);     \
		want_eq(m.op, o);                        \
		want_eq(m.flags, URFS_MSG_POST_FOLLOWS); \
		want(m.operation != 0);                  \
		e = raw_event(&r, &m);                   \
		want(e->op_flags &RFS_OPF_LOCKED);       \
		raw_path(&r, &m, 0, path, sizeof(path)); \
	} while (0)
/* the check comes before the reply, which gives the event's memory to the next one */
#define POST_WHERE(res, check)                          \
	do {                                            \
		want_eq(raw_allow(&r, &m), 0);          \
		raw_want(&r, &post, URFS_MSG_CALLBACK); \
		want_eq(post.flags, URFS_MSG_POST);     \
		want_eq(post.operation, m.operation);   \
		want(post.id != m.id);                  \
		e = raw_event(&r, &post);               \
		want_eq(e->result, res);                \
		check;                                  \
		want_eq(raw_allow(&r, &post), 0);       \
	} while (0)
#define POST(res) POST_WHERE(res, )
	PRE(RFS_OP_MKDIR);
	want_eq(strcmp(path, tpath("d")), 0);
	want_eq(e->mode & 07777, 0755);
	want_eq(e->object[RFS_FIRST].valid, 0);
	want_eq(e->object[RFS_FIRST_PARENT].valid, RFS_OBJECT_EXISTS);
	POST(0);
	PRE(RFS_OP_SYMLINK);
	want_eq(strcmp(raw_str(&r, &m, &e->target), "the target"), 0);
	POST(0);
	PRE(RFS_OP_LINK);
	want_eq(strcmp(path, tpath("file")), 0);
	want_eq(strcmp(raw_path(&r, &m, 1, path, sizeof(path)), tpath("d/l")), 0);
	want_eq(e->object[RFS_FIRST].nlink, 1);
	POST_WHERE(0, want_eq(e->object[RFS_FIRST].nlink, 2));
	PRE(RFS_OP_RENAME);
	want_eq(strcmp(path, tpath("s")), 0);
	want_eq(strcmp(raw_path(&r, &m, 1, path, sizeof(path)), tpath("d/s")), 0);
	POST(0);
	PRE(RFS_OP_SETATTR);
	want_eq(e->has_attr, 1);
	want(e->attr.valid & RFS_ATTR_MODE);
	want_eq(e->attr.mode & 07777, 0640);
	POST(0);
	/* stopped: the post callback of the filter that stopped it is told the result */
	PRE(RFS_OP_MKDIR);
	want_eq(raw_deny(&r, &m, EDQUOT), 0);
	raw_want(&r, &post, URFS_MSG_CALLBACK);
	want_eq(post.operation, m.operation);
	want_eq(raw_event(&r, &post)->result, -EDQUOT);
	want(raw_event(&r, &post)->op_flags & RFS_OPF_NOT_ASKED);
	want_eq(raw_allow(&r, &post), 0);
	want_eq(raw_wait(c), 0);
	want_errno(access(tpath("refused"), F_OK), ENOENT);
	want_eq(raw_stat("arguments", "connection_requests_now"), 0);
	munmap(r.arena, r.size);
	close(r.fd);
}

/* Names of 255 bytes, and a path far beyond PATH_MAX: in full, in a block that grows. */
static void long_paths(void)
{
	char name[256], path[16384];
	struct raw r;
	struct urfs_msg m;
	pid_t c;
	int i, fd;

	memset(name, 'n', 255);
	name[255] = 0;
	name[7] = '\n';
	name[8] = (char)0xff;
	fd = open(raw_dir(), O_RDONLY | O_DIRECTORY);
	for (i = 0; i < 30; i++) {
		int next;

		want_eq(mkdirat(fd, name, 0755), 0);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
	}
	close(openat(fd, "leaf", O_CREAT | O_WRONLY, 0644));
	raw_open(&r, 0);
	no_exempt(&r);
	raw_filter(&r, "long", 100, raw_dir(), open_pre, 1);
	c = raw_fork();
	if (!c)
		_exit(openat(fd, "leaf", O_RDONLY) < 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	raw_path(&r, &m, 0, path, sizeof(path));
	want_eq(strlen(path), strlen(raw_dir()) + 30 * 256 + 5);
	want_eq(memcmp(path + strlen(raw_dir()) + 1 + 29 * 256, name, 255), 0);
	want_eq(strcmp(strrchr(path, '/'), "/leaf"), 0);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	munmap(r.arena, r.size);
	close(r.fd);
	close(fd);
}

/* Batches by read and write; poll; a copy that fails leaves the message where it was. */
static void batches(void)
{
	struct raw r;
	struct urfs_msg m[8];
	struct urfs_reply replies[8] = {};
	struct urfs_cmd cmds[8] = {};
	struct urfs_exchange x;
	struct pollfd p;
	pid_t c[8];
	int i;

	raw_open(&r, 0);
	no_exempt(&r);
	want_eq(raw_deadline(&r, raw_filter(&r, "batch", 100, raw_dir(), open_pre, 1), 60000), 0);
	p.fd = r.fd, p.events = POLLIN;
	want_eq(poll(&p, 1, 0), 0);
	for (i = 0; i < 8; i++)
		c[i] = child_open(tpath("file"));
	wait_until(raw_stat("batch", "waiting_now") == 8);
	want_eq(poll(&p, 1, 0), 1);
	want_eq(p.revents, POLLIN);
	/* room for three whole messages */
	want_eq(raw_read(r.fd, m, 3 * 64 + 63), 3 * 64);
	want_errno(raw_read(r.fd, (void *)8, 64), EFAULT);
	want_eq(raw_exchange(&r, NULL, 0, (void *)8, 4, 0, NULL), -EFAULT);
	want_eq(raw_exchange(&r, NULL, 0, m + 3, 8, 0, &x), 5);
	want_eq(poll(&p, 1, 0), 0);
	for (i = 0; i < 8; i++)
		want(m[i].type == URFS_MSG_CALLBACK && !(m[i].flags & URFS_MSG_REQUEUED));
	/* write: replies up to one that fails */
	for (i = 0; i < 4; i++)
		cmds[i] = (struct urfs_cmd){ .type = URFS_CMD_REPLY, .id = m[i].id };
	cmds[2].value = -1; /* without STOP */
	want_eq(raw_write(r.fd, cmds, 4 * 64), 2 * 64);
	want_errno(raw_write(r.fd, cmds + 2, 2 * 64), EINVAL);
	wait_until(raw_stat("batch", "waiting_now") == 6);
	/* exchange: errors by index, the others count */
	for (i = 0; i < 6; i++)
		replies[i] = (struct urfs_reply){ .id = m[i + 2].id, .error = 99 };
	replies[1].flags = URFS_REPLY_STOP, replies[1].value = -EXDEV;
	replies[2].value = 5;
	replies[3].id = 1;
	replies[4].flags = URFS_REPLY_STOP, replies[4].value = 5;
	want_eq(raw_exchange(&r, replies, 6, NULL, 0, 0, &x), 0);
	want_eq(x.taken, 6);
	want_eq(replies[0].error, 0);
	want_eq(replies[1].error, 0);
	want_eq(replies[2].error, -EINVAL);
	want_eq(replies[3].error, -ESRCH);
	want_eq(replies[4].error, -EINVAL);
	want_eq(replies[5].error, 0);
	/* those that were refused are still open */
	wait_until(raw_stat("batch", "waiting_now") == 3);
	for (i = 2; i < 5; i++)
		want_eq(raw_allow(&r, &m[i + 2]), 0);
	{
		int denied = 0;

		for (i = 0; i < 8; i++)
			denied += raw_wait(c[i]) == EXDEV;
		want_eq(denied, 1);
	}
	munmap(r.arena, r.size);
	close(r.fd);
}

/* Replies to commands go ahead of questions that were there before. */
static void commands_first(void)
{
	struct urfs_cmd cmd = { .type = URFS_CMD_ACTIVATE, .id = 5 };
	struct raw r;
	struct urfs_msg m[4];
	pid_t c;

	raw_open(&r, 0);
	no_exempt(&r);
	cmd.filter = raw_filter(&r, "first", 100, raw_dir(), open_pre, 1);
	want_eq(raw_deadline(&r, cmd.filter, 60000), 0);
	c = child_open(tpath("file"));
	wait_until(raw_stat("first", "waiting_now") == 1);
	want_eq(raw_write(r.fd, &cmd, sizeof(cmd)), sizeof(cmd));
	cmd.id = 6;
	want_eq(raw_write(r.fd, &cmd, sizeof(cmd)), sizeof(cmd));
	want_eq(raw_read(r.fd, m, sizeof(m)), 3 * sizeof(m[0]));
	want(m[0].type == URFS_MSG_COMMAND_REPLY && m[0].id == 5);
	want(m[1].type == URFS_MSG_COMMAND_REPLY && m[1].id == 6);
	want_eq(m[2].type, URFS_MSG_CALLBACK);
	want_eq(raw_allow(&r, &m[2]), 0);
	want_eq(raw_wait(c), 0);
	munmap(r.arena, r.size);
	close(r.fd);
}

/* A handler that writes nonsense all over its arena changes nothing but the text that is shown of it. */
static void scribbled(void)
{
	struct fcdlctl_pending p[2];
	struct fcdlctl_list l = { .entries = (unsigned long)p, .max = 2, .size = sizeof(p[0]) };
	struct raw r;
	struct urfs_msg m;
	pid_t c;
	int fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC), i;

	raw_open(&r, URFS_ARENA_MIN);
	no_exempt(&r);
	want_eq(raw_deadline(&r, raw_filter(&r, "scribble", 100, raw_dir(), open_pre, 1), 60000), 0);
	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	for (i = 0; i < 2; i++) {
		l = (struct fcdlctl_list){ .entries = (unsigned long)p, .max = 2, .size = sizeof(p[0]) };
		want_eq(ioctl(fd, FCDLCTL_LIST_PENDING, &l), 0);
		want_eq(l.count, 1);
		want_eq(p[0].id, m.id);
		want_eq(p[0].pid, c);
		want_eq(p[0].op, RFS_OP_OPEN);
		want(p[0].flags & FCDLCTL_PENDING_FIRST && !(p[0].flags & FCDLCTL_PENDING_FIRST_CUT));
		want_eq(strnlen(p[0].path, sizeof(p[0].path)), strlen(tpath("file")));
		want_eq(memcmp(p[0].path, i ? "\xff\xff\xff" : tpath("file"), 3), 0);
		memset(r.arena, 0xff, r.size);
	}
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	/* a new question is written anew */
	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(strcmp(raw_last(&r, &m), "file"), 0);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	close(fd);
	munmap(r.arena, r.size);
	close(r.fd);
}

/* REQUEUE, as a command and as a reply: at the head again, as if not delivered. */
static void requeue(void)
{
	struct raw r;
	struct urfs_msg m, n;
	pid_t c, d;

	raw_open(&r, 0);
	no_exempt(&r);
	raw_filter(&r, "requeue", 100, raw_dir(), open_pre, 1);
	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	d = child_open(tpath("file"));
	wait_until(raw_stat("requeue", "waiting_now") == 2);
	want_eq(raw_cmd(&r, .type = URFS_CMD_REQUEUE, .id = m.id), 0);
	/* not open now */
	want_eq(raw_allow(&r, &m), -ESRCH);
	raw_want(&r, &n, URFS_MSG_CALLBACK);
	want_eq(n.id, m.id);
	want_eq(n.flags, URFS_MSG_REQUEUED);
	want_eq(n.offset, m.offset);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_REQUEUE, 0), 0);
	raw_want(&r, &n, URFS_MSG_CALLBACK);
	want_eq(n.id, m.id);
	want_eq(raw_allow(&r, &n), 0);
	want_eq(raw_wait(c), 0);
	raw_want(&r, &n, URFS_MSG_CALLBACK);
	want(n.id != m.id);
	want_eq(raw_allow(&r, &n), 0);
	want_eq(raw_wait(d), 0);
	want_eq(raw_stat("requeue", "requeued"), 2);
	munmap(r.arena, r.size);
	close(r.fd);
}

/* Notify: the caller goes on; what does not fit is counted in a LOST message at its place. */
static void notify(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_POST | URFS_OP_POST_NOTIFY } };
	struct raw r;
	struct urfs_msg m;
	int i, n = 0, f;
	unsigned long long lost = 0;

	raw_open(&r, URFS_ARENA_MIN);
	no_exempt(&r);
	f = raw_filter(&r, "notify", 100, raw_dir(), ops, 1);
	/* 64 KiB hold 64 messages at most */
	for (i = 0; i < 200; i++)
		want_eq(raw_wait(child_open(tpath("file"))), 0);
	while (raw_next(&r, &m, 1)) {
		want_eq(m.filter, f);
		if (m.type == URFS_MSG_LOST) {
			lost += m.value;
			continue;
		}
		want_eq(m.type, URFS_MSG_CALLBACK);
		want_eq(m.flags, URFS_MSG_POST | URFS_MSG_NOTIFY);
		want_eq(lost, 0); /* the loss came after what was kept */
		n++;
		want_eq(raw_allow(&r, &m), 0);
	}
	want(n >= 60 && lost >= 100);
	want_eq(n + lost, 200);
	want_eq(raw_stat("notify", "lost"), lost);
	want_eq(raw_stat("notify", "notified"), n);
	/* and then there is room again */
	want_eq(raw_wait(child_open(tpath("file"))), 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_stat("notify", "connection_arena_used_now"), 0);
	munmap(r.arena, r.size);
	close(r.fd);
}

/* A post request that finds no room: the handler is told that the operation ended. */
static void op_end(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_PRE | URFS_OP_POST | URFS_OP_POST_NOTIFY } };
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_OVERLOAD, .on_overload = { .action = FCDLCTL_ALLOW } };
	struct raw r;
	struct urfs_msg m, end;
	pid_t c;
	int f, i = 0;

	raw_open(&r, URFS_ARENA_MIN);
	no_exempt(&r);
	f = raw_filter(&r, "opend", 100, raw_dir(), ops, 1);
	want_eq(raw_set_policy(&r, f, &p), 0);
	want_eq(raw_deadline(&r, f, 60000), 0);
	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.flags, URFS_MSG_POST_FOLLOWS);
	/* fill the arena with questions nobody answers */
	while (raw_stat("opend", "default_overload") == 0) {
		want(i < 512);
		if (!raw_fork())
			_exit(try_open(tpath("file")));
		i++;
		wait_until(raw_stat("opend", "default_overload") || raw_stat("opend", "waiting_now") == i + 1);
	}
	/* the reply gives its block back; what is left of that is too short for a new one */
	want_eq(raw_stat("opend", "post_dropped"), 0);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	while (raw_next(&r, &end, 1000) && end.type == URFS_MSG_CALLBACK)
		;
	want_eq(end.type, URFS_MSG_OP_END);
	want_eq(end.operation, m.operation);
	want_eq(end.op, RFS_OP_OPEN);
	want_eq(end.filter, f);
	want_eq(raw_stat("opend", "post_dropped"), 1);
	munmap(r.arena, r.size);
	close(r.fd);
	while (wait(NULL) > 0)
		;
}

/* Many threads on one connection, many callers. */
static struct {
	struct raw r;
	int answered;
} many;

static void *serve(void *arg)
{
	struct urfs_reply reply = {};
	struct urfs_msg m;
	int n, have = 0;

	(void)arg;
	for (;;) {
		n = raw_exchange(&many.r, &reply, have, &m, 1, -1, NULL);
		if (n == -ESTALE)
			return NULL;
		want(n == 1);
		want_eq(have && reply.error, 0);
		want_eq(m.type, URFS_MSG_CALLBACK);
		have = 1;
		memset(&reply, 0, sizeof(reply));
		reply.id = m.id;
		if (strstr(raw_last(&many.r, &m), "odd")) {
			reply.flags = URFS_REPLY_STOP;
			reply.value = -EXDEV;
		}
		__sync_fetch_and_add(&many.answered, 1);
	}
}

static void threads(void)
{
	pthread_t t[8];
	pid_t c[8];
	int i, k;

	touch(tpath("odd"));
	raw_open(&many.r, 0);
	no_exempt(&many.r);
	want_eq(raw_deadline(&many.r, raw_filter(&many.r, "many", 100, raw_dir(), open_pre, 1), 60000), 0);
	for (i = 0; i < 8; i++)
		want_eq(pthread_create(&t[i], NULL, serve, NULL), 0);
	for (i = 0; i < 8; i++) {
		c[i] = raw_fork();
		if (c[i])
			continue;
		for (k = 0; k < 100; k++) {
			if (try_open(tpath(k % 2 ? "odd" : "file")) != (k % 2 ? EXDEV : 0))
				_exit(1);
		}
		_exit(0);
	}
	for (i = 0; i < 8; i++)
		want_eq(raw_wait(c[i]), 0);
	want_eq(many.answered, 800);
	want_eq(raw_stat("many", "answered"), 800);
	want_eq(ioctl(many.r.fd, URFS_IOC_SHUTDOWN), 0);
	for (i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	munmap(many.r.arena, many.r.size);
	close(many.r.fd);
}

/* Somebody changes the filter through the control device: the handler approves, refuses, or says nothing. */
static pid_t child_setpath(const char *filter, const char *path)
{
	struct fcdlctl_setpath s = { .path = (unsigned long)path,
				     .path_len = strlen(path),
				     .flags = RFS_PATH_INCLUDE | RFS_PATH_SINGLE };
	pid_t c = raw_fork();
	int fd;

	if (c)
		return c;
	snprintf(s.filter, sizeof(s.filter), "%s", filter);
	fd = open("/dev/fcdlctl", O_RDWR);
	_exit(ioctl(fd, FCDLCTL_SETPATH, &s) ? errno : 0);
}

static pid_t child_policy(const char *filter, int ms)
{
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_DEADLINE | FCDLCTL_POLICY_ON_EXIT,
				    .deadline_ms = ms,
				    .on_exit = DENY(EROFS) };
	pid_t c = raw_fork();
	int fd;

	if (c)
		return c;
	snprintf(p.filter, sizeof(p.filter), "%s", filter);
	fd = open("/dev/fcdlctl", O_RDWR);
	_exit(ioctl(fd, FCDLCTL_SET_POLICY, &p) ? errno : 0);
}

static void modify(void)
{
	const struct urfs_modify *e;
	struct fcdlctl_filter info;
	struct raw r;
	struct urfs_msg m;
	pid_t c;
	int f;

	raw_open(&r, 0);
	no_exempt(&r);
	f = raw_filter(&r, "modify", 100, raw_dir(), open_pre, 1);
	/* not asked for: everything goes */
	want_eq(raw_wait(child_setpath("modify", tpath("file"))), 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_MODIFY, .filter = f, .value = 1), 0);
	c = child_setpath("modify", tpath("d"));
	raw_want(&r, &m, URFS_MSG_MODIFY);
	want_eq(m.filter, f);
	want_eq(m.op, RFS_MOD_SET_PATH);
	e = (const void *)(r.arena + m.offset);
	want_eq(e->size, sizeof(*e));
	want_eq(e->mod, RFS_MOD_SET_PATH);
	want_eq(e->path_flags, RFS_PATH_INCLUDE | RFS_PATH_SINGLE);
	want_eq(strcmp(r.arena + m.offset + e->path.offset, tpath("d")), 0);
	want_eq(e->caller.pid, c);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_STOP, -EPERM), -EINVAL);
	want_eq(raw_reply(&r, m.id, 0, 1), -EINVAL);
	want_eq(raw_reply(&r, m.id, 0, -EDOM), 0);
	want_eq(raw_wait(c), EDOM);
	c = child_setpath("modify", tpath("d"));
	raw_want(&r, &m, URFS_MSG_MODIFY);
	want_eq(raw_reply(&r, m.id, 0, 0), 0);
	want_eq(raw_wait(c), 0);
	/* a policy is shown as it is asked for, and is as before if that is refused */
	c = child_policy("modify", 4321);
	raw_want(&r, &m, URFS_MSG_MODIFY);
	want_eq(m.op, RFS_MOD_SET_POLICY);
	e = (const void *)(r.arena + m.offset);
	want_eq(e->policy.valid, FCDLCTL_POLICY_DEADLINE | FCDLCTL_POLICY_ON_EXIT);
	want_eq(e->policy.deadline_ms, 4321);
	want_eq(e->policy.on_exit.action, FCDLCTL_DENY);
	want_eq(e->policy.on_exit.error, EROFS);
	want_eq(e->path.offset, 0);
	want_eq(raw_reply(&r, m.id, 0, -EDOM), 0);
	want_eq(raw_wait(c), EDOM);
	want(raw_info("modify", &info) && info.deadline_ms != 4321);
	c = child_policy("modify", 4321);
	raw_want(&r, &m, URFS_MSG_MODIFY);
	want_eq(raw_reply(&r, m.id, 0, 0), 0);
	want_eq(raw_wait(c), 0);
	want(raw_info("modify", &info) && info.deadline_ms == 4321);
	/* silence is a refusal */
	want_eq(raw_deadline(&r, f, 300), 0);
	want_eq(raw_wait(child_setpath("modify", tpath("file"))), ETIMEDOUT);
	want_eq(raw_switch(&r, 0), 0);
	want_eq(raw_next(&r, &m, 1), 0);
	want_eq(raw_wait(child_setpath("modify", tpath("file"))), EAGAIN);
	want_eq(raw_stat("modify", "modify_requests"), 5);
	munmap(r.arena, r.size);
	close(r.fd);
}

/* What is open on one connection cannot be answered, given back or changed through another. */
static void foreign(void)
{
	struct raw r, other;
	struct urfs_msg m;
	struct fcdlctl_filter info;
	pid_t c;
	int f;

	raw_open(&r, 0);
	raw_open(&other, 0);
	no_exempt(&r);
	f = raw_filter(&r, "mine", 100, raw_dir(), open_pre, 1);
	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);

	want_eq(raw_allow(&other, &m), -ESRCH);
	want_eq(raw_deny(&other, &m, EROFS), -ESRCH);
	want_eq(raw_reply(&other, m.id, URFS_REPLY_REQUEUE, 0), -ESRCH);
	want_eq(raw_cmd(&other, .type = URFS_CMD_REPLY, .id = m.id), -ESRCH);
	want_eq(raw_cmd(&other, .type = URFS_CMD_REQUEUE, .id = m.id), -ESRCH);
	want_eq(raw_cmd(&other, .type = URFS_CMD_DEACTIVATE, .filter = f), -ENOENT);
	want_eq(raw_cmd(&other, .type = URFS_CMD_UNREGISTER, .filter = f), -ENOENT);
	want_eq(raw_set_path(&other, f, raw_dir(), RFS_PATH_EXCLUDE | RFS_PATH_SUBTREE), -ESRCH);
	want_eq(raw_set_ops(&other, f, NULL, 0), -ENOENT);
	want_eq(raw_deadline(&other, f, 1), -ENOENT);
	want_eq(raw_next(&other, &m, 1), 0);

	/* nothing has changed: it is open, and waits for the one who has it */
	want_eq(raw_stat("mine", "connection_requests_now"), 1);
	want_eq(raw_stat("mine", "answered"), 0);
	want(raw_info("mine", &info) && info.flags & FCDLCTL_FILTER_ACTIVE && info.deadline_ms != 1);
	want_eq(raw_ended(c, NULL), 0);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	munmap(other.arena, other.size);
	close(other.fd);
	munmap(r.arena, r.size);
	close(r.fd);
}

int main(int argc, char **argv)
{
	touch(tpath("file"));
	PART(allow_and_deny);
	PART(foreign);
	PART(arguments);
	PART(long_paths);
	PART(batches);
	PART(commands_first);
	PART(scribbled);
	PART(requeue);
	PART(notify);
	PART(op_end);
	PART(threads);
	PART(modify);
	return 0;
}
