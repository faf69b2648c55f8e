// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a handler reads the very object of an operation: unlinked, new or without a name; past filters, fanotify, leases
 * fs: ext4 xfs btrfs tmpfs overlay
 * load: redirfs urfs
 * timeout: 150
 */
#include <sys/fanotify.h>
#include <sys/mount.h>

#include "rfs.h"
#include "urfs_raw.h"

static struct raw r;

/* ---- What is asked for ---- */

static int open_object_of(unsigned long long id, unsigned int which)
{
	struct urfs_open_object o = { .id = id, .which = which };

	return ioctl(r.fd, URFS_IOC_OPEN_OBJECT, &o) ? -errno : o.fd;
}

static int open_object(const struct urfs_msg *m, unsigned int which)
{
	return open_object_of(m->id, which);
}

/* The descriptor holds this, from the beginning. */
static void want_content(int fd, const char *text)
{
	char buf[64] = "";

	want(fd >= 0);
	want_eq(pread(fd, buf, sizeof(buf) - 1, 0), strlen(text));
	want_eq(strcmp(buf, text), 0);
}

static void make(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	want(fd >= 0);
	want_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void begin(const char *path, const struct urfs_op *ops, int count)
{
	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	raw_filter(&r, "object", 100, path, ops, count);
}

static void end(void)
{
	munmap(r.arena, r.size);
	close(r.fd);
}

/* The next question; it has to be this one. */
static void asked(struct urfs_msg *m, unsigned int op, bool post)
{
	raw_want(&r, m, URFS_MSG_CALLBACK);
	want_eq(m->op, op);
	want_eq(!!(m->flags & URFS_MSG_POST), post);
}

/* ---- Past whom ---- */

/* A filter behind the one of this test: it denies what this process opens. In a child. */
static pid_t watch_me(void)
{
	static const struct urfs_op op = { RFS_OP_OPEN, URFS_OP_PRE };
	pid_t me = getpid(), pid = raw_fork();
	struct urfs_msg m;

	if (pid) {
		wait_until(raw_info("behind", NULL));
		return pid;
	}
	raw_open(&r, 0);
	raw_filter(&r, "behind", 200, raw_dir(), &op, 1);
	for (;;) {
		if (!raw_next(&r, &m, 1000) || m.type != URFS_MSG_CALLBACK)
			continue;
		if (raw_event(&r, &m)->caller.pid == (unsigned int)me)
			raw_deny(&r, &m, EACCES);
		else
			raw_allow(&r, &m);
	}
}

static void past_filters(void)
{
	static const struct urfs_op op = { RFS_OP_OPEN, URFS_OP_PRE };
	long long before, covered;
	struct urfs_msg m;
	pid_t behind, c;
	int fd, flags;

	make(tpath("f"), "content");
	behind = watch_me();
	wait_until(try_open(tpath("f")) == EACCES);
	begin(raw_dir(), &op, 1);
	/* it is asked about this process, also with a filter of its own in front */
	want_eq(try_open(tpath("f")), EACCES);
	c = child_open(tpath("f"));
	asked(&m, RFS_OP_OPEN, false);
	before = raw_stat("behind", "pre_calls");
	covered = raw_stat("", "files");
	fd = open_object(&m, RFS_FIRST);
	want_content(fd, "content");
	want_eq(raw_stat("behind", "pre_calls"), before);
	want_eq(raw_stat("", "files"), covered);
	flags = fcntl(fd, F_GETFL);
	want_eq(flags & (O_ACCMODE | O_NOATIME | O_NONBLOCK), O_RDONLY | O_NOATIME);
	want_eq(flags & 0x40000000, 0);
	want_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	want_errno(write(fd, "x", 1), EBADF);
	want_errno(ftruncate(fd, 0), EINVAL);
	want_eq(raw_deny(&r, &m, EROFS), 0);
	want_eq(raw_wait(c), EROFS);
	/* it outlives the answer */
	want_content(fd, "content");
	close(fd);
	want_eq(try_open(tpath("f")), EACCES);
	end();
	kill(behind, SIGKILL);
	raw_wait(behind);
}

/* How many events of this process are there? */
static int my_events(int fan)
{
	struct fanotify_event_metadata buf[64], *e = buf;
	ssize_t n;
	int mine = 0;

	while ((n = read(fan, buf, sizeof(buf))) > 0) {
		for (e = buf; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n)) {
			mine += e->pid == getpid();
			if (e->fd >= 0)
				close(e->fd);
		}
	}
	return mine;
}

static void unnoticed(void)
{
	static const struct urfs_op op = { RFS_OP_OPEN, URFS_OP_PRE };
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000 } };
	int fan = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK | FAN_CLOEXEC, O_RDONLY), fd;
	struct urfs_msg m;
	struct stat st;
	pid_t c;

	want(fan >= 0);
	make(tpath("f"), "content");
	want_eq(utimensat(AT_FDCWD, tpath("f"), old, 0), 0);
	want_eq(fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN | FAN_ACCESS | FAN_CLOSE, AT_FDCWD, tpath("f")), 0);
	want_eq(try_open(tpath("f")), 0);
	want(my_events(fan) > 0);
	begin(raw_dir(), &op, 1);
	c = child_open(tpath("f"));
	asked(&m, RFS_OP_OPEN, false);
	fd = open_object(&m, RFS_FIRST);
	want_content(fd, "content");
	close(fd);
	want_eq(my_events(fan), 0);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	end();
	want_eq(stat(tpath("f"), &st), 0);
	want_eq(st.st_atim.tv_sec, 1000);
	close(fan);
}

/* ---- Which objects ---- */

/* Is this the file system whose readers wait for the lock that the caller holds? */
static bool reads_under_lock(void)
{
	const char *fs = getenv("FS");

	return !fs || (strcmp(fs, "xfs") && strcmp(fs, "overlay"));
}

static void unlinked(void)
{
	static const struct urfs_op op = { RFS_OP_UNLINK, URFS_OP_PRE | URFS_OP_POST };
	struct urfs_msg m;
	struct stat st;
	int pre, post;
	pid_t c;

	make(tpath("f"), "victim");
	begin(raw_dir(), &op, 1);
	c = raw_fork();
	if (!c)
		_exit(unlink(tpath("f")) ? errno : 0);
	asked(&m, RFS_OP_UNLINK, false);
	pre = open_object(&m, RFS_FIRST);
	want(pre >= 0);
	if (reads_under_lock())
		want_content(pre, "victim");
	want_eq(open_object(&m, RFS_FIRST_PARENT), -EISDIR);
	want_eq(open_object(&m, RFS_SECOND), -ENOENT);
	want_eq(open_object(&m, RFS_SECOND_PARENT), -ENOENT);
	want_eq(raw_allow(&r, &m), 0);
	asked(&m, RFS_OP_UNLINK, true);
	post = open_object(&m, RFS_FIRST);
	want(post >= 0);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	want_eq(open_object(&m, RFS_FIRST), -ESRCH);
	want_content(pre, "victim");
	want_content(post, "victim");
	want_eq(fstat(post, &st), 0);
	want_eq(st.st_nlink, 0);
	close(pre);
	close(post);
	end();
}

/* What is being made: nobody else finds it before its directory is unlocked, or ever. */
static void made(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_CREATE, URFS_OP_PRE | URFS_OP_POST },
					      { RFS_OP_TMPFILE, URFS_OP_PRE | URFS_OP_POST } };
	struct urfs_msg m;
	/* overlayfs has none before 6.3 */
	int fd = open(raw_dir(), O_TMPFILE | O_RDWR, 0644), f;
	bool nameless = fd >= 0;
	struct stat st;
	pid_t c;

	if (nameless)
		close(fd);
	begin(raw_dir(), ops, 2);
	unlink(tpath("new"));
	c = raw_fork();
	if (!c) {
		f = open(tpath("new"), O_CREAT | O_EXCL | O_RDWR, 0644);
		want(f >= 0);
		want_eq(write(f, "written", 7), 7);
		f = nameless ? open(raw_dir(), O_TMPFILE | O_RDWR, 0644) : -1;
		if (nameless)
			want_eq(write(f, "nameless", 8), 8);
		_exit(0);
	}
	asked(&m, RFS_OP_CREATE, false);
	want_eq(open_object(&m, RFS_FIRST), -ENOENT);
	want_eq(raw_allow(&r, &m), 0);
	asked(&m, RFS_OP_CREATE, true);
	fd = open_object(&m, RFS_FIRST);
	want(fd >= 0);
	want_eq(fstat(fd, &st), 0);
	want_eq(st.st_size, 0);
	want_eq(raw_allow(&r, &m), 0);
	if (nameless) {
		asked(&m, RFS_OP_TMPFILE, false);
		want_eq(open_object(&m, RFS_FIRST), -ENOENT);
		want_content(fd, "written");
		close(fd);
		want_eq(raw_allow(&r, &m), 0);
		asked(&m, RFS_OP_TMPFILE, true);
		fd = open_object(&m, RFS_FIRST);
		want_eq(raw_allow(&r, &m), 0);
	}
	want_eq(raw_wait(c), 0);
	want_content(fd, nameless ? "nameless" : "written");
	want_eq(fstat(fd, &st), 0);
	want_eq(st.st_nlink, !nameless);
	close(fd);
	end();
}

static void two_names(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_RENAME, URFS_OP_PRE },
					      { RFS_OP_LINK, URFS_OP_PRE | URFS_OP_POST } };
	int mover, victim, linked[2];
	struct urfs_msg m;
	pid_t c;

	make(tpath("mover"), "moved");
	make(tpath("victim"), "lost");
	begin(raw_dir(), ops, 2);
	c = raw_fork();
	if (!c) {
		want_eq(rename(tpath("mover"), tpath("victim")), 0);
		want_eq(link(tpath("victim"), tpath("linked")), 0);
		_exit(0);
	}
	asked(&m, RFS_OP_RENAME, false);
	mover = open_object(&m, RFS_FIRST);
	victim = open_object(&m, RFS_SECOND);
	want_eq(raw_allow(&r, &m), 0);
	asked(&m, RFS_OP_LINK, false);
	want_eq(open_object(&m, RFS_SECOND), -ENOENT);
	want_eq(raw_allow(&r, &m), 0);
	asked(&m, RFS_OP_LINK, true);
	linked[0] = open_object(&m, RFS_FIRST);
	linked[1] = open_object(&m, RFS_SECOND);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	want_content(mover, "moved");
	want_content(victim, "lost");
	want_content(linked[0], "moved");
	want_content(linked[1], "moved");
	close(mover);
	close(victim);
	close(linked[0]);
	close(linked[1]);
	unlink(tpath("linked"));
	end();
}

/* ---- What is refused ---- */

static void refused(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_MKDIR, URFS_OP_POST },
					      { RFS_OP_MKNOD, URFS_OP_POST },
					      { RFS_OP_SYMLINK, URFS_OP_POST },
					      { RFS_OP_UNLINK, URFS_OP_PRE },
					      { RFS_OP_OPEN, URFS_OP_PRE | URFS_OP_PRE_NOTIFY } };
	struct urfs_open_object o;
	struct urfs_msg m;
	pid_t c;

	make(tpath("f"), "content");
	begin(raw_dir(), ops, 5);
	c = raw_fork();
	if (!c) {
		want_eq(mkdir(tpath("d"), 0755), 0);
		want_eq(mkfifo(tpath("p"), 0644), 0);
		want_eq(symlink("f", tpath("s")), 0);
		want_eq(unlink(tpath("p")), 0);
		want_eq(try_open(tpath("f")), 0);
		_exit(0);
	}
	asked(&m, RFS_OP_MKDIR, true);
	want_eq(open_object(&m, RFS_FIRST), -EISDIR);
	want_eq(open_object(&m, 4), -EINVAL);
	want_eq(open_object_of(m.id + 1000000, RFS_FIRST), -ESRCH);
	o = (struct urfs_open_object){ .id = m.id, .flags = 1 };
	want_errno(ioctl(r.fd, URFS_IOC_OPEN_OBJECT, &o), EINVAL);
	o = (struct urfs_open_object){ .id = m.id, .fd = -1 };
	want_errno(ioctl(r.fd, URFS_IOC_OPEN_OBJECT, &o), EINVAL);
	want_errno(ioctl(r.fd, URFS_IOC_OPEN_OBJECT, NULL), EFAULT);
	want_eq(raw_allow(&r, &m), 0);
	asked(&m, RFS_OP_MKNOD, true);
	want_eq(open_object(&m, RFS_FIRST), -ENXIO);
	want_eq(raw_allow(&r, &m), 0);
	asked(&m, RFS_OP_SYMLINK, true);
	want_eq(open_object(&m, RFS_FIRST), -ELOOP);
	want_eq(raw_allow(&r, &m), 0);
	asked(&m, RFS_OP_UNLINK, false);
	want_eq(open_object(&m, RFS_FIRST), -ENXIO);
	want_eq(raw_allow(&r, &m), 0);
	asked(&m, RFS_OP_OPEN, false);
	want(m.flags & URFS_MSG_NOTIFY);
	want_eq(open_object(&m, RFS_FIRST), -ESTALE);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(open_object(&m, RFS_FIRST), -ESRCH);
	want_eq(raw_wait(c), 0);
	/* somebody has a lease on the file, and is not waited for */
	signal(SIGIO, SIG_IGN);
	{
		int fd = open(tpath("f"), O_RDWR);

		want(fd >= 0);
		if (!fcntl(fd, F_SETLEASE, F_WRLCK)) {
			c = raw_fork();
			if (!c)
				_exit(unlink(tpath("f")) ? errno : 0);
			asked(&m, RFS_OP_UNLINK, false);
			want_eq(open_object(&m, RFS_FIRST), -EAGAIN);
			want_eq(raw_deny(&r, &m, EPERM), 0);
			want_eq(raw_wait(c), EPERM);
		}
		close(fd);
	}
	end();
	rmdir(tpath("d"));
	unlink(tpath("s"));
	unlink(tpath("f"));
}

/* ---- Ends ---- */

/* The caller is killed while its object is being opened: there is a file, or there is none. */
static void killed(void)
{
	static const struct urfs_op op = { RFS_OP_OPEN, URFS_OP_PRE };
	int i, fd, got = 0, stale = 0;
	struct urfs_msg m;
	pid_t c;

	make(tpath("f"), "content");
	begin(raw_dir(), &op, 1);
	for (i = 0; i < 60; i++) {
		c = child_open(tpath("f"));
		/* the one before was cancelled */
		do
			want(raw_next(&r, &m, 10000 * raw_scale()));
		while (m.type != URFS_MSG_CALLBACK);
		kill(c, SIGKILL);
		/* every other time it may be gone before */
		if (i % 2)
			raw_wait(c);
		fd = open_object(&m, RFS_FIRST);
		if (fd >= 0) {
			want_content(fd, "content");
			close(fd);
			got++;
		} else {
			want_eq(fd, -ESTALE);
			stale++;
		}
		raw_allow(&r, &m);
		if (!(i % 2))
			raw_wait(c);
	}
	want(stale >= 30);
	printf("of 60 callers %d were there still\n", got);
	end();
}

/* A file system of its own, unmounted with the descriptor open. */
static void unmounted(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_PRE }, { RFS_OP_UNLINK, URFS_OP_PRE } };
	struct urfs_msg m;
	int fd;
	pid_t c;

	mkdir(tpath("mnt"), 0755);
	want_eq(mount("none", tpath("mnt"), "tmpfs", 0, NULL), 0);
	make(tpath("mnt/f"), "content");
	begin(tpath("mnt"), ops, 2);
	c = child_open(tpath("mnt/f"));
	asked(&m, RFS_OP_OPEN, false);
	fd = open_object(&m, RFS_FIRST);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	want_errno(umount(tpath("mnt")), EBUSY);
	want_content(fd, "content");
	close(fd);
	c = raw_fork();
	if (!c)
		_exit(unlink(tpath("mnt/f")) ? errno : 0);
	asked(&m, RFS_OP_UNLINK, false);
	fd = open_object(&m, RFS_FIRST);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	/* it brought a mount of its own */
	want_eq(umount(tpath("mnt")), 0);
	want_content(fd, "content");
	end();
	want_content(fd, "content");
	close(fd);
	rmdir(tpath("mnt"));
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	PART(past_filters);
	PART(unnoticed);
	PART(unlinked);
	PART(made);
	PART(two_names);
	PART(refused);
	PART(killed);
	PART(unmounted);
	return 0;
}
