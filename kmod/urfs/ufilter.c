// SPDX-License-Identifier: GPL-2.0-only
/*
 * ufilter.c - a user filter: a filter of redirfs on behalf of a connection
 *
 * REFCNT
 *   Counted by the connection, until its end is complete, and by commands that use it with cmd_lock not held. Callbacks
 *   find it through redirfs's private data; its end waits for them. What redirfs calls under RCU (rfs_ctl_ops) is covered
 *   by kfree_rcu. While its end waits in a work item, that holds the connection and the module.
 *
 * LIFETIME
 *   REGISTER -> UNREGISTER or the death of its connection. Its end has three steps:
 *    1. begin: gone is set, callers are told to leave, it is no filter of redirfs any more;
 *    2. wait until they did. That takes them no time, except where a caller is frozen. So nobody waits for it without
 *       bound but a work item: a handler must be able to exit, and a machine to suspend;
 *    3. finish: what is left of its requests is freed, except those in quarantine, which belong to the connection.
 *
 * LOCKING
 *   Commands come under conn->cmd_lock, one at a time.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "urfs.h"

/*
 * One callback for each combination, because an operation in progress keeps the callbacks it began with when the filter
 * changes its operations.
 */
static enum rfs_retv pre_only(rfs_context context, struct rfs_args *args)
{
	return urfs_ask_pre(context, args, false, false);
}

static enum rfs_retv pre_and_post(rfs_context context, struct rfs_args *args)
{
	return urfs_ask_pre(context, args, false, true);
}

static enum rfs_retv pre_notify_only(rfs_context context, struct rfs_args *args)
{
	return urfs_ask_pre(context, args, true, false);
}

static enum rfs_retv pre_notify_and_post(rfs_context context, struct rfs_args *args)
{
	return urfs_ask_pre(context, args, true, true);
}

static enum rfs_retv post_only(rfs_context context, struct rfs_args *args)
{
	return urfs_ask_post(context, args, false, false);
}

static enum rfs_retv post_after_pre(rfs_context context, struct rfs_args *args)
{
	return urfs_ask_post(context, args, false, true);
}

static enum rfs_retv post_notify_only(rfs_context context, struct rfs_args *args)
{
	return urfs_ask_post(context, args, true, false);
}

static enum rfs_retv post_notify_after_pre(rfs_context context, struct rfs_args *args)
{
	return urfs_ask_post(context, args, true, true);
}

/* With data, or entries of a directory. A read that has none, at the end of the file or for an error, is told of as without. */
static enum rfs_retv read_data(rfs_context context, struct rfs_args *args, bool pre)
{
	struct rfs_data data;

	if (rfs_data(args, &data))
		return urfs_ask_post(context, args, false, pre);
	return urfs_ask_piece(context, args, &data, URFS_MSG_POST);
}

static enum rfs_retv read_data_only(rfs_context context, struct rfs_args *args)
{
	return read_data(context, args, false);
}

static enum rfs_retv read_data_after_pre(rfs_context context, struct rfs_args *args)
{
	return read_data(context, args, true);
}

static enum rfs_retv write_data(rfs_context context, struct rfs_args *args, bool post)
{
	struct rfs_data data;

	if (rfs_data(args, &data))
		return urfs_ask_pre(context, args, false, post);
	return urfs_ask_piece(context, args, &data, post ? URFS_MSG_POST_FOLLOWS : 0);
}

static enum rfs_retv write_data_only(rfs_context context, struct rfs_args *args)
{
	return write_data(context, args, false);
}

static enum rfs_retv write_data_and_post(rfs_context context, struct rfs_args *args)
{
	return write_data(context, args, true);
}

static void data_callbacks(u32 flags, struct rfs_op_info *info)
{
	info->flags |= RFS_OP_DATA;
	if (flags & URFS_OP_PLACED)
		info->flags |= RFS_OP_PLACED;
	if (info->op_id != RFS_OP_WRITE)
		info->post_cb = info->pre_cb ? read_data_after_pre : read_data_only;
	else
		info->pre_cb = info->post_cb ? write_data_and_post : write_data_only;
}

static void op_callbacks(u32 flags, struct rfs_op_info *info)
{
	bool pre = flags & URFS_OP_PRE, post = flags & URFS_OP_POST;

	if (pre && flags & URFS_OP_PRE_NOTIFY) {
		info->pre_cb = post ? pre_notify_and_post : pre_notify_only;
		info->flags |= RFS_OP_PRE_NOTIFY;
	} else if (pre) {
		info->pre_cb = post ? pre_and_post : pre_only;
	}
	if (post && flags & URFS_OP_POST_NOTIFY) {
		info->post_cb = pre ? post_notify_after_pre : post_notify_only;
		info->flags |= RFS_OP_POST_NOTIFY;
	} else if (post) {
		info->post_cb = pre ? post_after_pre : post_only;
	}
	if (flags & URFS_OP_DATA)
		data_callbacks(flags, info);
}

/* It changes data, or not any more; so other verdicts stand in for those that it has not named. */
static void follow_data(struct urfs_filter *filter, bool data)
{
	struct urfs_conn *conn = filter->conn;
	struct urfs_policy policy;

	spin_lock(&conn->lock);
	filter->data = data;
	policy = filter->policy;
	urfs_policy_unnamed(&policy, filter->named, data);
	WRITE_ONCE(filter->policy.on_timeout, policy.on_timeout);
	WRITE_ONCE(filter->policy.on_exit, policy.on_exit);
	WRITE_ONCE(filter->policy.on_unaskable, policy.on_unaskable);
	spin_unlock(&conn->lock);
}

/* Room for two of the largest pieces: one may be in quarantine, and there would be none for the next. */
static bool arena_is_too_small(const struct urfs_conn *conn)
{
	return conn->arena.units / 2 < URFS_FIRST_UNITS + urfs_data_units(RFS_DATA_MAX);
}

/* urfs_filter_set_ops() - the filter wants these operations from now on. Return: 0 or -errno. */
int urfs_filter_set_ops(struct urfs_filter *filter, const struct urfs_op *ops, u32 count)
{
	bool data = false, before = filter->data;
	struct rfs_op_info *infos;
	u32 i;
	int err = urfs_check_ops(ops, count);

	if (err)
		return err;
	for (i = 0; i < count; i++)
		data |= ops[i].flags & URFS_OP_DATA;
	if (data && arena_is_too_small(filter->conn))
		return -ENOSPC;
	/* one more, which stays zero: RFS_OP_END */
	infos = kcalloc(count + 1, sizeof(*infos), GFP_KERNEL);
	if (!infos)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		infos[i].op_id = ops[i].op;
		op_callbacks(ops[i].flags, &infos[i]);
	}
	if (data)
		follow_data(filter, true);
	err = rfs_set_operations(filter->rfs, infos);
	kfree(infos);
	follow_data(filter, err ? before : data);
	return err;
}

/* urfs_filter_find() - by handle, under cmd_lock or lock of the connection. Return: NULL if there is none. */
struct urfs_filter *urfs_filter_find(struct urfs_conn *conn, u32 handle)
{
	struct urfs_filter *filter;

	list_for_each_entry(filter, &conn->filters, list) {
		if (filter->handle == handle)
			return filter;
	}
	return NULL;
}

static void update_last_priority_locked(struct urfs_conn *conn)
{
	struct urfs_filter *filter;
	s64 last = S64_MIN;

	list_for_each_entry(filter, &conn->filters, list)
		last = max_t(s64, last, filter->priority);
	WRITE_ONCE(conn->last_priority, last);
}

static void end_work(struct work_struct *work);

static struct urfs_filter *filter_new(struct urfs_conn *conn, const char *name, int priority)
{
	struct urfs_filter *filter = kzalloc(sizeof(*filter), GFP_KERNEL_ACCOUNT);

	if (!filter)
		return NULL;
	refcount_set(&filter->refs, 1);
	INIT_WORK(&filter->end, end_work);
	filter->conn = conn;
	filter->handle = ++conn->next_handle;
	filter->priority = priority;
	strscpy(filter->name, name, sizeof(filter->name));
	filter->policy = (struct urfs_policy){
		.deadline_ms = urfs_deadline_ms,
		.on_overload = URFS_VERDICT_WAIT,
	};
	INIT_LIST_HEAD(&filter->requests);
	INIT_LIST_HEAD(&filter->lost_node.list);
	filter->lost_node.kind = URFS_NODE_LOST;
	return filter;
}

/* Make it known to the connection. Return: 0 or -ESTALE. */
static int filter_link(struct urfs_filter *filter)
{
	struct urfs_conn *conn = filter->conn;
	int err = -ESTALE;

	spin_lock(&conn->lock);
	if (!conn->dead) {
		list_add_tail(&filter->list, &conn->filters);
		update_last_priority_locked(conn);
		err = 0;
	}
	spin_unlock(&conn->lock);
	return err;
}

static bool conn_is_full(const struct urfs_conn *conn)
{
	struct list_head *p;
	int n = 0;

	list_for_each(p, &conn->filters)
		n++;
	return n >= URFS_FILTERS_MAX;
}

/*
 * urfs_filter_register() - a new filter of @conn, under its cmd_lock
 * @flags:	URFS_REGISTER_
 * @handle:	out
 *
 * Return: 0 or -errno.
 */
int urfs_filter_register(struct urfs_conn *conn, const char *name, int priority, u32 flags, u32 *handle)
{
	struct rfs_filter_info info = {
		.name = name,
		.priority = priority,
		.size = sizeof(info),
		.op_data_size = sizeof(struct urfs_op_data),
	};
	struct urfs_filter *filter;
	LIST_HEAD(ending);
	int err;

	if (conn_is_full(conn))
		return -ENOSPC;
	if (flags & URFS_REGISTER_LOCKED)
		info.flags |= RFS_FILTER_LOCKED;
	if (flags & URFS_REGISTER_UNPLACED)
		info.flags |= RFS_FILTER_UNPLACED;
	filter = filter_new(conn, name, priority);
	if (!filter)
		return -ENOMEM;
	err = rfs_register_filter(&filter->rfs, &info);
	if (err)
		goto free;
	rfs_set_private_data(filter->rfs, filter);
	rfs_set_ctl_ops(filter->rfs, &urfs_ctl_ops);
	err = filter_link(filter);
	if (err)
		goto unregister;
	if (flags & URFS_REGISTER_ACTIVE) {
		err = rfs_activate_filter(filter->rfs);
		if (err) {
			/* a command of another thread may have found it already */
			urfs_filter_end_begin(filter, &ending);
			urfs_filter_end_wait(&ending, TASK_UNINTERRUPTIBLE, HZ);
			return err;
		}
	}
	*handle = filter->handle;
	return 0;

unregister:
	rfs_unregister_filter(filter->rfs);
free:
	kfree_rcu(filter, rcu);
	return err;
}

/*
 * urfs_filter_deactivated() - it is inactive now: whose request nobody has received goes on, and who waits for room
 *
 * Whoever comes to the lock after this sees that it is inactive.
 */
void urfs_filter_deactivated(struct urfs_filter *filter)
{
	struct urfs_conn *conn = filter->conn;

	spin_lock(&conn->lock);
	urfs_req_force_locked(filter, URFS_END_DEACTIVATED, false);
	wake_up_all(&conn->space);
	spin_unlock(&conn->lock);
}

/* urfs_filter_put() - drop a reference */
void urfs_filter_put(struct urfs_filter *filter)
{
	if (!refcount_dec_and_test(&filter->refs))
		return;
	rfs_unregister_filter_end(filter->rfs);
	kfree_rcu(filter, rcu);
}

/*
 * urfs_filter_end_begin() - the end of a filter, first step, under cmd_lock; its callers get on_exit. Waits for nobody.
 * @ending:	list that it goes to, for urfs_filter_end_wait()
 */
void urfs_filter_end_begin(struct urfs_filter *filter, struct list_head *ending)
{
	struct urfs_conn *conn = filter->conn;

	spin_lock(&conn->lock);
	filter->gone = true;
	urfs_req_force_locked(filter, URFS_END_EXIT, true);
	wake_up_all(&conn->space);
	list_move_tail(&filter->list, ending);
	update_last_priority_locked(conn);
	spin_unlock(&conn->lock);
	rfs_unregister_filter_begin(filter->rfs);
}

static void end_finish(struct urfs_filter *filter)
{
	urfs_req_forget_filter(filter);
	urfs_filter_put(filter);
}

/* Somebody is frozen in a callback. TASK_IDLE: that may last, and is no hung task. */
static void end_work(struct work_struct *work)
{
	struct urfs_filter *filter = container_of(work, struct urfs_filter, end);
	struct urfs_conn *conn = filter->conn;

	rfs_unregister_filter_wait(filter->rfs, TASK_IDLE, MAX_SCHEDULE_TIMEOUT);
	end_finish(filter);
	urfs_conn_put(conn);
	/* the module's exit waits for what is left of this function */
	module_put(THIS_MODULE);
}

/*
 * urfs_filter_end_wait() - second and third step of the filters on @ending, without cmd_lock
 * @state:	to sleep in
 * @timeout:	jiffies for all of them, or MAX_SCHEDULE_TIMEOUT
 *
 * What is not over by then a work item goes on with. The caller holds the open file, and thereby the module.
 *
 * Return: 0, also at the end of the time; -EINTR.
 */
int urfs_filter_end_wait(struct list_head *ending, unsigned int state, long timeout)
{
	bool bounded = timeout != MAX_SCHEDULE_TIMEOUT;
	unsigned long until = jiffies + timeout;
	struct urfs_filter *filter, *next;
	int err, ret = 0;

	list_for_each_entry_safe(filter, next, ending, list) {
		if (bounded)
			timeout = time_before(jiffies, until) ? until - jiffies : 0;
		list_del(&filter->list);
		err = rfs_unregister_filter_wait(filter->rfs, state, timeout);
		if (!err) {
			end_finish(filter);
			continue;
		}
		if (err == -EINTR)
			ret = err;
		urfs_conn_get(filter->conn);
		__module_get(THIS_MODULE);
		queue_work(urfs_wq, &filter->end);
	}
	return ret;
}
