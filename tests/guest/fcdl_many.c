// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: 16 readers at once, each with other operations, callers, paths and policy, get exactly what a model says
 * fs: ext4 tmpfs
 * load: redirfs fcdl rfs_test
 * timeout: 120
 *
 * Four actors do what a die tells them, and note what they did. What a reader has to see of it is worked out here, from
 * fcdl_abi.h and docs/paths.md, and compared event by event.
 */
#include "fcdl_raw.h"

#define ACTORS 4
#define STEPS 150
#define READERS 16

#define ALL_OPS (OPS_NAMES | OP(RFS_OP_SETATTR) | OP(FCDL_OP_CLOSE_WRITE))

static const struct actor {
	unsigned int uid, gid;
	const char *comm;
} actors[ACTORS] = { { 0, 0, "alpha" }, { 1000, 100, "beta" }, { 1001, 200, "alpha" }, { 1000, 300, "gamma" } };

/* An operation that got as far as the file system, or to a filter that denied it. Names are below the test's directory. */
struct deed {
	unsigned int op;
	int result;
	char name[2][32];
};

static volatile struct {
	bool go;
	unsigned int count[ACTORS];
	struct deed deed[ACTORS][STEPS * 2];
} * shared;

/* ---- Actors ---- */

static const char *const dirs[] = { "in", "in/sub", "in/skip", "in/skip/deep", "out" };
#define NR_DIRS (sizeof(dirs) / sizeof(*dirs))

static unsigned int dice(unsigned int *seed, unsigned int sides)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % sides;
}

static void note(int who, unsigned int op, int rc, const char *first, const char *second)
{
	volatile struct deed *d = &shared->deed[who][shared->count[who]++];

	d->op = op;
	d->result = rc ? -errno : 0;
	strcpy((char *)d->name[0], first);
	strcpy((char *)d->name[1], second);
}

/* With some results nobody was asked: the VFS itself refused. */
static void note_if(int who, unsigned int op, int rc, int error, const char *first, const char *second)
{
	if (!rc || errno == error)
		note(who, op, rc, first, second);
	else
		want(errno == EEXIST || errno == ENOENT || errno == ENOTDIR || errno == EISDIR);
}

static void act(int who)
{
	const struct actor *actor = &actors[who];
	unsigned int seed = who + 1, i;

	want_eq(prctl(PR_SET_NAME, actor->comm), 0);
	want_eq(setgid(actor->gid), 0);
	want_eq(setuid(actor->uid), 0);
	wait_until(shared->go);
	for (i = 0; i < STEPS; i++) {
		unsigned int kind = dice(&seed, 10);
		char a[32], b[32];
		int fd;

		snprintf(a, sizeof(a), "%s/%s%d", dirs[dice(&seed, NR_DIRS)], actor->comm, who * 4 + dice(&seed, 3));
		snprintf(b, sizeof(b), "%s/%s%d", dirs[dice(&seed, NR_DIRS)], actor->comm, who * 4 + dice(&seed, 3));
		switch (kind) {
		case 0:
			note_if(who, RFS_OP_MKDIR, mkdir(tpath("%s", a), 0700), 0, a, "");
			break;
		case 1:
			note_if(who, RFS_OP_RMDIR, rmdir(tpath("%s", a)), 0, a, "");
			break;
		case 2:
		case 3:
			fd = open(tpath("%s", a), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
			note_if(who, RFS_OP_CREATE, fd < 0, 0, a, "");
			if (fd < 0)
				break;
			want_eq(write(fd, "x", 1), 1);
			note(who, FCDL_OP_CLOSE_WRITE, close(fd), a, "");
			break;
		case 4:
			note_if(who, RFS_OP_UNLINK, unlink(tpath("%s", a)), 0, a, "");
			break;
		case 5:
		case 6:
			/* onto itself it would be nothing */
			if (strcmp(a, b))
				note_if(who, RFS_OP_RENAME, rename(tpath("%s", a), tpath("%s", b)), 0, a, b);
			break;
		case 7:
			note_if(who, RFS_OP_SYMLINK, symlink("nowhere", tpath("%s", a)), 0, a, "");
			break;
		case 8:
			note_if(who, RFS_OP_SETATTR, chmod(tpath("%s", a), 0600 | dice(&seed, 64)), 0, a, "");
			break;
		default:
			snprintf(a, sizeof(a), "%s/%s%d", dirs[dice(&seed, NR_DIRS)], dice(&seed, 2) ? "no" : "full",
				 who);
			if (strstr(a, "full"))
				note_if(who, RFS_OP_RMDIR, rmdir(tpath("%s", a)), ENOTEMPTY, a, "");
			else
				note_if(who, RFS_OP_MKDIR, mkdir(tpath("%s", a), 0700), EROFS, a, "");
			break;
		}
	}
}

/* ---- Readers ---- */

#define MIB (1 << 20)

struct rule {
	const char *dir; /* "": the test's directory */
	unsigned int flags;
};

#define IN_TREE(dir)                                       \
	{                                                  \
		(dir), RFS_PATH_INCLUDE | RFS_PATH_SUBTREE \
	}
#define IN_ONE(dir)                                       \
	{                                                 \
		(dir), RFS_PATH_INCLUDE | RFS_PATH_SINGLE \
	}
#define OUT_TREE(dir)                                      \
	{                                                  \
		(dir), RFS_PATH_EXCLUDE | RFS_PATH_SUBTREE \
	}
#define OUT_ONE(dir)                                      \
	{                                                 \
		(dir), RFS_PATH_EXCLUDE | RFS_PATH_SINGLE \
	}
#define RANGE(k, a, b)                                           \
	{                                                        \
		.key = FCDL_MATCH_##k, .first = (a), .last = (b) \
	}
#define NOT(k, a, b)                                                                          \
	{                                                                                     \
		.key = FCDL_MATCH_##k, .flags = FCDL_MATCH_EXCLUDE, .first = (a), .last = (b) \
	}

static const struct choice {
	unsigned long long ops;
	unsigned int flags, policy, ring;
	struct rule rule[3];
	struct fcdl_match match[3];
} choices[READERS] = {
	{ ALL_OPS, FCDL_SETUP_FAILED, 0, MIB, { IN_TREE("") }, {} },
	{ ALL_OPS, 0, 0, MIB, { IN_TREE("") }, {} },
	{ OP(RFS_OP_MKDIR), FCDL_SETUP_FAILED, 0, MIB, { IN_TREE("") }, {} },
	{ OP(RFS_OP_UNLINK) | OP(RFS_OP_RMDIR), 0, 0, MIB, { IN_TREE("in") }, {} },
	{ OP(RFS_OP_RENAME), 0, 0, MIB, { IN_TREE("in"), OUT_TREE("in/skip") }, {} },
	{ OP(RFS_OP_RENAME) | OP(RFS_OP_CREATE), 0, 1, MIB, { IN_TREE("in"), OUT_ONE("in/skip") }, {} },
	{ ALL_OPS, FCDL_SETUP_FAILED, 0, MIB, { IN_ONE("in") }, {} },
	{ ALL_OPS, 0, 0, MIB, { IN_TREE("") }, { RANGE(UID, 1000, 1000) } },
	{ ALL_OPS, 0, 2, MIB, { IN_TREE("in") }, { NOT(UID, 0, 0) } },
	{ ALL_OPS,
	  FCDL_SETUP_FAILED,
	  0,
	  MIB,
	  { IN_TREE("") },
	  { { .key = FCDL_MATCH_COMM, .comm = "alpha" }, NOT(EUID, 1001, 2000) } },
	{ ALL_OPS, 0, 1, MIB, { IN_TREE("out") }, { RANGE(GID, 200, 300) } },
	/* the process id is filled in when it is known */
	{ ALL_OPS, FCDL_SETUP_FAILED, 0, MIB, { IN_TREE("") }, { RANGE(PID, 0, 0) } },
	{ OP(FCDL_OP_CLOSE_WRITE) | OP(RFS_OP_SETATTR),
	  0,
	  0,
	  MIB,
	  { IN_TREE("out"), IN_ONE("in/sub") },
	  { RANGE(EGID, 100, 100), RANGE(EGID, 300, 300) } },
	/* the last three are read only when all is over, and have no room for it all */
	{ ALL_OPS, FCDL_SETUP_FAILED, 0, FCDL_RING_MIN, { IN_TREE("") }, {} },
	{ ALL_OPS, 0, 1, FCDL_RING_MIN, { OUT_TREE(""), IN_TREE("in"), IN_TREE("out") }, {} },
	{ ALL_OPS, 0, 2, FCDL_RING_MIN, { IN_TREE("") }, { { .key = FCDL_MATCH_COMM, .flags = 1, .comm = "alpha" } } },
};

#define READ_AT_ONCE (READERS - 3)

static struct reader {
	struct choice choice;
	struct log log;
	/* what it was told */
	struct told {
		unsigned int pid, op, flags, path_flags[2];
		long long result;
		struct rfs_caller caller;
		char *path[2], *filter;
	} * told;
	unsigned int nr_told;
} readers[READERS];

static const char *place(const char *dir)
{
	return *dir ? tpath("%s", dir) : raw_dir();
}

static void start(struct reader *r)
{
	struct fcdl_setup s = { .ops = r->choice.ops,
				.flags = r->choice.flags,
				.policy = r->choice.policy,
				.deadline_ms = r->choice.policy == FCDL_POLICY_WAIT ? 20 : 0,
				.ring_size = r->choice.ring,
				.matches = (unsigned long)r->choice.match };
	int i;

	while (s.nr_matches < 3 && r->choice.match[s.nr_matches].key)
		s.nr_matches++;
	if (!s.nr_matches)
		s.matches = 0;
	log_setup(&r->log, &s, 0);
	for (i = 0; i < 3 && r->choice.rule[i].dir; i++)
		want_eq(log_path(&r->log, place(r->choice.rule[i].dir), r->choice.rule[i].flags), 0);
	want_eq(ioctl(r->log.fd, FCDL_IOC_RUN), 0);
	fcntl(r->log.fd, F_SETFL, O_NONBLOCK);
	r->told = calloc(ACTORS * STEPS * 2, sizeof(*r->told));
}

static void read_some(struct reader *r)
{
	const struct fcdl_event *e;

	while ((e = (const void *)log_next(&r->log))) {
		struct told *t = &r->told[r->nr_told];

		if (e->record.type != FCDL_EVENT)
			continue;
		want(r->nr_told++ < ACTORS * STEPS * 2);
		*t = (struct told){ .pid = e->caller.pid,
				    .op = e->op,
				    .flags = e->flags,
				    .path_flags = { e->path_flags[0], e->path_flags[1] },
				    .result = e->result,
				    .caller = e->caller,
				    .path = { strdup(log_string(e, &e->path[0])), strdup(log_string(e, &e->path[1])) },
				    .filter = strdup(log_string(e, &e->filter)) };
	}
}

/* ---- The model ---- */

/* The rule that decides about a name; no object here has one itself. @leads: there is one that leads to the name */
static const struct rule *judge(const struct reader *r, const char *name, bool *leads)
{
	const struct rule *decides = NULL;
	char dir[32];
	bool near = true;
	int i;

	strcpy(dir, name);
	*leads = false;
	while (*dir) {
		char *slash = strrchr(dir, '/');

		*(slash ? slash : dir) = '\0';
		for (i = 0; i < 3 && r->choice.rule[i].dir; i++) {
			if (strcmp(r->choice.rule[i].dir, dir))
				continue;
			*leads = true;
			if (!decides && (near || (r->choice.rule[i].flags & RFS_PATH_SUBTREE)))
				decides = &r->choice.rule[i];
		}
		near = false;
	}
	return decides;
}

static bool covers(const struct reader *r, const char *name)
{
	bool leads;
	const struct rule *rule = judge(r, name, &leads);

	return rule && (rule->flags & RFS_PATH_INCLUDE);
}

static bool fits(const struct fcdl_match *m, const struct actor *a, pid_t pid)
{
	unsigned int value;

	switch (m->key) {
	case FCDL_MATCH_COMM:
		return !strcmp(m->comm, a->comm);
	case FCDL_MATCH_UID:
	case FCDL_MATCH_EUID:
		value = a->uid;
		break;
	case FCDL_MATCH_GID:
	case FCDL_MATCH_EGID:
		value = a->gid;
		break;
	default:
		value = pid;
	}
	return m->first <= value && value <= m->last;
}

/* Each reader has including matches of one key only. */
static bool wants_caller(const struct reader *r, const struct actor *a, pid_t pid)
{
	bool asks = false, found = false;
	int i;

	for (i = 0; i < 3 && r->choice.match[i].key; i++) {
		bool fit = fits(&r->choice.match[i], a, pid);

		if (r->choice.match[i].flags & FCDL_MATCH_EXCLUDE) {
			if (fit)
				return false;
			continue;
		}
		asks = true;
		found |= fit;
	}
	return found || !asks;
}

static bool wants(const struct reader *r, const struct deed *d)
{
	if (!(r->choice.ops & OP(d->op)) || (d->result && !(r->choice.flags & FCDL_SETUP_FAILED)))
		return false;
	return covers(r, d->name[0]) || (*d->name[1] && covers(r, d->name[1]));
}

/* A name that a rule leads to, of whatever kind, begins with its path; another one at the root of the file system. */
static bool is_name(const struct reader *r, const struct told *t, int which, const char *name)
{
	char root[40] = "/";
	bool leads;

	if (!*name)
		return !*t->path[which] && !t->path_flags[which];
	judge(r, name, &leads);
	return !strcmp(t->path[which], leads ? tpath("%s", name) : strcat(root, name)) &&
	       t->path_flags[which] == (leads ? RFS_PATHF_RULE : RFS_PATHF_FS_ROOT);
}

static bool is_told(const struct reader *r, const struct told *t, const struct deed *d, const struct actor *a)
{
	bool denied = d->result == -EROFS;

	return t->op == d->op && t->result == d->result && is_name(r, t, 0, d->name[0]) &&
	       is_name(r, t, 1, d->name[1]) && t->caller.uid == a->uid && t->caller.gid == a->gid &&
	       !strcmp(t->caller.comm, a->comm) && !!(t->flags & FCDL_EVENT_DENIED) == denied &&
	       !strcmp(t->filter, denied ? "guard" : "");
}

/* Everything of this actor that it wanted, in order; what is missing was lost, and is told to be. */
static void compare(struct reader *r, int who, pid_t pid, unsigned long long *wanted)
{
	unsigned int i, at = 0, missing = 0, nr = r - readers;
	struct deed *d = NULL;

	for (i = 0; i < shared->count[who]; i++) {
		d = (struct deed *)&shared->deed[who][i];
		if (!wants(r, d) || !wants_caller(r, &actors[who], pid))
			continue;
		wanted[d->op]++;
		while (at < r->nr_told && r->told[at].pid != (unsigned int)pid)
			at++;
		if (at < r->nr_told && is_told(r, &r->told[at], d, &actors[who])) {
			at++;
			continue;
		}
		if (!r->log.lost)
			die("reader %u is not told that %s did %u %s %s: %d, but %u %s %s", nr, actors[who].comm, d->op,
			    d->name[0], d->name[1], d->result, at < r->nr_told ? r->told[at].op : 0,
			    at < r->nr_told ? r->told[at].path[0] : "nothing",
			    at < r->nr_told ? r->told[at].path[1] : "");
		missing++;
	}
	for (; at < r->nr_told; at++)
		if (r->told[at].pid == (unsigned int)pid)
			die("reader %u is told that %s did %u %s %s, which it did not want to know", nr,
			    actors[who].comm, r->told[at].op, r->told[at].path[0], r->told[at].path[1]);
	want(missing <= r->log.lost);
}

int main(void)
{
	struct pollfd fds[READERS];
	unsigned int i, op, alive = ACTORS;
	pid_t pid[ACTORS];

	shared = raw_shared(sizeof(*shared));
	umask(0);
	for (i = 0; i < NR_DIRS; i++) {
		want_eq(mkdir(tpath("%s", dirs[i]), 0777), 0);
		for (op = 0; op < ACTORS; op++) {
			want_eq(mkdir(tpath("%s/full%u", dirs[i], op), 0777), 0);
			touch(tpath("%s/full%u/file", dirs[i], op));
		}
	}
	want_eq(chmod(raw_dir(), 0755), 0);
	ctl("register guard 100 active");
	ctl("ops guard mkdir");
	ctl("path guard include subtree %s", raw_dir());
	ctl("deny guard mkdir %d no*", -EROFS);
	for (i = 0; i < ACTORS; i++) {
		pid[i] = raw_fork();
		if (!pid[i]) {
			act(i);
			_exit(0);
		}
	}
	for (i = 0; i < READERS; i++) {
		readers[i].choice = choices[i];
		if (readers[i].choice.match[0].key == FCDL_MATCH_PID)
			readers[i].choice.match[0].first = readers[i].choice.match[0].last = pid[2];
		start(&readers[i]);
		fds[i] = (struct pollfd){ .fd = readers[i].log.fd, .events = POLLIN };
	}
	shared->go = true;
	while (alive) {
		int code;

		want(poll(fds, READ_AT_ONCE, 20) >= 0);
		for (i = 0; i < READ_AT_ONCE; i++)
			if (fds[i].revents)
				read_some(&readers[i]);
		for (i = 0; i < ACTORS; i++)
			if (pid[i] > 0 && raw_ended(pid[i], &code)) {
				want_eq(code, 0);
				pid[i] = -pid[i];
				alive--;
			}
	}
	for (i = 0; i < READERS; i++) {
		struct reader *r = &readers[i];
		unsigned long long wanted[RFS_OP_MAX] = {}, sum = 0;

		read_some(r);
		want_eq(!r->log.lost, i < READ_AT_ONCE);
		for (op = 0; op < ACTORS; op++)
			compare(r, op, -pid[op], wanted);
		for (op = 0; op < RFS_OP_MAX; op++) {
			want_eq(r->log.ops[op], wanted[op]);
			sum += wanted[op];
		}
		want(sum > 0);
		want_eq(r->log.events + r->log.lost, sum);
		want_eq(log_status(&r->log).events, sum);
		printf("reader %u: %llu told, %llu lost\n", i, r->log.events, r->log.lost);
		log_close(&r->log);
	}
	ctl("unregister guard");
	return 0;
}
