// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: random load under filters that come, move, die and go: what is inside is always asked, what is outside never; no
 *	byte is ever wrong
 * fs: ext4
 * timeout: 300
 *
 * Workers make files in known places, remove them, and write down what they did and got. Meanwhile one process, the
 * director, moves everything else: user filters (each a process that answers), a kernel filter, readers of the log,
 * mounts, modules. Each of these is an actor with a cell in shared memory, which says which places it covers, and has an
 * odd number while that changes. An operation during which the number of an actor's cell was even and stayed the same
 * must have been asked by it if its place is covered, and must not if it is not; each name is used once, so that the
 * handler can say which operation it was asked about.
 *
 * Two more filters, one in the kernel and one a process, change data in the places that the others never cover, and come,
 * die and go in the same way. Two more workers write and read there, and know of each byte of a file which of the two it
 * passed: what they read is never anything else, and never two kinds in one call.
 *
 * All random choices come from one seed: torture.seed= on the kernel's command line; torture.rounds= is how many rounds.
 * The same seed makes the same choices; in which order the processes come to them the machine decides.
 */
#include <sys/mount.h>
#include <sys/syscall.h>

#include "fcdl_raw.h"

#define WORKERS 4
#define DATA_WORKERS 2
#define ITEMS 250 /* per worker and round */
#define STEPS 5
#define SUBDIRS 24 /* so that no directory's budget of waiting is used up */
#define SYSTEMS 3
#define PER_SYSTEM 4 /* places; the last of each is for filters that change data, and never covered by others */
#define PLACES (SYSTEMS * PER_SYSTEM)
#define USERS 3
#define READERS 2
#define KERNEL USERS
/* the two that change data; the latter is a process */
#define DATA_KERNEL (USERS + 1 + READERS)
#define DATA_USER (DATA_KERNEL + 1)
#define ACTORS (DATA_USER + 1)
#define DEADLINE_MS 30000

/* How each user filter says no, and what the kernel filter says; none of these comes from a file system. */
static const int no[] = { ECHRNG, ENOLCK, ENOTUNIQ, EHOSTDOWN };
#define ON_TIMEOUT ETIME
#define ON_OVERLOAD ENOBUFS
#define ON_EXIT ECONNRESET

/* readers have no name, and no priority */
static const char *const names[ACTORS] = { "user-0", "user-1", "user-2", "kernel", NULL, NULL, "data-k", "data-u" };
/* in the order of their priorities: the kernel filter is the second */
static const int order[] = { 0, KERNEL, 1, 2 };
static const int priority[ACTORS] = { 10, 30, 40, 20, 0, 0, 50, 60 };

/* MAKE is a create, a mkdir or a symlink */
enum step { MAKE, OPEN, CHMOD, RENAME, REMOVE };

struct cell {
	unsigned int version; /* odd: it is being changed */
	unsigned int gen; /* of a reader: which life */
	unsigned char in[PLACES];
};

/* What became of one item of a worker: by others than the worker */
struct item {
	unsigned char asked[STEPS]; /* by which user filters: bits */
	unsigned char logged[STEPS]; /* by which readers: bits */
	unsigned char due[STEPS][READERS]; /* by the worker: the generation of a reader that must tell of it */
	unsigned char outside[STEPS]; /* by the worker: readers that must not */
	long long answered[STEPS]; /* when the last handler answered */
};

struct tally {
	unsigned long long operations, checked, asked_inside, never_outside, denied, late, unsure;
	/* of those on data: through filters, past them, while something changed; ended early or with an error */
	unsigned long long data, changed, plain, met, cut;
};

struct shared {
	struct cell cell[ACTORS];
	int closed[SYSTEMS], inside[SYSTEMS];
	int working;
	int failures;
	int ready[ACTORS];
	unsigned long long told[READERS], lost[READERS];
	struct tally tally[WORKERS + DATA_WORKERS];
	struct item item[WORKERS][ITEMS];
};

/* Longer than any caller may wait for an answer, so that what is wrong is said by who met it. */
#define wait_long(x)                                                            \
	do {                                                                    \
		long long end_ = now_ns() + 2 * DEADLINE_MS * MS * raw_scale(); \
		while (!(x)) {                                                  \
			if (now_ns() > end_)                                    \
				die("%s does not come to hold", #x);            \
			sleep_ms(2);                                            \
		}                                                               \
	} while (0)

static struct shared *shared;
static unsigned long long seed = 1, round_nr;
static char roots[SYSTEMS][256];

/* ---- Randomness ---- */

static unsigned long long mix(unsigned long long x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static unsigned long long stream;

static void stream_of(unsigned int role, unsigned int number)
{
	stream = mix(mix(mix(seed) + round_nr) + role * 1000000 + number);
}

static unsigned int pick(unsigned int below)
{
	stream = mix(stream);
	return (stream >> 20) % below;
}

/* At which step of this item a user filter says no; STEPS: never. What it says about a removal is always yes. */
static unsigned int no_step(int user, int worker, int n)
{
	unsigned int h = mix(mix(seed + round_nr * 7919) + user * 1000003 + worker * 10007 + n) % 24;

	return h < REMOVE ? h : STEPS;
}

/* ---- Failures ---- */

__attribute__((format(printf, 1, 2))) static void fail(const char *fmt, ...)
{
	va_list ap;

	if (__atomic_fetch_add(&shared->failures, 1, __ATOMIC_SEQ_CST) > 20)
		return;
	printf("FAIL: round %llu: ", round_nr);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

/* ---- Who is who ---- */

static bool is_reader(int actor)
{
	return actor > KERNEL && actor < DATA_KERNEL;
}

static bool is_user(int actor)
{
	return actor < KERNEL || actor == DATA_USER;
}

/* May this actor cover this place? */
static bool may_cover(int actor, int place)
{
	return (place % PER_SYSTEM == PER_SYSTEM - 1) == (actor >= DATA_KERNEL);
}

/* ---- Cells ---- */

static void cell_begin(int actor)
{
	want_eq(__atomic_fetch_add(&shared->cell[actor].version, 1, __ATOMIC_SEQ_CST) & 1, 0);
}

static void cell_end(int actor)
{
	want_eq(__atomic_fetch_add(&shared->cell[actor].version, 1, __ATOMIC_SEQ_CST) & 1, 1);
}

static unsigned int cell_version(int actor)
{
	return __atomic_load_n(&shared->cell[actor].version, __ATOMIC_SEQ_CST);
}

/* ---- Workers ---- */

static const char *place_dir(int place)
{
	static char buf[300];

	snprintf(buf, sizeof(buf), "%s/p%d", roots[place / PER_SYSTEM], place % PER_SYSTEM);
	return buf;
}

/* What a worker saw of the actors before an operation */
struct view {
	unsigned int version[ACTORS];
	unsigned int gen[ACTORS];
	bool in[ACTORS];
};

static void look(struct view *v, int place)
{
	int a;

	for (a = 0; a < ACTORS; a++) {
		v->version[a] = cell_version(a);
		v->in[a] = shared->cell[a].in[place];
		v->gen[a] = shared->cell[a].gen;
	}
}

static bool stable(const struct view *v, int actor)
{
	return !(v->version[actor] & 1) && cell_version(actor) == v->version[actor];
}

static bool is_default(int err)
{
	return err == ON_TIMEOUT || err == ON_OVERLOAD || err == ON_EXIT;
}

static bool was_asked(const struct item *it, enum step step, int user)
{
	return __atomic_load_n(&it->asked[step], __ATOMIC_SEQ_CST) & 1 << user;
}

/* Each filter in its order: who must have been asked, who must not, and whose word the result is. */
static void check_filters(const struct view *v, int w, int n, enum step step, int err, bool kernels)
{
	const struct item *it = &shared->item[w][n];
	struct tally *t = &shared->tally[w];
	bool over = false;
	int i;

	for (i = 0; i < USERS + 1; i++) {
		int a = order[i];
		bool sure = stable(v, a), user = a != KERNEL;
		bool says_no = user ? no_step(a, w, n) == step : kernels && step == MAKE;

		t->checked += sure;
		t->unsure += !sure;
		if (user && was_asked(it, step, a) && sure && !v->in[a])
			fail("worker %d item %d step %d: %s was asked outside of its rules", w, n, step, names[a]);
		if (user && over && was_asked(it, step, a))
			fail("worker %d item %d step %d: %s was asked after another denied", w, n, step, names[a]);
		if (user && !over && sure && v->in[a] && !was_asked(it, step, a))
			fail("worker %d item %d step %d: %s was not asked, result %s", w, n, step, names[a],
			     strerrorname_np(err) ?: "0");
		t->asked_inside += sure && v->in[a] && !over;
		t->never_outside += sure && !v->in[a];
		if (err == no[a]) {
			if (over || !says_no || (sure && !v->in[a]) || (user && !was_asked(it, step, a)))
				fail("worker %d item %d step %d: %s denied what it must not", w, n, step,
				     user ? names[a] : "kernel");
			t->denied++;
			over = true;
		} else if (!over && sure && v->in[a] && says_no) {
			fail("worker %d item %d step %d: %s was to deny, result %s", w, n, step,
			     user ? names[a] : "kernel", strerrorname_np(err) ?: "0");
		}
	}
}

static void check_default(const struct view *v, int w, int n, enum step step, int err, int place)
{
	bool any = false;
	int a;

	/* a deadline that was missed: a slow machine, or a wake-up that was lost; the round says how many */
	if (err != ON_EXIT)
		shared->tally[w].late++;
	for (a = 0; a < USERS; a++)
		any |= !stable(v, a) || (err != ON_EXIT && v->in[a]);
	if (!any)
		fail("worker %d item %d step %d: %s in place %d, which no filter covers or leaves", w, n, step,
		     strerrorname_np(err), place);
}

/* What a reader of the log owes; it is looked at when the reader has come to its end. */
static void note_log(const struct view *v, struct item *it, enum step step, int err)
{
	int r;

	for (r = 0; r < READERS; r++) {
		int a = KERNEL + 1 + r;

		if (step == OPEN || !stable(v, a))
			continue;
		if (!v->in[a] || err)
			__atomic_fetch_or(&it->outside[step], 1 << r, __ATOMIC_SEQ_CST);
		else
			__atomic_store_n(&it->due[step][r], v->gen[a] % 255 + 1, __ATOMIC_SEQ_CST);
	}
}

static int one_call(enum step step, int kind, const char *a, const char *b)
{
	int rc, fd;

	switch (step) {
	case MAKE:
		rc = kind == 0 ? mknod(a, S_IFREG | 0600, 0) : kind == 1 ? mkdir(a, 0700) : symlink("nowhere", a);
		break;
	case OPEN:
		fd = open(a, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		rc = fd < 0 ? -1 : close(fd);
		break;
	case CHMOD:
		rc = chmod(a, kind == 1 ? 0755 : 0644);
		break;
	case RENAME:
		rc = rename(a, b);
		break;
	default:
		rc = kind == 1 ? rmdir(a) : unlink(a);
	}
	return rc ? errno : 0;
}

static int step_do(int w, int n, enum step step, int kind, int place, const char *a, const char *b, bool kernels)
{
	struct item *it = &shared->item[w][n];
	struct view v;
	long long end, answered;
	int err;

	look(&v, place);
	err = one_call(step, kind, a, b);
	end = now_ns();
	shared->tally[w].operations++;
	answered = __atomic_load_n(&it->answered[step], __ATOMIC_SEQ_CST);
	if (answered && end - answered > 2000 * MS * raw_scale())
		fail("worker %d item %d step %d: it went on %lld ms after its answer", w, n, step,
		     (end - answered) / MS);
	if (is_default(err)) {
		check_default(&v, w, n, step, err, place);
	} else if (err && err != no[0] && err != no[1] && err != no[2] && err != no[KERNEL]) {
		fail("worker %d item %d step %d: %s gave %s", w, n, step, a, strerrorname_np(err));
	} else {
		check_filters(&v, w, n, step, err, kernels);
	}
	note_log(&v, it, step, err);
	return err;
}

static void item_do(int w, int n, int system)
{
	int place = system * PER_SYSTEM + pick(PER_SYSTEM), kind = pick(3);
	bool kernels = !pick(8);
	char a[400], b[402];
	const char *at = a;
	int tries = 0;

	snprintf(a, sizeof(a), "%s/s%u/i.%d.%d%s", place_dir(place), pick(SUBDIRS), w, n, kernels ? ".k" : "");
	snprintf(b, sizeof(b), "%s+", a);
	if (step_do(w, n, MAKE, kind, place, a, NULL, kernels))
		return;
	/* a symbolic link has nothing to open, and its mode is nobody's */
	if (kind != 2) {
		step_do(w, n, OPEN, kind, place, a, NULL, kernels);
		step_do(w, n, CHMOD, kind, place, a, NULL, kernels);
	}
	if (!step_do(w, n, RENAME, kind, place, a, b, kernels))
		at = b;
	if (!step_do(w, n, REMOVE, kind, place, at, NULL, kernels))
		return;
	/* a default denied it; it is not to stay, and readers may tell of that */
	__atomic_store_n(&shared->item[w][n].outside[REMOVE], 0, __ATOMIC_SEQ_CST);
	while (one_call(REMOVE, kind, at, NULL) && ++tries < 1000)
		sleep_ms(1);
}

/* A file system that is not unmounted until leave() */
static int enter(void)
{
	for (;;) {
		int system = pick(SYSTEMS);

		__atomic_fetch_add(&shared->inside[system], 1, __ATOMIC_SEQ_CST);
		if (!__atomic_load_n(&shared->closed[system], __ATOMIC_SEQ_CST))
			return system;
		__atomic_fetch_sub(&shared->inside[system], 1, __ATOMIC_SEQ_CST);
		sleep_ms(1);
	}
}

static void leave(int system)
{
	__atomic_fetch_sub(&shared->inside[system], 1, __ATOMIC_SEQ_CST);
}

static void worker(int w)
{
	int n, system;

	for (n = 0; n < ITEMS; n++) {
		stream_of(1, w * ITEMS + n);
		system = enter();
		item_do(w, n, system);
		leave(system);
	}
	__atomic_fetch_sub(&shared->working, 1, __ATOMIC_SEQ_CST);
	_exit(0);
}

/* ---- Workers on data ---- */

/* no multiple of a piece, and a bit more than two of them */
#define DATA_MAX 150001
#define DATA_WRITES 6

/* Which filters bytes have passed: bits. Each change undoes itself, in any order, and leaves 0 as it is. */
#define BY_KERNEL 1
#define BY_USER 2
#define BY_BOTH (BY_KERNEL | BY_USER)

struct file {
	int w, n; /* the worker, and its file */
	int place;
	char path[400];
	int kept; /* open from the beginning on, through whatever becomes of the filters */
	size_t size;
	unsigned char disk[DATA_MAX]; /* what lies on the disk */
};

static unsigned char nibbles(unsigned char c)
{
	return c << 4 | c >> 4;
}

static unsigned char pairs(unsigned char c)
{
	return (c & 0x55) << 1 | (c & 0xaa) >> 1;
}

static void pass(unsigned char *p, size_t length, unsigned int by)
{
	for (; length; length--, p++) {
		if (by & BY_KERNEL)
			*p = nibbles(*p);
		if (by & BY_USER)
			*p = pairs(*p);
	}
}

/* What these bytes have passed, compared with others, all of them the same; or -1 */
static int passed(const unsigned char *bytes, const unsigned char *others, size_t length)
{
	static unsigned char copy[DATA_MAX];
	unsigned int by;

	for (by = 0; by <= BY_BOTH; by++) {
		memcpy(copy, others, length);
		pass(copy, length, by);
		if (!memcmp(bytes, copy, length))
			return (int)by;
	}
	return -1;
}

static unsigned int now_by(const struct view *v)
{
	return (v->in[DATA_KERNEL] ? BY_KERNEL : 0) | (v->in[DATA_USER] ? BY_USER : 0);
}

static bool both_stable(const struct view *v)
{
	return stable(v, DATA_KERNEL) && stable(v, DATA_USER);
}

/* A call came to less than was asked for, or to an error: who could be the reason? */
static void check_cut(const struct file *f, const struct view *v, bool sure, const char *what, ssize_t n, int err)
{
	struct tally *t = &shared->tally[f->w];

	t->cut++;
	if (n < 0 && err != EIO && !is_default(err))
		fail("data %d file %d: %s gave %s", f->w, f->n, what, strerrorname_np(err));
	/* a process may be late; nobody else may, as long as nothing changes */
	if (sure && !v->in[DATA_USER])
		fail("data %d file %d: %s gave %zd (%s), with nobody there to cut it short", f->w, f->n, what, n,
		     strerrorname_np(err));
	else if (sure)
		t->late++;
}

/*
 * One read of all of the file. Return: what its bytes have passed from the disk to here, if that is as it must be and the
 * whole file was read while nothing changed; else -1. Compares with what lies on the disk, but for @length bytes at @skip,
 * of which that is not known.
 */
static int read_once(const struct file *f, bool kept, unsigned char *got, size_t skip, size_t length)
{
	struct tally *t = &shared->tally[f->w];
	struct view v;
	size_t behind = skip + length;
	int fd, by, err;
	bool sure;
	ssize_t n;

	look(&v, f->place);
	fd = kept ? f->kept : open(f->path, O_RDONLY | O_CLOEXEC);
	want(fd >= 0);
	n = pread(fd, got, DATA_MAX, 0);
	err = errno;
	if (!kept)
		close(fd);
	t->data++;
	/* what is open since before may be covered or not */
	sure = !kept && both_stable(&v);
	if (n < (ssize_t)f->size) {
		check_cut(f, &v, sure, "a read", n, err);
		/* what there is has passed one thing, all of it */
		if (n > 0 && !length && passed(got, f->disk, (size_t)n) < 0)
			fail("data %d file %d: a read of %zd bytes gave wrong ones", f->w, f->n, n);
		return -1;
	}
	if (n > (ssize_t)f->size) {
		fail("data %d file %d: %zd bytes were read of %zu", f->w, f->n, n, f->size);
		return -1;
	}
	if (!sure) {
		t->met++;
		if (!length && passed(got, f->disk, f->size) < 0)
			fail("data %d file %d: a read gave bytes that nobody wrote, or two kinds", f->w, f->n);
		return -1;
	}
	by = (int)now_by(&v);
	pass(got, f->size, by);
	if (memcmp(got, f->disk, skip) || memcmp(got + behind, f->disk + behind, f->size - behind)) {
		fail("data %d file %d: a read through %d gave wrong bytes", f->w, f->n, by);
		return -1;
	}
	if (by)
		t->changed++;
	else
		t->plain++;
	return by;
}

/* Until there is a moment in which nothing changes. After it @got has what lies on the disk. */
static bool read_surely(const struct file *f, unsigned char *got, size_t skip, size_t length)
{
	long long end = now_ns() + 2 * DEADLINE_MS * MS * raw_scale();

	while (read_once(f, false, got, skip, length) < 0) {
		if (shared->failures)
			return false;
		if (now_ns() > end) {
			fail("data %d file %d: it cannot be read", f->w, f->n);
			return false;
		}
		sleep_ms(1);
	}
	return true;
}

static bool write_once(struct file *f)
{
	static unsigned char bytes[DATA_MAX], got[DATA_MAX];
	size_t at = pick((unsigned int)f->size + 1), length = 1 + pick(DATA_MAX - (unsigned int)at), i;
	bool kept = !pick(4), append = !kept && pick(3) == 0, sure;
	struct view v;
	ssize_t n;
	int fd, err, by;

	if (append) {
		at = f->size;
		length = at < DATA_MAX ? 1 + pick(DATA_MAX - (unsigned int)at) : 0;
	}
	if (!length)
		return true;
	/* letters and digits, none of which looks the same when it has passed a filter */
	for (i = 0; i < length; i++)
		bytes[i] = "0123456789abcdefghijklmnopqrstuv"[(at + i + f->n * 7 + (i >> 9)) % 32];
	look(&v, f->place);
	fd = kept ? f->kept : open(f->path, O_WRONLY | O_CLOEXEC | (append ? O_APPEND : 0));
	want(fd >= 0);
	n = append ? write(fd, bytes, length) : pwrite(fd, bytes, length, (off_t)at);
	err = errno;
	if (!kept)
		close(fd);
	shared->tally[f->w].data++;
	sure = !kept && both_stable(&v);
	if (n < (ssize_t)length) {
		check_cut(f, &v, sure, "a write", n, err);
		length = n < 0 ? 0 : (size_t)n;
	} else if (!sure) {
		shared->tally[f->w].met++;
	}
	if (at + length > f->size)
		f->size = at + length;
	if (!read_surely(f, got, at, length))
		return false;
	/* the old bytes, but for those that are new; and these have all passed the same */
	by = length ? passed(got + at, bytes, length) : 0;
	if (by < 0 || (sure && length && (unsigned int)by != now_by(&v))) {
		fail("data %d file %d: of a write of %zu bytes at %zu the disk has others (%d)", f->w, f->n, length, at,
		     by);
		return false;
	}
	memcpy(f->disk + at, got + at, length);
	return true;
}

static void file_do(int w, int n, int system)
{
	static unsigned char got[DATA_MAX];
	static struct file f;
	int i;

	f = (struct file){ .w = w, .n = n, .place = system * PER_SYSTEM + PER_SYSTEM - 1 };
	snprintf(f.path, sizeof(f.path), "%s/d.%d.%d", place_dir(f.place), w, n);
	f.kept = open(f.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	want(f.kept >= 0);
	for (i = 0; i < DATA_WRITES && write_once(&f); i++)
		read_once(&f, true, got, 0, 0);
	close(f.kept);
	want_eq(unlink(f.path), 0);
}

/* as long as the others work */
static void data_worker(int w)
{
	int n, system;

	for (n = 0; __atomic_load_n(&shared->working, __ATOMIC_SEQ_CST) > 0 && !shared->failures; n++) {
		stream_of(3, w * 100000 + n);
		system = enter();
		file_do(w, n, system);
		leave(system);
	}
	_exit(0);
}

/* ---- Handlers and readers: what they are told about ---- */

static int step_of(unsigned int op)
{
	switch (op) {
	case RFS_OP_CREATE:
	case RFS_OP_MKDIR:
	case RFS_OP_SYMLINK:
		return MAKE;
	case RFS_OP_OPEN:
		return OPEN;
	case RFS_OP_SETATTR:
		return CHMOD;
	case RFS_OP_RENAME:
		return RENAME;
	case RFS_OP_UNLINK:
	case RFS_OP_RMDIR:
		return REMOVE;
	default:
		return -1;
	}
}

/* The item that a path is about, or NULL */
static struct item *item_of(const char *path, int *w, int *n)
{
	const char *last = strrchr(path, '/');

	if (!last || sscanf(last, "/i.%d.%d", w, n) != 2 || *w < 0 || *w >= WORKERS || *n < 0 || *n >= ITEMS)
		return NULL;
	return &shared->item[*w][*n];
}

static const struct urfs_op user_ops[] = { { RFS_OP_CREATE, URFS_OP_PRE },  { RFS_OP_MKDIR, URFS_OP_PRE },
					   { RFS_OP_SYMLINK, URFS_OP_PRE }, { RFS_OP_OPEN, URFS_OP_PRE },
					   { RFS_OP_SETATTR, URFS_OP_PRE }, { RFS_OP_RENAME, URFS_OP_PRE },
					   { RFS_OP_UNLINK, URFS_OP_PRE },  { RFS_OP_RMDIR, URFS_OP_PRE } };

/* One question: noted, and answered by what the seed says */
static struct urfs_reply answer(struct raw *r, int user, const struct urfs_msg *m)
{
	struct urfs_reply reply = { .id = m->id };
	static char path[8192];
	int w, n, step = step_of(m->op);
	struct item *it = item_of(raw_path(r, m, 0, path, sizeof(path)), &w, &n);

	if (!it || step < 0) {
		fail("%s was asked about op %u of %s", names[user], m->op, path);
		return reply;
	}
	__atomic_fetch_or(&it->asked[step], 1 << user, __ATOMIC_SEQ_CST);
	if (no_step(user, w, n) == (unsigned int)step) {
		reply.flags = URFS_REPLY_STOP;
		reply.value = -no[user];
	}
	return reply;
}

static void note_answer(const struct urfs_msg *m, struct raw *r)
{
	static char path[8192];
	int w, n, step = step_of(m->op);
	struct item *it = item_of(raw_path(r, m, 0, path, sizeof(path)), &w, &n);

	if (it && step >= 0)
		__atomic_store_n(&it->answered[step], now_ns(), __ATOMIC_SEQ_CST);
}

#define HELD 4

/* Now and then an answer is kept back until others have gone. */
static void serve(struct raw *r, int user)
{
	struct urfs_msg m[8], held[HELD];
	struct urfs_reply replies[8 + HELD], late[HELD];
	int nr = 0, nr_held = 0, n, i;

	for (;;) {
		n = raw_exchange(r, replies, nr, m, 8, nr_held ? MS : -1, NULL);
		if (n < 0)
			_exit(0);
		nr = 0;
		for (i = 0; i < nr_held; i++) {
			note_answer(&held[i], r);
			replies[nr++] = late[i];
		}
		nr_held = 0;
		for (i = 0; i < n; i++) {
			struct urfs_reply a;

			if (m[i].type != URFS_MSG_CALLBACK)
				continue;
			a = answer(r, user, &m[i]);
			if (nr_held < HELD && !pick(16)) {
				late[nr_held] = a;
				held[nr_held++] = m[i];
				continue;
			}
			note_answer(&m[i], r);
			replies[nr++] = a;
		}
	}
}

static const struct urfs_op data_ops[] = { { RFS_OP_READ, URFS_OP_POST | URFS_OP_DATA },
					   { RFS_OP_WRITE, URFS_OP_PRE | URFS_OP_DATA } };

/* The filter that changes data: piece after piece; now and then several are answered in another order. */
static void serve_data(struct raw *r)
{
	struct urfs_reply replies[8];
	struct urfs_msg m[8];
	int nr = 0, n, i;

	for (;;) {
		n = raw_exchange(r, replies, nr, m, 8, -1, NULL);
		if (n < 0)
			_exit(0);
		nr = 0;
		for (i = n - 1; i >= 0; i--) {
			const struct urfs_str *data;

			if (m[i].type != URFS_MSG_CALLBACK)
				continue;
			data = &raw_event(r, &m[i])->data;
			replies[nr] = (struct urfs_reply){ .id = m[i].id };
			if (m[i].flags & URFS_MSG_PIECE && data->length) {
				pass((unsigned char *)r->arena + m[i].offset + data->offset, data->length, BY_USER);
				replies[nr].flags = URFS_REPLY_DATA;
			}
			nr++;
		}
	}
}

/* ---- The director's tools ---- */

static int control = -1, tests = -1;
static pid_t pid_of[ACTORS];
static bool up[ACTORS], active[ACTORS];
static signed char rule[ACTORS][PLACES]; /* 0 none, 1 include, -1 exclude */
static struct log reader[READERS];

static void close_in_child(void)
{
	int r;

	close(control);
	close(tests);
	for (r = 0; r < READERS; r++)
		if (up[KERNEL + 1 + r])
			close(reader[r].fd);
}

static void show_in(int actor)
{
	int p;

	for (p = 0; p < PLACES; p++)
		shared->cell[actor].in[p] = up[actor] && active[actor] && rule[actor][p] > 0;
}

static void test_command(const char *fmt, ...)
{
	char line[512], said[512];
	va_list ap;
	ssize_t n;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	want_eq(write(tests, line, len), len);
	n = read(tests, said, sizeof(said) - 1);
	want(n > 0);
	said[n] = 0;
	if (strncmp(said, "0\n", 2))
		die("%s: %s", line, said);
}

static void set_rule(int actor, int place, int kind)
{
	const char *dir = place_dir(place);
	unsigned int flags = (kind > 0 ? RFS_PATH_INCLUDE : RFS_PATH_EXCLUDE) | RFS_PATH_SUBTREE;
	struct fcdlctl_setpath sp = { .path = (unsigned long)dir, .path_len = strlen(dir), .flags = kind ? flags : 0 };

	if (is_reader(actor)) {
		struct fcdl_path p = { .path = (unsigned long)dir, .length = strlen(dir), .flags = sp.flags };

		want_eq(ioctl(reader[actor - KERNEL - 1].fd, kind ? FCDL_IOC_SET_PATH : FCDL_IOC_DEL_PATH, &p), 0);
	} else {
		strcpy(sp.filter, names[actor]);
		if (ioctl(control, kind ? FCDLCTL_SETPATH : FCDLCTL_DELPATH, &sp))
			die("%s: rule of %s: %s", dir, sp.filter, strerror(errno));
	}
	rule[actor][place] = kind;
}

static void switch_actor(int actor, bool on)
{
	struct fcdlctl_name name = {};

	if (is_reader(actor)) {
		want_eq(ioctl(reader[actor - KERNEL - 1].fd, on ? FCDL_IOC_RUN : FCDL_IOC_STOP), 0);
	} else {
		strcpy(name.filter, names[actor]);
		want_eq(ioctl(control, on ? FCDLCTL_ACTIVATE : FCDLCTL_DEACTIVATE, &name), 0);
	}
	active[actor] = on;
}

/* ---- User filters ---- */

static void handler(int user)
{
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ALL & ~FCDLCTL_POLICY_ON_UNASKABLE,
				    .deadline_ms = DEADLINE_MS,
				    .on_timeout = DENY(ON_TIMEOUT),
				    .on_overload = DENY(ON_OVERLOAD),
				    .on_exit = DENY(ON_EXIT) };
	struct raw r;
	int f;

	close_in_child();
	stream_of(2, user);
	raw_open(&r, user == DATA_USER ? 512 * 1024 : URFS_ARENA_MIN << pick(3));
	f = raw_register(&r, names[user], priority[user], 0);
	want(f >= 0);
	if (user == DATA_USER)
		want_eq(raw_set_ops(&r, f, data_ops, sizeof(data_ops) / sizeof(data_ops[0])), 0);
	else
		want_eq(raw_set_ops(&r, f, user_ops, sizeof(user_ops) / sizeof(user_ops[0])), 0);
	want_eq(raw_set_policy(&r, f, &p), 0);
	want_eq(raw_switch(&r, 1), 0);
	__atomic_store_n(&shared->ready[user], 1, __ATOMIC_SEQ_CST);
	if (user == DATA_USER)
		serve_data(&r);
	serve(&r, user);
}

static void user_start(int user)
{
	shared->ready[user] = 0;
	pid_of[user] = raw_fork();
	if (!pid_of[user])
		handler(user);
	wait_until(__atomic_load_n(&shared->ready[user], __ATOMIC_SEQ_CST));
	up[user] = true;
	active[user] = false;
	memset(rule[user], 0, sizeof(rule[user]));
}

static void user_end(int user)
{
	long long late = raw_stat(names[user], "late_max_ns");

	if (late > 2000 * MS * raw_scale())
		fail("a caller stayed %lld ms beyond its deadline with %s", late / MS, names[user]);
	kill(pid_of[user], SIGKILL);
	raw_wait(pid_of[user]);
	wait_until(!raw_info(names[user], NULL));
	up[user] = active[user] = false;
}

/* ---- The kernel filters ---- */

static void kernel_start(int a)
{
	test_command("register %s %d", names[a], priority[a]);
	test_command("quiet %s 1", names[a]);
	if (a == KERNEL) {
		test_command("ops kernel create:pre mkdir:pre:post symlink:pre unlink:post");
		test_command("deny kernel any -%d *.k", no[KERNEL]);
	} else {
		test_command("ops %s read:post:data write:pre:data", names[a]);
		test_command("transform %s nibble", names[a]);
	}
	up[a] = true;
	active[a] = false;
	memset(rule[a], 0, sizeof(rule[a]));
}

static void kernel_end(int a)
{
	test_command("unregister %s", names[a]);
	up[a] = active[a] = false;
}

/* ---- Readers of the log ---- */

static void reader_see(int r, const struct fcdl_event *e)
{
	struct item *it;
	int w, n, step = step_of(e->op);

	it = item_of(log_string(e, &e->path[0]), &w, &n);
	if (it && step >= 0)
		__atomic_fetch_or(&it->logged[step], 1 << r, __ATOMIC_SEQ_CST);
	else if (strstr(log_string(e, &e->path[0]), "/i."))
		fail("reader %d was told of op %u of %s", r, e->op, log_string(e, &e->path[0]));
}

static void reader_run(int r)
{
	struct log *l = &reader[r];
	const struct fcdl_record *rec;
	int other;

	close(control);
	close(tests);
	for (other = 0; other < READERS; other++)
		if (other != r && up[KERNEL + 1 + other])
			close(reader[other].fd);
	while ((rec = log_next(l)))
		if (rec->type == FCDL_EVENT)
			reader_see(r, (const void *)rec);
	shared->told[r] = l->events;
	shared->lost[r] = l->lost;
	_exit(0);
}

static void reader_start(int r)
{
	struct fcdl_setup s = { .ops = OPS_NAMES | OP(RFS_OP_SETATTR),
				.ring_size = FCDL_RING_MIN << pick(4),
				.policy = pick(2) ? FCDL_POLICY_NEWEST : FCDL_POLICY_OLDEST };
	int a = KERNEL + 1 + r;

	log_setup(&reader[r], &s, 0);
	up[a] = true;
	active[a] = false;
	memset(rule[a], 0, sizeof(rule[a]));
	shared->cell[a].gen++;
}

/* Who reads; from the moment that there is something to read on, since before that is the end. */
static void reader_go(int r)
{
	int a = KERNEL + 1 + r;

	pid_of[a] = raw_fork();
	if (!pid_of[a])
		reader_run(r);
}

/* What it was owed, and what it must not have been told */
static void reader_check(int r)
{
	unsigned int gen = shared->cell[KERNEL + 1 + r].gen % 255 + 1, missing = 0;
	int w, n, step;

	for (w = 0; w < WORKERS; w++) {
		for (n = 0; n < ITEMS; n++) {
			struct item *it = &shared->item[w][n];

			for (step = 0; step < STEPS; step++) {
				bool logged = it->logged[step] & 1 << r;

				missing += it->due[step][r] == gen && !logged;
				if (logged && it->outside[step] & 1 << r)
					fail("reader %d was told of step %d of worker %d item %d, outside of its rules",
					     r, step, w, n);
			}
		}
	}
	if (missing > shared->lost[r])
		fail("reader %d missed %u events, and was told of %llu lost", r, missing, shared->lost[r]);
}

static void reader_end(int r, bool clean)
{
	int a = KERNEL + 1 + r;

	if (clean) {
		switch_actor(a, false);
	} else {
		kill(pid_of[a], SIGKILL);
	}
	want_eq(raw_wait(pid_of[a]), clean ? 0 : 128 + SIGKILL);
	if (clean)
		reader_check(r);
	log_close(&reader[r]);
	up[a] = active[a] = false;
}

/* ---- Modules and mounts ---- */

static const char *const modules[] = { "redirfs", "urfs", "fcdl", "rfs_test" };

static void modules_load(void)
{
	char path[256];
	int i, fd;

	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s.ko", getenv("KMODS"), modules[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		want(fd >= 0);
		if (syscall(SYS_finit_module, fd, "", 0))
			die("%s: %s", path, strerror(errno));
		close(fd);
	}
	control = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);
	tests = open("/dev/rfs_test", O_RDWR | O_CLOEXEC);
	want(control >= 0 && tests >= 0);
}

static bool module_gone(const char *name)
{
	return !syscall(SYS_delete_module, name, O_NONBLOCK) || errno == ENOENT;
}

/* All actors are gone. Load does not matter, nor do files that are open. */
static void modules_unload(void)
{
	int i;

	wait_until(!raw_stat("", "rules") && !raw_stat("", "filter_objects"));
	close(control);
	close(tests);
	for (i = 3; i >= 0; i--)
		wait_long(module_gone(modules[i]));
}

static void dirs_make(int system)
{
	char path[400];
	int p, s;

	for (p = 0; p < PER_SYSTEM; p++) {
		snprintf(path, sizeof(path), "%s/p%d", roots[system], p);
		want(!mkdir(path, 0755) || errno == EEXIST);
		for (s = 0; s < SUBDIRS; s++) {
			snprintf(path, sizeof(path), "%s/p%d/s%d", roots[system], p, s);
			want(!mkdir(path, 0755) || errno == EEXIST);
		}
	}
}

/* The first file system is the harness's and stays, the second is a tmpfs, the third a disk. */
static void mount_it(int system)
{
	if (system == 1)
		want_eq(mount("tmpfs", roots[1], "tmpfs", 0, NULL), 0);
	else
		want_eq(mount("/dev/vdb", roots[2], "ext4", 0, NULL), 0);
	dirs_make(system);
}

/* ---- What the director does ---- */

static void actor_start(int a)
{
	int p;

	if (is_user(a))
		user_start(a);
	else if (is_reader(a))
		reader_start(a - KERNEL - 1);
	else
		kernel_start(a);
	/* there are fewer places for those that change data */
	for (p = 0; p < PLACES; p++)
		if (may_cover(a, p) && pick(4) < (a >= DATA_KERNEL ? 3 : 2))
			set_rule(a, p, pick(5) ? 1 : -1);
	switch_actor(a, true);
	if (is_reader(a))
		reader_go(a - KERNEL - 1);
}

static void actor_end(int a, bool clean)
{
	if (is_user(a))
		user_end(a);
	else if (is_reader(a))
		reader_end(a - KERNEL - 1, clean);
	else
		kernel_end(a);
}

static void act_life(int a)
{
	cell_begin(a);
	if (up[a]) {
		actor_end(a, pick(2));
		show_in(a);
	}
	if (pick(8))
		actor_start(a);
	show_in(a);
	cell_end(a);
}

static void act_rule(int a)
{
	int p = pick(PLACES), kind = (int)pick(3) - 1;

	if (!up[a] || !may_cover(a, p) || (!kind && !rule[a][p]))
		return;
	cell_begin(a);
	set_rule(a, p, kind);
	show_in(a);
	cell_end(a);
}

static void act_switch(int a)
{
	/* a reader that stops has come to its end */
	if (!up[a] || is_reader(a))
		return;
	cell_begin(a);
	switch_actor(a, !active[a]);
	show_in(a);
	cell_end(a);
}

static void all_cells(void (*fn)(int actor))
{
	int a;

	for (a = 0; a < ACTORS; a++)
		fn(a);
}

static void act_remount(void)
{
	int system = 1 + pick(2), a, p;

	__atomic_store_n(&shared->closed[system], 1, __ATOMIC_SEQ_CST);
	wait_long(!__atomic_load_n(&shared->inside[system], __ATOMIC_SEQ_CST));
	all_cells(cell_begin);
	wait_long(!umount(roots[system]));
	/* the rules there are stale, and stay so until they are set again */
	for (a = 0; a < ACTORS; a++) {
		for (p = system * PER_SYSTEM; p < (system + 1) * PER_SYSTEM; p++)
			rule[a][p] = 0;
		show_in(a);
	}
	mount_it(system);
	all_cells(cell_end);
	__atomic_store_n(&shared->closed[system], 0, __ATOMIC_SEQ_CST);
}

/* Modules go and come while the workers go on. */
static void act_reload(void)
{
	int a;

	all_cells(cell_begin);
	for (a = 0; a < ACTORS; a++) {
		if (up[a])
			actor_end(a, true);
		show_in(a);
	}
	modules_unload();
	modules_load();
	for (a = 0; a < ACTORS; a++) {
		actor_start(a);
		show_in(a);
	}
	all_cells(cell_end);
}

static unsigned int acts[6];

static void act(void)
{
	unsigned int what = pick(40);

	if (what < 12)
		acts[0]++, act_life(pick(ACTORS));
	else if (what < 28)
		acts[1]++, act_rule(pick(ACTORS));
	else if (what < 36)
		acts[2]++, act_switch(pick(ACTORS));
	else if (what < 39)
		acts[3]++, act_remount();
	else
		acts[4]++, act_reload();
}

static unsigned long long operations_done(void)
{
	unsigned long long sum = 0;
	int w;

	for (w = 0; w < WORKERS + DATA_WORKERS; w++)
		sum += __atomic_load_n(&shared->tally[w].operations, __ATOMIC_RELAXED);
	return sum;
}

static pid_t workers[WORKERS + DATA_WORKERS];

/* Whose worker died of something has not done what the others' log is compared with. */
static void see_workers(void)
{
	int w, code;

	for (w = 0; w < WORKERS + DATA_WORKERS; w++) {
		if (workers[w] <= 0 || !raw_ended(workers[w], &code))
			continue;
		if (code)
			die("worker %d ended with %d", w, code);
		workers[w] = -1;
	}
}

static bool working(void)
{
	see_workers();
	return __atomic_load_n(&shared->working, __ATOMIC_SEQ_CST) > 0;
}

static void one_round(void)
{
	unsigned long long next;
	int w, a;

	memset(shared->item, 0, sizeof(shared->item));
	stream_of(0, 0);
	modules_load();
	for (a = 0; a < ACTORS; a++) {
		cell_begin(a);
		actor_start(a);
		show_in(a);
		cell_end(a);
	}
	shared->working = WORKERS;
	for (w = 0; w < WORKERS + DATA_WORKERS; w++) {
		workers[w] = raw_fork();
		if (!workers[w]) {
			close_in_child();
			if (w >= WORKERS)
				data_worker(w);
			worker(w);
		}
	}
	while (working()) {
		act();
		/* something has to happen between two changes, too */
		for (next = operations_done() + pick(150); operations_done() < next && working();)
			sleep_ms(2);
	}
	for (w = 0; w < WORKERS + DATA_WORKERS; w++)
		if (workers[w] > 0)
			want_eq(raw_wait(workers[w]), 0);
	for (a = 0; a < ACTORS; a++) {
		cell_begin(a);
		if (up[a])
			actor_end(a, true);
		show_in(a);
		cell_end(a);
	}
	modules_unload();
}

/* NAME=NUMBER of the kernel's command line */
static unsigned long long parameter(const char *name, unsigned long long otherwise)
{
	static char line[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char *at;

	want(fd >= 0 && read(fd, line, sizeof(line) - 1) > 0);
	close(fd);
	at = strstr(line, name);
	return at ? strtoull(at + strlen(name), NULL, 10) : otherwise;
}

static void sum_up(unsigned long long rounds)
{
	struct tally t = {};
	int w;

	for (w = 0; w < WORKERS + DATA_WORKERS; w++) {
		t.operations += shared->tally[w].operations;
		t.checked += shared->tally[w].checked;
		t.asked_inside += shared->tally[w].asked_inside;
		t.never_outside += shared->tally[w].never_outside;
		t.denied += shared->tally[w].denied;
		t.late += shared->tally[w].late;
		t.unsure += shared->tally[w].unsure;
		t.data += shared->tally[w].data;
		t.changed += shared->tally[w].changed;
		t.plain += shared->tally[w].plain;
		t.met += shared->tally[w].met;
		t.cut += shared->tally[w].cut;
	}
	printf("seed %llu, %llu rounds: %llu operations; asked inside %llu, not asked outside %llu, denied %llu, "
	       "while something changed %llu, late %llu\n",
	       seed, rounds, t.operations, t.asked_inside, t.never_outside, t.denied, t.unsure, t.late);
	printf("data: %llu calls; read through filters %llu, past them %llu, while something changed %llu, cut short %llu\n",
	       t.data, t.changed, t.plain, t.met, t.cut);
	printf("changes: %u lives, %u rules, %u switches, %u mounts, %u reloads\n", acts[0], acts[1], acts[2], acts[3],
	       acts[4]);
	/* a load that did not get through, or a director that never left anything alone, proves nothing */
	want(t.asked_inside > t.operations / 10);
	want(t.never_outside > t.operations / 10);
	want(t.denied);
	want(t.changed && t.plain && t.met);
	/* handlers that live answer in time, but for a machine that is busy elsewhere */
	if (t.late > (t.operations + t.data) / 100)
		fail("%llu of %llu operations got no answer in time", t.late, t.operations + t.data);
}

int main(void)
{
	unsigned long long rounds;

	setvbuf(stdout, NULL, _IOLBF, 0);
	seed = parameter("torture.seed=", 1);
	rounds = parameter("torture.rounds=", 4);
	shared = raw_shared(sizeof(*shared));
	snprintf(roots[0], sizeof(roots[0]), "%s", raw_dir());
	snprintf(roots[1], sizeof(roots[1]), "%s/tmpfs", getenv("TMPDIR"));
	snprintf(roots[2], sizeof(roots[2]), "%s/disk", getenv("TMPDIR"));
	want(!mkdir(roots[1], 0755) && !mkdir(roots[2], 0755));
	want_eq(system("mkfs.ext4 -q -F -E nodiscard /dev/vdb"), 0);
	dirs_make(0);
	mount_it(1);
	mount_it(2);
	printf("seed %llu, %llu rounds\n", seed, rounds);
	for (round_nr = 1; round_nr <= rounds && !shared->failures; round_nr++) {
		long long t = now_ns();

		one_round();
		printf("round %llu: %lld ms\n", round_nr, (now_ns() - t) / MS);
	}
	sum_up(round_nr - 1);
	want_eq(umount(roots[1]), 0);
	want_eq(umount(roots[2]), 0);
	return shared->failures ? 1 : 0;
}
