// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a caller that is frozen while it waits keeps no handler from its end, and has its verdict when it is thawed
 * fs: ext4
 * load: redirfs urfs
 * timeout: 180
 */
#include <sys/mount.h>
#include <sys/syscall.h>

#include "urfs_raw.h"

static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };

/* How the handler ends. */
enum how { CLOSE, SHUTDOWN, UNMAP, EXIT, KILL, UNREGISTER };

static int ready[2], go[2], done[2];
static char group[4096];

static void put(const char *file, const char *text)
{
	char path[5000];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	fd = open(path, O_WRONLY);
	want(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static bool is_frozen(void)
{
	char path[5000], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/freezer.state", group);
	fd = open(path, O_RDONLY);
	want(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return !strcmp(text, "FROZEN\n");
}

static void tell(int *p)
{
	want_eq(write(p[1], "", 1), 1);
}

static void hear(int *p)
{
	char b;

	want_eq(read(p[0], &b, 1), 1);
}

static bool told(int *p)
{
	struct pollfd f = { .fd = p[0], .events = POLLIN };

	return poll(&f, 1, 0) == 1;
}

static void handler(enum how how)
{
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_EXIT | FCDLCTL_POLICY_DEADLINE,
				    .deadline_ms = 600000,
				    .on_exit = DENY(ENODATA) };
	struct raw r;
	struct urfs_msg m;
	int f;

	raw_open(&r, URFS_ARENA_MIN);
	f = raw_filter(&r, "frozen", 100, raw_dir(), open_pre, 1);
	want_eq(raw_set_policy(&r, f, &p), 0);
	tell(ready);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	hear(go);
	switch (how) {
	case CLOSE:
		want_eq(close(r.fd), 0);
		break;
	case SHUTDOWN:
		want_eq(ioctl(r.fd, URFS_IOC_SHUTDOWN), 0);
		break;
	case UNMAP:
		want_eq(munmap(r.arena, r.size), 0);
		break;
	case EXIT:
		_exit(0);
	case KILL:
		kill(getpid(), SIGKILL);
		break;
	case UNREGISTER:
		/* this one says when callers have left, and so waits; but not against a fatal signal */
		raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = f);
		_exit(9);
	}
	tell(done);
	_exit(0);
}

static pid_t frozen_caller(void)
{
	char pid[16];
	pid_t c = raw_fork();

	if (c)
		return c;
	snprintf(pid, sizeof(pid), "%d", getpid());
	put("cgroup.procs", pid);
	_exit(try_open(tpath("file")));
}

static void with_frozen_caller(enum how how)
{
	pid_t h, c, d;
	int code;

	printf("how %d\n", how);
	h = raw_fork();
	if (!h)
		handler(how);
	hear(ready);
	c = frozen_caller();
	wait_until(raw_stat("frozen", "waiting_now") == 1);
	put("freezer.state", "FROZEN");
	wait_until(is_frozen());
	/* one more that is not */
	d = child_open(tpath("file"));
	wait_until(raw_stat("frozen", "waiting_now") == 2);
	tell(go);
	want_eq(raw_wait(d), ENODATA);
	if (how == CLOSE || how == SHUTDOWN || how == UNMAP) {
		wait_until(told(done));
		hear(done);
	}
	if (how == UNREGISTER) {
		wait_until(!raw_info("frozen", NULL));
		want(!raw_ended(h, NULL));
		kill(h, SIGKILL);
	}
	/* the handler's process can end, and is gone for all who look */
	wait_until(raw_ended(h, &code));
	want_eq(code, how == KILL || how == UNREGISTER ? 128 + SIGKILL : 0);
	wait_until(!raw_info("frozen", NULL));
	want_eq(raw_wait(child_open(tpath("file"))), 0);
	/* only the module must stay, since the caller is inside */
	want(is_frozen() && !raw_ended(c, NULL));
	want_errno(syscall(SYS_delete_module, "urfs", O_NONBLOCK), EAGAIN);
	put("freezer.state", "THAWED");
	want_eq(raw_wait(c), ENODATA);
}

/* The same name can be taken again while the caller of the old one is frozen, and that one's verdict stays the old one's. */
static void name_again(void)
{
	pid_t h, h2, c, d;

	h = raw_fork();
	if (!h)
		handler(KILL);
	hear(ready);
	c = frozen_caller();
	wait_until(raw_stat("frozen", "waiting_now") == 1);
	put("freezer.state", "FROZEN");
	wait_until(is_frozen());
	tell(go);
	raw_wait(h);
	wait_until(!raw_info("frozen", NULL));
	h2 = raw_fork();
	if (!h2)
		handler(EXIT);
	hear(ready);
	d = child_open(tpath("file"));
	wait_until(raw_stat("frozen", "waiting_now") == 1);
	put("freezer.state", "THAWED");
	want_eq(raw_wait(c), ENODATA);
	want_eq(raw_stat("frozen", "waiting_now"), 1);
	tell(go);
	want_eq(raw_wait(d), ENODATA);
	raw_wait(h2);
}

int main(void)
{
	char mnt[2048];
	enum how how;

	want_eq(pipe(ready), 0);
	want_eq(pipe(go), 0);
	want_eq(pipe(done), 0);
	touch(tpath("file"));
	snprintf(mnt, sizeof(mnt), "%s/freezer", getenv("TMPDIR"));
	want_eq(mkdir(mnt, 0755), 0);
	want_eq(mount("freezer", mnt, "cgroup", 0, "freezer"), 0);
	snprintf(group, sizeof(group), "%s/callers", mnt);
	want_eq(mkdir(group, 0755), 0);
	for (how = CLOSE; how <= UNREGISTER; how++)
		with_frozen_caller(how);
	name_again();
	/* the module goes when the last caller has left */
	wait_until(!rmdir(group));
	want_eq(umount(mnt), 0);
	return 0;
}
