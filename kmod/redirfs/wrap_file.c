// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrap_file.c - open, by way of inode->i_fop, and the operations of open files that a rule covers
 *
 * The shadow for i_fop replaces only open. Its wrapper puts the file system's own table into the file, calls the own
 * open, and then gives the file a shadow of whatever table that left there, if a rule of any filter covers the object.
 * The file is not published at that point, so the exchange does not race. A file that no rule covers costs nothing
 * after open.
 */
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "call.h"
#include "compat.h"
#include "file.h"
#include "shadow.h"
#include "stats.h"

/*
 * Not to be judged: files behind an overlay, opened by overlayfs itself, whose data would be seen twice. Newer kernels
 * mark them; older ones give them the overlay's dentry with their own inode.
 */
static bool is_behind_overlay(const struct inode *inode, const struct file *file)
{
	return rfs_file_is_backing(file) || d_inode(file->f_path.dentry) != inode;
}

static int open_covered(struct inode *inode, struct file *file, const struct rfs_set *in, bool unplaced)
{
	struct rfs_file *rf = rfs_file_prepare();
	struct rfs_set wants = rfs_chain_wants(RFS_OP_OPEN);
	struct rfs_call call;
	bool asked;
	int err = 0;

	if (!rf) {
		rfs_count(no_memory);
		return -ENOMEM;
	}
	wants = rfs_set_and(&wants, in);
	asked = !rfs_set_empty(&wants) && rfs_call_start_scoped(&call, &wants, RFS_OP_OPEN, file->f_path.dentry, NULL);
	if (asked) {
		call.args.open_flags = file->f_flags & ~__FMODE_EXEC;
		if (rfs_file_for_exec(file))
			call.args.flags |= RFS_OPF_EXEC;
		if (file->f_mode & FMODE_CREATED)
			call.args.flags |= RFS_OPF_CREATED;
		if (unplaced)
			call.args.flags |= RFS_OPF_UNPLACED;
		err = rfs_call_pre(&call);
	}
	if (!err && file->f_op->open)
		err = file->f_op->open(inode, file);
	if (!err && !rfs_file_cover(rf, file)) {
		rfs_count(no_memory);
		if (file->f_op->release)
			file->f_op->release(inode, file);
		err = -ENOMEM;
	}
	if (err)
		rfs_file_drop(rf);
	return asked ? rfs_call_post(&call, err) : err;
}

static int wrap_open(struct inode *inode, struct file *file)
{
	struct rfs_fop_shadow *shadow;
	struct rfs_guest guest;
	struct rfs_set in;
	bool unplaced;
	int err;

	err = rfs_enter(&guest, inode->i_sb, RFS_OP_OPEN);
	shadow = rfs_shadow_of_ifop(file->f_op);
	if (err || !shadow) {
		err = err ?: -EIO;
		goto out;
	}
	/* the owner is the same, so what fops_get() took is what fops_put() will give back */
	file->f_op = shadow->orig;
	in = rfs_file_scope(file, &guest, &unplaced);
	if (rfs_set_empty(&in) || is_behind_overlay(inode, file))
		err = file->f_op->open ? file->f_op->open(inode, file) : 0;
	else
		err = open_covered(inode, file, &in, unplaced);
out:
	rfs_leave(&guest);
	return err;
}

/*
 * Writing, mapping and preallocating are let through, and noted for the release. The file may have been given its own
 * table back since the VFS loaded our pointer: then nobody will ask what was noted.
 */
static const struct file_operations *orig_of(const struct file *file)
{
	const struct file_operations *ops = READ_ONCE(file->f_op);
	const struct rfs_fop_shadow *shadow = rfs_shadow_of_file(ops);

	return shadow ? shadow->orig : ops;
}

/*
 * What is to be written may lie in memory that has yet to be brought in, from a file on fuse or by userfaultfd. Pages
 * that are there now may be gone a moment later; that costs rmmod the time to bring them in again.
 */
static bool source_may_block(const struct iov_iter *from)
{
	size_t missing;

	if (!user_backed_iter(from))
		return false;
	pagefault_disable();
	missing = fault_in_iov_iter_readable(from, iov_iter_count(from));
	pagefault_enable();
	return missing;
}

/* rmmod has begun: the program's call begins anew, and will find the file's own table soon. */
static int come_again(void)
{
	/* these have no system call to come back to */
	if (current->flags & (PF_KTHREAD | PF_IO_WORKER))
		return -ESTALE;
	return restart_syscall();
}

static ssize_t wrap_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	bool sync = is_sync_kiocb(iocb);
	const struct file_operations *orig;
	struct rfs_guest guest;
	ssize_t ret;

	ret = rfs_enter(&guest, file_inode(file)->i_sb, RFS_OP_WRITE);
	if (!ret && source_may_block(from))
		ret = rfs_enter_listed(&guest, RFS_OP_WRITE);
	orig = orig_of(file);
	if (ret || !orig->write_iter) {
		ret = ret ? come_again() : -EIO;
		goto out;
	}
	/* when an asynchronous one comes back, it may be done and the file be gone */
	if (!sync)
		rfs_file_wrote(file);
	ret = orig->write_iter(iocb, from);
	if (sync && ret > 0)
		rfs_file_wrote(file);
out:
	rfs_leave(&guest);
	return ret;
}

static long wrap_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	const struct file_operations *orig;
	struct rfs_guest guest;
	long ret;

	ret = rfs_enter(&guest, file_inode(file)->i_sb, RFS_OP_FALLOCATE);
	orig = orig_of(file);
	if (ret || !orig->fallocate) {
		ret = ret ? come_again() : -EIO;
		goto out;
	}
	ret = orig->fallocate(file, mode, offset, len);
	if (!ret)
		rfs_file_wrote(file);
out:
	rfs_leave(&guest);
	return ret;
}

static int wrap_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* file systems may exchange the mapping's file, and flags */
	bool writable = (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
	const struct file_operations *orig;
	struct rfs_guest guest;
	int ret;

	ret = rfs_enter(&guest, file_inode(file)->i_sb, RFS_OP_MMAP);
	orig = orig_of(file);
	if (ret || !orig->mmap) {
		ret = ret ? come_again() : -EIO;
		goto out;
	}
	ret = orig->mmap(file, vma);
	if (!ret && writable)
		rfs_file_mapped(file);
out:
	rfs_leave(&guest);
	return ret;
}

/* Notify only: there is nothing left to refuse. */
static int wrap_release(struct inode *inode, struct file *file)
{
	const struct file_operations *orig;
	struct rfs_guest guest;
	struct rfs_call call;
	bool asked;
	int ret = 0;

	/* -ESTALE would change nothing here: the file goes away */
	rfs_enter(&guest, inode->i_sb, RFS_OP_RELEASE);
	asked = rfs_call_start(&call, &guest, RFS_OP_RELEASE, file->f_path.dentry, NULL);
	if (asked) {
		call.args.open_flags = file->f_flags & ~__FMODE_EXEC;
		call.args.flags |= rfs_file_changes(file);
		rfs_call_pre(&call);
	}
	orig = rfs_file_forget(file);
	if (!WARN_ON_ONCE(!orig) && orig->release)
		ret = orig->release(inode, file);
	if (asked)
		rfs_call_post(&call, ret);
	rfs_leave(&guest);
	return ret;
}

/* rfs_wrap_ifop() - put the wrapper into a copy of a table that inodes have; it may gain an open: f_op is read once */
void rfs_wrap_ifop(struct file_operations *ops)
{
	ops->open = wrap_open;
}

/* rfs_wrap_file() - put the wrappers into a copy of a table that an open file has */
void rfs_wrap_file(struct file_operations *ops, const struct super_block *sb)
{
	ops->release = wrap_release;
	if (ops->write_iter)
		ops->write_iter = wrap_write_iter;
	if (ops->fallocate)
		ops->fallocate = wrap_fallocate;
	if (ops->mmap)
		ops->mmap = wrap_mmap;
#ifdef CONFIG_DEBUG_VM
	/* tmpfs asserts there that f_op is its own; without the member mm does the same work without the assertion */
	if (sb->s_magic == TMPFS_MAGIC)
		ops->get_unmapped_area = NULL;
#endif
}
