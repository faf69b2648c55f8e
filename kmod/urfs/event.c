// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - what a message says, captured in the caller's context at the time of the event
 *
 * Everything is written straight into the block, in the arena. The handler can write there too, at any time: so nothing
 * is read back that anything depends on; lengths and offsets are kept in variables of our own. (A path is moved down
 * after it was built at the end of the block; a handler that scribbles over it in between gets its own scribble.)
 */
#include <linux/sched.h>
#include <linux/string.h>

#include "urfs.h"

/*
 * struct block - a block being filled
 * @base:	its beginning
 * @used:	bytes so far; strings are added at this place
 * @size:	bytes in all
 * @last:	there will be no longer block: what does not fit is left out with -ENAMETOOLONG
 */
struct block {
	char *base;
	u32 used;
	u32 size;
	bool last;
};

static u32 block_room(const struct block *b)
{
	return b->size - b->used;
}

/* The string of @len bytes that lies at @b->used already. */
static void block_take(struct block *b, struct urfs_str *str, u32 len)
{
	str->offset = b->used;
	str->length = len;
	b->base[b->used + len] = '\0';
	b->used += len + 1;
}

/* Return: 0 or -ERANGE. */
static int block_add(struct block *b, struct urfs_str *str, const char *from, size_t len)
{
	if (len >= block_room(b))
		return -ERANGE;
	memmove(b->base + b->used, from, len);
	block_take(b, str, len);
	return 0;
}

/* Rule and rest, of which the rest was built at the end of the block. */
static int add_parts(struct block *b, struct urfs_path *path, const struct rfs_path_parts *parts)
{
	size_t rule = parts->rule ? parts->rule_len + 1 : 0;
	int err;

	path->flags = parts->flags;
	if (b->base + b->used + rule > parts->rest)
		return -ERANGE;
	if (parts->rule) {
		err = block_add(b, &path->rule, parts->rule, parts->rule_len);
		if (err)
			return err;
	}
	return block_add(b, &path->rest, parts->rest, parts->rest_len);
}

/* One name's path. Return: 0, also if it has none, which path->error tells; -ERANGE. */
static int add_path(struct block *b, struct urfs_path *path, rfs_context context, struct rfs_args *args,
		    enum rfs_which which)
{
	struct rfs_path_parts parts;
	u32 used = b->used;
	int err;

	memset(path, 0, sizeof(*path));
	err = rfs_path_parts(context, args, which, b->base + b->used, block_room(b), &parts);
	if (!err)
		err = add_parts(b, path, &parts);
	if (err == -ERANGE && !b->last)
		return err;
	if (err) {
		b->used = used;
		memset(path, 0, sizeof(*path));
		path->error = err == -ERANGE ? -ENAMETOOLONG : err;
		path->flags = err == -ENOENT ? 0 : rfs_path_flags(args, which);
	}
	return 0;
}

/* A target or an attribute's name, or NULL if there is none. Return: as add_path() */
static int add_text(struct block *b, struct urfs_str *str, const char *text)
{
	int err;

	memset(str, 0, sizeof(*str));
	if (!text)
		return 0;
	err = block_add(b, str, text, strlen(text));
	return err == -ERANGE && b->last ? 0 : err;
}

static int add_exe(struct block *b, struct urfs_str *str, const struct rfs_args *args)
{
	ssize_t len;

	memset(str, 0, sizeof(*str));
	len = rfs_caller_exe(args, b->base + b->used, block_room(b));
	if (len >= 0 && len < block_room(b))
		block_take(b, str, len);
	return len == -ERANGE && !b->last ? -ERANGE : 0;
}

/* Bytes of a piece begin at a multiple of this. */
#define DATA_ALIGN 64

/* A piece of data, before all strings: there is always room for it. */
static void add_data(struct block *b, struct urfs_req *req, struct urfs_event *event, const struct rfs_data *data)
{
	memset(&event->data, 0, sizeof(event->data));
	event->data_offset = 0;
	if (!data)
		return;
	b->used = ALIGN(b->used, DATA_ALIGN);
	req->data = data->base;
	req->data_at = b->used;
	req->data_length = data->length;
	memcpy(b->base + b->used, data->base, data->length);
	b->used += data->length;
	event->data.offset = req->data_at;
	event->data.length = req->data_length;
	event->data_offset = data->offset;
}

static void add_objects(struct urfs_event *event, const struct rfs_args *args)
{
	u32 got = 0;
	int i;

	for (i = RFS_FIRST; i <= RFS_SECOND_PARENT; i++) {
		if (!rfs_object(args, i, &event->object[i]))
			got |= 1U << i;
		else
			memset(&event->object[i], 0, sizeof(event->object[i]));
	}
	event->objects = got;
}

/*
 * urfs_event_fill() - write what is known about an operation into the block of @req
 * @data:	a piece of its data, or NULL; the block is longer by that
 * @last:	there will be no longer block
 *
 * Return: 0, or -ERANGE if the block is too short (not with @last).
 */
int urfs_event_fill(struct urfs_conn *conn, struct urfs_req *req, rfs_context context, struct rfs_args *args,
		    const struct rfs_data *data, bool last)
{
	struct block b = {
		.base = urfs_req_block(conn, req),
		.used = sizeof(struct urfs_event),
		.size = req->units * URFS_BLOCK_ALIGN,
		.last = last,
	};
	struct urfs_event *event = (struct urfs_event *)b.base;
	int err, i;

	add_data(&b, req, event, data);
	for (i = 0; i < 2; i++) {
		err = add_path(&b, &req->path[i], context, args, i ? RFS_SECOND : RFS_FIRST);
		if (err)
			return err;
		event->path[i] = req->path[i];
	}
	err = add_text(&b, &event->target, rfs_symlink_target_ptr(args));
	if (!err)
		err = add_text(&b, &event->xattr, rfs_xattr_name_ptr(args));
	if (!err)
		err = add_exe(&b, &event->exe, args);
	if (err)
		return err;
	event->size = sizeof(*event);
	event->op = rfs_op(args);
	event->op_flags = rfs_op_flags(args);
	event->time_ns = rfs_time(args);
	event->result = rfs_result(args);
	event->rdev = rfs_rdev(args);
	event->open_flags = rfs_open_flags(args);
	event->mode = rfs_mode(args);
	event->rename_flags = rfs_rename_flags(args);
	event->has_attr = !rfs_attr(args, &event->attr);
	if (!event->has_attr)
		memset(&event->attr, 0, sizeof(event->attr));
	event->has_io = !rfs_io(args, &event->io);
	if (!event->has_io)
		memset(&event->io, 0, sizeof(event->io));
	event->reserved = 0;
	urfs_cookie_show(args, event);
	rfs_caller_fill(&event->caller, conn->pid_ns);
	add_objects(event, args);
	req->length = b.used;
	return 0;
}

/* urfs_event_fill_modify() - the same for a change. Return: 0 or -ENAMETOOLONG. */
int urfs_event_fill_modify(struct urfs_conn *conn, struct urfs_req *req, const union rfs_mod *mod)
{
	struct block b = {
		.base = urfs_req_block(conn, req),
		.used = sizeof(struct urfs_modify),
		.size = req->units * URFS_BLOCK_ALIGN,
	};
	struct urfs_modify *m = (struct urfs_modify *)b.base;

	memset(m, 0, sizeof(*m));
	m->size = sizeof(*m);
	m->mod = mod->id;
	rfs_caller_fill(&m->caller, conn->pid_ns);
	if (mod->id == RFS_MOD_SET_POLICY)
		m->policy = *mod->policy.policy;
	if (mod->id == RFS_MOD_SET_PATH || mod->id == RFS_MOD_DEL_PATH) {
		const struct rfs_path_info *info = mod->path.info;

		m->path_flags = info->flags;
		if (block_add(&b, &m->path, info->path, strlen(info->path)))
			return -ENAMETOOLONG;
		req->path[0].rest.offset = sizeof(*m);
		req->path[0].rest.length = b.used - sizeof(*m) - 1;
	}
	req->length = b.used;
	return 0;
}
