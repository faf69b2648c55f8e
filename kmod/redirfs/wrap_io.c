// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrap_io.c - the operations of open files that a rule covers, between open and release
 *
 * A member that is NULL in the original stays NULL: the VFS reads f_op more than once, and what it does without the
 * member is not seen. Writing, mapping and preallocating are always wrapped, since they are noted for the release; the
 * others only while an active filter wants them (shadow.c).
 */
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/splice.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/userfaultfd_k.h>

#include "call.h"
#include "compat.h"
#include "data.h"
#include "file.h"
#include "fstype.h"
#include "listing.h"
#include "mm_compat.h"
#include "shadow.h"

/*
 * The file's own table, of a caller that is counted as inside. The file may have been given it back since the VFS loaded
 * our pointer.
 */
static const struct file_operations *orig_of(const struct file *file)
{
	const struct file_operations *ops = READ_ONCE(file->f_op);
	const struct rfs_fop_shadow *shadow = rfs_shadow_of_file(ops);

	return shadow ? shadow->orig : ops;
}

/* rmmod has begun: the program's call begins anew, and will find the file's own table soon. */
static int come_again(void)
{
	/* these have no system call to come back to */
	if (current->flags & (PF_KTHREAD | PF_IO_WORKER))
		return -ESTALE;
	return restart_syscall();
}

/*
 * struct io_call - one operation on an open file, on its wrapper's stack
 * @io:		its numbers, if it is asked about
 * @orig:	the file's own table
 * @asked:	@call was begun
 */
struct io_call {
	struct rfs_guest guest;
	struct rfs_call call;
	struct rfs_io io;
	const struct file_operations *orig;
	bool asked;
};

/* The first thing in every wrapper, and io_leave() the last. Return: 0, or what the wrapper has to return. */
static int io_enter(struct io_call *c, struct file *file, enum rfs_op_id op)
{
	int err = rfs_enter(&c->guest, file_inode(file)->i_sb, op);

	c->asked = false;
	c->orig = orig_of(file);
	return err ? come_again() : 0;
}

/* For what may take as long as somebody else likes, on whatever file system. Return: as io_enter(). */
static int io_enter_unbounded(struct io_call *c, struct file *file, enum rfs_op_id op)
{
	int err = io_enter(c, file, op);

	if (!err && rfs_enter_listed(&c->guest, op))
		err = come_again();
	return err;
}

/* Is anybody to be asked? Then the wrapper fills in c->io, and goes through rfs_call_pre() and io_leave(). */
static bool io_asked(struct io_call *c, enum rfs_op_id op, struct file *first, struct file *second)
{
	c->asked = rfs_call_start(&c->call, &c->guest, op, first->f_path.dentry, second ? second->f_path.dentry : NULL);
	if (c->asked) {
		memset(&c->io, 0, sizeof(c->io));
		c->call.args.io = &c->io;
		c->call.args.name[RFS_FIRST].mnt = first->f_path.mnt;
		c->call.args.file[RFS_FIRST] = first;
		c->call.args.file[RFS_SECOND] = second;
		if (second)
			c->call.args.name[RFS_SECOND].mnt = second->f_path.mnt;
	}
	return c->asked;
}

static long io_leave(struct io_call *c, long result)
{
	if (c->asked)
		result = rfs_call_post(&c->call, result);
	rfs_leave(&c->guest);
	return result;
}

/* ---- Memory that may keep its reader or writer waiting ---- */

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

static bool vma_may_block(const struct vm_area_struct *vma)
{
	return userfaultfd_armed((struct vm_area_struct *)vma) ||
	       (vma->vm_file && rfs_fstype_flags(file_inode(vma->vm_file)->i_sb) & RFS_FS_UNBOUNDED);
}

/*
 * What is read is mostly put where nothing has been before. That is no reason to keep rmmod from unloading: memory of
 * one's own comes in bounded time. So it is looked at what kind of memory it is, where a write looks whether it is there.
 */
static bool target_may_block(const struct iov_iter *to)
{
	struct mm_struct *mm = current->mm;
	struct iov_iter left = *to;
	bool blocks = false;

	if (!user_backed_iter(to) || !mm)
		return false;
	/* whoever changes the mappings may be waiting for a file server as well */
	if (!mmap_read_trylock(mm))
		return true;
	while (iov_iter_count(&left) && !blocks) {
		unsigned long begin = (unsigned long)rfs_iter_addr(&left);
		size_t len = min(rfs_iter_len(&left), iov_iter_count(&left));
		struct vm_area_struct *vma = find_vma(mm, begin);

		for (; vma && vma->vm_start < begin + len && !blocks; vma = find_vma(mm, vma->vm_end))
			blocks = vma_may_block(vma);
		iov_iter_advance(&left, len);
	}
	mmap_read_unlock(mm);
	return blocks;
}

/* ---- Reading and writing ---- */

static void iter_args(struct io_call *c, const struct kiocb *iocb, const struct iov_iter *iter)
{
	c->io.offset = iocb->ki_pos;
	c->io.length = iov_iter_count(iter);
	if (iocb->ki_flags & IOCB_DIRECT)
		c->io.flags |= RFS_IO_DIRECT;
	if (rfs_iter_is_pipe(iter))
		c->io.flags |= RFS_IO_SPLICE;
}

/*
 * An asynchronous operation is over for us when it has begun: what becomes of it is told to nobody. By then it may even
 * have ended, and have let go of the file, whose name the post callbacks want. Where somebody changes the data it is
 * made a synchronous one (data.c).
 */
static ssize_t iter_asked(struct io_call *c, struct kiocb *iocb, struct iov_iter *iter, rfs_iter_fn own,
			  ssize_t (*data)(struct rfs_call *call, struct kiocb *iocb, struct iov_iter *iter,
					  rfs_iter_fn own))
{
	struct file *file = iocb->ki_filp;
	ssize_t ret;

	get_file(file);
	/* a callback may sleep: whoever must not comes again from where it may */
	ret = iocb->ki_flags & IOCB_NOWAIT ? -EAGAIN : rfs_call_pre(&c->call);
	if (!ret)
		ret = rfs_call_has_pieces(&c->call) ? data(&c->call, iocb, iter, own) : own(iocb, iter);
	if (ret == -EIOCBQUEUED)
		c->call.args.flags |= RFS_OPF_ASYNC;
	rfs_call_post(&c->call, ret == -EIOCBQUEUED ? 0 : ret);
	c->asked = false;
	fput(file);
	return ret;
}

static ssize_t wrap_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct io_call c;
	ssize_t ret;

	ret = io_enter(&c, iocb->ki_filp, RFS_OP_READ);
	if (!ret && target_may_block(to) && rfs_enter_listed(&c.guest, RFS_OP_READ))
		ret = come_again();
	if (!ret && !c.orig->read_iter)
		ret = -EIO;
	if (!ret && io_asked(&c, RFS_OP_READ, iocb->ki_filp, NULL)) {
		iter_args(&c, iocb, to);
		ret = iter_asked(&c, iocb, to, c.orig->read_iter, rfs_data_read);
	} else if (!ret) {
		ret = c.orig->read_iter(iocb, to);
	}
	return io_leave(&c, ret);
}

static ssize_t wrap_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	bool sync = is_sync_kiocb(iocb);
	struct io_call c;
	ssize_t ret;

	ret = io_enter(&c, file, RFS_OP_WRITE);
	if (!ret && source_may_block(from) && rfs_enter_listed(&c.guest, RFS_OP_WRITE))
		ret = come_again();
	if (!ret && !c.orig->write_iter)
		ret = -EIO;
	if (ret)
		return io_leave(&c, ret);
	/* when an asynchronous one comes back, it may be done and the file be gone */
	if (!sync)
		rfs_file_wrote(file);
	if (io_asked(&c, RFS_OP_WRITE, file, NULL)) {
		iter_args(&c, iocb, from);
		if (iocb->ki_flags & IOCB_APPEND)
			c.io.flags |= RFS_IO_APPEND;
		ret = iter_asked(&c, iocb, from, c.orig->write_iter, rfs_data_write);
	} else {
		ret = c.orig->write_iter(iocb, from);
	}
	if (sync && ret > 0)
		rfs_file_wrote(file);
	return io_leave(&c, ret);
}

static ssize_t wrap_splice_read(struct file *in, loff_t *pos, struct pipe_inode_info *pipe, size_t len,
				unsigned int flags)
{
	struct io_call c;
	ssize_t ret;

	ret = io_enter(&c, in, RFS_OP_READ);
	if (!ret && !c.orig->splice_read)
		ret = -EIO;
	/* not by pages of the page cache, which nobody has changed; read_iter is asked about */
	if (!ret && rfs_data_guards(in->f_path.dentry, false))
		return io_leave(&c, rfs_splice_by_read_iter(in, pos, pipe, len, flags));
	if (!ret && io_asked(&c, RFS_OP_READ, in, NULL)) {
		c.io.offset = *pos;
		c.io.length = len;
		c.io.flags = RFS_IO_SPLICE;
		ret = rfs_call_pre(&c.call);
	}
	if (!ret)
		ret = c.orig->splice_read(in, pos, pipe, len, flags);
	return io_leave(&c, ret);
}

static ssize_t wrap_splice_write(struct pipe_inode_info *pipe, struct file *out, loff_t *pos, size_t len,
				 unsigned int flags)
{
	struct io_call c;
	ssize_t ret;

	/* it waits for what others write to the pipe */
	ret = io_enter_unbounded(&c, out, RFS_OP_WRITE);
	if (!ret && !c.orig->splice_write)
		ret = -EIO;
	if (!ret && rfs_data_guards(out->f_path.dentry, false))
		return io_leave(&c, iter_file_splice_write(pipe, out, pos, len, flags));
	if (!ret && io_asked(&c, RFS_OP_WRITE, out, NULL)) {
		c.io.offset = *pos;
		c.io.length = len;
		c.io.flags = RFS_IO_SPLICE | (out->f_flags & O_APPEND ? RFS_IO_APPEND : 0);
		ret = rfs_call_pre(&c.call);
	}
	if (!ret) {
		ret = c.orig->splice_write(pipe, out, pos, len, flags);
		if (ret > 0)
			rfs_file_wrote(out);
	}
	return io_leave(&c, ret);
}

/*
 * Where what filters make of zeros depends on the place there are none in the file system but what they made: nothing
 * may put any there, or move what is there. (What is preallocated behind the end is not read.)
 */
static bool breaks_places(struct file *file, int mode)
{
	return mode != FALLOC_FL_KEEP_SIZE && rfs_data_guards(file->f_path.dentry, true);
}

static long wrap_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct io_call c;
	long ret;

	ret = io_enter(&c, file, RFS_OP_FALLOCATE);
	if (!ret && !c.orig->fallocate)
		ret = -EIO;
	if (!ret && breaks_places(file, mode))
		ret = -EOPNOTSUPP;
	if (!ret && io_asked(&c, RFS_OP_FALLOCATE, file, NULL)) {
		c.io.offset = offset;
		c.io.length = len;
		c.io.cmd = mode;
		ret = rfs_call_pre(&c.call);
	}
	if (!ret) {
		ret = c.orig->fallocate(file, mode, offset, len);
		if (!ret)
			rfs_file_wrote(file);
	}
	return io_leave(&c, ret);
}

/* ---- Two files ---- */

/* Do their data mean the same in both, so that one may get them from the other without anybody's reading them? */
static bool either_guarded(struct file *in, struct file *out)
{
	return rfs_data_guards(in->f_path.dentry, false) || rfs_data_guards(out->f_path.dentry, false);
}

static loff_t wrap_remap_range(struct file *in, loff_t pos_in, struct file *out, loff_t pos_out, loff_t len,
			       unsigned int flags)
{
	struct io_call c;
	loff_t ret;

	/* the VFS calls it through the first file for a clone and through the second for a dedupe */
	ret = io_enter(&c, flags & REMAP_FILE_DEDUP ? out : in, RFS_OP_REMAP_RANGE);
	if (!ret && !c.orig->remap_file_range)
		ret = -EIO;
	/* programs, and the VFS for copy_file_range, read and write then */
	if (!ret && either_guarded(in, out))
		ret = -EOPNOTSUPP;
	if (!ret && io_asked(&c, RFS_OP_REMAP_RANGE, in, out)) {
		c.io.offset = pos_in;
		c.io.offset2 = pos_out;
		c.io.length = len;
		c.io.cmd = flags;
		ret = rfs_call_pre(&c.call);
	}
	if (!ret) {
		ret = c.orig->remap_file_range(in, pos_in, out, pos_out, len, flags);
		if (ret > 0 && !(flags & REMAP_FILE_DEDUP))
			rfs_file_wrote(out);
	}
	return io_leave(&c, ret);
}

static ssize_t wrap_copy_file_range(struct file *in, loff_t pos_in, struct file *out, loff_t pos_out, size_t len,
				    unsigned int flags)
{
	struct io_call c;
	ssize_t ret;

	ret = io_enter(&c, out, RFS_OP_COPY_RANGE);
	if (!ret && !c.orig->copy_file_range)
		ret = -EIO;
	/* the VFS lets only files of one kind through, and knows them by this function: so do we, by theirs */
	if (!ret && orig_of(in)->copy_file_range != c.orig->copy_file_range)
		ret = -EXDEV;
	if (!ret && io_asked(&c, RFS_OP_COPY_RANGE, in, out)) {
		c.io.offset = pos_in;
		c.io.offset2 = pos_out;
		c.io.length = len;
		ret = rfs_call_pre(&c.call);
	}
	if (!ret) {
		/* not every VFS falls back to this by itself */
		ret = either_guarded(in, out) ? rfs_splice_copy(in, pos_in, out, pos_out, len) :
						c.orig->copy_file_range(in, pos_in, out, pos_out, len, flags);
		if (ret > 0)
			rfs_file_wrote(out);
	}
	return io_leave(&c, ret);
}

/* ---- Everything else ---- */

/*
 * What filters said about this file when it was opened: nobody may be asked now. What is granted is granted without what
 * mprotect() would need to make more of it.
 */
static int mmap_policy(struct file *file, unsigned long *flags, unsigned long *never)
{
	unsigned int policy = READ_ONCE(rfs_bypass) ? 0 : rfs_file_mmap_policy(file);

	*never = 0;
	if (policy & RFS_NO_MMAP)
		return -EACCES;
	if (policy & RFS_NO_EXEC) {
		/* as on a file system that is mounted noexec */
		if (*flags & VM_EXEC)
			return -EPERM;
		*never |= VM_MAYEXEC;
	}
	if (policy & RFS_NO_SHARED_WRITE && *flags & VM_SHARED) {
		/* as of a file that is not open for writing */
		if (*flags & VM_WRITE)
			return -EACCES;
		*never |= VM_MAYWRITE;
	}
	*flags &= ~*never;
	return 0;
}

static int mmap_allowed(struct io_call *c, struct file *file, unsigned long *flags, unsigned long *never)
{
	int err = mmap_policy(file, flags, never);

	if (err && c->asked)
		c->call.args.flags |= RFS_OPF_NOT_ASKED;
	return err;
}

/*
 * Mapping is told of afterwards, and in notify mode: it happens under the lock of the caller's address space, in which
 * nobody may wait. File systems may exchange the mapping's file, and flags, so these are looked at before.
 */
static int mmap_begin(struct io_call *c, struct file *file, unsigned long flags, pgoff_t pgoff, size_t len)
{
	/* pages of the page cache are what the file system has, which is not what this caller would read */
	if (rfs_data_guards(file->f_path.dentry, false))
		return -ENODEV;
	if (!io_asked(c, RFS_OP_MMAP, file, NULL))
		return 0;
	c->io.offset = (u64)pgoff << PAGE_SHIFT;
	c->io.length = len;
	c->io.cmd = (flags & VM_READ ? PROT_READ : 0) | (flags & VM_WRITE ? PROT_WRITE : 0) |
		    (flags & VM_EXEC ? PROT_EXEC : 0);
	c->io.flags = flags & VM_SHARED ? RFS_IO_SHARED : 0;
	return rfs_call_pre(&c->call);
}

static int mmap_end(struct io_call *c, struct file *file, unsigned long flags, int ret)
{
	if (!ret && (flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE))
		rfs_file_mapped(file);
	return io_leave(c, ret);
}

static int wrap_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long flags = vma->vm_flags, never;
	struct io_call c;
	int ret;

	ret = io_enter(&c, file, RFS_OP_MMAP);
	if (!ret && !c.orig->mmap)
		ret = -EIO;
	if (!ret)
		ret = mmap_begin(&c, file, flags, vma->vm_pgoff, vma->vm_end - vma->vm_start);
	if (!ret)
		ret = mmap_allowed(&c, file, &flags, &never);
	if (!ret) {
		if (never)
			rfs_vm_flags_mod(vma, 0, never);
		ret = c.orig->mmap(file, vma);
	}
	return mmap_end(&c, file, flags, ret);
}

#ifdef RFS_MMAP_PREPARE
static int wrap_mmap_prepare(struct vm_area_desc *desc)
{
	unsigned long flags = rfs_desc_flags(desc), never;
	struct file *file = desc->file;
	struct io_call c;
	int ret;

	ret = io_enter(&c, file, RFS_OP_MMAP);
	if (!ret && !c.orig->mmap_prepare)
		ret = -EIO;
	if (!ret)
		ret = mmap_begin(&c, file, flags, desc->pgoff, desc->end - desc->start);
	if (!ret)
		ret = mmap_allowed(&c, file, &flags, &never);
	if (!ret) {
		rfs_desc_clear_may(desc, never & VM_MAYEXEC, never & VM_MAYWRITE);
		ret = c.orig->mmap_prepare(desc);
	}
	return mmap_end(&c, file, flags, ret);
}
#endif

/*
 * The names go straight to the program's memory, and it cannot be told from here where that is: so it may take as long
 * as somebody else likes.
 */
static int readdir(struct file *file, struct dir_context *ctx, bool shared)
{
	int (*own)(struct file * file, struct dir_context * ctx) = NULL;
	struct io_call c;
	int ret;

	ret = io_enter_unbounded(&c, file, RFS_OP_READDIR);
	if (!ret) {
		own = shared ? c.orig->iterate_shared : rfs_fop_iterate(c.orig);
		ret = own ? 0 : -EIO;
	}
	if (!ret && io_asked(&c, RFS_OP_READDIR, file, NULL))
		ret = rfs_call_pre(&c.call);
	if (!ret) {
		bool hides = c.asked && rfs_call_has_pieces(&c.call);

		/* entries that were read ahead come first, also when nobody hides any more */
		if (hides || unlikely(rfs_file_has_listing(file)))
			ret = rfs_listing_read(hides ? &c.call : NULL, file, ctx, own);
		else
			ret = own(file, ctx);
	}
	return io_leave(&c, ret);
}

static int wrap_iterate_shared(struct file *file, struct dir_context *ctx)
{
	return readdir(file, ctx, true);
}

#ifdef RFS_FOP_ITERATE
static int wrap_iterate(struct file *file, struct dir_context *ctx)
{
	return readdir(file, ctx, false);
}
#endif

static int wrap_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct io_call c;
	int ret;

	ret = io_enter(&c, file, RFS_OP_FSYNC);
	if (!ret && !c.orig->fsync)
		ret = -EIO;
	if (!ret && io_asked(&c, RFS_OP_FSYNC, file, NULL)) {
		c.io.offset = start;
		c.io.length = end == LLONG_MAX ? 0 : end - start + 1;
		c.io.cmd = !!datasync;
		ret = rfs_call_pre(&c.call);
	}
	if (!ret)
		ret = c.orig->fsync(file, start, end, datasync);
	return io_leave(&c, ret);
}

static int wrap_flush(struct file *file, fl_owner_t id)
{
	struct io_call c;
	int ret;

	ret = io_enter(&c, file, RFS_OP_FLUSH);
	if (!ret && !c.orig->flush)
		ret = -EIO;
	if (!ret && io_asked(&c, RFS_OP_FLUSH, file, NULL))
		ret = rfs_call_pre(&c.call);
	if (!ret)
		ret = c.orig->flush(file, id);
	return io_leave(&c, ret);
}

/*
 * In a directory of which entries were read ahead: the file system is not where the file is. So it is not told of a seek
 * to that very place, where the listing goes on with those, and of others by where they lead to.
 */
static loff_t seek_listing(const struct file_operations *orig, struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR) {
		offset += file->f_pos;
		whence = SEEK_SET;
	}
	if (whence == SEEK_SET && offset == file->f_pos)
		return offset;
	rfs_listing_moved(file);
	return orig->llseek(file, offset, whence);
}

static loff_t wrap_llseek(struct file *file, loff_t offset, int whence)
{
	struct io_call c;
	loff_t ret;

	ret = io_enter(&c, file, RFS_OP_LLSEEK);
	if (!ret && !c.orig->llseek)
		ret = -EIO;
	if (!ret && io_asked(&c, RFS_OP_LLSEEK, file, NULL)) {
		c.io.offset = offset;
		c.io.cmd = whence;
		ret = rfs_call_pre(&c.call);
	}
	if (!ret && S_ISDIR(file_inode(file)->i_mode) && rfs_file_has_listing(file))
		ret = seek_listing(c.orig, file, offset, whence);
	else if (!ret)
		ret = c.orig->llseek(file, offset, whence);
	return io_leave(&c, ret);
}

static long any_ioctl(struct file *file, unsigned int cmd, unsigned long arg, bool compat)
{
	long (*own)(struct file * file, unsigned int cmd, unsigned long arg) = NULL;
	struct io_call c;
	long ret;

	ret = io_enter_unbounded(&c, file, RFS_OP_IOCTL);
	if (!ret) {
		own = compat ? c.orig->compat_ioctl : c.orig->unlocked_ioctl;
		ret = own ? 0 : -EIO;
	}
	if (!ret && io_asked(&c, RFS_OP_IOCTL, file, NULL)) {
		c.io.offset = arg;
		c.io.cmd = cmd;
		ret = rfs_call_pre(&c.call);
	}
	if (!ret)
		ret = own(file, cmd, arg);
	return io_leave(&c, ret);
}

static long wrap_unlocked_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return any_ioctl(file, cmd, arg, false);
}

static long wrap_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return any_ioctl(file, cmd, arg, true);
}

/* Giving a lock back is not asked about: it happens at the last close too, and one that stayed would stay for ever. */
static int any_lock(struct file *file, int cmd, struct file_lock *lock, bool flock)
{
	int (*own)(struct file * file, int cmd, struct file_lock *lock) = NULL;
	struct io_call c;
	int ret;

	ret = io_enter_unbounded(&c, file, RFS_OP_LOCK);
	if (!ret) {
		own = flock ? c.orig->flock : c.orig->lock;
		ret = own ? 0 : -EIO;
	}
	if (!ret && rfs_lock_type(lock) != F_UNLCK && io_asked(&c, RFS_OP_LOCK, file, NULL)) {
		c.io.offset = lock->fl_start;
		c.io.length = lock->fl_end == OFFSET_MAX ? 0 : lock->fl_end - lock->fl_start + 1;
		c.io.cmd = cmd;
		c.io.type = rfs_lock_type(lock);
		c.io.flags = flock ? RFS_IO_FLOCK : 0;
		ret = rfs_call_pre(&c.call);
	}
	if (!ret)
		ret = own(file, cmd, lock);
	return io_leave(&c, ret);
}

static int wrap_lock(struct file *file, int cmd, struct file_lock *lock)
{
	return any_lock(file, cmd, lock, false);
}

static int wrap_flock(struct file *file, int cmd, struct file_lock *lock)
{
	return any_lock(file, cmd, lock, true);
}

/*
 * rfs_wrap_file() - put those wrappers that are always there into a copy of a table that an open file has
 * @no_mmap:	the file is one that cannot be mapped
 */
void rfs_wrap_file(struct file_operations *ops, const struct super_block *sb, bool no_mmap)
{
	ops->release = rfs_wrap_release;
	if (ops->write_iter)
		ops->write_iter = wrap_write_iter;
	if (ops->fallocate)
		ops->fallocate = wrap_fallocate;
	if (ops->mmap)
		ops->mmap = no_mmap ? NULL : wrap_mmap;
#ifdef RFS_MMAP_PREPARE
	if (ops->mmap_prepare)
		ops->mmap_prepare = no_mmap ? NULL : wrap_mmap_prepare;
#endif
#ifdef CONFIG_DEBUG_VM
	/* tmpfs asserts there that f_op is its own; without the member mm does the same work without the assertion */
	if (sb->s_magic == TMPFS_MAGIC)
		ops->get_unmapped_area = NULL;
#endif
}

#define WRAP(id, name)                                                                            \
	{                                                                                         \
		.ops = RFS_OP_BIT(RFS_OP_##id), .member = offsetof(struct file_operations, name), \
		.wrapper = wrap_##name                                                            \
	}

/* splice's general functions come to read_iter and write_iter, and are asked about there */
const struct rfs_wrap rfs_file_wraps[] = {
	WRAP(READ, read_iter),
	{ RFS_OP_BIT(RFS_OP_READ), offsetof(struct file_operations, splice_read), wrap_splice_read,
	  rfs_splice_by_read_iter },
	{ RFS_OP_BIT(RFS_OP_WRITE), offsetof(struct file_operations, splice_write), wrap_splice_write,
	  iter_file_splice_write },
	{ RFS_OP_BIT(RFS_OP_REMAP_RANGE), offsetof(struct file_operations, remap_file_range), wrap_remap_range, NULL },
	{ RFS_OP_BIT(RFS_OP_COPY_RANGE), offsetof(struct file_operations, copy_file_range), wrap_copy_file_range,
	  NULL },
	WRAP(READDIR, iterate_shared),
#ifdef RFS_FOP_ITERATE
	WRAP(READDIR, iterate),
#endif
	WRAP(FSYNC, fsync),
	WRAP(FLUSH, flush),
	/* a seek in a directory drops what was read ahead */
	{ RFS_OP_BIT(RFS_OP_LLSEEK) | RFS_OP_BIT(RFS_OP_READDIR), offsetof(struct file_operations, llseek), wrap_llseek,
	  NULL },
	WRAP(IOCTL, unlocked_ioctl),
	WRAP(IOCTL, compat_ioctl),
	WRAP(LOCK, lock),
	WRAP(LOCK, flock),
	{},
};
