// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * data.c - data that filters keep with open files and objects
 *
 * The kernel keeps a number for each, the cookie, which is a name in a table of the connection here: so a message that is
 * late, or means something else, finds nothing, and memory that is used again is not taken for what was there before.
 *
 * REFCNT: struct rfs_priv_data is the program's, counted; its entry in the table has the reference of the attachment.
 *
 * LIFETIME of an entry: from just before the kernel is told until whichever comes first: the program detaches it; the
 * kernel says that it has ended; its filter is unregistered, when nobody waits for the kernel's word; the connection is
 * closed. Who takes it off the table drops its reference, and counts as ending until that is done: rfs_unregister_filter()
 * waits for it.
 *
 * LOCKING: data_lock for the table and the counts. Nothing is called under it.
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

/* How often to look again for what is there in place of one's own, which may end each time. */
#define TRIES 8

struct entry {
	struct list node; /* in a bucket of conn->data, or on a list of those that end */
	uint64_t cookie;
	struct rfs_priv_data *data;
};

void urfs_data_init(struct urfs_impl *conn)
{
	size_t i;

	for (i = 0; i < URFS_DATA_BUCKETS; i++)
		list_init(&conn->data[i]);
}

static struct list *bucket_of(struct urfs_impl *conn, uint64_t cookie)
{
	return &conn->data[cookie % URFS_DATA_BUCKETS];
}

/* Under data_lock. */
static struct entry *find(struct urfs_impl *conn, uint64_t cookie)
{
	struct list *node, *safe;

	list_for_each(node, safe, bucket_of(conn, cookie)) {
		struct entry *e = list_entry(node, struct entry, node);

		if (e->cookie == cookie)
			return e;
	}
	return NULL;
}

/* ---- Counting ---- */

enum rfs_err rfs_init_data(struct rfs_priv_data *data, rfs_filter filter, void (*free)(struct rfs_priv_data *data))
{
	static const struct rfs_priv_data none;

	if (!data || !filter || !free)
		return RFS_ERR_INVAL;
	*data = none;
	data->filter = filter;
	data->free = free;
	data->refs = 1;
	return RFS_ERR_OK;
}

struct rfs_priv_data *rfs_get_data(struct rfs_priv_data *data)
{
	__atomic_fetch_add(&data->refs, 1, __ATOMIC_RELAXED);
	return data;
}

void rfs_put_data(struct rfs_priv_data *data)
{
	if (data && __atomic_fetch_sub(&data->refs, 1, __ATOMIC_ACQ_REL) == 1)
		data->free(data);
}

/* ---- The table ---- */

/* Return: its cookie; 0: no memory. From here on somebody else may take it off. */
static uint64_t entry_add(struct urfs_impl *conn, struct rfs_priv_data *data)
{
	struct entry *e = malloc(sizeof(*e));
	uint64_t cookie;

	if (!e)
		return 0;
	e->data = rfs_get_data(data);
	/* the program may free the filter, with a callback of it still on its way */
	urfs_filter_get(data->filter);
	pthread_mutex_lock(&conn->data_lock);
	cookie = e->cookie = ++conn->last_cookie;
	list_add_tail(bucket_of(conn, cookie), &e->node);
	pthread_mutex_unlock(&conn->data_lock);
	return cookie;
}

/* With the entry's reference, or NULL if it is not there (any more). */
static struct rfs_priv_data *entry_take(struct urfs_impl *conn, uint64_t cookie)
{
	struct rfs_priv_data *data = NULL;
	struct entry *e;

	pthread_mutex_lock(&conn->data_lock);
	e = find(conn, cookie);
	if (e) {
		list_del(&e->node);
		data = e->data;
	}
	pthread_mutex_unlock(&conn->data_lock);
	if (e)
		urfs_filter_put(data->filter);
	free(e);
	return data;
}

/* With a reference of the caller's, or NULL. Another filter's cookie is none of this one's. */
static struct rfs_priv_data *entry_get(struct urfs_impl *conn, uint64_t cookie, const struct rfs_flt *filter)
{
	struct rfs_priv_data *data = NULL;
	struct entry *e;

	pthread_mutex_lock(&conn->data_lock);
	e = find(conn, cookie);
	if (e && e->data->filter == filter)
		data = rfs_get_data(e->data);
	pthread_mutex_unlock(&conn->data_lock);
	return data;
}

/* What ends on its own. Between begin and end unregistering the filter is not complete. */
static void end_list(struct urfs_impl *conn, struct list *list)
{
	struct list *node, *safe;

	list_for_each(node, safe, list) {
		struct entry *e = list_entry(node, struct entry, node);
		struct rfs_flt *filter = e->data->filter;

		rfs_put_data(e->data);
		free(e);
		pthread_mutex_lock(&conn->data_lock);
		filter->ending--;
		pthread_cond_broadcast(&conn->data_changed);
		pthread_mutex_unlock(&conn->data_lock);
		urfs_filter_put(filter);
	}
}

/* Under data_lock: off the table and onto @list, for end_list(). */
static void end_begin(struct entry *e, struct list *list)
{
	list_del(&e->node);
	list_add_tail(list, &e->node);
	e->data->filter->ending++;
}

void urfs_data_end(struct urfs_impl *conn, uint64_t cookie)
{
	struct list ended;
	struct entry *e;

	list_init(&ended);
	pthread_mutex_lock(&conn->data_lock);
	e = find(conn, cookie);
	if (e)
		end_begin(e, &ended);
	pthread_mutex_unlock(&conn->data_lock);
	end_list(conn, &ended);
}

void urfs_data_drop(struct urfs_impl *conn, struct rfs_flt *filter)
{
	struct list ended, *node, *safe;
	size_t i;

	list_init(&ended);
	pthread_mutex_lock(&conn->data_lock);
	for (i = 0; i < URFS_DATA_BUCKETS; i++) {
		list_for_each(node, safe, &conn->data[i]) {
			struct entry *e = list_entry(node, struct entry, node);

			if (!filter || e->data->filter == filter)
				end_begin(e, &ended);
		}
	}
	pthread_mutex_unlock(&conn->data_lock);
	end_list(conn, &ended);
	/* from inside a callback nobody is waited for, who may wait for this one */
	if (!filter || urfs_run_frame())
		return;
	pthread_mutex_lock(&conn->data_lock);
	while (filter->ending)
		pthread_cond_wait(&conn->data_changed, &conn->data_lock);
	pthread_mutex_unlock(&conn->data_lock);
}

/* ---- What filters call ---- */

/* Where the event has the cookie, or NULL: the block is the program's to write to, in the arena or a copy. */
static __u64 *cookie_place(const struct rfs_args *args, enum rfs_which which, uint32_t flags)
{
	struct urfs_event *event = (struct urfs_event *)(uintptr_t)args->event;

	if (flags & URFS_COOKIE_FILE)
		return which == RFS_FIRST || which == RFS_SECOND ? &event->file_cookie[which] : NULL;
	return (unsigned int)which <= RFS_SECOND_PARENT ? &event->inode_cookie[which] : NULL;
}

/* Ask the kernel. Return: 0 or -errno */
static int cookie_call(const struct rfs_args *args, struct urfs_cookie *c)
{
	struct urfs_impl *conn = args->conn;
	int err = urfs_conn_mine(conn);

	if (err)
		return err;
	if (conn->version < URFS_COOKIES_SINCE)
		return -EOPNOTSUPP;
	c->id = args->id;
	pthread_rwlock_rdlock(&conn->fd_lock);
	if (conn->closed)
		err = -EBADF;
	else
		err = conn->io->ioctl(conn->fd, URFS_IOC_COOKIE, c);
	pthread_rwlock_unlock(&conn->fd_lock);
	return err;
}

/* Offer one's own. Return: 0, also if there is another one in its place, which is in *there then; -errno. */
static int offer(const struct rfs_args *args, enum rfs_which which, uint32_t flags, uint64_t cookie, uint64_t *there)
{
	struct urfs_cookie c = { .which = (uint32_t)which, .flags = flags, .cookie = cookie };
	int err = cookie_call(args, &c);

	if (err)
		return err;
	*there = c.cookie;
	__atomic_store_n(cookie_place(args, which, flags), c.cookie, __ATOMIC_RELAXED);
	return 0;
}

static enum rfs_err attach(const struct rfs_args *args, enum rfs_which which, uint32_t flags,
			   struct rfs_priv_data *data, struct rfs_priv_data **exist)
{
	struct urfs_impl *conn = args->conn;
	uint64_t cookie, there = 0;
	int err = 0, tries;

	if (!data || !exist || data->filter != args->filter || !cookie_place(args, which, flags) ||
	    __atomic_exchange_n(&data->used, 1, __ATOMIC_RELAXED))
		return RFS_ERR_INVAL;
	*exist = NULL;
	cookie = entry_add(conn, data);
	if (!cookie) {
		data->used = 0;
		return RFS_ERR_NOMEM;
	}
	for (tries = 0; tries < TRIES && !err && !*exist; tries++) {
		err = offer(args, which, flags, cookie, &there);
		if (!err && there == cookie)
			return RFS_ERR_OK;
		if (!err)
			*exist = entry_get(conn, there, args->filter);
	}
	rfs_put_data(entry_take(conn, cookie));
	data->used = 0;
	if (err)
		return (enum rfs_err)err;
	return *exist ? RFS_ERR_EXIST : RFS_ERR_AGAIN;
}

static enum rfs_err look_up(const struct rfs_args *args, enum rfs_which which, uint32_t flags,
			    struct rfs_priv_data **data)
{
	const __u64 *place = cookie_place(args, which, flags);
	uint64_t cookie = place ? __atomic_load_n(place, __ATOMIC_RELAXED) : 0;

	*data = cookie ? entry_get(args->conn, cookie, args->filter) : NULL;
	return *data ? RFS_ERR_OK : RFS_ERR_NOENT;
}

static enum rfs_err detach(const struct rfs_args *args, enum rfs_which which, uint32_t flags,
			   struct rfs_priv_data **data)
{
	struct urfs_cookie c = { .which = (uint32_t)which, .flags = flags | URFS_COOKIE_TAKE };
	int err;

	*data = NULL;
	if (!cookie_place(args, which, flags))
		return RFS_ERR_NOENT;
	err = cookie_call(args, &c);
	if (err)
		return (enum rfs_err)err;
	__atomic_store_n(cookie_place(args, which, flags), 0, __ATOMIC_RELAXED);
	/* the kernel says nothing more about it; NULL: the filter is being unregistered */
	*data = entry_take(args->conn, c.cookie);
	return *data ? RFS_ERR_OK : RFS_ERR_NOENT;
}

enum rfs_err rfs_attach_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data *data,
				  struct rfs_priv_data **exist)
{
	return attach(args, which, URFS_COOKIE_FILE, data, exist);
}

enum rfs_err rfs_get_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data)
{
	return look_up(args, which, URFS_COOKIE_FILE, data);
}

enum rfs_err rfs_detach_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data)
{
	return detach(args, which, URFS_COOKIE_FILE, data);
}

enum rfs_err rfs_attach_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data *data,
				   struct rfs_priv_data **exist)
{
	return attach(args, which, 0, data, exist);
}

enum rfs_err rfs_get_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data)
{
	return look_up(args, which, 0, data);
}

enum rfs_err rfs_detach_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data)
{
	return detach(args, which, 0, data);
}
