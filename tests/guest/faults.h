/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faults.h - an operation again and again, each time with the next of its allocations made to fail, until none does
 *
 * The kernel counts the allocations of one task and fails the Nth (/proc/thread-self/fail-nth, CONFIG_FAULT_INJECTION);
 * a walk counts N up from 1. Which allocations an operation makes may change from one pass to the next (caches fill), so
 * a walk is over when one pass has met no fault. One that met none at all proves nothing, and is red.
 *
 *	WALK("what is walked")
 *	{
 *		fault_on(&walk);
 *		rc = operation();
 *		fault_off(&walk, rc < 0);
 *		... what must hold, whether walk.hit or not; then undo it
 *	}
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "urfs_raw.h"

/* More would be an operation that never passes, or a loop in the walk. */
#define FAULT_MAX 4000

struct walk {
	const char *what;
	unsigned int n; /* which allocation fails in this pass */
	unsigned int failed; /* passes in which the operation said so */
	bool hit; /* this pass met the fault; valid after fault_off() */
	bool over;
};

/*
 * The count of an operation's allocations shifts when a cache fills between two passes, and a walk may step over the one
 * that it is about. Where a test wants to have seen its consequence, it walks again, up to so many times.
 */
#define FAULT_WALKS 6

#define WALK(name) for (struct walk walk = { .what = (name), .hit = true }; fault_next(&walk);)

static inline void fault_set(const char *attr, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", attr, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		die("%s: %s", path, strerror(errno));
	close(fd);
}

/* Allocations that may sleep and single pages count too; nothing is said in the kernel's log. */
static inline void fault_init(void)
{
	fault_set("failslab", "ignore-gfp-wait", "N");
	fault_set("failslab", "verbose", "0");
	fault_set("fail_page_alloc", "ignore-gfp-wait", "N");
	fault_set("fail_page_alloc", "ignore-gfp-highmem", "N");
	fault_set("fail_page_alloc", "min-order", "0");
	fault_set("fail_page_alloc", "verbose", "0");
	/* a page of ours that comes late would be one more allocation */
	want_eq(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* Each thread has its own; not for use by a child of the thread that used it first. */
static inline int fault_fd(void)
{
	static __thread int fd = -1;

	if (fd < 0)
		fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	want(fd >= 0);
	return fd;
}

static inline void fault_write(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	want_eq(pwrite(fault_fd(), text, len, 0), len);
}

static inline bool fault_next(struct walk *w)
{
	if (!w->hit) {
		printf("%s: %u fault points, of which %u made it fail\n", w->what, w->n - 1, w->failed);
		if (w->n == 1)
			die("%s: no fault was injected", w->what);
		return false;
	}
	if (++w->n > FAULT_MAX)
		die("%s: still a fault after %d passes", w->what, FAULT_MAX);
	return true;
}

static inline void fault_on(const struct walk *w)
{
	fault_fd();
	fault_write(w->n);
}

/* Keeps errno. An operation may fail only for want of memory, or as the walk's owner has checked itself. */
static inline void fault_off(struct walk *w, bool failed)
{
	char text[16] = "";
	int err = errno;

	want(pread(fault_fd(), text, sizeof(text) - 1, 0) > 0);
	w->hit = !strtoul(text, NULL, 10);
	fault_write(0);
	w->failed += failed;
	errno = err;
	if (failed && !w->hit)
		die("%s: failed without a fault: %s", w->what, strerror(err));
}

/* Another errno by which a call may say that there was no memory: a file system's own word for it */
__attribute__((unused)) static int fault_also = ENOMEM;

/* A system call that gives 0, or fails for want of memory. Return: what it gave. */
#define FAULTY(w, call)                                                                             \
	({                                                                                          \
		long rc_;                                                                           \
		fault_on(w);                                                                        \
		rc_ = (call);                                                                       \
		fault_off((w), rc_ < 0);                                                            \
		if (rc_ < 0 && errno != ENOMEM && errno != fault_also)                              \
			die("%s: pass %u gave %s, not ENOMEM", (w)->what, (w)->n, strerror(errno)); \
		rc_;                                                                                \
	})

/* The same for what gives a negative errno itself */
#define FAULTY_ERR(w, call)                                                                        \
	({                                                                                         \
		long rc_;                                                                          \
		fault_on(w);                                                                       \
		rc_ = (call);                                                                      \
		errno = rc_ < 0 ? -rc_ : 0;                                                        \
		fault_off((w), rc_ < 0);                                                           \
		if (rc_ < 0 && rc_ != -ENOMEM)                                                     \
			die("%s: pass %u gave %s, not ENOMEM", (w)->what, (w)->n, strerror(-rc_)); \
		rc_;                                                                               \
	})

/* What redirfs keeps: the same before and after whatever failed */
struct kept {
	long long rules, anchors, file_systems, filters, files;
};

static inline struct kept kept_now(void)
{
	return (struct kept){ raw_stat("", "rules"), raw_stat("", "anchors"), raw_stat("", "file_systems"),
			      raw_stat("", "filter_objects"), raw_stat("", "files") };
}

static inline bool kept_is(const struct kept *k)
{
	struct kept now = kept_now();

	return !memcmp(&now, k, sizeof(now));
}

/* Marks and files are let go of a moment later. */
#define want_kept(k) wait_until(kept_is(k))

#endif /* FAULTS_H */
