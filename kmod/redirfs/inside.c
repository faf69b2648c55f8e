// SPDX-License-Identifier: GPL-2.0-only
/*
 * inside.c - who is inside a wrapper, so that its text is not unloaded under anybody
 *
 * Every wrapper counts its caller in a per-CPU counter, from its first to its last statement. The sum means something
 * only when nobody can come in any more: after the tables were restored and neutralised and an RCU-tasks grace period
 * has passed, it can only fall. The few instructions before the first and behind the last statement are what the
 * grace periods before and after are for.
 *
 * An operation that may block for as long as somebody else likes (on a network file system or fuse, or when it reads
 * memory that is not there) also holds a reference to the module, so that rmmod is refused instead of waiting, and
 * stands on a list, so that a person can see who it is. Everybody else leaves in bounded time.
 *
 * LOCKING: inside_lock for the list. Nothing is taken under it.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "attach.h"
#include "fstype.h"
#include "inside.h"

static DEFINE_PER_CPU(long, inside);
static DEFINE_SPINLOCK(inside_lock);
static LIST_HEAD(inside_list);
static u64 last_id;

int rfs_enter_listed(struct rfs_guest *guest, enum rfs_op_id op)
{
	if (guest->listed)
		return 0;
	/* fails only when rmmod has begun: see rfs_enter() */
	if (!try_module_get(THIS_MODULE))
		return -ESTALE;
	guest->listed = true;
	guest->task = current;
	guest->since_ns = ktime_get_ns();
	guest->op = op;
	spin_lock(&inside_lock);
	guest->id = ++last_id;
	list_add_tail(&guest->list, &inside_list);
	spin_unlock(&inside_lock);
	return 0;
}

void rfs_look_around(struct rfs_guest *guest, const struct super_block *sb)
{
	const struct rfs_sb *rsb;

	rcu_read_lock();
	rsb = rfs_sb_find(sb);
	guest->sb_id = rsb ? rsb->id : 0;
	if (rsb) {
		guest->fs_flags = rsb->flags;
		guest->included = rsb->included;
		guest->unplaced = rsb->unplaced;
	} else {
		/* it was detached since the VFS loaded our pointer; what follows goes to the file system as it is */
		guest->fs_flags = rfs_fstype_flags(sb);
		guest->included = (struct rfs_set){};
		guest->unplaced = guest->included;
	}
	rcu_read_unlock();
}

int rfs_enter(struct rfs_guest *guest, const struct super_block *sb, enum rfs_op_id op)
{
	this_cpu_inc(inside);
	guest->listed = false;
	rfs_look_around(guest, sb);
	if (unlikely(guest->fs_flags & RFS_FS_UNBOUNDED))
		return rfs_enter_listed(guest, op);
	return 0;
}

void rfs_leave(struct rfs_guest *guest)
{
	if (unlikely(guest->listed)) {
		spin_lock(&inside_lock);
		list_del(&guest->list);
		spin_unlock(&inside_lock);
		module_put(THIS_MODULE);
	}
	this_cpu_dec(inside);
}

unsigned int rfs_inside_sum(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(inside, cpu));
	return max(sum, 0L);
}

/*
 * rfs_inside_wait() - wait until everybody has left
 *
 * Called when nobody can come in. Those who are inside leave in bounded time, or held the module and would have kept
 * it from getting here.
 */
void rfs_inside_wait(void)
{
	while (rfs_inside_sum())
		msleep(10);
}

int rfs_inside_walk(u64 after, int (*fn)(const struct rfs_guest *guest, void *data), void *data)
{
	const struct rfs_guest *guest;
	int ret = 0;

	spin_lock(&inside_lock);
	list_for_each_entry(guest, &inside_list, list) {
		if (guest->id <= after)
			continue;
		ret = fn(guest, data);
		if (ret)
			break;
	}
	spin_unlock(&inside_lock);
	return ret;
}

unsigned int rfs_inside_count(void)
{
	const struct rfs_guest *guest;
	unsigned int n = 0;

	spin_lock(&inside_lock);
	list_for_each_entry(guest, &inside_list, list)
		n++;
	spin_unlock(&inside_lock);
	return n;
}
