// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fcdl.c - records of the log, from the device or from a capture
 *
 * Whole records are handed out from a buffer that is filled by read(2). The device gives whole records only; from
 * anything else they may come in pieces, and be anything: each is checked before it is handed out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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
 * struct fcdl_log
 * @fd:		where records come from
 * @buf:	@size bytes, of which those from @at to @used are records not handed out
 */
struct fcdl_log {
	int fd;
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
	l->buf = malloc(size);
	if (!l->buf) {
		free(l);
		return -ENOMEM;
	}
	*log = l;
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
	return (o->mode & ~FCDL_OPEN_NONBLOCK) || o->nr_matches > FCDL_MATCHES_MAX ? -EINVAL : 0;
}

int fcdl_open(struct fcdl_log **log, const struct fcdl_options *options)
{
	struct fcdl_setup setup = { .version = FCDL_ABI_VERSION };
	struct fcdl_options o;
	int fd, err;

	err = options_read(options, &o);
	if (err)
		return err;
	fd = open(DEVICE, O_RDONLY | O_CLOEXEC | (o.mode & FCDL_OPEN_NONBLOCK ? O_NONBLOCK : 0));
	if (fd < 0)
		return -errno;
	setup.flags = o.flags;
	setup.ring_size = o.ring_size;
	setup.ops = o.ops;
	setup.matches = o.nr_matches ? (__u64)(unsigned long)o.matches : 0;
	setup.nr_matches = o.nr_matches;
	setup.policy = o.policy;
	setup.deadline_ms = o.deadline_ms;
	if (ioctl(fd, FCDL_IOC_SETUP, &setup))
		err = -errno;
	else
		err = log_new(log, fd, setup.record_max > BUFFER_SIZE ? setup.record_max : BUFFER_SIZE);
	if (err)
		close(fd);
	return err;
}

int fcdl_open_fd(struct fcdl_log **log, int fd)
{
	return log_new(log, fd, BUFFER_SIZE);
}

void fcdl_close(struct fcdl_log *log)
{
	if (!log)
		return;
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

int fcdl_next(struct fcdl_log *log, const struct fcdl_record **record)
{
	const struct fcdl_record *r;
	int ret;

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
