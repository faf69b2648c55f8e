// SPDX-License-Identifier: GPL-2.0-only
/*
 * filter.c - filters: their registry, and the chain of the active ones
 *
 * REFCNT: struct rfs_flt is counted by the registry, by every chain that it is in, and by whoever looks it up for the
 * control device. struct rfs_chain is counted by being current and by every operation that runs through it.
 *
 * LIFETIME: rfs_unregister_filter() takes a filter out of the registry and out of the current chain (unpublish), marks
 * it gone so that no callback begins, removes its rules, waits for the callbacks in progress, and drops the registry's
 * reference. Operations between pre and post may hold a chain with it for as long as the file system takes; they skip
 * its post callback. The slot becomes free with the last reference, so that no old chain mistakes a new filter for it.
 *
 * LOCKING: rfs_filters_mutex protects the registry and the making of chains. The current chain is read under RCU.
 * A filter's run_lock protects the list of its callbacks in progress. Order: rfs_filters_mutex, run_lock.
 */
#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "call.h"
#include "filter.h"
#include "memo.h"
#include "priv.h"
#include "rule.h"
#include "shadow.h"
#include "stats.h"

DEFINE_MUTEX(rfs_filters_mutex);
struct rfs_chain __rcu *rfs_chain;
struct rfs_set rfs_data_filters;
/* A filter that hides entries of directories was active; protected by rfs_filters_mutex */
static bool hidden;

LIST_HEAD(rfs_filters);
static unsigned int nr_filters;
static u64 last_id;
/* Set and cleared with atomic bit operations: the last reference may go in any context */
static DECLARE_BITMAP(slots, RFS_FILTERS_MAX);
/* Given out in turn: who found a bit in a scope a moment ago does not meet another filter behind it */
static unsigned int next_slot;

/*
 * Every filter that exists, until its last reference goes, which may be in softirq. Changed under all_lock, under which
 * nothing else is taken, and read under RCU.
 */
static LIST_HEAD(all_filters);
static DEFINE_SPINLOCK(all_lock);

/* ---- Operation tables ---- */

static void optable_put(struct rfs_optable *ops)
{
	if (ops && refcount_dec_and_test(&ops->refs))
		kfree(ops);
}

/* RFS_OP_DATA is for the direction in which data are on their way to who wants them, and somebody has to wait for it. */
static int data_flags_check(const struct rfs_op_info *info)
{
	if (!(info->flags & RFS_OP_DATA))
		return info->flags & RFS_OP_PLACED ? -EINVAL : 0;
	switch (info->op_id) {
	case RFS_OP_READ:
		return info->post_cb && !(info->flags & RFS_OP_POST_NOTIFY) ? 0 : -EINVAL;
	case RFS_OP_READDIR:
		return info->post_cb && !(info->flags & (RFS_OP_POST_NOTIFY | RFS_OP_PLACED)) ? 0 : -EINVAL;
	case RFS_OP_WRITE:
		return info->pre_cb && !(info->flags & RFS_OP_PRE_NOTIFY) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static int optable_add(struct rfs_optable *ops, const struct rfs_op_info *info)
{
	unsigned int id = info->op_id;
	struct rfs_op_callbacks *op;

	if (id >= RFS_OP_MAX)
		return -EINVAL;
	if (!(RFS_OPS_OFFERED & RFS_OP_BIT(id)))
		return -EOPNOTSUPP;
	op = &ops->op[id];
	if (op->pre || op->post ||
	    (info->flags & ~(RFS_OP_PRE_NOTIFY | RFS_OP_POST_NOTIFY | RFS_OP_DATA | RFS_OP_PLACED)))
		return -EINVAL;
	if ((!info->pre_cb && !info->post_cb) || (RFS_OPS_POST_ONLY & RFS_OP_BIT(id) && info->pre_cb))
		return -EINVAL;
	if (data_flags_check(info))
		return -EINVAL;
	op->pre = info->pre_cb;
	op->post = info->post_cb;
	op->flags = info->flags;
	return 0;
}

/* ---- Chains ---- */

static void chain_free(struct rcu_head *rcu)
{
	struct rfs_chain *chain = container_of(rcu, struct rfs_chain, rcu);
	unsigned int i;

	for (i = 0; i < chain->nr; i++) {
		optable_put(chain->link[i].ops);
		rfs_filter_put(chain->link[i].filter);
	}
	kvfree(chain);
}

void rfs_chain_put(struct rfs_chain *chain)
{
	/* readers under RCU may be trying to take a reference to the current one */
	if (refcount_dec_and_test(&chain->refs))
		call_rcu(&chain->rcu, chain_free);
}

/* rfs_chain_get() - the current chain with a reference. Any context. */
struct rfs_chain *rfs_chain_get(void)
{
	struct rfs_chain *chain;

	rcu_read_lock();
	do {
		chain = rcu_dereference(rfs_chain);
	} while (!refcount_inc_not_zero(&chain->refs));
	rcu_read_unlock();
	return chain;
}

static bool ops_have(const struct rfs_optable *ops, unsigned int flags)
{
	return (ops->op[RFS_OP_READ].flags | ops->op[RFS_OP_WRITE].flags) & flags;
}

static void chain_link(struct rfs_chain *chain, struct rfs_flt *filter)
{
	struct rfs_link *link = &chain->link[chain->nr++];
	unsigned int op;

	link->filter = filter;
	rfs_filter_get(filter);
	link->ops = filter->ops;
	refcount_inc(&filter->ops->refs);
	link->slot = filter->slot;
	link->data_offset = chain->data_size;
	chain->data_size += ALIGN(filter->op_data_size, 8);
	for (op = 0; op < RFS_OP_MAX; op++)
		if (filter->ops->op[op].pre || filter->ops->op[op].post)
			rfs_set_add(&chain->wants[op], filter->slot);
	if (filter->ops->op[RFS_OP_READDIR].flags & RFS_OP_DATA)
		hidden = true;
	if (ops_have(filter->ops, RFS_OP_DATA))
		rfs_set_add(&chain->data, filter->slot);
	if (ops_have(filter->ops, RFS_OP_PLACED))
		rfs_set_add(&chain->placed, filter->slot);
}

/* Those for rfs_data_filters, which a filter that is registered belongs to with its operations */
static void data_filters_update(void)
{
	struct rfs_set set = {};
	struct rfs_flt *filter;
	int i;

	lockdep_assert_held(&rfs_filters_mutex);
	rfs_filters_for_each(filter) if (filter->ops && ops_have(filter->ops, RFS_OP_DATA))
		rfs_set_add(&set, filter->slot);
	for (i = 0; i < RFS_SET_WORDS; i++)
		WRITE_ONCE(rfs_data_filters.w[i], set.w[i]);
}

/* What must be seen while somebody changes data: every way that these take, and those around them */
#define OPS_DATA                                                                              \
	(RFS_OP_BIT(RFS_OP_READ) | RFS_OP_BIT(RFS_OP_WRITE) | RFS_OP_BIT(RFS_OP_COPY_RANGE) | \
	 RFS_OP_BIT(RFS_OP_REMAP_RANGE))

/* Makes the registry's present state the current chain. Return: 0, or -ENOMEM with the old chain in force. */
static int chain_rebuild(void)
{
	struct rfs_chain *chain, *old;
	struct rfs_flt *filter;
	unsigned int op;
	u64 wanted = 0;

	lockdep_assert_held(&rfs_filters_mutex);
	chain = kvzalloc(struct_size(chain, link, nr_filters), GFP_KERNEL);
	if (!chain)
		return -ENOMEM;
	refcount_set(&chain->refs, 1);
	rfs_filters_for_each(filter) if (filter->active && filter->ops) chain_link(chain, filter);
	for (op = 0; op < RFS_OP_MAX; op++)
		if (!rfs_set_empty(&chain->wants[op]))
			wanted |= RFS_OP_BIT(op);
	if (!rfs_set_empty(&chain->data))
		wanted |= OPS_DATA;
	/* from then on always: directories that are open may have entries that were read ahead */
	if (hidden)
		wanted |= RFS_OP_BIT(RFS_OP_READDIR);
	old = rcu_replace_pointer(rfs_chain, chain, lockdep_is_held(&rfs_filters_mutex));
	rfs_shadow_want(wanted);
	if (old)
		rfs_chain_put(old);
	return 0;
}

/*
 * Taking filters away must not fail for want of memory: without a new chain the current one stays, and the filter is
 * skipped by its gone or active flag, which is looked at before each callback.
 */
static void chain_rebuild_less(void)
{
	if (chain_rebuild())
		pr_warn_once("redirfs: no memory for a shorter chain; filters that left are skipped one by one\n");
}

/* ---- Registry ---- */

void rfs_filter_get(struct rfs_flt *filter)
{
	refcount_inc(&filter->refs);
}

/* rfs_filter_put() - any context */
void rfs_filter_put(struct rfs_flt *filter)
{
	if (!refcount_dec_and_test(&filter->refs))
		return;
	spin_lock_bh(&all_lock);
	list_del_rcu(&filter->all);
	spin_unlock_bh(&all_lock);
	clear_bit(filter->slot, slots);
	optable_put(filter->ops);
	rfs_uncount(filters);
	kfree_rcu(filter, rcu);
}

static bool name_is_good(const char *name)
{
	size_t len = strnlen(name, RFS_NAME_LEN + 1);

	if (!len || len > RFS_NAME_LEN || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == len;
}

/* Checks what a filter says of itself. Members behind info->size are not there. */
static int info_read(const struct rfs_filter_info *info, struct rfs_flt *filter)
{
	if (!info->name || !name_is_good(info->name))
		return -EINVAL;
	strscpy(filter->name, info->name, sizeof(filter->name));
	filter->priority = info->priority;
	filter->active = info->active;
	if (!info->size)
		return 0;
	if (info->size != sizeof(*info) || info->reserved)
		return -EINVAL;
	if ((info->flags & ~(RFS_FILTER_LOCKED | RFS_FILTER_UNPLACED)) || info->op_data_size > RFS_OP_DATA_MAX)
		return -EINVAL;
	filter->flags = info->flags;
	filter->op_data_size = info->op_data_size;
	return 0;
}

/* Puts the filter into its place by priority */
static int registry_add(struct rfs_flt *filter)
{
	struct list_head *place = &rfs_filters;
	struct rfs_flt *other;
	unsigned int slot;

	lockdep_assert_held(&rfs_filters_mutex);
	rfs_filters_for_each(other)
	{
		if (other->priority == filter->priority || !strcmp(other->name, filter->name))
			return -EEXIST;
		if (place == &rfs_filters && other->priority > filter->priority)
			place = &other->list;
	}
	slot = find_next_zero_bit(slots, RFS_FILTERS_MAX, next_slot);
	if (slot == RFS_FILTERS_MAX)
		slot = find_first_zero_bit(slots, RFS_FILTERS_MAX);
	if (slot == RFS_FILTERS_MAX)
		return -ENOSPC;
	set_bit(slot, slots);
	next_slot = slot + 1;
	spin_lock_bh(&all_lock);
	list_add_rcu(&filter->all, &all_filters);
	spin_unlock_bh(&all_lock);
	filter->slot = slot;
	filter->id = ++last_id;
	list_add_tail(&filter->list, place);
	nr_filters++;
	return 0;
}

enum rfs_err rfs_register_filter(rfs_filter *out, struct rfs_filter_info *info)
{
	struct rfs_flt *filter;
	int err;

	if (!out || !info)
		return RFS_ERR_INVAL;
	filter = kzalloc(sizeof(*filter), GFP_KERNEL);
	if (!filter)
		return RFS_ERR_NOMEM;
	refcount_set(&filter->refs, 1);
	INIT_LIST_HEAD(&filter->rules);
	INIT_LIST_HEAD(&filter->anchored);
	INIT_LIST_HEAD(&filter->running);
	INIT_LIST_HEAD(&filter->priv);
	spin_lock_init(&filter->run_lock);
	init_waitqueue_head(&filter->run_wait);

	err = info_read(info, filter);
	if (!err) {
		mutex_lock(&rfs_filters_mutex);
		err = registry_add(filter);
		mutex_unlock(&rfs_filters_mutex);
	}
	if (err) {
		kfree(filter);
		return err;
	}
	rfs_count(filters);
	*out = filter;
	return RFS_ERR_OK;
}
EXPORT_SYMBOL_GPL(rfs_register_filter);

/* rfs_filters_any() - does fn say so of any filter that exists? fn must not sleep, and may see one in its last moment */
bool rfs_filters_any(bool (*fn)(struct rfs_flt *filter, void *data), void *data)
{
	struct rfs_flt *filter;
	bool any = false;

	rcu_read_lock();
	list_for_each_entry_rcu(filter, &all_filters, all)
		any |= fn(filter, data);
	rcu_read_unlock();
	return any;
}

/* Do callbacks run that began up to then, or is something that the filter had attached still being freed? */
static bool is_busy(struct rfs_flt *filter, u64 until)
{
	bool ending;

	spin_lock(&filter->run_lock);
	ending = filter->gone && filter->ending;
	spin_unlock(&filter->run_lock);
	return ending || rfs_ctx_running(filter, until);
}

/*
 * Waits for callbacks of the filter that are in progress now; of one that is gone also for the end of its data.
 *
 * Return: 0; -EINTR; -ETIME.
 */
static int wait_running(struct rfs_flt *filter, unsigned int state, long timeout)
{
	DEFINE_WAIT(wait);
	int err = 0;
	u64 until;

	spin_lock(&filter->run_lock);
	until = filter->run_seq;
	filter->run_waiters++;
	spin_unlock(&filter->run_lock);
	for (;;) {
		prepare_to_wait(&filter->run_wait, &wait, state);
		if (!is_busy(filter, until))
			break;
		if (signal_pending_state(state, current))
			err = -EINTR;
		else if (!timeout)
			err = -ETIME;
		if (err)
			break;
		timeout = schedule_timeout(timeout);
	}
	finish_wait(&filter->run_wait, &wait);
	spin_lock(&filter->run_lock);
	filter->run_waiters--;
	spin_unlock(&filter->run_lock);
	return err;
}

enum rfs_err rfs_unregister_filter_begin(rfs_filter filter)
{
	mutex_lock(&rfs_filters_mutex);
	spin_lock(&filter->run_lock);
	if (filter->gone) {
		spin_unlock(&filter->run_lock);
		mutex_unlock(&rfs_filters_mutex);
		return RFS_ERR_BUSY;
	}
	filter->gone = true;
	spin_unlock(&filter->run_lock);
	list_del(&filter->list);
	nr_filters--;
	data_filters_update();
	chain_rebuild_less();
	mutex_unlock(&rfs_filters_mutex);

	rfs_memo_leave(filter);
	rfs_rules_drop(filter);
	rfs_priv_leave(filter);
	rfs_marks_flush();
	return RFS_ERR_OK;
}
EXPORT_SYMBOL_GPL(rfs_unregister_filter_begin);

int rfs_unregister_filter_wait(rfs_filter filter, unsigned int state, long timeout)
{
	bool locked;

	return wait_running(filter, state, rfs_ctx_inside(&locked) ? 0 : timeout);
}
EXPORT_SYMBOL_GPL(rfs_unregister_filter_wait);

void rfs_unregister_filter_end(rfs_filter filter)
{
	rfs_filter_put(filter);
}
EXPORT_SYMBOL_GPL(rfs_unregister_filter_end);

/*
 * From inside a callback, of whatever filter, nobody is waited for: two callbacks that deactivate each other's filters, or
 * both their own, would wait for each other.
 */
static void wait_running_outside(struct rfs_flt *filter)
{
	bool locked;

	if (!rfs_ctx_inside(&locked))
		wait_running(filter, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}

enum rfs_err rfs_unregister_filter(rfs_filter filter)
{
	enum rfs_err err = rfs_unregister_filter_begin(filter);

	if (err)
		return err;
	wait_running_outside(filter);
	rfs_filter_put(filter);
	return RFS_ERR_OK;
}
EXPORT_SYMBOL_GPL(rfs_unregister_filter);

enum rfs_err rfs_set_operations(rfs_filter filter, struct rfs_op_info *op_info)
{
	struct rfs_optable *ops, *old;
	int err = 0;

	if (!op_info)
		return RFS_ERR_INVAL;
	ops = kzalloc(sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return RFS_ERR_NOMEM;
	refcount_set(&ops->refs, 1);
	for (; op_info->op_id != RFS_OP_END && !err; op_info++)
		err = optable_add(ops, op_info);
	if (err) {
		kfree(ops);
		return err;
	}

	mutex_lock(&rfs_filters_mutex);
	old = filter->ops;
	filter->ops = ops;
	if (filter->active && !filter->gone)
		err = chain_rebuild();
	if (err) {
		filter->ops = old;
		old = ops;
	}
	if (!filter->gone)
		data_filters_update();
	mutex_unlock(&rfs_filters_mutex);
	optable_put(old);
	rfs_memo_forget(filter);
	return err;
}
EXPORT_SYMBOL_GPL(rfs_set_operations);

/*
 * rfs_filter_set_active() - activate or deactivate, as rfs_activate_filter() and rfs_deactivate_filter()
 * @wait:	wait for callbacks in progress
 *
 * Return: 0; -EBUSY if the filter is gone; -ENOMEM.
 */
int rfs_filter_set_active(struct rfs_flt *filter, bool active, bool wait)
{
	int err = 0;

	mutex_lock(&rfs_filters_mutex);
	if (filter->gone) {
		err = -EBUSY;
	} else if (filter->active != active) {
		WRITE_ONCE(filter->active, active);
		if (active) {
			err = chain_rebuild();
			if (err)
				WRITE_ONCE(filter->active, false);
		} else {
			chain_rebuild_less();
		}
	}
	mutex_unlock(&rfs_filters_mutex);
	rfs_memo_forget(filter);
	if (wait && !err)
		wait_running_outside(filter);
	return err;
}

enum rfs_err rfs_activate_filter(rfs_filter filter)
{
	return rfs_filter_set_active(filter, true, false);
}
EXPORT_SYMBOL_GPL(rfs_activate_filter);

enum rfs_err rfs_deactivate_filter(rfs_filter filter)
{
	return rfs_filter_set_active(filter, false, true);
}
EXPORT_SYMBOL_GPL(rfs_deactivate_filter);

/*
 * rfs_filters_deactivate_all() - the way out: nothing is asked any more
 *
 * Does not ask modifier callbacks, does not mind locks, and does not wait for callbacks in progress.
 *
 * Return: how many filters were active.
 */
unsigned int rfs_filters_deactivate_all(void)
{
	const struct rfs_ctl_ops *ctl;
	struct rfs_flt *filter;
	unsigned int n = 0;

	mutex_lock(&rfs_filters_mutex);
	rfs_filters_for_each(filter)
	{
		if (filter->active) {
			WRITE_ONCE(filter->active, false);
			n++;
		}
		/* also if it was not active: a deactivation from elsewhere may be about to say so itself. Under the
		 * mutex it is registered, so its private data live.
		 */
		ctl = rfs_filter_ctl(filter);
		if (ctl && ctl->deactivated)
			ctl->deactivated(filter, READ_ONCE(filter->private_data));
	}
	chain_rebuild_less();
	mutex_unlock(&rfs_filters_mutex);
	return n;
}

/* ---- Paths ---- */

static int path_flags_check(int flags)
{
	int type = flags & (RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE);
	int scope = flags & (RFS_PATH_SINGLE | RFS_PATH_SUBTREE);

	if (flags & ~(RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE | RFS_PATH_SINGLE | RFS_PATH_SUBTREE | RFS_PATH_FORCE |
		      RFS_PATH_REPLACED))
		return -EINVAL;
	if (type != RFS_PATH_INCLUDE && type != RFS_PATH_EXCLUDE)
		return -EINVAL;
	return scope == RFS_PATH_SINGLE || scope == RFS_PATH_SUBTREE ? 0 : -EINVAL;
}

/*
 * Resolves a path in the context of current, before any lock of ours is taken (see rule.h). From inside a callback
 * under a lock of the VFS only what the dcache knows can be resolved: a look-up might want that very lock.
 */
static int resolve(const char *path, struct path *at)
{
	bool locked;

	/* a task that is past exit_fs(), releasing its files */
	if (!current->fs)
		return -ESTALE;
	rfs_ctx_inside(&locked);
	return kern_path(path, locked ? LOOKUP_FOLLOW | LOOKUP_CACHED : LOOKUP_FOLLOW, at);
}

enum rfs_err rfs_set_path(rfs_filter filter, struct rfs_path_info *info)
{
	struct path at;
	bool replaced;
	int err;

	if (!info || !info->path || info->path[0] != '/' || path_flags_check(info->flags))
		return RFS_ERR_INVAL;
	if (strnlen(info->path, RFS_PATH_LEN) >= RFS_PATH_LEN)
		return RFS_ERR_NAMETOOLONG;
	err = resolve(info->path, &at);
	if (err)
		return err;
	err = rfs_rule_set(filter, &at, info->path, info->flags & ~RFS_PATH_REPLACED, &replaced);
	path_put(&at);
	if (err)
		return err;
	info->flags &= ~RFS_PATH_REPLACED;
	if (replaced)
		info->flags |= RFS_PATH_REPLACED;
	return RFS_ERR_OK;
}
EXPORT_SYMBOL_GPL(rfs_set_path);

enum rfs_err rfs_del_path(rfs_filter filter, struct rfs_path_info *info)
{
	struct path at;
	int err, resolved;

	if (!info || !info->path || info->path[0] != '/')
		return RFS_ERR_INVAL;
	if (strnlen(info->path, RFS_PATH_LEN) >= RFS_PATH_LEN)
		return RFS_ERR_NAMETOOLONG;
	resolved = resolve(info->path, &at);
	err = rfs_rule_del(filter, resolved ? NULL : &at, info->path);
	if (!resolved)
		path_put(&at);
	return err;
}
EXPORT_SYMBOL_GPL(rfs_del_path);

/* ---- Small things ---- */

enum rfs_err rfs_set_mod_cb(rfs_filter filter, enum rfs_err (*mod_cb)(union rfs_mod *mod))
{
	WRITE_ONCE(filter->mod_cb, mod_cb);
	return RFS_ERR_OK;
}
EXPORT_SYMBOL_GPL(rfs_set_mod_cb);

enum rfs_err rfs_set_private_data(rfs_filter filter, void *private_data)
{
	WRITE_ONCE(filter->private_data, private_data);
	return RFS_ERR_OK;
}
EXPORT_SYMBOL_GPL(rfs_set_private_data);

void rfs_set_ctl_ops(rfs_filter filter, const struct rfs_ctl_ops *ops)
{
	/* pairs with rfs_filter_ctl(): who finds the description finds the private data that it goes with */
	smp_store_release(&filter->ctl, ops);
}
EXPORT_SYMBOL_GPL(rfs_set_ctl_ops);

const char *rfs_filter_name(rfs_filter filter)
{
	return filter->name;
}
EXPORT_SYMBOL_GPL(rfs_filter_name);

int rfs_filter_priority(rfs_filter filter)
{
	return filter->priority;
}
EXPORT_SYMBOL_GPL(rfs_filter_priority);

bool rfs_filter_is_active(rfs_filter filter)
{
	return READ_ONCE(filter->active);
}
EXPORT_SYMBOL_GPL(rfs_filter_is_active);

/* rfs_filter_by_name() - with a reference, or NULL */
struct rfs_flt *rfs_filter_by_name(const char *name)
{
	struct rfs_flt *filter, *found = NULL;

	mutex_lock(&rfs_filters_mutex);
	rfs_filters_for_each(filter)
	{
		if (!strcmp(filter->name, name)) {
			found = filter;
			rfs_filter_get(found);
			break;
		}
	}
	mutex_unlock(&rfs_filters_mutex);
	return found;
}

int rfs_filters_init(void)
{
	int err;

	mutex_lock(&rfs_filters_mutex);
	err = chain_rebuild();
	mutex_unlock(&rfs_filters_mutex);
	return err;
}

/* rfs_filters_exit() - no filter is registered, and no operation is inside */
void rfs_filters_exit(void)
{
	struct rfs_chain *chain = rcu_dereference_protected(rfs_chain, true);

	RCU_INIT_POINTER(rfs_chain, NULL);
	if (chain)
		rfs_chain_put(chain);
	/* chain_free() is text of ours */
	rcu_barrier();
}
