// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrap_attr.c - the members of inode operations that are replaced only while an active filter wants them (shadow.c)
 *
 * They look, except fileattr_set. As in wrap_inode.c, a member that is NULL in the original stays NULL.
 */
#include <linux/fs.h>
#include <linux/fileattr.h>

#include "call.h"
#include "compat.h"
#include "shadow.h"

static int wrap_getattr(struct rfs_idmap *idmap, const struct path *path, struct kstat *stat, u32 mask,
			unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	const struct inode_operations *orig;
	struct rfs_guest guest;
	struct rfs_call call;
	struct rfs_io io;
	int err;

	err = rfs_enter(&guest, inode->i_sb, RFS_OP_GETATTR);
	orig = rfs_shadow_orig_iops(inode);
	if (err || !orig->getattr) {
		err = err ?: -EIO;
		goto out;
	}
	if (!rfs_call_start(&call, &guest, RFS_OP_GETATTR, path->dentry, NULL)) {
		err = orig->getattr(idmap, path, stat, mask, flags);
		goto out;
	}
	/* not what the kernel says to itself there */
	io = (struct rfs_io){ .cmd = mask, .type = flags & AT_STATX_SYNC_TYPE };
	call.args.io = &io;
	err = rfs_call_pre(&call);
	if (!err)
		err = orig->getattr(idmap, path, stat, mask, flags);
	err = rfs_call_post(&call, err);
out:
	rfs_leave(&guest);
	return err;
}

static ssize_t wrap_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *orig;
	struct rfs_guest guest;
	struct rfs_call call;
	struct rfs_io io;
	ssize_t ret;

	ret = rfs_enter(&guest, inode->i_sb, RFS_OP_LISTXATTR);
	orig = rfs_shadow_orig_iops(inode);
	if (ret || !orig->listxattr) {
		ret = ret ?: -EIO;
		goto out;
	}
	if (!rfs_call_start(&call, &guest, RFS_OP_LISTXATTR, dentry, NULL)) {
		ret = orig->listxattr(dentry, list, size);
		goto out;
	}
	io = (struct rfs_io){ .length = size };
	call.args.io = &io;
	ret = rfs_call_pre(&call);
	if (!ret)
		ret = orig->listxattr(dentry, list, size);
	ret = rfs_call_post(&call, ret);
out:
	rfs_leave(&guest);
	return ret;
}

static int wrap_fileattr_set(struct rfs_idmap *idmap, struct dentry *dentry, struct rfs_fileattr *attr)
{
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *orig;
	struct rfs_guest guest;
	struct rfs_call call;
	struct rfs_io io;
	int err;

	err = rfs_enter(&guest, inode->i_sb, RFS_OP_FILEATTR_SET);
	orig = rfs_shadow_orig_iops(inode);
	if (err || !orig->fileattr_set) {
		err = err ?: -EIO;
		goto out;
	}
	if (!rfs_call_start(&call, &guest, RFS_OP_FILEATTR_SET, dentry, NULL)) {
		err = orig->fileattr_set(idmap, dentry, attr);
		goto out;
	}
	io = (struct rfs_io){ .cmd = attr->flags, .type = attr->fsx_xflags };
	call.args.io = &io;
	err = rfs_call_pre(&call);
	if (!err)
		err = orig->fileattr_set(idmap, dentry, attr);
	err = rfs_call_post(&call, err);
out:
	rfs_leave(&guest);
	return err;
}

/*
 * Where the link leads, told after it was read. A walk under RCU, which has no dentry and may not sleep, is not told of:
 * if that suffices the link was in memory. Short links that lie in the inode never get here.
 */
static const char *wrap_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	const struct inode_operations *orig;
	struct rfs_guest guest;
	struct rfs_call call;
	const char *target;
	int err;

	err = rfs_enter(&guest, inode->i_sb, RFS_OP_READLINK);
	orig = rfs_shadow_orig_iops(inode);
	if (err || !orig->get_link) {
		target = ERR_PTR(err ?: -EIO);
		goto out;
	}
	if (!dentry || !rfs_call_start(&call, &guest, RFS_OP_READLINK, dentry, NULL)) {
		target = orig->get_link(dentry, inode, done);
		goto out;
	}
	err = rfs_call_pre(&call);
	target = err ? ERR_PTR(err) : orig->get_link(dentry, inode, done);
	if (!IS_ERR(target))
		call.args.target = target;
	rfs_call_post(&call, PTR_ERR_OR_ZERO(target));
out:
	rfs_leave(&guest);
	return target;
}

#define WRAP(id, name)                                                                             \
	{                                                                                          \
		.ops = RFS_OP_BIT(RFS_OP_##id), .member = offsetof(struct inode_operations, name), \
		.wrapper = wrap_##name                                                             \
	}

const struct rfs_wrap rfs_iop_wraps[] = {
	WRAP(GETATTR, getattr),
	WRAP(READLINK, get_link),
	WRAP(LISTXATTR, listxattr),
	WRAP(FILEATTR_SET, fileattr_set),
	{},
};
