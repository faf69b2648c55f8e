// SPDX-License-Identifier: GPL-2.0-only
/*
 * oddfs.c - a file system that does on demand what real ones do once in a blue moon
 *
 * Every name in its only directory can be looked up, and what it begins with says what is there:
 *
 *   none...	nothing; it can be created. Creating "none-held" sleeps until "go"
 *   burn...	a file whose tables nobody has seen before, behind as many others as redirfs cannot have spares for; created
 *		as "none-burn" as well
 *   fresh...	a file with tables that nobody has seen before
 *   noopen...	a file whose i_fop the file system never set
 *   bare...	a file whose i_op has no member that redirfs wraps
 *   sweep...	a file that is kept in memory, for "sweep"
 *   fasync...	a file whose closing sleeps in f_op->fasync, that is before f_op->release, until "go"
 *   others	plain files
 *
 * Commands are written to the parameter "do", and answered by the errno of the write:
 *
 *   bad NAME	make_bad_inode(), as after an error of the device
 *   isbad NAME	ENODATA if it is not bad
 *   own NAME	ENODATA if i_op or i_fop is not what the file system has set
 *   poor NAME	calls setattr as the VFS does when i_op is exchanged for one without it between its two looks
 *   sweep	begins to watch the kept inodes: when somebody changes the tables of the first or the last of them, all are
 *		made bad, beginning at the other end
 *   swept	waits for that; ENODATA if one of them is not bad
 *   go		lets go whoever sleeps here, now and later
 *   hold	lets them sleep again
 *
 * LOCKING: the directory's lock, which the VFS holds, protects what look-ups make. Commands are for one caller.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/pagemap.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "compat.h"

#define ODD_MAGIC 0x6f646466
/* more than redirfs keeps spares */
#define BURN 48
#define BURN_MAX (BURN * 5)
#define SWEEP_MAX 256

static struct super_block *odd_sb;

static bool go;
static DECLARE_WAIT_QUEUE_HEAD(go_wait);

/* tables for one use each */
static struct inode_operations fresh_iops[BURN_MAX];
static struct file_operations fresh_fops[BURN_MAX];
static unsigned int nr_fresh;
/* what stood in front of a file that burns; kept until the file system goes */
static struct dentry *burnt[BURN_MAX];
static unsigned int nr_burnt;

static struct inode *swept[SWEEP_MAX];
static unsigned int nr_swept;
static struct task_struct *sweeper;
/* what the first and the last of them had when the watch was asked for; the thread may begin later */
static const struct inode_operations *first_iops, *last_iops;
static DECLARE_COMPLETION(sweeping);

static bool begins(const struct dentry *dentry, const char *with)
{
	return !strncmp(dentry->d_name.name, with, strlen(with));
}

static void sleep_until_go(void)
{
	wait_event_killable(go_wait, READ_ONCE(go));
}

/* ---- Files ---- */

static int odd_setattr(struct rfs_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	if (attr->ia_valid & ATTR_MODE)
		d_inode(dentry)->i_mode = attr->ia_mode;
	return 0;
}

static int odd_open(struct inode *inode, struct file *file)
{
	if (begins(file->f_path.dentry, "fasync"))
		file->f_flags |= FASYNC;
	return 0;
}

static int odd_fasync(int fd, struct file *file, int on)
{
	if (!on)
		sleep_until_go();
	return 0;
}

static const struct inode_operations odd_file_iops = {
	.setattr = odd_setattr,
};

/* not const, and with a member: or it would be the VFS's own empty one */
static const struct inode_operations bare_iops = {
	.fileattr_get = NULL,
};

static const struct file_operations odd_fops = {
	.open = odd_open,
	.fasync = odd_fasync,
	.llseek = noop_llseek,
};

/* What the file system has set, for "own" */
struct odd_own {
	const struct inode_operations *iops;
	const struct file_operations *fops;
};

static struct inode *odd_inode(struct super_block *sb)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode->i_mode = S_IFREG | 0644;
	inode->i_op = &odd_file_iops;
	inode->i_fop = &odd_fops;
	return inode;
}

static void set_fresh(struct inode *inode)
{
	fresh_iops[nr_fresh] = odd_file_iops;
	fresh_fops[nr_fresh] = odd_fops;
	inode->i_op = &fresh_iops[nr_fresh];
	inode->i_fop = &fresh_fops[nr_fresh];
	nr_fresh++;
}

/*
 * Makes @inode known by @dentry after many others with tables of their own, while the work item that would provide new
 * spares cannot run: it wants this processor. The others are let go of later, since that may sleep: where the kernel does
 * not preempt itself the work has not run either when the caller goes on.
 */
static int burn(struct dentry *dentry, struct inode *inode, bool hashed)
{
	struct dentry *others[BURN - 1];
	struct inode *inodes[BURN - 1];
	unsigned int i, n;

	if (nr_fresh + BURN > BURN_MAX)
		return -ENOSPC;
	for (n = 0; n < ARRAY_SIZE(others); n++) {
		others[n] = d_alloc_name(dentry->d_parent, "burnt");
		inodes[n] = others[n] ? odd_inode(dentry->d_sb) : NULL;
		if (!inodes[n]) {
			dput(others[n]);
			goto err_nomem;
		}
	}
	preempt_disable();
	for (i = 0; i < n; i++) {
		set_fresh(inodes[i]);
		d_instantiate(others[i], inodes[i]);
	}
	set_fresh(inode);
	if (hashed)
		d_instantiate(dentry, inode);
	else
		d_add(dentry, inode);
	preempt_enable();
	for (i = 0; i < n; i++)
		burnt[nr_burnt++] = others[i];
	return 0;

err_nomem:
	for (i = 0; i < n; i++) {
		iput(inodes[i]);
		dput(others[i]);
	}
	return -ENOMEM;
}

static struct dentry *odd_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct inode *inode;
	int err;

	if (begins(dentry, "none")) {
		d_add(dentry, NULL);
		return NULL;
	}
	inode = odd_inode(dir->i_sb);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (begins(dentry, "burn")) {
		err = burn(dentry, inode, false);
		if (!err)
			return NULL;
		iput(inode);
		return ERR_PTR(err);
	}
	if (begins(dentry, "fresh") && nr_fresh < BURN_MAX)
		set_fresh(inode);
	if (begins(dentry, "noopen")) {
		struct inode *fresh = new_inode(dir->i_sb);

		if (fresh) {
			inode->i_fop = fresh->i_fop;
			iput(fresh);
		}
	}
	if (begins(dentry, "bare"))
		inode->i_op = &bare_iops;
	if (begins(dentry, "sweep") && nr_swept < SWEEP_MAX) {
		ihold(inode);
		swept[nr_swept++] = inode;
	}
	d_add(dentry, inode);
	return NULL;
}

static int odd_create(struct rfs_idmap *idmap, struct inode *dir, struct dentry *dentry,
		      umode_t mode RFS_CREATE_EXCL_PARAM)
{
	struct inode *inode = odd_inode(dir->i_sb);
	int err = 0;

	if (!inode)
		return -ENOMEM;
	if (begins(dentry, "none-held"))
		sleep_until_go();
	if (begins(dentry, "none-burn")) {
		err = burn(dentry, inode, true);
		if (err)
			iput(inode);
	} else {
		d_instantiate(dentry, inode);
	}
	return err;
}

static const struct inode_operations odd_dir_iops = {
	.lookup = odd_lookup,
	.create = odd_create,
};

static const struct super_operations odd_super_ops = {
	.statfs = simple_statfs,
};

/* ---- Commands ---- */

static int sweep_fn(void *data)
{
	unsigned int i;
	bool last_look;

	complete(&sweeping);
	do {
		last_look = kthread_should_stop();
		if (READ_ONCE(swept[0]->i_op) != first_iops) {
			for (i = nr_swept; i--;)
				make_bad_inode(swept[i]);
			break;
		}
		if (READ_ONCE(swept[nr_swept - 1]->i_op) != last_iops) {
			for (i = 0; i < nr_swept; i++)
				make_bad_inode(swept[i]);
			break;
		}
		cond_resched();
	} while (!last_look);
	while (!kthread_should_stop())
		msleep(10);
	return 0;
}

static int cmd_sweep(void)
{
	if (!nr_swept || sweeper)
		return -EINVAL;
	first_iops = READ_ONCE(swept[0]->i_op);
	last_iops = READ_ONCE(swept[nr_swept - 1]->i_op);
	reinit_completion(&sweeping);
	sweeper = kthread_run(sweep_fn, NULL, "oddfs");
	if (IS_ERR(sweeper)) {
		int err = PTR_ERR(sweeper);

		sweeper = NULL;
		return err;
	}
	/* one that is stopped before it began would never look */
	wait_for_completion(&sweeping);
	return 0;
}

static int cmd_swept(void)
{
	unsigned int i, good = 0, old = 0;
	struct inode *bad;

	if (!sweeper)
		return -EINVAL;
	kthread_stop(sweeper);
	sweeper = NULL;
	bad = odd_inode(odd_sb);
	if (!bad)
		return -ENOMEM;
	make_bad_inode(bad);
	for (i = 0; i < nr_swept; i++) {
		good += swept[i]->i_op != bad->i_op;
		old += swept[i]->i_fop != bad->i_fop;
		iput(swept[i]);
	}
	pr_info("oddfs: of %u inodes that were made bad %u have another i_op and %u another i_fop\n", nr_swept, good,
		old);
	nr_swept = 0;
	iput(bad);
	return good || old ? -ENODATA : 0;
}

static int cmd_poor(struct dentry *dentry)
{
	int (*setattr)(struct rfs_idmap *, struct dentry *, struct iattr *);
	struct iattr attr = { .ia_valid = ATTR_MODE, .ia_mode = S_IFREG | 0600 };
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *ops;
	int err;

	inode_lock(inode);
	ops = READ_ONCE(inode->i_op);
	setattr = ops->setattr;
	inode->i_op = &bare_iops;
	err = setattr(rfs_nop_idmap, dentry, &attr);
	inode->i_op = ops;
	inode_unlock(inode);
	return err;
}

static int cmd_own(struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry), *fresh = new_inode(odd_sb);
	const struct inode_operations *iops = begins(dentry, "bare") ? &bare_iops : &odd_file_iops;
	const struct file_operations *fops = &odd_fops;
	int err;

	if (!fresh)
		return -ENOMEM;
	if (begins(dentry, "noopen"))
		fops = fresh->i_fop;
	/* its file operations are as good as any */
	if (begins(dentry, "bare"))
		fops = inode->i_fop;
	err = inode->i_op == iops && inode->i_fop == fops ? 0 : -ENODATA;
	iput(fresh);
	return err;
}

static int cmd_on(const char *cmd, const char *name)
{
	struct dentry *dentry;
	int err = -EINVAL;

	if (!odd_sb)
		return -EINVAL;
	inode_lock(d_inode(odd_sb->s_root));
	dentry = rfs_lookup_name(name, odd_sb->s_root);
	inode_unlock(d_inode(odd_sb->s_root));
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	if (d_really_is_negative(dentry)) {
		err = -ENOENT;
	} else if (!strcmp(cmd, "bad")) {
		make_bad_inode(d_inode(dentry));
		err = 0;
	} else if (!strcmp(cmd, "isbad")) {
		err = is_bad_inode(d_inode(dentry)) ? 0 : -ENODATA;
	} else if (!strcmp(cmd, "own")) {
		err = cmd_own(dentry);
	} else if (!strcmp(cmd, "poor")) {
		err = cmd_poor(dentry);
	}
	dput(dentry);
	return err;
}

static int do_set(const char *val, const struct kernel_param *kp)
{
	char line[64], *name = line, *cmd;

	if (strscpy(line, val, sizeof(line)) < 0)
		return -EINVAL;
	cmd = strsep(&name, " \n");
	if (name && *name)
		return cmd_on(cmd, strim(name));
	if (!strcmp(cmd, "sweep"))
		return cmd_sweep();
	if (!strcmp(cmd, "swept"))
		return cmd_swept();
	if (strcmp(cmd, "go") && strcmp(cmd, "hold"))
		return -EINVAL;
	WRITE_ONCE(go, *cmd == 'g');
	wake_up_all(&go_wait);
	return 0;
}

static const struct kernel_param_ops do_ops = {
	.set = do_set,
};
module_param_cb(do, &do_ops, NULL, 0200);
MODULE_PARM_DESC(do, "a command, see the source");

static char *type = "oddfs";
module_param(type, charp, 0444);
MODULE_PARM_DESC(type, "what the file system calls itself");

/* ---- Mounting ---- */

static int odd_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct inode *inode = new_inode(sb);

	sb->s_magic = ODD_MAGIC;
	sb->s_op = &odd_super_ops;
	if (!inode)
		return -ENOMEM;
	inode->i_ino = 1;
	inode->i_mode = S_IFDIR | 0755;
	inode->i_op = &odd_dir_iops;
	inode->i_fop = &simple_dir_operations;
	set_nlink(inode, 2);
	sb->s_root = d_make_root(inode);
	if (!sb->s_root)
		return -ENOMEM;
	odd_sb = sb;
	return 0;
}

static int odd_get_tree(struct fs_context *fc)
{
	return get_tree_single(fc, odd_fill_super);
}

static const struct fs_context_operations odd_context_ops = {
	.get_tree = odd_get_tree,
};

static int odd_init_fs_context(struct fs_context *fc)
{
	fc->ops = &odd_context_ops;
	return 0;
}

static void odd_kill_sb(struct super_block *sb)
{
	odd_sb = NULL;
	while (nr_burnt)
		dput(burnt[--nr_burnt]);
	kill_anon_super(sb);
}

static struct file_system_type odd_type = {
	.owner = THIS_MODULE,
	.init_fs_context = odd_init_fs_context,
	.kill_sb = odd_kill_sb,
};

static int __init odd_init(void)
{
	odd_type.name = type;
	return register_filesystem(&odd_type);
}
module_init(odd_init);

static void __exit odd_exit(void)
{
	unregister_filesystem(&odd_type);
}
module_exit(odd_exit);

MODULE_DESCRIPTION("a file system that is odd on demand, to test redirfs");
MODULE_LICENSE("GPL");
