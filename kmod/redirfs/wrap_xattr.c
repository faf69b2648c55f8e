// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrap_xattr.c - extended attributes, by way of the superblock's array of handlers
 *
 * They are replaced only while an active filter wants them (shadow.c). The kernel itself reads attributes as well, such as
 * security.capability when a program is executed; who asks for getxattr is asked about that too.
 */
#include <linux/xattr.h>

#include "call.h"
#include "compat.h"
#include "shadow.h"

static const struct xattr_handler *orig_of(const struct xattr_handler *handler)
{
	return container_of(handler, struct rfs_xattr_handler, ops)->orig;
}

/*
 * An ACL, where the kernel treats it as an attribute: that is an operation of its own here too, the same one that it is
 * where members of inode operations do this (wrap_attr.c).
 */
static int read_acl(const struct xattr_handler *orig, struct dentry *dentry, struct inode *inode, const char *name,
		    void *buffer, size_t size)
{
	struct rfs_visit v;
	int ret;

	ret = rfs_visit_enter(&v, inode->i_sb, RFS_OP_GET_ACL);
	if (!ret && rfs_visit_asked(&v, RFS_OP_GET_ACL, dentry, NULL)) {
		v.call.args.xattr = orig->name;
		ret = rfs_call_pre(&v.call);
	}
	if (!ret)
		ret = orig->get(orig, dentry, inode, name, buffer, size);
	rfs_visit_leave(&v, min(ret, 0));
	return ret;
}

static int wrap_get(const struct xattr_handler *handler, struct dentry *dentry, struct inode *inode, const char *name,
		    void *buffer, size_t size)
{
	const struct xattr_handler *orig = orig_of(handler);
	struct rfs_visit v;
	int ret;

	if (rfs_is_acl_handler(orig))
		return read_acl(orig, dentry, inode, name, buffer, size);
	ret = rfs_visit_enter(&v, inode->i_sb, RFS_OP_GETXATTR);
	if (!ret && rfs_visit_asked(&v, RFS_OP_GETXATTR, dentry, NULL)) {
		rfs_visit_tell(&v, (struct rfs_io){ .length = size });
		v.call.args.xattr = xattr_full_name(orig, name);
		ret = rfs_call_pre(&v.call);
	}
	if (!ret)
		ret = orig->get(orig, dentry, inode, name, buffer, size);
	return rfs_visit_leave(&v, ret);
}

/* No value: the attribute goes. */
static int wrap_set(const struct xattr_handler *handler, struct rfs_idmap *idmap, struct dentry *dentry,
		    struct inode *inode, const char *name, const void *value, size_t size, int flags)
{
	enum rfs_op_id op = value ? RFS_OP_SETXATTR : RFS_OP_REMOVEXATTR;
	const struct xattr_handler *orig = orig_of(handler);
	struct rfs_visit v;
	int ret;

	if (rfs_is_acl_handler(orig))
		op = RFS_OP_SET_ACL;
	ret = rfs_visit_enter(&v, inode->i_sb, op);
	if (!ret && rfs_visit_asked(&v, op, dentry, NULL)) {
		rfs_visit_tell(&v,
			       (struct rfs_io){ .length = value ? size : 0, .cmd = op == RFS_OP_SETXATTR ? flags : 0 });
		v.call.args.xattr = xattr_full_name(orig, name);
		ret = rfs_call_pre(&v.call);
	}
	if (!ret)
		ret = orig->set(orig, idmap, dentry, inode, name, value, size, flags);
	return rfs_visit_leave(&v, ret);
}

#ifdef RFS_ACL_MEMBERS
#define OPS_GET RFS_OP_BIT(RFS_OP_GETXATTR)
#define OPS_SET (RFS_OP_BIT(RFS_OP_SETXATTR) | RFS_OP_BIT(RFS_OP_REMOVEXATTR))
#else
#define OPS_GET (RFS_OP_BIT(RFS_OP_GETXATTR) | RFS_OP_BIT(RFS_OP_GET_ACL))
#define OPS_SET (RFS_OP_BIT(RFS_OP_SETXATTR) | RFS_OP_BIT(RFS_OP_REMOVEXATTR) | RFS_OP_BIT(RFS_OP_SET_ACL))
#endif

const struct rfs_wrap rfs_xattr_wraps[] = {
	{ OPS_GET, offsetof(struct xattr_handler, get), wrap_get, NULL },
	{ OPS_SET, offsetof(struct xattr_handler, set), wrap_set, NULL },
	{},
};
