// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * soft.c - answering in time what a callback is too slow for
 *
 * One thread per connection, made when a filter first asks for it, sleeps until the earliest soft deadline and answers
 * what is due with the filter's on_timeout. Requests leave the list when they are answered.
 *
 * LOCKING: the list is under conn->soft_lock, which is not held while the kernel is called.
 */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "internal.h"

#define NS_PER_S 1000000000ull

/* after this part of the time between the event and its deadline */
#define PART_NUM 4
#define PART_DEN 5

static uint64_t soft_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* The request that is due first, or NULL. There are never more than callers that wait, so a list will do. */
static struct urfs_handle *soft_first(struct urfs_impl *conn)
{
	struct urfs_handle *first = NULL;
	struct list *node, *safe;

	list_for_each(node, safe, &conn->soft) {
		struct urfs_handle *request = list_entry(node, struct urfs_handle, node);

		if (!first || request->soft_ns < first->soft_ns)
			first = request;
	}
	return first;
}

static void soft_answer(struct urfs_handle *request)
{
	struct urfs_reply reply = { .id = request->id };

	if (!urfs_request_claim(request))
		return;
	if (!request->args.post || request->args.piece)
		urfs_policy_default(request->filter, true, request->args.piece, &reply);
	urfs_log(request->conn, URFS_LOG_WARNING, "%s: %s was not answered in time, its on_timeout counts",
		 request->filter->name, rfs_op_name(rfs_op(&request->args)));
	if (!urfs_conn_reply(request, &reply))
		atomic_fetch_add(&request->conn->count.soft, 1);
}

static void *soft_run(void *data)
{
	struct urfs_impl *conn = data;

	pthread_mutex_lock(&conn->soft_lock);
	while (!conn->soft_quit) {
		struct urfs_handle *request = soft_first(conn);

		if (!request) {
			pthread_cond_wait(&conn->soft_changed, &conn->soft_lock);
		} else if (request->soft_ns > soft_now()) {
			struct timespec until = {
				.tv_sec = (time_t)(request->soft_ns / NS_PER_S),
				.tv_nsec = (long)(request->soft_ns % NS_PER_S),
			};

			pthread_cond_timedwait(&conn->soft_changed, &conn->soft_lock, &until);
		} else {
			list_del(&request->node);
			request->soft_listed = false;
			pthread_mutex_unlock(&conn->soft_lock);
			soft_answer(request);
			urfs_request_put(request);
			pthread_mutex_lock(&conn->soft_lock);
		}
	}
	pthread_mutex_unlock(&conn->soft_lock);
	return NULL;
}

void urfs_soft_add(struct urfs_handle *request, uint64_t deadline_ns)
{
	struct urfs_impl *conn = request->conn;
	/* not the event's time: that is when the operation came to the first filter, who may have used up most of it */
	uint64_t begin = soft_now();

	request->soft_ns = begin < deadline_ns ? begin + (deadline_ns - begin) / PART_DEN * PART_NUM : deadline_ns;
	pthread_mutex_lock(&conn->soft_lock);
	if (conn->soft_runs) {
		atomic_fetch_add(&request->refs, 1);
		request->soft_listed = true;
		list_add_tail(&conn->soft, &request->node);
		pthread_cond_signal(&conn->soft_changed);
	}
	pthread_mutex_unlock(&conn->soft_lock);
}

void urfs_soft_remove(struct urfs_handle *request)
{
	bool listed;

	pthread_mutex_lock(&request->conn->soft_lock);
	listed = request->soft_listed;
	if (listed) {
		list_del(&request->node);
		request->soft_listed = false;
	}
	pthread_mutex_unlock(&request->conn->soft_lock);
	if (listed)
		urfs_request_put(request);
}

void urfs_soft_stop(struct urfs_impl *conn)
{
	struct list *node, *safe;
	struct list left;
	bool runs;

	list_init(&left);
	pthread_mutex_lock(&conn->soft_lock);
	runs = conn->soft_runs;
	conn->soft_runs = false;
	conn->soft_quit = true;
	pthread_cond_signal(&conn->soft_changed);
	pthread_mutex_unlock(&conn->soft_lock);
	if (runs)
		pthread_join(conn->soft_thread, NULL);

	pthread_mutex_lock(&conn->soft_lock);
	list_for_each(node, safe, &conn->soft) {
		list_del(node);
		list_entry(node, struct urfs_handle, node)->soft_listed = false;
		list_add_tail(&left, node);
	}
	pthread_mutex_unlock(&conn->soft_lock);
	list_for_each(node, safe, &left)
		urfs_request_put(list_entry(node, struct urfs_handle, node));
}

static int soft_start(struct urfs_impl *conn)
{
	sigset_t all, old;
	int err = 0;

	pthread_mutex_lock(&conn->soft_lock);
	if (!conn->soft_runs) {
		/* the program's signals are not this thread's business */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		err = pthread_create(&conn->soft_thread, NULL, soft_run, conn);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		conn->soft_runs = !err;
	}
	pthread_mutex_unlock(&conn->soft_lock);
	return -err;
}

int urfs_set_soft_deadline(rfs_filter filter, int on)
{
	int err = filter ? urfs_conn_mine(filter->conn) : -EINVAL;

	if (!err && on)
		err = soft_start(filter->conn);
	if (!err)
		atomic_store(&filter->soft, on != 0);
	return err;
}
