/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - the objects of the library and who may touch them
 *
 * OBJECTS
 *  struct urfs_impl	a connection. Counted: urfs_open() holds one reference, every filter and every request one.
 *  struct rfs_flt	a filter. Counted: urfs_filter_alloc() holds one, the map of registered filters one, every
 *			callback that runs one, every context and request one.
 *  struct urfs_table	its callbacks. Counted, never changed after it was published; read under RCU (table.c).
 *  struct rfs_ctx	one operation as one filter sees it, from pre to post. Counted (context.c).
 *  struct urfs_handle	an operation that may be answered by somebody else than the callback's return (request.c).
 *  struct urfs_server	a thread that takes messages; lives on its stack (loop.c).
 *
 * LOCKS, in the order in which they nest; no lock is held while a callback of the program runs
 *  rfs_flt.table_lock	replacing the table of a filter, with the command to the kernel that belongs to it
 *  rfs_flt.lock	state, handle, name, policy
 *  urfs_impl.list_lock	list of all filters, map of the registered ones, switching callbacks on
 *  urfs_impl.run_lock	which callbacks run, and which threads serve
 *  urfs_impl.ctx_lock	operations between pre and post
 *  urfs_impl.data_lock	data of filters with open files and objects (data.c)
 *  urfs_impl.soft_lock	requests with a soft deadline
 *  urfs_impl.fd_lock	read: use the descriptor from a thread that urfs_close() does not know; write: close it
 *  urfs_impl.log_lock	the logging function and its data
 */
#ifndef URFS_INTERNAL_H
#define URFS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <urfs_abi.h>

/* the library is compiled with hidden visibility; what the public headers declare is what it exports */
#pragma GCC visibility push(default)
#include <urfs.h>
#pragma GCC visibility pop

#include "list.h"
#include "transport.h"

#define URFS_CTX_BUCKETS 256

/* version of the protocol that has URFS_REPLY_REMEMBER */
#define URFS_REMEMBER_SINCE 3
/* and URFS_IOC_COOKIE */
#define URFS_COOKIES_SINCE 4

#define URFS_DATA_BUCKETS 1024

/* ---- Objects ---- */

struct urfs_cb {
	enum rfs_retv (*pre)(rfs_context context, struct rfs_args *args);
	enum rfs_retv (*post)(rfs_context context, struct rfs_args *args);
	enum rfs_retv (*data)(rfs_context context, struct rfs_args *args); /* that one of them which is given data */
	unsigned int flags;
};

struct urfs_table {
	atomic_uint refs;
	struct urfs_cb op[RFS_OP_MAX];
};

struct urfs_map {
	size_t count;
	struct {
		uint32_t handle;
		struct rfs_flt *filter;
	} entry[];
};

struct urfs_counters {
	atomic_ullong callbacks, late, soft, lost, cancelled, malformed;
};

struct urfs_impl {
	const struct urfs_transport *io;
	int fd;
	pid_t owner;
	unsigned char *arena;
	size_t arena_size;
	unsigned int deadline_ms;
	uint32_t version; /* of the protocol, as agreed */
	atomic_uint refs;
	atomic_bool stop;
	struct urfs_counters count;

	pthread_mutex_t list_lock;
	struct list filters;
	_Atomic(struct urfs_map *) map; /* RCU */
	atomic_bool switched_on;

	pthread_mutex_t run_lock;
	pthread_cond_t run_changed;
	struct list servers;

	pthread_mutex_t ctx_lock;
	struct list ctx[URFS_CTX_BUCKETS];
	struct list ctx_early;

	pthread_mutex_t data_lock;
	pthread_cond_t data_changed;
	struct list data[URFS_DATA_BUCKETS];
	uint64_t last_cookie;

	pthread_mutex_t soft_lock;
	pthread_cond_t soft_changed;
	struct list soft;
	pthread_t soft_thread;
	bool soft_runs;
	bool soft_quit;

	pthread_rwlock_t fd_lock;
	bool closed; /* under fd_lock */

	struct urfs_impl *abandoned; /* in a child: the next one */

	pthread_rwlock_t log_lock;
	void (*log)(void *data, enum urfs_log_level level, const char *text);
	void *log_data;
};

enum urfs_state {
	URFS_UNREGISTERED,
	URFS_REGISTERING,
	URFS_REGISTERED,
	URFS_UNREGISTERING,
};

struct rfs_flt {
	struct urfs_impl *conn;
	struct list node;
	atomic_uint refs;

	pthread_mutex_t lock;
	_Atomic(enum urfs_state) state; /* changed under lock */
	uint32_t handle;
	char name[RFS_NAME_LEN + 1];
	struct urfs_policy policy; /* what was set; valid says which */

	pthread_mutex_t table_lock;
	_Atomic(struct urfs_table *) table; /* RCU; NULL: no operations */

	_Atomic(enum rfs_err (*)(union rfs_mod *)) mod_cb;
	_Atomic(void *) private_data;
	atomic_uint op_data_size;
	atomic_bool soft;

	/* under conn->run_lock */
	unsigned int running; /* callbacks */
	unsigned int parked; /* of these, waiting for callbacks to end themselves */
	bool gone; /* unregistered: no callback begins any more */
	unsigned int ending; /* data, under conn->data_lock */
	bool leaving; /* gone, but the kernel is told only when the last answer was given */
};

/* a block of an event, found to be well-formed */
struct urfs_block {
	const unsigned char *mem;
	size_t length;
};

/* a string in a block */
struct urfs_text {
	const char *mem;
	size_t length;
};

struct rfs_args {
	struct urfs_impl *conn;
	struct rfs_flt *filter;
	uint64_t id; /* of the request */
	struct urfs_block block;
	const struct urfs_event *event; /* the beginning of the block */
	bool post;
	bool notify;
	bool remember; /* rfs_remember() */
	long result; /* of rfs_set_result() */
	/* a piece of data, if piece is set: where it is in the block, as it was when that was checked */
	bool piece;
	bool changed;
	/* before an open, which somebody waits for: RFS_NO_ bits for the reply */
	bool may_limit;
	unsigned int mmap_policy;
	size_t data_at;
	size_t data_length;
	uint64_t data_offset; /* in the file */
};

struct rfs_ctx {
	struct list node; /* in a bucket of conn->ctx, while listed */
	struct rfs_flt *filter;
	struct urfs_table *table;
	uint64_t operation;
	atomic_uint refs;
	enum rfs_op_id op;
	/* under conn->ctx_lock */
	bool listed;
	unsigned int busy; /* pre callbacks that run: one, or one for each piece of data */
	bool has_post; /* post came meanwhile */
	struct urfs_msg post;
	size_t data_size;
	max_align_t data[];
};

/* one callback that runs; on the stack of its thread */
struct urfs_frame {
	struct urfs_frame *outer;
	struct urfs_impl *conn;
	struct rfs_flt *filter;
	struct urfs_handle *request; /* NULL until somebody else may answer */
	const struct urfs_msg *msg;
	struct rfs_ctx *ctx;
	struct rfs_args args;
	bool deferred;
};

struct urfs_handle {
	struct urfs_impl *conn;
	struct rfs_flt *filter;
	struct rfs_ctx *ctx;
	struct list node; /* in conn->soft, while soft_listed */
	bool soft_listed; /* under conn->soft_lock */
	uint64_t soft_ns;
	uint64_t id;
	atomic_uint refs;
	atomic_bool answered; /* who sets it may answer */
	uint64_t home; /* place of the block in the arena, of which there is a copy here */
	struct rfs_args args;
	unsigned char block[] __attribute__((aligned(16)));
};

struct urfs_group {
	atomic_bool stop;
};

struct urfs_server {
	struct list node; /* in conn->servers */
	struct urfs_impl *conn;
	struct rfs_flt *target; /* leave when it is unregistered; NULL: do not */
	struct urfs_group *group;
	bool waits; /* a loop, which a kick must reach */
	atomic_bool asleep; /* it will not look by itself whether it should leave */
	/* whose callback's reply is about to be given by exchange, set under conn->run_lock; only compared */
	_Atomic(struct rfs_flt *) submitting;
	struct rfs_flt *leaving; /* its last callback was run here: a reference, until its answer was given */
	struct urfs_exchange exchange;
	struct urfs_reply reply;
	struct urfs_msg msg;
	bool has_msg; /* msg is to be handled before others are asked for */
};

/* ---- conn.c ---- */

/** urfs_conn_get() - the connection if this process may use it: 0, -EBADF or -EPERM */
int urfs_conn_get(struct urfs_conn *conn, struct urfs_impl **impl);
/** urfs_conn_mine() - 0, or -EPERM in a child */
int urfs_conn_mine(struct urfs_impl *conn);
void urfs_conn_put(struct urfs_impl *conn);
/** urfs_conn_command() - let the kernel carry out one command; its result is in the struct */
int urfs_conn_command(struct urfs_impl *conn, struct urfs_cmd *cmd);
/**
 * urfs_conn_reply() - answer a request now
 *
 * Data that were changed in its copy of the block go to the block first, if the reply says so.
 *
 * Return: 0, what the kernel says to it, or what ended the call
 */
int urfs_conn_reply(struct urfs_handle *request, struct urfs_reply *reply);

/* ---- filter.c ---- */

/** urfs_filter_find() - a registered filter with a new reference, or NULL */
struct rfs_flt *urfs_filter_find(struct urfs_impl *conn, uint32_t handle);
struct rfs_flt *urfs_filter_get(struct rfs_flt *filter);
void urfs_filter_put(struct rfs_flt *filter);
bool urfs_filter_is_registered(struct rfs_flt *filter);
/** urfs_filter_leave() - tell the kernel that a filter is unregistered, if that was left to its last callback */
void urfs_filter_leave(struct rfs_flt *filter);

/* ---- table.c ---- */

/** urfs_table_get() - the filter's table with a new reference, or NULL */
struct urfs_table *urfs_table_get(struct rfs_flt *filter);
struct urfs_table *urfs_table_ref(struct urfs_table *table);
void urfs_table_put(struct urfs_table *table);
/** urfs_table_send() - tell the kernel which operations a table has, if there is one */
int urfs_table_send(struct urfs_impl *conn, uint32_t handle, const struct urfs_table *table);

/* ---- policy.c ---- */

int urfs_policy_send(struct urfs_impl *conn, uint32_t handle, const struct urfs_policy *policy);
/**
 * urfs_policy_default() - the reply that the filter's on_timeout stands for
 * @piece:	to a piece of data, which without a policy does not pass
 */
void urfs_policy_default(struct rfs_flt *filter, bool ask_kernel, bool piece, struct urfs_reply *reply);
/** urfs_policy_exit() - the same for its on_exit */
void urfs_policy_exit(struct rfs_flt *filter, bool piece, struct urfs_reply *reply);
/** urfs_policy_piece() - a piece of data that nobody can be asked about does not pass */
void urfs_policy_piece(struct urfs_reply *reply);

/* ---- run.c ---- */

/** urfs_run_begin() - false if the filter is gone and the callback must not run */
bool urfs_run_begin(struct urfs_frame *frame);
/** urfs_run_end() - the callback returned; @submits: its answer is in server->reply and on its way to the kernel */
void urfs_run_end(struct urfs_frame *frame, struct urfs_server *server, bool submits);
struct urfs_frame *urfs_run_frame(void);
/** urfs_run_quiesce() - wait for the filter's callbacks that run, except those that wait like this one */
void urfs_run_quiesce(struct rfs_flt *filter);
/**
 * urfs_run_leave() - wait as urfs_run_quiesce(); if callbacks remain that wait themselves, let the last of them take
 * the filter out of the kernel, and none begin
 *
 * Return: true if so; false if there are none.
 */
bool urfs_run_leave(struct rfs_flt *filter);
/** urfs_run_left() - wait until the answers of callbacks that ended are given. Return: true once after urfs_run_leave() */
bool urfs_run_left(struct rfs_flt *filter);
/** urfs_run_gone() - no callback of the filter begins after this */
void urfs_run_gone(struct rfs_flt *filter);

/* ---- context.c ---- */

void urfs_ctx_init(struct urfs_impl *conn);
/** urfs_ctx_pre() - context for a pre callback, or NULL: no memory. Marked busy if a post callback follows */
struct rfs_ctx *urfs_ctx_pre(struct rfs_flt *filter, const struct urfs_msg *msg);
/** urfs_ctx_pre_done() - true if post came meanwhile and is now in @post */
bool urfs_ctx_pre_done(struct rfs_ctx *ctx, struct urfs_msg *post);
/**
 * urfs_ctx_post() - context for a post callback
 *
 * Return: 0; -ENOMEM; -EBUSY if the pre callback still runs: its thread has taken over the message.
 */
int urfs_ctx_post(struct rfs_flt *filter, const struct urfs_msg *msg, struct rfs_ctx **ctx);
/** urfs_ctx_end() - there will be no post */
void urfs_ctx_end(struct rfs_flt *filter, const struct urfs_msg *msg);
/** urfs_ctx_drop() - forget all operations of a filter */
void urfs_ctx_drop(struct rfs_flt *filter);
/** urfs_ctx_free_all() - forget all operations of the connection, whose threads are gone */
void urfs_ctx_free_all(struct urfs_impl *conn);
struct rfs_ctx *urfs_ctx_ref(struct rfs_ctx *ctx);
void urfs_ctx_put(struct rfs_ctx *ctx);

/* ---- data.c ---- */

void urfs_data_init(struct urfs_impl *conn);
/** urfs_data_end() - the kernel says that a cookie has ended */
void urfs_data_end(struct urfs_impl *conn, uint64_t cookie);
/** urfs_data_drop() - end all data of a filter, and wait until that is done, if not inside a callback; NULL: of all filters */
void urfs_data_drop(struct urfs_impl *conn, struct rfs_flt *filter);

/* ---- event.c ---- */

/** urfs_event_parse() - check a block and make arguments of it: 0 or -EPROTO */
int urfs_event_parse(const unsigned char *mem, size_t length, const struct urfs_msg *msg, struct rfs_args *args);
/** urfs_event_str() - a string of a block, mem NULL: there is none; false: it lies outside, or has no NUL behind it */
bool urfs_event_str(const struct urfs_block *block, const struct urfs_str *str, struct urfs_text *text);
/** urfs_event_decides() - does a verdict decide anything? After the operation only about a piece of data */
bool urfs_event_decides(const struct urfs_msg *msg);
/** urfs_event_block() - the memory that a message points to, or NULL if that is not in the arena */
const unsigned char *urfs_event_block(struct urfs_impl *conn, const struct urfs_msg *msg);

/* ---- request.c ---- */

/** urfs_request_new() - let somebody else answer the operation of a frame; its arguments move to a copy */
struct urfs_handle *urfs_request_new(struct urfs_frame *frame);
/** urfs_request_claim() - true for the first who wants to answer */
bool urfs_request_claim(struct urfs_handle *request);
void urfs_request_put(struct urfs_handle *request);
/** urfs_request_verdict() - the answer that a callback's return, or who answers in its place, stands for */
void urfs_request_verdict(const struct rfs_args *args, enum rfs_retv verdict, long result, struct urfs_reply *reply);

/* ---- soft.c ---- */

void urfs_soft_add(struct urfs_handle *request, uint64_t deadline_ns);
void urfs_soft_remove(struct urfs_handle *request);
/** urfs_soft_stop() - end the thread; nothing is added any more */
void urfs_soft_stop(struct urfs_impl *conn);

/* ---- dispatch.c ---- */

/**
 * urfs_dispatch_msg() - do what server->msg asks for
 *
 * Return: true if server->reply is to be given.
 */
bool urfs_dispatch_msg(struct urfs_server *server);

/* ---- loop.c ---- */

/** urfs_loop_look() - let loops leave that should */
void urfs_loop_look(struct urfs_impl *conn);
/** urfs_loop_kicked() - a kick arrived at this server, perhaps meant for another one */
void urfs_loop_kicked(struct urfs_server *server);

/* ---- log.c ---- */

void urfs_log(struct urfs_impl *conn, enum urfs_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* URFS_INTERNAL_H */
