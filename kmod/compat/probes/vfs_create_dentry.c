// SPDX-License-Identifier: GPL-2.0-only
/* after 6.17: vfs_create() finds the directory by itself */
#include <linux/fs.h>

int probe(struct dentry *dentry);
int probe(struct dentry *dentry)
{
	return vfs_create(&nop_mnt_idmap, dentry, 0, NULL);
}
