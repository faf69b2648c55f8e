// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control device /dev/fcdlctl: who may open it, and the table of its requests.
 *
 * It keeps no state: an open file has no private data, lists are paged by cursors that the caller holds, and nothing
 * here is static but tables. LIFETIME: an open file holds the module (misc_open takes fops->owner), so that no request
 * runs when rfs_ctl_exit() is called. LOCKING: none of its own; the core locks what it looks at.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "ctl.h"
#include "ctl_core.h"
#include "rfs_version.h"

/**
 * rfs_ctl_name_check() - is this the name of a filter as a request must carry it?
 * @name:	FCDLCTL_NAME_SIZE bytes
 * @may_be_empty: accept an empty one
 *
 * Return: 0, or -EINVAL if the NUL is missing, if something else stands behind it, or if it is empty.
 */
int rfs_ctl_name_check(const char *name, bool may_be_empty)
{
	size_t len = strnlen(name, FCDLCTL_NAME_SIZE);

	if (len == FCDLCTL_NAME_SIZE)
		return -EINVAL;
	if (len == 0 && !may_be_empty)
		return -EINVAL;
	if (memchr_inv(name + len, 0, FCDLCTL_NAME_SIZE - len))
		return -EINVAL;
	return 0;
}

static int ctl_version(void __user *arg)
{
	struct fcdlctl_version version = {
		.abi = FCDLCTL_ABI_VERSION,
		.rfs_abi = RFS_ABI_VERSION,
	};

	strscpy(version.release, RFS_RELEASE, sizeof(version.release));
	return copy_to_user(arg, &version, sizeof(version)) ? -EFAULT : 0;
}

static int ctl_status(void __user *arg)
{
	struct fcdlctl_status status = {};

	rfs_ctl_status(&status);
	return copy_to_user(arg, &status, sizeof(status)) ? -EFAULT : 0;
}

static int ctl_deactivate_all(void __user *arg)
{
	struct fcdlctl_all all = {};

	/*
	 * This request changes things before it can know whether the caller's memory takes the count: it is the way out
	 * of a filter that denies too much and comes first.
	 */
	all.count = rfs_ctl_deactivate_all();
	return copy_to_user(arg, &all, sizeof(all)) ? -EFAULT : 0;
}

static int ctl_detach(void __user *arg)
{
	struct fcdlctl_detach detach;
	int inside;

	if (copy_from_user(&detach, arg, sizeof(detach)))
		return -EFAULT;
	if (detach.inside || detach.reserved)
		return -EINVAL;
	if (detach.timeout_ms > FCDLCTL_DETACH_MS_MAX)
		return -ERANGE;
	inside = rfs_ctl_detach(detach.timeout_ms);
	if (inside < 0)
		return inside;
	detach.inside = inside;
	return copy_to_user(arg, &detach, sizeof(detach)) ? -EFAULT : 0;
}

static const struct ctl_request {
	unsigned int cmd;
	int (*call)(void __user *arg);
} ctl_requests[] = {
	{ FCDLCTL_VERSION, ctl_version },
	{ FCDLCTL_STATUS, ctl_status },
	{ FCDLCTL_LIST, rfs_ctl_do_list },
	{ FCDLCTL_LIST_FS, rfs_ctl_do_list_fs },
	{ FCDLCTL_LIST_INSIDE, rfs_ctl_do_list_inside },
	{ FCDLCTL_LIST_PENDING, rfs_ctl_do_list_pending },
	{ FCDLCTL_LIST_PATHS, rfs_ctl_do_list_paths },
	{ FCDLCTL_STATS, rfs_ctl_do_stats },
	{ FCDLCTL_GET_POLICY, rfs_ctl_do_get_policy },
	{ FCDLCTL_SET_POLICY, rfs_ctl_do_set_policy },
	{ FCDLCTL_SETPATH, rfs_ctl_do_setpath },
	{ FCDLCTL_DELPATH, rfs_ctl_do_delpath },
	{ FCDLCTL_ACTIVATE, rfs_ctl_do_activate },
	{ FCDLCTL_DEACTIVATE, rfs_ctl_do_deactivate },
	{ FCDLCTL_DEACTIVATE_ALL, ctl_deactivate_all },
	{ FCDLCTL_DETACH, ctl_detach },
};

static long ctl_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ctl_requests); i++)
		if (ctl_requests[i].cmd == cmd)
			return ctl_requests[i].call((void __user *)arg);
	return -ENOTTY;
}

static int ctl_open(struct inode *inode, struct file *file)
{
	/* the node's mode may be changed, and a container may own another node of the same number */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return nonseekable_open(inode, file);
}

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.unlocked_ioctl = ctl_ioctl,
	/* every struct has the same layout for 32-bit callers, only the pointer itself has to be widened */
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice ctl_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "fcdlctl",
	.mode = 0600,
	.fops = &ctl_fops,
};

int rfs_ctl_init(void)
{
	return misc_register(&ctl_device);
}

void rfs_ctl_exit(void)
{
	misc_deregister(&ctl_device);
}
