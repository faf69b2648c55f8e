// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrap_attr.c - the members of inode operations that are replaced only while an active filter wants them (shadow.c)
 *
 * They look, except fileattr_set. As in wrap_inode.c, a member that is NULL in the original stays NULL.
 */
#include <linux/fs.h>
#include <linux/fileattr.h>
#include <linux/posix_acl_xattr.h>

#include "call.h"
#include "compat.h"
#include "shadow.h"

static int wrap_getattr(struct rfs_idmap *idmap, const struct path *path, struct kstat *stat, u32 mask,
			unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, inode->i_sb, RFS_OP_GETATTR);
	orig = rfs_shadow_orig_iops(inode);
	if (!err && !orig->getattr)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_GETATTR, path->dentry, NULL)) {
		/* not what the kernel says to itself there */
		rfs_visit_tell(&v, (struct rfs_io){ .cmd = mask, .type = flags & AT_STATX_SYNC_TYPE });
		err = rfs_call_pre(&v.call);
	}
	if (!err)
		err = orig->getattr(idmap, path, stat, mask, flags);
	return rfs_visit_leave(&v, err);
}

static ssize_t wrap_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *orig;
	struct rfs_visit v;
	ssize_t ret;

	ret = rfs_visit_enter(&v, inode->i_sb, RFS_OP_LISTXATTR);
	orig = rfs_shadow_orig_iops(inode);
	if (!ret && !orig->listxattr)
		ret = -EIO;
	if (!ret && rfs_visit_asked(&v, RFS_OP_LISTXATTR, dentry, NULL)) {
		rfs_visit_tell(&v, (struct rfs_io){ .length = size });
		ret = rfs_call_pre(&v.call);
	}
	if (!ret)
		ret = orig->listxattr(dentry, list, size);
	return rfs_visit_leave(&v, ret);
}

static int wrap_fileattr_set(struct rfs_idmap *idmap, struct dentry *dentry, struct rfs_fileattr *attr)
{
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, inode->i_sb, RFS_OP_FILEATTR_SET);
	orig = rfs_shadow_orig_iops(inode);
	if (!err && !orig->fileattr_set)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_FILEATTR_SET, dentry, NULL)) {
		rfs_visit_tell(&v, (struct rfs_io){ .cmd = attr->flags, .type = attr->fsx_xflags });
		err = rfs_call_pre(&v.call);
	}
	if (!err)
		err = orig->fileattr_set(idmap, dentry, attr);
	return rfs_visit_leave(&v, err);
}

/*
 * Where the link leads, told after it was read. A walk under RCU, which has no dentry and may not sleep, is not told of:
 * if that suffices the link was in memory. Short links that lie in the inode never get here.
 */
static const char *wrap_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	const struct inode_operations *orig;
	const char *target;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, inode->i_sb, RFS_OP_READLINK);
	orig = rfs_shadow_orig_iops(inode);
	if (!err && !orig->get_link)
		err = -EIO;
	if (!err && dentry && rfs_visit_asked(&v, RFS_OP_READLINK, dentry, NULL))
		err = rfs_call_pre(&v.call);
	target = err ? ERR_PTR(err) : orig->get_link(dentry, inode, done);
	if (v.asked && !IS_ERR(target))
		v.call.args.target = target;
	rfs_visit_leave(&v, PTR_ERR_OR_ZERO(target));
	return target;
}

#ifdef RFS_ACL_MEMBERS
/* ---- ACLs; before 6.2 they are attributes: wrap_xattr.c ---- */

static DEFINE_SPINLOCK(chmods_lock);
static LIST_HEAD(chmods);

/*
 * rfs_chmod_begin() - the caller is about to change a mode, in which the file system sets the ACL anew
 *
 * That is not somebody setting an ACL, and half of the change is done by then: so it is asked about as setattr only.
 */
void rfs_chmod_begin(struct rfs_chmod *chmod, const struct iattr *attr)
{
	struct rfs_set wants;

	chmod->task = NULL;
	if (!(attr->ia_valid & ATTR_MODE))
		return;
	wants = rfs_chain_wants(RFS_OP_SET_ACL);
	if (rfs_set_empty(&wants))
		return;
	chmod->task = current;
	spin_lock(&chmods_lock);
	list_add(&chmod->list, &chmods);
	spin_unlock(&chmods_lock);
}

void rfs_chmod_end(struct rfs_chmod *chmod)
{
	if (!chmod->task)
		return;
	spin_lock(&chmods_lock);
	list_del(&chmod->list);
	spin_unlock(&chmods_lock);
}

static bool in_chmod(void)
{
	const struct rfs_chmod *chmod;
	bool found = false;

	spin_lock(&chmods_lock);
	list_for_each_entry(chmod, &chmods, list)
		found |= chmod->task == current;
	spin_unlock(&chmods_lock);
	return found;
}

static const char *acl_name(int type)
{
	return type == ACL_TYPE_ACCESS ? XATTR_NAME_POSIX_ACL_ACCESS : XATTR_NAME_POSIX_ACL_DEFAULT;
}

/* No ACL: it goes. */
static int wrap_set_acl(struct rfs_idmap *idmap, struct dentry *dentry, struct posix_acl *acl, int type)
{
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, inode->i_sb, RFS_OP_SET_ACL);
	orig = rfs_shadow_orig_iops(inode);
	if (!err && !orig->set_acl)
		err = -EIO;
	if (!err && !in_chmod() && rfs_visit_asked(&v, RFS_OP_SET_ACL, dentry, NULL)) {
		rfs_visit_tell(&v, (struct rfs_io){ .length = acl ? posix_acl_xattr_size(acl->a_count) : 0 });
		v.call.args.xattr = acl_name(type);
		err = rfs_call_pre(&v.call);
	}
	if (!err)
		err = orig->set_acl(idmap, dentry, acl, type);
	return rfs_visit_leave(&v, err);
}

static int ask_get_acl(struct rfs_visit *v, struct dentry *dentry, int type)
{
	if (!rfs_visit_asked(v, RFS_OP_GET_ACL, dentry, NULL))
		return 0;
	v->call.args.xattr = acl_name(type);
	return rfs_call_pre(&v->call);
}

static struct posix_acl *wrap_get_acl(struct rfs_idmap *idmap, struct dentry *dentry, int type)
{
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *orig;
	struct posix_acl *acl;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, inode->i_sb, RFS_OP_GET_ACL);
	orig = rfs_shadow_orig_iops(inode);
	if (!err && !orig->get_acl)
		err = -EIO;
	if (!err)
		err = ask_get_acl(&v, dentry, type);
	acl = err ? ERR_PTR(err) : orig->get_acl(idmap, dentry, type);
	rfs_visit_leave(&v, acl ? PTR_ERR_OR_ZERO(acl) : -ENODATA);
	return acl;
}

/*
 * The kernel does not have the ACL in memory, whoever wants it: a program, or a check of permissions. No name comes with
 * it, so it is one that the object has. Nobody is asked in a walk under RCU, which may not sleep, nor in the middle of a
 * change of the file system's, which inherits the directory's.
 */
static struct posix_acl *wrap_get_inode_acl(struct inode *inode, int type, bool rcu)
{
	const struct inode_operations *orig;
	struct dentry *dentry = NULL;
	struct posix_acl *acl;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, inode->i_sb, RFS_OP_GET_ACL);
	orig = rfs_shadow_orig_iops(inode);
	if (!err && !orig->get_inode_acl)
		err = -EIO;
	if (!err && !rcu && !current->journal_info)
		dentry = d_find_alias(inode);
	if (dentry)
		err = ask_get_acl(&v, dentry, type);
	acl = err ? ERR_PTR(err) : orig->get_inode_acl(inode, type, rcu);
	rfs_visit_leave(&v, acl ? PTR_ERR_OR_ZERO(acl) : -ENODATA);
	dput(dentry);
	return acl;
}
#endif

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
#ifdef RFS_ACL_MEMBERS
	WRAP(SET_ACL, set_acl),
	WRAP(GET_ACL, get_acl),
	WRAP(GET_ACL, get_inode_acl),
#endif
	{},
};
