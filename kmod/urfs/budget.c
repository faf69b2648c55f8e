// SPDX-License-Identifier: GPL-2.0-only
#include <linux/types.h>

#include "budget.h"

/* 32-bit kernels have no 64-bit division of their own; the host has no div64_u64(). */
#ifdef __KERNEL__
#include <linux/math64.h>
#else
#define div64_u64(a, b) ((a) / (b))
#endif

/* Forget what is older than the window, and say what is left in it. */
static u64 entry_sum(struct urfs_budget_entry *entry, u64 now)
{
	u64 slice = div64_u64(now, URFS_BUDGET_SLICE_NS), sum = 0;
	int i;

	for (i = 0; entry->slice < slice && i < URFS_BUDGET_SLICES; i++)
		entry->spent[++entry->slice % URFS_BUDGET_SLICES] = 0;
	if (entry->slice < slice)
		entry->slice = slice;
	for (i = 0; i < URFS_BUDGET_SLICES; i++)
		sum += entry->spent[i];
	return sum;
}

/* urfs_budget_set_left() - nanoseconds that callers may still wait at @now under the lock of @key */
u64 urfs_budget_set_left(struct urfs_budget_set *set, const void *key, u64 now)
{
	int i;

	for (i = 0; i < URFS_BUDGET_WAYS; i++) {
		struct urfs_budget_entry *entry = &set->way[i];

		if (entry->key == key) {
			u64 sum = entry_sum(entry, now);

			return sum < URFS_BUDGET_NS ? URFS_BUDGET_NS - sum : 0;
		}
	}
	return URFS_BUDGET_NS;
}

/* urfs_budget_set_charge() - @spent nanoseconds of waiting ended at @now */
void urfs_budget_set_charge(struct urfs_budget_set *set, const void *key, u64 now, u64 spent)
{
	struct urfs_budget_entry *victim = NULL;
	u64 least = ~0ULL;
	int i;

	for (i = 0; i < URFS_BUDGET_WAYS; i++) {
		struct urfs_budget_entry *entry = &set->way[i];
		u64 sum;

		if (entry->key == key) {
			victim = entry;
			break;
		}
		sum = entry->key ? entry_sum(entry, now) : 0;
		if (sum < least) {
			least = sum;
			victim = entry;
		}
	}
	if (victim->key != key) {
		for (i = 0; i < URFS_BUDGET_SLICES; i++)
			victim->spent[i] = 0;
		victim->key = key;
	}
	entry_sum(victim, now);
	victim->spent[victim->slice % URFS_BUDGET_SLICES] += spent;
}
