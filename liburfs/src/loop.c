// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * loop.c - threads that take messages: one system call gives the last answer and waits for the next question
 *
 * A loop sleeps in the kernel without a time-out. To make it leave, a kick is sent: a command that fails and changes
 * nothing, written to the descriptor as a signal handler may, whose COMMAND_REPLY wakes one of the loops. That one looks
 * whether it should leave; if others should and are asleep, it passes the kick on. One that runs a callback is not asleep
 * and looks before it sleeps: passing a kick on to it would mean to read it again and again until the callback returns.
 * Kicks that nobody waits for are read later and mean nothing.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "internal.h"
#include "rcu.h"

/* No filter has this handle: a command for it is refused. */
#define NO_FILTER UINT32_MAX
#define KICK_ID UINT64_MAX

/* async-signal-safe */
static int loop_kick(struct urfs_impl *conn)
{
	struct urfs_cmd cmd = {
		.type = URFS_CMD_DEACTIVATE,
		.filter = NO_FILTER,
		.id = KICK_ID,
	};
	int err = conn->io->submit(conn->fd, &cmd, sizeof(cmd));

	/* so many kicks are there unread that one more would make no difference */
	return err == -EAGAIN ? 0 : err;
}

static bool loop_should_leave(struct urfs_server *server)
{
	return atomic_load(&server->conn->stop) || (server->group && atomic_load(&server->group->stop)) ||
	       (server->target && !urfs_filter_is_registered(server->target));
}

/* Is there a loop besides @self that should leave and must be woken for that? */
static bool loop_others_should_wake(struct urfs_impl *conn, struct urfs_server *self)
{
	struct list *node, *safe;
	bool others = false;

	pthread_mutex_lock(&conn->run_lock);
	list_for_each(node, safe, &conn->servers) {
		struct urfs_server *server = list_entry(node, struct urfs_server, node);

		others |= server != self && atomic_load(&server->asleep) && loop_should_leave(server);
	}
	pthread_mutex_unlock(&conn->run_lock);
	return others;
}

void urfs_loop_look(struct urfs_impl *conn)
{
	if (loop_others_should_wake(conn, NULL))
		loop_kick(conn);
}

void urfs_loop_kicked(struct urfs_server *server)
{
	if ((server->waits && loop_should_leave(server)) || !loop_others_should_wake(server->conn, server))
		return;
	/* meant for somebody else, who should be the one to read it this time */
	loop_kick(server->conn);
	sched_yield();
}

static void server_begin(struct urfs_server *server)
{
	pthread_mutex_lock(&server->conn->run_lock);
	list_add_tail(&server->conn->servers, &server->node);
	pthread_mutex_unlock(&server->conn->run_lock);
}

static void server_end(struct urfs_server *server)
{
	pthread_mutex_lock(&server->conn->run_lock);
	list_del(&server->node);
	pthread_mutex_unlock(&server->conn->run_lock);
	if (server->waits && loop_others_should_wake(server->conn, server))
		loop_kick(server->conn);
}

/*
 * Give the reply, if there is one, and take a message if there is one or @timeout_ns allows to wait for it. Sets has_msg.
 */
static int server_exchange(struct urfs_server *server, bool has_reply, bool receive, int64_t timeout_ns)
{
	struct urfs_exchange *ex = &server->exchange;
	int err;

	ex->replies = (uintptr_t)&server->reply;
	ex->messages = (uintptr_t)&server->msg;
	ex->nr_replies = has_reply;
	ex->nr_messages = receive;
	ex->timeout_ns = receive ? timeout_ns : 0;
	ex->received = 0;
	err = server->conn->io->ioctl(server->conn->fd, URFS_IOC_EXCHANGE, ex);
	atomic_store(&server->submitting, NULL);
	if (has_reply && !err && server->reply.error == -ESRCH)
		atomic_fetch_add(&server->conn->count.late, 1);
	else if (has_reply && !err && server->reply.error)
		urfs_log(server->conn, URFS_LOG_ERROR, "the kernel refused an answer: error %d", server->reply.error);
	if (!err && ex->received)
		server->has_msg = true;
	return err;
}

/* Give the reply, if there is one, and then do what was left to the filter's last callback. */
static int server_finish(struct urfs_server *server, bool has_reply)
{
	int err = has_reply ? server_exchange(server, true, false, 0) : 0;

	if (server->leaving) {
		urfs_filter_leave(server->leaving);
		urfs_filter_put(server->leaving);
		server->leaving = NULL;
	}
	return err;
}

static int loop_run(struct urfs_server *server)
{
	bool has_reply = false, leave;
	int err = 0;

	server_begin(server);
	while (!err) {
		/* the next message may already be here, and its callback must not keep this answer waiting */
		if (server->has_msg || server->leaving) {
			err = server_finish(server, has_reply);
			has_reply = false;
		}
		if (server->has_msg) {
			has_reply = urfs_dispatch_msg(server);
			continue;
		}
		if (err)
			break;
		/* in this order: who wants it to leave either is seen here, or sees it asleep and sends a kick */
		atomic_store(&server->asleep, true);
		leave = loop_should_leave(server);
		if (!leave)
			err = server_exchange(server, has_reply, true, -1);
		atomic_store(&server->asleep, false);
		if (leave)
			break;
		has_reply = false;
		if (err == -EINTR)
			err = 0;
	}
	server_finish(server, has_reply && !err);
	server_end(server);
	return err;
}

/* From the first thread that serves on, callers are made to wait. */
static int loop_switch_on(struct urfs_impl *conn)
{
	struct urfs_cmd cmd = { .type = URFS_CMD_SWITCH_CALLBACKS, .value = 1 };
	int err = 0;

	if (atomic_load(&conn->switched_on))
		return 0;
	pthread_mutex_lock(&conn->list_lock);
	if (!atomic_load(&conn->switched_on)) {
		err = urfs_conn_command(conn, &cmd);
		if (!err)
			atomic_store(&conn->switched_on, true);
	}
	pthread_mutex_unlock(&conn->list_lock);
	return err;
}

static int loop_enter(struct urfs_impl *conn, struct rfs_flt *target, struct urfs_group *group)
{
	struct urfs_server server = {
		.conn = conn,
		.target = target,
		.group = group,
		.waits = true,
	};
	int err = urfs_rcu_thread();

	if (!err)
		err = loop_switch_on(conn);
	return err ? err : loop_run(&server);
}

int urfs_main(struct urfs_conn *conn, rfs_filter filter)
{
	struct urfs_impl *impl;
	int err = urfs_conn_get(conn, &impl);

	if (err)
		return err;
	if (filter && filter->conn != impl)
		return -EINVAL;
	if (filter)
		urfs_filter_get(filter);
	err = loop_enter(impl, filter, NULL);
	if (filter)
		urfs_filter_put(filter);
	return err;
}

/* ---- Several threads ---- */

struct loop_thread {
	pthread_t id;
	struct urfs_impl *conn;
	struct rfs_flt *target;
	struct urfs_group *group;
	int err;
};

static void *loop_thread_run(void *data)
{
	struct loop_thread *thread = data;

	thread->err = loop_enter(thread->conn, thread->target, thread->group);
	return NULL;
}

/* Return: how many threads were made */
static unsigned int loop_threads_start(struct loop_thread *threads, unsigned int count, const struct loop_thread *like)
{
	sigset_t all, old;
	unsigned int n;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (n = 0; n < count; n++) {
		threads[n] = *like;
		if (pthread_create(&threads[n].id, NULL, loop_thread_run, &threads[n]))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return n;
}

int urfs_main_threads(struct urfs_conn *conn, rfs_filter filter, unsigned int threads)
{
	struct urfs_group group = { false };
	struct loop_thread like = { .target = filter, .group = &group };
	struct loop_thread *made;
	unsigned int n, i;
	int err = urfs_conn_get(conn, &like.conn);

	if (err)
		return err;
	if (!threads || (filter && filter->conn != like.conn))
		return -EINVAL;
	made = calloc(threads, sizeof(*made));
	if (!made)
		return -ENOMEM;
	if (filter)
		urfs_filter_get(filter);
	n = loop_threads_start(made, threads - 1, &like);
	err = n == threads - 1 ? loop_enter(like.conn, filter, &group) : -EAGAIN;
	/* one that could not even begin must not leave the others behind */
	atomic_store(&group.stop, true);
	if (n)
		loop_kick(like.conn);
	for (i = 0; i < n; i++) {
		pthread_join(made[i].id, NULL);
		if (!err)
			err = made[i].err;
	}
	if (filter)
		urfs_filter_put(filter);
	free(made);
	return err;
}

int urfs_stop(struct urfs_conn *conn)
{
	struct urfs_impl *impl;
	int err = urfs_conn_get(conn, &impl);

	if (err)
		return err;
	atomic_store(&impl->stop, true);
	/* a connection that ended wakes its loops by itself */
	loop_kick(impl);
	return 0;
}

int urfs_restart(struct urfs_conn *conn)
{
	struct urfs_impl *impl;
	int err = urfs_conn_get(conn, &impl);

	if (!err)
		atomic_store(&impl->stop, false);
	return err;
}

/* ---- The program's own loop ---- */

int urfs_fd(struct urfs_conn *conn)
{
	struct urfs_impl *impl;
	int err = urfs_conn_get(conn, &impl);

	return err ? err : impl->fd;
}

int urfs_dispatch(struct urfs_conn *conn)
{
	struct urfs_server server = { .waits = false };
	int err = urfs_conn_get(conn, &server.conn);

	if (!err)
		err = urfs_rcu_thread();
	if (!err)
		err = loop_switch_on(server.conn);
	if (err)
		return err;
	server_begin(&server);
	err = server_exchange(&server, false, true, 0);
	if (!err && !server.has_msg)
		err = -EAGAIN;
	while (!err && server.has_msg)
		err = server_finish(&server, urfs_dispatch_msg(&server));
	server_end(&server);
	return err;
}
