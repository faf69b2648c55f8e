/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz.h - an input of libFuzzer as a source of choices
 *
 * A harness takes bytes from the front, and zeros when there are none left, so that every input means something.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define expect(x)                                                                             \
	do {                                                                                  \
		if (!(x)) {                                                                   \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #x); \
			abort();                                                              \
		}                                                                             \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	const uint8_t *at;
	size_t left;
};

static inline void fuzz_bytes(struct fuzz *in, void *to, size_t size)
{
	size_t n = size < in->left ? size : in->left;

	memset(to, 0, size);
	/* an empty input may have no memory at all */
	if (n)
		memcpy(to, in->at, n);
	in->at += n;
	in->left -= n;
}

static inline uint8_t fuzz_byte(struct fuzz *in)
{
	uint8_t byte;

	fuzz_bytes(in, &byte, 1);
	return byte;
}

/* 0 to @n - 1 */
static inline uint32_t fuzz_below(struct fuzz *in, uint32_t n)
{
	uint32_t value = fuzz_byte(in);

	if (n > 256)
		value = value << 8 | fuzz_byte(in);
	return value % n;
}

/* A number that is likely to be near to a limit of some kind. */
static inline uint64_t fuzz_number(struct fuzz *in)
{
	static const uint64_t limits[] = {
		0,     16,	32,	 64,	  128,	     256,	 1000,	    1024,	4095,
		65536, 1 << 20, 3600000, 1 << 30, INT32_MAX, UINT32_MAX, INT64_MAX, 1ull << 33,
	};
	uint8_t kind = fuzz_byte(in);
	uint64_t value;

	if (kind < 0x60)
		return kind;
	if (kind < 0xe0) {
		value = limits[kind % COUNT(limits)] + fuzz_below(in, 5) - 2;
		return kind < 0xb0 ? value : -value;
	}
	fuzz_bytes(in, &value, sizeof(value));
	return value;
}

/* Change members of a struct without holes, whichever they are, a few times. */
static inline void fuzz_poke(struct fuzz *in, void *mem, size_t size, unsigned int times)
{
	unsigned char *bytes = mem;
	uint64_t value;
	size_t at, width;

	while (times-- && in->left) {
		at = fuzz_below(in, (uint32_t)(size / 4)) * 4;
		value = fuzz_number(in);
		width = at % 8 || size - at < 8 || fuzz_byte(in) % 2 ? 4 : 8;
		memcpy(bytes + at, &value, width);
	}
}

/* Are these bytes all 0? */
static inline int fuzz_is_zero(const void *mem, size_t size)
{
	const unsigned char *bytes = mem;

	while (size && !*bytes)
		bytes++, size--;
	return !size;
}

#endif /* FUZZ_H */
