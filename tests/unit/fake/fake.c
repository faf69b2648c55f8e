// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fake.c - a urfs.ko inside the test's process
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "liburfs/src/transport.h"
#include "fake.h"
#include "rfs.h"

#define FD 12345
#define FD_CONTROL 12346
#define MAX_REQUESTS 200000
#define MAX_MESSAGES 4096
#define TEXT_MAX 4200

enum state { FREE, QUEUED, RECEIVED, CANCELLED, DONE };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pid_t owner;
	bool open, dead, on;
	unsigned char *arena;
	unsigned char blocks[FAKE_ARENA / FAKE_BLOCK]; /* in use */
	enum state *state;
	struct urfs_reply *reply;
	uint32_t *block_of;
	uint32_t *data_of;
	uint32_t *filter_of;
	uint64_t next_id;
	struct urfs_msg queue[MAX_MESSAGES];
	unsigned int head, count;
	unsigned int kicks, kicked;
	struct urfs_cmd last[URFS_CMD_REQUEUE + 1];
	char text[URFS_CMD_REQUEUE + 1][TEXT_MAX];
	unsigned int seen[URFS_CMD_REQUEUE + 1], when[URFS_CMD_REQUEUE + 1];
	unsigned int clock, late, waiting;
	struct fcdlctl_policy policy;
	uint32_t next_filter;
	uint64_t cookies[2][4]; /* of objects, and of files, which are the same in every operation */
} fake = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

struct fake_faults fake_faults;

static int fake_open(const char *path)
{
	if (!strcmp(path, "/dev/fcdlctl"))
		return FD_CONTROL;
	if (fake_faults.open)
		return fake_faults.open;
	pthread_mutex_lock(&fake.lock);
	fake.open = true;
	fake.owner = getpid();
	pthread_mutex_unlock(&fake.lock);
	return FD;
}

static int fake_close(int fd)
{
	if (fd != FD || getpid() != fake.owner)
		return 0;
	pthread_mutex_lock(&fake.lock);
	fake.open = false;
	fake.dead = true;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
	return 0;
}

static int fake_map(int fd, size_t size, void **mem)
{
	if (fd != FD || size != FAKE_ARENA)
		return -EINVAL;
	if (fake_faults.map)
		return fake_faults.map;
	*mem = fake.arena;
	return 0;
}

static void fake_unmap(void *mem, size_t size)
{
	(void)mem;
	(void)size;
}

static int fake_hello(struct urfs_hello *hello)
{
	if (fake_faults.hello)
		return fake_faults.hello;
	hello->version = fake_faults.version ? fake_faults.version : hello->version;
	hello->arena_size = FAKE_ARENA;
	hello->max_pending = 1024;
	hello->msg_size = fake_faults.msg_size ? fake_faults.msg_size : sizeof(struct urfs_msg);
	hello->cmd_size = sizeof(struct urfs_cmd);
	hello->event_size = sizeof(struct urfs_event);
	hello->deadline_ms = 5000;
	return 0;
}

/* ---- With the lock held ---- */

static void queue_push(const struct urfs_msg *msg)
{
	if (fake.count == MAX_MESSAGES)
		abort();
	fake.queue[(fake.head + fake.count++) % MAX_MESSAGES] = *msg;
	pthread_cond_broadcast(&fake.changed);
}

static int32_t give(const struct urfs_reply *reply)
{
	if (!reply->id || reply->id >= fake.next_id)
		return -ESRCH;
	switch (fake.state[reply->id]) {
	case RECEIVED:
		fake.state[reply->id] = DONE;
		fake.reply[reply->id] = *reply;
		fake.when[URFS_CMD_REPLY] = ++fake.clock;
		fake.blocks[fake.block_of[reply->id]] = 0;
		pthread_cond_broadcast(&fake.changed);
		return 0;
	case CANCELLED:
		fake.state[reply->id] = DONE;
		fake.blocks[fake.block_of[reply->id]] = 0;
		pthread_cond_broadcast(&fake.changed);
		/* fall through */
	default:
		fake.late++;
		return -ESRCH;
	}
}

static void remember(const struct urfs_cmd *cmd)
{
	fake.last[cmd->type] = *cmd;
	fake.seen[cmd->type]++;
	fake.when[cmd->type] = ++fake.clock;
	memset(fake.text[cmd->type], 0, TEXT_MAX);
	if (cmd->ptr && cmd->length < TEXT_MAX)
		memcpy(fake.text[cmd->type], (const void *)(uintptr_t)cmd->ptr, cmd->length);
}

static void merge_policy(const struct fcdlctl_policy *policy)
{
	fake.policy.valid |= policy->valid;
	if (policy->valid & FCDLCTL_POLICY_DEADLINE)
		fake.policy.deadline_ms = policy->deadline_ms;
	if (policy->valid & FCDLCTL_POLICY_ON_TIMEOUT)
		fake.policy.on_timeout = policy->on_timeout;
	if (policy->valid & FCDLCTL_POLICY_ON_EXIT)
		fake.policy.on_exit = policy->on_exit;
}

/* The caller stops waiting. */
static void cancel(uint64_t id, uint32_t why)
{
	struct urfs_msg msg = { .type = URFS_MSG_CANCELLED, .id = id, .flags = why };

	if (fake.state[id] == RECEIVED) {
		fake.state[id] = CANCELLED;
		queue_push(&msg);
	} else if (fake.state[id] == QUEUED) {
		fake.state[id] = DONE;
		fake.blocks[fake.block_of[id]] = 0;
	}
}

/* Its callers get on_exit. */
static void unregister(uint32_t filter)
{
	uint64_t id;

	for (id = 1; id < fake.next_id; id++)
		if (fake.filter_of[id] == filter)
			cancel(id, URFS_CANCELLED_GONE);
}

static void command(struct urfs_cmd *cmd)
{
	remember(cmd);
	if (fake_faults.command == (int)cmd->type) {
		cmd->error = fake_faults.command_error;
		return;
	}
	switch (cmd->type) {
	case URFS_CMD_REGISTER:
		cmd->result = fake.next_filter++;
		break;
	case URFS_CMD_UNREGISTER:
		unregister(cmd->filter);
		break;
	case URFS_CMD_SET_PATH:
		cmd->result = cmd->flags | RFS_PATH_REPLACED;
		break;
	case URFS_CMD_SET_POLICY:
		merge_policy((const void *)(uintptr_t)cmd->ptr);
		break;
	case URFS_CMD_SWITCH_CALLBACKS:
		fake.on = cmd->value;
		break;
	}
}

/* Take one message. */
static bool take(struct urfs_msg *msg)
{
	if (fake.kicks) {
		fake.kicks--;
		memset(msg, 0, sizeof(*msg));
		msg->type = URFS_MSG_COMMAND_REPLY;
		msg->error = -ENOENT;
		return true;
	}
	while (fake.count) {
		*msg = fake.queue[fake.head];
		fake.head = (fake.head + 1) % MAX_MESSAGES;
		fake.count--;
		pthread_cond_broadcast(&fake.changed);
		if (msg->type != URFS_MSG_CALLBACK && msg->type != URFS_MSG_MODIFY)
			return true;
		/* withdrawn before anybody saw it */
		if (fake.state[msg->id] != QUEUED)
			continue;
		fake.state[msg->id] = RECEIVED;
		return true;
	}
	return false;
}

static int exchange(struct urfs_exchange *ex)
{
	struct urfs_reply *replies = (void *)(uintptr_t)ex->replies;
	struct urfs_msg *messages = (void *)(uintptr_t)ex->messages;
	uint32_t i;

	for (i = 0; i < ex->nr_replies; i++)
		replies[i].error = give(&replies[i]);
	/* as the kernel does: for whoever looks, before the wait */
	__atomic_store_n(&ex->taken, ex->nr_replies, __ATOMIC_RELEASE);
	__atomic_store_n(&ex->received, 0, __ATOMIC_RELAXED);
	if (!ex->nr_messages)
		return 0;
	fake.waiting++;
	while (!take(messages)) {
		if (fake.dead || !ex->timeout_ns) {
			fake.waiting--;
			return fake.dead ? -ESTALE : 0;
		}
		pthread_cond_wait(&fake.changed, &fake.lock);
	}
	fake.waiting--;
	__atomic_store_n(&ex->received, 1, __ATOMIC_RELAXED);
	return 0;
}

static int open_object(struct urfs_open_object *object)
{
	if (!object->id || object->id >= fake.next_id || object->flags || object->fd || object->reserved)
		return -EINVAL;
	if (fake.state[object->id] == CANCELLED)
		return -ESTALE;
	if (fake.state[object->id] != RECEIVED)
		return -ESRCH;
	object->fd = FAKE_OBJECT + (int)object->which;
	return 0;
}

static int cookie(struct urfs_cookie *c)
{
	uint64_t *place = &fake.cookies[!!(c->flags & URFS_COOKIE_FILE)][c->which % 4];

	if (fake_faults.cookie)
		return fake_faults.cookie;
	if (!c->id || c->id >= fake.next_id || c->which > RFS_SECOND_PARENT)
		return -EINVAL;
	if (fake.state[c->id] == CANCELLED)
		return -ESTALE;
	if (fake.state[c->id] != RECEIVED)
		return -ESRCH;
	if (c->flags & URFS_COOKIE_TAKE) {
		c->cookie = *place;
		*place = 0;
		return c->cookie ? 0 : -ENOENT;
	}
	if (!*place)
		*place = c->cookie;
	c->cookie = *place;
	return 0;
}

/* A name as the control device takes it: a NUL, and zeros behind it. */
static bool name_is_good(const char *name, size_t size)
{
	size_t len = strnlen(name, size);

	if (!len || len == size)
		return false;
	while (len < size)
		if (name[len++])
			return false;
	return true;
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	int err = 0;

	if (fd == FD_CONTROL) {
		struct fcdlctl_policy *policy = arg;

		if (!name_is_good(policy->filter, sizeof(policy->filter)))
			return -EINVAL;
		pthread_mutex_lock(&fake.lock);
		memcpy(fake.policy.filter, policy->filter, sizeof(policy->filter));
		*policy = fake.policy;
		policy->valid = FCDLCTL_POLICY_ALL;
		pthread_mutex_unlock(&fake.lock);
		return 0;
	}
	if (fd != FD)
		return -EBADF;
	if (getpid() != fake.owner)
		return -EPERM;
	pthread_mutex_lock(&fake.lock);
	if (fake.dead)
		err = -ESTALE;
	else if (request == URFS_IOC_HELLO)
		err = fake_hello(arg);
	else if (request == URFS_IOC_COMMAND)
		command(arg);
	else if (request == URFS_IOC_EXCHANGE)
		err = exchange(arg);
	else if (request == URFS_IOC_OPEN_OBJECT)
		err = open_object(arg);
	else if (request == URFS_IOC_COOKIE)
		err = cookie(arg);
	else
		err = -ENOTTY;
	pthread_mutex_unlock(&fake.lock);
	return err;
}

static int fake_submit(int fd, const void *data, size_t size)
{
	struct urfs_cmd cmd;

	if (fd != FD || size != sizeof(cmd))
		return -EINVAL;
	memcpy(&cmd, data, sizeof(cmd));
	pthread_mutex_lock(&fake.lock);
	/* all that liburfs writes are kicks, which must change nothing */
	if (cmd.type != URFS_CMD_DEACTIVATE || cmd.filter != UINT32_MAX)
		abort();
	fake.kicked++;
	if (fake.kicks < URFS_BATCH_MAX)
		fake.kicks++;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
	return 0;
}

static const struct urfs_transport transport = {
	.open = fake_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.submit = fake_submit,
	.map = fake_map,
	.unmap = fake_unmap,
};

void fake_reset(void)
{
	/* a child of fork() may have got them in any state */
	pthread_mutex_init(&fake.lock, NULL);
	pthread_cond_init(&fake.changed, NULL);
	free(fake.arena);
	free(fake.state);
	free(fake.reply);
	free(fake.block_of);
	free(fake.data_of);
	free(fake.filter_of);
	memset(&fake.owner, 0, sizeof(fake) - offsetof(__typeof__(fake), owner));
	memset(&fake_faults, 0, sizeof(fake_faults));
	if (posix_memalign((void **)&fake.arena, 4096, FAKE_ARENA))
		abort();
	fake.state = calloc(MAX_REQUESTS, sizeof(*fake.state));
	fake.reply = calloc(MAX_REQUESTS, sizeof(*fake.reply));
	fake.block_of = calloc(MAX_REQUESTS, sizeof(*fake.block_of));
	fake.data_of = calloc(MAX_REQUESTS, sizeof(*fake.data_of));
	fake.filter_of = calloc(MAX_REQUESTS, sizeof(*fake.filter_of));
	fake.next_id = 1;
	fake.next_filter = 7;
	fake.policy.on_timeout.action = FCDLCTL_ALLOW;
	urfs_transport = &transport;
}

/* ---- What the caller in the kernel would do ---- */

static void until(struct timespec *end, unsigned int ms)
{
	clock_gettime(CLOCK_REALTIME, end);
	end->tv_sec += ms / 1000;
	end->tv_nsec += (long)(ms % 1000) * 1000000;
	if (end->tv_nsec >= 1000000000) {
		end->tv_sec++;
		end->tv_nsec -= 1000000000;
	}
}

/* With the lock held: a block nobody has. Waits for one, as on_overload WAIT would. */
static uint32_t get_block(void)
{
	uint32_t i;

	for (;;) {
		for (i = 0; i < FAKE_ARENA / FAKE_BLOCK; i++) {
			if (!fake.blocks[i]) {
				fake.blocks[i] = 1;
				return i;
			}
		}
		pthread_cond_wait(&fake.changed, &fake.lock);
	}
}

static uint64_t new_request(struct urfs_msg *msg, uint32_t block)
{
	msg->id = fake.next_id++;
	if (msg->id >= MAX_REQUESTS)
		abort();
	msg->offset = (uint64_t)block * FAKE_BLOCK;
	fake.block_of[msg->id] = block;
	fake.filter_of[msg->id] = msg->filter;
	fake.state[msg->id] = QUEUED;
	return msg->id;
}

static void put_str(unsigned char *block, uint32_t *end, struct urfs_str *str, const char *text)
{
	str->offset = 0;
	str->length = 0;
	if (!text)
		return;
	str->offset = *end;
	str->length = (uint32_t)strlen(text);
	memcpy(block + *end, text, str->length + 1);
	*end += str->length + 1;
}

static void put_data(unsigned char *block, uint32_t *end, struct urfs_event *event, const struct fake_event *from)
{
	*end = (*end + 63) / 64 * 64;
	event->data.offset = *end;
	event->data.length = (uint32_t)strlen(from->data);
	event->data_offset = from->data_offset;
	memcpy(block + *end, from->data, event->data.length);
	*end += event->data.length;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void fill_event(struct urfs_event *event, const struct fake_event *from, uint32_t *end)
{
	unsigned char *block = (unsigned char *)event;

	memset(event, 0, sizeof(*event));
	event->size = sizeof(*event);
	event->op = from->op;
	event->op_flags = RFS_OPF_LOCKED;
	event->objects = 0x5;
	event->time_ns = FAKE_TIME_NS;
	event->result = from->result;
	event->rdev = 0x801;
	event->open_flags = 02;
	event->mode = 0100644;
	event->rename_flags = 1;
	event->has_attr = from->op == RFS_OP_SETATTR;
	event->has_io = from->op == RFS_OP_READ;
	event->io.offset = 88;
	event->attr.valid = RFS_ATTR_SIZE;
	event->attr.size = 77;
	event->caller.pid = 4711;
	if (from->data)
		put_data(block, end, event, from);
	memcpy(event->caller.comm, "caller", 7);
	event->object[0].ino = 11;
	event->object[2].ino = 13;
	put_str(block, end, &event->path[0].rule, from->rule);
	put_str(block, end, &event->path[0].rest, from->rest);
	put_str(block, end, &event->path[1].rest, from->rest2);
	event->path[0].flags = from->rule ? RFS_PATHF_RULE : RFS_PATHF_FS_ROOT;
	if (!from->rule && !from->rest)
		event->path[0].error = -ESTALE;
	if (!from->rest2)
		event->path[1].error = -ENOENT;
	put_str(block, end, &event->target, from->target);
	put_str(block, end, &event->exe, from->exe);
}

uint64_t fake_ask(const struct fake_event *from)
{
	struct urfs_msg msg = {
		.type = URFS_MSG_CALLBACK,
		.filter = from->filter,
		.operation = from->operation,
		.flags = from->flags,
		.op = from->op,
	};
	uint32_t end = sizeof(struct urfs_event);
	struct urfs_event *event;
	uint64_t id;
	uint32_t block;

	pthread_mutex_lock(&fake.lock);
	block = get_block();
	event = (void *)(fake.arena + (size_t)block * FAKE_BLOCK);
	fill_event(event, from, &end);
	if (from->deadline_ms)
		msg.deadline_ns = now_ns() + from->deadline_ms * 1000000;
	msg.length = end;
	id = new_request(&msg, block);
	memcpy(event->file_cookie, fake.cookies[1], sizeof(event->file_cookie));
	memcpy(event->inode_cookie, fake.cookies[0], sizeof(event->inode_cookie));
	fake.data_of[id] = event->data.offset;
	if (from->spoil)
		from->spoil(&msg, event);
	queue_push(&msg);
	pthread_mutex_unlock(&fake.lock);
	return id;
}

uint64_t fake_modify(uint32_t filter, uint32_t mod, const char *path, uint32_t path_flags)
{
	struct urfs_msg msg = { .type = URFS_MSG_MODIFY, .filter = filter, .op = mod };
	uint32_t end = sizeof(struct urfs_modify);
	struct urfs_modify *modify;
	uint32_t block;
	uint64_t id;

	pthread_mutex_lock(&fake.lock);
	block = get_block();
	modify = (void *)(fake.arena + (size_t)block * FAKE_BLOCK);
	memset(modify, 0, sizeof(*modify));
	modify->size = sizeof(*modify);
	modify->mod = mod;
	modify->path_flags = path_flags;
	if (mod == RFS_MOD_SET_POLICY)
		modify->policy = (struct fcdlctl_policy){ .valid = FCDLCTL_POLICY_DEADLINE, .deadline_ms = 1234 };
	put_str((unsigned char *)modify, &end, &modify->path, path);
	msg.length = end;
	id = new_request(&msg, block);
	queue_push(&msg);
	pthread_mutex_unlock(&fake.lock);
	return id;
}

void fake_message(const struct urfs_msg *msg)
{
	pthread_mutex_lock(&fake.lock);
	queue_push(msg);
	pthread_mutex_unlock(&fake.lock);
}

void fake_cancel(uint64_t id, uint32_t why)
{
	pthread_mutex_lock(&fake.lock);
	cancel(id, why);
	pthread_mutex_unlock(&fake.lock);
}

bool fake_answer(uint64_t id, unsigned int ms, struct urfs_reply *reply)
{
	struct timespec end;
	bool done;

	until(&end, ms);
	pthread_mutex_lock(&fake.lock);
	while (fake.state[id] != DONE && !pthread_cond_timedwait(&fake.changed, &fake.lock, &end))
		;
	done = fake.state[id] == DONE;
	if (reply)
		*reply = fake.reply[id];
	pthread_mutex_unlock(&fake.lock);
	return done;
}

const char *fake_data(uint64_t id)
{
	const char *data;

	pthread_mutex_lock(&fake.lock);
	data = (const char *)fake.arena + (size_t)fake.block_of[id] * FAKE_BLOCK + fake.data_of[id];
	pthread_mutex_unlock(&fake.lock);
	return data;
}

bool fake_is_received(uint64_t id)
{
	bool received;

	pthread_mutex_lock(&fake.lock);
	received = fake.state[id] == RECEIVED;
	pthread_mutex_unlock(&fake.lock);
	return received;
}

static bool is_idle(void)
{
	size_t i;

	for (i = 0; i < sizeof(fake.blocks); i++)
		if (fake.blocks[i])
			return false;
	return !fake.count;
}

bool fake_idle(unsigned int ms)
{
	struct timespec end;
	bool idle;

	until(&end, ms);
	pthread_mutex_lock(&fake.lock);
	while (!(idle = is_idle()) && !pthread_cond_timedwait(&fake.changed, &fake.lock, &end))
		;
	pthread_mutex_unlock(&fake.lock);
	return idle;
}

void fake_die(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.dead = true;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
}

/* ---- What the library did ---- */

unsigned int fake_commands(uint32_t type, struct urfs_cmd *last, char *text)
{
	unsigned int seen;

	pthread_mutex_lock(&fake.lock);
	seen = fake.seen[type];
	if (last)
		*last = fake.last[type];
	if (text)
		memcpy(text, fake.text[type], TEXT_MAX);
	pthread_mutex_unlock(&fake.lock);
	return seen;
}

unsigned int fake_when(uint32_t type)
{
	unsigned int when;

	pthread_mutex_lock(&fake.lock);
	when = fake.when[type];
	pthread_mutex_unlock(&fake.lock);
	return when;
}

unsigned int fake_late(void)
{
	unsigned int late;

	pthread_mutex_lock(&fake.lock);
	late = fake.late;
	pthread_mutex_unlock(&fake.lock);
	return late;
}

unsigned int fake_waiting(void)
{
	unsigned int waiting;

	pthread_mutex_lock(&fake.lock);
	waiting = fake.waiting;
	pthread_mutex_unlock(&fake.lock);
	return waiting;
}

unsigned int fake_kicked(void)
{
	unsigned int kicked;

	pthread_mutex_lock(&fake.lock);
	kicked = fake.kicked;
	pthread_mutex_unlock(&fake.lock);
	return kicked;
}

bool fake_is_open(void)
{
	bool open;

	pthread_mutex_lock(&fake.lock);
	open = fake.open;
	pthread_mutex_unlock(&fake.lock);
	return open;
}

uint64_t fake_cookie(uint32_t which, uint32_t flags, uint64_t instead)
{
	uint64_t *place = &fake.cookies[!!(flags & URFS_COOKIE_FILE)][which], was;

	pthread_mutex_lock(&fake.lock);
	was = *place;
	*place = instead;
	pthread_mutex_unlock(&fake.lock);
	return was;
}
