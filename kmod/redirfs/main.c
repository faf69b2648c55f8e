// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - redirfs.ko: load, unload, and the module's parameters
 */
#include <linux/module.h>

#include "attach.h"
#include "call.h"
#include "compat.h"
#include "ctl_core.h"
#include "file.h"
#include "filter.h"
#include "inside.h"
#include "memo.h"
#include "own.h"
#include "priv.h"
#include "rfs_version.h"
#include "rule.h"
#include "selftest.h"
#include "shadow.h"
#include "stats.h"

struct rfs_stats rfs_stats;

/* ---- Parameters ---- */

static int bypass_set(const char *val, const struct kernel_param *kp)
{
	bool before = rfs_bypass;
	int err = param_set_bool(val, kp);

	if (!err && rfs_bypass != before) {
		rfs_count(bypass_switched);
		pr_warn("redirfs: bypass switched %s by %s[%d]\n",
			rfs_bypass ? "on: no filter is asked anything" : "off", current->comm, task_tgid_nr(current));
	}
	return err;
}

static const struct kernel_param_ops bypass_ops = {
	.set = bypass_set,
	.get = param_get_bool,
};
module_param_cb(bypass, &bypass_ops, &rfs_bypass, 0644);
MODULE_PARM_DESC(
	bypass,
	"Y: ask no filter anything, the way out when one denies too much (default N; may be changed at any time)");

bool rfs_force_fs;
module_param_named(force_fs, rfs_force_fs, bool, 0444);
MODULE_PARM_DESC(
	force_fs,
	"Y: attach file systems that are not on the tested list as if each path had been set with force (default N)");

module_param_named(remembered_max, rfs_memo_max, uint, 0444);
MODULE_PARM_DESC(remembered_max, "most objects of which verdicts are remembered (default 16384, about 3 MiB; 0: none)");

module_param_named(data_max, rfs_priv_max, uint, 0444);
MODULE_PARM_DESC(data_max, "most data that filters may keep with open files and objects, in all (default 262144)");

/* ---- Load and unload ---- */

static int __init init_tables(void)
{
	struct inode *fresh = rfs_own_fresh_inode();
	int err;

	if (!fresh)
		return -ENOMEM;
	err = rfs_shadow_init(fresh);
	iput(fresh);
	return err;
}

/* Nobody can come in any more: see shadow.c, inside.c and file.c for what each step is waiting for. */
static void wait_out(void)
{
	rfs_shadow_neutralise();
	rfs_files_restore();
	synchronize_rcu();
	rfs_synchronize_tasks();
	/* first the files in their last put: each comes in once more, by its release, and may sleep there */
	rfs_files_wait();
	rfs_inside_wait();
	rfs_synchronize_tasks();
}

static void check_balance(void)
{
#define LEFT(member)                                                                                 \
	WARN_ONCE(atomic64_read(&rfs_stats.member), "redirfs: %lld of " #member " left at unload\n", \
		  (long long)atomic64_read(&rfs_stats.member))
	LEFT(iop_tables);
	LEFT(file_tables);
	LEFT(files);
	LEFT(anchors);
	LEFT(file_systems);
	LEFT(rules);
	LEFT(filters);
	LEFT(remembered);
	LEFT(file_data);
	LEFT(inode_data);
	LEFT(notices);
#undef LEFT
}

static int __init redirfs_init(void)
{
	int err;

	err = rfs_own_init();
	if (err)
		return err;
	err = init_tables();
	if (err)
		goto err_own;
	err = rfs_filters_init();
	if (err)
		goto err_shadow;
	err = rfs_rule_init();
	if (err)
		goto err_filters;
	err = rfs_priv_init();
	if (err)
		goto err_rule;
	err = rfs_attach_init();
	if (err)
		goto err_priv;
	err = rfs_selftest();
	if (err)
		goto err_attach;
	err = rfs_ctl_init();
	if (err)
		goto err_attach;
	pr_info("redirfs: ready\n");
	return 0;

err_attach:
	rfs_attach_exit();
	wait_out();
err_priv:
	rfs_priv_exit();
err_rule:
	rfs_rule_exit();
err_filters:
	rfs_filters_exit();
err_shadow:
	rfs_shadow_exit();
err_own:
	rfs_own_exit();
	return err;
}

static void __exit redirfs_exit(void)
{
	rfs_ctl_exit();
	rfs_attach_exit();
	wait_out();
	rfs_priv_exit();
	rfs_rule_exit();
	rfs_filters_exit();
	rfs_memo_exit();
	rfs_shadow_exit();
	rfs_own_exit();
	check_balance();
	pr_info("redirfs: unloaded; %lld open tables stay behind, for opens that sleep\n",
		(long long)atomic64_read(&rfs_stats.ifop_tables));
}

module_init(redirfs_init);
module_exit(redirfs_exit);
MODULE_DESCRIPTION("Redirects operations of the VFS to filters");
MODULE_VERSION(RFS_RELEASE);
MODULE_LICENSE("GPL");
