// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask.c - one callback of redirfs: from the question to the verdict
 *
 * Runs in the caller's context, which may hold VFS locks and may sleep. The filter and its connection live as long as
 * the callback runs, because unregistering waits for it.
 */
#include <linux/cred.h>
#include <linux/fcntl.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "urfs.h"

/*
 * struct question - one callback in progress
 * @flags:	URFS_MSG_ bits
 * @operation:	0: made from the request's own id
 * @data:	URFS_MSG_PIECE: what it is about
 * @seen:	out: the handler has the request, or will get it
 * @dropped:	out: it has not, and nothing else counts that
 * @defaulted:	out: the verdict is a default
 * @changed:	out: the handler has changed the data
 */
struct question {
	struct urfs_filter *filter;
	rfs_context context;
	struct rfs_args *args;
	u32 flags;
	u64 operation;
	const struct rfs_data *data;
	bool seen;
	bool dropped;
	bool defaulted;
	bool changed;
};

static struct urfs_filter *filter_of(rfs_context context)
{
	void *filter = NULL;

	rfs_get_contextflt_private_data(context, &filter);
	return filter;
}

/* Does a verdict decide anything? After the operation there is none to give, except about a piece of its data. */
static bool decides(const struct question *q)
{
	return !(q->flags & URFS_MSG_POST) || q->flags & URFS_MSG_PIECE;
}

/* A verdict in place of the handler's, counted. */
static int by_default(struct question *q, enum urfs_stat why, int verdict)
{
	urfs_stat_inc(q->filter, why);
	if (verdict < 0 && decides(q))
		urfs_stat_inc(q->filter, URFS_STAT_DEFAULT_DENIED);
	return verdict < 0 ? verdict : URFS_VERDICT_ALLOW;
}

/*
 * One that the policy has. A piece of data passes unchanged only if somebody has said so, even where the filter has just
 * given up changing data and its policy is that of one that judges.
 */
static int by_policy(struct question *q, enum urfs_stat why, u32 name, int verdict)
{
	if (q->flags & URFS_MSG_PIECE && !(READ_ONCE(q->filter->named) & name))
		verdict = -EIO;
	return by_default(q, why, verdict);
}

static int on_exit(struct question *q, enum urfs_stat why)
{
	return by_policy(q, why, FCDLCTL_POLICY_ON_EXIT, READ_ONCE(q->filter->policy.on_exit));
}

static int on_timeout(struct question *q, enum urfs_stat why)
{
	return by_policy(q, why, FCDLCTL_POLICY_ON_TIMEOUT, READ_ONCE(q->filter->policy.on_timeout));
}

static int on_unaskable(struct question *q)
{
	return by_policy(q, URFS_STAT_UNASKABLE, FCDLCTL_POLICY_ON_UNASKABLE,
			 READ_ONCE(q->filter->policy.on_unaskable));
}

/* The time is over. A rest that others left of a budget proves nothing about this handler. */
static int timed_out(struct question *q, const struct urfs_limit *limit)
{
	if (limit->short_of)
		return on_timeout(q, limit->short_of);
	urfs_wait_stall(q->filter);
	return on_timeout(q, URFS_STAT_TIMEOUT);
}

static int on_overload(struct question *q, enum urfs_stat why)
{
	int verdict = READ_ONCE(q->filter->policy.on_overload);

	return verdict == URFS_VERDICT_WAIT ? on_timeout(q, why) : by_default(q, why, verdict);
}

/* The filter is not to be asked any more. What it would have changed must not pass as it is. */
static int on_deactivated(struct question *q)
{
	return by_default(q, URFS_STAT_DEACTIVATED, q->flags & URFS_MSG_PIECE ? -EIO : URFS_VERDICT_ALLOW);
}

/* The verdict for what urfs_req_room() and urfs_wait_room() return. */
static int no_room(struct question *q, const struct urfs_limit *limit, int err)
{
	switch (err) {
	case -ENOSPC:
		return on_overload(q, URFS_STAT_OVERLOAD);
	case -ETIMEDOUT:
		return timed_out(q, limit);
	case -ESHUTDOWN:
		return on_deactivated(q);
	case -EINTR:
		urfs_stat_inc(q->filter, URFS_STAT_KILLED);
		return -EINTR;
	case -ECANCELED:
		return on_timeout(q, URFS_STAT_DETACHED);
	default:
		return on_exit(q, URFS_STAT_EXIT);
	}
}

/* The verdict for a wait that is over. Dying must not get anybody past a filter: -EINTR. */
static int conclude(struct question *q, const struct urfs_limit *limit, const struct urfs_result *result)
{
	switch (result->end) {
	case URFS_END_ANSWER:
		return result->verdict;
	case URFS_END_TIMEOUT:
		return timed_out(q, limit);
	case URFS_END_KILLED:
		urfs_stat_inc(q->filter, URFS_STAT_KILLED);
		return -EINTR;
	case URFS_END_DETACHED:
		return on_timeout(q, URFS_STAT_DETACHED);
	case URFS_END_DEACTIVATED:
		return on_deactivated(q);
	default:
		return on_exit(q, URFS_STAT_EXIT);
	}
}

/* Room for the request, with waiting for it if that is the filter's choice. */
static int get_room(struct urfs_filter *filter, struct urfs_req *req, u32 units, struct urfs_limit *limit)
{
	int err = urfs_req_room(filter, req, units);

	if (err != -ENOSPC || !limit || READ_ONCE(filter->policy.on_overload) != URFS_VERDICT_WAIT)
		return err;
	urfs_stat_inc(filter, URFS_STAT_OVERLOAD_WAITED);
	return urfs_wait_room(filter, req, units, limit);
}

/* The message, in a block that is long enough. Without a @limit nobody waits for room. */
static int fill(struct question *q, struct urfs_req *req, struct urfs_limit *limit)
{
	u32 units = URFS_FIRST_UNITS, data = q->data ? urfs_data_units(q->data->length) : 0;
	int err = get_room(q->filter, req, units + data, limit);

	while (!err) {
		if (urfs_event_fill(q->filter->conn, req, q->context, q->args, q->data, false) != -ERANGE)
			return 0;
		units *= 2;
		err = urfs_req_grow(q->filter, req, units + data);
		if (err == -ENOSPC && limit)
			err = get_room(q->filter, req, req->units, limit);
		if (err == -E2BIG) /* nothing is ever cut off: the message says that it has no path */
			return urfs_event_fill(q->filter->conn, req, q->context, q->args, q->data, true);
	}
	return err;
}

static struct urfs_req *new_request(struct question *q, gfp_t gfp)
{
	struct urfs_req *req = urfs_req_new(q->filter, gfp);

	if (!req)
		return NULL;
	req->flags = q->flags;
	req->op = rfs_op(q->args);
	if (!q->operation && q->flags & (URFS_MSG_POST | URFS_MSG_POST_FOLLOWS | URFS_MSG_PIECE))
		q->operation = req->id;
	req->operation = q->operation;
	return req;
}

/*
 * Nothing that the freezer could trip over is held when a program opens an existing file; exec holds a lock of its own.
 * The kernel's own opens may hold anything. Of these can be told: io_uring's first try, under the ring's lock, by
 * O_NONBLOCK, and its workers; and those with credentials that are not the task's, such as overlayfs's copy-up.
 */
static bool may_freeze(const struct rfs_args *args)
{
	return rfs_op(args) == RFS_OP_OPEN && !(current->flags & (PF_KTHREAD | PF_IO_WORKER)) &&
	       current_cred() == current_real_cred() && !(rfs_open_flags(args) & (O_TRUNC | O_NONBLOCK)) &&
	       !(rfs_op_flags(args) & (RFS_OPF_LOCKED | RFS_OPF_EXEC | RFS_OPF_CREATED));
}

/* In verdict mode, with everything in order: queue it and wait. Return: the verdict. */
static int ask(struct question *q, struct urfs_limit *limit)
{
	struct urfs_filter *filter = q->filter;
	struct urfs_req *req = new_request(q, GFP_KERNEL);
	struct urfs_result result;
	enum urfs_end end;
	int err;

	if (!req) {
		q->dropped = true;
		q->defaulted = true;
		return on_overload(q, URFS_STAT_NO_MEMORY);
	}
	req->caller = current;
	req->args = q->args;
	req->locked = rfs_op_flags(q->args) & RFS_OPF_LOCKED;
	err = fill(q, req, limit);
	if (!err)
		err = urfs_req_queue(filter, req, limit);
	if (err) {
		urfs_req_unroom(filter->conn, req);
		urfs_req_free(req);
		q->dropped = true;
		q->defaulted = err != -EINTR;
		return no_room(q, limit, err);
	}
	urfs_stat_inc(filter, URFS_STAT_ASKED);
	end = urfs_wait_answer(filter, req, limit, may_freeze(q->args));
	urfs_req_finish(filter->conn, req, end, &result);
	limit->spent_ns += result.waited_ns;
	q->seen = result.delivered;
	q->dropped = !q->seen;
	if (result.end == URFS_END_ANSWER && result.remember)
		rfs_remember(q->args);
	q->defaulted = result.end != URFS_END_ANSWER && result.end != URFS_END_KILLED;
	q->changed = result.changed;
	if (result.end == URFS_END_ANSWER && result.mmap_policy)
		rfs_set_mmap_policy(q->args, result.mmap_policy);
	return conclude(q, limit, &result);
}

static void lost(struct urfs_filter *filter)
{
	urfs_stat_inc(filter, URFS_STAT_LOST);
	spin_lock(&filter->conn->lock);
	urfs_queue_lost_locked(filter);
	spin_unlock(&filter->conn->lock);
	urfs_queue_wake(filter->conn);
}

/* In reclaim, or where the file system must not be entered again, an allocation must neither wait nor use reserves. */
static gfp_t notify_gfp(enum rfs_op_id op)
{
	return urfs_who_cannot_wait(op) ? GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC : GFP_KERNEL;
}

/* In notify mode: queue it and go on. */
static void notify(struct question *q)
{
	struct urfs_filter *filter = q->filter;
	struct urfs_req *req;
	int err;

	if (urfs_conn_gone(filter->conn)) {
		q->dropped = true;
		return;
	}
	if (!READ_ONCE(filter->conn->callbacks)) {
		urfs_stat_inc(filter, URFS_STAT_NOT_READY);
		return;
	}
	q->flags |= URFS_MSG_NOTIFY;
	req = new_request(q, notify_gfp(rfs_op(q->args)));
	if (!req) {
		q->dropped = true;
		return;
	}
	err = fill(q, req, NULL);
	if (!err)
		err = urfs_req_queue(filter, req, NULL);
	if (err) {
		urfs_req_unroom(filter->conn, req);
		urfs_req_free(req);
		q->dropped = true;
		return;
	}
	urfs_stat_inc(filter, URFS_STAT_NOTIFIED);
	q->seen = true;
}

/* A verdict that can be given without asking, a default. Return: true if there is one. */
static bool need_not_ask(struct question *q, struct urfs_limit *limit, int *verdict)
{
	struct urfs_filter *filter = q->filter;
	int spent;

	q->defaulted = true;
	if (urfs_conn_gone(filter->conn))
		*verdict = on_exit(q, URFS_STAT_EXIT);
	else if (!READ_ONCE(filter->conn->callbacks))
		*verdict = on_exit(q, URFS_STAT_NOT_READY);
	else if (urfs_who_cannot_wait(rfs_op(q->args)))
		*verdict = on_unaskable(q);
	else if (urfs_wait_stalled(filter))
		*verdict = on_timeout(q, URFS_STAT_STALLED);
	else if ((spent = urfs_wait_limit(filter, q->context, q->args, limit)))
		*verdict = on_timeout(q, spent);
	else
		q->defaulted = false;
	return q->defaulted;
}

/*
 * urfs_ask_pre() - before the operation
 * @mode:	in notify mode
 * @post:	the filter has a post callback for this operation as well
 */
enum rfs_retv urfs_ask_pre(rfs_context context, struct rfs_args *args, bool mode, bool post)
{
	struct question q = {
		.filter = filter_of(context),
		.context = context,
		.args = args,
		.flags = post ? URFS_MSG_POST_FOLLOWS : 0,
	};
	struct urfs_limit limit;
	int verdict;

	if (urfs_who_is_exempt(q.filter)) {
		urfs_stat_inc(q.filter, URFS_STAT_EXEMPT);
		return RFS_CONTINUE;
	}
	if (mode) {
		notify(&q);
		if (q.dropped)
			lost(q.filter);
		verdict = URFS_VERDICT_ALLOW;
	} else if (!need_not_ask(&q, &limit, &verdict)) {
		verdict = ask(&q, &limit);
		urfs_wait_charge(q.filter, &limit);
	}
	if (post && q.seen)
		((struct urfs_op_data *)rfs_op_data(context))->operation = q.operation;
	if (q.defaulted)
		rfs_mark_default(args, verdict != URFS_VERDICT_ALLOW);
	if (verdict == URFS_VERDICT_ALLOW)
		return RFS_CONTINUE;
	rfs_set_result(args, verdict);
	return RFS_STOP;
}

/*
 * urfs_ask_piece() - about a piece of data, before a write of it or after a read
 * @flags:	URFS_MSG_POST, or POST_FOLLOWS, or nothing
 *
 * Who is exempt redirfs has asked before the first piece: it is the same for all of them.
 */
enum rfs_retv urfs_ask_piece(rfs_context context, struct rfs_args *args, const struct rfs_data *data, u32 flags)
{
	struct urfs_op_data *op_data = rfs_op_data(context);
	struct question q = {
		.filter = filter_of(context),
		.context = context,
		.args = args,
		.flags = flags | URFS_MSG_PIECE,
		.operation = op_data->operation ?: op_data->pieces_of,
		.data = data,
	};
	struct urfs_limit limit;
	int verdict;

	if (!need_not_ask(&q, &limit, &verdict)) {
		verdict = ask(&q, &limit);
		urfs_wait_charge(q.filter, &limit);
	}
	if (q.seen && flags & URFS_MSG_POST)
		op_data->pieces_of = q.operation;
	else if (q.seen)
		op_data->operation = q.operation;
	if (q.defaulted)
		rfs_mark_default(args, verdict != URFS_VERDICT_ALLOW);
	if (q.changed)
		rfs_data_changed(args);
	if (verdict == URFS_VERDICT_ALLOW)
		return RFS_CONTINUE;
	rfs_set_result(args, verdict);
	return RFS_STOP;
}

/* May and will this caller wait until the handler has seen the result? No verdict depends on it, so no default counts. */
static bool may_wait(struct question *q, struct urfs_limit *limit)
{
	return !urfs_conn_gone(q->filter->conn) && READ_ONCE(q->filter->conn->callbacks) &&
	       !fatal_signal_pending(current) && !urfs_who_cannot_wait(rfs_op(q->args)) &&
	       !urfs_wait_stalled(q->filter) && !urfs_wait_limit(q->filter, q->context, q->args, limit);
}

/* The handler does not get the post request. If it has seen the pre request, it must know that nothing follows. */
static void post_dropped(struct question *q, bool pre)
{
	enum rfs_op_id op = rfs_op(q->args);
	int err = pre ? urfs_req_end_op(q->filter, q->operation, op, notify_gfp(op)) : -ESTALE;

	if (!err)
		urfs_stat_inc(q->filter, URFS_STAT_OP_END);
	else if (err == -ENOMEM || q->dropped)
		lost(q->filter);
}

/*
 * urfs_ask_post() - after the operation
 * @mode:	in notify mode
 * @pre:	the filter has a pre callback for this operation as well; it is told of the end only if it saw that
 */
enum rfs_retv urfs_ask_post(rfs_context context, struct rfs_args *args, bool mode, bool pre)
{
	struct question q = {
		.filter = filter_of(context),
		.context = context,
		.args = args,
		.flags = URFS_MSG_POST,
	};
	struct urfs_limit limit;

	if (pre) {
		q.operation = ((struct urfs_op_data *)rfs_op_data(context))->operation;
		if (!q.operation)
			return RFS_CONTINUE;
	} else if (urfs_who_is_exempt(q.filter)) {
		urfs_stat_inc(q.filter, URFS_STAT_EXEMPT);
		return RFS_CONTINUE;
	}
	if (!mode && may_wait(&q, &limit)) {
		ask(&q, &limit);
		urfs_wait_charge(q.filter, &limit);
	} else {
		notify(&q);
	}
	if (!q.seen)
		post_dropped(&q, pre);
	return RFS_CONTINUE;
}

/* The request for a MODIFY, queued. */
static struct urfs_req *queue_modify(struct urfs_filter *filter, const union rfs_mod *mod, struct urfs_limit *limit)
{
	struct urfs_req *req = urfs_req_new(filter, GFP_KERNEL);
	u32 units = DIV_ROUND_UP(sizeof(struct urfs_modify) + RFS_PATH_LEN, URFS_BLOCK_ALIGN);
	int err;

	if (!req)
		return ERR_PTR(-ENOMEM);
	req->modify = true;
	req->op = mod->id;
	req->caller = current;
	err = urfs_wait_room(filter, req, units, limit);
	if (!err)
		err = urfs_event_fill_modify(filter->conn, req, mod);
	if (!err)
		err = urfs_req_queue(filter, req, limit);
	if (!err)
		return req;
	urfs_req_unroom(filter->conn, req);
	urfs_req_free(req);
	return ERR_PTR(err);
}

/* A default refuses a change, which is counted as other defaults are. */
static int refuse_modify(struct urfs_filter *filter, enum urfs_stat why, int err)
{
	urfs_stat_inc(filter, why);
	urfs_stat_inc(filter, URFS_STAT_DEFAULT_DENIED);
	return err;
}

/* The refusal for what queue_modify() returns. */
static int no_modify(struct urfs_filter *filter, int err)
{
	switch (err) {
	case -ENOMEM:
		return refuse_modify(filter, URFS_STAT_NO_MEMORY, err);
	case -ESTALE:
		return refuse_modify(filter, URFS_STAT_EXIT, err);
	case -ECANCELED:
		return refuse_modify(filter, URFS_STAT_DETACHED, -ETIMEDOUT);
	case -ETIMEDOUT:
		return refuse_modify(filter, URFS_STAT_TIMEOUT, err);
	case -EINTR:
		urfs_stat_inc(filter, URFS_STAT_KILLED);
		return err;
	default:
		return err;
	}
}

/* What the handler says to a change, or, with @answered false, what counts as it says nothing. */
static int ask_modify(struct urfs_filter *filter, const union rfs_mod *mod, bool *answered)
{
	struct urfs_limit limit;
	struct urfs_result result;
	struct urfs_req *req;
	enum urfs_end end;
	u64 used;

	if (urfs_conn_gone(filter->conn))
		return refuse_modify(filter, URFS_STAT_EXIT, -ESTALE);
	if (!READ_ONCE(filter->conn->callbacks))
		return refuse_modify(filter, URFS_STAT_NOT_READY, -EAGAIN);
	if (urfs_wait_stalled(filter))
		return refuse_modify(filter, URFS_STAT_STALLED, -ETIMEDOUT);
	urfs_wait_limit_plain(filter, &limit, &used);
	req = queue_modify(filter, mod, &limit);
	if (IS_ERR(req))
		return no_modify(filter, PTR_ERR(req));
	urfs_stat_inc(filter, URFS_STAT_MODIFY);
	end = urfs_wait_answer(filter, req, &limit, false);
	urfs_req_finish(filter->conn, req, end, &result);
	switch (result.end) {
	case URFS_END_ANSWER:
		*answered = true;
		return result.verdict;
	case URFS_END_KILLED:
		return no_modify(filter, -EINTR);
	case URFS_END_EXIT:
		return no_modify(filter, -ESTALE);
	case URFS_END_DETACHED:
		return no_modify(filter, -ECANCELED);
	case URFS_END_DEACTIVATED:
		return refuse_modify(filter, URFS_STAT_DEACTIVATED, -ETIMEDOUT);
	default:
		return no_modify(filter, -ETIMEDOUT);
	}
}

/* urfs_ask_modify() - callback of redirfs: somebody wants to change a user filter through the control device */
enum rfs_err urfs_ask_modify(union rfs_mod *mod)
{
	struct urfs_filter *filter = mod->any.private_data;
	bool answered = false;
	int err;

	/* a filter whose handler did not ask to be asked, or that changes itself */
	if (!READ_ONCE(filter->modify) || urfs_who_is_handler(filter->conn))
		return RFS_ERR_OK;
	err = ask_modify(filter, mod, &answered);
	if (!answered)
		rfs_mod_unanswered(mod);
	return err;
}
