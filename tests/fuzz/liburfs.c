// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: liburfs/src/[a-z]*.c kmod/urfs/check.c
 * libs: -lurcu-mb -lpthread
 *
 * What liburfs makes of a kernel that sends anything, and of blocks that a handler scribbles over: it reads only blocks
 * of requests that are open (everything else in the arena is poisoned), runs callbacks only for blocks that are
 * well-formed, gives each request exactly one answer, and none that the kernel's own check would refuse.
 */
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include "fuzz.h"
#include "liburfs/src/internal.h"

#define FD 10000
#define FD_CONTROL 10001
#define ARENA 8192
#define HANDLE 7
#define MAX_MESSAGES 256
#define MAX_OPERATIONS 64

int urfs_check_reply(const struct urfs_reply *reply);
int urfs_check_mmap(uint32_t flags, bool open);
int urfs_check_verdict(uint32_t flags, int64_t value, bool modify, bool piece);

static struct fuzz in;
static unsigned char *arena;
static struct urfs_conn conn;
static rfs_filter filter;
static unsigned int depth;

/* What was sent; a request's id is its place here, from 1 on. */
static struct {
	struct urfs_msg msg;
	bool is_open;
} sent[MAX_MESSAGES];
static unsigned int sent_count;

/* Operations that have no post yet */
static uint64_t operations[MAX_OPERATIONS], next_operation;
static unsigned int operation_count;

static struct urfs_handle *deferred[MAX_MESSAGES];
static unsigned int deferred_count;

/* ---- The kernel ---- */

static bool in_arena(const struct urfs_msg *msg)
{
	return msg->offset <= ARENA && msg->length <= ARENA - msg->offset && msg->offset % URFS_BLOCK_ALIGN == 0;
}

/* Only the blocks of requests that wait for an answer may be looked at. */
static void show_open_blocks(void)
{
	unsigned int i;

	ASAN_POISON_MEMORY_REGION(arena, ARENA);
	for (i = 0; i < sent_count; i++)
		if (sent[i].is_open && in_arena(&sent[i].msg))
			ASAN_UNPOISON_MEMORY_REGION(arena + sent[i].msg.offset, sent[i].msg.length);
}

static void put_str(unsigned char *block, uint32_t *end, struct urfs_str *str)
{
	uint8_t kind = fuzz_byte(&in), i;

	/* rules and rests that begin and end with slashes, and are empty, as well as none at all */
	if (kind % 4 == 0)
		return;
	str->offset = *end;
	str->length = kind / 4 % 16;
	for (i = 0; i < str->length; i++)
		block[(*end)++] = i == 0 || kind & 0x40 ? '/' : 'a' + i;
	if (kind & 0x80 && str->length)
		block[*end - 1] = '/';
	block[(*end)++] = '\0';
}

static void put_data(struct urfs_msg *msg, struct urfs_event *event, unsigned char *block)
{
	uint8_t length = fuzz_byte(&in) % 64 + 1;

	msg->length = (msg->length + 63) / 64 * 64;
	event->data.offset = msg->length;
	event->data.length = length;
	event->data_offset = length;
	memset(block + msg->length, length, length);
	msg->length += length;
}

static void put_event(struct urfs_msg *msg, unsigned char *block)
{
	struct urfs_event *event = (void *)block;
	int i;

	memset(event, 0, sizeof(*event));
	event->size = msg->length = sizeof(*event);
	event->op = msg->op;
	event->objects = 0xf;
	if (msg->flags & URFS_MSG_PIECE)
		put_data(msg, event, block);
	for (i = 0; i < 2; i++) {
		put_str(block, &msg->length, &event->path[i].rule);
		put_str(block, &msg->length, &event->path[i].rest);
	}
	put_str(block, &msg->length, &event->target);
	put_str(block, &msg->length, &event->exe);
	/* strings are what there is to get wrong */
	fuzz_poke(&in, event->path, sizeof(*event) - offsetof(struct urfs_event, path), fuzz_byte(&in) % 4);
	fuzz_poke(&in, event, sizeof(*event), fuzz_byte(&in) % 16 == 1);
}

static void put_modify(struct urfs_msg *msg, unsigned char *block)
{
	struct urfs_modify *modify = (void *)block;

	memset(modify, 0, sizeof(*modify));
	modify->size = msg->length = sizeof(*modify);
	modify->mod = msg->op;
	put_str(block, &msg->length, &modify->path);
	fuzz_poke(&in, modify, offsetof(struct urfs_modify, caller), fuzz_byte(&in) % 3);
}

/* The kernel is trusted with numbers of operations: one post for each, and any number of pieces before that. */
static void put_operation(struct urfs_msg *msg)
{
	bool post = msg->flags & URFS_MSG_POST || msg->type == URFS_MSG_OP_END;

	if (msg->type == URFS_MSG_CALLBACK && msg->flags & URFS_MSG_PIECE && operation_count && fuzz_byte(&in) % 2) {
		msg->operation = operations[fuzz_byte(&in) % operation_count];
		return;
	}
	if (msg->type == URFS_MSG_CALLBACK && msg->flags & URFS_MSG_PIECE && post) {
		msg->operation = ++next_operation;
		return;
	}

	if (post && operation_count) {
		msg->operation = operations[--operation_count];
		msg->flags &= ~(uint32_t)URFS_MSG_POST_FOLLOWS;
		return;
	}
	msg->operation = ++next_operation;
	if (post || operation_count == MAX_OPERATIONS)
		msg->flags &= ~(uint32_t)URFS_MSG_POST_FOLLOWS;
	else if (msg->flags & URFS_MSG_POST_FOLLOWS)
		operations[operation_count++] = msg->operation;
}

static void put_message(struct urfs_msg *msg)
{
	static const uint32_t ops[] = { RFS_OP_OPEN,	RFS_OP_RENAME, RFS_OP_CREATE,
					RFS_OP_RELEASE, RFS_OP_READ,   RFS_OP_WRITE };
	uint8_t kind = fuzz_byte(&in);
	unsigned char *block;

	memset(msg, 0, sizeof(*msg));
	msg->type = kind < 180 ? URFS_MSG_CALLBACK : kind < 220 ? URFS_MSG_MODIFY : kind % 8;
	msg->filter = HANDLE;
	msg->flags = fuzz_byte(&in) % 16;
	/* nobody is told of a piece and does not wait */
	if (msg->type == URFS_MSG_CALLBACK && !(msg->flags & URFS_MSG_NOTIFY) && fuzz_byte(&in) % 4 == 1)
		msg->flags |= URFS_MSG_PIECE;
	msg->op = msg->type == URFS_MSG_MODIFY ? fuzz_byte(&in) % 6 : ops[fuzz_byte(&in) % COUNT(ops)];
	put_operation(msg);
	/* the last kilobyte is left for what is longer */
	msg->offset = fuzz_below(&in, ARENA / URFS_BLOCK_ALIGN - 4) * URFS_BLOCK_ALIGN;
	block = arena + msg->offset;
	ASAN_UNPOISON_MEMORY_REGION(arena, ARENA);
	if (msg->type == URFS_MSG_CALLBACK)
		put_event(msg, block);
	else
		put_modify(msg, block);
	switch (fuzz_byte(&in) % 16) {
	case 0:
		msg->length += fuzz_below(&in, 9) - 4;
		break;
	case 1:
		msg->length = (uint32_t)fuzz_number(&in);
		break;
	case 2:
		msg->offset = ARENA - fuzz_below(&in, 5) * URFS_BLOCK_ALIGN;
		break;
	case 3:
		msg->offset = fuzz_number(&in);
		break;
	case 4:
		msg->op = (uint32_t)fuzz_number(&in);
		break;
	case 5:
		msg->filter = (uint32_t)fuzz_number(&in);
		break;
	case 6:
		/* it ends with the arena */
		memmove(arena + ARENA - URFS_BLOCK_ALIGN * 4, block, URFS_BLOCK_ALIGN * 4);
		msg->offset = ARENA - URFS_BLOCK_ALIGN * 4;
		break;
	}
	msg->deadline_ns = fuzz_number(&in);
	msg->id = sent_count + 1;
	sent[sent_count].msg = *msg;
	sent[sent_count++].is_open = msg->type == URFS_MSG_CALLBACK || msg->type == URFS_MSG_MODIFY;
	show_open_blocks();
}

static int32_t take_reply(const struct urfs_reply *reply)
{
	expect(reply->id >= 1 && reply->id <= sent_count);
	/* one answer, and not to something that is no question */
	expect(sent[reply->id - 1].is_open);
	expect(!urfs_check_reply(reply) && !(reply->flags & URFS_REPLY_REQUEUE));
	expect(!urfs_check_verdict(reply->flags, reply->value, sent[reply->id - 1].msg.type == URFS_MSG_MODIFY,
				   sent[reply->id - 1].msg.flags & URFS_MSG_PIECE));
	expect(!urfs_check_mmap(reply->flags,
				sent[reply->id - 1].msg.op == RFS_OP_OPEN &&
					!(sent[reply->id - 1].msg.flags & (URFS_MSG_POST | URFS_MSG_NOTIFY))));
	sent[reply->id - 1].is_open = false;
	show_open_blocks();
	return fuzz_byte(&in) % 8 == 1 ? -ESRCH : 0;
}

static int exchange(struct urfs_exchange *ex)
{
	struct urfs_reply *replies = (void *)(uintptr_t)ex->replies;
	uint32_t i;

	for (i = 0; i < ex->nr_replies; i++)
		replies[i].error = take_reply(&replies[i]);
	ex->taken = ex->nr_replies;
	ex->received = 0;
	if (!ex->nr_messages || !in.left || sent_count == MAX_MESSAGES)
		return 0;
	put_message((void *)(uintptr_t)ex->messages);
	ex->received = 1;
	return 0;
}

static int hello(struct urfs_hello *h)
{
	h->arena_size = ARENA;
	h->msg_size = sizeof(struct urfs_msg);
	h->cmd_size = sizeof(struct urfs_cmd);
	h->event_size = sizeof(struct urfs_event);
	if (fuzz_byte(&in) % 16 == 15)
		fuzz_poke(&in, h, sizeof(*h), 2);
	return 0;
}

static int io_open(const char *path)
{
	return strcmp(path, "/dev/fcdlctl") ? FD : FD_CONTROL;
}

static int io_close(int fd)
{
	(void)fd;
	return 0;
}

static int io_ioctl(int fd, unsigned long request, void *arg)
{
	struct urfs_cmd *cmd = arg;

	if (fd == FD_CONTROL) {
		((struct fcdlctl_policy *)arg)->on_exit = (struct fcdlctl_verdict){ FCDLCTL_DENY, EROFS, 0, 0 };
		((struct fcdlctl_policy *)arg)->on_timeout = (struct fcdlctl_verdict){ FCDLCTL_ALLOW, 0, 0, 0 };
		((struct fcdlctl_policy *)arg)->valid = FCDLCTL_POLICY_ALL;
		return 0;
	}
	if (request == URFS_IOC_HELLO)
		return hello(arg);
	if (request == URFS_IOC_EXCHANGE)
		return exchange(arg);
	if (cmd->type == URFS_CMD_REGISTER)
		cmd->result = HANDLE;
	return 0;
}

static int io_submit(int fd, const void *data, size_t size)
{
	(void)fd;
	(void)data;
	(void)size;
	return 0;
}

static int io_map(int fd, size_t size, void **mem)
{
	(void)fd;
	if (size != ARENA)
		return -EINVAL;
	*mem = arena;
	return 0;
}

static void io_unmap(void *mem, size_t size)
{
	expect(mem == arena && size == ARENA);
}

static const struct urfs_transport kernel = { io_open, io_close, io_ioctl, io_submit, io_map, io_unmap };

/* ---- What a block says, in words of the specification ---- */

/* Return: 1: there is this string; 0: none; -1: it is not inside, or has no end */
static int model_str(const struct rfs_args *args, const struct urfs_str *str)
{
	if (!str->offset)
		return 0;
	if ((uint64_t)str->offset + str->length + 1 > args->block.length)
		return -1;
	return args->block.mem[str->offset + str->length] ? -1 : 1;
}

static bool model_is_good(const struct rfs_args *args, uint32_t op)
{
	const struct urfs_event *event = (const void *)args->block.mem;
	const struct urfs_str *data = &event->data;
	int i, bad = 0;

	if (args->piece && args->block.length >= sizeof(*event) &&
	    (data->offset < sizeof(*event) || !data->length ||
	     (uint64_t)data->offset + data->length > args->block.length))
		return false;

	if (!event || args->block.length < sizeof(*event) || event->size < sizeof(*event) ||
	    event->size > args->block.length || event->op != op)
		return false;
	for (i = 0; i < 2; i++) {
		bad |= model_str(args, &event->path[i].rule) < 0 || model_str(args, &event->path[i].rest) < 0;
		bad |= event->path[i].error > 0;
	}
	return !bad && model_str(args, &event->target) >= 0 && model_str(args, &event->exe) >= 0;
}

static long model_append(const struct rfs_args *args, const struct urfs_str *str, bool trim, char *to, size_t at)
{
	size_t len = str->length;

	memcpy(to + at, args->block.mem + str->offset, len);
	while (trim && len && to[at + len - 1] == '/')
		len--;
	return (long)(at + len);
}

static long model_path(const struct rfs_args *args, int which, char *to)
{
	const struct urfs_path *path = &args->event->path[which];
	int rule = model_str(args, &path->rule), rest = model_str(args, &path->rest);
	long len = 0;

	if (path->error)
		return path->error < 0 ? path->error : -EPROTO;
	if (rule < 0 || rest < 0)
		return -EPROTO;
	if (!rule && !rest)
		return -ENOENT;
	if (rule)
		len = model_append(args, &path->rule, rest && path->rest.length, to, 0);
	if (rest)
		len = model_append(args, &path->rest, false, to, (size_t)len);
	return len;
}

/* ---- The handler ---- */

/* An accessor that copies: the whole string, with its NUL, into a buffer that is just so long; or nothing. */
static void check_copy(const struct rfs_args *args, ssize_t (*get)(const struct rfs_args *, char *, size_t),
		       const char *want, long len)
{
	size_t size = fuzz_byte(&in) % 4 || len < 0 ? fuzz_below(&in, 64) : (size_t)len + fuzz_below(&in, 2);
	char *buf = malloc(size);
	ssize_t got = get(args, buf, size);

	if (len >= 0 && (size_t)len >= size)
		expect(got == -ERANGE);
	else
		expect(got == len && (len < 0 || (!memcmp(buf, want, (size_t)len) && !buf[len])));
	free(buf);
}

static ssize_t get_first(const struct rfs_args *args, char *buf, size_t size)
{
	return rfs_path(args, RFS_FIRST, buf, size);
}

static ssize_t get_second(const struct rfs_args *args, char *buf, size_t size)
{
	return rfs_path(args, RFS_SECOND, buf, size);
}

static void check_string(const struct rfs_args *args, const struct urfs_str *str,
			 ssize_t (*get)(const struct rfs_args *, char *, size_t))
{
	int there = model_str(args, str);

	check_copy(args, get, (const char *)args->block.mem + (there > 0 ? str->offset : 0),
		   there > 0 ? (long)str->length :
		   there     ? -EPROTO :
			       -ENOENT);
}

/* All of it can be written to, also when the block's own word for where it is has been scribbled over. */
static void check_data(struct rfs_args *args)
{
	struct rfs_data data;

	rfs_set_mmap_policy(args, fuzz_byte(&in));
	expect(rfs_data(args, &data) == (args->piece ? 0 : -ENOENT));
	if (!args->piece)
		return;
	expect(data.length && data.length <= args->block.length);
	memset(data.base, 0x3c, data.length);
	if (fuzz_byte(&in) % 2)
		rfs_data_changed(args);
}

static void look(const struct rfs_args *args)
{
	static char path[2 * ARENA];
	struct rfs_object object;
	struct rfs_caller caller;
	struct rfs_attr attr;
	struct rfs_io io;
	int which;

	check_copy(args, get_first, path, model_path(args, 0, path));
	check_copy(args, get_second, path, model_path(args, 1, path));
	check_string(args, &args->event->target, rfs_symlink_target);
	check_string(args, &args->event->exe, rfs_caller_exe);
	for (which = -1; which < 6; which++) {
		bool there = which >= 0 && which < 4 && args->event->objects >> which & 1;

		expect(rfs_object(args, (enum rfs_which)which, &object) == (there ? 0 : -ENOENT));
		rfs_path_flags(args, (enum rfs_which)which);
	}
	rfs_caller(args, &caller);
	check_data((struct rfs_args *)(uintptr_t)args);
	expect(rfs_attr(args, &attr) == (args->event->has_attr ? 0 : -ENOENT));
	expect(rfs_io(args, &io) == (args->event->has_io ? 0 : -ENOENT));
}

/* What a callback may answer, and what is just no errno any more. */
static long some_result(void)
{
	uint8_t kind = fuzz_byte(&in);

	return kind < 100 ? -(long)kind : kind < 200 ? -4090 - (long)kind % 10 : (long)fuzz_number(&in);
}

static void defer(rfs_context context, struct rfs_args *args)
{
	expect(!urfs_defer(context, args, &deferred[deferred_count]));
	/* from now on it is a copy, which goes on after the answer */
	look(urfs_handle_args(deferred[deferred_count++]));
}

static enum rfs_retv callback(rfs_context context, struct rfs_args *args)
{
	enum rfs_retv verdict = RFS_CONTINUE;

	expect(model_is_good(args, rfs_op(args)));
	look(args);
	if (rfs_op_data(context))
		memset(rfs_op_data(context), 0x5a, 64);
	switch (fuzz_byte(&in) % 12) {
	case 0:
		rfs_set_result(args, some_result());
		verdict = RFS_STOP;
		break;
	case 1:
		defer(context, args);
		return URFS_DEFERRED;
	case 2:
		verdict = (enum rfs_retv)fuzz_number(&in);
		/* not what it would have to mean */
		verdict = verdict == URFS_DEFERRED ? RFS_STOP : verdict;
		break;
	case 3:
	case 4:
		/* an operation in the middle of another one, whose block may even be the same */
		if (depth++ < 3)
			urfs_dispatch(&conn);
		depth--;
		look(args);
		break;
	case 5:
	case 6:
		fuzz_poke(&in, (void *)(uintptr_t)args->event, sizeof(*args->event), 4);
		look(args);
		break;
	case 7:
		rfs_unregister_filter(filter);
		look(args);
		break;
	}
	return verdict;
}

static enum rfs_err modified(union rfs_mod *mod)
{
	const char *path = mod->id == RFS_MOD_SET_PATH || mod->id == RFS_MOD_DEL_PATH ? mod->path.info->path : NULL;

	expect(mod->any.filter == filter && mod->any.private_data == &conn);
	/* the sanitizer follows it to its end */
	expect(!path || strlen(path) < ARENA);
	return (enum rfs_err)some_result();
}

/* ---- What happens ---- */

static void set_operations(void)
{
	uint8_t kinds = fuzz_byte(&in);
	struct rfs_op_info ops[] = {
		{ RFS_OP_OPEN, kinds & 1 ? callback : NULL, callback, 0 },
		{ RFS_OP_RENAME, callback, kinds & 2 ? callback : NULL, kinds & 4 ? RFS_OP_PRE_NOTIFY : 0 },
		{ RFS_OP_RELEASE, NULL, callback, kinds & 8 ? RFS_OP_POST_NOTIFY : 0 },
		{ RFS_OP_READ, kinds & 32 ? callback : NULL, callback, kinds & 16 ? RFS_OP_DATA : 0 },
		{ RFS_OP_WRITE, callback, kinds & 32 ? callback : NULL, kinds & 64 ? RFS_OP_DATA : 0 },
		{ RFS_OP_END, NULL, NULL, 0 },
	};

	expect(rfs_set_operations(filter, ops) == RFS_ERR_OK);
}

static void reply_deferred(void)
{
	struct urfs_handle *handle;

	if (!deferred_count)
		return;
	handle = deferred[--deferred_count];
	look(urfs_handle_args(handle));
	urfs_reply(handle, fuzz_byte(&in) % 8 ? RFS_STOP : fuzz_byte(&in), some_result());
}

static void log_line(void *data, enum urfs_log_level level, const char *text)
{
	expect(data == &conn && level <= URFS_LOG_DEBUG && strlen(text));
}

static void set_up(void)
{
	struct urfs_policy policy = { .size = sizeof(policy), .valid = URFS_POLICY_ON_TIMEOUT };

	policy.on_timeout = (struct urfs_verdict){ URFS_DENY, EACCES };
	expect(!urfs_set_log(&conn, log_line, &conn));
	expect(!urfs_filter_alloc(&filter, &conn));
	expect(!urfs_set_policy(filter, &policy));
	rfs_set_private_data(filter, &conn);
	if (fuzz_byte(&in) % 8)
		rfs_set_mod_cb(filter, modified);
	set_operations();
}

static void step(void)
{
	struct rfs_filter_info info = { .name = "fuzz", .size = sizeof(info), .op_data_size = 64 };
	uint8_t what = fuzz_byte(&in);

	if (what < 190)
		urfs_dispatch(&conn);
	else if (what < 215)
		reply_deferred();
	else if (what < 220)
		rfs_unregister_filter(filter);
	else if (what < 235)
		set_operations();
	else
		rfs_register_filter(&filter, &info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rfs_filter_info info = { .name = "fuzz", .size = sizeof(info), .op_data_size = 64 };
	unsigned int i;

	in = (struct fuzz){ data, size };
	arena = aligned_alloc(4096, ARENA);
	memset(arena, 0xa5, ARENA);
	sent_count = operation_count = deferred_count = depth = 0;
	next_operation = 0;
	urfs_transport = &kernel;
	if (!urfs_open(&conn)) {
		set_up();
		expect(rfs_register_filter(&filter, &info) == RFS_ERR_OK);
		while (in.left)
			step();
		while (deferred_count)
			reply_deferred();
		for (i = 0; i < sent_count; i++)
			expect(!sent[i].is_open);
		urfs_close(&conn);
	}
	ASAN_UNPOISON_MEMORY_REGION(arena, ARENA);
	free(arena);
	return 0;
}
