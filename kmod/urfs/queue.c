// SPDX-License-Identifier: GPL-2.0-only
/*
 * queue.c - messages on their way to the handler
 *
 * A message is built when a thread takes it, from the node that stands for it on the queue; nothing is allocated for
 * one. Taking has two halves, because copying to user space may fail and sleeps: urfs_queue_take() takes the node off
 * under the lock, then follows the copy, then urfs_queue_taken() or, if it failed, urfs_queue_put_back(). In between
 *	a request	is in state TAKEN: its caller may end it, so only its id is remembered;
 *	a notice	(CANCELLED) is still a request in quarantine: likewise;
 *	OP_END, REPLY, COOKIE	belong to the thread that took them;
 *	LOST		is only its number.
 */
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "urfs.h"

/* urfs_queue_add_locked() - at the end; nothing for the dead */
void urfs_queue_add_locked(struct urfs_conn *conn, struct urfs_node *node)
{
	lockdep_assert_held(&conn->lock);
	list_add_tail(&node->list, &conn->queue);
}

/* urfs_queue_wake() - one thread of the handler, to run as soon as the caller sleeps */
void urfs_queue_wake(struct urfs_conn *conn)
{
	wake_up_interruptible_sync_poll(&conn->wait, EPOLLIN | EPOLLRDNORM);
}

/* urfs_queue_lost_locked() - one more callback of @filter was dropped. The caller wakes the handler. */
void urfs_queue_lost_locked(struct urfs_filter *filter)
{
	struct urfs_conn *conn = filter->conn;

	lockdep_assert_held(&conn->lock);
	if (conn->dead || filter->gone)
		return;
	if (!filter->lost++)
		urfs_queue_add_locked(conn, &filter->lost_node);
}

/* urfs_queue_empty() - a look without the lock */
bool urfs_queue_empty(struct urfs_conn *conn)
{
	return list_empty_careful(&conn->replies) && list_empty_careful(&conn->queue);
}

static void msg_request(struct urfs_conn *conn, struct urfs_req *req, struct urfs_msg *msg)
{
	msg->type = req->modify ? URFS_MSG_MODIFY : URFS_MSG_CALLBACK;
	msg->filter = req->handle;
	msg->id = req->id;
	msg->operation = req->operation;
	msg->flags = req->flags;
	msg->op = req->op;
	msg->offset = (u64)req->unit * URFS_BLOCK_ALIGN;
	msg->length = req->length;
	msg->deadline_ns = req->deadline_ns;
	req->state = URFS_REQ_TAKEN;
	req->delivered = true;
	req->receiver = get_pid(task_pid(current));
	hash_add(conn->ids, &req->hash, req->id);
}

static void msg_cancelled(struct urfs_req *req, struct urfs_msg *msg)
{
	msg->type = URFS_MSG_CANCELLED;
	msg->filter = req->handle;
	msg->id = req->id;
	msg->flags = req->why;
}

static void msg_op_end(struct urfs_req *req, struct urfs_msg *msg)
{
	msg->type = URFS_MSG_OP_END;
	msg->filter = req->handle;
	msg->operation = req->operation;
	msg->op = req->op;
}

static void msg_cookie(const struct urfs_kept *kept, struct urfs_msg *msg)
{
	msg->type = URFS_MSG_COOKIE_END;
	msg->filter = kept->handle;
	msg->flags = kept->flags;
	msg->value = kept->value;
}

static void msg_lost(struct urfs_filter *filter, struct urfs_msg *msg)
{
	msg->type = URFS_MSG_LOST;
	msg->filter = filter->handle;
	msg->value = filter->lost;
	filter->lost = 0;
}

/* The node leaves the queue and becomes @msg. */
static void msg_fill(struct urfs_conn *conn, struct urfs_node *node, struct urfs_msg *msg)
{
	switch (node->kind) {
	case URFS_NODE_REQUEST:
		msg_request(conn, container_of(node, struct urfs_req, node), msg);
		break;
	case URFS_NODE_CANCELLED:
		msg_cancelled(container_of(node, struct urfs_req, node), msg);
		break;
	case URFS_NODE_OP_END:
		msg_op_end(container_of(node, struct urfs_req, node), msg);
		break;
	case URFS_NODE_LOST:
		msg_lost(container_of(node, struct urfs_filter, lost_node), msg);
		break;
	case URFS_NODE_COOKIE:
		msg_cookie(container_of(node, struct urfs_kept, node), msg);
		break;
	case URFS_NODE_REPLY:
		*msg = container_of(node, struct urfs_cmd_reply, node)->msg;
		conn->nr_replies--;
		break;
	}
}

/*
 * urfs_queue_take() - first half: take the next message off the queue
 * @msg:	gets it
 * @node:	out: for the second half; NULL if the message has no object of its own
 *
 * Return: false if there is none, or the connection is dead.
 */
bool urfs_queue_take(struct urfs_conn *conn, struct urfs_msg *msg, struct urfs_node **out)
{
	struct urfs_node *node = NULL;

	memset(msg, 0, sizeof(*msg));
	*out = NULL;
	spin_lock(&conn->lock);
	if (!conn->dead) {
		node = list_first_entry_or_null(&conn->replies, struct urfs_node, list);
		if (!node)
			node = list_first_entry_or_null(&conn->queue, struct urfs_node, list);
	}
	if (node) {
		list_del_init(&node->list);
		msg_fill(conn, node, msg);
		if (node->kind == URFS_NODE_OP_END || node->kind == URFS_NODE_REPLY || node->kind == URFS_NODE_COOKIE)
			*out = node;
	}
	spin_unlock(&conn->lock);
	return node;
}

static void node_free(struct urfs_conn *conn, struct urfs_node *node)
{
	if (node->kind == URFS_NODE_OP_END)
		urfs_req_free(container_of(node, struct urfs_req, node));
	else if (node->kind == URFS_NODE_COOKIE)
		urfs_cookie_free(conn, container_of(node, struct urfs_kept, node));
	else
		kfree(container_of(node, struct urfs_cmd_reply, node));
}

/* urfs_queue_taken() - second half: the message arrived */
void urfs_queue_taken(struct urfs_conn *conn, struct urfs_node *node)
{
	if (node)
		node_free(conn, node);
}

/* The message did not arrive. What ended meanwhile is not found, and needs no message any more. */
static void put_back_locked(struct urfs_conn *conn, const struct urfs_msg *msg, struct urfs_node *node)
{
	struct urfs_filter *filter;
	struct urfs_req *req;

	switch (msg->type) {
	case URFS_MSG_CALLBACK:
	case URFS_MSG_MODIFY:
		req = urfs_req_find_locked(conn, msg->id);
		if (req)
			urfs_req_give_back_locked(conn, req);
		break;
	case URFS_MSG_CANCELLED:
		req = urfs_req_find_locked(conn, msg->id);
		if (req && list_empty(&req->node.list))
			list_add(&req->node.list, &conn->queue);
		break;
	case URFS_MSG_LOST:
		list_for_each_entry(filter, &conn->filters, list) {
			if (filter->handle != msg->filter || filter->gone)
				continue;
			if (!filter->lost)
				list_add(&filter->lost_node.list, &conn->queue);
			filter->lost += msg->value;
		}
		break;
	case URFS_MSG_OP_END:
	case URFS_MSG_COOKIE_END:
		list_add(&node->list, &conn->queue);
		break;
	case URFS_MSG_COMMAND_REPLY:
		list_add(&node->list, &conn->replies);
		conn->nr_replies++;
		break;
	}
}

/* urfs_queue_put_back() - second half: the copy failed, so the message goes back to where it was */
void urfs_queue_put_back(struct urfs_conn *conn, const struct urfs_msg *msg, struct urfs_node *node)
{
	spin_lock(&conn->lock);
	put_back_locked(conn, msg, node);
	spin_unlock(&conn->lock);
	urfs_queue_wake(conn);
}

/* urfs_queue_destroy() - free what belongs to the queue; the filters are gone, nobody else is left */
void urfs_queue_destroy(struct urfs_conn *conn)
{
	struct urfs_node *node, *next;

	list_for_each_entry_safe(node, next, &conn->replies, list)
		node_free(conn, node);
	list_for_each_entry_safe(node, next, &conn->queue, list) {
		list_del_init(&node->list);
		/* requests in quarantine are found by their ids */
		if (node->kind == URFS_NODE_OP_END || node->kind == URFS_NODE_COOKIE)
			node_free(conn, node);
	}
}
