// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiles on every kernel. If it does not, the others failed for the same
 * reason and say nothing about the kernel: the build stops here.
 */
#include <linux/fs.h>
#include <linux/module.h>

int rfs_probe(struct inode *inode);
int rfs_probe(struct inode *inode)
{
	return inode->i_op == NULL;
}
