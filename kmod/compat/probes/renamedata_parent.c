// SPDX-License-Identifier: GPL-2.0-only
/* 6.17: struct renamedata names the parents by dentry, and the mapping once */
#include <linux/fs.h>

int probe(struct dentry *parent);
int probe(struct dentry *parent)
{
	struct renamedata rd = { .mnt_idmap = &nop_mnt_idmap, .old_parent = parent };

	return vfs_rename(&rd);
}
