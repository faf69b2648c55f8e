/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge.h - the sentence about rules in docs/paths.md, taken word by word for one filter at a time */
#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include <stdbool.h>
#include "redirfs/judge.h"

/* One filter's rule on one object */
enum { NONE, INCLUDE_SINGLE, INCLUDE_SUBTREE, EXCLUDE_SINGLE, EXCLUDE_SUBTREE, KINDS };

static inline bool includes(int rule)
{
	return rule == INCLUDE_SINGLE || rule == INCLUDE_SUBTREE;
}

static inline bool reaches_down(int rule)
{
	return rule == INCLUDE_SUBTREE || rule == EXCLUDE_SUBTREE;
}

/* "Its own object's rule decides; else its parent directory's; else the nearest subtree rule above; else it is out." */
static inline bool by_the_sentence(const int *rule, int depth)
{
	if (rule[0] != NONE)
		return includes(rule[0]);
	if (rule[1] != NONE)
		return includes(rule[1]);
	for (int d = 2; d < depth; d++)
		if (reaches_down(rule[d]))
			return includes(rule[d]);
	return false;
}

static inline void hang(struct rfs_ruleset *set, unsigned int slot, int rule)
{
	if (rule == NONE)
		return;
	rfs_set_add(&set->any, slot);
	if (includes(rule))
		rfs_set_add(&set->include, slot);
	if (reaches_down(rule))
		rfs_set_add(&set->subtree, slot);
}

#endif /* MODEL_JUDGE_H */
