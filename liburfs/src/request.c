// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * request.c - operations that somebody else may answer than the return of their callback
 *
 * A callback that defers, and one that has a soft deadline, share their request with other threads: whoever claims it
 * first gives the answer. The kernel takes the block in the arena back with the answer, so the arguments live in a copy;
 * a piece of data that was changed there goes back to the block just before the answer.
 *
 * REFCNT: the frame of the callback holds one reference, who deferred it another until urfs_reply(), the list of soft
 * deadlines a third.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define ERRNO_MAX 4095

struct urfs_handle *urfs_request_new(struct urfs_frame *frame)
{
	const struct urfs_block *block = &frame->args.block;
	struct urfs_handle *request = calloc(1, sizeof(*request) + block->length);

	if (!request)
		return NULL;
	request->conn = frame->conn;
	atomic_fetch_add(&request->conn->refs, 1);
	request->filter = urfs_filter_get(frame->filter);
	request->ctx = urfs_ctx_ref(frame->ctx);
	request->id = frame->msg->id;
	request->home = frame->msg->offset;
	atomic_init(&request->refs, 1);
	memcpy(request->block, block->mem, block->length);
	request->args = frame->args;
	request->args.block.mem = request->block;
	request->args.event = (const void *)request->block;
	frame->args.block = request->args.block;
	frame->args.event = request->args.event;
	frame->request = request;
	return request;
}

void urfs_request_verdict(const struct rfs_args *args, enum rfs_retv verdict, long result, struct urfs_reply *reply)
{
	if (verdict != RFS_STOP) {
		reply->flags = (args->changed ? URFS_REPLY_DATA : 0) | URFS_REPLY_MMAP(args->mmap_policy);
		if (verdict == RFS_CONTINUE && args->remember)
			reply->flags |= URFS_REPLY_REMEMBER;
	} else if (!args->post || args->piece) {
		reply->flags = URFS_REPLY_STOP;
		reply->value = result >= -ERRNO_MAX && result < 0 ? result : -EPERM;
	}
}

bool urfs_request_claim(struct urfs_handle *request)
{
	return !atomic_exchange(&request->answered, true);
}

void urfs_request_put(struct urfs_handle *request)
{
	if (atomic_fetch_sub(&request->refs, 1) != 1)
		return;
	urfs_ctx_put(request->ctx);
	urfs_filter_put(request->filter);
	urfs_conn_put(request->conn);
	free(request);
}

/* The frame of a callback of this thread. */
static struct urfs_frame *defer_frame(const struct rfs_args *args)
{
	struct urfs_frame *frame = urfs_run_frame();

	while (frame && &frame->args != args)
		frame = frame->outer;
	return frame;
}

int urfs_defer(rfs_context context, struct rfs_args *args, struct urfs_handle **handle)
{
	struct urfs_frame *frame = args ? defer_frame(args) : NULL;

	if (!frame || frame->ctx != context || !handle)
		return -EINVAL;
	if (frame->deferred)
		return -EALREADY;
	if (!frame->request && !urfs_request_new(frame))
		return -ENOMEM;
	frame->deferred = true;
	atomic_fetch_add(&frame->request->refs, 1);
	*handle = frame->request;
	return 0;
}

rfs_context urfs_handle_context(struct urfs_handle *handle)
{
	return handle->ctx;
}

struct rfs_args *urfs_handle_args(struct urfs_handle *handle)
{
	return &handle->args;
}

int urfs_reply(struct urfs_handle *handle, enum rfs_retv verdict, long result)
{
	struct urfs_reply reply = { .id = handle->id };
	int err = urfs_conn_mine(handle->conn), bad = 0;

	/* a child's copy of the handle is the parent's to answer */
	if (err)
		return err;
	if (verdict != RFS_STOP && verdict != RFS_CONTINUE)
		bad = -EINVAL;
	urfs_request_verdict(&handle->args, verdict, result, &reply);
	urfs_soft_remove(handle);
	if (urfs_request_claim(handle))
		err = urfs_conn_reply(handle, &reply);
	else
		err = -ESRCH;
	urfs_request_put(handle);
	return bad ? bad : err;
}
