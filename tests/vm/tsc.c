// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsc.c - print how many thousand times a second the time stamp counter ticks
 *
 * An emulated guest reads this machine's counter, but finds out its rate by counting against an emulated timer. On a
 * busy machine that goes wrong by a factor, and with it every time limit in the guest. So it is told.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct point {
	uint64_t tsc;
	uint64_t ns;
};

/* The time between two readings of the counter that lie closest together: nobody came between those. */
static struct point look(void)
{
	struct point best = { 0 };
	uint64_t gap = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		struct timespec t;
		uint64_t before = __rdtsc(), after;

		clock_gettime(CLOCK_MONOTONIC_RAW, &t);
		after = __rdtsc();
		if (after - before < gap) {
			gap = after - before;
			best.tsc = before + gap / 2;
			best.ns = (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
		}
	}
	return best;
}

int main(void)
{
	struct timespec t = { .tv_nsec = 100000000 };
	struct point a = look(), b;

	nanosleep(&t, NULL);
	b = look();
	printf("%llu\n", (unsigned long long)((b.tsc - a.tsc) * 1000000 / (b.ns - a.ns)));
	return 0;
}
