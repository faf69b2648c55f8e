// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: every member of an event has the value that stat, the clocks, the caller and the call itself say
 * fs: ext4 tmpfs
 * load: redirfs urfs fcdl
 * timeout: 90
 */
#include <grp.h>
#include <linux/fs.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "fcdl_raw.h"

/* What the kernel of a 64-bit machine adds to each open */
#define LARGEFILE 0100000

static const char *fs(void)
{
	return getenv("FS");
}

static unsigned long long clock_now(clockid_t clock)
{
	struct timespec t;

	want_eq(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

struct moment {
	unsigned long long mono, wall, boot;
};

static struct moment now(void)
{
	return (struct moment){ clock_now(CLOCK_MONOTONIC), clock_now(CLOCK_REALTIME), clock_now(CLOCK_BOOTTIME) };
}

/* The next event is this one, of success, and was made since then. */
static const struct fcdl_event *next_is(struct log *l, const struct moment *since, unsigned int op, const char *first,
					const char *second)
{
	const struct fcdl_event *e = log_event(l);
	struct moment until = now();

	log_want(e, op, first, second);
	want_eq(e->result, 0);
	want_eq(e->flags & ~FCDL_EVENT_ATTR, 0);
	want_eq(e->reserved, 0);
	want_eq(e->caller.reserved, 0);
	want_eq(e->record.type, FCDL_EVENT);
	want_eq(e->record.fixed, sizeof(*e));
	want(e->record.mono_ns >= since->mono && e->record.mono_ns <= until.mono);
	want(e->record.wall_ns >= since->wall && e->record.wall_ns <= until.wall);
	want(e->record.boot_ns >= since->boot && e->record.boot_ns <= until.boot);
	want_eq(e->path_flags[0], RFS_PATHF_RULE);
	want_eq(e->path_flags[1], second ? RFS_PATHF_RULE : 0);
	return e;
}

static struct stat stat_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		die("%s: %s", path, strerror(errno));
	return st;
}

static void is_object(const struct fcdl_event *e, int which, const struct stat *st)
{
	const struct rfs_object *o = &e->object[which];

	want(e->objects & (1U << which));
	want_eq(o->valid, RFS_OBJECT_EXISTS);
	want_eq(o->dev, st->st_dev);
	want_eq(o->ino, st->st_ino);
	want_eq(o->mode, st->st_mode);
	want_eq(o->nlink, st->st_nlink);
	want_eq(o->uid, st->st_uid);
	want_eq(o->gid, st->st_gid);
	want_eq(o->size, st->st_size);
	want_eq(o->rdev, st->st_rdev);
}

static void no_object(const struct fcdl_event *e, int which)
{
	static const struct rfs_object none;

	want_eq(memcmp(&e->object[which], &none, sizeof(none)), 0);
}

#define in_child(...)                       \
	do {                                \
		pid_t pid_ = raw_fork();    \
		if (!pid_) {                \
			__VA_ARGS__;        \
			_exit(0);           \
		}                           \
		want_eq(raw_wait(pid_), 0); \
	} while (0)

static bool put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* ---- Who ---- */

static volatile struct {
	unsigned long long mnt_ns;
	pid_t tid;
	bool go;
} * shared;

static void *in_thread(void *arg)
{
	shared->tid = gettid();
	prctl(PR_SET_NAME, "a thread");
	want_eq(mkdir(arg, 0700), 0);
	return NULL;
}

static void who(void)
{
	char line[4096] = "", dir[4200], procs[4300], exe[4096] = "";
	struct stat me = {}, cgroup;
	const struct rfs_caller *c;
	const struct fcdl_event *e;
	struct moment since;
	pid_t pid;
	struct log l;
	FILE *f;

	want_eq(stat("/proc/self/exe", &me), 0);
	want(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	f = fopen("/proc/self/cgroup", "r");
	want(f && fgets(line, sizeof(line), f));
	fclose(f);
	line[strcspn(line, "\n")] = 0;
	snprintf(dir, sizeof(dir), "/sys/fs/cgroup%s/fields", strchr(line, '/'));
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", dir);
	want_eq(mkdir(dir, 0755), 0);
	cgroup = stat_of(dir);
	log_open(&l, OPS_NAMES | OP(FCDL_OP_CLOSE_WRITE), 0, raw_dir());
	want_eq(chmod(raw_dir(), 0777), 0);
	since = now();
	pid = raw_fork();
	if (!pid) {
		struct stat st;
		pthread_t t;

		want(put(procs, "0"));
		want_eq(unshare(CLONE_NEWNS), 0);
		want_eq(stat("/proc/self/ns/mnt", &st), 0);
		shared->mnt_ns = st.st_ino;
		want(put("/proc/self/loginuid", "1234"));
		prctl(PR_SET_NAME, "the \"caller\"");
		want_eq(setgroups(0, NULL), 0);
		want_eq(setresgid(1001, 1002, 1003), 0);
		want_eq(setresuid(1004, 1005, 1006), 0);
		want_eq(mkdir(tpath("who"), 0700), 0);
		want_eq(pthread_create(&t, NULL, in_thread, (void *)tpath("thread")), 0);
		want_eq(pthread_join(t, NULL), 0);
		/* what it does not close itself, its end does */
		want_eq(write(open(tpath("left"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600), "x", 1), 1);
		_exit(0);
	}
	want_eq(raw_wait(pid), 0);
	e = next_is(&l, &since, RFS_OP_MKDIR, tpath("who"), NULL);
	c = &e->caller;
	want_eq(c->flags, RFS_CALLER_EXE);
	want_eq(c->pid, pid);
	want_eq(c->tid, pid);
	want_eq(c->ppid, getpid());
	want_eq(c->uid, 1004);
	want_eq(c->euid, 1005);
	want_eq(c->gid, 1001);
	want_eq(c->egid, 1002);
	want_eq(c->loginuid, 1234);
	want(c->sessionid != (unsigned int)-1);
	want_eq(c->cgroup_id, cgroup.st_ino);
	want_eq(c->mnt_ns, shared->mnt_ns);
	want(shared->mnt_ns != stat_of("/proc/self/ns").st_ino);
	want_eq(c->exe_dev, me.st_dev);
	want_eq(c->exe_ino, me.st_ino);
	want_eq(strcmp(c->comm, "the \"caller\""), 0);
	want_eq(strcmp(log_string(e, &e->exe), exe), 0);
	want_eq(e->exe.length, strlen(exe));

	e = next_is(&l, &since, RFS_OP_MKDIR, tpath("thread"), NULL);
	want_eq(e->caller.pid, pid);
	want_eq(e->caller.tid, shared->tid);
	want(shared->tid != pid);
	want_eq(strcmp(e->caller.comm, "a thread"), 0);

	next_is(&l, &since, RFS_OP_CREATE, tpath("left"), NULL);
	e = next_is(&l, &since, FCDL_OP_CLOSE_WRITE, tpath("left"), NULL);
	want_eq(e->caller.pid, pid);
	want_eq(e->caller.uid, 1004);
	want_eq(e->caller.flags, 0);
	want_eq(e->exe.offset, 0);
	log_close(&l);
	rmdir(tpath("who"));
	rmdir(tpath("thread"));
	unlink(tpath("left"));
	wait_until(!rmdir(dir));
}

/* ---- Objects ---- */

static void objects(void)
{
	struct stat dir, dir2, a, b, old;
	const struct fcdl_event *e;
	struct moment since;
	struct log l;
	int fd, gen = 0;

	want_eq(mkdir(tpath("o"), 0755), 0);
	want_eq(chown(tpath("o"), 21, 22), 0);
	want_eq(mkdir(tpath("o2"), 0755), 0);
	log_open(&l, OPS_NAMES | OP(FCDL_OP_CLOSE_WRITE), 0, raw_dir());

	/* a file, with everything that tells it from others */
	since = now();
	in_child({
		umask(027);
		fd = open(tpath("o/a"), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 04666);
		want(fd >= 0);
		want_eq(fchown(fd, 31, 32), 0);
		want_eq(write(fd, "0123456", 7), 7);
		close(fd);
	});
	a = stat_of(tpath("o/a"));
	dir = stat_of(tpath("o"));
	e = next_is(&l, &since, RFS_OP_CREATE, tpath("o/a"), NULL);
	want_eq(e->objects, 1 << RFS_FIRST | 1 << RFS_FIRST_PARENT);
	want_eq(e->object[RFS_FIRST].ino, a.st_ino);
	want_eq(e->object[RFS_FIRST].uid, 0);
	want_eq(e->mode, S_IFREG | 04640);
	is_object(e, RFS_FIRST_PARENT, &dir);
	no_object(e, RFS_SECOND);
	no_object(e, RFS_SECOND_PARENT);
	e = next_is(&l, &since, FCDL_OP_CLOSE_WRITE, tpath("o/a"), NULL);
	is_object(e, RFS_FIRST, &a);
	is_object(e, RFS_FIRST_PARENT, &dir);
	want_eq(a.st_size, 7);
	want_eq(e->open_flags & ~LARGEFILE & ~O_CLOEXEC, O_WRONLY);
	fd = open(tpath("o/a"), O_RDONLY | O_CLOEXEC);
	if (!ioctl(fd, FS_IOC_GETVERSION, &gen))
		want_eq(e->object[RFS_FIRST].generation, (unsigned int)gen);
	want_eq(!!gen, !strcmp(fs(), "ext4"));
	close(fd);

	/* a link, which is in another directory */
	since = now();
	in_child(want_eq(link(tpath("o/a"), tpath("o2/b")), 0));
	a = stat_of(tpath("o/a"));
	dir2 = stat_of(tpath("o2"));
	e = next_is(&l, &since, RFS_OP_LINK, tpath("o/a"), tpath("o2/b"));
	want_eq(a.st_nlink, 2);
	is_object(e, RFS_FIRST, &a);
	is_object(e, RFS_SECOND_PARENT, &dir2);

	/* a device, and a link to nowhere */
	since = now();
	in_child({
		want_eq(mknod(tpath("o/n"), S_IFBLK | 0600, makedev(259, 0x12345)), 0);
		want_eq(symlink("no/where", tpath("o/s")), 0);
	});
	b = stat_of(tpath("o/n"));
	e = next_is(&l, &since, RFS_OP_MKNOD, tpath("o/n"), NULL);
	is_object(e, RFS_FIRST, &b);
	want_eq(e->rdev, makedev(259, 0x12345));
	want_eq(b.st_rdev, makedev(259, 0x12345));
	b = stat_of(tpath("o/s"));
	dir = stat_of(tpath("o"));
	e = next_is(&l, &since, RFS_OP_SYMLINK, tpath("o/s"), NULL);
	is_object(e, RFS_FIRST, &b);
	is_object(e, RFS_FIRST_PARENT, &dir);
	want_eq(strcmp(log_string(e, &e->target), "no/where"), 0);
	want_eq(e->target.length, 8);

	/* renamed over another one, which is gone by that; and exchanged */
	in_child(touch(tpath("o2/c")));
	next_is(&l, &since, RFS_OP_CREATE, tpath("o2/c"), NULL);
	old = stat_of(tpath("o2/c"));
	since = now();
	in_child(want_eq(rename(tpath("o/a"), tpath("o2/c")), 0));
	a = stat_of(tpath("o2/c"));
	dir = stat_of(tpath("o"));
	dir2 = stat_of(tpath("o2"));
	e = next_is(&l, &since, RFS_OP_RENAME, tpath("o/a"), tpath("o2/c"));
	want_eq(e->objects, 15);
	want_eq(e->rename_flags, 0);
	is_object(e, RFS_FIRST, &a);
	is_object(e, RFS_FIRST_PARENT, &dir);
	is_object(e, RFS_SECOND_PARENT, &dir2);
	old.st_nlink = 0;
	is_object(e, RFS_SECOND, &old);
	since = now();
	in_child(want_eq(renameat2(AT_FDCWD, tpath("o2/c"), AT_FDCWD, tpath("o/s"), RENAME_EXCHANGE), 0));
	a = stat_of(tpath("o/s"));
	b = stat_of(tpath("o2/c"));
	e = next_is(&l, &since, RFS_OP_RENAME, tpath("o2/c"), tpath("o/s"));
	want_eq(e->rename_flags, RENAME_EXCHANGE);
	is_object(e, RFS_FIRST, &a);
	is_object(e, RFS_SECOND, &b);

	/* gone, with its name */
	since = now();
	in_child({
		want_eq(unlink(tpath("o2/b")), 0);
		want_eq(unlink(tpath("o/s")), 0);
	});
	e = next_is(&l, &since, RFS_OP_UNLINK, tpath("o2/b"), NULL);
	want_eq(e->object[RFS_FIRST].nlink, 1);
	e = next_is(&l, &since, RFS_OP_UNLINK, tpath("o/s"), NULL);
	a.st_nlink = 0;
	is_object(e, RFS_FIRST, &a);
	log_close(&l);
	unlink(tpath("o2/c"));
	unlink(tpath("o/n"));
}

/* ---- Opening ---- */

#define OPEN_FLAGS(e) ((e)->open_flags & ~LARGEFILE)

static void opening(void)
{
	const unsigned int flags = O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC;
	const struct fcdl_event *e;
	struct moment since = now();
	struct stat st;
	struct log l;

	log_open(&l, OP(RFS_OP_CREATE) | OP(RFS_OP_OPEN) | OP(RFS_OP_TMPFILE) | OP(RFS_OP_RELEASE), 0, raw_dir());
	in_child({
		int fd;

		/* the first one creates it, the second one says that it may */
		close(open(tpath("f"), (int)flags, 0600));
		close(open(tpath("f"), (int)flags, 0600));
		fd = open(raw_dir(), O_TMPFILE | O_RDWR, 0640);
		want(fd >= 0);
		close(fd);
	});
	e = next_is(&l, &since, RFS_OP_CREATE, tpath("f"), NULL);
	want_eq(e->mode, S_IFREG | 0600);
	e = next_is(&l, &since, RFS_OP_OPEN, tpath("f"), NULL);
	want_eq(e->op_flags & RFS_OPF_CREATED, RFS_OPF_CREATED);
	want_eq(OPEN_FLAGS(e) & ~O_CLOEXEC, flags & ~O_CLOEXEC);
	e = next_is(&l, &since, RFS_OP_RELEASE, tpath("f"), NULL);
	want_eq(OPEN_FLAGS(e) & ~(O_CLOEXEC | O_CREAT), flags & ~(O_CLOEXEC | O_CREAT));
	e = next_is(&l, &since, RFS_OP_OPEN, tpath("f"), NULL);
	want_eq(e->op_flags & RFS_OPF_CREATED, 0);
	want_eq(OPEN_FLAGS(e) & ~O_CLOEXEC, flags & ~O_CLOEXEC);
	next_is(&l, &since, RFS_OP_RELEASE, tpath("f"), NULL);
	/* unnamed: a name in the directory, which is not there; it is opened in the course of being made */
	e = log_event(&l);
	want_eq(e->op, RFS_OP_OPEN);
	want_eq(e->op_flags & RFS_OPF_CREATED, RFS_OPF_CREATED);
	e = log_event(&l);
	want_eq(e->op, RFS_OP_TMPFILE);
	want(e->path_flags[0] & RFS_PATHF_DELETED);
	want_eq(e->mode, S_IFREG | 0640);
	want_eq(OPEN_FLAGS(e) & (O_ACCMODE | O_TMPFILE), O_TMPFILE | O_RDWR);
	want_eq(e->object[RFS_FIRST].nlink, 0);
	st = stat_of(raw_dir());
	want_eq(e->object[RFS_FIRST_PARENT].ino, st.st_ino);
	log_close(&l);
	unlink(tpath("f"));
}

/* ---- Attributes ---- */

static void attributes(void)
{
	const struct timespec times[2] = { { 1000000001, 123000000 }, { -2, 456000000 } };
	const struct fcdl_event *e;
	struct moment since = now();
	struct log l;

	touch(tpath("at"));
	log_open(&l, OP(RFS_OP_SETATTR), 0, raw_dir());
	in_child({
		int fd = open(tpath("at"), O_RDWR | O_CLOEXEC);

		want_eq(chmod(tpath("at"), 0612), 0);
		want_eq(chown(tpath("at"), 41, 42), 0);
		want_eq(truncate(tpath("at"), 5), 0);
		want_eq(ftruncate(fd, 9), 0);
		want_eq(utimensat(AT_FDCWD, tpath("at"), times, 0), 0);
		want_eq(utimensat(AT_FDCWD, tpath("at"), NULL, 0), 0);
		close(open(tpath("at"), O_RDWR | O_TRUNC | O_CLOEXEC));
		close(fd);
	});
#define NEXT(bits)                                                                                                    \
	do {                                                                                                          \
		e = next_is(&l, &since, RFS_OP_SETATTR, tpath("at"), NULL);                                           \
		want_eq(e->flags, FCDL_EVENT_ATTR);                                                                   \
		/* what changes besides is the file system's and the kernel's affair */                               \
		want_eq(e->attr.valid &                                                                               \
				~(RFS_ATTR_CTIME | RFS_ATTR_KILL_PRIV | ((bits)&RFS_ATTR_SIZE ? RFS_ATTR_MTIME : 0)), \
			bits);                                                                                        \
	} while (0)
	NEXT(RFS_ATTR_MODE);
	want_eq(e->attr.mode, S_IFREG | 0612);
	NEXT(RFS_ATTR_UID | RFS_ATTR_GID);
	want_eq(e->attr.uid, 41);
	want_eq(e->attr.gid, 42);
	NEXT(RFS_ATTR_SIZE);
	want_eq(e->attr.size, 5);
	want_eq(e->object[RFS_FIRST].size, 5);
	NEXT(RFS_ATTR_SIZE | RFS_ATTR_FILE);
	want_eq(e->attr.size, 9);
	NEXT(RFS_ATTR_ATIME | RFS_ATTR_MTIME | RFS_ATTR_ATIME_SET | RFS_ATTR_MTIME_SET | RFS_ATTR_TIMES_SET);
	want_eq(e->attr.atime_sec, 1000000001);
	want_eq(e->attr.atime_nsec, 123000000);
	want_eq(e->attr.mtime_sec, -2);
	want_eq(e->attr.mtime_nsec, 456000000);
	NEXT(RFS_ATTR_ATIME | RFS_ATTR_MTIME);
	NEXT(RFS_ATTR_SIZE | RFS_ATTR_OPEN | RFS_ATTR_FILE);
	want_eq(e->attr.size, 0);
	log_close(&l);
	unlink(tpath("at"));
}

/* ---- No place ---- */

/* A file that is opened by handle while no name of it is in memory; tmpfs has all names in memory, always. */
static void unplaced(void)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = { .h.handle_bytes = MAX_HANDLE_SZ };
	const struct fcdl_event *e;
	struct log placed, all;
	int id, dir, tries;
	struct stat st;

	if (strcmp(fs(), "ext4"))
		return;
	touch(tpath("nowhere"));
	st = stat_of(tpath("nowhere"));
	want_eq(name_to_handle_at(AT_FDCWD, tpath("nowhere"), &handle.h, &id, 0), 0);
	dir = open(raw_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	want(dir >= 0);
	log_open(&placed, OP(RFS_OP_OPEN), 0, raw_dir());
	log_open(&all, OP(RFS_OP_OPEN), FCDL_SETUP_UNPLACED, raw_dir());
	for (tries = 0;; tries++) {
		/* what was in use a moment ago may stay; then again */
		want(tries < 20);
		sync();
		want(put("/proc/sys/vm/drop_caches", "2"));
		in_child({
			int fd = open_by_handle_at(dir, &handle.h, O_RDONLY | O_CLOEXEC);

			want(fd >= 0);
		});
		e = log_event(&all);
		want_eq(e->op, RFS_OP_OPEN);
		want_eq(e->object[RFS_FIRST].ino, st.st_ino);
		if (e->path_flags[0] != RFS_PATHF_RULE)
			break;
		want_eq(log_status(&placed).events, tries + 1);
	}
	want_eq(e->path_flags[0], RFS_PATHF_UNPLACED);
	want_eq(e->path[0].offset, 0);
	want_eq(e->op_flags & RFS_OPF_UNPLACED, RFS_OPF_UNPLACED);
	want_eq(log_status(&placed).events, tries);
	log_close(&placed);
	log_close(&all);
	close(dir);
	unlink(tpath("nowhere"));
}

/* ---- Too long ---- */

/* A record that is longer than a quarter of the ring is lost, with that reason; those before and behind it are not. */
static void too_long(void)
{
	struct fcdl_setup s = { .ops = OPS_NAMES, .ring_size = FCDL_RING_MIN };
	const struct fcdl_record *r;
	unsigned long long told = 0;
	char name[251];
	struct log l;
	pid_t c;
	int i;

	memset(name, 'y', 250);
	name[250] = '\0';
	log_setup(&l, &s, 0);
	want_eq(s.record_max, FCDL_RING_MIN / 4);
	want_eq(log_path(&l, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
	shared->go = false;
	c = raw_fork();
	if (!c) {
		want_eq(chdir(raw_dir()), 0);
		for (i = 0; i < 70; i++) {
			want_eq(mkdir(name, 0700), 0);
			want_eq(chdir(name), 0);
			/* one at a time: all of them together are longer than the ring */
			wait_until(shared->go);
			shared->go = false;
		}
		for (i = 0; i < 70; i++) {
			want_eq(chdir(".."), 0);
			want_eq(rmdir(name), 0);
			wait_until(shared->go);
			shared->go = false;
		}
		_exit(0);
	}
	for (i = 0; i < 140; i++) {
		unsigned int depth = i < 70 ? i + 1 : 140 - i;
		/* its fixed part, what else it says, and the path */
		bool fits = sizeof(struct fcdl_event) + 200 + depth * 251 < s.record_max;

		do {
			want(l.at < l.used ||
			     poll(&(struct pollfd){ .fd = l.fd, .events = POLLIN }, 1, 10000 * raw_scale()));
			r = log_next(&l);
		} while (r->type == FCDL_NOTE);
		if (fits)
			want_eq(r->type, FCDL_EVENT);
		if (r->type == FCDL_EVENT) {
			const struct fcdl_event *e = (const void *)r;

			want_eq(e->path[0].length, strlen(raw_dir()) + depth * 251);
			want(r->size <= s.record_max);
			told++;
		} else {
			const struct fcdl_lost *lost = (const void *)r;

			want_eq(lost->count, 1);
			want_eq(lost->reasons, FCDL_LOST_LONG);
			want(sizeof(struct fcdl_event) + strlen(raw_dir()) + depth * 251 + 400 > s.record_max);
		}
		shared->go = true;
	}
	want_eq(raw_wait(c), 0);
	want(l.lost > 4 && told > 100);
	want_eq(l.lost + told, 140);
	log_close(&l);
}

/* ---- Denied, by whom, and whether that one was asked ---- */

static void denied(void)
{
	static const struct urfs_op mkdir_pre[] = { { RFS_OP_MKDIR, URFS_OP_PRE } };
	struct fcdlctl_policy policy = { .valid = FCDLCTL_POLICY_ON_TIMEOUT, .on_timeout = DENY(EROFS) };
	const struct fcdl_event *e;
	struct urfs_msg m;
	struct log l;
	struct raw r;
	pid_t c;
	int f;

	raw_open(&r, URFS_ARENA_MIN);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	f = raw_filter(&r, "strict", 50, raw_dir(), mkdir_pre, 1);
	want_eq(raw_deadline(&r, f, 60000), 0);
	log_open(&l, OPS_NAMES, FCDL_SETUP_FAILED, raw_dir());
	c = raw_fork();
	if (!c)
		_exit(mkdir(tpath("no"), 0700) ? errno : 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	/* and now it is late */
	want_eq(raw_deadline(&r, f, 20), 0);
	want_eq(raw_set_policy(&r, f, &policy), 0);
	in_child(want_errno(mkdir(tpath("no"), 0700), EROFS));
	e = log_event(&l);
	log_want(e, RFS_OP_MKDIR, tpath("no"), NULL);
	want_eq(e->result, -EXDEV);
	want_eq(e->flags, FCDL_EVENT_DENIED);
	want_eq(strcmp(log_string(e, &e->filter), "strict"), 0);
	want_eq(e->op_flags & (RFS_OPF_DEFAULT_DENY | RFS_OPF_DEFAULT_ALLOW), 0);
	e = log_event(&l);
	log_want(e, RFS_OP_MKDIR, tpath("no"), NULL);
	want_eq(e->result, -EROFS);
	want_eq(e->flags, FCDL_EVENT_DENIED);
	want_eq(strcmp(log_string(e, &e->filter), "strict"), 0);
	want_eq(e->op_flags & (RFS_OPF_DEFAULT_DENY | RFS_OPF_DEFAULT_ALLOW), RFS_OPF_DEFAULT_DENY);
	no_object(e, RFS_FIRST);
	want_eq(e->object[RFS_FIRST_PARENT].ino, stat_of(raw_dir()).st_ino);
	log_close(&l);
	munmap(r.arena, r.size);
	close(r.fd);
}

int main(void)
{
	shared = raw_shared(sizeof(*shared));
	who();
	objects();
	opening();
	attributes();
	unplaced();
	too_long();
	denied();
	return 0;
}
