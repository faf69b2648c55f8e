// SPDX-License-Identifier: GPL-2.0-only
/*
 * hook.c - a call for every inode that is about to get its first (or another) dentry
 *
 * security_d_instantiate(dentry, inode) is called by d_instantiate, d_splice_alias, d_add, d_obtain_alias and
 * d_tmpfile, always before the dentry shows the inode to anybody. It is hooked by ftrace where function arguments can
 * be had that way: an ops with FTRACE_OPS_FL_PERMANENT cannot be switched off through the ftrace_enabled sysctl, which
 * answers EBUSY instead. Elsewhere by a kprobe.
 *
 * CONTEXT: the function runs with preemption disabled, in whatever context the hooked function was called from. It may
 * not sleep, and takes only raw spinlocks.
 */
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/security.h>

#include "compat.h"

static rfs_hook_fn hook_fn;

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS

static void notrace hook_ftrace(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);
	struct inode *inode;

	if (!regs)
		return;
	inode = (struct inode *)regs_get_kernel_argument(regs, 1);
	if (inode)
		hook_fn(inode);
}

static struct ftrace_ops hook_ops = {
	.func = hook_ftrace,
	.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_PERMANENT,
};

/*
 * rfs_hook_arm() - begin to call @fn
 *
 * May sleep; takes locks of ftrace and of text patching.
 *
 * Return: 0, or a negative errno (-EBUSY: the ftrace_enabled sysctl is 0).
 */
int rfs_hook_arm(rfs_hook_fn fn)
{
	int err;

	hook_fn = fn;
	err = ftrace_set_filter_ip(&hook_ops, (unsigned long)security_d_instantiate, 0, 1);
	if (err)
		return err;
	err = register_ftrace_function(&hook_ops);
	if (err)
		ftrace_set_filter_ip(&hook_ops, (unsigned long)security_d_instantiate, 1, 0);
	return err;
}

/* rfs_hook_disarm() - no call of the function is in progress when this returns. May sleep. */
void rfs_hook_disarm(void)
{
	unregister_ftrace_function(&hook_ops);
	ftrace_set_filter_ip(&hook_ops, (unsigned long)security_d_instantiate, 1, 0);
}

#else /* kprobes */

static int hook_kprobe(struct kprobe *probe, struct pt_regs *regs)
{
	struct inode *inode = (struct inode *)regs_get_kernel_argument(regs, 1);

	if (inode)
		hook_fn(inode);
	return 0;
}

static struct kprobe hook_probe = {
	.symbol_name = "security_d_instantiate",
	.pre_handler = hook_kprobe,
};

int rfs_hook_arm(rfs_hook_fn fn)
{
	int err;

	hook_fn = fn;
	/* register_kprobe() fills these in and does not take back a used probe */
	hook_probe.addr = NULL;
	hook_probe.flags = 0;
	err = register_kprobe(&hook_probe);
	return err;
}

void rfs_hook_disarm(void)
{
	unregister_kprobe(&hook_probe);
}

#endif
