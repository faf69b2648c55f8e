// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: malformed, truncated, oversized, out-of-state, replayed and foreign messages on /dev/urfs: the errno, no change
 * load: redirfs urfs max_connections=6 arena_max_kib=256
 * timeout: 60
 */
#include "urfs_raw.h"

static int fresh(void)
{
	int fd = open("/dev/urfs", O_RDWR | O_CLOEXEC);

	want(fd >= 0);
	return fd;
}

/* A pointer that is in nobody's memory */
#define BAD_PTR ((void *)8)

static void who_may_open(void)
{
	int fds[7], i;
	pid_t c;
	struct stat st;

	stat("/dev/urfs", &st);
	want_eq(st.st_mode, S_IFCHR | 0600);
	c = raw_fork();
	if (!c) {
		want_eq(chmod("/dev/urfs", 0666), 0);
		want_eq(setuid(1000), 0);
		want_errno(open("/dev/urfs", O_RDWR), EPERM);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	chmod("/dev/urfs", 0600);
	/* root of a user namespace of its own is not enough */
	c = raw_fork();
	if (!c) {
		want_eq(chmod("/dev/urfs", 0666), 0);
		want_eq(unshare(CLONE_NEWUSER), 0);
		want_errno(open("/dev/urfs", O_RDWR), EPERM);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	chmod("/dev/urfs", 0600);

	for (i = 0; i < 6; i++)
		fds[i] = fresh();
	want_errno(open("/dev/urfs", O_RDWR), EMFILE);
	close(fds[0]);
	fds[0] = fresh();
	for (i = 0; i < 6; i++)
		close(fds[i]);
}

static void handshake(void)
{
	struct urfs_hello ok = { .version = 1 }, h;
	struct urfs_cmd cmd = { .type = URFS_CMD_SWITCH_CALLBACKS, .value = 1 };
	struct urfs_exchange x = {};
	struct pollfd p = { .events = POLLIN | POLLOUT };
	int fd = fresh();
	char *m;

	/* before it, nothing else */
	want_errno(raw_read(fd, &h, sizeof(h)), ENOTCONN);
	want_errno(raw_write(fd, &cmd, sizeof(cmd)), ENOTCONN);
	want_errno(ioctl(fd, URFS_IOC_EXCHANGE, &x), ENOTCONN);
	want_errno(ioctl(fd, URFS_IOC_COMMAND, &cmd), ENOTCONN);
	want_errno(ioctl(fd, URFS_IOC_SHUTDOWN), ENOTCONN);
	want_errno(ioctl(fd, 0xfd77), ENOTCONN);
	want(mmap(NULL, 65536, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == ENOTCONN);
	p.fd = fd;
	want_eq(poll(&p, 1, 0), 1);
	want_eq(p.revents, POLLERR);

	want_errno(ioctl(fd, URFS_IOC_HELLO, BAD_PTR), EFAULT);
	h = ok, h.version = 0;
	want_errno(raw_hello(fd, &h), EPROTO);
	h = ok, h.features = 1ULL << 40;
	want_errno(raw_hello(fd, &h), EPROTO);
	h = ok, h.flags = 1;
	want_errno(raw_hello(fd, &h), EINVAL);
	h = ok, h.reserved[2] = 1;
	want_errno(raw_hello(fd, &h), EINVAL);
	h = ok, h.msg_size = 64;
	want_errno(raw_hello(fd, &h), EINVAL);
	/* none of these changed anything */
	h = ok, h.version = 1000, h.arena_size = ~0ULL;
	want_eq(raw_hello(fd, &h), 0);
	want_eq(h.version, URFS_ABI_VERSION);
	want_eq(h.arena_size, 256 * 1024);
	want_eq(h.msg_size, sizeof(struct urfs_msg));
	want_eq(h.cmd_size, sizeof(struct urfs_cmd));
	want_eq(h.event_size, sizeof(struct urfs_event));
	want_eq(h.deadline_ms, 5000);
	h = ok;
	want_errno(raw_hello(fd, &h), EALREADY);

	/* mappings */
	want(mmap(NULL, 131072, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EINVAL);
	want(mmap(NULL, 262144, PROT_READ, MAP_SHARED, fd, 4096) == MAP_FAILED && errno == EINVAL);
	want(mmap(NULL, 262144, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EINVAL);
	want(mmap(NULL, 262144, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EINVAL);
	want_eq(ioctl(fd, URFS_IOC_COMMAND, &cmd), 0);
	want_eq(cmd.error, -ENXIO);
	/* with nothing behind it that would keep it from growing */
	m = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	want(m != MAP_FAILED && !munmap(m, 1 << 20));
	m = mmap(m, 262144, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	want(m != MAP_FAILED);
	want(mmap(NULL, 262144, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EBUSY);
	m[0] = m[262143] = 1;
	/* it cannot be split, moved, grown, made executable or inherited */
	want_errno(munmap(m, 4096), EINVAL);
	want_errno(munmap(m + 4096, 4096), EINVAL);
	want_errno(mprotect(m, 4096, PROT_READ), EINVAL);
	want_errno(mprotect(m, 262144, PROT_READ | PROT_EXEC), EACCES);
	want(mremap(m, 262144, 131072, 0) == MAP_FAILED);
	want(mremap(m, 262144, 524288, 0) == MAP_FAILED);
	want(mremap(m, 262144, 524288, MREMAP_MAYMOVE) == MAP_FAILED);
	want(mremap(m, 262144, 262144, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x10000000) == MAP_FAILED);
	want_errno(madvise(m, 262144, MADV_DOFORK), EINVAL);
	want_errno(madvise(m, 262144, MADV_DODUMP), EINVAL);
	/* and after all that it lives, with what it held */
	want_eq(m[0] + m[262143], 2);
	memset(&cmd, 0, sizeof(cmd));
	cmd.type = URFS_CMD_SWITCH_CALLBACKS;
	want_eq(ioctl(fd, URFS_IOC_COMMAND, &cmd), 0);
	want_eq(cmd.error, 0);
	want_errno(ioctl(fd, 0xfd77, 0), ENOTTY);
	want_errno(ioctl(fd, URFS_IOC_COMMAND, BAD_PTR), EFAULT);
	close(fd);
	/* dead by close, though the mapping holds the file */
	munmap(m, 262144);
}

static void commands(void)
{
	static struct urfs_cmd large[URFS_BATCH_MAX + 1];
	struct raw r;
	struct urfs_cmd c[2] = {};
	struct urfs_op op = { RFS_OP_OPEN, URFS_OP_PRE };
	struct fcdlctl_policy policy = { .valid = FCDLCTL_POLICY_DEADLINE, .deadline_ms = 5 };
	struct urfs_msg m;
	char name[64], *path = calloc(1, 5000);
	int f, f2, i;

	raw_open(&r, 0);
	/* REGISTER */
	want_eq(raw_register(&r, "", 1, 0), -EINVAL);
	want_eq(raw_register(&r, "a/b", 1, 0), -EINVAL);
	want_eq(raw_register(&r, "..", 1, 0), -EINVAL);
	memset(name, 'n', sizeof(name));
	name[RFS_NAME_LEN + 1] = 0;
	want_eq(raw_register(&r, name, 1, 0), -ENAMETOOLONG);
	want_eq(raw_register(&r, "x", 1, 0x4), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_REGISTER, .ptr = (unsigned long)"a\0b", .length = 3, .value = 1), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_REGISTER, .ptr = 8, .length = 3, .value = 1), -EFAULT);
	want_eq(raw_cmd(&r, .type = URFS_CMD_REGISTER, .ptr = (unsigned long)"abc", .length = 3, .value = 1LL << 31),
		-ERANGE);
	want_eq(raw_cmd(&r, .type = URFS_CMD_REGISTER, .filter = 1, .ptr = (unsigned long)"abc", .length = 3), -EINVAL);
	want(!raw_info("abc", NULL));
	name[RFS_NAME_LEN] = 0;
	f = raw_register(&r, name, -5, 0);
	want(f > 0);
	want_eq(raw_register(&r, name, 2, 0), -EEXIST);
	want_eq(raw_register(&r, "other", -5, 0), -EEXIST);
	f2 = raw_register(&r, "other", 6, URFS_REGISTER_ACTIVE | URFS_REGISTER_LOCKED);
	want(f2 > 0 && f2 != f);

	/* handles */
	want_eq(raw_activate(&r, 0), -ENOENT);
	want_eq(raw_activate(&r, 4711), -ENOENT);
	want_eq(raw_set_path(&r, 4711, "/tmp", RFS_PATH_INCLUDE | RFS_PATH_SINGLE), -ESRCH);
	want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = 4711), -ENOENT);
	want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = f2), 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = f2), -ENOENT);
	want(!raw_info("other", NULL));

	/* paths */
	want_eq(raw_set_path(&r, f, "", RFS_PATH_INCLUDE | RFS_PATH_SINGLE), -ENOENT);
	want_eq(raw_set_path(&r, f, "tmp", RFS_PATH_INCLUDE | RFS_PATH_SINGLE), -EINVAL);
	want_eq(raw_set_path(&r, f, "/nowhere", RFS_PATH_INCLUDE | RFS_PATH_SINGLE), -ENOENT);
	want_eq(raw_set_path(&r, f, "/tmp", RFS_PATH_INCLUDE), -EINVAL);
	want_eq(raw_set_path(&r, f, "/tmp", RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE | RFS_PATH_SINGLE), -EINVAL);
	want_eq(raw_set_path(&r, f, "/tmp", 0x80000000), -EINVAL);
	want_eq(raw_set_path(&r, f, "/proc", RFS_PATH_INCLUDE | RFS_PATH_SINGLE), -EOPNOTSUPP);
	memset(path, '/', 4096);
	want_eq(raw_set_path(&r, f, path, RFS_PATH_INCLUDE | RFS_PATH_SINGLE), -ENAMETOOLONG);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_PATH, .filter = f, .ptr = 8, .length = 4,
			.flags = RFS_PATH_INCLUDE | RFS_PATH_SINGLE),
		-EFAULT);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_PATH, .filter = f, .ptr = (unsigned long)"/t\0mp", .length = 5,
			.flags = RFS_PATH_INCLUDE | RFS_PATH_SINGLE),
		-EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_DEL_PATH, .filter = f, .ptr = (unsigned long)"/tmp", .length = 4),
		-ENOENT);

	/* operations */
	want_eq(raw_set_ops(&r, f, &op, 1), 0);
	want_eq(raw_set_ops(&r, f, NULL, 0), 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_OPERATIONS, .filter = f, .ptr = (unsigned long)&op, .length = 7),
		-EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_OPERATIONS, .filter = f, .ptr = (unsigned long)&op, .length = 65 * 8),
		-EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_OPERATIONS, .filter = f, .ptr = 8, .length = 8), -EFAULT);
	op.op = RFS_OP_MAX - 1;
	want_eq(raw_set_ops(&r, f, &op, 1), -EOPNOTSUPP);
	op.op = RFS_OP_MAX;
	want_eq(raw_set_ops(&r, f, &op, 1), -EINVAL);

	/* policy */
	want_eq(raw_set_policy(&r, f, &policy), 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_POLICY, .filter = f, .ptr = (unsigned long)&policy,
			.length = sizeof(policy) - 1),
		-EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_POLICY, .filter = f, .ptr = 8, .length = sizeof(policy)), -EFAULT);
	policy.filter[3] = 'x';
	want_eq(raw_set_policy(&r, f, &policy), -EINVAL);
	policy.filter[3] = 0;
	policy.valid = FCDLCTL_POLICY_ON_EXIT, policy.deadline_ms = 0, policy.on_exit.action = FCDLCTL_HOLD;
	policy.on_exit.hold_ms = 1000;
	want_eq(raw_set_policy(&r, f, &policy), -EOPNOTSUPP);

	/* switches and groups */
	want_eq(raw_switch(&r, 2), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_MODIFY, .filter = f, .value = 2), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = 3), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE, .value = 1), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_CGROUP, .value = 999), -EBADF);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_CGROUP, .value = r.fd), -EBADF);

	/* the struct as such */
	want_eq(raw_cmd(&r, .type = 0), -EINVAL);
	want_eq(raw_cmd(&r, .type = 99), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_ACTIVATE, .filter = f, .reserved = { 0, 1 }), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_ACTIVATE, .filter = f, .result = 1), -EINVAL);
	want_eq(raw_cmd(&r, .type = URFS_CMD_ACTIVATE, .filter = f, .value = 1), -EINVAL);

	/* write: sizes, and where a batch ends */
	c[0].type = URFS_CMD_ACTIVATE, c[0].filter = f, c[0].id = 77;
	want_errno(raw_write(r.fd, c, 0), EINVAL);
	want_errno(raw_write(r.fd, c, 63), EINVAL);
	want_errno(raw_write(r.fd, c, 65), EINVAL);
	want_errno(raw_write(r.fd, large, sizeof(large)), EINVAL);
	want_errno(raw_write(r.fd, BAD_PTR, 64), EFAULT);
	c[1] = c[0], c[1].type = 99;
	want_eq(raw_write(r.fd, c, 128), 64);
	raw_want(&r, &m, URFS_MSG_COMMAND_REPLY);
	want_eq(m.id, 77);
	want_eq(m.op, URFS_CMD_ACTIVATE);
	want_eq(m.error, 0);
	want_errno(raw_write(r.fd, c + 1, 64), EINVAL);
	/* a refused command does not end a batch */
	c[0].filter = 4711, c[1] = c[0], c[1].id = 78;
	want_eq(raw_write(r.fd, c, 128), 128);
	raw_want(&r, &m, URFS_MSG_COMMAND_REPLY);
	want_eq(m.error, -ENOENT);
	raw_want(&r, &m, URFS_MSG_COMMAND_REPLY);
	want_eq(m.id, 78);
	/* replies to what is not open */
	memset(c, 0, sizeof(c));
	c[0].type = URFS_CMD_REPLY, c[0].id = 12345;
	want_errno(raw_write(r.fd, c, 64), ESRCH);
	c[0].type = URFS_CMD_REQUEUE;
	want_errno(raw_write(r.fd, c, 64), ESRCH);
	want_eq(raw_reply(&r, 12345, 0, 0), -ESRCH);
	want_eq(raw_reply(&r, 0, 0, 0), -ESRCH);
	want_eq(raw_stat(name, "connection_unknown_replies"), 4);
	/* too many unread */
	memset(c, 0, sizeof(c));
	c[0].type = URFS_CMD_ACTIVATE, c[0].filter = f;
	for (i = 0; i < URFS_BATCH_MAX; i++)
		want_eq(raw_write(r.fd, c, 64), 64);
	want_errno(raw_write(r.fd, c, 64), EAGAIN);
	raw_want(&r, &m, URFS_MSG_COMMAND_REPLY);
	want_eq(raw_write(r.fd, c, 64), 64);
	munmap(r.arena, r.size);
	want_errno(raw_write(r.fd, c, 64), ESTALE);
	close(r.fd);
	free(path);
}

static void exchanges(void)
{
	struct raw r;
	struct urfs_exchange x = {};
	struct urfs_reply reply[2] = {};
	struct urfs_msg m;
	struct pollfd p;
	long long t;

	raw_open(&r, 0);
	want_errno(raw_read(r.fd, &m, 63), EINVAL);
	fcntl(r.fd, F_SETFL, O_NONBLOCK);
	want_errno(raw_read(r.fd, &m, 64), EAGAIN);
	fcntl(r.fd, F_SETFL, 0);
	want_errno(ioctl(r.fd, URFS_IOC_EXCHANGE, BAD_PTR), EFAULT);
	x.flags = 1;
	want_errno(ioctl(r.fd, URFS_IOC_EXCHANGE, &x), EINVAL);
	x.flags = 0, x.nr_replies = URFS_BATCH_MAX + 1;
	want_errno(ioctl(r.fd, URFS_IOC_EXCHANGE, &x), EINVAL);
	x.nr_replies = 0, x.nr_messages = URFS_BATCH_MAX + 1;
	want_errno(ioctl(r.fd, URFS_IOC_EXCHANGE, &x), EINVAL);
	x.nr_messages = 1, x.timeout_ns = -2;
	want_errno(ioctl(r.fd, URFS_IOC_EXCHANGE, &x), EINVAL);
	/* replies that cannot be read; errors by index */
	x.timeout_ns = 0, x.nr_replies = 1, x.replies = 8;
	want_errno(ioctl(r.fd, URFS_IOC_EXCHANGE, &x), EFAULT);
	want_eq(x.taken, 0);
	reply[0].id = 5, reply[1].id = 6, reply[1].flags = 0x80;
	want_eq(raw_exchange(&r, reply, 2, NULL, 0, 0, &x), 0);
	want_eq(x.taken, 2);
	want_eq(reply[0].error, -ESRCH);
	want_eq(reply[1].error, -EINVAL);
	/* the wait ends in time, with nothing */
	t = now_ns();
	want_eq(raw_exchange(&r, NULL, 0, &m, 1, 50 * MS, NULL), 0);
	want(now_ns() - t >= 50 * MS);
	p.fd = r.fd, p.events = POLLIN | POLLOUT;
	want_eq(poll(&p, 1, 0), 1);
	want_eq(p.revents, POLLOUT);
	/* another process: everything is EPERM */
	if (!fork()) {
		struct urfs_cmd c = { .type = URFS_CMD_SWITCH_CALLBACKS };

		want_errno(raw_read(r.fd, &m, 64), EPERM);
		want_errno(raw_write(r.fd, &c, 64), EPERM);
		want_errno(ioctl(r.fd, URFS_IOC_COMMAND, &c), EPERM);
		want_errno(ioctl(r.fd, URFS_IOC_SHUTDOWN), EPERM);
		want_errno(ioctl(r.fd, URFS_IOC_EXCHANGE, &x), EPERM);
		want_errno(raw_hello(r.fd, &(struct urfs_hello){ .version = 1 }), EPERM);
		want(mmap(NULL, r.size, PROT_READ, MAP_SHARED, r.fd, 0) == MAP_FAILED && errno == EPERM);
		want_eq(poll(&p, 1, 0), 1);
		want_eq(p.revents, POLLERR);
		close(r.fd);
		_exit(0);
	}
	int status;

	wait(&status);
	want_eq(status, 0);
	/* which did the connection no harm */
	want_eq(raw_next(&r, &m, 1), 0);
	want_eq(ioctl(r.fd, URFS_IOC_SHUTDOWN), 0);
	want_errno(ioctl(r.fd, URFS_IOC_SHUTDOWN), ESTALE);
	want_errno(raw_read(r.fd, &m, 64), ESTALE);
	want_eq(poll(&p, 1, 0), 1);
	want_eq(p.revents & (POLLHUP | POLLERR), POLLHUP | POLLERR);
	munmap(r.arena, r.size);
	close(r.fd);
}

static struct {
	struct raw r;
	struct urfs_exchange x;
	struct urfs_reply reply;
	struct urfs_msg msg;
	volatile int rc;
	volatile bool done;
} caught;

static void *exchange_in_thread(void *arg)
{
	int rc;

	(void)arg;
	rc = ioctl(caught.r.fd, URFS_IOC_EXCHANGE, &caught.x);
	caught.rc = rc ? -errno : 0;
	caught.done = true;
	return NULL;
}

static void on_signal(int signal)
{
	(void)signal;
}

/* A signal while an exchange waits: what was taken before is known, and is not to be sent again. */
static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct fcdlctl_filter info;
	volatile struct urfs_exchange *x = &caught.x;
	pthread_t t;
	int i;

	sigaction(SIGUSR1, &sa, NULL);
	raw_open(&caught.r, 0);
	want(raw_register(&caught.r, "interrupted", 3, 0) > 0);
	for (i = 0; i < 3; i++) {
		memset(&caught.x, 0, sizeof(caught.x));
		caught.reply = (struct urfs_reply){ .id = 4711 };
		caught.done = false;
		x->messages = (unsigned long)&caught.msg;
		x->nr_messages = 1;
		x->received = 77;
		x->timeout_ns = i == 2 ? 600000 * MS : -1;
		x->replies = (unsigned long)&caught.reply;
		x->nr_replies = i == 0;
		want_eq(pthread_create(&t, NULL, exchange_in_thread, NULL), 0);
		wait_until(raw_info("interrupted", &info) && info.receivers == 1);
		/* written before the wait */
		want_eq(x->taken, i == 0);
		want_eq(x->received, 0);
		pthread_kill(t, SIGUSR1);
		wait_until(caught.done);
		pthread_join(t, NULL);
		want_eq(caught.rc, i == 0 ? 0 : -EINTR);
		want_eq(x->received, 0);
		want_eq(caught.reply.error, i == 0 ? -ESRCH : 0);
	}
	munmap(caught.r.arena, caught.r.size);
	close(caught.r.fd);
}

int main(void)
{
	who_may_open();
	handshake();
	commands();
	exchanges();
	interrupted();
	return 0;
}
