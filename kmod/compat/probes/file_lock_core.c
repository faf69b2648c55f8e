// SPDX-License-Identifier: GPL-2.0-only
/* 6.9: struct file_lock begins with a struct file_lock_core */
#include <linux/fs.h>
#include <linux/filelock.h>

int probe(const struct file_lock *lock);
int probe(const struct file_lock *lock)
{
	return lock->c.flc_type;
}
