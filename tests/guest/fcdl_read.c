// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: /dev/fcdl: what each record says, who is recorded and who not, what read() and poll() give, and every errno
 * fs: ext4 xfs btrfs tmpfs overlay
 * load: redirfs fcdl max_readers=20 ring_max_kib=256
 * timeout: 90
 */
#include <linux/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "fcdl_raw.h"

#define BAD_PTR ((void *)8)

static char exe[PATH_MAX];

/* Something done in a child: the reader's own process is not recorded. */
#define in_child(...)                       \
	do {                                \
		pid_t pid_ = raw_fork();    \
		if (!pid_) {                \
			__VA_ARGS__;        \
			_exit(0);           \
		}                           \
		last_child = pid_;          \
		want_eq(raw_wait(pid_), 0); \
	} while (0)

static pid_t last_child;

static int fresh(void)
{
	int fd = open("/dev/fcdl", O_RDONLY | O_CLOEXEC);

	want(fd >= 0);
	return fd;
}

static void no_more(struct log *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	char byte;

	want_eq(l->at, l->used);
	want_eq(poll(&p, 1, 0), 0);
	fcntl(l->fd, F_SETFL, O_NONBLOCK);
	want_errno(raw_read(l->fd, &byte, 1), EAGAIN);
	fcntl(l->fd, F_SETFL, 0);
}

/* ---- Errors ---- */

static void before_setup(void)
{
	struct fcdl_path path = { .path = (unsigned long)"/", .length = 1, .flags = SUBTREE };
	struct pollfd p = { .events = POLLIN };
	int fds[21], i, fd = fresh();
	struct fcdl_status status;
	struct stat st;
	char buf[64];

	want_eq(stat("/dev/fcdl", &st), 0);
	want_eq(st.st_mode, S_IFCHR | 0600);
	want_errno(raw_read(fd, buf, sizeof(buf)), ENOTCONN);
	want_errno(ioctl(fd, FCDL_IOC_SET_PATH, &path), ENOTCONN);
	want_errno(ioctl(fd, FCDL_IOC_RUN), ENOTCONN);
	want_errno(ioctl(fd, FCDL_IOC_STOP), ENOTCONN);
	want_errno(ioctl(fd, FCDL_IOC_STATUS, &status), ENOTCONN);
	want_errno(ioctl(fd, 0xfe77), ENOTCONN);
	want_errno(raw_write(fd, buf, 1), EBADF);
	p.fd = fd;
	want_eq(poll(&p, 1, 0), 1);
	want_eq(p.revents, POLLERR);
	close(fd);

	for (i = 0; i < 20; i++)
		fds[i] = fresh();
	want_errno(open("/dev/fcdl", O_RDONLY), EMFILE);
	close(fds[7]);
	fds[7] = fresh();
	for (i = 0; i < 20; i++)
		close(fds[i]);
}

static void bad_setups(void)
{
	struct fcdl_match match = { .key = FCDL_MATCH_UID, .first = 2, .last = 1 };
	const struct fcdl_setup ok = { .version = 1, .ops = OPS_NAMES };
	struct fcdl_setup s;
	int fd = fresh();

#define TRY(err, ...)                                             \
	do {                                                      \
		s = ok, __VA_ARGS__;                              \
		want_errno(ioctl(fd, FCDL_IOC_SETUP, &s), (err)); \
	} while (0)
	want_errno(ioctl(fd, FCDL_IOC_SETUP, BAD_PTR), EFAULT);
	TRY(EPROTO, s.version = 0);
	TRY(EPROTO, s.features = 1);
	TRY(EINVAL, s.flags = 16);
	TRY(EINVAL, s.ops = 0);
	TRY(EOPNOTSUPP, s.ops |= OP(RFS_OP_READ));
	TRY(EOPNOTSUPP, s.ops |= 1);
	TRY(EINVAL, s.policy = 3);
	TRY(EINVAL, s.policy = FCDL_POLICY_WAIT);
	TRY(EINVAL, s.policy = FCDL_POLICY_WAIT, s.deadline_ms = 1001);
	TRY(EINVAL, s.deadline_ms = 5);
	TRY(EINVAL, s.record_max = 1);
	TRY(EINVAL, s.reserved[1] = 1);
	TRY(EINVAL, s.nr_matches = 65, s.matches = (unsigned long)&match);
	TRY(EINVAL, s.matches = (unsigned long)&match);
	TRY(EFAULT, s.nr_matches = 1, s.matches = (unsigned long)BAD_PTR);
	TRY(EINVAL, s.nr_matches = 1, s.matches = (unsigned long)&match);
#undef TRY
	/* none of these changed anything */
	s = ok, s.version = 1000, s.ring_size = ~0ULL;
	want_eq(ioctl(fd, FCDL_IOC_SETUP, &s), 0);
	want_eq(s.version, 1);
	want_eq(s.ring_size, 256 * 1024);
	want_eq(s.record_max, 64 * 1024);
	s = ok;
	want_errno(ioctl(fd, FCDL_IOC_SETUP, &s), EALREADY);
	want_errno(ioctl(fd, 0xfe77), ENOTTY);
	want_errno(ioctl(fd, FCDL_IOC_STATUS, BAD_PTR), EFAULT);
	/* it is in use: the module stays */
	want(syscall(SYS_delete_module, "fcdl", O_NONBLOCK) < 0 && (errno == EWOULDBLOCK || errno == EBUSY));
	close(fd);
}

static void bad_paths(void)
{
	const struct fcdl_path ok = { .path = (unsigned long)raw_dir(), .length = strlen(raw_dir()), .flags = SUBTREE };
	struct fcdl_setup s = { .ops = OPS_NAMES };
	struct fcdl_path p;
	struct log l;

	log_setup(&l, &s, 0);
#define TRY(err, call, ...)                               \
	do {                                              \
		p = ok, __VA_ARGS__;                      \
		want_errno(ioctl(l.fd, call, &p), (err)); \
	} while (0)
	TRY(EINVAL, FCDL_IOC_SET_PATH, p.length = 0);
	TRY(EINVAL, FCDL_IOC_SET_PATH, p.length = 4096);
	TRY(EINVAL, FCDL_IOC_SET_PATH, p.length++);
	TRY(EINVAL, FCDL_IOC_SET_PATH, p.flags = RFS_PATH_INCLUDE);
	TRY(EINVAL, FCDL_IOC_SET_PATH, p.flags |= RFS_PATH_EXCLUDE);
	TRY(EINVAL, FCDL_IOC_SET_PATH, p.flags |= RFS_PATH_STALE);
	TRY(EFAULT, FCDL_IOC_SET_PATH, p.path = (unsigned long)BAD_PTR);
	TRY(EINVAL, FCDL_IOC_SET_PATH, p.path++, p.length--);
	TRY(ENOENT, FCDL_IOC_SET_PATH, p.path = (unsigned long)"/none", p.length = 5);
	TRY(EOPNOTSUPP, FCDL_IOC_SET_PATH, p.path = (unsigned long)"/proc", p.length = 5);
	TRY(EINVAL, FCDL_IOC_DEL_PATH, p.flags = SUBTREE);
	TRY(ENOENT, FCDL_IOC_DEL_PATH, p.flags = 0);
#undef TRY
	want_eq(log_path(&l, raw_dir(), SUBTREE), 0);
	want_eq(log_path(&l, raw_dir(), SUBTREE), RFS_PATH_REPLACED);
	p = ok, p.flags = 0;
	want_eq(ioctl(l.fd, FCDL_IOC_DEL_PATH, &p), 0);
	want_errno(ioctl(l.fd, FCDL_IOC_DEL_PATH, &p), ENOENT);
	/* and each change that was made is noted */
	want_eq(log_next(&l)->type, FCDL_NOTE);
	want_eq(l.last_note, FCDL_NOTE_SET_PATH);
	log_next(&l);
	want_eq(((const struct fcdl_note *)log_next(&l))->what, FCDL_NOTE_DEL_PATH);
	no_more(&l);
	log_close(&l);
}

/* Whoever can open it may read; making others wait, and forcing a file system, is for root. */
static void rights(void)
{
	chmod("/dev/fcdl", 0666);
	in_child({
		struct fcdl_setup s = { .version = 1, .ops = OPS_NAMES };
		struct fcdl_setup w = { .version = 1, .ops = OPS_NAMES, .policy = FCDL_POLICY_WAIT, .deadline_ms = 5 };
		struct fcdl_path p = { .path = (unsigned long)"/", .length = 1, .flags = SUBTREE | RFS_PATH_FORCE };
		int fd;

		want_eq(setuid(1000), 0);
		fd = fresh();
		want_errno(ioctl(fd, FCDL_IOC_SETUP, &w), EPERM);
		want_eq(ioctl(fd, FCDL_IOC_SETUP, &s), 0);
		want_errno(ioctl(fd, FCDL_IOC_SET_PATH, &p), EPERM);
	});
	chmod("/dev/fcdl", 0600);
}

/* ---- What records say ---- */

static void want_path(const struct fcdl_event *e, int which, const char *path)
{
	const char *said = log_string(e, &e->path[which]);

	if (strcmp(said, path))
		die("path %d of operation %u is '%s', not '%s'", which, e->op, said, path);
	want_eq(e->path[which].length, strlen(path));
}

static const struct fcdl_event *want_event(struct log *l, unsigned int op, const char *path)
{
	const struct fcdl_event *e = log_event(l);

	want_eq(e->op, op);
	want_path(e, 0, path);
	return e;
}

static void contents(void)
{
	unsigned long long before = now_ns(), last;
	const struct fcdl_event *e;
	const struct fcdl_note *n;
	struct stat st, dir;
	struct log l;

	log_open(&l, OPS_NAMES | OP(RFS_OP_SETATTR) | OP(RFS_OP_TMPFILE), 0, raw_dir());
	n = (const void *)log_next(&l);
	want_eq(n->what, FCDL_NOTE_SET_PATH);
	want_eq(strcmp(log_string(n, &n->path), raw_dir()), 0);
	want_eq(n->flags, SUBTREE);
	n = (const void *)log_next(&l);
	want_eq(n->what, FCDL_NOTE_RUN);
	want_eq(n->ops, OPS_NAMES | OP(RFS_OP_SETATTR) | OP(RFS_OP_TMPFILE));
	want_eq(n->record.seq, 1);

	in_child({
		int fd;

		umask(027);
		want_eq(setregid(7, 77), 0);
		want_eq(setreuid(0, 0), 0);
		prctl(PR_SET_NAME, "culprit");
		fd = open(tpath("a"), O_CREAT | O_EXCL | O_RDWR, 0666);
		want(fd >= 0);
		want_eq(write(fd, "12345", 5), 5);
		close(fd);
		want_eq(stat(tpath("a"), &st), 0);
		want_eq(rename(tpath("a"), tpath("b")), 0);
		want_eq(link(tpath("b"), tpath("c")), 0);
		want_eq(chmod(tpath("c"), 0604), 0);
		want_eq(unlink(tpath("b")), 0);
		want_eq(mkdir(tpath("d"), 0777), 0);
		want_eq(symlink("some\nwhere", tpath("d/l")), 0);
		want_eq(mknod(tpath("d/n"), S_IFCHR | 0600, makedev(1, 3)), 0);
		want_eq(rmdir(tpath("d")) ? errno : 0, ENOTEMPTY);
		unlink(tpath("d/l"));
		unlink(tpath("d/n"));
		want_eq(rmdir(tpath("d")), 0);
	});
	want_eq(stat(raw_dir(), &dir), 0);

	e = want_event(&l, RFS_OP_CREATE, tpath("a"));
	want(e->record.mono_ns >= before && e->record.mono_ns <= (unsigned long long)now_ns());
	want(e->record.wall_ns / 1000000000 <= (unsigned long long)time(NULL));
	want(e->record.boot_ns >= e->record.mono_ns);
	last = e->record.mono_ns;
	want_eq(e->result, 0);
	want_eq(e->mode, S_IFREG | 0640);
	want_eq(e->path_flags[0], RFS_PATHF_RULE);
	want(e->op_flags & RFS_OPF_LOCKED);
	want_eq(e->flags, 0);
	want_eq(e->objects, 1 << RFS_FIRST | 1 << RFS_FIRST_PARENT);
	want_eq(e->object[RFS_FIRST].mode, S_IFREG | 0640);
	want_eq(e->object[RFS_FIRST].nlink, 1);
	want_eq(e->object[RFS_FIRST].size, 0);
	want_eq(e->object[RFS_FIRST_PARENT].ino, dir.st_ino);
	want_eq(e->object[RFS_FIRST_PARENT].dev, dir.st_dev);
	want_eq(e->caller.pid, last_child);
	want_eq(e->caller.tid, last_child);
	want_eq(e->caller.ppid, getpid());
	want_eq(e->caller.uid, 0);
	want_eq(e->caller.gid, 7);
	want_eq(e->caller.egid, 77);
	want_eq(strcmp(e->caller.comm, "culprit"), 0);
	want(e->caller.mnt_ns != 0);
	want_eq(strcmp(log_string(e, &e->exe), exe), 0);

	e = want_event(&l, RFS_OP_RENAME, tpath("a"));
	want_path(e, 1, tpath("b"));
	want(e->record.mono_ns > last);
	want_eq(e->object[RFS_FIRST].size, 5);
	e = want_event(&l, RFS_OP_LINK, tpath("b"));
	want_path(e, 1, tpath("c"));
	e = want_event(&l, RFS_OP_SETATTR, tpath("c"));
	want(e->flags & FCDL_EVENT_ATTR);
	want(e->attr.valid & RFS_ATTR_MODE);
	want_eq(e->attr.mode & 07777, 0604);
	e = want_event(&l, RFS_OP_UNLINK, tpath("b"));
	want_eq(e->object[RFS_FIRST].nlink, 1);
	e = want_event(&l, RFS_OP_MKDIR, tpath("d"));
	want_eq(e->mode, S_IFDIR | 0750);
	e = want_event(&l, RFS_OP_SYMLINK, tpath("d/l"));
	want_eq(strcmp(log_string(e, &e->target), "some\nwhere"), 0);
	e = want_event(&l, RFS_OP_MKNOD, tpath("d/n"));
	want_eq(e->rdev, makedev(1, 3));
	/* the rmdir that failed is not here */
	want_event(&l, RFS_OP_UNLINK, tpath("d/l"));
	want_event(&l, RFS_OP_UNLINK, tpath("d/n"));
	want_event(&l, RFS_OP_RMDIR, tpath("d"));
	no_more(&l);
	want_eq(log_status(&l).events, l.events);
	want_eq(log_status(&l).read, l.events);
	want_eq(log_status(&l).lost, 0);
	want_eq(log_status(&l).used, 0);
	want_eq(log_status(&l).flags, FCDL_STATUS_RUNNING);
	unlink(tpath("c"));
	log_close(&l);
}

/* A path that is longer than PATH_MAX, which nobody can write, is told in full. */
static void long_path(void)
{
	char name[201], *path = malloc(16384), *end;
	const struct fcdl_event *e;
	struct log l;
	pid_t c;
	int i;

	memset(name, 'x', 200);
	name[200] = '\0';
	log_open(&l, OP(RFS_OP_MKDIR) | OP(RFS_OP_RMDIR), 0, raw_dir());
	c = raw_fork();
	if (!c) {
		want_eq(chdir(raw_dir()), 0);
		for (i = 0; i < 40; i++) {
			want_eq(mkdir(name, 0700), 0);
			want_eq(chdir(name), 0);
		}
		for (i = 0; i < 40; i++) {
			want_eq(chdir(".."), 0);
			want_eq(rmdir(name), 0);
		}
		_exit(0);
	}
	/* at once: all of them together are longer than the ring */
	end = path + sprintf(path, "%s", raw_dir());
	for (i = 0; i < 80; i++) {
		if (i < 40)
			end += sprintf(end, "/%s", name);
		else if (i > 40)
			*(end -= 201) = '\0';
		e = log_event(&l);
		want_eq(e->op, i < 40 ? RFS_OP_MKDIR : RFS_OP_RMDIR);
		want_path(e, 0, path);
		if (i == 40)
			want(e->path[0].length > 8000);
	}
	free(path);
	want_eq(raw_wait(c), 0);
	want_eq(l.lost, 0);
	no_more(&l);
	log_close(&l);
}

/* ---- Who is recorded ---- */

static void failed(void)
{
	const struct fcdl_event *e;
	struct log l;

	log_open(&l, OPS_NAMES, FCDL_SETUP_FAILED, raw_dir());
	in_child({
		want_eq(mkdir(tpath("f"), 0700), 0);
		want_eq(mkdir(tpath("f/g"), 0700), 0);
		want_eq(rmdir(tpath("f")) ? errno : 0, ENOTEMPTY);
		rmdir(tpath("f/g"));
		rmdir(tpath("f"));
	});
	want_event(&l, RFS_OP_MKDIR, tpath("f"));
	want_event(&l, RFS_OP_MKDIR, tpath("f/g"));
	e = want_event(&l, RFS_OP_RMDIR, tpath("f"));
	want_eq(e->result, -ENOTEMPTY);
	want_eq(e->flags, 0);
	want_event(&l, RFS_OP_RMDIR, tpath("f/g"));
	want_event(&l, RFS_OP_RMDIR, tpath("f"));
	no_more(&l);
	log_close(&l);
}

static void own(void)
{
	struct log without, with;

	log_open(&without, OPS_NAMES, 0, raw_dir());
	log_open(&with, OPS_NAMES, FCDL_SETUP_SELF, raw_dir());
	touch(tpath("mine"));
	unlink(tpath("mine"));
	want_event(&with, RFS_OP_CREATE, tpath("mine"));
	want_event(&with, RFS_OP_UNLINK, tpath("mine"));
	no_more(&with);
	log_next(&without);
	log_next(&without);
	no_more(&without);
	want_eq(log_status(&without).events, 0);
	log_close(&with);
	log_close(&without);
}

static void callers(void)
{
	const struct fcdl_match match[] = { { .key = FCDL_MATCH_EUID, .first = 1000, .last = 2000 },
					    { .key = FCDL_MATCH_COMM, .flags = FCDL_MATCH_EXCLUDE, .comm = "quiet" } };
	struct fcdl_setup s = { .ops = OPS_NAMES, .matches = (unsigned long)match, .nr_matches = 2 };
	static const struct {
		unsigned int uid;
		const char *comm, *name;
	} who[] = { { 999, "loud", "u1" },  { 1000, "loud", "u2" },  { 2000, "loud", "u3" },
		    { 2001, "loud", "u4" }, { 1500, "quiet", "u5" }, { 1500, "quieter", "u6" } };
	unsigned int i;
	struct log l;

	chmod(raw_dir(), 0777);
	log_setup(&l, &s, 0);
	want_eq(log_path(&l, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
	for (i = 0; i < 6; i++)
		in_child({
			want_eq(setuid(who[i].uid), 0);
			prctl(PR_SET_NAME, who[i].comm);
			want_eq(mkdir(tpath(who[i].name), 0700), 0);
		});
	want_event(&l, RFS_OP_MKDIR, tpath("u2"));
	want_event(&l, RFS_OP_MKDIR, tpath("u3"));
	want_event(&l, RFS_OP_MKDIR, tpath("u6"));
	no_more(&l);
	want_eq(log_status(&l).events, 3);
	for (i = 0; i < 6; i++)
		rmdir(tpath(who[i].name));
	log_close(&l);
}

/* ---- Closing what was changed ---- */

static int opened(const char *name, int flags)
{
	int fd = open(tpath(name), flags | O_CLOEXEC, 0644);

	want(fd >= 0);
	return fd;
}

static void closing(void)
{
	const struct fcdl_event *e;
	struct log l, both;
	int fd = opened("w", O_CREAT | O_RDWR);

	want_eq(write(fd, "0123456789", 10), 10);
	close(fd);
	log_open(&l, OP(FCDL_OP_CLOSE_WRITE), 0, raw_dir());
	log_open(&both, OP(FCDL_OP_CLOSE_WRITE) | OP(RFS_OP_RELEASE), 0, raw_dir());
	in_child({
		char *m, c;
		int i;

		prctl(PR_SET_NAME, "reads");
		fd = opened("w", O_RDONLY);
		want_eq(read(fd, &c, 1), 1);
		close(fd);
		prctl(PR_SET_NAME, "opens");
		close(opened("w", O_RDWR));
		prctl(PR_SET_NAME, "maps");
		fd = opened("w", O_RDWR);
		m = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
		want(m != MAP_FAILED);
		munmap(m, 4096);
		close(fd);
		/* the same bytes, within one tick of the clock */
		for (i = 0; i < 20; i++) {
			prctl(PR_SET_NAME, "writes");
			fd = opened("w", O_WRONLY);
			want_eq(pwrite(fd, "0", 1, 0), 1);
			close(fd);
		}
		prctl(PR_SET_NAME, "mapped");
		fd = opened("w", O_RDWR);
		m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		want(m != MAP_FAILED);
		close(fd);
		m[0] = '0';
		munmap(m, 4096);
		prctl(PR_SET_NAME, "truncs");
		close(opened("w", O_WRONLY | O_TRUNC));
		prctl(PR_SET_NAME, "creates");
		close(opened("w2", O_WRONLY | O_CREAT));
		prctl(PR_SET_NAME, "splices");
		fd = opened("w", O_WRONLY);
		{
			int p[2];

			want_eq(pipe(p), 0);
			want_eq(write(p[1], "xy", 2), 2);
			want_eq(splice(p[0], NULL, fd, NULL, 2, 0), 2);
		}
		close(fd);
	});
	while ((e = (const void *)log_next(&l))) {
		static int seen;
		static const char *const comms[] = { "mapped", "truncs", "splices" };

		if (e->record.type != FCDL_EVENT)
			continue;
		want_eq(e->op, FCDL_OP_CLOSE_WRITE);
		want(e->op_flags & RFS_OPF_CHANGED);
		want_path(e, 0, tpath("w"));
		want_eq(!!(e->op_flags & RFS_OPF_MAPPED), seen == 20);
		if (strcmp(e->caller.comm, seen < 20 ? "writes" : comms[seen - 20]))
			die("close %d by %s", seen, e->caller.comm);
		if (++seen == 23)
			break;
	}
	no_more(&l);
	/* each close once: those that changed nothing as release, directories and executed files among them */
	in_child(close(opened("w", O_RDWR)));
	ioctl(both.fd, FCDL_IOC_STOP);
	log_drain(&both);
	want_eq(both.ops[FCDL_OP_CLOSE_WRITE], 23);
	want_eq(both.ops[RFS_OP_RELEASE], 5);
	unlink(tpath("w"));
	unlink(tpath("w2"));
	log_close(&l);
	log_close(&both);
}

/* ---- read() ---- */

static void reading(void)
{
	struct pollfd p = { .events = POLLIN };
	const struct fcdl_record *r;
	struct fcdl_setup s = { .ops = OPS_NAMES };
	char buf[8192];
	unsigned int first;
	struct log l;
	ssize_t n;
	pid_t c;

	log_setup(&l, &s, 0);
	want_eq(log_path(&l, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
	/* two notes are there: not one byte less than the first; never a part of the second */
	want_errno(raw_read(l.fd, buf, 0), EMSGSIZE);
	want_errno(raw_read(l.fd, buf, 39), EMSGSIZE);
	want_errno(raw_read(l.fd, BAD_PTR, 8192), EFAULT);
	n = raw_read(l.fd, buf, 64 + strlen(raw_dir()) + 8);
	want(n > 64);
	r = (const void *)buf;
	want_eq(r->size, n);
	n = raw_read(l.fd, buf, sizeof(buf));
	want_eq(r->size, n);
	want_eq(((const struct fcdl_note *)r)->what, FCDL_NOTE_RUN);
	no_more(&l);

	/* one who waits is woken */
	c = raw_fork();
	if (!c) {
		want(raw_read(l.fd, buf, sizeof(buf)) > 500);
		want_eq(((const struct fcdl_event *)r)->op, RFS_OP_MKDIR);
		_exit(0);
	}
	in_child({ want_eq(mkdir(tpath("r1"), 0700), 0); });
	want_eq(raw_wait(c), 0);
	/* and by poll */
	p.fd = l.fd;
	want_eq(poll(&p, 1, 0), 0);
	in_child({
		want_eq(mkdir(tpath("r2"), 0700), 0);
		want_eq(mkdir(tpath("r3"), 0700), 0);
	});
	want_eq(poll(&p, 1, -1), 1);
	want_eq(p.revents, POLLIN);
	/* whole records, as many as fit */
	n = raw_read(l.fd, buf, 1000);
	first = r->size;
	want_eq(n, first);
	n = raw_read(l.fd, buf, sizeof(buf));
	want_eq(r->seq, 3);
	no_more(&l);

	/* after the end everything that was recorded is there, and then there is an end */
	in_child({ rmdir(tpath("r1")); });
	want_eq(ioctl(l.fd, FCDL_IOC_STOP), 0);
	in_child({
		rmdir(tpath("r2"));
		rmdir(tpath("r3"));
	});
	want_eq(log_status(&l).flags, 0);
	n = raw_read(l.fd, buf, sizeof(buf));
	want_eq(r->type, FCDL_EVENT);
	want_eq(r->seq, 4);
	r = (const void *)(buf + r->size);
	want_eq(((const struct fcdl_note *)r)->what, FCDL_NOTE_STOP);
	want_eq((const char *)r + r->size - buf, n);
	want_eq(raw_read(l.fd, buf, sizeof(buf)), 0);
	want_eq(poll(&p, 1, 0), 1);
	/* and on it goes */
	want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
	want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
	n = raw_read(l.fd, buf, sizeof(buf));
	want_eq(((const struct fcdl_note *)buf)->what, FCDL_NOTE_RUN);
	want_eq(n, sizeof(struct fcdl_note));
	log_close(&l);
}

int main(void)
{
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	want(n > 0);
	before_setup();
	bad_setups();
	bad_paths();
	rights();
	contents();
	long_path();
	failed();
	own();
	callers();
	closing();
	reading();
	return 0;
}
