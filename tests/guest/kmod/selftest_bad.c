// SPDX-License-Identifier: GPL-2.0-only
/*
 * Misbehaves on demand, so that the harness can prove that it notices. The
 * parameter says how; an unknown mode loads and does nothing.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

static char *mode = "none";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "panic, oops, warn, lockup, stuck, hung, leak, uaf, atomic, lockdep or none");

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);
static DEFINE_SPINLOCK(spin);
static DECLARE_COMPLETION(never);
static struct task_struct *hung_task;

static int hang_about(void *data)
{
	/* uninterruptible: what the hung task detector looks for */
	wait_for_completion(&never);
	return 0;
}

static void oops(void)
{
	int *volatile nowhere = NULL;

	*nowhere = 1;
}

static void spin_for_ever(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static void lockup(void)
{
	/* every CPU: a single one left would still report */
	smp_call_function(spin_for_ever, NULL, 0);
	spin_for_ever(NULL);
}

static void leak(void)
{
	int i;

	/* several, since the scan may find a stale pointer to one */
	for (i = 0; i < 16; i++) {
		void *lost = kmalloc(777, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void use_after_free(void)
{
	char *volatile p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	if (p)
		p[1] = 1;
}

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	msleep(1);
	spin_unlock(&spin);
}

static void lock_order(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);
	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
}

static int __init selftest_bad_init(void)
{
	if (!strcmp(mode, "panic"))
		panic("selftest_bad: asked to");
	else if (!strcmp(mode, "oops"))
		oops();
	else if (!strcmp(mode, "warn"))
		WARN(1, "selftest_bad: asked to\n");
	else if (!strcmp(mode, "lockup"))
		lockup();
	else if (!strcmp(mode, "leak"))
		leak();
	else if (!strcmp(mode, "uaf"))
		use_after_free();
	else if (!strcmp(mode, "atomic"))
		sleep_in_atomic();
	else if (!strcmp(mode, "lockdep"))
		lock_order();
	else if (!strcmp(mode, "stuck"))
		wait_for_completion(&never);
	else if (!strcmp(mode, "hung"))
		hung_task = kthread_run(hang_about, NULL, "selftest_bad");
	return PTR_ERR_OR_ZERO(hung_task);
}
module_init(selftest_bad_init);

static void __exit selftest_bad_exit(void)
{
	if (hung_task) {
		complete_all(&never);
		kthread_stop(hung_task);
	}
}
module_exit(selftest_bad_exit);

MODULE_DESCRIPTION("misbehaves on demand, to test the test harness");
MODULE_LICENSE("GPL");
