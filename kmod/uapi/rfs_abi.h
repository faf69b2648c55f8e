/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * rfs_abi.h - what redirfs says about an operation, in numbers and structs that the kernel and user space share
 *
 * These types are filled by the accessors of rfs.h in both worlds, and travel unchanged in the arena of a urfs
 * connection (urfs_abi.h) and through the control device (fcdlctl_abi.h).
 *
 * Rules for changing this file: numbers are never reused, structs never change size or order within a version of the
 * interface, every struct is free of holes (kmod/redirfs/abi.c and tests/unit assert that), all integers are of fixed
 * width and in the byte order of the machine.
 *
 * CHANGELOG
 *  1	first version
 *  2	operations on open files and on attributes; struct rfs_io
 */
#ifndef RFS_ABI_H
#define RFS_ABI_H

#include <linux/types.h>

#define RFS_ABI_VERSION 2

/**
 * enum rfs_op_id - operations of the VFS that a filter may ask for
 *
 * Stable numbers. docs/operations has a row for each: what it covers, which arguments it carries, which locks are held
 * while a callback runs, and what it does not cover. Numbers below RFS_OP_MAX that this version does not offer give
 * -EOPNOTSUPP when a filter asks for them, numbers from RFS_OP_MAX up -EINVAL.
 */
enum rfs_op_id {
	/** end of an array of struct rfs_op_info */
	RFS_OP_END = 0,

	/* the namespace; numbers 1 to 15 */
	RFS_OP_LOOKUP = 1,
	RFS_OP_CREATE = 2,
	RFS_OP_MKDIR = 3,
	RFS_OP_MKNOD = 4,
	RFS_OP_SYMLINK = 5,
	RFS_OP_LINK = 6,
	RFS_OP_UNLINK = 7,
	RFS_OP_RMDIR = 8,
	RFS_OP_RENAME = 9,
	RFS_OP_TMPFILE = 10,
	/** open, and perhaps create, in one step of the file system's own (fuse, nfs) */
	RFS_OP_ATOMIC_OPEN = 11,

	/* attributes; numbers 16 to 31 */
	RFS_OP_SETATTR = 16,
	RFS_OP_GETATTR = 17,
	/** after it only: a link that was read is followed */
	RFS_OP_READLINK = 18,
	RFS_OP_SETXATTR = 19,
	RFS_OP_GETXATTR = 20,
	RFS_OP_REMOVEXATTR = 21,
	RFS_OP_LISTXATTR = 22,
	RFS_OP_SET_ACL = 23,
	RFS_OP_GET_ACL = 24,
	RFS_OP_FILEATTR_SET = 25,

	/* open files; numbers 32 to 63 */
	RFS_OP_OPEN = 32,
	/** after it only: there is nothing left to refuse */
	RFS_OP_RELEASE = 33,
	RFS_OP_READ = 34,
	RFS_OP_WRITE = 35,
	RFS_OP_READDIR = 36,
	/** after it only, and nobody waits: the lock of the caller's address space is held */
	RFS_OP_MMAP = 37,
	RFS_OP_FSYNC = 38,
	RFS_OP_FLUSH = 39,
	RFS_OP_FALLOCATE = 40,
	RFS_OP_LLSEEK = 41,
	RFS_OP_IOCTL = 42,
	RFS_OP_COPY_RANGE = 43,
	RFS_OP_REMAP_RANGE = 44,
	RFS_OP_LOCK = 45,

	RFS_OP_MAX = 64,
};

/* Sets of operations: bit n stands for number n. */
#define RFS_OP_BIT(op) (1ULL << (op))

/* The namespace, setattr, open and release: what changes names and attributes, and who has a file open */
#define RFS_OPS_NAMESPACE                                                                                              \
	(RFS_OP_BIT(RFS_OP_CREATE) | RFS_OP_BIT(RFS_OP_MKDIR) | RFS_OP_BIT(RFS_OP_MKNOD) |                             \
	 RFS_OP_BIT(RFS_OP_SYMLINK) | RFS_OP_BIT(RFS_OP_LINK) | RFS_OP_BIT(RFS_OP_UNLINK) | RFS_OP_BIT(RFS_OP_RMDIR) | \
	 RFS_OP_BIT(RFS_OP_RENAME) | RFS_OP_BIT(RFS_OP_TMPFILE) | RFS_OP_BIT(RFS_OP_ATOMIC_OPEN) |                     \
	 RFS_OP_BIT(RFS_OP_SETATTR) | RFS_OP_BIT(RFS_OP_OPEN) | RFS_OP_BIT(RFS_OP_RELEASE))

/* What only looks, or happens between open and release: much more often */
#define RFS_OPS_ACCESS                                                                                                \
	(RFS_OP_BIT(RFS_OP_LOOKUP) | RFS_OP_BIT(RFS_OP_GETATTR) | RFS_OP_BIT(RFS_OP_READLINK) |                       \
	 RFS_OP_BIT(RFS_OP_SETXATTR) | RFS_OP_BIT(RFS_OP_GETXATTR) | RFS_OP_BIT(RFS_OP_REMOVEXATTR) |                 \
	 RFS_OP_BIT(RFS_OP_LISTXATTR) | RFS_OP_BIT(RFS_OP_SET_ACL) | RFS_OP_BIT(RFS_OP_GET_ACL) |                     \
	 RFS_OP_BIT(RFS_OP_FILEATTR_SET) | RFS_OP_BIT(RFS_OP_READ) | RFS_OP_BIT(RFS_OP_WRITE) |                       \
	 RFS_OP_BIT(RFS_OP_READDIR) | RFS_OP_BIT(RFS_OP_MMAP) | RFS_OP_BIT(RFS_OP_FSYNC) | RFS_OP_BIT(RFS_OP_FLUSH) | \
	 RFS_OP_BIT(RFS_OP_FALLOCATE) | RFS_OP_BIT(RFS_OP_LLSEEK) | RFS_OP_BIT(RFS_OP_IOCTL) |                        \
	 RFS_OP_BIT(RFS_OP_COPY_RANGE) | RFS_OP_BIT(RFS_OP_REMAP_RANGE) | RFS_OP_BIT(RFS_OP_LOCK))

/* All that this version offers */
#define RFS_OPS_OFFERED (RFS_OPS_NAMESPACE | RFS_OPS_ACCESS)

/* Those that are told after they happened only: a pre callback for one of them gives -EINVAL */
#define RFS_OPS_POST_ONLY (RFS_OP_BIT(RFS_OP_READLINK) | RFS_OP_BIT(RFS_OP_RELEASE) | RFS_OP_BIT(RFS_OP_MMAP))

/* Longest name of a filter, in bytes, without the terminating NUL. Names are [A-Za-z0-9_.-]+, not "." or "..". */
#define RFS_NAME_LEN 31

/* Most filters that can be registered at one time. */
#define RFS_FILTERS_MAX 128

/* Longest piece of data that a filter is given at once, in bytes; longer reads and writes are split. */
#define RFS_DATA_MAX 65536

/* Longest path of a rule in bytes, with the terminating NUL (PATH_MAX of the kernel). */
#define RFS_PATH_LEN 4096

/* struct rfs_path_info.flags: exactly one of the first pair and one of the second */
#define RFS_PATH_INCLUDE 0x1
#define RFS_PATH_EXCLUDE 0x2
#define RFS_PATH_SINGLE 0x4 /* the object, and for a directory the names directly in it */
#define RFS_PATH_SUBTREE 0x8 /* the object and everything below it */
/* in: attach a file system that is not on the tested list (never a pseudo file system) */
#define RFS_PATH_FORCE 0x10
/* out: the object had a rule of this filter, which was replaced */
#define RFS_PATH_REPLACED 0x100
/* out, in lists: the object is gone or unmounted; setting the path again resolves it anew */
#define RFS_PATH_STALE 0x200

/**
 * enum rfs_which - the names and objects that one operation has
 *
 * Most operations have one name, RFS_FIRST. link has the existing name first and the new name second; rename has the
 * old name first and the new name second.
 */
enum rfs_which {
	RFS_FIRST = 0,
	RFS_SECOND = 1,
	/** the directory that RFS_FIRST is in */
	RFS_FIRST_PARENT = 2,
	/** the directory that RFS_SECOND is in (rename, link) */
	RFS_SECOND_PARENT = 3,
};

/* struct rfs_object.valid */
#define RFS_OBJECT_EXISTS 0x1 /* there is an object: all other fields mean something */

/**
 * struct rfs_object - one file, directory or other inode, as the caller's stat(2) would show it
 * @dev:	device in the encoding of makedev(3) of glibc, as in st_dev (btrfs: of the subvolume)
 * @ino:	inode number, as in st_ino
 * @size:	bytes
 * @rdev:	device that a device node stands for, encoded as @dev
 * @valid:	RFS_OBJECT_ bits; 0 for a name that does not exist (yet)
 * @generation:	generation of the inode number, where the file system has one
 * @mode:	type and permission bits, as in st_mode
 * @nlink:	hard links
 * @uid:	owner, in the initial user namespace
 * @gid:	group, in the initial user namespace
 */
struct rfs_object {
	__u64 dev;
	__u64 ino;
	__u64 size;
	__u64 rdev;
	__u32 valid;
	__u32 generation;
	__u32 mode;
	__u32 nlink;
	__u32 uid;
	__u32 gid;
};

/* struct rfs_caller.flags */
#define RFS_CALLER_KTHREAD 0x1 /* a kernel thread (nfsd, a loop device's worker) */
#define RFS_CALLER_IO_WORKER 0x2 /* an io_uring worker on behalf of pid */
#define RFS_CALLER_COMPAT 0x4 /* in a 32-bit system call */
#define RFS_CALLER_EXE 0x8 /* exe_dev and exe_ino are filled */

/**
 * struct rfs_caller - who does it, taken at the time of the event in the caller's own context
 * @cgroup_id:	id of the caller's cgroup in the unified hierarchy (inode number of its directory), 0 if none
 * @mnt_ns:	inode number of the caller's mount namespace (as in /proc/PID/ns/mnt), 0 if none
 * @exe_dev:	device of the caller's executable, encoded as rfs_object.dev
 * @exe_ino:	inode number of the caller's executable
 * @flags:	RFS_CALLER_ bits
 * @pid:	process id (thread group id), as seen from the reader's pid namespace; 0 if not visible there
 * @tid:	thread id, likewise
 * @ppid:	parent's process id, likewise
 * @uid:	real user id in the initial user namespace, and so for the next ones
 * @gid:	real group id
 * @euid:	effective user id
 * @egid:	effective group id
 * @loginuid:	login user id of the audit subsystem, (__u32)-1 if not set
 * @sessionid:	session id of the audit subsystem, (__u32)-1 if not set
 * @reserved:	0
 * @comm:	name of the thread, NUL-terminated; with RFS_CALLER_IO_WORKER that of the process's first thread
 */
struct rfs_caller {
	__u64 cgroup_id;
	__u64 mnt_ns;
	__u64 exe_dev;
	__u64 exe_ino;
	__u32 flags;
	__u32 pid;
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u32 gid;
	__u32 euid;
	__u32 egid;
	__u32 loginuid;
	__u32 sessionid;
	__u64 reserved;
	char comm[16];
};

/* struct rfs_attr.valid: what setattr was asked to change */
#define RFS_ATTR_MODE 0x1 /* chmod: mode */
#define RFS_ATTR_UID 0x2 /* chown: uid */
#define RFS_ATTR_GID 0x4 /* chown: gid */
#define RFS_ATTR_SIZE 0x8 /* truncate: size */
#define RFS_ATTR_ATIME 0x10 /* utimes: atime */
#define RFS_ATTR_MTIME 0x20 /* utimes: mtime */
#define RFS_ATTR_CTIME 0x40
#define RFS_ATTR_ATIME_SET 0x80 /* to a given time, not to now */
#define RFS_ATTR_MTIME_SET 0x100
#define RFS_ATTR_OPEN 0x200 /* the truncation of an open with O_TRUNC */
#define RFS_ATTR_FILE 0x400 /* through an open file (ftruncate) */
#define RFS_ATTR_KILL_PRIV 0x800 /* set-id bits or capabilities go as a consequence */
#define RFS_ATTR_TIMES_SET 0x1000 /* the caller chose the times (utimensat with times) */

/**
 * struct rfs_attr - the attributes that a setattr asks for; each counts only if its bit in @valid is set
 * @valid:	RFS_ATTR_ bits
 * @mode:	new type and permission bits
 * @uid:	new owner, in the initial user namespace
 * @gid:	new group, in the initial user namespace
 * @size:	new size in bytes
 * @atime_sec:	new access time, seconds since the epoch
 * @mtime_sec:	new modification time, seconds since the epoch
 * @atime_nsec:	nanoseconds of it
 * @mtime_nsec:	nanoseconds of it
 */
struct rfs_attr {
	__u32 valid;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u64 size;
	__s64 atime_sec;
	__s64 mtime_sec;
	__u32 atime_nsec;
	__u32 mtime_nsec;
};

/* struct rfs_io.flags */
#define RFS_IO_APPEND 0x1 /* write: at the end of the file, wherever that is by then; offset does not count */
#define RFS_IO_DIRECT 0x2 /* read, write: past the page cache (O_DIRECT) */
#define RFS_IO_SPLICE 0x4 /* read, write: to or from a pipe (splice, sendfile) */
#define RFS_IO_SHARED 0x8 /* mmap: writes go to the file (MAP_SHARED) */
#define RFS_IO_FLOCK 0x10 /* lock: flock(2); else a lock of fcntl(2) */

/**
 * struct rfs_io - the numbers that an operation carries; those that it does not name are 0
 * @offset:	read, write, fallocate, fsync, mmap, copy_range, remap_range (in the first file): where it begins, in bytes.
 *		llseek: as given, signed. lock: where it begins. ioctl: the third argument, as a number
 * @length:	read, write, fallocate, mmap, copy_range, remap_range: bytes asked for. fsync, lock: bytes, 0 up to the
 *		end. listxattr, getxattr: bytes of the buffer, 0 if only the length is wanted. setxattr: of the value.
 *		set_acl: of the ACL in the form that setxattr(2) takes, 0 if it is removed
 * @offset2:	copy_range, remap_range: where it begins in the second file
 * @cmd:	ioctl: number. fallocate: FALLOC_FL_ bits. llseek: SEEK_. fsync: 1 for data only. mmap: PROT_ bits.
 *		remap_range: REMAP_FILE_ bits of the kernel (1: dedupe). lock: F_ command of fcntl(2) or LOCK_ of flock(2).
 *		getattr: STATX_ bits asked for. setxattr: XATTR_CREATE or XATTR_REPLACE. fileattr_set: FS_..._FL bits as of FS_IOC_SETFLAGS
 * @type:	lock: F_RDLCK or F_WRLCK. getattr: AT_STATX_ bits. fileattr_set: FS_XFLAG_ bits as of FS_IOC_FSSETXATTR
 * @flags:	RFS_IO_ bits
 * @reserved:	0
 */
struct rfs_io {
	__u64 offset;
	__u64 length;
	__u64 offset2;
	__u32 cmd;
	__u32 type;
	__u32 flags;
	__u32 reserved;
};

/* struct rfs_dirent.flags */
#define RFS_DIRENT_HIDDEN 0x1 /* it is to be left out */

/**
 * struct rfs_dirent - an entry of a directory that is listed; its name and a NUL follow, and fill bytes up to @size
 * @ino:	inode number, as readdir(3) gives it
 * @offset:	its position in the directory
 * @size:	of this entry with its name, in bytes: the next one begins there
 * @name_length: in bytes, without the NUL
 * @type:	DT_ of readdir(3)
 * @flags:	RFS_DIRENT_ bits. The only member that counts when a filter has changed an entry
 * @reserved:	0
 */
struct rfs_dirent {
	__u64 ino;
	__s64 offset;
	__u16 size;
	__u16 name_length;
	__u8 type;
	__u8 flags;
	__u16 reserved;
};

/* rfs_set_mmap_policy(): what may not be done with an open file */
#define RFS_NO_MMAP 0x1 /* map it at all: EACCES, and it cannot be executed */
#define RFS_NO_EXEC 0x2 /* execute it, or map it to be executed: EPERM by mmap(2), EACCES by execve(2) */
#define RFS_NO_SHARED_WRITE 0x4 /* map it so that writes go to the file: EACCES */
#define RFS_MMAP_POLICY_ALL (RFS_NO_MMAP | RFS_NO_EXEC | RFS_NO_SHARED_WRITE)

/* rfs_path_flags(): where the path that rfs_path() gives begins */
#define RFS_PATHF_RULE 0x1 /* with the path of the rule that matched, as its setter wrote it */
#define RFS_PATHF_FS_ROOT 0x2 /* at the file system's root: no rule's path leads to this name */
#define RFS_PATHF_UNPLACED 0x4 /* there is no path: the object was reached by handle and has no known place */
#define RFS_PATHF_DELETED 0x8 /* the name is gone: it was removed before, or never there (tmpfile) */

/* rfs_op_flags(): things to know about this operation */
#define RFS_OPF_LOCKED 0x1 /* VFS locks are held while the callback runs: namespace and attribute operations */
#define RFS_OPF_EXEC 0x2 /* open: for execution */
#define RFS_OPF_CREATED 0x4 /* open: this very call created the file */
#define RFS_OPF_NOT_ASKED 0x8 /* post: an earlier filter stopped the operation, or it failed before the file system */
#define RFS_OPF_UNPLACED 0x10 /* in scope because its place is not known */
#define RFS_OPF_TWO_STEP 0x20 /* open by atomic_open: the file system left the open to a second step that follows */
#define RFS_OPF_CHANGED 0x40 /* release: the file was changed through this open, or while it was open for writing */
#define RFS_OPF_MAPPED 0x80 /* release: and that may be, or may have been, through a shared mapping for writing */
/* A user filter was to be asked, and its policy decided in place of its handler: late, gone, overloaded, not askable */
#define RFS_OPF_DEFAULT_ALLOW 0x100 /* some filter so far let it pass in that way */
#define RFS_OPF_DEFAULT_DENY 0x200 /* post: the filter that stopped it did so in that way */
#define RFS_OPF_ASYNC 0x400 /* post of read, write: it was begun, and will end later; the result is 0 */

#endif /* RFS_ABI_H */
