/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * set.h - sets of filters, by slot
 *
 * Every registered filter has a slot, 0 to RFS_FILTERS_MAX - 1. Rules, chains and judgements are computed for all
 * filters at once, as bits. Pure: compiled for the host by tests/unit as well.
 */
#ifndef RFS_SET_H
#define RFS_SET_H

#include <linux/types.h>
#include <rfs_abi.h>

#define RFS_SET_WORDS (RFS_FILTERS_MAX / 64)

struct rfs_set {
	u64 w[RFS_SET_WORDS];
};

static inline bool rfs_set_empty(const struct rfs_set *s)
{
	return !(s->w[0] | s->w[1]);
}

static inline bool rfs_set_has(const struct rfs_set *s, unsigned int slot)
{
	return s->w[slot / 64] >> (slot % 64) & 1;
}

static inline void rfs_set_add(struct rfs_set *s, unsigned int slot)
{
	s->w[slot / 64] |= 1ULL << (slot % 64);
}

static inline void rfs_set_del(struct rfs_set *s, unsigned int slot)
{
	s->w[slot / 64] &= ~(1ULL << (slot % 64));
}

static inline struct rfs_set rfs_set_and(const struct rfs_set *a, const struct rfs_set *b)
{
	return (struct rfs_set){ { a->w[0] & b->w[0], a->w[1] & b->w[1] } };
}

static inline void rfs_set_or(struct rfs_set *a, const struct rfs_set *b)
{
	a->w[0] |= b->w[0];
	a->w[1] |= b->w[1];
}

static inline void rfs_set_sub(struct rfs_set *a, const struct rfs_set *b)
{
	a->w[0] &= ~b->w[0];
	a->w[1] &= ~b->w[1];
}

#endif /* RFS_SET_H */
