// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/fcdl/ring.c
 *
 * The ring of a reader: order, wrap-around, places that are being filled, and losses under each policy, against a reader
 * that checks that every number is accounted for exactly once; and the same for a reader that maps the ring, also one that
 * says what is not true.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "unit.h"

#define SIZE 4096

/* Check notes down each assertion that holds, in a file: too slow for what is looked at a million times. */
#define expect(x)                                             \
	do {                                                  \
		if (!(x))                                     \
			ck_abort_msg("%s does not hold", #x); \
	} while (0)

#include "tests/model/ring.h"

static u64 memory[SIZE / 8];
static struct fcdl_ring ring;
static const struct fcdl_times now = { 1, 2, 3 };
static struct seen seen;
static struct mapped map;

static void begin(bool oldest)
{
	memset(memory, 0xa5, sizeof(memory));
	memset(&seen, 0, sizeof(seen));
	seen.next = 1;
	fcdl_ring_init(&ring, memory, SIZE, oldest);
}

static struct fcdl_record *reserve(u32 len, u32 op)
{
	struct fcdl_record *record = fcdl_ring_reserve(&ring, len, true);

	if (record)
		fill(record, op);
	else
		fcdl_ring_lose(&ring, op, FCDL_LOST_FULL, &now);
	return record;
}

static bool add(u32 len, u32 op)
{
	struct fcdl_record *record = reserve(len, op);

	if (record)
		fcdl_ring_commit(record);
	return record;
}

static bool add_note(void)
{
	struct fcdl_record *record = fcdl_ring_reserve(&ring, sizeof(struct fcdl_note), false);

	if (!record) {
		fcdl_ring_lose_note(&ring, FCDL_LOST_FULL, &now);
		return false;
	}
	fill_note(record);
	fcdl_ring_commit(record);
	return true;
}

static bool take(void)
{
	struct fcdl_peek peek;

	if (!fcdl_ring_peek(&ring, &peek))
		return false;
	expect(peek.len == peek.record->size);
	see(&seen, peek.record);
	expect(fcdl_ring_take(&ring, &peek));
	return true;
}

static void take_all(void)
{
	while (take())
		;
}

#define LEN 512

START_TEST(in_order)
{
	u32 i;

	begin(_i);
	ck_assert(fcdl_ring_is_empty(&ring));
	ck_assert(!take());
	for (i = 0; i < 5; i++)
		ck_assert(add(LEN + 8 * i, RFS_OP_CREATE));
	ck_assert(!fcdl_ring_is_empty(&ring));
	take_all();
	ck_assert_uint_eq(seen.events, 5);
	ck_assert_uint_eq(seen.lost, 0);
	ck_assert(fcdl_ring_is_empty(&ring));
}
END_TEST

START_TEST(wraps_around)
{
	u32 i, len;

	/* every distance to the end, by lengths that do not divide the size */
	begin(_i);
	for (i = 0; i < 5000; i++) {
		len = LEN + 8 * (i * 7 % 60);
		expect(add(len, RFS_OP_CREATE));
		if (i % 3 == 0)
			expect(add(LEN, RFS_OP_UNLINK));
		take_all();
	}
	ck_assert_uint_eq(seen.lost, 0);
	ck_assert_uint_eq(seen.events, ring.next_seq - 1);
	ck_assert(fcdl_ring_is_empty(&ring));
}
END_TEST

/* The ring can be filled to the last byte, and positions may go beyond 32 bits. */
START_TEST(exactly_full)
{
	u32 i;

	begin(false);
	ring.head = ring.tail = (1ULL << 32) - SIZE;
	for (i = 0; i < SIZE / LEN; i++)
		ck_assert(add(LEN, RFS_OP_CREATE));
	ck_assert_uint_eq(ring.head - ring.tail, SIZE);
	ck_assert(!add(LEN, RFS_OP_CREATE));
	take_all();
	ck_assert_uint_eq(seen.events, SIZE / LEN);
	ck_assert_uint_eq(seen.lost, 1);
	ck_assert_uint_eq(ring.tail, 1ULL << 32);
}
END_TEST

START_TEST(newest_is_lost)
{
	u32 i;

	begin(false);
	for (i = 0; i < 8; i++)
		ck_assert(add(LEN, RFS_OP_CREATE));
	for (i = 0; i < 3; i++)
		ck_assert(!add(LEN, RFS_OP_UNLINK));
	ck_assert(!add(LEN, RFS_OP_RENAME));
	ck_assert_uint_eq(ring.lost, 4);
	/* one leaves, but the word about the loss needs room as well */
	ck_assert(take());
	ck_assert(!add(LEN, RFS_OP_RENAME));
	ck_assert(take());
	ck_assert(add(LEN, RFS_OP_MKDIR));
	ck_assert_uint_eq(seen.lost, 0);
	take_all();
	ck_assert_uint_eq(seen.lost, 5);
	ck_assert_uint_eq(seen.ops[RFS_OP_UNLINK], 3);
	ck_assert_uint_eq(seen.ops[RFS_OP_RENAME], 2);
	ck_assert_uint_eq(seen.ops[RFS_OP_MKDIR], 1);
	ck_assert_uint_eq(seen.events, 9);
	ck_assert_uint_eq(seen.reasons, FCDL_LOST_FULL);
	ck_assert(fcdl_ring_is_empty(&ring));
}
END_TEST

/* What is lost last is told although nothing follows. */
START_TEST(told_at_the_end)
{
	begin(_i);
	fcdl_ring_lose(&ring, RFS_OP_OPEN, FCDL_LOST_MEMORY, &now);
	fcdl_ring_lose(&ring, RFS_OP_OPEN, FCDL_LOST_LONG, &now);
	ck_assert(!fcdl_ring_is_empty(&ring));
	ck_assert(take());
	ck_assert(!take());
	ck_assert_uint_eq(seen.ops[RFS_OP_OPEN], 2);
	ck_assert_uint_eq(seen.reasons, FCDL_LOST_MEMORY | FCDL_LOST_LONG);
	ck_assert(add(LEN, RFS_OP_OPEN));
	take_all();
	ck_assert_uint_eq(seen.next, 4);
}
END_TEST

START_TEST(oldest_is_lost)
{
	u32 i;

	begin(true);
	for (i = 0; i < 8; i++)
		ck_assert(add(LEN, i < 4 ? RFS_OP_CREATE : RFS_OP_UNLINK));
	for (i = 0; i < 6; i++)
		ck_assert(add(LEN, RFS_OP_RENAME));
	ck_assert_uint_eq(ring.lost, 6);
	ck_assert(take());
	ck_assert_uint_eq(seen.lost, 6);
	ck_assert_uint_eq(seen.ops[RFS_OP_CREATE], 4);
	ck_assert_uint_eq(seen.ops[RFS_OP_UNLINK], 2);
	take_all();
	ck_assert_uint_eq(seen.events, 8);
	ck_assert_uint_eq(seen.next, 15);
}
END_TEST

/* What the reader looks at may be thrown away before it takes it. */
START_TEST(lost_under_the_reader)
{
	struct fcdl_peek peek;
	u32 i;

	begin(true);
	for (i = 0; i < 8; i++)
		add(LEN, RFS_OP_CREATE);
	ck_assert(fcdl_ring_peek(&ring, &peek));
	add(LEN, RFS_OP_CREATE);
	ck_assert(!fcdl_ring_take(&ring, &peek));
	take_all();
	ck_assert_uint_eq(seen.lost, 1);
	ck_assert_uint_eq(seen.events, 8);
	/* but not the word about a loss */
	for (i = 0; i < 9; i++)
		add(LEN, RFS_OP_CREATE);
	ck_assert(fcdl_ring_peek(&ring, &peek));
	ck_assert_uint_eq(peek.record->type, FCDL_LOST);
	add(LEN, RFS_OP_CREATE);
	ck_assert_uint_eq(((const struct fcdl_lost *)peek.record)->count, 1);
	take_all();
	ck_assert_uint_eq(seen.lost, 3);
	ck_assert_uint_eq(seen.next, ring.next_seq);
}
END_TEST

START_TEST(half_filled)
{
	struct fcdl_record *first, *second;
	u32 i;

	begin(_i);
	first = reserve(LEN, RFS_OP_CREATE);
	second = reserve(LEN, RFS_OP_UNLINK);
	ck_assert(add(LEN, RFS_OP_RENAME));
	ck_assert(!take());
	fcdl_ring_commit(second);
	ck_assert(!take());
	fcdl_ring_commit(first);
	ck_assert(take() && take() && take() && !take());
	/* it is not thrown away either: then the new one goes */
	first = reserve(LEN, RFS_OP_CREATE);
	for (i = 0; i < 7; i++)
		ck_assert(add(LEN, RFS_OP_CREATE));
	ck_assert(!add(LEN, RFS_OP_MKDIR));
	ck_assert(!take());
	fcdl_ring_commit(first);
	take_all();
	ck_assert_uint_eq(seen.events, 11);
	ck_assert_uint_eq(seen.lost, 1);
	ck_assert_uint_eq(seen.ops[RFS_OP_MKDIR], 1);
}
END_TEST

START_TEST(notes_among_events)
{
	u32 i;

	begin(_i);
	ck_assert(add_note());
	ck_assert(add(LEN, RFS_OP_CREATE));
	ck_assert(add_note());
	take_all();
	ck_assert_uint_eq(seen.notes, 2);
	begin(_i);
	for (i = 0; i < 8; i++)
		ck_assert(add(LEN, RFS_OP_CREATE));
	/* without an event: the ring goes on counting where it was */
	ck_assert_int_eq(add_note(), _i);
	take_all();
	ck_assert_uint_eq(seen.notes + seen.notes_lost, 1);
	ck_assert_uint_eq(seen.next, 9);
	/* the oldest is a note */
	begin(_i);
	ck_assert(add_note());
	for (i = 0; i < 9; i++)
		add(LEN, RFS_OP_CREATE);
	take_all();
	ck_assert_uint_eq(seen.notes + seen.notes_lost, 1);
	ck_assert_uint_eq(seen.next, ring.next_seq);
}
END_TEST

START_TEST(too_long)
{
	begin(_i);
	ck_assert(add(SIZE / 4, RFS_OP_CREATE));
	ck_assert(!fcdl_ring_reserve(&ring, SIZE / 4 + 8, true));
	ck_assert(!fcdl_ring_reserve(&ring, 0xfffffff8, true));
	take_all();
	ck_assert_uint_eq(seen.events, 1);
}
END_TEST

/* Anything, in any order: every number is accounted for once, and the counts agree. */
START_TEST(anything)
{
	struct fcdl_record *open[4] = {};
	u64 done[RFS_OP_MAX] = {}, total = 0, notes = 0;
	u32 i, n;

	begin(_i & 1);
	srand(_i);
	for (i = 0; i < 200000; i++) {
		u32 op = RFS_OP_CREATE + rand() % 8, len = sizeof(struct fcdl_event) + rand() % 60 * 8;

		switch (rand() % 8) {
		case 0:
			n = rand() % 4;
			if (open[n])
				fcdl_ring_commit(open[n]);
			open[n] = reserve(len, op);
			done[op]++;
			total++;
			break;
		case 1:
		case 2:
			add(len, op);
			done[op]++;
			total++;
			break;
		case 3:
			if (rand() % 20 == 0) {
				fcdl_ring_lose(&ring, op, FCDL_LOST_MEMORY, &now);
				done[op]++;
				total++;
			}
			break;
		case 4:
			if (rand() % 10 == 0) {
				add_note();
				notes++;
			}
			break;
		default:
			n = rand() % 4;
			if (open[n] && rand() % 2) {
				fcdl_ring_commit(open[n]);
				open[n] = NULL;
			}
			take();
		}
	}
	for (n = 0; n < 4; n++)
		if (open[n])
			fcdl_ring_commit(open[n]);
	take_all();
	ck_assert(fcdl_ring_is_empty(&ring));
	ck_assert_uint_eq(seen.events + seen.lost, total);
	ck_assert_uint_eq(seen.lost, ring.lost);
	ck_assert_uint_eq(seen.next, total + 1);
	ck_assert_uint_eq(seen.notes + seen.notes_lost, notes);
	ck_assert_mem_eq(seen.ops, done, sizeof(done));
	ck_assert_uint_gt(seen.events, 10000);
	ck_assert_uint_gt(seen.lost, 100);
}
END_TEST

/* Writers on several processors fill outside the lock. */
#define WRITERS 4
#define EACH 20000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *writer(void *arg)
{
	u32 i, op = RFS_OP_CREATE + (u32)(uintptr_t)arg;
	struct fcdl_record *record;

	for (i = 0; i < EACH; i++) {
		pthread_mutex_lock(&lock);
		record = fcdl_ring_reserve(&ring, LEN + 8 * (i % 9), true);
		if (!record)
			fcdl_ring_lose(&ring, op, FCDL_LOST_FULL, &now);
		pthread_mutex_unlock(&lock);
		if (record) {
			fill(record, op);
			fcdl_ring_commit(record);
		}
	}
	return NULL;
}

START_TEST(writers_and_a_reader)
{
	pthread_t thread[WRITERS];
	u32 i;

	begin(false);
	for (i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, writer, (void *)(uintptr_t)i), 0);
	while (seen.next <= (u64)WRITERS * EACH) {
		pthread_mutex_lock(&lock);
		take();
		pthread_mutex_unlock(&lock);
	}
	for (i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
	ck_assert(fcdl_ring_is_empty(&ring));
	for (i = 0; i < WRITERS; i++)
		ck_assert_uint_eq(seen.ops[RFS_OP_CREATE + i], EACH);
}
END_TEST

/* ---- A reader that maps the ring ---- */

/* Positions as of a ring that has been in use for long */
static void begin_mapped(u64 pos)
{
	begin(false);
	memset(&map, 0, sizeof(map));
	fcdl_ring_share(&ring, &map.reader, &map.kernel);
	ring.head = ring.tail = pos;
	map.kernel.head = map.reader.tail = pos;
}

static void say(u64 tail)
{
	__atomic_store_n(&map.reader.tail, (u32)tail, __ATOMIC_RELEASE);
}

static bool take_mapped(void)
{
	u32 tail = map.reader.tail;
	const struct fcdl_record *record = mapped_next(&map, &ring, &tail);

	if (record)
		see(&seen, record);
	say(tail);
	return record;
}

/* What poll() does */
static bool ask(void)
{
	while (fcdl_ring_let_go(&ring, fcdl_ring_said(&ring), 3))
		;
	return fcdl_ring_show(&ring);
}

static void take_all_mapped(void)
{
	do {
		while (take_mapped())
			;
	} while (ask());
}

START_TEST(mapped_in_order)
{
	struct fcdl_record *record;
	u32 i;

	/* over the end of the memory, and over that of the numbers */
	begin_mapped(_i ? (1ULL << 32) - 8 * LEN - 8 : 0);
	ck_assert(!ask());
	for (i = 0; i < 5; i++)
		ck_assert(add(LEN + 8 * i, RFS_OP_CREATE));
	ck_assert(ask());
	ck_assert_uint_eq(ring.read, 0);
	ck_assert(take_mapped() && take_mapped());
	ck_assert(ask());
	ck_assert_uint_eq(ring.read, 2);
	ck_assert(add_note());
	take_all_mapped();
	ck_assert_uint_eq(ring.read, 5);
	ck_assert_uint_eq(seen.events, 5);
	ck_assert_uint_eq(seen.notes, 1);
	ck_assert(fcdl_ring_is_empty(&ring));
	/* what is being filled is in sight, and not there */
	record = reserve(LEN, RFS_OP_UNLINK);
	ck_assert_uint_ne(map.kernel.head, map.reader.tail);
	ck_assert(!take_mapped());
	ck_assert(!ask());
	fcdl_ring_commit(record);
	ck_assert(ask() && take_mapped() && !take_mapped() && !ask());
}
END_TEST

/* Only a pad, and behind it a place that is being filled: nothing to wake for */
START_TEST(mapped_pad)
{
	struct fcdl_record *record;

	begin_mapped(SIZE - 8);
	record = reserve(LEN, RFS_OP_UNLINK);
	ck_assert_uint_eq(map.kernel.head, SIZE + LEN);
	ck_assert(!ask());
	ck_assert(!take_mapped());
	ck_assert_uint_eq(map.reader.tail, SIZE);
	ck_assert(!ask());
	ck_assert_uint_eq(ring.tail, SIZE);
	fcdl_ring_commit(record);
	take_all_mapped();
	ck_assert_uint_eq(seen.events, 1);
}
END_TEST

/* A writer that finds no room takes what the reader has taken, and no more of it than it needs. */
START_TEST(mapped_room)
{
	u32 i;

	begin_mapped(0);
	for (i = 0; i < 8; i++)
		ck_assert(add(LEN, RFS_OP_CREATE));
	ck_assert(!add(LEN, RFS_OP_UNLINK));
	for (i = 0; i < 4; i++)
		ck_assert(take_mapped());
	ck_assert_uint_eq(ring.tail, 0);
	/* the word about the loss needs room as well */
	ck_assert(add(LEN, RFS_OP_CREATE));
	ck_assert_uint_eq(ring.tail, 2 * LEN);
	ck_assert(add(LEN, RFS_OP_CREATE));
	ck_assert_uint_eq(ring.tail, 3 * LEN);
	take_all_mapped();
	ck_assert_uint_eq(seen.events, 10);
	ck_assert_uint_eq(seen.lost, 1);
}
END_TEST

/* Losses become a record when everything else was taken, not earlier, and once. */
START_TEST(mapped_told_at_the_end)
{
	u32 i;

	begin_mapped(_i * 8);
	for (i = 0; i < 12; i++)
		add(LEN, RFS_OP_CREATE);
	ck_assert_uint_gt(ring.lost, 0);
	ck_assert(ask());
	while (take_mapped())
		;
	ck_assert_uint_eq(seen.lost, 0);
	ck_assert(ask());
	ck_assert(take_mapped());
	ck_assert_uint_eq(seen.lost, ring.lost);
	ck_assert(!ask());
	ck_assert_uint_eq(seen.next, 13);
	ck_assert(fcdl_ring_is_empty(&ring));
}
END_TEST

/* A tail that is not true: nothing is overwritten that it does not cover whole, and writers go on. */
START_TEST(mapped_lies)
{
	const u64 pos = 3ULL << 32;
	struct fcdl_record *busy;
	const u64 lies[] = {
		pos - 8,	   pos - SIZE, pos + SIZE + 8, pos + (1U << 31), 0xdeadbeef,
		pos + 8 * LEN + 8, pos + 8,    pos + LEN - 8,  pos + 1,
	};
	u32 i;

	begin_mapped(pos);
	for (i = 0; i < 4; i++)
		ck_assert(add(LEN, RFS_OP_CREATE));
	busy = reserve(LEN, RFS_OP_UNLINK);
	for (i = 0; i < 3; i++)
		ck_assert(add(LEN, RFS_OP_RENAME));
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		say(lies[i]);
		ck_assert(!fcdl_ring_reserve(&ring, LEN, true));
		ck_assert(ask());
		ck_assert_uint_eq(ring.tail, pos);
	}
	/* in the middle of a record: those before it */
	say(pos + 2 * LEN + 16);
	ck_assert(ask());
	ck_assert_uint_eq(ring.tail, pos + 2 * LEN);
	/* behind what was let go */
	say(pos + LEN);
	ck_assert(ask());
	ck_assert_uint_eq(ring.tail, pos + 2 * LEN);
	/* over what is being filled: up to there, and nobody else gets that place */
	say(pos + 8 * LEN);
	ck_assert(!ask());
	ck_assert_uint_eq(ring.tail, pos + 4 * LEN);
	for (i = 0; i < 4; i++)
		ck_assert(add(LEN, RFS_OP_MKDIR));
	ck_assert(!add(LEN, RFS_OP_MKDIR));
	fill(busy, RFS_OP_UNLINK);
	fcdl_ring_commit(busy);
	ck_assert_uint_eq(fcdl_ring_said(&ring), pos + 8 * LEN);
	/* and the truth again: numbers 5 to 13 are all there */
	say(pos + 4 * LEN);
	seen.next = 5;
	take_all_mapped();
	ck_assert_uint_eq(seen.events, 8);
	ck_assert_uint_eq(seen.lost, 1);
	ck_assert(fcdl_ring_is_empty(&ring));
}
END_TEST

/* Anything in any order. A liar gets nothing that anybody vouches for; the rest of the machine must not notice. */
START_TEST(mapped_anything)
{
	struct fcdl_record *open[4] = {};
	u64 done[RFS_OP_MAX] = {}, total = 0, notes = 0;
	bool lies = _i & 1;
	u32 i, n;

	begin_mapped((1ULL << 32) - SIZE * (1 + _i));
	srand(_i);
	for (i = 0; i < 200000; i++) {
		u32 op = RFS_OP_CREATE + rand() % 8, len = sizeof(struct fcdl_event) + rand() % 60 * 8;

		switch (rand() % 8) {
		case 0:
			n = rand() % 4;
			if (open[n])
				fcdl_ring_commit(open[n]);
			open[n] = reserve(len, op);
			done[op]++;
			total++;
			break;
		case 1:
		case 2:
			add(len, op);
			done[op]++;
			total++;
			break;
		case 3:
			if (rand() % 20 == 0) {
				add_note();
				notes++;
			}
			break;
		case 4:
			n = rand() % 4;
			if (open[n] && rand() % 2) {
				fcdl_ring_commit(open[n]);
				open[n] = NULL;
			}
			if (rand() % 3 == 0)
				ask();
			break;
		default:
			if (lies)
				say(rand() % 2 ? (u32)ring.tail + rand() % SIZE : (u32)rand() << 1);
			else
				take_mapped();
		}
		expect(ring.head - ring.tail <= SIZE && map.kernel.head == (u32)ring.head);
		/* nobody's place was given to somebody else */
		for (n = 0; n < 4; n++)
			expect(!open[n] || open[n]->size & FCDL_BUSY);
	}
	for (n = 0; n < 4; n++)
		if (open[n])
			fcdl_ring_commit(open[n]);
	expect(ring.next_seq == total + 1);
	if (lies)
		return;
	take_all_mapped();
	ck_assert(fcdl_ring_is_empty(&ring));
	ck_assert_uint_eq(seen.events + seen.lost, total);
	ck_assert_uint_eq(seen.events, ring.read);
	ck_assert_uint_eq(seen.lost, ring.lost);
	ck_assert_uint_eq(seen.next, total + 1);
	ck_assert_uint_eq(seen.notes + seen.notes_lost, notes);
	ck_assert_mem_eq(seen.ops, done, sizeof(done));
	ck_assert_uint_gt(seen.events, 10000);
	ck_assert_uint_gt(seen.lost, 100);
}
END_TEST

/* Writers on several processors, and a reader that takes without the lock. */
START_TEST(writers_and_a_mapped_reader)
{
	pthread_t thread[WRITERS];
	u32 i;

	begin_mapped((1ULL << 32) - 3 * SIZE);
	for (i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, writer, (void *)(uintptr_t)i), 0);
	while (seen.next <= (u64)WRITERS * EACH) {
		if (take_mapped())
			continue;
		pthread_mutex_lock(&lock);
		ask();
		pthread_mutex_unlock(&lock);
	}
	for (i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
	ask();
	ck_assert(fcdl_ring_is_empty(&ring));
	for (i = 0; i < WRITERS; i++)
		ck_assert_uint_eq(seen.ops[RFS_OP_CREATE + i], EACH);
	ck_assert_uint_eq(seen.events, ring.read);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdl_ring");
	TCase *tc = tcase_create("ring");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, in_order, 0, 2);
	tcase_add_loop_test(tc, wraps_around, 0, 2);
	tcase_add_test(tc, exactly_full);
	tcase_add_test(tc, newest_is_lost);
	tcase_add_loop_test(tc, told_at_the_end, 0, 2);
	tcase_add_test(tc, oldest_is_lost);
	tcase_add_test(tc, lost_under_the_reader);
	tcase_add_loop_test(tc, half_filled, 0, 2);
	tcase_add_loop_test(tc, notes_among_events, 0, 2);
	tcase_add_loop_test(tc, too_long, 0, 2);
	tcase_add_loop_test(tc, anything, 0, 6);
	tcase_add_test(tc, writers_and_a_reader);
	tcase_add_loop_test(tc, mapped_in_order, 0, 2);
	tcase_add_test(tc, mapped_pad);
	tcase_add_test(tc, mapped_room);
	tcase_add_loop_test(tc, mapped_told_at_the_end, 0, 3);
	tcase_add_test(tc, mapped_lies);
	tcase_add_loop_test(tc, mapped_anything, 0, 6);
	tcase_add_test(tc, writers_and_a_mapped_reader);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
