// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: cookies of user filters, with open files and objects: set once, found in events, and each end told once
 * fs: ext4 xfs btrfs tmpfs overlay
 * load: redirfs urfs
 * timeout: 200
 */
#include "rfs.h"
#include "urfs_raw.h"

#define FILE_A 0x1111111111111111ULL
#define INODE_A 0x3333333333333333ULL
#define DIR_A 0xffffffffffffffffULL

static struct raw r;
static int filter;
static const struct urfs_op ops[] = {
	{ RFS_OP_OPEN, URFS_OP_PRE },
	{ RFS_OP_READ, URFS_OP_PRE },
	{ RFS_OP_UNLINK, URFS_OP_PRE },
	{ RFS_OP_RELEASE, URFS_OP_POST | URFS_OP_POST_NOTIFY },
};

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	want(fd >= 0);
	want_eq(write(fd, "content", 7), 7);
	close(fd);
}

static void begin(void)
{
	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	filter = raw_filter(&r, "cookies", 100, tpath("in"), ops, 4);
}

static void end(void)
{
	munmap(r.arena, r.size);
	close(r.fd);
}

/* Return: 0 or -errno, with what is there in *cookie */
static int call(unsigned long long id, unsigned int which, unsigned int flags, unsigned long long *cookie)
{
	struct urfs_cookie c = { .id = id, .which = which, .flags = flags, .cookie = *cookie };

	if (ioctl(r.fd, URFS_IOC_COOKIE, &c))
		return -errno;
	*cookie = c.cookie;
	return 0;
}

/* What is there after it was tried to set this one */
static unsigned long long set(const struct urfs_msg *m, unsigned int which, unsigned int flags,
			      unsigned long long cookie)
{
	want_eq(call(m->id, which, flags, &cookie), 0);
	return cookie;
}

/* ---- A child does something, and its questions are answered ---- */

static void (*on_event)(const struct urfs_msg *m, const struct urfs_event *e);
static int verdict;
static unsigned long long ends[16], end_flags[16];
static int nr_ends, nr_events;
static int end_filter;

static void handle(const struct urfs_msg *m)
{
	if (m->type == URFS_MSG_COOKIE_END) {
		want(nr_ends < 16);
		want(!m->id && !m->operation && !m->op && !m->length && !m->error && !m->deadline_ns);
		end_filter = m->filter;
		end_flags[nr_ends] = m->flags;
		ends[nr_ends++] = m->value;
		return;
	}
	want_eq(m->type, URFS_MSG_CALLBACK);
	nr_events++;
	if (on_event)
		on_event(m, raw_event(&r, m));
	want_eq(raw_reply(&r, m->id, verdict && m->op == RFS_OP_OPEN ? URFS_REPLY_STOP : 0,
			  m->op == RFS_OP_OPEN ? verdict : 0),
		0);
}

/* Return: its exit code */
static int served(pid_t c)
{
	struct urfs_msg m;
	int ended = 0, code = -1;

	while (!ended || raw_next(&r, &m, 0)) {
		if (!ended && !raw_next(&r, &m, 20)) {
			ended = raw_ended(c, &code);
			continue;
		}
		handle(&m);
	}
	return code;
}

static void wait_ends(int count)
{
	struct urfs_msg m;

	wait_until(({
		while (raw_next(&r, &m, 0))
			handle(&m);
		nr_ends >= count;
	}));
	want_eq(nr_ends, count);
}

static void forget_ends(void)
{
	nr_ends = 0;
	nr_events = 0;
}

static int reads(const char *path, int times)
{
	pid_t c = raw_fork();
	char buf[8];

	if (!c) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			_exit(errno);
		while (times--)
			if (pread(fd, buf, 7, 0) != 7)
				_exit(errno);
		_exit(close(fd) ? errno : 0);
	}
	return served(c);
}

static int removes(const char *path)
{
	pid_t c = raw_fork();

	if (!c)
		_exit(unlink(path) ? errno : 0);
	return served(c);
}

static const char *f(void)
{
	return tpath("in/f");
}

/* ---- An open file ---- */

static int released;

static void file_event(const struct urfs_msg *m, const struct urfs_event *e)
{
	int i;

	want_eq(e->file_cookie[1], 0);
	for (i = 0; i < 4; i++)
		want_eq(e->inode_cookie[i], 0);
	if (m->op == RFS_OP_OPEN) {
		want_eq(e->file_cookie[0], 0);
		want(set(m, RFS_FIRST, URFS_COOKIE_FILE, FILE_A) == FILE_A);
		/* it is there, and stays */
		want(set(m, RFS_FIRST, URFS_COOKIE_FILE, 2) == FILE_A);
		return;
	}
	want(e->file_cookie[0] == FILE_A);
	want_eq(nr_ends, 0);
	released += m->op == RFS_OP_RELEASE;
}

static void open_file(void)
{
	make(f());
	on_event = file_event;
	want_eq(reads(f(), 2), 0);
	wait_ends(1);
	want(ends[0] == FILE_A && end_flags[0] == URFS_COOKIE_FILE && end_filter == filter);
	want_eq(released, 1);
	want_eq(nr_events, 4);
	want_eq(raw_stat("cookies", "cookies_set"), 1);
	forget_ends();
	/* an open that is denied after all */
	verdict = -EXDEV;
	want_eq(reads(f(), 0), EXDEV);
	verdict = 0;
	wait_ends(1);
	want(ends[0] == FILE_A);
	forget_ends();
}

/* ---- An object ---- */

static int opens;

static void inode_event(const struct urfs_msg *m, const struct urfs_event *e)
{
	want_eq(e->file_cookie[0], 0);
	if (m->op == RFS_OP_OPEN && !opens++) {
		want_eq(e->inode_cookie[RFS_FIRST], 0);
		want(set(m, RFS_FIRST, 0, INODE_A) == INODE_A);
		want(set(m, RFS_FIRST, 0, 7) == INODE_A);
		want(set(m, RFS_FIRST_PARENT, 0, DIR_A) == DIR_A);
		return;
	}
	want(e->inode_cookie[RFS_FIRST] == INODE_A);
	want(e->inode_cookie[RFS_FIRST_PARENT] == DIR_A);
	want_eq(e->inode_cookie[RFS_SECOND], 0);
}

static void object(void)
{
	on_event = inode_event;
	/* by another name too */
	want_eq(link(f(), tpath("in/g")), 0);
	want_eq(reads(f(), 1), 0);
	want_eq(reads(tpath("in/g"), 1), 0);
	want_eq(raw_stat("", "inode_data_now"), 2);
	want_eq(nr_ends, 0);
	want_eq(removes(f()), 0);
	want_eq(nr_ends, 0);
	want_eq(removes(tpath("in/g")), 0);
	wait_ends(1);
	want(ends[0] == INODE_A && !end_flags[0]);
	forget_ends();
}

static void one_cookie(const struct urfs_msg *m, const struct urfs_event *e)
{
	if (m->op == RFS_OP_OPEN && !e->inode_cookie[RFS_FIRST])
		set(m, RFS_FIRST, 0, INODE_A);
}

static void evicted(void)
{
	const char *fs = getenv("FS");

	make(f());
	on_event = one_cookie;
	want_eq(reads(f(), 1), 0);
	if (fs && !strcmp(fs, "tmpfs")) {
		want_eq(removes(f()), 0);
	} else {
		sync();
		wait_until(({
			struct urfs_msg m;
			int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

			want_eq(write(fd, "3", 1), 1);
			close(fd);
			while (raw_next(&r, &m, 0))
				handle(&m);
			nr_ends;
		}));
	}
	wait_ends(1);
	want(ends[0] == INODE_A);
	forget_ends();
	make(f());
}

/* ---- Taken away; whoever takes it needs no word of the end ---- */

static void take_event(const struct urfs_msg *m, const struct urfs_event *e)
{
	unsigned int flags[] = { 0, URFS_COOKIE_FILE };
	unsigned long long cookie;
	int i;

	if (m->op != RFS_OP_READ)
		return;
	for (i = 0; i < 2; i++) {
		cookie = 0;
		want_eq(call(m->id, RFS_FIRST, flags[i] | URFS_COOKIE_TAKE, &cookie), -ENOENT);
		want(set(m, RFS_FIRST, flags[i], 5) == 5);
		cookie = 0;
		want_eq(call(m->id, RFS_FIRST, flags[i] | URFS_COOKIE_TAKE, &cookie), 0);
		want_eq(cookie, 5);
	}
	want_eq(e->file_cookie[0], 0);
	want_eq(e->inode_cookie[0], 0);
}

static void taken(void)
{
	on_event = take_event;
	want_eq(reads(f(), 2), 0);
	want_eq(nr_ends, 0);
	want_eq(raw_stat("", "file_data_now"), 0);
	forget_ends();
}

/* ---- What is refused ---- */

static int refusal(unsigned long long id, unsigned int which, unsigned int flags, unsigned long long cookie)
{
	return call(id, which, flags, &cookie);
}

static void bad_event(const struct urfs_msg *m, const struct urfs_event *e)
{
	(void)e;
	if (m->op == RFS_OP_RELEASE) {
		want_eq(refusal(m->id, RFS_FIRST, URFS_COOKIE_FILE, 1), -ESTALE);
		want_eq(refusal(m->id, RFS_FIRST, 0, 1), -ESTALE);
		return;
	}
	want_eq(refusal(m->id + 1000000, RFS_FIRST, 0, 1), -ESRCH);
	want_eq(refusal(m->id, RFS_FIRST, 4, 1), -EINVAL);
	want_eq(refusal(m->id, RFS_FIRST, 0, 0), -EINVAL);
	want_eq(refusal(m->id, RFS_FIRST, URFS_COOKIE_TAKE, 1), -EINVAL);
	want_eq(refusal(m->id, RFS_SECOND_PARENT + 1, 0, 1), -EINVAL);
	want_eq(refusal(m->id, RFS_FIRST_PARENT, URFS_COOKIE_FILE, 1), -EINVAL);
	want_eq(refusal(m->id, RFS_SECOND, URFS_COOKIE_FILE, 1), -ENOENT);
	want_eq(refusal(m->id, RFS_SECOND, 0, 1), -ENOENT);
	want_errno(ioctl(r.fd, URFS_IOC_COOKIE, NULL), EFAULT);
	if (m->op == RFS_OP_UNLINK)
		want_eq(refusal(m->id, RFS_FIRST, URFS_COOKIE_FILE, 1), -ENOENT);
}

static void refused(void)
{
	on_event = bad_event;
	want_eq(reads(f(), 1), 0);
	want_eq(removes(f()), 0);
	want_eq(nr_ends, 0);
	want_eq(raw_stat("", "inode_data_now"), 1);
	forget_ends();
	make(f());
}

/* ---- Two at once ---- */

static struct racer {
	pthread_t thread;
	pthread_barrier_t *barrier;
	unsigned long long id, mine, got;
	unsigned int flags;
} racers[2];

static void *race(void *arg)
{
	struct racer *me = arg;

	pthread_barrier_wait(me->barrier);
	me->got = me->mine;
	want_eq(call(me->id, RFS_FIRST, me->flags, &me->got), 0);
	return NULL;
}

/* Two questions about one object are open; two threads, on two processors, set different cookies. */
static void at_once(void)
{
	pthread_barrier_t barrier;
	struct urfs_msg m[2];
	unsigned long long cookie;
	pid_t c[2];
	int round, i;

	on_event = NULL;
	pthread_barrier_init(&barrier, NULL, 2);
	for (round = 0; round < 40; round++) {
		for (i = 0; i < 2; i++) {
			c[i] = raw_fork();
			if (!c[i])
				_exit(open(f(), O_RDONLY | O_CLOEXEC) < 0 ? errno : 0);
		}
		for (i = 0; i < 2; i++) {
			do
				raw_want(&r, &m[i], URFS_MSG_CALLBACK);
			while (m[i].op != RFS_OP_OPEN && !raw_allow(&r, &m[i]));
			racers[i] = (struct racer){ .barrier = &barrier, .id = m[i].id, .mine = 100 + i };
		}
		for (i = 0; i < 2; i++)
			want_eq(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
		for (i = 0; i < 2; i++)
			want_eq(pthread_join(racers[i].thread, NULL), 0);
		want_eq(racers[0].got, racers[1].got);
		want(racers[0].got == 100 || racers[0].got == 101);
		cookie = 0;
		want_eq(call(m[0].id, RFS_FIRST, URFS_COOKIE_TAKE, &cookie), 0);
		want_eq(cookie, racers[0].got);
		for (i = 0; i < 2; i++)
			want_eq(raw_allow(&r, &m[i]), 0);
		for (i = 0; i < 2; i++)
			want_eq(served(c[i]), 0);
	}
	pthread_barrier_destroy(&barrier);
	want_eq(nr_ends, 0);
	forget_ends();
}

/* ---- Two filters of one handler, and the end of one ---- */

static int second;

static void two_event(const struct urfs_msg *m, const struct urfs_event *e)
{
	unsigned long long mine = (int)m->filter == second ? 20 : 10;

	if (m->op == RFS_OP_OPEN) {
		want(set(m, RFS_FIRST, URFS_COOKIE_FILE, mine) == mine);
		want(set(m, RFS_FIRST, 0, mine + 1) == mine + 1);
	} else {
		want_eq(e->file_cookie[0], mine);
		want_eq(e->inode_cookie[0], mine + 1);
	}
}

static void two_filters(void)
{
	int i;

	second = raw_filter(&r, "more", 200, tpath("in"), ops, 4);
	on_event = two_event;
	want_eq(reads(f(), 1), 0);
	wait_ends(2);
	want_eq(ends[0] + ends[1], 30);
	forget_ends();
	want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = second), 0);
	wait_ends(1);
	want_eq(ends[0], 21);
	want_eq(end_filter, second);
	forget_ends();
	/* the first one's: its file's object, and the directory that it had from the beginning */
	want_eq(raw_stat("", "inode_data_now"), 2);
	want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = filter), 0);
	wait_ends(2);
	for (i = 0; i < 2; i++)
		want(ends[i] == 11 || ends[i] == DIR_A);
	want_eq(raw_stat("", "inode_data_now"), 0);
	wait_until(!raw_stat("", "inodes_with_data"));
	forget_ends();
	filter = raw_filter(&r, "cookies", 100, tpath("in"), ops, 4);
}

/* ---- The connection ends ---- */

static void both_event(const struct urfs_msg *m, const struct urfs_event *e)
{
	(void)e;
	if (m->op == RFS_OP_OPEN) {
		set(m, RFS_FIRST, URFS_COOKIE_FILE, 1);
		set(m, RFS_FIRST, 0, 2);
	}
}

/* With a file open, and with ends that nobody has read */
static void death(void)
{
	int ready[2], go[2];
	struct urfs_msg m;
	char byte;
	pid_t c;

	on_event = both_event;
	want_eq(reads(f(), 1), 0);
	wait_ends(1);
	forget_ends();
	want(!pipe(ready) && !pipe(go));
	c = raw_fork();
	if (!c) {
		int fd = open(f(), O_RDONLY | O_CLOEXEC);

		close(go[1]);
		if (fd < 0 || write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) != 0)
			_exit(1);
		_exit(0);
	}
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	handle(&m);
	want_eq(read(ready[0], &byte, 1), 1);
	want_eq(raw_stat("", "file_data_now"), 1);
	want_eq(raw_stat("", "inode_data_now"), 1);
	/* told of nobody: the connection is closed before */
	want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = filter), 0);
	end();
	wait_until(!raw_stat("", "file_data_now") && !raw_stat("", "inode_data_now"));
	begin();
	on_event = NULL;
	close(go[1]);
	want_eq(served(c), 0);
	/* a handler that dies with what it has */
	on_event = both_event;
	want_eq(reads(f(), 1), 0);
	want_eq(raw_stat("", "inode_data_now"), 1);
	end();
	wait_until(!raw_stat("", "inode_data_now"));
	wait_until(!raw_stat("", "inodes_with_data"));
}

int main(void)
{
	want_eq(mkdir(tpath("in"), 0755), 0);
	begin();
	open_file();
	object();
	evicted();
	taken();
	refused();
	at_once();
	two_filters();
	death();
	return 0;
}
