/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arena.h - which parts of a connection's arena are in use
 *
 * Only bookkeeping: the memory itself is never touched, since the handler can write to it. Units of URFS_BLOCK_ALIGN
 * bytes are handed out in runs, lowest free one first, so that a busy connection uses the same few pages again and again.
 *
 * LOCKING: none of its own; the owner's lock covers every call. Pure: compiled for the host by tests/unit as well.
 */
#ifndef URFS_ARENA_H
#define URFS_ARENA_H

#include <linux/types.h>

/**
 * struct urfs_arena - the map
 * @map:	one bit per unit, set if in use; memory of the owner's, at least urfs_arena_map_words() long
 * @units:	how many there are
 * @used:	of these, in use
 * @hint:	no unit below this one is free
 */
struct urfs_arena {
	u64 *map;
	u32 units;
	u32 used;
	u32 hint;
};

/* Not a unit: what urfs_arena_alloc() gives when there is no room. */
#define URFS_ARENA_NONE 0xffffffffU

/* How many words a map of @units takes. */
static inline u32 urfs_arena_map_words(u32 units)
{
	return (units + 63) / 64;
}

void urfs_arena_init(struct urfs_arena *arena, u64 *map, u32 units);
u32 urfs_arena_alloc(struct urfs_arena *arena, u32 units);
int urfs_arena_free(struct urfs_arena *arena, u32 first, u32 units);

#endif /* URFS_ARENA_H */
