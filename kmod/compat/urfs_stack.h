/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * urfs_stack.h - what a task that sleeps is waiting in
 *
 * The kernel exports neither get_wchan() nor stack_trace_save_tsk(). Where its unwinder is exported (x86) that gives the
 * function names; elsewhere there is none, and /proc/TID/wchan has to be read.
 */
#ifndef URFS_STACK_H
#define URFS_STACK_H

#include <linux/kallsyms.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/string.h>

/* Asleep, and no signal ends it. */
static inline bool urfs_task_blocked(struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	return state & TASK_UNINTERRUPTIBLE && !(state & TASK_NOLOAD);
}

#ifdef CONFIG_X86
#include <asm/unwind.h>

/*
 * urfs_task_blocked_in() - names of the innermost functions of a task that is blocked, scheduler aside; "" if not known
 *
 * Under rcu_read_lock, so that the stack of a task that exits meanwhile remains memory; what is found there then is
 * wrong, and is only text for the log.
 */
static inline void urfs_task_blocked_in(struct task_struct *task, char *buf, size_t size)
{
	char name[KSYM_SYMBOL_LEN];
	struct unwind_state state;
	unsigned long addr;
	size_t used = 0;
	int n = 0;

	*buf = '\0';
	if (task == current)
		return;
	for (unwind_start(&state, task, NULL, NULL); !unwind_done(&state) && n < 4; unwind_next_frame(&state)) {
		addr = unwind_get_return_address(&state);
		if (!addr)
			break;
		sprint_symbol_no_offset(name, addr);
		if (strstr(name, "sched") || !strncmp(name, "io_", 3))
			continue;
		used += scnprintf(buf + used, size - used, "%s%s", n ? " < " : "", name);
		n++;
	}
}
#else
static inline void urfs_task_blocked_in(struct task_struct *task, char *buf, size_t size)
{
	*buf = '\0';
}
#endif

#endif /* URFS_STACK_H */
