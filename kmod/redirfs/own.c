// SPDX-License-Identifier: GPL-2.0-only
/*
 * own.c - a private file system that nobody else sees
 *
 * It answers two questions that only an inode can: which tables the VFS gives to an inode before any file system does
 * (they are private to fs/inode.c and must never be shadowed), and whether the hook for new inodes fires (the canary).
 * Its superblock is attached as long as the hook is armed, and no rule ever lies on it.
 */
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

#include "compat.h"
#include "own.h"
#include "shadow.h"

#define RFS_OWN_MAGIC 0x72667321

static struct vfsmount *own_mnt;

static int own_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, RFS_OWN_MAGIC) ? 0 : -ENOMEM;
}

/* No owner: its one mount ends in rfs_own_exit(), and must not keep the module from getting there. */
static struct file_system_type own_type = {
	.name = "redirfs",
	.init_fs_context = own_init_fs_context,
	.kill_sb = kill_anon_super,
};

struct super_block *rfs_own_sb(void)
{
	return own_mnt->mnt_sb;
}

/* rfs_own_fresh_inode() - an inode as the VFS makes it; the caller puts it. May sleep. NULL: no memory. */
struct inode *rfs_own_fresh_inode(void)
{
	return new_inode(own_mnt->mnt_sb);
}

/* A table with one member that redirfs wraps; what it would do does not matter, nobody can call it. */
static int canary_setattr(struct rfs_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	return -EPERM;
}

static const struct inode_operations canary_iops = {
	.setattr = canary_setattr,
};

/*
 * rfs_own_canary() - make an inode known as a file system would, and see whether the hook noticed
 *
 * Only while the hook is armed. May sleep.
 *
 * Return: true if the hook is alive. (Also if there was no memory to try: that proves nothing against it.)
 */
bool rfs_own_canary(void)
{
	struct super_block *sb = own_mnt->mnt_sb;
	struct dentry *dentry = d_alloc_name(sb->s_root, "canary");
	struct inode *inode = dentry ? new_inode(sb) : NULL;
	bool alive = true;

	if (inode) {
		inode->i_mode = S_IFREG;
		inode->i_op = &canary_iops;
		d_instantiate(dentry, inode);
		alive = rfs_shadow_is_on(inode);
		rfs_shadow_restore(inode);
	}
	dput(dentry);
	return alive;
}

int rfs_own_init(void)
{
	own_mnt = kern_mount(&own_type);
	return PTR_ERR_OR_ZERO(own_mnt);
}

void rfs_own_exit(void)
{
	kern_unmount(own_mnt);
}
