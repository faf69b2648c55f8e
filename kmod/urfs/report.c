// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - what the control device shows of user filters, and what it may change
 *
 * Called by redirfs: info, get_policy and stats under RCU or its mutexes, so they do not sleep; the filter they are given
 * is freed after a grace period.
 */
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/timekeeping.h>
#include <urfs_stack.h>

#include "urfs.h"

static const char *const stat_names[URFS_STAT_MAX] = {
	[URFS_STAT_ASKED] = "asked",
	[URFS_STAT_ANSWERED] = "answered",
	[URFS_STAT_DENIED] = "answered_deny",
	[URFS_STAT_NOTIFIED] = "notified",
	[URFS_STAT_LOST] = "lost",
	[URFS_STAT_OP_END] = "post_dropped",
	[URFS_STAT_WAITED_NS] = "waited_ns",
	[URFS_STAT_TIMEOUT] = "default_timeout",
	[URFS_STAT_STALLED] = "default_stalled",
	[URFS_STAT_BUDGET_OP] = "default_operation_budget",
	[URFS_STAT_BUDGET_PARENT] = "default_directory_budget",
	[URFS_STAT_OVERLOAD] = "default_overload",
	[URFS_STAT_NO_MEMORY] = "default_no_memory",
	[URFS_STAT_EXIT] = "default_exit",
	[URFS_STAT_NOT_READY] = "default_not_ready",
	[URFS_STAT_UNASKABLE] = "default_unaskable",
	[URFS_STAT_DETACHED] = "default_detached",
	[URFS_STAT_DEACTIVATED] = "default_deactivated",
	[URFS_STAT_DEFAULT_DENIED] = "default_deny",
	[URFS_STAT_EXEMPT] = "exempt",
	[URFS_STAT_KILLED] = "killed",
	[URFS_STAT_CANCELLED] = "cancelled",
	[URFS_STAT_LATE] = "late_replies",
	[URFS_STAT_REQUEUED] = "requeued",
	[URFS_STAT_OVERLOAD_WAITED] = "overload_waits",
	[URFS_STAT_MODIFY] = "modify_requests",
	[URFS_STAT_COOKIES] = "cookies_set",
};

/* Levels, and counters of the connection. */
enum {
	EXTRA_WAITING,
	EXTRA_LATE_MAX,
	EXTRA_REQUESTS,
	EXTRA_ARENA_USED,
	EXTRA_ARENA_SIZE,
	EXTRA_UNKNOWN,
	EXTRA_MAX,
};

static const char *const extra_names[EXTRA_MAX] = {
	[EXTRA_WAITING] = "waiting_now",
	[EXTRA_LATE_MAX] = "late_max_ns",
	[EXTRA_REQUESTS] = "connection_requests_now",
	[EXTRA_ARENA_USED] = "connection_arena_used_now",
	[EXTRA_ARENA_SIZE] = "connection_arena_bytes",
	[EXTRA_UNKNOWN] = "connection_unknown_replies",
};

static void info(rfs_filter rfs, void *private_data, struct fcdlctl_filter *out)
{
	struct urfs_filter *filter = private_data;
	struct urfs_conn *conn = filter->conn;

	out->kind = FCDLCTL_KIND_USER;
	out->flags |= FCDLCTL_FILTER_POLICY;
	out->state = FCDLCTL_STATE_OK;
	if (urfs_wait_stalled(filter))
		out->state = FCDLCTL_STATE_STALLED;
	else if (out->flags & FCDLCTL_FILTER_ACTIVE && !READ_ONCE(conn->callbacks))
		out->state = FCDLCTL_STATE_NOT_READY;
	out->pid = pid_nr_ns(conn->tgid, task_active_pid_ns(current));
	out->deadline_ms = READ_ONCE(filter->policy.deadline_ms);
	out->pending = READ_ONCE(filter->nr_waiting);
	out->receivers = atomic_read(&conn->nr_receivers);
	urfs_verdict_show(READ_ONCE(filter->policy.on_timeout), &out->on_timeout);
	urfs_verdict_show(READ_ONCE(filter->policy.on_overload), &out->on_overload);
	urfs_verdict_show(READ_ONCE(filter->policy.on_exit), &out->on_exit);
	urfs_verdict_show(READ_ONCE(filter->policy.on_unaskable), &out->on_unaskable);
}

static int get_policy(rfs_filter rfs, void *private_data, struct fcdlctl_policy *out)
{
	struct urfs_filter *filter = private_data;

	urfs_policy_show(&filter->policy, out);
	return 0;
}

static int set_policy(rfs_filter rfs, void *private_data, const struct fcdlctl_policy *in)
{
	struct urfs_filter *filter = private_data;
	struct urfs_policy policy;
	int err;

	spin_lock(&filter->conn->lock);
	policy = filter->policy;
	err = urfs_check_policy(in, &policy);
	if (!err) {
		WRITE_ONCE(filter->policy.deadline_ms, policy.deadline_ms);
		WRITE_ONCE(filter->policy.on_timeout, policy.on_timeout);
		WRITE_ONCE(filter->policy.on_overload, policy.on_overload);
		WRITE_ONCE(filter->policy.on_exit, policy.on_exit);
		WRITE_ONCE(filter->policy.on_unaskable, policy.on_unaskable);
		WRITE_ONCE(filter->named, filter->named | in->valid);
	}
	spin_unlock(&filter->conn->lock);
	if (!err)
		rfs_forget(rfs);
	return err;
}

static int stats(rfs_filter rfs, void *private_data, struct fcdlctl_stat *out, int max)
{
	struct urfs_filter *filter = private_data;
	struct urfs_conn *conn = filter->conn;
	u64 extra[EXTRA_MAX];
	int i, n = 0;

	spin_lock(&conn->lock);
	extra[EXTRA_WAITING] = filter->nr_waiting;
	extra[EXTRA_LATE_MAX] = filter->late_max_ns;
	extra[EXTRA_REQUESTS] = conn->nr_requests;
	extra[EXTRA_ARENA_USED] = (u64)conn->arena.used * URFS_BLOCK_ALIGN;
	extra[EXTRA_ARENA_SIZE] = conn->size;
	extra[EXTRA_UNKNOWN] = conn->late;
	spin_unlock(&conn->lock);
	for (i = 0; i < URFS_STAT_MAX && n < max; i++, n++) {
		out[n].value = atomic64_read(&filter->stats[i]);
		strscpy_pad(out[n].name, stat_names[i], sizeof(out[n].name));
	}
	for (i = 0; i < EXTRA_MAX && n < max; i++, n++) {
		out[n].value = extra[i];
		strscpy_pad(out[n].name, extra_names[i], sizeof(out[n].name));
	}
	return URFS_STAT_MAX + EXTRA_MAX;
}

/* Part of a path out of the block; the place was written down when it was filled. Return: true if it was cut. */
static bool copy_str(const char *block, const struct urfs_str *str, char *to, size_t *used)
{
	size_t len = min_t(size_t, str->length, RFS_PATH_LEN - 1 - *used);

	memcpy(to + *used, block + str->offset, len);
	*used += len;
	to[*used] = '\0';
	return len < str->length;
}

static void copy_path(struct urfs_conn *conn, const struct urfs_req *req, int which, struct fcdlctl_pending *out)
{
	const struct urfs_path *path = &req->path[which];
	char *to = which ? out->path2 : out->path;
	const char *block;
	size_t used = 0;
	bool cut;

	if (!path->rest.offset || req->unit == URFS_ARENA_NONE)
		return;
	block = urfs_req_block(conn, req);
	cut = path->rule.offset && copy_str(block, &path->rule, to, &used);
	cut = copy_str(block, &path->rest, to, &used) || cut;
	out->flags |= which ? FCDLCTL_PENDING_SECOND : FCDLCTL_PENDING_FIRST;
	if (cut)
		out->flags |= which ? FCDLCTL_PENDING_SECOND_CUT : FCDLCTL_PENDING_FIRST_CUT;
}

static u32 task_state(struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	if (READ_ONCE(task->exit_state))
		return FCDLCTL_RECEIVER_DEAD;
	if (urfs_task_blocked(task))
		return FCDLCTL_RECEIVER_BLOCKED;
	if (state & (__TASK_STOPPED | __TASK_TRACED))
		return FCDLCTL_RECEIVER_STOPPED;
	return state == TASK_RUNNING ? FCDLCTL_RECEIVER_RUNNING : FCDLCTL_RECEIVER_SLEEPING;
}

static void show_receiver(const struct urfs_req *req, struct fcdlctl_pending *out)
{
	struct task_struct *task;

	if (!req->receiver)
		return;
	out->receiver_tid = pid_nr_ns(req->receiver, task_active_pid_ns(current));
	out->receiver_state = FCDLCTL_RECEIVER_DEAD;
	rcu_read_lock();
	task = pid_task(req->receiver, PIDTYPE_PID);
	if (task) {
		out->receiver_state = task_state(task);
		strscpy(out->receiver_comm, task->comm, sizeof(out->receiver_comm));
		if (out->receiver_state == FCDLCTL_RECEIVER_BLOCKED)
			urfs_task_blocked_in(task, out->receiver_wait, sizeof(out->receiver_wait));
	}
	rcu_read_unlock();
}

static u32 count_queued(struct urfs_conn *conn)
{
	struct urfs_node *node;
	u32 n = 0;

	list_for_each_entry(node, &conn->queue, list)
		n += node->kind == URFS_NODE_REQUEST;
	return n;
}

/* Under conn->lock, where the caller cannot leave. */
static void show(struct urfs_conn *conn, const struct urfs_filter *filter, const struct urfs_req *req,
		 struct fcdlctl_pending *out)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	u64 now = ktime_get_ns();

	memset(out, 0, sizeof(*out));
	out->id = req->id;
	out->waited_ns = now - min(now, req->start_ns);
	out->left_ns = req->deadline_ns - min(req->deadline_ns, now);
	out->op = req->modify ? 0 : req->op;
	out->flags = (req->flags & URFS_MSG_POST ? FCDLCTL_PENDING_POST : 0) |
		     (req->locked ? FCDLCTL_PENDING_LOCKED : 0) | (req->modify ? FCDLCTL_PENDING_MODIFY : 0);
	out->path_flags = req->path[0].flags;
	out->path2_flags = req->path[1].flags;
	out->pid = task_tgid_nr_ns(req->caller, ns);
	out->tid = task_pid_nr_ns(req->caller, ns);
	out->handler_pid = pid_nr_ns(conn->tgid, ns);
	out->receivers = atomic_read(&conn->nr_receivers);
	out->queued = count_queued(conn);
	strscpy(out->filter, filter->name, sizeof(out->filter));
	strscpy(out->comm, req->caller->comm, sizeof(out->comm));
	copy_path(conn, req, 0, out);
	copy_path(conn, req, 1, out);
	show_receiver(req, out);
}

/* The oldest request with a caller and an id above @after, shown; @best is the id to beat, and the new one. */
static void find_next(struct urfs_conn *conn, u64 after, u64 *best, struct fcdlctl_pending *out)
{
	struct urfs_filter *filter, *of = NULL;
	struct urfs_req *req, *found = NULL;

	spin_lock(&conn->lock);
	list_for_each_entry(filter, &conn->filters, list) {
		list_for_each_entry(req, &filter->requests, of_filter) {
			if (!req->caller || req->id <= after || req->id >= *best)
				continue;
			*best = req->id;
			found = req;
			of = filter;
		}
	}
	if (found)
		show(conn, of, found, out);
	spin_unlock(&conn->lock);
}

static int pending(u64 after, struct fcdlctl_pending *entries, int max)
{
	struct urfs_conn *conn;
	int n;

	mutex_lock(&urfs_conns_lock);
	for (n = 0; n < max; n++) {
		u64 best = U64_MAX;

		list_for_each_entry(conn, &urfs_conns, all)
			find_next(conn, after, &best, &entries[n]);
		if (best == U64_MAX)
			break;
		after = best;
	}
	mutex_unlock(&urfs_conns_lock);
	return n;
}

static bool exempt(rfs_filter rfs, void *private_data)
{
	struct urfs_filter *filter = private_data;
	bool yes = urfs_who_is_exempt(filter);

	if (yes)
		urfs_stat_inc(filter, URFS_STAT_EXEMPT);
	return yes;
}

static void deactivated(rfs_filter rfs, void *private_data)
{
	urfs_filter_deactivated(private_data);
}

const struct rfs_ctl_ops urfs_ctl_ops = {
	.owner = THIS_MODULE,
	.info = info,
	.get_policy = get_policy,
	.set_policy = set_policy,
	.stats = stats,
	.pending = pending,
	.release = urfs_wait_release_all,
	.deactivated = deactivated,
	.exempt = exempt,
};
