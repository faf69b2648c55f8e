// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * dispatch.c - what each kind of message leads to
 *
 * Every CALLBACK and MODIFY must be replied to, whatever happens to it here: the reply also gives its block back.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define ERRNO_MAX 4095

/* The answer that a callback's return stands for. */
static void reply_verdict(struct urfs_frame *frame, enum rfs_retv verdict, struct urfs_reply *reply)
{
	const struct rfs_args *args = &frame->args;

	if (urfs_event_decides(frame->msg))
		urfs_request_verdict(args, verdict, args->result, reply);
}

/* The answer is this thread's to give: what was changed in a copy of the block goes with it. */
static void reply_data(struct urfs_frame *frame, const struct urfs_reply *reply)
{
	const struct rfs_args *args = &frame->args;

	if (frame->request && reply->flags & URFS_REPLY_DATA)
		memcpy(frame->conn->arena + frame->request->home + args->data_at, args->block.mem + args->data_at,
		       args->data_length);
}

/* The callback could not be run: the filter's own default is better than waiting for the kernel to give it. */
static void reply_default(struct rfs_flt *filter, const struct urfs_msg *msg, struct urfs_reply *reply)
{
	if (urfs_event_decides(msg))
		urfs_policy_default(filter, false, msg->flags & URFS_MSG_PIECE, reply);
}

/* The callback for what the message is about, or NULL. */
static enum rfs_retv (*frame_callback(const struct urfs_frame *frame))(rfs_context context, struct rfs_args *args)
{
	const struct urfs_table *table = frame->ctx->table;
	const struct urfs_cb *cb = table && frame->msg->op < RFS_OP_MAX ? &table->op[frame->msg->op] : NULL;

	if (!cb)
		return NULL;
	if (frame->args.piece)
		return cb->data;
	return frame->args.post ? cb->post : cb->pre;
}

/* Run the callback. Return: true if its answer is to be given by this thread */
static bool frame_run(struct urfs_frame *frame, struct urfs_reply *reply)
{
	enum rfs_retv (*call)(rfs_context context, struct rfs_args * args) = frame_callback(frame);
	enum rfs_retv verdict;
	bool mine;

	/* asked by a table that has been replaced meanwhile: that lets pass, but not data that somebody was to change */
	if (!call) {
		if (frame->args.piece)
			urfs_policy_piece(reply);
		return true;
	}
	if (atomic_load(&frame->filter->soft) && frame->msg->deadline_ns) {
		/* without memory for it the kernel's own deadline remains */
		if (urfs_request_new(frame))
			urfs_soft_add(frame->request, frame->msg->deadline_ns);
	}
	atomic_fetch_add(&frame->conn->count.callbacks, 1);
	verdict = call(frame->ctx, &frame->args);
	if (frame->deferred)
		return false;
	if (verdict != RFS_CONTINUE && verdict != RFS_STOP)
		urfs_log(frame->conn, URFS_LOG_ERROR, "%s: a callback for %s returned %d, which counts as RFS_CONTINUE",
			 frame->filter->name, rfs_op_name(rfs_op(&frame->args)), (int)verdict);
	reply_verdict(frame, verdict, reply);
	if (!frame->request)
		return true;
	urfs_soft_remove(frame->request);
	mine = urfs_request_claim(frame->request);
	if (mine)
		reply_data(frame, reply);
	else
		atomic_fetch_add(&frame->conn->count.late, 1);
	return mine;
}

/* Pre has returned: post may have come meanwhile, and is now this thread's to handle. */
static void callback_next(struct urfs_server *server, struct urfs_frame *frame)
{
	struct urfs_msg post;

	if (frame->args.post || !(frame->msg->flags & URFS_MSG_POST_FOLLOWS))
		return;
	if (urfs_ctx_pre_done(frame->ctx, &post)) {
		server->msg = post;
		server->has_msg = true;
	}
}

static bool callback_run(struct urfs_server *server, struct rfs_flt *filter, struct rfs_ctx *ctx,
			 const struct urfs_msg *msg)
{
	struct urfs_frame frame = {
		.conn = server->conn,
		.filter = filter,
		.msg = msg,
		.ctx = ctx,
		.args = { .conn = server->conn, .filter = filter, .id = msg->id },
	};
	bool answer = true;

	if (urfs_event_parse(urfs_event_block(server->conn, msg), msg->length, msg, &frame.args)) {
		atomic_fetch_add(&server->conn->count.malformed, 1);
		urfs_log(server->conn, URFS_LOG_ERROR, "%s: an event of operation %u is malformed", filter->name,
			 msg->op);
		reply_default(filter, msg, &server->reply);
	} else if (urfs_run_begin(&frame)) {
		answer = frame_run(&frame, &server->reply);
		urfs_run_end(&frame, server, answer);
	} else if (urfs_event_decides(msg)) {
		/* the kernel may learn only later that the filter is gone, and must not take this for an approval */
		urfs_policy_exit(filter, msg->flags & URFS_MSG_PIECE, &server->reply);
	}
	callback_next(server, &frame);
	if (frame.request)
		urfs_request_put(frame.request);
	return answer;
}

static bool dispatch_callback(struct urfs_server *server, const struct urfs_msg *msg)
{
	struct rfs_flt *filter = urfs_filter_find(server->conn, msg->filter);
	struct rfs_ctx *ctx;
	bool answer;
	int err = 0;

	server->reply.id = msg->id;
	/* it was unregistered after this thread got the message */
	if (!filter) {
		if (msg->flags & URFS_MSG_PIECE)
			urfs_policy_piece(&server->reply);
		return true;
	}
	if (msg->flags & URFS_MSG_POST)
		err = urfs_ctx_post(filter, msg, &ctx);
	else
		ctx = urfs_ctx_pre(filter, msg);
	if (err == -EBUSY) {
		/* the thread that runs pre has the message now */
		urfs_filter_put(filter);
		return false;
	}
	if (!ctx) {
		urfs_log(server->conn, URFS_LOG_ERROR, "%s: no memory for an operation", filter->name);
		reply_default(filter, msg, &server->reply);
		urfs_filter_put(filter);
		return true;
	}
	answer = callback_run(server, filter, ctx, msg);
	urfs_ctx_put(ctx);
	urfs_filter_put(filter);
	return answer;
}

/* Ask the filter's modifier callback. Return: 0 to approve, or a negative errno */
static int modify_ask(struct rfs_flt *filter, const struct urfs_modify *modify, const char *path)
{
	enum rfs_err (*mod_cb)(union rfs_mod * mod) = atomic_load(&filter->mod_cb);
	struct rfs_path_info info = {
		.path = path,
		.flags = (int)modify->path_flags,
	};
	struct fcdlctl_policy policy = modify->policy;
	union rfs_mod mod = { .id = (enum rfs_mod_id)modify->mod };
	int err;

	/* nobody objects any more */
	if (!mod_cb)
		return 0;
	mod.any.filter = filter;
	mod.any.private_data = atomic_load(&filter->private_data);
	if (modify->mod == RFS_MOD_SET_PATH || modify->mod == RFS_MOD_DEL_PATH)
		mod.path.info = &info;
	if (modify->mod == RFS_MOD_SET_POLICY)
		mod.policy.policy = &policy;
	err = mod_cb(&mod);
	return err <= 0 && err >= -ERRNO_MAX ? err : -EPERM;
}

static bool dispatch_modify(struct urfs_server *server, const struct urfs_msg *msg)
{
	const struct urfs_modify *modify = (const void *)urfs_event_block(server->conn, msg);
	struct urfs_block block = { (const unsigned char *)modify, msg->length };
	struct rfs_flt *filter = urfs_filter_find(server->conn, msg->filter);
	struct urfs_frame frame = { .conn = server->conn, .filter = filter, .msg = msg };
	struct urfs_text path;

	server->reply.id = msg->id;
	server->reply.value = -ESTALE;
	if (!filter)
		return true;
	if (!modify || block.length < sizeof(*modify) || modify->size < sizeof(*modify) ||
	    !urfs_event_str(&block, &modify->path, &path)) {
		atomic_fetch_add(&server->conn->count.malformed, 1);
		urfs_log(server->conn, URFS_LOG_ERROR, "%s: a request for change is malformed", filter->name);
		server->reply.value = -EPROTO;
	} else if (urfs_run_begin(&frame)) {
		server->reply.value = modify_ask(filter, modify, path.mem);
		urfs_run_end(&frame, server, true);
	}
	urfs_filter_put(filter);
	return true;
}

static void dispatch_filter_news(struct urfs_server *server, const struct urfs_msg *msg)
{
	struct rfs_flt *filter = urfs_filter_find(server->conn, msg->filter);

	if (msg->type == URFS_MSG_LOST) {
		atomic_fetch_add(&server->conn->count.lost, msg->value);
		urfs_log(server->conn, URFS_LOG_WARNING, "%s: %llu notifications were lost",
			 filter ? filter->name : "?", (unsigned long long)msg->value);
	} else if (filter) {
		urfs_ctx_end(filter, msg);
	}
	if (filter)
		urfs_filter_put(filter);
}

static void dispatch_cancelled(struct urfs_server *server, const struct urfs_msg *msg)
{
	atomic_fetch_add(&server->conn->count.cancelled, 1);
	urfs_log(server->conn, URFS_LOG_DEBUG, "request %llu: %s", (unsigned long long)msg->id,
		 msg->flags & URFS_CANCELLED_DEADLINE ? "its deadline passed" :
		 msg->flags & URFS_CANCELLED_KILLED   ? "its caller was killed" :
							"its filter is gone");
}

bool urfs_dispatch_msg(struct urfs_server *server)
{
	/* a post that is to be handled next may be left in server->msg */
	struct urfs_msg msg = server->msg;

	server->has_msg = false;
	memset(&server->reply, 0, sizeof(server->reply));
	switch (msg.type) {
	case URFS_MSG_CALLBACK:
		return dispatch_callback(server, &msg);
	case URFS_MSG_MODIFY:
		return dispatch_modify(server, &msg);
	case URFS_MSG_CANCELLED:
		dispatch_cancelled(server, &msg);
		return false;
	case URFS_MSG_OP_END:
	case URFS_MSG_LOST:
		dispatch_filter_news(server, &msg);
		return false;
	case URFS_MSG_COOKIE_END:
		urfs_data_end(server->conn, msg.value);
		return false;
	case URFS_MSG_COMMAND_REPLY:
		urfs_loop_kicked(server);
		return false;
	default:
		atomic_fetch_add(&server->conn->count.malformed, 1);
		urfs_log(server->conn, URFS_LOG_ERROR, "a message has the unknown type %u", msg.type);
		return false;
	}
}
