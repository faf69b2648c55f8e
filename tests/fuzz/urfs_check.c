// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: kmod/urfs/check.c
 *
 * What a handler sends, against what urfs_abi.h says of it: take away what a struct may hold, and zeros must remain.
 */
#include <errno.h>
#include "fuzz.h"
#include "urfs/check.h"

static void check_hello(struct fuzz *in)
{
	struct urfs_hello hello = { .version = fuzz_byte(in) % 3 }, rest;
	int err;

	fuzz_poke(in, &hello, sizeof(hello), fuzz_below(in, 4));
	rest = hello;
	rest.version = 0;
	rest.features = 0;
	rest.arena_size = 0;
	err = urfs_check_hello(&hello);
	if (!fuzz_is_zero(&rest, sizeof(rest)))
		expect(err == -EINVAL);
	else
		expect(err == (hello.version && !(hello.features & ~(u64)URFS_FEATURES) ? 0 : -EPROTO));
}

/* "In braces: the members that count beside type and id; all others must be 0" */
static void take_members(struct urfs_cmd *cmd)
{
	static const struct {
		const char *members; /* filter, data, value */
		u32 flags;
	} rules[] = {
		[URFS_CMD_REGISTER] = { "dv", 0x103 },	  [URFS_CMD_UNREGISTER] = { "f", 0 },
		[URFS_CMD_SET_PATH] = { "fd", 0x1f },	  [URFS_CMD_DEL_PATH] = { "fd", 0 },
		[URFS_CMD_ACTIVATE] = { "f", 0 },	  [URFS_CMD_DEACTIVATE] = { "f", 0 },
		[URFS_CMD_SET_OPERATIONS] = { "fd", 0 },  [URFS_CMD_SET_POLICY] = { "fd", 0 },
		[URFS_CMD_SWITCH_CALLBACKS] = { "v", 0 }, [URFS_CMD_SET_MODIFY] = { "fv", 0 },
		[URFS_CMD_SET_EXEMPT] = { "v", 0x3 },	  [URFS_CMD_REPLY] = { "v", 0x7d },
		[URFS_CMD_REQUEUE] = { "", 0 },
	};

	if (!cmd->type || cmd->type > URFS_CMD_REQUEUE)
		return;
	cmd->flags &= ~rules[cmd->type].flags;
	if (strchr(rules[cmd->type].members, 'f'))
		cmd->filter = 0;
	if (strchr(rules[cmd->type].members, 'd'))
		cmd->ptr = cmd->length = 0;
	if (strchr(rules[cmd->type].members, 'v'))
		cmd->value = 0;
	cmd->type = 0;
	cmd->id = 0;
}

static void check_cmd(struct fuzz *in)
{
	struct urfs_cmd cmd = { .type = fuzz_byte(in) % 16 }, rest;
	bool good = cmd.type;

	fuzz_poke(in, &cmd, sizeof(cmd), fuzz_below(in, 6));
	good = cmd.type;
	rest = cmd;
	take_members(&rest);
	good = good && fuzz_is_zero(&rest, sizeof(rest));
	expect(urfs_check_cmd(&cmd) == (good ? 0 : -EINVAL));
}

static void check_reply(struct fuzz *in)
{
	struct urfs_reply reply = { .id = 1 };
	bool good;

	fuzz_poke(in, &reply, sizeof(reply), 3);
	/* stop, data, what may not be mapped; which of these a request takes is its verdict's matter */
	good = !(reply.flags & ~0x7du) || (reply.flags == URFS_REPLY_REQUEUE && !reply.value);
	expect(urfs_check_reply(&reply) == (good ? 0 : -EINVAL));
}

static void check_verdict(struct fuzz *in)
{
	bool modify = fuzz_byte(in) % 2, piece = fuzz_byte(in) % 2;
	u32 flags = (u32[]){ 0, 1, 4, 5, 8, 9, 12 }[fuzz_byte(in) % 7];
	s64 value = (s64)fuzz_number(in), lowest = -4095, highest = 0;
	bool good;

	/* which values: an errno, none, or either */
	if (!modify)
		*(flags & URFS_REPLY_STOP ? &highest : &lowest) = flags & URFS_REPLY_STOP ? -1 : 0;
	good = value >= lowest && value <= highest && !(modify && flags);
	good = good && (!(flags & URFS_REPLY_DATA) || (piece && !(flags & URFS_REPLY_STOP)));
	good = good && !(flags & URFS_REPLY_REMEMBER && flags & URFS_REPLY_STOP);
	expect(urfs_check_verdict(flags, value, modify, piece) == (good ? 0 : -EINVAL));
	flags |= URFS_REPLY_MMAP(fuzz_byte(in) % 8);
	good = !(flags >> 4) || (piece && !(flags & URFS_REPLY_STOP));
	expect(urfs_check_mmap(flags, piece) == (good ? 0 : -EINVAL));
}

static void check_open_object(struct fuzz *in)
{
	struct urfs_open_object o = { .which = fuzz_byte(in) % 6 }, rest;

	fuzz_poke(in, &o, sizeof(o), fuzz_below(in, 3));
	rest = o;
	rest.id = 0;
	rest.which = rest.which > 3;
	expect(urfs_check_open_object(&o) == (fuzz_is_zero(&rest, sizeof(rest)) ? 0 : -EINVAL));
}

static void check_cookie(struct fuzz *in)
{
	struct urfs_cookie c = { .which = fuzz_byte(in) % 6, .flags = fuzz_byte(in) % 5, .cookie = fuzz_byte(in) % 2 };
	bool file, take, good;

	fuzz_poke(in, &c, sizeof(c), fuzz_below(in, 3));
	file = c.flags & URFS_COOKIE_FILE;
	take = c.flags & URFS_COOKIE_TAKE;
	good = c.flags < 4 && c.which < (file ? 2 : 4) && (take ? !c.cookie : c.cookie);
	expect(urfs_check_cookie(&c) == (good ? 0 : -EINVAL));
}

static void check_exchange(struct fuzz *in)
{
	struct urfs_exchange x = {}, rest;
	bool good;

	x.nr_replies = fuzz_byte(in) % 4 ? 1020 + fuzz_byte(in) % 8 : (u32)fuzz_number(in);
	x.nr_messages = fuzz_byte(in) % 4 ? 1020 + fuzz_byte(in) % 8 : (u32)fuzz_number(in);
	x.timeout_ns = fuzz_byte(in) % 4 ? -1 : (s64)fuzz_number(in);
	fuzz_poke(in, &x, sizeof(x), fuzz_byte(in) % 4 == 1);
	rest = x;
	rest.replies = rest.messages = rest.taken = rest.received = 0;
	rest.timeout_ns = rest.timeout_ns == -1 || rest.timeout_ns > 0 ? 0 : rest.timeout_ns;
	rest.nr_replies = rest.nr_replies > 1024;
	rest.nr_messages = rest.nr_messages > 1024;
	good = fuzz_is_zero(&rest, sizeof(rest));
	expect(urfs_check_exchange(&x) == (good ? 0 : -EINVAL));
}

static bool is_post_only(u32 op)
{
	return op == RFS_OP_RELEASE || op == RFS_OP_READLINK || op == RFS_OP_MMAP;
}

/* Data are those of a read that somebody waits for afterwards, or of a write that somebody waits for before. */
static bool data_is_good(u32 op, u32 flags)
{
	u32 data = flags >> 4;
	bool waits = false;

	if (op == RFS_OP_READDIR && flags & URFS_OP_PLACED)
		return false;
	if (op == RFS_OP_READ || op == RFS_OP_READDIR)
		waits = (flags & 0xa) == 0x2;
	else if (op == RFS_OP_WRITE)
		waits = (flags & 0x5) == 0x1;
	return !data || (data % 2 && waits);
}

static void check_ops(struct fuzz *in)
{
	/* of all sets of flags: pre, pre notify, post, post notify, and both */
	static const u32 any = 1 << 1 | 1 << 5 | 1 << 2 | 1 << 10 | 1 << 3 | 1 << 7 | 1 << 11 | 1 << 15;
	static const u32 only_post = 1 << 2 | 1 << 10;
	u32 count = fuzz_below(in, RFS_OP_MAX + 1), times[RFS_OP_MAX] = {}, i;
	struct urfs_op *ops = malloc(count * sizeof(*ops) + 1);
	bool good = true;

	for (i = 0; i < count; i++) {
		ops[i].op = fuzz_byte(in) % 16 ? i + 1 : (u32)fuzz_number(in);
		ops[i].flags = fuzz_byte(in) % 16 ? URFS_OP_PRE << fuzz_byte(in) % 2 : (u32)fuzz_number(in);
		if (is_post_only(ops[i].op) && in->left % 8)
			ops[i].flags &= ~(u32)URFS_OP_PRE;
		if (fuzz_byte(in) % 8 == 1)
			ops[i].flags |= URFS_OP_DATA << fuzz_byte(in) % 2;
		good = good && ops[i].op && ops[i].op < RFS_OP_MAX && !times[ops[i].op]++ && ops[i].flags < 64 &&
		       (is_post_only(ops[i].op) ? only_post : any) >> ops[i].flags % 16 & 1 &&
		       data_is_good(ops[i].op, ops[i].flags);
	}
	expect(urfs_check_ops(ops, count) == (good ? 0 : -EINVAL));
	free(ops);
}

/* ---- Policies ---- */

static bool verdict_is_good(const struct fcdlctl_verdict *v, bool given, bool wait)
{
	if (!given)
		return fuzz_is_zero(v, sizeof(*v));
	if (v->hold_ms || v->reserved)
		return false;
	if (v->action == FCDLCTL_DENY)
		return v->error >= 1 && v->error <= 4095;
	return !v->error && (v->action == FCDLCTL_ALLOW || (wait && v->action == FCDLCTL_WAIT));
}

static bool policy_is_good(const struct fcdlctl_policy *p)
{
	bool deadline = p->valid & FCDLCTL_POLICY_DEADLINE;

	return p->valid && !(p->valid & ~(u32)FCDLCTL_POLICY_ALL) && !p->refused &&
	       fuzz_is_zero(p->reserved, sizeof(p->reserved)) &&
	       (deadline ? p->deadline_ms >= 1 && p->deadline_ms <= 3600000 : !p->deadline_ms) &&
	       verdict_is_good(&p->on_timeout, p->valid & FCDLCTL_POLICY_ON_TIMEOUT, false) &&
	       verdict_is_good(&p->on_overload, p->valid & FCDLCTL_POLICY_ON_OVERLOAD, true) &&
	       verdict_is_good(&p->on_exit, p->valid & FCDLCTL_POLICY_ON_EXIT, false) &&
	       verdict_is_good(&p->on_unaskable, p->valid & FCDLCTL_POLICY_ON_UNASKABLE, false);
}

static void some_verdict(struct fuzz *in, u32 valid, u32 bit, struct fcdlctl_verdict *v)
{
	u8 kind = fuzz_byte(in) % 8;

	if (!(valid & bit))
		return;
	v->action = kind < 3 ? FCDLCTL_ALLOW : kind < 7 ? FCDLCTL_DENY : fuzz_byte(in) % 6;
	v->error = v->action == FCDLCTL_DENY ? (kind < 5 ? 4090 + fuzz_byte(in) % 8 : (u32)fuzz_number(in)) : 0;
}

/* What a policy does not name stays, what it names is there afterwards. */
static void policy_is_merged(const struct fcdlctl_policy *in, const struct fcdlctl_policy *old,
			     const struct fcdlctl_policy *new)
{
	u32 v = in->valid;

	expect(new->valid == FCDLCTL_POLICY_ALL);
	expect(new->deadline_ms == (v & FCDLCTL_POLICY_DEADLINE ? in : old)->deadline_ms);
#define SAME(bit, member) expect(!memcmp(&(v & (bit) ? in : old)->member, &new->member, sizeof(new->member)))
	SAME(FCDLCTL_POLICY_ON_TIMEOUT, on_timeout);
	SAME(FCDLCTL_POLICY_ON_OVERLOAD, on_overload);
	SAME(FCDLCTL_POLICY_ON_EXIT, on_exit);
	SAME(FCDLCTL_POLICY_ON_UNASKABLE, on_unaskable);
#undef SAME
}

static void check_policy(struct fuzz *in)
{
	struct urfs_policy policy = { 5000, -13, URFS_VERDICT_WAIT, 0, -4095 }, before = policy, again = { 0 };
	struct fcdlctl_policy p = { .valid = fuzz_byte(in) % 32 }, old = {}, new = {};
	int err;

	p.deadline_ms = p.valid & FCDLCTL_POLICY_DEADLINE ? (u32)fuzz_number(in) : 0;
	some_verdict(in, p.valid, FCDLCTL_POLICY_ON_TIMEOUT, &p.on_timeout);
	some_verdict(in, p.valid, FCDLCTL_POLICY_ON_OVERLOAD, &p.on_overload);
	some_verdict(in, p.valid, FCDLCTL_POLICY_ON_EXIT, &p.on_exit);
	some_verdict(in, p.valid, FCDLCTL_POLICY_ON_UNASKABLE, &p.on_unaskable);
	fuzz_poke(in, &p, sizeof(p), fuzz_below(in, 3));
	urfs_policy_show(&policy, &old);
	err = urfs_check_policy(&p, &policy);
	expect(!err == policy_is_good(&p));
	if (err) {
		expect(err == -EINVAL || err == -ERANGE || err == -EOPNOTSUPP);
		expect(!memcmp(&policy, &before, sizeof(policy)));
		return;
	}
	urfs_policy_show(&policy, &new);
	policy_is_merged(&p, &old, &new);
	/* and what is shown can be set */
	expect(!urfs_check_policy(&new, &again));
	expect(!memcmp(&policy, &again, sizeof(policy)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(struct fuzz *) = { check_hello,	check_cmd,	   check_reply,
							 check_verdict, check_exchange,	   check_ops,
							 check_policy,	check_open_object, check_cookie };
	struct fuzz in = { data, size };

	while (in.left)
		checks[fuzz_byte(&in) % COUNT(checks)](&in);
	return 0;
}
