/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arena.h - the map of an arena with one byte per unit */
#ifndef MODEL_ARENA_H
#define MODEL_ARENA_H

#include "urfs/arena.h"

/* The first place where @units fit. */
static inline u32 model_find(const char *model, u32 size, u32 units)
{
	u32 start, n;

	for (start = 0; start + units <= size; start++) {
		for (n = 0; n < units && !model[start + n]; n++)
			;
		if (n == units)
			return start;
	}
	return URFS_ARENA_NONE;
}

#endif /* MODEL_ARENA_H */
