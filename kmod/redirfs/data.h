/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_DATA_H
#define RFS_DATA_H

#include <linux/fs.h>

struct rfs_call;

typedef ssize_t (*rfs_iter_fn)(struct kiocb *iocb, struct iov_iter *iter);

/*
 * rfs_data_read(), rfs_data_write() - in place of the file system's own function, when rfs_call_pre() went well and
 * rfs_call_has_pieces(): through the filters that change data, piece by piece
 * @own:	the file system's function
 *
 * May sleep. Return: as that; never -EIOCBQUEUED.
 */
ssize_t rfs_data_read(struct rfs_call *call, struct kiocb *iocb, struct iov_iter *to, rfs_iter_fn own);
ssize_t rfs_data_write(struct rfs_call *call, struct kiocb *iocb, struct iov_iter *from, rfs_iter_fn own);

#endif /* RFS_DATA_H */
