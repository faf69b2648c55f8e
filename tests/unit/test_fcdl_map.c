// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: liburfs/src/fcdl.c liburfs/src/names.c kmod/fcdl/ring.c
 *
 * The library's reader of a mapped ring against the kernel's ring, with a device in between that is a file in memory:
 * every number is accounted for, a record stays as it is until the next call, what is no record is not handed out, and
 * where there can be no mapping records are read.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcdl.h>
#include "unit.h"

#define expect(x)                                             \
	do {                                                  \
		if (!(x))                                     \
			ck_abort_msg("%s does not hold", #x); \
	} while (0)

#include "tests/model/ring.h"

#define SIZE 4096

/* ---- The device: open(), ioctl() and poll() of this file take the place of libc's ---- */

static struct {
	int fd;
	bool read_only; /* it may not be opened for writing */
	bool old; /* does not know mappings */
	bool no_mmap;
	bool stopped;
	int polls;
	void (*idle)(void); /* called when poll would wait */
	struct fcdl_setup setup;
	char *page; /* of the reader's */
	char *pages; /* of the kernel's, and the ring */
	struct fcdl_ring ring;
} dev;

static struct seen seen;
static const struct fcdl_times now = { 1, 2, 3 };

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static int dev_open(int flags)
{
	size_t size = page_size() + SIZE;

	if (dev.read_only && (flags & O_ACCMODE) != O_RDONLY) {
		errno = EACCES;
		return -1;
	}
	dev.fd = dev.no_mmap ? (int)syscall(SYS_eventfd2, 0, 0) : memfd_create("fcdl", 0);
	ck_assert_int_ge(dev.fd, 0);
	if (dev.no_mmap)
		return dev.fd;
	ck_assert_int_eq(ftruncate(dev.fd, FCDL_MAP_KERNEL + size), 0);
	dev.page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, dev.fd, FCDL_MAP_READER);
	dev.pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dev.fd, FCDL_MAP_KERNEL);
	ck_assert(dev.page != MAP_FAILED && dev.pages != MAP_FAILED);
	fcdl_ring_init(&dev.ring, dev.pages + page_size(), SIZE, false);
	return dev.fd;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	if (!strcmp(path, "/dev/fcdl"))
		return dev_open(flags);
	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
	struct fcdl_setup *setup;
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fd != dev.fd)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	ck_assert_uint_eq(request, FCDL_IOC_SETUP);
	setup = arg;
	if (dev.old && setup->flags & FCDL_SETUP_MMAP) {
		errno = EINVAL;
		return -1;
	}
	setup->ring_size = SIZE;
	setup->record_max = SIZE / 4;
	dev.setup = *setup;
	if (setup->flags & FCDL_SETUP_MMAP && !dev.no_mmap)
		fcdl_ring_share(&dev.ring, (void *)dev.page, (void *)dev.pages);
	return 0;
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	ck_assert_uint_eq(n, 1);
	dev.polls++;
	for (;;) {
		fds->revents = 0;
		while (fcdl_ring_let_go(&dev.ring, fcdl_ring_said(&dev.ring), 3))
			;
		if (fcdl_ring_show(&dev.ring))
			fds->revents = POLLIN;
		else if (dev.stopped)
			fds->revents = POLLHUP;
		if (fds->revents || !timeout)
			return fds->revents != 0;
		/* nobody would ever wake it */
		ck_assert_ptr_nonnull(dev.idle);
		dev.idle();
	}
}

static void begin(void)
{
	memset(&dev, 0, sizeof(dev));
	memset(&seen, 0, sizeof(seen));
	seen.next = 1;
}

static struct fcdl_log *open_log(unsigned int mode, unsigned int policy)
{
	struct fcdl_options o = { .size = sizeof(o), .mode = mode, .policy = policy };
	struct fcdl_log *log;

	o.deadline_ms = policy == FCDL_POLICY_WAIT;
	ck_assert_int_eq(fcdl_open(&log, &o), 0);
	return log;
}

static struct fcdl_log *open_mapped(unsigned int mode, unsigned int policy)
{
	struct fcdl_log *log;

	begin();
	log = open_log(mode, policy);
	ck_assert_ptr_nonnull(dev.ring.reader);
	return log;
}

static void close_log(struct fcdl_log *log)
{
	fcdl_close(log);
	munmap(dev.page, page_size());
	munmap(dev.pages, page_size() + SIZE);
}

/* An event without strings, but of that length. Return: the place, not committed; NULL: lost */
static struct fcdl_record *put(u32 len, u32 op)
{
	struct fcdl_record *record = fcdl_ring_reserve(&dev.ring, len, true);

	if (!record) {
		fcdl_ring_lose(&dev.ring, op, FCDL_LOST_FULL, &now);
		return NULL;
	}
	memset((char *)record + sizeof(*record), 0, sizeof(struct fcdl_event) - sizeof(*record));
	fill(record, op);
	return record;
}

static bool add(u32 len, u32 op)
{
	struct fcdl_record *record = put(len, op);

	if (record)
		fcdl_ring_commit(record);
	return record;
}

#define LEN 512

/* ---- Reading ---- */

START_TEST(in_order)
{
	struct fcdl_log *log = open_mapped(FCDL_OPEN_NONBLOCK, FCDL_POLICY_NEWEST);
	const struct fcdl_record *r;
	struct fcdl_record *half;
	int i, polls;

	ck_assert_int_eq(fcdl_next(log, &r), 0);
	for (i = 0; i < 8; i++)
		ck_assert(add(LEN, RFS_OP_CREATE));
	polls = dev.polls;
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(fcdl_next(log, &r), 1);
		/* where it is, and until the next call its place is nobody else's */
		ck_assert_uint_eq(dev.ring.reader->tail, i * LEN);
		see(&seen, r);
	}
	ck_assert_int_eq(dev.polls, polls);
	for (i = 0; i < 7; i++)
		ck_assert(add(LEN, RFS_OP_RENAME));
	ck_assert(!add(LEN, RFS_OP_RENAME));
	while (fcdl_next(log, &r) == 1)
		see(&seen, r);
	ck_assert_uint_eq(seen.events, 15);
	ck_assert_uint_eq(seen.lost, 1);
	/* around the end; a half-filled one is not there */
	half = put(SIZE / 4, RFS_OP_UNLINK);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	fcdl_ring_commit(half);
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	see(&seen, r);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	ck_assert(fcdl_ring_is_empty(&dev.ring));
	close_log(log);
}
END_TEST

static void make_one(void)
{
	add(LEN, RFS_OP_MKDIR);
	dev.stopped = seen.events == 2;
}

/* With a log that waits, up to the end */
START_TEST(waits)
{
	struct fcdl_log *log = open_mapped(0, FCDL_POLICY_NEWEST);
	const struct fcdl_record *r;

	dev.idle = make_one;
	while (fcdl_next(log, &r) == 1)
		see(&seen, r);
	ck_assert_uint_eq(seen.events, 3);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	close_log(log);
}
END_TEST

/* A caller who waits for room is let go as soon as there is some, and only then the kernel is called. */
START_TEST(lets_writers_go)
{
	struct fcdl_log *log = open_mapped(FCDL_OPEN_NONBLOCK, FCDL_POLICY_WAIT);
	const struct fcdl_record *r;
	int i;

	for (i = 0; i < 8; i++)
		ck_assert(add(LEN, RFS_OP_CREATE));
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_int_eq(dev.polls, 0);
	dev.ring.kernel->waiters = 2;
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_int_eq(dev.polls, 1);
	ck_assert_uint_eq(dev.ring.tail, 2 * LEN);
	dev.ring.kernel->waiters = 0;
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_int_eq(dev.polls, 1);
	close_log(log);
}
END_TEST

/* Types that nobody knows are passed over, also if nothing else is there, or only they are. */
START_TEST(unknown)
{
	struct fcdl_log *log = open_mapped(FCDL_OPEN_NONBLOCK, FCDL_POLICY_NEWEST);
	const struct fcdl_record *r;
	int i;

	for (i = 0; i < 6; i++) {
		struct fcdl_record *place = fcdl_ring_reserve(&dev.ring, 48, false);

		place->type = 77;
		place->fixed = 40;
		fcdl_ring_commit(place);
		if (i == 2)
			add(LEN, RFS_OP_CREATE);
	}
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	see(&seen, r);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	ck_assert(fcdl_ring_is_empty(&dev.ring));
	close_log(log);
}
END_TEST

/* Anything, in any order; what was handed out is looked at again before the next call. */
START_TEST(anything)
{
	struct fcdl_log *log = open_mapped(FCDL_OPEN_NONBLOCK, FCDL_POLICY_NEWEST);
	struct fcdl_record *open_places[4] = {};
	const struct fcdl_record *r = NULL;
	static char copy[SIZE];
	u64 total = 0;
	u32 i, n;

	srand(_i);
	for (i = 0; i < 100000; i++) {
		u32 op = RFS_OP_CREATE + rand() % 8, len = sizeof(struct fcdl_event) + rand() % 60 * 8;

		switch (rand() % 8) {
		case 0:
			n = rand() % 4;
			if (open_places[n])
				fcdl_ring_commit(open_places[n]);
			open_places[n] = put(len, op);
			total++;
			break;
		case 1:
		case 2:
			add(len, op);
			total++;
			break;
		case 3:
			n = rand() % 4;
			if (open_places[n])
				fcdl_ring_commit(open_places[n]);
			open_places[n] = NULL;
			break;
		default:
			expect(!r || !memcmp(r, copy, r->size));
			r = NULL;
			if (fcdl_next(log, &r) == 1) {
				see(&seen, r);
				memcpy(copy, r, r->size);
			}
		}
	}
	for (n = 0; n < 4; n++)
		if (open_places[n])
			fcdl_ring_commit(open_places[n]);
	while (fcdl_next(log, &r) == 1)
		see(&seen, r);
	ck_assert(fcdl_ring_is_empty(&dev.ring));
	ck_assert_uint_eq(seen.next, total + 1);
	ck_assert_uint_eq(seen.events, dev.ring.read);
	ck_assert_uint_eq(seen.lost, dev.ring.lost);
	ck_assert_uint_gt(seen.events, 10000);
	ck_assert_uint_gt(seen.lost, 100);
	close_log(log);
}
END_TEST

/* ---- A ring that cannot be ---- */

START_TEST(wrong_shapes)
{
	const struct fcdl_record *r;
	struct fcdl_record *place;
	struct fcdl_event *e;
	struct fcdl_log *log;

#define BAD(change)                                                            \
	do {                                                                   \
		log = open_mapped(FCDL_OPEN_NONBLOCK, FCDL_POLICY_NEWEST);     \
		add(LEN, RFS_OP_CREATE);                                       \
		add(LEN, RFS_OP_CREATE);                                       \
		ck_assert_int_eq(fcdl_next(log, &r), 1);                       \
		place = (struct fcdl_record *)(dev.pages + page_size() + LEN); \
		e = (struct fcdl_event *)place;                                \
		change;                                                        \
		ck_assert_int_eq(fcdl_next(log, &r), -EPROTO);                 \
		ck_assert_int_eq(fcdl_next(log, &r), -EPROTO);                 \
		close_log(log);                                                \
	} while (0)
	BAD(place->size = 0);
	BAD(place->size = 4);
	BAD(place->size += 4);
	BAD(place->size += 8);
	BAD(place->size = 0x7ffffff8);
	BAD(place->size = 32);
	BAD(dev.ring.kernel->head += SIZE);
	BAD(dev.ring.kernel->head = 0);
	BAD(place->type = FCDL_PAD; place->size = SIZE);
	BAD(place->fixed = 32);
	BAD(e->path[0].offset = 8);
	BAD(e->exe.length = 1);
	BAD(memset(e->caller.comm, 'x', 16));
	/* behind the end of the ring */
	BAD(dev.ring.kernel->head = LEN + SIZE; place->size = SIZE);
	/* somebody else took it: the kernel knows of more, and we do not see it */
	BAD(dev.ring.kernel->head = LEN; (void)place);
#undef BAD
	(void)e;
}
END_TEST

/* ---- No mapping ---- */

START_TEST(reads_instead)
{
	struct fcdl_log *log;

#define READS(mode, policy, change)                              \
	do {                                                     \
		begin();                                         \
		change;                                          \
		log = open_log(mode, policy);                    \
		ck_assert(!(dev.setup.flags & FCDL_SETUP_MMAP)); \
		ck_assert_ptr_null(dev.ring.reader);             \
		fcdl_close(log);                                 \
	} while (0)
	READS(FCDL_OPEN_READ, FCDL_POLICY_NEWEST, (void)0);
	READS(0, FCDL_POLICY_OLDEST, (void)0);
	READS(0, FCDL_POLICY_NEWEST, dev.read_only = true);
	READS(0, FCDL_POLICY_NEWEST, dev.old = true);
	READS(0, FCDL_POLICY_WAIT, dev.no_mmap = true);
#undef READS
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdl_map");
	TCase *tc = tcase_create("map");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, in_order);
	tcase_add_test(tc, waits);
	tcase_add_test(tc, lets_writers_go);
	tcase_add_test(tc, unknown);
	tcase_add_loop_test(tc, anything, 0, 3);
	tcase_add_test(tc, wrong_shapes);
	tcase_add_test(tc, reads_instead);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
