/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring.h - a writer whose records show a byte that does not belong, and a reader that checks that every number is
 * accounted for exactly once
 *
 * Who includes it has a macro expect(condition) that ends the test.
 */
#ifndef MODEL_RING_H
#define MODEL_RING_H

#include <string.h>
#include "fcdl/ring.h"

/* What the reader has been told so far */
struct seen {
	u64 next; /* number that comes next */
	u64 events;
	u64 lost;
	u64 notes;
	u64 notes_lost;
	u64 ops[RFS_OP_MAX]; /* delivered and lost */
	u32 reasons;
};

/* The whole of a record that is an event is made of its number, so that a byte that does not belong shows. */
static inline void fill(struct fcdl_record *record, u32 op)
{
	u32 len = record->size & ~FCDL_BUSY;
	struct fcdl_event *event = (struct fcdl_event *)record;

	record->type = FCDL_EVENT;
	record->fixed = sizeof(*event);
	record->mono_ns = 10;
	memset(event + 1, (int)(record->seq & 0xff), len - sizeof(*event));
	event->op = op;
}

static inline void fill_note(struct fcdl_record *record)
{
	record->type = FCDL_NOTE;
	record->fixed = sizeof(struct fcdl_note);
}

static inline void see_event(struct seen *seen, const struct fcdl_event *event)
{
	const u8 *rest = (const u8 *)(event + 1);
	u32 i;

	expect(event->record.seq == seen->next);
	for (i = sizeof(*event); i < event->record.size; i++)
		expect(*rest++ == (u8)event->record.seq);
	seen->next++;
	seen->events++;
	seen->ops[event->op]++;
}

static inline void see_lost(struct seen *seen, const struct fcdl_lost *lost)
{
	const struct fcdl_lost_op *ops = (const struct fcdl_lost_op *)(lost + 1);
	u64 sum = 0;
	u32 i;

	expect(lost->record.fixed == sizeof(*lost));
	expect(lost->record.size == sizeof(*lost) + lost->nr_ops * sizeof(*ops));
	expect(lost->record.seq == seen->next);
	expect(lost->count || lost->notes);
	expect(lost->reasons);
	for (i = 0; i < lost->nr_ops; i++) {
		expect(ops[i].count > 0);
		expect(!i || ops[i].op > ops[i - 1].op);
		sum += ops[i].count;
		seen->ops[ops[i].op] += ops[i].count;
	}
	expect(sum == lost->count);
	seen->next += lost->count;
	seen->lost += lost->count;
	seen->notes_lost += lost->notes;
	seen->reasons |= lost->reasons;
}

/* A record that the reader has taken. */
static inline void see(struct seen *seen, const struct fcdl_record *record)
{
	expect(record->type == FCDL_EVENT || record->type == FCDL_LOST || record->type == FCDL_NOTE);
	switch (record->type) {
	case FCDL_EVENT:
		see_event(seen, (const struct fcdl_event *)record);
		break;
	case FCDL_LOST:
		see_lost(seen, (const struct fcdl_lost *)record);
		break;
	default:
		seen->notes++;
	}
}

/* ---- A reader that maps the ring, by the words of fcdl_abi.h ---- */

struct mapped {
	struct fcdl_map_reader reader;
	struct fcdl_map_kernel kernel;
};

/* The next record at @tail, which goes behind it; NULL if there is none yet. */
static inline const struct fcdl_record *mapped_next(const struct mapped *m, const struct fcdl_ring *ring, u32 *tail)
{
	const struct fcdl_record *record;
	u32 size;

	for (;;) {
		u32 head = __atomic_load_n(&m->kernel.head, __ATOMIC_ACQUIRE);

		if (*tail == head)
			return NULL;
		expect(head - *tail <= ring->size);
		record = (const void *)(ring->data + *tail % ring->size);
		size = __atomic_load_n(&record->size, __ATOMIC_ACQUIRE);
		if (size & FCDL_BUSY)
			return NULL;
		expect(size && !(size % 8) && size <= head - *tail && *tail % ring->size + size <= ring->size);
		*tail += size;
		if (record->type != FCDL_PAD)
			return record;
	}
}

#endif /* MODEL_RING_H */
