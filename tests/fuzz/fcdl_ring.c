// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/fcdl/ring.c
 *
 * The ring of a reader of the log: any order of writers that take places and fill them, of losses, and of a reader that
 * may be overtaken between looking and taking, or maps the ring, and may then lie about what it has taken. Every number is
 * accounted for once (to a liar: the ring stays whole, and no place that is being filled is given away), nothing is refused
 * that has room, and no byte outside the ring is touched.
 */
#include "fuzz.h"
#include "tests/model/ring.h"

#define WRITERS 6

static struct fcdl_ring ring;
static struct seen seen;
static u64 events, lost, notes, ops[RFS_OP_MAX];
static enum { READS, MAPS, LIES } reader;
static struct mapped map;
static u64 taken; /* MAPS: from the mapping */
static struct {
	struct fcdl_record *record;
	u64 pos;
} filling[WRITERS];

/* Where a record of @len behind @pos ends: records do not wrap around. */
static u64 model_end(u64 pos, u32 len)
{
	u64 wraps = pos / ring.size;

	return len && (pos + len - 1) / ring.size != wraps ? (wraps + 1) * ring.size + len : pos + len;
}

static bool model_has_room(u32 len)
{
	u64 tail = reader == MAPS ? taken : ring.tail;
	u32 lost_len = 0, op;

	if (ring.back.count || ring.back.notes)
		lost_len = sizeof(struct fcdl_lost);
	for (op = 0; op < RFS_OP_MAX; op++)
		lost_len += ring.back.ops[op] ? sizeof(struct fcdl_lost_op) : 0;
	return len <= ring.size / 4 && model_end(model_end(ring.head, lost_len), len) - tail <= ring.size;
}

static bool oldest_is_filled(void)
{
	unsigned int w;

	for (w = 0; w < WRITERS; w++)
		if (filling[w].record && filling[w].pos == ring.tail)
			return false;
	return true;
}

static struct fcdl_record *reserve(u32 len, bool is_event)
{
	bool room = model_has_room(len);
	struct fcdl_record *record = fcdl_ring_reserve(&ring, len, is_event);

	if (reader != LIES && (room || !ring.oldest))
		expect(!!record == room);
	else if (!record && ring.oldest)
		expect(len > ring.size / 4 || !oldest_is_filled());
	if (record)
		expect(record->seq == ring.next_seq - is_event && record->size == (len | FCDL_BUSY));
	return record;
}

static void begin_event(struct fuzz *in)
{
	const struct fcdl_times now = { 1, 2, 3 };
	u32 len = sizeof(struct fcdl_event) + 8 * fuzz_below(in, 80), op = 1 + fuzz_byte(in) % 63;
	unsigned int w = fuzz_byte(in) % WRITERS;
	struct fcdl_record *record;

	if (filling[w].record)
		return;
	events++;
	ops[op]++;
	record = reserve(len, true);
	if (!record) {
		fcdl_ring_lose(&ring, op, FCDL_LOST_FULL, &now);
		return;
	}
	fill(record, op);
	filling[w].record = record;
	filling[w].pos = ring.head - len;
}

static void end_event(unsigned int w)
{
	/* else somebody else was given the place, and filled it */
	if (filling[w].record)
		expect(filling[w].record->size & FCDL_BUSY);
	if (filling[w].record)
		fcdl_ring_commit(filling[w].record);
	filling[w].record = NULL;
}

static void note(void)
{
	const struct fcdl_times now = { 4, 5, 6 };
	struct fcdl_record *record = reserve(sizeof(struct fcdl_note), false);

	notes++;
	if (!record) {
		fcdl_ring_lose_note(&ring, FCDL_LOST_FULL, &now);
		return;
	}
	fill_note(record);
	fcdl_ring_commit(record);
}

/* The reader copies without the lock, and only then learns whether it was overtaken. */
static void take(struct fuzz *in)
{
	struct fcdl_record *copy;
	struct fcdl_peek peek;

	if (!fcdl_ring_peek(&ring, &peek))
		return;
	copy = malloc(peek.len);
	memcpy(copy, peek.record, peek.len);
	while (in && fuzz_byte(in) % 4 == 3)
		begin_event(in);
	if (fcdl_ring_take(&ring, &peek)) {
		expect(copy->size == peek.len);
		see(&seen, copy);
	}
	free(copy);
}

/* What poll() does */
static bool ask(u32 step)
{
	while (fcdl_ring_let_go(&ring, fcdl_ring_said(&ring), step))
		;
	return fcdl_ring_show(&ring);
}

/* One record from the mapping. Return: there was one */
static bool take_mapped(void)
{
	const struct fcdl_record *record;
	u32 tail = (u32)taken;

	record = mapped_next(&map, &ring, &tail);
	if (record)
		see(&seen, record);
	taken += tail - (u32)taken;
	map.reader.tail = tail;
	return record;
}

static void lie(struct fuzz *in)
{
	u32 near = fuzz_below(in, ring.size + 64) - 32;

	map.reader.tail = fuzz_byte(in) % 4 ? (u32)ring.tail + near : (u32)fuzz_number(in);
	if (fuzz_byte(in) % 2)
		ask(1 + fuzz_byte(in) % 4);
}

static void use(struct fuzz *in)
{
	switch (reader) {
	case READS:
		take(in);
		break;
	case MAPS:
		if (!take_mapped() || !(fuzz_byte(in) % 4))
			ask(1 + fuzz_byte(in) % 4);
		break;
	case LIES:
		lie(in);
		break;
	}
}

static void begin(struct fuzz *in)
{
	u32 size = 2048u << fuzz_byte(in) % 3, how = fuzz_byte(in);

	memset(&seen, 0, sizeof(seen));
	memset(filling, 0, sizeof(filling));
	memset(ops, 0, sizeof(ops));
	events = lost = notes = 0;
	seen.next = 1;
	fcdl_ring_init(&ring, malloc(size), size, how % 2);
	/* the oldest are not thrown away from under a mapping */
	reader = how % 2 ? READS : how / 2 % 3;
	/* positions go on for ever */
	ring.head = ring.tail = taken = (u64)size * fuzz_number(in);
	if (reader == READS)
		return;
	memset(&map, 0, sizeof(map));
	map.kernel.head = map.reader.tail = (u32)ring.tail;
	fcdl_ring_share(&ring, &map.reader, &map.kernel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz in = { data, size };
	unsigned int w;

	begin(&in);
	while (in.left) {
		u8 what = fuzz_byte(&in);

		if (what < 110)
			begin_event(&in);
		else if (what < 190)
			end_event(what % WRITERS);
		else if (what < 205)
			note();
		else
			use(&in);
		expect(ring.head - ring.tail <= ring.size);
		expect(reader == READS || map.kernel.head == (u32)ring.head);
	}
	for (w = 0; w < WRITERS; w++)
		end_event(w);
	if (reader == LIES) {
		/* the truth, for once */
		do
			map.reader.tail = map.kernel.head;
		while (ask(1));
		expect(fcdl_ring_is_empty(&ring) && ring.next_seq == events + 1);
		free(ring.data);
		return 0;
	}
	do
		while (reader == MAPS && take_mapped())
			;
	while (reader == MAPS && ask(2));
	while (!fcdl_ring_is_empty(&ring))
		take(NULL);
	expect(reader == READS || seen.events == ring.read);
	expect(seen.events + seen.lost == events && seen.next == events + 1 && ring.next_seq == events + 1);
	expect(seen.lost == ring.lost);
	expect(seen.notes + seen.notes_lost == notes);
	expect(!memcmp(seen.ops, ops, sizeof(ops)));
	free(ring.data);
	return 0;
}
