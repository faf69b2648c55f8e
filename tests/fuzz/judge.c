// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rule about rules, for all filters in one walk, against the sentence in docs/paths.md for one at a time; and a walk
 * that ends early has nothing left to decide.
 */
#include "fuzz.h"
#include "tests/model/judge.h"

#define DEPTH 8

static struct rfs_ruleset sets[DEPTH];

/* A filter of its own slot, with a rule or none on each object on the way up. */
static void add_filter(struct fuzz *in, struct rfs_set *named, const struct rfs_set *candidates, struct rfs_set *want)
{
	unsigned int slot = fuzz_byte(in) % RFS_FILTERS_MAX;
	int rules[DEPTH], d;

	if (rfs_set_has(named, slot))
		return;
	rfs_set_add(named, slot);
	for (d = 0; d < DEPTH; d++) {
		rules[d] = fuzz_byte(in) % (KINDS + 1) % KINDS;
		hang(&sets[d], slot, rules[d]);
	}
	if (rfs_set_has(candidates, slot) && by_the_sentence(rules, DEPTH))
		rfs_set_add(want, slot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rfs_set candidates, named = {}, want = {};
	struct rfs_judgement early = {}, whole = {};
	struct fuzz in = { data, size };
	bool ended = false;
	unsigned int d;

	memset(sets, 0, sizeof(sets));
	fuzz_bytes(&in, &candidates, sizeof(candidates));
	while (in.left)
		add_filter(&in, &named, &candidates, &want);

	early.open = whole.open = candidates;
	for (d = 0; d < DEPTH; d++) {
		bool all = rfs_judge_step(&whole, &sets[d], d);

		expect(all == rfs_set_empty(&whole.open));
		if (!ended)
			expect(rfs_judge_step(&early, &sets[d], d) == all);
		ended = ended || all;
	}
	expect(!memcmp(&early.in, &whole.in, sizeof(whole.in)));
	expect(!memcmp(&whole.in, &want, sizeof(want)));
	return 0;
}
