// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - what a record says, captured in the caller's context after the operation
 *
 * Runs under the locks of the VFS that the operation holds, and may sleep. The record is made in memory of its own, which
 * grows with the paths, before it gets a place in the ring: so nobody waits for a slow one.
 */
#include <linux/fcntl.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "check.h"
#include "fcdl.h"

/* Enough for all but long paths */
#define DRAFT_SIZE 2048

/*
 * struct draft - a record that is being made
 * @event:	memory of @size bytes
 * @used:	of them; strings are added here
 * @max:	longest record of this reader
 */
struct draft {
	struct fcdl_event *event;
	u32 used;
	u32 size;
	u32 max;
};

struct fcdl_times fcdl_now(void)
{
	return (struct fcdl_times){ ktime_get_ns(), ktime_get_real_ns(), ktime_get_boottime_ns() };
}

/* Callers may be where the file system must not be entered again to free memory: GFP_NOFS. Return: 0, -E2BIG, -ENOMEM. */
static int draft_grow(struct draft *draft)
{
	u32 size = min(draft->size * 2, draft->max);
	void *more;

	if (draft->size >= draft->max)
		return -E2BIG;
	more = kvmalloc(size, GFP_NOFS | __GFP_NOWARN);
	if (!more)
		return -ENOMEM;
	memcpy(more, draft->event, draft->used);
	kvfree(draft->event);
	draft->event = more;
	draft->size = size;
	return 0;
}

static char *draft_end(const struct draft *draft)
{
	return (char *)draft->event + draft->used;
}

/* The string of @len bytes and a NUL that was put at the end. @str: where it is noted in the record, which may move */
static void draft_take(struct draft *draft, size_t str, size_t len)
{
	struct fcdl_str *at = (void *)draft->event + str;

	at->offset = draft->used;
	at->length = len;
	draft->used += len + 1;
}

/* Adds what @get gives, which is as rfs_symlink_target(). Return: 0, also if there is no such string; errno */
static int add(struct draft *draft, size_t str, ssize_t (*get)(const struct rfs_args *args, char *buf, size_t size),
	       const struct rfs_args *args)
{
	ssize_t len;
	int err;

	for (;;) {
		len = get(args, draft_end(draft), draft->size - draft->used);
		if (len != -ERANGE)
			break;
		err = draft_grow(draft);
		if (err)
			return err;
	}
	if (len < 0)
		return len == -ENOMEM ? -ENOMEM : 0;
	draft_take(draft, str, len);
	return 0;
}

/* Path and flags of a name, in one walk. Return: as add() */
static int add_path(struct draft *draft, rfs_context context, const struct rfs_args *args, enum rfs_which which)
{
	struct rfs_path_parts parts;
	size_t len;
	int err;

	for (;;) {
		size_t room = draft->size - draft->used;

		err = room ? rfs_path_parts(context, args, which, draft_end(draft), room - 1, &parts) : -ERANGE;
		if (err != -ERANGE)
			break;
		err = draft_grow(draft);
		if (err)
			return err;
	}
	if (err != -ENOENT)
		draft->event->path_flags[which] = parts.flags;
	if (err)
		return 0;
	len = parts.rule_len + parts.rest_len;
	/* it was built at the end of the memory; the rule's path is in front of the rest there */
	memmove(draft_end(draft), parts.rest - parts.rule_len, len);
	draft_end(draft)[len] = '\0';
	draft_take(draft, offsetof(struct fcdl_event, path) + which * sizeof(struct fcdl_str), len);
	return 0;
}

static int add_strings(struct draft *draft, rfs_context context, const struct rfs_args *args)
{
	int err;

	err = add_path(draft, context, args, RFS_FIRST);
	if (!err)
		err = add_path(draft, context, args, RFS_SECOND);
	if (!err)
		err = add(draft, offsetof(struct fcdl_event, target), rfs_symlink_target, args);
	if (!err)
		err = add(draft, offsetof(struct fcdl_event, exe), rfs_caller_exe, args);
	return err;
}

static int add_stopper(struct draft *draft, rfs_context context)
{
	const char *name = rfs_stopped_by(context);
	size_t len;
	int err;

	if (!name)
		return 0;
	len = strlen(name);
	while (draft->size - draft->used <= len) {
		err = draft_grow(draft);
		if (err)
			return err;
	}
	memcpy(draft_end(draft), name, len + 1);
	draft->event->flags |= FCDL_EVENT_DENIED;
	draft_take(draft, offsetof(struct fcdl_event, filter), len);
	return 0;
}

static void fill(struct fcdl_event *event, u32 op, const struct rfs_args *args)
{
	int i;

	event->record.type = FCDL_EVENT;
	event->record.fixed = sizeof(*event);
	event->op = op;
	event->op_flags = rfs_op_flags(args);
	event->result = rfs_result(args);
	event->rdev = rfs_rdev(args);
	event->open_flags = rfs_open_flags(args);
	event->mode = rfs_mode(args);
	event->rename_flags = rfs_rename_flags(args);
	if (!rfs_attr(args, &event->attr))
		event->flags |= FCDL_EVENT_ATTR;
	for (i = 0; i < ARRAY_SIZE(event->object); i++)
		if (!rfs_object(args, i, &event->object[i]))
			event->objects |= 1U << i;
}

/* The rest of the last 8 bytes, of which the memory has a multiple */
static void pad(struct draft *draft)
{
	u32 size = ALIGN(draft->used, 8);

	memset((char *)draft->event + draft->used, 0, size - draft->used);
	draft->event->record.size = size;
}

static void record(struct fcdl_reader *reader, u32 op, rfs_context context, const struct rfs_args *args,
		   const struct rfs_caller *caller)
{
	struct fcdl_times now = fcdl_now();
	struct draft draft = {
		.used = sizeof(struct fcdl_event),
		.size = DRAFT_SIZE,
		.max = fcdl_ring_record_max(reader->ring.size),
	};
	int err = -ENOMEM;

	draft.event = kmalloc(DRAFT_SIZE, GFP_NOFS | __GFP_NOWARN);
	if (!draft.event)
		goto out;
	memset(draft.event, 0, sizeof(*draft.event));
	draft.event->caller = *caller;
	fill(draft.event, op, args);
	fcdl_record_stamp(&draft.event->record, &now);
	err = add_strings(&draft, context, args);
	if (!err)
		err = add_stopper(&draft, context);
	if (err)
		goto out;
	pad(&draft);
	fcdl_reader_record(reader, context, draft.event);
out:
	if (err)
		fcdl_reader_lose(reader, op, err == -E2BIG ? FCDL_LOST_LONG : FCDL_LOST_MEMORY, &now);
	kvfree(draft.event);
}

/* What the reader calls this operation; 0: it does not want it */
static u32 op_for(const struct fcdl_reader *reader, const struct rfs_args *args)
{
	u32 op = rfs_op(args);

	if (op == RFS_OP_RELEASE && (rfs_op_flags(args) & RFS_OPF_CHANGED) &&
	    (reader->ops & BIT_ULL(FCDL_OP_CLOSE_WRITE)))
		return FCDL_OP_CLOSE_WRITE;
	return reader->ops & BIT_ULL(op) ? op : 0;
}

/* fcdl_post() - the callback after every operation that a reader wants */
enum rfs_retv fcdl_post(rfs_context context, struct rfs_args *args)
{
	struct fcdl_reader *reader;
	struct rfs_caller caller;
	void *data = NULL;
	u32 op;

	rfs_get_contextflt_private_data(context, &data);
	/* it was set before anybody could activate the filter */
	reader = data;
	op = op_for(reader, args);
	if (!op || READ_ONCE(reader->state) != FCDL_RUNNING)
		return RFS_CONTINUE;
	if (rfs_result(args) < 0 && !(reader->flags & FCDL_SETUP_FAILED))
		return RFS_CONTINUE;
	if (!(reader->flags & FCDL_SETUP_SELF) && task_tgid(current) == reader->tgid)
		return RFS_CONTINUE;
	rfs_caller_fill(&caller, reader->ns);
	if (fcdl_matches(reader->matches, reader->nr_matches, &caller))
		record(reader, op, context, args, &caller);
	return RFS_CONTINUE;
}
