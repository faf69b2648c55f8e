// SPDX-License-Identifier: GPL-2.0-only
/*
 * fstype.c - which file systems redirfs attaches to, and what is special about them
 *
 * A file system gets on the tested list when the guest tests run on it. Pseudo file systems are refused even with
 * force: their objects are interfaces of the kernel, their callers hold locks that a wait must not extend (proc, sysfs,
 * cgroup), or the kernel knows them by their tables (bpf).
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "fstype.h"

static const struct {
	const char *name;
	unsigned int flags;
} fstypes[] = {
	{ "ext2", RFS_FS_TESTED },
	{ "ext3", RFS_FS_TESTED },
	{ "ext4", RFS_FS_TESTED },
	{ "xfs", RFS_FS_TESTED },
	{ "btrfs", RFS_FS_TESTED },
	{ "tmpfs", RFS_FS_TESTED },
	/* it is as slow as its layers, which may be on any file system */
	{ "overlay", RFS_FS_TESTED | RFS_FS_UNBOUNDED },
	{ "fuse", RFS_FS_TESTED | RFS_FS_UNBOUNDED },

	{ "9p", RFS_FS_UNBOUNDED },
	{ "afs", RFS_FS_UNBOUNDED },
	{ "ceph", RFS_FS_UNBOUNDED },
	{ "cifs", RFS_FS_UNBOUNDED },
	{ "fuseblk", RFS_FS_UNBOUNDED },
	{ "smb3", RFS_FS_UNBOUNDED },
	{ "virtiofs", RFS_FS_UNBOUNDED },
	/* at submounts nfs compares i_fop of the root with its own table of directories */
	{ "nfs", RFS_FS_UNBOUNDED | RFS_FS_NO_DIR_FOP },
	{ "nfs4", RFS_FS_UNBOUNDED | RFS_FS_NO_DIR_FOP },

	{ "anon_inodefs", RFS_FS_REFUSED },
	{ "autofs", RFS_FS_REFUSED },
	{ "bdev", RFS_FS_REFUSED },
	{ "binder", RFS_FS_REFUSED },
	{ "binfmt_misc", RFS_FS_REFUSED },
	{ "bpf", RFS_FS_REFUSED },
	{ "cgroup", RFS_FS_REFUSED },
	{ "cgroup2", RFS_FS_REFUSED },
	{ "configfs", RFS_FS_REFUSED },
	{ "cpuset", RFS_FS_REFUSED },
	{ "debugfs", RFS_FS_REFUSED },
	/* devtmpfs is a tmpfs or ramfs, but what is below /dev are interfaces */
	{ "devpts", RFS_FS_REFUSED },
	{ "devtmpfs", RFS_FS_REFUSED },
	{ "dmabuf", RFS_FS_REFUSED },
	{ "efivarfs", RFS_FS_REFUSED },
	/* erofs knows its fast symlinks by i_op */
	{ "erofs", RFS_FS_REFUSED },
	{ "functionfs", RFS_FS_REFUSED },
	{ "fusectl", RFS_FS_REFUSED },
	{ "hugetlbfs", RFS_FS_REFUSED },
	{ "mqueue", RFS_FS_REFUSED },
	{ "nfsd", RFS_FS_REFUSED },
	{ "nsfs", RFS_FS_REFUSED },
	{ "pidfs", RFS_FS_REFUSED },
	{ "pipefs", RFS_FS_REFUSED },
	{ "proc", RFS_FS_REFUSED },
	{ "pstore", RFS_FS_REFUSED },
	{ "resctrl", RFS_FS_REFUSED },
	{ "rpc_pipefs", RFS_FS_REFUSED },
	{ "secretmem", RFS_FS_REFUSED },
	{ "securityfs", RFS_FS_REFUSED },
	{ "selinuxfs", RFS_FS_REFUSED },
	{ "smackfs", RFS_FS_REFUSED },
	{ "sockfs", RFS_FS_REFUSED },
	{ "sysfs", RFS_FS_REFUSED },
	{ "tracefs", RFS_FS_REFUSED },
};

/* rfs_fstype_flags() - RFS_FS_ bits of a mounted file system; 0 for an unknown one. Any context. */
unsigned int rfs_fstype_flags(const struct super_block *sb)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fstypes); i++)
		if (!strcmp(fstypes[i].name, sb->s_type->name))
			return fstypes[i].flags;
	return 0;
}
