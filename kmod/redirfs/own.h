/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_OWN_H
#define RFS_OWN_H

#include <linux/fs.h>

int rfs_own_init(void);
void rfs_own_exit(void);
struct super_block *rfs_own_sb(void);
struct inode *rfs_own_fresh_inode(void);
bool rfs_own_canary(void);

#endif /* RFS_OWN_H */
