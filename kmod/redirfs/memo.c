// SPDX-License-Identifier: GPL-2.0-only
/*
 * memo.c - remembered verdicts: "allow, and do not ask me again for this object until it changes"
 *
 * For opening without writing, with those for execution apart. One entry per object holds, as sets, which filters need
 * not be asked. A filter that never remembered anything costs one look at a set.
 *
 * WHEN AN ENTRY IS GOOD
 *  A write needs a file that was opened for writing. Such an open raises i_writecount first, then comes through our
 *  wrapper of open, whatever name it used, which drops the entry and counts a change of the bucket; then it may write,
 *  and i_writecount falls when the last such file is gone, mappings included. So who wants to remember looks, in this
 *  order, at the count of changes, then at i_writecount, then asks; and keeps the verdict only if no change was counted
 *  meanwhile. Then each write came either before it asked, or its open comes later and drops the entry. Files that were
 *  open before the file system was attached show in i_writecount until they are closed.
 *  Truncation, attributes and names change under one of our wrappers, which counts the change when it has happened.
 *  Beyond that the object must look as it did: version, times, size, generation. That is for what no wrapper sees.
 *  It needs a kernel that sees every change: so not on network file systems, fuse and overlayfs, whose layers may change.
 *
 *  A filter's own changes (rules, operations, activity, policy) count in "forgets" in the same way: first the change,
 *  then the count, then the walk over all entries; who asked before it does not keep what it was told.
 *
 * LOCKING: one spinlock per bucket, for changes. Look-ups under RCU. Nothing is taken under a bucket's lock.
 *
 * LIFETIME: entries do not hold their inodes, which are only compared: an entry whose inode was evicted is met by nobody,
 * or by the same object at the same address, for which it is still right: hashed by number, it saw every write since.
 * File systems are known by the number of their attachment. There are at most rfs_memo_max entries, beyond which the
 * oldest of some bucket goes.
 */
#include <linux/hash.h>
#include <linux/iversion.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "call.h"
#include "compat.h"
#include "fstype.h"
#include "memo.h"
#include "stats.h"

struct memo {
	struct hlist_node node;
	const struct inode *inode;
	u64 sb_id;
	u64 ino;
	struct rfs_memo_state state;
	struct rfs_set allowed[2];
	struct rcu_head rcu;
};

struct memo_bucket {
	spinlock_t lock;
	u32 changes;
	struct hlist_head list; /* the newest first */
};

struct rfs_memo_table {
	unsigned int bits;
	struct memo_bucket bucket[];
};

/* Made when the first filter remembers something, and kept until the module goes. */
struct rfs_memo_table *rfs_memo_table;
struct rfs_set rfs_memo_users;
unsigned int rfs_memo_max = 16384;

static DEFINE_SPINLOCK(users_lock);
static atomic_t forgets = ATOMIC_INIT(0);
static atomic_t hand = ATOMIC_INIT(0);

static struct memo_bucket *bucket_of(struct rfs_memo_table *table, u64 sb_id, u64 ino)
{
	return &table->bucket[hash_64(ino + (sb_id << 40), table->bits)];
}

/* ---- The object ---- */

/* Nobody can write to it, through a file or a mapping. */
static bool is_quiet(struct inode *inode)
{
	return atomic_read(&inode->i_writecount) <= 0 && !mapping_writably_mapped(inode->i_mapping);
}

static void read_state(struct inode *inode, struct rfs_memo_state *state)
{
	/* without it (vfat) the times must do: what they are too coarse for, the wrappers see */
	state->version = IS_I_VERSION(inode) ? inode_peek_iversion(inode) : 0;
	state->ctime = rfs_inode_ctime(inode);
	state->mtime = rfs_inode_mtime(inode);
	state->size = i_size_read(inode);
	state->generation = inode->i_generation;
}

static bool same_state(const struct rfs_memo_state *a, const struct rfs_memo_state *b)
{
	return a->version == b->version && timespec64_equal(&a->ctime, &b->ctime) &&
	       timespec64_equal(&a->mtime, &b->mtime) && a->size == b->size && a->generation == b->generation;
}

static bool is_of(const struct memo *m, const struct inode *inode, u64 sb_id)
{
	return m->inode == inode && m->ino == inode->i_ino && m->sb_id == sb_id;
}

/* ---- Opening ---- */

static void count_hits(const struct rfs_set *hits)
{
	const struct rfs_chain *chain = rcu_dereference(rfs_chain);
	unsigned int i;

	for (i = 0; i < chain->nr; i++)
		if (rfs_set_has(hits, chain->link[i].slot))
			atomic64_inc(&chain->link[i].filter->memo_hits);
}

/* Under RCU: who of @filters has allowed this object as it is? */
static struct rfs_set look_up(const struct memo_bucket *b, const struct rfs_memo *memo, const struct inode *inode,
			      u64 sb_id, const struct rfs_set *filters)
{
	const struct memo *m;

	hlist_for_each_entry_rcu(m, &b->list, node)
		if (is_of(m, inode, sb_id) && same_state(&m->state, &memo->state))
			return rfs_set_and(filters, &m->allowed[memo->kind]);
	return (struct rfs_set){};
}

/*
 * rfs_memo_begin() - somebody opens an object, not for writing
 * @memo:	out: for rfs_memo_keep(), when the others were asked
 * @filters:	those who want to be asked
 *
 * Return: those of them who need not be.
 */
struct rfs_set rfs_memo_begin(struct rfs_memo *memo, struct inode *inode, bool exec, const struct rfs_guest *guest,
			      const struct rfs_set *filters)
{
	struct rfs_memo_table *table = smp_load_acquire(&rfs_memo_table);
	struct memo_bucket *b;
	struct rfs_set hits;

	memo->able = false;
	memo->kind = exec;
	/* the set that says that somebody remembers may have been seen before it */
	if (!table)
		return (struct rfs_set){};
	b = bucket_of(table, guest->sb_id, inode->i_ino);
	memo->changes = READ_ONCE(b->changes);
	memo->forgets = atomic_read(&forgets);
	/* who has counted a change by then has raised i_writecount before, and is seen; pairs with rfs_memo_drop() */
	smp_mb();
	memo->able = S_ISREG(inode->i_mode) && guest->sb_id &&
		     (guest->fs_flags & (RFS_FS_TESTED | RFS_FS_UNBOUNDED)) == RFS_FS_TESTED && is_quiet(inode);
	if (!memo->able)
		return (struct rfs_set){};
	/* from here on the next change makes another version */
	if (IS_I_VERSION(inode))
		inode_query_iversion(inode);
	read_state(inode, &memo->state);
	rcu_read_lock();
	hits = look_up(b, memo, inode, guest->sb_id, filters);
	if (!rfs_set_empty(&hits))
		count_hits(&hits);
	rcu_read_unlock();
	return hits;
}

static void remove(struct memo *m)
{
	hlist_del_rcu(&m->node);
	kfree_rcu(m, rcu);
	rfs_uncount(remembered);
}

static struct memo *find(struct memo_bucket *b, const struct inode *inode, u64 sb_id)
{
	struct memo *m;

	hlist_for_each_entry(m, &b->list, node)
		if (is_of(m, inode, sb_id))
			return m;
	return NULL;
}

/* The bits are read without the lock. */
static void set_add(struct rfs_set *to, const struct rfs_set *more)
{
	int i;

	for (i = 0; i < RFS_SET_WORDS; i++)
		WRITE_ONCE(to->w[i], to->w[i] | more->w[i]);
}

/* Under the bucket's lock. Return: false if @new was not needed, or must not be. */
static bool keep_locked(struct memo_bucket *b, const struct rfs_memo *memo, struct memo *new)
{
	struct memo *m;

	lockdep_assert_held(&b->lock);
	if (b->changes != memo->changes || atomic_read(&forgets) != memo->forgets)
		return false;
	m = find(b, new->inode, new->sb_id);
	if (m && same_state(&m->state, &new->state)) {
		set_add(&m->allowed[memo->kind], &new->allowed[memo->kind]);
		return false;
	}
	if (m)
		remove(m);
	hlist_add_head_rcu(&new->node, &b->list);
	rfs_count(remembered);
	return true;
}

/* The oldest of the next bucket that has one. */
static void evict(struct rfs_memo_table *table)
{
	unsigned int n, nr = 1U << table->bits;
	struct memo *m, *oldest = NULL;
	struct memo_bucket *b;

	for (n = 0; n < nr && !oldest; n++) {
		b = &table->bucket[atomic_inc_return(&hand) & (nr - 1)];
		if (hlist_empty(&b->list))
			continue;
		spin_lock(&b->lock);
		hlist_for_each_entry(m, &b->list, node)
			oldest = m;
		if (oldest)
			remove(oldest);
		spin_unlock(&b->lock);
	}
	if (oldest)
		rfs_count(remembered_evicted);
}

/* rfs_memo_keep() - those who were asked have answered; some of them asked to remember that */
void rfs_memo_keep(const struct rfs_memo *memo, struct inode *inode, const struct rfs_guest *guest,
		   const struct rfs_call *call)
{
	struct rfs_memo_table *table = rfs_memo_table;
	struct rfs_memo_state now;
	struct memo_bucket *b;
	struct memo *new;
	unsigned int i;
	bool kept;

	read_state(inode, &now);
	if (!is_quiet(inode) || !same_state(&now, &memo->state))
		return;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return;
	new->inode = inode;
	new->sb_id = guest->sb_id;
	new->ino = inode->i_ino;
	new->state = memo->state;
	new->allowed[memo->kind] = call->remember;
	b = bucket_of(table, new->sb_id, new->ino);
	spin_lock(&b->lock);
	kept = keep_locked(b, memo, new);
	spin_unlock(&b->lock);
	if (!kept)
		kfree(new);
	else if (atomic64_read(&rfs_stats.remembered) > rfs_memo_max)
		evict(table);
	for (i = 0; i < call->chain->nr; i++)
		if (rfs_set_has(&call->remember, call->chain->link[i].slot))
			atomic64_inc(&call->chain->link[i].filter->memo_kept);
}

/* ---- Changes ---- */

/* rfs_memo_drop() - see rfs_memo_changed(). Any context that may take a spinlock. */
void rfs_memo_drop(const struct inode *inode, const struct rfs_guest *guest)
{
	struct rfs_memo_table *table = smp_load_acquire(&rfs_memo_table);
	struct memo_bucket *b;
	struct hlist_node *next;
	struct memo *m;

	/* not attached: there will be another number when it is */
	if (!S_ISREG(inode->i_mode) || !guest->sb_id)
		return;
	b = bucket_of(table, guest->sb_id, inode->i_ino);
	/* i_writecount was raised before; pairs with rfs_memo_begin() */
	smp_mb();
	spin_lock(&b->lock);
	WRITE_ONCE(b->changes, b->changes + 1);
	hlist_for_each_entry_safe(m, next, &b->list, node)
		if (m->sb_id == guest->sb_id && m->ino == inode->i_ino)
			remove(m);
	spin_unlock(&b->lock);
}

static void forget_in(struct memo_bucket *b, unsigned int slot)
{
	struct hlist_node *next;
	struct memo *m;
	unsigned int i;

	spin_lock(&b->lock);
	hlist_for_each_entry_safe(m, next, &b->list, node) {
		for (i = 0; i < ARRAY_SIZE(m->allowed); i++)
			WRITE_ONCE(m->allowed[i].w[slot / 64], m->allowed[i].w[slot / 64] & ~(1ULL << (slot % 64)));
		if (rfs_set_empty(&m->allowed[0]) && rfs_set_empty(&m->allowed[1]))
			remove(m);
	}
	spin_unlock(&b->lock);
}

/* rfs_memo_forget() - a filter has changed: whatever it has allowed is asked about anew. May sleep. */
void rfs_memo_forget(struct rfs_flt *filter)
{
	struct rfs_memo_table *table = smp_load_acquire(&rfs_memo_table);
	unsigned int i;

	if (!table || !rfs_set_has(&rfs_memo_users, filter->slot))
		return;
	atomic_inc(&forgets);
	smp_mb__after_atomic();
	for (i = 0; i < 1U << table->bits; i++) {
		forget_in(&table->bucket[i], filter->slot);
		cond_resched();
	}
}

/* ---- Beginning and end ---- */

static struct rfs_memo_table *make_table(void)
{
	unsigned int bits = ilog2(clamp(rfs_memo_max, 256U, 1U << 22)) - 2, i;
	struct rfs_memo_table *table = kvzalloc(struct_size(table, bucket, 1U << bits), GFP_KERNEL);

	if (!table)
		return NULL;
	table->bits = bits;
	for (i = 0; i < 1U << bits; i++)
		spin_lock_init(&table->bucket[i].lock);
	return table;
}

/*
 * rfs_memo_use() - a filter begins to remember: from now on changes are counted
 *
 * What it wanted to remember this time is not, since nobody has looked before it was asked. May sleep.
 */
void rfs_memo_use(const struct rfs_flt *filter)
{
	struct rfs_memo_table *table = NULL;

	if (!rfs_memo_max)
		return;
	if (!READ_ONCE(rfs_memo_table))
		table = make_table();
	else if (rfs_set_has(&rfs_memo_users, filter->slot))
		return;
	spin_lock(&users_lock);
	if (!rfs_memo_table && table) {
		smp_store_release(&rfs_memo_table, table);
		table = NULL;
	}
	if (rfs_memo_table)
		WRITE_ONCE(rfs_memo_users.w[filter->slot / 64],
			   rfs_memo_users.w[filter->slot / 64] | 1ULL << (filter->slot % 64));
	spin_unlock(&users_lock);
	kvfree(table);
}

/* rfs_memo_leave() - a filter is unregistered; its slot will be another's */
void rfs_memo_leave(struct rfs_flt *filter)
{
	rfs_memo_forget(filter);
	spin_lock(&users_lock);
	rfs_set_del(&rfs_memo_users, filter->slot);
	spin_unlock(&users_lock);
}

void rfs_forget(rfs_filter filter)
{
	rfs_memo_forget(filter);
}
EXPORT_SYMBOL_GPL(rfs_forget);

/* rfs_memo_exit() - nobody is inside, no filter is registered */
void rfs_memo_exit(void)
{
	struct hlist_node *next;
	struct memo *m;
	unsigned int i;

	if (!rfs_memo_table)
		return;
	for (i = 0; i < 1U << rfs_memo_table->bits; i++)
		hlist_for_each_entry_safe(m, next, &rfs_memo_table->bucket[i].list, node)
			remove(m);
	kvfree(rfs_memo_table);
}

/* ---- What a filter says ---- */

int rfs_remember(struct rfs_args *args)
{
	const struct rfs_ctx *ctx = args->ctx;

	if (args->op != RFS_OP_OPEN || args->post || !ctx || ctx->link->ops->op[RFS_OP_OPEN].flags & RFS_OP_PRE_NOTIFY)
		return -EINVAL;
	args->remember = true;
	return 0;
}
EXPORT_SYMBOL_GPL(rfs_remember);
