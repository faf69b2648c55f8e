// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * policy.c - what counts while the program cannot answer
 *
 * The library keeps what the program set, to send it at registration and to give on_timeout itself. What holds now is
 * known to the control device, since others may change it there.
 */
#include <errno.h>
#include <string.h>

#include <fcdlctl_abi.h>

#include "internal.h"

#define CONTROL "/dev/fcdlctl"
#define DEADLINE_MAX_MS 3600000
#define ERRNO_MAX 4095

_Static_assert(URFS_ALLOW == FCDLCTL_ALLOW && URFS_DENY == FCDLCTL_DENY && URFS_WAIT == FCDLCTL_WAIT,
	       "verdicts travel as they are");
_Static_assert(URFS_POLICY_DEADLINE == FCDLCTL_POLICY_DEADLINE && URFS_POLICY_ON_TIMEOUT == FCDLCTL_POLICY_ON_TIMEOUT &&
		       URFS_POLICY_ON_OVERLOAD == FCDLCTL_POLICY_ON_OVERLOAD &&
		       URFS_POLICY_ON_EXIT == FCDLCTL_POLICY_ON_EXIT &&
		       URFS_POLICY_ON_UNASKABLE == FCDLCTL_POLICY_ON_UNASKABLE,
	       "so do their bits");

static bool verdict_is_good(const struct urfs_verdict *verdict, bool may_wait)
{
	switch (verdict->action) {
	case URFS_ALLOW:
		return !verdict->error;
	case URFS_DENY:
		return verdict->error >= 1 && verdict->error <= ERRNO_MAX;
	case URFS_WAIT:
		return may_wait && !verdict->error;
	default:
		return false;
	}
}

static int policy_check(const struct urfs_policy *policy)
{
	size_t i;

	if (!policy || policy->size != sizeof(*policy) || !policy->valid || policy->valid & ~(uint32_t)URFS_POLICY_ALL)
		return -EINVAL;
	for (i = 0; i < sizeof(policy->reserved) / sizeof(policy->reserved[0]); i++)
		if (policy->reserved[i])
			return -EINVAL;
	if ((policy->valid & URFS_POLICY_ON_TIMEOUT && !verdict_is_good(&policy->on_timeout, false)) ||
	    (policy->valid & URFS_POLICY_ON_OVERLOAD && !verdict_is_good(&policy->on_overload, true)) ||
	    (policy->valid & URFS_POLICY_ON_EXIT && !verdict_is_good(&policy->on_exit, false)) ||
	    (policy->valid & URFS_POLICY_ON_UNASKABLE && !verdict_is_good(&policy->on_unaskable, false)))
		return -EINVAL;
	if (policy->valid & URFS_POLICY_DEADLINE && (!policy->deadline_ms || policy->deadline_ms > DEADLINE_MAX_MS))
		return -ERANGE;
	return 0;
}

/* Take over the members that @from has. */
static void policy_merge(struct urfs_policy *to, const struct urfs_policy *from)
{
	to->valid |= from->valid;
	if (from->valid & URFS_POLICY_DEADLINE)
		to->deadline_ms = from->deadline_ms;
	if (from->valid & URFS_POLICY_ON_TIMEOUT)
		to->on_timeout = from->on_timeout;
	if (from->valid & URFS_POLICY_ON_OVERLOAD)
		to->on_overload = from->on_overload;
	if (from->valid & URFS_POLICY_ON_EXIT)
		to->on_exit = from->on_exit;
	if (from->valid & URFS_POLICY_ON_UNASKABLE)
		to->on_unaskable = from->on_unaskable;
}

static void verdict_send(struct fcdlctl_verdict *to, const struct urfs_verdict *from)
{
	to->action = from->action;
	to->error = from->error;
}

int urfs_policy_send(struct urfs_impl *conn, uint32_t handle, const struct urfs_policy *policy)
{
	struct fcdlctl_policy wire = { .valid = policy->valid };
	struct urfs_cmd cmd = {
		.type = URFS_CMD_SET_POLICY,
		.filter = handle,
		.ptr = (uintptr_t)&wire,
		.length = sizeof(wire),
	};

	if (wire.valid & URFS_POLICY_DEADLINE)
		wire.deadline_ms = policy->deadline_ms;
	if (wire.valid & URFS_POLICY_ON_TIMEOUT)
		verdict_send(&wire.on_timeout, &policy->on_timeout);
	if (wire.valid & URFS_POLICY_ON_OVERLOAD)
		verdict_send(&wire.on_overload, &policy->on_overload);
	if (wire.valid & URFS_POLICY_ON_EXIT)
		verdict_send(&wire.on_exit, &policy->on_exit);
	if (wire.valid & URFS_POLICY_ON_UNASKABLE)
		verdict_send(&wire.on_unaskable, &policy->on_unaskable);
	return urfs_conn_command(conn, &cmd);
}

int urfs_set_policy(rfs_filter filter, const struct urfs_policy *policy)
{
	enum urfs_state state;
	uint32_t handle;
	int err = filter ? urfs_conn_mine(filter->conn) : -EINVAL;

	if (!err)
		err = policy_check(policy);
	if (err)
		return err;
	/* table_lock: registration sends what is set, and must not miss this */
	pthread_mutex_lock(&filter->table_lock);
	pthread_mutex_lock(&filter->lock);
	state = filter->state;
	handle = filter->handle;
	pthread_mutex_unlock(&filter->lock);
	if (state == URFS_REGISTERED)
		err = urfs_policy_send(filter->conn, handle, policy);
	if (!err) {
		pthread_mutex_lock(&filter->lock);
		policy_merge(&filter->policy, policy);
		pthread_mutex_unlock(&filter->lock);
	}
	pthread_mutex_unlock(&filter->table_lock);
	return err;
}

static void verdict_take(struct urfs_verdict *to, const struct fcdlctl_verdict *from)
{
	to->action = from->action;
	to->error = from->error;
}

/* What the control device says of the filter's name. */
static int policy_read(struct rfs_flt *filter, struct urfs_policy *policy)
{
	const struct urfs_transport *io = filter->conn->io;
	struct fcdlctl_policy wire = { .valid = 0 };
	int fd, err;

	pthread_mutex_lock(&filter->lock);
	memcpy(wire.filter, filter->name, sizeof(filter->name));
	pthread_mutex_unlock(&filter->lock);
	fd = io->open(CONTROL);
	if (fd < 0)
		return fd;
	err = io->ioctl(fd, FCDLCTL_GET_POLICY, &wire);
	io->close(fd);
	if (err)
		return err;
	memset(policy, 0, sizeof(*policy));
	policy->size = sizeof(*policy);
	policy->valid = wire.valid & URFS_POLICY_ALL;
	policy->deadline_ms = wire.deadline_ms;
	verdict_take(&policy->on_timeout, &wire.on_timeout);
	verdict_take(&policy->on_overload, &wire.on_overload);
	verdict_take(&policy->on_exit, &wire.on_exit);
	verdict_take(&policy->on_unaskable, &wire.on_unaskable);
	return 0;
}

int urfs_get_policy(rfs_filter filter, struct urfs_policy *policy)
{
	int err = filter ? urfs_conn_mine(filter->conn) : -EINVAL;

	if (err)
		return err;
	if (!policy || policy->size != sizeof(*policy))
		return -EINVAL;
	return urfs_filter_is_registered(filter) ? policy_read(filter, policy) : -ENOENT;
}

static void verdict_reply(const struct urfs_verdict *verdict, struct urfs_reply *reply)
{
	if (verdict->action == URFS_DENY) {
		reply->flags = URFS_REPLY_STOP;
		reply->value = -(int64_t)verdict->error;
	}
}

/* What counts if the program has named nothing: data that a filter would have changed do not pass as they are. */
static struct urfs_verdict verdict_unnamed(bool piece)
{
	if (piece)
		return (struct urfs_verdict){ .action = URFS_DENY, .error = EIO };
	return (struct urfs_verdict){ .action = URFS_ALLOW };
}

void urfs_policy_piece(struct urfs_reply *reply)
{
	struct urfs_verdict verdict = verdict_unnamed(true);

	verdict_reply(&verdict, reply);
}

void urfs_policy_default(struct rfs_flt *filter, bool ask_kernel, bool piece, struct urfs_reply *reply)
{
	struct urfs_policy now = { .size = sizeof(now) };
	struct urfs_verdict verdict = verdict_unnamed(piece);

	if (ask_kernel && !urfs_get_policy(filter, &now) && now.valid & URFS_POLICY_ON_TIMEOUT) {
		verdict = now.on_timeout;
	} else {
		pthread_mutex_lock(&filter->lock);
		if (filter->policy.valid & URFS_POLICY_ON_TIMEOUT)
			verdict = filter->policy.on_timeout;
		pthread_mutex_unlock(&filter->lock);
	}
	verdict_reply(&verdict, reply);
}

void urfs_policy_exit(struct rfs_flt *filter, bool piece, struct urfs_reply *reply)
{
	struct urfs_policy now = { .size = sizeof(now) };
	struct urfs_verdict verdict = verdict_unnamed(piece);

	/* it may be registered in the kernel only */
	if (!policy_read(filter, &now)) {
		verdict = now.on_exit;
	} else {
		pthread_mutex_lock(&filter->lock);
		if (filter->policy.valid & URFS_POLICY_ON_EXIT)
			verdict = filter->policy.on_exit;
		pthread_mutex_unlock(&filter->lock);
	}
	verdict_reply(&verdict, reply);
}
