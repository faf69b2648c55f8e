/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_ATTACH_H
#define RFS_ATTACH_H

#include <linux/fs.h>
#include <linux/fsnotify_backend.h>
#include <linux/list.h>
#include <linux/refcount.h>

#include "set.h"

/**
 * struct rfs_sb - an attached file system
 * @node:	in the table that the hook and every wrapper look into; protected by rfs_rules_lock, read under RCU.
 *		Whoever takes it out of the table restores the inodes.
 * @hashed:	it is in the table
 * @list:	among all of them, protected by rfs_rules_lock
 * @id:		unique for ever; the cursor of lists
 * @dev:	copies for lists, good when @sb is not any more; so are @type and @name
 * @sb:		held by nothing: valid for use while @hashed and the umount notice has not come, else for comparing
 * @flags:	RFS_FS_ bits
 * @anchors:	objects on it that have rules; protected by rfs_rules_lock
 * @rules:	rules on them; protected by rfs_rules_lock
 * @included:	filters that have an including rule on it; written under rfs_rules_lock, read racily: a caller that
 *		comes while a rule is set may or may not see it
 * @unplaced:	those of @included that want objects without a known place
 * @refs:	the umount notice has one, and so has each anchor
 * @mark:	the umount notice, an fsnotify mark on the root inode: freed at umount, whatever else happens
 */
struct rfs_sb {
	struct hlist_node node;
	bool hashed;
	struct list_head list;
	u64 id;
	dev_t dev;
	char type[32];
	char name[32];
	struct super_block *sb;
	unsigned int flags;
	unsigned int anchors;
	unsigned int rules;
	struct rfs_set included;
	struct rfs_set unplaced;
	refcount_t refs;
	struct rcu_head rcu;
	struct fsnotify_mark mark;
};

/* Under rcu_read_lock. NULL: not attached. */
struct rfs_sb *rfs_sb_find(const struct super_block *sb);

/* All of the following: rfs_rules_mutex held. */
struct rfs_sb *rfs_sb_attach(struct super_block *sb, bool force);
bool rfs_sb_detach(struct rfs_sb *rsb);
void rfs_sb_detach_idle(void);

void rfs_sb_put(struct rfs_sb *rsb);

/* Seeing to it that an inode that a wrapper met is shadowed; counts it if the hook had missed it. */
void rfs_sb_shadow_result(struct inode *inode);

int rfs_attach_init(void);
void rfs_attach_exit(void);

/* The module parameter force_fs */
extern bool rfs_force_fs;

/* For the control device */
enum rfs_hook_state { RFS_HOOK_OFF, RFS_HOOK_ALIVE, RFS_HOOK_DEAD };
enum rfs_hook_state rfs_hook_state(void);
int rfs_sb_walk(int (*fn)(struct rfs_sb *rsb, void *data), void *data);

#endif /* RFS_ATTACH_H */
