// SPDX-License-Identifier: GPL-2.0-only
/* 6.2: get_acl() became get_inode_acl() */
#include <linux/fs.h>
#include <linux/posix_acl.h>

struct posix_acl *probe(struct inode *inode);
struct posix_acl *probe(struct inode *inode)
{
	return get_inode_acl(inode, ACL_TYPE_DEFAULT);
}
