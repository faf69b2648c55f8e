// SPDX-License-Identifier: GPL-2.0-only
/*
 * caller.c - who does it: taken from current, at the time of the event
 */
#include <linux/audit.h>
#include <linux/cgroup.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "call.h"
#include "compat.h"

/* Tasks that exit or dump core cannot be killed any more; worker threads keep a queue waiting that others need. */
bool rfs_caller_must_not_wait(void)
{
	return current->journal_info || (current->flags & (PF_MEMALLOC | PF_MEMALLOC_NOFS | PF_MEMALLOC_NOIO |
							   PF_EXITING | PF_WQ_WORKER | PF_DUMPCORE));
}
EXPORT_SYMBOL_GPL(rfs_caller_must_not_wait);

static u64 cgroup_of_current(void)
{
	u64 id = 0;

#ifdef CONFIG_CGROUPS
	rcu_read_lock();
	id = cgroup_id(task_dfl_cgroup(current));
	rcu_read_unlock();
#endif
	return id;
}

/* The executable, or NULL for kernel threads and dying tasks; with a reference. current's mm cannot go away. */
static struct file *exe_of_current(void)
{
	struct mm_struct *mm = current->mm;

	if (!mm || (current->flags & PF_KTHREAD))
		return NULL;
	return rfs_mm_exe_get(mm);
}

static void fill_exe(struct rfs_caller *caller)
{
	struct file *exe = exe_of_current();

	if (!exe)
		return;
	rfs_stat_id(exe->f_path.dentry, &caller->exe_dev, &caller->exe_ino);
	caller->flags |= RFS_CALLER_EXE;
	fput(exe);
}

void rfs_caller_fill(struct rfs_caller *caller, struct pid_namespace *ns)
{
	const struct cred *cred = current_cred();

	memset(caller, 0, sizeof(*caller));
	caller->cgroup_id = cgroup_of_current();
	caller->mnt_ns = rfs_mnt_ns_id();
	if (current->flags & PF_KTHREAD)
		caller->flags |= RFS_CALLER_KTHREAD;
	if (current->flags & PF_IO_WORKER)
		caller->flags |= RFS_CALLER_IO_WORKER;
	if (in_compat_syscall())
		caller->flags |= RFS_CALLER_COMPAT;
	caller->pid = task_tgid_nr_ns(current, ns);
	caller->tid = task_pid_nr_ns(current, ns);
	rcu_read_lock();
	caller->ppid = task_tgid_nr_ns(rcu_dereference(current->real_parent), ns);
	rcu_read_unlock();
	caller->uid = from_kuid(&init_user_ns, cred->uid);
	caller->gid = from_kgid(&init_user_ns, cred->gid);
	caller->euid = from_kuid(&init_user_ns, cred->euid);
	caller->egid = from_kgid(&init_user_ns, cred->egid);
	caller->loginuid = from_kuid(&init_user_ns, audit_get_loginuid(current));
	caller->sessionid = audit_get_sessionid(current);
	/* a worker's own name says nothing; and the leader is there as long as any thread of the process */
	get_task_comm(caller->comm, current->flags & PF_IO_WORKER ? current->group_leader : current);
	fill_exe(caller);
}
EXPORT_SYMBOL_GPL(rfs_caller_fill);

void rfs_caller(const struct rfs_args *args, struct rfs_caller *caller)
{
	rfs_caller_fill(caller, &init_pid_ns);
}
EXPORT_SYMBOL_GPL(rfs_caller);

ssize_t rfs_caller_exe(const struct rfs_args *args, char *buf, size_t size)
{
	struct file *exe = exe_of_current();
	char *path, *end;
	ssize_t len;

	if (!exe)
		return -ENOENT;
	/* Built at the buffer's end, without a limit of its own: a path may be longer than PATH_MAX. */
	size = min_t(size_t, size, INT_MAX);
	end = buf + size;
	path = size ? d_path(&exe->f_path, buf, size) : ERR_PTR(-ENAMETOOLONG);
	if (IS_ERR(path)) {
		len = PTR_ERR(path) == -ENAMETOOLONG ? -ERANGE : PTR_ERR(path);
	} else {
		/* not strlen(): the buffer may be memory that a handler writes to as well */
		len = end - path - 1;
		memmove(buf, path, len + 1);
	}
	fput(exe);
	return len;
}
EXPORT_SYMBOL_GPL(rfs_caller_exe);
