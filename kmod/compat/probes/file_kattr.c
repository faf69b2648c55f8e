// SPDX-License-Identifier: GPL-2.0-only
/* 6.17: struct fileattr became struct file_kattr */
#include <linux/fs.h>
#include <linux/fileattr.h>

unsigned int probe(const struct file_kattr *attr);
unsigned int probe(const struct file_kattr *attr)
{
	return attr->flags;
}
