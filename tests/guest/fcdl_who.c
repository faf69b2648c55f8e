// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: the log names the filter that denied, sees io_uring, and shows readers in other namespaces their own ids and paths
 * fs: ext4
 * load: redirfs fcdl rfs_test
 * timeout: 60
 */
#include <liburing.h>
#include <sys/mount.h>

#include "fcdl_raw.h"

static void ctl(const char *fmt, ...)
{
	int fd = open("/dev/rfs_test", O_RDWR | O_CLOEXEC);
	char line[512], answer[512];
	va_list ap;
	ssize_t n;

	want(fd >= 0);
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (write(fd, line, n) != n)
		die("%s: %s", line, strerror(errno));
	n = read(fd, answer, sizeof(answer) - 1);
	want(n > 0);
	answer[n] = '\0';
	if (answer[0] != '0')
		die("%s: %s", line, answer);
	close(fd);
}

static int child_mkdir(const char *path)
{
	pid_t c = raw_fork();

	if (!c)
		_exit(mkdir(path, 0700) ? errno : 0);
	return raw_wait(c);
}

/* ---- Who said no ---- */

static void denied(void)
{
	const struct fcdl_event *e;
	struct log all, good;

	ctl("register guard 100 active");
	ctl("ops guard mkdir");
	ctl("path guard include subtree %s", raw_dir());
	ctl("deny guard mkdir %d no*", -EROFS);
	log_open(&all, OPS_NAMES, FCDL_SETUP_FAILED, raw_dir());
	log_open(&good, OPS_NAMES, 0, raw_dir());
	want_eq(child_mkdir(tpath("no1")), EROFS);
	want_eq(child_mkdir(tpath("yes")), 0);
	e = log_event(&all);
	want_eq(e->op, RFS_OP_MKDIR);
	want_eq(e->result, -EROFS);
	want_eq(e->flags, FCDL_EVENT_DENIED);
	want_eq(strcmp(log_string(e, &e->filter), "guard"), 0);
	want_eq(strcmp(log_string(e, &e->path[0]), tpath("no1")), 0);
	want(e->op_flags & RFS_OPF_NOT_ASKED);
	want_eq(e->object[RFS_FIRST].valid, 0);
	e = log_event(&all);
	want_eq(e->result, 0);
	want_eq(e->flags, 0);
	want_eq(e->filter.offset, 0);
	e = log_event(&good);
	want_eq(strcmp(log_string(e, &e->path[0]), tpath("yes")), 0);
	want_eq(log_status(&good).events, 1);
	want_eq(log_status(&all).events, 2);
	log_close(&all);
	log_close(&good);
	ctl("unregister guard");
	rmdir(tpath("yes"));
}

/* ---- Switched off by somebody else ---- */

static void switched_off(void)
{
	const struct fcdl_event *e;
	struct log l;
	int fd;

	log_open(&l, OPS_NAMES, 0, raw_dir());
	want_eq(child_mkdir(tpath("o1")), 0);
	fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);
	want(fd >= 0);
	want_errno(ioctl(fd, FCDLCTL_DEACTIVATE, &(struct fcdlctl_name){ .filter = "fcdl-0" }), EPERM);
	want_eq(ioctl(fd, FCDLCTL_DEACTIVATE_ALL, &(struct fcdlctl_all){}), 0);
	close(fd);
	want_eq(child_mkdir(tpath("o2")), 0);
	want_eq(log_status(&l).flags, 0);
	want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
	want_eq(child_mkdir(tpath("o3")), 0);
	want_eq(ioctl(l.fd, FCDL_IOC_STOP), 0);
	log_event(&l);
	want_eq(log_next(&l)->type, FCDL_NOTE);
	want_eq(l.last_note, FCDL_NOTE_OFF);
	log_next(&l);
	want_eq(l.last_note, FCDL_NOTE_RUN);
	e = log_event(&l);
	want_eq(strcmp(log_string(e, &e->path[0]), tpath("o3")), 0);
	want_eq(e->record.seq, 2);
	log_close(&l);
}

/* ---- io_uring ---- */

static void uring(void)
{
	const struct fcdl_event *e;
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	struct log l;
	pid_t c;

	log_open(&l, OPS_NAMES | OP(FCDL_OP_CLOSE_WRITE), 0, raw_dir());
	c = raw_fork();
	if (!c) {
		int fd = open(tpath("u"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		want_eq(io_uring_queue_init(4, &ring, 0), 0);
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_write(sqe, fd, "ring", 4, 0);
		want_eq(io_uring_submit(&ring), 1);
		want_eq(io_uring_wait_cqe(&ring, &cqe), 0);
		want_eq(cqe->res, 4);
		io_uring_cqe_seen(&ring, cqe);
		close(fd);
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_unlink(sqe, tpath("u"), 0);
		want_eq(io_uring_submit(&ring), 1);
		want_eq(io_uring_wait_cqe(&ring, &cqe), 0);
		want_eq(cqe->res, 0);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	want_eq(log_event(&l)->op, RFS_OP_CREATE);
	want_eq(log_event(&l)->op, FCDL_OP_CLOSE_WRITE);
	e = log_event(&l);
	want_eq(e->op, RFS_OP_UNLINK);
	/* by a worker of the kernel, on behalf of the process */
	want_eq(e->caller.pid, c);
	log_close(&l);
}

/* ---- Namespaces ---- */

static void namespaces(void)
{
	volatile int *begun = raw_shared(4096);
	pid_t parent, c;

	want_eq(mkdir(tpath("src"), 0700), 0);
	want_eq(mkdir("/tmp/fcdl_who", 0700), 0);
	parent = raw_fork();
	if (!parent) {
		want_eq(unshare(CLONE_NEWPID | CLONE_NEWNS), 0);
		c = raw_fork();
		if (!c) {
			const struct fcdl_event *e;
			struct log l;

			/* the reader is pid 1, and has the directory at another place */
			want_eq(getpid(), 1);
			want_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
			want_eq(mount(tpath("src"), "/tmp/fcdl_who", NULL, MS_BIND, NULL), 0);
			log_open(&l, OPS_NAMES, 0, "/tmp/fcdl_who");
			*begun = 1;
			e = log_event(&l);
			want_eq(strcmp(log_string(e, &e->path[0]), "/tmp/fcdl_who/outside"), 0);
			want_eq(e->caller.pid, 0);
			want_eq(e->caller.ppid, 0);
			c = raw_fork();
			if (!c)
				_exit(mkdir("/tmp/fcdl_who/inside", 0700) ? errno : 0);
			want_eq(raw_wait(c), 0);
			e = log_event(&l);
			want_eq(strcmp(log_string(e, &e->path[0]), "/tmp/fcdl_who/inside"), 0);
			want_eq(e->caller.pid, c);
			want_eq(e->caller.ppid, 1);
			log_close(&l);
			_exit(0);
		}
		_exit(raw_wait(c));
	}
	wait_until(*begun);
	want_eq(child_mkdir(tpath("src/outside")), 0);
	want_eq(raw_wait(parent), 0);
	rmdir("/tmp/fcdl_who");
}

int main(void)
{
	denied();
	switched_off();
	uring();
	namespaces();
	return 0;
}
