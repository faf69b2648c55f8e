// SPDX-License-Identifier: GPL-2.0-only
/*
 * data.c - reads and writes of files whose data a filter changes
 *
 * A call is split into pieces of at most RFS_DATA_MAX bytes. Each goes through a bounce buffer: a write is copied there,
 * changed, and given to the file system, so that the caller's own memory is only ever read; a read is read there,
 * changed, and copied to the caller. The file system gets a kiocb of ours that is synchronous, whatever the caller's is.
 * The buffer is given to it as pages, since memory by address does not do O_DIRECT.
 *
 * LIFETIME: The buffer belongs to one call. A struct data_lock lives from the first call on its inode to the last one
 * that is in progress at the same time; each holds its file, and so the inode that the lock is found by.
 *
 * LOCKING: locks_lock, a spinlock, for the table of locks and their counts; nothing is taken under it. A data lock's
 * semaphore is taken before every lock of the file system's and of the caller's address space, held for one call, its
 * questions to the filters included, and waited for killably. It keeps a call that is split whole towards others, and
 * lets an appending write find the end of the file where it was a moment ago. Writers of a single piece, which the file
 * system keeps whole, share it with each other and with readers. It does not stand in the way of truncation, which has
 * the inode's own lock, and comes before and after each piece.
 */
#include <linux/bvec.h>
#include <linux/gfp.h>
#include <linux/hashtable.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "call.h"
#include "compat.h"
#include "data.h"
#include "stats.h"

/*
 * What our kiocb takes over from the caller's. Not: how it is to be completed, and where it may be polled for; what must
 * not wait has been sent away before.
 */
#define IOCB_KEPT (IOCB_APPEND | IOCB_DIRECT | IOCB_DSYNC | IOCB_SYNC | IOCB_WRITE)

/* ---- One lock per inode with calls in progress. A table of fixed locks would not do: loop devices nest. ---- */

struct data_lock {
	struct hlist_node node;
	const struct inode *inode;
	unsigned int users;
	struct rw_semaphore sem;
};

static DEFINE_HASHTABLE(locks, 8);
static DEFINE_SPINLOCK(locks_lock);

static struct data_lock *lock_find(const struct inode *inode)
{
	struct data_lock *lock;

	lockdep_assert_held(&locks_lock);
	hash_for_each_possible(locks, lock, node, (unsigned long)inode)
		if (lock->inode == inode)
			return lock;
	return NULL;
}

static void lock_put(struct data_lock *lock)
{
	bool last;

	spin_lock(&locks_lock);
	last = !--lock->users;
	if (last)
		hash_del(&lock->node);
	spin_unlock(&locks_lock);
	if (last)
		kfree(lock);
}

/* Return: the inode's lock, with a reference, or NULL without memory */
static struct data_lock *lock_get(const struct inode *inode)
{
	struct data_lock *lock, *new = NULL;

	for (;;) {
		spin_lock(&locks_lock);
		lock = lock_find(inode);
		if (!lock && new) {
			lock = new;
			new = NULL;
			hash_add(locks, &lock->node, (unsigned long)inode);
		}
		if (lock)
			lock->users++;
		spin_unlock(&locks_lock);
		if (lock)
			break;
		new = kzalloc(sizeof(*new), GFP_KERNEL);
		if (!new)
			return NULL;
		new->inode = inode;
		init_rwsem(&new->sem);
	}
	kfree(new);
	return lock;
}

/* ---- A call in progress ---- */

/*
 * struct data_io - a call in progress, on its wrapper's stack
 * @call:	through the filters
 * @iocb:	the caller's
 * @own:	the file system's function
 * @lock:	the inode's, with a reference
 * @exclusive:	it is held so; else shared
 * @page:	the bounce buffer: 1 << @order pages
 * @spare:	as long; what an appending write was before it was changed, or NULL
 * @end:	out: position behind what the file system was last given, or gave
 */
struct data_io {
	struct rfs_call *call;
	struct kiocb *iocb;
	rfs_iter_fn own;
	struct data_lock *lock;
	bool exclusive;
	struct page *page;
	struct page *spare;
	unsigned int order;
	loff_t end;
};

static size_t room(const struct data_io *io)
{
	return PAGE_SIZE << io->order;
}

static struct page *bounce(unsigned int order)
{
	/* less will do */
	gfp_t gfp = order ? GFP_KERNEL | __GFP_COMP | __GFP_NORETRY | __GFP_NOWARN : GFP_KERNEL;

	return alloc_pages(gfp, order);
}

static int io_alloc(struct data_io *io, size_t length, bool spare)
{
	io->order = get_order(min_t(size_t, length, RFS_DATA_MAX));
	for (;; io->order--) {
		io->page = bounce(io->order);
		io->spare = spare && io->page ? bounce(io->order) : NULL;
		if (io->page && (io->spare || !spare))
			return 0;
		if (io->page)
			__free_pages(io->page, io->order);
		if (!io->order)
			return -ENOMEM;
	}
}

/* Return: 0; -ENOMEM; -EINTR: killed */
static int io_begin(struct data_io *io, size_t length, bool exclusive, bool spare)
{
	int err = io_alloc(io, length, spare);

	if (err)
		goto err_count;
	err = -ENOMEM;
	io->lock = lock_get(file_inode(io->iocb->ki_filp));
	if (!io->lock)
		goto err_free;
	/* with less memory it is split */
	io->exclusive = exclusive || (io->call->args.op == RFS_OP_WRITE && length > room(io));
	err = io->exclusive ? down_write_killable(&io->lock->sem) : down_read_killable(&io->lock->sem);
	if (!err)
		return 0;
	lock_put(io->lock);
err_free:
	__free_pages(io->page, io->order);
	if (io->spare)
		__free_pages(io->spare, io->order);
err_count:
	if (err == -ENOMEM)
		rfs_count(no_memory);
	return err;
}

static void io_end(struct data_io *io)
{
	if (io->exclusive)
		up_write(&io->lock->sem);
	else
		up_read(&io->lock->sem);
	lock_put(io->lock);
	__free_pages(io->page, io->order);
	if (io->spare)
		__free_pages(io->spare, io->order);
}

/* The file system's part, between the bounce buffer and the file. Return: as its function; never queued. */
static ssize_t transfer(struct data_io *io, unsigned int direction, loff_t pos, size_t length, int without)
{
	struct bio_vec vec = { .bv_page = io->page, .bv_len = length };
	struct kiocb iocb = {
		.ki_filp = io->iocb->ki_filp,
		.ki_pos = pos,
		.ki_flags = io->iocb->ki_flags & IOCB_KEPT & ~without,
		.ki_ioprio = io->iocb->ki_ioprio,
	};
	struct iov_iter iter;
	ssize_t ret;

	iov_iter_bvec(&iter, direction, &vec, 1, length);
	ret = io->own(&iocb, &iter);
	io->end = iocb.ki_pos;
	return WARN_ON_ONCE(ret == -EIOCBQUEUED) ? -EIO : ret;
}

static int ask(struct data_io *io, loff_t pos, size_t length)
{
	struct rfs_data data = { .base = page_address(io->page), .length = length, .offset = pos };

	return rfs_call_piece(io->call, &data);
}

/* May a call go on after a piece? A plain one would have been a single step, which only its caller's death cuts short. */
static bool go_on(struct data_io *io)
{
	io->call->begun = true;
	cond_resched();
	return !fatal_signal_pending(current);
}

ssize_t rfs_data_read(struct rfs_call *call, struct kiocb *iocb, struct iov_iter *to, rfs_iter_fn own)
{
	struct data_io io = { .call = call, .iocb = iocb, .own = own };
	size_t length, copied, done = 0;
	ssize_t got;
	int err;

	if (!iov_iter_count(to))
		return own(iocb, to);
	err = io_begin(&io, iov_iter_count(to), false, false);
	if (err)
		return err;
	do {
		length = min(iov_iter_count(to), room(&io));
		got = transfer(&io, READ, iocb->ki_pos, length, 0);
		err = got < 0 ? got : 0;
		if (got > 0)
			err = ask(&io, iocb->ki_pos, got);
		if (got <= 0 || err)
			break;
		copied = copy_to_iter(page_address(io.page), got, to);
		iocb->ki_pos += copied;
		done += copied;
		if (copied < got) {
			err = -EFAULT;
			break;
		}
	} while (got == length && iov_iter_count(to) && go_on(&io));
	io_end(&io);
	return done ?: err;
}

/*
 * A plain call that begins before the limit ends there, without a signal. One that is split would begin a piece right at
 * the limit, for which the file system sends SIGXFSZ.
 */
static bool at_limit(loff_t pos)
{
	unsigned long limit = rlimit(RLIMIT_FSIZE);

	return limit != RLIM_INFINITY && pos >= limit;
}

/*
 * A file that somebody changes with regard to the place has no holes: what has never been written would read as
 * something else than zeros. If the caller's data cannot be written there anyway, the file system says so.
 */
static int fill_gap(struct data_io *io, const struct iov_iter *from, loff_t pos)
{
	struct inode *inode = file_inode(io->iocb->ki_filp);
	loff_t size = i_size_read(inode);
	ssize_t ret;
	size_t n;

	if (size >= pos || at_limit(pos) || pos >= inode->i_sb->s_maxbytes)
		return 0;
	n = min_t(size_t, iov_iter_count(from), PAGE_SIZE);
	if (user_backed_iter(from) && fault_in_iov_iter_readable(from, n) == n)
		return -EFAULT;
	while (size < pos) {
		n = min_t(loff_t, pos - size, room(io));
		memset(page_address(io->page), 0, n);
		ret = ask(io, size, n);
		if (ret)
			return ret;
		/* the end of the file is nowhere in particular */
		ret = transfer(io, WRITE, size, n, IOCB_DIRECT | IOCB_APPEND);
		if (ret <= 0)
			return ret ?: -EIO;
		size += ret;
		if (!go_on(io))
			return -EINTR;
	}
	return 0;
}

/*
 * What was appended is not where it was made for: a truncation came between, or a file that nobody covers was written
 * to. Makes it anew from what the caller wrote, and writes it over. No reader sees it meanwhile but those whom nobody
 * asks. Return: 0, or -EIO with a file that is not as it should be.
 */
static int write_anew(struct data_io *io, loff_t pos, size_t length)
{
	/* an overlay's file goes on appending in the layer */
	if (io->iocb->ki_filp->f_inode->i_sb->s_magic == OVERLAYFS_SUPER_MAGIC)
		return -EIO;
	memcpy(page_address(io->page), page_address(io->spare), length);
	if (ask(io, pos, length))
		return -EIO;
	return transfer(io, WRITE, pos, length, IOCB_APPEND | IOCB_DIRECT) == length ? 0 : -EIO;
}

/* One piece of a write. Return: how much of it was written, or a negative errno; @from is behind that much. */
static ssize_t write_piece(struct data_io *io, struct iov_iter *from, size_t length)
{
	struct kiocb *iocb = io->iocb;
	loff_t pos = iocb->ki_flags & IOCB_APPEND ? i_size_read(file_inode(iocb->ki_filp)) : iocb->ki_pos;
	size_t copied = copy_from_iter(page_address(io->page), length, from);
	ssize_t ret = 0;

	/* what can be read of the caller's memory is written; by O_DIRECT all or nothing is */
	if (!copied || (copied < length && iocb->ki_flags & IOCB_DIRECT))
		ret = -EFAULT;
	if (!ret && io->spare)
		memcpy(page_address(io->spare), page_address(io->page), copied);
	if (!ret)
		ret = ask(io, pos, copied);
	if (!ret)
		ret = transfer(io, WRITE, pos, copied, 0);
	iov_iter_revert(from, copied - max_t(ssize_t, ret, 0));
	if (ret <= 0)
		return ret;
	io->call->begun = true;
	if (io->spare && io->end - ret != pos) {
		int err = write_anew(io, io->end - ret, ret);

		if (err) {
			pr_warn_once(
				"redirfs: data appended to a file could not be changed for the place where they are\n");
			return err;
		}
	}
	iocb->ki_pos = io->end;
	return ret;
}

ssize_t rfs_data_write(struct rfs_call *call, struct kiocb *iocb, struct iov_iter *from, rfs_iter_fn own)
{
	struct data_io io = { .call = call, .iocb = iocb, .own = own };
	bool append = iocb->ki_flags & IOCB_APPEND, placed = rfs_call_is_placed(call);
	size_t length, done = 0;
	ssize_t ret;

	if (!iov_iter_count(from))
		return own(iocb, from);
	ret = io_begin(&io, iov_iter_count(from), append || placed, append && placed);
	if (ret)
		return ret;
	if (placed && !append)
		ret = fill_gap(&io, from, iocb->ki_pos);
	if (ret)
		goto out;
	do {
		if (done && at_limit(iocb->ki_pos))
			break;
		length = min(iov_iter_count(from), room(&io));
		ret = write_piece(&io, from, length);
		if (ret > 0)
			done += ret;
	} while (ret == length && iov_iter_count(from) && go_on(&io));
out:
	io_end(&io);
	return done ?: ret;
}
