// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - fcdl.ko: the log of who created, deleted, renamed and changed what, through /dev/fcdl
 *
 * The module is held by open readers (the owner of their file operations). Nothing is hooked while there is none.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>

#include "fcdl.h"
#include "rfs_param.h"
#include "rfs_version.h"

unsigned int fcdl_ring_max_kib = 64 * 1024;
module_param_named(ring_max_kib, fcdl_ring_max_kib, uint, 0444);
MODULE_PARM_DESC(ring_max_kib, "Largest ring of one reader in KiB, 64 to 1048576 (65536)");

unsigned int fcdl_max_readers = 32;
module_param_named(max_readers, fcdl_max_readers, uint, 0444);
MODULE_PARM_DESC(max_readers, "Most readers at one time, 1 to 96 (32)");

static struct miscdevice fcdl_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "fcdl",
	.fops = &fcdl_fops,
	.mode = 0600,
};

static int __init fcdl_init(void)
{
	if (!rfs_param_ok("ring_max_kib", fcdl_ring_max_kib, FCDL_RING_MIN / 1024, 1048576) ||
	    !rfs_param_ok("max_readers", fcdl_max_readers, 1, 96))
		return -EINVAL;
	return misc_register(&fcdl_device);
}

static void __exit fcdl_exit(void)
{
	misc_deregister(&fcdl_device);
	fcdl_readers_exit();
}

module_init(fcdl_init);
module_exit(fcdl_exit);
MODULE_VERSION(RFS_RELEASE);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Log of file system changes");
