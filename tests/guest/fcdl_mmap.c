// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: the ring of /dev/fcdl through a mapping: order, names and losses without read(), who waits is woken, lies harm nobody
 * fs: ext4 tmpfs
 * load: redirfs fcdl
 * links: urfs
 * timeout: 180
 */
#include <linux/seccomp.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <fcdl.h>

#include "fcdl_map.h"

/* In a child: a directory made and removed so many times; two events each */
static pid_t churn(const char *name, int rounds)
{
	pid_t pid = raw_fork();

	if (pid)
		return pid;
	while (rounds--)
		if (mkdir(tpath("%s", name), 0700) || rmdir(tpath("%s", name)))
			_exit(errno);
	_exit(0);
}

static void accounted(struct map *m, unsigned long long each)
{
	struct fcdl_status st = log_status(&m->log);

	want_eq(m->log.ops[RFS_OP_MKDIR], each);
	want_eq(m->log.ops[RFS_OP_RMDIR], each);
	want_eq(m->log.events + m->log.lost, 2 * each);
	want_eq(st.events, 2 * each);
	want_eq(st.lost, m->log.lost);
	want_eq(st.read, m->log.events);
	want_eq(st.used, 0);
}

/* ---- What can be mapped, and what not ---- */

static void *try_map(int fd, size_t size, int prot, int flags, off_t offset)
{
	return mmap(NULL, size, prot, flags, fd, offset);
}

#define REFUSED(err, ...)                                 \
	do {                                              \
		errno = 0;                                \
		want(try_map(__VA_ARGS__) == MAP_FAILED); \
		want_eq(errno, err);                      \
	} while (0)

static void refused(void)
{
	struct fcdl_setup s = { .version = 1, .ops = OPS_NAMES };
	const int rw = PROT_READ | PROT_WRITE;
	struct map m;
	size_t page = sysconf(_SC_PAGESIZE), size;
	char byte;
	int fd;

	fd = open("/dev/fcdl", O_RDWR | O_CLOEXEC);
	REFUSED(ENOTCONN, fd, page, rw, MAP_SHARED, FCDL_MAP_READER);
	s.flags = FCDL_SETUP_MMAP;
	s.policy = FCDL_POLICY_OLDEST;
	want_errno(ioctl(fd, FCDL_IOC_SETUP, &s), EINVAL);
	s.flags = 0;
	want_eq(ioctl(fd, FCDL_IOC_SETUP, &s), 0);
	REFUSED(ENODEV, fd, page, rw, MAP_SHARED, FCDL_MAP_READER);
	REFUSED(ENODEV, fd, page + s.ring_size, PROT_READ, MAP_SHARED, FCDL_MAP_KERNEL);
	close(fd);

	map_setup(&m, FCDL_POLICY_NEWEST, 0, FCDL_RING_MIN, OPS_NAMES);
	fd = m.log.fd;
	size = page + m.ring_size;
	want_errno(raw_read(fd, &byte, 1), EINVAL);
	REFUSED(EINVAL, fd, 2 * page, rw, MAP_SHARED, FCDL_MAP_READER);
	REFUSED(EINVAL, fd, page, rw, MAP_SHARED, page);
	REFUSED(EINVAL, fd, page, PROT_READ, MAP_SHARED, FCDL_MAP_KERNEL);
	REFUSED(EINVAL, fd, size - page, PROT_READ, MAP_SHARED, FCDL_MAP_KERNEL);
	REFUSED(EINVAL, fd, size + page, PROT_READ, MAP_SHARED, FCDL_MAP_KERNEL);
	REFUSED(EINVAL, fd, size - page, PROT_READ, MAP_SHARED, FCDL_MAP_KERNEL + page);
	REFUSED(EINVAL, fd, size, PROT_READ, MAP_SHARED, FCDL_MAP_KERNEL - page);
	REFUSED(EINVAL, fd, page, rw, MAP_PRIVATE, FCDL_MAP_READER);
	REFUSED(EINVAL, fd, size, PROT_READ, MAP_PRIVATE, FCDL_MAP_KERNEL);
	REFUSED(EACCES, fd, size, rw, MAP_SHARED, FCDL_MAP_KERNEL);
	REFUSED(EACCES, fd, size, PROT_READ | PROT_EXEC, MAP_SHARED, FCDL_MAP_KERNEL);
	REFUSED(EACCES, fd, page, rw | PROT_EXEC, MAP_SHARED, FCDL_MAP_READER);

	/* and not later either, nor behind the mapping's back */
	want_errno(mprotect((void *)m.kernel, page, rw), EACCES);
	want_errno(mprotect((void *)m.ring, page, PROT_READ | PROT_EXEC), EACCES);
	want_errno(mprotect(m.reader, page, rw | PROT_EXEC), EACCES);
	want(mremap((void *)m.kernel, size, size + page, MREMAP_MAYMOVE) == MAP_FAILED);
	want_eq(errno, EFAULT);
	want_errno(madvise((void *)m.kernel, size, MADV_DODUMP), EINVAL);
	fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	want(fd >= 0);
	want_errno(pwrite(fd, "x", 1, (off_t)(unsigned long)m.ring), EIO);
	close(fd);
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	want_errno(raw_read(fd, (void *)m.ring, 8), EFAULT);
	close(fd);
	map_close(&m);
}

/* Whoever cannot write to the descriptor can look, and not take. */
static void read_only(void)
{
	struct fcdl_setup s = { .version = 1, .ops = OPS_NAMES, .flags = FCDL_SETUP_MMAP };
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = open("/dev/fcdl", O_RDONLY | O_CLOEXEC);
	const struct fcdl_map_kernel *kernel;

	want_eq(ioctl(fd, FCDL_IOC_SETUP, &s), 0);
	REFUSED(EACCES, fd, page, PROT_READ | PROT_WRITE, MAP_SHARED, FCDL_MAP_READER);
	kernel = try_map(fd, page + s.ring_size, PROT_READ, MAP_SHARED, FCDL_MAP_KERNEL);
	want(kernel != MAP_FAILED);
	want_errno(mprotect((void *)kernel, page, PROT_READ | PROT_WRITE), EACCES);
	want_eq(ioctl(fd, FCDL_IOC_RUN), 0);
	want_eq(kernel->head, sizeof(struct fcdl_note));
	munmap((void *)kernel, page + s.ring_size);
	close(fd);
}

static bool is_zero(const char *bytes, size_t size)
{
	while (size && !*bytes)
		bytes++, size--;
	return !size;
}

/* The end of the last string of an event */
static size_t strings_end(const struct fcdl_event *e)
{
	const struct fcdl_str *const all[] = { &e->path[0], &e->path[1], &e->target, &e->exe, &e->filter };
	size_t end = e->record.fixed, i;

	for (i = 0; i < 5; i++)
		if (all[i]->offset && all[i]->offset + all[i]->length + 1 > end)
			end = all[i]->offset + all[i]->length + 1;
	return end;
}

/* Nothing is in sight but records, and these have no byte that nobody set. */
static void nothing_else(void)
{
	const struct fcdl_event *e;
	char name[16] = "";
	struct map m;
	int i;

	map_setup(&m, FCDL_POLICY_NEWEST, 0, 1 << 20, OPS_NAMES);
	want(is_zero((const char *)m.reader, m.page));
	want(is_zero((const char *)m.kernel, m.page + m.ring_size));
	want_eq(log_path(&m.log, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(m.log.fd, FCDL_IOC_RUN), 0);
	for (i = 0; i < 9; i++) {
		name[i] = 'x';
		want_eq(raw_wait(churn(name, 1)), 0);
	}
	for (i = 0; i < 18; i++) {
		e = map_event(&m);
		want(is_zero((const char *)e + strings_end(e), e->record.size - strings_end(e)));
	}
	want_eq(m.log.notes, 2);
	want(is_zero(m.ring + m.tail, m.ring_size - m.tail));
	want(is_zero((const char *)m.kernel + sizeof(*m.kernel), m.page - sizeof(*m.kernel)));
	map_close(&m);
}

/* ---- Taking ---- */

#define WRITERS 4
#define ROUNDS 60

static const unsigned int steps[] = { RFS_OP_CREATE, FCDL_OP_CLOSE_WRITE, RFS_OP_RENAME, RFS_OP_UNLINK };

static void work(int who)
{
	char a[4200], b[4200];
	int i, fd;

	for (i = 0; i < ROUNDS; i++) {
		snprintf(a, sizeof(a), "%s", tpath("p%d/%d", who, i));
		snprintf(b, sizeof(b), "%s", tpath("p%d/%d.new", who, i));
		fd = open(a, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) || rename(a, b) || unlink(b))
			_exit(1);
	}
	_exit(0);
}

/* Every event, with every name, in order per process, none twice; many times around. */
static void in_order(void)
{
	const unsigned long long ops = OP(RFS_OP_CREATE) | OP(FCDL_OP_CLOSE_WRITE) | OP(RFS_OP_RENAME) |
				       OP(RFS_OP_UNLINK);
	const struct fcdl_event *e;
	int at[WRITERS] = {}, i, last;
	unsigned long long timeouts;
	pid_t pid[WRITERS];
	struct map m;

	map_open(&m, FCDL_POLICY_WAIT, 1000, FCDL_RING_MIN, ops);
	for (i = 0; i < WRITERS; i++)
		want_eq(mkdir(tpath("p%d", i), 0700), 0);
	for (i = 0; i < WRITERS; i++) {
		pid[i] = raw_fork();
		if (!pid[i])
			work(i);
	}
	while (m.log.events + m.log.lost < WRITERS * ROUNDS * 4) {
		const char *path;

		e = (const void *)map_next(&m);
		want(e);
		if (e->record.type != FCDL_EVENT)
			continue;
		for (i = 0; i < WRITERS && pid[i] != (pid_t)e->caller.pid; i++)
			;
		want(i < WRITERS);
		/* a machine that was too slow for a second may have lost some: then only the count is told */
		if (!m.log.lost) {
			want_eq(e->op, steps[at[i] % 4]);
			path = at[i] % 4 == 3 ? tpath("p%d/%d.new", i, at[i] / 4) : tpath("p%d/%d", i, at[i] / 4);
			want_eq(strcmp(log_string(e, &e->path[0]), path), 0);
		}
		last = atoi(strrchr(log_string(e, &e->path[0]), '/') + 1);
		want(last >= at[i] / 4);
		at[i]++;
	}
	for (i = 0; i < WRITERS; i++)
		want_eq(raw_wait(pid[i]), 0);
	timeouts = log_status(&m.log).timeouts;
	want_eq(m.log.lost, timeouts ? m.log.lost : 0);
	want(m.tail > 4 * m.ring_size || m.log.lost);
	want(!map_look(&m));
	want_eq(log_status(&m.log).read, m.log.events);
	want_eq(map_poll(&m, 0), 0);
	map_close(&m);
}

/* A reader that stops for a while, loses, takes, and stops again. The last loss is told although nothing follows. */
static void stopped_reader(void)
{
	struct map m;
	int i;

	map_open(&m, FCDL_POLICY_NEWEST, 0, FCDL_RING_MIN, OPS_NAMES);
	for (i = 1; i <= 4; i++) {
		want_eq(raw_wait(churn("a", 150)), 0);
		want(log_status(&m.log).lost > (i - 1) * 150U);
		want_eq(map_poll(&m, 0), POLLIN);
		map_drain(&m);
		accounted(&m, i * 150);
		want_eq(m.log.reasons, FCDL_LOST_FULL);
	}
	/* one that fits is not lost */
	want_eq(raw_wait(churn("a", 1)), 0);
	i = m.log.lost;
	map_drain(&m);
	want_eq(m.log.lost, i);
	accounted(&m, 601);
	/* what is told is the same if somebody waits by epoll */
	want_eq(raw_wait(churn("a", 150)), 0);
	{
		struct epoll_event ev = { .events = EPOLLIN };
		int ep = epoll_create1(EPOLL_CLOEXEC);

		want_eq(epoll_ctl(ep, EPOLL_CTL_ADD, m.log.fd, &ev), 0);
		while (epoll_wait(ep, &ev, 1, 0) == 1) {
			want_eq(ev.events, EPOLLIN);
			while (map_look(&m))
				;
		}
		close(ep);
	}
	accounted(&m, 751);
	map_close(&m);
}

/* Stopped, and everything taken: a hang-up, until it is run again. */
static void stop_and_go(void)
{
	struct map m;

	map_open(&m, FCDL_POLICY_NEWEST, 0, FCDL_RING_MIN, OPS_NAMES);
	map_drain(&m);
	want_eq(map_poll(&m, 0), 0);
	want_eq(raw_wait(churn("s", 2)), 0);
	want_eq(ioctl(m.log.fd, FCDL_IOC_STOP), 0);
	want_eq(map_poll(&m, 0), POLLIN);
	while (map_next(&m))
		;
	want_eq(m.log.last_note, FCDL_NOTE_STOP);
	want_eq(map_poll(&m, -1), POLLHUP);
	accounted(&m, 2);
	want_eq(ioctl(m.log.fd, FCDL_IOC_RUN), 0);
	want_eq(map_poll(&m, -1), POLLIN);
	map_drain(&m);
	want_eq(m.log.last_note, FCDL_NOTE_RUN);
	map_close(&m);
}

/* ---- Who shares it ---- */

/* A child takes what is there with what it inherited, and may make no system call but to end. */
static void inherited(void)
{
	unsigned long long *taken = raw_shared(4096);
	struct map m, cut;
	pid_t c;

	map_open(&m, FCDL_POLICY_NEWEST, 0, 1 << 20, OPS_NAMES);
	want_eq(raw_wait(churn("f", 50)), 0);
	c = raw_fork();
	if (!c) {
		want_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), 0);
		while (map_look(&m))
			;
		*taken = m.log.events;
		syscall(SYS_exit, 0);
	}
	want_eq(raw_wait(c), 0);
	want_eq(*taken, 100);
	want_eq(log_status(&m.log).read, 100);
	want_eq(log_status(&m.log).used, 0);
	/* we go on where it ended */
	m.tail = m.reader->tail;
	m.log.next = 101;
	want_eq(raw_wait(churn("f", 1)), 0);
	want_eq(map_event(&m)->record.seq, 101);
	want_eq(map_event(&m)->record.seq, 102);
	/* another mapping, moved and cut, shows the same */
	cut = m;
	map_pages(&cut);
	want_eq(memcmp((const void *)cut.kernel, (const void *)m.kernel, cut.page + cut.ring_size), 0);
	cut.kernel = mremap((void *)cut.kernel, cut.page + cut.ring_size, cut.page + cut.ring_size,
			    MREMAP_MAYMOVE | MREMAP_FIXED, raw_shared(4 << 20));
	want(cut.kernel != MAP_FAILED);
	want_eq(munmap((void *)cut.kernel, cut.page), 0);
	cut.ring = (const char *)cut.kernel + cut.page;
	want_eq(memcmp(cut.ring, m.ring, m.ring_size), 0);
	want_eq(munmap((void *)cut.ring, m.ring_size), 0);
	want_eq(munmap(cut.reader, m.page), 0);
	munmap(taken, 4096);
	map_close(&m);
}

/* A mapping is as good as a descriptor: the reader lives, and goes with the last of them. */
static void close_before_unmap(void)
{
	struct map m;

	map_open(&m, FCDL_POLICY_NEWEST, 0, FCDL_RING_MIN, OPS_NAMES);
	want_eq(close(m.log.fd), 0);
	want(raw_info("fcdl-0", NULL));
	want(syscall(SYS_delete_module, "fcdl", O_NONBLOCK) < 0 && (errno == EWOULDBLOCK || errno == EBUSY));
	want_eq(raw_wait(churn("c", 3)), 0);
	while (map_look(&m))
		;
	want_eq(m.log.events, 6);
	want_eq(munmap(m.reader, m.page), 0);
	want(raw_info("fcdl-0", NULL));
	want_eq(munmap((void *)m.kernel, m.page + m.ring_size), 0);
	want(!raw_info("fcdl-0", NULL));
}

static struct {
	pthread_mutex_t lock;
	struct map map;
	unsigned long long until;
	unsigned long long taken[2];
} turns = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Each with mappings of its own */
static void *take_turns(void *arg)
{
	unsigned long long *taken = arg;
	struct map own = turns.map;
	bool more = true;

	map_pages(&own);
	while (more) {
		pthread_mutex_lock(&turns.lock);
		/* what was told so far is one account; the tail is where the kernel has it */
		own.log = turns.map.log;
		own.tail = own.reader->tail;
		if (map_look(&own)) {
			map_take(&own);
			++*taken;
		}
		turns.map.log = own.log;
		more = own.log.events + own.log.lost < turns.until;
		pthread_mutex_unlock(&turns.lock);
		if (more)
			map_poll(&own, 10);
	}
	map_unmap(&own);
	return NULL;
}

static void two_threads(void)
{
	pthread_t thread[2];
	pid_t c;
	int i;

	map_open(&turns.map, FCDL_POLICY_NEWEST, 0, 1 << 20, OPS_NAMES);
	turns.until = 400;
	c = churn("t", 200);
	for (i = 0; i < 2; i++)
		want_eq(pthread_create(&thread[i], NULL, take_turns, &turns.taken[i]), 0);
	for (i = 0; i < 2; i++)
		want_eq(pthread_join(thread[i], NULL), 0);
	want_eq(raw_wait(c), 0);
	want_eq(turns.taken[0] + turns.taken[1], 400 + 2);
	want_eq(turns.map.log.lost, 0);
	turns.map.tail = turns.map.reader->tail;
	accounted(&turns.map, 200);
	map_close(&turns.map);
}

/* ---- Waiting for room ---- */

/* Until somebody waits for room, and it is told. The deadline may have been faster: then the reader is not stalled again. */
static void until_one_waits(struct map *m)
{
	unsigned long long timeouts;
	int i;

	for (i = 0; i < 20; i++) {
		timeouts = log_status(&m->log).timeouts;
		wait_until(map_has_waiters(m) || log_status(&m->log).timeouts > timeouts);
		if (map_has_waiters(m))
			return;
		map_drain(m);
	}
	die("nobody who waits is told");
}

static void waiting(void)
{
	struct fcdl_status st;
	unsigned long long timeouts;
	struct map m;
	pid_t c;
	int i;

	/* nobody takes: one caller waits, in vain, and then nobody does */
	map_open(&m, FCDL_POLICY_WAIT, 50, FCDL_RING_MIN, OPS_NAMES);
	want_eq(raw_wait(churn("w", 100)), 0);
	st = log_status(&m.log);
	want_eq(st.waits, 1);
	want_eq(st.timeouts, 1);
	want(st.flags & FCDL_STATUS_STALLED);
	want_eq(m.kernel->waiters, 0);
	map_look(&m);
	want(map_look(&m));
	want(!(log_status(&m.log).flags & FCDL_STATUS_STALLED));
	map_drain(&m);
	accounted(&m, 100);
	want_eq(m.log.reasons, FCDL_LOST_TIMEOUT | FCDL_LOST_FULL);
	map_close(&m);

	/* who waits goes on when the reader has taken something and says so */
	map_open(&m, FCDL_POLICY_WAIT, 1000, FCDL_RING_MIN, OPS_NAMES);
	c = churn("w", 100000);
	for (i = 0; i < 20; i++) {
		until_one_waits(&m);
		timeouts = log_status(&m.log).timeouts;
		while (map_look(&m))
			;
		map_poll(&m, 0);
		st = log_status(&m.log);
		wait_until(log_status(&m.log).waits > st.waits || !map_has_waiters(&m));
		if (log_status(&m.log).timeouts == timeouts)
			break;
	}
	want(i < 20);
	/* and who is killed while he waits is gone, and not counted as waiting any more */
	until_one_waits(&m);
	kill(c, SIGKILL);
	want_eq(raw_wait(c), 128 + SIGKILL);
	want_eq(m.kernel->waiters, 0);
	rmdir(tpath("w"));
	map_drain(&m);
	want_eq(m.log.events + m.log.lost, log_status(&m.log).events);
	map_close(&m);

	/* who waits when the reader goes away goes on */
	map_open(&m, FCDL_POLICY_WAIT, 1000, FCDL_RING_MIN, OPS_NAMES);
	c = churn("w", 200);
	until_one_waits(&m);
	map_close(&m);
	want_eq(raw_wait(c), 0);
}

/* ---- Lies ---- */

static struct {
	struct map *map;
	volatile bool over;
} liar;

static void *scribble(void *arg)
{
	unsigned long long state = 88172645463325252ULL;
	volatile unsigned int *page = (void *)liar.map->reader;
	unsigned int n = 0;

	while (!liar.over) {
		state ^= state << 13, state ^= state >> 7, state ^= state << 17;
		/* anything, something in the ring, and everything */
		if (++n % 3 == 0)
			page[0] = (unsigned int)state;
		else if (n % 3 == 1)
			page[0] = liar.map->kernel->head - state % (liar.map->ring_size + 64);
		else
			page[0] = liar.map->kernel->head;
		page[1 + state % (liar.map->page / 4 - 1)] = (unsigned int)(state >> 32);
	}
	return arg;
}

static void lies(unsigned int policy, unsigned int deadline_ms)
{
	const unsigned long long each = 300;
	struct fcdl_status st;
	pthread_t thread;
	pid_t c[2];
	struct map m;
	int code[2], i;

	map_open(&m, policy, deadline_ms, FCDL_RING_MIN, OPS_NAMES);
	liar.map = &m;
	liar.over = false;
	want_eq(pthread_create(&thread, NULL, scribble, NULL), 0);
	for (i = 0; i < 2; i++)
		c[i] = churn(i ? "l" : "m", each);
	for (i = 0; i < 2; i++) {
		while (!raw_ended(c[i], &code[i])) {
			map_poll(&m, 1);
			st = log_status(&m.log);
			want(st.used <= m.ring_size && st.lost <= st.events && st.read <= st.events);
		}
		want_eq(code[i], 0);
	}
	liar.over = true;
	want_eq(pthread_join(thread, NULL), 0);
	/* nobody else noticed; and with the truth everything is well again */
	m.tail = m.kernel->head;
	map_take(&m);
	want_eq(map_poll(&m, 0) & ~POLLIN, 0);
	st = log_status(&m.log);
	want_eq(st.events, 4 * each);
	m.tail = m.kernel->head;
	map_take(&m);
	want_eq(map_poll(&m, 0), 0);
	want_eq(log_status(&m.log).used, 0);
	m.log.next = st.events + 1;
	want_eq(raw_wait(churn("l", 5)), 0);
	map_drain(&m);
	want_eq(m.log.events, 10);
	map_close(&m);
}

static void liars(void)
{
	lies(FCDL_POLICY_NEWEST, 0);
	lies(FCDL_POLICY_WAIT, 20);
}

/* ---- The library ---- */

static int mapped_regions(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int n = 0;

	want(maps);
	while (fgets(line, sizeof(line), maps))
		n += strstr(line, "/dev/fcdl") != NULL;
	fclose(maps);
	return n;
}

/* It maps where it can, and gives the same if not. */
static void library(void)
{
	const struct {
		unsigned int mode;
		unsigned int policy;
		int regions;
	} ways[] = {
		{ 0, FCDL_POLICY_NEWEST, 2 },
		{ 0, FCDL_POLICY_WAIT, 2 },
		{ FCDL_OPEN_READ, FCDL_POLICY_NEWEST, 0 },
		{ 0, FCDL_POLICY_OLDEST, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct fcdl_options o = { .size = sizeof(o), .mode = ways[i].mode, .policy = ways[i].policy };
		const struct fcdl_record *r;
		unsigned long long next = 1;
		struct fcdl_log *log;
		pid_t c;

		o.deadline_ms = o.policy == FCDL_POLICY_WAIT ? 1000 : 0;
		want_eq(fcdl_open(&log, &o), 0);
		want_eq(mapped_regions(), ways[i].regions);
		want_eq(fcdl_set_path(log, raw_dir(), SUBTREE), 0);
		want_eq(fcdl_run(log), 0);
		c = churn("y", 20);
		while (next <= 40) {
			want_eq(fcdl_next(log, &r), 1);
			if (r->type == FCDL_EVENT)
				want_eq(r->seq, next++);
		}
		want_eq(raw_wait(c), 0);
		want_eq(fcdl_stop(log), 0);
		while (fcdl_next(log, &r) == 1)
			want_eq(r->type, FCDL_NOTE);
		want_eq(fcdl_next(log, &r), 0);
		fcdl_close(log);
		want_eq(mapped_regions(), 0);
	}
}

int main(int argc, char **argv)
{
	PART(refused);
	PART(read_only);
	PART(nothing_else);
	PART(in_order);
	PART(stopped_reader);
	PART(stop_and_go);
	PART(inherited);
	PART(close_before_unmap);
	PART(two_threads);
	PART(waiting);
	PART(liars);
	PART(library);
	return 0;
}
