// SPDX-License-Identifier: GPL-2.0-only
/* 6.7: a reference to a file behind a pointer that RCU protects */
#include <linux/fs.h>
#include <linux/mm_types.h>

struct file *probe(struct mm_struct *mm);
struct file *probe(struct mm_struct *mm)
{
	return get_file_active(&mm->exe_file);
}
