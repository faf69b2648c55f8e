// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * datafsx - random reads and writes of one file, each compared with a model and with a plain file
 *
 *   datafsx [OPTION]... FILE TWIN	one process; the same calls are made on TWIN, and must give the same
 *   datafsx --procs N [...] FILE	several processes on FILE, and on an append log FILE.log
 *   datafsx --kill N [...] FILE	N times a process that writes is killed: what it was told is there
 *   datafsx --cut [...] FILE		writes until one ends early or with EIO, says "cut", waits for a line on standard input,
 *					and looks at what is there: the same, with an error in place of a death
 *   datafsx --full [...] FILE		until the file system is full, and again
 *   datafsx --raw KIND[,KIND]... MODEL FILE	no calls: FILE is what these make of MODEL, one after the other: nibbles (swaps
 *				the halves of each byte), xor:KEYFILE, add:N (adds N and seven times the offset), plain
 *
 * FILE may be one that a filter changes the data of; whoever uses it must not see a difference to a plain file. TWIN is
 * a plain file of the same file system: what it answers is right where the model has no opinion (which modes of fallocate
 * there are, say), and where both have one they must agree. Compared are what the call returned, its errno, the data,
 * what lies behind them in the caller's buffer, the buffer after a write, the file's position, its size, and signals.
 *
 * Options:
 *   --seed N		the choices that are made; the same seed makes the same ones (default: from the clock, printed)
 *   --ops N		how many calls (default 1000; of each process)
 *   --biggest N	bytes of the largest call (default 16 MiB)
 *   --near		no offsets beyond 32 MiB
 *   --data		a filter changes the data: no mapping (ENODEV), no clones (EOPNOTSUPP)
 *   --placed		and what it makes of a byte depends on its place: no growing by truncate (EPERM), and of fallocate only
 *			what reserves (EOPNOTSUPP)
 *   --signals		a signal every few milliseconds
 *   --flaky		reads and writes may end early or with EIO, since a handler comes and goes; no TWIN
 *   --save MODEL	what FILE should hold, at the end
 *   --plant WHAT	make one mistake, to see it found: byte, count, errno, position, buffer, tail, size
 *
 * Prints one line at the end. At the first difference it prints that and the last calls, and ends with 1; 2 is a wrong
 * use. With --signals, --procs and --kill the machine decides some of it, so that a seed may need several runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <liburing.h>
#include <linux/aio_abi.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KIB 1024ULL
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)

#define ARENA (16 * MIB + 64 * KIB) /* largest call and some room before it; an unmapped MiB follows */
#define MODEL (5 * GIB)
#define NEAR (32 * MIB)
#define PIPE (256 * KIB)
#define CUTS 8
#define GUARD 0xa5 /* what buffers hold before a read */
#define LAST 24 /* calls that are printed after a difference */

enum handle { PLAIN, APPEND, DIRECT, DSYNC, HANDLES };
static const char *const handle_words[] = { "plain", "append", "direct", "dsync" };

enum what { READ, WRITE, COPY, TRUNCATE, FALLOCATE, SEEK, SYNC, DROP, REOPEN, MMAP, CLONE };
static const char *const what_words[] = { "read", "write", "copy",   "truncate", "fallocate", "seek",
					  "sync", "drop",  "reopen", "mmap",	 "clone" };

enum how { CALL, VECTOR, VECTOR2, URING, URING_VECTOR, URING_FIXED, AIO, SPLICE, SENDFILE, HOWS };
static const char *const how_words[] = { "call",	"vector", "vector2", "uring",	"uring-vector",
					 "uring-fixed", "aio",	  "splice",  "sendfile" };

enum way { WITHIN, OUT, IN }; /* copy: inside the file, from it, to it */

/* one call, the same for both files */
struct call {
	enum what what;
	enum how how;
	enum handle handle;
	enum way way;
	bool at; /* at an offset, not at the position */
	off_t off;
	off_t off2; /* copy, clone: where to */
	size_t len;
	size_t valid; /* bytes of the buffer that are mapped */
	size_t slack; /* where the buffer begins */
	size_t cut[CUTS]; /* of a vector; ends with 0 */
	unsigned int cuts;
	int flags; /* RWF_, FALLOC_FL_, SEEK_; uring: IOSQE_ASYNC; truncate: 1 by its name; sync: 1 data only */
	off_t limit; /* RLIMIT_FSIZE, or -1 */
};

/* what a call came to */
struct outcome {
	long ret; /* or -errno */
	off_t pos;
	off_t size;
	unsigned int xfsz;
};

/* one of the two files */
struct side {
	const char *word;
	const char *path;
	int fd[HANDLES];
	unsigned char *arena;
	unsigned char *buf; /* in it, of the last call */
	int pipe[2];
	int mem;
	struct io_uring ring;
	aio_context_t aio;
};

static struct {
	uint64_t seed;
	unsigned long ops;
	size_t biggest;
	bool near, data, placed, signals, flaky, full, cut;
	unsigned int procs, kills;
	const char *save, *plant, *raw;
} opt = { .ops = 1000, .biggest = 16 * MIB };

/* shared between processes, all of it */
static struct model {
	unsigned char *bytes;
	int fd;
	struct model_head {
		off_t size;
		unsigned char touched[MODEL / MIB]; /* this MiB was written once */
	} * head;
} model;

static struct side subject = { .word = "FILE" }, twin = { .word = "TWIN" };
static int scratch = -1; /* a plain file to copy from and to */
static unsigned char *data; /* what is written, unchanged */
static off_t pos[HANDLES];
static unsigned long step, planted;
static unsigned long counted[CLONE + 1], refused;
static volatile sig_atomic_t xfsz;
static bool on_overlay;
static int rwf_append; /* RWF_APPEND, where the file system minds it */

/* ---- choices ---- */

static uint64_t state;

static uint64_t random64(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* below() - 0 to n - 1 */
static uint64_t below(uint64_t n)
{
	return random64() % n;
}

/* one_in() - true once in n times */
static bool one_in(unsigned int n)
{
	return !below(n);
}

/* fill() - n bytes that no transformation leaves as they are, and that depend on where they are in the buffer */
static void fill(unsigned char *buf, size_t n)
{
	uint64_t x = random64() | 1;
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(buf + i, &x, 8);
	}
	for (; i < n; i++)
		buf[i] = (unsigned char)(x >> i % 8 * 8);
}

/* ---- saying what is wrong ---- */

static char last[LAST][256];

static void describe(const struct call *c)
{
	char *line = last[step % LAST];

	snprintf(
		line, sizeof(last[0]),
		"%lu: %s%s %s %s at=%d off=%#llx off2=%#llx len=%zu valid=%zu slack=%zu cuts=%u flags=%#x limit=%lld size=%#llx",
		step, what_words[c->what], c->what == COPY ? (const char *[]){ "", "-out", "-in" }[c->way] : "",
		c->what <= WRITE ? how_words[c->how] : "", handle_words[c->handle], c->at, (unsigned long long)c->off,
		(unsigned long long)c->off2, c->len, c->valid, c->slack, c->cuts, (unsigned int)c->flags,
		(long long)c->limit, (unsigned long long)model.head->size);
}

static __attribute__((noreturn, format(printf, 1, 2))) void differs(const char *fmt, ...)
{
	unsigned long i = step < LAST ? 0 : step - LAST + 1;
	va_list ap;

	printf("DIFFERS (seed %llu, call %lu): ", (unsigned long long)opt.seed, step);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	for (; i <= step; i++)
		printf("  %s\n", last[i % LAST]);
	fflush(stdout);
	exit(1);
}

static __attribute__((noreturn, format(printf, 1, 2))) void broken(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	fprintf(stderr, "datafsx: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(2);
}

static const char *value(long ret)
{
	static char text[4][32];
	static unsigned int n;
	char *to = text[n++ % 4];

	if (ret < 0)
		snprintf(to, sizeof(text[0]), "%s", strerrorname_np((int)-ret) ?: "?");
	else
		snprintf(to, sizeof(text[0]), "%ld", ret);
	return to;
}

/* must_equal() - the same bytes, or where the first other one is */
static void must_equal(const char *what, const unsigned char *got, const unsigned char *want, size_t n, off_t off)
{
	size_t i, more;

	if (!memcmp(got, want, n))
		return;
	for (i = 0; got[i] == want[i]; i++)
		;
	for (more = i; more < n && got[more] != want[more]; more++)
		;
	differs("%s: byte %zu of %zu (offset %#llx), and %zu in a row, is %02x in place of %02x", what, i, n,
		(unsigned long long)off + i, more - i, got[i], want[i]);
}

/* ---- the model ---- */

static void *mapping(size_t n, int fd)
{
	void *p =
		mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (p == MAP_FAILED)
		broken("mmap");
	return p;
}

static void model_init(void)
{
	model.fd = memfd_create("model", MFD_CLOEXEC);
	if (model.fd < 0 || ftruncate(model.fd, MODEL))
		broken("memory for the model");
	model.bytes = mapping(MODEL, model.fd);
	model.head = mapping(sizeof(*model.head), -1);
}

static void model_touch(off_t off, size_t n)
{
	if (n)
		memset(model.head->touched + off / MIB, 1, (off + n - 1) / MIB - off / MIB + 1);
}

static void model_grow(off_t size)
{
	if (size > model.head->size)
		model.head->size = size;
}

static void model_write(off_t off, const unsigned char *from, size_t n)
{
	memmove(model.bytes + off, from, n);
	model_touch(off, n);
	if (n)
		model_grow(off + n);
}

static void model_zero(off_t off, off_t n)
{
	if (n > 0 && fallocate(model.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off, n))
		broken("a hole in the model");
}

static void model_truncate(off_t size)
{
	if (size < model.head->size)
		model_zero(size, model.head->size - size);
	model.head->size = size;
}

/* model_next() - the next piece of a touched MiB from @off up to @end, at most a MiB. Return: false if there is none */
static bool model_next(off_t *off, off_t end, size_t *n)
{
	off_t stop;

	while (*off < end && !model.head->touched[*off / MIB])
		*off = (*off / MIB + 1) * MIB;
	if (*off >= end)
		return false;
	stop = (*off / MIB + 1) * MIB;
	*n = (size_t)((stop < end ? stop : end) - *off);
	return true;
}

static bool model_is_zero(off_t off, off_t end)
{
	size_t n;

	for (; model_next(&off, end, &n); off += n)
		if (model.bytes[off] || memcmp(model.bytes + off, model.bytes + off + 1, n - 1))
			return false;
	return true;
}

/* ---- one call on one file ---- */

static long sys(long ret)
{
	return ret < 0 ? -errno : ret;
}

static void on_xfsz(int sig)
{
	(void)sig;
	xfsz++;
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* side_open() - the way that all are opened; not every file system has O_DIRECT */
static void side_open(struct side *s, bool trunc)
{
	static const int flags[HANDLES] = { O_RDWR | O_CREAT, O_RDWR | O_APPEND, O_RDWR | O_DIRECT, O_RDWR | O_DSYNC };
	enum handle h;

	for (h = 0; h < HANDLES; h++) {
		s->fd[h] = open(s->path, flags[h] | O_CLOEXEC | (trunc && h == PLAIN ? O_TRUNC : 0), 0600);
		if (s->fd[h] < 0 && (h != DIRECT || errno != EINVAL))
			differs("open %s of %s: %s", handle_words[h], s->word, strerrorname_np(errno));
	}
}

static void side_close(struct side *s)
{
	enum handle h;

	for (h = 0; h < HANDLES; h++)
		if (s->fd[h] >= 0 && close(s->fd[h]))
			differs("close of %s: %s", s->word, strerrorname_np(errno));
}

static void side_init(struct side *s)
{
	struct iovec all = { .iov_len = ARENA };
	int err;

	s->arena = mmap(NULL, ARENA + MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->arena == MAP_FAILED || mprotect(s->arena, ARENA, PROT_READ | PROT_WRITE))
		broken("memory");
	s->mem = memfd_create("middle", MFD_CLOEXEC);
	if (s->mem < 0 || pipe2(s->pipe, O_CLOEXEC) || fcntl(s->pipe[1], F_SETPIPE_SZ, PIPE) < 0)
		broken("pipe");
	if (syscall(SYS_io_setup, 4, &s->aio))
		broken("io_setup");
	err = io_uring_queue_init(4, &s->ring, 0);
	all.iov_base = s->arena;
	if (!err)
		err = io_uring_register_buffers(&s->ring, &all, 1);
	if (err) {
		errno = -err;
		broken("io_uring");
	}
}

static void cut_up(const struct call *c, unsigned char *buf, struct iovec *iov)
{
	unsigned int i;

	for (i = 0; i < c->cuts; i++) {
		iov[i].iov_base = buf;
		iov[i].iov_len = c->cut[i];
		buf += c->cut[i];
	}
}

static long by_uring(struct side *s, const struct call *c, const struct iovec *iov)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring);
	uint64_t off = c->at ? (uint64_t)c->off : (uint64_t)-1;
	bool write = c->what == WRITE;
	int fd = s->fd[c->handle], ret;
	struct io_uring_cqe *cqe;

	if (c->how == URING_VECTOR && write)
		io_uring_prep_writev(sqe, fd, iov, c->cuts, off);
	else if (c->how == URING_VECTOR)
		io_uring_prep_readv(sqe, fd, iov, c->cuts, off);
	else if (c->how == URING_FIXED && write)
		io_uring_prep_write_fixed(sqe, fd, s->buf, (unsigned int)c->len, off, 0);
	else if (c->how == URING_FIXED)
		io_uring_prep_read_fixed(sqe, fd, s->buf, (unsigned int)c->len, off, 0);
	else if (write)
		io_uring_prep_write(sqe, fd, s->buf, (unsigned int)c->len, off);
	else
		io_uring_prep_read(sqe, fd, s->buf, (unsigned int)c->len, off);
	sqe->flags |= (unsigned char)c->flags;
	do
		ret = io_uring_submit(&s->ring);
	while (ret == -EINTR);
	if (ret != 1)
		differs("io_uring_submit of %s: %d", s->word, ret);
	do
		ret = io_uring_wait_cqe(&s->ring, &cqe);
	while (ret == -EINTR);
	if (ret)
		differs("io_uring_wait_cqe of %s: %d", s->word, ret);
	ret = cqe->res;
	io_uring_cqe_seen(&s->ring, cqe);
	return ret;
}

static long by_aio(struct side *s, const struct call *c, const struct iovec *iov)
{
	bool vector = c->cuts > 1;
	struct iocb cb = {
		.aio_fildes = (uint32_t)s->fd[c->handle],
		.aio_offset = c->off,
		.aio_buf = vector ? (uintptr_t)iov : (uintptr_t)s->buf,
		.aio_nbytes = vector ? c->cuts : c->len,
	}, *list = &cb;
	struct io_event ev;
	long ret;

	if (c->what == WRITE)
		cb.aio_lio_opcode = vector ? IOCB_CMD_PWRITEV : IOCB_CMD_PWRITE;
	else
		cb.aio_lio_opcode = vector ? IOCB_CMD_PREADV : IOCB_CMD_PREAD;
	ret = sys(syscall(SYS_io_submit, s->aio, 1, &list));
	if (ret != 1)
		return ret;
	do
		ret = sys(syscall(SYS_io_getevents, s->aio, 1, 1, &ev, NULL));
	while (ret == -EINTR);
	return ret == 1 ? (long)ev.res : ret;
}

/* by_pipe() - splice, as often as it takes; the last error counts if nothing was done */
static long by_pipe(struct side *s, const struct call *c)
{
	loff_t off = c->off, *at = c->at ? &off : NULL;
	int fd = s->fd[c->handle];
	size_t done = 0, n;
	long ret = 0, got;

	while (done < c->len) {
		n = c->len - done < PIPE ? c->len - done : PIPE;
		if (c->what == WRITE && write(s->pipe[1], s->buf + done, n) != (ssize_t)n)
			broken("write to a pipe");
		do {
			do
				ret = sys(c->what == WRITE ? splice(s->pipe[0], NULL, fd, at, n, 0) :
							     splice(fd, at, s->pipe[1], NULL, n, 0));
			while (ret == -EINTR);
			if (ret <= 0)
				break;
			for (got = 0; c->what == READ && got < ret;) {
				long k = read(s->pipe[0], s->buf + done + got, (size_t)(ret - got));

				if (k <= 0)
					broken("read from a pipe");
				got += k;
			}
			done += (size_t)ret;
			n -= (size_t)ret;
		} while (c->what == WRITE && n);
		if (ret <= 0)
			break;
	}
	if (c->what == WRITE && ret <= 0 && done < c->len)
		while (n) {
			got = read(s->pipe[0], s->arena, n < c->slack ? n : c->slack ?: 1);
			if (got <= 0)
				broken("rest in a pipe");
			n -= (size_t)got;
		}
	return done ? (long)done : ret;
}

static long by_sendfile(struct side *s, const struct call *c)
{
	loff_t off = c->off;
	size_t done = 0;
	long ret = 0;

	if (ftruncate(s->mem, 0) || lseek(s->mem, 0, SEEK_SET))
		broken("memory");
	if (c->what == WRITE && pwrite(s->mem, s->buf, c->len, 0) != (ssize_t)c->len)
		broken("memory");
	while (done < c->len) {
		if (c->what == WRITE)
			ret = sys(sendfile(s->fd[c->handle], s->mem, NULL, c->len - done));
		else
			ret = sys(sendfile(s->mem, s->fd[c->handle], c->at ? &off : NULL, c->len - done));
		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			break;
		done += (size_t)ret;
	}
	if (c->what == READ && pread(s->mem, s->buf, done, 0) != (ssize_t)done)
		broken("memory");
	return done ? (long)done : ret;
}

static long transfer(struct side *s, const struct call *c)
{
	bool write_it = c->what == WRITE;
	int fd = s->fd[c->handle];
	struct iovec iov[CUTS];
	long ret;

	s->buf = c->valid < c->len ? s->arena + ARENA - c->valid : s->arena + c->slack;
	if (write_it)
		memcpy(s->buf, data, c->valid);
	else
		memset(s->buf, GUARD, c->valid);
	cut_up(c, s->buf, iov);
	switch (c->how) {
	case CALL:
		if (c->at)
			return sys(write_it ? pwrite(fd, s->buf, c->len, c->off) : pread(fd, s->buf, c->len, c->off));
		return sys(write_it ? write(fd, s->buf, c->len) : read(fd, s->buf, c->len));
	case VECTOR:
		if (c->at)
			return sys(write_it ? pwritev(fd, iov, (int)c->cuts, c->off) :
					      preadv(fd, iov, (int)c->cuts, c->off));
		return sys(write_it ? writev(fd, iov, (int)c->cuts) : readv(fd, iov, (int)c->cuts));
	case VECTOR2:
		return sys(write_it ? pwritev2(fd, iov, (int)c->cuts, c->at ? c->off : -1, c->flags) :
				      preadv2(fd, iov, (int)c->cuts, c->at ? c->off : -1, c->flags));
	case URING:
	case URING_VECTOR:
	case URING_FIXED:
		/* it cannot make a worker while signals come, and gives up then: also of a plain file */
		do
			ret = by_uring(s, c, iov);
		while (opt.signals && ret == -ECANCELED);
		return ret;
	case AIO:
		return by_aio(s, c, iov);
	case SPLICE:
		return by_pipe(s, c);
	default:
		return by_sendfile(s, c);
	}
}

/* copy() - copy_file_range, as often as it takes */
static long copy(struct side *s, const struct call *c)
{
	int from = c->way == IN ? scratch : s->fd[PLAIN], to = c->way == OUT ? scratch : s->fd[PLAIN];
	loff_t off = c->way == IN ? 0 : c->off, off2 = c->way == OUT ? 0 : c->off2;
	size_t done = 0;
	long ret = 0;

	if (c->way != WITHIN && ftruncate(scratch, 0))
		broken("scratch file");
	if (c->way == IN && pwrite(scratch, data, c->len, 0) != (ssize_t)c->len)
		broken("scratch file");
	while (done < c->len) {
		ret = sys(copy_file_range(from, &off, to, &off2, c->len - done, 0));
		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			break;
		done += (size_t)ret;
	}
	return done ? (long)done : ret;
}

static long look_through_mapping(struct side *s, const struct call *c)
{
	size_t n = c->len;
	void *p = mmap(NULL, n, PROT_READ, MAP_SHARED, s->fd[PLAIN], c->off);

	if (p == MAP_FAILED)
		return -errno;
	s->buf = s->arena;
	memcpy(s->buf, p, n);
	munmap(p, n);
	return 0;
}

static long clone_range(struct side *s, const struct call *c)
{
	struct file_clone_range range = {
		.src_fd = s->fd[PLAIN],
		.src_offset = (uint64_t)c->off,
		.src_length = c->len,
		.dest_offset = (uint64_t)c->off2,
	};

	return sys(ioctl(s->fd[PLAIN], FICLONERANGE, &range));
}

static long make_call(struct side *s, const struct call *c)
{
	int fd = s->fd[c->handle];
	long ret;

	switch (c->what) {
	case READ:
	case WRITE:
		return transfer(s, c);
	case COPY:
		return copy(s, c);
	case TRUNCATE:
		return sys(c->flags ? truncate(s->path, c->off) : ftruncate(fd, c->off));
	case FALLOCATE:
		/* it may be interrupted, and does nothing then */
		do
			ret = sys(fallocate(fd, c->flags, c->off, (off_t)c->len));
		while (ret == -EINTR);
		return ret;
	case SEEK:
		return sys(lseek(fd, c->off, c->flags));
	case SYNC:
		return sys(c->flags ? fdatasync(fd) : fsync(fd));
	case DROP:
		ret = sys(fsync(fd));
		return ret ?: -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	case REOPEN:
		side_close(s);
		side_open(s, c->flags);
		return 0;
	case MMAP:
		return look_through_mapping(s, c);
	default:
		return clone_range(s, c);
	}
}

static void make(struct side *s, const struct call *c, struct outcome *o)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	struct stat st;

	xfsz = 0;
	if (c->limit >= 0) {
		limit.rlim_cur = (rlim_t)c->limit;
		setrlimit(RLIMIT_FSIZE, &limit);
	}
	o->ret = make_call(s, c);
	if (c->limit >= 0) {
		limit.rlim_cur = RLIM_INFINITY;
		setrlimit(RLIMIT_FSIZE, &limit);
	}
	o->xfsz = (unsigned int)xfsz;
	o->pos = lseek(s->fd[c->handle], 0, SEEK_CUR);
	if (fstat(s->fd[c->handle], &st))
		differs("fstat of %s: %s", s->word, strerrorname_np(errno));
	o->size = st.st_size;
}

/* ---- what a call must come to ---- */

struct wanted {
	long ret; /* or -errno */
	bool known; /* the model knows it; else the twin does */
	bool may_wait; /* EAGAIN, EOPNOTSUPP, or less */
	bool may_refuse; /* copy: EXDEV, EOPNOTSUPP: the program is to read and write; write: EINVAL */
	bool alone; /* not made on the twin: the filter refuses it */
	bool torn; /* the caller's buffer ends early: what was read of it may be written, and may be dropped by the page */
	bool nowhere; /* seeks for data and holes: any sensible answer */
	unsigned int xfsz;
	off_t start;
};

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static off_t start_of(const struct call *c)
{
	off_t size = model.head->size;

	if (c->what == WRITE && (c->handle == APPEND || (c->how == VECTOR2 && c->flags & RWF_APPEND)))
		return size;
	return c->at ? c->off : pos[c->handle];
}

static void limit_to(const struct call *c, struct wanted *w, off_t end)
{
	if (c->limit < 0 || end <= c->limit)
		return;
	if (c->what == WRITE && w->start < c->limit) {
		w->ret = c->limit - w->start < w->ret || w->ret < 0 ? c->limit - w->start : w->ret;
		return;
	}
	w->ret = -EFBIG;
	w->xfsz = 1;
}

/* would() - what the model says */
static struct wanted would(const struct call *c)
{
	struct wanted w = { .known = true, .start = start_of(c) };
	off_t size = model.head->size, left;

	switch (c->what) {
	case READ:
		left = w.start < size ? size - w.start : 0;
		w.ret = (long)min(c->valid, left < (off_t)c->len ? (size_t)left : c->len);
		if (!w.ret && left && c->len)
			w.ret = -EFAULT;
		if (c->how == VECTOR2 && c->flags & RWF_NOWAIT)
			w.may_wait = true;
		break;
	case WRITE:
		w.ret = (long)min(c->valid, c->len);
		if (!w.ret && c->len)
			w.ret = -EFAULT;
		if (c->len)
			limit_to(c, &w, w.start + (off_t)c->len);
		if (w.ret > (long)c->valid)
			w.ret = (long)c->valid;
		w.torn = c->valid < c->len && w.ret > 0;
		/* the gap before it has to be written too, and overlayfs's own open file does only whole blocks */
		w.may_refuse = opt.placed && on_overlay && c->handle == DIRECT && w.start > size;
		if (c->how == VECTOR2 && c->flags & RWF_NOWAIT)
			w.may_wait = true;
		break;
	case COPY:
		left = c->off < size ? size - c->off : 0;
		w.ret = c->way == IN ? (long)c->len : (long)min((size_t)left, c->len);
		w.may_refuse = opt.data;
		break;
	case TRUNCATE:
		if (opt.placed && c->off > size) {
			w.ret = -EPERM;
			w.alone = true;
		} else if (c->off > size) {
			limit_to(c, &w, c->off);
		}
		break;
	case FALLOCATE:
		w.known = false;
		if (opt.placed && c->flags != FALLOC_FL_KEEP_SIZE) {
			w.ret = -EOPNOTSUPP;
			w.known = w.alone = true;
		}
		break;
	case SEEK:
		w.ret = c->off + (c->flags == SEEK_CUR ? pos[c->handle] : c->flags == SEEK_END ? size : 0);
		w.nowhere = c->flags == SEEK_DATA || c->flags == SEEK_HOLE;
		w.known = !w.nowhere;
		if (w.known && w.ret < 0)
			w.ret = -EINVAL;
		break;
	case MMAP:
		if (opt.data) {
			w.ret = -ENODEV;
			w.alone = true;
		}
		break;
	case CLONE:
		w.known = false;
		if (opt.data) {
			w.ret = -EOPNOTSUPP;
			w.known = w.alone = true;
		}
		break;
	default:
		break;
	}
	return w;
}

static bool right(const struct wanted *w, long ret)
{
	if (ret == w->ret)
		return true;
	if (w->may_wait && (ret == -EAGAIN || ret == -EOPNOTSUPP || (ret >= 0 && ret < w->ret)))
		return true;
	if (w->torn && (ret == -EFAULT || (ret > 0 && ret < w->ret)))
		return true;
	return w->may_refuse && (ret == -EXDEV || ret == -EOPNOTSUPP || ret == -EINVAL);
}

/* seek_right() - what SEEK_DATA or SEEK_HOLE found: zeros are skipped by the first, nothing is beyond the end */
static void seek_right(const struct call *c, long ret)
{
	off_t size = model.head->size;

	if (c->off >= size) {
		if (ret != -ENXIO)
			differs("a seek beyond the end gave %s", value(ret));
		return;
	}
	if (c->flags == SEEK_DATA && ret == -ENXIO)
		ret = size;
	if (ret < c->off || ret > size)
		differs("a seek from %#llx found %s", (unsigned long long)c->off, value(ret));
	if (c->flags == SEEK_DATA && !model_is_zero(c->off, ret))
		differs("a seek for data from %#llx passed some, up to %#lx", (unsigned long long)c->off, ret);
}

/* ---- telling the model ---- */

static void did_fallocate(const struct call *c)
{
	off_t size = model.head->size, off = c->off, len = (off_t)c->len;

	switch (c->flags) {
	case 0:
		model_grow(off + len);
		break;
	case FALLOC_FL_ZERO_RANGE:
		model_zero(off, len);
		model_grow(off + len);
		break;
	case FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE:
	case FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE:
		model_zero(off, len);
		break;
	case FALLOC_FL_COLLAPSE_RANGE:
		model_write(off, model.bytes + off + len, (size_t)(size - off - len));
		model_truncate(size - len);
		break;
	case FALLOC_FL_INSERT_RANGE:
		model_write(off + len, model.bytes + off, (size_t)(size - off));
		model_zero(off, len);
		break;
	default:
		break;
	}
}

/* did() - the call was made on FILE with this result, which was right */
static void did(const struct call *c, const struct wanted *w, long ret)
{
	switch (c->what) {
	case READ:
		if (ret > 0 && !c->at && c->how != AIO)
			pos[c->handle] = w->start + ret;
		break;
	case WRITE:
		if (ret <= 0)
			break;
		model_write(w->start, data, (size_t)ret);
		if (!c->at && c->how != AIO)
			pos[c->handle] = w->start + ret;
		break;
	case COPY:
		if (ret > 0 && c->way == IN)
			model_write(c->off2, data, (size_t)ret);
		else if (ret > 0 && c->way == WITHIN)
			model_write(c->off2, model.bytes + c->off, (size_t)ret);
		break;
	case TRUNCATE:
		if (!ret)
			model_truncate(c->off);
		break;
	case FALLOCATE:
		if (!ret)
			did_fallocate(c);
		break;
	case SEEK:
		if (ret >= 0)
			pos[c->handle] = ret;
		break;
	case REOPEN:
		memset(pos, 0, sizeof(pos));
		if (c->flags)
			model_truncate(0);
		break;
	case CLONE:
		if (!ret)
			model_write(c->off2, model.bytes + c->off, c->len);
		break;
	default:
		break;
	}
}

/* ---- looking at what a call left ---- */

static void look_at_buffer(struct side *s, const struct call *c, const struct wanted *w, const struct outcome *o)
{
	size_t n = o->ret > 0 ? (size_t)o->ret : 0, i;
	char what[64];

	snprintf(what, sizeof(what), "%s: %s", s->word, what_words[c->what]);
	switch (c->what) {
	case READ:
		must_equal(what, s->buf, model.bytes + w->start, n, w->start);
		/* past the page cache a whole block is read, also the one that holds the end */
		for (i = n; i < c->valid && c->handle != DIRECT; i++)
			if (s->buf[i] != GUARD)
				differs("%s gave %zu bytes and changed byte %zu of the buffer", what, n, i);
		break;
	case WRITE:
		must_equal("the caller's buffer after the write", s->buf, data, c->valid, 0);
		break;
	case COPY:
		if (c->way != OUT || !n)
			break;
		if (pread(scratch, s->arena, n, 0) != (ssize_t)n)
			broken("scratch file");
		must_equal(what, s->arena, model.bytes + c->off, n, c->off);
		break;
	case MMAP:
		if (!o->ret)
			must_equal(what, s->buf, model.bytes + c->off, c->len, c->off);
		break;
	default:
		break;
	}
}

/* plant() - spoil something, as a bad filter would; once, at the first call that can be spoiled in that way */
static void plant(const struct call *c, struct outcome *o)
{
	unsigned char byte;
	off_t off;

	if (!opt.plant || planted || step < opt.ops / 4)
		return;
	if (!strcmp(opt.plant, "byte")) {
		/* the last call of all: none that follows makes it good */
		if (step + 1 < opt.ops || !model.head->size)
			return;
		off = (off_t)below((uint64_t)model.head->size);
		/* where it will be looked for */
		while (!model.head->touched[off / MIB])
			off = (off_t)below((uint64_t)model.head->size);
		byte = model.bytes[off] ^ 0x10;
		if (pwrite(subject.fd[PLAIN], &byte, 1, off) != 1)
			return;
	} else if (!strcmp(opt.plant, "count") && c->what == WRITE && o->ret > 1) {
		o->ret--;
	} else if (!strcmp(opt.plant, "errno") && c->what == TRUNCATE && !o->ret) {
		o->ret = -EIO;
	} else if (!strcmp(opt.plant, "position") && c->what == READ && o->ret > 1) {
		o->pos--;
	} else if (!strcmp(opt.plant, "buffer") && c->what == WRITE && c->valid) {
		subject.buf[below(c->valid)] ^= 1;
	} else if (!strcmp(opt.plant, "tail") && c->what == READ && c->handle != DIRECT && o->ret >= 0 &&
		   (size_t)o->ret < c->valid) {
		subject.buf[o->ret] = 0;
	} else if (!strcmp(opt.plant, "size") && c->what == WRITE && o->ret > 0) {
		o->size++;
	} else {
		return;
	}
	planted = step;
}

/* look_at_range() - read some of the file and compare; in flaky times until it can be read */
static void look_at_range(off_t off, size_t n)
{
	int tries = 0;
	long ret;

	subject.buf = subject.arena;
	for (;;) {
		ret = sys(pread(subject.fd[PLAIN], subject.buf, n, off));
		if (ret == (long)n)
			break;
		if (!opt.flaky || (ret < 0 && ret != -EIO) || ++tries == 3000)
			differs("reading %zu bytes at %#llx gave %s", n, (unsigned long long)off, value(ret));
		usleep(10000);
	}
	must_equal("the whole file", subject.buf, model.bytes + off, n, off);
}

/* look_at_all() - everything that was ever written, and whatever else the file says it has */
static void look_at_all(void)
{
	off_t size = model.head->size, off, end;
	struct stat st;
	size_t n;

	if (fstat(subject.fd[PLAIN], &st) || st.st_size != size)
		differs("the file has %#llx bytes, not %#llx", (unsigned long long)st.st_size,
			(unsigned long long)size);
	for (off = 0; model_next(&off, size, &n); off += n)
		look_at_range(off, n);
	for (off = 0; off < size; off = end) {
		off = lseek(subject.fd[PLAIN], off, SEEK_DATA);
		if (off < 0)
			break;
		end = lseek(subject.fd[PLAIN], off, SEEK_HOLE);
		for (; off < end; off += n) {
			n = min(MIB, (size_t)(end - off));
			look_at_range(off, n);
		}
	}
	lseek(subject.fd[PLAIN], pos[PLAIN], SEEK_SET);
}

/*
 * unsure() - a write ended early or with EIO: each byte is the old or the new one, and the file ends where it did or
 * anywhere up to the write's end. Takes over what is there.
 */
static void unsure(const struct call *c, const struct wanted *w, struct outcome *o)
{
	off_t end = w->start + (off_t)c->len, size = model.head->size, off;
	int tries = 0;
	size_t n;
	long ret;

	if (o->size < size || o->size > (end > size ? end : size))
		differs("a write of %zu at %#llx that gave %s left %#llx bytes", c->len, (unsigned long long)w->start,
			value(o->ret), (unsigned long long)o->size);
	if (end > o->size)
		end = o->size;
	for (off = w->start; off < end; off += (off_t)n) {
		n = min(MIB, (size_t)(end - off));
		while ((ret = sys(pread(subject.fd[PLAIN], subject.arena, n, off))) != (long)n) {
			if ((ret < 0 && ret != -EIO) || ++tries == 3000)
				differs("reading %zu bytes at %#llx gave %s", n, (unsigned long long)off, value(ret));
			usleep(10000);
		}
		for (size_t i = 0; i < n; i++) {
			unsigned char new = data[off - w->start + (off_t)i], old = model.bytes[off + (off_t)i];
			bool acknowledged = off - w->start + (off_t)i < o->ret;

			if (subject.arena[i] != new && (acknowledged || subject.arena[i] != old))
				differs("after a write that gave %s: byte at %#llx is %02x, old %02x, new %02x",
					value(o->ret), (unsigned long long)off + i, subject.arena[i], old, new);
		}
		model_write(off, subject.arena, n);
	}
	model_grow(o->size);
}

/* flaky_times() - a read or write may end early, or with EIO. Return: true if it did, and all was looked at */
static bool flaky_times(const struct call *c, const struct wanted *w, struct outcome *o)
{
	if (!opt.flaky || c->what > WRITE || w->ret <= 0 || o->ret == w->ret)
		return false;
	if (o->ret != -EIO && (o->ret < 0 || o->ret > w->ret))
		return false;
	refused++;
	if (c->what == READ)
		look_at_buffer(&subject, c, w, o);
	else
		unsure(c, w, o);
	pos[c->handle] = lseek(subject.fd[c->handle], 0, SEEK_CUR);
	return true;
}

static bool has_twin(void)
{
	return twin.path;
}

/*
 * failed_beyond() - a write that began beyond the end and came to nothing
 *
 * Some file systems have filled the gap, or a part of it, by then, and the file is larger; a filter that cannot read the
 * caller's memory does not get that far. Both are right.
 */
static void failed_beyond(const struct wanted *w, const struct outcome *mine, struct outcome *other)
{
	off_t size = model.head->size;

	if (w->start <= size || mine->size < size || mine->size > w->start)
		return;
	model_grow(mine->size);
	if (!has_twin() || other->size == mine->size)
		return;
	if (other->size < size || other->size > w->start)
		return;
	if (ftruncate(twin.fd[PLAIN], mine->size))
		broken("truncate of %s", twin.path);
	other->size = mine->size;
}

/*
 * catch_up() - of a buffer that ends early FILE got more than TWIN, which btrfs does not take the last pages of; a filter
 * that has a buffer of its own gives it all that there is. Less would be a difference.
 */
static void catch_up(const struct call *c, const struct wanted *w, const struct outcome *mine, struct outcome *other)
{
	long done = other->ret > 0 ? other->ret : 0, n = mine->ret > 0 ? mine->ret : 0;

	if (mine->ret == other->ret)
		return;
	if (n < done || !right(w, other->ret))
		differs("of a torn buffer FILE took %s, TWIN %s", value(mine->ret), value(other->ret));
	if (pwrite(twin.fd[PLAIN], data + done, (size_t)(n - done), w->start + done) != n - done ||
	    lseek(twin.fd[c->handle], mine->pos, SEEK_SET) != mine->pos)
		broken("%s", twin.path);
	*other = *mine;
}

static void check_call(const struct call *c)
{
	struct wanted w = would(c);
	struct outcome mine = { 0 }, other = { 0 };
	off_t size;

	counted[c->what]++;
	make(&subject, c, &mine);
	plant(c, &mine);
	if (w.nowhere) {
		seek_right(c, mine.ret);
		/* and back, so that both files stand where they stood */
		lseek(subject.fd[c->handle], pos[c->handle], SEEK_SET);
		return;
	}
	if (flaky_times(c, &w, &mine))
		return;
	if (w.known && !right(&w, mine.ret))
		differs("FILE gave %s, wanted %s", value(mine.ret), value(w.ret));
	look_at_buffer(&subject, c, &w, &mine);
	if (has_twin() && !w.alone && !w.may_wait && !(w.may_refuse && mine.ret < 0)) {
		make(&twin, c, &other);
		if (w.torn)
			catch_up(c, &w, &mine, &other);
		if (mine.ret != other.ret)
			differs("FILE gave %s, TWIN %s", value(mine.ret), value(other.ret));
		if (mine.xfsz != other.xfsz)
			differs("FILE got %u signals, TWIN %u", mine.xfsz, other.xfsz);
		look_at_buffer(&twin, c, &w, &other);
	} else if (has_twin() && w.may_wait && mine.ret > 0 && (mine.ret == w.ret || c->handle != DIRECT)) {
		/* whatever was done, the twin must have too: with a call that may wait, and no further */
		struct call same = *c;

		same.flags &= ~RWF_NOWAIT;
		if (mine.ret < w.ret) {
			same.len = same.valid = same.cut[0] = (size_t)mine.ret;
			same.cuts = 1;
		}
		make(&twin, &same, &other);
		if (mine.ret != other.ret)
			differs("FILE gave %s, and then TWIN %s", value(mine.ret), value(other.ret));
	} else if (has_twin()) {
		other = mine;
	}
	if (mine.xfsz != w.xfsz)
		differs("SIGXFSZ came %u times, wanted %u", mine.xfsz, w.xfsz);
	if (mine.ret < 0)
		refused++;
	did(c, &w, mine.ret);
	if (c->what == WRITE && mine.ret < 0)
		failed_beyond(&w, &mine, &other);
	size = model.head->size;
	if (mine.pos != pos[c->handle] || (has_twin() && other.pos != mine.pos))
		differs("positions: FILE %#llx, TWIN %#llx, wanted %#llx", (unsigned long long)mine.pos,
			(unsigned long long)other.pos, (unsigned long long)pos[c->handle]);
	if (mine.size != size || (has_twin() && other.size != mine.size))
		differs("sizes: FILE %#llx, TWIN %#llx, wanted %#llx", (unsigned long long)mine.size,
			(unsigned long long)other.size, (unsigned long long)size);
}

/* ---- which call ---- */

static size_t some_length(off_t off)
{
	size_t most = off > (off_t)NEAR ? 256 * KIB : opt.biggest;

	switch (below(40)) {
	case 0:
		return 0;
	case 1:
		return min(most, 1 + below(opt.biggest));
	case 2 ... 5:
		return min(most, 1 + below(MIB));
	case 6 ... 13:
		/* about the size of the pieces that a filter is given */
		return min(most, 64 * KIB * (1 + below(3)) + below(3) - 1);
	case 14 ... 25:
		return 1 + below(64 * KIB);
	default:
		return 1 + below(2ULL << below(13));
	}
}

static off_t some_offset(void)
{
	off_t size = model.head->size;

	switch (below(20)) {
	case 0 ... 8:
		return (off_t)below(256 * KIB);
	case 9 ... 11:
		return (off_t)below(NEAR - 17 * MIB);
	case 12 ... 14:
		if (size > (off_t)(opt.near ? NEAR - 17 * MIB : MODEL - GIB / 2))
			return (off_t)below(256 * KIB);
		return size < 4 ? size : size - (off_t)below(min((size_t)size, 9000)) + (off_t)below(3);
	case 15 ... 16:
		return (off_t)below(16 * MIB / 4096) * 4096;
	case 17:
		if (!opt.near)
			return (off_t)(4 * GIB - 128 * KIB + below(256 * KIB));
		/* fallthrough */
	default:
		return (off_t)(below(8) * 64 * KIB + below(5));
	}
}

static void some_cuts(struct call *c)
{
	size_t left = c->len, unit = c->handle == DIRECT ? 4096 : 1;

	while (c->cuts < CUTS - 1 && left > unit && !one_in(3)) {
		size_t cut = below(left / unit + 1) * unit;

		c->cut[c->cuts++] = cut;
		left -= cut;
	}
	c->cut[c->cuts++] = left;
}

static void some_transfer(struct call *c)
{
	c->handle = one_in(3) ? (enum handle)below(HANDLES) : PLAIN;
	if (subject.fd[c->handle] < 0)
		c->handle = PLAIN;
	c->how = one_in(2) ? CALL : (enum how)below(HOWS);
	c->at = one_in(2);
	c->off = some_offset();
	if (c->what == READ && one_in(2) && c->off > model.head->size)
		c->off = (off_t)below((uint64_t)model.head->size + 1);
	c->len = some_length(c->at				     ? c->off :
			     c->what == WRITE && c->handle == APPEND ? model.head->size :
								       pos[c->handle]);
	c->slack = below(64);
	if (c->handle == APPEND && c->what == WRITE && c->how >= SPLICE)
		c->how = CALL;
	if (c->how == AIO)
		c->at = true;
	if (c->what == WRITE && c->how == SENDFILE)
		c->at = false;
	if (c->how == VECTOR2) {
		if (c->what == WRITE && c->handle != DIRECT)
			c->flags = (const int[]){ 0, rwf_append, RWF_DSYNC, RWF_NOWAIT }[below(4)];
		else
			c->flags = one_in(2) ? RWF_NOWAIT : 0;
		if (c->flags & RWF_APPEND && model.head->size > (off_t)NEAR)
			c->len = min(c->len, 256 * KIB);
	}
	if (c->how >= URING && c->how <= URING_FIXED && one_in(3))
		c->flags = IOSQE_ASYNC;
	if (c->handle == DIRECT) {
		if (c->how >= SPLICE)
			c->how = CALL;
		/* an odd position would be refused; that is asked of none */
		c->at = true;
		c->off &= ~4095LL;
		c->len = (c->len + 4095) & ~4095ULL;
		c->slack = 0;
	}
	c->valid = c->len;
	if (c->how <= VECTOR && c->handle != DIRECT && one_in(12) && c->len)
		c->valid = one_in(4) ? 0 : below(c->len);
	if (c->what == WRITE && c->how <= VECTOR && c->handle <= APPEND && c->valid == c->len && one_in(12))
		c->limit = one_in(2) ? start_of(c) + (off_t)below(c->len + 10) :
				       (off_t)below((uint64_t)model.head->size + 1);
	some_cuts(c);
	if (c->what == WRITE)
		fill(data, c->valid);
}

static void some_copy(struct call *c)
{
	c->way = (enum way)below(3);
	c->off = one_in(2) ? some_offset() : (off_t)below((uint64_t)model.head->size + 1);
	c->off2 = some_offset();
	c->len = some_length(c->off > c->off2 ? c->off : c->off2);
	/* not over itself */
	if (c->way == WITHIN && c->off < c->off2 + (off_t)c->len && c->off2 < c->off + (off_t)c->len)
		c->way = OUT;
	/* nor what is at the end, to beyond it: the second call of the loop would find more there */
	if (c->way == WITHIN && c->off < model.head->size)
		c->len = min(min(c->len, MIB), (size_t)(model.head->size - c->off));
	if (c->way == IN)
		fill(data, c->len);
}

static void some_fallocate(struct call *c)
{
	static const int modes[] = { 0,
				     FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_ZERO_RANGE,
				     FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_COLLAPSE_RANGE,
				     FALLOC_FL_INSERT_RANGE };
	off_t size = model.head->size;

	c->flags = modes[below(8)];
	c->off = some_offset();
	c->len = 1 + below(one_in(4) ? MIB : 64 * KIB);
	if (!(c->flags & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)))
		return;
	c->off = (off_t)below((uint64_t)size / 4096 + 1) * 4096;
	c->len = 4096 * (1 + below(32));
	if (size > (off_t)(NEAR - 8 * MIB) || c->off + (off_t)c->len >= size) {
		c->flags = FALLOC_FL_KEEP_SIZE;
		c->off = some_offset();
	}
}

static void some_call(struct call *c)
{
	unsigned int n = (unsigned int)below(100);
	off_t size = model.head->size;

	memset(c, 0, sizeof(*c));
	c->limit = -1;
	if (n < 37) {
		c->what = READ;
		some_transfer(c);
	} else if (n < 74) {
		c->what = WRITE;
		some_transfer(c);
	} else if (n < 78) {
		c->what = COPY;
		some_copy(c);
	} else if (n < 84) {
		c->what = TRUNCATE;
		c->off = one_in(2) ? some_offset() : (off_t)below((uint64_t)size + 1);
		c->flags = one_in(2);
		if (one_in(8))
			c->limit = some_offset();
	} else if (n < 90) {
		c->what = FALLOCATE;
		some_fallocate(c);
	} else if (n < 94) {
		c->what = SEEK;
		c->flags = (const int[]){ SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE }[below(5)];
		c->off = c->flags == SEEK_CUR || c->flags == SEEK_END ? (off_t)below(200000) - 150000 : some_offset();
	} else if (n < 96) {
		c->what = SYNC;
		c->flags = one_in(2);
	} else if (n < 97) {
		c->what = DROP;
	} else if (n < 98) {
		c->what = REOPEN;
		c->flags = one_in(8);
	} else if (n < 99 && size > 4096) {
		c->what = MMAP;
		c->off = (off_t)below((uint64_t)size / 4096) * 4096;
		c->len = min((size_t)(size - c->off), 1 + below(64 * KIB));
	} else if (size >= 32 * 4096 && size < (off_t)NEAR) {
		c->what = CLONE;
		c->off = (off_t)below(8) * 4096;
		c->off2 = (off_t)(8 + below(16)) * 4096;
		c->len = 4096 * (1 + below(8));
		if (c->off + (off_t)c->len > c->off2)
			c->len = (size_t)(c->off2 - c->off);
	} else {
		c->what = SYNC;
	}
	/* a position that a truncated far write left behind is no place for what is big */
	if (c->what == SEEK && opt.near && c->flags == SEEK_SET)
		c->off %= (off_t)NEAR - 17 * (off_t)MIB;
}

/* ---- one process ---- */

/* find_append() - overlayfs up to 6.5 writes at the offset that is given all the same */
static void find_append(int fd)
{
	struct iovec byte = { data, 1 };
	struct stat st;

	if (pwrite(fd, data, 2, 0) != 2 || pwritev2(fd, &byte, 1, 0, RWF_APPEND) != 1 || fstat(fd, &st) ||
	    ftruncate(fd, 0))
		broken("the first writes");
	rwf_append = st.st_size == 3 ? RWF_APPEND : 0;
}

static void signals_begin(void)
{
	struct itimerval every = { .it_interval = { .tv_usec = 3000 }, .it_value = { .tv_usec = 3000 } };
	struct sigaction on = { .sa_handler = on_xfsz };

	sigaction(SIGXFSZ, &on, NULL);
	on.sa_handler = on_alarm;
	sigaction(SIGALRM, &on, NULL);
	if (opt.signals)
		setitimer(ITIMER_REAL, &every, NULL);
}

static void say_end(const char *what)
{
	unsigned int i;

	printf("%s: seed %llu, %lu calls (", what, (unsigned long long)opt.seed, step);
	for (i = 0; i <= CLONE; i++)
		printf("%s%s %lu", i ? ", " : "", what_words[i], counted[i]);
	printf("), %lu refused, size %#llx\n", refused, (unsigned long long)model.head->size);
}

static void save(void)
{
	off_t off, size = model.head->size;
	int fd = open(opt.save, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t n;

	if (fd < 0 || ftruncate(fd, size))
		broken("%s", opt.save);
	for (off = 0; model_next(&off, size, &n); off += n)
		if (!model_is_zero(off, off + (off_t)n) && pwrite(fd, model.bytes + off, n, off) != (ssize_t)n)
			broken("%s", opt.save);
	close(fd);
}

static void run_alone(void)
{
	char path[4096];
	struct statfs fs;
	struct call c;

	side_init(&subject);
	side_open(&subject, true);
	on_overlay = !fstatfs(subject.fd[PLAIN], &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC;
	if (has_twin()) {
		side_init(&twin);
		side_open(&twin, true);
		find_append(twin.fd[PLAIN]);
		if ((subject.fd[DIRECT] < 0) != (twin.fd[DIRECT] < 0))
			differs("O_DIRECT: FILE %d, TWIN %d", subject.fd[DIRECT], twin.fd[DIRECT]);
		snprintf(path, sizeof(path), "%s.scratch", twin.path);
		scratch = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (scratch < 0)
			broken("%s", path);
	}
	signals_begin();
	for (step = 0; step < opt.ops; step++) {
		do
			some_call(&c);
		while (c.what == COPY && scratch < 0);
		describe(&c);
		check_call(&c);
		if (step % 256 == 255)
			look_at_all();
	}
	look_at_all();
	if (opt.save)
		save();
	if (opt.plant && !planted) {
		printf("nothing was planted\n");
		exit(2);
	}
	say_end("same");
}

/* ---- several processes ---- */

#define SHARED_SIZE (4 * MIB)
#define CONTEST_AT (6 * MIB)
#define CONTEST_LEN (300 * KIB)

struct entry {
	uint32_t magic, proc, number, length;
};
#define ENTRY_MAGIC 0x65787566

/* the stripes of one process are no other's; neighbours share pages and pieces */
static void own_stripe(unsigned int me, size_t stripe, struct call *c)
{
	uint64_t count = SHARED_SIZE / stripe / opt.procs;
	off_t begin = (off_t)((below(count) * opt.procs + me) * stripe);
	size_t skip = below(stripe);

	c->off = begin + (off_t)skip;
	c->len = 1 + below(stripe - skip);
}

static void append_entry(int log, unsigned int me, uint32_t number)
{
	struct entry e = { ENTRY_MAGIC, me, number, (uint32_t)below(one_in(4) ? 200 * KIB : 3000) };
	size_t n = sizeof(e) + e.length;
	long ret;

	memcpy(data, &e, sizeof(e));
	memset(data + sizeof(e), (int)(me * 16 + number % 16), e.length);
	ret = sys(write(log, data, n));
	if (ret != (long)n)
		differs("an append of %zu gave %s", n, value(ret));
}

static void one_of_many(unsigned int me, size_t stripe)
{
	uint32_t number = 0;
	char path[4096];
	struct call c;
	int log;

	state = opt.seed * 1000 + me;
	side_init(&subject);
	side_open(&subject, false);
	snprintf(path, sizeof(path), "%s.log", subject.path);
	log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (log < 0)
		broken("%s", path);
	signals_begin();
	for (step = 0; step < opt.ops; step++) {
		memset(&c, 0, sizeof(c));
		c.what = one_in(2) ? READ : WRITE;
		c.how = (const enum how[]){ CALL, VECTOR, URING, URING_VECTOR, URING_FIXED, AIO, SPLICE }[below(7)];
		c.at = true;
		c.limit = -1;
		c.slack = below(64);
		own_stripe(me, stripe, &c);
		c.valid = c.len;
		some_cuts(&c);
		fill(data, c.len);
		describe(&c);
		check_call(&c);
		if (one_in(8))
			append_entry(log, me, number++);
		/* all write the same place: one of them will have been last, as a whole */
		if (step % 32 == 31) {
			memset(data, 'a' + (int)me, CONTEST_LEN);
			if (pwrite(subject.fd[PLAIN], data, CONTEST_LEN, CONTEST_AT) != CONTEST_LEN)
				differs("a write of the common place: %s", strerrorname_np(errno));
		}
	}
	append_entry(log, me, number++ | 0x80000000);
	exit(0);
}

static void look_at_log(void)
{
	uint32_t next[64] = { 0 };
	unsigned int ended = 0;
	unsigned char *all;
	struct entry e;
	struct stat st;
	char path[4096];
	off_t off, got;
	int fd;

	snprintf(path, sizeof(path), "%s.log", subject.path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		broken("%s", path);
	all = malloc((size_t)st.st_size + 1);
	for (got = 0; got < st.st_size;) {
		long ret = read(fd, all + got, (size_t)(st.st_size - got));

		if (ret <= 0)
			differs("reading the log gave %s", value(sys(ret)));
		got += ret;
	}
	for (off = 0; off < st.st_size; off += (off_t)(sizeof(e) + e.length)) {
		size_t i;

		if (off + (off_t)sizeof(e) > st.st_size)
			differs("the log ends in the middle of an entry");
		memcpy(&e, all + off, sizeof(e));
		if (e.magic != ENTRY_MAGIC || e.proc >= opt.procs || off + (off_t)(sizeof(e) + e.length) > st.st_size)
			differs("no entry at %#llx of the log", (unsigned long long)off);
		if ((e.number & 0x7fffffff) != next[e.proc]++)
			differs("entry %u of process %u at %#llx of the log is not the next one", e.number, e.proc,
				(unsigned long long)off);
		for (i = 0; i < e.length; i++)
			if (all[off + (off_t)(sizeof(e) + i)] != e.proc * 16 + e.number % 16)
				differs("an entry was broken at %#llx of the log", (unsigned long long)off + i);
		ended += e.number >> 31;
	}
	if (ended != opt.procs)
		differs("%u of %u processes wrote their last entry", ended, opt.procs);
	free(all);
	close(fd);
	printf("log: %u entries in %#llx bytes\n", next[0], (unsigned long long)st.st_size);
}

static void look_at_contest(void)
{
	size_t i;

	if (pread(subject.fd[PLAIN], subject.arena, CONTEST_LEN, CONTEST_AT) != CONTEST_LEN)
		differs("reading the common place: %s", strerrorname_np(errno));
	for (i = 1; i < CONTEST_LEN; i++)
		if (subject.arena[i] != subject.arena[0])
			differs("the common place is %c's up to %zu, and then %c's", subject.arena[0], i,
				subject.arena[i]);
}

static void run_many(void)
{
	size_t stripe = (const size_t[]){ 1000, 4096, 10000, 100000 }[below(4)];
	unsigned int i, bad = 0;
	char path[4096];
	pid_t pid;
	int status;

	/* each side is a process's own, but this one's comes first: rings do not survive a fork */
	subject.fd[PLAIN] = open(subject.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (subject.fd[PLAIN] < 0)
		broken("%s", subject.path);
	snprintf(path, sizeof(path), "%s.log", subject.path);
	if (unlink(path) && errno != ENOENT)
		broken("%s", path);
	fill(data, SHARED_SIZE);
	if (pwrite(subject.fd[PLAIN], data, SHARED_SIZE, 0) != SHARED_SIZE)
		differs("the first write: %s", strerrorname_np(errno));
	memset(data, 'a', CONTEST_LEN);
	if (pwrite(subject.fd[PLAIN], data, CONTEST_LEN, CONTEST_AT) != CONTEST_LEN)
		differs("the second write: %s", strerrorname_np(errno));
	model_write(CONTEST_AT, data, CONTEST_LEN);
	subject.arena = mapping(ARENA, -1);
	if (pread(subject.fd[PLAIN], subject.arena, SHARED_SIZE, 0) != SHARED_SIZE)
		differs("the first read: %s", strerrorname_np(errno));
	fflush(stdout);
	/* what was written first, again, since data was used for the contest */
	model_write(0, subject.arena, SHARED_SIZE);
	for (i = 0; i < opt.procs; i++) {
		pid = fork();
		if (pid < 0)
			broken("fork");
		if (!pid)
			one_of_many(i, stripe);
	}
	while (wait(&status) > 0)
		bad += !!status;
	if (bad)
		exit(1);
	look_at_contest();
	memcpy(model.bytes + CONTEST_AT, subject.arena, CONTEST_LEN);
	look_at_all();
	look_at_log();
	step = opt.ops * opt.procs;
	if (opt.save)
		save();
	printf("stripes of %zu; ", stripe);
	say_end("same");
}

/* ---- writers that are killed ---- */

/* told to the one that looks afterwards, before and after each write */
struct progress {
	off_t off;
	size_t len;
	uint64_t seed;
	bool under_way;
	unsigned long done;
};

static __attribute__((noreturn)) void write_until_killed(struct progress *p)
{
	for (;;) {
		long ret;

		p->off = (off_t)below(4 * MIB);
		p->len = one_in(2) ? 1 + below(2 * MIB) : 1 + below(100000);
		p->seed = state = random64();
		fill(data, p->len);
		__atomic_store_n(&p->under_way, true, __ATOMIC_SEQ_CST);
		ret = sys(pwrite(subject.fd[PLAIN], data, p->len, p->off));
		if (ret != (long)p->len)
			differs("a write gave %s", value(ret));
		model_write(p->off, data, p->len);
		p->done++;
		__atomic_store_n(&p->under_way, false, __ATOMIC_SEQ_CST);
	}
}

static void run_killed(void)
{
	struct progress *p = mapping(sizeof(*p), -1);
	unsigned long before, cut = 0;
	struct wanted w = { 0 };
	struct outcome o = { 0 };
	struct call c = { .what = WRITE };
	struct stat st;
	int status;
	pid_t pid;

	side_init(&subject);
	side_open(&subject, true);
	for (step = 0; step < opt.kills; step++) {
		before = p->done;
		fflush(stdout);
		pid = fork();
		if (pid < 0)
			broken("fork");
		if (!pid) {
			state = opt.seed * 1000 + step;
			write_until_killed(p);
		}
		/* some writes, and then in the middle of one if the machine wants it so */
		while (__atomic_load_n(&p->done, __ATOMIC_SEQ_CST) < before + 3 && !waitpid(pid, &status, WNOHANG))
			usleep(1000);
		usleep((useconds_t)below(20000));
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) == pid && !WIFSIGNALED(status))
			differs("the writer ended by itself");
		if (fstat(subject.fd[PLAIN], &st))
			broken("fstat");
		o.size = st.st_size;
		if (p->under_way) {
			/* the model may have it already, or a part: then the file has it all, and nothing is unsure */
			state = p->seed;
			fill(data, p->len);
			w.start = p->off;
			c.len = p->len;
			unsure(&c, &w, &o);
			p->under_way = false;
			cut++;
		}
		snprintf(last[step % LAST], sizeof(last[0]), "%lu: killed after %lu writes, the last %zu at %#llx",
			 step, p->done, p->len, (unsigned long long)p->off);
		look_at_all();
	}
	if (opt.save)
		save();
	printf("same: seed %llu, %u writers killed, %lu of them in a write, %lu writes told of\n",
	       (unsigned long long)opt.seed, opt.kills, cut, p->done);
}

/* run_cut() - what was acknowledged is there, and of the last write each byte is old or new */
static void run_cut(void)
{
	struct call c = { .what = WRITE, .at = true, .limit = -1 };
	struct wanted w = { 0 };
	struct outcome o = { 0 };
	char line[16];

	side_init(&subject);
	side_open(&subject, true);
	for (step = 0;; step++) {
		c.off = w.start = (off_t)below(4 * MIB);
		c.len = c.valid = one_in(2) ? 1 + below(2 * MIB) : 1 + below(100000);
		fill(data, c.len);
		describe(&c);
		make(&subject, &c, &o);
		if (o.ret != (long)c.len)
			break;
		model_write(c.off, data, c.len);
	}
	if (o.ret != -EIO && (o.ret <= 0 || o.ret > (long)c.len))
		differs("a write gave %s", value(o.ret));
	printf("cut\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		broken("nobody says when to go on");
	/* the modules may have been others meanwhile, which cover only what is opened from then on */
	side_close(&subject);
	side_open(&subject, false);
	unsure(&c, &w, &o);
	look_at_all();
	if (opt.save)
		save();
	printf("same: seed %llu, %lu writes, and then %s of %zu bytes\n", (unsigned long long)opt.seed, step,
	       value(o.ret), c.len);
}

/* ---- a full file system ---- */

static void run_full(void)
{
	unsigned long part = 0;
	int round;

	side_init(&subject);
	side_open(&subject, true);
	signals_begin();
	for (round = 0; round < 3; round++) {
		struct call c;
		long ret = 0;

		for (;; step++) {
			struct wanted w;
			struct outcome o;

			memset(&c, 0, sizeof(c));
			c.what = WRITE;
			c.how = (enum how)below(AIO + 1);
			c.handle = round == 1 ? APPEND : PLAIN;
			c.at = true;
			c.off = model.head->size;
			c.limit = -1;
			c.len = c.valid = 1 + below(one_in(3) ? 3 * MIB : 100 * KIB);
			some_cuts(&c);
			fill(data, c.len);
			describe(&c);
			w = would(&c);
			make(&subject, &c, &o);
			counted[WRITE]++;
			if (o.ret <= 0 || o.ret > w.ret)
				break;
			part += o.ret < w.ret;
			look_at_buffer(&subject, &c, &w, &o);
			did(&c, &w, o.ret);
			if (o.size != model.head->size)
				differs("the file has %#llx bytes, not %#llx", (unsigned long long)o.size,
					(unsigned long long)model.head->size);
			ret += o.ret;
			if (ret > (long)(NEAR * 8))
				differs("%ld bytes, and the file system is not full", ret);
		}
		if (sys(pwrite(subject.fd[PLAIN], data, MIB, model.head->size)) != -ENOSPC)
			differs("a full file system did not say so");
		look_at_all();
		if (round == 2)
			break;
		if (ftruncate(subject.fd[PLAIN], 0))
			differs("truncate: %s", strerrorname_np(errno));
		model_truncate(0);
	}
	if (opt.save)
		save();
	printf("%lu writes did a part; ", part);
	say_end("same");
}

/* ---- raw ---- */

#define KINDS 4

/* what one filter makes of a byte */
struct kind {
	enum { KIND_PLAIN, KIND_NIBBLES, KIND_ADD, KIND_XOR } kind;
	unsigned int addend;
	unsigned char *key;
	size_t keys;
};

static struct kind parse_kind(const char *word)
{
	struct kind k = { .kind = KIND_PLAIN };
	FILE *f;

	if (!strcmp(word, "nibbles")) {
		k.kind = KIND_NIBBLES;
	} else if (!strncmp(word, "add:", 4)) {
		k.kind = KIND_ADD;
		k.addend = (unsigned int)strtoul(word + 4, NULL, 0);
	} else if (!strncmp(word, "xor:", 4)) {
		k.kind = KIND_XOR;
		k.key = malloc(MIB);
		f = fopen(word + 4, "re");
		k.keys = f ? fread(k.key, 1, MIB, f) : 0;
		if (!k.keys)
			broken("%s", word + 4);
		fclose(f);
	} else if (strcmp(word, "plain")) {
		errno = EINVAL;
		broken("%s", word);
	}
	return k;
}

static unsigned char transformed(const struct kind *k, unsigned char byte, off_t off)
{
	switch (k->kind) {
	case KIND_NIBBLES:
		return (unsigned char)(byte << 4 | byte >> 4);
	case KIND_ADD:
		return (unsigned char)(byte + k->addend + 7 * (uint64_t)off);
	case KIND_XOR:
		return byte ^ k->key[(size_t)off % k->keys];
	default:
		return byte;
	}
}

static void look_raw(const char *model_path, const char *path)
{
	int fd[2] = { open(model_path, O_RDONLY | O_CLOEXEC), open(path, O_RDONLY | O_CLOEXEC) }, f;
	unsigned char *want = malloc(MIB), *got = malloc(MIB), byte;
	char *list = strdup(opt.raw), *word, *rest = list;
	off_t off, from[2] = { 0 }, to[2] = { 0 }, other = 0;
	struct kind kind[KINDS];
	bool placed = false;
	struct stat st[2];
	int kinds = 0, k;
	size_t n, i;

	while ((word = strsep(&rest, ",")) && kinds < KINDS) {
		kind[kinds] = parse_kind(word);
		placed |= kind[kinds++].kind >= KIND_ADD;
	}
	if (fd[0] < 0 || fd[1] < 0 || fstat(fd[0], &st[0]) || fstat(fd[1], &st[1]))
		broken("%s, %s", model_path, path);
	if (st[0].st_size != st[1].st_size)
		differs("raw: %s has %lld bytes, %s %lld", model_path, (long long)st[0].st_size, path,
			(long long)st[1].st_size);
	for (off = 0; off < st[0].st_size; off += (off_t)n) {
		/* what is a hole in both is zero in both; only where zero stays zero that can be passed */
		for (f = 0; f < 2 && !placed; f++) {
			if (off < to[f])
				continue;
			from[f] = lseek(fd[f], off, SEEK_DATA);
			if (from[f] < 0)
				from[f] = st[f].st_size;
			to[f] = from[f] < st[f].st_size ? lseek(fd[f], from[f], SEEK_HOLE) : from[f];
		}
		if (!placed && from[0] > off && from[1] > off)
			off = from[0] < from[1] ? from[0] : from[1];
		n = min(MIB, (size_t)(st[0].st_size - off));
		if (!n)
			break;
		if (pread(fd[0], want, n, off) != (ssize_t)n || pread(fd[1], got, n, off) != (ssize_t)n)
			broken("reading at %lld", (long long)off);
		for (i = 0; i < n; i++) {
			byte = want[i];
			for (k = 0; k < kinds; k++)
				want[i] = transformed(&kind[k], want[i], off + (off_t)i);
			other += byte != want[i];
		}
		must_equal("raw", got, want, n, off);
	}
	printf("raw: %s is %s of %s: %lld bytes, of which %lld are others\n", path, opt.raw, model_path,
	       (long long)st[0].st_size, (long long)other);
}

/* ---- */

static const struct option options[] = {
	{ "seed", required_argument, NULL, 's' },    { "ops", required_argument, NULL, 'o' },
	{ "biggest", required_argument, NULL, 'b' }, { "near", no_argument, NULL, 'n' },
	{ "data", no_argument, NULL, 'd' },	     { "placed", no_argument, NULL, 'p' },
	{ "signals", no_argument, NULL, 'g' },	     { "flaky", no_argument, NULL, 'f' },
	{ "full", no_argument, NULL, 'F' },	     { "cut", no_argument, NULL, 'c' },

	{ "procs", required_argument, NULL, 'P' },   { "kill", required_argument, NULL, 'k' },
	{ "save", required_argument, NULL, 'S' },    { "plant", required_argument, NULL, 'x' },
	{ "raw", required_argument, NULL, 'r' },     { NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	int c;

	opt.seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			opt.seed = strtoull(optarg, NULL, 0);
			break;
		case 'o':
			opt.ops = strtoul(optarg, NULL, 0);
			break;
		case 'b':
			opt.biggest = min(16 * MIB, strtoul(optarg, NULL, 0));
			break;
		case 'n':
			opt.near = true;
			break;
		case 'd':
			opt.data = true;
			break;
		case 'p':
			opt.data = opt.placed = opt.near = true;
			break;
		case 'g':
			opt.signals = true;
			break;
		case 'f':
			opt.flaky = true;
			break;
		case 'c':
			opt.cut = true;
			break;
		case 'F':
			opt.full = true;
			break;
		case 'P':
			opt.procs = (unsigned int)min(16, strtoul(optarg, NULL, 0));
			break;
		case 'k':
			opt.kills = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'S':
			opt.save = optarg;
			break;
		case 'x':
			opt.plant = optarg;
			break;
		case 'r':
			opt.raw = optarg;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != (opt.procs || opt.kills || opt.full || opt.flaky || opt.cut ? 1 : 2)) {
		fprintf(stderr, "datafsx: the head of its source says how it is used\n");
		return 2;
	}
	model_init();
	if (opt.raw) {
		look_raw(argv[optind], argv[optind + 1]);
		return 0;
	}
	state = opt.seed;
	data = malloc(16 * MIB);
	if (!data)
		broken("memory");
	subject.path = argv[optind];
	twin.path = argv[optind + 1];
	if (opt.cut)
		run_cut();
	else if (opt.full)
		run_full();
	else if (opt.kills)
		run_killed();
	else if (opt.procs)
		run_many();
	else
		run_alone();
	return 0;
}
