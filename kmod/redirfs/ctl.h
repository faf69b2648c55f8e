/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctl.h - requests of the control device, one function each
 *
 * Each gets the caller's pointer to the struct of its request, reads it once, checks it as a whole, and writes it back
 * only on success. Errors are those of fcdlctl_abi.h.
 */
#ifndef RFS_CTL_H
#define RFS_CTL_H

#include <linux/types.h>
#include <rfs.h>

/* ctl.c */
int rfs_ctl_name_check(const char *name, bool may_be_empty);

/* ctl_list.c */
int rfs_ctl_do_list(void __user *arg);
int rfs_ctl_do_list_fs(void __user *arg);
int rfs_ctl_do_list_inside(void __user *arg);
int rfs_ctl_do_list_pending(void __user *arg);
int rfs_ctl_do_list_paths(void __user *arg);
int rfs_ctl_do_stats(void __user *arg);

/* ctl_change.c */
int rfs_ctl_do_get_policy(void __user *arg);
int rfs_ctl_do_set_policy(void __user *arg);
int rfs_ctl_do_setpath(void __user *arg);
int rfs_ctl_do_delpath(void __user *arg);
int rfs_ctl_do_activate(void __user *arg);
int rfs_ctl_do_deactivate(void __user *arg);

#endif /* RFS_CTL_H */
