// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: /dev/fcdl: delivered plus lost equals done, exactly, under every policy; waits and what ends them
 * fs: ext4 tmpfs
 * load: redirfs fcdl
 * timeout: 240
 */
#include "fcdl_raw.h"

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

static void setup(struct log *l, unsigned int policy, unsigned int deadline_ms, size_t ring)
{
	struct fcdl_setup s = { .ops = OPS_NAMES, .policy = policy, .deadline_ms = deadline_ms, .ring_size = ring };

	log_setup(l, &s, 0);
	want_eq(log_path(l, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(l->fd, FCDL_IOC_RUN), 0);
}

/* Everything that is there, without waiting */
static void read_all(struct log *l)
{
	fcntl(l->fd, F_SETFL, O_NONBLOCK);
	log_drain(l);
	fcntl(l->fd, F_SETFL, 0);
}

static void accounted(struct log *l, unsigned long long each)
{
	struct fcdl_status st = log_status(l);

	want_eq(l->ops[RFS_OP_MKDIR], each);
	want_eq(l->ops[RFS_OP_RMDIR], each);
	want_eq(l->events + l->lost, 2 * each);
	want_eq(st.events, 2 * each);
	want_eq(st.lost, l->lost);
	want_eq(st.read, l->events);
	want_eq(st.used, 0);
}

/* A reader that stops for a while, loses, reads, and stops again */
static void stopped_reader(unsigned int policy)
{
	struct log l;
	int i;

	setup(&l, policy, 0, FCDL_RING_MIN);
	for (i = 1; i <= 4; i++) {
		want_eq(raw_wait(churn("a", 150)), 0);
		want(log_status(&l).lost > (i - 1) * 150U);
		read_all(&l);
		accounted(&l, i * 150);
		want_eq(l.reasons, FCDL_LOST_FULL);
	}
	/* one that fits is not lost */
	want_eq(raw_wait(churn("a", 1)), 0);
	i = l.lost;
	read_all(&l);
	want_eq(l.lost, i);
	accounted(&l, 601);
	log_close(&l);
}

/* Which ones are lost is the reader's choice. */
static void first_or_last(void)
{
	const struct fcdl_record *r;
	struct log newest, oldest;

	setup(&newest, FCDL_POLICY_NEWEST, 0, FCDL_RING_MIN);
	setup(&oldest, FCDL_POLICY_OLDEST, 0, FCDL_RING_MIN);
	want_eq(raw_wait(churn("b", 150)), 0);
	read_all(&newest);
	read_all(&oldest);
	accounted(&newest, 150);
	accounted(&oldest, 150);
	/* the loss is told behind, or in front: both notes went with it there */
	want_eq(newest.notes, 2);
	want_eq(oldest.notes, 0);
	log_close(&newest);
	log_close(&oldest);

	setup(&oldest, FCDL_POLICY_OLDEST, 0, FCDL_RING_MIN);
	want_eq(raw_wait(churn("b", 150)), 0);
	fcntl(oldest.fd, F_SETFL, O_NONBLOCK);
	r = log_next(&oldest);
	want_eq(r->type, FCDL_LOST);
	want_eq(r->seq, 1);
	want_eq(((const struct fcdl_lost *)r)->notes, 2);
	want_eq(((const struct fcdl_event *)log_next(&oldest))->record.seq, oldest.lost + 1);
	log_close(&oldest);
}

static void waiting(void)
{
	struct fcdl_status st;
	struct log l;
	pid_t c;

	/* nobody reads: one caller waits, in vain, and then nobody does */
	setup(&l, FCDL_POLICY_WAIT, 50, FCDL_RING_MIN);
	want_eq(raw_wait(churn("w", 100)), 0);
	st = log_status(&l);
	want_eq(st.waits, 1);
	want_eq(st.timeouts, 1);
	want(st.wait_ns >= 50 * MS);
	want(st.flags & FCDL_STATUS_STALLED);
	want(st.lost > 1);
	read_all(&l);
	accounted(&l, 100);
	want_eq(l.reasons, FCDL_LOST_TIMEOUT | FCDL_LOST_FULL);
	want(!(log_status(&l).flags & FCDL_STATUS_STALLED));
	log_close(&l);

	/* a reader that reads loses nothing, though the ring is much too small */
	setup(&l, FCDL_POLICY_WAIT, 1000, FCDL_RING_MIN);
	c = churn("w", 200);
	while (l.events + l.lost < 400)
		log_next(&l);
	want_eq(raw_wait(c), 0);
	accounted(&l, 200);
	want_eq(l.lost, log_status(&l).timeouts ? l.lost : 0);
	log_close(&l);
}

/* A child that waits for room; not @caught: it does not any more, since the machine is so slow. Another turn helps. */
static pid_t waiting_child(struct log *l, int rounds, bool *caught)
{
	pid_t c;

	setup(l, FCDL_POLICY_WAIT, 1000, FCDL_RING_MIN);
	c = churn("w", rounds);
	wait_until(waits_for_room(c) || log_status(l).timeouts);
	*caught = waits_for_room(c);
	return c;
}

/* Who is killed while he waits is gone at once; what he did is done, and counted. */
static void killed_while_waiting(void)
{
	unsigned long long lost;
	bool caught = false;
	struct log l;
	pid_t c;
	int i;

	for (i = 0; i < 20 && !caught; i++) {
		c = waiting_child(&l, 100000, &caught);
		kill(c, SIGKILL);
		want_eq(raw_wait(c), 128 + SIGKILL);
		rmdir(tpath("w"));
		lost = log_status(&l).lost;
		want(log_status(&l).timeouts || lost == 1);
		read_all(&l);
		want_eq(l.lost, lost);
		want_eq(l.events + l.lost, log_status(&l).events);
		log_close(&l);
	}
	want(caught);
}

/* And who waits when the reader goes away goes on. */
static void closed_while_waiting(void)
{
	bool caught = false;
	struct log l;
	pid_t c;
	int i;

	for (i = 0; i < 20 && !caught; i++) {
		c = waiting_child(&l, 200, &caught);
		log_close(&l);
		want_eq(raw_wait(c), 0);
	}
	want(caught);
}

int main(void)
{
	stopped_reader(FCDL_POLICY_NEWEST);
	stopped_reader(FCDL_POLICY_OLDEST);
	first_or_last();
	waiting();
	killed_while_waiting();
	closed_while_waiting();
	return 0;
}
