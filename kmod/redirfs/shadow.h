/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_SHADOW_H
#define RFS_SHADOW_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/xattr.h>
#include <rfs_abi.h>

/* Whether it is an array of constant pointers depends on the kernel. */
typedef typeof(((struct super_block *)NULL)->s_xattr) rfs_xattr_list;

/**
 * struct rfs_iop_shadow - stands in for one table of inode operations
 * @by_orig:	in the hash of originals
 * @by_ops:	in the hash of shadows; both protected by tables_lock for writing and RCU for reading
 * @orig:	the file system's own table
 * @inert:	the table has no member to wrap: remembered, so that it is looked at once, but never put into an inode
 * @ops:	what inode->i_op points to
 */
struct rfs_iop_shadow {
	struct hlist_node by_orig;
	struct hlist_node by_ops;
	const struct inode_operations *orig;
	bool inert;
	struct rcu_head rcu;
	struct inode_operations ops;
};

/**
 * struct rfs_fop_shadow - stands in for one table of file operations
 *
 * As struct rfs_iop_shadow. There are two kinds, in different hashes: for inode->i_fop, which replaces only open and
 * is never freed, and for file->f_op of files that a rule covers. Of the latter there may be two for one original.
 * @no_mmap:	stands in for it in files that cannot be mapped
 */
struct rfs_fop_shadow {
	struct hlist_node by_orig;
	struct hlist_node by_ops;
	const struct file_operations *orig;
	bool no_mmap;
	struct rcu_head rcu;
	struct file_operations ops;
};

/**
 * struct rfs_xattr_shadow - stands in for one array of handlers of extended attributes, of superblocks
 *
 * Never freed, as those for i_fop: the kernel may sleep between two calls of a handler that it has found.
 * @by_orig:	in the hash of originals
 * @orig:	the file system's own array
 * @nr:		its length
 * @list:	what sb->s_xattr points to: @nr pointers into @handlers, and NULL
 * @handlers:	copies of the handlers, each with its original
 */
struct rfs_xattr_shadow {
	struct hlist_node by_orig;
	rfs_xattr_list orig;
	unsigned int nr;
	const struct xattr_handler **list;
	struct rfs_xattr_handler {
		struct xattr_handler ops;
		const struct xattr_handler *orig;
	} handlers[];
};

int rfs_shadow_init(struct inode *fresh);
void rfs_shadow_neutralise(void);
void rfs_shadow_exit(void);

int rfs_shadow_pool_fill(void);

/* Swap and restore; callers see rules 1 to 3 in shadow.c. rfs_shadow_swap() returns whether it changed anything. */
bool rfs_shadow_swap(struct inode *inode, unsigned int fs_flags, bool *lacking);
void rfs_shadow_restore(struct inode *inode);
bool rfs_shadow_is_on(const struct inode *inode);

/* The original behind a table that may or may not be a shadow. Valid as long as the caller is counted as inside. */
const struct inode_operations *rfs_shadow_orig_iops(const struct inode *inode);
struct rfs_fop_shadow *rfs_shadow_of_ifop(const struct file_operations *ops);
struct rfs_fop_shadow *rfs_shadow_of_file(const struct file_operations *ops);
int rfs_shadow_xattr(struct super_block *sb);
void rfs_shadow_xattr_restore(struct super_block *sb);
struct rfs_fop_shadow *rfs_shadow_for_file(const struct file_operations *orig, const struct super_block *sb,
					   bool no_mmap);

/* Filled with the wrappers: wrap_inode.c, wrap_attr.c, wrap_xattr.c, wrap_file.c and wrap_io.c */
bool rfs_wrap_iops(struct inode_operations *ops);
void rfs_wrap_ifop(struct file_operations *ops);
void rfs_wrap_file(struct file_operations *ops, const struct super_block *sb, bool no_mmap);
int rfs_wrap_release(struct inode *inode, struct file *file);

/**
 * struct rfs_wrap - a member that is replaced only while an active filter wants its operation
 * @ops:	RFS_OP_BIT() of the operation, or operations
 * @member:	offset of the member in its table
 * @wrapper:	what stands there meanwhile; NULL ends an array
 * @except:	a function of the kernel's that comes to another wrapper by itself, so that it is left alone; or NULL
 */
struct rfs_wrap {
	u64 ops;
	size_t member;
	void *wrapper;
	void *except;
};

extern const struct rfs_wrap rfs_iop_wraps[];
extern const struct rfs_wrap rfs_file_wraps[];
extern const struct rfs_wrap rfs_xattr_wraps[];

/* RFS_OP_BIT()s of what active filters want; returns when the tables say so. No sleeping. */
void rfs_shadow_want(u64 ops);

#endif /* RFS_SHADOW_H */
