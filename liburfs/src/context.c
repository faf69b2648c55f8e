// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * context.c - operations between their pre and their post callback
 *
 * The kernel numbers operations; the number of a pre request that a post request will follow comes back with that, or
 * with the message that there will be none. In between the context lies in a hash table of the connection.
 *
 * REFCNT: the table holds one reference, every callback that runs and every request another.
 *
 * ORDER: a thread that gets post while another one is still inside pre leaves the message in the context and goes on;
 * the other thread handles it after pre. This happens when pre's deadline passed, and with pre in notify mode. If post
 * overtakes pre before that has even begun, it cannot be told from a post whose operation had no pre callback when it
 * began: it runs at once, and its number is kept as an early one, so that pre, when it comes, does not leave a context
 * that nobody would take out again. Early numbers that no pre claims are forgotten after EARLY_NS.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "internal.h"

#define EARLY_NS (60 * 1000000000ull)

/* a number whose post came before its pre */
struct early {
	struct list node; /* in conn->ctx_early, oldest first */
	const struct rfs_flt *filter;
	uint64_t operation;
	uint64_t time_ns;
};

void urfs_ctx_init(struct urfs_impl *conn)
{
	size_t i;

	for (i = 0; i < URFS_CTX_BUCKETS; i++)
		list_init(&conn->ctx[i]);
	list_init(&conn->ctx_early);
}

static struct list *ctx_bucket(struct urfs_impl *conn, uint64_t operation)
{
	/* numbers are given one after another */
	return &conn->ctx[operation % URFS_CTX_BUCKETS];
}

struct rfs_ctx *urfs_ctx_ref(struct rfs_ctx *ctx)
{
	atomic_fetch_add(&ctx->refs, 1);
	return ctx;
}

void urfs_ctx_put(struct rfs_ctx *ctx)
{
	if (atomic_fetch_sub(&ctx->refs, 1) != 1)
		return;
	urfs_table_put(ctx->table);
	urfs_filter_put(ctx->filter);
	free(ctx);
}

static struct rfs_ctx *ctx_new(struct rfs_flt *filter, const struct urfs_msg *msg)
{
	size_t size = atomic_load(&filter->op_data_size);
	struct rfs_ctx *ctx = calloc(1, sizeof(*ctx) + size);

	if (!ctx)
		return NULL;
	atomic_init(&ctx->refs, 1);
	ctx->filter = urfs_filter_get(filter);
	ctx->table = urfs_table_get(filter);
	ctx->op = (enum rfs_op_id)msg->op;
	ctx->operation = msg->operation;
	ctx->data_size = size;
	return ctx;
}

static struct rfs_ctx *ctx_find(struct rfs_flt *filter, uint64_t operation)
{
	struct list *head = ctx_bucket(filter->conn, operation), *node, *safe;

	list_for_each(node, safe, head) {
		struct rfs_ctx *ctx = list_entry(node, struct rfs_ctx, node);

		if (ctx->operation == operation && ctx->filter == filter)
			return ctx;
	}
	return NULL;
}

/* Take the context out of the table; the caller gets the table's reference. */
static void ctx_unlist(struct rfs_ctx *ctx)
{
	list_del(&ctx->node);
	ctx->listed = false;
}

static uint64_t ctx_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void early_add(struct rfs_flt *filter, uint64_t operation)
{
	struct urfs_impl *conn = filter->conn;
	struct early *early = malloc(sizeof(*early));
	uint64_t now = ctx_now();
	struct list *node, *safe;

	list_for_each(node, safe, &conn->ctx_early) {
		struct early *old = list_entry(node, struct early, node);

		if (now - old->time_ns < EARLY_NS)
			break;
		list_del(&old->node);
		free(old);
	}
	/* without memory a context may be left over, which the end of the filter frees */
	if (!early)
		return;
	early->filter = filter;
	early->operation = operation;
	early->time_ns = now;
	list_add_tail(&conn->ctx_early, &early->node);
}

static bool early_take(struct rfs_flt *filter, uint64_t operation)
{
	struct list *node, *safe;

	list_for_each(node, safe, &filter->conn->ctx_early) {
		struct early *early = list_entry(node, struct early, node);

		if (early->operation != operation || early->filter != filter)
			continue;
		list_del(&early->node);
		free(early);
		return true;
	}
	return false;
}

/* The context of an operation that has had a piece already, with a new reference; NULL: there is none. */
static struct rfs_ctx *ctx_next_piece(struct rfs_flt *filter, const struct urfs_msg *msg)
{
	struct rfs_ctx *ctx;

	pthread_mutex_lock(&filter->conn->ctx_lock);
	ctx = ctx_find(filter, msg->operation);
	if (ctx)
		urfs_ctx_ref(ctx);
	if (ctx && !(msg->flags & URFS_MSG_POST))
		ctx->busy++;
	pthread_mutex_unlock(&filter->conn->ctx_lock);
	return ctx;
}

struct rfs_ctx *urfs_ctx_pre(struct rfs_flt *filter, const struct urfs_msg *msg)
{
	struct urfs_impl *conn = filter->conn;
	struct rfs_ctx *ctx = NULL;

	if (msg->flags & URFS_MSG_PIECE && msg->flags & URFS_MSG_POST_FOLLOWS)
		ctx = ctx_next_piece(filter, msg);
	if (ctx)
		return ctx;
	ctx = ctx_new(filter, msg);
	if (!ctx || !(msg->flags & URFS_MSG_POST_FOLLOWS))
		return ctx;
	pthread_mutex_lock(&conn->ctx_lock);
	if (!early_take(filter, msg->operation)) {
		ctx->listed = true;
		ctx->busy = 1;
		list_add_tail(ctx_bucket(conn, msg->operation), &urfs_ctx_ref(ctx)->node);
	}
	pthread_mutex_unlock(&conn->ctx_lock);
	return ctx;
}

bool urfs_ctx_pre_done(struct rfs_ctx *ctx, struct urfs_msg *post)
{
	struct urfs_impl *conn = ctx->filter->conn;
	bool has_post;

	pthread_mutex_lock(&conn->ctx_lock);
	/* 0: it was not counted, since its post had come first */
	if (ctx->busy)
		ctx->busy--;
	has_post = ctx->has_post && !ctx->busy;
	if (has_post) {
		ctx->has_post = false;
		*post = ctx->post;
	}
	pthread_mutex_unlock(&conn->ctx_lock);
	return has_post;
}

int urfs_ctx_post(struct rfs_flt *filter, const struct urfs_msg *msg, struct rfs_ctx **ctx)
{
	struct urfs_impl *conn = filter->conn;
	struct urfs_table *table;
	bool early;

	if (msg->flags & URFS_MSG_PIECE) {
		*ctx = ctx_next_piece(filter, msg);
		if (!*ctx)
			*ctx = ctx_new(filter, msg);
		return *ctx ? 0 : -ENOMEM;
	}
	pthread_mutex_lock(&conn->ctx_lock);
	*ctx = ctx_find(filter, msg->operation);
	if (*ctx && (*ctx)->busy) {
		(*ctx)->has_post = true;
		(*ctx)->post = *msg;
		pthread_mutex_unlock(&conn->ctx_lock);
		return -EBUSY;
	}
	if (*ctx)
		ctx_unlist(*ctx);
	pthread_mutex_unlock(&conn->ctx_lock);
	if (*ctx)
		return 0;

	*ctx = ctx_new(filter, msg);
	table = *ctx ? (*ctx)->table : NULL;
	early = table && msg->op < RFS_OP_MAX && table->op[msg->op].pre;
	if (early) {
		pthread_mutex_lock(&conn->ctx_lock);
		early_add(filter, msg->operation);
		pthread_mutex_unlock(&conn->ctx_lock);
	}
	return *ctx ? 0 : -ENOMEM;
}

void urfs_ctx_end(struct rfs_flt *filter, const struct urfs_msg *msg)
{
	struct rfs_ctx *ctx;

	pthread_mutex_lock(&filter->conn->ctx_lock);
	ctx = ctx_find(filter, msg->operation);
	if (ctx)
		ctx_unlist(ctx);
	else
		early_add(filter, msg->operation);
	pthread_mutex_unlock(&filter->conn->ctx_lock);
	if (ctx)
		urfs_ctx_put(ctx);
}

static void ctx_drop_matching(struct urfs_impl *conn, const struct rfs_flt *filter)
{
	struct list dropped, *node, *safe;
	size_t i;

	list_init(&dropped);
	pthread_mutex_lock(&conn->ctx_lock);
	for (i = 0; i < URFS_CTX_BUCKETS; i++) {
		list_for_each(node, safe, &conn->ctx[i]) {
			struct rfs_ctx *ctx = list_entry(node, struct rfs_ctx, node);

			if (filter && ctx->filter != filter)
				continue;
			ctx_unlist(ctx);
			list_add_tail(&dropped, &ctx->node);
		}
	}
	list_for_each(node, safe, &conn->ctx_early) {
		struct early *early = list_entry(node, struct early, node);

		if (filter && early->filter != filter)
			continue;
		list_del(&early->node);
		free(early);
	}
	pthread_mutex_unlock(&conn->ctx_lock);
	list_for_each(node, safe, &dropped)
		urfs_ctx_put(list_entry(node, struct rfs_ctx, node));
}

void urfs_ctx_drop(struct rfs_flt *filter)
{
	ctx_drop_matching(filter->conn, filter);
}

void urfs_ctx_free_all(struct urfs_impl *conn)
{
	ctx_drop_matching(conn, NULL);
}

void *rfs_op_data(rfs_context context)
{
	return context && context->data_size ? context->data : NULL;
}
