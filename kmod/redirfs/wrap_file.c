// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrap_file.c - open, by way of inode->i_fop, and release of open files that a rule covers; wrap_io.c has what is between
 *
 * The shadow for i_fop replaces only open. Its wrapper puts the file system's own table into the file, calls the own
 * open, and then gives the file a shadow of whatever table that left there, if a rule of any filter covers the object.
 * The file is not published at that point, so the exchange does not race. A file that no rule covers costs nothing
 * after open.
 */
#include "call.h"
#include "compat.h"
#include "file.h"
#include "memo.h"
#include "priv.h"
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

/* Those whose verdict is remembered are not asked. Who opens for writing is always asked about. */
static void ask_less(struct rfs_memo *memo, struct inode *inode, struct file *file, const struct rfs_guest *guest,
		     struct rfs_set *wants)
{
	struct rfs_set known;

	memo->able = false;
	if (likely(!rfs_memo_used(wants)) || file->f_mode & FMODE_WRITE)
		return;
	known = rfs_memo_begin(memo, inode, rfs_file_for_exec(file), guest, wants);
	rfs_set_sub(wants, &known);
}

static int open_covered(struct inode *inode, struct file *file, const struct rfs_guest *guest, const struct rfs_set *in,
			bool unplaced)
{
	struct rfs_file *rf = rfs_file_prepare();
	struct rfs_set wants = rfs_chain_wants(RFS_OP_OPEN);
	struct rfs_call call;
	struct rfs_memo memo;
	bool asked;
	int err = 0;

	if (!rf) {
		rfs_count(no_memory);
		return -ENOMEM;
	}
	wants = rfs_set_and(&wants, in);
	ask_less(&memo, inode, file, guest, &wants);
	asked = !rfs_set_empty(&wants) && rfs_call_start_scoped(&call, &wants, RFS_OP_OPEN, file->f_path.dentry, NULL);
	if (asked) {
		call.args.name[RFS_FIRST].mnt = file->f_path.mnt;
		call.args.file[RFS_FIRST] = file;
		call.args.open_flags = file->f_flags & ~__FMODE_EXEC;
		if (rfs_file_for_exec(file))
			call.args.flags |= RFS_OPF_EXEC;
		/* the VFS marks only those with a name as created */
		if ((file->f_mode & FMODE_CREATED) || (file->f_flags & __O_TMPFILE))
			call.args.flags |= RFS_OPF_CREATED;
		if (unplaced)
			call.args.flags |= RFS_OPF_UNPLACED;
		err = rfs_call_pre(&call);
		if (memo.able && !rfs_set_empty(&call.remember))
			rfs_memo_keep(&memo, inode, guest, &call);
		/* what execve() would fail at later it may have gone too far for */
		if (!err && rfs_file_for_exec(file) && call.args.mmap_policy & (RFS_NO_EXEC | RFS_NO_MMAP)) {
			call.args.flags |= RFS_OPF_NOT_ASKED;
			err = -EACCES;
		}
	}
	if (!err && file->f_op->open)
		err = file->f_op->open(inode, file);
	if (!err && !rfs_file_cover(rf, file)) {
		rfs_count(no_memory);
		if (file->f_op->release)
			file->f_op->release(inode, file);
		err = -ENOMEM;
	}
	if (err) {
		rfs_file_drop(rf);
		/* of a file that nobody has opened after all nobody will tell the end */
		call.args.file[RFS_FIRST] = NULL;
		rfs_priv_end_file(file);
	} else if (asked) {
		rfs_file_limit(file, call.args.mmap_policy);
	}
	return asked ? rfs_call_post(&call, err) : err;
}

static int wrap_open(struct inode *inode, struct file *file)
{
	struct rfs_fop_shadow *shadow;
	struct rfs_guest guest;
	struct rfs_set in;
	bool unplaced, past;
	int err;

	err = rfs_enter(&guest, inode->i_sb, RFS_OP_OPEN);
	shadow = rfs_shadow_of_ifop(file->f_op);
	if (err || !shadow) {
		err = err ?: -EIO;
		goto out;
	}
	/* the owner is the same, so what fops_get() took is what fops_put() will give back */
	file->f_op = shadow->orig;
	/* whoever writes, also through a name that no rule covers */
	if (file->f_mode & FMODE_WRITE)
		rfs_memo_changed(inode, &guest);
	past = file->f_flags & RFS_O_PAST_FILTERS;
	if (past) {
		/* before the own open: an overlay opens the file behind with the same flags */
		file->f_flags &= ~RFS_O_PAST_FILTERS;
		rfs_file_quiet(file);
	} else {
		in = rfs_file_scope(file, &guest, &unplaced);
	}
	if (past || (rfs_set_empty(&in) && !rfs_file_is_to_be_covered(file, &guest)) || is_behind_overlay(inode, file))
		err = file->f_op->open ? file->f_op->open(inode, file) : 0;
	else
		err = open_covered(inode, file, &guest, &in, unplaced);
out:
	rfs_leave(&guest);
	return err;
}

/* Notify only: there is nothing left to refuse. */
int rfs_wrap_release(struct inode *inode, struct file *file)
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
		call.args.name[RFS_FIRST].mnt = file->f_path.mnt;
		call.args.file[RFS_FIRST] = file;
		call.args.open_flags = file->f_flags & ~__FMODE_EXEC;
		call.args.flags |= rfs_file_changes(file);
		rfs_call_pre(&call);
	}
	orig = rfs_file_forget(file);
	if (!WARN_ON_ONCE(!orig) && orig->release)
		ret = orig->release(inode, file);
	if (asked)
		rfs_call_post(&call, ret);
	rfs_priv_end_file(file);
	rfs_leave(&guest);
	return ret;
}

/* rfs_wrap_ifop() - put the wrapper into a copy of a table that inodes have; it may gain an open: f_op is read once */
void rfs_wrap_ifop(struct file_operations *ops)
{
	ops->open = wrap_open;
}
