/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_PRIV_H
#define RFS_PRIV_H

#include <linux/fs.h>

#include "filter.h"

/* The last moment of an open file: no operation on it comes any more. May sleep, in free callbacks of filters. */
void rfs_priv_end_file(const struct file *file);

/* A filter is unregistered: it gets no more data attached, and what it has ends now. May sleep. */
void rfs_priv_leave(struct rfs_flt *filter);

int rfs_priv_init(void);
void rfs_priv_exit(void);

/* The module parameter data_max */
extern unsigned int rfs_priv_max;

#endif /* RFS_PRIV_H */
