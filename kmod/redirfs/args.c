// SPDX-License-Identifier: GPL-2.0-only
/*
 * args.c - the other arguments of an operation, and its result, as accessors
 */
#include <linux/module.h>
#include <linux/string.h>
#include <rfs_op_names.h>

#include "call.h"

static const char *const op_names[RFS_OP_MAX] = { RFS_OP_NAMES };

const char *rfs_op_name(enum rfs_op_id op)
{
	return (unsigned int)op < RFS_OP_MAX ? op_names[op] : NULL;
}
EXPORT_SYMBOL_GPL(rfs_op_name);

enum rfs_op_id rfs_op(const struct rfs_args *args)
{
	return args->op;
}
EXPORT_SYMBOL_GPL(rfs_op);

unsigned int rfs_op_flags(const struct rfs_args *args)
{
	return args->flags;
}
EXPORT_SYMBOL_GPL(rfs_op_flags);

void rfs_mark_default(struct rfs_args *args, bool stop)
{
	args->flags |= stop ? RFS_OPF_DEFAULT_DENY : RFS_OPF_DEFAULT_ALLOW;
}
EXPORT_SYMBOL_GPL(rfs_mark_default);

int rfs_is_post(const struct rfs_args *args)
{
	return args->post;
}
EXPORT_SYMBOL_GPL(rfs_is_post);

unsigned long long rfs_time(const struct rfs_args *args)
{
	return args->time_ns;
}
EXPORT_SYMBOL_GPL(rfs_time);

long rfs_result(const struct rfs_args *args)
{
	return args->result;
}
EXPORT_SYMBOL_GPL(rfs_result);

void rfs_set_result(struct rfs_args *args, long result)
{
	if (!args->post || args->data)
		args->result = result < 0 && result >= -MAX_ERRNO ? result : -EPERM;
}
EXPORT_SYMBOL_GPL(rfs_set_result);

unsigned int rfs_open_flags(const struct rfs_args *args)
{
	return args->open_flags;
}
EXPORT_SYMBOL_GPL(rfs_open_flags);

unsigned int rfs_mode(const struct rfs_args *args)
{
	return args->mode;
}
EXPORT_SYMBOL_GPL(rfs_mode);

unsigned long long rfs_rdev(const struct rfs_args *args)
{
	return huge_encode_dev(args->rdev);
}
EXPORT_SYMBOL_GPL(rfs_rdev);

unsigned int rfs_rename_flags(const struct rfs_args *args)
{
	return args->rename_flags;
}
EXPORT_SYMBOL_GPL(rfs_rename_flags);

static const struct {
	unsigned int ia;
	u32 rfs;
} attr_bits[] = {
	{ ATTR_MODE, RFS_ATTR_MODE },
	{ ATTR_UID, RFS_ATTR_UID },
	{ ATTR_GID, RFS_ATTR_GID },
	{ ATTR_SIZE, RFS_ATTR_SIZE },
	{ ATTR_ATIME, RFS_ATTR_ATIME },
	{ ATTR_MTIME, RFS_ATTR_MTIME },
	{ ATTR_CTIME, RFS_ATTR_CTIME },
	{ ATTR_ATIME_SET, RFS_ATTR_ATIME_SET },
	{ ATTR_MTIME_SET, RFS_ATTR_MTIME_SET },
	{ ATTR_OPEN, RFS_ATTR_OPEN },
	{ ATTR_FILE, RFS_ATTR_FILE },
	{ ATTR_KILL_SUID | ATTR_KILL_SGID | ATTR_KILL_PRIV, RFS_ATTR_KILL_PRIV },
	{ ATTR_TIMES_SET, RFS_ATTR_TIMES_SET },
};

int rfs_attr(const struct rfs_args *args, struct rfs_attr *attr)
{
	const struct iattr *ia = args->attr;
	size_t i;

	if (!ia)
		return -ENOENT;
	memset(attr, 0, sizeof(*attr));
	for (i = 0; i < ARRAY_SIZE(attr_bits); i++)
		if (ia->ia_valid & attr_bits[i].ia)
			attr->valid |= attr_bits[i].rfs;
	if (ia->ia_valid & ATTR_MODE)
		attr->mode = ia->ia_mode;
	if (ia->ia_valid & ATTR_UID)
		attr->uid = from_kuid(&init_user_ns, ia->ia_uid);
	if (ia->ia_valid & ATTR_GID)
		attr->gid = from_kgid(&init_user_ns, ia->ia_gid);
	if (ia->ia_valid & ATTR_SIZE)
		attr->size = ia->ia_size;
	if (ia->ia_valid & ATTR_ATIME) {
		attr->atime_sec = ia->ia_atime.tv_sec;
		attr->atime_nsec = ia->ia_atime.tv_nsec;
	}
	if (ia->ia_valid & ATTR_MTIME) {
		attr->mtime_sec = ia->ia_mtime.tv_sec;
		attr->mtime_nsec = ia->ia_mtime.tv_nsec;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(rfs_attr);

int rfs_io(const struct rfs_args *args, struct rfs_io *io)
{
	if (!args->io)
		return -ENOENT;
	*io = *args->io;
	return 0;
}
EXPORT_SYMBOL_GPL(rfs_io);

int rfs_set_mmap_policy(struct rfs_args *args, unsigned int policy)
{
	if (policy & ~RFS_MMAP_POLICY_ALL)
		return -EINVAL;
	if (args->op != RFS_OP_OPEN || args->post)
		return -ENOENT;
	args->mmap_policy |= policy;
	return 0;
}
EXPORT_SYMBOL_GPL(rfs_set_mmap_policy);

int rfs_data(struct rfs_args *args, struct rfs_data *data)
{
	if (!args->data)
		return -ENOENT;
	*data = *args->data;
	return 0;
}
EXPORT_SYMBOL_GPL(rfs_data);

/* In the kernel they are changed where they are. */
void rfs_data_changed(struct rfs_args *args)
{
}
EXPORT_SYMBOL_GPL(rfs_data_changed);

const char *rfs_symlink_target_ptr(const struct rfs_args *args)
{
	return args->target;
}
EXPORT_SYMBOL_GPL(rfs_symlink_target_ptr);

const char *rfs_xattr_name_ptr(const struct rfs_args *args)
{
	return args->xattr;
}
EXPORT_SYMBOL_GPL(rfs_xattr_name_ptr);

static ssize_t copy_text(const char *text, char *buf, size_t size)
{
	size_t len;

	if (!text)
		return -ENOENT;
	len = strlen(text);
	if (len >= size)
		return -ERANGE;
	memcpy(buf, text, len + 1);
	return len;
}

ssize_t rfs_symlink_target(const struct rfs_args *args, char *buf, size_t size)
{
	return copy_text(args->target, buf, size);
}
EXPORT_SYMBOL_GPL(rfs_symlink_target);

ssize_t rfs_xattr_name(const struct rfs_args *args, char *buf, size_t size)
{
	return copy_text(args->xattr, buf, size);
}
EXPORT_SYMBOL_GPL(rfs_xattr_name);
