/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check.h - what a reader asks for: is it valid, and whom does it fit?
 *
 * Pure: compiled for the host by tests/unit as well.
 */
#ifndef FCDL_CHECK_H
#define FCDL_CHECK_H

#include <linux/types.h>
#include <fcdl_abi.h>

/* Operations that a reader may ask for */
#define FCDL_OPS_OFFERED                                                                                      \
	(1ULL << RFS_OP_CREATE | 1ULL << RFS_OP_MKDIR | 1ULL << RFS_OP_MKNOD | 1ULL << RFS_OP_SYMLINK |       \
	 1ULL << RFS_OP_LINK | 1ULL << RFS_OP_UNLINK | 1ULL << RFS_OP_RMDIR | 1ULL << RFS_OP_RENAME |         \
	 1ULL << RFS_OP_TMPFILE | 1ULL << RFS_OP_ATOMIC_OPEN | 1ULL << RFS_OP_SETATTR | 1ULL << RFS_OP_OPEN | \
	 1ULL << RFS_OP_RELEASE | 1ULL << FCDL_OP_CLOSE_WRITE)

/* fcdl_check_setup() - Return: 0, -EPROTO, -EINVAL, -EOPNOTSUPP as fcdl_abi.h says */
int fcdl_check_setup(const struct fcdl_setup *setup);
/* fcdl_check_match() - Return: 0 or -EINVAL */
int fcdl_check_match(const struct fcdl_match *match);
/* fcdl_check_path() - Return: 0 or -EINVAL */
int fcdl_check_path(const struct fcdl_path *path, bool set);

/* fcdl_ring_size() - what a reader gets that asks for @wanted bytes, of at most @max (a power of two) */
u32 fcdl_ring_size(u64 wanted, u32 max);

/* fcdl_matches() - is this caller's doing to be recorded? */
bool fcdl_matches(const struct fcdl_match *matches, u32 count, const struct rfs_caller *caller);

#endif /* FCDL_CHECK_H */
