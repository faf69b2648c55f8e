// SPDX-License-Identifier: GPL-2.0-only
/*
 * reader.c - a reader, and how callers put records into its ring
 *
 * REFCNT: none. A reader is counted as the open file that it is.
 *
 * LIFETIME: made by open, and nothing but memory until FCDL_IOC_SETUP gives it a ring and a filter of redirfs. From then
 * on callbacks of the filter use it. The last close marks it closed, which lets waiting callers go, and unregisters the
 * filter, which takes its rules away and returns when no callback runs any more; then it is freed. Operations that are
 * between the callback before and the one after them hold the filter, not the reader. The module cannot go while the
 * file is open. A reader that is killed is closed like any other. Mappings of the ring hold the file: the last close is
 * that of the last of descriptors and mappings.
 *
 * LOCKING: setup_lock is for ioctls, and may be held while paths are resolved. read_lock is for read(). lock, a
 * spinlock, protects the ring and the state; callers take it, so nothing sleeps, copies to user space or allocates under
 * it. redirfs calls fcdl_ctl.deactivated under its registry's mutex, which takes lock only. Order: setup_lock, mutexes of
 * redirfs, lock; read_lock, lock. mmap() and faults come with the reader's mmap_lock held, under setup_lock user memory is
 * copied: so these take no lock of ours, and need none, since what is mapped is constant.
 *
 * A place in the ring is filled without the lock, but by a copy that cannot fail: between fcdl_ring_reserve() and
 * fcdl_ring_commit() there is nothing that sleeps.
 */
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "fcdl.h"

static DEFINE_IDA(ids);

/* ---- What the reader has taken ---- */

/* After anything that may have let go of records of a shared ring, under lock. Return: for wake_room() */
static bool has_read(struct fcdl_reader *reader, u64 tail_before)
{
	if (reader->ring.tail == tail_before)
		return false;
	reader->stalled = false;
	return true;
}

static void wake_room(struct fcdl_reader *reader)
{
	if (wq_has_sleeper(&reader->room))
		wake_up_all(&reader->room);
}

/*
 * fcdl_reader_catch_up() - let go of what the reader of a shared ring has taken; may sleep
 *
 * Ends also if the reader goes on taking, and holds the lock for no more than some records.
 */
void fcdl_reader_catch_up(struct fcdl_reader *reader)
{
	bool more, moved;
	u64 said, before;

	spin_lock(&reader->lock);
	said = fcdl_ring_said(&reader->ring);
	spin_unlock(&reader->lock);
	do {
		spin_lock(&reader->lock);
		before = reader->ring.tail;
		more = fcdl_ring_let_go(&reader->ring, said, 128);
		moved = has_read(reader, before);
		spin_unlock(&reader->lock);
		if (moved)
			wake_room(reader);
		cond_resched();
	} while (more);
}

/* ---- Records ---- */

/* fcdl_reader_goes_on() - may there be more to read than is there? Any context. */
bool fcdl_reader_goes_on(struct fcdl_reader *reader)
{
	return READ_ONCE(reader->state) != FCDL_STOPPED;
}

static void wake_readers(struct fcdl_reader *reader)
{
	if (wq_has_sleeper(&reader->readable))
		wake_up_interruptible_poll(&reader->readable, EPOLLIN | EPOLLRDNORM);
}

/* All but size and seq, which the ring has filled; and the size says that the rest is there. */
static void fill_and_commit(struct fcdl_record *place, struct fcdl_record *record)
{
	const size_t skip = sizeof(record->size);

	record->seq = place->seq;
	memcpy((u8 *)place + skip, (u8 *)record + skip, record->size - skip);
	fcdl_ring_commit(place);
}

/* fcdl_reader_lose() - an event that cannot be recorded. Any context but interrupts. */
void fcdl_reader_lose(struct fcdl_reader *reader, u32 op, u32 reason, const struct fcdl_times *times)
{
	spin_lock(&reader->lock);
	if (reader->state == FCDL_RUNNING)
		fcdl_ring_lose(&reader->ring, op, reason, times);
	spin_unlock(&reader->lock);
	wake_readers(reader);
}

/* fcdl_reader_note() - does not sleep; for whom it does not fit, there is no room to wait for */
void fcdl_reader_note(struct fcdl_reader *reader, struct fcdl_note *note)
{
	struct fcdl_times times = fcdl_now();
	struct fcdl_record *place;
	bool moved;
	u64 before;

	note->record.type = FCDL_NOTE;
	note->record.fixed = sizeof(*note);
	fcdl_record_stamp(&note->record, &times);
	spin_lock(&reader->lock);
	before = reader->ring.tail;
	place = fcdl_ring_reserve(&reader->ring, note->record.size, false);
	moved = has_read(reader, before);
	if (!place)
		fcdl_ring_lose_note(&reader->ring, FCDL_LOST_FULL, &times);
	spin_unlock(&reader->lock);
	if (moved)
		wake_room(reader);
	if (place)
		fill_and_commit(place, &note->record);
	wake_readers(reader);
}

/* ---- Waiting for room ---- */

/*
 * One attempt. Return: a place; NULL with @again true: there may be one later; NULL: there will be none, the event is
 * not to be recorded or counted as lost.
 */
static struct fcdl_record *try_place(struct fcdl_reader *reader, u32 len, u32 op, const struct fcdl_times *times,
				     bool may_wait, bool *again)
{
	struct fcdl_record *place = NULL;
	bool moved = false;
	u64 before;

	*again = false;
	spin_lock(&reader->lock);
	if (reader->state == FCDL_RUNNING && !reader->closed) {
		before = reader->ring.tail;
		place = fcdl_ring_reserve(&reader->ring, len, true);
		moved = has_read(reader, before);
		*again = !place && may_wait && !reader->stalled;
		if (!place && !*again)
			fcdl_ring_lose(&reader->ring, op, FCDL_LOST_FULL, times);
	}
	spin_unlock(&reader->lock);
	/* there may be room for others than this one */
	if (moved)
		wake_room(reader);
	return place;
}

/* The time is over: the event is lost, and nobody else is made to wait in vain before the reader reads again. */
static void give_up(struct fcdl_reader *reader, u32 op, const struct fcdl_times *times, bool timeout)
{
	spin_lock(&reader->lock);
	if (reader->state == FCDL_RUNNING) {
		fcdl_ring_lose(&reader->ring, op, timeout ? FCDL_LOST_TIMEOUT : FCDL_LOST_FULL, times);
		if (timeout) {
			reader->timeouts++;
			reader->stalled = true;
		}
	}
	spin_unlock(&reader->lock);
	if (timeout)
		wake_up_all(&reader->room);
}

/* Under lock. A reader that maps the ring sees it, and tells us what it takes. */
static void count_waiting(struct fcdl_reader *reader, int by)
{
	reader->waiting += by;
	if (reader->ring.kernel)
		WRITE_ONCE(reader->ring.kernel->waiters, reader->waiting);
}

static struct fcdl_record *wait_for_place(struct fcdl_reader *reader, u32 len, u32 op, const struct fcdl_times *times,
					  u64 *budget)
{
	u64 begin = ktime_get_ns(), left = reader->deadline_ns - *budget, waited;
	struct fcdl_record *place;
	bool again, in_time = true;
	DEFINE_WAIT(wait);
	ktime_t timeout = ns_to_ktime(begin + left);

	spin_lock(&reader->lock);
	count_waiting(reader, 1);
	spin_unlock(&reader->lock);
	for (;;) {
		/* a full barrier: a mapping's reader sees that we wait, or we see in try_place() what it took */
		prepare_to_wait(&reader->room, &wait, TASK_KILLABLE);
		place = try_place(reader, len, op, times, true, &again);
		if (!again || !in_time || fatal_signal_pending(current))
			break;
		/* room for this one is made by a reader who finds something: it may be asleep since before the ring was full */
		wake_readers(reader);
		in_time = schedule_hrtimeout(&timeout, HRTIMER_MODE_ABS);
	}
	finish_wait(&reader->room, &wait);
	waited = ktime_get_ns() - begin;
	*budget += waited;
	if (again)
		give_up(reader, op, times, !in_time);
	spin_lock(&reader->lock);
	count_waiting(reader, -1);
	reader->waits++;
	reader->wait_ns += waited;
	spin_unlock(&reader->lock);
	return place;
}

/*
 * fcdl_reader_record() - put an event into the ring, or count it as lost
 * @event:	all but its number, its size a multiple of 8
 *
 * May sleep, if that is the reader's policy.
 */
void fcdl_reader_record(struct fcdl_reader *reader, rfs_context context, struct fcdl_event *event)
{
	struct fcdl_times times = fcdl_record_times(&event->record);
	u64 *budget = rfs_op_budget(context);
	struct fcdl_record *place;
	bool may_wait, again;

	may_wait = reader->policy == FCDL_POLICY_WAIT && *budget < reader->deadline_ns && !rfs_caller_must_not_wait() &&
		   !(current->flags & PF_KTHREAD);
	place = try_place(reader, event->record.size, event->op, &times, may_wait, &again);
	if (again)
		place = wait_for_place(reader, event->record.size, event->op, &times, budget);
	if (place)
		fill_and_commit(place, &event->record);
	wake_readers(reader);
}

/* ---- Open and close ---- */

static int fcdl_open(struct inode *inode, struct file *file)
{
	struct fcdl_reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);

	if (!reader)
		return -ENOMEM;
	reader->id = ida_alloc_max(&ids, fcdl_max_readers - 1, GFP_KERNEL);
	if (reader->id < 0) {
		int err = reader->id == -ENOSPC ? -EMFILE : reader->id;

		kfree(reader);
		return err;
	}
	mutex_init(&reader->setup_lock);
	mutex_init(&reader->read_lock);
	spin_lock_init(&reader->lock);
	init_waitqueue_head(&reader->readable);
	init_waitqueue_head(&reader->room);
	file->private_data = reader;
	return stream_open(inode, file);
}

static int fcdl_release(struct inode *inode, struct file *file)
{
	struct fcdl_reader *reader = file->private_data;

	if (reader->ready) {
		spin_lock(&reader->lock);
		reader->closed = true;
		spin_unlock(&reader->lock);
		wake_up_all(&reader->room);
		fcdl_setup_undo(reader);
	}
	ida_free(&ids, reader->id);
	kfree(reader);
	return 0;
}

const struct file_operations fcdl_fops = {
	.owner = THIS_MODULE,
	.open = fcdl_open,
	.release = fcdl_release,
	.read = fcdl_read,
	.poll = fcdl_poll,
	.mmap = fcdl_mmap,
	.unlocked_ioctl = fcdl_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* fcdl_readers_exit() - no file is open any more */
void fcdl_readers_exit(void)
{
	ida_destroy(&ids);
}
