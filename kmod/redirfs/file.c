// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - open files that a rule covers, and what is known of them
 *
 * REFCNT: none. struct rfs_file does not hold its file.
 *
 * LIFETIME: made when a covered file is opened, after the file system's open succeeded and before the file is
 * published; forgotten in the release wrapper, or when redirfs is unloaded and the file gets its own operations back
 * under a reference taken with inc-not-zero. A file that is in its last put then is left to its release wrapper: the
 * VFS reads f_op more than once there. While a struct rfs_file is in the table the memory of its file is good.
 *
 * LOCKING: one bit lock per bucket of the table. Nothing is taken under it.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/hash.h>
#include <linux/list_bl.h>
#include <linux/slab.h>

#include "attach.h"
#include "call.h"
#include "compat.h"
#include "file.h"
#include "listing.h"
#include "shadow.h"
#include "stats.h"

#define FILE_BITS 12

/*
 * struct rfs_file - an open file that a rule covers
 * @node:	in the table
 * @file:	it
 * @shadow:	what its f_op is part of
 * @changes:	RFS_OPF_CHANGED, RFS_OPF_MAPPED: what was done through it; under the bucket's lock
 * @mmap_policy: RFS_NO_ bits: what may not be done with it; under the bucket's lock
 * @listing:	what was read ahead of a directory, or NULL; under the bucket's lock
 * @mtime:	of the inode when it was opened
 * @size:	likewise
 */
struct rfs_file {
	struct hlist_bl_node node;
	struct file *file;
	struct rfs_fop_shadow *shadow;
	unsigned int changes;
	unsigned int mmap_policy;
	struct rfs_listing *listing;
	struct timespec64 mtime;
	loff_t size;
};

static struct hlist_bl_head files[1 << FILE_BITS];

/*
 * redirfs is being unloaded: files are given their own tables back and get no shadow any more. Set before the walk over
 * the buckets and read under each bucket's lock: who comes later sees it, who came before is found by the walk.
 */
static bool closing;

static struct hlist_bl_head *bucket_of(const struct file *file)
{
	return &files[hash_ptr(file, FILE_BITS)];
}

/* rfs_file_prepare() - may sleep. NULL: no memory. */
struct rfs_file *rfs_file_prepare(void)
{
	return kzalloc(sizeof(struct rfs_file), GFP_KERNEL_ACCOUNT);
}

void rfs_file_drop(struct rfs_file *rf)
{
	kfree(rf);
}

/*
 * rfs_file_cover() - give an opened file that nobody else can see yet the shadow of its table
 * @rf:		prepared; not the caller's any more, unless the result is false
 *
 * May sleep. Return: false if there was no memory for a new table; then nothing has changed.
 */
bool rfs_file_cover(struct rfs_file *rf, struct file *file)
{
	struct hlist_bl_head *bucket = bucket_of(file);
	bool covered;

	rf->file = file;
	rf->mtime = rfs_inode_mtime(file_inode(file));
	rf->size = i_size_read(file_inode(file));
	/*
	 * execve of a file that cannot be mapped fails in time, with ENOEXEC, if there is no member to map it by; what the
	 * member returns comes too late for that. Nobody else has this file, so that it need not be undone.
	 */
	rf->shadow = rfs_shadow_for_file(file->f_op, file_inode(file)->i_sb,
					 rfs_file_for_exec(file) && rfs_data_guards(file->f_path.dentry, false));
	if (!rf->shadow)
		return false;
	hlist_bl_lock(bucket);
	covered = !READ_ONCE(closing);
	if (covered) {
		/* both under the lock: from here on the file may be restored and rf be gone */
		file->f_op = &rf->shadow->ops;
		hlist_bl_add_head(&rf->node, bucket);
		rfs_count(files);
	}
	hlist_bl_unlock(bucket);
	if (!covered)
		kfree(rf);
	return true;
}

/* Under the bucket's lock */
static struct rfs_file *find(struct hlist_bl_head *bucket, const struct file *file)
{
	struct hlist_bl_node *node;
	struct rfs_file *rf;

	hlist_bl_for_each_entry(rf, node, bucket, node)
		if (rf->file == file)
			return rf;
	return NULL;
}

static struct rfs_file *take_out(struct file *file)
{
	struct hlist_bl_head *bucket = bucket_of(file);
	struct rfs_file *rf;

	hlist_bl_lock(bucket);
	rf = find(bucket, file);
	if (rf)
		hlist_bl_del(&rf->node);
	hlist_bl_unlock(bucket);
	return rf;
}

static void file_free(struct rfs_file *rf)
{
	rfs_listing_free(rf->listing);
	kfree(rf);
}

/*
 * rfs_file_forget() - the file is in its last put
 *
 * Gives it its own table back, so that what the VFS reads from f_op behind release is the file system's.
 *
 * Return: that table, or NULL if the file is not known.
 */
const struct file_operations *rfs_file_forget(struct file *file)
{
	struct rfs_file *rf = take_out(file);
	const struct file_operations *orig;

	if (!rf)
		return NULL;
	orig = rf->shadow->orig;
	WRITE_ONCE(file->f_op, orig);
	file_free(rf);
	rfs_uncount(files);
	return orig;
}

bool rfs_file_is_covered(struct file *file)
{
	struct hlist_bl_head *bucket = bucket_of(file);
	bool covered;

	hlist_bl_lock(bucket);
	covered = find(bucket, file);
	hlist_bl_unlock(bucket);
	return covered;
}

/* ---- What was done through it ---- */

static void note_change(struct file *file, unsigned int change)
{
	struct hlist_bl_head *bucket = bucket_of(file);
	struct rfs_file *rf;

	hlist_bl_lock(bucket);
	rf = find(bucket, file);
	if (rf)
		rf->changes |= change;
	hlist_bl_unlock(bucket);
}

/* rfs_file_wrote() - its data or size were changed. The caller holds the file. Any context but interrupts. */
void rfs_file_wrote(struct file *file)
{
	note_change(file, RFS_OPF_CHANGED);
}

/* rfs_file_mapped() - they may be changed from now on, and nothing will tell */
void rfs_file_mapped(struct file *file)
{
	note_change(file, RFS_OPF_CHANGED | RFS_OPF_MAPPED);
}

/*
 * rfs_file_changes() - RFS_OPF_ bits for the release of a file
 *
 * What the wrappers did not see (a clone into it from a file that no rule covers, a truncation by path) shows in the
 * inode's time and size. That it was somebody else then cannot be told.
 */
unsigned int rfs_file_changes(struct file *file)
{
	const struct inode *inode = file_inode(file);
	struct hlist_bl_head *bucket = bucket_of(file);
	struct timespec64 now = rfs_inode_mtime(inode);
	unsigned int changes = 0;
	struct rfs_file *rf;

	if (!(file->f_mode & FMODE_WRITE))
		return 0;
	hlist_bl_lock(bucket);
	rf = find(bucket, file);
	if (rf) {
		changes = rf->changes;
		if (rf->size != i_size_read(inode) || !timespec64_equal(&rf->mtime, &now))
			changes |= RFS_OPF_CHANGED;
	}
	hlist_bl_unlock(bucket);
	return changes;
}

/* ---- What was read ahead of a directory ---- */

struct rfs_listing *rfs_file_listing(struct file *file, struct rfs_listing *listing)
{
	struct hlist_bl_head *bucket = bucket_of(file);
	struct rfs_file *rf;

	hlist_bl_lock(bucket);
	rf = find(bucket, file);
	if (rf)
		swap(rf->listing, listing);
	hlist_bl_unlock(bucket);
	return listing;
}

bool rfs_file_has_listing(struct file *file)
{
	struct hlist_bl_head *bucket = bucket_of(file);
	struct rfs_file *rf;
	bool has;

	hlist_bl_lock(bucket);
	rf = find(bucket, file);
	has = rf && rf->listing;
	hlist_bl_unlock(bucket);
	return has;
}

/* ---- What may be done with it ---- */

void rfs_file_limit(struct file *file, unsigned int mmap_policy)
{
	struct hlist_bl_head *bucket = bucket_of(file);
	struct rfs_file *rf;

	if (!mmap_policy)
		return;
	hlist_bl_lock(bucket);
	rf = find(bucket, file);
	if (rf)
		rf->mmap_policy |= mmap_policy;
	hlist_bl_unlock(bucket);
}

unsigned int rfs_file_mmap_policy(struct file *file)
{
	struct hlist_bl_head *bucket = bucket_of(file);
	unsigned int policy = 0;
	struct rfs_file *rf;

	hlist_bl_lock(bucket);
	rf = find(bucket, file);
	if (rf)
		policy = rf->mmap_policy;
	hlist_bl_unlock(bucket);
	return policy;
}

struct rfs_set rfs_file_scope(struct file *file, const struct rfs_guest *guest, bool *unplaced)
{
	struct rfs_set in = {};

	*unplaced = false;
	if (!rfs_set_empty(&guest->included))
		rfs_scope_name(file->f_path.dentry, guest, &guest->included, &in, unplaced);
	return in;
}

/*
 * rfs_file_is_to_be_covered() - has a file that no rule covers to be covered all the same?
 *
 * Where somebody changes data, each file may be the one that another, which is covered, is to get its data from by a
 * clone: the VFS calls the member of the file that is read.
 */
bool rfs_file_is_to_be_covered(const struct file *file, const struct rfs_guest *guest)
{
	struct rfs_set data = rfs_set_and(&guest->included, &rfs_data_filters);

	return !rfs_set_empty(&data) && S_ISREG(file_inode(file)->i_mode);
}

/*
 * rfs_file_settle() - after a file system opened a file in its own way (atomic_open, tmpfile)
 *
 * If it used f_op->open the wrapper there has done all this. Without memory the file stays uncovered, which is counted:
 * the operation has happened and cannot be taken back.
 */
void rfs_file_settle(struct file *file, const struct rfs_guest *guest)
{
	struct rfs_fop_shadow *shadow;
	struct rfs_file *rf;
	struct rfs_set in;
	bool unplaced;

	if (!(file->f_mode & FMODE_OPENED))
		return;
	/* the hook may have missed the inode */
	rfs_sb_shadow_result(file_inode(file));
	shadow = rfs_shadow_of_ifop(file->f_op);
	if (shadow)
		file->f_op = shadow->orig;
	else if (rfs_shadow_of_file(file->f_op))
		return;
	in = rfs_file_scope(file, guest, &unplaced);
	if (rfs_set_empty(&in) && !rfs_file_is_to_be_covered(file, guest))
		return;
	rf = rfs_file_prepare();
	if (!rf || !rfs_file_cover(rf, file)) {
		rfs_file_drop(rf);
		rfs_count(no_memory);
	}
}

/* Restores one file of a bucket. Return: false if there is none left that is not in its last put. */
static bool restore_one(struct hlist_bl_head *bucket)
{
	struct file *file = NULL;
	struct hlist_bl_node *node;
	struct rfs_file *rf;

	hlist_bl_lock(bucket);
	hlist_bl_for_each_entry(rf, node, bucket, node) {
		if (rfs_file_get_live(rf->file)) {
			file = rf->file;
			hlist_bl_del(&rf->node);
			break;
		}
	}
	hlist_bl_unlock(bucket);
	if (!file)
		return false;
	/* others may be calling through the shadow this moment: it stays until all have left */
	WRITE_ONCE(file->f_op, rf->shadow->orig);
	fput(file);
	file_free(rf);
	rfs_uncount(files);
	rfs_count(restored);
	return true;
}

/* rfs_files_restore() - give every open file its own operations back, and new ones none any more. May sleep. */
void rfs_files_restore(void)
{
	size_t i;

	WRITE_ONCE(closing, true);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		while (restore_one(&files[i]))
			cond_resched();
}

/* rfs_files_wait() - wait for files in their last put. Their release comes by itself, and soon. */
void rfs_files_wait(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		while (!hlist_bl_empty(&files[i]))
			msleep(10);
}
