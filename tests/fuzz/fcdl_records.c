// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: liburfs/src/fcdl.c liburfs/src/names.c
 *
 * Records of the log from something that may be anything: what liburfs hands out is what stands in the stream, of the
 * types it knows, each well-formed by the words of fcdl_abi.h, up to the first that is not; and it makes no difference in
 * which pieces the stream arrives.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcdl.h>
#include "fuzz.h"

#define STREAM 8192
#define FD 12345

static unsigned char stream[STREAM] __attribute__((aligned(8)));
static size_t length;

/* ---- A stream, mostly of good records ---- */

static void put_str(struct fuzz *in, unsigned char *record, struct fcdl_record *r, struct fcdl_str *str)
{
	uint32_t len = fuzz_byte(in) % 24;

	if (!len)
		return;
	str->offset = r->size;
	str->length = len - 1;
	memset(record + r->size, 'a', len - 1);
	r->size += len;
}

static void put_event(struct fuzz *in, unsigned char *record)
{
	struct fcdl_event *e = (void *)record;

	e->record.size = e->record.fixed = sizeof(*e);
	e->op = RFS_OP_CREATE;
	memcpy(e->caller.comm, "comm", 5);
	put_str(in, record, &e->record, &e->path[0]);
	put_str(in, record, &e->record, &e->path[1]);
	put_str(in, record, &e->record, &e->target);
	put_str(in, record, &e->record, &e->exe);
	put_str(in, record, &e->record, &e->filter);
}

static void put_lost(struct fuzz *in, unsigned char *record)
{
	struct fcdl_lost *l = (void *)record;

	l->record.fixed = sizeof(*l);
	l->nr_ops = fuzz_byte(in) % 8;
	l->record.size = sizeof(*l) + l->nr_ops * sizeof(struct fcdl_lost_op);
	l->nr_ops += fuzz_byte(in) % 16 == 1;
}

static void put_note(struct fuzz *in, unsigned char *record)
{
	struct fcdl_note *n = (void *)record;

	n->record.size = n->record.fixed = sizeof(*n);
	put_str(in, record, &n->record, &n->path);
}

/* A string that ends with the record, or nearly so: its NUL may be what follows. */
static void put_end(struct fuzz *in, struct fcdl_record *r)
{
	struct fcdl_str *str = r->type == FCDL_EVENT ? &((struct fcdl_event *)r)->target :
						       &((struct fcdl_note *)r)->path;

	if (r->type != FCDL_EVENT && r->type != FCDL_NOTE)
		return;
	if (!str->offset)
		str->offset = r->size - 8;
	str->length = r->size - str->offset - fuzz_byte(in) % 3;
}

static void put_record(struct fuzz *in)
{
	struct fcdl_record *r = (void *)(stream + length);

	memset(r, 0, 1024);
	r->type = fuzz_byte(in) % 6;
	switch (r->type) {
	case FCDL_EVENT:
		put_event(in, stream + length);
		break;
	case FCDL_LOST:
		put_lost(in, stream + length);
		break;
	case FCDL_NOTE:
		put_note(in, stream + length);
		break;
	default:
		r->fixed = sizeof(*r);
		r->size = sizeof(*r) + fuzz_byte(in);
	}
	r->size = (r->size + 7) & ~7u;
	length += r->size;
	switch (fuzz_byte(in) % 8) {
	case 0:
		fuzz_poke(in, r, r->size, 2);
		break;
	case 1:
		fuzz_poke(in, r, sizeof(*r), 1);
		break;
	case 2:
		put_end(in, r);
		break;
	case 3:
		((unsigned char *)r)[fuzz_below(in, r->size)] ^= fuzz_byte(in);
		break;
	}
}

/* ---- What is good, by the specification ---- */

static bool str_is_good(const struct fcdl_record *r, const struct fcdl_str *str)
{
	uint64_t end = (uint64_t)str->offset + str->length;

	if (!str->offset)
		return !str->length;
	return str->offset >= r->fixed && end < r->size && !((const char *)r)[end];
}

static bool is_good(const struct fcdl_record *r)
{
	const struct fcdl_event *e = (const void *)r;
	const struct fcdl_lost *l = (const void *)r;
	const struct fcdl_note *n = (const void *)r;

	if (r->fixed < sizeof(*r) || r->fixed > r->size || r->fixed % 8)
		return false;
	switch (r->type) {
	case FCDL_EVENT:
		return r->fixed >= sizeof(*e) && str_is_good(r, &e->path[0]) && str_is_good(r, &e->path[1]) &&
		       str_is_good(r, &e->target) && str_is_good(r, &e->exe) && str_is_good(r, &e->filter) &&
		       strnlen(e->caller.comm, sizeof(e->caller.comm)) < sizeof(e->caller.comm);
	case FCDL_LOST:
		return r->fixed >= sizeof(*l) &&
		       r->fixed + (uint64_t)l->nr_ops * sizeof(struct fcdl_lost_op) <= r->size;
	case FCDL_NOTE:
		return r->fixed >= sizeof(*n) && str_is_good(r, &n->path);
	default:
		return true;
	}
}

/* The next record to be handed out. Return: 1; 0: the end; -EPROTO: none that is good */
static int model_next(size_t *at, const struct fcdl_record **record)
{
	const struct fcdl_record *r;

	for (; *at < length; *at += r->size) {
		r = (const void *)(stream + *at);
		if (length - *at < sizeof(*r) || r->size < sizeof(*r) || r->size % 8 || r->size > length - *at)
			return -EPROTO;
		if (!is_good(r))
			return -EPROTO;
		*record = r;
		if (r->type < FCDL_EVENT || r->type > FCDL_NOTE)
			continue;
		*at += r->size;
		return 1;
	}
	return 0;
}

/* ---- Reading: read(), fcntl() and close() of this file take the place of libc's ---- */

static struct {
	size_t at;
	size_t end;
	bool nonblock;
} source;

ssize_t read(int fd, void *buf, size_t size)
{
	size_t n = source.end - source.at < size ? source.end - source.at : size;

	if (fd != FD)
		return syscall(SYS_read, fd, buf, size);
	if (!n && source.nonblock) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(buf, stream + source.at, n);
	source.at += n;
	return (ssize_t)n;
}

int fcntl(int fd, int command, ...)
{
	expect(fd == FD && command == F_GETFL);
	return source.nonblock ? O_NONBLOCK : 0;
}

int close(int fd)
{
	return fd == FD ? 0 : (int)syscall(SYS_close, fd);
}

static void check_strings(const struct fcdl_record *r)
{
	const struct fcdl_event *e = (const void *)r;
	const struct fcdl_str *const strings[] = { &e->path[0], &e->path[1], &e->target, &e->exe, &e->filter };
	size_t len, i;

	for (i = 0; r->type == FCDL_EVENT && i < COUNT(strings); i++) {
		const char *text = fcdl_string(r, strings[i], &len);

		expect(text ? !text[len] : !len);
	}
}

static void check_next(size_t *at, int ret, const struct fcdl_record *got)
{
	const struct fcdl_record *want;

	expect(ret == model_next(at, &want));
	if (ret != 1)
		return;
	expect(got->size == want->size && !memcmp(got, want, want->size));
	check_strings(got);
}

static struct fcdl_log *begin(bool nonblock)
{
	struct fcdl_log *log;

	source.at = 0;
	source.end = nonblock ? 0 : length;
	source.nonblock = nonblock;
	expect(!fcdl_open_fd(&log, FD));
	return log;
}

static void read_at_once(void)
{
	const struct fcdl_record *record = NULL;
	struct fcdl_log *log = begin(false);
	size_t at = 0;
	int ret;

	do {
		ret = fcdl_next(log, &record);
		check_next(&at, ret, record);
	} while (ret == 1);
	/* and so it stays */
	expect(fcdl_next(log, &record) == ret);
	fcdl_close(log);
}

static void read_in_pieces(struct fuzz *in)
{
	const struct fcdl_record *record = NULL;
	struct fcdl_log *log = begin(true);
	size_t at = 0;
	int ret = 0;

	while (source.end < length && ret >= 0) {
		source.end += 1 + fuzz_byte(in) * 3;
		source.end = source.end < length ? source.end : length;
		while ((ret = fcdl_next(log, &record)) == 1)
			check_next(&at, ret, record);
	}
	/* the rest of a record might still come */
	if (ret < 0)
		check_next(&at, ret, NULL);
	else
		expect(model_next(&at, &record) <= 0);
	fcdl_close(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz in = { data, size };
	uint8_t cut;

	length = 0;
	cut = fuzz_byte(&in);
	while (in.left > 8 && length < STREAM - 1024)
		put_record(&in);
	/* cut off, or with something behind */
	if (cut < 64 && cut < length)
		length -= cut;
	else if (cut > 192)
		stream[length++] = cut;
	if (cut % 2)
		read_at_once();
	else
		read_in_pieces(&in);
	return 0;
}
