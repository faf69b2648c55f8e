// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/fcdl/check.c
 *
 * What a reader of the log asks for, against what fcdl_abi.h says of it.
 */
#include <errno.h>
#include "fcdl/check.h"
#include "fuzz.h"

static void check_setup(struct fuzz *in)
{
	struct fcdl_setup s = { .version = 1, .ops = FCDL_OPS_OFFERED }, rest;
	bool deadline;
	int err;

	s.policy = fuzz_byte(in) % 4;
	s.deadline_ms = s.policy == FCDL_POLICY_WAIT ? (u32)fuzz_number(in) : 0;
	fuzz_poke(in, &s, sizeof(s), fuzz_below(in, 5));
	rest = s;
	rest.version = 0;
	rest.flags &= s.policy == FCDL_POLICY_OLDEST ? ~7u : ~15u;
	rest.features = rest.ring_size = rest.ops = 0;
	rest.matches = s.nr_matches ? 0 : s.matches;
	rest.nr_matches = s.nr_matches > 64;
	rest.policy = s.policy > 2;
	deadline = s.deadline_ms >= 1 && s.deadline_ms <= 1000;
	rest.deadline_ms = s.policy == FCDL_POLICY_WAIT ? !deadline : s.deadline_ms;
	err = fcdl_check_setup(&s);
	if (!s.version || s.features)
		expect(err == -EPROTO);
	else if (!fuzz_is_zero(&rest, sizeof(rest)) || !s.ops)
		expect(err == -EINVAL);
	else
		expect(err == (s.ops & ~FCDL_OPS_OFFERED ? -EOPNOTSUPP : 0));
}

static void some_match(struct fuzz *in, struct fcdl_match *m)
{
	memset(m, 0, sizeof(*m));
	m->key = 1 + fuzz_byte(in) % 7;
	m->flags = fuzz_byte(in) % 2;
	if (m->key == FCDL_MATCH_COMM) {
		fuzz_bytes(in, m->comm, fuzz_below(in, sizeof(m->comm) + 1));
	} else {
		m->first = (u32)fuzz_number(in);
		m->last = fuzz_byte(in) % 4 ? m->first + fuzz_byte(in) % 3 : (u32)fuzz_number(in);
	}
	fuzz_poke(in, m, sizeof(*m), fuzz_byte(in) % 4 == 0);
}

static bool match_is_good(const struct fcdl_match *m)
{
	size_t len = strnlen(m->comm, sizeof(m->comm));
	bool comm = m->key == FCDL_MATCH_COMM;

	return m->key >= 1 && m->key <= 7 && m->flags <= 1 && m->first <= m->last && len < sizeof(m->comm) &&
	       fuzz_is_zero(m->comm + len, sizeof(m->comm) - len) && comm == (len > 0) && !(comm && m->last);
}

static bool match_fits(const struct fcdl_match *m, const struct rfs_caller *c)
{
	const u32 values[] = { 0, c->uid, c->gid, c->euid, c->egid, c->loginuid, c->pid };

	if (m->key == FCDL_MATCH_COMM)
		return !strcmp(m->comm, c->comm);
	return values[m->key] >= m->first && values[m->key] <= m->last;
}

/* "For each key: if there are including matches one of them must fit, and none of the excluding ones may." */
static bool by_the_sentence(const struct fcdl_match *m, u32 count, const struct rfs_caller *c)
{
	u32 key, i;

	for (key = FCDL_MATCH_UID; key <= FCDL_MATCH_COMM; key++) {
		bool any = false, fit = false;

		for (i = 0; i < count; i++) {
			if (m[i].key != key)
				continue;
			if (m[i].flags & FCDL_MATCH_EXCLUDE && match_fits(&m[i], c))
				return false;
			any = any || !(m[i].flags & FCDL_MATCH_EXCLUDE);
			fit = fit || (!(m[i].flags & FCDL_MATCH_EXCLUDE) && match_fits(&m[i], c));
		}
		if (any && !fit)
			return false;
	}
	return true;
}

static void some_caller(struct fuzz *in, struct rfs_caller *c, const struct fcdl_match *m)
{
	memset(c, 0, sizeof(*c));
	c->uid = c->gid = c->euid = c->egid = c->loginuid = c->pid = m->first + fuzz_byte(in) % 4 - 1;
	memcpy(c->comm, m->comm, sizeof(c->comm));
	fuzz_poke(in, c, sizeof(*c), fuzz_below(in, 4));
	c->comm[sizeof(c->comm) - 1] = '\0';
}

static void check_matches(struct fuzz *in)
{
	u32 count = fuzz_below(in, 6), good = 0, i;
	struct fcdl_match *m = calloc(count + 1, sizeof(*m));
	struct rfs_caller caller;

	for (i = 0; i < count; i++) {
		some_match(in, &m[good]);
		expect(fcdl_check_match(&m[good]) == (match_is_good(&m[good]) ? 0 : -EINVAL));
		/* only those are ever compared */
		good += match_is_good(&m[good]);
	}
	memset(&m[good], 0, sizeof(*m));
	some_caller(in, &caller, &m[0]);
	expect(fcdl_matches(m, good, &caller) == by_the_sentence(m, good, &caller));
	free(m);
}

static void check_path(struct fuzz *in)
{
	/* include or exclude with single or subtree, each with and without force */
	static const u32 good[] = { 5, 6, 9, 10, 21, 22, 25, 26 };
	struct fcdl_path path = { .length = (u32)fuzz_number(in), .flags = fuzz_byte(in) };
	bool length = path.length >= 1 && path.length <= 4095, flags = false;
	size_t i;

	fuzz_poke(in, &path.flags, sizeof(path.flags), fuzz_byte(in) % 4 == 0);
	for (i = 0; i < COUNT(good); i++)
		flags = flags || path.flags == good[i];
	expect(fcdl_check_path(&path, true) == (length && flags ? 0 : -EINVAL));
	expect(fcdl_check_path(&path, false) == (length && !path.flags ? 0 : -EINVAL));
}

/* "rounded up to a power of two and to FCDL_RING_MIN, cut down to the limit" */
static void check_ring_size(struct fuzz *in)
{
	u32 max = FCDL_RING_MIN << fuzz_byte(in) % 15, got;
	u64 wanted = fuzz_number(in) << fuzz_byte(in) % 32;

	got = fcdl_ring_size(wanted, max);
	wanted = wanted ? wanted : FCDL_RING_DEFAULT;
	expect(got >= FCDL_RING_MIN && got <= max && !(got & (got - 1)));
	expect(got >= wanted || got == max);
	expect(got / 2 < wanted || got == FCDL_RING_MIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(struct fuzz *) = { check_setup, check_matches, check_path, check_ring_size };
	struct fuzz in = { data, size };

	while (in.left)
		checks[fuzz_byte(&in) % COUNT(checks)](&in);
	return 0;
}
