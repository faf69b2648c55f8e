/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * urfs.h - filters of the file system as user programs
 *
 * The filter itself is written against rfs.h, which this header includes: names, operations, paths, callbacks and the
 * accessors of their arguments are the same as in a kernel module. This header adds what only a program needs: a
 * connection to the kernel, loops and threads that run callbacks, and answers for the time when it cannot answer.
 *
 *	struct urfs_conn conn;
 *	rfs_filter filter;
 *
 *	urfs_open(&conn);
 *	urfs_filter_alloc(&filter, &conn);
 *	rfs_register_filter(&filter, &info);
 *	rfs_set_operations(filter, operations);
 *	rfs_set_path(filter, &path);
 *	rfs_activate_filter(filter);
 *	urfs_main(&conn, filter);		(until urfs_stop())
 *	rfs_unregister_filter(filter);
 *	urfs_filter_free(filter);
 *	urfs_close(&conn);
 *
 * Return values: 0 or a negative errno, unless it says otherwise. Functions common to many that can fail:
 *	-EBADF	the connection was not opened, or closed
 *	-EPERM	the caller is a child of the process that opened the connection: a connection is not inherited
 *	-ESTALE	the connection ended: the module closed it
 *	-ENOMEM	no memory
 * The library never prints, never ends the program, and touches no signal handler.
 *
 * rfs_deactivate_filter() and rfs_unregister_filter() let callers go on whose question no callback has seen, and wait
 * for the callbacks that run, whose answers count. Operations that were deferred and are still unanswered when the
 * filter is unregistered get its on_exit.
 *
 * Threads: every function may be called from any thread at any time, also while others run callbacks and from inside
 * callbacks, except where it says otherwise. Accessors of rfs.h may be used by one thread at a time for one callback's
 * arguments.
 *
 * A program must not do what makes its own callback wait for itself: its own operations, and those of processes that it
 * started, are not shown to its filters, but whoever waits for a lock that the blocked operation holds, waits for the
 * callback (rfs_op_flags(): RFS_OPF_LOCKED). The arguments carry what a decision needs, so that there is no reason to
 * touch the directory that is being changed.
 */
#ifndef URFS_H
#define URFS_H

#include <stddef.h>
#include <stdint.h>

#include <rfs.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct urfs_conn - a connection to the kernel
 *
 * The caller's memory, the library's content. It must not be moved or copied between urfs_open() and urfs_close().
 */
struct urfs_conn {
	void *impl;
	uintptr_t reserved[7];
};

/**
 * struct urfs_open_info - what urfs_open_with() may be told; zero what is not needed
 * @size:	sizeof(struct urfs_open_info)
 * @flags:	0
 * @device:	path of the device; NULL: /dev/urfs
 * @arena_kib:	size of the memory that arguments travel in, in KiB; 0: as the module thinks best; its parameter
 *		arena_max_kib is the limit
 * @reserved:	0
 */
struct urfs_open_info {
	uint32_t size;
	uint32_t flags;
	const char *device;
	uint32_t arena_kib;
	uint32_t reserved[5];
};

/**
 * urfs_open() - connect to the kernel
 * @conn:	out: the connection
 *
 * The connection belongs to the process that opens it. A child of fork() must not use it (-EPERM) and leaves it alone
 * when it exits, calls execve() or urfs_close().
 *
 * Return: 0; -ENOENT, -ENXIO or -ENODEV if the module is not loaded; -EACCES or -EPERM without the right to filter;
 * -EPROTO if the module speaks a version that this library does not; -EMFILE if there are too many connections (the
 * module's parameter max_connections) or the process has too many files open; -ENOMEM.
 */
int urfs_open(struct urfs_conn *conn);

/** urfs_open_with() - urfs_open() with choices. Return: also -EINVAL for a wrong size, flag or reserved member */
int urfs_open_with(struct urfs_conn *conn, const struct urfs_open_info *info);

/**
 * urfs_close() - end the connection
 * @conn:	the connection; does nothing if it is not open
 *
 * Callers who wait for an answer get the filter's on_exit. All filters of the connection are unregistered and, if
 * urfs_filter_free() was not called, freed. No other thread may use the connection or its filters any more; loops must
 * have returned. Handles of urfs_defer() stay valid until urfs_reply(). Must not be called from inside a callback.
 */
void urfs_close(struct urfs_conn *conn);

/* urfs_set_exempt() */
#define URFS_EXEMPT_CHILDREN 0 /* processes that this one started, and theirs; so in the beginning */
#define URFS_EXEMPT_IN_CGROUP 1 /* processes in a control group, or below it */
#define URFS_EXEMPT_NOBODY 2

/**
 * urfs_set_exempt() - say whose operations are not shown to the filters of this connection, beside this process' own
 * @conn:	the connection
 * @who:	URFS_EXEMPT_
 * @cgroup:	URFS_EXEMPT_IN_CGROUP: descriptor of the directory of a version 2 control group; else -1
 *
 * Return: 0; -EINVAL for an unknown @who; -EBADF if @cgroup is no such descriptor.
 */
int urfs_set_exempt(struct urfs_conn *conn, int who, int cgroup);

/**
 * urfs_filter_alloc() - make a filter that rfs_register_filter() can register
 * @filter:	out: the filter, to be freed by urfs_filter_free()
 * @conn:	the connection that serves it
 *
 * rfs_set_operations(), rfs_set_mod_cb(), rfs_set_private_data() and urfs_set_policy() may be called before it is
 * registered as well as after. A filter that was unregistered may be registered again; operations, callback, private
 * data and policy stay, its paths are gone.
 *
 * When one of its own callbacks unregisters it, that callback's answer still counts: until it is given nobody else can
 * register the name. If the callback itself registers the filter again, its answer is the filter's on_exit.
 */
int urfs_filter_alloc(rfs_filter *filter, struct urfs_conn *conn);

/**
 * urfs_filter_free() - free a filter
 * @filter:	the filter, or NULL; unregistered first if it is registered
 *
 * No other thread may use the filter any more. From inside one of its callbacks, it is freed when that has returned.
 */
void urfs_filter_free(rfs_filter filter);

/* ---- Running callbacks ----
 *
 * Callbacks of different operations run at the same time in several threads. The post callback of an operation begins
 * when its pre callback has returned, unless that is in notify mode: then they may also run in either order.
 */

/**
 * urfs_main() - run callbacks in this thread
 * @conn:	the connection; callbacks of all its filters are run
 * @filter:	return also when this filter has been unregistered; NULL: do not
 *
 * Several threads may run it at the same time.
 *
 * Return: 0 after urfs_stop(), or when @filter is not registered; else what ended it, such as -ESTALE.
 */
int urfs_main(struct urfs_conn *conn, rfs_filter filter);

/**
 * urfs_main_threads() - run callbacks in several threads
 * @conn:	as urfs_main()
 * @filter:	as urfs_main()
 * @threads:	how many, this one included; 1 or more
 *
 * The other threads are made with all signals blocked, and have ended when it returns.
 *
 * Return: as urfs_main(); -EINVAL for 0 threads; -EAGAIN if the system cannot make them.
 */
int urfs_main_threads(struct urfs_conn *conn, rfs_filter filter, unsigned int threads);

/**
 * urfs_stop() - let all loops of the connection return
 *
 * Callbacks that run finish first and their answers count. From then on callers wait, at most until their deadline:
 * rfs_deactivate_filter() or rfs_unregister_filter() lets them go on. Loops that begin later return at
 * once, until urfs_restart(). May be called from a signal handler.
 *
 * Return: 0, -EBADF, -EPERM.
 */
int urfs_stop(struct urfs_conn *conn);

/** urfs_restart() - let loops run again after urfs_stop(); no loop may be running */
int urfs_restart(struct urfs_conn *conn);

/**
 * urfs_fd() - a file descriptor for a program's own event loop
 *
 * It is readable (POLLIN) when urfs_dispatch() has something to do. It stays the library's: poll it and nothing else.
 * The kernel asks nothing before the first urfs_dispatch(): call that until it gives -EAGAIN, and only then poll.
 *
 * Return: the descriptor or a negative errno.
 */
int urfs_fd(struct urfs_conn *conn);

/**
 * urfs_dispatch() - do what there is to do, at most one callback, and do not wait
 *
 * Return: 0 if something was done; -EAGAIN if there was nothing; -ESTALE if the connection ended.
 */
int urfs_dispatch(struct urfs_conn *conn);

/* ---- Answering later ---- */

/** What a callback returns after urfs_defer(). */
#define URFS_DEFERRED ((enum rfs_retv)2)

/* an operation that will be answered later */
struct urfs_handle;

/**
 * urfs_defer() - answer this operation later, from any thread
 * @context:	the callback's
 * @args:	the callback's
 * @handle:	out: to be given to urfs_reply()
 *
 * The callback must then return URFS_DEFERRED. Its context and args end with it; those of the handle go on until
 * urfs_reply(), which may already be called by another thread before the callback returns.
 *
 * Return: 0; -EALREADY if this callback took a handle before; -ENOMEM.
 */
int urfs_defer(rfs_context context, struct rfs_args *args, struct urfs_handle **handle);

/** urfs_handle_context() - the operation's context, valid until urfs_reply() */
rfs_context urfs_handle_context(struct urfs_handle *handle);

/** urfs_handle_args() - the operation's arguments, valid until urfs_reply() */
struct rfs_args *urfs_handle_args(struct urfs_handle *handle);

/**
 * urfs_reply() - answer an operation that was deferred
 * @handle:	the handle; freed in every case but -EPERM
 * @verdict:	RFS_CONTINUE or RFS_STOP; else -EINVAL, and the answer is RFS_CONTINUE
 * @result:	with RFS_STOP: the negative errno that the caller gets (others become -EPERM)
 *
 * Return: 0; -ESRCH if the operation does not wait any more (deadline, caller killed, filter unregistered); -ESTALE or
 * -EBADF if the connection ended; -EPERM.
 */
int urfs_reply(struct urfs_handle *handle, enum rfs_retv verdict, long result);

/* ---- What an operation is about ---- */

/**
 * urfs_open_object() - read the very object that an operation is about
 * @args:	the callback's, or those of a handle of urfs_defer()
 * @which:	RFS_FIRST or RFS_SECOND
 *
 * Opens the object itself, whatever its name leads to by now: also one that was just unlinked, or that has no name. No
 * filter is asked, and no rule covers what is done through the descriptor (fstat() is seen as for any other). It may be
 * used after the answer, but counts as an open file of the file system, which cannot be unmounted for good meanwhile.
 * In unlink, rename, link and setattr the caller holds the object's lock, in which xfs keeps readers waiting, until the deadline:
 * preadv2() with RWF_NOWAIT says so.
 *
 * Return: a descriptor for reading, to be closed; -ENOENT if the operation has no such name, or nothing by it at this
 * time; -EISDIR, -ELOOP or -ENXIO if it is no regular file; -ESTALE if nobody waits for this callback (notify mode) or
 * any more; -ESRCH if it was answered; -EAGAIN if somebody has a lease on it; what the file system says; -EMFILE, -EPERM.
 */
int urfs_open_object(const struct rfs_args *args, enum rfs_which which);

/* ---- When this program cannot answer ---- */

/* struct urfs_verdict.action */
#define URFS_ALLOW 1 /* as RFS_CONTINUE */
#define URFS_DENY 2 /* as RFS_STOP with the given errno */
#define URFS_WAIT 3 /* on_overload only: wait for room until the deadline, then as on_timeout */

/**
 * struct urfs_verdict - an answer that is given in place of a callback's
 * @action:	URFS_ALLOW, URFS_DENY or URFS_WAIT
 * @error:	with URFS_DENY: positive errno, 1 to 4095; else 0
 */
struct urfs_verdict {
	uint32_t action;
	uint32_t error;
};

/* struct urfs_policy.valid */
#define URFS_POLICY_DEADLINE 0x1
#define URFS_POLICY_ON_TIMEOUT 0x2
#define URFS_POLICY_ON_OVERLOAD 0x4
#define URFS_POLICY_ON_EXIT 0x8
#define URFS_POLICY_ON_UNASKABLE 0x10
#define URFS_POLICY_ALL 0x1f

/**
 * struct urfs_policy - how long the kernel waits for a filter, and what counts if it gets no answer
 * @size:	sizeof(struct urfs_policy)
 * @valid:	URFS_POLICY_ bits of the members that count
 * @deadline_ms: milliseconds that a caller waits at most, 1 to 3600000 (the module's default: 5000); where the caller
 *		holds locks of the file system it is 1000 at most
 * @on_timeout:	answer at the deadline
 * @on_overload: answer if the queue or the arena is full
 * @on_exit:	answer if this program is gone, or does not run callbacks yet
 * @on_unaskable: answer to callers that must not be made to wait
 * @reserved:	0
 */
struct urfs_policy {
	uint32_t size;
	uint32_t valid;
	uint32_t deadline_ms;
	struct urfs_verdict on_timeout;
	struct urfs_verdict on_overload;
	struct urfs_verdict on_exit;
	struct urfs_verdict on_unaskable;
	uint32_t reserved[5];
};

/**
 * urfs_set_policy() - change a filter's policy
 * @filter:	the filter, registered or not
 * @policy:	members without a bit in @valid keep what they were
 *
 * Changes everything that is named, or nothing.
 *
 * Return: 0; -EINVAL for a wrong size, bit, action or errno; -ERANGE for a deadline outside its limits.
 */
int urfs_set_policy(rfs_filter filter, const struct urfs_policy *policy);

/**
 * urfs_get_policy() - a filter's policy now; somebody may have changed it through the control device
 * @filter:	the filter, registered
 * @policy:	size is read, as many bytes as that are written, valid says which members mean something
 *
 * Return: 0; -EINVAL for a wrong size; -ENOENT if the filter is not registered.
 */
int urfs_get_policy(rfs_filter filter, struct urfs_policy *policy);

/**
 * urfs_set_soft_deadline() - let the library give the filter's on_timeout before the kernel does
 * @filter:	the filter
 * @on:		0: off, as it is in the beginning
 *
 * A callback (or a deferred answer) that needs more than 80 % of the time that is left until its deadline when it begins
 * is answered with the filter's on_timeout by a thread of the library. The caller then gets its answer while the kernel
 * does not count the filter as stalled, and the next operations are still asked. The callback's own answer is ignored
 * when it comes; urfs_reply() gives -ESRCH. Counts for callbacks that begin after the call.
 *
 * Return: 0; -EAGAIN if the system cannot make a thread.
 */
int urfs_set_soft_deadline(rfs_filter filter, int on);

/* ---- What goes on inside ---- */

enum urfs_log_level {
	URFS_LOG_ERROR = 3, /* something failed that the program gets no error for */
	URFS_LOG_WARNING = 4, /* answers came too late, events were lost */
	URFS_LOG_INFO = 6,
	URFS_LOG_DEBUG = 7,
};

/**
 * urfs_set_log() - hear what the library has to say
 * @conn:	the connection
 * @log:	called with one line of text without a newline, from any thread and perhaps from several at a time; must
 *		not call the library. NULL: nobody hears it, as it is in the beginning.
 * @data:	handed to @log
 *
 * A message that is on its way while the function is changed may still come to the one before.
 */
int urfs_set_log(struct urfs_conn *conn, void (*log)(void *data, enum urfs_log_level level, const char *text),
		 void *data);

/**
 * struct urfs_stats - counters of a connection
 * @size:	sizeof(struct urfs_stats)
 * @reserved:	0
 * @callbacks:	that were run
 * @late:	answers that the kernel did not want any more
 * @soft:	answers that urfs_set_soft_deadline() gave
 * @lost:	notifications that the kernel had no room for
 * @cancelled:	operations that ended while their callback ran or was deferred
 * @malformed:	messages that could not be understood
 */
struct urfs_stats {
	uint32_t size;
	uint32_t reserved;
	uint64_t callbacks;
	uint64_t late;
	uint64_t soft;
	uint64_t lost;
	uint64_t cancelled;
	uint64_t malformed;
};

/** urfs_get_stats() - counters since urfs_open(); size is read, as many bytes as that are written */
int urfs_get_stats(struct urfs_conn *conn, struct urfs_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* URFS_H */
