// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: the log sees callers of io_uring, of 32 bits and of an overlay; readers elsewhere have their own pids and paths
 * fs: ext4 tmpfs
 * uses: fsop32
 * load: redirfs fcdl
 * timeout: 90
 */
#include <liburing.h>
#include <sys/mount.h>

#include "fcdl_raw.h"

/* Everything that was recorded has been told. */
static void log_end(struct log *l)
{
	const struct fcdl_record *r;

	want_eq(ioctl(l->fd, FCDL_IOC_STOP), 0);
	while ((r = log_next(l)))
		if (r->type == FCDL_EVENT)
			log_want((const void *)r, 0, "nothing more", NULL);
	log_close(l);
}

static const struct fcdl_event *next_is(struct log *l, unsigned int op, const char *first, const char *second)
{
	const struct fcdl_event *e = log_event(l);

	log_want(e, op, first, second);
	return e;
}

/* It is waited for. */
static void comes(struct log *l, unsigned int op, const char *first)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	if (l->at == l->used)
		want_eq(poll(&p, 1, 10000 * raw_scale()), 1);
	next_is(l, op, first, NULL);
}

/* In a child: a directory. Return: its exit code, 0 or the errno */
static int child_mkdir(const char *path)
{
	pid_t c = raw_fork();

	if (!c)
		_exit(mkdir(path, 0700) ? errno : 0);
	return raw_wait(c);
}

/* ---- io_uring ---- */

static struct io_uring ring;

/* What was prepared last, by a worker of the ring in any case; and what came of it */
static int ring_does(struct io_uring_sqe *sqe)
{
	struct io_uring_cqe *cqe;
	int res;

	io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
	/* a polling thread may not have noted yet that it took the last one, which counts again then */
	want(io_uring_submit(&ring) >= 1);
	while ((res = io_uring_wait_cqe(&ring, &cqe)) == -EINTR)
		;
	want_eq(res, 0);
	res = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	return res;
}

#define RING(prep, ...)                                              \
	({                                                           \
		struct io_uring_sqe *sqe_ = io_uring_get_sqe(&ring); \
		int res_;                                            \
		prep(sqe_, __VA_ARGS__);                             \
		res_ = ring_does(sqe_);                              \
		want(res_ >= 0);                                     \
		res_;                                                \
	})

/* @closed: a pipe that tells when the file is closed, which is when whoever wrote to it lets go of it too */
static void ring_work(unsigned int flags, int closed)
{
	char c;
	int fd;

	want_eq(prctl(PR_SET_NAME, "submitter"), 0);
	want_eq(setregid(5, 6), 0);
	want_eq(setreuid(3, 4), 0);
	want_eq(io_uring_queue_init(4, &ring, flags), 0);
	RING(io_uring_prep_mkdirat, AT_FDCWD, tpath("u/d"), 0700);
	fd = RING(io_uring_prep_openat, AT_FDCWD, tpath("u/d/f"), O_CREAT | O_WRONLY, 0600);
	want_eq(RING(io_uring_prep_write, fd, "ring", 4, 0), 4);
	RING(io_uring_prep_close, fd);
	while (read(closed, &c, 1) < 0)
		want_eq(errno, EINTR);
	RING(io_uring_prep_linkat, AT_FDCWD, tpath("u/d/f"), AT_FDCWD, tpath("u/g"), 0);
	RING(io_uring_prep_symlinkat, "f", AT_FDCWD, tpath("u/s"));
	RING(io_uring_prep_renameat, AT_FDCWD, tpath("u/g"), AT_FDCWD, tpath("u/h"), 0);
	RING(io_uring_prep_unlinkat, AT_FDCWD, tpath("u/d/f"), 0);
	RING(io_uring_prep_unlinkat, AT_FDCWD, tpath("u/d"), AT_REMOVEDIR);
	_exit(0);
}

/* Whichever thread of the kernel does it, it is the work of the process that asked for it. */
static void uring(unsigned int flags)
{
	const struct fcdl_match match = { .key = FCDL_MATCH_COMM, .comm = "submitter" };
	struct fcdl_setup s = { .ops = OPS_NAMES | OP(FCDL_OP_CLOSE_WRITE),
				.matches = (unsigned long)&match,
				.nr_matches = 1 };
	const struct fcdl_event *e;
	struct log l, named;
	unsigned int i;
	int closed[2];
	pid_t c;

	mkdir(tpath("u"), 0777);
	want_eq(chmod(tpath("u"), 0777), 0);
	log_open(&l, OPS_NAMES | OP(FCDL_OP_CLOSE_WRITE), 0, raw_dir());
	log_setup(&named, &s, 0);
	want_eq(log_path(&named, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(named.fd, FCDL_IOC_RUN), 0);
	want_eq(pipe2(closed, O_CLOEXEC), 0);
	c = raw_fork();
	if (!c)
		ring_work(flags, closed[0]);
	comes(&named, RFS_OP_MKDIR, tpath("u/d"));
	comes(&named, RFS_OP_CREATE, tpath("u/d/f"));
	comes(&named, FCDL_OP_CLOSE_WRITE, tpath("u/d/f"));
	want_eq(write(closed[1], "", 1), 1);
	want_eq(raw_wait(c), 0);
	close(closed[0]);
	close(closed[1]);
	for (i = 0; i < 8; i++) {
		e = log_event(&l);
		want_eq(e->caller.pid, c);
		want_eq(e->caller.ppid, getpid());
		want_eq(e->caller.uid, 3);
		want_eq(e->caller.euid, 4);
		want_eq(e->caller.gid, 5);
		want_eq(e->caller.egid, 6);
		if (strcmp(e->caller.comm, "submitter"))
			die("event %u is told to be by '%s'", i, e->caller.comm);
		/* a file is closed where its last user lets go of it */
		if (e->op == FCDL_OP_CLOSE_WRITE)
			continue;
		want(e->caller.flags & RFS_CALLER_IO_WORKER);
		want(e->caller.tid && e->caller.tid != e->caller.pid);
	}
	next_is(&named, RFS_OP_LINK, tpath("u/d/f"), tpath("u/g"));
	next_is(&named, RFS_OP_SYMLINK, tpath("u/s"), NULL);
	next_is(&named, RFS_OP_RENAME, tpath("u/g"), tpath("u/h"));
	next_is(&named, RFS_OP_UNLINK, tpath("u/d/f"), NULL);
	next_is(&named, RFS_OP_RMDIR, tpath("u/d"), NULL);
	log_end(&l);
	log_end(&named);
	want_eq(unlink(tpath("u/h")), 0);
	want_eq(unlink(tpath("u/s")), 0);
}

/* ---- 32 bits ---- */

static void compat(void)
{
	static const char *const lines[] = { "mkdir %s/c 755",	     "open wr+creat %s/c/f as x",
					     "write x text",	     "close x",
					     "rename %s/c/f %s/c/g", "unlink %s/c/g",
					     "rmdir %s/c",	     NULL };
	const unsigned int ops[] = { RFS_OP_MKDIR,  RFS_OP_CREATE, FCDL_OP_CLOSE_WRITE,
				     RFS_OP_RENAME, RFS_OP_UNLINK, RFS_OP_RMDIR };
	char program[4096], exe[4096];
	int in[2], i;
	struct log l;
	pid_t c;

	snprintf(program, sizeof(program), "%s/guest/helper/fsop32", getenv("BUILD"));
	want(realpath(program, exe));
	log_open(&l, OPS_NAMES | OP(FCDL_OP_CLOSE_WRITE), 0, raw_dir());
	want_eq(pipe(in), 0);
	for (i = 0; lines[i]; i++) {
		/* the second directory is there for those lines that want one */
		dprintf(in[1], lines[i], raw_dir(), raw_dir());
		want_eq(write(in[1], "\n", 1), 1);
	}
	close(in[1]);
	c = raw_fork();
	if (!c) {
		dup2(in[0], 0);
		execl(program, "fsop32", "-", NULL);
		die("%s: %s", program, strerror(errno));
	}
	close(in[0]);
	want_eq(raw_wait(c), 0);
	for (i = 0; i < 6; i++) {
		const struct fcdl_event *e = log_event(&l);

		want_eq(e->op, ops[i]);
		want_eq(e->caller.pid, c);
		want(e->caller.flags & RFS_CALLER_COMPAT);
		want_eq(strcmp(e->caller.comm, "fsop32"), 0);
		want_eq(strcmp(log_string(e, &e->exe), exe), 0);
	}
	log_end(&l);
}

/* ---- An overlay above ---- */

#define OVER "/tmp/fcdl_over"

static void overlay(void)
{
	struct log above, below;
	const struct fcdl_event *e;
	bool made = false;
	struct stat st;
	char opts[3 * 4300];
	pid_t c;
	int fd;

	want_eq(mkdir(tpath("lower"), 0755), 0);
	want_eq(mkdir(tpath("upper"), 0755), 0);
	want_eq(mkdir(tpath("work"), 0755), 0);
	want_eq(mkdir(OVER, 0755), 0);
	touch(tpath("lower/old"));
	snprintf(opts, sizeof(opts), "lowerdir=%s,upperdir=%s,workdir=%s", tpath("lower"), tpath("upper"),
		 tpath("work"));
	want_eq(mount("overlay", OVER, "overlay", 0, opts), 0);
	log_open(&above, OPS_NAMES | OP(FCDL_OP_CLOSE_WRITE) | OP(RFS_OP_SETATTR), 0, OVER);
	log_open(&below, OPS_NAMES, 0, tpath("upper"));
	c = raw_fork();
	if (!c) {
		want_eq(chdir(OVER), 0);
		fd = open("old", O_WRONLY | O_CLOEXEC);
		want(fd >= 0);
		want_eq(write(fd, "up", 2), 2);
		close(fd);
		want_eq(chmod("old", 0600), 0);
		touch("new");
		want_eq(mkdir("d", 0700), 0);
		want_eq(rename("new", "d/new"), 0);
		want_eq(unlink("old"), 0);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	want_eq(chdir(OVER), 0);
	want_eq(stat("d/new", &st), 0);
	want_eq(chdir("/"), 0);
	next_is(&above, FCDL_OP_CLOSE_WRITE, OVER "/old", NULL);
	next_is(&above, RFS_OP_SETATTR, OVER "/old", NULL);
	e = next_is(&above, RFS_OP_CREATE, OVER "/new", NULL);
	want_eq(e->caller.pid, c);
	next_is(&above, RFS_OP_MKDIR, OVER "/d", NULL);
	e = next_is(&above, RFS_OP_RENAME, OVER "/new", OVER "/d/new");
	want_eq(e->object[RFS_FIRST].ino, st.st_ino);
	want_eq(e->object[RFS_FIRST].dev, st.st_dev);
	next_is(&above, RFS_OP_UNLINK, OVER "/old", NULL);
	log_end(&above);
	/* what the overlay itself changes in its upper layer is the caller's doing too */
	want_eq(ioctl(below.fd, FCDL_IOC_STOP), 0);
	while ((e = (const void *)log_next(&below))) {
		if (e->record.type != FCDL_EVENT)
			continue;
		want_eq(e->caller.pid, c);
		made |= !strcmp(log_string(e, &e->path[0]), tpath("upper/new"));
	}
	want(made);
	log_close(&below);
	want_eq(umount(OVER), 0);
	want_eq(rmdir(OVER), 0);
}

/* ---- Readers in other namespaces ---- */

static volatile struct {
	int step;
	pid_t pid;
} * shared;

/* One after the other, across processes */
static void reach(int step)
{
	want_eq(shared->step, step - 1);
	shared->step = step;
}

#define until(n) wait_until(shared->step >= (n))

static void is_by(const struct fcdl_event *e, pid_t pid, pid_t parent)
{
	want_eq(e->caller.pid, pid);
	want_eq(e->caller.tid, pid);
	want_eq(e->caller.ppid, parent);
}

/* The reader inside a pid namespace of its own: it asks for outsiders with one log, and for one of its own with another. */
static void read_inside(void)
{
	const struct fcdl_match outsiders = { .key = FCDL_MATCH_PID };
	struct fcdl_setup s = { .ops = OPS_NAMES, .matches = (unsigned long)&outsiders, .nr_matches = 1 };
	struct log all, others;
	pid_t c;

	want_eq(getpid(), 1);
	/* the directory is at another place here */
	want_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	want_eq(mount(tpath("src"), "/tmp/fcdl_here", NULL, MS_BIND, NULL), 0);
	log_open(&all, OPS_NAMES, 0, "/tmp/fcdl_here");
	log_setup(&others, &s, 0);
	want_eq(log_path(&others, "/tmp/fcdl_here", SUBTREE), 0);
	want_eq(ioctl(others.fd, FCDL_IOC_RUN), 0);
	reach(1);
	until(2);
	is_by(next_is(&all, RFS_OP_MKDIR, "/tmp/fcdl_here/outside", NULL), 0, 0);
	c = raw_fork();
	if (!c)
		_exit(mkdir("/tmp/fcdl_here/inside", 0700) ? errno : 0);
	want_eq(raw_wait(c), 0);
	is_by(next_is(&all, RFS_OP_MKDIR, "/tmp/fcdl_here/inside", NULL), c, 1);
	/* one further in has an id here as well */
	c = raw_fork();
	if (!c) {
		want_eq(unshare(CLONE_NEWPID), 0);
		c = raw_fork();
		if (!c) {
			want_eq(getpid(), 1);
			_exit(mkdir("/tmp/fcdl_here/further", 0700) ? errno : 0);
		}
		shared->pid = c;
		_exit(raw_wait(c));
	}
	want_eq(raw_wait(c), 0);
	is_by(next_is(&all, RFS_OP_MKDIR, "/tmp/fcdl_here/further", NULL), shared->pid, c);
	next_is(&others, RFS_OP_MKDIR, "/tmp/fcdl_here/outside", NULL);
	log_end(&all);
	log_end(&others);
}

static void other_namespaces(void)
{
	const struct fcdl_event *e;
	pid_t parent, c;
	struct log l;

	want_eq(mkdir(tpath("src"), 0700), 0);
	want_eq(mkdir("/tmp/fcdl_here", 0700), 0);
	memset((void *)shared, 0, sizeof(*shared));
	log_open(&l, OPS_NAMES, 0, raw_dir());
	parent = raw_fork();
	if (!parent) {
		want_eq(unshare(CLONE_NEWPID | CLONE_NEWNS), 0);
		c = raw_fork();
		if (!c) {
			read_inside();
			_exit(0);
		}
		_exit(raw_wait(c));
	}
	until(1);
	want_eq(child_mkdir(tpath("src/outside")), 0);
	reach(2);
	want_eq(raw_wait(parent), 0);
	/* and here they are what they are here */
	next_is(&l, RFS_OP_MKDIR, tpath("src/outside"), NULL);
	e = next_is(&l, RFS_OP_MKDIR, tpath("src/inside"), NULL);
	want(e->caller.pid > (unsigned int)parent && e->caller.ppid > (unsigned int)parent);
	e = next_is(&l, RFS_OP_MKDIR, tpath("src/further"), NULL);
	want(e->caller.pid > (unsigned int)parent && e->caller.ppid > (unsigned int)parent);
	log_end(&l);
	rmdir("/tmp/fcdl_here");
}

/* In a chroot, rules are what paths mean there, and so are the paths in the log. */
static void chrooted(void)
{
	pid_t c;

	want_eq(mkdir(tpath("jail"), 0755), 0);
	want_eq(mkdir(tpath("jail/in"), 0755), 0);
	memset((void *)shared, 0, sizeof(*shared));
	c = raw_fork();
	if (!c) {
		struct fcdl_setup s = { .ops = OPS_NAMES };
		const struct fcdl_event *e;
		struct log l;

		log_setup(&l, &s, 0);
		want_eq(chroot(tpath("jail")), 0);
		want_eq(chdir("/"), 0);
		want_eq(log_path(&l, raw_dir(), SUBTREE), -ENOENT);
		want_eq(log_path(&l, "/../in", SUBTREE), 0);
		want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
		reach(1);
		until(2);
		e = next_is(&l, RFS_OP_MKDIR, "/../in/d", NULL);
		want_eq(e->path_flags[0], RFS_PATHF_RULE);
		/* where it went to is no place of this root: it is told from the root of the file system on */
		e = next_is(&l, RFS_OP_RENAME, "/../in/d", "/escaped");
		want_eq(e->path_flags[1], RFS_PATHF_FS_ROOT);
		log_end(&l);
		_exit(0);
	}
	until(1);
	want_eq(mkdir(tpath("jail/in/d"), 0700), 0);
	want_eq(rename(tpath("jail/in/d"), tpath("escaped")), 0);
	reach(2);
	want_eq(raw_wait(c), 0);
}

static bool put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* Root of a user namespace of its own is nobody here. */
static void no_rights(void)
{
	pid_t c;

	want_eq(mkdir(tpath("closed"), 0700), 0);
	want_eq(mkdir(tpath("closed/d"), 0777), 0);
	c = raw_fork();
	if (!c) {
		want_eq(setgid(1000), 0);
		want_eq(setuid(1000), 0);
		/* proc gives these files to who may be looked at */
		want_eq(prctl(PR_SET_DUMPABLE, 1), 0);
		want_eq(unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS), 0);
		want(put("/proc/self/uid_map", "0 1000 1"));
		want_eq(getuid(), 0);
		want_errno(open("/dev/fcdl", O_RDONLY), EACCES);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);

	/* who may open it nevertheless: what they may not walk to they may not watch, and they may hold up nobody */
	want_eq(chmod("/dev/fcdl", 0666), 0);
	c = raw_fork();
	if (!c) {
		struct fcdl_setup wait = {
			.version = 1, .ops = OPS_NAMES, .policy = FCDL_POLICY_WAIT, .deadline_ms = 5
		};
		struct fcdl_setup s = { .ops = OPS_NAMES };
		struct log l;
		int fd;

		want_eq(setgid(1000), 0);
		want_eq(setuid(1000), 0);
		want_eq(prctl(PR_SET_DUMPABLE, 1), 0);
		want_eq(unshare(CLONE_NEWUSER), 0);
		want(put("/proc/self/uid_map", "0 1000 1"));
		fd = open("/dev/fcdl", O_RDONLY | O_CLOEXEC);
		want(fd >= 0);
		want_errno(ioctl(fd, FCDL_IOC_SETUP, &wait), EPERM);
		close(fd);
		log_setup(&l, &s, 0);
		want_eq(log_path(&l, tpath("closed/d"), SUBTREE), -EACCES);
		want_eq(log_path(&l, "/", SUBTREE | RFS_PATH_FORCE), -EPERM);
		want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
		log_end(&l);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	want_eq(chmod("/dev/fcdl", 0600), 0);

	/* the real root in a user namespace owns the node, and has no rights over others any more */
	c = raw_fork();
	if (!c) {
		struct fcdl_setup wait = {
			.version = 1, .ops = OPS_NAMES, .policy = FCDL_POLICY_WAIT, .deadline_ms = 5
		};
		int fd;

		want_eq(unshare(CLONE_NEWUSER), 0);
		fd = open("/dev/fcdl", O_RDONLY | O_CLOEXEC);
		want(fd >= 0);
		want_errno(ioctl(fd, FCDL_IOC_SETUP, &wait), EPERM);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
}

int main(void)
{
	shared = raw_shared(sizeof(*shared));
	uring(0);
	uring(IORING_SETUP_SQPOLL);
	compat();
	overlay();
	other_namespaces();
	chrooted();
	no_rights();
	return 0;
}
