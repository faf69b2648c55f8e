/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_CALL_H
#define RFS_CALL_H

#include <linux/fs.h>
#include <linux/list.h>

#include "compat.h"
#include "filter.h"
#include "inside.h"

/**
 * struct rfs_name - one name of an operation
 * @dentry:	the name, held by whoever called the VFS; NULL: the operation has no such name
 * @parent:	the directory that it is in, referenced
 * @mnt:	the mount that it was reached through, held by the same; NULL: not known, as in inode operations
 * @deleted:	an object without this name, when the operation began
 */
struct rfs_name {
	struct dentry *dentry;
	struct dentry *parent;
	struct vfsmount *mnt;
	bool deleted;
};

/* The arguments of an operation, behind the accessors of rfs.h. Filled by the wrapper, on its caller's stack. */
struct rfs_args {
	enum rfs_op_id op;
	bool post;
	bool remember; /* rfs_remember() */
	unsigned int flags; /* RFS_OPF_ */
	unsigned int open_flags;
	unsigned int rename_flags;
	umode_t mode;
	unsigned int mmap_policy; /* RFS_NO_ */
	dev_t rdev;
	u64 time_ns; /* rfs_time() */
	long result;
	struct rfs_name name[2];
	struct file *file[2]; /* that are open, or about to be; held as the names are */
	const struct iattr *attr;
	const struct rfs_io *io;
	const struct rfs_data *data; /* the piece, in a callback that is given one */
	const char *target;
	const char *xattr;
	struct rfs_ctx *ctx; /* whose callback runs */
};

/* One filter's view of one call, while one of its callbacks runs. */
struct rfs_ctx {
	struct rfs_call *call;
	const struct rfs_link *link;
	struct rfs_flt *filter;
	struct list_head running; /* in filter->running */
	struct task_struct *task;
	u64 seq;
};

/**
 * struct rfs_call - one operation on its way through the chain
 * @args:	what the filters see
 * @chain:	the chain that the operation took when it began, referenced
 * @scope:	filters that are asked
 * @ran:	those whose turn has come before the operation: their post callbacks run
 * @remember:	those who want their RFS_CONTINUE to be remembered
 * @data:	per-operation data of all filters of the chain, or NULL
 * @spent:	nanoseconds spent waiting for user space
 * @budget:	where they are counted: @spent, or one place for several calls that make up one operation
 * @stopper:	the filter of @chain that stopped the operation, or NULL
 * @pieces:	of a read or write: filters that are given the data; known after rfs_call_pre()
 * @pieced:	those of a read that were given any: their post callback has run, and runs at the end only after a pre callback
 * @begun:	a piece is done: a filter of @pieces that goes away now ends the call
 */
struct rfs_call {
	struct rfs_args args;
	struct rfs_chain *chain;
	struct rfs_set scope;
	struct rfs_set ran;
	struct rfs_set remember;
	void *data;
	u64 spent;
	u64 *budget;
	const struct rfs_flt *stopper;
	struct rfs_set pieces;
	struct rfs_set pieced;
	bool begun;
};

/*
 * rfs_call_start() - is anybody to be asked about this operation?
 *
 * False: no; the wrapper calls the file system and is done. True: @call is begun, and must go through rfs_call_pre()
 * and rfs_call_post(). The wrapper fills in the operation's own arguments between.
 */
bool rfs_call_start(struct rfs_call *call, const struct rfs_guest *guest, enum rfs_op_id op, struct dentry *first,
		    struct dentry *second);
/* The same with the scope computed by the caller: open needs it for other filters too. */
bool rfs_call_start_scoped(struct rfs_call *call, const struct rfs_set *scope, enum rfs_op_id op, struct dentry *first,
			   struct dentry *second);
int rfs_call_pre(struct rfs_call *call);
long rfs_call_post(struct rfs_call *call, long result);

/**
 * struct rfs_visit - one operation in its wrapper, on its stack
 * @call:	begun if @asked
 * @io:		the operation's numbers, if rfs_visit_tell() was called
 */
struct rfs_visit {
	struct rfs_guest guest;
	struct rfs_call call;
	struct rfs_io io;
	bool asked;
};

/* The first thing in a wrapper, and rfs_visit_leave() the last. Return: as rfs_enter(). */
static inline int rfs_visit_enter(struct rfs_visit *v, const struct super_block *sb, enum rfs_op_id op)
{
	v->asked = false;
	return rfs_enter(&v->guest, sb, op);
}

/* As rfs_call_start(). If true rfs_call_pre() is next; rfs_visit_leave() does what is left. */
static inline bool rfs_visit_asked(struct rfs_visit *v, enum rfs_op_id op, struct dentry *first, struct dentry *second)
{
	v->asked = rfs_call_start(&v->call, &v->guest, op, first, second);
	return v->asked;
}

static inline void rfs_visit_tell(struct rfs_visit *v, struct rfs_io io)
{
	v->io = io;
	v->call.args.io = &v->io;
}

static inline long rfs_visit_leave(struct rfs_visit *v, long result)
{
	if (v->asked)
		result = rfs_call_post(&v->call, result);
	rfs_leave(&v->guest);
	return result;
}

/* Between them, for data: is anybody to be given them, and does what one makes of them depend on the place? */
static inline bool rfs_call_has_pieces(const struct rfs_call *call)
{
	return !rfs_set_empty(&call->pieces);
}
bool rfs_call_is_placed(const struct rfs_call *call);
/* Give a piece to those. Return: 0, or the negative errno that the call ends with here. */
int rfs_call_piece(struct rfs_call *call, const struct rfs_data *data);
/*
 * rfs_data_guards() - would the data of this object be changed on their way, if the current task read or wrote them now?
 * @placed:	in a way that depends on the place
 *
 * The dentry is held, and not a directory's. Does not sleep.
 */
bool rfs_data_guards(struct dentry *dentry, bool placed);

/* Scope of a name: scope.c */
void rfs_scope_name(struct dentry *dentry, const struct rfs_guest *guest, const struct rfs_set *candidates,
		    struct rfs_set *in, bool *unplaced);
struct rfs_set rfs_chain_wants(enum rfs_op_id op);

/* names.c; may sleep */
void rfs_stat_id(struct dentry *dentry, u64 *dev, u64 *ino);

/* A callback of any kind, in progress. */
bool rfs_ctx_begin(struct rfs_ctx *ctx, struct rfs_flt *filter);
void rfs_ctx_end(struct rfs_ctx *ctx);
bool rfs_ctx_running(struct rfs_flt *filter, u64 until);
/* Is this task inside a callback of any filter, and under a lock of the VFS there? Takes locks; not for hot paths. */
bool rfs_ctx_inside(bool *locked);

/*
 * A change of mode in progress, on its caller's stack: wrap_attr.c
 */
struct rfs_chmod {
	struct list_head list;
	struct task_struct *task;
};

#ifdef RFS_ACL_MEMBERS
void rfs_chmod_begin(struct rfs_chmod *chmod, const struct iattr *attr);
void rfs_chmod_end(struct rfs_chmod *chmod);
#else
static inline void rfs_chmod_begin(struct rfs_chmod *chmod, const struct iattr *attr)
{
}

static inline void rfs_chmod_end(struct rfs_chmod *chmod)
{
}
#endif

/* The way out: the module parameter */
extern bool rfs_bypass;

#endif /* RFS_CALL_H */
