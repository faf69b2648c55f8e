/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_INSIDE_H
#define RFS_INSIDE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <rfs_abi.h>

#include "set.h"

/**
 * struct rfs_guest - a caller inside a wrapper, and what it found when it came in; on its stack
 * @fs_flags:	RFS_FS_ bits of the file system
 * @sb_id:	number of the file system's attachment, unique for ever; 0 if it was not attached: then the sets are empty
 * @included:	filters that have an including rule there
 * @unplaced:	those of them that want objects without a known place
 * @listed:	on the list of those who may stay long; then it holds a reference to the module
 */
struct rfs_guest {
	unsigned int fs_flags;
	bool listed;
	u64 sb_id;
	struct rfs_set included;
	struct rfs_set unplaced;

	struct list_head list;
	u64 id;
	u64 since_ns;
	struct task_struct *task;
	enum rfs_op_id op;
};

/**
 * rfs_enter() - be counted as inside, before anything else in a wrapper
 *
 * Return: 0, or -ESTALE if redirfs is being unloaded and the operation might block for ever: the caller returns that at
 * once (after rfs_leave()), and the VFS, which tries a second time after -ESTALE, finds the file system's own tables.
 */
int rfs_enter(struct rfs_guest *guest, const struct super_block *sb, enum rfs_op_id op);
/**
 * rfs_enter_listed() - stand on the list too, on a file system that would not require it, for a reason of one's own
 *
 * After rfs_enter(). Return: as that.
 */
int rfs_enter_listed(struct rfs_guest *guest, enum rfs_op_id op);
void rfs_leave(struct rfs_guest *guest);

/* What a caller finds when it comes in, for who is inside already or need not be counted: the file system and its filters */
void rfs_look_around(struct rfs_guest *guest, const struct super_block *sb);

void rfs_inside_wait(void);

/* For the control device; fn is called under a spinlock. Return: what fn returned when it was not 0. */
int rfs_inside_walk(u64 after, int (*fn)(const struct rfs_guest *guest, void *data), void *data);
unsigned int rfs_inside_count(void);

/* Everybody inside now; exact only when nobody comes and goes */
unsigned int rfs_inside_sum(void);

#endif /* RFS_INSIDE_H */
