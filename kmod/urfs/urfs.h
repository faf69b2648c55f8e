/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * urfs.h - what the files of urfs.ko know of each other
 *
 *	main.c		module, parameters, the device
 *	conn.c		the connection: life and death (begin there: it holds the essay on counting and locks)
 *	io.c		read, write, poll, exchange: the calls of a handler
 *	queue.c		messages on their way to the handler
 *	request.c	requests: states, replies, who frees them
 *	wait.c		how a caller waits, and every way it ends
 *	ask.c		one callback of redirfs: from the question to the verdict
 *	event.c		what a message says, captured in the caller's context
 *	ufilter.c	a user filter: a filter of redirfs on behalf of a connection
 *	cmd.c		commands
 *	who.c		who is never asked
 *	watchdog.c	a word in the log when a handler is stuck
 *	report.c	what the control device shows
 *	arena.c budget.c check.c	pure parts
 *
 * LOCKING, outermost first:
 *	urfs_conns_lock		mutex: the list of all connections
 *	conn->cmd_lock		mutex: commands, the set of filters, teardown. Taken with no user copy inside (mmap_lock of
 *				a handler comes before conn->lock by way of ->close of its mapping)
 *	locks of redirfs	taken by its calls; it calls our rfs_ctl_ops under some of them
 *	conn->lock		spinlock: queue, requests and their states, arena map, dead, switches
 *	req->wait.lock, conn->space.lock	wait queues, woken under conn->lock
 * conn->wait is woken with no lock held: epoll has locks of its own there.
 */
#ifndef URFS_H
#define URFS_H

#include <linux/atomic.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <rfs_kernel.h>
#include <urfs_abi.h>

#include "arena.h"
#include "check.h"

struct cgroup;
struct file;
struct mm_struct;
struct pid;
struct pid_namespace;
struct task_struct;
struct vm_area_struct;

#define URFS_ID_BITS 8

/* Room for a message at first: enough for common paths. What is too much is given back when it is queued. */
#define URFS_FIRST_UNITS (1024 / URFS_BLOCK_ALIGN)

/* Counters of a filter; report.c has their names. */
enum urfs_stat {
	URFS_STAT_ASKED, /* requests queued in verdict mode */
	URFS_STAT_ANSWERED, /* of these, answered by the handler in time */
	URFS_STAT_DENIED, /* of these, with STOP */
	URFS_STAT_NOTIFIED, /* requests queued in notify mode */
	URFS_STAT_LOST, /* callbacks dropped for want of room */
	URFS_STAT_OP_END, /* operations ended by OP_END */
	URFS_STAT_WAITED_NS,
	/* defaults, by reason */
	URFS_STAT_TIMEOUT,
	URFS_STAT_STALLED,
	URFS_STAT_BUDGET_OP,
	URFS_STAT_BUDGET_PARENT,
	URFS_STAT_OVERLOAD,
	URFS_STAT_NO_MEMORY,
	URFS_STAT_EXIT,
	URFS_STAT_NOT_READY,
	URFS_STAT_UNASKABLE,
	URFS_STAT_DETACHED,
	URFS_STAT_DEACTIVATED,
	URFS_STAT_DEFAULT_DENIED, /* of all defaults, those that denied */
	/* not asked, with no verdict needed */
	URFS_STAT_EXEMPT,
	/* other ends */
	URFS_STAT_KILLED,
	URFS_STAT_CANCELLED,
	URFS_STAT_LATE,
	URFS_STAT_REQUEUED,
	URFS_STAT_OVERLOAD_WAITED, /* waited for room, whatever came of it */
	URFS_STAT_MODIFY, /* MODIFY requests */
	URFS_STAT_COOKIES, /* cookies that were set */
	URFS_STAT_MAX,
};

/* What a node on the queue is. */
enum urfs_kind {
	URFS_NODE_REQUEST, /* a request to deliver */
	URFS_NODE_CANCELLED, /* a request in quarantine, to be announced */
	URFS_NODE_OP_END, /* a request without id or block, to be announced and freed */
	URFS_NODE_LOST, /* a filter's count of lost callbacks */
	URFS_NODE_REPLY, /* a command's reply */
	URFS_NODE_COOKIE, /* a cookie that has ended */
};

struct urfs_node {
	struct list_head list;
	enum urfs_kind kind;
};

/**
 * struct urfs_conn - a connection; see conn.c
 */
struct urfs_conn {
	/* fixed from open on */
	struct mm_struct *mm; /* the handler's, counted by mmgrab: compared, never looked into */
	struct pid *tgid; /* the handler's process */
	struct pid_namespace *pid_ns;

	/* set once by HELLO, under cmd_lock and then lock; published by hello */
	void *mem;
	u64 *map;
	size_t size;

	struct mutex cmd_lock;
	struct list_head filters; /* changed under both locks, read under either */
	u32 next_handle; /* under cmd_lock */

	spinlock_t lock; /* covers all that follows, where nothing else is said */
	bool hello;
	bool mapped;
	bool callbacks;
	bool dead; /* read without the lock too: it only ever turns true */
	int vmas; /* mappings of the arena: one, and for a moment two in mremap */
	struct list_head queue; /* nodes of all kinds but replies */
	struct list_head replies;
	u32 nr_replies;
	u32 nr_cookies; /* that are set, or whose end was not received yet */
	u32 nr_requests; /* queued, received, or in quarantine */
	atomic_t nr_receivers; /* threads that wait for messages; no lock */
	atomic64_t asks; /* how often a thread asked for work; no lock */
	struct urfs_arena arena;
	DECLARE_HASHTABLE(ids, URFS_ID_BITS); /* received requests and those in quarantine */
	u64 late; /* replies to unknown ids, and late ones for filters that are gone */

	wait_queue_head_t wait; /* the handler's threads */
	wait_queue_head_t space; /* callers who wait for room */

	struct work_struct death; /* teardown, where death comes in a context that must not sleep for long */

	/* who.c; exempt and cgroup are changed under who_lock and read under RCU */
	struct hlist_node who_hash;
	struct list_head who_list;
	u32 exempt;
	struct cgroup __rcu *cgroup;
	s64 last_priority; /* highest of its filters', below any int if it has none; under lock, read without */

	refcount_t refs;
	struct list_head all; /* urfs_conns_lock */
	struct rcu_head rcu;
};

/**
 * struct urfs_filter - a user filter; see ufilter.c
 */
struct urfs_filter {
	refcount_t refs;
	struct urfs_conn *conn;
	struct list_head list; /* conn->filters, or of those whose end has begun */
	struct work_struct end;
	u32 handle;
	int priority;
	rfs_filter rfs;
	char name[RFS_NAME_LEN + 1];
	struct urfs_policy policy;
	u32 named; /* FCDLCTL_POLICY_ bits of what was ever set in it; written and read as it is */
	bool data; /* it has an operation with URFS_OP_DATA; under cmd_lock */

	/* conn->lock, read without it where that is marked */
	bool gone; /* being unregistered: nobody waits for it any more */
	bool modify; /* MODIFY is asked for */
	bool stalled; /* a deadline was missed when asks was stalled_asks */
	u64 stalled_asks;
	u64 warned_asks; /* asks when the log was last told about this filter, plus 1 */
	struct list_head requests; /* all that have this filter and are not in quarantine */
	u32 nr_waiting; /* callers who wait */
	u64 late_max_ns; /* longest that one of them stayed beyond its deadline */
	u64 lost; /* callbacks lost since the last LOST message */
	struct urfs_node lost_node; /* on conn->queue if lost is not 0 */

	atomic64_t stats[URFS_STAT_MAX];
	struct rcu_head rcu;
};

/*
 * States of a request, with who owns it, that is who alone may free it:
 *
 *	NEW	caller: being filled
 *	QUEUED	caller, or the connection if it has none (notify): on the queue
 *	TAKEN	the same: a thread received it, the id is open
 *	DONE	caller: answered
 *	LEFT	connection: the caller went while it was TAKEN. The id is still open, the block in quarantine.
 *	ENDING	connection: on the queue as OP_END
 */
enum urfs_state {
	URFS_REQ_NEW,
	URFS_REQ_QUEUED,
	URFS_REQ_TAKEN,
	URFS_REQ_DONE,
	URFS_REQ_LEFT,
	URFS_REQ_ENDING,
};

/* How a wait ends. */
enum urfs_end {
	URFS_END_NONE,
	URFS_END_ANSWER,
	URFS_END_TIMEOUT,
	URFS_END_KILLED,
	URFS_END_EXIT,
	URFS_END_DETACHED,
	URFS_END_DEACTIVATED,
};

/**
 * struct urfs_req - a request; see request.c
 * @node:	on conn->queue in states QUEUED and ENDING, and in LEFT until announced
 * @hash:	in conn->ids in states TAKEN and LEFT
 * @of_filter:	on filter->requests in states QUEUED, TAKEN, DONE and LEFT, as long as there is a filter
 * @filter:	NULL in state LEFT once the filter is gone
 * @handle:	of the filter, also when that is gone
 * @state:	conn->lock; the caller looks at it without, to see whether it may stop waiting
 * @forced:	tells the caller to leave, and why; written and read as state is
 * @delivered:	a thread received it and did not give it back
 * @flags:	URFS_MSG_ bits of the message
 * @why:	URFS_CANCELLED_ bits of the notice
 * @modify:	a MODIFY and not a CALLBACK
 * @locked:	the caller holds VFS locks
 * @op:		enum rfs_op_id or rfs_mod_id
 * @unit:	first unit of the block, URFS_ARENA_NONE if there is none
 * @units:	length of the block in units
 * @length:	bytes of the block that are filled
 * @verdict:	DONE: 0 or the negative errno of the reply
 * @data:	memory of the caller's that holds a piece of data, of which the block has a copy; NULL: there is none. Not
 *		for use once the caller left
 * @data_at:	where the copy begins in the block
 * @data_length: of both, in bytes
 * @changed:	DONE: the copy is to go back
 * @remember:	DONE: with URFS_REPLY_REMEMBER
 * @mmap_policy: DONE: RFS_NO_ bits of the reply
 * @path:	where the paths are in the block, kept here because the handler can write there; for the control device
 * @start_ns:	when it was queued; later if the caller was frozen
 * @deadline_ns: when the caller goes; 0 in notify mode
 * @answered_ns: when the answer came, however late the caller gets to know it
 * @caller:	the task that waits; alive as long as it does. NULL for notify and once it left
 * @args:	of the callback; good as long as @caller is there. NULL: a MODIFY, or nobody waits
 * @receiver:	thread that took it, counted; NULL before
 * @wait:	the caller
 */
struct urfs_req {
	struct urfs_node node;
	struct hlist_node hash;
	struct list_head of_filter;
	struct urfs_filter *filter;
	u32 handle;
	enum urfs_state state;
	enum urfs_end forced;
	u64 id;
	u64 operation;
	u32 flags;
	u32 why;
	bool modify;
	bool locked;
	bool delivered;
	u16 op;
	u32 unit;
	u32 units;
	u32 length;
	int verdict;
	void *data;
	u32 data_at;
	u32 data_length;
	bool changed;
	bool remember;
	u32 mmap_policy;
	struct urfs_path path[2];
	u64 start_ns;
	u64 deadline_ns;
	u64 answered_ns;
	struct task_struct *caller;
	const struct rfs_args *args;
	struct pid *receiver;
	wait_queue_head_t wait;
};

/* What became of a request whose caller waited. */
struct urfs_result {
	enum urfs_end end;
	int verdict;
	bool remember; /* with it, if it is the handler's */
	bool delivered;
	bool changed; /* the caller's piece of data is what the handler made of it */
	u32 mmap_policy;
	u64 waited_ns; /* that the handler is to blame for */
};

struct urfs_limit;

/* A cookie; see cookie.c */
struct urfs_kept {
	struct rfs_priv_data data;
	struct urfs_node node;
	struct urfs_conn *conn;
	u32 handle;
	u32 flags; /* URFS_COOKIE_ */
	u64 value;
	bool set; /* it was, and was not taken away: its end is told */
};

/* A command's reply on its way. */
struct urfs_cmd_reply {
	struct urfs_node node;
	struct urfs_msg msg;
};

/* Per operation and filter, from pre to post; kept by redirfs (rfs_op_data). */
struct urfs_op_data {
	u64 operation; /* 0: the handler has not seen the pre request */
	u64 pieces_of; /* read: number of the operation that the pieces carry; 0: the handler has seen none */
};

static inline void urfs_stat_add(struct urfs_filter *filter, enum urfs_stat stat, u64 n)
{
	atomic64_add(n, &filter->stats[stat]);
}

static inline void urfs_stat_inc(struct urfs_filter *filter, enum urfs_stat stat)
{
	atomic64_inc(&filter->stats[stat]);
}

/* Units of a block that a piece of data takes, with what may have to be left free before it */
static inline u32 urfs_data_units(size_t length)
{
	return DIV_ROUND_UP(length, URFS_BLOCK_ALIGN) + 1;
}

static inline void *urfs_req_block(struct urfs_conn *conn, const struct urfs_req *req)
{
	return (char *)conn->mem + (size_t)req->unit * URFS_BLOCK_ALIGN;
}

/* main.c: parameters, fixed at load */
extern unsigned int urfs_deadline_ms;
extern unsigned int urfs_max_connections;
extern unsigned int urfs_max_pending;
extern unsigned int urfs_arena_max_kib;
/* for the ends of filters and connections; flushed when the module goes */
extern struct workqueue_struct *urfs_wq;

/* conn.c */
extern struct mutex urfs_conns_lock;
extern struct list_head urfs_conns;
int urfs_conn_open(struct urfs_conn **conn);
void urfs_conn_release(struct urfs_conn *conn);
void urfs_conn_get(struct urfs_conn *conn);
void urfs_conn_put(struct urfs_conn *conn);
int urfs_conn_check(struct urfs_conn *conn);
int urfs_conn_hello(struct urfs_conn *conn, struct urfs_hello *hello);
int urfs_conn_mmap(struct urfs_conn *conn, struct vm_area_struct *vma);
void urfs_conn_die(struct urfs_conn *conn);
void urfs_conn_shutdown(struct urfs_conn *conn);
void urfs_conn_flush(struct urfs_conn *conn);
bool urfs_conn_gone(const struct urfs_conn *conn);

/* io.c */
extern const struct file_operations urfs_fops;

/* queue.c: all under conn->lock where "locked" is in the name */
void urfs_queue_add_locked(struct urfs_conn *conn, struct urfs_node *node);
void urfs_queue_lost_locked(struct urfs_filter *filter);
bool urfs_queue_empty(struct urfs_conn *conn);
bool urfs_queue_take(struct urfs_conn *conn, struct urfs_msg *msg, struct urfs_node **node);
void urfs_queue_taken(struct urfs_conn *conn, struct urfs_node *node);
void urfs_queue_put_back(struct urfs_conn *conn, const struct urfs_msg *msg, struct urfs_node *node);
void urfs_queue_destroy(struct urfs_conn *conn);
void urfs_queue_wake(struct urfs_conn *conn);

/* request.c */
int urfs_req_init(void);
void urfs_req_exit(void);
struct urfs_req *urfs_req_new(struct urfs_filter *filter, gfp_t gfp);
void urfs_req_free(struct urfs_req *req);
int urfs_req_room(struct urfs_filter *filter, struct urfs_req *req, u32 units);
int urfs_req_grow(struct urfs_filter *filter, struct urfs_req *req, u32 units);
void urfs_req_unroom(struct urfs_conn *conn, struct urfs_req *req);
int urfs_req_queue(struct urfs_filter *filter, struct urfs_req *req, const struct urfs_limit *limit);
void urfs_req_finish(struct urfs_conn *conn, struct urfs_req *req, enum urfs_end end, struct urfs_result *result);
int urfs_req_end_op(struct urfs_filter *filter, u64 operation, u16 op, gfp_t gfp);
int urfs_req_reply(struct urfs_conn *conn, u64 id, u32 flags, s64 value);
int urfs_req_requeue(struct urfs_conn *conn, u64 id);
int urfs_req_pin(struct urfs_conn *conn, u64 id, u32 which, struct rfs_pin *pin);
void urfs_req_force_locked(struct urfs_filter *filter, enum urfs_end end, bool received_too);
void urfs_req_forget_filter(struct urfs_filter *filter);
void urfs_req_destroy(struct urfs_conn *conn);
struct urfs_req *urfs_req_find_locked(struct urfs_conn *conn, u64 id);
void urfs_req_give_back_locked(struct urfs_conn *conn, struct urfs_req *req);

/* wait.c */

/**
 * struct urfs_limit - how long one caller may wait for one filter
 * @left_ns:	how long in all. A duration: time that the caller spends before its request is queued is its own
 * @spent_ns:	how long it has waited so far
 * @short_of:	enum urfs_stat of the budget that left it less than half of the filter's deadline; 0: none did
 * @releases:	urfs_releases when it came
 * @used:	what the operation has spent on waiting before
 * @held:	inodes whose locks it holds, for identity only; NULL: none
 */
struct urfs_limit {
	u64 left_ns;
	u64 spent_ns;
	int short_of;
	unsigned int releases;
	u64 *used;
	const void *held[2];
};

void urfs_wait_init(void);
int urfs_wait_limit(struct urfs_filter *filter, rfs_context context, const struct rfs_args *args,
		    struct urfs_limit *limit);
void urfs_wait_limit_plain(struct urfs_filter *filter, struct urfs_limit *limit, u64 *used);
void urfs_wait_charge(struct urfs_filter *filter, const struct urfs_limit *limit);
enum urfs_end urfs_wait_answer(struct urfs_filter *filter, struct urfs_req *req, const struct urfs_limit *limit,
			       bool freezable);
int urfs_wait_room(struct urfs_filter *filter, struct urfs_req *req, u32 units, struct urfs_limit *limit);
void urfs_wait_stall(struct urfs_filter *filter);
bool urfs_wait_stalled(const struct urfs_filter *filter);
void urfs_wait_release_all(void);

/* ask.c */
enum rfs_retv urfs_ask_pre(rfs_context context, struct rfs_args *args, bool notify, bool post);
enum rfs_retv urfs_ask_post(rfs_context context, struct rfs_args *args, bool notify, bool pre);
enum rfs_retv urfs_ask_piece(rfs_context context, struct rfs_args *args, const struct rfs_data *data, u32 flags);
enum rfs_err urfs_ask_modify(union rfs_mod *mod);

/* event.c */
int urfs_event_fill(struct urfs_conn *conn, struct urfs_req *req, rfs_context context, struct rfs_args *args,
		    const struct rfs_data *data, bool last);
int urfs_event_fill_modify(struct urfs_conn *conn, struct urfs_req *req, const union rfs_mod *mod);

/* ufilter.c */
int urfs_filter_register(struct urfs_conn *conn, const char *name, int priority, u32 flags, u32 *handle);
void urfs_filter_end_begin(struct urfs_filter *filter, struct list_head *ending);
int urfs_filter_end_wait(struct list_head *ending, unsigned int state, long timeout);
void urfs_filter_put(struct urfs_filter *filter);
int urfs_filter_set_ops(struct urfs_filter *filter, const struct urfs_op *ops, u32 count);
void urfs_filter_deactivated(struct urfs_filter *filter);
struct urfs_filter *urfs_filter_find(struct urfs_conn *conn, u32 handle);

/* cookie.c */
int urfs_cookie_run(struct urfs_conn *conn, struct urfs_cookie *c);
void urfs_cookie_show(const struct rfs_args *args, struct urfs_event *event);
void urfs_cookie_free(struct urfs_conn *conn, struct urfs_kept *kept);

/* cmd.c */
int urfs_cmd_run(struct urfs_conn *conn, struct urfs_cmd *cmd);
int urfs_cmd_queue(struct urfs_conn *conn, struct urfs_cmd *cmd);

/* who.c */
void urfs_who_add(struct urfs_conn *conn);
void urfs_who_del(struct urfs_conn *conn);
int urfs_who_set_exempt(struct urfs_conn *conn, u32 mode, s64 fd);
bool urfs_who_is_exempt(struct urfs_filter *filter);
bool urfs_who_is_handler(struct urfs_conn *conn);
bool urfs_who_cannot_wait(enum rfs_op_id op);

/* watchdog.c */
void urfs_watchdog_bark(struct urfs_filter *filter, struct urfs_req *req);

/* report.c */
extern const struct rfs_ctl_ops urfs_ctl_ops;

#endif /* URFS_H */
