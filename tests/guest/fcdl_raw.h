/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fcdl_raw.h - /dev/fcdl by hand, for tests of the module: no library in between
 */
#ifndef FCDL_RAW_H
#define FCDL_RAW_H

#include <linux/limits.h>

#include "fcdl_abi.h"
#include "urfs_raw.h"

#define OP(op) (1ULL << (op))
#define OPS_NAMES                                                                                         \
	(OP(RFS_OP_CREATE) | OP(RFS_OP_MKDIR) | OP(RFS_OP_MKNOD) | OP(RFS_OP_SYMLINK) | OP(RFS_OP_LINK) | \
	 OP(RFS_OP_UNLINK) | OP(RFS_OP_RMDIR) | OP(RFS_OP_RENAME))
#define SUBTREE (RFS_PATH_INCLUDE | RFS_PATH_SUBTREE)

/* Does this process wait for room in some reader's ring? The kernel leaves out the scheduler's own functions. */
static inline bool waits_for_room(pid_t pid)
{
	char path[64], where[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, where, sizeof(where) - 1);
	close(fd);
	where[n > 0 ? n : 0] = '\0';
	return !strncmp(where, "wait_for_place", 14) || !strncmp(where, "fcdl_reader_record", 18);
}

/* A reader, and what it has been told so far */
struct log {
	int fd;
	unsigned long long next; /* number of the next event */
	unsigned long long events;
	unsigned long long lost;
	unsigned int reasons;
	unsigned int notes;
	unsigned int last_note;
	unsigned long long ops[RFS_OP_MAX]; /* delivered and lost */
	/* records that were read and not looked at */
	char *buf;
	size_t size, used, at;
};

static inline const char *log_string(const void *record, const struct fcdl_str *str)
{
	return str->offset ? (const char *)record + str->offset : "";
}

/* Open and set up with these; reads whole buffers of @size bytes. */
static inline void log_setup(struct log *l, struct fcdl_setup *s, size_t size)
{
	memset(l, 0, sizeof(*l));
	l->fd = open("/dev/fcdl", O_RDONLY | O_CLOEXEC);
	if (l->fd < 0)
		die("/dev/fcdl: %s", strerror(errno));
	s->version = FCDL_ABI_VERSION;
	if (ioctl(l->fd, FCDL_IOC_SETUP, s))
		die("setup: %s", strerror(errno));
	l->next = 1;
	l->size = size ? size : 65536;
	l->buf = malloc(l->size);
}

static inline int log_path(struct log *l, const char *path, unsigned int flags)
{
	struct fcdl_path p = { .path = (unsigned long)path, .length = strlen(path), .flags = flags };

	return ioctl(l->fd, FCDL_IOC_SET_PATH, &p) ? -errno : (int)(p.flags & RFS_PATH_REPLACED);
}

static inline struct fcdl_status log_status(struct log *l)
{
	struct fcdl_status s;

	want_eq(ioctl(l->fd, FCDL_IOC_STATUS, &s), 0);
	return s;
}

/* A reader of these operations below @path, running. */
static inline void log_open(struct log *l, unsigned long long ops, unsigned int flags, const char *path)
{
	struct fcdl_setup s = { .ops = ops, .flags = flags };

	log_setup(l, &s, 0);
	want_eq(log_path(l, path, SUBTREE), 0);
	want_eq(ioctl(l->fd, FCDL_IOC_RUN), 0);
}

static inline void log_close(struct log *l)
{
	want_eq(close(l->fd), 0);
	free(l->buf);
}

static inline void log_see_event(struct log *l, const struct fcdl_event *e)
{
	want_eq(e->record.seq, l->next);
	want(e->record.fixed >= sizeof(*e));
	want(e->op < RFS_OP_MAX);
	l->next++;
	l->events++;
	l->ops[e->op]++;
}

static inline void log_see_lost(struct log *l, const struct fcdl_lost *lost)
{
	const struct fcdl_lost_op *ops = (const void *)((const char *)lost + lost->record.fixed);
	unsigned long long sum = 0;
	unsigned int i;

	want_eq(lost->record.seq, l->next);
	want(lost->record.size >= lost->record.fixed + lost->nr_ops * sizeof(*ops));
	for (i = 0; i < lost->nr_ops; i++) {
		sum += ops[i].count;
		l->ops[ops[i].op] += ops[i].count;
	}
	want_eq(sum, lost->count);
	l->next += lost->count;
	l->lost += lost->count;
	l->reasons |= lost->reasons;
}

static inline void log_see(struct log *l, const struct fcdl_record *r)
{
	switch (r->type) {
	case FCDL_EVENT:
		log_see_event(l, (const void *)r);
		break;
	case FCDL_LOST:
		log_see_lost(l, (const void *)r);
		break;
	case FCDL_NOTE:
		l->notes++;
		l->last_note = ((const struct fcdl_note *)r)->what;
		break;
	default:
		die("record of type %u", r->type);
	}
}

/* The next record, accounted for; NULL: none is there (O_NONBLOCK), or all were read (STOP) */
static inline const struct fcdl_record *log_next(struct log *l)
{
	const struct fcdl_record *r;
	ssize_t n;

	if (l->at == l->used) {
		n = read(l->fd, l->buf, l->size);
		if (!n || (n < 0 && errno == EAGAIN))
			return NULL;
		if (n < 0)
			die("read: %s", strerror(errno));
		l->used = n;
		l->at = 0;
	}
	r = (const void *)(l->buf + l->at);
	want(r->size >= sizeof(*r) && !(r->size & 7) && r->size <= l->used - l->at);
	l->at += r->size;
	log_see(l, r);
	return r;
}

/* The next event; dies if there is none. */
static inline const struct fcdl_event *log_event(struct log *l)
{
	const struct fcdl_record *r;

	do {
		r = log_next(l);
		if (!r)
			die("no event");
	} while (r->type != FCDL_EVENT);
	return (const void *)r;
}

/* This event is of this operation, with these names; NULL: none */
static inline void log_want(const struct fcdl_event *e, unsigned int op, const char *first, const char *second)
{
	const char *p[2] = { log_string(e, &e->path[0]), log_string(e, &e->path[1]) };

	first = first ? first : "";
	second = second ? second : "";
	if (e->op != op || strcmp(p[0], first) || strcmp(p[1], second))
		die("event %llu: operation %u '%s' '%s', not %u '%s' '%s'", e->record.seq, e->op, p[0], p[1], op, first,
		    second);
}

/* Everything up to the end; for a reader that was stopped. */
static inline void log_drain(struct log *l)
{
	while (log_next(l))
		;
}

/* A command to the test filters of rfs_test.ko, which must succeed */
__attribute__((format(printf, 1, 2))) static inline void ctl(const char *fmt, ...)
{
	int fd = open("/dev/rfs_test", O_RDWR | O_CLOEXEC);
	char line[512], answer[512];
	va_list ap;
	ssize_t n;

	want(fd >= 0);
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (write(fd, line, n) != n)
		die("%s: %s", line, strerror(errno));
	n = read(fd, answer, sizeof(answer) - 1);
	want(n > 0);
	answer[n] = '\0';
	if (answer[0] != '0')
		die("%s: %s", line, answer);
	close(fd);
}

#endif /* FCDL_RAW_H */
