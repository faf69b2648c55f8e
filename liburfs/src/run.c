// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * run.c - which callbacks run, and waiting for them to end
 *
 * Deactivating and unregistering wait for the callbacks of the filter that run, and may themselves be called from
 * callbacks, of this filter or another one and from several at once. Callbacks that wait for each other would do so for
 * ever; therefore one whose thread waits here counts as parked and is not waited for by callbacks. A thread that is in
 * no callback is waited for by nobody, so it is part of no such circle and waits for all.
 *
 * Some of these are the filter's own, such as the one that unregisters it. Their answers count as well, so that the last
 * of them tells the kernel, when its answer was given.
 *
 * LOCKING: filter->running, parked, gone and leaving are under conn->run_lock. run_changed is signalled
 * when running falls or parked rises.
 */
#include <time.h>

#include "internal.h"

/* the innermost callback that this thread is in */
static _Thread_local struct urfs_frame *innermost;

struct urfs_frame *urfs_run_frame(void)
{
	return innermost;
}

bool urfs_run_begin(struct urfs_frame *frame)
{
	bool gone;

	pthread_mutex_lock(&frame->conn->run_lock);
	gone = frame->filter->gone;
	if (!gone)
		frame->filter->running++;
	pthread_mutex_unlock(&frame->conn->run_lock);
	if (gone)
		return false;
	frame->outer = innermost;
	innermost = frame;
	return true;
}

void urfs_run_end(struct urfs_frame *frame, struct urfs_server *server, bool submits)
{
	innermost = frame->outer;
	pthread_mutex_lock(&frame->conn->run_lock);
	frame->filter->running--;
	if (frame->filter->leaving && !frame->filter->running)
		server->leaving = urfs_filter_get(frame->filter);
	if (submits) {
		/* counts replies as the kernel takes them */
		__atomic_store_n(&server->exchange.taken, 0, __ATOMIC_RELAXED);
		atomic_store(&server->submitting, frame->filter);
	}
	pthread_cond_broadcast(&frame->conn->run_changed);
	pthread_mutex_unlock(&frame->conn->run_lock);
}

static void run_park(bool park)
{
	struct urfs_frame *frame;

	for (frame = innermost; frame; frame = frame->outer) {
		pthread_mutex_lock(&frame->conn->run_lock);
		if (park)
			frame->filter->parked++;
		else
			frame->filter->parked--;
		pthread_cond_broadcast(&frame->conn->run_changed);
		pthread_mutex_unlock(&frame->conn->run_lock);
	}
}

/* Has every thread whose callback returned handed its answer to the kernel? */
static bool run_submitted(struct rfs_flt *filter)
{
	struct list *node, *safe;

	list_for_each(node, safe, &filter->conn->servers) {
		struct urfs_server *server = list_entry(node, struct urfs_server, node);

		/* the kernel writes it before it waits for the next message */
		if (atomic_load(&server->submitting) == filter &&
		    !__atomic_load_n(&server->exchange.taken, __ATOMIC_ACQUIRE))
			return false;
	}
	return true;
}

/* With run_lock held, which is let go meanwhile: until callbacks have ended, and their answers are given. */
static void run_wait(struct rfs_flt *filter, bool for_callbacks)
{
	static const struct timespec moment = { .tv_nsec = 50000 };
	struct urfs_impl *conn = filter->conn;

	for (;;) {
		if (for_callbacks && filter->running > (innermost ? filter->parked : 0)) {
			pthread_cond_wait(&conn->run_changed, &conn->run_lock);
		} else if (!run_submitted(filter)) {
			/* a thread is on its way into the kernel: this takes as long as a system call */
			pthread_mutex_unlock(&conn->run_lock);
			nanosleep(&moment, NULL);
			pthread_mutex_lock(&conn->run_lock);
		} else {
			break;
		}
	}
}

void urfs_run_quiesce(struct rfs_flt *filter)
{
	run_park(true);
	pthread_mutex_lock(&filter->conn->run_lock);
	run_wait(filter, true);
	pthread_mutex_unlock(&filter->conn->run_lock);
	run_park(false);
}

bool urfs_run_leave(struct rfs_flt *filter)
{
	bool leaving;

	run_park(true);
	pthread_mutex_lock(&filter->conn->run_lock);
	run_wait(filter, true);
	leaving = filter->running;
	/* under the same lock: who begins now would have nobody who waits for it */
	if (leaving) {
		filter->gone = true;
		filter->leaving = true;
	}
	pthread_mutex_unlock(&filter->conn->run_lock);
	run_park(false);
	return leaving;
}

bool urfs_run_left(struct rfs_flt *filter)
{
	bool left;

	pthread_mutex_lock(&filter->conn->run_lock);
	left = filter->leaving;
	filter->leaving = false;
	if (left)
		run_wait(filter, false);
	pthread_mutex_unlock(&filter->conn->run_lock);
	return left;
}

void urfs_run_gone(struct rfs_flt *filter)
{
	pthread_mutex_lock(&filter->conn->run_lock);
	filter->gone = true;
	pthread_mutex_unlock(&filter->conn->run_lock);
}
