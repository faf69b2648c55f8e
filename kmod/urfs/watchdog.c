// SPDX-License-Identifier: GPL-2.0-only
/*
 * watchdog.c - a word in the log when a handler is stuck
 *
 * Cycles through locks cannot be prevented: a handler may need a lock that the caller who waits for it holds. At half of
 * the deadline, if no thread of the handler waits for work and one of them is blocked, the log says so, once until the
 * handler asks for work again: so that who looks for the reason of a default verdict finds it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <urfs_stack.h>

#include "urfs.h"

struct blocked {
	pid_t tid;
	char comm[TASK_COMM_LEN];
	char in[96];
};

/* A thread of the handler that only a wake-up can end the sleep of. */
static bool find_blocked(const struct urfs_conn *conn, struct blocked *found)
{
	struct task_struct *leader, *task;
	bool ok = false;

	rcu_read_lock();
	leader = pid_task(conn->tgid, PIDTYPE_TGID);
	if (leader) {
		for_each_thread(leader, task) {
			if (!urfs_task_blocked(task))
				continue;
			found->tid = task->pid;
			strscpy(found->comm, task->comm, sizeof(found->comm));
			urfs_task_blocked_in(task, found->in, sizeof(found->in));
			ok = true;
			break;
		}
	}
	rcu_read_unlock();
	return ok;
}

/* Once per stall. */
static bool first_warning(struct urfs_filter *filter)
{
	u64 mark = atomic64_read(&filter->conn->asks) + 1;
	bool first;

	spin_lock(&filter->conn->lock);
	first = filter->warned_asks != mark;
	filter->warned_asks = mark;
	spin_unlock(&filter->conn->lock);
	return first;
}

/* urfs_watchdog_bark() - half of the deadline of a wait has passed; called by the caller, who is not asleep */
void urfs_watchdog_bark(struct urfs_filter *filter, struct urfs_req *req)
{
	struct blocked b;

	if (atomic_read(&filter->conn->nr_receivers) || !find_blocked(filter->conn, &b) || !first_warning(filter))
		return;
	pr_warn("filter %s: %d (%*pE) has waited %llu ms for an answer about %s, but thread %d (%*pE) of its handler %d is blocked%s%s\n",
		filter->name, current->pid, (int)strnlen(current->comm, TASK_COMM_LEN), current->comm,
		div_u64(ktime_get_ns() - req->start_ns, NSEC_PER_MSEC), req->modify ? "a change" : rfs_op_name(req->op),
		b.tid, (int)strlen(b.comm), b.comm, pid_nr(filter->conn->tgid), *b.in ? " in " : "", b.in);
}
