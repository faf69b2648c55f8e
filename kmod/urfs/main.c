// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - urfs.ko: filters of redirfs in user space, through /dev/urfs
 *
 * The module is held by open connections (the owner of their file operations), and by the work item that waits for a
 * frozen task to leave a callback, if that kept a filter from its end when the connection was closed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "rfs_param.h"
#include "rfs_version.h"
#include "urfs.h"

unsigned int urfs_deadline_ms = 5000;
module_param_named(deadline_ms, urfs_deadline_ms, uint, 0444);
MODULE_PARM_DESC(deadline_ms, "Default deadline of a user filter in milliseconds, 1 to 3600000 (5000)");

unsigned int urfs_max_connections = 64;
module_param_named(max_connections, urfs_max_connections, uint, 0444);
MODULE_PARM_DESC(max_connections, "Most open connections, 1 to 4096 (64)");

unsigned int urfs_max_pending = 4096;
module_param_named(max_pending, urfs_max_pending, uint, 0444);
MODULE_PARM_DESC(max_pending, "Most requests that are queued or open on one connection, 1 to 1048576 (4096)");

unsigned int urfs_arena_max_kib = 64 * 1024;
module_param_named(arena_max_kib, urfs_arena_max_kib, uint, 0444);
MODULE_PARM_DESC(arena_max_kib, "Largest arena of one connection in KiB, 64 to 1048576 (65536)");

struct workqueue_struct *urfs_wq;

static struct miscdevice urfs_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "urfs",
	.fops = &urfs_fops,
	.mode = 0600,
};

static int __init urfs_init(void)
{
	int err;

	if (!rfs_param_ok("deadline_ms", urfs_deadline_ms, 1, URFS_DEADLINE_MS_MAX) ||
	    !rfs_param_ok("max_connections", urfs_max_connections, 1, 4096) ||
	    !rfs_param_ok("max_pending", urfs_max_pending, 1, 1048576) ||
	    !rfs_param_ok("arena_max_kib", urfs_arena_max_kib, URFS_ARENA_MIN / 1024, 1048576))
		return -EINVAL;
	urfs_wait_init();
	err = urfs_req_init();
	if (err)
		return err;
	urfs_wq = alloc_workqueue("urfs", WQ_UNBOUND, 0);
	if (!urfs_wq) {
		err = -ENOMEM;
		goto req_exit;
	}
	err = misc_register(&urfs_device);
	if (err)
		goto destroy_wq;
	return 0;

destroy_wq:
	destroy_workqueue(urfs_wq);
req_exit:
	urfs_req_exit();
	return err;
}

static void __exit urfs_exit(void)
{
	misc_deregister(&urfs_device);
	/* work items that have dropped their reference to the module already */
	destroy_workqueue(urfs_wq);
	urfs_req_exit();
}

module_init(urfs_init);
module_exit(urfs_exit);
MODULE_VERSION(RFS_RELEASE);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Filters of the Linux VFS in user space");
