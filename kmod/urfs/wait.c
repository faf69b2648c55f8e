// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait.c - how a caller waits for a handler, and for how long
 *
 * Killable and never without bound. Freezable only where the caller holds no lock, since a frozen waiter would keep it.
 * One budget covers all waits of an operation: it is counted in redirfs's per-operation state, which only the task that
 * runs the operation touches. Under a lock it is LOCKED_NS at most, and the inodes whose locks are held have budgets of
 * their own (budget.h), because everybody else queues up behind them.
 * What counts is the time from the queueing of a request to its answer, and the wait for room: a caller who is kept off
 * the processors, perhaps on purpose, must neither get past a filter by that nor use up what others share.
 *
 * LOCKING: budgets[].lock, innermost of all.
 */
#include <linux/freezer.h>
#include <linux/hash.h>
#include <linux/hrtimer.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "budget.h"
#include "urfs.h"

/* Longest wait of an operation under a lock */
#define LOCKED_NS NSEC_PER_SEC
/* How late the timer may be */
#define SLACK_NS (50 * NSEC_PER_USEC)
/* Waking up later than this means that the task was frozen, or the machine was stopped */
#define FROZEN_NS (250 * NSEC_PER_MSEC)
#define FROZEN_MAX 3

static struct {
	spinlock_t lock;
	struct urfs_budget_set set;
} budgets[URFS_BUDGET_SETS];

/* Goes up when all waits are to end (detach); each caller compares it with what it was when it came. */
static unsigned int releases;

void urfs_wait_init(void)
{
	int i;

	for (i = 0; i < URFS_BUDGET_SETS; i++)
		spin_lock_init(&budgets[i].lock);
}

static u64 held_left(const void *inode, u64 now)
{
	unsigned int i = hash_ptr(inode, ilog2(URFS_BUDGET_SETS));
	u64 left;

	spin_lock(&budgets[i].lock);
	left = urfs_budget_set_left(&budgets[i].set, inode, now);
	spin_unlock(&budgets[i].lock);
	return left;
}

static void held_charge(const void *inode, u64 now, u64 spent)
{
	unsigned int i = hash_ptr(inode, ilog2(URFS_BUDGET_SETS));

	spin_lock(&budgets[i].lock);
	urfs_budget_set_charge(&budgets[i].set, inode, now, spent);
	spin_unlock(&budgets[i].lock);
}

/* What has its own lock held, and not (or, link: in place of) its directory's */
#define OPS_OWN_LOCK                                                                                \
	(RFS_OP_BIT(RFS_OP_SETATTR) | RFS_OP_BIT(RFS_OP_LINK) | RFS_OP_BIT(RFS_OP_SETXATTR) |       \
	 RFS_OP_BIT(RFS_OP_REMOVEXATTR) | RFS_OP_BIT(RFS_OP_SET_ACL) | RFS_OP_BIT(RFS_OP_GET_ACL) | \
	 RFS_OP_BIT(RFS_OP_FILEATTR_SET) | RFS_OP_BIT(RFS_OP_READDIR))

/* Whose locks are held: both directories', or the object's own. */
static void find_held(const struct rfs_args *args, struct urfs_limit *limit)
{
	bool own = OPS_OWN_LOCK & RFS_OP_BIT(rfs_op(args));

	limit->held[0] = own ? NULL : rfs_op_inode(args, RFS_FIRST_PARENT);
	limit->held[1] = rfs_op_inode(args, RFS_SECOND_PARENT);
	if (!limit->held[0])
		limit->held[0] = rfs_op_inode(args, RFS_FIRST);
	if (limit->held[1] == limit->held[0])
		limit->held[1] = NULL;
}

/* urfs_wait_limit_plain() - the filter's deadline, for somebody who holds no locks; @used is counted from 0 */
void urfs_wait_limit_plain(struct urfs_filter *filter, struct urfs_limit *limit, u64 *used)
{
	memset(limit, 0, sizeof(*limit));
	*used = 0;
	limit->used = used;
	limit->releases = READ_ONCE(releases);
	limit->left_ns = (u64)READ_ONCE(filter->policy.deadline_ms) * NSEC_PER_MSEC;
}

/*
 * urfs_wait_limit() - how long may this caller wait?
 *
 * Return: 0, or the enum urfs_stat (never 0) of the budget that is spent.
 */
int urfs_wait_limit(struct urfs_filter *filter, rfs_context context, const struct rfs_args *args,
		    struct urfs_limit *limit)
{
	u64 full = (u64)READ_ONCE(filter->policy.deadline_ms) * NSEC_PER_MSEC, now = ktime_get_ns();
	int short_of = URFS_STAT_BUDGET_OP, i;
	u64 left, held;

	memset(limit, 0, sizeof(*limit));
	limit->releases = READ_ONCE(releases);
	limit->used = rfs_op_budget(context);
	if (rfs_op_flags(args) & RFS_OPF_LOCKED) {
		full = min_t(u64, full, LOCKED_NS);
		find_held(args, limit);
	}
	if (*limit->used >= full)
		return URFS_STAT_BUDGET_OP;
	left = full - *limit->used;
	for (i = 0; i < 2; i++) {
		if (!limit->held[i])
			continue;
		held = held_left(limit->held[i], now);
		if (!held)
			return URFS_STAT_BUDGET_PARENT;
		if (held < left)
			short_of = URFS_STAT_BUDGET_PARENT;
		left = min(left, held);
	}
	limit->left_ns = left;
	limit->short_of = left < full / 2 ? short_of : 0;
	return 0;
}

/* urfs_wait_charge() - the wait is over: take it off the budgets */
void urfs_wait_charge(struct urfs_filter *filter, const struct urfs_limit *limit)
{
	u64 now = ktime_get_ns();
	int i;

	*limit->used += limit->spent_ns;
	urfs_stat_add(filter, URFS_STAT_WAITED_NS, limit->spent_ns);
	for (i = 0; i < 2; i++) {
		if (limit->held[i])
			held_charge(limit->held[i], now, limit->spent_ns);
	}
}

/*
 * urfs_wait_stall() - the deadline passed: ask no more until the handler asks for work
 *
 * Whether a thread is asking for work right now cannot be told from here: it may sleep in epoll, or be frozen. So all are
 * woken; who lives asks again at once, and that ends the stall.
 */
void urfs_wait_stall(struct urfs_filter *filter)
{
	struct urfs_conn *conn = filter->conn;

	spin_lock(&conn->lock);
	WRITE_ONCE(filter->stalled_asks, atomic64_read(&conn->asks));
	WRITE_ONCE(filter->stalled, true);
	spin_unlock(&conn->lock);
	wake_up_all(&conn->wait);
}

/* urfs_wait_stalled() - a look without the lock: a caller too many who waits or does not is no harm */
bool urfs_wait_stalled(const struct urfs_filter *filter)
{
	return READ_ONCE(filter->stalled) && READ_ONCE(filter->stalled_asks) == atomic64_read(&filter->conn->asks);
}

static enum urfs_end why_leave(const struct urfs_req *req, const struct urfs_limit *limit)
{
	enum urfs_end forced = READ_ONCE(req->forced);

	/* what state stands for is read under the lock later, by urfs_req_finish() */
	if (READ_ONCE(req->state) == URFS_REQ_DONE)
		return URFS_END_ANSWER;
	if (forced != URFS_END_NONE)
		return forced;
	if (READ_ONCE(releases) != limit->releases)
		return URFS_END_DETACHED;
	if (fatal_signal_pending(current))
		return URFS_END_KILLED;
	return URFS_END_NONE;
}

/* Time during which the task was frozen does not count: its handler was frozen too, and has all of @left again. */
static bool was_frozen(struct urfs_conn *conn, struct urfs_req *req, u64 left, unsigned int *times)
{
	u64 now = ktime_get_ns(), late = now - min(now, req->deadline_ns);

	if (late < FROZEN_NS || *times == FROZEN_MAX)
		return false;
	(*times)++;
	spin_lock(&conn->lock);
	req->start_ns = now;
	req->deadline_ns = now + left;
	spin_unlock(&conn->lock);
	return true;
}

/* urfs_wait_answer() - wait for the answer to a queued request. Return: why the wait is over. */
enum urfs_end urfs_wait_answer(struct urfs_filter *filter, struct urfs_req *req, const struct urfs_limit *limit,
			       bool freezable)
{
	unsigned int state = TASK_KILLABLE | (freezable ? TASK_FREEZABLE : 0), frozen = 0;
	u64 left = limit->left_ns - limit->spent_ns, half = req->start_ns + left / 2;
	bool barked = false;
	enum urfs_end end;
	DEFINE_WAIT(wait);

	for (;;) {
		ktime_t until = ns_to_ktime(barked ? req->deadline_ns : half);

		prepare_to_wait(&req->wait, &wait, state);
		end = why_leave(req, limit);
		if (end != URFS_END_NONE)
			break;
		if (schedule_hrtimeout_range(&until, SLACK_NS, HRTIMER_MODE_ABS))
			continue;
		__set_current_state(TASK_RUNNING);
		if (!barked) {
			barked = true;
			urfs_watchdog_bark(filter, req);
			if (urfs_conn_gone(filter->conn)) {
				end = URFS_END_EXIT;
				break;
			}
		} else if (!freezable || !was_frozen(filter->conn, req, left, &frozen)) {
			end = URFS_END_TIMEOUT;
			break;
		}
	}
	finish_wait(&req->wait, &wait);
	return end;
}

/* Sleep once, until half of the time is over, or all. Return: -ENOSPC to try again; else why there is no use. */
static int sleep_for_room(struct urfs_conn *conn, const struct urfs_limit *limit, u64 start, u64 left, bool *halved)
{
	ktime_t until = ns_to_ktime(start + (*halved ? left : left / 2));

	if (READ_ONCE(releases) != limit->releases)
		return -ECANCELED;
	if (fatal_signal_pending(current))
		return -EINTR;
	if (schedule_hrtimeout_range(&until, SLACK_NS, HRTIMER_MODE_ABS))
		return -ENOSPC;
	__set_current_state(TASK_RUNNING);
	if (*halved)
		return -ETIMEDOUT;
	*halved = true;
	return urfs_conn_gone(conn) ? -ESTALE : -ENOSPC;
}

/*
 * urfs_wait_room() - wait until there is room for a request
 *
 * Room that comes is for one of those who want what all want at first: one is woken, and passes the wake-up on when it
 * goes, with or without room. The few who want more are all woken, since others must not wait behind what they need.
 *
 * Return: 0; -ETIMEDOUT; -EINTR if killed; -ECANCELED on a detach; -ESTALE if there is nobody to ask; -ESHUTDOWN if the
 * filter was deactivated.
 */
int urfs_wait_room(struct urfs_filter *filter, struct urfs_req *req, u32 units, struct urfs_limit *limit)
{
	u64 start = ktime_get_ns(), left = limit->left_ns - limit->spent_ns;
	bool one = units <= URFS_FIRST_UNITS, halved = false;
	struct urfs_conn *conn = filter->conn;
	DEFINE_WAIT(wait);
	int err;

	do {
		if (one)
			prepare_to_wait_exclusive(&conn->space, &wait, TASK_KILLABLE);
		else
			prepare_to_wait(&conn->space, &wait, TASK_KILLABLE);
		err = urfs_req_room(filter, req, units);
		if (err == -ENOSPC)
			err = sleep_for_room(conn, limit, start, left, &halved);
	} while (err == -ENOSPC);
	finish_wait(&conn->space, &wait);
	wake_up(&conn->space);
	limit->spent_ns += min(ktime_get_ns() - start, left);
	return err;
}

static void wake_conn(struct urfs_conn *conn)
{
	struct urfs_filter *filter;
	struct urfs_req *req;

	spin_lock(&conn->lock);
	list_for_each_entry(filter, &conn->filters, list) {
		list_for_each_entry(req, &filter->requests, of_filter)
			wake_up(&req->wait);
	}
	wake_up_all(&conn->space);
	spin_unlock(&conn->lock);
}

/* urfs_wait_release_all() - every caller who waits now gets its filter's default. Waits for nobody. */
void urfs_wait_release_all(void)
{
	struct urfs_conn *conn;

	mutex_lock(&urfs_conns_lock);
	WRITE_ONCE(releases, releases + 1);
	list_for_each_entry(conn, &urfs_conns, all)
		wake_conn(conn);
	mutex_unlock(&urfs_conns_lock);
}
