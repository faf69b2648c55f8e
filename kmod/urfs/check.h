/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check.h - is what user space sent well-formed?
 *
 * Each function looks at a private copy and touches nothing else. Pure: compiled for the host by tests/unit as well.
 */
#ifndef URFS_CHECK_H
#define URFS_CHECK_H

#include <linux/types.h>
#include <urfs_abi.h>

/* A verdict in place of a handler's: one int, so that it is read whole without a lock */
#define URFS_VERDICT_ALLOW 0
#define URFS_VERDICT_WAIT 1
/* deny: the negative errno */

/**
 * struct urfs_policy - who answers if the handler does not, and when
 *
 * Written under the connection's lock, read without it, each member by itself: a caller in flight during a change may
 * see some of both.
 */
struct urfs_policy {
	u32 deadline_ms;
	int on_timeout;
	int on_overload;
	int on_exit;
	int on_unaskable;
};

#define URFS_DEADLINE_MS_MAX 3600000

int urfs_check_hello(const struct urfs_hello *hello);
int urfs_check_cmd(const struct urfs_cmd *cmd);
int urfs_check_reply(const struct urfs_reply *reply);
int urfs_check_verdict(u32 flags, s64 value, bool modify, bool piece);
int urfs_check_mmap(u32 flags, bool open);
int urfs_check_exchange(const struct urfs_exchange *x);
int urfs_check_open_object(const struct urfs_open_object *o);
int urfs_check_cookie(const struct urfs_cookie *c);
int urfs_check_ops(const struct urfs_op *ops, u32 count);
int urfs_check_policy(const struct fcdlctl_policy *in, struct urfs_policy *policy);
void urfs_policy_unnamed(struct urfs_policy *policy, u32 named, bool data);
void urfs_policy_show(const struct urfs_policy *policy, struct fcdlctl_policy *out);
void urfs_verdict_show(int verdict, struct fcdlctl_verdict *out);

#endif /* URFS_CHECK_H */
