/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fcdl_map.h - a reader that maps the ring of /dev/fcdl, by the words of fcdl_abi.h; its log is accounted for as by read()
 */
#ifndef FCDL_MAP_H
#define FCDL_MAP_H

#include "fcdl_raw.h"

/*
 * @log:	its descriptor, and what it has been told; nothing is read() through it
 * @tail:	behind the record that is looked at
 */
struct map {
	struct log log;
	struct fcdl_map_reader *reader;
	const struct fcdl_map_kernel *kernel;
	const char *ring;
	size_t page;
	size_t ring_size;
	unsigned int tail;
};

static inline void map_pages(struct map *m)
{
	m->page = sysconf(_SC_PAGESIZE);
	m->reader = mmap(NULL, m->page, PROT_READ | PROT_WRITE, MAP_SHARED, m->log.fd, FCDL_MAP_READER);
	want(m->reader != MAP_FAILED);
	m->kernel = mmap(NULL, m->page + m->ring_size, PROT_READ, MAP_SHARED, m->log.fd, FCDL_MAP_KERNEL);
	want(m->kernel != MAP_FAILED);
	m->ring = (const char *)m->kernel + m->page;
}

static inline void map_unmap(struct map *m)
{
	want_eq(munmap(m->reader, m->page), 0);
	want_eq(munmap((void *)m->kernel, m->page + m->ring_size), 0);
}

/* Set up and mapped; no path, not running */
static inline void map_setup(struct map *m, unsigned int policy, unsigned int deadline_ms, size_t ring,
			     unsigned long long ops)
{
	struct fcdl_setup s = { .version = FCDL_ABI_VERSION,
				.flags = FCDL_SETUP_MMAP,
				.ops = ops,
				.policy = policy,
				.deadline_ms = deadline_ms,
				.ring_size = ring };

	memset(m, 0, sizeof(*m));
	m->log.next = 1;
	m->log.fd = open("/dev/fcdl", O_RDWR | O_CLOEXEC);
	want(m->log.fd >= 0);
	want_eq(ioctl(m->log.fd, FCDL_IOC_SETUP, &s), 0);
	m->ring_size = s.ring_size;
	map_pages(m);
}

/* Of these operations below the test's directory, running */
static inline void map_open(struct map *m, unsigned int policy, unsigned int deadline_ms, size_t ring,
			    unsigned long long ops)
{
	map_setup(m, policy, deadline_ms, ring, ops);
	want_eq(log_path(&m->log, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(m->log.fd, FCDL_IOC_RUN), 0);
}

static inline void map_close(struct map *m)
{
	map_unmap(m);
	want_eq(close(m->log.fd), 0);
}

/* poll() for so long. Return: what it said */
static inline int map_poll(struct map *m, int ms)
{
	struct pollfd p = { .fd = m->log.fd, .events = POLLIN };
	int n = poll(&p, 1, ms);

	want(n >= 0);
	return n ? p.revents : 0;
}

/* The record that was looked at is taken. */
static inline void map_take(struct map *m)
{
	__atomic_store_n(&m->reader->tail, m->tail, __ATOMIC_RELEASE);
}

static inline bool map_has_waiters(const struct map *m)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&m->kernel->waiters, __ATOMIC_RELAXED);
}

/* The next record that is there, accounted for; NULL if there is none. No system call. */
static inline const struct fcdl_record *map_look(struct map *m)
{
	const struct fcdl_record *r;
	unsigned int head, size;

	map_take(m);
	for (;;) {
		head = __atomic_load_n(&m->kernel->head, __ATOMIC_ACQUIRE);
		if (m->tail == head)
			return NULL;
		want(head - m->tail <= m->ring_size);
		r = (const void *)(m->ring + m->tail % m->ring_size);
		size = __atomic_load_n(&r->size, __ATOMIC_ACQUIRE);
		if (size & FCDL_BUSY)
			return NULL;
		want(size >= 8 && !(size % 8) && size <= head - m->tail &&
		     m->tail % m->ring_size + size <= m->ring_size);
		m->tail += size;
		if (r->type != FCDL_PAD)
			break;
		map_take(m);
	}
	log_see(&m->log, r);
	return r;
}

/* The same; waits for one, for so long as tests wait. NULL: stopped, or nothing came */
static inline const struct fcdl_record *map_next(struct map *m)
{
	const struct fcdl_record *r;

	for (;;) {
		r = map_look(m);
		if (map_has_waiters(m))
			map_poll(m, 0);
		if (r)
			return r;
		if (!(map_poll(m, 10000 * (int)raw_scale()) & POLLIN))
			return NULL;
	}
}

static inline const struct fcdl_event *map_event(struct map *m)
{
	const struct fcdl_record *r;

	do {
		r = map_next(m);
		if (!r)
			die("no event");
	} while (r->type != FCDL_EVENT);
	return (const void *)r;
}

/* Everything that is there, without waiting; and the kernel knows. */
static inline void map_drain(struct map *m)
{
	do {
		while (map_look(m))
			;
	} while (map_poll(m, 0) & POLLIN);
}

#endif /* FCDL_MAP_H */
