// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a connection lives as long as its handler: killed, stopped, crashed, closing, exec, fork, fd passing, munmap
 * fs: ext4
 * load: redirfs urfs
 * dmesg-ok: urfs_life\[[0-9]+\]: segfault|Code: |urfs: filter life: .* has waited
 * timeout: 180
 */
#include <sys/resource.h>
#include <sys/socket.h>

#include "urfs_raw.h"

static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };

/* What the handler does with a question open. */
enum how { KILL, STOP, CRASH, DUMP, CLOSE, UNMAP, EXEC, EXIT, SHUTDOWN, THREAD_EXIT };

static int ready[2], go[2];
/* out of the compiler's sight */
static void *volatile nowhere[1] = { (void *)8 };
static pid_t *orphan;

static void tell(void)
{
	want_eq(write(ready[1], "", 1), 1);
}

static void hear(void)
{
	char b;

	want_eq(read(ready[0], &b, 1), 1);
}

static void *wait_in_exchange(void *arg)
{
	struct urfs_msg m;

	/* takes what others left, and answers nothing */
	while (raw_exchange(arg, NULL, 0, &m, 1, -1, NULL) >= 0)
		;
	return NULL;
}

static void pass_fd(int fd)
{
	char data = 0, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int s[2];

	/* into a socket that nobody reads: a reference that no table of descriptors shows */
	want_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, s), 0);
	c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	want_eq(sendmsg(s[0], &msg, 0), 1);
}

static void handler(enum how how, bool deny)
{
	static struct raw r;
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_EXIT | FCDLCTL_POLICY_DEADLINE,
				    .deadline_ms = 60000,
				    .on_exit = DENY(ENODATA) };
	struct urfs_msg m;
	pthread_t t;
	pid_t c;
	char b;
	int f;

	raw_open(&r, URFS_ARENA_MIN);
	f = raw_filter(&r, "life", 100, raw_dir(), open_pre, 1);
	if (how == STOP)
		p.deadline_ms = 10000, p.on_timeout = (struct fcdlctl_verdict)DENY(EILSEQ),
		p.valid |= FCDLCTL_POLICY_ON_TIMEOUT;
	if (!deny)
		p.on_exit = (struct fcdlctl_verdict){ .action = FCDLCTL_ALLOW };
	want_eq(raw_set_policy(&r, f, &p), 0);
	/* a child that inherits the descriptor, and outlives its parent, holds nobody up */
	c = fork();
	if (c)
		*orphan = c;
	if (!c) {
		prctl(PR_SET_PDEATHSIG, 0);
		want_eq(raw_exchange(&r, NULL, 0, &m, 1, 0, NULL), -EPERM);
		sleep(60);
		_exit(0);
	}
	pass_fd(r.fd);
	tell();
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(read(go[0], &b, 1), 1);
	switch (how) {
	case KILL:
		kill(getpid(), SIGKILL);
		break;
	case STOP:
		kill(getpid(), SIGSTOP);
		break;
	case CRASH:
		*(volatile int *)*nowhere = 0;
		break;
	case DUMP: {
		/* long to dump, so that waiting for its end would be seen */
		struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };

		setrlimit(RLIMIT_CORE, &l);
		abort();
	}
	case CLOSE:
		close(dup(r.fd));
		sleep(30);
		break;
	case UNMAP:
		munmap(r.arena, r.size);
		sleep(30);
		break;
	case EXEC:
		execlp("sleep", "sleep", "30", NULL);
		break;
	case EXIT:
		_exit(0);
	case SHUTDOWN:
		want_eq(ioctl(r.fd, URFS_IOC_SHUTDOWN), 0);
		sleep(30);
		break;
	case THREAD_EXIT:
		/* the main thread goes, another still waits for work */
		want_eq(pthread_create(&t, NULL, wait_in_exchange, &r), 0);
		syscall(60 /* exit of one thread */, 0);
		break;
	}
	_exit(9);
}

/* Has the main thread ended, while others live? */
static bool leader_ended(pid_t pid)
{
	char file[64], stat[4096], *state;
	ssize_t n;
	int fd;

	snprintf(file, sizeof(file), "/proc/%d/stat", pid);
	fd = open(file, O_RDONLY);
	want(fd >= 0);
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	want(n > 0);
	stat[n] = 0;
	state = strrchr(stat, ')');
	return state && state[2] == 'Z';
}

static void with_question(enum how how, bool deny)
{
	pid_t h, c[3], d;
	long long t;
	int i, answer = deny ? ENODATA : 0;

	h = raw_fork();
	if (!h)
		handler(how, deny);
	hear();
	t = now_ns();
	/* one received, others queued */
	for (i = 0; i < 3; i++)
		c[i] = child_open(tpath("file"));
	wait_until(raw_stat("life", "waiting_now") == 3);
	want_eq(write(go[1], "", 1), 1);
	if (how == STOP)
		answer = EILSEQ;
	if (how == THREAD_EXIT) {
		/* alive: one of its threads is, and new callers wait for that; it ends with the process */
		wait_until(leader_ended(h));
		d = child_open(tpath("file"));
		wait_until(raw_stat("life", "waiting_now") == 4);
		kill(h, SIGKILL);
		want_eq(raw_wait(d), answer);
	}
	for (i = 0; i < 3; i++)
		want_eq(raw_wait(c[i]), answer);
	printf("how %d: %lld ms\n", how, (now_ns() - t) / MS);
	want(now_ns() - t < 40000 * MS * raw_scale());
	if (how == STOP) {
		want_eq(raw_stat("life", "default_stalled") + raw_stat("life", "default_timeout"), 3);
		kill(h, SIGKILL);
	}
	wait_until(!raw_info("life", NULL));
	want_eq(raw_wait(child_open(tpath("file"))), 0);
	kill(h, SIGKILL);
	raw_wait(h);
	kill(*orphan, SIGKILL);
	wait_until(kill(*orphan, 0));
}

/* vfork and posix_spawn close descriptors in the handler's address space, and are not the handler. */
static void spawned_child_closes(void)
{
	struct raw r;
	struct urfs_msg m;
	pid_t c, v;

	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	raw_filter(&r, "life", 100, raw_dir(), open_pre, 1);
	v = vfork();
	if (!v) {
		close(r.fd);
		_exit(0);
	}
	raw_wait(v);
	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	/* the arena is not in a child */
	v = raw_fork();
	if (!v) {
		*(volatile char *)r.arena = 1;
		_exit(0);
	}
	want_eq(raw_wait(v), 128 + SIGSEGV);
	close(r.fd);
	want(!raw_info("life", NULL));
	munmap(r.arena, r.size);
}

/* A thread that waits is told when another one closes or shuts down. */
static void *close_later(void *arg)
{
	sleep_ms(200);
	close(((struct raw *)arg)->fd);
	return NULL;
}

static void waiting_thread(void)
{
	struct raw r;
	struct urfs_msg m;
	pthread_t t;

	raw_open(&r, 0);
	want_eq(pthread_create(&t, NULL, close_later, &r), 0);
	want_eq(raw_exchange(&r, NULL, 0, &m, 1, -1, NULL), -ESTALE);
	pthread_join(t, NULL);
	munmap(r.arena, r.size);
}

int main(void)
{
	enum how how;

	want_eq(pipe(ready), 0);
	want_eq(pipe(go), 0);
	orphan = raw_shared(sizeof(*orphan));
	touch(tpath("file"));
	for (how = KILL; how <= THREAD_EXIT; how++)
		with_question(how, true);
	with_question(KILL, false);
	with_question(UNMAP, false);
	spawned_child_closes();
	waiting_thread();
	/* the module can go: no connection is left, though orphans still have descriptors */
	return 0;
}
