// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * filter.c - filters: made, registered, changed, unregistered, freed
 *
 * STATES: UNREGISTERED -> REGISTERING -> REGISTERED -> UNREGISTERING -> UNREGISTERED, each change under filter->lock.
 * Who moves a filter into one of the two states in between owns it until it moves it on; the lock is not held while the
 * kernel is asked or callbacks are waited for, so that callbacks may call everything.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "rcu.h"

#define INFO_FLAGS (RFS_FILTER_LOCKED | RFS_FILTER_UNPLACED)

/* ---- References and the map of registered filters ---- */

struct rfs_flt *urfs_filter_get(struct rfs_flt *filter)
{
	atomic_fetch_add(&filter->refs, 1);
	return filter;
}

void urfs_filter_put(struct rfs_flt *filter)
{
	if (atomic_fetch_sub(&filter->refs, 1) != 1)
		return;
	urfs_table_put(atomic_load(&filter->table));
	pthread_mutex_destroy(&filter->lock);
	pthread_mutex_destroy(&filter->table_lock);
	urfs_conn_put(filter->conn);
	free(filter);
}

struct rfs_flt *urfs_filter_find(struct urfs_impl *conn, uint32_t handle)
{
	struct rfs_flt *found = NULL;
	struct urfs_map *map;
	size_t i;

	urfs_rcu_lock();
	map = atomic_load_explicit(&conn->map, memory_order_acquire);
	for (i = 0; map && i < map->count; i++) {
		if (map->entry[i].handle != handle)
			continue;
		found = urfs_filter_get(map->entry[i].filter);
		break;
	}
	urfs_rcu_unlock();
	return found;
}

static struct urfs_map *map_new(size_t count)
{
	struct urfs_map *map = malloc(sizeof(*map) + count * sizeof(map->entry[0]));

	if (map)
		map->count = count;
	return map;
}

/*
 * The reader of the old map may be between its pointer and the reference to a filter in it. This waits under list_lock,
 * which nobody takes inside a section.
 */
static void map_publish(struct urfs_impl *conn, struct urfs_map *map)
{
	struct urfs_map *old = atomic_exchange(&conn->map, map);

	if (!old)
		return;
	urfs_rcu_synchronize();
	free(old);
}

static int map_add(struct rfs_flt *filter)
{
	struct urfs_impl *conn = filter->conn;
	struct urfs_map *old, *map;
	size_t count;

	pthread_mutex_lock(&conn->list_lock);
	old = atomic_load(&conn->map);
	count = old ? old->count : 0;
	map = map_new(count + 1);
	if (map) {
		if (count)
			memcpy(map->entry, old->entry, count * sizeof(map->entry[0]));
		map->entry[count].handle = filter->handle;
		map->entry[count].filter = urfs_filter_get(filter);
		map_publish(conn, map);
	}
	pthread_mutex_unlock(&conn->list_lock);
	return map ? 0 : -ENOMEM;
}

static void map_del(struct rfs_flt *filter)
{
	struct urfs_impl *conn = filter->conn;
	struct urfs_map *old, *map;
	size_t i, n = 0;
	bool found = false;

	pthread_mutex_lock(&conn->list_lock);
	old = atomic_load(&conn->map);
	for (i = 0; old && i < old->count; i++)
		found |= old->entry[i].filter == filter;
	map = found ? map_new(old->count - 1) : NULL;
	if (map) {
		for (i = 0; i < old->count; i++)
			if (old->entry[i].filter != filter)
				map->entry[n++] = old->entry[i];
		map_publish(conn, map);
	}
	pthread_mutex_unlock(&conn->list_lock);
	/* without memory the entry stays until urfs_close(), and keeps the filter: it is gone, so nothing calls it */
	if (map)
		urfs_filter_put(filter);
}

/* ---- Allocation ---- */

int urfs_filter_alloc(rfs_filter *filter, struct urfs_conn *conn)
{
	struct urfs_impl *impl;
	struct rfs_flt *flt;
	int err = urfs_conn_get(conn, &impl);

	if (err)
		return err;
	if (!filter)
		return -EINVAL;
	flt = calloc(1, sizeof(*flt));
	if (!flt)
		return -ENOMEM;
	flt->conn = impl;
	atomic_init(&flt->refs, 1);
	pthread_mutex_init(&flt->lock, NULL);
	pthread_mutex_init(&flt->table_lock, NULL);
	flt->policy.size = sizeof(flt->policy);
	atomic_fetch_add(&impl->refs, 1);
	pthread_mutex_lock(&impl->list_lock);
	list_add_tail(&impl->filters, &flt->node);
	pthread_mutex_unlock(&impl->list_lock);
	*filter = flt;
	return 0;
}

void urfs_filter_free(rfs_filter filter)
{
	struct urfs_impl *conn;

	/* a child leaves its parent's filters alone, and its own copies to the end of the process */
	if (!filter || urfs_conn_mine(filter->conn))
		return;
	conn = filter->conn;
	rfs_unregister_filter(filter);
	pthread_mutex_lock(&conn->list_lock);
	list_del(&filter->node);
	pthread_mutex_unlock(&conn->list_lock);
	urfs_filter_put(filter);
}

bool urfs_filter_is_registered(struct rfs_flt *filter)
{
	return atomic_load(&filter->state) == URFS_REGISTERED;
}

/* Move the filter from one state to another. Return: 0 or why that cannot be */
static int filter_move(struct rfs_flt *filter, enum urfs_state from, enum urfs_state to)
{
	int err = 0;

	pthread_mutex_lock(&filter->lock);
	if (filter->state == from)
		filter->state = to;
	else if (filter->state == URFS_UNREGISTERED)
		err = -ENOENT;
	else
		err = -EBUSY;
	pthread_mutex_unlock(&filter->lock);
	return err;
}

/* ---- Registration ---- */

/* The description as it is today, whatever the program knew of it. */
static int info_read(const struct rfs_filter_info *info, struct rfs_filter_info *full)
{
	static const struct rfs_filter_info none;

	if (!info || !info->name)
		return -EINVAL;
	*full = none;
	full->name = info->name;
	full->priority = info->priority;
	full->active = info->active;
	if (!info->size)
		return 0;
	if (info->size != sizeof(*info) || info->flags & ~(unsigned int)INFO_FLAGS ||
	    info->op_data_size > RFS_OP_DATA_MAX || info->reserved)
		return -EINVAL;
	full->flags = info->flags;
	full->op_data_size = info->op_data_size;
	return 0;
}

static int simple_command(struct rfs_flt *filter, uint32_t type, uint32_t handle, int64_t value)
{
	struct urfs_cmd cmd = {
		.type = type,
		.filter = handle,
		.value = value,
	};

	return urfs_conn_command(filter->conn, &cmd);
}

static int filter_register_name(struct rfs_flt *filter, const struct rfs_filter_info *info)
{
	struct urfs_cmd cmd = {
		.type = URFS_CMD_REGISTER,
		.ptr = (uintptr_t)info->name,
		.value = info->priority,
	};
	size_t len = strlen(info->name);
	int err;

	if (!len || len > RFS_NAME_LEN)
		return -EINVAL;
	cmd.length = (uint32_t)len;
	if (info->flags & RFS_FILTER_LOCKED)
		cmd.flags |= URFS_REGISTER_LOCKED;
	if (info->flags & RFS_FILTER_UNPLACED)
		cmd.flags |= URFS_REGISTER_UNPLACED;
	err = urfs_conn_command(filter->conn, &cmd);
	if (err)
		return err;
	pthread_mutex_lock(&filter->lock);
	filter->handle = (uint32_t)cmd.result;
	/* the control device wants zeros behind a name, not the rest of a longer one */
	memset(filter->name, 0, sizeof(filter->name));
	memcpy(filter->name, info->name, len);
	pthread_mutex_unlock(&filter->lock);
	return 0;
}

/* Tell the kernel what was set before the filter was registered. */
static int filter_send_settings(struct rfs_flt *filter)
{
	struct urfs_policy policy;
	int err;

	pthread_mutex_lock(&filter->lock);
	policy = filter->policy;
	pthread_mutex_unlock(&filter->lock);
	err = policy.valid ? urfs_policy_send(filter->conn, filter->handle, &policy) : 0;
	if (!err && atomic_load(&filter->mod_cb))
		err = simple_command(filter, URFS_CMD_SET_MODIFY, filter->handle, 1);
	if (!err)
		err = urfs_table_send(filter->conn, filter->handle, atomic_load(&filter->table));
	return err;
}

/* The end in the kernel, and of what messages that came before still needed. */
static void filter_leave_locked(struct rfs_flt *filter)
{
	if (!urfs_run_left(filter))
		return;
	simple_command(filter, URFS_CMD_UNREGISTER, filter->handle, 0);
	map_del(filter);
	urfs_ctx_drop(filter);
}

void urfs_filter_leave(struct rfs_flt *filter)
{
	/* table_lock: it may be registered again by now, which makes up for this */
	pthread_mutex_lock(&filter->table_lock);
	filter_leave_locked(filter);
	pthread_mutex_unlock(&filter->table_lock);
}

enum rfs_err rfs_register_filter(rfs_filter *filter, struct rfs_filter_info *info)
{
	struct rfs_filter_info full;
	struct rfs_flt *flt = filter ? *filter : NULL;
	int err = flt ? info_read(info, &full) : -EINVAL;

	if (err)
		return (enum rfs_err)err;
	err = urfs_conn_mine(flt->conn);
	if (err)
		return (enum rfs_err)err;
	if (filter_move(flt, URFS_UNREGISTERED, URFS_REGISTERING))
		return RFS_ERR_BUSY;
	/* rfs_set_operations() either comes before and is sent here, or finds the filter registered */
	pthread_mutex_lock(&flt->table_lock);
	/* a callback that still runs cannot have its answer counted and its filter back */
	filter_leave_locked(flt);
	pthread_mutex_lock(&flt->conn->run_lock);
	flt->gone = false;
	pthread_mutex_unlock(&flt->conn->run_lock);
	atomic_store(&flt->op_data_size, full.op_data_size);
	err = filter_register_name(flt, &full);
	if (err)
		goto unlock;
	err = map_add(flt);
	if (err)
		goto unregister;
	err = filter_send_settings(flt);
	if (!err && full.active)
		err = simple_command(flt, URFS_CMD_ACTIVATE, flt->handle, 0);
	if (!err) {
		filter_move(flt, URFS_REGISTERING, URFS_REGISTERED);
		pthread_mutex_unlock(&flt->table_lock);
		return RFS_ERR_OK;
	}
unregister:
	simple_command(flt, URFS_CMD_UNREGISTER, flt->handle, 0);
	urfs_run_gone(flt);
	map_del(flt);
unlock:
	pthread_mutex_unlock(&flt->table_lock);
	filter_move(flt, URFS_REGISTERING, URFS_UNREGISTERED);
	return (enum rfs_err)err;
}

/*
 * First inactive, so that callers whose question nobody has seen go on unasked; then callbacks that run may give their
 * answers; only then is the filter unregistered, which gives its on_exit to who still waits: deferred answers. Callbacks
 * of the filter that cannot be waited for here, such as the one that calls this, give their answers later: the filter
 * stays in the kernel, inactive, and in the map until then.
 */
enum rfs_err rfs_unregister_filter(rfs_filter filter)
{
	int err;

	if (!filter)
		return RFS_ERR_INVAL;
	err = urfs_conn_mine(filter->conn);
	if (!err)
		err = filter_move(filter, URFS_REGISTERED, URFS_UNREGISTERING);
	if (err)
		return (enum rfs_err)err;
	simple_command(filter, URFS_CMD_DEACTIVATE, filter->handle, 0);
	if (!urfs_run_leave(filter)) {
		simple_command(filter, URFS_CMD_UNREGISTER, filter->handle, 0);
		urfs_run_gone(filter);
		urfs_run_quiesce(filter);
		map_del(filter);
	}
	urfs_ctx_drop(filter);
	urfs_data_drop(filter->conn, filter);
	filter_move(filter, URFS_UNREGISTERING, URFS_UNREGISTERED);
	/* a loop that serves this filter has nothing more to do */
	urfs_loop_look(filter->conn);
	return RFS_ERR_OK;
}

/* ---- Changes ---- */

/* Handle of a filter that is registered, for a command to the kernel. */
static int filter_handle(struct rfs_flt *filter, uint32_t *handle)
{
	int err;

	if (!filter)
		return -EINVAL;
	err = urfs_conn_mine(filter->conn);
	if (err)
		return err;
	pthread_mutex_lock(&filter->lock);
	if (filter->state == URFS_REGISTERED)
		*handle = filter->handle;
	else if (filter->state == URFS_UNREGISTERED)
		err = -ENOENT;
	else
		err = -EBUSY;
	pthread_mutex_unlock(&filter->lock);
	return err;
}

static int path_command(struct rfs_flt *filter, uint32_t type, struct rfs_path_info *info, uint32_t flags,
			uint64_t *result)
{
	struct urfs_cmd cmd = { .type = type, .flags = flags };
	size_t len;
	int err = filter_handle(filter, &cmd.filter);

	if (err)
		return err;
	if (!info || !info->path)
		return -EINVAL;
	len = strlen(info->path);
	if (len >= RFS_PATH_LEN)
		return -ENAMETOOLONG;
	cmd.ptr = (uintptr_t)info->path;
	cmd.length = (uint32_t)len;
	err = urfs_conn_command(filter->conn, &cmd);
	*result = cmd.result;
	/* it was unregistered meanwhile */
	return err == -ESRCH ? -ENOENT : err;
}

enum rfs_err rfs_set_path(rfs_filter filter, struct rfs_path_info *path_info)
{
	uint32_t flags = path_info ? (uint32_t)path_info->flags : 0;
	uint64_t result;
	int err;

	/* what the last call with this struct left there is not a wish */
	flags &= ~(uint32_t)RFS_PATH_REPLACED;
	err = path_command(filter, URFS_CMD_SET_PATH, path_info, flags, &result);
	if (!err)
		path_info->flags = (int)(flags | (result & RFS_PATH_REPLACED));
	return (enum rfs_err)err;
}

enum rfs_err rfs_del_path(rfs_filter filter, struct rfs_path_info *path_info)
{
	uint64_t result;

	return (enum rfs_err)path_command(filter, URFS_CMD_DEL_PATH, path_info, 0, &result);
}

enum rfs_err rfs_activate_filter(rfs_filter filter)
{
	uint32_t handle;
	int err = filter_handle(filter, &handle);

	if (!err)
		err = simple_command(filter, URFS_CMD_ACTIVATE, handle, 0);
	return (enum rfs_err)err;
}

enum rfs_err rfs_deactivate_filter(rfs_filter filter)
{
	uint32_t handle;
	int err = filter_handle(filter, &handle);

	if (!err)
		err = simple_command(filter, URFS_CMD_DEACTIVATE, handle, 0);
	if (!err)
		urfs_run_quiesce(filter);
	return (enum rfs_err)err;
}

enum rfs_err rfs_set_mod_cb(rfs_filter filter, enum rfs_err (*mod_cb)(union rfs_mod *mod))
{
	enum rfs_err (*old)(union rfs_mod * mod);
	uint32_t handle;
	int err = filter ? urfs_conn_mine(filter->conn) : -EINVAL;

	if (err)
		return (enum rfs_err)err;
	/* table_lock: registration sends what is set, and must not miss this */
	pthread_mutex_lock(&filter->table_lock);
	old = atomic_exchange(&filter->mod_cb, mod_cb);
	if (!filter_handle(filter, &handle) && !old != !mod_cb) {
		err = simple_command(filter, URFS_CMD_SET_MODIFY, handle, mod_cb ? 1 : 0);
		if (err)
			atomic_store(&filter->mod_cb, old);
	}
	pthread_mutex_unlock(&filter->table_lock);
	return (enum rfs_err)err;
}

enum rfs_err rfs_set_private_data(rfs_filter filter, void *private_data)
{
	if (!filter)
		return RFS_ERR_INVAL;
	atomic_store(&filter->private_data, private_data);
	return RFS_ERR_OK;
}

enum rfs_err rfs_get_contextflt_private_data(rfs_context context, void **private_data)
{
	if (!context || !private_data)
		return RFS_ERR_INVAL;
	*private_data = atomic_load(&context->filter->private_data);
	return RFS_ERR_OK;
}
