// SPDX-License-Identifier: GPL-2.0-only
/*
 * scope.c - is a name in scope, and of whose rules?
 *
 * The walk goes from the name up to the root of the file system under RCU, with the rename_lock seqcount as d_path
 * does: once without the lock, then with it. It allocates nothing and has no depth limit. Most objects have no fsnotify
 * marks at all, which is one load to see; only for those that have is the table of anchors asked.
 */
#include <linux/dcache.h>
#include <linux/seqlock.h>

#include "call.h"
#include "rule.h"

/* Return: false if the walk ended at a root that is not the file system's, without everything being decided */
static bool walk_up(const struct dentry *dentry, struct rfs_judgement *j)
{
	const struct super_block *sb = dentry->d_sb;
	struct rfs_ruleset rules;
	struct rfs_anchor *anchor;
	unsigned int distance;
	struct inode *inode;

	for (distance = 0;; distance++) {
		inode = d_inode_rcu(dentry);
		if (inode && READ_ONCE(inode->i_fsnotify_marks)) {
			anchor = rfs_anchor_find(inode);
			if (anchor) {
				rfs_anchor_read(anchor, &rules);
				if (rfs_judge_step(j, &rules, distance))
					return true;
			}
		}
		if (IS_ROOT(dentry))
			return dentry == sb->s_root || !(READ_ONCE(dentry->d_flags) & DCACHE_DISCONNECTED);
		dentry = READ_ONCE(dentry->d_parent);
	}
}

/*
 * rfs_scope_name() - judge one name for many filters
 * @dentry:	the name; held
 * @guest:	what is known of its file system
 * @candidates:	the filters
 * @in:		in and out: gets those added that the name is in scope of
 * @unplaced:	out: set to true if the object's place is not known, and somebody is in scope for that reason
 */
void rfs_scope_name(struct dentry *dentry, const struct rfs_guest *guest, const struct rfs_set *candidates,
		    struct rfs_set *in, bool *unplaced)
{
	struct rfs_judgement j = { .open = *candidates };
	struct rfs_set nowhere;
	unsigned int seq;
	bool placed;

	rcu_read_lock();
	seq = read_seqbegin(&rename_lock);
	placed = walk_up(dentry, &j);
	if (unlikely(read_seqretry(&rename_lock, seq))) {
		/* something was renamed meanwhile, perhaps above us; now nothing is */
		j = (struct rfs_judgement){ .open = *candidates };
		read_seqlock_excl(&rename_lock);
		placed = walk_up(dentry, &j);
		read_sequnlock_excl(&rename_lock);
	}
	rcu_read_unlock();
	rfs_set_or(in, &j.in);
	if (unlikely(!placed)) {
		nowhere = rfs_set_and(&j.open, &guest->unplaced);
		if (!rfs_set_empty(&nowhere)) {
			*unplaced = true;
			rfs_set_or(in, &nowhere);
		}
	}
}
