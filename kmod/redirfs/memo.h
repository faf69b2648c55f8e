/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_MEMO_H
#define RFS_MEMO_H

#include <linux/fs.h>
#include <linux/time64.h>

#include "inside.h"

struct rfs_call;
struct rfs_flt;

/* What an object looks like; any of it changes when its content does, or its owner, mode, names and so on. */
struct rfs_memo_state {
	u64 version;
	struct timespec64 ctime;
	struct timespec64 mtime;
	loff_t size;
	u32 generation;
};

/**
 * struct rfs_memo - an open whose verdicts may be remembered; on its wrapper's stack
 * @able:	they may, so far
 * @kind:	0, or 1 for execution
 * @changes:	of the object's bucket, before anybody was asked
 * @forgets:	of all filters, likewise
 * @state:	of the object, likewise
 */
struct rfs_memo {
	bool able;
	unsigned int kind;
	u32 changes;
	u32 forgets;
	struct rfs_memo_state state;
};

struct rfs_memo_table;
extern struct rfs_memo_table *rfs_memo_table;
/* Filters that ever remembered anything */
extern struct rfs_set rfs_memo_users;

/* rfs_memo_used() - has any of these filters ever remembered anything? */
static inline bool rfs_memo_used(const struct rfs_set *filters)
{
	return (filters->w[0] & READ_ONCE(rfs_memo_users.w[0])) | (filters->w[1] & READ_ONCE(rfs_memo_users.w[1]));
}

struct rfs_set rfs_memo_begin(struct rfs_memo *memo, struct inode *inode, bool exec, const struct rfs_guest *guest,
			      const struct rfs_set *filters);
void rfs_memo_keep(const struct rfs_memo *memo, struct inode *inode, const struct rfs_guest *guest,
		   const struct rfs_call *call);
void rfs_memo_use(const struct rfs_flt *filter);
void rfs_memo_forget(struct rfs_flt *filter);
void rfs_memo_leave(struct rfs_flt *filter);
void rfs_memo_drop(const struct inode *inode, const struct rfs_guest *guest);
void rfs_memo_exit(void);

/*
 * rfs_memo_changed() - an object is opened for writing, or its attributes or names have changed
 *
 * Before what a writer writes can be read, after everything else: see memo.c.
 */
static inline void rfs_memo_changed(const struct inode *inode, const struct rfs_guest *guest)
{
	if (unlikely(READ_ONCE(rfs_memo_table)) && inode)
		rfs_memo_drop(inode, guest);
}

/* The module parameter remembered_max */
extern unsigned int rfs_memo_max;

#endif /* RFS_MEMO_H */
