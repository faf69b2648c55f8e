/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * data.h - for tests of filters that change data: everything is done twice, to a file that rfs_test's filters cover and
 * to one that nobody does, and must give the same
 *
 * What the filters made of the covered one, this process sees as soon as it is exempt, and compares it with what it knows
 * that they make of it.
 */
#ifndef DATA_H
#define DATA_H

#include <linux/limits.h>
#include <sys/uio.h>

#include "urfs_raw.h"

/* ---- the filters ---- */

/* data_ctl() - a command to rfs_test. Return: its result */
__attribute__((format(printf, 1, 2))) static inline long data_ctl(const char *fmt, ...)
{
	int fd = open("/dev/rfs_test", O_RDWR);
	char text[8192], answer[2048], *end;
	va_list ap;
	ssize_t n;
	long ret;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("/dev/rfs_test: %s", strerror(errno));
	n = read(fd, answer, sizeof(answer) - 1);
	close(fd);
	answer[n < 0 ? 0 : n] = 0;
	ret = strtol(answer, &end, 10);
	if (end == answer)
		die("%s: %s", text, answer);
	return ret;
}

#define ctl(...) want_eq(data_ctl(__VA_ARGS__), 0)

/* Which filters there are: bits */
#define SWAP 1 /* "swap" swaps the halves of each byte */
#define PLACE 2 /* "place", behind it, adds something that depends on the place */
#define BEHIND 4 /* "behind" them swaps again */

static unsigned int data_filters;
static char data_in[PATH_MAX], data_out[PATH_MAX];

static inline void data_each(void (*fn)(const char *name))
{
	if (data_filters & SWAP)
		fn("swap");
	if (data_filters & PLACE)
		fn("place");
	if (data_filters & BEHIND)
		fn("behind");
}

static inline void data_begin_one(const char *name)
{
	const char *kind = strcmp(name, "place") ? "data" : "placed";
	int priority = !strcmp(name, "swap") ? 10 : !strcmp(name, "place") ? 20 : 30;

	ctl("register %s %d active opdata=16", name, priority);
	ctl("quiet %s 1", name);
	ctl("ops %s read:pre:post:%s write:pre:post:%s", name, kind, kind);
	if (strcmp(name, "place"))
		ctl("transform %s nibble", name);
	else
		ctl("transform %s add 77", name);
	ctl("path %s include subtree %s", name, data_in);
}

static inline void data_end_one(const char *name)
{
	ctl("unregister %s", name);
}

static inline void data_begin(unsigned int filters)
{
	const char *t = getenv("T");

	data_filters = filters;
	snprintf(data_in, sizeof(data_in), "%s/in", t);
	snprintf(data_out, sizeof(data_out), "%s/out", t);
	mkdir(data_in, 0755);
	mkdir(data_out, 0755);
	data_each(data_begin_one);
}

static inline void data_end(void)
{
	data_each(data_end_one);
}

static pid_t data_pid;

static inline void data_exempt_one(const char *name)
{
	ctl("exempt %s %d", name, data_pid);
}

/* data_raw() - does this process see what the file system has? */
static inline void data_raw(bool raw)
{
	data_pid = raw ? getpid() : 0;
	data_each(data_exempt_one);
}

/* What the filters make of a byte that a program writes */
static inline unsigned char data_model(unsigned char byte, unsigned long long offset)
{
	if (data_filters & SWAP)
		byte = (unsigned char)(byte << 4 | byte >> 4);
	if (data_filters & PLACE)
		byte = (unsigned char)(byte + 77 + 7 * offset);
	if (data_filters & BEHIND)
		byte = (unsigned char)(byte << 4 | byte >> 4);
	return byte;
}

/* ---- two files ---- */

struct twin {
	int in, out;
	char name[64];
};

static inline char *data_path(bool out, const char *name)
{
	static char path[2][PATH_MAX + 80];

	snprintf(path[out], sizeof(path[out]), "%s/%.64s", out ? data_out : data_in, name);
	return path[out];
}

#define DATA_MAX (17 << 20)
/* memory of each of the two, aligned */
static char *data_buf[2];

static inline void data_memory(void)
{
	for (int i = 0; i < 2; i++) {
		if (!data_buf[i])
			want(!posix_memalign((void **)&data_buf[i], 1 << 16, DATA_MAX));
	}
}

/* twice_() - compare what the two gave */
static inline long twice_(const char *file, int line, const char *what, const long *ret, const int *err)
{
	if (ret[0] != ret[1] || (ret[0] < 0 && err[0] != err[1]))
		want_die(file, line, "filters %u: %s gave %ld (%s), plain %ld (%s)", data_filters, what, ret[0],
			 ret[0] < 0 ? strerror(err[0]) : "-", ret[1], ret[1] < 0 ? strerror(err[1]) : "-");
	errno = err[0];
	return ret[0];
}

/* an expression with fd, buf and out (which of the two), done to both */
#define TWICE(twin, expr)                                                               \
	({                                                                              \
		long ret_[2];                                                           \
		int err_[2];                                                            \
		for (int i_ = 0; i_ < 2; i_++) {                                        \
			int fd __attribute__((unused)) = i_ ? (twin)->out : (twin)->in; \
			char *buf __attribute__((unused)) = data_buf[i_];               \
			bool out __attribute__((unused)) = i_;                          \
			errno = 0;                                                      \
			ret_[i_] = (expr);                                              \
			err_[i_] = errno;                                               \
		}                                                                       \
		twice_(__FILE__, __LINE__, #expr, ret_, err_);                          \
	})

static inline bool twin_open(struct twin *t, const char *name, int flags)
{
	data_memory();
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->in = t->out = -1;
	return TWICE(t, (*(out ? &t->out : &t->in) = open(data_path(out, name), flags, 0644)) < 0 ? -1 : 0) == 0;
}

static inline void twin_close(struct twin *t)
{
	close(t->in);
	close(t->out);
}

/* fill_both() - the same bytes that nobody would guess, for the next writes */
static inline void fill_both(unsigned int seed, size_t length)
{
	unsigned int x = seed * 2654435761u + 1;

	for (size_t i = 0; i < length; i++) {
		x = x * 1664525u + 1013904223u;
		data_buf[0][i] = data_buf[1][i] = (char)(x >> 24);
	}
}

/* both_same() - what reads gave */
static inline void both_same(const char *what, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (data_buf[0][i] != data_buf[1][i])
			die("filters %u: %s: byte %zu is 0x%02x, plain 0x%02x", data_filters, what, i,
			    (unsigned char)data_buf[0][i], (unsigned char)data_buf[1][i]);
	}
}

/* twin_same() - the files read the same, and the file system has what the filters made of it; from @from on */
static inline void twin_same_from(const char *name, off_t from)
{
	struct stat st[2];
	struct twin t;
	ssize_t n;

	want(twin_open(&t, name, O_RDONLY));
	want(!fstat(t.in, &st[0]) && !fstat(t.out, &st[1]));
	if (st[0].st_size != st[1].st_size)
		die("filters %u: %s has %lld bytes, plain %lld", data_filters, name, (long long)st[0].st_size,
		    (long long)st[1].st_size);
	do {
		n = TWICE(&t, pread(fd, buf, 1 << 20, from));
		both_same(name, (size_t)n);
		data_raw(true);
		want_eq(pread(t.in, data_buf[0], 1 << 20, from), n);
		data_raw(false);
		for (ssize_t i = 0; i < n; i++)
			data_buf[1][i] =
				(char)data_model((unsigned char)data_buf[1][i], (unsigned long long)(from + i));
		both_same("what the file system has", (size_t)n);
		from += n;
	} while (n);
	twin_close(&t);
}

#define twin_same(name) twin_same_from(name, 0)

#endif /* DATA_H */
