/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring.h - the ring of one reader: records in order, and what became of those that found no room
 *
 * A writer takes a place (reserve) under the owner's lock, which gives the event its number; it fills the place without
 * the lock, and says that it is done (commit). A place that is being filled holds back the ones behind it, until then
 * and no longer. Records never wrap around: what is too short at the end is filled with a FCDL_PAD.
 *
 * Losses are counted in two places: in front of everything that is in the ring (the oldest were thrown away), and behind
 * it (the newest found no room). Each becomes a FCDL_LOST record where it belongs: the former when the reader takes the
 * next record, the latter in front of the next record that finds room, or when the reader has taken all others. So it is
 * known of every number whether its event is there.
 *
 * There are two ways to read. Either the owner takes records for the reader: peek and take. Or the ring is shared with
 * the reader, who takes them from its mapping and says how far it came: let_go and show. Nothing but that one number
 * comes from the reader, and sizes of records, by which we walk, are ours: it cannot write where they are. Its number is
 * looked at only where it is needed: when a writer finds no room, record by record until there is, and when the reader
 * asks. So @tail is behind what the reader has taken, most of the time, and each record is walked over once.
 *
 * LOCKING: none of its own; the owner's lock covers every call but fcdl_ring_commit(). Pure: compiled for the host by
 * tests/unit as well.
 */
#ifndef FCDL_RING_H
#define FCDL_RING_H

#include <linux/types.h>
#include <fcdl_abi.h>

/* When something happened, on three clocks. */
struct fcdl_times {
	u64 mono_ns;
	u64 wall_ns;
	u64 boot_ns;
};

static inline struct fcdl_times fcdl_record_times(const struct fcdl_record *record)
{
	return (struct fcdl_times){ record->mono_ns, record->wall_ns, record->boot_ns };
}

static inline void fcdl_record_stamp(struct fcdl_record *record, const struct fcdl_times *times)
{
	record->mono_ns = times->mono_ns;
	record->wall_ns = times->wall_ns;
	record->boot_ns = times->boot_ns;
}

/**
 * struct fcdl_loss - events in a row that were lost
 * @first:	number of the first one
 * @count:	how many
 * @notes:	notes that were lost with them
 * @reasons:	FCDL_LOST_ bits
 * @times:	of the last one
 * @ops:	how many of each operation
 */
struct fcdl_loss {
	u64 first;
	u64 count;
	u64 notes;
	u32 reasons;
	struct fcdl_times times;
	u64 ops[RFS_OP_MAX];
};

/**
 * struct fcdl_ring
 * @data:	memory of the owner's, @size bytes
 * @size:	a power of two
 * @oldest:	throw the oldest away when it is full
 * @reader:	shared with the reader, who may write anything there at any time; NULL: not shared
 * @kernel:	shared with the reader, who can only read it
 * @head:	where the next record goes; bytes since the beginning, never wraps, and so does @tail
 * @tail:	the first record that the reader has not taken, as far as we know
 * @next_seq:	number of the next event
 * @lost:	events lost so far
 * @read:	events that the reader has taken, as far as we know
 * @front:	losses before @tail, behind @told
 * @back:	losses before @next_seq
 * @told:	a FCDL_LOST record, made of @front or @back, which is what the reader takes next if its size is not 0. Only
 *		the reader changes it
 */
struct fcdl_ring {
	u8 *data;
	u32 size;
	bool oldest;
	const struct fcdl_map_reader *reader;
	struct fcdl_map_kernel *kernel;
	u64 head;
	u64 tail;
	u64 next_seq;
	u64 lost;
	u64 read;
	struct fcdl_loss front;
	struct fcdl_loss back;
	struct {
		struct fcdl_lost lost;
		struct fcdl_lost_op ops[RFS_OP_MAX];
	} told;
};

/**
 * struct fcdl_peek - the record that the reader takes next
 * @record:	it; may be read without the lock, and is what it seems to be if fcdl_ring_take() says so afterwards
 * @len:	its length
 * @tail:	where the ring was
 */
struct fcdl_peek {
	const struct fcdl_record *record;
	u32 len;
	u64 tail;
};

/* Longest record that a ring of this size takes. */
static inline u32 fcdl_ring_record_max(u32 size)
{
	return size / 4;
}

void fcdl_ring_init(struct fcdl_ring *ring, void *data, u32 size, bool oldest);
/* fcdl_ring_share() - the reader takes records by itself; of a new ring whose @oldest is not set. The memory is zeroed. */
void fcdl_ring_share(struct fcdl_ring *ring, const struct fcdl_map_reader *reader, struct fcdl_map_kernel *kernel);

/*
 * fcdl_ring_reserve() - take a place for a record
 * @len:	of the record, a multiple of 8, at least sizeof(struct fcdl_record)
 *
 * Return: the place, of which the header's size and seq are filled, for fcdl_ring_commit(); NULL if there is no room:
 * then nothing has changed, but that the oldest, or what the reader has taken from a shared ring, may have gone.
 */
struct fcdl_record *fcdl_ring_reserve(struct fcdl_ring *ring, u32 len, bool is_event);

/* fcdl_ring_commit() - the place is filled; any context, without the lock. The place is not the caller's any more. */
void fcdl_ring_commit(struct fcdl_record *record);

/* fcdl_ring_lose() - count an event that will not be in the ring; it gets its number here */
void fcdl_ring_lose(struct fcdl_ring *ring, u32 op, u32 reason, const struct fcdl_times *times);
/* fcdl_ring_lose_note() - the same for a note, which has no number */
void fcdl_ring_lose_note(struct fcdl_ring *ring, u32 reason, const struct fcdl_times *times);

/* ---- The reader of a ring that is not shared ---- */

/* fcdl_ring_peek() - look at the next record. Return: false if there is none, or it is being filled. */
bool fcdl_ring_peek(struct fcdl_ring *ring, struct fcdl_peek *peek);
/* fcdl_ring_take() - the reader is done with it. Return: false if it was thrown away meanwhile. */
bool fcdl_ring_take(struct fcdl_ring *ring, const struct fcdl_peek *peek);

/* ---- The reader of a shared ring ---- */

/* fcdl_ring_said() - up to where the reader says that it has taken records: between tail and head, whatever it said */
u64 fcdl_ring_said(const struct fcdl_ring *ring);
/*
 * fcdl_ring_let_go() - let go of records that the reader has taken
 * @said:	as fcdl_ring_said() gave it, perhaps some time ago
 * @max:	of no more at a time
 *
 * Return: false if there are no more.
 */
bool fcdl_ring_let_go(struct fcdl_ring *ring, u64 said, u32 max);
/* fcdl_ring_show() - is there a record at the tail? If there is nothing else the losses become one. */
bool fcdl_ring_show(struct fcdl_ring *ring);

/* fcdl_ring_is_empty() - nothing is there, also nothing that is being filled or to be told */
bool fcdl_ring_is_empty(const struct fcdl_ring *ring);

#endif /* FCDL_RING_H */
