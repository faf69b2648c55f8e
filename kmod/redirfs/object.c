// SPDX-License-Identifier: GPL-2.0-only
/*
 * object.c - the very object of an operation, held beyond its callback, and opened for reading past all filters
 *
 * Whoever carries the operation out holds a mount, and so the file system, and the names. A pin holds them on its own:
 * the mount that a file was reached through where the operation has a file; else, since inode operations carry no mount,
 * the active reference of the superblock, as mounts do.
 */
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/namei.h>

#include "call.h"
#include "compat.h"
#include "file.h"

static const struct rfs_name *which_name(const struct rfs_args *args, enum rfs_which which, struct dentry **dentry)
{
	const struct rfs_name *name = &args->name[which == RFS_SECOND || which == RFS_SECOND_PARENT];

	*dentry = which == RFS_FIRST || which == RFS_SECOND ? name->dentry : name->parent;
	return name;
}

/* What opening could wait in (a FIFO), or would be no content. A directory's own lock may be its caller's to hold. */
static int readable(const struct inode *inode)
{
	if (S_ISREG(inode->i_mode))
		return 0;
	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	return S_ISLNK(inode->i_mode) ? -ELOOP : -ENXIO;
}

static int pin(const struct rfs_args *args, enum rfs_which which, bool to_read, struct rfs_pin *pin)
{
	const struct rfs_name *name;
	struct dentry *dentry;
	int err;

	if ((unsigned int)which > RFS_SECOND_PARENT)
		return -EINVAL;
	name = which_name(args, which, &dentry);
	if (!dentry || d_really_is_negative(dentry))
		return -ENOENT;
	err = to_read ? readable(d_inode(dentry)) : 0;
	if (err)
		return err;
	pin->mnt = name->mnt;
	if (pin->mnt)
		mntget(pin->mnt);
	else if (!atomic_inc_not_zero(&dentry->d_sb->s_active))
		return -ESTALE;
	pin->dentry = dget(dentry);
	return 0;
}

int rfs_pin_get(const struct rfs_args *args, enum rfs_which which, struct rfs_pin *p)
{
	return pin(args, which, true, p);
}
EXPORT_SYMBOL_GPL(rfs_pin_get);

int rfs_pin_object(const struct rfs_args *args, enum rfs_which which, struct rfs_pin *p)
{
	return pin(args, which, false, p);
}
EXPORT_SYMBOL_GPL(rfs_pin_object);

void rfs_pin_put(struct rfs_pin *pin)
{
	struct super_block *sb = pin->dentry->d_sb;

	dput(pin->dentry);
	if (pin->mnt)
		mntput(pin->mnt);
	else
		deactivate_super(sb);
}
EXPORT_SYMBOL_GPL(rfs_pin_put);

/*
 * A mount that nobody sees, of a file system that is kept active meanwhile. The context is one for a file system to be
 * mounted, which stands at its end: the superblock is there.
 */
static struct vfsmount *private_mount(struct super_block *sb)
{
	struct fs_context *fc = fs_context_for_mount(sb->s_type, 0);
	struct vfsmount *mnt;

	if (IS_ERR(fc))
		return ERR_CAST(fc);
	/* given back by put_fs_context() */
	atomic_inc(&sb->s_active);
	fc->root = dget(sb->s_root);
	mnt = vfs_create_mount(fc);
	put_fs_context(fc);
	return mnt;
}

/* Nothing waits for a lease, and no listener of fanotify is asked in turn. The file is not published yet. */
struct file *rfs_pin_open(const struct rfs_pin *pin)
{
	const int flags = O_RDONLY | O_LARGEFILE | O_NOATIME | O_NONBLOCK | RFS_O_QUIET | RFS_O_PAST_FILTERS;
	struct path path = { .mnt = pin->mnt, .dentry = pin->dentry };
	struct file *file;

	BUILD_BUG_ON(RFS_O_PAST_FILTERS & VALID_OPEN_FLAGS);
	if (!path.mnt) {
		path.mnt = private_mount(pin->dentry->d_sb);
		if (IS_ERR(path.mnt))
			return ERR_CAST(path.mnt);
	}
	file = dentry_open(&path, flags, current_cred());
	if (!IS_ERR(file))
		file->f_flags &= ~(O_NONBLOCK | RFS_O_PAST_FILTERS);
	/* the file has its own reference */
	if (!pin->mnt)
		mntput(path.mnt);
	return file;
}
EXPORT_SYMBOL_GPL(rfs_pin_open);
