// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * conn.c - the connection: opened, agreed upon, used, closed
 *
 * LIFETIME: urfs_open() makes the object and urfs_close() ends the connection, but the memory stays until the last
 * filter and the last request that somebody still wants to answer are gone. The descriptor is used without a lock by
 * threads that serve (urfs_close() must not run beside them), and under fd_lock by those that may outlive it.
 *
 * FORK: a child has a copy of the object, and of the descriptor, but not of the arena, and the kernel would refuse it.
 * Every call compares the process id. Closing the copy of the descriptor does not end the parent's connection.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define DEVICE "/dev/urfs"

int urfs_conn_mine(struct urfs_impl *conn)
{
	return getpid() == conn->owner ? 0 : -EPERM;
}

int urfs_conn_get(struct urfs_conn *conn, struct urfs_impl **impl)
{
	if (!conn || !conn->impl)
		return -EBADF;
	*impl = conn->impl;
	return urfs_conn_mine(*impl);
}

static void conn_free(struct urfs_impl *conn)
{
	pthread_mutex_destroy(&conn->list_lock);
	pthread_mutex_destroy(&conn->run_lock);
	pthread_mutex_destroy(&conn->ctx_lock);
	pthread_mutex_destroy(&conn->data_lock);
	pthread_cond_destroy(&conn->data_changed);
	pthread_mutex_destroy(&conn->soft_lock);
	pthread_cond_destroy(&conn->run_changed);
	pthread_cond_destroy(&conn->soft_changed);
	pthread_rwlock_destroy(&conn->fd_lock);
	pthread_rwlock_destroy(&conn->log_lock);
	free(conn);
}

void urfs_conn_put(struct urfs_impl *conn)
{
	if (atomic_fetch_sub(&conn->refs, 1) == 1)
		conn_free(conn);
}

static struct urfs_impl *conn_new(void)
{
	struct urfs_impl *conn = calloc(1, sizeof(*conn));
	pthread_condattr_t monotonic;

	if (!conn)
		return NULL;
	conn->fd = -1;
	conn->owner = getpid();
	atomic_init(&conn->refs, 1);
	pthread_mutex_init(&conn->list_lock, NULL);
	pthread_mutex_init(&conn->run_lock, NULL);
	pthread_mutex_init(&conn->ctx_lock, NULL);
	pthread_mutex_init(&conn->data_lock, NULL);
	pthread_cond_init(&conn->data_changed, NULL);
	pthread_mutex_init(&conn->soft_lock, NULL);
	pthread_cond_init(&conn->run_changed, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&conn->soft_changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_rwlock_init(&conn->fd_lock, NULL);
	pthread_rwlock_init(&conn->log_lock, NULL);
	list_init(&conn->filters);
	list_init(&conn->servers);
	list_init(&conn->soft);
	urfs_ctx_init(conn);
	urfs_data_init(conn);
	return conn;
}

/* Agree on the protocol and map the arena. */
static int conn_agree(struct urfs_impl *conn, uint64_t arena_size)
{
	struct urfs_hello hello = {
		.version = URFS_ABI_VERSION,
		.arena_size = arena_size,
	};
	void *arena;
	int err;

	err = conn->io->ioctl(conn->fd, URFS_IOC_HELLO, &hello);
	if (err)
		return err;
	/* a device that answers, but is something else */
	if (!hello.version || hello.version > URFS_ABI_VERSION || hello.msg_size != sizeof(struct urfs_msg) ||
	    hello.cmd_size != sizeof(struct urfs_cmd) || hello.event_size < sizeof(struct urfs_event) ||
	    !hello.arena_size || hello.arena_size > SIZE_MAX)
		return -EPROTO;
	conn->deadline_ms = hello.deadline_ms;
	conn->version = hello.version;
	err = conn->io->map(conn->fd, hello.arena_size, &arena);
	if (err)
		return err;
	conn->arena = arena;
	conn->arena_size = hello.arena_size;
	return 0;
}

int urfs_open_with(struct urfs_conn *conn, const struct urfs_open_info *info)
{
	struct urfs_impl *impl;
	size_t i;
	int err;

	if (!conn || !info || info->size != sizeof(*info) || info->flags)
		return -EINVAL;
	for (i = 0; i < sizeof(info->reserved) / sizeof(info->reserved[0]); i++)
		if (info->reserved[i])
			return -EINVAL;
	memset(conn, 0, sizeof(*conn));
	impl = conn_new();
	if (!impl)
		return -ENOMEM;
	impl->io = urfs_transport;
	impl->fd = impl->io->open(info->device ? info->device : DEVICE);
	if (impl->fd < 0) {
		err = impl->fd;
		goto put;
	}
	err = conn_agree(impl, (uint64_t)info->arena_kib * 1024);
	/* ENOTTY: no urfs device; for the caller that is one more version it cannot speak */
	if (err == -ENOTTY)
		err = -EPROTO;
	if (err)
		goto close;
	conn->impl = impl;
	return 0;
close:
	impl->io->close(impl->fd);
put:
	urfs_conn_put(impl);
	return err;
}

int urfs_open(struct urfs_conn *conn)
{
	struct urfs_open_info info = { .size = sizeof(info) };

	return urfs_open_with(conn, &info);
}

/*
 * A child only gives back the descriptor: there is no other thread, and nothing in the kernel is its own. The object is
 * left to the end of the process, where leak checkers see it, because fork() may have copied it in any state.
 */
static void conn_close_in_child(struct urfs_impl *conn)
{
	static struct urfs_impl *abandoned;

	conn->io->close(conn->fd);
	conn->abandoned = abandoned;
	abandoned = conn;
}

void urfs_close(struct urfs_conn *conn)
{
	struct urfs_impl *impl;
	struct list *node, *safe;

	if (!conn || !conn->impl)
		return;
	impl = conn->impl;
	conn->impl = NULL;
	if (urfs_conn_mine(impl)) {
		conn_close_in_child(impl);
		return;
	}
	urfs_soft_stop(impl);
	pthread_rwlock_wrlock(&impl->fd_lock);
	impl->closed = true;
	impl->io->close(impl->fd);
	impl->fd = -1;
	pthread_rwlock_unlock(&impl->fd_lock);
	impl->io->unmap(impl->arena, impl->arena_size);
	impl->arena = NULL;

	/* the kernel has forgotten the filters; take what is left of them */
	urfs_ctx_free_all(impl);
	urfs_data_drop(impl, NULL);
	list_for_each(node, safe, &impl->filters)
		urfs_filter_free(list_entry(node, struct rfs_flt, node));
	free(atomic_exchange(&impl->map, NULL));
	urfs_conn_put(impl);
}

int urfs_conn_command(struct urfs_impl *conn, struct urfs_cmd *cmd)
{
	int err = urfs_conn_mine(conn);

	if (err)
		return err;
	if (conn->closed)
		return -EBADF;
	do
		err = conn->io->ioctl(conn->fd, URFS_IOC_COMMAND, cmd);
	while (err == -EINTR);
	return err ? err : cmd->error;
}

int urfs_conn_reply(struct urfs_handle *request, struct urfs_reply *reply)
{
	struct urfs_impl *conn = request->conn;
	const struct rfs_args *args = &request->args;
	struct urfs_exchange exchange = {
		.replies = (uintptr_t)reply,
		.nr_replies = 1,
	};
	int err = urfs_conn_mine(conn);

	if (err)
		return err;
	reply->error = 0;
	pthread_rwlock_rdlock(&conn->fd_lock);
	if (conn->closed) {
		err = -EBADF;
	} else {
		/* the block is this request's until it is answered, which nobody else may do, and there as long as it is open */
		if (reply->flags & URFS_REPLY_DATA)
			memcpy(conn->arena + request->home + args->data_at, args->block.mem + args->data_at,
			       args->data_length);
		err = conn->io->ioctl(conn->fd, URFS_IOC_EXCHANGE, &exchange);
	}
	pthread_rwlock_unlock(&conn->fd_lock);
	if (err)
		return err;
	if (reply->error == -ESRCH)
		atomic_fetch_add(&conn->count.late, 1);
	return reply->error;
}

int urfs_open_object(const struct rfs_args *args, enum rfs_which which)
{
	struct urfs_open_object object = { .which = (uint32_t)which };
	struct urfs_impl *conn;
	int err;

	if (!args)
		return -EINVAL;
	conn = args->conn;
	object.id = args->id;
	err = urfs_conn_mine(conn);
	if (err)
		return err;
	pthread_rwlock_rdlock(&conn->fd_lock);
	if (conn->closed)
		err = -EBADF;
	else
		err = conn->io->ioctl(conn->fd, URFS_IOC_OPEN_OBJECT, &object);
	pthread_rwlock_unlock(&conn->fd_lock);
	return err ? err : object.fd;
}

int urfs_set_exempt(struct urfs_conn *conn, int who, int cgroup)
{
	struct urfs_cmd cmd = { .type = URFS_CMD_SET_EXEMPT };
	struct urfs_impl *impl;
	int err = urfs_conn_get(conn, &impl);

	if (err)
		return err;
	switch (who) {
	case URFS_EXEMPT_CHILDREN:
		cmd.flags = URFS_EXEMPT_DESCENDANTS;
		break;
	case URFS_EXEMPT_IN_CGROUP:
		cmd.flags = URFS_EXEMPT_CGROUP;
		cmd.value = cgroup;
		break;
	case URFS_EXEMPT_NOBODY:
		cmd.flags = URFS_EXEMPT_NONE;
		break;
	default:
		return -EINVAL;
	}
	return urfs_conn_command(impl, &cmd);
}

int urfs_get_stats(struct urfs_conn *conn, struct urfs_stats *stats)
{
	struct urfs_impl *impl;
	int err = urfs_conn_get(conn, &impl);
	struct urfs_stats all = { 0 };

	if (err)
		return err;
	/* a program that was built when there were fewer counters gets those */
	if (!stats || stats->size < offsetof(struct urfs_stats, callbacks))
		return -EINVAL;
	all.size = stats->size < sizeof(all) ? stats->size : sizeof(all);
	all.callbacks = atomic_load(&impl->count.callbacks);
	all.late = atomic_load(&impl->count.late);
	all.soft = atomic_load(&impl->count.soft);
	all.lost = atomic_load(&impl->count.lost);
	all.cancelled = atomic_load(&impl->count.cancelled);
	all.malformed = atomic_load(&impl->count.malformed);
	memcpy(stats, &all, all.size);
	return 0;
}
