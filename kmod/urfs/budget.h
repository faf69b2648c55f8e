/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * budget.h - how long callers may hold one directory's lock while they wait
 *
 * Whoever waits under a directory's lock makes others queue behind it, uninterruptibly. So each inode whose lock is held
 * has URFS_BUDGET_NS of waiting in any URFS_BUDGET_WINDOW_NS; when that is spent defaults are given at once.
 *
 * The window is kept in slices, one more than the window is long, so that no window of that length, wherever it begins,
 * holds more than the budget. The table is small and fixed: a set of ways per hash, and the entry with the least
 * waiting in it makes room for a new one.
 *
 * LOCKING: none of its own; see urfs_budget_left() in wait.c. Pure: compiled for the host by tests/unit as well.
 */
#ifndef URFS_BUDGET_H
#define URFS_BUDGET_H

#include <linux/types.h>

#define URFS_BUDGET_NS 10000000000ULL
#define URFS_BUDGET_SLICES 7
#define URFS_BUDGET_SLICE_NS 10000000000ULL
#define URFS_BUDGET_WINDOW_NS (URFS_BUDGET_SLICE_NS * (URFS_BUDGET_SLICES - 1))
#define URFS_BUDGET_SETS 64
#define URFS_BUDGET_WAYS 4

/**
 * struct urfs_budget_entry - the waiting of one inode
 * @key:	which inode; NULL: free. Never followed. An inode at the address of one that is gone inherits what is left
 *		of its window, which harms nobody for longer than that.
 * @slice:	number of the newest slice
 * @spent:	nanoseconds waited in each slice, by its number modulo the slices
 */
struct urfs_budget_entry {
	const void *key;
	u64 slice;
	u64 spent[URFS_BUDGET_SLICES];
};

struct urfs_budget_set {
	struct urfs_budget_entry way[URFS_BUDGET_WAYS];
};

u64 urfs_budget_set_left(struct urfs_budget_set *set, const void *key, u64 now);
void urfs_budget_set_charge(struct urfs_budget_set *set, const void *key, u64 now, u64 spent);

#endif /* URFS_BUDGET_H */
