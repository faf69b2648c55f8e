// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/types.h>

#include "arena.h"

/* The bits of one word from bit @from on, @count of them at most; *@done says how many. */
static u64 word_mask(u32 from, u32 count, u32 *done)
{
	u32 n = 64 - from;

	if (n > count)
		n = count;
	*done = n;
	return (n == 64 ? ~0ULL : (1ULL << n) - 1) << from;
}

/* Length of the run of equal bits at @pos, cut at the end of the word and of the map. */
static u32 run_at(const struct urfs_arena *arena, u32 pos, bool *used)
{
	u64 word = arena->map[pos / 64] >> (pos % 64);
	u32 max = 64 - pos % 64, n;

	*used = word & 1;
	if (*used)
		word = ~word;
	n = word ? (u32)__builtin_ctzll(word) : 64;
	if (n > max)
		n = max;
	return n < arena->units - pos ? n : arena->units - pos;
}

static void mark(struct urfs_arena *arena, u32 first, u32 units)
{
	u32 n;

	for (; units; first += n, units -= n)
		arena->map[first / 64] |= word_mask(first % 64, units, &n);
}

/* urfs_arena_init() - everything free; @map is zeroed here */
void urfs_arena_init(struct urfs_arena *arena, u64 *map, u32 units)
{
	u32 i;

	for (i = 0; i < urfs_arena_map_words(units); i++)
		map[i] = 0;
	arena->map = map;
	arena->units = units;
	arena->used = 0;
	arena->hint = 0;
}

/*
 * urfs_arena_alloc() - take @units units that lie side by side
 *
 * Return: the first one, or URFS_ARENA_NONE.
 */
u32 urfs_arena_alloc(struct urfs_arena *arena, u32 units)
{
	u32 pos = arena->hint, run = 0, first = URFS_ARENA_NONE;

	if (!units || units > arena->units - arena->used)
		return URFS_ARENA_NONE;
	while (pos < arena->units) {
		bool used;
		u32 n = run_at(arena, pos, &used);

		if (!used && first == URFS_ARENA_NONE)
			first = pos;
		run = used ? 0 : run + n;
		pos += n;
		if (run >= units) {
			u32 start = pos - run;

			mark(arena, start, units);
			arena->used += units;
			/* only if nothing free was passed over on the way */
			if (start == first)
				arena->hint = start + units;
			return start;
		}
	}
	return URFS_ARENA_NONE;
}

/*
 * urfs_arena_free() - give a run back, or the end of one
 *
 * Return: 0, or -EINVAL if not all of it was in use; nothing changed then.
 */
int urfs_arena_free(struct urfs_arena *arena, u32 first, u32 units)
{
	u32 pos, left, n;

	if (first > arena->units || units > arena->units - first)
		return -EINVAL;
	for (pos = first, left = units; left; pos += n, left -= n) {
		u64 mask = word_mask(pos % 64, left, &n);

		if ((arena->map[pos / 64] & mask) != mask)
			return -EINVAL;
	}
	for (pos = first, left = units; left; pos += n, left -= n)
		arena->map[pos / 64] &= ~word_mask(pos % 64, left, &n);
	arena->used -= units;
	if (units && first < arena->hint)
		arena->hint = first;
	return 0;
}
