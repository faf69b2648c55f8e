/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * urfs_raw.h - the protocol of /dev/urfs by hand, for tests of the module: no library in between
 *
 * A test's main process does what is watched, or forks who does; handlers are children of it, and so not its ancestors:
 * what a handler's descendants do is not asked about.
 */
#ifndef URFS_RAW_H
#define URFS_RAW_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "urfs_abi.h"
#include "want.h"

struct raw {
	int fd;
	char *arena;
	size_t size;
};

#define MS 1000000LL

static inline long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* Guests that are slower get more time. */
static inline long raw_scale(void)
{
	const char *s = getenv("TIMEOUT_SCALE");

	return s && atol(s) > 0 ? atol(s) : 1;
}

/* Wait until @x holds; dies after some seconds. */
#define wait_until(x)                                                 \
	do {                                                          \
		long long end_ = now_ns() + 10000 * MS * raw_scale(); \
		while (!(x)) {                                        \
			if (now_ns() > end_)                          \
				die("%s does not come to hold", #x);  \
			sleep_ms(2);                                  \
		}                                                     \
	} while (0)

/* write() and read() of sizes and addresses that are wrong on purpose, out of the compiler's sight */
__attribute__((unused)) static ssize_t (*volatile raw_write)(int, const void *, size_t) = write;
__attribute__((unused)) static ssize_t (*volatile raw_read)(int, void *, size_t) = read;

/* ---- The connection ---- */

static inline int raw_hello(int fd, struct urfs_hello *h)
{
	return ioctl(fd, URFS_IOC_HELLO, h);
}

/* Open, shake hands, map. */
static inline void raw_open(struct raw *r, size_t arena)
{
	struct urfs_hello h = { .version = URFS_ABI_VERSION, .arena_size = arena };

	r->fd = open("/dev/urfs", O_RDWR | O_CLOEXEC);
	if (r->fd < 0)
		die("/dev/urfs: %s", strerror(errno));
	want_eq(raw_hello(r->fd, &h), 0);
	r->size = h.arena_size;
	r->arena = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	want(r->arena != MAP_FAILED);
}

/* One command. Return: its error, 0 or a negative errno; what the ioctl says if that fails */
static inline int raw_command(struct raw *r, struct urfs_cmd *c)
{
	if (ioctl(r->fd, URFS_IOC_COMMAND, c))
		return -errno;
	return c->error;
}

#define raw_cmd(r, ...) raw_command(r, &(struct urfs_cmd){ __VA_ARGS__ })

/* A filter. Return: its handle, or a negative errno */
static inline int raw_register(struct raw *r, const char *name, int priority, unsigned int flags)
{
	struct urfs_cmd c = { .type = URFS_CMD_REGISTER,
			      .ptr = (unsigned long)name,
			      .length = strlen(name),
			      .value = priority,
			      .flags = flags };
	int err = raw_command(r, &c);

	return err ? err : (int)c.result;
}

static inline int raw_set_path(struct raw *r, int filter, const char *path, unsigned int flags)
{
	return raw_cmd(r, .type = URFS_CMD_SET_PATH, .filter = filter, .ptr = (unsigned long)path,
		       .length = strlen(path), .flags = flags);
}

static inline int raw_set_ops(struct raw *r, int filter, const struct urfs_op *ops, int count)
{
	return raw_cmd(r, .type = URFS_CMD_SET_OPERATIONS, .filter = filter, .ptr = (unsigned long)ops,
		       .length = count * sizeof(*ops));
}

static inline int raw_switch(struct raw *r, int on)
{
	return raw_cmd(r, .type = URFS_CMD_SWITCH_CALLBACKS, .value = on);
}

static inline int raw_activate(struct raw *r, int filter)
{
	return raw_cmd(r, .type = URFS_CMD_ACTIVATE, .filter = filter);
}

static inline int raw_set_policy(struct raw *r, int filter, const struct fcdlctl_policy *p)
{
	return raw_cmd(r, .type = URFS_CMD_SET_POLICY, .filter = filter, .ptr = (unsigned long)p, .length = sizeof(*p));
}

static inline int raw_deadline(struct raw *r, int filter, int ms)
{
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_DEADLINE, .deadline_ms = ms };

	return raw_set_policy(r, filter, &p);
}

#define DENY(e)                                      \
	{                                            \
		.action = FCDLCTL_DENY, .error = (e) \
	}

/* A whole filter: these operations, this subtree, active, callbacks on. Return: its handle */
static inline int raw_filter(struct raw *r, const char *name, int priority, const char *path, const struct urfs_op *ops,
			     int count)
{
	int f = raw_register(r, name, priority, 0);

	if (f < 0)
		die("register %s: %s", name, strerror(-f));
	want_eq(raw_set_ops(r, f, ops, count), 0);
	want_eq(raw_set_path(r, f, path, RFS_PATH_INCLUDE | RFS_PATH_SUBTREE), 0);
	want_eq(raw_activate(r, f), 0);
	want_eq(raw_switch(r, 1), 0);
	return f;
}

/* ---- Messages ---- */

static inline int raw_exchange(struct raw *r, struct urfs_reply *replies, int nr, struct urfs_msg *msgs, int max,
			       long long timeout_ns, struct urfs_exchange *out)
{
	struct urfs_exchange x = { .replies = (unsigned long)replies,
				   .nr_replies = nr,
				   .messages = (unsigned long)msgs,
				   .nr_messages = max,
				   .timeout_ns = timeout_ns };
	int rc = ioctl(r->fd, URFS_IOC_EXCHANGE, &x);

	if (out)
		*out = x;
	return rc ? -errno : (int)x.received;
}

/* The next message, or nothing in that time. Return: 1 or 0; dies else */
static inline int raw_next(struct raw *r, struct urfs_msg *m, long ms)
{
	int n = raw_exchange(r, NULL, 0, m, 1, ms * MS, NULL);

	if (n < 0)
		die("exchange: %s", strerror(-n));
	return n;
}

/* The next message; it has to be of this type. */
static inline void raw_want(struct raw *r, struct urfs_msg *m, unsigned int type)
{
	if (!raw_next(r, m, 10000 * raw_scale()))
		die("no message; expected type %u", type);
	if (m->type != type)
		die("message of type %u, expected %u", m->type, type);
}

/* Return: 0 or a negative errno */
static inline int raw_reply(struct raw *r, unsigned long long id, unsigned int flags, long long value)
{
	struct urfs_reply reply = { .id = id, .flags = flags, .value = value };
	int n = raw_exchange(r, &reply, 1, NULL, 0, 0, NULL);

	return n < 0 ? n : reply.error;
}

static inline int raw_allow(struct raw *r, const struct urfs_msg *m)
{
	return raw_reply(r, m->id, 0, 0);
}

static inline int raw_deny(struct raw *r, const struct urfs_msg *m, int err)
{
	return raw_reply(r, m->id, URFS_REPLY_STOP, -err);
}

static inline const struct urfs_event *raw_event(struct raw *r, const struct urfs_msg *m)
{
	const struct urfs_event *e = (const void *)(r->arena + m->offset);

	want(m->length >= sizeof(*e) && m->offset + m->length <= r->size && !(m->offset % URFS_BLOCK_ALIGN));
	want_eq(e->size, sizeof(*e));
	return e;
}

static inline const char *raw_str(struct raw *r, const struct urfs_msg *m, const struct urfs_str *s)
{
	if (!s->offset)
		return NULL;
	want(s->offset >= sizeof(struct urfs_event) && s->offset + s->length < m->length);
	want_eq(r->arena[m->offset + s->offset + s->length], 0);
	return r->arena + m->offset + s->offset;
}

/* A whole path; "" if there is none */
static inline const char *raw_path(struct raw *r, const struct urfs_msg *m, int which, char *buf, size_t size)
{
	const struct urfs_path *p = &raw_event(r, m)->path[which];
	const char *rule = raw_str(r, m, &p->rule), *rest = raw_str(r, m, &p->rest);

	snprintf(buf, size, "%s%s", rule ? rule : "", rest ? rest : "");
	return buf;
}

/* Last component of the first path */
static inline const char *raw_last(struct raw *r, const struct urfs_msg *m)
{
	static __thread char buf[8192];
	const char *slash = strrchr(raw_path(r, m, 0, buf, sizeof(buf)), '/');

	return slash ? slash + 1 : buf;
}

/* ---- Counters, by the control device ---- */

static inline long long raw_stat(const char *filter, const char *name)
{
	struct fcdlctl_stat stats[FCDLCTL_PAGE_MAX];
	struct fcdlctl_stats s = { .entries = (unsigned long)stats, .max = FCDLCTL_PAGE_MAX, .size = sizeof(stats[0]) };
	int fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);
	unsigned int i;

	want(fd >= 0);
	memcpy(s.filter, filter, strnlen(filter, RFS_NAME_LEN));
	if (ioctl(fd, FCDLCTL_STATS, &s))
		die("stats of %s: %s", filter, strerror(errno));
	close(fd);
	for (i = 0; i < s.count; i++) {
		if (!strcmp(stats[i].name, name))
			return stats[i].value;
	}
	die("no counter %s", name);
}

/* Is there such a filter? */
static inline int raw_info(const char *filter, struct fcdlctl_filter *info)
{
	static struct fcdlctl_filter all[FCDLCTL_PAGE_MAX];
	struct fcdlctl_list l = { .entries = (unsigned long)all, .max = FCDLCTL_PAGE_MAX, .size = sizeof(all[0]) };
	int fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);
	unsigned int i;

	want(fd >= 0);
	want_eq(ioctl(fd, FCDLCTL_LIST, &l), 0);
	close(fd);
	for (i = 0; i < l.count; i++) {
		if (strcmp(all[i].name, filter))
			continue;
		if (info)
			*info = all[i];
		return 1;
	}
	return 0;
}

/* ---- Processes ---- */

/* Memory that children share with the test. */
static inline void *raw_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	want(p != MAP_FAILED);
	return p;
}

/* A child that dies with the test. */
static inline pid_t raw_fork(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	want(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* not a descendant's handler: see the head of this file */
	}
	return pid;
}

/* Exit code of a child, or 128 + signal */
static inline int raw_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		want(errno == EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Has the child ended? Does not wait. */
static inline int raw_ended(pid_t pid, int *code)
{
	int status, rc = waitpid(pid, &status, WNOHANG);

	want(rc >= 0);
	if (rc && code)
		*code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return rc;
}

static inline const char *raw_dir(void)
{
	const char *t = getenv("T");

	want(t);
	return t;
}

/* A path below the test's file system */
static inline const char *tpath(const char *fmt, ...)
{
	static __thread char buf[8][4200];
	static __thread int i;
	char *b = buf[i++ % 8];
	va_list ap;
	int n = snprintf(b, sizeof(buf[0]), "%s/", raw_dir());

	va_start(ap, fmt);
	vsnprintf(b + n, sizeof(buf[0]) - n, fmt, ap);
	va_end(ap);
	return b;
}

/* Make a file without asking who is not there yet. */
static inline void touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

/* Opening a file: 0 or the errno, as an exit code */
static inline int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* In a child: open. */
static inline pid_t child_open(const char *path)
{
	pid_t pid = raw_fork();

	if (!pid)
		_exit(try_open(path));
	return pid;
}

/* In a child: create. */
static inline pid_t child_create(const char *path)
{
	pid_t pid = raw_fork();
	int fd;

	if (pid)
		return pid;
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	_exit(fd < 0 ? errno : 0);
}

/* A part of a test, in its main(): the whole test, or only the part that its first argument names, for who is looking */
#define PART(part)                                       \
	do {                                             \
		if (argc < 2 || !strcmp(argv[1], #part)) \
			part();                          \
	} while (0)

#endif /* URFS_RAW_H */
