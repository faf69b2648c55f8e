/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_LISTING_H
#define RFS_LISTING_H

#include <linux/fs.h>

struct rfs_call;
struct rfs_listing;

typedef int (*rfs_iterate_fn)(struct file *file, struct dir_context *ctx);

/*
 * rfs_listing_read() - in place of the file system's own function, where filters may hide entries
 * @call:	through the filters, if rfs_call_pre() went well and rfs_call_has_pieces(), or NULL: nobody hides any now
 * @own:	the file system's function
 *
 * May sleep. The directory is locked as the VFS does. Return: as that.
 */
int rfs_listing_read(struct rfs_call *call, struct file *file, struct dir_context *ctx, rfs_iterate_fn own);

/* The position was changed by somebody: what was read ahead does not count any more. */
void rfs_listing_moved(struct file *file);
void rfs_listing_free(struct rfs_listing *listing);

#endif /* RFS_LISTING_H */
