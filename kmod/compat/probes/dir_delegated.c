// SPDX-License-Identifier: GPL-2.0-only
/* after 6.17: directories can be delegated, so mkdir, mknod, symlink and rmdir may find one that is */
#include <linux/fs.h>

int probe(struct inode *dir, struct dentry *dentry);
int probe(struct inode *dir, struct dentry *dentry)
{
	return vfs_rmdir(&nop_mnt_idmap, dir, dentry, NULL);
}
