/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * rfs_op_names.h - a word for each operation, for rfs_op_name() in both worlds
 */
#ifndef RFS_OP_NAMES_H
#define RFS_OP_NAMES_H

#include <rfs_abi.h>

/* What an array of strings, indexed by enum rfs_op_id, begins with */
/* clang-format off */
#define RFS_OP_NAMES \
	[RFS_OP_LOOKUP] = "lookup",			\
	[RFS_OP_CREATE] = "create",			\
	[RFS_OP_MKDIR] = "mkdir",			\
	[RFS_OP_MKNOD] = "mknod",			\
	[RFS_OP_SYMLINK] = "symlink",			\
	[RFS_OP_LINK] = "link",				\
	[RFS_OP_UNLINK] = "unlink",			\
	[RFS_OP_RMDIR] = "rmdir",			\
	[RFS_OP_RENAME] = "rename",			\
	[RFS_OP_TMPFILE] = "tmpfile",			\
	[RFS_OP_ATOMIC_OPEN] = "atomic_open",		\
	[RFS_OP_SETATTR] = "setattr",			\
	[RFS_OP_GETATTR] = "getattr",			\
	[RFS_OP_READLINK] = "readlink",			\
	[RFS_OP_SETXATTR] = "setxattr",			\
	[RFS_OP_GETXATTR] = "getxattr",			\
	[RFS_OP_REMOVEXATTR] = "removexattr",		\
	[RFS_OP_LISTXATTR] = "listxattr",		\
	[RFS_OP_SET_ACL] = "set_acl",			\
	[RFS_OP_GET_ACL] = "get_acl",			\
	[RFS_OP_FILEATTR_SET] = "fileattr_set",		\
	[RFS_OP_OPEN] = "open",				\
	[RFS_OP_RELEASE] = "release",			\
	[RFS_OP_READ] = "read",				\
	[RFS_OP_WRITE] = "write",			\
	[RFS_OP_READDIR] = "readdir",			\
	[RFS_OP_MMAP] = "mmap",				\
	[RFS_OP_FSYNC] = "fsync",			\
	[RFS_OP_FLUSH] = "flush",			\
	[RFS_OP_FALLOCATE] = "fallocate",		\
	[RFS_OP_LLSEEK] = "llseek",			\
	[RFS_OP_IOCTL] = "ioctl",			\
	[RFS_OP_COPY_RANGE] = "copy_range",		\
	[RFS_OP_REMAP_RANGE] = "remap_range",		\
	[RFS_OP_LOCK] = "lock",
/* clang-format on */

#endif /* RFS_OP_NAMES_H */
