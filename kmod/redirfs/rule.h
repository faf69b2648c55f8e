/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_RULE_H
#define RFS_RULE_H

#include <linux/fs.h>
#include <linux/fsnotify_backend.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/rhashtable-types.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>

#include "judge.h"

struct rfs_flt;
struct rfs_sb;

/**
 * struct rfs_rule - one path rule of one filter
 * @of_filter:	in the filter's list, by ascending id; protected by rfs_rules_mutex
 * @of_anchor:	in the anchor's list; protected by rfs_rules_lock
 * @of_filter_anchored: in the filter's list of rules that are not stale; protected by rfs_rules_lock
 * @filter:	whose it is
 * @anchor:	where it hangs, NULL: stale; protected by rfs_rules_lock
 * @id:		unique for ever; the cursor of lists
 * @parent:	of an object that is no directory: the directory that the setter's name for it is in; only for comparing
 * @name_hash:	and a hash of that name; its other hard links are not what @path says
 * @flags:	RFS_PATH_INCLUDE ... RFS_PATH_SUBTREE
 * @len:	length of @path
 * @path:	as its setter wrote it, without slashes at the end (but "/")
 */
struct rfs_rule {
	struct list_head of_filter;
	struct list_head of_anchor;
	struct list_head of_filter_anchored;
	struct rfs_flt *filter;
	struct rfs_anchor *anchor;
	u64 id;
	const struct inode *parent;
	unsigned int name_hash;
	int flags;
	size_t len;
	char path[];
};

/**
 * struct rfs_anchor - an object that has rules
 * @mark:	fsnotify mark without events: it keeps the inode, and tells of umount and deletion
 * @node:	in the table by inode; taken out before the mark lets go of the inode
 * @inode:	the object
 * @rsb:	its file system, referenced
 * @seq:	for readers of @set; written under rfs_rules_lock
 * @set:	what the rules say, for all filters
 * @rules:	struct rfs_rule.of_anchor; protected by rfs_rules_lock
 * @dead:	the mark is being freed; protected by rfs_rules_lock
 */
struct rfs_anchor {
	struct fsnotify_mark mark;
	struct rhash_head node;
	const struct inode *inode;
	struct rfs_sb *rsb;
	seqcount_spinlock_t seq;
	struct rfs_ruleset set;
	struct list_head rules;
	bool dead;
	struct rcu_head rcu;
};

/*
 * rfs_rules_mutex: every change of rules, attach and detach. Under it s_umount is only tried. Not held while a path is
 * resolved: that takes directory locks, under which a callback may be setting a path.
 * rfs_rules_lock: what a freed mark must be able to change; it may come under s_umount or a directory's lock.
 */
extern struct mutex rfs_rules_mutex;
extern spinlock_t rfs_rules_lock;

int rfs_rule_set(struct rfs_flt *filter, const struct path *at, const char *path, int flags, bool *replaced);
int rfs_rule_del(struct rfs_flt *filter, const struct path *at, const char *path);
void rfs_rules_drop(struct rfs_flt *filter);
int rfs_rules_detach_all(void);
void rfs_rules_detach_later(unsigned int ms);

/* Under rcu_read_lock. */
bool rfs_rule_names(const struct rfs_rule *rule, struct dentry *dentry);
struct rfs_anchor *rfs_anchor_find(const struct inode *inode);
void rfs_anchor_read(struct rfs_anchor *anchor, struct rfs_ruleset *set);

int rfs_rule_init(void);
void rfs_rule_exit(void);

/* Marks of both groups that exist; the module waits for the last one. */
void rfs_mark_born(void);
void rfs_mark_died(void);
void rfs_marks_wait(void);
void rfs_marks_flush(void);

#endif /* RFS_RULE_H */
