// SPDX-License-Identifier: GPL-2.0-only
/*
 * call.c - one operation's way through the chain of filters
 *
 * LIFETIME: struct rfs_call lives on the stack of the wrapper and holds a reference to the chain it began with, which
 * holds the filters. struct rfs_ctx lives for one callback.
 *
 * LOCKING: a filter's run_lock for its list of callbacks in progress; no lock of ours is held in a callback.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "attach.h"
#include "call.h"
#include "memo.h"
#include "stats.h"

bool rfs_bypass;

/*
 * Operations for which the VFS holds a lock that others than the caller's own process want: the object's or its
 * directory's. mmap's is the process's own, but so much is done under it that nobody may wait there.
 */
#define OPS_LOCKED                                                                                                    \
	((RFS_OPS_NAMESPACE & ~(RFS_OP_BIT(RFS_OP_OPEN) | RFS_OP_BIT(RFS_OP_RELEASE) | RFS_OP_BIT(RFS_OP_TMPFILE))) | \
	 RFS_OP_BIT(RFS_OP_LOOKUP) | RFS_OP_BIT(RFS_OP_SETXATTR) | RFS_OP_BIT(RFS_OP_REMOVEXATTR) |                   \
	 RFS_OP_BIT(RFS_OP_SET_ACL) | RFS_OP_BIT(RFS_OP_GET_ACL) | RFS_OP_BIT(RFS_OP_FILEATTR_SET) |                  \
	 RFS_OP_BIT(RFS_OP_READDIR) | RFS_OP_BIT(RFS_OP_MMAP))

/* ---- Callbacks in progress ---- */

/* rfs_ctx_begin() - enter a callback. Return: false if the filter is gone, and may not be called. */
bool rfs_ctx_begin(struct rfs_ctx *ctx, struct rfs_flt *filter)
{
	bool gone;

	ctx->filter = filter;
	ctx->task = current;
	spin_lock(&filter->run_lock);
	gone = filter->gone;
	if (!gone) {
		ctx->seq = ++filter->run_seq;
		list_add(&ctx->running, &filter->running);
	}
	spin_unlock(&filter->run_lock);
	return !gone;
}

void rfs_ctx_end(struct rfs_ctx *ctx)
{
	struct rfs_flt *filter = ctx->filter;
	bool wake;

	spin_lock(&filter->run_lock);
	list_del(&ctx->running);
	wake = filter->run_waiters;
	spin_unlock(&filter->run_lock);
	if (unlikely(wake))
		wake_up_all(&filter->run_wait);
}

static bool inside_filter(struct rfs_flt *filter, void *data)
{
	bool found = false, *locked = data;
	const struct rfs_ctx *ctx;

	spin_lock(&filter->run_lock);
	list_for_each_entry(ctx, &filter->running, running) {
		if (ctx->task != current)
			continue;
		found = true;
		*locked |= ctx->call && (ctx->call->args.flags & RFS_OPF_LOCKED);
	}
	spin_unlock(&filter->run_lock);
	return found;
}

bool rfs_ctx_inside(bool *locked)
{
	*locked = false;
	return rfs_filters_any(inside_filter, locked);
}

/* rfs_ctx_running() - does a callback run that began up to number @until, in another task? */
bool rfs_ctx_running(struct rfs_flt *filter, u64 until)
{
	struct rfs_ctx *ctx;
	bool found = false;

	spin_lock(&filter->run_lock);
	list_for_each_entry(ctx, &filter->running, running)
		found |= ctx->seq <= until && ctx->task != current;
	spin_unlock(&filter->run_lock);
	return found;
}

/* ---- The beginning ---- */

/* rfs_chain_wants() - which active filters want an operation. Any context. */
struct rfs_set rfs_chain_wants(enum rfs_op_id op)
{
	struct rfs_set wants;

	rcu_read_lock();
	wants = rcu_dereference(rfs_chain)->wants[op];
	rcu_read_unlock();
	return wants;
}

static void name_set(struct rfs_name *name, struct dentry *dentry)
{
	name->dentry = dentry;
	name->parent = dentry ? dget_parent(dentry) : NULL;
	name->deleted = dentry && d_really_is_positive(dentry) && d_unlinked(dentry);
}

bool rfs_call_start_scoped(struct rfs_call *call, const struct rfs_set *scope, enum rfs_op_id op, struct dentry *first,
			   struct dentry *second)
{
	struct rfs_chain *chain = rfs_chain_get();

	/* the chain that is kept decides, if it changed since the scope was found */
	call->scope = rfs_set_and(scope, &chain->wants[op]);
	if (rfs_set_empty(&call->scope)) {
		rfs_chain_put(chain);
		return false;
	}
	if (READ_ONCE(rfs_bypass)) {
		rfs_count(bypassed);
		rfs_chain_put(chain);
		return false;
	}
	rfs_count(calls);
	call->chain = chain;
	call->ran = (struct rfs_set){};
	call->remember = (struct rfs_set){};
	call->data = NULL;
	call->spent = 0;
	call->budget = &call->spent;
	call->stopper = NULL;
	call->pieces = (struct rfs_set){};
	call->pieced = call->pieces;
	call->begun = false;
	memset(&call->args, 0, sizeof(call->args));
	call->args.op = op;
	call->args.time_ns = ktime_get_ns();
	if (OPS_LOCKED & RFS_OP_BIT(op))
		call->args.flags = RFS_OPF_LOCKED;
	name_set(&call->args.name[RFS_FIRST], first);
	name_set(&call->args.name[RFS_SECOND], second);
	return true;
}

bool rfs_call_start(struct rfs_call *call, const struct rfs_guest *guest, enum rfs_op_id op, struct dentry *first,
		    struct dentry *second)
{
	struct rfs_set wants = rfs_chain_wants(op);
	struct rfs_set candidates = rfs_set_and(&wants, &guest->included);
	struct rfs_set in = {};
	bool unplaced = false;

	if (likely(rfs_set_empty(&candidates)))
		return false;
	rfs_scope_name(first, guest, &candidates, &in, &unplaced);
	if (second)
		rfs_scope_name(second, guest, &candidates, &in, &unplaced);
	if (rfs_set_empty(&in) || !rfs_call_start_scoped(call, &in, op, first, second))
		return false;
	if (unplaced)
		call->args.flags |= RFS_OPF_UNPLACED;
	return true;
}

/* ---- Before and after ---- */

static int data_alloc(struct rfs_call *call)
{
	unsigned int i;

	for (i = 0; i < call->chain->nr; i++) {
		const struct rfs_link *link = &call->chain->link[i];

		if (!link->filter->op_data_size || !rfs_set_has(&call->scope, link->slot))
			continue;
		call->data = kzalloc(call->chain->data_size, GFP_KERNEL);
		return call->data ? 0 : -ENOMEM;
	}
	return 0;
}

/* Does the filter ask nothing of the current task? Then this is no question of its data. */
static bool is_exempt(const struct rfs_link *link)
{
	const struct rfs_ctl_ops *ctl = rfs_filter_ctl(link->filter);
	struct rfs_ctx ctx = { .link = link };
	bool exempt;

	if (!ctl || !ctl->exempt)
		return false;
	/* so that its private data live; one that is gone asks nobody */
	if (!rfs_ctx_begin(&ctx, link->filter))
		return true;
	exempt = ctl->exempt(link->filter, READ_ONCE(link->filter->private_data));
	rfs_ctx_end(&ctx);
	return exempt;
}

/* Return: 0, or the result that the filter stopped the operation with */
static int pre_one(struct rfs_call *call, const struct rfs_link *link)
{
	const struct rfs_op_callbacks *op = &link->ops->op[call->args.op];
	struct rfs_ctx ctx = { .call = call, .link = link };
	enum rfs_retv retv;

	/* judged now, not when the chain was taken */
	if (!READ_ONCE(link->filter->active) || READ_ONCE(link->filter->gone))
		return 0;
	if (op->flags & RFS_OP_DATA) {
		if (!is_exempt(link))
			rfs_set_add(&call->pieces, link->slot);
		/* it is for the pieces, by whichever number they come */
		if (call->args.op == RFS_OP_WRITE)
			return 0;
	}
	if (!op->pre) {
		rfs_set_add(&call->ran, link->slot);
		return 0;
	}
	if (!rfs_ctx_begin(&ctx, link->filter))
		return 0;
	rfs_set_add(&call->ran, link->slot);
	call->args.ctx = &ctx;
	call->args.result = 0;
	call->args.remember = false;
	atomic64_inc(&link->filter->pre_calls);
	retv = op->pre(&ctx, &call->args);
	call->args.ctx = NULL;
	rfs_ctx_end(&ctx);
	/* who limits what may be mapped does so for this open file alone, and has to be asked about the next */
	if (unlikely(call->args.remember) && retv == RFS_CONTINUE && !call->args.mmap_policy) {
		rfs_set_add(&call->remember, link->slot);
		rfs_memo_use(link->filter);
	}
	if (retv != RFS_STOP || (op->flags & RFS_OP_PRE_NOTIFY))
		return 0;
	atomic64_inc(&link->filter->stops);
	call->stopper = link->filter;
	return call->args.result < 0 ? call->args.result : -EPERM;
}

/*
 * rfs_call_pre() - ask the filters before the operation, in order
 *
 * May sleep. Return: 0 to go on, or the negative errno to give to rfs_call_post() in place of the operation's result.
 */
int rfs_call_pre(struct rfs_call *call)
{
	unsigned int i;
	int err;

	err = data_alloc(call);
	if (err) {
		rfs_count(no_memory);
		return err;
	}
	for (i = 0; i < call->chain->nr; i++) {
		const struct rfs_link *link = &call->chain->link[i];

		if (!rfs_set_has(&call->scope, link->slot))
			continue;
		err = pre_one(call, link);
		if (err) {
			call->args.flags |= RFS_OPF_NOT_ASKED;
			rfs_count(denied);
			return err;
		}
	}
	return 0;
}

bool rfs_call_is_placed(const struct rfs_call *call)
{
	struct rfs_set placed = rfs_set_and(&call->pieces, &call->chain->placed);

	return !rfs_set_empty(&placed);
}

/*
 * A filter that is no more, or not active, is left out of the whole call, or ends it: part of the data as they are and
 * part of them changed are worse than an error.
 */
static int piece_one(struct rfs_call *call, const struct rfs_link *link, size_t length)
{
	const struct rfs_op_callbacks *op = &link->ops->op[call->args.op];
	struct rfs_ctx ctx = { .call = call, .link = link };
	bool read = call->args.op != RFS_OP_WRITE;
	enum rfs_retv retv;

	if (!READ_ONCE(link->filter->active) || !rfs_ctx_begin(&ctx, link->filter)) {
		rfs_set_del(&call->pieces, link->slot);
		return call->begun ? -EIO : 0;
	}
	rfs_set_add(read ? &call->pieced : &call->ran, link->slot);
	call->args.ctx = &ctx;
	call->args.result = call->args.op == RFS_OP_READ ? length : 0;
	atomic64_inc(read ? &link->filter->post_calls : &link->filter->pre_calls);
	retv = (read ? op->post : op->pre)(&ctx, &call->args);
	call->args.ctx = NULL;
	rfs_ctx_end(&ctx);
	if (retv != RFS_STOP)
		return 0;
	atomic64_inc(&link->filter->stops);
	rfs_count(denied);
	if (!call->begun) {
		call->stopper = link->filter;
		call->args.flags |= read ? 0 : RFS_OPF_NOT_ASKED;
	}
	return call->args.result < 0 ? call->args.result : -EPERM;
}

/*
 * rfs_call_piece() - writes by ascending priority, reads by descending
 *
 * May sleep. The time that is spent waiting for user space counts for each piece on its own: how many there are is the
 * caller's choice. But a directory that is read is locked all the time.
 */
int rfs_call_piece(struct rfs_call *call, const struct rfs_data *data)
{
	bool read = call->args.op != RFS_OP_WRITE;
	unsigned int i, nr = call->chain->nr;
	int err = 0;

	call->args.data = data;
	call->args.post = read;
	if (call->args.op != RFS_OP_READDIR)
		*call->budget = 0;
	for (i = 0; i < nr && !err; i++) {
		const struct rfs_link *link = &call->chain->link[read ? nr - 1 - i : i];

		if (rfs_set_has(&call->pieces, link->slot))
			err = piece_one(call, link, data->length);
	}
	call->args.data = NULL;
	call->args.post = false;
	return err;
}

bool rfs_data_guards(struct dentry *dentry, bool placed)
{
	struct rfs_guest guest;
	struct rfs_set candidates, in = {};
	bool unplaced, guards = false;
	struct rfs_chain *chain;
	unsigned int i;

	rcu_read_lock();
	chain = rcu_dereference(rfs_chain);
	candidates = placed ? chain->placed : chain->data;
	rcu_read_unlock();
	if (likely(rfs_set_empty(&candidates)) || READ_ONCE(rfs_bypass))
		return false;
	rfs_look_around(&guest, dentry->d_sb);
	candidates = rfs_set_and(&candidates, &guest.included);
	if (rfs_set_empty(&candidates))
		return false;
	rfs_scope_name(dentry, &guest, &candidates, &in, &unplaced);
	chain = rfs_chain_get();
	in = rfs_set_and(&in, &chain->data);
	for (i = 0; i < chain->nr && !guards; i++) {
		const struct rfs_link *link = &chain->link[i];

		guards = rfs_set_has(&in, link->slot) && READ_ONCE(link->filter->active) && !is_exempt(link);
	}
	rfs_chain_put(chain);
	return guards;
}

/* Has a read told this filter all by its pieces? Not one that began with a pre callback: that is owed an end. */
static bool told_by_pieces(const struct rfs_call *call, const struct rfs_link *link)
{
	return rfs_set_has(&call->pieced, link->slot) && !link->ops->op[call->args.op].pre;
}

static void post_one(struct rfs_call *call, const struct rfs_link *link)
{
	const struct rfs_op_callbacks *op = &link->ops->op[call->args.op];
	struct rfs_ctx ctx = { .call = call, .link = link };

	if (!op->post)
		return;
	if (!rfs_ctx_begin(&ctx, link->filter)) {
		rfs_count(posts_dropped);
		return;
	}
	call->args.ctx = &ctx;
	atomic64_inc(&link->filter->post_calls);
	op->post(&ctx, &call->args);
	call->args.ctx = NULL;
	rfs_ctx_end(&ctx);
}

/*
 * rfs_call_post() - tell the filters whose pre callback ran, in reverse order, and end the call
 * @result:	of the operation, or of rfs_call_pre() if that was not 0
 *
 * May sleep. Return: @result
 */
long rfs_call_post(struct rfs_call *call, long result)
{
	unsigned int i;

	call->args.post = true;
	if (!rfs_set_empty(&call->ran))
		call->args.time_ns = ktime_get_ns();
	for (i = call->chain->nr; i--;) {
		const struct rfs_link *link = &call->chain->link[i];

		if (!rfs_set_has(&call->ran, link->slot) || told_by_pieces(call, link))
			continue;
		call->args.result = result;
		post_one(call, link);
	}
	dput(call->args.name[RFS_FIRST].parent);
	dput(call->args.name[RFS_SECOND].parent);
	kfree(call->data);
	rfs_chain_put(call->chain);
	return result;
}

/* ---- Contexts ---- */

enum rfs_err rfs_get_contextflt_private_data(rfs_context context, void **private_data)
{
	*private_data = READ_ONCE(context->filter->private_data);
	return RFS_ERR_OK;
}
EXPORT_SYMBOL_GPL(rfs_get_contextflt_private_data);

void *rfs_op_data(rfs_context context)
{
	if (!context->filter->op_data_size)
		return NULL;
	return context->call->data + context->link->data_offset;
}
EXPORT_SYMBOL_GPL(rfs_op_data);

rfs_filter rfs_context_filter(rfs_context context)
{
	return context->filter;
}
EXPORT_SYMBOL_GPL(rfs_context_filter);

const char *rfs_stopped_by(rfs_context context)
{
	return context->call->stopper ? context->call->stopper->name : NULL;
}
EXPORT_SYMBOL_GPL(rfs_stopped_by);

u64 *rfs_op_budget(rfs_context context)
{
	return context->call->budget;
}
EXPORT_SYMBOL_GPL(rfs_op_budget);
