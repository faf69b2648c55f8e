// SPDX-License-Identifier: GPL-2.0-only
/*
 * priv.c - data of filters that are kept with open files and inodes
 *
 * REFCNT: struct rfs_priv_data is the filter's memory, counted: whoever made it has one reference, its attachment one, and
 * each look-up one. The last one frees it, by the filter's callback. Attached, it holds its filter.
 *
 * LIFETIME of an attachment: from rfs_attach_data_*() to whichever comes first
 *  - rfs_detach_data_*(),
 *  - the end of the open file (rfs_wrap_release(), or an open that failed after all),
 *  - the end of the inode in memory, which an fsnotify mark of ours tells of (struct notice): eviction, and umount,
 *  - the end of the filter.
 *  Who takes it off the table, under its bucket's lock, is the one who drops its reference. Until that is done the
 *  filter counts it as "ending", and rfs_unregister_filter() waits for it.
 *
 * INODES WITHOUT DATA cost nothing: an inode is looked up by its address. That is unambiguous, since its mark is freed
 * before its memory can be another's. The mark holds neither the inode nor its file system (FSNOTIFY_MARK_FLAG_NO_IREF).
 * It goes with the last data of the inode. An inode may be evicted to make room for memory, where a filter cannot be
 * called: its free callback runs in a work item then.
 *
 * LOCKING
 *  a bucket's lock	data and notices of the objects in it. Changes of a data's object are made under the run_lock of
 *			its filter too, which is how the filter finds it.
 *  make_mutex		making a notice, and destroying one that has no data: fsnotify allows one mark of ours per inode
 *  ended_lock		the list for the work item
 * Order: make_mutex, (fsnotify's), bucket, run_lock. notice_freeing() comes with locks of file systems held, also in
 * reclaim, and takes spinlocks only.
 */
#include <linux/fsnotify_backend.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "attach.h"
#include "call.h"
#include "compat.h"
#include "file.h"
#include "priv.h"
#include "rule.h"
#include "stats.h"

#define PRIV_BITS 10

/*
 * struct notice - an inode that has data
 * @mark:	tells of its end
 * @node:	in the bucket, unless @dead
 * @inode:	it; for comparing, and good for use while @mark is attached
 * @users:	data attached to it
 * @dead:	the inode has met its end, or the last of its data
 */
struct notice {
	struct fsnotify_mark mark;
	struct hlist_node node;
	const struct inode *inode;
	unsigned int users;
	bool dead;
};

struct bucket {
	spinlock_t lock;
	struct hlist_head data;
	struct hlist_head notices;
};

unsigned int rfs_priv_max = 262144;

static struct bucket buckets[1 << PRIV_BITS];
static struct fsnotify_group *group;
static DEFINE_MUTEX(make_mutex);

/* How many there are with files: who closes one looks into no table as long as there is none */
static atomic_t nr_file_data = ATOMIC_INIT(0);

static DEFINE_SPINLOCK(ended_lock);
static LIST_HEAD(ended);
static void end_all(struct work_struct *work);
static DECLARE_WORK(end_work, end_all);

static struct bucket *bucket_of(const void *object)
{
	return &buckets[hash_ptr(object, PRIV_BITS)];
}

static struct rfs_priv_data *find(const struct bucket *b, const void *object, const struct rfs_flt *filter)
{
	struct rfs_priv_data *data;

	lockdep_assert_held(&b->lock);
	hlist_for_each_entry(data, &b->data, node)
		if (data->object == object && data->filter == filter)
			return data;
	return NULL;
}

static struct notice *find_notice(const struct bucket *b, const struct inode *inode)
{
	struct notice *n;

	lockdep_assert_held(&b->lock);
	hlist_for_each_entry(n, &b->notices, node)
		if (n->inode == inode)
			return n;
	return NULL;
}

/* ---- The end of an attachment ---- */

/* First half: off the table. The caller then calls detached(). */
static void unlink_locked(struct bucket *b, struct rfs_priv_data *data)
{
	struct rfs_flt *filter = data->filter;

	lockdep_assert_held(&b->lock);
	hlist_del_init(&data->node);
	spin_lock(&filter->run_lock);
	data->object = NULL;
	list_del_init(&data->of_filter);
	filter->ending++;
	spin_unlock(&filter->run_lock);
	if (data->of_inode) {
		rfs_uncount(inode_data);
	} else {
		rfs_uncount(file_data);
		atomic_dec(&nr_file_data);
	}
}

/* Second half, with the attachment's reference given away. */
static void detached(struct rfs_flt *filter)
{
	bool wake;

	spin_lock(&filter->run_lock);
	filter->ending--;
	wake = filter->run_waiters;
	spin_unlock(&filter->run_lock);
	if (unlikely(wake))
		wake_up_all(&filter->run_wait);
	rfs_filter_put(filter);
}

/* Second half, with the attachment's reference dropped. May sleep. */
static void end(struct rfs_priv_data *data)
{
	struct rfs_flt *filter = data->filter;

	rfs_put_data(data);
	detached(filter);
}

static void end_list(struct list_head *list)
{
	struct rfs_priv_data *data, *next;

	list_for_each_entry_safe(data, next, list, of_filter) {
		list_del_init(&data->of_filter);
		end(data);
		cond_resched();
	}
}

static void end_all(struct work_struct *work)
{
	LIST_HEAD(list);

	spin_lock(&ended_lock);
	list_splice_init(&ended, &list);
	spin_unlock(&ended_lock);
	end_list(&list);
}

/* First half for all data of an object, which is at its end. */
static void unlink_object(struct bucket *b, const void *object, struct list_head *list)
{
	struct rfs_priv_data *data;
	struct hlist_node *next;

	lockdep_assert_held(&b->lock);
	hlist_for_each_entry_safe(data, next, &b->data, node) {
		if (data->object != object)
			continue;
		unlink_locked(b, data);
		list_add(&data->of_filter, list);
	}
}

void rfs_priv_end_file(const struct file *file)
{
	struct bucket *b = bucket_of(file);
	LIST_HEAD(list);

	/* whoever attached any did so in an operation on this file, which was over before */
	if (likely(!atomic_read(&nr_file_data)))
		return;
	spin_lock(&b->lock);
	unlink_object(b, file, &list);
	spin_unlock(&b->lock);
	end_list(&list);
}

/* ---- Notices ---- */

static void notice_freeing(struct fsnotify_mark *mark, struct fsnotify_group *unused)
{
	struct notice *n = container_of(mark, struct notice, mark);
	struct bucket *b = bucket_of(n->inode);
	LIST_HEAD(list);

	spin_lock(&b->lock);
	/* else it had no data any more, and what is there now is another notice's */
	if (!n->dead) {
		n->dead = true;
		hlist_del_init(&n->node);
		unlink_object(b, n->inode, &list);
	}
	spin_unlock(&b->lock);
	if (list_empty(&list))
		return;
	spin_lock(&ended_lock);
	list_splice_tail(&list, &ended);
	spin_unlock(&ended_lock);
	schedule_work(&end_work);
}

static void notice_free(struct fsnotify_mark *mark)
{
	kfree(container_of(mark, struct notice, mark));
	rfs_uncount(notices);
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

/* Return: one that is attached, not in the table, with a reference of the caller's; or ERR_PTR. */
static struct notice *notice_make(struct inode *inode)
{
	struct notice *n = kzalloc(sizeof(*n), GFP_KERNEL_ACCOUNT);
	int err;

	lockdep_assert_held(&make_mutex);
	if (!n)
		return ERR_PTR(-ENOMEM);
	n->inode = inode;
	fsnotify_init_mark(&n->mark, group);
	n->mark.flags |= FSNOTIFY_MARK_FLAG_NO_IREF;
	rfs_mark_born();
	rfs_count(notices);
	err = fsnotify_add_inode_mark(&n->mark, inode, 0);
	if (!err)
		return n;
	fsnotify_put_mark(&n->mark);
	return ERR_PTR(err);
}

/* The last data of an inode went, and the inode may be gone as well. */
static void notice_drop(const struct inode *inode)
{
	struct bucket *b = bucket_of(inode);
	struct notice *n;

	lockdep_assert_held(&make_mutex);
	spin_lock(&b->lock);
	n = find_notice(b, inode);
	if (n && !n->users) {
		n->dead = true;
		hlist_del_init(&n->node);
		/* its freeing may have begun, but has not come to the lock: the mark is still there */
		refcount_inc(&n->mark.refcnt);
	} else {
		n = NULL;
	}
	spin_unlock(&b->lock);
	if (!n)
		return;
	fsnotify_destroy_mark(&n->mark, group);
	fsnotify_put_mark(&n->mark);
}

/* Data of an object are taken off the table on their own. Return: the inode that has no more, or NULL. */
static const struct inode *unlink_one(struct bucket *b, struct rfs_priv_data *data)
{
	const void *object = data->object;
	struct notice *n;

	lockdep_assert_held(&b->lock);
	unlink_locked(b, data);
	n = data->of_inode ? find_notice(b, object) : NULL;
	return n && !--n->users ? object : NULL;
}

static void drop_if(const struct inode *inode)
{
	if (!inode)
		return;
	mutex_lock(&make_mutex);
	notice_drop(inode);
	mutex_unlock(&make_mutex);
}

/* ---- Attaching ---- */

/* Return: 0; -EEXIST with a reference in @exist; -EBUSY; -ENOSPC; -EINVAL if @data were attached before. */
static int add_locked(struct bucket *b, const void *object, struct rfs_priv_data *data, bool of_inode,
		      struct rfs_priv_data **exist)
{
	struct rfs_flt *filter = data->filter;
	struct rfs_priv_data *old = find(b, object, filter);
	int err = 0;

	if (old) {
		*exist = rfs_get_data(old);
		return -EEXIST;
	}
	if (atomic64_read(&rfs_stats.file_data) + atomic64_read(&rfs_stats.inode_data) >= rfs_priv_max) {
		rfs_count(data_refused);
		return -ENOSPC;
	}
	spin_lock(&filter->run_lock);
	if (data->used) {
		err = -EINVAL;
	} else if (filter->gone) {
		err = -EBUSY;
	} else {
		data->used = true;
		data->object = object;
		data->of_inode = of_inode;
		list_add(&data->of_filter, &filter->priv);
	}
	spin_unlock(&filter->run_lock);
	if (err)
		return err;
	hlist_add_head(&data->node, &b->data);
	rfs_get_data(data);
	rfs_filter_get(filter);
	if (of_inode) {
		rfs_count(inode_data);
	} else {
		atomic_inc(&nr_file_data);
		rfs_count(file_data);
	}
	return 0;
}

static int add_to_notice(struct bucket *b, struct notice *n, struct rfs_priv_data *data, struct rfs_priv_data **exist)
{
	int err = add_locked(b, n->inode, data, true, exist);

	if (!err)
		n->users++;
	return err;
}

/* The inode has no notice, or had none a moment ago. */
static int attach_first(struct inode *inode, struct rfs_priv_data *data, struct rfs_priv_data **exist)
{
	struct bucket *b = bucket_of(inode);
	struct notice *fresh = NULL, *n;
	bool unused;
	int err;

	lockdep_assert_held(&make_mutex);
	spin_lock(&b->lock);
	n = find_notice(b, inode);
	spin_unlock(&b->lock);
	if (!n) {
		fresh = notice_make(inode);
		if (IS_ERR(fresh))
			return PTR_ERR(fresh);
	}
	spin_lock(&b->lock);
	/* dead: its last name went this moment, and marks with it */
	if (fresh && !fresh->dead)
		hlist_add_head(&fresh->node, &b->notices);
	n = find_notice(b, inode);
	err = n ? add_to_notice(b, n, data, exist) : -ENOENT;
	unused = n && !n->users;
	spin_unlock(&b->lock);
	if (unused)
		notice_drop(inode);
	if (fresh)
		fsnotify_put_mark(&fresh->mark);
	return err;
}

/* The caller holds the inode. May sleep. */
static int attach_inode(struct inode *inode, struct rfs_priv_data *data, struct rfs_priv_data **exist)
{
	struct bucket *b = bucket_of(inode);
	struct notice *n;
	unsigned int noio;
	int err = 0;

	spin_lock(&b->lock);
	n = find_notice(b, inode);
	if (n)
		err = add_to_notice(b, n, data, exist);
	spin_unlock(&b->lock);
	if (n)
		return err;
	/* who waits for the mutex may be the very one that reclaim would wait for: a loop device's worker */
	mutex_lock(&make_mutex);
	noio = memalloc_noio_save();
	err = attach_first(inode, data, exist);
	memalloc_noio_restore(noio);
	mutex_unlock(&make_mutex);
	return err;
}

/* The caller holds the file, whose release will come to us. Does not sleep. */
static int attach_file(const struct file *file, struct rfs_priv_data *data, struct rfs_priv_data **exist)
{
	struct bucket *b = bucket_of(file);
	int err;

	spin_lock(&b->lock);
	err = add_locked(b, file, data, false, exist);
	spin_unlock(&b->lock);
	return err;
}

/* With a reference, or NULL */
static struct rfs_priv_data *look_up(const void *object, struct rfs_flt *filter)
{
	struct bucket *b = bucket_of(object);
	struct rfs_priv_data *data;

	/* who has attached any is behind it in time, or does not mind */
	if (list_empty(&filter->priv))
		return NULL;
	spin_lock(&b->lock);
	data = find(b, object, filter);
	if (data)
		rfs_get_data(data);
	spin_unlock(&b->lock);
	return data;
}

/* With the attachment's reference, or NULL */
static struct rfs_priv_data *take(const void *object, struct rfs_flt *filter)
{
	struct bucket *b = bucket_of(object);
	const struct inode *unused = NULL;
	struct rfs_priv_data *data;

	spin_lock(&b->lock);
	data = find(b, object, filter);
	if (data)
		unused = unlink_one(b, data);
	spin_unlock(&b->lock);
	if (!data)
		return NULL;
	drop_if(unused);
	/* the caller, in a callback that unregistering waits for, has the reference now */
	detached(filter);
	return data;
}

void rfs_priv_leave(struct rfs_flt *filter)
{
	const struct inode *unused;
	struct rfs_priv_data *data;
	const void *object;
	struct bucket *b;
	bool mine;

	for (;;) {
		spin_lock(&filter->run_lock);
		data = list_first_entry_or_null(&filter->priv, struct rfs_priv_data, of_filter);
		object = data ? data->object : NULL;
		if (data)
			rfs_get_data(data);
		spin_unlock(&filter->run_lock);
		if (!data)
			break;
		b = bucket_of(object);
		spin_lock(&b->lock);
		/* it may have met its end since; attached it is once at most, as the filter gets nothing attached any more */
		mine = data->object;
		unused = mine ? unlink_one(b, data) : NULL;
		spin_unlock(&b->lock);
		drop_if(unused);
		if (mine)
			end(data);
		rfs_put_data(data);
		cond_resched();
	}
}

/* ---- What filters call ---- */

enum rfs_err rfs_init_data(struct rfs_priv_data *data, rfs_filter filter, void (*free)(struct rfs_priv_data *data))
{
	if (!data || !filter || !free)
		return RFS_ERR_INVAL;
	memset(data, 0, sizeof(*data));
	data->filter = filter;
	data->free = free;
	refcount_set(&data->refs, 1);
	INIT_HLIST_NODE(&data->node);
	INIT_LIST_HEAD(&data->of_filter);
	return RFS_ERR_OK;
}
EXPORT_SYMBOL_GPL(rfs_init_data);

struct rfs_priv_data *rfs_get_data(struct rfs_priv_data *data)
{
	refcount_inc(&data->refs);
	return data;
}
EXPORT_SYMBOL_GPL(rfs_get_data);

void rfs_put_data(struct rfs_priv_data *data)
{
	if (data && refcount_dec_and_test(&data->refs))
		data->free(data);
}
EXPORT_SYMBOL_GPL(rfs_put_data);

static int attachable(const struct rfs_args *args, const struct rfs_priv_data *data, struct rfs_priv_data **exist)
{
	if (!data || !exist || !args->ctx || data->filter != args->ctx->filter)
		return -EINVAL;
	*exist = NULL;
	return 0;
}

static struct file *which_file(const struct rfs_args *args, enum rfs_which which)
{
	return which == RFS_FIRST || which == RFS_SECOND ? args->file[which] : NULL;
}

enum rfs_err rfs_attach_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data *data,
				  struct rfs_priv_data **exist)
{
	int err = attachable(args, data, exist);
	struct file *file;

	if (err)
		return err;
	file = which_file(args, which);
	if (!file)
		return RFS_ERR_NOENT;
	/* one that is being opened will be covered, or its data end with the attempt */
	if (!(args->op == RFS_OP_OPEN && !args->post) && !rfs_file_is_covered(file))
		return RFS_ERR_OPNOTSUPP;
	return attach_file(file, data, exist);
}
EXPORT_SYMBOL_GPL(rfs_attach_data_file);

enum rfs_err rfs_get_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data)
{
	const struct file *file = which_file(args, which);

	*data = file && args->ctx ? look_up(file, args->ctx->filter) : NULL;
	return *data ? RFS_ERR_OK : RFS_ERR_NOENT;
}
EXPORT_SYMBOL_GPL(rfs_get_data_file);

enum rfs_err rfs_detach_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data)
{
	const struct file *file = which_file(args, which);

	*data = file && args->ctx ? take(file, args->ctx->filter) : NULL;
	return *data ? RFS_ERR_OK : RFS_ERR_NOENT;
}
EXPORT_SYMBOL_GPL(rfs_detach_data_file);

enum rfs_err rfs_attach_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data *data,
				   struct rfs_priv_data **exist)
{
	int err = attachable(args, data, exist);
	struct inode *inode;

	if (err)
		return err;
	inode = rfs_op_inode(args, which);
	return inode ? attach_inode(inode, data, exist) : RFS_ERR_NOENT;
}
EXPORT_SYMBOL_GPL(rfs_attach_data_inode);

enum rfs_err rfs_get_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data)
{
	const struct inode *inode = rfs_op_inode(args, which);

	*data = inode && args->ctx ? look_up(inode, args->ctx->filter) : NULL;
	return *data ? RFS_ERR_OK : RFS_ERR_NOENT;
}
EXPORT_SYMBOL_GPL(rfs_get_data_inode);

enum rfs_err rfs_detach_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data)
{
	const struct inode *inode = rfs_op_inode(args, which);

	*data = inode && args->ctx ? take(inode, args->ctx->filter) : NULL;
	return *data ? RFS_ERR_OK : RFS_ERR_NOENT;
}
EXPORT_SYMBOL_GPL(rfs_detach_data_inode);

/* For who holds the object by a pin: not in a callback. */
enum rfs_err rfs_attach_data_pin(rfs_filter filter, const struct rfs_pin *pin, struct rfs_priv_data *data,
				 struct rfs_priv_data **exist)
{
	*exist = NULL;
	return data->filter == filter ? attach_inode(d_inode(pin->dentry), data, exist) : RFS_ERR_INVAL;
}
EXPORT_SYMBOL_GPL(rfs_attach_data_pin);

enum rfs_err rfs_detach_data_pin(rfs_filter filter, const struct rfs_pin *pin, struct rfs_priv_data **data)
{
	*data = take(d_inode(pin->dentry), filter);
	return *data ? RFS_ERR_OK : RFS_ERR_NOENT;
}
EXPORT_SYMBOL_GPL(rfs_detach_data_pin);

/* ---- Beginning and end ---- */

int rfs_priv_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(buckets); i++)
		spin_lock_init(&buckets[i].lock);
	group = fsnotify_alloc_group(&notice_ops, RFS_EVICTABLE_GROUP);
	return PTR_ERR_OR_ZERO(group);
}

/* rfs_priv_exit() - no filter is left, so no data; after rfs_attach_exit(), which waited for all marks */
void rfs_priv_exit(void)
{
	flush_work(&end_work);
	fsnotify_put_group(group);
}
