// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of the control device that change a filter.
 *
 * Each goes the same way: check the arguments, find the filter, ask it (locked? modifier callback?), change it. Between
 * the answer and the change nothing is held, since the callback may sleep until a user filter's deadline; a filter that
 * goes away meanwhile is noticed by the change itself.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/stddef.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "ctl.h"
#include "ctl_core.h"

#define RULE_KINDS (RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE)
#define RULE_SCOPES (RFS_PATH_SINGLE | RFS_PATH_SUBTREE)

/* The API says busy of a filter that is being unregistered; here that is the same as one that has been. */
static int change_result(enum rfs_err err)
{
	return err == RFS_ERR_BUSY ? -ESTALE : (int)err;
}

/* Tell the caller who is behind the errno of a change, if it is the filter: @to is the member refused of its struct. */
static int tell_refused(int err, u32 refused, u32 __user *to)
{
	return refused && put_user(refused, to) ? -EFAULT : err;
}

/* Values of one verdict in a request: HOLD is known, but not offered yet. */
static int verdict_check(const struct fcdlctl_verdict *verdict, bool may_wait, bool may_hold)
{
	if (verdict->reserved)
		return -EINVAL;
	if (verdict->action == FCDLCTL_HOLD && may_hold)
		return -EOPNOTSUPP;
	if (verdict->hold_ms)
		return -EINVAL;
	switch (verdict->action) {
	case FCDLCTL_WAIT:
		if (!may_wait)
			return -EINVAL;
		fallthrough;
	case FCDLCTL_ALLOW:
		return verdict->error ? -EINVAL : 0;
	case FCDLCTL_DENY:
		return verdict->error >= 1 && verdict->error <= 4095 ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static int policy_verdict_check(const struct fcdlctl_policy *policy, u32 bit, const struct fcdlctl_verdict *verdict)
{
	if (policy->valid & bit)
		return verdict_check(verdict, bit == FCDLCTL_POLICY_ON_OVERLOAD, bit == FCDLCTL_POLICY_ON_EXIT);
	return memchr_inv(verdict, 0, sizeof(*verdict)) ? -EINVAL : 0;
}

static int policy_check(const struct fcdlctl_policy *policy)
{
	int err;

	if (rfs_ctl_name_check(policy->filter, false))
		return -EINVAL;
	if (!policy->valid || (policy->valid & ~FCDLCTL_POLICY_ALL))
		return -EINVAL;
	if (policy->refused || memchr_inv(policy->reserved, 0, sizeof(policy->reserved)))
		return -EINVAL;
	if (!(policy->valid & FCDLCTL_POLICY_DEADLINE) && policy->deadline_ms)
		return -EINVAL;
	err = policy_verdict_check(policy, FCDLCTL_POLICY_ON_TIMEOUT, &policy->on_timeout);
	if (!err)
		err = policy_verdict_check(policy, FCDLCTL_POLICY_ON_OVERLOAD, &policy->on_overload);
	if (!err)
		err = policy_verdict_check(policy, FCDLCTL_POLICY_ON_EXIT, &policy->on_exit);
	if (!err)
		err = policy_verdict_check(policy, FCDLCTL_POLICY_ON_UNASKABLE, &policy->on_unaskable);
	if (err)
		return err;
	if ((policy->valid & FCDLCTL_POLICY_DEADLINE) &&
	    (policy->deadline_ms < 1 || policy->deadline_ms > FCDLCTL_DEADLINE_MS_MAX))
		return -ERANGE;
	return 0;
}

int rfs_ctl_do_get_policy(void __user *arg)
{
	struct fcdlctl_policy policy;
	rfs_filter filter;
	int err;

	if (copy_from_user(&policy, arg, sizeof(policy)))
		return -EFAULT;
	/* everything behind the name is output */
	if (rfs_ctl_name_check(policy.filter, false) ||
	    memchr_inv(&policy.valid, 0, sizeof(policy) - offsetof(struct fcdlctl_policy, valid)))
		return -EINVAL;
	filter = rfs_ctl_find(policy.filter);
	if (!filter)
		return -ENOENT;
	err = rfs_ctl_get_policy(filter, &policy);
	rfs_ctl_put(filter);
	if (!err && copy_to_user(arg, &policy, sizeof(policy)))
		err = -EFAULT;
	return err;
}

int rfs_ctl_do_set_policy(void __user *arg)
{
	union rfs_mod mod = { .id = RFS_MOD_SET_POLICY };
	struct fcdlctl_policy __user *user = arg;
	struct fcdlctl_policy policy, has = {};
	rfs_filter filter;
	u32 refused = 0;
	int err;

	if (copy_from_user(&policy, arg, sizeof(policy)))
		return -EFAULT;
	err = policy_check(&policy);
	if (err)
		return err;
	filter = rfs_ctl_find(policy.filter);
	if (!filter)
		return -ENOENT;
	/* a filter that has no policy is not asked whether it may be changed */
	err = rfs_ctl_get_policy(filter, &has);
	if (!err) {
		mod.policy.policy = &policy;
		err = rfs_ctl_ask(filter, &mod, &refused);
	}
	if (!err)
		err = rfs_ctl_set_policy(filter, &policy);
	rfs_ctl_put(filter);
	return tell_refused(err, refused, &user->refused);
}

static int setpath_check(const struct fcdlctl_setpath *request, bool set)
{
	u32 flags = request->flags;

	if (rfs_ctl_name_check(request->filter, false) || request->refused || request->reserved)
		return -EINVAL;
	if (!set)
		return flags ? -EINVAL : 0;
	if (flags & ~(RULE_KINDS | RULE_SCOPES | RFS_PATH_FORCE))
		return -EINVAL;
	/* exactly one of each pair */
	if (hweight32(flags & RULE_KINDS) != 1 || hweight32(flags & RULE_SCOPES) != 1)
		return -EINVAL;
	return 0;
}

/* The path of a request as a string of its own, or an error pointer. */
static char *setpath_path(const struct fcdlctl_setpath *request)
{
	char *path;

	if (!request->path_len)
		return ERR_PTR(-ENOENT);
	if (request->path_len >= RFS_PATH_LEN)
		return ERR_PTR(-ENAMETOOLONG);
	path = memdup_user_nul(u64_to_user_ptr(request->path), request->path_len);
	if (IS_ERR(path))
		return path;
	if (path[0] != '/' || strlen(path) != request->path_len) {
		kfree(path);
		return ERR_PTR(-EINVAL);
	}
	return path;
}

static int change_path(void __user *arg, bool set)
{
	union rfs_mod mod = { .id = set ? RFS_MOD_SET_PATH : RFS_MOD_DEL_PATH };
	struct fcdlctl_setpath __user *user = arg;
	struct fcdlctl_setpath request;
	struct rfs_path_info info, shown;
	rfs_filter filter;
	u32 refused = 0;
	char *path;
	int err;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	err = setpath_check(&request, set);
	if (err)
		return err;
	path = setpath_path(&request);
	if (IS_ERR(path))
		return PTR_ERR(path);
	filter = rfs_ctl_find(request.filter);
	if (!filter) {
		err = -ESRCH;
		goto free;
	}
	info.path = path;
	info.flags = request.flags;
	/* the callback sees a copy, so that it cannot change what it approves */
	shown = info;
	mod.path.info = &shown;
	err = rfs_ctl_ask(filter, &mod, &refused);
	if (!err)
		err = change_result(set ? rfs_set_path(filter, &info) : rfs_del_path(filter, &info));
	rfs_ctl_put(filter);
	if (!err && set) {
		request.flags = info.flags;
		if (copy_to_user(arg, &request, sizeof(request)))
			err = -EFAULT;
	}
free:
	kfree(path);
	return tell_refused(err, refused, &user->refused);
}

int rfs_ctl_do_setpath(void __user *arg)
{
	return change_path(arg, true);
}

int rfs_ctl_do_delpath(void __user *arg)
{
	return change_path(arg, false);
}

static int change_active(void __user *arg, bool active)
{
	union rfs_mod mod = { .id = active ? RFS_MOD_ACTIVATE : RFS_MOD_DEACTIVATE };
	struct fcdlctl_name __user *user = arg;
	struct fcdlctl_name request;
	rfs_filter filter;
	u32 refused = 0;
	int err;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	if (rfs_ctl_name_check(request.filter, false) || request.flags || request.refused)
		return -EINVAL;
	filter = rfs_ctl_find(request.filter);
	if (!filter)
		return -ENOENT;
	err = rfs_ctl_ask(filter, &mod, &refused);
	if (!err)
		err = active ? change_result(rfs_activate_filter(filter)) : rfs_ctl_deactivate(filter);
	rfs_ctl_put(filter);
	return tell_refused(err, refused, &user->refused);
}

int rfs_ctl_do_activate(void __user *arg)
{
	return change_active(arg, true);
}

int rfs_ctl_do_deactivate(void __user *arg)
{
	return change_active(arg, false);
}
