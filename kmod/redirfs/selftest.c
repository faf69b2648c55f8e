// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest.c - does the mechanism work on this kernel?
 *
 * When the module is loaded, operations are made on a private tmpfs, under a filter that counts: every one of the
 * namespace that it has, and of the others one or more through each kind of table. If one of them does not reach the
 * callbacks before and after it, or the hook does not fire, the module does not load: better no filter than one that is
 * silently deaf on a new kernel.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "attach.h"
#include "compat.h"
#include "filter.h"
#include "rule.h"
#include "selftest.h"

static unsigned int seen_pre[RFS_OP_MAX], seen_post[RFS_OP_MAX];

static enum rfs_retv count(rfs_context context, struct rfs_args *args)
{
	(rfs_is_post(args) ? seen_post : seen_pre)[rfs_op(args)]++;
	return RFS_CONTINUE;
}

static struct rfs_op_info all_ops[] = {
	{ RFS_OP_CREATE, count, count },  { RFS_OP_MKDIR, count, count },  { RFS_OP_MKNOD, count, count },
	{ RFS_OP_SYMLINK, count, count }, { RFS_OP_LINK, count, count },   { RFS_OP_UNLINK, count, count },
	{ RFS_OP_RMDIR, count, count },	  { RFS_OP_RENAME, count, count }, { RFS_OP_SETATTR, count, count },
	{ RFS_OP_TMPFILE, count, count }, { RFS_OP_OPEN, count, count },   { RFS_OP_RELEASE, NULL, count },
	{ RFS_OP_GETATTR, count, count }, { RFS_OP_READ, count, count },   { RFS_OP_WRITE, count, count },
	{ RFS_OP_FSYNC, count, count },	  { RFS_OP_LLSEEK, count, count }, { RFS_OP_END },
};

struct open_and_close {
	struct work_struct work;
	struct path path;
	bool tmpfile;
	int err;
};

static int use(struct file *file)
{
	char byte = 'x', back = 0;
	loff_t pos = 0;
	struct kstat stat;
	int err;

	if (kernel_write(file, &byte, 1, &pos) != 1)
		return -EIO;
	pos = 0;
	if (kernel_read(file, &back, 1, &pos) != 1 || back != byte)
		return -EIO;
	err = vfs_fsync(file, 1);
	err = err ?: vfs_getattr(&file->f_path, &stat, STATX_BASIC_STATS, AT_STATX_SYNC_AS_STAT);
	if (!err && (stat.size != 1 || vfs_llseek(file, 0, SEEK_END) != 1))
		err = -EIO;
	return err;
}

static void open_and_close_work(struct work_struct *work)
{
	struct open_and_close *oc = container_of(work, struct open_and_close, work);
	struct file *file;

	file = oc->tmpfile ? rfs_vfs_tmpfile(&oc->path, S_IFREG | 0600, O_RDWR, current_cred()) :
			     dentry_open(&oc->path, O_RDONLY, current_cred());
	oc->err = PTR_ERR_OR_ZERO(file);
	if (oc->err)
		return;
	if (oc->tmpfile)
		oc->err = use(file);
	__fput_sync(file);
}

/* In a kernel thread: only there can a file be released at once, and the counters are looked at next. */
static int open_and_close(struct path *dir, struct dentry *dentry, bool tmpfile)
{
	struct open_and_close oc = { .path = { .mnt = dir->mnt, .dentry = dentry }, .tmpfile = tmpfile };

	INIT_WORK_ONSTACK(&oc.work, open_and_close_work);
	schedule_work(&oc.work);
	flush_work(&oc.work);
	destroy_work_on_stack(&oc.work);
	return oc.err;
}

static struct dentry *child(struct path *dir, const char *name)
{
	return rfs_lookup_name(name, dir->dentry);
}

static int in_directory(struct path *dir)
{
	struct iattr attr = { .ia_valid = ATTR_MODE | ATTR_CTIME, .ia_mode = S_IFREG | 0600 };
	struct dentry *a, *b, *sub, *node, *sym;
	struct inode *inode = d_inode(dir->dentry);
	int err;

	inode_lock_nested(inode, I_MUTEX_PARENT);
	a = child(dir, "a");
	b = child(dir, "b");
	sub = child(dir, "sub");
	node = child(dir, "node");
	sym = child(dir, "sym");
	if (IS_ERR(a) || IS_ERR(b) || IS_ERR(sub) || IS_ERR(node) || IS_ERR(sym)) {
		err = -ENOMEM;
		goto out;
	}
	err = rfs_vfs_create(inode, a, S_IFREG | 0644);
	err = err ?: rfs_vfs_mkdir(inode, &sub, 0755);
	err = err ?: rfs_vfs_mkfifo(inode, node, 0600);
	err = err ?: rfs_vfs_symlink(inode, sym, "a");
	err = err ?: vfs_link(a, rfs_nop_idmap, inode, b, NULL);
	err = err ?: vfs_unlink(rfs_nop_idmap, inode, node, NULL);
	err = err ?: rfs_vfs_rmdir(inode, sub);
	err = err ?: rfs_vfs_rename_in(inode, a, sym);
	if (!err) {
		inode_lock(d_inode(b));
		err = notify_change(rfs_nop_idmap, b, &attr, NULL);
		inode_unlock(d_inode(b));
	}
out:
	inode_unlock(inode);
	err = err ?: open_and_close(dir, b, false);
	err = err ?: open_and_close(dir, dir->dentry, true);
	if (!IS_ERR(a))
		dput(a);
	if (!IS_ERR(b))
		dput(b);
	if (!IS_ERR(sub))
		dput(sub);
	if (!IS_ERR(node))
		dput(node);
	if (!IS_ERR(sym))
		dput(sym);
	return err;
}

static int check_counts(void)
{
	const struct rfs_op_info *op;
	unsigned int times;
	int err = 0;

	for (op = all_ops; op->op_id != RFS_OP_END; op++) {
		/* the unnamed file was opened and released as well */
		times = op->op_id == RFS_OP_OPEN || op->op_id == RFS_OP_RELEASE ? 2 : 1;
		if ((!op->pre_cb || seen_pre[op->op_id] == times) && seen_post[op->op_id] == times)
			continue;
		pr_err("redirfs: self-test: %s reached the filter %u times before and %u times after, not %u\n",
		       rfs_op_name(op->op_id), seen_pre[op->op_id], seen_post[op->op_id], times);
		err = -EOPNOTSUPP;
	}
	if (rfs_hook_state() != RFS_HOOK_ALIVE) {
		pr_err("redirfs: self-test: the hook for new inodes does not fire\n");
		err = -EOPNOTSUPP;
	}
	return err;
}

static int with_filter(struct path *dir)
{
	struct rfs_filter_info info = { .name = "redirfs.selftest", .priority = 0, .active = 1 };
	rfs_filter filter;
	bool replaced;
	int err;

	err = rfs_register_filter(&filter, &info);
	if (err)
		return err;
	err = rfs_set_operations(filter, all_ops);
	err = err ?: rfs_rule_set(filter, dir, "/", RFS_PATH_INCLUDE | RFS_PATH_SUBTREE | RFS_PATH_FORCE, &replaced);
	err = err ?: in_directory(dir);
	err = err ?: check_counts();
	rfs_unregister_filter(filter);
	return err;
}

/* rfs_selftest() - may sleep. Return: 0; -EOPNOTSUPP if the mechanism does not work here; another errno of the tmpfs. */
int rfs_selftest(void)
{
	struct file_system_type *type = get_fs_type("tmpfs");
	struct vfsmount *mnt;
	struct path dir;
	int err;

	if (!type)
		return -ENODEV;
	mnt = kern_mount(type);
	module_put(type->owner);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	dir.mnt = mnt;
	dir.dentry = mnt->mnt_root;
	memset(seen_pre, 0, sizeof(seen_pre));
	memset(seen_post, 0, sizeof(seen_post));
	err = with_filter(&dir);
	kern_unmount(mnt);
	if (err)
		pr_err("redirfs: the self-test failed (error %d)%s, nothing was armed\n", err,
		       err == -EOPNOTSUPP ? ": this kernel is not supported" : "");
	return err;
}
