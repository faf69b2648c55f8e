// SPDX-License-Identifier: GPL-2.0-only
/*
 * rule.c - path rules, and the objects that they hang on
 *
 * REFCNT: an anchor is counted as the fsnotify mark that it begins with. A rule belongs to its filter's list.
 *
 * LIFETIME: An anchor lives from the first rule on its object to the last, or until its object is deleted or unmounted:
 * then fsnotify frees the mark and the rules on it turn stale. They stay in their filters' lists, and setting the same
 * path again gives them a new anchor. The mark pins the inode, never the mount or the superblock.
 *
 * LOCKING:
 *  rfs_rules_mutex	serialises all changes that begin with us: set, delete, drop, attach, detach
 *  rfs_rules_lock	protects what a freed mark changes by itself: links between rules and anchors, sets, counts.
 *			Spinlock, nothing is taken under it but the bucket locks of the table and a dentry's d_lock.
 *  RCU			readers of the table of anchors, which is what every operation in scope or not passes through
 * Order: rfs_rules_mutex, rfs_rules_lock; s_umount is only tried. anchor_freeing() runs at umount under s_umount, and at rmdir under
 * the parent's lock: it takes the spinlock only, and leaves detaching to a work item.
 */
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "attach.h"
#include "call.h"
#include "compat.h"
#include "filter.h"
#include "memo.h"
#include "rule.h"
#include "stats.h"

DEFINE_MUTEX(rfs_rules_mutex);
DEFINE_SPINLOCK(rfs_rules_lock);

static struct fsnotify_group *rule_group;
static struct rhashtable anchors;
static u64 last_id; /* protected by rfs_rules_mutex */

/* Every object with an fsnotify mark of anybody's is looked up: a multiplication, not jhash */
static u32 inode_hash(const void *key, u32 len, u32 seed)
{
	return hash_ptr(*(const struct inode *const *)key, 32);
}

static const struct rhashtable_params anchor_params = {
	.hashfn = inode_hash,
	.key_len = sizeof_field(struct rfs_anchor, inode),
	.key_offset = offsetof(struct rfs_anchor, inode),
	.head_offset = offsetof(struct rfs_anchor, node),
	.automatic_shrinking = true,
};

/* ---- Marks in existence ---- */

/*
 * A mark that was destroyed lives on as long as fsnotify uses it: until its reaper comes by, or, if it is in the list
 * that a fanotify permission event waits on, until that listener answers, which may be never. So each holds a reference
 * to the module, and rmmod is refused rather than made to wait.
 */
static atomic_t marks = ATOMIC_INIT(0);

void rfs_mark_born(void)
{
	__module_get(THIS_MODULE);
	atomic_inc(&marks);
}

void rfs_mark_died(void)
{
	atomic_dec(&marks);
	/* what is left of this text is waited for by rfs_marks_wait() */
	module_put(THIS_MODULE);
}

/* rfs_marks_flush() - have marks that nobody uses any more freed now, so that rmmod is not refused for them */
void rfs_marks_flush(void)
{
	bool locked;

	if (!rfs_ctx_inside(&locked))
		fsnotify_wait_marks_destroyed();
}

/* rfs_marks_wait() - at unload, when every mark was freed: wait for the reaper to be done with the last one */
void rfs_marks_wait(void)
{
	WARN_ON_ONCE(atomic_read(&marks));
	fsnotify_wait_marks_destroyed();
}

/* ---- Anchors ---- */

/* rfs_anchor_find() - the anchor of an object, or NULL. Under rcu_read_lock, and valid as long. */
struct rfs_anchor *rfs_anchor_find(const struct inode *inode)
{
	return rhashtable_lookup(&anchors, &inode, anchor_params);
}

/* rfs_anchor_read() - a consistent copy of what an anchor's rules say */
void rfs_anchor_read(struct rfs_anchor *anchor, struct rfs_ruleset *set)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&anchor->seq);
		*set = anchor->set;
	} while (read_seqcount_retry(&anchor->seq, seq));
}

/* From the anchor's rules. Other filters' bits do not flicker while one changes. */
static void anchor_recompute(struct rfs_anchor *anchor)
{
	struct rfs_ruleset set = {};
	struct rfs_rule *rule;

	lockdep_assert_held(&rfs_rules_lock);
	list_for_each_entry(rule, &anchor->rules, of_anchor) {
		rfs_set_add(&set.any, rule->filter->slot);
		if (rule->flags & RFS_PATH_INCLUDE)
			rfs_set_add(&set.include, rule->filter->slot);
		if (rule->flags & RFS_PATH_SUBTREE)
			rfs_set_add(&set.subtree, rule->filter->slot);
	}
	write_seqcount_begin(&anchor->seq);
	anchor->set = set;
	write_seqcount_end(&anchor->seq);
}

static void sb_add_rule(struct rfs_sb *rsb, const struct rfs_rule *rule)
{
	lockdep_assert_held(&rfs_rules_lock);
	rsb->rules++;
	if (!(rule->flags & RFS_PATH_INCLUDE))
		return;
	rfs_set_add(&rsb->included, rule->filter->slot);
	if (rule->filter->flags & RFS_FILTER_UNPLACED)
		rfs_set_add(&rsb->unplaced, rule->filter->slot);
}

/* An including rule left: does its filter have others on this file system? */
static void sb_recount(struct rfs_sb *rsb, const struct rfs_flt *filter)
{
	struct rfs_rule *rule;

	lockdep_assert_held(&rfs_rules_lock);
	list_for_each_entry(rule, &filter->anchored, of_filter_anchored)
		if (rule->anchor->rsb == rsb && (rule->flags & RFS_PATH_INCLUDE))
			return;
	rfs_set_del(&rsb->included, filter->slot);
	rfs_set_del(&rsb->unplaced, filter->slot);
}

/* Takes a rule off its anchor */
static void rule_unhang(struct rfs_rule *rule)
{
	struct rfs_anchor *anchor = rule->anchor;

	lockdep_assert_held(&rfs_rules_lock);
	list_del_init(&rule->of_anchor);
	list_del_init(&rule->of_filter_anchored);
	rule->anchor = NULL;
	anchor_recompute(anchor);
	anchor->rsb->rules--;
	sb_recount(anchor->rsb, rule->filter);
}

static void rule_turn_stale(struct rfs_rule *rule)
{
	rule_unhang(rule);
	rule->filter->nr_stale++;
}

static void rule_hang(struct rfs_rule *rule, struct rfs_anchor *anchor)
{
	lockdep_assert_held(&rfs_rules_lock);
	rule->anchor = anchor;
	list_add(&rule->of_anchor, &anchor->rules);
	list_add(&rule->of_filter_anchored, &rule->filter->anchored);
	anchor_recompute(anchor);
	sb_add_rule(anchor->rsb, rule);
}

static void detach_idle(struct work_struct *work)
{
	mutex_lock(&rfs_rules_mutex);
	rfs_sb_detach_idle();
	mutex_unlock(&rfs_rules_mutex);
	rfs_marks_flush();
}
static DECLARE_DELAYED_WORK(idle_work, detach_idle);

/* rfs_rules_detach_later() - detach file systems without rules after @ms milliseconds. Any context. */
void rfs_rules_detach_later(unsigned int ms)
{
	schedule_delayed_work(&idle_work, msecs_to_jiffies(ms));
}

static void anchor_freeing(struct fsnotify_mark *mark, struct fsnotify_group *group)
{
	struct rfs_anchor *anchor = container_of(mark, struct rfs_anchor, mark);
	struct rfs_rule *rule, *tmp;
	bool last;

	spin_lock(&rfs_rules_lock);
	anchor->dead = true;
	list_for_each_entry_safe(rule, tmp, &anchor->rules, of_anchor)
		rule_turn_stale(rule);
	rhashtable_remove_fast(&anchors, &anchor->node, anchor_params);
	last = !--anchor->rsb->anchors;
	spin_unlock(&rfs_rules_lock);
	if (last)
		rfs_rules_detach_later(0);
}

static void anchor_free(struct fsnotify_mark *mark)
{
	struct rfs_anchor *anchor = container_of(mark, struct rfs_anchor, mark);

	rfs_sb_put(anchor->rsb);
	rfs_uncount(anchors);
	kfree_rcu(anchor, rcu);
	rfs_mark_died();
}

static int no_event(struct fsnotify_mark *mark, u32 mask, struct inode *inode, struct inode *dir,
		    const struct qstr *name, u32 cookie)
{
	return 0;
}

static const struct fsnotify_ops rule_ops = {
	.handle_inode_event = no_event,
	.freeing_mark = anchor_freeing,
	.free_mark = anchor_free,
};

/* Return: the anchor of an object with a reference to its mark, or NULL */
static struct rfs_anchor *anchor_get(const struct inode *inode)
{
	struct rfs_anchor *anchor;

	rcu_read_lock();
	spin_lock(&rfs_rules_lock);
	anchor = rfs_anchor_find(inode);
	if (anchor)
		refcount_inc(&anchor->mark.refcnt);
	spin_unlock(&rfs_rules_lock);
	rcu_read_unlock();
	return anchor;
}

/*
 * Return: a new anchor with a reference to its mark, or ERR_PTR. The caller's path keeps the inode, and no other anchor
 * can be made for it: rfs_rules_mutex is held.
 */
static struct rfs_anchor *anchor_make(struct inode *inode, struct rfs_sb *rsb)
{
	struct rfs_anchor *anchor = kzalloc(sizeof(*anchor), GFP_KERNEL);
	int err;

	lockdep_assert_held(&rfs_rules_mutex);
	if (!anchor)
		return ERR_PTR(-ENOMEM);
	anchor->inode = inode;
	anchor->rsb = rsb;
	INIT_LIST_HEAD(&anchor->rules);
	seqcount_spinlock_init(&anchor->seq, &rfs_rules_lock);
	refcount_inc(&rsb->refs);
	rfs_count(anchors);
	fsnotify_init_mark(&anchor->mark, rule_group);
	rfs_mark_born();

	spin_lock(&rfs_rules_lock);
	err = rhashtable_insert_fast(&anchors, &anchor->node, anchor_params);
	if (!err)
		rsb->anchors++;
	spin_unlock(&rfs_rules_lock);
	if (err)
		goto err_put;
	err = fsnotify_add_inode_mark(&anchor->mark, inode, 0);
	if (err)
		goto err_remove;
	/* deleted before the mark was there: its freeing would never come */
	if (!READ_ONCE(inode->i_nlink)) {
		fsnotify_destroy_mark(&anchor->mark, rule_group);
		err = -ENOENT;
		goto err_put;
	}
	return anchor;

err_remove:
	spin_lock(&rfs_rules_lock);
	rhashtable_remove_fast(&anchors, &anchor->node, anchor_params);
	rsb->anchors--;
	spin_unlock(&rfs_rules_lock);
err_put:
	fsnotify_put_mark(&anchor->mark);
	return ERR_PTR(err);
}

/*
 * Lets go of an anchor that has no rules left. The file system's inodes are restored before its last mark goes: until
 * then the mark keeps the superblock's end from passing unseen.
 */
static void anchor_drop_if_empty(struct rfs_anchor *anchor)
{
	bool empty, last;

	lockdep_assert_held(&rfs_rules_mutex);
	spin_lock(&rfs_rules_lock);
	empty = !anchor->dead && list_empty(&anchor->rules);
	last = empty && anchor->rsb->anchors == 1;
	spin_unlock(&rfs_rules_lock);
	if (last)
		rfs_sb_detach(anchor->rsb);
	if (empty)
		fsnotify_destroy_mark(&anchor->mark, rule_group);
}

/* ---- Rules ---- */

static void rule_free(struct rfs_rule *rule)
{
	rfs_uncount(rules);
	kfree(rule);
}

static struct rfs_rule *rule_make(struct rfs_flt *filter, const char *path, int flags)
{
	size_t len = strlen(path);
	struct rfs_rule *rule;

	while (len > 1 && path[len - 1] == '/')
		len--;
	rule = kzalloc(struct_size(rule, path, len + 1), GFP_KERNEL);
	if (!rule)
		return NULL;
	INIT_LIST_HEAD(&rule->of_filter);
	INIT_LIST_HEAD(&rule->of_anchor);
	INIT_LIST_HEAD(&rule->of_filter_anchored);
	rule->filter = filter;
	rule->flags = flags;
	rule->len = len;
	memcpy(rule->path, path, len);
	rfs_count(rules);
	return rule;
}

/* The filter's rule on an object, or NULL */
static struct rfs_rule *rule_on(const struct rfs_flt *filter, const struct rfs_anchor *anchor)
{
	struct rfs_rule *rule;

	lockdep_assert_held(&rfs_rules_lock);
	list_for_each_entry(rule, &anchor->rules, of_anchor)
		if (rule->filter == filter)
			return rule;
	return NULL;
}

/* How the setter came to the object, if that may have several names */
static void rule_note_name(struct rfs_rule *rule, struct dentry *dentry)
{
	if (d_is_dir(dentry))
		return;
	spin_lock(&dentry->d_lock);
	rule->parent = d_inode(dentry->d_parent);
	rule->name_hash = full_name_hash(NULL, dentry->d_name.name, dentry->d_name.len);
	spin_unlock(&dentry->d_lock);
}

/* rfs_rule_names() - is this the name that the rule's path is about? Under rcu_read_lock. */
bool rfs_rule_names(const struct rfs_rule *rule, struct dentry *dentry)
{
	bool same;

	if (!rule->parent)
		return true;
	spin_lock(&dentry->d_lock);
	same = rule->parent == d_inode_rcu(dentry->d_parent) &&
	       rule->name_hash == full_name_hash(NULL, dentry->d_name.name, dentry->d_name.len);
	spin_unlock(&dentry->d_lock);
	return same;
}

static bool rule_is_called(const struct rfs_rule *rule, const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return rule->len == len && !memcmp(rule->path, path, len);
}

static struct rfs_rule *rule_called(struct rfs_flt *filter, const char *path, bool stale_only)
{
	struct rfs_rule *rule;

	lockdep_assert_held(&rfs_rules_mutex);
	list_for_each_entry(rule, &filter->rules, of_filter) {
		if (stale_only && READ_ONCE(rule->anchor))
			continue;
		if (rule_is_called(rule, path))
			return rule;
	}
	return NULL;
}

/* Unlinks and frees a rule, and its anchor if it was the last one on it */
static void rule_remove(struct rfs_rule *rule)
{
	struct rfs_anchor *anchor;

	lockdep_assert_held(&rfs_rules_mutex);
	spin_lock(&rfs_rules_lock);
	anchor = rule->anchor;
	if (anchor) {
		refcount_inc(&anchor->mark.refcnt);
		rule_unhang(rule);
	} else {
		rule->filter->nr_stale--;
	}
	list_del(&rule->of_filter);
	rule->filter->nr_rules--;
	spin_unlock(&rfs_rules_lock);
	rule_free(rule);
	if (anchor) {
		anchor_drop_if_empty(anchor);
		fsnotify_put_mark(&anchor->mark);
	}
}

/*
 * rfs_rule_set() - give a filter a rule
 * @filter:	registered
 * @at:		the object, held by the caller
 * @path:	what the setter called it
 * @flags:	checked RFS_PATH_ bits
 * @replaced:	out: whether the object had a rule of this filter
 *
 * May sleep. Return: 0; -EBUSY if the filter is being unregistered; -EOPNOTSUPP, -ENOENT, -ENOMEM; as rfs_set_path().
 */
int rfs_rule_set(struct rfs_flt *filter, const struct path *at, const char *path, int flags, bool *replaced)
{
	struct inode *inode = d_inode(at->dentry);
	struct rfs_rule *rule, *old, *stale;
	struct rfs_anchor *anchor;
	struct rfs_sb *rsb;
	int err = -ENOMEM;

	*replaced = false;
	rule = rule_make(filter, path, flags & ~RFS_PATH_FORCE);
	if (!rule)
		return -ENOMEM;
	rule_note_name(rule, at->dentry);

	mutex_lock(&rfs_rules_mutex);
	if (filter->dead) {
		err = -EBUSY;
		goto err_free;
	}
	anchor = anchor_get(inode);
	if (!anchor) {
		rsb = rfs_sb_attach(inode->i_sb, flags & RFS_PATH_FORCE);
		if (IS_ERR(rsb)) {
			err = PTR_ERR(rsb);
			goto err_free;
		}
		anchor = anchor_make(inode, rsb);
		if (IS_ERR(anchor)) {
			err = PTR_ERR(anchor);
			goto err_idle;
		}
	}
	stale = READ_ONCE(filter->nr_stale) ? rule_called(filter, path, true) : NULL;

	spin_lock(&rfs_rules_lock);
	if (anchor->dead) {
		spin_unlock(&rfs_rules_lock);
		fsnotify_put_mark(&anchor->mark);
		err = -ENOENT;
		goto err_idle;
	}
	old = rule_on(filter, anchor);
	rule->id = old ? old->id : stale ? stale->id : ++last_id;
	if (old) {
		/* in one go: no operation sees the object without a rule */
		list_replace_init(&old->of_anchor, &rule->of_anchor);
		list_replace_init(&old->of_filter_anchored, &rule->of_filter_anchored);
		old->anchor = NULL;
		rule->anchor = anchor;
		anchor_recompute(anchor);
		anchor->rsb->rules--;
		sb_add_rule(anchor->rsb, rule);
		sb_recount(anchor->rsb, filter);
		*replaced = true;
	} else {
		rule_hang(rule, anchor);
	}
	/* in the place of the one that it replaces, so that the list stays in order of id */
	if (old) {
		list_replace_init(&old->of_filter, &rule->of_filter);
	} else if (stale) {
		list_replace_init(&stale->of_filter, &rule->of_filter);
		filter->nr_stale--;
	} else {
		list_add_tail(&rule->of_filter, &filter->rules);
		filter->nr_rules++;
	}
	spin_unlock(&rfs_rules_lock);

	if (old) {
		rule_free(old);
		/* what had this path before is gone, and another rule leads to the object that has it now */
		if (stale)
			rule_remove(stale);
	} else if (stale) {
		rule_free(stale);
	}
	fsnotify_put_mark(&anchor->mark);
	mutex_unlock(&rfs_rules_mutex);
	rfs_memo_forget(filter);
	return 0;

err_idle:
	rfs_sb_detach_idle();
err_free:
	mutex_unlock(&rfs_rules_mutex);
	rule_free(rule);
	return err;
}

static struct rfs_rule *rule_at(const struct rfs_flt *filter, const struct inode *inode)
{
	struct rfs_anchor *anchor;
	struct rfs_rule *rule;

	rcu_read_lock();
	spin_lock(&rfs_rules_lock);
	anchor = rfs_anchor_find(inode);
	rule = anchor ? rule_on(filter, anchor) : NULL;
	spin_unlock(&rfs_rules_lock);
	rcu_read_unlock();
	return rule;
}

/*
 * rfs_rule_del() - remove a filter's rule
 * @at:		the object that the path leads to now, or NULL if it leads nowhere
 * @path:	what the rule was called when it was set
 *
 * Return: 0 or -ENOENT
 */
int rfs_rule_del(struct rfs_flt *filter, const struct path *at, const char *path)
{
	struct rfs_rule *rule;

	mutex_lock(&rfs_rules_mutex);
	rule = rule_called(filter, path, false);
	if (!rule && at)
		rule = rule_at(filter, d_inode(at->dentry));
	if (rule)
		rule_remove(rule);
	mutex_unlock(&rfs_rules_mutex);
	rfs_memo_forget(filter);
	return rule ? 0 : -ENOENT;
}

/* rfs_rules_drop() - remove all rules of a filter that is going; it gets no new ones */
void rfs_rules_drop(struct rfs_flt *filter)
{
	struct rfs_rule *rule, *tmp;

	mutex_lock(&rfs_rules_mutex);
	filter->dead = true;
	list_for_each_entry_safe(rule, tmp, &filter->rules, of_filter)
		rule_remove(rule);
	mutex_unlock(&rfs_rules_mutex);
}

/*
 * rfs_rules_detach_all() - take redirfs off every file system; the rules stay, stale
 *
 * May sleep. Return: 0, or -EINTR if the caller was killed.
 */
int rfs_rules_detach_all(void)
{
	struct rhashtable_iter iter;
	struct rfs_anchor *anchor;

	if (mutex_lock_killable(&rfs_rules_mutex))
		return -EINTR;
	do {
		rhashtable_walk_enter(&anchors, &iter);
		rhashtable_walk_start(&iter);
		do {
			anchor = rhashtable_walk_next(&iter);
		} while (IS_ERR(anchor));
		if (anchor) {
			spin_lock(&rfs_rules_lock);
			if (anchor->dead)
				anchor = ERR_PTR(-EAGAIN);
			else
				refcount_inc(&anchor->mark.refcnt);
			spin_unlock(&rfs_rules_lock);
		}
		rhashtable_walk_stop(&iter);
		rhashtable_walk_exit(&iter);
		if (!IS_ERR_OR_NULL(anchor)) {
			struct rfs_rule *rule, *tmp;

			spin_lock(&rfs_rules_lock);
			list_for_each_entry_safe(rule, tmp, &anchor->rules, of_anchor)
				rule_turn_stale(rule);
			spin_unlock(&rfs_rules_lock);
			anchor_drop_if_empty(anchor);
			fsnotify_put_mark(&anchor->mark);
		}
		/* it may be in the middle of being freed by somebody else */
		cond_resched();
	} while (anchor && !fatal_signal_pending(current));
	mutex_unlock(&rfs_rules_mutex);
	rfs_marks_flush();
	return anchor ? -EINTR : 0;
}

int rfs_rule_init(void)
{
	int err;

	err = rhashtable_init(&anchors, &anchor_params);
	if (err)
		return err;
	rule_group = fsnotify_alloc_group(&rule_ops, 0);
	if (IS_ERR(rule_group)) {
		rhashtable_destroy(&anchors);
		return PTR_ERR(rule_group);
	}
	return 0;
}

/* rfs_rule_exit() - after rfs_attach_exit(), which waited for all marks */
void rfs_rule_exit(void)
{
	cancel_delayed_work_sync(&idle_work);
	fsnotify_put_group(rule_group);
	/* kfree_rcu() of anchors needs no text of ours, but the table's readers need the table */
	synchronize_rcu();
	rhashtable_destroy(&anchors);
}
