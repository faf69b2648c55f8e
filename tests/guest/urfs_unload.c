// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: when urfs can be unloaded and when not; unloading right after a handler died; parameters; detach frees callers
 * fs: ext4
 * dmesg-ok: urfs: parameter
 * timeout: 120
 */
#include <sys/syscall.h>

#include "urfs_raw.h"

static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };

static int insmod(const char *module, const char *params)
{
	char path[4096];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/%s.ko", getenv("KMODS"), module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	want(fd >= 0);
	rc = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return rc;
}

/* Return: 0 or a negative errno; never waits. */
static int rmmod(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? -errno : 0;
}

static void parameters(void)
{
	want_eq(insmod("urfs", "deadline_ms=0"), -EINVAL);
	want_eq(insmod("urfs", "deadline_ms=3600001"), -EINVAL);
	want_eq(insmod("urfs", "max_connections=0"), -EINVAL);
	want_eq(insmod("urfs", "max_pending=0"), -EINVAL);
	want_eq(insmod("urfs", "arena_max_kib=63"), -EINVAL);
	want_eq(insmod("urfs", "deadline_ms=777"), 0);
}

/* Neither goes while a connection is open, and trying does it no harm. */
static void stays(void)
{
	want_eq(rmmod("urfs"), -EAGAIN);
	want_eq(rmmod("redirfs"), -EAGAIN);
}

static void states(void)
{
	struct urfs_hello h = { .version = 1 };
	struct urfs_msg m;
	struct raw r;
	pid_t c;
	int fd, f;

	/* with no connection, urfs goes alone; redirfs is used by it */
	want_eq(rmmod("redirfs"), -EAGAIN);
	want_eq(rmmod("urfs"), 0);
	want_eq(insmod("urfs", "deadline_ms=777"), 0);
	fd = open("/dev/urfs", O_RDWR | O_CLOEXEC);
	stays();
	want_eq(raw_hello(fd, &h), 0);
	want_eq(h.deadline_ms, 777);
	stays();
	close(fd);
	/* step by step to one that is asked, and to its end */
	raw_open(&r, 0);
	stays();
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	f = raw_register(&r, "unload", 100, 0);
	want(f > 0);
	stays();
	want_eq(raw_set_ops(&r, f, open_pre, 1), 0);
	want_eq(raw_set_path(&r, f, raw_dir(), RFS_PATH_INCLUDE | RFS_PATH_SUBTREE), 0);
	stays();
	want_eq(raw_activate(&r, f), 0);
	want_eq(raw_deadline(&r, f, 60000), 0);
	stays();
	want_eq(raw_wait(child_open(tpath("file"))), 0);
	want_eq(raw_stat("unload", "default_not_ready"), 1);
	want_eq(raw_switch(&r, 1), 0);
	stays();
	c = child_open(tpath("file"));
	wait_until(raw_stat("unload", "waiting_now") == 1);
	stays();
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	stays();
	kill(c, SIGKILL);
	want_eq(raw_wait(c), 128 + SIGKILL);
	/* in quarantine */
	want_eq(raw_stat("unload", "connection_requests_now"), 1);
	stays();
	want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = f), 0);
	stays();
	want_eq(ioctl(r.fd, URFS_IOC_SHUTDOWN), 0);
	stays();
	close(r.fd);
	/* what is still mapped holds the file */
	stays();
	munmap(r.arena, r.size);
	/* a dead connection whose descriptor a child still has */
	raw_open(&r, 0);
	raw_filter(&r, "unload", 100, raw_dir(), open_pre, 1);
	c = raw_fork();
	if (!c) {
		pause();
		_exit(0);
	}
	munmap(r.arena, r.size);
	close(r.fd);
	wait_until(!raw_info("unload", NULL));
	want_eq(rmmod("urfs"), -EAGAIN);
	kill(c, SIGKILL);
	raw_wait(c);
	wait_until(!rmmod("urfs"));
	want_eq(insmod("urfs", ""), 0);
}

static void handler(int ready)
{
	struct raw r;

	raw_open(&r, 0);
	raw_filter(&r, "unload", 100, raw_dir(), open_pre, 1);
	want_eq(write(ready, "", 1), 1);
	/* never answers */
	pause();
}

/* The handler dies with questions open, and the module goes as soon as it may. */
static void right_after_death(void)
{
	int ready[2], i, k;
	pid_t h, c[4];
	char b;

	want_eq(pipe(ready), 0);
	for (i = 0; i < 10; i++) {
		h = raw_fork();
		if (!h)
			handler(ready[1]);
		want_eq(read(ready[0], &b, 1), 1);
		for (k = 0; k < 4; k++)
			c[k] = child_open(tpath("file"));
		if (i % 2)
			wait_until(raw_stat("unload", "waiting_now") == 4);
		want_eq(rmmod("urfs"), -EAGAIN);
		kill(h, SIGKILL);
		wait_until(!rmmod("urfs"));
		for (k = 0; k < 4; k++)
			want_eq(raw_wait(c[k]), 0);
		raw_wait(h);
		want_eq(insmod("urfs", ""), 0);
	}
}

/* fcdlctl detach: callers get on_timeout at once. */
static void detach(void)
{
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_TIMEOUT | FCDLCTL_POLICY_DEADLINE,
				    .deadline_ms = 60000,
				    .on_timeout = DENY(ENODATA) };
	struct fcdlctl_detach d = { .timeout_ms = 20000 };
	struct raw r;
	struct urfs_msg m;
	pid_t c[2];
	int fd, f;

	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	f = raw_filter(&r, "detach", 100, raw_dir(), open_pre, 1);
	want_eq(raw_set_policy(&r, f, &p), 0);
	c[0] = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	c[1] = child_open(tpath("file"));
	wait_until(raw_stat("detach", "waiting_now") == 2);
	fd = open("/dev/fcdlctl", O_RDWR);
	want_eq(ioctl(fd, FCDLCTL_DETACH, &d), 0);
	close(fd);
	want_eq(d.inside, 0);
	want_eq(raw_wait(c[0]), ENODATA);
	want_eq(raw_wait(c[1]), ENODATA);
	want_eq(raw_stat("detach", "default_detached"), 2);
	want_eq(raw_wait(child_open(tpath("file"))), 0);
	munmap(r.arena, r.size);
	close(r.fd);
}

int main(void)
{
	touch(tpath("file"));
	want_eq(insmod("redirfs", ""), 0);
	parameters();
	states();
	right_after_death();
	detach();
	wait_until(!rmmod("urfs"));
	want_eq(rmmod("redirfs"), 0);
	return 0;
}
