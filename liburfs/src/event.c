// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * event.c - the block of an event, and the accessors that callbacks read it through
 *
 * The kernel writes the block and is trusted with what it says, but not with being the version that this library knows:
 * a block that does not fit its own offsets is counted as malformed, and its operation gets the filter's on_timeout.
 * The program can write to the block as well, by mistake: nothing outside it is read, whatever it says meanwhile.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

const unsigned char *urfs_event_block(struct urfs_impl *conn, const struct urfs_msg *msg)
{
	if (msg->offset % URFS_BLOCK_ALIGN || msg->offset > conn->arena_size ||
	    msg->length > conn->arena_size - msg->offset)
		return NULL;
	return conn->arena + msg->offset;
}

bool urfs_event_str(const struct urfs_block *block, const struct urfs_str *str, struct urfs_text *text)
{
	/* each once: a stray write of the program may change them at any time */
	uint32_t offset = *(const volatile uint32_t *)&str->offset;
	uint32_t length = *(const volatile uint32_t *)&str->length;

	*text = (struct urfs_text){ NULL, 0 };
	if (!offset)
		return true;
	/* one more byte for the NUL behind it */
	if (offset >= block->length || length >= block->length - offset)
		return false;
	*text = (struct urfs_text){ (const char *)block->mem + offset, length };
	return !text->mem[length];
}

bool urfs_event_decides(const struct urfs_msg *msg)
{
	return msg->flags & URFS_MSG_PIECE || !(msg->flags & (URFS_MSG_POST | URFS_MSG_NOTIFY));
}

/* Where the piece of data is. Return: false if it lies outside */
static bool event_data(const struct urfs_event *event, const struct urfs_msg *msg, struct rfs_args *args)
{
	uint32_t offset = *(const volatile uint32_t *)&event->data.offset;
	uint32_t length = *(const volatile uint32_t *)&event->data.length;

	args->piece = msg->flags & URFS_MSG_PIECE;
	args->changed = false;
	args->may_limit = msg->op == RFS_OP_OPEN && !(msg->flags & (URFS_MSG_POST | URFS_MSG_NOTIFY));
	args->mmap_policy = 0;
	if (!args->piece)
		return true;
	if (offset < sizeof(*event) || offset > args->block.length || !length || length > args->block.length - offset)
		return false;
	args->data_at = offset;
	args->data_length = length;
	args->data_offset = event->data_offset;
	return true;
}

int urfs_event_parse(const unsigned char *mem, size_t length, const struct urfs_msg *msg, struct rfs_args *args)
{
	const struct urfs_event *event = (const void *)mem;
	struct urfs_text text;
	int i;

	args->block.mem = mem;
	args->block.length = length;
	args->event = event;
	args->post = msg->flags & URFS_MSG_POST;
	args->notify = msg->flags & URFS_MSG_NOTIFY;
	args->remember = false;
	args->result = 0;
	if (!mem || length < sizeof(*event) || event->size < sizeof(*event) || event->size > length ||
	    event->op != msg->op)
		return -EPROTO;
	for (i = 0; i < 2; i++)
		if (!urfs_event_str(&args->block, &event->path[i].rule, &text) ||
		    !urfs_event_str(&args->block, &event->path[i].rest, &text) || event->path[i].error > 0)
			return -EPROTO;
	if (!urfs_event_str(&args->block, &event->target, &text) || !urfs_event_str(&args->block, &event->exe, &text) ||
	    !urfs_event_str(&args->block, &event->xattr, &text) || !event_data(event, msg, args))
		return -EPROTO;
	return 0;
}

static ssize_t text_copy(const struct urfs_text *text, char *buf, size_t size)
{
	if (!text->mem)
		return -ENOENT;
	if (!buf || size <= text->length)
		return -ERANGE;
	memcpy(buf, text->mem, text->length);
	buf[text->length] = '\0';
	return (ssize_t)text->length;
}

/* urfs_event_parse() has checked the string, but the block may have been scribbled over since. */
static ssize_t event_copy(const struct rfs_args *args, const struct urfs_str *str, char *buf, size_t size)
{
	struct urfs_text text;

	return urfs_event_str(&args->block, str, &text) ? text_copy(&text, buf, size) : -EPROTO;
}

/* ---- Accessors ---- */

enum rfs_op_id rfs_op(const struct rfs_args *args)
{
	return (enum rfs_op_id)args->event->op;
}

unsigned int rfs_op_flags(const struct rfs_args *args)
{
	return args->event->op_flags;
}

int rfs_is_post(const struct rfs_args *args)
{
	return args->post;
}

unsigned long long rfs_time(const struct rfs_args *args)
{
	return args->event->time_ns;
}

long rfs_result(const struct rfs_args *args)
{
	return args->post ? (long)args->event->result : args->result;
}

void rfs_set_result(struct rfs_args *args, long result)
{
	if (!args->post || args->piece)
		args->result = result;
}

int rfs_remember(struct rfs_args *args)
{
	if (args->event->op != RFS_OP_OPEN || args->post || args->notify)
		return -EINVAL;
	if (args->conn->version < URFS_REMEMBER_SINCE)
		return -EOPNOTSUPP;
	args->remember = true;
	return 0;
}

ssize_t rfs_path(const struct rfs_args *args, enum rfs_which which, char *buf, size_t size)
{
	const struct urfs_path *path;
	struct urfs_text rule, rest;
	int32_t error;

	if (which != RFS_FIRST && which != RFS_SECOND)
		return -ENOENT;
	path = &args->event->path[which];
	error = *(const volatile int32_t *)&path->error;
	if (error)
		return error < 0 ? error : -EPROTO;
	if (!urfs_event_str(&args->block, &path->rule, &rule) || !urfs_event_str(&args->block, &path->rest, &rest))
		return -EPROTO;
	if (!rule.mem)
		return text_copy(&rest, buf, size);
	/* the root's own slash, or one that the setter left at the end, would be there twice */
	if (rest.length)
		while (rule.length && rule.mem[rule.length - 1] == '/')
			rule.length--;
	if (!buf || size <= rule.length + rest.length)
		return -ERANGE;
	memcpy(buf, rule.mem, rule.length);
	if (rest.length)
		memcpy(buf + rule.length, rest.mem, rest.length);
	buf[rule.length + rest.length] = '\0';
	return (ssize_t)(rule.length + rest.length);
}

unsigned int rfs_path_flags(const struct rfs_args *args, enum rfs_which which)
{
	if (which != RFS_FIRST && which != RFS_SECOND)
		return 0;
	return args->event->path[which].flags;
}

int rfs_object(const struct rfs_args *args, enum rfs_which which, struct rfs_object *object)
{
	if ((unsigned int)which > RFS_SECOND_PARENT || !(args->event->objects & 1u << which))
		return -ENOENT;
	*object = args->event->object[which];
	return 0;
}

void rfs_caller(const struct rfs_args *args, struct rfs_caller *caller)
{
	*caller = args->event->caller;
}

ssize_t rfs_caller_exe(const struct rfs_args *args, char *buf, size_t size)
{
	return event_copy(args, &args->event->exe, buf, size);
}

unsigned int rfs_open_flags(const struct rfs_args *args)
{
	return args->event->open_flags;
}

unsigned int rfs_mode(const struct rfs_args *args)
{
	return args->event->mode;
}

unsigned long long rfs_rdev(const struct rfs_args *args)
{
	return args->event->rdev;
}

unsigned int rfs_rename_flags(const struct rfs_args *args)
{
	return args->event->rename_flags;
}

int rfs_attr(const struct rfs_args *args, struct rfs_attr *attr)
{
	if (!args->event->has_attr)
		return -ENOENT;
	*attr = args->event->attr;
	return 0;
}

int rfs_io(const struct rfs_args *args, struct rfs_io *io)
{
	if (!args->event->has_io)
		return -ENOENT;
	*io = args->event->io;
	return 0;
}

int rfs_set_mmap_policy(struct rfs_args *args, unsigned int policy)
{
	if (policy & ~(unsigned int)RFS_MMAP_POLICY_ALL)
		return -EINVAL;
	if (!args->may_limit)
		return -ENOENT;
	args->mmap_policy |= policy;
	return 0;
}

int rfs_data(struct rfs_args *args, struct rfs_data *data)
{
	if (!args->piece)
		return -ENOENT;
	/* the block is the program's to write to: in the arena, or a copy */
	data->base = (void *)(uintptr_t)(args->block.mem + args->data_at);
	data->length = args->data_length;
	data->offset = args->data_offset;
	return 0;
}

void rfs_data_changed(struct rfs_args *args)
{
	args->changed = args->piece;
}

ssize_t rfs_symlink_target(const struct rfs_args *args, char *buf, size_t size)
{
	return event_copy(args, &args->event->target, buf, size);
}

ssize_t rfs_xattr_name(const struct rfs_args *args, char *buf, size_t size)
{
	return event_copy(args, &args->event->xattr, buf, size);
}
