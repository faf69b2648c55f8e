// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rcu.c - registration of reader threads, and what fork() does to them
 *
 * liburcu wants every reader registered, and unregistered before it ends. Program threads come and go as they like, so
 * a thread registers at its first call and a destructor of thread-specific data unregisters it (liburfs is linked with
 * -z nodelete, so that the destructor does not vanish before the thread).
 *
 * fork() copies liburcu's registry with the readers of threads that the child does not have. One that was inside a
 * section would hold up every grace period of the child, and the lock of the registry may have been held. The child
 * must not use its parent's connection, but may open its own. Therefore everything that takes liburcu's locks does so
 * under a gate that fork() holds, and the child takes the readers that it lost out of the registry.
 *
 * LOCKING: gate nests outside liburcu's own locks and inside all others of this library.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* liburfs is LGPL too; the reader's own record is needed to see whether somebody registered this thread before */
#define _LGPL_SOURCE
#include <urcu/urcu-mb.h>

#include "rcu.h"

/*
 * ThreadSanitizer does not see into liburcu: tell it that what readers did before they left a section comes before what
 * follows a grace period, and nothing else.
 */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define RCU_TSAN
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(RCU_TSAN)
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
static char grace;
#else
#define __tsan_acquire(addr)
#define __tsan_release(addr)
#endif

/* one thread that this library registered */
struct rcu_thread {
	struct cds_list_head node;
	struct urcu_reader *reader;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static CDS_LIST_HEAD(threads); /* under gate */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_err;

static void rcu_thread_ends(void *data)
{
	struct rcu_thread *thread = data;

	pthread_mutex_lock(&gate);
	cds_list_del(&thread->node);
	urcu_mb_unregister_thread();
	pthread_mutex_unlock(&gate);
	free(thread);
}

static void rcu_fork_prepare(void)
{
	pthread_mutex_lock(&gate);
}

static void rcu_fork_parent(void)
{
	pthread_mutex_unlock(&gate);
}

static void rcu_fork_child(void)
{
	struct rcu_thread *thread, *next;

	cds_list_for_each_entry_safe(thread, next, &threads, node)
	{
		if (thread->reader == &URCU_TLS(urcu_mb_reader))
			continue;
		/* its memory is that of a thread that does not exist here, still mapped but soon used again */
		cds_list_del(&thread->reader->node);
		cds_list_del(&thread->node);
		free(thread);
	}
	pthread_mutex_unlock(&gate);
}

static void rcu_init(void)
{
	key_err = pthread_key_create(&key, rcu_thread_ends);
	if (!key_err)
		key_err = pthread_atfork(rcu_fork_prepare, rcu_fork_parent, rcu_fork_child);
}

int urfs_rcu_thread(void)
{
	struct rcu_thread *thread;

	/* the program may use the same flavour itself, and liburcu aborts if a thread registers twice */
	if (URCU_TLS(urcu_mb_reader).registered)
		return 0;
	pthread_once(&once, rcu_init);
	if (key_err)
		return -ENOMEM;
	thread = malloc(sizeof(*thread));
	if (!thread)
		return -ENOMEM;
	if (pthread_setspecific(key, thread)) {
		free(thread);
		return -ENOMEM;
	}
	thread->reader = &URCU_TLS(urcu_mb_reader);
	pthread_mutex_lock(&gate);
	cds_list_add(&thread->node, &threads);
	urcu_mb_register_thread();
	pthread_mutex_unlock(&gate);
	return 0;
}

void urfs_rcu_lock(void)
{
	urcu_mb_read_lock();
}

void urfs_rcu_unlock(void)
{
	__tsan_release(&grace);
	urcu_mb_read_unlock();
}

void urfs_rcu_synchronize(void)
{
	pthread_mutex_lock(&gate);
	urcu_mb_synchronize_rcu();
	__tsan_acquire(&grace);
	pthread_mutex_unlock(&gate);
}
