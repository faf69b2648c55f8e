// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: liburfs/src/fcdl.c liburfs/src/names.c
 *
 * Records from something that is not the device: in pieces, cut off, and of every wrong shape. Nothing that is handed out
 * points outside itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fcdl.h"
#include "unit.h"

/* An event with a path, as the module makes it */
static size_t make_event(void *buf, unsigned long long seq, const char *path)
{
	struct fcdl_event *e = buf;
	size_t size = (sizeof(*e) + strlen(path) + 1 + 7) & ~7UL;

	memset(buf, 0, size);
	e->record.size = size;
	e->record.type = FCDL_EVENT;
	e->record.fixed = sizeof(*e);
	e->record.seq = seq;
	e->op = RFS_OP_UNLINK;
	e->path[0].offset = sizeof(*e);
	e->path[0].length = strlen(path);
	strcpy((char *)(e + 1), path);
	return size;
}

static size_t make_lost(void *buf, unsigned int ops)
{
	struct fcdl_lost *lost = buf;
	size_t size = sizeof(*lost) + ops * sizeof(struct fcdl_lost_op);

	memset(buf, 0, size);
	lost->record.size = size;
	lost->record.type = FCDL_LOST;
	lost->record.fixed = sizeof(*lost);
	lost->nr_ops = ops;
	return size;
}

static struct fcdl_log *of_bytes(const void *bytes, size_t size)
{
	struct fcdl_log *log;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(write(p[1], bytes, size), size);
	close(p[1]);
	ck_assert_int_eq(fcdl_open_fd(&log, p[0]), 0);
	return log;
}

START_TEST(whole)
{
	static unsigned long long buf[4096];
	const struct fcdl_record *r;
	struct fcdl_log *log;
	size_t used = 0, len;

	used += make_event(buf, 1, "/some/path");
	used += make_lost((char *)buf + used, 3);
	/* of a type that nobody knows, with bytes that nobody knows behind the fixed part of the next */
	((struct fcdl_record *)((char *)buf + used))->size = 48;
	((struct fcdl_record *)((char *)buf + used))->type = 77;
	((struct fcdl_record *)((char *)buf + used))->fixed = 40;
	used += 48;
	used += make_event((char *)buf + used, 2, "");
	log = of_bytes(buf, used);
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_uint_eq(r->seq, 1);
	ck_assert_str_eq(fcdl_string(r, &((const struct fcdl_event *)r)->path[0], &len), "/some/path");
	ck_assert_uint_eq(len, 10);
	ck_assert_ptr_null(fcdl_string(r, &((const struct fcdl_event *)r)->path[1], &len));
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_uint_eq(r->type, FCDL_LOST);
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_uint_eq(r->seq, 2);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	ck_assert_int_eq(fcdl_run(log), -ENOTTY);
	fcdl_close(log);
	fcdl_close(NULL);
}
END_TEST

/* Bytes come one by one, and one record is longer than the buffer. */
START_TEST(pieces)
{
	size_t size, long_size = 600000, i;
	char *path = malloc(long_size), *buf = malloc(long_size + 2000);
	const struct fcdl_record *r;
	struct fcdl_log *log;
	int p[2];
	pid_t pid;

	memset(path, 'x', long_size - 1);
	path[long_size - 1] = '\0';
	size = make_event(buf, 1, "/first");
	i = size;
	size += make_event(buf + size, 2, path);
	ck_assert_int_eq(pipe(p), 0);
	pid = fork();
	if (!pid) {
		size_t n;

		for (n = 0; n < i; n++)
			if (write(p[1], buf + n, 1) != 1)
				_exit(1);
		while (n < size) {
			ssize_t w = write(p[1], buf + n, size - n > 4099 ? 4099 : size - n);

			if (w < 0)
				_exit(1);
			n += w;
		}
		_exit(0);
	}
	close(p[1]);
	ck_assert_int_eq(fcdl_open_fd(&log, p[0]), 0);
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_uint_eq(r->seq, 1);
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_str_eq(fcdl_string(r, &((const struct fcdl_event *)r)->path[0], NULL), path);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	fcdl_close(log);
	waitpid(pid, NULL, 0);
	free(path);
	free(buf);
}
END_TEST

START_TEST(cut_off)
{
	unsigned long long buf[256];
	size_t size = make_event(buf, 1, "/some/path"), at;
	const struct fcdl_record *r;
	struct fcdl_log *log;

	for (at = 0; at < size; at++) {
		log = of_bytes(buf, at);
		ck_assert_int_eq(fcdl_next(log, &r), at ? -EPROTO : 0);
		fcdl_close(log);
	}
}
END_TEST

START_TEST(not_yet)
{
	unsigned long long buf[256];
	size_t size = make_event(buf, 1, "/some/path");
	const struct fcdl_record *r;
	struct fcdl_log *log;
	int p[2];

	ck_assert_int_eq(pipe2(p, O_NONBLOCK), 0);
	ck_assert_int_eq(fcdl_open_fd(&log, p[0]), 0);
	ck_assert_int_eq(fcdl_fd(log), p[0]);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	ck_assert_int_eq(write(p[1], buf, 100), 100);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	ck_assert_int_eq(write(p[1], (char *)buf + 100, size - 100), size - 100);
	ck_assert_int_eq(fcdl_next(log, &r), 1);
	ck_assert_int_eq(fcdl_next(log, &r), 0);
	close(p[1]);
	fcdl_close(log);
}
END_TEST

START_TEST(wrong_shapes)
{
	unsigned long long buf[512], bad[512];
	struct fcdl_event *e = (struct fcdl_event *)bad;
	struct fcdl_lost *lost = (struct fcdl_lost *)bad;
	const struct fcdl_record *r;
	struct fcdl_log *log;
	size_t size;

#define BAD(change)                                            \
	do {                                                   \
		memcpy(bad, buf, sizeof(bad));                 \
		change;                                        \
		log = of_bytes(bad, sizeof(bad));              \
		ck_assert_int_eq(fcdl_next(log, &r), -EPROTO); \
		fcdl_close(log);                               \
	} while (0)
	memset(buf, 0, sizeof(buf));
	size = make_event(buf, 1, "/some/path");
	BAD(e->record.size = 0);
	BAD(e->record.size = 32);
	BAD(e->record.size -= 4);
	BAD(e->record.size = 0xfffffff8);
	BAD(e->record.fixed = 32);
	BAD(e->record.fixed = sizeof(*e) - 8);
	BAD(e->record.fixed += 4);
	BAD(e->record.fixed = size + 8);
	BAD(e->path[0].offset = 8);
	BAD(e->path[0].offset = size);
	BAD(e->path[0].offset = 0xffffffff);
	BAD(e->path[0].offset = 0);
	BAD(e->path[0].length = size - sizeof(*e));
	BAD(e->path[0].length = 0xffffffff);
	BAD(e->path[0].length--);
	BAD(e->path[1].length = 1);
	BAD(e->target.offset = 1);
	BAD(e->exe.offset = size + 1);
	BAD(e->filter.offset = 1);
	BAD(memset(e->caller.comm, 'x', 16));
	make_lost(buf, 2);
	BAD(lost->nr_ops = 3);
	BAD(lost->nr_ops = 0xffffffff);
	BAD(lost->record.fixed = 56);
	lost = (struct fcdl_lost *)buf;
	lost->record.type = FCDL_NOTE;
	((struct fcdl_note *)buf)->path = (struct fcdl_str){ 64, 100 };
	BAD((void)0);
}
END_TEST

START_TEST(options)
{
	struct fcdl_options o = { .size = sizeof(o) };
	struct fcdl_log *log;

	o.size = sizeof(o) + 8;
	ck_assert_int_eq(fcdl_open(&log, &o), -EINVAL);
	o.size = 0;
	ck_assert_int_eq(fcdl_open(&log, &o), -EINVAL);
	o.size = sizeof(o);
	o.mode = 4;
	ck_assert_int_eq(fcdl_open(&log, &o), -EINVAL);
	o.mode = 0;
	o.flags = FCDL_SETUP_MMAP;
	ck_assert_int_eq(fcdl_open(&log, &o), -EINVAL);
	o.flags = 0;
	o.nr_matches = 65;
	ck_assert_int_eq(fcdl_open(&log, &o), -EINVAL);
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(fcdl_op_name(RFS_OP_UNLINK), "unlink");
	ck_assert_str_eq(fcdl_op_name(FCDL_OP_CLOSE_WRITE), "close_write");
	ck_assert_ptr_null(fcdl_op_name(0));
	ck_assert_ptr_null(fcdl_op_name(64));
	ck_assert_ptr_null(fcdl_op_name(~0U));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdl_reader");
	TCase *tc = tcase_create("reader");

	tcase_add_test(tc, whole);
	tcase_add_test(tc, pieces);
	tcase_add_test(tc, cut_off);
	tcase_add_test(tc, not_yet);
	tcase_add_test(tc, wrong_shapes);
	tcase_add_test(tc, options);
	tcase_add_test(tc, words);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
