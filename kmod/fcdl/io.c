// SPDX-License-Identifier: GPL-2.0-only
/*
 * io.c - read() and poll(); for a reader that maps the ring only the latter
 *
 * A record is copied to user space straight from the ring, without the spinlock: what the reader has not taken stays
 * where it is. Where the oldest may be thrown away, that is found out afterwards, and the copy does not count.
 */
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "fcdl.h"

static bool peek(struct fcdl_reader *reader, struct fcdl_peek *next)
{
	bool found;

	spin_lock(&reader->lock);
	found = fcdl_ring_peek(&reader->ring, next);
	spin_unlock(&reader->lock);
	return found;
}

static bool take(struct fcdl_reader *reader, const struct fcdl_peek *next)
{
	bool taken;

	spin_lock(&reader->lock);
	taken = fcdl_ring_take(&reader->ring, next);
	if (taken)
		reader->stalled = false;
	spin_unlock(&reader->lock);
	if (taken && wq_has_sleeper(&reader->room))
		wake_up_all(&reader->room);
	return taken;
}

/* Is there something for read() to return? */
static bool is_readable(struct fcdl_reader *reader)
{
	struct fcdl_peek next;

	return peek(reader, &next) || !fcdl_reader_goes_on(reader);
}

/* As many records as there are and as fit. Return: bytes; 0: none is there; -EMSGSIZE, -EFAULT, -EINTR: not even one. */
static ssize_t read_some(struct fcdl_reader *reader, char __user *buf, size_t count)
{
	struct fcdl_peek next;
	size_t done = 0;
	int err = 0;

	while (peek(reader, &next)) {
		if (next.len > count - done)
			err = -EMSGSIZE;
		else if (copy_to_user(buf + done, next.record, next.len))
			err = -EFAULT;
		else if (take(reader, &next))
			done += next.len;
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			break;
		cond_resched();
	}
	return done ?: err;
}

ssize_t fcdl_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct fcdl_reader *reader = file->private_data;
	ssize_t ret;

	if (!smp_load_acquire(&reader->ready))
		return -ENOTCONN;
	if (reader->flags & FCDL_SETUP_MMAP)
		return -EINVAL;
	for (;;) {
		bool goes_on = fcdl_reader_goes_on(reader);

		if (mutex_lock_interruptible(&reader->read_lock))
			return -ERESTARTSYS;
		ret = read_some(reader, buf, count);
		mutex_unlock(&reader->read_lock);
		if (ret || !goes_on)
			return ret;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(reader->readable, is_readable(reader)))
			return -ERESTARTSYS;
	}
}

/* For a reader that maps the ring this is the way to say how far it came; fcdl_abi.h says what for. */
static __poll_t poll_shared(struct fcdl_reader *reader)
{
	bool goes_on = fcdl_reader_goes_on(reader), found, empty;

	fcdl_reader_catch_up(reader);
	spin_lock(&reader->lock);
	found = fcdl_ring_show(&reader->ring);
	empty = fcdl_ring_is_empty(&reader->ring);
	spin_unlock(&reader->lock);
	if (found)
		return EPOLLIN | EPOLLRDNORM;
	return goes_on || !empty ? 0 : EPOLLHUP;
}

__poll_t fcdl_poll(struct file *file, poll_table *wait)
{
	struct fcdl_reader *reader = file->private_data;

	if (!smp_load_acquire(&reader->ready))
		return EPOLLERR;
	poll_wait(file, &reader->readable, wait);
	/* pairs with wq_has_sleeper() behind a commit: one sees the other. poll_wait() has no barrier in all kernels. */
	smp_mb();
	if (reader->flags & FCDL_SETUP_MMAP)
		return poll_shared(reader);
	return is_readable(reader) ? EPOLLIN | EPOLLRDNORM : 0;
}
