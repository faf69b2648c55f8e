/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_FSTYPE_H
#define RFS_FSTYPE_H

#include <linux/fs.h>

/* What redirfs has to know about a file system. */
#define RFS_FS_TESTED 0x1 /* attaches without force */
#define RFS_FS_REFUSED 0x2 /* never attaches */
#define RFS_FS_UNBOUNDED 0x4 /* its operations may block as long as somebody else likes: they hold the module */
#define RFS_FS_NO_DIR_FOP 0x8 /* compares i_fop of directories */

unsigned int rfs_fstype_flags(const struct super_block *sb);

#endif /* RFS_FSTYPE_H */
