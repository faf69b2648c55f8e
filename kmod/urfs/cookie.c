// SPDX-License-Identifier: GPL-2.0-only
/*
 * cookie.c - cookies: what a user filter keeps with open files and objects
 *
 * LIFETIME: struct urfs_kept is data of redirfs (rfs_priv_data), from the ioctl that sets it until redirfs frees it; from
 * then on it is the message that tells so, on the connection's queue until that is received, or the connection is dead.
 * It needs no reference to the connection: what redirfs frees it frees before the filter's end is complete, for which the
 * connection waits; and what an ioctl still holds then is freed while that holds the file.
 *
 * LOCKING: conn->lock for the queue and nr_cookies. Nothing is freed under it, since that takes it.
 */
#include <linux/slab.h>

#include "urfs.h"

static struct urfs_kept *kept_of(struct rfs_priv_data *data)
{
	return container_of(data, struct urfs_kept, data);
}

/* urfs_cookie_free() - its end was told, or is not to be */
void urfs_cookie_free(struct urfs_conn *conn, struct urfs_kept *kept)
{
	kfree(kept);
	spin_lock(&conn->lock);
	conn->nr_cookies--;
	spin_unlock(&conn->lock);
}

/* redirfs has no use for it any more */
static void kept_end(struct rfs_priv_data *data)
{
	struct urfs_kept *kept = kept_of(data);
	struct urfs_conn *conn = kept->conn;
	bool told = kept->set;

	if (told) {
		spin_lock(&conn->lock);
		told = !conn->dead;
		if (told)
			urfs_queue_add_locked(conn, &kept->node);
		spin_unlock(&conn->lock);
	}
	if (told)
		urfs_queue_wake(conn);
	else
		urfs_cookie_free(conn, kept);
}

/* Not set yet. Return: ERR_PTR(-ENOMEM), ERR_PTR(-ENOSPC). */
static struct urfs_kept *kept_new(struct urfs_conn *conn, const struct urfs_cookie *c)
{
	struct urfs_kept *kept = kzalloc(sizeof(*kept), GFP_KERNEL_ACCOUNT);
	bool full;

	if (!kept)
		return ERR_PTR(-ENOMEM);
	spin_lock(&conn->lock);
	full = conn->nr_cookies >= URFS_COOKIES_MAX;
	conn->nr_cookies += !full;
	spin_unlock(&conn->lock);
	if (full) {
		kfree(kept);
		return ERR_PTR(-ENOSPC);
	}
	kept->conn = conn;
	kept->node.kind = URFS_NODE_COOKIE;
	kept->flags = c->flags & URFS_COOKIE_FILE;
	kept->value = c->cookie;
	return kept;
}

/* A request whose caller waits, with its filter. Return: 0, -ESRCH, -EINVAL, -ESTALE. */
static int find_locked(struct urfs_conn *conn, u64 id, struct urfs_req **req)
{
	lockdep_assert_held(&conn->lock);
	*req = urfs_req_find_locked(conn, id);
	if (!*req)
		return -ESRCH;
	if ((*req)->modify)
		return -EINVAL;
	return (*req)->caller ? 0 : -ESTALE;
}

/*
 * Finds what the cookie is about. Data of a file are changed at once: its caller, and so the file, cannot leave while the
 * lock is held (urfs_req_finish()), and it does not sleep. An object is pinned, for after the lock.
 *
 * Return: 0 or -errno, with a reference to *filter if it was found.
 */
static int change_locked(struct urfs_conn *conn, const struct urfs_cookie *c, struct urfs_kept *kept,
			 struct urfs_filter **filter, struct rfs_pin *pin, struct rfs_priv_data **data)
{
	struct urfs_req *req;
	int err = find_locked(conn, c->id, &req);

	if (err)
		return err;
	*filter = req->filter;
	refcount_inc(&(*filter)->refs);
	if (kept) {
		kept->handle = req->handle;
		rfs_init_data(&kept->data, (*filter)->rfs, kept_end);
	}
	if (!(c->flags & URFS_COOKIE_FILE))
		return rfs_pin_object(req->args, c->which, pin);
	if (kept)
		return rfs_attach_data_file(req->args, c->which, &kept->data, data);
	return rfs_detach_data_file(req->args, c->which, data);
}

static int change(struct urfs_conn *conn, const struct urfs_cookie *c, struct urfs_kept *kept,
		  struct urfs_filter **filter, struct rfs_priv_data **data)
{
	struct rfs_pin pin;
	int err;

	/* before anybody can find it */
	if (kept)
		kept->set = true;
	spin_lock(&conn->lock);
	err = change_locked(conn, c, kept, filter, &pin, data);
	spin_unlock(&conn->lock);
	if (err || c->flags & URFS_COOKIE_FILE)
		return err;
	if (kept)
		err = rfs_attach_data_pin((*filter)->rfs, &pin, &kept->data, data);
	else
		err = rfs_detach_data_pin((*filter)->rfs, &pin, data);
	rfs_pin_put(&pin);
	return err;
}

static int set(struct urfs_conn *conn, struct urfs_cookie *c, struct urfs_filter **filter)
{
	struct urfs_kept *kept = kept_new(conn, c);
	struct rfs_priv_data *exist = NULL;
	int err;

	if (IS_ERR(kept))
		return PTR_ERR(kept);
	err = change(conn, c, kept, filter, &exist);
	if (!err)
		urfs_stat_inc(*filter, URFS_STAT_COOKIES);
	else
		kept->set = false;
	if (exist) {
		c->cookie = kept_of(exist)->value;
		err = 0;
	}
	rfs_put_data(exist);
	/* who did not find the request has not begun it either */
	if (*filter)
		rfs_put_data(&kept->data);
	else
		urfs_cookie_free(conn, kept);
	return err;
}

static int take(struct urfs_conn *conn, struct urfs_cookie *c, struct urfs_filter **filter)
{
	struct rfs_priv_data *data = NULL;
	int err = change(conn, c, NULL, filter, &data);

	if (data) {
		c->cookie = kept_of(data)->value;
		/* who takes it knows of its end */
		kept_of(data)->set = false;
	}
	rfs_put_data(data);
	return err;
}

/* urfs_cookie_run() - URFS_IOC_COOKIE, checked. May sleep. */
int urfs_cookie_run(struct urfs_conn *conn, struct urfs_cookie *c)
{
	struct urfs_filter *filter = NULL;
	int err = c->flags & URFS_COOKIE_TAKE ? take(conn, c, &filter) : set(conn, c, &filter);

	if (filter)
		urfs_filter_put(filter);
	return err;
}

static u64 value_of(struct rfs_priv_data *data)
{
	u64 value = data ? kept_of(data)->value : 0;

	rfs_put_data(data);
	return value;
}

/* urfs_cookie_show() - in a callback: what there is now */
void urfs_cookie_show(const struct rfs_args *args, struct urfs_event *event)
{
	struct rfs_priv_data *data;
	int i;

	for (i = RFS_FIRST; i <= RFS_SECOND; i++) {
		rfs_get_data_file(args, i, &data);
		event->file_cookie[i] = value_of(data);
	}
	for (i = RFS_FIRST; i <= RFS_SECOND_PARENT; i++) {
		rfs_get_data_inode(args, i, &data);
		event->inode_cookie[i] = value_of(data);
	}
}
