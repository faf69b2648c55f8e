// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: under a storm of eight processes the log has every event with every name, in order, once; new directories too
 * fs: ext4 tmpfs
 * load: redirfs fcdl
 * timeout: 300
 *
 * Eight processes create, write, rename and unlink 4,000 files (on slower lanes a part of that). With "storm=100000" on
 * the kernel's command line it is that many; see README.md.
 *
 * The reader keeps up, that is: its ring is large (64 MiB, which holds some 80,000 events), the policy is the default
 * one, and nothing may be lost. Not the policy that makes writers wait: that would hide a reader that does not keep up.
 */
#include "fcdl_raw.h"

#define WRITERS 8
#define ROUNDS 4000L
#define RING (64 << 20)

struct storm {
	struct log log;
	pid_t pid[WRITERS];
	int failed; /* how many of them failed; valid when the log is at its end */
	pthread_t thread;
};

static unsigned int rounds_wanted(void)
{
	char line[4096] = "", *at;
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	want(fd >= 0);
	want(read(fd, line, sizeof(line) - 1) > 0);
	close(fd);
	at = strstr(line, " storm=");
	return at ? strtoul(at + 7, NULL, 10) : (unsigned int)(ROUNDS / raw_scale());
}

/* When all of them are through, the log ends: the reader needs not know how many events there are. */
static void *stop_at_end(void *arg)
{
	struct storm *s = arg;
	int i;

	for (i = 0; i < WRITERS; i++)
		if (s->pid[i])
			s->failed += !!raw_wait(s->pid[i]);
	want_eq(ioctl(s->log.fd, FCDL_IOC_STOP), 0);
	return NULL;
}

/* A log of @ops below this directory, and children that do @work. */
static void begin(struct storm *s, const char *dir, unsigned long long ops, int children, void (*work)(int))
{
	struct fcdl_setup setup = { .ops = ops, .ring_size = RING };
	int i;

	memset(s, 0, sizeof(*s));
	log_setup(&s->log, &setup, 1 << 20);
	want_eq(setup.ring_size, RING);
	want_eq(log_path(&s->log, dir, SUBTREE), 0);
	want_eq(ioctl(s->log.fd, FCDL_IOC_RUN), 0);
	for (i = 0; i < children; i++) {
		s->pid[i] = raw_fork();
		if (!s->pid[i]) {
			work(i);
			_exit(0);
		}
	}
	want_eq(pthread_create(&s->thread, NULL, stop_at_end, s), 0);
}

/* The next event; NULL at the end. */
static const struct fcdl_event *next(struct storm *s)
{
	const struct fcdl_record *r;

	do
		r = log_next(&s->log);
	while (r && r->type != FCDL_EVENT);
	return (const void *)r;
}

static void end(struct storm *s, unsigned long long events)
{
	struct fcdl_status st = log_status(&s->log);

	want_eq(pthread_join(s->thread, NULL), 0);
	want_eq(s->failed, 0);
	want_eq(s->log.lost, 0);
	want_eq(s->log.events, events);
	want_eq(st.events, events);
	want_eq(st.read, events);
	want_eq(st.lost, 0);
	log_close(&s->log);
}

static int child_index(const struct storm *s, const struct fcdl_event *e)
{
	int i;

	for (i = 0; i < WRITERS; i++)
		if (s->pid[i] == (pid_t)e->caller.pid)
			return i;
	die("event %llu is by process %u, which is none of ours", e->record.seq, e->caller.pid);
}

/* ---- create, write, rename, unlink ---- */

static unsigned int rounds;

static const unsigned int steps[] = { RFS_OP_CREATE, FCDL_OP_CLOSE_WRITE, RFS_OP_RENAME, RFS_OP_UNLINK };

/* Half of them each in a directory of its own, half of them all in one */
static const char *file(int who, unsigned int round, const char *suffix)
{
	if (who & 1)
		return tpath("shared/%d-%u%s", who, round, suffix);
	return tpath("p%d/%u%s", who, round, suffix);
}

static void work(int who)
{
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		const char *a = file(who, i, ""), *b = file(who, i, ".new");
		int fd = open(a, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

		want(fd >= 0);
		want_eq(write(fd, "text", 4), 4);
		want_eq(close(fd), 0);
		want_eq(rename(a, b), 0);
		want_eq(unlink(b), 0);
	}
}

/* Every event, with every name, in order per process, none twice. */
static void everything(void)
{
	unsigned long long ino[WRITERS] = {}, dirs[WRITERS] = {};
	unsigned int at[WRITERS] = {};
	const struct fcdl_event *e;
	long long begun = now_ns();
	struct fcdl_status st;
	struct storm s;
	int i;

	want_eq(mkdir(tpath("shared"), 0700), 0);
	for (i = 0; i < WRITERS; i++) {
		struct stat dir;

		if (!(i & 1))
			want_eq(mkdir(tpath("p%d", i), 0700), 0);
		want_eq(stat(i & 1 ? tpath("shared") : tpath("p%d", i), &dir), 0);
		dirs[i] = dir.st_ino;
	}
	begin(&s, raw_dir(), OP(RFS_OP_CREATE) | OP(FCDL_OP_CLOSE_WRITE) | OP(RFS_OP_RENAME) | OP(RFS_OP_UNLINK),
	      WRITERS, work);
	while ((e = next(&s))) {
		const struct rfs_object *o = &e->object[RFS_FIRST];
		unsigned int step, round;

		i = child_index(&s, e);
		step = at[i] % 4;
		round = at[i] / 4;
		log_want(e, steps[step], file(i, round, step == 3 ? ".new" : ""),
			 step == 2 ? file(i, round, ".new") : NULL);
		want_eq(e->result, 0);
		want_eq(e->object[RFS_FIRST_PARENT].ino, dirs[i]);
		if (step == 0)
			ino[i] = o->ino;
		want_eq(o->ino, ino[i]);
		want_eq(o->size, step ? 4 : 0);
		want_eq(o->nlink, step < 3);
		at[i]++;
	}
	for (i = 0; i < WRITERS; i++)
		want_eq(at[i], 4 * rounds);
	st = log_status(&s.log);
	printf("%llu events in %lld ms, %llu lost\n", st.events, (now_ns() - begun) / MS, st.lost);
	end(&s, 4ULL * rounds * WRITERS);
}

/* ---- One name, several processes ---- */

#define TURNS 300

/* Each makes possible what another one waits for: the log has it in the order in which it happened. */
static void turns(int who)
{
	int i, rc;

	for (i = 0; i < TURNS;) {
		switch (who) {
		case 0:
			rc = mkdir(tpath("turns/d"), 0700);
			break;
		case 1:
			rc = rmdir(tpath("turns/d"));
			break;
		case 2:
			rc = rename(tpath("turns/a"), tpath("turns/b"));
			break;
		default:
			rc = rename(tpath("turns/b"), tpath("turns/a"));
			break;
		}
		if (!rc)
			i++;
		else
			want(errno == EEXIST || errno == ENOENT);
		if (rc)
			sched_yield();
	}
}

static void in_turn(void)
{
	unsigned int made = 0, moved = 0;
	const struct fcdl_event *e;
	struct storm s;

	want_eq(mkdir(tpath("turns"), 0700), 0);
	touch(tpath("turns/a"));
	begin(&s, tpath("turns"), OPS_NAMES, 4, turns);
	while ((e = next(&s))) {
		if (e->op == RFS_OP_RENAME) {
			log_want(e, RFS_OP_RENAME, tpath(moved & 1 ? "turns/b" : "turns/a"),
				 tpath(moved & 1 ? "turns/a" : "turns/b"));
			want_eq(child_index(&s, e), moved++ & 1 ? 3 : 2);
		} else {
			log_want(e, made & 1 ? RFS_OP_RMDIR : RFS_OP_MKDIR, tpath("turns/d"), NULL);
			want_eq(child_index(&s, e), made++ & 1);
		}
	}
	end(&s, 4 * TURNS);
}

/* ---- What is made inside a directory that was made a moment ago ---- */

static int trees(void)
{
	return 1000 / raw_scale();
}

/* Whole trees, as "mkdir -p d/a/b; touch d/a/b/f"; the second one makes them out of sight and moves them here. */
static void plant(int who)
{
	int i;

	for (i = 0; i < trees(); i++) {
		if (!who) {
			want_eq(mkdir(tpath("trees/d%d", i), 0700), 0);
			want_eq(mkdir(tpath("trees/d%d/a", i), 0700), 0);
			want_eq(mkdir(tpath("trees/d%d/a/b", i), 0700), 0);
			touch(tpath("trees/d%d/a/b/f", i));
			continue;
		}
		want_eq(mkdir(tpath("away/m"), 0700), 0);
		want_eq(mkdir(tpath("away/m/a"), 0700), 0);
		want_eq(rename(tpath("away/m"), tpath("trees/m%d", i)), 0);
		touch(tpath("trees/m%d/a/f", i));
	}
}

static void new_trees(void)
{
	static const char *const dirs[] = { "trees/d%d", "trees/d%d/a", "trees/d%d/a/b", "trees/d%d/a/b/f" };
	unsigned int at[2] = {};
	const struct fcdl_event *e;
	struct storm s;
	int i;

	want_eq(mkdir(tpath("trees"), 0700), 0);
	want_eq(mkdir(tpath("away"), 0700), 0);
	begin(&s, tpath("trees"), OPS_NAMES, 2, plant);
	while ((e = next(&s))) {
		i = child_index(&s, e);
		if (!i)
			log_want(e, at[i] % 4 == 3 ? RFS_OP_CREATE : RFS_OP_MKDIR, tpath(dirs[at[i] % 4], at[i] / 4),
				 NULL);
		else if (at[i] % 2)
			log_want(e, RFS_OP_CREATE, tpath("trees/m%u/a/f", at[i] / 2), NULL);
		else
			/* no rule leads to the old place: it is told from the root of the file system on */
			log_want(e, RFS_OP_RENAME, "/away/m", tpath("trees/m%u", at[i] / 2));
		at[i]++;
	}
	end(&s, 4 * trees() + 2 * trees());
}

int main(void)
{
	rounds = (rounds_wanted() + WRITERS - 1) / WRITERS;
	everything();
	in_turn();
	new_trees();
	return 0;
}
