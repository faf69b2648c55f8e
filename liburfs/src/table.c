// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * table.c - the callbacks of a filter, which may be replaced while threads run them
 *
 * REFCNT: a published table carries one reference of the filter, each operation between pre and post another, so that
 * it ends with the callbacks it began with.
 * LOCKING: filter->table is read under RCU, and the reader takes a reference before it leaves the section. Who replaces
 * it holds table_lock, waits for the readers, and only then gives up the filter's reference: a reader that found the
 * pointer always finds a count above 0.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "rcu.h"

#define FLAGS (RFS_OP_PRE_NOTIFY | RFS_OP_POST_NOTIFY | RFS_OP_DATA | RFS_OP_PLACED)

struct urfs_table *urfs_table_ref(struct urfs_table *table)
{
	if (table)
		atomic_fetch_add(&table->refs, 1);
	return table;
}

void urfs_table_put(struct urfs_table *table)
{
	if (table && atomic_fetch_sub(&table->refs, 1) == 1)
		free(table);
}

struct urfs_table *urfs_table_get(struct rfs_flt *filter)
{
	struct urfs_table *table;

	urfs_rcu_lock();
	table = urfs_table_ref(atomic_load_explicit(&filter->table, memory_order_acquire));
	urfs_rcu_unlock();
	return table;
}

static struct urfs_table *table_new(void)
{
	struct urfs_table *table = calloc(1, sizeof(*table));

	if (table)
		atomic_init(&table->refs, 1);
	return table;
}

/* Takes over the caller's reference. */
static void table_publish(struct rfs_flt *filter, struct urfs_table *table)
{
	struct urfs_table *old = atomic_exchange(&filter->table, table);

	if (!old)
		return;
	urfs_rcu_synchronize();
	urfs_table_put(old);
}

/* The callback that is given the data, which somebody has to wait for. Return: false if it cannot be */
static bool table_data(struct urfs_cb *cb, const struct rfs_op_info *info)
{
	if (!(info->flags & RFS_OP_DATA))
		return !(info->flags & RFS_OP_PLACED);
	if (info->op_id == RFS_OP_READDIR && info->flags & RFS_OP_PLACED)
		return false;
	if ((info->op_id == RFS_OP_READ || info->op_id == RFS_OP_READDIR) && !(info->flags & RFS_OP_POST_NOTIFY))
		cb->data = info->post_cb;
	else if (info->op_id == RFS_OP_WRITE && !(info->flags & RFS_OP_PRE_NOTIFY))
		cb->data = info->pre_cb;
	return cb->data;
}

static int table_parse(struct urfs_table *table, const struct rfs_op_info *info)
{
	for (; info->op_id != RFS_OP_END; info++) {
		struct urfs_cb *cb;

		if ((unsigned int)info->op_id >= RFS_OP_MAX || info->flags & ~(unsigned int)FLAGS)
			return -EINVAL;
		cb = &table->op[info->op_id];
		if (cb->pre || cb->post || (!info->pre_cb && !info->post_cb))
			return -EINVAL;
		if (RFS_OPS_POST_ONLY & RFS_OP_BIT(info->op_id) && info->pre_cb)
			return -EINVAL;
		if (!table_data(cb, info))
			return -EINVAL;
		cb->pre = info->pre_cb;
		cb->post = info->post_cb;
		cb->flags = info->flags;
	}
	return 0;
}

int urfs_table_send(struct urfs_impl *conn, uint32_t handle, const struct urfs_table *table)
{
	struct urfs_op op[RFS_OP_MAX];
	struct urfs_cmd cmd = {
		.type = URFS_CMD_SET_OPERATIONS,
		.filter = handle,
		.ptr = (uintptr_t)op,
	};
	uint32_t i, n = 0;

	for (i = 0; table && i < RFS_OP_MAX; i++) {
		const struct urfs_cb *cb = &table->op[i];

		if (!cb->pre && !cb->post)
			continue;
		op[n].op = i;
		op[n].flags = 0;
		if (cb->pre)
			op[n].flags |= URFS_OP_PRE | (cb->flags & RFS_OP_PRE_NOTIFY ? URFS_OP_PRE_NOTIFY : 0);
		if (cb->post)
			op[n].flags |= URFS_OP_POST | (cb->flags & RFS_OP_POST_NOTIFY ? URFS_OP_POST_NOTIFY : 0);
		if (cb->data)
			op[n].flags |= URFS_OP_DATA | (cb->flags & RFS_OP_PLACED ? URFS_OP_PLACED : 0);
		n++;
	}
	cmd.length = n * (uint32_t)sizeof(op[0]);
	return urfs_conn_command(conn, &cmd);
}

/*
 * The kernel may ask by the new table as soon as it has heard of it, and by the old one until then. In between both
 * kinds of question must find a callback: whatever was there stays, and what is new is added.
 */
static struct urfs_table *table_merge(struct urfs_table *old, const struct urfs_table *new)
{
	struct urfs_table *merged = table_new();
	int i;

	if (!merged)
		return NULL;
	for (i = 0; i < RFS_OP_MAX; i++) {
		merged->op[i] = new->op[i];
		if (old && old->op[i].pre)
			merged->op[i].pre = old->op[i].pre;
		if (old && old->op[i].post)
			merged->op[i].post = old->op[i].post;
		if (old && old->op[i].data)
			merged->op[i].data = old->op[i].data;
	}
	return merged;
}

static int table_replace(struct rfs_flt *filter, uint32_t handle, struct urfs_table *table)
{
	struct urfs_table *old = urfs_table_ref(atomic_load(&filter->table));
	struct urfs_table *merged = table_merge(old, table);
	int err;

	if (!merged) {
		urfs_table_put(old);
		urfs_table_put(table);
		return -ENOMEM;
	}
	table_publish(filter, merged);
	err = urfs_table_send(filter->conn, handle, table);
	table_publish(filter, err ? old : table);
	urfs_table_put(err ? table : old);
	return err;
}

enum rfs_err rfs_set_operations(rfs_filter filter, struct rfs_op_info *op_info)
{
	struct urfs_table *table;
	uint32_t handle = 0;
	bool registered;
	int err;

	if (!filter || !op_info)
		return RFS_ERR_INVAL;
	err = urfs_conn_mine(filter->conn);
	if (err)
		return (enum rfs_err)err;
	table = table_new();
	if (!table)
		return RFS_ERR_NOMEM;
	err = table_parse(table, op_info);
	if (err) {
		urfs_table_put(table);
		return (enum rfs_err)err;
	}
	pthread_mutex_lock(&filter->table_lock);
	pthread_mutex_lock(&filter->lock);
	registered = filter->state == URFS_REGISTERED;
	handle = filter->handle;
	pthread_mutex_unlock(&filter->lock);
	if (registered)
		err = table_replace(filter, handle, table);
	else
		table_publish(filter, table);
	pthread_mutex_unlock(&filter->table_lock);
	return (enum rfs_err)err;
}
