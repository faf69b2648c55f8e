// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrap_inode.c - the members of inode operations that redirfs replaces
 *
 * Each wrapper reads the original table once, copes with a member that is NULL there (the table was exchanged under
 * it: -EIO), and makes sure that an inode which it brought to light is shadowed too.
 *
 * A member that is NULL in the original stays NULL in the shadow: the VFS reads i_op twice, and caches in i_opflags and
 * d_flags what it found.
 */
#include <linux/slab.h>

#include "attach.h"
#include "call.h"
#include "compat.h"
#include "file.h"
#include "memo.h"
#include "shadow.h"

/*
 * The mode that a new object in @dir gets: the VFS takes off the umask before the call, except where the file system
 * has ACLs. There the file system does, unless the directory has a default ACL instead.
 */
static umode_t masked_mode(struct inode *dir, umode_t mode)
{
	struct posix_acl *acl;

	if (!IS_POSIXACL(dir))
		return mode;
	acl = rfs_get_acl(dir, ACL_TYPE_DEFAULT);
	if (IS_ERR_OR_NULL(acl))
		return mode & ~current_umask();
	posix_acl_release(acl);
	return mode;
}

/* A name that is not in memory. Whether it was there shows after it, in its object. */
static struct dentry *wrap_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	struct dentry *ret;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_LOOKUP);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->lookup)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_LOOKUP, dentry, NULL))
		err = rfs_call_pre(&v.call);
	ret = err ? ERR_PTR(err) : orig->lookup(dir, dentry, flags);
	if (!IS_ERR(ret)) {
		rfs_sb_shadow_result(d_inode(ret ?: dentry));
		if (v.asked && ret)
			v.call.args.name[RFS_FIRST].dentry = ret;
	}
	rfs_visit_leave(&v, PTR_ERR_OR_ZERO(ret));
	return ret;
}

static int wrap_create(struct rfs_idmap *idmap, struct inode *dir, struct dentry *dentry,
		       umode_t mode RFS_CREATE_EXCL_PARAM)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_CREATE);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->create)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_CREATE, dentry, NULL)) {
		v.call.args.mode = masked_mode(dir, mode);
		err = rfs_call_pre(&v.call);
	}
	if (!err) {
		err = orig->create(idmap, dir, dentry, mode RFS_CREATE_EXCL_ARG);
		if (!err)
			rfs_sb_shadow_result(d_inode(dentry));
	}
	return rfs_visit_leave(&v, err);
}

static int wrap_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_LINK);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->link)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_LINK, old, dentry))
		err = rfs_call_pre(&v.call);
	if (!err)
		err = orig->link(old, dir, dentry);
	rfs_memo_changed(d_inode(old), &v.guest);
	return rfs_visit_leave(&v, err);
}

static int wrap_unlink(struct inode *dir, struct dentry *dentry)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_UNLINK);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->unlink)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_UNLINK, dentry, NULL))
		err = rfs_call_pre(&v.call);
	if (!err)
		err = orig->unlink(dir, dentry);
	rfs_memo_changed(d_inode(dentry), &v.guest);
	return rfs_visit_leave(&v, err);
}

static int wrap_symlink(struct rfs_idmap *idmap, struct inode *dir, struct dentry *dentry, const char *target)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_SYMLINK);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->symlink)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_SYMLINK, dentry, NULL)) {
		v.call.args.target = target;
		err = rfs_call_pre(&v.call);
	}
	if (!err) {
		err = orig->symlink(idmap, dir, dentry, target);
		if (!err)
			rfs_sb_shadow_result(d_inode(dentry));
	}
	return rfs_visit_leave(&v, err);
}

static rfs_mkdir_t wrap_mkdir(struct rfs_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	rfs_mkdir_t ret;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_MKDIR);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->mkdir)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_MKDIR, dentry, NULL)) {
		v.call.args.mode = masked_mode(dir, mode) | S_IFDIR;
		err = rfs_call_pre(&v.call);
	}
	ret = err ? rfs_mkdir_ret(err) : orig->mkdir(idmap, dir, dentry, mode);
	err = rfs_mkdir_err(ret);
	if (!err) {
		struct dentry *made = rfs_mkdir_dentry(ret, dentry);

		rfs_sb_shadow_result(d_inode(made));
		if (v.asked)
			v.call.args.name[RFS_FIRST].dentry = made;
	}
	rfs_visit_leave(&v, err);
	return ret;
}

static int wrap_rmdir(struct inode *dir, struct dentry *dentry)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_RMDIR);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->rmdir)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_RMDIR, dentry, NULL))
		err = rfs_call_pre(&v.call);
	if (!err)
		err = orig->rmdir(dir, dentry);
	return rfs_visit_leave(&v, err);
}

static int wrap_mknod(struct rfs_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode, dev_t rdev)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_MKNOD);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->mknod)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_MKNOD, dentry, NULL)) {
		v.call.args.mode = masked_mode(dir, mode);
		v.call.args.rdev = rdev;
		err = rfs_call_pre(&v.call);
	}
	if (!err) {
		err = orig->mknod(idmap, dir, dentry, mode, rdev);
		if (!err)
			rfs_sb_shadow_result(d_inode(dentry));
	}
	return rfs_visit_leave(&v, err);
}

static int wrap_rename(struct rfs_idmap *idmap, struct inode *old_dir, struct dentry *old, struct inode *new_dir,
		       struct dentry *new, unsigned int flags)
{
	const struct inode_operations *orig;
	/* names may be exchanged by the file system itself */
	const struct inode *moved = d_inode(old), *victim = d_inode(new);
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, old_dir->i_sb, RFS_OP_RENAME);
	orig = rfs_shadow_orig_iops(old_dir);
	if (!err && !orig->rename)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_RENAME, old, new)) {
		v.call.args.rename_flags = flags;
		err = rfs_call_pre(&v.call);
	}
	if (!err)
		err = orig->rename(idmap, old_dir, old, new_dir, new, flags);
	rfs_memo_changed(moved, &v.guest);
	rfs_memo_changed(victim, &v.guest);
	return rfs_visit_leave(&v, err);
}

static int own_setattr(const struct inode_operations *orig, struct rfs_idmap *idmap, struct dentry *dentry,
		       struct iattr *attr)
{
	struct rfs_chmod chmod;
	int err;

	rfs_chmod_begin(&chmod, attr);
	err = orig->setattr(idmap, dentry, attr);
	rfs_chmod_end(&chmod);
	return err;
}

/* Zeros would come behind the end of a file for whose filters they are not zeros; truncate(2) knows the errno. */
static bool breaks_places(struct dentry *dentry, const struct iattr *attr)
{
	return attr->ia_valid & ATTR_SIZE && d_is_reg(dentry) && attr->ia_size > i_size_read(d_inode(dentry)) &&
	       rfs_data_guards(dentry, true);
}

static int wrap_setattr(struct rfs_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	const struct inode_operations *orig;
	struct inode *inode = d_inode(dentry);
	/* what was asked for: overlayfs changes its argument */
	struct iattr asked = *attr;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, inode->i_sb, RFS_OP_SETATTR);
	orig = rfs_shadow_orig_iops(inode);
	if (!err && !orig->setattr)
		err = -EIO;
	if (!err && breaks_places(dentry, attr))
		err = -EPERM;
	if (!err && rfs_visit_asked(&v, RFS_OP_SETATTR, dentry, NULL)) {
		v.call.args.attr = &asked;
		err = rfs_call_pre(&v.call);
	}
	if (!err)
		err = own_setattr(orig, idmap, dentry, attr);
	rfs_memo_changed(inode, &v.guest);
	return rfs_visit_leave(&v, err);
}

/* The file system makes the inode, and opens the file: through i_fop, or through a function of its own. */
static int wrap_tmpfile(struct rfs_idmap *idmap, struct inode *dir, struct file *file, umode_t mode)
{
	const struct inode_operations *orig;
	struct rfs_visit v;
	int err;

	err = rfs_visit_enter(&v, dir->i_sb, RFS_OP_TMPFILE);
	orig = rfs_shadow_orig_iops(dir);
	if (!err && !orig->tmpfile)
		err = -EIO;
	if (!err && rfs_visit_asked(&v, RFS_OP_TMPFILE, file->f_path.dentry, NULL)) {
		/* it never is in the directory, by whatever name */
		v.call.args.name[RFS_FIRST].deleted = true;
		v.call.args.name[RFS_FIRST].mnt = file->f_path.mnt;
		v.call.args.mode = masked_mode(dir, mode);
		v.call.args.open_flags = file->f_flags & ~__FMODE_EXEC;
		err = rfs_call_pre(&v.call);
	}
	if (!err) {
		err = orig->tmpfile(idmap, dir, file, mode);
		rfs_file_settle(file, &v.guest);
		if (v.asked)
			v.call.args.file[RFS_FIRST] = file;
	}
	return rfs_visit_leave(&v, err);
}

/*
 * atomic_open: the file system looks up, creates and opens in one step, and may open without f_op->open. To know what
 * it is going to do, the wrapper looks the name up first, as file systems without atomic_open have it, when anybody is
 * to be asked. What exists is opened in a step of its own, where f_op->open is asked about; what does not is created and
 * opened in the file system's way, between the filters of create and open.
 */
struct atomic_calls {
	struct rfs_call step;
	struct rfs_call create;
	struct rfs_call open;
	bool has_step, has_create, has_open;
	/* one operation for its caller, who holds the directory's lock throughout: so one budget */
	u64 spent;
};

static int atomic_pre(struct atomic_calls *c, const struct rfs_guest *guest, struct dentry *dentry, struct file *file,
		      unsigned int flags, umode_t mode)
{
	int err = 0;

	c->has_create = (flags & O_CREAT) && rfs_call_start(&c->create, guest, RFS_OP_CREATE, dentry, NULL);
	if (c->has_create) {
		c->create.budget = &c->spent;
		c->create.args.mode = masked_mode(d_inode(dentry->d_parent), mode);
		err = rfs_call_pre(&c->create);
	}
	c->has_open = !err && rfs_call_start(&c->open, guest, RFS_OP_OPEN, dentry, NULL);
	if (c->has_open) {
		c->open.budget = &c->spent;
		/* here the directory is locked, and the file is being made */
		c->open.args.flags |= RFS_OPF_LOCKED | RFS_OPF_CREATED;
		c->open.args.open_flags = file->f_flags & ~__FMODE_EXEC;
		err = rfs_call_pre(&c->open);
	}
	return err;
}

static void atomic_post(struct atomic_calls *c, struct file *file, int err)
{
	bool created = file->f_mode & FMODE_CREATED;

	if (c->has_open) {
		if (!created)
			c->open.args.flags &= ~RFS_OPF_CREATED;
		if (!err && !(file->f_mode & FMODE_OPENED))
			c->open.args.flags |= RFS_OPF_TWO_STEP;
		c->open.args.file[RFS_FIRST] = file;
		rfs_call_post(&c->open, err);
	}
	/* somebody else was faster, on another machine: the open found the file */
	if (c->has_create)
		rfs_call_post(&c->create, err || created ? err : -EEXIST);
}

static int atomic_asked(const struct inode_operations *orig, struct atomic_calls *c, const struct rfs_guest *guest,
			struct inode *dir, struct dentry *dentry, struct file *file, unsigned int flags, umode_t mode)
{
	struct dentry *found = NULL;
	int err;

	if (d_in_lookup(dentry)) {
		found = orig->lookup(dir, dentry, 0);
		if (IS_ERR(found))
			return PTR_ERR(found);
		rfs_sb_shadow_result(d_inode(found ?: dentry));
	}
	if (d_really_is_positive(found ?: dentry) || !(flags & O_CREAT))
		return finish_no_open(file, found);

	err = atomic_pre(c, guest, found ?: dentry, file, flags, mode);
	if (!err)
		err = orig->atomic_open(dir, found ?: dentry, file, flags, mode);
	if (!err)
		rfs_sb_shadow_result(d_inode(found ?: dentry));
	rfs_file_settle(file, guest);
	if (c->has_open && !err && file->f_mode & FMODE_OPENED)
		rfs_file_limit(file, c->open.args.mmap_policy);
	atomic_post(c, file, err);
	/* not opened after all, and the file system took the dentry that it was given for the VFS's own */
	if (!err && found && !(file->f_mode & FMODE_OPENED) && !file->f_path.dentry) {
		err = finish_no_open(file, found);
		found = NULL;
	}
	dput(found);
	return err;
}

/* Is create or open asked about, or the whole, for names in this directory? */
static bool atomic_matters(struct atomic_calls *c, const struct rfs_guest *guest, struct dentry *dentry)
{
	static const enum rfs_op_id ops[] = { RFS_OP_CREATE, RFS_OP_OPEN };
	struct rfs_set wants, candidates, in = {};
	bool unplaced = false;
	size_t i;

	if (c->has_step)
		return true;
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		wants = rfs_chain_wants(ops[i]);
		candidates = rfs_set_and(&wants, &guest->included);
		if (!rfs_set_empty(&candidates))
			rfs_scope_name(dentry, guest, &candidates, &in, &unplaced);
	}
	return !rfs_set_empty(&in);
}

static int wrap_atomic_open(struct inode *dir, struct dentry *dentry, struct file *file, unsigned int flags,
			    umode_t mode)
{
	const struct inode_operations *orig;
	struct atomic_calls *calls = NULL;
	struct rfs_guest guest;
	int err;

	err = rfs_enter(&guest, dir->i_sb, RFS_OP_ATOMIC_OPEN);
	orig = rfs_shadow_orig_iops(dir);
	if (err || !orig->atomic_open || !orig->lookup) {
		err = err ?: -EIO;
		goto out;
	}
	/* three calls at once are too much for the stack */
	if (!rfs_set_empty(&guest.included)) {
		calls = kzalloc(sizeof(*calls), GFP_KERNEL);
		if (!calls) {
			err = -ENOMEM;
			goto out;
		}
		calls->has_step = rfs_call_start(&calls->step, &guest, RFS_OP_ATOMIC_OPEN, dentry, NULL);
	}
	if (!calls || !atomic_matters(calls, &guest, dentry)) {
		err = orig->atomic_open(dir, dentry, file, flags, mode);
		if (!err && !d_in_lookup(dentry))
			rfs_sb_shadow_result(d_inode(dentry));
		rfs_file_settle(file, &guest);
		goto out;
	}
	if (calls->has_step) {
		calls->step.budget = &calls->spent;
		calls->step.args.mode = masked_mode(dir, mode);
		calls->step.args.open_flags = file->f_flags & ~__FMODE_EXEC;
		err = rfs_call_pre(&calls->step);
	}
	if (!err)
		err = atomic_asked(orig, calls, &guest, dir, dentry, file, flags, mode);
	if (calls->has_step)
		err = rfs_call_post(&calls->step, err);
out:
	kfree(calls);
	rfs_leave(&guest);
	return err;
}

#define WRAP(member)                                 \
	do {                                         \
		if (ops->member) {                   \
			ops->member = wrap_##member; \
			any = true;                  \
		}                                    \
	} while (0)

/* rfs_wrap_iops() - put the wrappers into a copy of a table. Return: whether there was a member to wrap. */
bool rfs_wrap_iops(struct inode_operations *ops)
{
	bool any = false;

	WRAP(lookup);
	WRAP(create);
	WRAP(link);
	WRAP(unlink);
	WRAP(symlink);
	WRAP(mkdir);
	WRAP(rmdir);
	WRAP(mknod);
	WRAP(rename);
	WRAP(setattr);
	WRAP(tmpfile);
	WRAP(atomic_open);
	return any;
}
