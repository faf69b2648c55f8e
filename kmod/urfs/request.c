// SPDX-License-Identifier: GPL-2.0-only
/*
 * request.c - requests: who owns one when, and who frees it
 *
 * REFCNT
 *   A request is not counted. In each state (enum urfs_state) exactly one party owns it, and the state changes only under
 *   conn->lock:
 *
 *	NEW --queue--> QUEUED --take--> TAKEN --reply--> DONE --finish--> freed by the caller
 *	 |		 |  ^		 |  \
 *	 |		 |  +--requeue---+   +--finish--> LEFT --reply, death--> freed by the connection
 *	 |		 +--finish (withdrawn)--> freed by the caller
 *	 +--unroom, free (never queued)
 *
 *   A request in notify mode has no caller, from the start or because the caller of a post request left it on the
 *   queue: it goes from TAKEN to freed by its reply, or to LEFT with its filter's end.
 *   A caller leaves only by urfs_req_finish(), which says what became of the request and takes it away from the caller.
 *   Whoever wants a caller to leave early sets "forced" and wakes it.
 *
 * LOCKING
 *   conn->lock. The caller is woken while it is held, and takes it in urfs_req_finish(): so the request cannot be freed
 *   under the waker.
 *
 * BLOCKS
 *   A request gets its block, and counts against max_pending, from urfs_req_room() until its reply; or until it is
 *   withdrawn, if nobody received it. If the reply says that data in it were changed, the block is the caller's until it
 *   has copied them: in DONE nobody but the caller looks at it, and what it copies is bounded by its own numbers. In
 *   LEFT the block stays in use (quarantine): a late handler may still write there, and the next request must not lie
 *   in that place.
 */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "urfs.h"

static struct kmem_cache *req_cache;

/* Ids are unique over all connections of this module's life, so that the control device can sort by them. */
static atomic64_t last_id = ATOMIC64_INIT(0);

int urfs_req_init(void)
{
	req_cache = KMEM_CACHE(urfs_req, 0);
	return req_cache ? 0 : -ENOMEM;
}

void urfs_req_exit(void)
{
	kmem_cache_destroy(req_cache);
}

/* urfs_req_new() - in state NEW. Return: NULL if there is no memory. */
struct urfs_req *urfs_req_new(struct urfs_filter *filter, gfp_t gfp)
{
	struct urfs_req *req = kmem_cache_zalloc(req_cache, gfp);

	if (!req)
		return NULL;
	req->id = atomic64_inc_return(&last_id);
	req->filter = filter;
	req->handle = filter->handle;
	req->unit = URFS_ARENA_NONE;
	INIT_LIST_HEAD(&req->node.list);
	INIT_HLIST_NODE(&req->hash);
	INIT_LIST_HEAD(&req->of_filter);
	init_waitqueue_head(&req->wait);
	return req;
}

/* urfs_req_free() - by its owner; it is on no list and has no block */
void urfs_req_free(struct urfs_req *req)
{
	put_pid(req->receiver);
	kmem_cache_free(req_cache, req);
}

/* There is room. A caller adds itself to the queue before it looks for room under the lock, so none is missed. */
static void wake_space_locked(struct urfs_conn *conn)
{
	if (waitqueue_active(&conn->space))
		wake_up(&conn->space);
}

/* The block is free again, and one more request may come. */
static void unroom_locked(struct urfs_conn *conn, struct urfs_req *req)
{
	if (req->unit == URFS_ARENA_NONE)
		return;
	WARN_ON_ONCE(urfs_arena_free(&conn->arena, req->unit, req->units));
	req->unit = URFS_ARENA_NONE;
	conn->nr_requests--;
	wake_space_locked(conn);
}

/* Off all lists. */
static void unlink_locked(struct urfs_req *req)
{
	list_del_init(&req->node.list);
	hash_del(&req->hash);
	list_del_init(&req->of_filter);
}

static void destroy_locked(struct urfs_conn *conn, struct urfs_req *req)
{
	unlink_locked(req);
	unroom_locked(conn, req);
	urfs_req_free(req);
}

/*
 * May a request come? DEACTIVATE lets go those who are queued: a caller who looked at the filter before that and comes
 * after it must not be left over, since nobody would let it go.
 */
static int refused_locked(const struct urfs_filter *filter, const struct urfs_req *req)
{
	if (filter->conn->dead || filter->gone)
		return -ESTALE;
	if (req->caller && !req->modify && (!(req->flags & URFS_MSG_POST) || req->flags & URFS_MSG_PIECE) &&
	    !rfs_filter_is_active(filter->rfs))
		return -ESHUTDOWN;
	return 0;
}

/*
 * urfs_req_room() - a block of @units for a request
 *
 * Return: 0; -ENOSPC if the arena or the connection is full; -ESTALE if there is nobody to ask; -ESHUTDOWN for the
 * caller of a pre request, or with a piece of data, if the filter was deactivated.
 */
int urfs_req_room(struct urfs_filter *filter, struct urfs_req *req, u32 units)
{
	struct urfs_conn *conn = filter->conn;
	int err;

	spin_lock(&conn->lock);
	err = refused_locked(filter, req);
	if (!err && conn->nr_requests >= urfs_max_pending) {
		err = -ENOSPC;
	} else if (!err) {
		req->unit = urfs_arena_alloc(&conn->arena, units);
		req->units = units;
		if (req->unit == URFS_ARENA_NONE)
			err = -ENOSPC;
		else
			conn->nr_requests++;
	}
	spin_unlock(&conn->lock);
	return err;
}

/* urfs_req_unroom() - the caller gives the block back without having queued the request */
void urfs_req_unroom(struct urfs_conn *conn, struct urfs_req *req)
{
	spin_lock(&conn->lock);
	unroom_locked(conn, req);
	spin_unlock(&conn->lock);
}

/*
 * urfs_req_grow() - a block of @units, more than it has, empty, in place of the one it has
 *
 * Return: 0; -ENOSPC, and it has no block any more and wants room for req->units; -E2BIG if no arena of this size ever
 * has room for two such blocks, and it still has its old one.
 */
int urfs_req_grow(struct urfs_filter *filter, struct urfs_req *req, u32 units)
{
	struct urfs_conn *conn = filter->conn;

	if (units > conn->arena.units / 2)
		return -E2BIG;
	urfs_req_unroom(conn, req);
	req->units = units;
	return urfs_req_room(filter, req, units);
}

/* What the message does not fill of its block goes back. */
static void trim_locked(struct urfs_conn *conn, struct urfs_req *req)
{
	u32 units = DIV_ROUND_UP(req->length, URFS_BLOCK_ALIGN);

	if (units >= req->units)
		return;
	WARN_ON_ONCE(urfs_arena_free(&conn->arena, req->unit + units, req->units - units));
	req->units = units;
	wake_space_locked(conn);
}

/*
 * urfs_req_queue() - a filled request goes to the handler
 * @limit:	how long the caller waits for the answer, from now on; NULL: it does not
 *
 * Return: 0; -ESTALE, -ESHUTDOWN as urfs_req_room(), and the request is still the caller's.
 */
int urfs_req_queue(struct urfs_filter *filter, struct urfs_req *req, const struct urfs_limit *limit)
{
	struct urfs_conn *conn = filter->conn;
	int err;

	spin_lock(&conn->lock);
	err = refused_locked(filter, req);
	if (!err) {
		trim_locked(conn, req);
		req->start_ns = ktime_get_ns();
		if (limit)
			req->deadline_ns = req->start_ns + limit->left_ns - limit->spent_ns;
		req->state = URFS_REQ_QUEUED;
		req->node.kind = URFS_NODE_REQUEST;
		urfs_queue_add_locked(conn, &req->node);
		list_add_tail(&req->of_filter, &filter->requests);
		if (req->caller)
			filter->nr_waiting++;
	}
	spin_unlock(&conn->lock);
	if (!err)
		urfs_queue_wake(conn);
	return err;
}

static u32 why_cancelled(enum urfs_end end)
{
	switch (end) {
	case URFS_END_KILLED:
		return URFS_CANCELLED_KILLED;
	case URFS_END_EXIT:
	case URFS_END_DEACTIVATED:
	case URFS_END_DETACHED:
		return URFS_CANCELLED_GONE;
	default:
		return URFS_CANCELLED_DEADLINE;
	}
}

/* The caller goes while the handler has the request. Return: true if the handler must be woken to hear of it. */
static bool leave_locked(struct urfs_conn *conn, struct urfs_req *req, enum urfs_end end)
{
	req->state = URFS_REQ_LEFT;
	req->why = why_cancelled(end);
	if (conn->dead)
		return false;
	req->node.kind = URFS_NODE_CANCELLED;
	urfs_queue_add_locked(conn, &req->node);
	urfs_stat_inc(req->filter, URFS_STAT_CANCELLED);
	return true;
}

/*
 * What happened is worth knowing when nobody waits any more: a post request goes on in notify mode. A piece of data is
 * nobody's then.
 */
static bool stays_queued(const struct urfs_req *req, enum urfs_end end)
{
	return req->state == URFS_REQ_QUEUED && req->flags & URFS_MSG_POST && !(req->flags & URFS_MSG_PIECE) &&
	       end != URFS_END_EXIT;
}

/* From the queueing to the answer: how long the caller slept on does not matter, nor that it was frozen. */
static u64 waited_locked(const struct urfs_req *req)
{
	u64 end = req->state == URFS_REQ_DONE ? req->answered_ns : ktime_get_ns();

	end = min(end, req->deadline_ns);
	return end - min(end, req->start_ns);
}

/* By how much did the caller outstay its deadline? Nobody is to be left waiting, so this is watched. */
static void note_late_locked(struct urfs_req *req)
{
	u64 now = ktime_get_ns();

	if (now > req->deadline_ns)
		req->filter->late_max_ns = max(req->filter->late_max_ns, now - req->deadline_ns);
}

/*
 * The bytes that the handler says it changed, as long as the block is still this request's. Copied once; where to and
 * how many is known here. A handler that goes on writing there gets what it wrote, and no more than that.
 */
static void take_data(struct urfs_conn *conn, struct urfs_req *req)
{
	memcpy(req->data, (char *)urfs_req_block(conn, req) + req->data_at, req->data_length);
	urfs_req_unroom(conn, req);
}

/*
 * urfs_req_finish() - the caller stops waiting; the request is not its own any more
 * @end:	why it stops; an answer that came meanwhile counts all the same
 * @result:	what became of it
 */
void urfs_req_finish(struct urfs_conn *conn, struct urfs_req *req, enum urfs_end end, struct urfs_result *result)
{
	bool wake = false, left = false;

	spin_lock(&conn->lock);
	result->end = req->state == URFS_REQ_DONE ? URFS_END_ANSWER : end;
	result->verdict = req->verdict;
	result->remember = req->remember;
	result->delivered = req->delivered;
	result->changed = req->state == URFS_REQ_DONE && req->changed;
	result->mmap_policy = req->mmap_policy;
	result->waited_ns = waited_locked(req);
	note_late_locked(req);
	req->caller = NULL;
	req->filter->nr_waiting--;
	if (stays_queued(req, end)) {
		left = true;
		req->flags |= URFS_MSG_NOTIFY;
		req->deadline_ns = 0;
		result->delivered = true;
	} else if (req->state == URFS_REQ_TAKEN) {
		left = true;
		wake = leave_locked(conn, req, end);
	} else {
		unlink_locked(req);
		if (!result->changed)
			unroom_locked(conn, req);
	}
	spin_unlock(&conn->lock);
	if (result->changed)
		take_data(conn, req);
	if (!left)
		urfs_req_free(req);
	if (wake)
		urfs_queue_wake(conn);
}

/*
 * urfs_req_end_op() - tell the handler that an operation ended without its post request
 *
 * Return: 0; -ENOMEM; -ESTALE if there is nobody to tell.
 */
int urfs_req_end_op(struct urfs_filter *filter, u64 operation, u16 op, gfp_t gfp)
{
	struct urfs_req *req = urfs_req_new(filter, gfp);
	struct urfs_conn *conn = filter->conn;
	bool queued;

	if (!req)
		return -ENOMEM;
	req->operation = operation;
	req->op = op;
	req->state = URFS_REQ_ENDING;
	req->node.kind = URFS_NODE_OP_END;
	/* the message needs the handle only, and may outlive the filter */
	req->filter = NULL;
	spin_lock(&conn->lock);
	queued = !conn->dead && !filter->gone;
	if (queued)
		urfs_queue_add_locked(conn, &req->node);
	spin_unlock(&conn->lock);
	if (queued)
		urfs_queue_wake(conn);
	else
		urfs_req_free(req);
	return queued ? 0 : -ESTALE;
}

/* urfs_req_find_locked() - the request of an open id, or NULL */
struct urfs_req *urfs_req_find_locked(struct urfs_conn *conn, u64 id)
{
	struct urfs_req *req;

	hash_for_each_possible(conn->ids, req, hash, id) {
		if (req->id == id)
			return req;
	}
	return NULL;
}

/* Before an open, whose caller waits: its verdict may be remembered, and say how the file may be mapped. */
static bool decides_open(const struct urfs_req *req)
{
	return !req->modify && req->op == RFS_OP_OPEN && !(req->flags & (URFS_MSG_POST | URFS_MSG_NOTIFY));
}

/* A request that somebody may still wait for is answered. */
static int answer_locked(struct urfs_conn *conn, struct urfs_req *req, u32 flags, s64 value)
{
	int err = urfs_check_verdict(flags, value, req->modify, req->flags & URFS_MSG_PIECE);

	if (!err)
		err = urfs_check_mmap(flags, decides_open(req));
	if (err)
		return err;
	if (flags & URFS_REPLY_REMEMBER && !decides_open(req))
		return -EINVAL;
	if (!req->caller) {
		destroy_locked(conn, req);
		return 0;
	}
	hash_del(&req->hash);
	req->changed = flags & URFS_REPLY_DATA;
	if (!req->changed)
		unroom_locked(conn, req);
	req->verdict = (int)value;
	req->remember = flags & URFS_REPLY_REMEMBER;
	req->mmap_policy = (flags & URFS_REPLY_MMAP(RFS_MMAP_POLICY_ALL)) / URFS_REPLY_MMAP(1);
	req->answered_ns = ktime_get_ns();
	WRITE_ONCE(req->state, URFS_REQ_DONE);
	/* a MODIFY is not among those asked */
	if (!req->modify)
		urfs_stat_inc(req->filter, URFS_STAT_ANSWERED);
	if (!req->modify && flags & URFS_REPLY_STOP)
		urfs_stat_inc(req->filter, URFS_STAT_DENIED);
	wake_up_sync(&req->wait);
	return 0;
}

/*
 * urfs_req_reply() - the handler answers
 *
 * Return: 0; -EINVAL, and the request stays open; -ESRCH for an id that is not open, or whose caller has left, which
 * ends the quarantine of its block.
 */
int urfs_req_reply(struct urfs_conn *conn, u64 id, u32 flags, s64 value)
{
	struct urfs_req *req;
	int err;

	spin_lock(&conn->lock);
	req = urfs_req_find_locked(conn, id);
	if (!req) {
		conn->late++;
		err = -ESRCH;
	} else if (req->state == URFS_REQ_LEFT) {
		/* of a filter that is gone, only the connection can tell */
		if (req->filter)
			urfs_stat_inc(req->filter, URFS_STAT_LATE);
		else
			conn->late++;
		destroy_locked(conn, req);
		err = -ESRCH;
	} else {
		err = answer_locked(conn, req, flags, value);
	}
	spin_unlock(&conn->lock);
	return err;
}

/*
 * urfs_req_give_back_locked() - an open request was not received after all
 *
 * Back to the head of the queue. If its caller has left, nobody needs it.
 */
void urfs_req_give_back_locked(struct urfs_conn *conn, struct urfs_req *req)
{
	if (req->state == URFS_REQ_LEFT) {
		destroy_locked(conn, req);
		return;
	}
	hash_del(&req->hash);
	put_pid(req->receiver);
	req->receiver = NULL;
	req->delivered = false;
	req->state = URFS_REQ_QUEUED;
	list_add(&req->node.list, &conn->queue);
}

/* urfs_req_requeue() - the handler gives a request back. Return: 0, or -ESRCH if its id is not open. */
int urfs_req_requeue(struct urfs_conn *conn, u64 id)
{
	struct urfs_req *req;
	int err = -ESRCH;

	spin_lock(&conn->lock);
	req = urfs_req_find_locked(conn, id);
	if (req && req->state == URFS_REQ_TAKEN) {
		req->flags |= URFS_MSG_REQUEUED;
		urfs_stat_inc(req->filter, URFS_STAT_REQUEUED);
		urfs_req_give_back_locked(conn, req);
		err = 0;
	} else if (!req) {
		conn->late++;
	}
	spin_unlock(&conn->lock);
	if (!err)
		urfs_queue_wake(conn);
	return err;
}

/*
 * urfs_req_pin() - hold an object of an open request
 *
 * Its caller cannot leave meanwhile, since that takes the lock (urfs_req_finish()), and what it holds is good until then.
 *
 * Return: 0; -ESRCH for an id that is not open; -EINVAL for a MODIFY; -ESTALE if nobody waits (any more); as rfs_pin_get().
 */
int urfs_req_pin(struct urfs_conn *conn, u64 id, u32 which, struct rfs_pin *pin)
{
	struct urfs_req *req;
	int err;

	spin_lock(&conn->lock);
	req = urfs_req_find_locked(conn, id);
	if (!req)
		err = -ESRCH;
	else if (req->modify)
		err = -EINVAL;
	else if (!req->caller)
		err = -ESTALE;
	else
		err = rfs_pin_get(req->args, which, pin);
	spin_unlock(&conn->lock);
	return err;
}

/*
 * urfs_req_force_locked() - callers who wait for @filter are to leave
 * @received_too: also those whose request a thread has received
 */
void urfs_req_force_locked(struct urfs_filter *filter, enum urfs_end end, bool received_too)
{
	struct urfs_req *req;

	lockdep_assert_held(&filter->conn->lock);
	list_for_each_entry(req, &filter->requests, of_filter) {
		if (!req->caller || (req->state != URFS_REQ_QUEUED && !received_too))
			continue;
		/* the first reason counts, though the caller may not have run yet: who was let go is not denied after all */
		if (req->forced != URFS_END_NONE)
			continue;
		WRITE_ONCE(req->forced, end);
		/* a thread that received it before the caller has run would still decide for it */
		if (req->state == URFS_REQ_QUEUED && !stays_queued(req, end))
			list_del_init(&req->node.list);
		wake_up(&req->wait);
	}
}

/* urfs_req_forget_filter() - @filter is no filter of redirfs any more; what is left of it has no caller */
void urfs_req_forget_filter(struct urfs_filter *filter)
{
	struct urfs_conn *conn = filter->conn;
	struct urfs_req *req, *next;

	spin_lock(&conn->lock);
	list_for_each_entry_safe(req, next, &filter->requests, of_filter) {
		WARN_ON_ONCE(req->caller);
		if (req->state == URFS_REQ_QUEUED) {
			destroy_locked(conn, req);
			continue;
		}
		/* notify, received: no notice, its reply is late and returns the block */
		req->state = URFS_REQ_LEFT;
		req->filter = NULL;
		list_del_init(&req->of_filter);
	}
	if (filter->lost)
		list_del_init(&filter->lost_node.list);
	spin_unlock(&conn->lock);
}

/* urfs_req_destroy() - free what is in quarantine; nobody else is left */
void urfs_req_destroy(struct urfs_conn *conn)
{
	struct hlist_node *next;
	struct urfs_req *req;
	int bucket;

	spin_lock(&conn->lock);
	hash_for_each_safe(conn->ids, bucket, next, req, hash)
		destroy_locked(conn, req);
	spin_unlock(&conn->lock);
}
