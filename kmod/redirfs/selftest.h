/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_SELFTEST_H
#define RFS_SELFTEST_H

int rfs_selftest(void);

#endif /* RFS_SELFTEST_H */
