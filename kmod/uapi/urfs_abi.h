/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * urfs_abi.h - the protocol of /dev/urfs, by which a process serves as a filter of urfs.ko; its only specification
 *
 * THE CONNECTION
 *  An open of /dev/urfs (mode 0600; CAP_SYS_ADMIN in the initial user namespace, -EPERM else; -EMFILE beyond the
 *  module's max_connections) makes a connection. It belongs to the process that opened it, its handler:
 *   1. URFS_IOC_HELLO agrees on a version and on the size of the arena.
 *   2. mmap() of the arena: offset 0, exactly the granted size, MAP_SHARED, not executable, once. It is not inherited
 *      by fork, cannot be grown, moved or split, and is left out of core dumps.
 *   3. Commands register filters and say what they want.
 *   4. URFS_CMD_SWITCH_CALLBACKS with value 1 starts the questions. Until then an active filter's on_exit verdict
 *      answers at once.
 *   5. Any number of threads take messages and answer them.
 *  The connection dies when its handler unmaps the arena (munmap, exec, exit, crash), closes any descriptor of it,
 *  asks for URFS_IOC_SHUTDOWN, or begins to dump core. Then every caller who waits gets its filter's on_exit verdict,
 *  the filters are unregistered, every later call gives -ESTALE, and poll gives EPOLLHUP | EPOLLERR.
 *
 *  Checked first for every call but close(), in this order:
 *   -EPERM	the calling process has another address space than the one that opened (a child, another process that got
 *		the descriptor). poll gives EPOLLERR.
 *   -ESTALE	the connection is dead
 *   -ENOTCONN	no URFS_IOC_HELLO yet (not for URFS_IOC_HELLO)
 *  Then: unknown ioctl -ENOTTY; bad pointer -EFAULT; unknown flag or nonzero reserved member -EINVAL; no memory -ENOMEM.
 *  What fails has changed nothing, except where its description says so.
 *
 * MESSAGES, kernel to user: struct urfs_msg, by read(), or by URFS_IOC_EXCHANGE together with replies
 *  read() gives as many whole messages as there are and as fit, at least one; -EINVAL if the buffer is smaller than one;
 *  -EAGAIN with O_NONBLOCK, -ERESTARTSYS if interrupted, both only if it took none; -EFAULT only if the first could not
 *  be copied. A message leaves the kernel's list only when its copy succeeded. COMMAND_REPLY messages go ahead of others.
 *  poll() gives EPOLLIN when there is a message; EPOLLOUT always.
 *
 * BLOCKS
 *  What has no fixed size (paths) lies in the arena: a message points to a block by offset and length. The block is the
 *  handler's from the message until it replies; it may write there. The kernel reads nothing back from it except to show
 *  pending requests, and the bytes of a piece of data that a reply says were changed. Blocks are aligned to
 *  URFS_BLOCK_ALIGN.
 *
 * REQUESTS
 *  A CALLBACK or MODIFY message is a request. Its id, 64 bits and never used twice, is to be answered exactly once, by a
 *  REPLY from any thread, in verdict and in notify mode: the reply also returns the block. A reply to an id that is not
 *  open on this connection (unknown, another connection's, answered already) gives -ESRCH and is counted.
 *  When a caller stops waiting (deadline, killed, filter unregistered) before the request was answered, then
 *   - if no thread has received the request it is withdrawn and never seen;
 *   - else a CANCELLED message with the id follows, and the block remains the handler's (quarantine; it counts as used)
 *     until its REPLY for that id, which gives -ESRCH as it comes too late to count but returns the block all the same.
 *     The next one is -ESRCH for an unknown id. A reply that arrives before the CANCELLED was read withdraws that.
 *
 * OPERATIONS, from pre to post
 *  "operation" is the id of the operation as one filter sees it: the same in its pre and its post request. A pre request
 *  with URFS_MSG_POST_FOLLOWS, if it was delivered, is followed by exactly one of
 *   - a post request with the same operation, in verdict or notify mode as registered, or in notify mode if the caller
 *     cannot wait or stopped waiting, or the filter is stalled;
 *   - URFS_MSG_OP_END with the same operation: the post callback could not be delivered, for want of room;
 *   - the end of the filter: UNREGISTER or the death of the connection.
 *  (Requests with URFS_MSG_PIECE do not count in that: see DATA.) A handler keeps data of its own from pre to post under
 *  that number. A filter that asks for post only gets post requests whose operation was never seen before. If the pre
 *  request was never delivered there is no post request, since the handler's pre callback did not run. Two threads may
 *  have pre and post of one operation at the same time, if its pre is in notify mode or was cancelled.
 *
 * DATA
 *  A filter that asks for write before, or for read after it, in verdict mode and with URFS_OP_DATA, is given the data, a
 *  piece of at most RFS_DATA_MAX bytes at a time: each piece is a request with URFS_MSG_PIECE, and struct urfs_event says
 *  where the bytes are, in the block, and in the file. The handler changes them in place; a reply with URFS_REPLY_DATA
 *  has the kernel copy them back, as many as there were; without it they pass as they were. A reply with URFS_REPLY_STOP
 *  fails the piece: the caller is told of what was done before, or gets the errno. A piece that is given back with
 *  REQUEUE must be what it was. No piece waits for another filter's time: each has the whole deadline.
 *  All pieces of an operation have its number. Those of a write have URFS_MSG_POST_FOLLOWS, if a post request is asked
 *  for too; the post request, or OP_END, comes after the last of them. Those of a read come between the pre request, if
 *  one was asked for, and the post request that tells the end, which has no data. Without a pre callback that comes
 *  only if there was no piece.
 *  The same goes for readdir after it: the pieces are entries of the directory, struct rfs_dirent one behind the other,
 *  and of what the handler changes only RFS_DIRENT_HIDDEN counts. All pieces of a call have its budget together.
 *  A piece that cannot be asked about must not pass unchanged: while a filter has an operation with URFS_OP_DATA, each of
 *  its on_timeout, on_exit and on_unaskable that SET_POLICY has not named is to deny with EIO. If it is deactivated in
 *  the middle of a call, the piece gets EIO.
 *
 * COMMANDS, user to kernel: struct urfs_cmd, by write() in batches, or one by URFS_IOC_COMMAND
 *  write() takes whole structs in order and gives the number of bytes taken; a size that is 0 or no multiple of the
 *  struct's, or above URFS_BATCH_MAX structs: -EINVAL. A struct with an unknown type or flag, a nonzero unused member, or
 *  a REPLY or REQUEUE that fails ends the write: what was taken before counts, its errno is returned if it was the
 *  first. The result of every other command comes as a COMMAND_REPLY message with the command's id, which may be any
 *  number (a tag of the sender's) and its error; errors of a command do not end the write. More than URFS_BATCH_MAX
 *  unread COMMAND_REPLY messages: -EAGAIN.
 *  URFS_IOC_COMMAND carries out one command, writes error and result into the struct, and queues no message; it returns
 *  0 if the command was carried out or refused, and an errno if the struct as such is bad.
 *
 * COOKIES
 *  A cookie is a number of 64 bits, not 0, that the kernel keeps for one filter with an open file, or with an object (an
 *  inode) while that is in memory; docs of rfs_attach_data_file() in rfs.h say what that means. URFS_IOC_COOKIE sets one if
 *  there is none, or takes one away; every event has those that were there when it came. One that was not taken away ends
 *  with exactly one COOKIE_END: when the file is closed for the last time, when the object leaves memory, when the filter is
 *  unregistered (its handle is no filter's any more then). That cannot be lost: its memory is taken when the cookie is set.
 *  It comes after the request for release, if that is asked for and was queued; only the death of the connection ends
 *  cookies without a message.
 *
 * WAITING
 *  Callers wait killably and never without bound: see struct fcdlctl_policy (fcdlctl_abi.h) and docs/protocol. deadline_ns
 *  is the time at which the kernel answers in the handler's place. A missed deadline makes the filter stalled:
 *  default verdicts are given at once until a thread asks for work (read, poll, URFS_IOC_EXCHANGE with room for messages).
 *  Threads that wait for work then are woken and so asked to do that: poll may be woken with nothing to report.
 *
 * Rules for changing this file: numbers are never reused; structs never change size or order within a version, and
 * struct urfs_event, whose first member tells its size, may only grow at its end from one to the next; every
 * struct is free of holes and the same for 32-bit and 64-bit programs (kmod/urfs/abi.c and tests/unit assert that);
 * integers are in the byte order of the machine; a kernel takes every version from 1 to its own.
 *
 * CHANGELOG
 *  1	first version
 *  2	struct urfs_event: io, has_io, xattr; operations on open files and on attributes. Who speaks version 1 gets the longer
 *	events too, and reads as much of them as it knows.
 *  3	URFS_IOC_OPEN_OBJECT; data that a filter changes: URFS_OP_DATA, URFS_OP_PLACED, URFS_MSG_PIECE, URFS_REPLY_DATA,
 *	struct urfs_event: data, data_offset; entries of directories likewise; URFS_REPLY_NO_ bits,
 *	URFS_REPLY_REMEMBER; set_acl and get_acl
 *  4	cookies: URFS_IOC_COOKIE, URFS_MSG_COOKIE_END, struct urfs_event: file_cookie, inode_cookie
 */
#ifndef URFS_ABI_H
#define URFS_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>
#ifdef __KERNEL__
#include <fcdlctl_abi.h>
#include <rfs_abi.h>
#else
#include "fcdlctl_abi.h"
#include "rfs_abi.h"
#endif

#define URFS_ABI_VERSION 4

/* All features this version knows; see struct urfs_hello. */
#define URFS_FEATURES 0

/* Size of an arena in bytes: between these, and at most the module's arena_max_kib; a multiple of the page size */
#define URFS_ARENA_MIN (64 * 1024)
#define URFS_ARENA_DEFAULT (1024 * 1024)

/* Blocks begin at multiples of this many bytes. */
#define URFS_BLOCK_ALIGN 256

/* Most structs in one write(), replies or messages in one exchange, unread COMMAND_REPLY messages. */
#define URFS_BATCH_MAX 1024

/* Most filters of one connection. */
#define URFS_FILTERS_MAX RFS_FILTERS_MAX

/* ---- Handshake ---- */

/**
 * struct urfs_hello - URFS_IOC_HELLO, the first call on a connection
 * @version:	[in] highest version of the protocol that the caller speaks, [out] the one to be spoken. 0: -EPROTO
 * @flags:	[in] 0
 * @features:	[in] feature bits the caller cannot do without (unknown: -EPROTO), [out] all that the kernel has
 * @arena_size:	[in] bytes wanted, 0 for URFS_ARENA_DEFAULT; [out] bytes granted: rounded up to whole pages and to
 *		URFS_ARENA_MIN, cut down to the limit
 * @max_pending: [out] most requests that can be open or queued on a connection
 * @msg_size:	[out] sizeof(struct urfs_msg)
 * @cmd_size:	[out] sizeof(struct urfs_cmd)
 * @event_size:	[out] sizeof(struct urfs_event)
 * @deadline_ms: [out] default deadline of new filters
 * @reserved:	0
 *
 * Errors: -EPROTO as above; -EALREADY if the connection has been agreed upon already.
 */
struct urfs_hello {
	__u32 version;
	__u32 flags;
	__u64 features;
	__u64 arena_size;
	__u32 max_pending;
	__u32 msg_size;
	__u32 cmd_size;
	__u32 event_size;
	__u32 deadline_ms;
	__u32 reserved[5];
};

/* ---- Kernel to user ---- */

/* struct urfs_msg.type */
#define URFS_MSG_CALLBACK 1 /* request: an operation. The block is a struct urfs_event */
#define URFS_MSG_MODIFY 2 /* request: may somebody change the filter? The block is a struct urfs_modify */
#define URFS_MSG_CANCELLED 3 /* nobody waits for request id any more; reply all the same, to return the block */
#define URFS_MSG_OP_END 4 /* the operation ended, and there will be no post request for it */
#define URFS_MSG_LOST 5 /* value callbacks (in notify mode, or post) were dropped since the last one, without OP_END */
#define URFS_MSG_COMMAND_REPLY 6 /* a command sent by write() was carried out or refused */
#define URFS_MSG_COOKIE_END 7 /* a cookie has ended: see COOKIES above */

/* struct urfs_msg.flags of CALLBACK */
#define URFS_MSG_POST 0x1 /* after the operation; else before it */
#define URFS_MSG_NOTIFY 0x2 /* nobody waits; the verdict in the reply is ignored */
#define URFS_MSG_POST_FOLLOWS 0x4 /* on pre: see OPERATIONS above */
#define URFS_MSG_REQUEUED 0x8 /* CALLBACK, MODIFY: delivered before, and given back by REQUEUE */
#define URFS_MSG_PIECE 0x10 /* the block holds a piece of the data, which the verdict is about: see DATA above */

/* struct urfs_msg.flags of CANCELLED: why */
#define URFS_CANCELLED_DEADLINE 0x1
#define URFS_CANCELLED_KILLED 0x2 /* the caller was killed */
#define URFS_CANCELLED_GONE 0x4 /* the filter was unregistered */

/* struct urfs_msg.flags of COOKIE_END: URFS_COOKIE_FILE */

/**
 * struct urfs_msg - one message; members that its type does not name are 0
 * @type:	URFS_MSG_
 * @filter:	handle of the filter; COMMAND_REPLY: the command's (REGISTER: the new one)
 * @id:		CALLBACK, MODIFY: of the request. CANCELLED: of the request that was cancelled. COMMAND_REPLY: the command's
 * @operation:	CALLBACK, OP_END: number of the operation, see OPERATIONS above; 0 in pre if no post request follows
 * @flags:	CALLBACK, MODIFY, CANCELLED, COOKIE_END: bits above
 * @op:		CALLBACK, OP_END: enum rfs_op_id. MODIFY: enum rfs_mod_id. COMMAND_REPLY: type of the command
 * @offset:	CALLBACK, MODIFY: of the block in the arena, in bytes
 * @length:	CALLBACK, MODIFY: of the block, in bytes
 * @error:	COMMAND_REPLY: 0 or a negative errno
 * @deadline_ns: CALLBACK in verdict mode, MODIFY: when the default answers, on CLOCK_MONOTONIC in nanoseconds
 * @value:	LOST: how many. COMMAND_REPLY: struct urfs_cmd.result. COOKIE_END: the cookie
 */
struct urfs_msg {
	__u32 type;
	__u32 filter;
	__u64 id;
	__u64 operation;
	__u32 flags;
	__u32 op;
	__u64 offset;
	__u32 length;
	__s32 error;
	__u64 deadline_ns;
	__u64 value;
};

/**
 * struct urfs_str - bytes in a block; a NUL that is not counted follows them
 * @offset:	from the beginning of the block. 0: there is no such string
 * @length:	in bytes
 */
struct urfs_str {
	__u32 offset;
	__u32 length;
};

/**
 * struct urfs_path - a path in two parts, rule followed by rest; nothing is ever cut off
 * @rule:	with RFS_PATHF_RULE: path of the rule that matched, as its setter wrote it; else no string
 * @rest:	what follows it: empty, or beginning with "/"; without a rule the whole path from the file system's root.
 *		No string if there is no path (RFS_PATHF_UNPLACED), or no such name
 * @flags:	RFS_PATHF_ bits
 * @error:	0; -ENOENT: the operation has no such name; -ESTALE: no known place; another errno if it could not be told
 */
struct urfs_path {
	struct urfs_str rule;
	struct urfs_str rest;
	__u32 flags;
	__s32 error;
};

/**
 * struct urfs_event - the block of a CALLBACK: all that is known about an operation
 * @size:	sizeof(struct urfs_event) of the kernel; strings follow
 * @op:		enum rfs_op_id
 * @op_flags:	RFS_OPF_ bits
 * @objects:	bit n is set if object[n] was filled, that is if the operation has that name
 * @time_ns:	when the operation came to the filters (pre), or was over (post), on CLOCK_MONOTONIC in nanoseconds; the same
 *		for all filters
 * @result:	post: what the caller gets, 0 or positive or a negative errno; pre: 0
 * @rdev:	mknod: device, encoded as rfs_object.dev
 * @open_flags:	open, release, atomic_open, tmpfile: O_ flags as in open(2) of the machine's native ABI
 * @mode:	create, mkdir, mknod, tmpfile, atomic_open: type and permission bits after the umask
 * @rename_flags: rename: RENAME_ bits
 * @has_attr:	1 if attr was filled (setattr)
 * @attr:	setattr: what is to change
 * @caller:	who does it; process ids as seen from the pid namespace of the connection's opener
 * @object:	by enum rfs_which: first, second, first's directory, second's directory
 * @path:	of first and second name
 * @target:	symlink: what the link will hold; readlink: what it holds
 * @exe:	path of the caller's executable; no string for kernel threads, for tasks that must not
 *		wait (notify mode only), or if it could not be told
 * @io:		operations on open files, and some on attributes: their numbers
 * @has_io:	1 if io was filled
 * @reserved:	0
 * @xattr:	setxattr, getxattr, removexattr, set_acl, get_acl: whole name of the attribute
 * @data:	URFS_MSG_PIECE: the piece, aligned to 64 bytes, with no NUL behind it; else no string
 * @data_offset: URFS_MSG_PIECE: where it begins in the file, in bytes
 * @file_cookie: of the open files of the operation, first and second; 0: there is none
 * @inode_cookie: of the objects, as @object; 0: there is none
 */
struct urfs_event {
	__u32 size;
	__u32 op;
	__u32 op_flags;
	__u32 objects;
	__u64 time_ns;
	__s64 result;
	__u64 rdev;
	__u32 open_flags;
	__u32 mode;
	__u32 rename_flags;
	__u32 has_attr;
	struct rfs_attr attr;
	struct rfs_caller caller;
	struct rfs_object object[4];
	struct urfs_path path[2];
	struct urfs_str target;
	struct urfs_str exe;
	struct rfs_io io;
	__u32 has_io;
	__u32 reserved;
	struct urfs_str xattr;
	struct urfs_str data;
	__u64 data_offset;
	__u64 file_cookie[2];
	__u64 inode_cookie[4];
};

/**
 * struct urfs_modify - the block of a MODIFY: a change that somebody asks for through the control device
 * @size:	sizeof(struct urfs_modify) of the kernel; the string follows
 * @mod:	enum rfs_mod_id
 * @path_flags:	SET_PATH, DEL_PATH: RFS_PATH_ bits of the rule
 * @reserved:	0
 * @path:	SET_PATH, DEL_PATH: path of the rule; else no string
 * @caller:	who asks
 * @policy:	SET_POLICY: what is to change, as it was given to FCDLCTL_SET_POLICY; else all 0
 *
 * The reply's value is 0 to approve, or the negative errno to refuse with. A default never approves: -ETIMEDOUT at the
 * deadline, when the filter is stalled or there is no room; -EAGAIN while callbacks are switched off; -ESTALE when the
 * handler is gone. The handler's own process is not asked.
 */
struct urfs_modify {
	__u32 size;
	__u32 mod;
	__u32 path_flags;
	__u32 reserved;
	struct urfs_str path;
	struct rfs_caller caller;
	struct fcdlctl_policy policy;
};

/* ---- User to kernel ---- */

/* struct urfs_cmd.type. In braces: the members that count beside type and id; all others must be 0 */
#define URFS_CMD_REGISTER 1 /* {ptr, length: name; value: priority; flags: URFS_REGISTER_}; result: handle */
#define URFS_CMD_UNREGISTER 2 /* {filter} */
#define URFS_CMD_SET_PATH 3 /* {filter; ptr, length: path; flags: RFS_PATH_}; result: flags with RFS_PATH_REPLACED */
#define URFS_CMD_DEL_PATH 4 /* {filter; ptr, length: path} */
#define URFS_CMD_ACTIVATE 5 /* {filter} */
#define URFS_CMD_DEACTIVATE 6 /* {filter} */
#define URFS_CMD_SET_OPERATIONS 7 /* {filter; ptr, length: array of struct urfs_op, may be empty} */
#define URFS_CMD_SET_POLICY 8 /* {filter; ptr, length: struct fcdlctl_policy with an empty name} */
#define URFS_CMD_SWITCH_CALLBACKS 9 /* {value: 1 on, 0 off}; -ENXIO if the arena is not mapped */
#define URFS_CMD_SET_MODIFY 10 /* {filter; value: 1 ask for changes by MODIFY, 0 (as registered) allow all} */
#define URFS_CMD_SET_EXEMPT 11 /* {flags: URFS_EXEMPT_; value: descriptor} */
#define URFS_CMD_REPLY 12 /* {id: of the request; flags: URFS_REPLY_; value: result} */
#define URFS_CMD_REQUEUE 13 /* {id: of the request}: puts it back at the head of the list, as if not delivered */

/* URFS_CMD_REGISTER: flags */
#define URFS_REGISTER_LOCKED 0x1 /* the control device may not change it */
#define URFS_REGISTER_UNPLACED 0x2 /* RFS_FILTER_UNPLACED */
#define URFS_REGISTER_ACTIVE 0x100 /* active from the start */

/*
 * URFS_CMD_SET_EXEMPT: who, beside the handler's own process, is never asked by the filters of this connection, nor by
 * filters with a priority below or equal to the highest of all filters of the handler's process
 */
#define URFS_EXEMPT_DESCENDANTS 0 /* processes with the handler among their ancestors; so at the start */
#define URFS_EXEMPT_CGROUP 1 /* processes in the version 2 cgroup whose directory is open as descriptor, or below */
#define URFS_EXEMPT_NONE 2

/* URFS_CMD_REPLY and struct urfs_reply: flags */
/* pre: do not carry the operation out; a piece: nor what is left of it; value is the negative errno for the caller */
#define URFS_REPLY_STOP 0x1
#define URFS_REPLY_REQUEUE 0x2 /* struct urfs_reply only: not an answer but a REQUEUE; value must be 0 */
#define URFS_REPLY_DATA 0x4 /* URFS_MSG_PIECE, without STOP: the bytes in the block were changed, and are to count */
#define URFS_REPLY_REMEMBER 0x8 /* pre of open, without STOP: rfs_remember() of rfs.h */

/* before open, in verdict mode and without STOP: what may not be done with the open file, as RFS_NO_ of rfs_abi.h */
#define URFS_REPLY_NO_MMAP 0x10
#define URFS_REPLY_NO_EXEC 0x20
#define URFS_REPLY_NO_SHARED_WRITE 0x40
/* bits of rfs_set_mmap_policy(), as bits of a reply */
#define URFS_REPLY_MMAP(policy) ((policy) << 4)

/**
 * struct urfs_op - one operation that a filter wants
 * @op:		enum rfs_op_id; given twice, or with no callback: -EINVAL
 * @flags:	URFS_OP_ bits
 */
struct urfs_op {
	__u32 op;
	__u32 flags;
};

#define URFS_OP_PRE 0x1 /* ask before; the caller waits for the verdict */
#define URFS_OP_POST 0x2 /* tell after; the caller waits until it is handled */
#define URFS_OP_PRE_NOTIFY 0x4 /* with PRE: the caller does not wait */
#define URFS_OP_POST_NOTIFY 0x8 /* with POST: the caller does not wait */
/* read and readdir with POST, write with PRE, and without _NOTIFY there: with the data, see DATA above */
#define URFS_OP_DATA 0x10
/* with DATA: what becomes of a byte depends on its place in the file, or a byte that is 0 does not stay 0 */
#define URFS_OP_PLACED 0x20

/**
 * struct urfs_cmd - one command
 * @type:	URFS_CMD_
 * @filter:	handle of a filter of this connection. No such filter: -ENOENT (-ESRCH for SET_PATH and DEL_PATH)
 * @id:		a number of the sender's for COMMAND_REPLY; REPLY and REQUEUE: the request
 * @ptr:	address of the data in the caller's memory
 * @length:	bytes of it. Strings have no NUL, neither in them nor at the end
 * @flags:	see the types
 * @value:	see the types
 * @result:	[in] 0; [out] URFS_IOC_COMMAND: the command's result
 * @error:	[in] 0; [out] URFS_IOC_COMMAND: 0 or the negative errno that the command was refused with
 * @reserved:	0
 *
 * Errors of commands beyond those of the calls of the same name in rfs.h:
 *  REGISTER		-ENAMETOOLONG; -ENOSPC above URFS_FILTERS_MAX; -ERANGE for a priority that is not an int
 *  SET_PATH, DEL_PATH	-ENAMETOOLONG from RFS_PATH_LEN bytes up
 *  SET_OPERATIONS	-EINVAL for a length that is not a multiple or above RFS_OP_MAX elements; -ENOSPC for URFS_OP_DATA
 *			if the arena has not room for two of the largest pieces
 *  SET_POLICY		as FCDLCTL_SET_POLICY; -EINVAL for another length or a name
 *  SET_EXEMPT		-EBADF if the descriptor is not open, or not a directory of the version 2 control group tree
 *  REPLY, REQUEUE	-ESRCH. REPLY: -EINVAL for STOP without an errno of -1 to -4095, or a value other than 0 without
 *			STOP (MODIFY: any of 0 to -4095 without STOP), DATA with STOP or for what is no piece, REMEMBER or NO_
 *			with STOP or for anything but a CALLBACK before open in verdict mode. The request stays open then.
 *
 * UNREGISTER gives callers who wait the filter's on_exit verdict, and waits until they have left, which a caller that is
 * frozen does not: a fatal signal ends that wait with -EINTR, and the unregistering goes on by itself. DEACTIVATE lets
 * those go on whose request nobody has received, waits for nobody, and leaves received requests to be answered.
 */
struct urfs_cmd {
	__u32 type;
	__u32 filter;
	__u64 id;
	__u64 ptr;
	__u32 length;
	__u32 flags;
	__s64 value;
	__u64 result;
	__s32 error;
	__u32 reserved[3];
};

/**
 * struct urfs_reply - one reply in an exchange
 * @id:		of the request
 * @value:	as for URFS_CMD_REPLY
 * @flags:	URFS_REPLY_
 * @error:	[out] 0 or a negative errno: -ESRCH, -EINVAL as for URFS_CMD_REPLY
 */
struct urfs_reply {
	__u64 id;
	__s64 value;
	__u32 flags;
	__s32 error;
};

/**
 * struct urfs_exchange - URFS_IOC_EXCHANGE: give replies, then wait for messages, in one call
 * @replies:	[in] pointer to struct urfs_reply
 * @messages:	[in] pointer to room for struct urfs_msg
 * @nr_replies:	[in] replies to give, at most URFS_BATCH_MAX (-EINVAL else, and so for the next)
 * @nr_messages: [in] messages there is room for; 0: do not wait
 * @timeout_ns:	[in] longest wait in nanoseconds; 0: do not wait, -1: without bound, other negative: -EINVAL
 * @taken:	[out] replies taken, that is whose error was written; written before the wait
 * @received:	[out] messages received
 * @flags:	[in] 0
 * @reserved:	0
 *
 * A reply that is refused does not end the exchange: its error says why. Waits only if there is no message.
 *
 * Return: 0, also with nothing received at the end of the time or on a signal after a reply was taken;
 * -ERESTARTSYS on a signal if there were no replies (-EINTR with a timeout other than -1); -EFAULT if a reply could not be
 * read or its error not be written (taken says how many were), or the first message not be copied; -ESTALE if the
 * connection dies meanwhile.
 */
struct urfs_exchange {
	__u64 replies;
	__u64 messages;
	__u32 nr_replies;
	__u32 nr_messages;
	__s64 timeout_ns;
	__u32 taken;
	__u32 received;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct urfs_open_object - URFS_IOC_OPEN_OBJECT: read the very object that an open request is about
 * @id:		[in] of a CALLBACK that a thread has received, and whose caller waits
 * @which:	[in] enum rfs_which
 * @flags:	[in] 0
 * @fd:		[in] 0; [out] descriptor, read-only and close-on-exec; the caller closes it
 * @reserved:	0
 *
 * No filter is asked about this open, no rule covers the file, fanotify says nothing of it, and its access time does not
 * change. The object need not have a name (any more, or yet): a file that was just unlinked, one made by O_TMPFILE. It is
 * opened without any lock, also where the caller holds those of the object and its directory; but some file systems
 * take an object's lock to read it (xfs), and then reading waits for the caller, so for the deadline, in unlink, rename,
 * link and setattr. What the descriptor says is the file's content as it is now, and whoever has it open may change it.
 *
 * The descriptor outlives the request. In operations on files (open, release, read and so on; tmpfile) it was reached
 * through the caller's own mount, which is busy until it is closed. In all others no mount is known, and the descriptor
 * brings its own: umount succeeds, and the file system stays as behind a lazy umount until the descriptor is closed.
 *
 * Errors: -ESRCH: the id is not open on this connection, or was not received; -ESTALE: nobody waits for it: it is in notify
 * mode, or its caller stopped waiting; -EINVAL: a MODIFY; -ENOENT: the operation has no such name, or there is no object by
 * it at this time; -EISDIR: a directory, in which nothing could be read while its lock is held; -ELOOP: a symbolic link;
 * -ENXIO: another special file, whose open might wait; -EAGAIN: somebody has a lease on it; -EMFILE, -ENFILE; what the
 * file system says.
 */
struct urfs_open_object {
	__u64 id;
	__u32 which;
	__u32 flags;
	__s32 fd;
	__u32 reserved;
};

/* Most cookies of one connection, with those whose end was not received yet. */
#define URFS_COOKIES_MAX 65536

/* struct urfs_cookie.flags */
#define URFS_COOKIE_FILE 0x1 /* of the open file; else of the object */
#define URFS_COOKIE_TAKE 0x2 /* take away what is there */

/**
 * struct urfs_cookie - URFS_IOC_COOKIE: set a cookie, or take it away
 * @id:		[in] of a CALLBACK that a thread has received, and whose caller waits: it says which filter, and which operation
 * @which:	[in] enum rfs_which; with FILE RFS_FIRST or RFS_SECOND
 * @flags:	[in] URFS_COOKIE_
 * @cookie:	[in] the cookie to set, not 0; with TAKE 0. [out] the one that is there now: the caller's, or the one that was
 *		there before, which stays; with TAKE the one that was
 *
 * Errors: -ESRCH: the id is not open on this connection, or was not received; -ESTALE: nobody waits for it: it is in notify
 * mode, or its caller stopped waiting; -EINVAL: a MODIFY, or a bad member; -ENOENT: the operation has no such open file or
 * no such object (yet), or, with TAKE, there is no cookie; -EOPNOTSUPP: the file is one that no rule covers, or is being
 * released; -ENOSPC: URFS_COOKIES_MAX, or redirfs' parameter data_max; -EBUSY: the filter is being unregistered; -ENOMEM.
 */
struct urfs_cookie {
	__u64 id;
	__u32 which;
	__u32 flags;
	__u64 cookie;
};

#define URFS_IOC 0xFD
#define URFS_IOC_HELLO _IOWR(URFS_IOC, 0x00, struct urfs_hello)
#define URFS_IOC_EXCHANGE _IOWR(URFS_IOC, 0x01, struct urfs_exchange)
#define URFS_IOC_COMMAND _IOWR(URFS_IOC, 0x02, struct urfs_cmd)
#define URFS_IOC_SHUTDOWN _IO(URFS_IOC, 0x03)
#define URFS_IOC_OPEN_OBJECT _IOWR(URFS_IOC, 0x04, struct urfs_open_object)
#define URFS_IOC_COOKIE _IOWR(URFS_IOC, 0x05, struct urfs_cookie)

#endif /* URFS_ABI_H */
