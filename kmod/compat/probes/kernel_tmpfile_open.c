// SPDX-License-Identifier: GPL-2.0-only
/* 6.5: vfs_tmpfile_open() became kernel_tmpfile_open() */
#include <linux/cred.h>
#include <linux/fs.h>

struct file *probe(const struct path *parent, const struct cred *cred);
struct file *probe(const struct path *parent, const struct cred *cred)
{
	return kernel_tmpfile_open(&nop_mnt_idmap, parent, 0600, O_RDWR, cred);
}
