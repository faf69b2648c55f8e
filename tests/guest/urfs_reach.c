// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: user filters are asked about opens by handle on a cold cache and by io_uring's workers; a loop device never waits
 * fs: ext4
 * load: redirfs urfs
 * needs: losetup mkfs.ext4 module:loop
 * timeout: 180
 */
#include <liburing.h>
#include <sys/mount.h>

#include "urfs_raw.h"

static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };

static void start(struct raw *r)
{
	raw_open(r, 0);
	want_eq(raw_cmd(r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
}

static void stop(struct raw *r)
{
	munmap(r->arena, r->size);
	close(r->fd);
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	want(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* ---- By handle ---- */

static union {
	struct file_handle h;
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
} handle;

static pid_t child_open_handle(void)
{
	pid_t c = raw_fork();
	int mount, fd;

	if (c)
		return c;
	mount = open(raw_dir(), O_RDONLY | O_DIRECTORY);
	fd = open_by_handle_at(mount, &handle.h, O_RDONLY);
	_exit(fd < 0 ? errno : 0);
}

/* Nothing of the file is in memory, not even its name. */
static void cold(void)
{
	sync();
	put("/proc/sys/vm/drop_caches", "2");
}

static void by_handle(void)
{
	char path[4096];
	struct raw r;
	struct urfs_msg m;
	int mount, placed, any;
	pid_t c;

	mkdir(tpath("d"), 0755);
	mkdir(tpath("d/e"), 0755);
	touch(tpath("d/e/file"));
	handle.h.handle_bytes = MAX_HANDLE_SZ;
	want_eq(name_to_handle_at(AT_FDCWD, tpath("d/e/file"), &handle.h, &mount, 0), 0);
	start(&r);
	placed = raw_filter(&r, "placed", 10, tpath("d"), open_pre, 1);
	any = raw_register(&r, "any", 20, URFS_REGISTER_UNPLACED);
	want(any > 0);
	want_eq(raw_set_ops(&r, any, open_pre, 1), 0);
	want_eq(raw_set_path(&r, any, tpath("d"), RFS_PATH_INCLUDE | RFS_PATH_SUBTREE), 0);
	want_eq(raw_activate(&r, any), 0);
	want_eq(raw_deadline(&r, placed, 60000), 0);
	want_eq(raw_deadline(&r, any, 60000), 0);

	/* it has no place: told to who asked for that, with no path, and said so; the verdict holds */
	cold();
	c = child_open_handle();
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.filter, any);
	want_eq(raw_event(&r, &m)->path[0].flags, RFS_PATHF_UNPLACED);
	want_eq(raw_event(&r, &m)->path[0].error, -ESTALE);
	want(!raw_str(&r, &m, &raw_event(&r, &m)->path[0].rest));
	want(raw_event(&r, &m)->op_flags & RFS_OPF_UNPLACED);
	want(raw_event(&r, &m)->objects & 1 << RFS_FIRST && raw_event(&r, &m)->object[RFS_FIRST].ino);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	cold();
	c = child_open_handle();
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.filter, any);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);

	printf("cold: ok\n");
	/* warm: a file like any other */
	want_eq(access(tpath("d/e/file"), F_OK), 0);
	c = child_open_handle();
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.filter, placed);
	want_eq(strcmp(raw_path(&r, &m, 0, path, sizeof(path)), tpath("d/e/file")), 0);
	want_eq(raw_allow(&r, &m), 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.filter, any);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	stop(&r);
}

/* ---- io_uring ---- */

/* In a child, by a worker of its ring. Its exit code: 0 or the errno */
static pid_t child_uring(bool create, const char *path)
{
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	pid_t c = raw_fork();
	int res;

	if (c)
		return c;
	if (io_uring_queue_init(4, &ring, 0))
		_exit(254);
	sqe = io_uring_get_sqe(&ring);
	if (create)
		io_uring_prep_mkdirat(sqe, AT_FDCWD, path, 0755);
	else
		io_uring_prep_openat(sqe, AT_FDCWD, path, O_RDONLY, 0);
	io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
	io_uring_submit(&ring);
	while ((res = io_uring_wait_cqe(&ring, &cqe)) == -EINTR)
		;
	_exit(res ? 253 : cqe->res < 0 ? -cqe->res : 0);
}

static void uring(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_PRE }, { RFS_OP_MKDIR, URFS_OP_PRE } };
	struct raw r;
	struct urfs_msg m;
	pid_t c;
	int i;

	start(&r);
	want_eq(raw_deadline(&r, raw_filter(&r, "ring", 10, tpath("d"), ops, 2), 60000), 0);
	for (i = 0; i < 4; i++) {
		c = child_uring(i & 1, i & 1 ? tpath("d/ring") : tpath("d/e/file"));
		raw_want(&r, &m, URFS_MSG_CALLBACK);
		want_eq(m.op, i & 1 ? RFS_OP_MKDIR : RFS_OP_OPEN);
		want_eq(raw_event(&r, &m)->caller.pid, c);
		want(raw_event(&r, &m)->caller.tid != (unsigned int)c);
		want(raw_event(&r, &m)->caller.flags & RFS_CALLER_IO_WORKER);
		want(!(raw_event(&r, &m)->caller.flags & RFS_CALLER_KTHREAD));
		want_eq(i < 2 ? raw_deny(&r, &m, EXDEV) : raw_allow(&r, &m), 0);
		want_eq(raw_wait(c), i < 2 ? EXDEV : 0);
	}
	want_eq(raw_stat("ring", "default_unaskable"), 0);
	stop(&r);
}

/* ---- A loop device over a file in the tree ---- */

static void run(const char *cmd)
{
	if (system(cmd))
		die("failed: %s", cmd);
}

static void loop(void)
{
	static const struct urfs_op ops[] = {
		{ RFS_OP_OPEN, URFS_OP_PRE },
		{ RFS_OP_CREATE, URFS_OP_PRE },
		{ RFS_OP_SETATTR, URFS_OP_PRE },
		{ RFS_OP_RELEASE, URFS_OP_POST },
	};
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_TIMEOUT, .on_timeout = DENY(EIO) };
	char cmd[8192], dev[64] = "", mnt[4096];
	struct raw r;
	FILE *f;
	int flt, fd;

	snprintf(mnt, sizeof(mnt), "%s/mnt", getenv("TMPDIR"));
	want_eq(mkdir(mnt, 0755), 0);
	snprintf(cmd, sizeof(cmd), "truncate -s 32M %s", tpath("d/image"));
	run(cmd);
	snprintf(cmd, sizeof(cmd), "losetup -f --show %s", tpath("d/image"));
	f = popen(cmd, "r");
	want(f && fgets(dev, sizeof(dev), f) && !pclose(f));
	dev[strcspn(dev, "\n")] = 0;
	/* nobody serves this filter: who waited for it would wait for ten minutes */
	start(&r);
	flt = raw_filter(&r, "loop", 10, tpath("d"), ops, 4);
	want_eq(raw_deadline(&r, flt, 600000), 0);
	want_eq(raw_set_policy(&r, flt, &p), 0);
	snprintf(cmd, sizeof(cmd), "mkfs.ext4 -q %s && mount %s %s", dev, dev, mnt);
	run(cmd);
	snprintf(cmd, sizeof(cmd), "%s/file", mnt);
	fd = open(cmd, O_CREAT | O_WRONLY, 0644);
	want(fd >= 0 && write(fd, mnt, sizeof(mnt)) == sizeof(mnt));
	want_eq(fsync(fd), 0);
	close(fd);
	want_eq(umount(mnt), 0);
	want_eq(raw_stat("loop", "asked"), 0);
	want_eq(raw_stat("loop", "waiting_now"), 0);
	stop(&r);
	snprintf(cmd, sizeof(cmd), "losetup -d %s", dev);
	run(cmd);
	/* detached by a worker: the image stays in use until then */
	snprintf(cmd, sizeof(cmd), "losetup -j %s | grep -q .", tpath("d/image"));
	wait_until(system(cmd));
}

int main(void)
{
	by_handle();
	printf("by handle: ok\n");
	uring();
	printf("io_uring: ok\n");
	loop();
	return 0;
}
