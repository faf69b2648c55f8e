// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach.c - which file systems redirfs is on, and how it gets on them and off
 *
 * REFCNT: struct rfs_sb is counted by its umount notice (a mark on the root inode) and by each anchor on it. Nothing
 * counts the superblock: raising s_active would let umount return while the device is still busy.
 *
 * LIFETIME: made when the first rule of any filter lands on a file system. It ends in one of two ways, and whoever
 * takes it out of the table under rfs_rules_lock owns the restoring of inodes:
 *  - the last rule leaves: rfs_sb_detach(), with s_umount taken while the entry is still in the table;
 *  - umount: the umount notice is freed by generic_shutdown_super(), after inodes were evicted on some kernels and
 *    before it on others, but always while s_inodes is whole. What is left there is restored then and there.
 *
 * LOCKING: rfs_rules_mutex over attach and detach; see rule.h. rfs_rules_lock for the table and the counts.
 *
 * NEW INODES: the hook calls hook_seen() before an inode's dentry can be found by anybody. It is armed before the walk
 * over the existing inodes, and disarmed some seconds after the table is empty. The private file system of own.c is in the table as
 * long as the hook is armed.
 */
#include <linux/delay.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "attach.h"
#include "compat.h"
#include "fstype.h"
#include "own.h"
#include "rule.h"
#include "shadow.h"
#include "stats.h"

/* Times 10 ms: for how long a detach waits for somebody who remounts the file system */
#define DETACH_TRIES 100

/* Inodes that a walk handles between two chances to reschedule */
#define WALK_CHUNK 512

static DEFINE_HASHTABLE(sb_table, 6);
static LIST_HEAD(sb_list);
static struct fsnotify_group *sb_group;
static u64 last_id; /* protected by rfs_rules_mutex */

/* The private file system's entry; has no umount notice, and no rules */
static struct rfs_sb own_entry;

/*
 * Attached file systems, and those about to be; counted without a lock, since a file system may leave under s_umount.
 * arm_mutex protects @armed, and is held while the hook is armed or disarmed: that takes locks of ftrace and waits for
 * RCU-tasks, so nothing is waited for under it.
 */
static atomic_t arm_users = ATOMIC_INIT(0);
static DEFINE_MUTEX(arm_mutex);
static bool armed;
static void disarm_if_idle(struct work_struct *work);
static DECLARE_DELAYED_WORK(disarm_work, disarm_if_idle);
/* Disarming takes seconds; rules that come and go should not pay for it each time */
#define DISARM_DELAY (10 * HZ)

/* rfs_sb_find() - is this file system attached? Under rcu_read_lock, valid as long as it. */
struct rfs_sb *rfs_sb_find(const struct super_block *sb)
{
	struct rfs_sb *rsb;

	hash_for_each_possible_rcu(sb_table, rsb, node, (unsigned long)sb)
		if (rsb->sb == sb)
			return rsb;
	return NULL;
}

static void sb_insert(struct rfs_sb *rsb)
{
	spin_lock(&rfs_rules_lock);
	rsb->hashed = true;
	hash_add_rcu(sb_table, &rsb->node, (unsigned long)rsb->sb);
	spin_unlock(&rfs_rules_lock);
}

/* Return: whether it was in the table, so that the caller now owns the restoring */
static bool sb_take_out(struct rfs_sb *rsb)
{
	bool mine;

	spin_lock(&rfs_rules_lock);
	mine = rsb->hashed;
	if (mine) {
		rsb->hashed = false;
		hash_del_rcu(&rsb->node);
	}
	spin_unlock(&rfs_rules_lock);
	return mine;
}

void rfs_sb_put(struct rfs_sb *rsb)
{
	if (!refcount_dec_and_test(&rsb->refs))
		return;
	rfs_uncount(file_systems);
	kfree_rcu(rsb, rcu);
}

/* ---- The hook ---- */

/* In the hook: preemption is off, nothing may sleep. What a spare is lacking for is made good by the wrappers. */
static void hook_seen(struct inode *inode)
{
	bool lacking = false;
	struct rfs_sb *rsb;

	rcu_read_lock();
	rsb = rfs_sb_find(inode->i_sb);
	if (rsb)
		rfs_shadow_swap(inode, rsb->flags, &lacking);
	rcu_read_unlock();
}

/*
 * rfs_sb_shadow_result() - make sure that an inode which a wrapper brought to light is shadowed
 * @inode:	may be NULL or an ERR_PTR
 *
 * The hook has seen it already, unless a spare table was lacking or somebody switched probes off. May sleep: to get
 * spares.
 */
void rfs_sb_shadow_result(struct inode *inode)
{
	struct rfs_sb *rsb;
	bool lacking;

	if (IS_ERR_OR_NULL(inode))
		return;
	do {
		lacking = false;
		rcu_read_lock();
		rsb = rfs_sb_find(inode->i_sb);
		if (rsb && rfs_shadow_swap(inode, rsb->flags, &lacking))
			rfs_count(missed_hook);
		rcu_read_unlock();
	} while (unlikely(lacking) && !rfs_shadow_pool_fill());
}

static void disarm(void)
{
	lockdep_assert_held(&arm_mutex);
	if (!armed)
		return;
	sb_take_out(&own_entry);
	rfs_hook_disarm();
	armed = false;
}

static void disarm_if_idle(struct work_struct *work)
{
	mutex_lock(&arm_mutex);
	if (!atomic_read(&arm_users))
		disarm();
	mutex_unlock(&arm_mutex);
}

/* One user less. Does not sleep. */
static void unarm(void)
{
	if (atomic_dec_and_test(&arm_users))
		mod_delayed_work(rfs_system_wq, &disarm_work, DISARM_DELAY);
}

/* One user more, who calls unarm() if this fails too */
static int arm(void)
{
	int err = 0;

	atomic_inc(&arm_users);
	mutex_lock(&arm_mutex);
	if (!armed) {
		err = rfs_hook_arm(hook_seen);
		if (err) {
			pr_err("redirfs: cannot hook security_d_instantiate: error %d%s\n", err,
			       err == -EBUSY ? " (is kernel.ftrace_enabled 0?)" : "");
		} else {
			armed = true;
			sb_insert(&own_entry);
		}
	}
	mutex_unlock(&arm_mutex);
	return err;
}

/* rfs_hook_state() - tries the hook if it is armed for anybody. May sleep, for seconds while it is being disarmed. */
enum rfs_hook_state rfs_hook_state(void)
{
	enum rfs_hook_state state = RFS_HOOK_OFF;

	mutex_lock(&arm_mutex);
	if (armed && atomic_read(&arm_users))
		state = rfs_own_canary() ? RFS_HOOK_ALIVE : RFS_HOOK_DEAD;
	mutex_unlock(&arm_mutex);
	return state;
}

/* ---- Walks ---- */

static void walk_swap(struct inode *inode, const struct rfs_sb *rsb, bool *lacking)
{
	/* somebody has it open, or had a moment ago: those files stay as they are */
	bool is_open = S_ISREG(inode->i_mode) && atomic_read(&inode->i_writecount) > 0;

	if (rfs_shadow_swap(inode, rsb->flags, lacking) && is_open)
		rfs_count(uncovered);
}

static void walk_restore(struct inode *inode, const struct rfs_sb *rsb, bool *lacking)
{
	rfs_shadow_restore(inode);
}

/*
 * Calls fn for every inode of a superblock that is kept from going away by the caller. fn must not sleep. There may be
 * millions: the list lock is dropped after each chunk, at an inode that can be held meanwhile.
 *
 * Return: whether fn was lacking a spare table for one of them.
 */
static bool walk_inodes(const struct rfs_sb *rsb,
			void (*fn)(struct inode *inode, const struct rfs_sb *rsb, bool *lacking))
{
	struct super_block *sb = rsb->sb;
	struct inode *inode, *held = NULL;
	unsigned int n = 0;
	bool lacking = false;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		fn(inode, rsb, &lacking);
		if (++n < WALK_CHUNK || !igrab(inode))
			continue;
		n = 0;
		spin_unlock(&sb->s_inode_list_lock);
		iput(held);
		held = inode;
		cond_resched();
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(held);
	return lacking;
}

/* The entry is out of the table. Waits for the hook and for wrappers that found it there, and takes everything back. */
static void restore_all(struct rfs_sb *rsb)
{
	synchronize_rcu();
	rfs_shadow_xattr_restore(rsb->sb);
	walk_inodes(rsb, walk_restore);
}

/* ---- Attach and detach ---- */

/*
 * rfs_sb_attach() - have redirfs on a file system
 * @sb:		kept alive by the caller's path
 * @force:	also if it is not on the tested list
 *
 * rfs_rules_mutex held. Return: the entry (without a reference of the caller's: valid while the mutex is held), or
 * ERR_PTR: -EOPNOTSUPP, -ENOMEM, -EBUSY, -ESTALE if the file system is on its way out.
 */
struct rfs_sb *rfs_sb_attach(struct super_block *sb, bool force)
{
	unsigned int flags = rfs_fstype_flags(sb);
	struct rfs_sb *rsb;
	int err;

	lockdep_assert_held(&rfs_rules_mutex);
	force |= rfs_force_fs;
	rcu_read_lock();
	rsb = rfs_sb_find(sb);
	rcu_read_unlock();
	if (rsb)
		return rsb == &own_entry ? ERR_PTR(-EOPNOTSUPP) : rsb;

	if ((flags & RFS_FS_REFUSED) || (sb->s_flags & SB_KERNMOUNT && !force))
		return ERR_PTR(-EOPNOTSUPP);
	if (!(flags & RFS_FS_TESTED) && !force)
		return ERR_PTR(-EOPNOTSUPP);

	err = rfs_shadow_pool_fill();
	if (err)
		return ERR_PTR(err);
	rsb = kzalloc(sizeof(*rsb), GFP_KERNEL);
	if (!rsb)
		return ERR_PTR(-ENOMEM);
	rsb->sb = sb;
	rsb->flags = flags;
	rsb->id = ++last_id;
	rsb->dev = sb->s_dev;
	strscpy(rsb->type, sb->s_type->name, sizeof(rsb->type));
	strscpy(rsb->name, sb->s_id, sizeof(rsb->name));
	refcount_set(&rsb->refs, 1);
	rfs_count(file_systems);
	fsnotify_init_mark(&rsb->mark, sb_group);
	rfs_mark_born();
	err = arm();
	if (err)
		goto err_put;

	spin_lock(&rfs_rules_lock);
	list_add_tail(&rsb->list, &sb_list);
	spin_unlock(&rfs_rules_lock);
	sb_insert(rsb);
	err = fsnotify_add_inode_mark(&rsb->mark, d_inode(sb->s_root), 0);
	if (err)
		goto err_out;
	/*
	 * A file system stores i_op and then calls the hook, which reads the table; we wrote the table and then read i_op.
	 * Whoever missed our entry has stored i_op when this returns.
	 */
	synchronize_rcu();
	err = rfs_shadow_xattr(sb);
	if (err)
		goto err_marked;
	/* inodes with more tables than there were spares: fill up, and look at all of them again */
	while (walk_inodes(rsb, walk_swap)) {
		err = rfs_shadow_pool_fill();
		if (err)
			goto err_marked;
	}
	/* the list of marks has its own reference now */
	fsnotify_put_mark(&rsb->mark);
	return rsb;

err_marked:
	sb_take_out(rsb);
	restore_all(rsb);
	/* its freeing takes it off the list, and lets go of the hook */
	fsnotify_destroy_mark(&rsb->mark, sb_group);
	fsnotify_put_mark(&rsb->mark);
	return ERR_PTR(err);
err_out:
	sb_take_out(rsb);
	restore_all(rsb);
	spin_lock(&rfs_rules_lock);
	list_del(&rsb->list);
	spin_unlock(&rfs_rules_lock);
err_put:
	fsnotify_put_mark(&rsb->mark);
	unarm();
	return ERR_PTR(err);
}

/*
 * The superblock with s_umount held for reading, while it is still ours. Only a superblock in the table is known to be
 * memory, so s_umount is tried under the lock that takes it out. Who else has it is remounting or unmounting this file
 * system; and no other file system's s_umount is waited for.
 */
enum lock_result { LOCKED, GONE, BUSY };

static enum lock_result sb_trylock(struct rfs_sb *rsb)
{
	enum lock_result result = GONE;

	spin_lock(&rfs_rules_lock);
	if (rsb->hashed)
		result = down_read_trylock(&rsb->sb->s_umount) ? LOCKED : BUSY;
	if (result == LOCKED) {
		rsb->hashed = false;
		hash_del_rcu(&rsb->node);
		refcount_inc(&rsb->mark.refcnt);
	}
	spin_unlock(&rfs_rules_lock);
	return result;
}

/*
 * rfs_sb_detach() - take redirfs off a file system, unless umount is doing that already
 *
 * rfs_rules_mutex held. If somebody holds s_umount for longer than a moment, it is left to be tried again later.
 *
 * Return: false if it was left for later.
 */
bool rfs_sb_detach(struct rfs_sb *rsb)
{
	enum lock_result result;
	unsigned int tries = 0;

	lockdep_assert_held(&rfs_rules_mutex);
	while ((result = sb_trylock(rsb)) == BUSY) {
		if (++tries == DETACH_TRIES) {
			rfs_rules_detach_later(1000);
			return false;
		}
		msleep(10);
	}
	if (result == LOCKED) {
		restore_all(rsb);
		up_read(&rsb->sb->s_umount);
		fsnotify_destroy_mark(&rsb->mark, sb_group);
		fsnotify_put_mark(&rsb->mark);
	}
	return true;
}

/* rfs_sb_detach_idle() - detach every file system without rules. rfs_rules_mutex held. */
void rfs_sb_detach_idle(void)
{
	struct rfs_sb *rsb, *idle;
	bool done = true;

	lockdep_assert_held(&rfs_rules_mutex);
	do {
		idle = NULL;
		spin_lock(&rfs_rules_lock);
		list_for_each_entry(rsb, &sb_list, list) {
			if (rsb->hashed && !rsb->anchors) {
				idle = rsb;
				refcount_inc(&rsb->refs);
				break;
			}
		}
		spin_unlock(&rfs_rules_lock);
		if (idle) {
			done = rfs_sb_detach(idle);
			rfs_sb_put(idle);
		}
	} while (idle && done);
}

/* rfs_sb_walk() - call @fn for each attached file system until it returns nonzero, under rfs_rules_lock */
int rfs_sb_walk(int (*fn)(struct rfs_sb *rsb, void *data), void *data)
{
	struct rfs_sb *rsb;
	int ret = 0;

	spin_lock(&rfs_rules_lock);
	list_for_each_entry(rsb, &sb_list, list) {
		ret = fn(rsb, data);
		if (ret)
			break;
	}
	spin_unlock(&rfs_rules_lock);
	return ret;
}

/* ---- The umount notice ---- */

/*
 * Freed by rfs_sb_detach(): nothing is left to do. Freed by umount: generic_shutdown_super() is on its way, under
 * s_umount, and s_inodes still has what it has. No lock is taken here under which s_umount is taken.
 */
static void notice_freeing(struct fsnotify_mark *mark, struct fsnotify_group *group)
{
	struct rfs_sb *rsb = container_of(mark, struct rfs_sb, mark);

	if (sb_take_out(rsb))
		restore_all(rsb);
	spin_lock(&rfs_rules_lock);
	list_del(&rsb->list);
	spin_unlock(&rfs_rules_lock);
	unarm();
}

static void notice_free(struct fsnotify_mark *mark)
{
	rfs_sb_put(container_of(mark, struct rfs_sb, mark));
	rfs_mark_died();
}

static int no_event(struct fsnotify_mark *mark, u32 mask, struct inode *inode, struct inode *dir,
		    const struct qstr *name, u32 cookie)
{
	return 0;
}

static const struct fsnotify_ops notice_ops = {
	.handle_inode_event = no_event,
	.freeing_mark = notice_freeing,
	.free_mark = notice_free,
};

int rfs_attach_init(void)
{
	own_entry.sb = rfs_own_sb();
	sb_group = fsnotify_alloc_group(&notice_ops, 0);
	return PTR_ERR_OR_ZERO(sb_group);
}

/* rfs_attach_exit() - the hook is off and every inode restored when this returns. No filter is left. */
void rfs_attach_exit(void)
{
	/* no mark is left, or the module could not go: every file system was detached, or unmounted and restored */
	rfs_marks_wait();
	cancel_delayed_work_sync(&disarm_work);
	mutex_lock(&arm_mutex);
	disarm();
	mutex_unlock(&arm_mutex);
	fsnotify_put_group(sb_group);
}
