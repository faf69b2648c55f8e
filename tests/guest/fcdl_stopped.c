// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a reader that stops or is killed harms no writer; delivered plus lost equals done, per operation; waits end in time
 * fs: ext4 tmpfs
 * load: redirfs fcdl
 * timeout: 240
 */
#include "fcdl_raw.h"

#define WRITERS 8

/* What one operation may take beyond the deadline of its wait: only a lost wake-up takes longer. */
#define PATIENCE (10000 * MS * raw_scale())

/* A process that works; shared with the test */
struct writer {
	pid_t pid;
	long long begun; /* when its present operation began */
	long long longest; /* nanoseconds that one took, since the test looked */
	unsigned int rounds; /* of four operations each */
};

static volatile struct shared {
	struct writer writer[WRITERS];
	unsigned int limit; /* rounds that each may do */
	bool enough;
	bool ready;
	struct log log; /* what the reader was told */
} * shared;

#define TIMED(w, call)                                         \
	({                                                     \
		long long rc_, took_;                          \
		(w)->begun = now_ns();                         \
		rc_ = (call);                                  \
		took_ = now_ns() - (w)->begun;                 \
		(w)->longest = MAX((w)->longest, took_);       \
		if (rc_ < 0)                                   \
			die("%s: %s", #call, strerror(errno)); \
		(int)rc_;                                      \
	})
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static const unsigned int steps[] = { RFS_OP_CREATE, FCDL_OP_CLOSE_WRITE, RFS_OP_RENAME, RFS_OP_UNLINK };
#define STEPS (OP(RFS_OP_CREATE) | OP(FCDL_OP_CLOSE_WRITE) | OP(RFS_OP_RENAME) | OP(RFS_OP_UNLINK))

static void work(int who)
{
	volatile struct writer *w = &shared->writer[who];

	while (!shared->enough && w->rounds < shared->limit) {
		const char *a = tpath("p%d/%u", who, w->rounds), *b = tpath("p%d/%u.new", who, w->rounds);
		int fd = TIMED(w, open(a, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));

		want_eq(write(fd, "x", 1), 1);
		TIMED(w, close(fd));
		TIMED(w, rename(a, b));
		TIMED(w, unlink(b));
		w->rounds++;
	}
}

static void begin_work(int writers, unsigned int limit)
{
	int i;

	memset((void *)shared, 0, sizeof(*shared));
	shared->limit = limit;
	for (i = 0; i < writers; i++) {
		pid_t pid = raw_fork();

		if (!pid) {
			work(i);
			_exit(0);
		}
		shared->writer[i].pid = pid;
	}
}

/* All are told to end, and did so without an error. Return: rounds that all of them did */
static unsigned long long end_work(void)
{
	unsigned long long rounds = 0;
	int i;

	shared->enough = true;
	for (i = 0; i < WRITERS && shared->writer[i].pid; i++) {
		want_eq(raw_wait(shared->writer[i].pid), 0);
		rounds += shared->writer[i].rounds;
	}
	return rounds;
}

static void nobody_waited_longer_than(long long ns)
{
	int i;

	for (i = 0; i < WRITERS; i++)
		want(shared->writer[i].longest <= ns);
}

static unsigned int waiting_writers(void)
{
	unsigned int n = 0;
	int i;

	for (i = 0; i < WRITERS && shared->writer[i].pid; i++)
		n += waits_for_room(shared->writer[i].pid);
	return n;
}

/* Every one of them did something since then. */
static void all_go_on(void)
{
	unsigned int before[WRITERS];
	int i;

	for (i = 0; i < WRITERS; i++)
		before[i] = shared->writer[i].rounds;
	for (i = 0; i < WRITERS && shared->writer[i].pid; i++)
		wait_until(shared->writer[i].rounds > before[i]);
}

static void log_begin(struct log *l, unsigned int policy, unsigned int deadline_ms)
{
	struct fcdl_setup s = { .ops = STEPS, .policy = policy, .deadline_ms = deadline_ms, .ring_size = FCDL_RING_MIN };

	log_setup(l, &s, 0);
	want_eq(log_path(l, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(l->fd, FCDL_IOC_RUN), 0);
}

/* ---- Stopped ---- */

/* What is there is in order per process, nothing twice. */
static void follow(const struct fcdl_event *e)
{
	static long last[WRITERS];
	const char *path = log_string(e, &e->path[0]) + strlen(raw_dir());
	unsigned int round, step;
	int who, end = 0;

	want(sscanf(path, "/p%d/%u%n", &who, &round, &end) == 2 && who >= 0 && who < WRITERS);
	for (step = 0; step < 4 && steps[step] != e->op; step++)
		;
	want(step < 4);
	want_eq(strcmp(path + end, step == 3 ? ".new" : ""), 0);
	want(last[who] < (long)(4 * round + step + 1));
	last[who] = 4 * round + step + 1;
}

static pid_t reader(struct log *l)
{
	pid_t pid = raw_fork();
	const struct fcdl_record *r;

	if (pid)
		return pid;
	while ((r = log_next(l))) {
		if (r->type == FCDL_EVENT)
			follow((const void *)r);
		shared->log = *l;
	}
	_exit(0);
}

/* The reader is stopped three times, until something was lost, while eight processes work. */
static void stopped(unsigned int policy)
{
	unsigned long long rounds;
	struct fcdl_status st;
	volatile struct log *told = &shared->log;
	struct log l;
	int i, status;
	pid_t r;

	log_begin(&l, policy, policy == FCDL_POLICY_WAIT ? 50 : 0);
	begin_work(WRITERS, ~0U);
	r = reader(&l);
	for (i = 0; i < 3; i++) {
		unsigned long long before;

		before = told->events;
		wait_until(told->events > before + 20);
		kill(r, SIGSTOP);
		want_eq(waitpid(r, &status, WUNTRACED), r);
		want(WIFSTOPPED(status));
		before = log_status(&l).lost;
		wait_until(log_status(&l).lost > before + 50);
		all_go_on();
		kill(r, SIGCONT);
	}
	rounds = end_work();
	want_eq(ioctl(l.fd, FCDL_IOC_STOP), 0);
	want_eq(raw_wait(r), 0);
	st = log_status(&l);
	for (i = 0; i < 4; i++)
		want_eq(told->ops[steps[i]], rounds);
	want_eq(told->events + told->lost, 4 * rounds);
	want_eq(st.events, 4 * rounds);
	want_eq(st.lost, told->lost);
	want_eq(st.read, told->events);
	want_eq(st.used, 0);
	want_eq(told->reasons, policy == FCDL_POLICY_WAIT ? FCDL_LOST_FULL | FCDL_LOST_TIMEOUT : FCDL_LOST_FULL);
	want_eq(st.timeouts > 0, policy == FCDL_POLICY_WAIT);
	nobody_waited_longer_than(50 * MS + PATIENCE);
	printf("policy %u: %llu done, %llu told, %llu lost\n", policy, 4 * rounds, told->events, told->lost);
	log_close(&l);
}

/* ---- Killed ---- */

/* A reader with a descriptor of its own, which ends with it. */
static pid_t lone_reader(unsigned int policy, unsigned int deadline_ms, bool reads)
{
	pid_t pid = raw_fork();
	struct log l;

	if (pid) {
		wait_until(shared->ready);
		shared->ready = false;
		return pid;
	}
	log_begin(&l, policy, deadline_ms);
	shared->ready = true;
	while (reads) {
		log_next(&l);
		shared->log = l;
	}
	for (;;)
		pause();
}

/* While it reads: nobody notices. */
static void killed(void)
{
	int i;

	begin_work(WRITERS, ~0U);
	for (i = 0; i < 9; i++) {
		pid_t r = lone_reader(i % 3, i % 3 == FCDL_POLICY_WAIT ? 1000 : 0, true);

		wait_until(shared->log.events > 30);
		kill(r, SIGKILL);
		want_eq(raw_wait(r), 128 + SIGKILL);
		shared->log.events = 0;
		all_go_on();
	}
	end_work();
	nobody_waited_longer_than(1000 * MS + PATIENCE);
}

/*
 * While they wait for it: they go on at once. Whoever is forgotten waits for the whole deadline; so it is enough that
 * all did not once, however slow the machine is.
 */
static void killed_while_they_wait(void)
{
	bool at_once = false;
	int i, turn;

	begin_work(4, ~0U);
	for (turn = 0; turn < 20 && !at_once; turn++) {
		pid_t r;

		for (i = 0; i < 4; i++)
			shared->writer[i].longest = 0;
		r = lone_reader(FCDL_POLICY_WAIT, 1000, false);
		wait_until(waiting_writers() == 4 || raw_stat("fcdl-0", "waits_timed_out"));
		at_once = waiting_writers() == 4;
		kill(r, SIGKILL);
		want_eq(raw_wait(r), 128 + SIGKILL);
		all_go_on();
		for (i = 0; i < 4; i++)
			at_once &= shared->writer[i].longest < 1000 * MS;
		nobody_waited_longer_than(1000 * MS + PATIENCE);
	}
	end_work();
	want(at_once);
}

/* ---- Waiting ---- */

/* One operation that three readers are told of waits once, not three times. */
static void one_budget(void)
{
	struct log l[3];
	pid_t c;
	int i;

	for (i = 0; i < 3; i++)
		log_begin(&l[i], FCDL_POLICY_WAIT, 100);
	c = raw_fork();
	if (!c) {
		unsigned long long waits = 0, before;
		int n;

		for (n = 0; n < 400; n++) {
			if (n & 1)
				want_eq(unlink(tpath("budget")), 0);
			else
				want_eq(mknod(tpath("budget"), S_IFREG | 0600, 0), 0);
			before = waits;
			for (waits = i = 0; i < 3; i++)
				waits += log_status(&l[i]).waits;
			want(waits <= before + 1);
		}
		want_eq(waits, 3);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	for (i = 0; i < 3; i++) {
		want_eq(log_status(&l[i]).timeouts, 1);
		want(log_status(&l[i]).wait_ns >= 100 * MS);
		log_close(&l[i]);
	}
}

/*
 * A reader that takes a little each time that somebody waits: each is woken when there is room, and nothing is lost.
 * Whoever is not woken waits for the whole deadline, and finds room then.
 */
static void woken(void)
{
	unsigned long long rounds;
	struct fcdl_status st;
	unsigned int i, done;
	struct log l;

	log_begin(&l, FCDL_POLICY_WAIT, 1000);
	l.size = 16384;
	begin_work(WRITERS, 30);
	fcntl(l.fd, F_SETFL, O_NONBLOCK);
	do {
		for (done = i = 0; i < WRITERS; i++)
			done += shared->writer[i].rounds == 30;
		if (done < WRITERS && !waiting_writers() && !log_status(&l).timeouts)
			continue;
		do
			log_next(&l);
		while (l.at < l.used);
	} while (done < WRITERS);
	rounds = end_work();
	log_drain(&l);
	st = log_status(&l);
	printf("%llu waits, %llu ms in all, %llu in vain\n", st.waits, st.wait_ns / MS, st.timeouts);
	want_eq(rounds, 30 * WRITERS);
	want_eq(l.events + l.lost, 4 * rounds);
	want(st.timeouts || !l.lost);
	want(st.waits > 10);
	want(st.wait_ns / st.waits < 500 * MS);
	nobody_waited_longer_than(1000 * MS + PATIENCE);
	log_close(&l);
}

int main(void)
{
	int i;

	shared = raw_shared(sizeof(*shared));
	for (i = 0; i < WRITERS; i++)
		want_eq(mkdir(tpath("p%d", i), 0700), 0);
	stopped(FCDL_POLICY_NEWEST);
	stopped(FCDL_POLICY_OLDEST);
	stopped(FCDL_POLICY_WAIT);
	killed();
	killed_while_they_wait();
	one_budget();
	woken();
	return 0;
}
