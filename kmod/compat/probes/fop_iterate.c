// SPDX-License-Identifier: GPL-2.0-only
/* before 6.6: file_operations.iterate */
#include <linux/fs.h>

void *probe(const struct file_operations *ops);
void *probe(const struct file_operations *ops)
{
	return ops->iterate;
}
