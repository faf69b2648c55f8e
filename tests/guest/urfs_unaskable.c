// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: who is not waited for: reclaim, NOFS, NOIO, transactions, workers, exiting tasks; and kernel threads that are
 * fs: tmpfs
 * load: redirfs urfs ctx_test
 * timeout: 120
 */
#include "urfs_raw.h"

static struct raw r;
static int flt, dir;
static long long unaskable, asked;

static void on_unaskable(unsigned int action, int error)
{
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_UNASKABLE,
				    .on_unaskable = { .action = action, .error = error } };

	want_eq(raw_set_policy(&r, flt, &p), 0);
}

/* In a child: a command to ctx_test. Its exit code: 0, or the errno */
static pid_t child_ctx(const char *context, const char *what, const char *name)
{
	char cmd[128];
	int n = snprintf(cmd, sizeof(cmd), "%s %d %s %s", context, dir, what, name), fd;
	pid_t c = raw_fork();

	if (c)
		return c;
	fd = open("/dev/ctx_test", O_RDWR);
	if (fd < 0)
		_exit(255);
	_exit(write(fd, cmd, n) == n ? 0 : errno);
}

/* Nobody serves this filter, whose deadline is ten minutes: who waits for it does not come back in time. */
static int at_once(pid_t c)
{
	int code;

	wait_until(raw_ended(c, &code));
	return code;
}

/* The last task that exited: result of its open */
static int exited(void)
{
	int fd = open("/dev/ctx_test", O_RDONLY), n;
	char text[16] = "";

	want(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	want(n > 0 && strcmp(text, "none"));
	return -atoi(text);
}

/* @times: how often the filter would have been asked */
static int unasked(const char *context, const char *what, const char *name, int times)
{
	int code = at_once(child_ctx(context, what, name));

	if (!strcmp(context, "exiting")) {
		want_eq(code, 0);
		code = exited();
	}
	unaskable += times;
	want_eq(raw_stat("contexts", "default_unaskable"), unaskable);
	want_eq(raw_stat("contexts", "asked"), asked);
	return code;
}

/* Gets the filter's on_unaskable, whatever that is, before an open and under a directory's lock. */
static void context(const char *name)
{
	printf("%s\n", name);
	on_unaskable(FCDLCTL_DENY, EOWNERDEAD);
	want_eq(unasked(name, "open", "file", 1), EOWNERDEAD);
	want_eq(unasked(name, "create", name, 1), EOWNERDEAD);
	want_errno(access(tpath("%s", name), F_OK), ENOENT);
	on_unaskable(FCDLCTL_ALLOW, 0);
	want_eq(unasked(name, "open", "file", 1), 0);
	/* about the creation, and then about the open */
	want_eq(unasked(name, "create", name, 2), 0);
	want_eq(access(tpath("%s", name), F_OK), 0);
}

/* Is asked like anybody else, and gets the handler's answer. */
static void is_asked(const char *context, unsigned int flags)
{
	struct urfs_msg m;
	pid_t c;

	printf("%s\n", context);
	c = child_ctx(context, "open", "file");
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.op, RFS_OP_OPEN);
	want_eq(raw_event(&r, &m)->caller.flags & RFS_CALLER_KTHREAD, flags);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	want_eq(raw_stat("contexts", "asked"), ++asked);
	want_eq(raw_stat("contexts", "default_unaskable"), unaskable);
}

/* A release by a kernel thread is told, and not waited for. */
static void release_by_kthread(void)
{
	static const struct urfs_op release = { RFS_OP_RELEASE, URFS_OP_POST };
	struct urfs_msg m;

	want_eq(raw_set_ops(&r, flt, &release, 1), 0);
	want_eq(at_once(child_ctx("kthread", "open", "file")), 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.op, RFS_OP_RELEASE);
	want_eq(m.flags, URFS_MSG_POST | URFS_MSG_NOTIFY);
	want(raw_event(&r, &m)->caller.flags & RFS_CALLER_KTHREAD);
	want_eq(raw_allow(&r, &m), 0);
	/* anybody else's is waited for */
	pid_t c = child_open(tpath("file"));

	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.flags, URFS_MSG_POST);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
}

/* What happens in such a context is told in notify mode all the same: post requests, and pre requests in that mode. */
static void told(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_PRE | URFS_OP_PRE_NOTIFY | URFS_OP_POST } };
	struct urfs_msg m, post;

	want_eq(raw_set_ops(&r, flt, ops, 1), 0);
	want_eq(at_once(child_ctx("nofs", "open", "file")), 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.flags, URFS_MSG_NOTIFY | URFS_MSG_POST_FOLLOWS);
	want_eq(raw_allow(&r, &m), 0);
	raw_want(&r, &post, URFS_MSG_CALLBACK);
	want_eq(post.flags, URFS_MSG_NOTIFY | URFS_MSG_POST);
	want_eq(post.operation, m.operation);
	want_eq(raw_event(&r, &post)->result, 0);
	want_eq(raw_allow(&r, &post), 0);
}

int main(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_PRE }, { RFS_OP_CREATE, URFS_OP_PRE } };
	static const char *const names[] = { "nofs", "noio", "memalloc", "journal", "worker", "exiting" };
	unsigned int i;

	touch(tpath("file"));
	dir = open(raw_dir(), O_PATH | O_DIRECTORY);
	want(dir >= 0);
	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	flt = raw_filter(&r, "contexts", 100, raw_dir(), ops, 2);
	want_eq(raw_deadline(&r, flt, 600000), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		context(names[i]);
	is_asked("plain", 0);
	is_asked("kthread", RFS_CALLER_KTHREAD);
	release_by_kthread();
	told();
	want_eq(raw_stat("contexts", "connection_requests_now"), 0);
	munmap(r.arena, r.size);
	close(r.fd);
	return 0;
}
