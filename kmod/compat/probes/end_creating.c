// SPDX-License-Identifier: GPL-2.0-only
/* after 6.17: start_creating() locks a directory and end_creating() unlocks it, as vfs_mkdir() does when it fails */
#include <linux/namei.h>

void probe(struct dentry *dentry);
void probe(struct dentry *dentry)
{
	end_creating(dentry);
}
