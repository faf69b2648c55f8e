/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * fcdlctl_abi.h - the control device /dev/fcdlctl of redirfs.ko, and its only specification
 *
 * The device lists and changes the filters of this kernel, those of kernel modules and those of user programs alike.
 * Opening it needs CAP_SYS_ADMIN in the initial user namespace (-EPERM else); its node has mode 0600. It has nothing
 * but ioctls: each takes a pointer to the one struct named in its number, works for 32-bit callers as it is, and keeps
 * no state in the open file, which may therefore be shared by threads and processes.
 *
 * Rules for all requests
 *  - The struct is read once, checked as a whole, and written back only if the request succeeds (but see "refused"
 *    below). A request that fails changed nothing, except where its description says so.
 *  - Members marked [in] are read, [out] are written, [in, out] are both. What is [in] in neither way, flags without a
 *    meaning and reserved members must be 0: -EINVAL.
 *  - A filter is named by FCDLCTL_NAME_SIZE bytes with a terminating NUL and zeros behind it: -EINVAL else, or for an
 *    empty name. No such filter: -ENOENT. Where a path may be missing as well, that is -ESRCH for the filter instead.
 *  - Pointers are __u64, so that 32-bit programs use the same layout. A bad one: -EFAULT.
 *  - Unknown request: -ENOTTY. No memory: -ENOMEM. Fatal signal while waiting for a lock: -EINTR.
 *
 * Rules for lists
 *  A list is read in pages. The caller sets cursor to 0, entries to an array, max to the number of elements in it and
 *  size to sizeof one element, and repeats the request with the cursor that the last one left until count comes back
 *  as 0, which alone means the end (a page may be shorter than max). The cursor is opaque and holds all the state.
 *  Elements that exist during the whole of it come exactly once; others may or may not. max of 0, or size other than
 *  the one of this version: -EINVAL. max above FCDLCTL_PAGE_MAX counts as FCDLCTL_PAGE_MAX.
 *
 * Rules for changes (SETPATH, DELPATH, ACTIVATE, DEACTIVATE, SET_POLICY)
 *  Checked in this order: the arguments; that the filter exists; -EPERM if it is locked; then its modifier callback is
 *  asked with no lock held, and the errno that it refuses with is returned (a user filter that does not answer until
 *  its deadline: -ETIMEDOUT; one whose handler is gone: -ESTALE; one whose handler takes no questions yet: -EAGAIN);
 *  then the change is made. A filter that is unregistered meanwhile: -ESTALE.
 *  A modifier callback may refuse with any errno. Who it comes from is told by the member "refused" of the struct of
 *  each change: FCDLCTL_REFUSED_, written, alone of all members, when the filter itself is why the request failed (if it
 *  cannot be written: -EFAULT). With any other error it stays 0.
 *
 * Rules for changing this file: numbers are never reused; structs never change size or order within a version; every
 * struct is free of holes and laid out the same for 32-bit and 64-bit programs (kmod/redirfs/ctl_abi.c and
 * tests/unit/test_fcdlctl_abi.c assert that); integers are in the byte order of the machine.
 *
 * CHANGELOG
 *  1	first version
 */
#ifndef FCDLCTL_ABI_H
#define FCDLCTL_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>
#ifdef __KERNEL__
#include <rfs_abi.h>
#else
#include "rfs_abi.h"
#endif

#define FCDLCTL_ABI_VERSION 1

/* Bytes of a filter's name with its NUL. */
#define FCDLCTL_NAME_SIZE (RFS_NAME_LEN + 1)

/* Most elements that one request for a page returns. */
#define FCDLCTL_PAGE_MAX 256

/* Longest name of a counter with its NUL; such names are words of [a-z0-9_]. */
#define FCDLCTL_STAT_NAME_SIZE 48

/* ---- What a filter is ---- */

/* struct fcdlctl_verdict.action */
#define FCDLCTL_NONE 0 /* does not apply (kernel filters are never waited for) */
#define FCDLCTL_ALLOW 1 /* go on as if the filter had said RFS_CONTINUE */
#define FCDLCTL_DENY 2 /* stop with error */
#define FCDLCTL_WAIT 3 /* on_overload only: wait for room until the deadline, then as on_timeout */
#define FCDLCTL_HOLD 4 /* on_exit only: keep callers waiting up to hold_ms for a new handler; not yet offered */

/**
 * struct fcdlctl_verdict - an answer that is given in place of a handler's
 * @action:	FCDLCTL_NONE, ALLOW, DENY, WAIT or HOLD
 * @error:	DENY: positive errno that the caller gets, 1 to 4095; else 0
 * @hold_ms:	HOLD: milliseconds; else 0
 * @reserved:	0
 */
struct fcdlctl_verdict {
	__u32 action;
	__u32 error;
	__u32 hold_ms;
	__u32 reserved;
};

/* struct fcdlctl_filter.kind */
#define FCDLCTL_KIND_KERNEL 1 /* callbacks in a kernel module */
#define FCDLCTL_KIND_USER 2 /* callbacks in a process, through /dev/urfs */

/* struct fcdlctl_filter.state; if several apply the first of stalled, not ready, locked */
#define FCDLCTL_STATE_OK 1
#define FCDLCTL_STATE_STALLED 2 /* it missed a deadline; default answers until its handler asks for work again */
#define FCDLCTL_STATE_NOT_READY 3 /* active, but its connection's callbacks are switched off: on_exit answers */
#define FCDLCTL_STATE_LOCKED 4 /* it may not be changed through this device */

/* struct fcdlctl_filter.flags */
#define FCDLCTL_FILTER_ACTIVE 0x1
#define FCDLCTL_FILTER_LOCKED 0x2 /* RFS_FILTER_LOCKED */
#define FCDLCTL_FILTER_MOD_CB 0x4 /* a modifier callback is asked before changes */
#define FCDLCTL_FILTER_UNPLACED 0x8 /* RFS_FILTER_UNPLACED */
#define FCDLCTL_FILTER_POLICY 0x10 /* it has a policy: deadline_ms and the on_ members mean something */

/**
 * struct fcdlctl_filter - one registered filter; filled by redirfs except where it says owner: by the module that
 *	registered it, through rfs_ctl_ops.info, which finds what redirfs fills already filled
 * @id:		of this registration; never 0 and never used again before the module is unloaded
 * @pre_ops:	operations it has a pre callback for: bit n stands for the enum rfs_op_id of number n
 * @post_ops:	the same for post callbacks
 * @priority:	unique
 * @flags:	FCDLCTL_FILTER_ bits (owner: POLICY)
 * @kind:	FCDLCTL_KIND_ (owner; KERNEL if it says nothing)
 * @state:	FCDLCTL_STATE_ (owner: OK, STALLED or NOT_READY; redirfs makes OK of a locked filter LOCKED afterwards)
 * @pid:	process that serves it, as seen from the pid namespace of the process that asks; 0: none or not visible
 *		there (owner)
 * @rules:	path rules, stale ones included
 * @rules_stale: of these, stale
 * @deadline_ms: milliseconds that a caller waits for an answer at most; 0: it is never waited for (owner)
 * @pending:	callers who wait for it now (owner)
 * @receivers:	handler threads that wait for work now (owner)
 * @on_timeout:	answer at the deadline (owner, and so the next three)
 * @on_overload: answer when the queue or the arena is full
 * @on_exit:	answer when the handler is gone
 * @on_unaskable: answer for callers that must not wait
 * @reserved:	0
 * @name:	NUL-terminated, zeros behind
 */
struct fcdlctl_filter {
	__u64 id;
	__u64 pre_ops;
	__u64 post_ops;
	__s32 priority;
	__u32 flags;
	__u32 kind;
	__u32 state;
	__u32 pid;
	__u32 rules;
	__u32 rules_stale;
	__u32 deadline_ms;
	__u32 pending;
	__u32 receivers;
	struct fcdlctl_verdict on_timeout;
	struct fcdlctl_verdict on_overload;
	struct fcdlctl_verdict on_exit;
	struct fcdlctl_verdict on_unaskable;
	__u64 reserved[4];
	char name[FCDLCTL_NAME_SIZE];
};

/* ---- Version and status ---- */

/**
 * struct fcdlctl_version - FCDLCTL_VERSION
 * @abi:	[out] FCDLCTL_ABI_VERSION of the module
 * @rfs_abi:	[out] RFS_ABI_VERSION of the module
 * @features:	[out] bits for what was added within a version; 0 so far
 * @release:	[out] version of the module, NUL-terminated
 */
struct fcdlctl_version {
	__u32 abi;
	__u32 rfs_abi;
	__u64 features;
	char release[64];
};

/* struct fcdlctl_status.hook */
#define FCDLCTL_HOOK_OFF 1 /* nothing is attached, so the hook for new inodes is not armed */
#define FCDLCTL_HOOK_ALIVE 2 /* armed, and it saw the inode that was made to try it */
#define FCDLCTL_HOOK_DEAD 3 /* armed but it does not fire: somebody switched probes off; new files may be missed */

/* struct fcdlctl_status.flags */
#define FCDLCTL_STATUS_BYPASS 0x1 /* redirfs.bypass is set: no filter is asked anything */

/**
 * struct fcdlctl_status - FCDLCTL_STATUS: redirfs as a whole
 * @hook:	[out] FCDLCTL_HOOK_, tried out during the request
 * @flags:	[out] FCDLCTL_STATUS_ bits
 * @filters:	[out] registered filters
 * @active:	[out] of these, active
 * @file_systems: [out] attached file systems; FCDLCTL_LIST_FS names them
 * @inside:	[out] callers inside a filtered operation now; exact only while nobody comes or goes
 * @reserved:	[out] 0
 *
 * Counters of redirfs itself (missed inodes, ...) come from FCDLCTL_STATS with an empty name.
 */
struct fcdlctl_status {
	__u32 hook;
	__u32 flags;
	__u32 filters;
	__u32 active;
	__u32 file_systems;
	__u32 inside;
	__u64 reserved[4];
};

/* struct fcdlctl_fs.flags */
#define FCDLCTL_FS_DYING 0x1 /* it is being unmounted or detached */

/**
 * struct fcdlctl_fs - one attached file system
 * @dev:	its device, in the encoding of makedev(3) of glibc
 * @rules:	rules of all filters on it
 * @flags:	FCDLCTL_FS_ bits
 * @type:	type as in /proc/filesystems, NUL-terminated, cut if longer
 * @id:		the kernel's short name for it (mostly its device's name), NUL-terminated; bytes
 */
struct fcdlctl_fs {
	__u64 dev;
	__u32 rules;
	__u32 flags;
	char type[32];
	char id[32];
};

/* struct fcdlctl_inside.flags */
#define FCDLCTL_INSIDE_UNBOUNDED 0x1 /* always: it may stay as long as it likes, and holds the module meanwhile */

/**
 * struct fcdlctl_inside - one caller inside a filtered operation that may last for ever: on a network file system or
 *	fuse, or waiting for a lock. Those inside other operations leave by themselves in time and are not listed.
 * @since_ns:	nanoseconds since it entered
 * @pid:	process, as seen from the pid namespace of the process that asks; 0: not visible there
 * @tid:	thread, likewise
 * @op:		enum rfs_op_id
 * @flags:	FCDLCTL_INSIDE_ bits
 * @comm:	name of the thread, NUL-terminated; bytes
 */
struct fcdlctl_inside {
	__u64 since_ns;
	__u32 pid;
	__u32 tid;
	__u32 op;
	__u32 flags;
	char comm[16];
};

/* ---- Lists ---- */

/**
 * struct fcdlctl_list - FCDLCTL_LIST, FCDLCTL_LIST_FS, FCDLCTL_LIST_INSIDE, FCDLCTL_LIST_PENDING
 * @cursor:	[in, out] 0 for the first page
 * @entries:	[in] pointer to the array
 * @max:	[in] elements that it has room for
 * @size:	[in] bytes of one element
 * @count:	[out] elements written; 0: the end
 * @reserved:	0
 *
 * FCDLCTL_LIST gives struct fcdlctl_filter in the order of their priorities, FCDLCTL_LIST_FS struct fcdlctl_fs,
 * FCDLCTL_LIST_INSIDE struct fcdlctl_inside, FCDLCTL_LIST_PENDING struct fcdlctl_pending in ascending order of id.
 */
struct fcdlctl_list {
	__u64 cursor;
	__u64 entries;
	__u32 max;
	__u32 size;
	__u32 count;
	__u32 reserved;
};

/**
 * struct fcdlctl_path - one rule of a filter
 * @id:		of the rule; ascending in the list, never used again
 * @flags:	RFS_PATH_INCLUDE or EXCLUDE, RFS_PATH_SINGLE or SUBTREE, perhaps RFS_PATH_STALE
 * @offset:	of the path in the buffer of the page, in bytes
 * @len:	of the path, in bytes; it has no NUL
 * @reserved:	0
 *
 * The path is the one that was set, byte for byte. The object may have been renamed since.
 */
struct fcdlctl_path {
	__u64 id;
	__u32 flags;
	__u32 offset;
	__u32 len;
	__u32 reserved;
};

/**
 * struct fcdlctl_paths - FCDLCTL_LIST_PATHS: the rules of one filter
 * @filter:	[in] its name
 * @cursor:	[in, out] 0 for the first page
 * @entries:	[in] pointer to an array of struct fcdlctl_path
 * @buf:	[in] pointer to memory for the paths
 * @max:	[in] elements that the array has room for
 * @size:	[in] sizeof(struct fcdlctl_path)
 * @buf_size:	[in] bytes at buf, RFS_PATH_LEN or more: -EINVAL else
 * @count:	[out] elements written; 0: the end
 * @buf_used:	[out] bytes written to buf
 * @reserved:	0
 */
struct fcdlctl_paths {
	char filter[FCDLCTL_NAME_SIZE];
	__u64 cursor;
	__u64 entries;
	__u64 buf;
	__u32 max;
	__u32 size;
	__u32 buf_size;
	__u32 count;
	__u32 buf_used;
	__u32 reserved;
};

/**
 * struct fcdlctl_stat - one counter
 * @value:	since the filter was registered or the module loaded; a name that ends in _ns counts nanoseconds, in
 *		_bytes bytes, in _now is a level that goes up and down; all others count events
 * @name:	NUL-terminated, zeros behind; the same name keeps its meaning for ever
 */
struct fcdlctl_stat {
	__u64 value;
	char name[FCDLCTL_STAT_NAME_SIZE];
};

/**
 * struct fcdlctl_stats - FCDLCTL_STATS: the counters of a filter, or of redirfs itself
 * @filter:	[in] its name; empty: redirfs itself
 * @entries:	[in] pointer to an array of struct fcdlctl_stat
 * @max:	[in] elements that it has room for
 * @size:	[in] sizeof(struct fcdlctl_stat)
 * @count:	[out] elements written
 * @total:	[out] counters that exist. They are not paged, since they belong together: if total is above max, ask
 *		again with more room.
 *
 * There are never more than FCDLCTL_PAGE_MAX.
 */
struct fcdlctl_stats {
	char filter[FCDLCTL_NAME_SIZE];
	__u64 entries;
	__u32 max;
	__u32 size;
	__u32 count;
	__u32 total;
};

/* struct fcdlctl_pending.flags */
#define FCDLCTL_PENDING_POST 0x1 /* after the operation; else before it */
#define FCDLCTL_PENDING_LOCKED 0x2 /* the caller holds VFS locks (of the parent directory, of the object) */
#define FCDLCTL_PENDING_FIRST 0x4 /* path means something */
#define FCDLCTL_PENDING_SECOND 0x8 /* path2 means something (rename, link) */
#define FCDLCTL_PENDING_FIRST_CUT 0x10 /* path is longer than there is room for; its beginning is given */
#define FCDLCTL_PENDING_SECOND_CUT 0x20 /* the same for path2 */
#define FCDLCTL_PENDING_MODIFY 0x40 /* not an operation: a change asked for through this device; op is 0 */

/* struct fcdlctl_pending.receiver_state */
#define FCDLCTL_RECEIVER_NONE 0 /* no thread has taken the request yet */
#define FCDLCTL_RECEIVER_RUNNING 1 /* on a CPU or ready for one */
#define FCDLCTL_RECEIVER_SLEEPING 2 /* asleep, and a signal would wake it */
#define FCDLCTL_RECEIVER_BLOCKED 3 /* asleep and only a wake-up ends it: mostly a lock or a device */
#define FCDLCTL_RECEIVER_STOPPED 4 /* by a signal or a debugger */
#define FCDLCTL_RECEIVER_DEAD 5 /* the thread is gone, the request is not answered */

/**
 * struct fcdlctl_pending - one caller who waits for a user filter; filled by the owner's rfs_ctl_ops.pending
 * @id:		one number per wait, ascending, the same for no two waits of the whole system at one time; not 0
 * @waited_ns:	nanoseconds so far
 * @left_ns:	nanoseconds until the filter's default answers; 0: due
 * @op:		enum rfs_op_id
 * @flags:	FCDLCTL_PENDING_ bits
 * @path_flags:	RFS_PATHF_ bits of path
 * @path2_flags: RFS_PATHF_ bits of path2
 * @pid:	process that waits; this and the next three as seen from the pid namespace of the process that asks, 0
 *		if not visible there
 * @tid:	thread that waits
 * @handler_pid: process that serves the filter
 * @receiver_tid: thread that took the request, 0: none
 * @receiver_state: FCDLCTL_RECEIVER_
 * @receivers:	threads of the handler that wait for work now
 * @queued:	requests on the handler's connection that nobody has taken yet
 * @reserved:	0
 * @filter:	name of the filter, NUL-terminated
 * @comm:	name of the thread that waits, NUL-terminated; bytes
 * @receiver_comm: name of the thread that took the request
 * @receiver_wait: what that thread is blocked in, as a word (the function or lock in the kernel); empty: not known, and
 *		then /proc/TID/wchan and /proc/TID/syscall may tell
 * @path:	first name, NUL-terminated
 * @path2:	second name, NUL-terminated
 */
struct fcdlctl_pending {
	__u64 id;
	__u64 waited_ns;
	__u64 left_ns;
	__u32 op;
	__u32 flags;
	__u32 path_flags;
	__u32 path2_flags;
	__u32 pid;
	__u32 tid;
	__u32 handler_pid;
	__u32 receiver_tid;
	__u32 receiver_state;
	__u32 receivers;
	__u32 queued;
	__u32 reserved;
	char filter[FCDLCTL_NAME_SIZE];
	char comm[16];
	char receiver_comm[16];
	char receiver_wait[64];
	char path[RFS_PATH_LEN];
	char path2[RFS_PATH_LEN];
};

/* ---- Changes ---- */

/* refused, in the struct of each change */
#define FCDLCTL_REFUSED_LOCKED 1 /* the filter is locked */
#define FCDLCTL_REFUSED_CALLBACK 2 /* its modifier callback refused, with the errno that is returned */
#define FCDLCTL_REFUSED_UNANSWERED 3 /* a user filter whose handler gave no answer, which refuses as well */

/**
 * struct fcdlctl_name - FCDLCTL_ACTIVATE, FCDLCTL_DEACTIVATE
 * @filter:	[in] its name
 * @flags:	[in] 0
 * @refused:	[out] FCDLCTL_REFUSED_
 *
 * Activating an active filter, or deactivating an inactive one, succeeds and changes nothing. DEACTIVATE does not wait
 * for callbacks that run: those operations finish with them.
 */
struct fcdlctl_name {
	char filter[FCDLCTL_NAME_SIZE];
	__u32 flags;
	__u32 refused;
};

/**
 * struct fcdlctl_all - FCDLCTL_DEACTIVATE_ALL: the way out of filters that deny too much
 * @count:	[out] filters that were active and are not any more
 * @reserved:	0
 *
 * Asks no modifier callback, spares no locked filter, waits for nobody and is logged by the kernel: an administrator
 * must be able to get the machine back from a filter that does not cooperate. Callers who wait for an answer go on
 * waiting within their deadline.
 */
struct fcdlctl_all {
	__u32 count;
	__u32 reserved;
};

/**
 * struct fcdlctl_setpath - FCDLCTL_SETPATH, FCDLCTL_DELPATH
 * @filter:	[in] its name; no such filter: -ESRCH
 * @path:	[in] pointer to the path: absolute (-EINVAL else), bytes without a NUL (-EINVAL), which is resolved in
 *		the mount namespace and root of the calling process
 * @path_len:	[in] bytes at path; 0 is -ENOENT, RFS_PATH_LEN or more is -ENAMETOOLONG
 * @flags:	[in, out] SETPATH: exactly one of RFS_PATH_INCLUDE and EXCLUDE and one of RFS_PATH_SINGLE and SUBTREE,
 *		perhaps RFS_PATH_FORCE; -EINVAL else. Comes back with RFS_PATH_REPLACED if the object had a rule of this
 *		filter. DELPATH: 0.
 * @refused:	[out] FCDLCTL_REFUSED_
 * @reserved:	0
 *
 * Errors of SETPATH beyond those of all changes: what resolving the path gives (-ENOENT, -ENOTDIR, -EACCES, -ELOOP,
 * ...); -EOPNOTSUPP for a pseudo file system, or for one that is not on the tested list if RFS_PATH_FORCE is not set.
 * Of DELPATH: -ENOENT if the filter has no such rule; the path counts as it was set, and also as it resolves now.
 */
struct fcdlctl_setpath {
	char filter[FCDLCTL_NAME_SIZE];
	__u64 path;
	__u32 path_len;
	__u32 flags;
	__u32 refused;
	__u32 reserved;
};

/* struct fcdlctl_policy.valid: which members mean something */
#define FCDLCTL_POLICY_DEADLINE 0x1
#define FCDLCTL_POLICY_ON_TIMEOUT 0x2
#define FCDLCTL_POLICY_ON_OVERLOAD 0x4
#define FCDLCTL_POLICY_ON_EXIT 0x8
#define FCDLCTL_POLICY_ON_UNASKABLE 0x10
#define FCDLCTL_POLICY_ALL 0x1f

/* Longest deadline of a filter, in milliseconds. */
#define FCDLCTL_DEADLINE_MS_MAX 3600000

/**
 * struct fcdlctl_policy - FCDLCTL_GET_POLICY, FCDLCTL_SET_POLICY
 * @filter:	[in] its name
 * @valid:	GET: [in] 0, [out] FCDLCTL_POLICY_ bits of what the filter has. SET: [in] bits of what to change, at
 *		least one; the others keep their values, and members without a bit must be 0.
 * @deadline_ms: milliseconds that a caller waits for an answer at most, 1 to FCDLCTL_DEADLINE_MS_MAX. Where the caller
 *		holds VFS locks the wait is shorter: 1000 at most.
 * @on_timeout:	ALLOW or DENY
 * @on_overload: ALLOW, DENY or WAIT
 * @on_exit:	ALLOW or DENY (HOLD: -EOPNOTSUPP)
 * @on_unaskable: ALLOW or DENY
 * @refused:	SET: [out] FCDLCTL_REFUSED_
 * @reserved:	0
 *
 * Errors: -EOPNOTSUPP for filters that are never waited for (kernel filters), before they are asked; -EINVAL for an
 * unknown bit, an action that is not allowed in its place, a DENY without an errno of 1 to 4095, an errno without DENY;
 * -ERANGE for a deadline outside its limits. SET changes everything that it names, or nothing.
 */
struct fcdlctl_policy {
	char filter[FCDLCTL_NAME_SIZE];
	__u32 valid;
	__u32 deadline_ms;
	struct fcdlctl_verdict on_timeout;
	struct fcdlctl_verdict on_overload;
	struct fcdlctl_verdict on_exit;
	struct fcdlctl_verdict on_unaskable;
	__u32 refused;
	__u32 reserved[7];
};

/* Longest wait of one FCDLCTL_DETACH, in milliseconds. */
#define FCDLCTL_DETACH_MS_MAX 60000

/**
 * struct fcdlctl_detach - FCDLCTL_DETACH: take redirfs off every file system, so that the module can be unloaded
 * @timeout_ms:	[in] milliseconds to wait for callers that are inside, at most FCDLCTL_DETACH_MS_MAX (-ERANGE else);
 *		0: do not wait
 * @inside:	[out] callers still inside, of those that FCDLCTL_LIST_INSIDE names; 0: detached, and the module may be
 *		unloaded if no other module uses it
 * @reserved:	0
 *
 * All rules turn stale (setting one again attaches its file system again), every file system gets its own tables back,
 * callers who wait for a user filter get its default. Then waits until nobody is inside who may stay for ever, or the
 * time is over, or a fatal signal comes (-EINTR). Asking again goes on waiting. Asks no filter.
 */
struct fcdlctl_detach {
	__u32 timeout_ms;
	__u32 inside;
	__u64 reserved;
};

/* ---- Requests ---- */

#define FCDLCTL_IOC 0xFC
#define FCDLCTL_VERSION _IOR(FCDLCTL_IOC, 0x00, struct fcdlctl_version)
#define FCDLCTL_STATUS _IOR(FCDLCTL_IOC, 0x01, struct fcdlctl_status)
#define FCDLCTL_LIST _IOWR(FCDLCTL_IOC, 0x02, struct fcdlctl_list)
#define FCDLCTL_LIST_FS _IOWR(FCDLCTL_IOC, 0x03, struct fcdlctl_list)
#define FCDLCTL_LIST_INSIDE _IOWR(FCDLCTL_IOC, 0x04, struct fcdlctl_list)
#define FCDLCTL_LIST_PENDING _IOWR(FCDLCTL_IOC, 0x05, struct fcdlctl_list)
#define FCDLCTL_LIST_PATHS _IOWR(FCDLCTL_IOC, 0x06, struct fcdlctl_paths)
#define FCDLCTL_STATS _IOWR(FCDLCTL_IOC, 0x07, struct fcdlctl_stats)
#define FCDLCTL_GET_POLICY _IOWR(FCDLCTL_IOC, 0x08, struct fcdlctl_policy)
#define FCDLCTL_SET_POLICY _IOWR(FCDLCTL_IOC, 0x10, struct fcdlctl_policy)
#define FCDLCTL_SETPATH _IOWR(FCDLCTL_IOC, 0x11, struct fcdlctl_setpath)
#define FCDLCTL_DELPATH _IOWR(FCDLCTL_IOC, 0x12, struct fcdlctl_setpath)
#define FCDLCTL_ACTIVATE _IOWR(FCDLCTL_IOC, 0x13, struct fcdlctl_name)
#define FCDLCTL_DEACTIVATE _IOWR(FCDLCTL_IOC, 0x14, struct fcdlctl_name)
#define FCDLCTL_DEACTIVATE_ALL _IOR(FCDLCTL_IOC, 0x15, struct fcdlctl_all)
#define FCDLCTL_DETACH _IOWR(FCDLCTL_IOC, 0x16, struct fcdlctl_detach)

#endif /* FCDLCTL_ABI_H */
