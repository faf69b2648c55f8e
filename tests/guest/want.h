/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * want.h - what must hold in a test that is a C program; if it does not, the test says so and ends
 */
#ifndef WANT_H
#define WANT_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((noreturn, format(printf, 3, 4))) static inline void want_die(const char *file, int line, const char *fmt,
									    ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s:%d: ", file, line);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	_exit(1);
}

#define die(...) want_die(__FILE__, __LINE__, __VA_ARGS__)
/* an expression that must hold */
#define want(x)                                                                  \
	do {                                                                     \
		if (!(x))                                                        \
			die("%s does not hold (errno %s)", #x, strerror(errno)); \
	} while (0)
/* two numbers that must be equal */
#define want_eq(x, y)                                                                        \
	do {                                                                                 \
		long long x_ = (x), y_ = (y);                                                \
		if (x_ != y_)                                                                \
			die("%s is %lld, not %lld (errno %s)", #x, x_, y_, strerror(errno)); \
	} while (0)
/* a call that must fail with an errno */
#define want_errno(x, e)                                                                            \
	do {                                                                                        \
		long long x_;                                                                       \
		errno = 0;                                                                          \
		x_ = (x);                                                                           \
		if (x_ >= 0 || errno != (e))                                                        \
			die("%s gave %lld, %s; expected %s", #x, x_, strerror(errno), strerror(e)); \
	} while (0)

#endif /* WANT_H */
