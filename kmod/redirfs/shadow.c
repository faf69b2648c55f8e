// SPDX-License-Identifier: GPL-2.0-only
/*
 * shadow.c - shadow tables: one per original table of operations, shared by all inodes and files that use it
 *
 * REFCNT: none. An inode or file that points to a shadow does not count it.
 *
 * LIFETIME: Shadows of inode operations and of open files' operations come into being when their original is first
 * met and are freed when redirfs is unloaded, or when the module that owns the original is (the notifier below), each
 * time after every pointer to them was taken back and RCU and RCU-tasks readers have passed. Shadows for i_fop are
 * **never freed**: an open may sleep between fops_get(i_fop) and f_op->open (a lease break, a fanotify permission
 * event) while nobody counts it, for as long as it likes. When redirfs goes, their open is overwritten with the
 * original's, so that they point at no text of ours. That costs about 0.3 KiB per original table and load. The same goes
 * for handlers of extended attributes: vfs_getxattr_alloc() sleeps between finding one and calling it again.
 *
 * LOCKING: tables_lock, a raw spinlock because it is taken in the hook (preemption disabled, also on real-time
 * kernels), protects the hashes and the pool against writers. Readers use RCU. Nothing else is taken under it.
 *
 * SWAPPING: every swap and restore is a cmpxchg: an inode is on s_inodes before its file system has set its tables,
 * and make_bad_inode() may come between. A shadow is recognised by looking its address up, never by what its members
 * hold: a file system may copy a table, and copies must not be taken for ours.
 */
#include <linux/hashtable.h>
#include <linux/kmemleak.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "fstype.h"
#include "shadow.h"
#include "stats.h"

#define TABLE_BITS 7
/* New tables that one burst of the hook may meet before the work item refills; a file system has about ten. */
#define POOL_SIZE 16

static DEFINE_RAW_SPINLOCK(tables_lock);
static DEFINE_HASHTABLE(iop_by_orig, TABLE_BITS);
static DEFINE_HASHTABLE(iop_by_ops, TABLE_BITS);
static DEFINE_HASHTABLE(ifop_by_orig, TABLE_BITS);
static DEFINE_HASHTABLE(ifop_by_ops, TABLE_BITS);
static DEFINE_HASHTABLE(file_by_orig, TABLE_BITS);
static DEFINE_HASHTABLE(file_by_ops, TABLE_BITS);
static DEFINE_HASHTABLE(xattr_by_orig, TABLE_BITS);

/* Spares, chained through by_orig; protected by tables_lock */
static HLIST_HEAD(iop_pool);
static HLIST_HEAD(ifop_pool);
static unsigned int iop_spares, ifop_spares;
static void pool_refill(struct work_struct *work);
static DECLARE_WORK(pool_work, pool_refill);

/*
 * Tables that the VFS gives to every new inode before the file system does; they are private to fs/inode.c. Found by
 * looking at a fresh inode. Never shadowed: such an inode is not finished.
 */
static const struct inode_operations *empty_iops;
static const struct file_operations *no_open_fops;
/* What make_bad_inode() leaves: is_bad_inode() compares the pointer, so a shadow would make the inode good again */
static const struct inode_operations *bad_iops;
static const struct file_operations *bad_fops;

#define find_shadow(type, hash, member, key, what)                                                                  \
	({                                                                                                          \
		type *s_, *found_ = NULL;                                                                           \
		hash_for_each_possible_rcu(hash, s_, member, (unsigned long)(key), lockdep_is_held(&tables_lock)) { \
			if ((what) == (key)) {                                                                      \
				found_ = s_;                                                                        \
				break;                                                                              \
			}                                                                                           \
		}                                                                                                   \
		found_;                                                                                             \
	})

static struct rfs_iop_shadow *iop_of(const struct inode_operations *ops)
{
	return find_shadow(struct rfs_iop_shadow, iop_by_ops, by_ops, ops, &s_->ops);
}

static struct rfs_iop_shadow *iop_for(const struct inode_operations *orig)
{
	return find_shadow(struct rfs_iop_shadow, iop_by_orig, by_orig, orig, s_->orig);
}

static struct rfs_fop_shadow *ifop_for(const struct file_operations *orig)
{
	return find_shadow(struct rfs_fop_shadow, ifop_by_orig, by_orig, orig, s_->orig);
}

static struct rfs_fop_shadow *file_for(const struct file_operations *orig, bool no_mmap)
{
	return find_shadow(struct rfs_fop_shadow, file_by_orig, by_orig, orig,
			   s_->no_mmap == no_mmap ? s_->orig : NULL);
}

/*
 * rfs_shadow_of_ifop() - the shadow behind a table that came from inode->i_fop, or NULL if it is none
 *
 * No need to be counted as inside: these are never freed.
 */
struct rfs_fop_shadow *rfs_shadow_of_ifop(const struct file_operations *ops)
{
	struct rfs_fop_shadow *shadow;

	rcu_read_lock();
	shadow = find_shadow(struct rfs_fop_shadow, ifop_by_ops, by_ops, ops, &s_->ops);
	rcu_read_unlock();
	return shadow;
}

/* rfs_shadow_of_file() - the shadow behind file->f_op, or NULL if it is none. The caller is counted as inside. */
struct rfs_fop_shadow *rfs_shadow_of_file(const struct file_operations *ops)
{
	struct rfs_fop_shadow *shadow;

	rcu_read_lock();
	shadow = find_shadow(struct rfs_fop_shadow, file_by_ops, by_ops, ops, &s_->ops);
	rcu_read_unlock();
	return shadow;
}

/*
 * rfs_shadow_orig_iops() - the file system's own table of an inode
 *
 * Reads i_op once: it may be a shadow, or have been restored since the VFS called us, or belong to an inode that went
 * bad meanwhile. The caller copes with a member that is NULL. It is counted as inside, which keeps the original's
 * pointer good as well: its file system has an inode in use.
 */
const struct inode_operations *rfs_shadow_orig_iops(const struct inode *inode)
{
	const struct inode_operations *ops = READ_ONCE(inode->i_op);
	const struct rfs_iop_shadow *shadow;

	rcu_read_lock();
	shadow = iop_of(ops);
	if (shadow)
		ops = shadow->orig;
	rcu_read_unlock();
	return ops;
}

bool rfs_shadow_is_on(const struct inode *inode)
{
	bool on;

	rcu_read_lock();
	on = iop_of(READ_ONCE(inode->i_op));
	rcu_read_unlock();
	return on;
}

/* ---- Tables and the pool of spares ---- */

/*
 * Operations that somebody wants, of those that are wrapped only then: most are frequent, and nobody is to pay for them
 * who did not ask. A table serves all inodes or files that use it, so one store to a member reaches them all, those that
 * are open too. It never goes between NULL and a function, so that who reads the member twice is safe, and what was
 * loaded before the store does no harm: a wrapper that nobody wants any more asks nobody. Protected by tables_lock.
 */
static u64 wanted;

static bool wrap_wanted(void *ops, const void *orig, const struct rfs_wrap *wrap)
{
	void *own, **member;
	bool any = false;

	for (; wrap->wrapper; wrap++) {
		own = *(void *const *)(orig + wrap->member);
		if (!own || own == wrap->except)
			continue;
		any = true;
		member = ops + wrap->member;
		WRITE_ONCE(*member, wanted & wrap->ops ? wrap->wrapper : own);
	}
	return any;
}

static void xattr_wrap_wanted(struct rfs_xattr_shadow *shadow)
{
	unsigned int i;

	for (i = 0; i < shadow->nr; i++)
		wrap_wanted(&shadow->handlers[i].ops, shadow->handlers[i].orig, rfs_xattr_wraps);
}

void rfs_shadow_want(u64 ops)
{
	struct rfs_xattr_shadow *xattr;
	struct rfs_iop_shadow *iop;
	struct rfs_fop_shadow *fop;
	unsigned long irq;
	int i;

	raw_spin_lock_irqsave(&tables_lock, irq);
	if (wanted != ops) {
		wanted = ops;
		hash_for_each(iop_by_orig, i, iop, by_orig)
			wrap_wanted(&iop->ops, iop->orig, rfs_iop_wraps);
		hash_for_each(file_by_orig, i, fop, by_orig)
			wrap_wanted(&fop->ops, fop->orig, rfs_file_wraps);
		hash_for_each(xattr_by_orig, i, xattr, by_orig)
			xattr_wrap_wanted(xattr);
	}
	raw_spin_unlock_irqrestore(&tables_lock, irq);
}

static void iop_fill(struct rfs_iop_shadow *shadow, const struct inode_operations *orig)
{
	shadow->orig = orig;
	shadow->ops = *orig;
	lockdep_assert_held(&tables_lock);
	shadow->inert = !(rfs_wrap_iops(&shadow->ops) | wrap_wanted(&shadow->ops, orig, rfs_iop_wraps));
}

static void ifop_fill(struct rfs_fop_shadow *shadow, const struct file_operations *orig)
{
	shadow->orig = orig;
	/* owner included: fops_get() reads the pointer to the table more than once */
	shadow->ops = *orig;
	rfs_wrap_ifop(&shadow->ops);
}

static void iop_publish(struct rfs_iop_shadow *shadow)
{
	lockdep_assert_held(&tables_lock);
	hash_add_rcu(iop_by_ops, &shadow->by_ops, (unsigned long)&shadow->ops);
	hash_add_rcu(iop_by_orig, &shadow->by_orig, (unsigned long)shadow->orig);
	rfs_count(iop_tables);
}

static void ifop_publish(struct rfs_fop_shadow *shadow)
{
	lockdep_assert_held(&tables_lock);
	hash_add_rcu(ifop_by_ops, &shadow->by_ops, (unsigned long)&shadow->ops);
	hash_add_rcu(ifop_by_orig, &shadow->by_orig, (unsigned long)shadow->orig);
	rfs_count(ifop_tables);
}

static struct hlist_node *pool_take(struct hlist_head *pool, unsigned int *spares)
{
	struct hlist_node *node = pool->first;

	lockdep_assert_held(&tables_lock);
	if (!node) {
		rfs_count(missed_pool);
		return NULL;
	}
	hlist_del(node);
	(*spares)--;
	return node;
}

/* Takes a spare for a table never seen before. Runs in the hook: allocates nothing. */
static struct rfs_iop_shadow *iop_make(const struct inode_operations *orig)
{
	struct rfs_iop_shadow *shadow;
	struct hlist_node *node;
	unsigned long irq;

	raw_spin_lock_irqsave(&tables_lock, irq);
	shadow = iop_for(orig);
	if (shadow)
		goto out;
	node = pool_take(&iop_pool, &iop_spares);
	if (!node)
		goto out;
	shadow = hlist_entry(node, struct rfs_iop_shadow, by_orig);
	iop_fill(shadow, orig);
	iop_publish(shadow);
out:
	raw_spin_unlock_irqrestore(&tables_lock, irq);
	schedule_work(&pool_work);
	return shadow;
}

static struct rfs_fop_shadow *ifop_make(const struct file_operations *orig)
{
	struct rfs_fop_shadow *shadow;
	struct hlist_node *node;
	unsigned long irq;

	raw_spin_lock_irqsave(&tables_lock, irq);
	shadow = ifop_for(orig);
	if (shadow)
		goto out;
	node = pool_take(&ifop_pool, &ifop_spares);
	if (!node)
		goto out;
	shadow = hlist_entry(node, struct rfs_fop_shadow, by_orig);
	ifop_fill(shadow, orig);
	ifop_publish(shadow);
out:
	raw_spin_unlock_irqrestore(&tables_lock, irq);
	schedule_work(&pool_work);
	return shadow;
}

/*
 * rfs_shadow_pool_fill() - have spares at hand for the hook
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int rfs_shadow_pool_fill(void)
{
	for (;;) {
		struct rfs_iop_shadow *iop = NULL;
		struct rfs_fop_shadow *ifop = NULL;
		unsigned long irq;
		bool full;

		raw_spin_lock_irqsave(&tables_lock, irq);
		full = iop_spares >= POOL_SIZE && ifop_spares >= POOL_SIZE;
		raw_spin_unlock_irqrestore(&tables_lock, irq);
		if (full)
			return 0;

		iop = kzalloc(sizeof(*iop), GFP_KERNEL);
		ifop = kzalloc(sizeof(*ifop), GFP_KERNEL);
		if (!iop || !ifop) {
			kfree(iop);
			kfree(ifop);
			return -ENOMEM;
		}
		raw_spin_lock_irqsave(&tables_lock, irq);
		hlist_add_head(&iop->by_orig, &iop_pool);
		iop_spares++;
		hlist_add_head(&ifop->by_orig, &ifop_pool);
		ifop_spares++;
		raw_spin_unlock_irqrestore(&tables_lock, irq);
	}
}

static void pool_refill(struct work_struct *work)
{
	/* a failure shows as missed_pool_empty if a table is met before the next try */
	rfs_shadow_pool_fill();
}

/*
 * rfs_shadow_for_file() - the shadow for open files whose table is @orig
 * @sb:	the file system that the first such file is on
 * @no_mmap: for those that cannot be mapped
 *
 * May sleep. Return: the shadow, or NULL if there is no memory.
 */
struct rfs_fop_shadow *rfs_shadow_for_file(const struct file_operations *orig, const struct super_block *sb,
					   bool no_mmap)
{
	struct rfs_fop_shadow *shadow, *new;
	unsigned long irq;

	rcu_read_lock();
	shadow = file_for(orig, no_mmap);
	rcu_read_unlock();
	if (shadow)
		return shadow;

	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return NULL;
	new->orig = orig;
	new->no_mmap = no_mmap;
	new->ops = *orig;
	rfs_wrap_file(&new->ops, sb, no_mmap);

	raw_spin_lock_irqsave(&tables_lock, irq);
	shadow = file_for(orig, no_mmap);
	if (!shadow) {
		shadow = new;
		new = NULL;
		wrap_wanted(&shadow->ops, orig, rfs_file_wraps);
		hash_add_rcu(file_by_ops, &shadow->by_ops, (unsigned long)&shadow->ops);
		hash_add_rcu(file_by_orig, &shadow->by_orig, (unsigned long)orig);
		rfs_count(file_tables);
	}
	raw_spin_unlock_irqrestore(&tables_lock, irq);
	kfree(new);
	return shadow;
}

static struct rfs_xattr_shadow *xattr_for(rfs_xattr_list orig)
{
	return find_shadow(struct rfs_xattr_shadow, xattr_by_orig, by_orig, orig, s_->orig);
}

/* Return: a copy of an array of handlers that is in no hash yet, or NULL without memory. May sleep. */
static struct rfs_xattr_shadow *xattr_make(rfs_xattr_list orig)
{
	struct rfs_xattr_shadow *shadow;
	unsigned int nr, i;

	for (nr = 0; orig[nr]; nr++)
		;
	shadow = kzalloc(struct_size(shadow, handlers, nr) + (nr + 1) * sizeof(*shadow->list), GFP_KERNEL);
	if (!shadow)
		return NULL;
	shadow->orig = orig;
	shadow->nr = nr;
	shadow->list = (void *)&shadow->handlers[nr];
	for (i = 0; i < nr; i++) {
		shadow->handlers[i].ops = *orig[i];
		shadow->handlers[i].orig = orig[i];
		shadow->list[i] = &shadow->handlers[i].ops;
	}
	return shadow;
}

/* ---- Swapping ---- */

/*
 * rfs_shadow_xattr() - point a superblock, which is being attached, at the shadow of its handlers of extended attributes
 *
 * May sleep. Return: 0 or -ENOMEM
 */
int rfs_shadow_xattr(struct super_block *sb)
{
	rfs_xattr_list orig = READ_ONCE(sb->s_xattr);
	struct rfs_xattr_shadow *shadow, *new;
	unsigned long irq;

	if (!orig)
		return 0;
	new = xattr_make(orig);
	if (!new)
		return -ENOMEM;
	raw_spin_lock_irqsave(&tables_lock, irq);
	shadow = xattr_for(orig);
	if (!shadow) {
		shadow = new;
		new = NULL;
		xattr_wrap_wanted(shadow);
		hash_add_rcu(xattr_by_orig, &shadow->by_orig, (unsigned long)orig);
		rfs_count(xattr_tables);
	}
	raw_spin_unlock_irqrestore(&tables_lock, irq);
	kfree(new);
	cmpxchg(&sb->s_xattr, orig, (rfs_xattr_list)shadow->list);
	return 0;
}

/* rfs_shadow_xattr_restore() - give it its own back. No sleeping. */
void rfs_shadow_xattr_restore(struct super_block *sb)
{
	rfs_xattr_list list = READ_ONCE(sb->s_xattr);
	struct rfs_xattr_shadow *shadow;
	int i;

	rcu_read_lock();
	hash_for_each_rcu(xattr_by_orig, i, shadow, by_orig) if ((rfs_xattr_list)shadow->list == list)
		cmpxchg(&sb->s_xattr, list, shadow->orig);
	rcu_read_unlock();
}

static bool swap_iop(struct inode *inode, bool *lacking)
{
	const struct inode_operations *ops = READ_ONCE(inode->i_op);
	struct rfs_iop_shadow *shadow;

	if (!ops || ops == empty_iops || ops == bad_iops || iop_of(ops))
		return false;
	shadow = iop_for(ops);
	if (!shadow)
		shadow = iop_make(ops);
	*lacking |= !shadow;
	if (!shadow || shadow->inert)
		return false;
	return cmpxchg(&inode->i_op, ops, &shadow->ops) == ops;
}

static bool swap_ifop(struct inode *inode, bool *lacking)
{
	const struct file_operations *ops = READ_ONCE(inode->i_fop);
	struct rfs_fop_shadow *shadow;

	if (!ops || ops == no_open_fops || ops == bad_fops || rfs_shadow_of_ifop(ops))
		return false;
	shadow = ifop_for(ops);
	if (!shadow)
		shadow = ifop_make(ops);
	*lacking |= !shadow;
	if (!shadow)
		return false;
	return cmpxchg(&inode->i_fop, ops, &shadow->ops) == ops;
}

/*
 * rfs_shadow_swap() - point an inode at the shadows of its present tables
 * @inode:	an inode that cannot go away meanwhile
 * @fs_flags:	RFS_FS_ bits of its file system
 * @lacking:	out: set to true if there was no spare for a table never seen before, so that the inode is not guarded
 *
 * Called in the hook too: no sleeping, no allocation. Compares with the shadow of the *current* table, since a file
 * system may set another one later (and the hook is called again).
 *
 * Return: whether i_op was changed.
 */
bool rfs_shadow_swap(struct inode *inode, unsigned int fs_flags, bool *lacking)
{
	umode_t mode = inode->i_mode;
	bool changed;

	rcu_read_lock();
	changed = swap_iop(inode, lacking);
	/* device nodes, FIFOs and sockets are known by their f_op: never touched */
	if (S_ISREG(mode) || (S_ISDIR(mode) && !(fs_flags & RFS_FS_NO_DIR_FOP)))
		swap_ifop(inode, lacking);
	rcu_read_unlock();
	return changed;
}

/* rfs_shadow_restore() - give an inode its own tables back. No sleeping. */
void rfs_shadow_restore(struct inode *inode)
{
	const struct inode_operations *iops = READ_ONCE(inode->i_op);
	const struct file_operations *fops = READ_ONCE(inode->i_fop);
	struct rfs_iop_shadow *iop;
	struct rfs_fop_shadow *ifop;

	rcu_read_lock();
	iop = iop_of(iops);
	if (iop)
		cmpxchg(&inode->i_op, iops, iop->orig);
	ifop = rfs_shadow_of_ifop(fops);
	if (ifop)
		cmpxchg(&inode->i_fop, fops, ifop->orig);
	rcu_read_unlock();
}

/* ---- Modules that own originals ---- */

static void drop_module_tables(struct module *mod)
{
	struct rfs_xattr_shadow *xattr;
	struct rfs_iop_shadow *iop;
	struct rfs_fop_shadow *fop;
	struct hlist_node *tmp;
	unsigned long irq;
	int i;

	raw_spin_lock_irqsave(&tables_lock, irq);
	hash_for_each_safe(iop_by_orig, i, tmp, iop, by_orig) {
		if (!within_module((unsigned long)iop->orig, mod))
			continue;
		hash_del_rcu(&iop->by_orig);
		hash_del_rcu(&iop->by_ops);
		kfree_rcu(iop, rcu);
		rfs_uncount(iop_tables);
	}
	hash_for_each_safe(file_by_orig, i, tmp, fop, by_orig) {
		if (!within_module((unsigned long)fop->orig, mod))
			continue;
		hash_del_rcu(&fop->by_orig);
		hash_del_rcu(&fop->by_ops);
		kfree_rcu(fop, rcu);
		rfs_uncount(file_tables);
	}
	hash_for_each_safe(xattr_by_orig, i, tmp, xattr, by_orig) {
		if (!within_module((unsigned long)xattr->orig, mod))
			continue;
		hash_del_rcu(&xattr->by_orig);
		kmemleak_not_leak(xattr);
	}
	hash_for_each_safe(ifop_by_orig, i, tmp, fop, by_orig) {
		if (!within_module((unsigned long)fop->orig, mod))
			continue;
		hash_del_rcu(&fop->by_orig);
		hash_del_rcu(&fop->by_ops);
		/* kept, as all of its kind, but nothing may lead from it into memory that is going */
		memset(&fop->ops, 0, sizeof(fop->ops));
		kmemleak_not_leak(fop);
	}
	raw_spin_unlock_irqrestore(&tables_lock, irq);
}

/*
 * A file system's module is going: nothing of it is mounted, so no inode and no file points to a shadow of its tables.
 * The addresses may be used again by the next module, for something else.
 */
static int module_event(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action == MODULE_STATE_GOING)
		drop_module_tables(data);
	return NOTIFY_DONE;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_event,
};

/* ---- Begin and end ---- */

/*
 * rfs_shadow_init() - begin
 * @fresh:	an inode that no file system has touched: its tables are the placeholders. It is made bad here.
 */
int rfs_shadow_init(struct inode *fresh)
{
	empty_iops = fresh->i_op;
	no_open_fops = fresh->i_fop;
	make_bad_inode(fresh);
	bad_iops = fresh->i_op;
	bad_fops = fresh->i_fop;
	return register_module_notifier(&module_notifier);
}

/* Pointer by pointer: somebody may be reading a member this moment */
static void copy_members(void *to, const void *from, size_t size)
{
	const unsigned long *f = from;
	unsigned long *t = to;
	size_t i;

	for (i = 0; i < size / sizeof(*t); i++)
		WRITE_ONCE(t[i], f[i]);
}

/*
 * rfs_shadow_neutralise() - after the last restore: make the tables harmless for those who loaded a pointer before
 *
 * From here on a caller that comes in through a stale pointer goes to the file system. May sleep.
 */
void rfs_shadow_neutralise(void)
{
	struct rfs_xattr_shadow *xattr;
	struct rfs_iop_shadow *iop;
	struct rfs_fop_shadow *fop;
	unsigned long irq;
	int i;

	raw_spin_lock_irqsave(&tables_lock, irq);
	wanted = 0;
	hash_for_each(xattr_by_orig, i, xattr, by_orig)
		xattr_wrap_wanted(xattr);
	hash_for_each(ifop_by_orig, i, fop, by_orig)
		WRITE_ONCE(fop->ops.open, fop->orig->open);
	hash_for_each(iop_by_orig, i, iop, by_orig)
		copy_members(&iop->ops, iop->orig, sizeof(iop->ops));
	raw_spin_unlock_irqrestore(&tables_lock, irq);
}

static void pool_drain(void)
{
	struct rfs_iop_shadow *iop;
	struct rfs_fop_shadow *fop;
	struct hlist_node *tmp;

	hlist_for_each_entry_safe(iop, tmp, &iop_pool, by_orig)
		kfree(iop);
	hlist_for_each_entry_safe(fop, tmp, &ifop_pool, by_orig)
		kfree(fop);
	INIT_HLIST_HEAD(&iop_pool);
	INIT_HLIST_HEAD(&ifop_pool);
	iop_spares = 0;
	ifop_spares = 0;
}

/*
 * rfs_shadow_exit() - free what may be freed
 *
 * Nobody is inside, and RCU and RCU-tasks grace periods have passed since the last restore.
 */
void rfs_shadow_exit(void)
{
	struct rfs_xattr_shadow *xattr;
	struct rfs_iop_shadow *iop;
	struct rfs_fop_shadow *fop;
	struct hlist_node *tmp;
	int i;

	unregister_module_notifier(&module_notifier);
	cancel_work_sync(&pool_work);
	pool_drain();
	hash_for_each_safe(iop_by_orig, i, tmp, iop, by_orig) {
		rfs_uncount(iop_tables);
		kfree(iop);
	}
	hash_for_each_safe(file_by_orig, i, tmp, fop, by_orig) {
		rfs_uncount(file_tables);
		kfree(fop);
	}
	/* see LIFETIME */
	hash_for_each(ifop_by_orig, i, fop, by_orig)
		kmemleak_not_leak(fop);
	hash_for_each(xattr_by_orig, i, xattr, by_orig)
		kmemleak_not_leak(xattr);
}
