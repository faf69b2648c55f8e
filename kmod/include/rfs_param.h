/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_PARAM_H
#define RFS_PARAM_H

#include <linux/printk.h>
#include <linux/types.h>

/* rfs_param_ok() - check a module parameter when the module is loaded; says what is wrong, under the module's name */
static inline bool rfs_param_ok(const char *name, unsigned int value, unsigned int min, unsigned int max)
{
	if (value >= min && value <= max)
		return true;
	pr_err("parameter %s must be %u to %u\n", name, min, max);
	return false;
}

#endif /* RFS_PARAM_H */
