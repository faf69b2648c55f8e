// SPDX-License-Identifier: GPL-2.0-only
/*
 * names.c - names, paths and objects of an operation, as accessors
 *
 * Inode operations carry no mount. So a path is told from the nearest object above (or at) the name that has a rule of
 * the filter which asks, by that rule's path as its setter wrote it, with the remainder below; and where there is none,
 * from the root of the file system. The caller's root, working directory and mount namespace do not change it.
 */
#include <linux/dcache.h>
#include <linux/kdev_t.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stat.h>

#include "attach.h"
#include "call.h"
#include "compat.h"
#include "rule.h"
#include "shadow.h"

/* ---- Paths ---- */

struct path_builder {
	char *buf;
	size_t size;
	size_t pos; /* begin of what is built, from the end of buf down */
	bool too_short;
};

static void prepend(struct path_builder *b, const char *text, size_t len)
{
	if (len > b->pos) {
		b->too_short = true;
		return;
	}
	b->pos -= len;
	memcpy(b->buf + b->pos, text, len);
}

/* d_lock keeps the name in place; its memory, and the parent's, is kept by RCU. */
static const struct dentry *prepend_name(struct path_builder *b, struct dentry *dentry)
{
	const struct dentry *parent;

	spin_lock(&dentry->d_lock);
	prepend(b, dentry->d_name.name, dentry->d_name.len);
	parent = dentry->d_parent;
	spin_unlock(&dentry->d_lock);
	prepend(b, "/", 1);
	return parent;
}

/*
 * The rule of a filter that hangs on an object, copied in front. Return: whether there was one that names it so. (A
 * file's rule is in force under all its hard links, but its path is only one of them.)
 */
static bool prepend_rule(struct path_builder *b, const struct rfs_flt *filter, struct dentry *dentry, size_t *rule_len)
{
	const struct inode *inode = d_inode_rcu(dentry);
	struct rfs_anchor *anchor;
	struct rfs_rule *rule;
	bool found = false;

	if (!inode || !READ_ONCE(inode->i_fsnotify_marks))
		return false;
	anchor = rfs_anchor_find(inode);
	if (!anchor)
		return false;
	spin_lock(&rfs_rules_lock);
	list_for_each_entry(rule, &anchor->rules, of_anchor) {
		if (rule->filter != filter || !rfs_rule_names(rule, dentry))
			continue;
		/* "/" is the one path that ends with a slash; what follows brings its own */
		*rule_len = rule->len == 1 && b->pos < b->size ? 0 : rule->len;
		prepend(b, rule->path, *rule_len);
		found = true;
		break;
	}
	spin_unlock(&rfs_rules_lock);
	return found;
}

static unsigned int build(struct path_builder *b, const struct rfs_flt *filter, struct dentry *dentry, size_t *rule_len)
{
	const struct super_block *sb = dentry->d_sb;
	unsigned int flags;

	b->pos = b->size;
	b->too_short = false;
	*rule_len = 0;
	for (;;) {
		if (prepend_rule(b, filter, dentry, rule_len)) {
			flags = RFS_PATHF_RULE;
			break;
		}
		if (IS_ROOT(dentry)) {
			flags = RFS_PATHF_FS_ROOT;
			if (dentry != sb->s_root && (READ_ONCE(dentry->d_flags) & DCACHE_DISCONNECTED))
				flags = RFS_PATHF_UNPLACED;
			else if (b->pos == b->size)
				prepend(b, "/", 1);
			break;
		}
		dentry = (struct dentry *)prepend_name(b, dentry);
	}
	return flags;
}

int rfs_path_parts(rfs_context context, const struct rfs_args *args, enum rfs_which which, char *buf, size_t size,
		   struct rfs_path_parts *parts)
{
	struct path_builder b = { .buf = buf, .size = size };
	struct dentry *dentry;
	unsigned int seq;
	size_t rule_len;

	if (which > RFS_SECOND || !args->name[which].dentry)
		return -ENOENT;
	dentry = args->name[which].dentry;

	rcu_read_lock();
	seq = read_seqbegin(&rename_lock);
	parts->flags = build(&b, context->filter, dentry, &rule_len);
	if (unlikely(read_seqretry(&rename_lock, seq))) {
		read_seqlock_excl(&rename_lock);
		parts->flags = build(&b, context->filter, dentry, &rule_len);
		read_sequnlock_excl(&rename_lock);
	}
	rcu_read_unlock();

	if (args->name[which].deleted)
		parts->flags |= RFS_PATHF_DELETED;
	if (parts->flags & RFS_PATHF_UNPLACED)
		return -ESTALE;
	if (b.too_short)
		return -ERANGE;
	parts->rule = parts->flags & RFS_PATHF_RULE ? buf + b.pos : NULL;
	parts->rule_len = rule_len;
	parts->rest = buf + b.pos + rule_len;
	parts->rest_len = b.size - b.pos - rule_len;
	return 0;
}
EXPORT_SYMBOL_GPL(rfs_path_parts);

ssize_t rfs_path(const struct rfs_args *args, enum rfs_which which, char *buf, size_t size)
{
	struct rfs_path_parts parts;
	size_t len;
	int err;

	if (!size)
		return -ERANGE;
	err = rfs_path_parts(args->ctx, args, which, buf, size - 1, &parts);
	if (err)
		return err;
	len = parts.rule_len + parts.rest_len;
	memmove(buf, parts.rest - parts.rule_len, len);
	buf[len] = '\0';
	return len;
}
EXPORT_SYMBOL_GPL(rfs_path);

unsigned int rfs_path_flags(const struct rfs_args *args, enum rfs_which which)
{
	struct rfs_path_parts parts;
	int err = rfs_path_parts(args->ctx, args, which, NULL, 0, &parts);

	return err == -ENOENT ? 0 : parts.flags;
}
EXPORT_SYMBOL_GPL(rfs_path_flags);

/* ---- Objects ---- */

static struct dentry *which_dentry(const struct rfs_args *args, enum rfs_which which)
{
	switch (which) {
	case RFS_FIRST:
	case RFS_SECOND:
		return args->name[which].dentry;
	case RFS_FIRST_PARENT:
		return args->name[RFS_FIRST].parent;
	case RFS_SECOND_PARENT:
		return args->name[RFS_SECOND].parent;
	}
	return NULL;
}

struct inode *rfs_op_inode(const struct rfs_args *args, enum rfs_which which)
{
	struct dentry *dentry = which_dentry(args, which);

	return dentry ? d_inode(dentry) : NULL;
}
EXPORT_SYMBOL_GPL(rfs_op_inode);

/*
 * Device and inode number as stat(2) shows them. btrfs shows a device per subvolume and overlayfs the numbers of its
 * layers. Their getattr needs no mount; others' might, and have no such secrets.
 */
void rfs_stat_id(struct dentry *dentry, u64 *dev, u64 *ino)
{
	struct path path = { .dentry = dentry };
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *orig;
	struct kstat stat = {};

	*dev = huge_encode_dev(inode->i_sb->s_dev);
	*ino = inode->i_ino;
	if (inode->i_sb->s_magic != BTRFS_SUPER_MAGIC && inode->i_sb->s_magic != OVERLAYFS_SUPER_MAGIC)
		return;
	/* the file system's own: this is no getattr that somebody asks for */
	orig = rfs_shadow_orig_iops(inode);
	if (!orig->getattr)
		return;
	if (orig->getattr(rfs_nop_idmap, &path, &stat, STATX_INO, AT_STATX_DONT_SYNC))
		return;
	*dev = huge_encode_dev(stat.dev);
	*ino = stat.ino;
}

int rfs_object(const struct rfs_args *args, enum rfs_which which, struct rfs_object *object)
{
	struct dentry *dentry = which_dentry(args, which);
	struct inode *inode;

	if (!dentry)
		return -ENOENT;
	memset(object, 0, sizeof(*object));
	inode = d_inode(dentry);
	if (!inode)
		return 0;
	object->valid = RFS_OBJECT_EXISTS;
	object->size = i_size_read(inode);
	object->rdev = huge_encode_dev(inode->i_rdev);
	object->generation = inode->i_generation;
	object->mode = inode->i_mode;
	object->nlink = inode->i_nlink;
	object->uid = from_kuid(&init_user_ns, inode->i_uid);
	object->gid = from_kgid(&init_user_ns, inode->i_gid);
	rfs_stat_id(dentry, &object->dev, &object->ino);
	return 0;
}
EXPORT_SYMBOL_GPL(rfs_object);
