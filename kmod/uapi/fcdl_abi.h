/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * fcdl_abi.h - what is read from /dev/fcdl, the log of who created, deleted, renamed and changed what; its only
 * specification
 *
 * THE READER
 *  Every open of /dev/fcdl is a reader: it has a filter of redirfs, path rules, a choice of operations and callers, a
 *  ring and counters of its own. Who may open the node (mode 0600, root's; a udev rule may give it to a group) sees
 *  everything; -EMFILE beyond the module's max_readers. In this order:
 *   1. FCDL_IOC_SETUP, once: version, operations, callers, ring, and what happens when the ring is full.
 *   2. FCDL_IOC_SET_PATH, for each path; also later, and FCDL_IOC_DEL_PATH.
 *   3. FCDL_IOC_RUN: from now on events are recorded. FCDL_IOC_STOP ends that; what was recorded stays to be read.
 *   4. read(), by any number of threads and processes that share the descriptor, or mmap() of the ring; and poll().
 *  The last close forgets everything; a mapping counts as an open descriptor until it is unmapped. What the process that called FCDL_IOC_SETUP does itself is not recorded, unless it
 *  asked for that (FCDL_SETUP_SELF).
 *
 *  Before FCDL_IOC_SETUP every other call gives -ENOTCONN, poll gives EPOLLERR. Then: unknown ioctl -ENOTTY; bad pointer
 *  -EFAULT; unknown flag, key or nonzero reserved member -EINVAL; no memory -ENOMEM. What fails has changed nothing.
 *
 * READING
 *  read() gives whole records, as many as there are and as fit. -EMSGSIZE: not even the first one fits. Without any it
 *  waits; -EAGAIN with O_NONBLOCK; -ERESTARTSYS if interrupted before the first one; -EFAULT if that could not be
 *  copied, in which case it stays. 0: stopped by FCDL_IOC_STOP, and nothing is left. poll() gives EPOLLIN when read()
 *  would not wait.
 *
 * READING THROUGH A MAPPING
 *  A reader that was set up with FCDL_SETUP_MMAP takes its records from the ring itself, without copies, and without
 *  system calls while there are any. read() gives -EINVAL. Two regions can be mapped, each as a whole, MAP_SHARED, by
 *  everyone who has the descriptor and as often as wanted:
 *   FCDL_MAP_READER	one page, with struct fcdl_map_reader at its beginning; for writing the descriptor must be open
 *			for reading and writing
 *   FCDL_MAP_KERNEL	one page, with struct fcdl_map_kernel at its beginning, and the ring_size bytes of the ring
 *			behind it; only for reading
 *  Pages are those of sysconf(_SC_PAGESIZE). Errors of mmap(): -ENOTCONN before FCDL_IOC_SETUP; -ENODEV without
 *  FCDL_SETUP_MMAP; -EACCES for PROT_EXEC, for PROT_WRITE of the ring, and for what the descriptor is not open for (the
 *  same from mprotect() later); -EINVAL for another offset or length, and for MAP_PRIVATE. Children inherit mappings as
 *  they do descriptors; mappings do not grow, and are no part of a core dump.
 *
 *  Positions count bytes from 0 on, modulo 2^32: the record at position P begins at byte P % ring_size of the ring.
 *  Records do not wrap around: what is left at the end is a FCDL_PAD, or nothing. There is one reader, or several that
 *  take turns:
 *
 *	tail = reader->tail;
 *	while (tail != load_acquire(&kernel->head)) {			(1)
 *		record = ring + tail % ring_size;
 *		size = load_acquire(&record->size);			(2)
 *		if (size & FCDL_BUSY)
 *			break;
 *		if (record->type != FCDL_PAD)
 *			... it stays where it is, and as it is, until
 *		tail += size;
 *		store_release(&reader->tail, tail);			(3)
 *		full_memory_barrier();
 *		if (kernel->waiters)					(4)
 *			poll(fd, timeout 0);
 *	}
 *	poll(fd, timeout -1);						(5)
 *
 *  (1) and (2) see all that was stored before the kernel's releases of the same members: whoever sees a position sees
 *  that the record there is being filled, and whoever sees that it is not sees the record. (3) pairs with the kernel's
 *  acquire: what it puts there from now on comes after everything that was read there. (4), only for FCDL_POLICY_WAIT,
 *  pairs with the barrier between a caller's storing that it waits and its looking at the tail: one sees the other.
 *
 *  poll() is where the kernel looks at the tail on its own account (it does so as well when it has no room): callers
 *  who wait for room go on, the reader is not stalled any more, and if everything was taken what was lost since becomes
 *  a FCDL_LOST record in the ring. EPOLLIN: there is a record that was not taken. EPOLLHUP: there is none, and none will
 *  come, for the reader was stopped by FCDL_IOC_STOP. Who sleeps by other means than poll(), such as an edge-triggered
 *  epoll, calls it once with a timeout of 0 when nothing is left.
 *
 *  The kernel believes the tail nothing but what cannot do harm: the records that begin and end between what was taken
 *  before and the tail, are in the ring, and are not being filled, are taken. A tail in the middle of a record has not
 *  taken that one; one that is behind, or ahead of the head, has taken nothing. So a wrong tail loses records that were
 *  not looked at, or makes the ring full, and does not hurt anybody else.
 *
 *  FCDL_POLICY_OLDEST cannot be had with a mapping, -EINVAL: the kernel would throw away what the reader is looking at.
 *
 * RECORDS
 *  Each begins with a struct fcdl_record at a multiple of 8 bytes and is "size" bytes long, a multiple of 8. Readers skip
 *  types that they do not know, and ignore bytes of a record behind those that they know: both grow. Strings lie inside
 *  the record and are found by struct fcdl_str; they are never cut off.
 *
 *  Order: records are in the order in which places in the ring were taken. That happens in the caller's context, before
 *  its operation returns and under the locks of the VFS that the operation holds: events of one process, and events that
 *  change the same directory, are in the order in which they happened.
 *
 * NOTHING IS LOST WITHOUT A WORD
 *  Events are numbered from 1 on, per reader, those included that could not be recorded. In place of these there is a
 *  FCDL_LOST record that says how many, which operations and why. So the seq of each EVENT is the number behind the one
 *  before it, or, if LOST records stand between, behind the last number that these tell of.
 *  struct fcdl_setup.policy says what happens when the ring is full:
 *   FCDL_POLICY_NEWEST	the new event is lost
 *   FCDL_POLICY_OLDEST	the oldest events that were not read are lost, until there is room (the new one, if the oldest is
 *			being filled this moment)
 *   FCDL_POLICY_WAIT	the caller waits for room, killably and together with all other waits for user space in this
 *			operation no longer than deadline_ms; then the new event is lost, and the reader counts as
 *			stalled: nobody waits until it has read again. Callers that must not be made to wait
 *			(in memory reclaim, exiting, worker threads) do not. Needs CAP_SYS_ADMIN in the initial user
 *			namespace, -EPERM else.
 *  An event that finds no memory, or that is longer than a quarter of the ring, is lost by any policy. When somebody
 *  switches the reader's filter off (fcdlctl deactivate --all), a FCDL_NOTE says so.
 *
 * Rules for changing this file: numbers are never reused; structs never change size or order within a version, but
 * records may get more members at the end of their fixed part, before the strings; every struct is free of holes and the
 * same for 32-bit and 64-bit programs (kmod/fcdl/abi.c and tests/unit assert that); integers are in the byte order of
 * the machine.
 *
 * CHANGELOG
 *  1	first version
 */
#ifndef FCDL_ABI_H
#define FCDL_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>
#ifdef __KERNEL__
#include <rfs_abi.h>
#else
#include "rfs_abi.h"
#endif

#define FCDL_ABI_VERSION 1

/* All features this version knows; see struct fcdl_setup. */
#define FCDL_FEATURES 0

/* Size of a ring in bytes: a power of two between these, and at most the module's ring_max_kib. */
#define FCDL_RING_MIN (64 * 1024)
#define FCDL_RING_DEFAULT (1024 * 1024)

/* Longest wait of a caller for room, in milliseconds: it may hold a directory's lock. */
#define FCDL_DEADLINE_MS_MAX 1000

/*
 * The last close of an open file through which, or while which, the file was changed: an event of the log's own, beside
 * the numbers of enum rfs_op_id, of which none is above 55.
 */
#define FCDL_OP_CLOSE_WRITE 56

/* ---- Setup ---- */

/* struct fcdl_setup.flags */
#define FCDL_SETUP_FAILED 0x1 /* record operations that failed, and those that a filter denied, as well */
#define FCDL_SETUP_SELF 0x2 /* record what the reader's own process does as well */
#define FCDL_SETUP_UNPLACED 0x4 /* record objects without a known place, reached by handle, as well */
#define FCDL_SETUP_MMAP 0x8 /* the ring is read through a mapping, and not by read() */

/* struct fcdl_setup.policy */
#define FCDL_POLICY_NEWEST 0
#define FCDL_POLICY_OLDEST 1
#define FCDL_POLICY_WAIT 2

/* struct fcdl_match.key: what is compared, as struct rfs_caller has it */
#define FCDL_MATCH_UID 1
#define FCDL_MATCH_GID 2
#define FCDL_MATCH_EUID 3
#define FCDL_MATCH_EGID 4
#define FCDL_MATCH_LOGINUID 5
#define FCDL_MATCH_PID 6 /* process id, in the reader's pid namespace */
#define FCDL_MATCH_COMM 7

/* struct fcdl_match.flags */
#define FCDL_MATCH_EXCLUDE 0x1

/* Most matches of one reader. */
#define FCDL_MATCHES_MAX 64

/**
 * struct fcdl_match - whose operations are recorded
 * @key:	FCDL_MATCH_
 * @flags:	FCDL_MATCH_EXCLUDE, or 0: include
 * @first:	lowest number that it fits; COMM: 0
 * @last:	highest
 * @comm:	COMM: the thread's name as struct rfs_caller has it, NUL-terminated, zeros behind; else zeros
 *
 * For each key: if there are including matches one of them must fit, and none of the excluding ones may.
 */
struct fcdl_match {
	__u32 key;
	__u32 flags;
	__u32 first;
	__u32 last;
	char comm[16];
};

/**
 * struct fcdl_setup - FCDL_IOC_SETUP, the first call of a reader
 * @version:	[in] highest version that the caller speaks, [out] the one to be spoken. 0: -EPROTO
 * @flags:	[in] FCDL_SETUP_ bits
 * @features:	[in] features that the caller cannot do without (unknown: -EPROTO), [out] all that the kernel has
 * @ring_size:	[in] bytes wanted, 0 for FCDL_RING_DEFAULT; [out] bytes granted: rounded up to a power of two and to
 *		FCDL_RING_MIN, cut down to the limit
 * @ops:	[in] operations: bit n stands for enum rfs_op_id number n, or FCDL_OP_CLOSE_WRITE. None: -EINVAL, one that
 *		is not offered: -EOPNOTSUPP. A close is told once: as CLOSE_WRITE if that is asked for and the file was
 *		changed, else as RFS_OP_RELEASE if that is asked for
 * @matches:	[in] pointer to an array of struct fcdl_match
 * @nr_matches:	[in] its length, at most FCDL_MATCHES_MAX
 * @policy:	[in] FCDL_POLICY_
 * @deadline_ms: [in] FCDL_POLICY_WAIT: 1 to FCDL_DEADLINE_MS_MAX; else 0
 * @record_max:	[out] longest record in bytes: a buffer of this size never sees -EMSGSIZE
 * @reserved:	0
 *
 * Errors: -EALREADY if it was called before; -ENOSPC if redirfs has no room for another filter; -EEXIST if another module
 * has a filter of the name (fcdl-N) or priority (INT_MIN + N) that is this reader's.
 */
struct fcdl_setup {
	__u32 version;
	__u32 flags;
	__u64 features;
	__u64 ring_size;
	__u64 ops;
	__u64 matches;
	__u32 nr_matches;
	__u32 policy;
	__u32 deadline_ms;
	__u32 record_max;
	__u64 reserved[2];
};

/**
 * struct fcdl_path - FCDL_IOC_SET_PATH, FCDL_IOC_DEL_PATH: one rule, as rfs_set_path() (rfs.h) has it
 * @path:	[in] pointer to an absolute path, resolved in the caller's mount namespace and root, with its rights
 * @length:	[in] its length without a NUL, at most RFS_PATH_LEN - 1
 * @flags:	[in] RFS_PATH_INCLUDE or _EXCLUDE, _SINGLE or _SUBTREE; _FORCE needs CAP_SYS_ADMIN in the initial user
 *		namespace (-EPERM). DEL_PATH: 0. [out] SET_PATH: the same, and RFS_PATH_REPLACED
 *
 * Errors: those of rfs_set_path() and rfs_del_path().
 */
struct fcdl_path {
	__u64 path;
	__u32 length;
	__u32 flags;
};

/**
 * struct fcdl_status - FCDL_IOC_STATUS: what the reader has seen so far
 * @events:	events that its choice fits, recorded or lost: the highest seq given
 * @lost:	of these, lost, whether a LOST record told of them yet or not
 * @read:	EVENT records handed out, or taken from a mapping
 * @waits:	callers that were made to wait for room
 * @wait_ns:	nanoseconds that they waited
 * @timeouts:	of these, those that waited in vain
 * @used:	bytes of the ring in use
 * @ring_size:	its size in bytes
 * @flags:	FCDL_STATUS_ bits
 * @reserved:	0
 */
struct fcdl_status {
	__u64 events;
	__u64 lost;
	__u64 read;
	__u64 waits;
	__u64 wait_ns;
	__u64 timeouts;
	__u64 used;
	__u64 ring_size;
	__u32 flags;
	__u32 reserved[5];
};

/* struct fcdl_status.flags */
#define FCDL_STATUS_RUNNING 0x1 /* between FCDL_IOC_RUN and FCDL_IOC_STOP, and not switched off by somebody else */
#define FCDL_STATUS_STALLED 0x2 /* FCDL_POLICY_WAIT: nobody waits until the reader reads again */

/* ---- Records ---- */

/* struct fcdl_record.type */
#define FCDL_EVENT 1 /* struct fcdl_event: somebody did something */
#define FCDL_LOST 2 /* struct fcdl_lost: events that are not here */
#define FCDL_NOTE 3 /* struct fcdl_note: something about the log itself */
#define FCDL_PAD 4 /* mmap only: nothing, up to the end of the ring. Only size and type are there */

/* struct fcdl_record.size, mmap only: the record is being filled */
#define FCDL_BUSY 0x80000000U

/**
 * struct fcdl_record - what every record begins with
 * @size:	of the whole record in bytes, a multiple of 8
 * @type:	FCDL_EVENT ... FCDL_PAD
 * @fixed:	size of its fixed part in bytes: strings begin there
 * @seq:	EVENT: its number. LOST: the number of the first lost one. Others: the number that the next event will get
 * @mono_ns:	when it was made, on CLOCK_MONOTONIC in nanoseconds
 * @wall_ns:	the same on CLOCK_REALTIME
 * @boot_ns:	the same on CLOCK_BOOTTIME
 */
struct fcdl_record {
	__u32 size;
	__u16 type;
	__u16 fixed;
	__u64 seq;
	__u64 mono_ns;
	__u64 wall_ns;
	__u64 boot_ns;
};

/**
 * struct fcdl_str - bytes in a record; a NUL that is not counted follows them
 * @offset:	from the beginning of the record. 0: there is no such string
 * @length:	in bytes
 */
struct fcdl_str {
	__u32 offset;
	__u32 length;
};

/* struct fcdl_event.flags */
#define FCDL_EVENT_DENIED 0x1 /* a filter stopped it: "filter" is its name */
#define FCDL_EVENT_ATTR 0x2 /* "attr" is filled (setattr) */

/**
 * struct fcdl_event - an operation, after it was done
 * @record:	type FCDL_EVENT; the times are those of the end of the operation
 * @op:		enum rfs_op_id, or FCDL_OP_CLOSE_WRITE
 * @op_flags:	RFS_OPF_ bits; open: RFS_OPF_CREATED tells the one that created the file from others; with a @filter
 *		that denied it, RFS_OPF_DEFAULT_DENY that it did so by default
 * @result:	what the caller gets: 0 or positive, or a negative errno
 * @flags:	FCDL_EVENT_ bits
 * @objects:	bit n is set if object[n] was filled, that is if the operation has that name
 * @rdev:	mknod: device, encoded as rfs_object.dev
 * @open_flags:	open, release, close_write, atomic_open, tmpfile: O_ flags as in open(2) of the machine's native ABI
 * @mode:	create, mkdir, mknod, tmpfile, atomic_open: type and permission bits after the umask
 * @rename_flags: rename: RENAME_ bits
 * @path_flags:	RFS_PATHF_ bits of path[0] and path[1]
 * @reserved:	0
 * @attr:	setattr: what was to change
 * @caller:	who did it; process ids as seen from the reader's pid namespace, 0: not visible there
 * @object:	by enum rfs_which: first, second, first's directory, second's directory, as they are after the operation
 * @path:	first and second name in full; none if the operation has no such name, or it has no known place
 *		(RFS_PATHF_UNPLACED). With RFS_PATHF_RULE it begins with the path of the rule as the reader set it; with
 *		RFS_PATHF_FS_ROOT at the root of its file system
 * @target:	symlink: what the link holds
 * @exe:	path of the caller's executable; none for kernel threads, and for a process that closes its files by
 *		exiting
 * @filter:	with FCDL_EVENT_DENIED: which filter did
 */
struct fcdl_event {
	struct fcdl_record record;
	__u32 op;
	__u32 op_flags;
	__s64 result;
	__u32 flags;
	__u32 objects;
	__u64 rdev;
	__u32 open_flags;
	__u32 mode;
	__u32 rename_flags;
	__u32 path_flags[2];
	__u32 reserved;
	struct rfs_attr attr;
	struct rfs_caller caller;
	struct rfs_object object[4];
	struct fcdl_str path[2];
	struct fcdl_str target;
	struct fcdl_str exe;
	struct fcdl_str filter;
};

/* struct fcdl_lost.reasons */
#define FCDL_LOST_FULL 0x1 /* the ring was full */
#define FCDL_LOST_MEMORY 0x2 /* there was no memory */
#define FCDL_LOST_LONG 0x4 /* the record would have been longer than record_max */
#define FCDL_LOST_TIMEOUT 0x8 /* FCDL_POLICY_WAIT: the caller waited in vain */

/** struct fcdl_lost_op - lost events of one operation */
struct fcdl_lost_op {
	__u32 op;
	__u32 reserved;
	__u64 count;
};

/**
 * struct fcdl_lost - events that were lost; the array of struct fcdl_lost_op follows at record.fixed
 * @record:	type FCDL_LOST; seq is the number of the first one, the times those of the last one
 * @count:	how many: numbers seq to seq + count - 1
 * @notes:	FCDL_NOTE records that were lost with them
 * @reasons:	FCDL_LOST_ bits
 * @nr_ops:	length of the array; its counts add up to @count
 */
struct fcdl_lost {
	struct fcdl_record record;
	__u64 count;
	__u64 notes;
	__u32 reasons;
	__u32 nr_ops;
};

/* struct fcdl_note.what */
#define FCDL_NOTE_RUN 1 /* FCDL_IOC_RUN: events are recorded from here on */
#define FCDL_NOTE_STOP 2 /* FCDL_IOC_STOP: they are not any more */
#define FCDL_NOTE_OFF 3 /* somebody else switched the reader's filter off; FCDL_IOC_RUN switches it on again */
#define FCDL_NOTE_SET_PATH 4 /* a rule was set: "path", "flags" */
#define FCDL_NOTE_DEL_PATH 5 /* a rule was removed: "path" */

/**
 * struct fcdl_note - something about the log itself
 * @record:	type FCDL_NOTE
 * @what:	FCDL_NOTE_
 * @flags:	SET_PATH: RFS_PATH_ bits
 * @ops:	RUN: struct fcdl_setup.ops
 * @path:	SET_PATH, DEL_PATH
 */
struct fcdl_note {
	struct fcdl_record record;
	__u32 what;
	__u32 flags;
	__u64 ops;
	struct fcdl_str path;
};

/* ---- mmap ---- */

/* Offsets for mmap() */
#define FCDL_MAP_READER 0
#define FCDL_MAP_KERNEL 0x100000

/**
 * struct fcdl_map_reader - what the reader tells the kernel
 * @tail:	position of the first record that it has not taken; 0 in the beginning
 * @reserved:	left alone
 */
struct fcdl_map_reader {
	__u32 tail;
	__u32 reserved[15];
};

/**
 * struct fcdl_map_kernel - what the kernel tells the reader
 * @head:	position behind the last record, which may still be being filled
 * @waiters:	FCDL_POLICY_WAIT: callers who are waiting for room
 * @reserved:	0
 */
struct fcdl_map_kernel {
	__u32 head;
	__u32 waiters;
	__u32 reserved[14];
};

/* ---- ioctls ---- */

#define FCDL_IOC 0xfe
#define FCDL_IOC_SETUP _IOWR(FCDL_IOC, 0x00, struct fcdl_setup)
#define FCDL_IOC_SET_PATH _IOWR(FCDL_IOC, 0x01, struct fcdl_path)
#define FCDL_IOC_DEL_PATH _IOW(FCDL_IOC, 0x02, struct fcdl_path)
/* begin, or go on, to record; nothing if it runs */
#define FCDL_IOC_RUN _IO(FCDL_IOC, 0x03)
/* when it returns, no event is recorded any more, and all that were can be read; nothing if it does not run */
#define FCDL_IOC_STOP _IO(FCDL_IOC, 0x04)
#define FCDL_IOC_STATUS _IOR(FCDL_IOC, 0x05, struct fcdl_status)

#endif /* FCDL_ABI_H */
