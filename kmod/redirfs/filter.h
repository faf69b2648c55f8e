/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_FILTER_H
#define RFS_FILTER_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <rfs.h>
#include <rfs_kernel.h>

#include "set.h"

typedef enum rfs_retv (*rfs_cb)(rfs_context context, struct rfs_args *args);

/* What a filter wants, by operation. Immutable; counted by the filter and by each chain that it is in. */
struct rfs_optable {
	refcount_t refs;
	struct rfs_op_callbacks {
		rfs_cb pre;
		rfs_cb post;
		unsigned int flags;
	} op[RFS_OP_MAX];
};

/**
 * struct rfs_flt - a registered filter
 * @refs:	one while it is registered, one for each chain that it is in and for each caller of rfs_filter_get()
 * @list:	among all filters, by ascending priority; protected by rfs_filters_mutex
 * @all:	among all that exist, unregistered ones too; read under RCU, changed under a lock of filter.c
 * @id:		unique for ever
 * @slot:	its bit in every struct rfs_set, free for the next filter when the last reference is gone
 * @ops:	what it wants; protected by rfs_filters_mutex
 * @active:	protected by rfs_filters_mutex for writing
 * @gone:	it was unregistered: no callback begins any more; protected by @run_lock
 * @rules:	struct rfs_rule.of_filter; protected by rfs_rules_mutex
 * @anchored:	struct rfs_rule.of_filter_anchored, those that are not stale; protected by rfs_rules_lock
 * @nr_rules:	how many of them, stale ones too; protected by rfs_rules_lock, and so is @nr_stale
 * @dead:	it gets no new rules; protected by rfs_rules_mutex
 * @run_lock:	protects the members below
 * @running:	struct rfs_ctx.running of every callback in progress
 * @run_seq:	number of the last callback that began
 * @run_wait:	woken when a callback ends, or data do, while somebody waits
 * @priv:	struct rfs_priv_data.of_filter of what is attached; see priv.c
 * @ending:	of what is not any more, those whose end is still in progress
 */
struct rfs_flt {
	refcount_t refs;
	struct list_head list;
	struct list_head all;
	u64 id;
	char name[RFS_NAME_LEN + 1];
	int priority;
	unsigned int slot;
	unsigned int flags;
	unsigned int op_data_size;
	struct rfs_optable *ops;
	bool active;
	void *private_data;
	enum rfs_err (*mod_cb)(union rfs_mod *mod);
	const struct rfs_ctl_ops *ctl;

	struct list_head rules;
	struct list_head anchored;
	unsigned int nr_rules;
	unsigned int nr_stale;
	bool dead;

	spinlock_t run_lock;
	bool gone;
	struct list_head running;
	u64 run_seq;
	unsigned int run_waiters;
	wait_queue_head_t run_wait;
	struct list_head priv;
	unsigned int ending;

	atomic64_t pre_calls;
	atomic64_t post_calls;
	atomic64_t stops;
	atomic64_t memo_kept; /* memo.c */
	atomic64_t memo_hits;

	struct rcu_head rcu;
};

/**
 * struct rfs_chain - the active filters, as an operation found them when it began
 * @refs:	one for being the current chain, one for each operation that uses it
 * @wants:	filters that want an operation, before or after
 * @nr:		filters, by ascending priority
 * @data_size:	bytes of per-operation data of all of them together
 * @data:	filters that change data, in either direction
 * @placed:	those of them for which the place matters
 */
struct rfs_chain {
	refcount_t refs;
	struct rcu_head rcu;
	struct rfs_set wants[RFS_OP_MAX];
	unsigned int nr;
	unsigned int data_size;
	struct rfs_set data;
	struct rfs_set placed;
	struct rfs_link {
		struct rfs_flt *filter;
		struct rfs_optable *ops;
		unsigned int slot;
		unsigned int data_offset;
	} link[];
};

extern struct mutex rfs_filters_mutex;
extern struct rfs_chain __rcu *rfs_chain;

/*
 * Filters that change data, active or not, so that files are covered before it matters. Written under rfs_filters_mutex,
 * read racily.
 */
extern struct rfs_set rfs_data_filters;

struct rfs_chain *rfs_chain_get(void);
void rfs_chain_put(struct rfs_chain *chain);

/* rfs_filter_ctl() - its owner's description, NULL if there is none (yet); read private_data after it */
static inline const struct rfs_ctl_ops *rfs_filter_ctl(const struct rfs_flt *filter)
{
	return smp_load_acquire(&filter->ctl);
}

struct rfs_flt *rfs_filter_by_name(const char *name);
void rfs_filter_get(struct rfs_flt *filter);
void rfs_filter_put(struct rfs_flt *filter);

/* Under rfs_filters_mutex, by ascending priority */
extern struct list_head rfs_filters;
#define rfs_filters_for_each(filter) list_for_each_entry(filter, &rfs_filters, list)

/* Calls fn for every filter that exists, also one that is gone; returns whether any call returned true. fn: no sleep */
bool rfs_filters_any(bool (*fn)(struct rfs_flt *filter, void *data), void *data);

int rfs_filter_set_active(struct rfs_flt *filter, bool active, bool wait);
unsigned int rfs_filters_deactivate_all(void);

int rfs_filters_init(void);
void rfs_filters_exit(void);

#endif /* RFS_FILTER_H */
