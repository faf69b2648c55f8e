// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctl_owner.c - filters with a policy and callers that seem to wait, for tests of the control device
 *
 * Stands for a module like urfs.ko: it describes its filters by struct rfs_ctl_ops. Nothing here ever waits; what it
 * says about callers is made up, so that a test knows what it must see. Two owners, so that their lists are joined.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <rfs.h>
#include <rfs_kernel.h>

static unsigned int pending = 3;
module_param(pending, uint, 0600);
MODULE_PARM_DESC(pending, "callers that seem to wait, at each owner");

static unsigned int handler;
module_param(handler, uint, 0600);
MODULE_PARM_DESC(handler, "process that seems to serve the filters");

static int refuse;
module_param(refuse, int, 0600);
MODULE_PARM_DESC(refuse, "negative errno that set_policy gives; 0: it changes the policy");

static unsigned int stats = 3;
module_param(stats, uint, 0600);
MODULE_PARM_DESC(stats, "counters of each filter");

static unsigned int state = FCDLCTL_STATE_OK;
module_param(state, uint, 0600);
MODULE_PARM_DESC(state, "FCDLCTL_STATE_ that the filters seem to be in");

/* One owner with one filter; @first is the id of its first caller, the next ones are two apart. */
struct owner {
	struct rfs_ctl_ops ops;
	const char *name;
	int priority;
	unsigned int flags;
	u64 first;
	rfs_filter filter;
	struct fcdlctl_policy policy;
};

/* Protects the policies; taken under locks of redirfs, never held asleep. */
static DEFINE_SPINLOCK(policy_lock);

static void owner_info(rfs_filter filter, void *private_data, struct fcdlctl_filter *info)
{
	struct owner *owner = private_data;

	spin_lock(&policy_lock);
	info->kind = FCDLCTL_KIND_USER;
	info->state = state;
	info->flags |= FCDLCTL_FILTER_POLICY;
	info->pid = handler;
	info->pending = pending;
	info->deadline_ms = owner->policy.deadline_ms;
	info->on_timeout = owner->policy.on_timeout;
	info->on_overload = owner->policy.on_overload;
	info->on_exit = owner->policy.on_exit;
	info->on_unaskable = owner->policy.on_unaskable;
	spin_unlock(&policy_lock);
}

static int owner_get_policy(rfs_filter filter, void *private_data, struct fcdlctl_policy *policy)
{
	struct owner *owner = private_data;
	char name[FCDLCTL_NAME_SIZE];

	memcpy(name, policy->filter, sizeof(name));
	spin_lock(&policy_lock);
	*policy = owner->policy;
	spin_unlock(&policy_lock);
	memcpy(policy->filter, name, sizeof(name));
	policy->valid = FCDLCTL_POLICY_ALL;
	return 0;
}

static int owner_set_policy(rfs_filter filter, void *private_data, const struct fcdlctl_policy *policy)
{
	struct owner *owner = private_data;

	if (READ_ONCE(refuse))
		return READ_ONCE(refuse);
	spin_lock(&policy_lock);
	if (policy->valid & FCDLCTL_POLICY_DEADLINE)
		owner->policy.deadline_ms = policy->deadline_ms;
	if (policy->valid & FCDLCTL_POLICY_ON_TIMEOUT)
		owner->policy.on_timeout = policy->on_timeout;
	if (policy->valid & FCDLCTL_POLICY_ON_OVERLOAD)
		owner->policy.on_overload = policy->on_overload;
	if (policy->valid & FCDLCTL_POLICY_ON_EXIT)
		owner->policy.on_exit = policy->on_exit;
	if (policy->valid & FCDLCTL_POLICY_ON_UNASKABLE)
		owner->policy.on_unaskable = policy->on_unaskable;
	spin_unlock(&policy_lock);
	return 0;
}

static int owner_stats(rfs_filter filter, void *private_data, struct fcdlctl_stat *entries, int max)
{
	int i, n = READ_ONCE(stats);

	for (i = 0; i < n && i < max; i++) {
		snprintf(entries[i].name, sizeof(entries[i].name), "made_up_%d", i);
		/* beyond 2^53, where numbers of careless JSON readers end */
		entries[i].value = U64_MAX - i;
	}
	return n;
}

static void make_up(const struct owner *owner, unsigned int nr, struct fcdlctl_pending *entry)
{
	entry->id = owner->first + 2 * nr;
	entry->waited_ns = 1234567890;
	entry->left_ns = 765432110;
	entry->op = nr % 2 ? RFS_OP_RENAME : RFS_OP_UNLINK;
	entry->flags = FCDLCTL_PENDING_FIRST | FCDLCTL_PENDING_LOCKED;
	entry->pid = 1;
	entry->tid = 1;
	entry->handler_pid = handler;
	entry->receivers = 2;
	entry->queued = 5;
	strscpy(entry->filter, owner->name, sizeof(entry->filter));
	strscpy(entry->comm, "odd \n\xff name", sizeof(entry->comm));
	snprintf(entry->path, sizeof(entry->path), "/made/up/%u\n\xff", nr);
	if (nr % 2) {
		entry->flags |= FCDLCTL_PENDING_SECOND | FCDLCTL_PENDING_POST | FCDLCTL_PENDING_SECOND_CUT;
		memset(entry->path2, 'y', sizeof(entry->path2) - 1);
		entry->path2[0] = '/';
		entry->receiver_tid = handler;
		entry->receiver_state = FCDLCTL_RECEIVER_BLOCKED;
		strscpy(entry->receiver_comm, "receiver", sizeof(entry->receiver_comm));
		strscpy(entry->receiver_wait, "some_lock", sizeof(entry->receiver_wait));
	}
}

static int owner_pending(const struct owner *owner, u64 after, struct fcdlctl_pending *entries, int max)
{
	unsigned int nr, n = READ_ONCE(pending);
	int count = 0;

	for (nr = 0; nr < n && count < max; nr++)
		if (owner->first + 2 * nr > after)
			make_up(owner, nr, &entries[count++]);
	return count;
}

static int first_pending(u64 after, struct fcdlctl_pending *entries, int max);
static int second_pending(u64 after, struct fcdlctl_pending *entries, int max);

static struct owner owners[] = {
	{
		.ops = { .pending = first_pending },
		.name = "first.owner",
		.priority = 1000000,
		.first = 1,
	},
	{
		.ops = { .pending = second_pending },
		.name = "second.owner",
		.priority = 1000001,
		.flags = RFS_FILTER_LOCKED,
		.first = 2,
	},
};

static int first_pending(u64 after, struct fcdlctl_pending *entries, int max)
{
	return owner_pending(&owners[0], after, entries, max);
}

static int second_pending(u64 after, struct fcdlctl_pending *entries, int max)
{
	return owner_pending(&owners[1], after, entries, max);
}

static int owner_register(struct owner *owner)
{
	struct rfs_filter_info info = {
		.name = owner->name,
		.priority = owner->priority,
		.size = sizeof(info),
		.flags = owner->flags,
	};
	int err;

	owner->ops.owner = THIS_MODULE;
	owner->ops.info = owner_info;
	owner->ops.get_policy = owner_get_policy;
	owner->ops.set_policy = owner_set_policy;
	owner->ops.stats = owner_stats;
	owner->policy.deadline_ms = 5000;
	owner->policy.on_timeout.action = FCDLCTL_ALLOW;
	owner->policy.on_overload.action = FCDLCTL_WAIT;
	owner->policy.on_exit.action = FCDLCTL_ALLOW;
	owner->policy.on_unaskable.action = FCDLCTL_ALLOW;
	err = rfs_register_filter(&owner->filter, &info);
	if (err)
		return err;
	rfs_set_private_data(owner->filter, owner);
	rfs_set_ctl_ops(owner->filter, &owner->ops);
	return 0;
}

static int __init ctl_owner_init(void)
{
	int err;

	err = owner_register(&owners[0]);
	if (err)
		return err;
	err = owner_register(&owners[1]);
	if (err)
		rfs_unregister_filter(owners[0].filter);
	return err;
}
module_init(ctl_owner_init);

static void __exit ctl_owner_exit(void)
{
	rfs_unregister_filter(owners[1].filter);
	rfs_unregister_filter(owners[0].filter);
}
module_exit(ctl_owner_exit);

MODULE_DESCRIPTION("filters with a policy and callers that seem to wait, for tests");
MODULE_LICENSE("GPL");
