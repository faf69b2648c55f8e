// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fcdl.c - records of the log, from the device or from a capture
 *
 * Whole records are handed out from the device's ring, which is mapped, where they stay until the program asks for the
 * next one; or, where that cannot be, from a buffer that is filled by read(2). The device gives whole records only; from
 * anything else they may come in pieces, and be anything: each is checked before it is handed out.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rfs.h>

/* what the public header declares is what the library exports */
#pragma GCC visibility push(default)
#include <fcdl.h>
#pragma GCC visibility pop

#define DEVICE "/dev/fcdl"
#define BUFFER_SIZE (256 * 1024)
/* No record is longer: a quarter of the largest ring */
#define RECORD_MAX (256U * 1024 * 1024)

/*
 * struct ring - the device's ring, mapped; fcdl_abi.h says how it is read
 * @reader:	page that we write to; NULL: there is no mapping
 * @kernel:	page of the kernel's, with the ring behind it: @mapped bytes
 * @size:	of the ring
 * @at:		position of the first record that was not handed out
 * @taken:	the same as the kernel knows it: the one before @at is being looked at
 * @waits:	callers may wait for room
 */
struct ring {
	struct fcdl_map_reader *reader;
	const struct fcdl_map_kernel *kernel;
	const char *data;
	size_t page;
	size_t mapped;
	__u32 size;
	__u32 at;
	__u32 taken;
	bool waits;
};

/*
 * struct fcdl_log
 * @fd:		where records come from
 * @nonblock:	of a mapping: do not wait
 * @ring:	there are records
 * @buf:	else: @size bytes, of which those from @at to @used are records not handed out
 */
struct fcdl_log {
	int fd;
	bool nonblock;
	struct ring ring;
	char *buf;
	size_t size;
	size_t at;
	size_t used;
};

static int log_new(struct fcdl_log **log, int fd, size_t size)
{
	struct fcdl_log *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->fd = fd;
	l->size = size;
	l->buf = size ? malloc(size) : NULL;
	if (size && !l->buf) {
		free(l);
		return -ENOMEM;
	}
	*log = l;
	return 0;
}

static void ring_unmap(struct ring *ring)
{
	if (!ring->reader)
		return;
	munmap(ring->reader, ring->page);
	munmap((void *)ring->kernel, ring->mapped);
}

static int ring_map(struct ring *ring, int fd, const struct fcdl_setup *setup)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *reader, *kernel;
	int err;

	reader = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, FCDL_MAP_READER);
	if (reader == MAP_FAILED)
		return -errno;
	kernel = mmap(NULL, page + setup->ring_size, PROT_READ, MAP_SHARED, fd, FCDL_MAP_KERNEL);
	if (kernel == MAP_FAILED) {
		err = -errno;
		munmap(reader, page);
		return err;
	}
	ring->reader = reader;
	ring->kernel = kernel;
	ring->data = (const char *)kernel + page;
	ring->page = page;
	ring->mapped = page + setup->ring_size;
	ring->size = setup->ring_size;
	ring->waits = setup->policy == FCDL_POLICY_WAIT;
	return 0;
}

/* Members that the caller's struct has not got are 0. */
static int options_read(const struct fcdl_options *from, struct fcdl_options *o)
{
	memset(o, 0, sizeof(*o));
	if (from) {
		if (from->size < sizeof(from->size) || from->size > sizeof(*o))
			return -EINVAL;
		memcpy(o, from, from->size);
	}
	if (!o->ops)
		o->ops = FCDL_OPS_CHANGES;
	if (o->mode & ~(FCDL_OPEN_NONBLOCK | FCDL_OPEN_READ) || o->flags & FCDL_SETUP_MMAP)
		return -EINVAL;
	return o->nr_matches > FCDL_MATCHES_MAX ? -EINVAL : 0;
}

/* Become a reader, of a mapping or by read(). What fails has left nothing behind. */
static int open_device(struct fcdl_log **log, const struct fcdl_options *o, bool map)
{
	struct fcdl_setup setup = {
		.version = FCDL_ABI_VERSION,
		.flags = o->flags | (map ? FCDL_SETUP_MMAP : 0),
		.ring_size = o->ring_size,
		.ops = o->ops,
		.matches = o->nr_matches ? (__u64)(unsigned long)o->matches : 0,
		.nr_matches = o->nr_matches,
		.policy = o->policy,
		.deadline_ms = o->deadline_ms,
	};
	size_t size = 0;
	int fd, err = 0;

	fd = open(DEVICE, (map ? O_RDWR : O_RDONLY) | O_CLOEXEC | (o->mode & FCDL_OPEN_NONBLOCK ? O_NONBLOCK : 0));
	if (fd < 0)
		return -errno;
	if (ioctl(fd, FCDL_IOC_SETUP, &setup))
		err = -errno;
	if (!map)
		size = setup.record_max > BUFFER_SIZE ? setup.record_max : BUFFER_SIZE;
	if (!err)
		err = log_new(log, fd, size);
	if (!err && map) {
		(*log)->nonblock = o->mode & FCDL_OPEN_NONBLOCK;
		err = ring_map(&(*log)->ring, fd, &setup);
		if (err)
			free(*log);
	}
	if (err)
		close(fd);
	return err;
}

int fcdl_open(struct fcdl_log **log, const struct fcdl_options *options)
{
	struct fcdl_options o;
	int err;

	err = options_read(options, &o);
	if (err)
		return err;
	/*
	 * Whatever stands in the way of a mapping, and be it a module that does not know it or a descriptor that may only be
	 * read, does not stand in the way of reading; what does says so once more.
	 */
	if (!(o.mode & FCDL_OPEN_READ) && o.policy != FCDL_POLICY_OLDEST && !open_device(log, &o, true))
		return 0;
	return open_device(log, &o, false);
}

int fcdl_open_fd(struct fcdl_log **log, int fd)
{
	return log_new(log, fd, BUFFER_SIZE);
}

void fcdl_close(struct fcdl_log *log)
{
	if (!log)
		return;
	ring_unmap(&log->ring);
	close(log->fd);
	free(log->buf);
	free(log);
}

static int path_call(struct fcdl_log *log, unsigned long request, const char *path, int flags)
{
	struct fcdl_path p = { .path = (unsigned long)path, .flags = flags };
	size_t len = strlen(path);

	if (len >= RFS_PATH_LEN)
		return -ENAMETOOLONG;
	p.length = len;
	if (ioctl(log->fd, request, &p))
		return -errno;
	return p.flags & RFS_PATH_REPLACED ? 1 : 0;
}

int fcdl_set_path(struct fcdl_log *log, const char *path, int flags)
{
	return path_call(log, FCDL_IOC_SET_PATH, path, flags);
}

int fcdl_del_path(struct fcdl_log *log, const char *path)
{
	return path_call(log, FCDL_IOC_DEL_PATH, path, 0);
}

int fcdl_run(struct fcdl_log *log)
{
	return ioctl(log->fd, FCDL_IOC_RUN) ? -errno : 0;
}

int fcdl_stop(struct fcdl_log *log)
{
	return ioctl(log->fd, FCDL_IOC_STOP) ? -errno : 0;
}

int fcdl_fd(const struct fcdl_log *log)
{
	return log->fd;
}

int fcdl_get_status(struct fcdl_log *log, struct fcdl_status *status)
{
	return ioctl(log->fd, FCDL_IOC_STATUS, status) ? -errno : 0;
}

/* ---- Records ---- */

static size_t there(const struct fcdl_log *log)
{
	return log->used - log->at;
}

/* More bytes behind those that are there, of which there must come to be @need. Return: 1; 0: there are none; errno. */
static int fill(struct fcdl_log *log, size_t need)
{
	ssize_t n;
	char *buf;

	if (log->at) {
		memmove(log->buf, log->buf + log->at, there(log));
		log->used -= log->at;
		log->at = 0;
	}
	if (need > log->size) {
		buf = realloc(log->buf, need);
		if (!buf)
			return -ENOMEM;
		log->buf = buf;
		log->size = need;
	}
	n = read(log->fd, log->buf + log->used, log->size - log->used);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	log->used += n;
	return n > 0;
}

static bool string_is_good(const struct fcdl_record *r, const struct fcdl_str *str)
{
	if (!str->offset)
		return !str->length;
	return str->offset >= r->fixed && str->offset < r->size && str->length < r->size - str->offset &&
	       !((const char *)r)[str->offset + str->length];
}

static bool event_is_good(const struct fcdl_record *r)
{
	const struct fcdl_event *e = (const struct fcdl_event *)r;

	return r->fixed >= sizeof(*e) && string_is_good(r, &e->path[0]) && string_is_good(r, &e->path[1]) &&
	       string_is_good(r, &e->target) && string_is_good(r, &e->exe) && string_is_good(r, &e->filter) &&
	       memchr(e->caller.comm, '\0', sizeof(e->caller.comm));
}

static bool lost_is_good(const struct fcdl_record *r)
{
	const struct fcdl_lost *lost = (const struct fcdl_lost *)r;

	return r->fixed >= sizeof(*lost) && lost->nr_ops <= (r->size - r->fixed) / sizeof(struct fcdl_lost_op);
}

static bool note_is_good(const struct fcdl_record *r)
{
	const struct fcdl_note *note = (const struct fcdl_note *)r;

	return r->fixed >= sizeof(*note) && string_is_good(r, &note->path);
}

/* Return: 1; 0 for a type that is not known; -EPROTO. */
static int check(const struct fcdl_record *r)
{
	if (r->fixed < sizeof(*r) || r->fixed > r->size || r->fixed % 8)
		return -EPROTO;
	switch (r->type) {
	case FCDL_EVENT:
		return event_is_good(r) ? 1 : -EPROTO;
	case FCDL_LOST:
		return lost_is_good(r) ? 1 : -EPROTO;
	case FCDL_NOTE:
		return note_is_good(r) ? 1 : -EPROTO;
	default:
		return 0;
	}
}

/* A whole record at @at. Return: 1; 0: there is none; errno */
static int whole(struct fcdl_log *log)
{
	const struct fcdl_record *r;
	size_t need = sizeof(*r);
	int ret;

	for (;;) {
		if (there(log) >= sizeof(*r)) {
			r = (const struct fcdl_record *)(log->buf + log->at);
			if (r->size < sizeof(*r) || r->size % 8 || r->size > RECORD_MAX)
				return -EPROTO;
			need = r->size;
			if (there(log) >= need)
				return 1;
		}
		ret = fill(log, need);
		/* an end in the middle of a record is not one, unless more may come */
		if (!ret && there(log) && !(fcntl(log->fd, F_GETFL) & O_NONBLOCK))
			return -EPROTO;
		if (ret <= 0)
			return ret;
	}
}

/* ---- From the mapped ring ---- */

/* The program is done with what it was given: the place is the kernel's again. */
static void ring_take(struct fcdl_log *log)
{
	struct pollfd p = { .fd = log->fd, .events = POLLIN };
	struct ring *ring = &log->ring;

	if (ring->taken == ring->at)
		return;
	ring->taken = ring->at;
	if (!ring->waits) {
		__atomic_store_n(&ring->reader->tail, ring->taken, __ATOMIC_RELEASE);
		return;
	}
	/* a store and a load that do not pass each other: we see that a caller waits for room, or it sees that there is some */
	__atomic_store_n(&ring->reader->tail, ring->taken, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&ring->kernel->waiters, __ATOMIC_SEQ_CST))
		poll(&p, 1, 0);
}

/* The next record in the ring. Return: 1; 0: there was one that nobody wants to see; -EAGAIN: there is none; -EPROTO */
static int ring_look(struct ring *ring, const struct fcdl_record **record)
{
	__u32 head = __atomic_load_n(&ring->kernel->head, __ATOMIC_ACQUIRE), there = head - ring->at;
	__u32 offset = ring->at & (ring->size - 1), size;
	const struct fcdl_record *r = (const struct fcdl_record *)(ring->data + offset);
	int ret = 0;

	if (!there)
		return -EAGAIN;
	if (there > ring->size)
		return -EPROTO;
	size = __atomic_load_n(&r->size, __ATOMIC_ACQUIRE);
	if (size & FCDL_BUSY)
		return -EAGAIN;
	if (size < 8 || size % 8 || size > there || size > ring->size - offset)
		return -EPROTO;
	if (r->type != FCDL_PAD)
		ret = size < sizeof(*r) ? -EPROTO : check(r);
	if (ret < 0)
		return ret;
	ring->at += size;
	if (ret)
		*record = r;
	return ret;
}

/* Return: 1: there is a record; 0: there is none, now or at all; errno */
static int ring_wait(struct fcdl_log *log)
{
	struct pollfd p = { .fd = log->fd, .events = POLLIN };
	int n;

	/* also with a timeout of 0 a signal may come in between, and that there is nothing is not known then */
	do
		n = poll(&p, 1, log->nonblock ? 0 : -1);
	while (n < 0 && errno == EINTR && log->nonblock);
	if (n < 0)
		return -errno;
	if (!n || p.revents & POLLHUP)
		return 0;
	return p.revents & POLLIN ? 1 : -EIO;
}

static int ring_next(struct fcdl_log *log, const struct fcdl_record **record)
{
	bool announced = false;
	int ret;

	for (;;) {
		ring_take(log);
		ret = ring_look(&log->ring, record);
		if (ret == 1 || ret == -EPROTO)
			return ret;
		if (!ret) {
			announced = false;
			continue;
		}
		/* somebody else takes records as well, and the tail is not ours any more */
		if (announced)
			return -EPROTO;
		ret = ring_wait(log);
		if (ret <= 0)
			return ret;
		announced = true;
	}
}

/* ---- From either ---- */

int fcdl_next(struct fcdl_log *log, const struct fcdl_record **record)
{
	const struct fcdl_record *r;
	int ret;

	if (log->ring.reader)
		return ring_next(log, record);
	do {
		ret = whole(log);
		if (ret <= 0)
			return ret;
		r = (const struct fcdl_record *)(log->buf + log->at);
		ret = check(r);
		if (ret < 0)
			return ret;
		log->at += r->size;
	} while (!ret);
	*record = r;
	return 1;
}

const char *fcdl_string(const struct fcdl_record *record, const struct fcdl_str *str, size_t *len)
{
	if (len)
		*len = str->length;
	return str->offset ? (const char *)record + str->offset : NULL;
}

const char *fcdl_op_name(unsigned int op)
{
	return op == FCDL_OP_CLOSE_WRITE ? "close_write" : rfs_op_name(op);
}
