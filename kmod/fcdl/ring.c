// SPDX-License-Identifier: GPL-2.0-only
#include <asm/barrier.h>
#include <linux/string.h>
#include <linux/types.h>

#include "ring.h"

static struct fcdl_record *at(const struct fcdl_ring *ring, u64 pos)
{
	return (struct fcdl_record *)(ring->data + (pos & (ring->size - 1)));
}

void fcdl_ring_init(struct fcdl_ring *ring, void *data, u32 size, bool oldest)
{
	memset(ring, 0, sizeof(*ring));
	ring->data = data;
	ring->size = size;
	ring->oldest = oldest;
	ring->next_seq = 1;
}

void fcdl_ring_share(struct fcdl_ring *ring, const struct fcdl_map_reader *reader, struct fcdl_map_kernel *kernel)
{
	ring->reader = reader;
	ring->kernel = kernel;
}

/* ---- Losses ---- */

static bool is_loss(const struct fcdl_loss *loss)
{
	return loss->count || loss->notes;
}

/* Adds losses that follow those that are there. */
static void loss_add(struct fcdl_loss *loss, u64 first, u32 op, u64 count)
{
	if (!is_loss(loss))
		loss->first = first;
	loss->count += count;
	loss->ops[op] += count;
}

static u32 loss_size(const struct fcdl_loss *loss)
{
	u32 op, size = sizeof(struct fcdl_lost);

	for (op = 0; op < RFS_OP_MAX; op++)
		if (loss->ops[op])
			size += sizeof(struct fcdl_lost_op);
	return size;
}

/*
 * Makes a record of the losses, which are told thereby. The place has loss_size() bytes; its size member is left alone at
 * all times, since it may be in sight of the reader.
 */
static void loss_tell(struct fcdl_loss *loss, struct fcdl_lost *lost)
{
	struct fcdl_lost_op *ops = (struct fcdl_lost_op *)(lost + 1);
	const size_t skip = sizeof(lost->record.size);
	u32 op;

	memset((u8 *)lost + skip, 0, sizeof(*lost) - skip);
	lost->record.type = FCDL_LOST;
	lost->record.fixed = sizeof(*lost);
	lost->record.seq = loss->first;
	fcdl_record_stamp(&lost->record, &loss->times);
	lost->count = loss->count;
	lost->notes = loss->notes;
	lost->reasons = loss->reasons;
	for (op = 0; op < RFS_OP_MAX; op++)
		if (loss->ops[op])
			ops[lost->nr_ops++] = (struct fcdl_lost_op){ .op = op, .count = loss->ops[op] };
	memset(loss, 0, sizeof(*loss));
}

void fcdl_ring_lose(struct fcdl_ring *ring, u32 op, u32 reason, const struct fcdl_times *times)
{
	loss_add(&ring->back, ring->next_seq++, op, 1);
	ring->back.reasons |= reason;
	ring->back.times = *times;
	ring->lost++;
}

void fcdl_ring_lose_note(struct fcdl_ring *ring, u32 reason, const struct fcdl_times *times)
{
	if (!is_loss(&ring->back))
		ring->back.first = ring->next_seq;
	ring->back.notes++;
	ring->back.reasons |= reason;
	ring->back.times = *times;
}

/* ---- Throwing away ---- */

/* A lost record that is itself thrown away: what it told of is to be told again. */
static void lose_lost(struct fcdl_ring *ring, const struct fcdl_lost *lost)
{
	const struct fcdl_lost_op *ops = (const struct fcdl_lost_op *)(lost + 1);
	u32 i;

	if (!is_loss(&ring->front))
		ring->front.first = lost->record.seq;
	for (i = 0; i < lost->nr_ops; i++)
		loss_add(&ring->front, lost->record.seq, ops[i].op, ops[i].count);
	ring->front.notes += lost->notes;
	ring->front.reasons |= lost->reasons;
}

/* Return: false if there is nothing to throw away, or the oldest record is being filled. */
static bool drop_oldest(struct fcdl_ring *ring)
{
	const struct fcdl_record *record = at(ring, ring->tail);
	u32 size;

	if (ring->tail == ring->head)
		return false;
	size = smp_load_acquire(&record->size);
	if (size & FCDL_BUSY)
		return false;
	switch (record->type) {
	case FCDL_EVENT:
		loss_add(&ring->front, record->seq, ((const struct fcdl_event *)record)->op, 1);
		ring->lost++;
		break;
	case FCDL_LOST:
		lose_lost(ring, (const struct fcdl_lost *)record);
		break;
	case FCDL_NOTE:
		if (!is_loss(&ring->front))
			ring->front.first = record->seq;
		ring->front.notes++;
		break;
	}
	if (record->type != FCDL_PAD) {
		ring->front.reasons |= FCDL_LOST_FULL;
		ring->front.times = fcdl_record_times(record);
	}
	ring->tail += size;
	return true;
}

/* ---- Letting go of what the reader of a shared ring has taken ---- */

u64 fcdl_ring_said(const struct fcdl_ring *ring)
{
	u32 ahead;

	if (!ring->reader)
		return ring->tail;
	/*
	 * Looked at once. Pairs with the reader's release: what is put there from now on comes after its last look. What
	 * is not between our own positions says nothing: the ring is much shorter than 2^32.
	 */
	ahead = smp_load_acquire(&ring->reader->tail) - (u32)ring->tail;
	return ring->tail + (ahead <= ring->head - ring->tail ? ahead : 0);
}

/* Return: false: the reader has not taken the record at the tail, or cannot have. */
static bool let_go_one(struct fcdl_ring *ring, u64 said)
{
	const struct fcdl_record *record = at(ring, ring->tail);
	s64 ahead = said - ring->tail;
	u32 size;

	/* it may be behind: others have let go of more, meanwhile */
	if (ahead <= 0)
		return false;
	size = smp_load_acquire(&record->size);
	if (size & FCDL_BUSY || size > ahead)
		return false;
	ring->read += record->type == FCDL_EVENT;
	ring->tail += size;
	return true;
}

bool fcdl_ring_let_go(struct fcdl_ring *ring, u64 said, u32 max)
{
	while (max--)
		if (!let_go_one(ring, said))
			return false;
	return true;
}

/* ---- Writers ---- */

/* What is left up to the end of the memory */
static u32 up_to_end(const struct fcdl_ring *ring, u64 pos)
{
	return ring->size - (pos & (ring->size - 1));
}

/* Where a record of @len that is to begin at @pos at the earliest would end. */
static u64 end_of(const struct fcdl_ring *ring, u64 pos, u32 len)
{
	u32 left = up_to_end(ring, pos);

	return pos + (len > left ? left : 0) + len;
}

/* The room is known to be there. */
static struct fcdl_record *put(struct fcdl_ring *ring, u32 len)
{
	struct fcdl_record *record = at(ring, ring->head);
	u32 left = up_to_end(ring, ring->head);

	if (len > left) {
		record->type = FCDL_PAD;
		record->fixed = 0;
		smp_store_release(&record->size, left);
		ring->head += left;
		record = at(ring, ring->head);
	}
	record->size = len | FCDL_BUSY;
	ring->head += len;
	/* the reader who sees it sees that the place is being filled */
	if (ring->kernel)
		smp_store_release(&ring->kernel->head, (u32)ring->head);
	return record;
}

/* What was lost before a record goes in front of it, both or neither: how long that is */
static u32 lost_len(const struct fcdl_ring *ring)
{
	return is_loss(&ring->back) ? loss_size(&ring->back) : 0;
}

static bool has_room(const struct fcdl_ring *ring, u32 len)
{
	u32 lost = lost_len(ring);
	u64 end = lost ? end_of(ring, ring->head, lost) : ring->head;

	return end_of(ring, end, len) - ring->tail <= ring->size;
}

static bool make_room(struct fcdl_ring *ring, u32 len)
{
	u64 said;

	if (has_room(ring, len))
		return true;
	said = fcdl_ring_said(ring);
	while (let_go_one(ring, said) || (ring->oldest && drop_oldest(ring)))
		if (has_room(ring, len))
			return true;
	return false;
}

static void put_losses(struct fcdl_ring *ring)
{
	struct fcdl_record *record = put(ring, lost_len(ring));

	loss_tell(&ring->back, (struct fcdl_lost *)record);
	fcdl_ring_commit(record);
}

struct fcdl_record *fcdl_ring_reserve(struct fcdl_ring *ring, u32 len, bool is_event)
{
	struct fcdl_record *record;

	if (len > fcdl_ring_record_max(ring->size) || !make_room(ring, len))
		return NULL;
	if (lost_len(ring))
		put_losses(ring);
	record = put(ring, len);
	record->seq = ring->next_seq;
	if (is_event)
		ring->next_seq++;
	return record;
}

void fcdl_ring_commit(struct fcdl_record *record)
{
	/* the reader sees the record's bytes if it sees that they are there */
	smp_store_release(&record->size, record->size & ~FCDL_BUSY);
}

/* ---- The reader ---- */

static void tell(struct fcdl_ring *ring, struct fcdl_loss *loss)
{
	ring->told.lost.record.size = loss_size(loss);
	loss_tell(loss, &ring->told.lost);
}

bool fcdl_ring_peek(struct fcdl_ring *ring, struct fcdl_peek *peek)
{
	const struct fcdl_record *record;
	u32 size;

	if (!ring->told.lost.record.size && is_loss(&ring->front))
		tell(ring, &ring->front);
	while (!ring->told.lost.record.size && ring->tail != ring->head) {
		record = at(ring, ring->tail);
		size = smp_load_acquire(&record->size);
		if (size & FCDL_BUSY)
			return false;
		if (record->type != FCDL_PAD) {
			*peek = (struct fcdl_peek){ record, size, ring->tail };
			return true;
		}
		ring->tail += size;
	}
	if (!ring->told.lost.record.size && is_loss(&ring->back))
		tell(ring, &ring->back);
	*peek = (struct fcdl_peek){ &ring->told.lost.record, ring->told.lost.record.size, ring->tail };
	return peek->len;
}

bool fcdl_ring_take(struct fcdl_ring *ring, const struct fcdl_peek *peek)
{
	if (peek->record == &ring->told.lost.record) {
		ring->told.lost.record.size = 0;
		return true;
	}
	if (ring->tail != peek->tail)
		return false;
	ring->read += peek->record->type == FCDL_EVENT;
	ring->tail += peek->len;
	return true;
}

bool fcdl_ring_show(struct fcdl_ring *ring)
{
	const struct fcdl_record *record;
	u64 pos;
	u32 size;

	if (ring->tail == ring->head && is_loss(&ring->back))
		put_losses(ring);
	for (pos = ring->tail; pos != ring->head; pos += size) {
		record = at(ring, pos);
		size = smp_load_acquire(&record->size);
		if (size & FCDL_BUSY)
			return false;
		/* behind it there is always one */
		if (record->type != FCDL_PAD)
			return true;
	}
	return false;
}

bool fcdl_ring_is_empty(const struct fcdl_ring *ring)
{
	return ring->tail == ring->head && !ring->told.lost.record.size && !is_loss(&ring->front) &&
	       !is_loss(&ring->back);
}
