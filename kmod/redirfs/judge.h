/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * judge.h - which filters a name is in scope of: the rule about rules, for all filters in one walk
 *
 * A name is judged from the object outwards: its own object's rule decides if it has one; else its parent directory's
 * rule, of either kind; else the nearest subtree rule above, where single rules are passed over; else the name is out
 * of scope. docs/paths.md is the same thing as a table. Pure: compiled for the host by tests/unit as well.
 */
#ifndef RFS_JUDGE_H
#define RFS_JUDGE_H

#include "set.h"

/**
 * struct rfs_ruleset - the rules that hang on one object
 * @any:	filters that have a rule here
 * @include:	those whose rule includes (the others exclude)
 * @subtree:	those whose rule reaches further down than to the names directly in it
 */
struct rfs_ruleset {
	struct rfs_set any;
	struct rfs_set include;
	struct rfs_set subtree;
};

/**
 * struct rfs_judgement - a walk in progress
 * @open:	filters that no rule has decided yet
 * @in:		filters that the name is in scope of
 */
struct rfs_judgement {
	struct rfs_set open;
	struct rfs_set in;
};

/**
 * rfs_judge_step() - let the rules of one object decide
 * @j:		the walk
 * @rules:	the rules of the object
 * @distance:	0 for the object itself, 1 for the directory its name is in, and so on
 *
 * Return: true if every filter is decided, so that the walk may end.
 */
static inline bool rfs_judge_step(struct rfs_judgement *j, const struct rfs_ruleset *rules, unsigned int distance)
{
	const struct rfs_set *reach = distance <= 1 ? &rules->any : &rules->subtree;
	u64 left = 0;
	int i;

	for (i = 0; i < RFS_SET_WORDS; i++) {
		u64 decided = j->open.w[i] & reach->w[i];

		j->in.w[i] |= decided & rules->include.w[i];
		j->open.w[i] &= ~decided;
		left |= j->open.w[i];
	}
	return !left;
}

#endif /* RFS_JUDGE_H */
