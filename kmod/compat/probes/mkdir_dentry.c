// SPDX-License-Identifier: GPL-2.0-only
/* 6.15: inode_operations.mkdir returns a dentry */
#include <linux/fs.h>

struct dentry *probe(struct inode *dir, struct dentry *dentry);
struct dentry *probe(struct inode *dir, struct dentry *dentry)
{
	return dir->i_op->mkdir(&nop_mnt_idmap, dir, dentry, 0);
}
