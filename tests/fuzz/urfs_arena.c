// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/urfs/arena.c
 *
 * The map of a connection's arena: any sequence of alloc and free, with arguments that are right, nearly right and wrong,
 * gives what a model with one byte per unit gives, and leaves the same map.
 */
#include <errno.h>
#include "fuzz.h"
#include "tests/model/arena.h"

#define MAX_UNITS 200

static char model[MAX_UNITS];

static void check_map(const struct urfs_arena *arena)
{
	u32 i, used = 0;

	for (i = 0; i < arena->units; i++) {
		expect((arena->map[i / 64] >> (i % 64) & 1) == (u64)model[i]);
		used += (u32)model[i];
		expect(i >= arena->hint || model[i]);
	}
	/* nor is anything marked beyond the end */
	expect(i % 64 == 0 || !(arena->map[i / 64] >> (i % 64)));
	expect(used == arena->used);
}

static void try_alloc(struct fuzz *in, struct urfs_arena *arena)
{
	u32 units = (u32)fuzz_number(in), wanted = URFS_ARENA_NONE;

	if (units && units <= arena->units)
		wanted = model_find(model, arena->units, units);
	expect(urfs_arena_alloc(arena, units) == wanted);
	if (wanted != URFS_ARENA_NONE)
		memset(model + wanted, 1, units);
}

static void try_free(struct fuzz *in, struct urfs_arena *arena)
{
	u64 first = (u32)(fuzz_byte(in) % 8 ? fuzz_below(in, arena->units + 1) : fuzz_number(in));
	u64 units = (u32)fuzz_number(in), i;
	bool good = first + units <= arena->units;

	for (i = first; good && i < first + units; i++)
		good = model[i];
	expect(urfs_arena_free(arena, (u32)first, (u32)units) == (good ? 0 : -EINVAL));
	if (good)
		memset(model + first, 0, units);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz in = { data, size };
	u32 units = fuzz_below(&in, MAX_UNITS) + 1;
	u64 *map = malloc(urfs_arena_map_words(units) * sizeof(*map));
	struct urfs_arena arena;

	memset(model, 0, sizeof(model));
	urfs_arena_init(&arena, map, units);
	while (in.left) {
		if (fuzz_byte(&in) % 5 < 3)
			try_alloc(&in, &arena);
		else
			try_free(&in, &arena);
		check_map(&arena);
	}
	free(map);
	return 0;
}
