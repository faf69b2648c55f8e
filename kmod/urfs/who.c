// SPDX-License-Identifier: GPL-2.0-only
/*
 * who.c - who is never asked, and who is never made to wait
 *
 * Order prevents cycles of verdicts: what a handler does itself is seen only by filters behind the last filter of its
 * process, so of two handlers at most one waits for the other. The same goes for its exempt group (descendants, or a
 * cgroup), since a handler mostly waits for those.
 *
 * LOCKING: who_lock for changes; readers are under RCU. Connections are freed after a grace period.
 */
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/sched/signal.h>

#include "urfs.h"

#define WHO_BITS 6

static DEFINE_SPINLOCK(who_lock);
/* all connections, by the struct pid of their handler's process */
static DEFINE_HASHTABLE(who_table, WHO_BITS);
static LIST_HEAD(who_conns);
/* connections with a cgroup; while there is none nobody walks who_conns */
static unsigned int nr_cgroups;

/* urfs_who_add() - a connection was opened by the current process */
void urfs_who_add(struct urfs_conn *conn)
{
	spin_lock(&who_lock);
	hash_add_rcu(who_table, &conn->who_hash, (unsigned long)conn->tgid);
	list_add_rcu(&conn->who_list, &who_conns);
	spin_unlock(&who_lock);
}

/* Exchange the exempt group. Return: the cgroup that nobody uses after a grace period, or NULL. */
static struct cgroup *exchange(struct urfs_conn *conn, u32 mode, struct cgroup *cgroup)
{
	struct cgroup *old;

	spin_lock(&who_lock);
	old = rcu_replace_pointer(conn->cgroup, cgroup, lockdep_is_held(&who_lock));
	WRITE_ONCE(conn->exempt, mode);
	WRITE_ONCE(nr_cgroups, nr_cgroups + !!cgroup - !!old);
	spin_unlock(&who_lock);
	return old;
}

static void put_after_grace(struct cgroup *cgroup)
{
	if (!cgroup)
		return;
	synchronize_rcu();
	cgroup_put(cgroup);
}

/* urfs_who_del() - the connection is being freed */
void urfs_who_del(struct urfs_conn *conn)
{
	struct cgroup *old = exchange(conn, URFS_EXEMPT_NONE, NULL);

	spin_lock(&who_lock);
	hash_del_rcu(&conn->who_hash);
	list_del_rcu(&conn->who_list);
	spin_unlock(&who_lock);
	put_after_grace(old);
}

/* urfs_who_set_exempt() - choose the exempt group. Return: 0, -EINVAL, -EBADF. */
int urfs_who_set_exempt(struct urfs_conn *conn, u32 mode, s64 fd)
{
	struct cgroup *cgroup = NULL;

	if (mode > URFS_EXEMPT_NONE || (mode != URFS_EXEMPT_CGROUP && fd))
		return -EINVAL;
	if (mode == URFS_EXEMPT_CGROUP) {
		if (fd < 0 || fd > INT_MAX)
			return -EBADF;
		cgroup = cgroup_get_from_fd(fd);
		if (IS_ERR(cgroup))
			return PTR_ERR(cgroup) == -EBADF ? -EBADF : -EINVAL;
	}
	put_after_grace(exchange(conn, mode, cgroup));
	return 0;
}

/* Is @conn a reason for @filter not to ask a task that belongs to it? */
static bool hides(const struct urfs_conn *conn, const struct urfs_filter *filter)
{
	return conn == filter->conn || filter->priority <= READ_ONCE(conn->last_priority);
}

/* The process with this @tgid, an ancestor of current if not @self. */
static bool process_hides(const struct pid *tgid, const struct urfs_filter *filter, bool self)
{
	struct urfs_conn *conn;

	hash_for_each_possible_rcu(who_table, conn, who_hash, (unsigned long)tgid) {
		if (conn->tgid != tgid || !(self || READ_ONCE(conn->exempt) == URFS_EXEMPT_DESCENDANTS))
			continue;
		if (hides(conn, filter))
			return true;
	}
	return false;
}

static bool cgroup_hides(const struct urfs_filter *filter)
{
	struct urfs_conn *conn;

	list_for_each_entry_rcu(conn, &who_conns, who_list) {
		struct cgroup *cgroup = rcu_dereference(conn->cgroup);

		if (cgroup && task_under_cgroup_hierarchy(current, cgroup) && hides(conn, filter))
			return true;
	}
	return false;
}

static bool ancestor_hides(const struct urfs_filter *filter)
{
	struct task_struct *task = current;

	while (task->pid > 1) {
		task = rcu_dereference(task->real_parent);
		if (process_hides(task_tgid(task), filter, false))
			return true;
	}
	return false;
}

/* urfs_who_is_handler() - is the current task one of the handler's process, or does it run in its address space? */
bool urfs_who_is_handler(struct urfs_conn *conn)
{
	return task_tgid(current) == conn->tgid || current->mm == conn->mm;
}

/* urfs_who_is_exempt() - is the current task not to be asked by this filter? */
bool urfs_who_is_exempt(struct urfs_filter *filter)
{
	bool exempt;

	if (urfs_who_is_handler(filter->conn))
		return true;
	rcu_read_lock();
	exempt = process_hides(task_tgid(current), filter, true);
	if (!exempt && !(current->flags & PF_KTHREAD))
		exempt = ancestor_hides(filter);
	if (!exempt && READ_ONCE(nr_cgroups))
		exempt = cgroup_hides(filter);
	rcu_read_unlock();
	return exempt;
}

/* urfs_who_cannot_wait() - must the current task not be asked about an operation of this kind? */
bool urfs_who_cannot_wait(enum rfs_op_id op)
{
	return rfs_caller_must_not_wait() || op == RFS_OP_MMAP || (op == RFS_OP_RELEASE && current->flags & PF_KTHREAD);
}
