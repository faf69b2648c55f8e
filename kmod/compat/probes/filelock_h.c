// SPDX-License-Identifier: GPL-2.0-only
/* 6.3: struct file_lock has a header of its own */
#include <linux/fs.h>
#include <linux/filelock.h>

loff_t probe(const struct file_lock *lock);
loff_t probe(const struct file_lock *lock)
{
	return lock->fl_start;
}
