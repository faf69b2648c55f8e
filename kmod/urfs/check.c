// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

#include "check.h"

#define ERRNO_MAX 4095

/* Members of struct urfs_cmd that a command uses; the others must be 0. */
#define HAS_FILTER 0x1
#define HAS_DATA 0x2
#define HAS_VALUE 0x4

#define REPLY_MMAP URFS_REPLY_MMAP(RFS_MMAP_POLICY_ALL)

static const struct {
	u32 has;
	u32 flags;
} commands[] = {
	[URFS_CMD_REGISTER] = { HAS_DATA | HAS_VALUE,
				URFS_REGISTER_LOCKED | URFS_REGISTER_UNPLACED | URFS_REGISTER_ACTIVE },
	[URFS_CMD_UNREGISTER] = { HAS_FILTER },
	[URFS_CMD_SET_PATH] = { HAS_FILTER | HAS_DATA, RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE | RFS_PATH_SINGLE |
							       RFS_PATH_SUBTREE | RFS_PATH_FORCE },
	[URFS_CMD_DEL_PATH] = { HAS_FILTER | HAS_DATA },
	[URFS_CMD_ACTIVATE] = { HAS_FILTER },
	[URFS_CMD_DEACTIVATE] = { HAS_FILTER },
	[URFS_CMD_SET_OPERATIONS] = { HAS_FILTER | HAS_DATA },
	[URFS_CMD_SET_POLICY] = { HAS_FILTER | HAS_DATA },
	[URFS_CMD_SWITCH_CALLBACKS] = { HAS_VALUE },
	[URFS_CMD_SET_MODIFY] = { HAS_FILTER | HAS_VALUE },
	/* of the modes one is chosen by number, so all bits up to the highest may be set */
	[URFS_CMD_SET_EXEMPT] = { HAS_VALUE, URFS_EXEMPT_CGROUP | URFS_EXEMPT_NONE },
	[URFS_CMD_REPLY] = { HAS_VALUE, URFS_REPLY_STOP | URFS_REPLY_DATA | URFS_REPLY_REMEMBER | REPLY_MMAP },
	[URFS_CMD_REQUEUE] = { 0 },
};

/*
 * urfs_check_hello() - the handshake
 *
 * Return: 0, -EINVAL or -EPROTO.
 */
int urfs_check_hello(const struct urfs_hello *hello)
{
	size_t i;

	if (hello->flags || hello->max_pending || hello->msg_size || hello->cmd_size || hello->event_size ||
	    hello->deadline_ms)
		return -EINVAL;
	for (i = 0; i < sizeof(hello->reserved) / sizeof(hello->reserved[0]); i++) {
		if (hello->reserved[i])
			return -EINVAL;
	}
	if (!hello->version || hello->features & ~(u64)URFS_FEATURES)
		return -EPROTO;
	return 0;
}

/*
 * urfs_check_cmd() - the struct as such: type, flags, members that must be 0
 *
 * What the members mean is checked by who carries the command out.
 *
 * Return: 0 or -EINVAL.
 */
int urfs_check_cmd(const struct urfs_cmd *cmd)
{
	u32 has;

	if (!cmd->type || cmd->type >= sizeof(commands) / sizeof(commands[0]))
		return -EINVAL;
	has = commands[cmd->type].has;
	if (cmd->flags & ~commands[cmd->type].flags)
		return -EINVAL;
	if (!(has & HAS_FILTER) && cmd->filter)
		return -EINVAL;
	if (!(has & HAS_DATA) && (cmd->ptr || cmd->length))
		return -EINVAL;
	if (!(has & HAS_VALUE) && cmd->value)
		return -EINVAL;
	if (cmd->result || cmd->error || cmd->reserved[0] || cmd->reserved[1] || cmd->reserved[2])
		return -EINVAL;
	return 0;
}

/*
 * urfs_check_reply() - a reply of an exchange as such
 *
 * Return: 0 or -EINVAL.
 */
int urfs_check_reply(const struct urfs_reply *reply)
{
	if (reply->flags &
	    ~(u32)(URFS_REPLY_STOP | URFS_REPLY_REQUEUE | URFS_REPLY_DATA | URFS_REPLY_REMEMBER | REPLY_MMAP))
		return -EINVAL;
	if (reply->flags & URFS_REPLY_REQUEUE && (reply->flags != URFS_REPLY_REQUEUE || reply->value))
		return -EINVAL;
	return 0;
}

/*
 * urfs_check_verdict() - may a request be answered like this?
 * @modify:	it is a MODIFY
 * @piece:	it has a piece of data
 *
 * Return: 0 or -EINVAL.
 */
int urfs_check_verdict(u32 flags, s64 value, bool modify, bool piece)
{
	if (modify)
		return flags || value > 0 || value < -ERRNO_MAX ? -EINVAL : 0;
	if (flags & URFS_REPLY_DATA && (!piece || flags & URFS_REPLY_STOP))
		return -EINVAL;
	if (flags & URFS_REPLY_STOP)
		return value >= 0 || value < -ERRNO_MAX || flags & URFS_REPLY_REMEMBER ? -EINVAL : 0;
	return value ? -EINVAL : 0;
}

/* urfs_check_exchange() - Return: 0 or -EINVAL. */
int urfs_check_exchange(const struct urfs_exchange *x)
{
	if (x->flags || x->reserved || x->nr_replies > URFS_BATCH_MAX || x->nr_messages > URFS_BATCH_MAX ||
	    x->timeout_ns < -1)
		return -EINVAL;
	return 0;
}

/* urfs_check_open_object() - Return: 0 or -EINVAL. */
int urfs_check_open_object(const struct urfs_open_object *o)
{
	return o->which > RFS_SECOND_PARENT || o->flags || o->fd || o->reserved ? -EINVAL : 0;
}

/* urfs_check_cookie() - Return: 0 or -EINVAL. */
int urfs_check_cookie(const struct urfs_cookie *c)
{
	bool file = c->flags & URFS_COOKIE_FILE, take = c->flags & URFS_COOKIE_TAKE;

	if (c->flags & ~(u32)(URFS_COOKIE_FILE | URFS_COOKIE_TAKE) || !c->cookie != take)
		return -EINVAL;
	return c->which > (file ? RFS_SECOND : RFS_SECOND_PARENT) ? -EINVAL : 0;
}

/*
 * urfs_check_mmap() - may this reply say how a file may be mapped?
 * @open:	it is to what is asked before an open, and somebody waits for it
 *
 * Return: 0, also if it does not, or -EINVAL.
 */
int urfs_check_mmap(u32 flags, bool open)
{
	return flags & REPLY_MMAP && (!open || flags & URFS_REPLY_STOP) ? -EINVAL : 0;
}

/* The data are those of a write before it, or of a read after it, and somebody has to wait for what becomes of them. */
static bool data_is_good(u32 op, u32 flags)
{
	if (!(flags & URFS_OP_DATA))
		return !(flags & URFS_OP_PLACED);
	if (op == RFS_OP_READDIR && flags & URFS_OP_PLACED)
		return false;
	if (op == RFS_OP_READ || op == RFS_OP_READDIR)
		return flags & URFS_OP_POST && !(flags & URFS_OP_POST_NOTIFY);
	return op == RFS_OP_WRITE && flags & URFS_OP_PRE && !(flags & URFS_OP_PRE_NOTIFY);
}

/*
 * urfs_check_ops() - an array for SET_OPERATIONS
 *
 * Return: 0; -EINVAL for a number that is none, one given twice, an unknown flag, a mode without its callback, no
 * callback, one before one of RFS_OPS_POST_ONLY, or data where there are none.
 */
int urfs_check_ops(const struct urfs_op *ops, u32 count)
{
	u64 seen = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		u32 flags = ops[i].flags;

		if (ops[i].op == RFS_OP_END || ops[i].op >= RFS_OP_MAX || seen & (1ULL << ops[i].op))
			return -EINVAL;
		seen |= 1ULL << ops[i].op;
		if (flags & ~(u32)(URFS_OP_PRE | URFS_OP_POST | URFS_OP_PRE_NOTIFY | URFS_OP_POST_NOTIFY |
				   URFS_OP_DATA | URFS_OP_PLACED))
			return -EINVAL;
		if (!(flags & (URFS_OP_PRE | URFS_OP_POST)))
			return -EINVAL;
		if ((flags & URFS_OP_PRE_NOTIFY && !(flags & URFS_OP_PRE)) ||
		    (flags & URFS_OP_POST_NOTIFY && !(flags & URFS_OP_POST)))
			return -EINVAL;
		if (RFS_OPS_POST_ONLY & RFS_OP_BIT(ops[i].op) && flags & URFS_OP_PRE)
			return -EINVAL;
		if (!data_is_good(ops[i].op, flags))
			return -EINVAL;
	}
	return 0;
}

/* One verdict of a policy: bits in @allowed say which actions (1 << FCDLCTL_...) it may have. */
static int check_verdict(const struct fcdlctl_verdict *in, u32 allowed, int *verdict)
{
	if (in->reserved || in->hold_ms)
		return in->action == FCDLCTL_HOLD && !in->reserved ? -EOPNOTSUPP : -EINVAL;
	if (in->action > FCDLCTL_HOLD || !(allowed & (1U << in->action)))
		return in->action == FCDLCTL_HOLD ? -EOPNOTSUPP : -EINVAL;
	if (in->action == FCDLCTL_DENY ? !in->error || in->error > ERRNO_MAX : in->error)
		return -EINVAL;
	if (in->action == FCDLCTL_DENY)
		*verdict = -(int)in->error;
	else
		*verdict = in->action == FCDLCTL_WAIT ? URFS_VERDICT_WAIT : URFS_VERDICT_ALLOW;
	return 0;
}

/* A verdict without its bit must be empty, and keeps its value. */
static int check_member(u32 valid, u32 bit, const struct fcdlctl_verdict *in, u32 allowed, int *verdict)
{
	if (valid & bit)
		return check_verdict(in, allowed, verdict);
	return in->action || in->error || in->hold_ms || in->reserved ? -EINVAL : 0;
}

/*
 * urfs_check_policy() - check a policy as a whole and lay what it changes over @policy
 *
 * The name in it is not looked at.
 *
 * Return: 0, -EINVAL, -ERANGE or -EOPNOTSUPP; @policy has changed only with 0.
 */
int urfs_check_policy(const struct fcdlctl_policy *in, struct urfs_policy *policy)
{
	const u32 judge = 1U << FCDLCTL_ALLOW | 1U << FCDLCTL_DENY;
	struct urfs_policy p = *policy;
	size_t i;
	int err;

	if (!in->valid || in->valid & ~(u32)FCDLCTL_POLICY_ALL || in->refused)
		return -EINVAL;
	for (i = 0; i < sizeof(in->reserved) / sizeof(in->reserved[0]); i++) {
		if (in->reserved[i])
			return -EINVAL;
	}
	err = check_member(in->valid, FCDLCTL_POLICY_ON_TIMEOUT, &in->on_timeout, judge, &p.on_timeout);
	if (err)
		return err;
	err = check_member(in->valid, FCDLCTL_POLICY_ON_OVERLOAD, &in->on_overload, judge | 1U << FCDLCTL_WAIT,
			   &p.on_overload);
	if (err)
		return err;
	err = check_member(in->valid, FCDLCTL_POLICY_ON_EXIT, &in->on_exit, judge, &p.on_exit);
	if (err)
		return err;
	err = check_member(in->valid, FCDLCTL_POLICY_ON_UNASKABLE, &in->on_unaskable, judge, &p.on_unaskable);
	if (err)
		return err;
	if (in->valid & FCDLCTL_POLICY_DEADLINE) {
		if (!in->deadline_ms || in->deadline_ms > URFS_DEADLINE_MS_MAX)
			return -ERANGE;
		p.deadline_ms = in->deadline_ms;
	} else if (in->deadline_ms) {
		return -EINVAL;
	}
	*policy = p;
	return 0;
}

/*
 * urfs_policy_unnamed() - what a filter has not chosen itself
 * @named:	FCDLCTL_POLICY_ bits of what it has
 * @data:	it changes data: what passed it by would be corrupt. It waits for room, as others do, and then denies
 */
void urfs_policy_unnamed(struct urfs_policy *policy, u32 named, bool data)
{
	int verdict = data ? -EIO : URFS_VERDICT_ALLOW;

	if (!(named & FCDLCTL_POLICY_ON_TIMEOUT))
		policy->on_timeout = verdict;
	if (!(named & FCDLCTL_POLICY_ON_EXIT))
		policy->on_exit = verdict;
	if (!(named & FCDLCTL_POLICY_ON_UNASKABLE))
		policy->on_unaskable = verdict;
}

/* urfs_verdict_show() - a verdict as the control device tells it */
void urfs_verdict_show(int verdict, struct fcdlctl_verdict *out)
{
	memset(out, 0, sizeof(*out));
	out->action = verdict < 0 ? FCDLCTL_DENY : verdict == URFS_VERDICT_WAIT ? FCDLCTL_WAIT : FCDLCTL_ALLOW;
	out->error = verdict < 0 ? (u32)-verdict : 0;
}

/* urfs_policy_show() - a policy as the control device tells it */
void urfs_policy_show(const struct urfs_policy *policy, struct fcdlctl_policy *out)
{
	out->valid = FCDLCTL_POLICY_ALL;
	out->deadline_ms = policy->deadline_ms;
	urfs_verdict_show(policy->on_timeout, &out->on_timeout);
	urfs_verdict_show(policy->on_overload, &out->on_overload);
	urfs_verdict_show(policy->on_exit, &out->on_exit);
	urfs_verdict_show(policy->on_unaskable, &out->on_unaskable);
}
