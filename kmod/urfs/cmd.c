// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd.c - commands of a handler
 *
 * A command is copied once, then checked as a struct (check.c), then its data are copied once, and only then cmd_lock is
 * taken: no user memory is touched under it. Nor is waited there for anything that user space may take its time with.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "urfs.h"

/* The bytes at cmd->ptr with a NUL behind them, at most @max; freed by the caller. */
static char *get_string(const struct urfs_cmd *cmd, u32 max)
{
	char *str;

	if (cmd->length > max)
		return ERR_PTR(-ENAMETOOLONG);
	str = memdup_user_nul(u64_to_user_ptr(cmd->ptr), cmd->length);
	if (!IS_ERR(str) && strlen(str) != cmd->length) {
		kfree(str);
		return ERR_PTR(-EINVAL);
	}
	return str;
}

static int cmd_register(struct urfs_conn *conn, struct urfs_cmd *cmd, void *data)
{
	u32 handle;
	int err;

	if (cmd->value < INT_MIN || cmd->value > INT_MAX)
		return -ERANGE;
	err = urfs_filter_register(conn, data, cmd->value, cmd->flags, &handle);
	if (!err)
		cmd->result = handle;
	return err;
}

/*
 * Rules, without cmd_lock: to resolve a path may take as long as a file server does, and freeze there; other commands,
 * and the end of the connection, must not wait for that. The reference keeps the filter, also beyond its end.
 */
static int cmd_path(struct urfs_filter *filter, struct urfs_cmd *cmd, void *data)
{
	struct rfs_path_info info = { .path = data, .flags = cmd->flags };
	int err;

	if (cmd->type == URFS_CMD_DEL_PATH)
		return rfs_del_path(filter->rfs, &info);
	err = rfs_set_path(filter->rfs, &info);
	if (!err)
		cmd->result = info.flags;
	/* of a filter that has met its end meanwhile */
	if (err == RFS_ERR_BUSY)
		err = READ_ONCE(filter->conn->dead) ? -ESTALE : -ESRCH;
	return err;
}

static bool is_path_cmd(const struct urfs_cmd *cmd)
{
	return cmd->type == URFS_CMD_SET_PATH || cmd->type == URFS_CMD_DEL_PATH;
}

static int run_path(struct urfs_conn *conn, struct urfs_cmd *cmd, void *data)
{
	struct urfs_filter *filter = NULL;
	int err;

	spin_lock(&conn->lock);
	err = conn->dead ? -ESTALE : -ESRCH;
	if (!conn->dead)
		filter = urfs_filter_find(conn, cmd->filter);
	if (filter)
		refcount_inc(&filter->refs);
	spin_unlock(&conn->lock);
	if (!filter)
		return err;
	err = cmd_path(filter, cmd, data);
	urfs_filter_put(filter);
	return err;
}

/*
 * Does not wait for callbacks: the caller of one may be waiting for the very thread that sends this. Whose request nobody
 * has received goes on as if the filter had been inactive.
 */
static int cmd_deactivate(struct urfs_filter *filter)
{
	int err = rfs_deactivate_filter_nowait(filter->rfs);

	if (!err)
		urfs_filter_deactivated(filter);
	return err;
}

static int cmd_set_policy(struct urfs_filter *filter, const struct fcdlctl_policy *in)
{
	static const char empty[FCDLCTL_NAME_SIZE];

	if (memcmp(in->filter, empty, sizeof(empty)))
		return -EINVAL;
	return urfs_ctl_ops.set_policy(filter->rfs, filter, in);
}

static int cmd_switch_callbacks(struct urfs_conn *conn, s64 value)
{
	int err = 0;

	if (value != 0 && value != 1)
		return -EINVAL;
	spin_lock(&conn->lock);
	if (value && !conn->mapped)
		err = -ENXIO;
	else
		WRITE_ONCE(conn->callbacks, value);
	spin_unlock(&conn->lock);
	return err;
}

static int cmd_set_modify(struct urfs_filter *filter, s64 value)
{
	if (value != 0 && value != 1)
		return -EINVAL;
	WRITE_ONCE(filter->modify, value);
	return rfs_set_mod_cb(filter->rfs, value ? urfs_ask_modify : NULL);
}

/* Commands that name a filter. */
static int run_on_filter(struct urfs_conn *conn, struct urfs_cmd *cmd, void *data, struct list_head *ending)
{
	struct urfs_filter *filter = urfs_filter_find(conn, cmd->filter);

	if (!filter)
		return -ENOENT;
	switch (cmd->type) {
	case URFS_CMD_UNREGISTER:
		urfs_filter_end_begin(filter, ending);
		return 0;
	case URFS_CMD_ACTIVATE:
		return rfs_activate_filter(filter->rfs);
	case URFS_CMD_DEACTIVATE:
		return cmd_deactivate(filter);
	case URFS_CMD_SET_OPERATIONS:
		return urfs_filter_set_ops(filter, data, cmd->length / sizeof(struct urfs_op));
	case URFS_CMD_SET_POLICY:
		return cmd_set_policy(filter, data);
	case URFS_CMD_SET_MODIFY:
		return cmd_set_modify(filter, cmd->value);
	default:
		return -EINVAL;
	}
}

/* Under cmd_lock. */
static int run_locked(struct urfs_conn *conn, struct urfs_cmd *cmd, void *data, struct list_head *ending)
{
	if (READ_ONCE(conn->dead))
		return -ESTALE;
	switch (cmd->type) {
	case URFS_CMD_REGISTER:
		return cmd_register(conn, cmd, data);
	case URFS_CMD_SWITCH_CALLBACKS:
		return cmd_switch_callbacks(conn, cmd->value);
	case URFS_CMD_SET_EXEMPT:
		return urfs_who_set_exempt(conn, cmd->flags, cmd->value);
	default:
		return run_on_filter(conn, cmd, data, ending);
	}
}

/* The data of a command in kernel memory; NULL if it has none. */
static void *get_data(const struct urfs_cmd *cmd)
{
	switch (cmd->type) {
	case URFS_CMD_REGISTER:
		return get_string(cmd, RFS_NAME_LEN);
	case URFS_CMD_SET_PATH:
	case URFS_CMD_DEL_PATH:
		if (!cmd->length)
			return ERR_PTR(-ENOENT);
		return get_string(cmd, RFS_PATH_LEN - 1);
	case URFS_CMD_SET_OPERATIONS:
		if (cmd->length % sizeof(struct urfs_op) || cmd->length / sizeof(struct urfs_op) > RFS_OP_MAX)
			return ERR_PTR(-EINVAL);
		return cmd->length ? memdup_user(u64_to_user_ptr(cmd->ptr), cmd->length) : NULL;
	case URFS_CMD_SET_POLICY:
		if (cmd->length != sizeof(struct fcdlctl_policy))
			return ERR_PTR(-EINVAL);
		return memdup_user(u64_to_user_ptr(cmd->ptr), cmd->length);
	default:
		return NULL;
	}
}

static int run(struct urfs_conn *conn, struct urfs_cmd *cmd)
{
	LIST_HEAD(ending);
	void *data;
	int err;

	if (cmd->type == URFS_CMD_REPLY)
		return urfs_req_reply(conn, cmd->id, cmd->flags, cmd->value);
	if (cmd->type == URFS_CMD_REQUEUE)
		return urfs_req_requeue(conn, cmd->id);
	data = get_data(cmd);
	if (IS_ERR(data))
		return PTR_ERR(data);
	if (is_path_cmd(cmd)) {
		err = run_path(conn, cmd, data);
		goto free;
	}
	err = mutex_lock_killable(&conn->cmd_lock);
	if (!err) {
		err = run_locked(conn, cmd, data, &ending);
		mutex_unlock(&conn->cmd_lock);
	}
	if (!err)
		err = urfs_filter_end_wait(&ending, TASK_KILLABLE | TASK_FREEZABLE, MAX_SCHEDULE_TIMEOUT);
free:
	kfree(data);
	return err;
}

/* urfs_cmd_run() - carry a command out, with error and result in it. Return: 0, or -EINVAL if it is malformed. */
int urfs_cmd_run(struct urfs_conn *conn, struct urfs_cmd *cmd)
{
	int err = urfs_check_cmd(cmd);

	if (!err)
		cmd->error = run(conn, cmd);
	return err;
}

/* Room for one more reply, before the command changes anything. */
static bool reserve_reply(struct urfs_conn *conn)
{
	bool ok;

	spin_lock(&conn->lock);
	ok = conn->nr_replies < URFS_BATCH_MAX;
	conn->nr_replies += ok;
	spin_unlock(&conn->lock);
	return ok;
}

static void queue_reply(struct urfs_conn *conn, struct urfs_cmd_reply *reply, const struct urfs_cmd *cmd)
{
	reply->node.kind = URFS_NODE_REPLY;
	reply->msg.type = URFS_MSG_COMMAND_REPLY;
	reply->msg.filter = cmd->type == URFS_CMD_REGISTER ? (u32)cmd->result : cmd->filter;
	reply->msg.id = cmd->id;
	reply->msg.op = cmd->type;
	reply->msg.error = cmd->error;
	reply->msg.value = cmd->result;
	spin_lock(&conn->lock);
	list_add_tail(&reply->node.list, &conn->replies);
	spin_unlock(&conn->lock);
	urfs_queue_wake(conn);
}

/*
 * urfs_cmd_queue() - carry a command out, with its reply as a message
 *
 * Return: 0, also for one that was refused; -EINVAL if it is malformed; -EAGAIN if too many replies are unread; -ENOMEM.
 * REPLY and REQUEUE have no reply: what they return.
 */
int urfs_cmd_queue(struct urfs_conn *conn, struct urfs_cmd *cmd)
{
	struct urfs_cmd_reply *reply;
	int err = urfs_check_cmd(cmd);

	if (err)
		return err;
	if (cmd->type == URFS_CMD_REPLY || cmd->type == URFS_CMD_REQUEUE)
		return run(conn, cmd);
	reply = kzalloc(sizeof(*reply), GFP_KERNEL_ACCOUNT);
	if (!reply)
		return -ENOMEM;
	if (!reserve_reply(conn)) {
		kfree(reply);
		return -EAGAIN;
	}
	cmd->error = run(conn, cmd);
	queue_reply(conn, reply, cmd);
	return 0;
}
