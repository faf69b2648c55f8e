/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * rfs.h - the RedirFS filter API, for kernel modules (redirfs.ko) and user programs (liburfs) alike
 *
 * A filter has a unique name and a unique priority, an array of operations with a callback before and one after each,
 * and path rules that say which objects it is asked about. Names, argument order and types are those of RedirFS and of
 * the 2007 user-space library. Arguments are read through accessors and never by following a kernel object, so that
 * the source of a filter compiles in both worlds (demos/dummyflt, denyflt and scrambleflt are such).
 *
 * Which calls exist where: every call of this header exists in both worlds, with the same prototype and meaning. Where
 * one of them differs, its comment says so with the words "in the kernel", "in user space" or "in a program":
 *	rfs_register_filter()	in user space urfs_filter_alloc() has made the filter before
 *	rfs_unregister_filter()	in user space the filter stays, unregistered, until urfs_filter_free()
 *	rfs_set_operations()	the _NOTIFY flags: in the kernel the caller waits all the same
 *	rfs_set_mmap_policy()	-ENOENT, rfs_remember() -EINVAL, where nobody waits: in user space, in notify mode
 *	rfs_data_changed()	in the kernel what is changed counts without it
 *	rfs_attach_data_file(), _inode() and rfs_detach_data_...() RFS_ERR_STALE where nobody waits, in user space, in notify mode
 * Calls that only a program needs are in urfs.h and begin with urfs_: the connection, loops, policies for the time when
 * it cannot answer, deferred answers, a descriptor of an object. There are none for modules only: rfs_kernel.h is between
 * the modules of this project.
 *
 * Context: every function that takes a rfs_filter may sleep and must be called in process context with no spinlock
 * held. All of them may be called from inside a callback, of the same filter too; they wait for no callback then, not
 * even for another one: two that deactivate each other's filters would wait for each other. From inside a callback of
 * an operation with RFS_OPF_LOCKED, in the kernel, a path can be resolved only as far as the dentry cache knows it
 * (RFS_ERR_AGAIN else), since a look-up might want the very lock that the operation holds. Accessors take no locks that
 * a callback could hold; those that say so allocate memory and may sleep, which callbacks always may.
 *
 * Errors: RFS_ERR_OK is 0, every other value equals a negative errno.
 */
#ifndef RFS_H
#define RFS_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <rfs_abi.h>
#else
#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include "rfs_abi.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rfs_flt *rfs_filter;
/* one operation as one filter sees it; valid from the pre callback until the end of the post callback */
typedef struct rfs_ctx *rfs_context;
/* the arguments and the result of one operation; valid during a callback */
struct rfs_args;

enum rfs_err {
	RFS_ERR_OK = 0,
	RFS_ERR_PERM = -EPERM, /* the filter is locked against changes */
	RFS_ERR_NOENT = -ENOENT, /* no such filter, path or rule */
	RFS_ERR_INTR = -EINTR,
	RFS_ERR_IO = -EIO,
	RFS_ERR_AGAIN = -EAGAIN, /* from inside a callback: the path is not in the dentry cache */
	RFS_ERR_NOMEM = -ENOMEM,
	RFS_ERR_ACCES = -EACCES,
	RFS_ERR_FAULT = -EFAULT,
	RFS_ERR_BUSY = -EBUSY, /* the filter is being unregistered */
	RFS_ERR_EXIST = -EEXIST, /* the name or the priority is taken */
	RFS_ERR_INVAL = -EINVAL,
	RFS_ERR_NOSPC = -ENOSPC, /* RFS_FILTERS_MAX filters are registered */
	RFS_ERR_RANGE = -ERANGE, /* the buffer is too short */
	RFS_ERR_NAMETOOLONG = -ENAMETOOLONG,
	RFS_ERR_OPNOTSUPP = -EOPNOTSUPP, /* not on this file system, or an operation that is not offered */
	RFS_ERR_STALE = -ESTALE, /* the connection or the module is going away */
	RFS_ERR_TIMEDOUT = -ETIMEDOUT, /* a user filter did not answer a request for change */
	/* makes the type as wide as int in every compiler: any negative errno may be returned */
	RFS_ERR_MAX = 0x7fffffff,
};

enum rfs_retv {
	/** go on with the next filter, and then the file system */
	RFS_CONTINUE = 0,
	/**
	 * pre: stop here with the result that rfs_set_result() gave; filters behind and the file system do not see
	 * the operation. post: the same as RFS_CONTINUE, except in a callback that is given data (RFS_OP_DATA).
	 */
	RFS_STOP = 1,
	/* makes the type as wide as int in every compiler: user space has one more answer (URFS_DEFERRED) */
	RFS_RETV_MAX = 0x7fffffff,
};

/* struct rfs_filter_info.flags */
#define RFS_FILTER_LOCKED 0x1 /* the control tool may not change it: EPERM */
#define RFS_FILTER_UNPLACED 0x2 /* in scope for objects without a known place: filters that deny or change data */

/* Most bytes of per-operation data that a filter may ask for. */
#define RFS_OP_DATA_MAX 256

/**
 * struct rfs_filter_info - what a filter is
 * @name:	unique name, copied; 1 to RFS_NAME_LEN characters of A-Z a-z 0-9 _ . -
 * @priority:	unique; lower runs first before the operation, and last after it
 * @active:	nonzero: active from the start (it is asked nothing before operations and paths are set)
 * @size:	0, or sizeof(struct rfs_filter_info); members behind @size are read only as far as it reaches
 * @flags:	RFS_FILTER_ bits
 * @op_data_size: bytes of zeroed memory per operation, from pre to post, for rfs_op_data(); up to RFS_OP_DATA_MAX
 */
struct rfs_filter_info {
	const char *name;
	int priority;
	int active;
	unsigned int size;
	unsigned int flags;
	unsigned int op_data_size;
	unsigned int reserved;
};

/* struct rfs_op_info.flags; in the kernel a notify callback's RFS_STOP counts as RFS_CONTINUE */
#define RFS_OP_PRE_NOTIFY 0x1 /* the caller does not wait for pre_cb */
#define RFS_OP_POST_NOTIFY 0x2 /* the caller does not wait for post_cb */
/*
 * post_cb of RFS_OP_READ, pre_cb of RFS_OP_WRITE: it is given the data, and may change them (rfs_data()). It is called
 * once for each piece of a call, in order of the file: writes by ascending priority, reads by descending. A plain
 * callback of the operation is called once, for the whole. Without this flag an operation on data only tells of itself.
 *
 * post_cb of RFS_OP_READDIR: it is given the entries, as struct rfs_dirent, and may hide some (rfs_dirent_next()).
 */
#define RFS_OP_DATA 0x4
/* with RFS_OP_DATA: what the filter makes of a byte depends on its offset, or it does not leave zeros as zeros */
#define RFS_OP_PLACED 0x8

/**
 * struct rfs_op_info - one operation of the array given to rfs_set_operations(), which ends with RFS_OP_END
 * @op_id:	the operation
 * @pre_cb:	called before it, or NULL
 * @post_cb:	called after it, with its real result, or NULL
 * @flags:	RFS_OP_ bits
 */
struct rfs_op_info {
	enum rfs_op_id op_id;
	enum rfs_retv (*pre_cb)(rfs_context context, struct rfs_args *args);
	enum rfs_retv (*post_cb)(rfs_context context, struct rfs_args *args);
	unsigned int flags;
};

/**
 * struct rfs_path_info - one path rule
 * @path:	absolute path, resolved in the caller's mount namespace and root when set; symlinks are followed
 * @flags:	RFS_PATH_ bits; RFS_PATH_REPLACED is set on return if the object had a rule of this filter
 */
struct rfs_path_info {
	const char *path;
	int flags;
};

/* Kinds of change that a modifier callback is asked about */
enum rfs_mod_id {
	RFS_MOD_ACTIVATE = 1,
	RFS_MOD_DEACTIVATE = 2,
	RFS_MOD_SET_PATH = 3,
	RFS_MOD_DEL_PATH = 4,
	RFS_MOD_SET_POLICY = 5,
};

struct fcdlctl_policy;

/**
 * union rfs_mod - the change that somebody asks for through the control device
 * @id:		which kind; says which member counts
 * @any:	what all kinds begin with: the filter, and its private data
 * @path:	RFS_MOD_SET_PATH and RFS_MOD_DEL_PATH: the rule
 * @policy:	RFS_MOD_SET_POLICY: what is to change, as fcdlctl_abi.h describes it; only of filters in user space
 *
 * A modifier callback returns RFS_ERR_OK to approve or a negative errno to refuse; the framework applies the change.
 */
union rfs_mod {
	enum rfs_mod_id id;
	struct rfs_mod_any {
		enum rfs_mod_id id;
		rfs_filter filter;
		void *private_data;
	} any;
	struct rfs_mod_path {
		enum rfs_mod_id id;
		rfs_filter filter;
		void *private_data;
		const struct rfs_path_info *info;
	} path;
	struct rfs_mod_policy {
		enum rfs_mod_id id;
		rfs_filter filter;
		void *private_data;
		const struct fcdlctl_policy *policy;
	} policy;
};

/**
 * rfs_register_filter() - make a filter known
 * @filter:	out: the filter. In user space first made by urfs_filter_alloc(), and then in and out.
 * @info:	name, priority and the rest; copied
 *
 * Return: RFS_ERR_OK; RFS_ERR_INVAL for a bad name, size, unknown flag or nonzero reserved member; RFS_ERR_EXIST if
 * the name or the priority is taken; RFS_ERR_NOSPC; RFS_ERR_NOMEM; RFS_ERR_BUSY if it is registered already (user).
 */
enum rfs_err rfs_register_filter(rfs_filter *filter, struct rfs_filter_info *info);

/**
 * rfs_unregister_filter() - take a filter out
 * @filter:	the filter; in the kernel invalid when this returns
 *
 * When it returns no callback of the filter runs, except the one that it was called from, and none will begin.
 * Operations that are between pre and post go on without their post callback; their rfs_op_data() is freed by the
 * framework. All its path rules are removed.
 */
enum rfs_err rfs_unregister_filter(rfs_filter filter);

/**
 * rfs_set_operations() - say which operations the filter wants, instead of those it wanted before
 * @filter:	the filter, active or not
 * @op_info:	array ended by RFS_OP_END; copied
 *
 * Operations in progress finish with the callbacks they began with.
 *
 * Return: RFS_ERR_OK; RFS_ERR_INVAL for an id from RFS_OP_MAX up, one given twice, an unknown flag, an entry without
 * callbacks, a pre callback for one of RFS_OPS_POST_ONLY, RFS_OP_DATA with another operation or direction than it is
 * for or together with that direction's notify flag, or RFS_OP_PLACED without it; RFS_ERR_OPNOTSUPP for an operation
 * that is not offered.
 */
enum rfs_err rfs_set_operations(rfs_filter filter, struct rfs_op_info *op_info);

/**
 * rfs_set_path() - add or replace a rule
 * @filter:	the filter
 * @path_info:	path and kind; flags get RFS_PATH_REPLACED if the object had a rule of this filter
 *
 * The path is resolved now and the rule follows the object through renames. docs/paths says which names a rule covers.
 * The first rule on a file system attaches it.
 *
 * Return: RFS_ERR_OK; what resolving the path gave (RFS_ERR_NOENT, ...); RFS_ERR_INVAL for a path that is not absolute
 * or flags that contradict; RFS_ERR_OPNOTSUPP for a pseudo file system, or for one that is not on the tested list if
 * RFS_PATH_FORCE is not set; RFS_ERR_NOMEM.
 */
enum rfs_err rfs_set_path(rfs_filter filter, struct rfs_path_info *path_info);

/**
 * rfs_del_path() - remove the rule that has this path
 * @filter:	the filter
 * @path_info:	path as it was set or as it resolves now; flags are ignored and must be 0 or as set
 *
 * Return: RFS_ERR_OK, or RFS_ERR_NOENT if the filter has no such rule.
 */
enum rfs_err rfs_del_path(rfs_filter filter, struct rfs_path_info *path_info);

/** rfs_activate_filter() - begin to ask the filter. Activating an active filter does nothing. */
enum rfs_err rfs_activate_filter(rfs_filter filter);

/**
 * rfs_deactivate_filter() - ask the filter nothing from now on
 *
 * Operations whose pre callback ran still get their post callback. When it returns, no callback of the filter runs
 * that began before, except the one that it was called from.
 */
enum rfs_err rfs_deactivate_filter(rfs_filter filter);

/**
 * rfs_set_mod_cb() - be asked before the control tool changes anything
 * @filter:	the filter
 * @mod_cb:	the callback, or NULL: every change is allowed
 *
 * The callback runs in the context of the process that uses the control device and may sleep.
 */
enum rfs_err rfs_set_mod_cb(rfs_filter filter, enum rfs_err (*mod_cb)(union rfs_mod *mod));

/** rfs_set_private_data() - a pointer of the filter's own, so that one callback can serve several filters */
enum rfs_err rfs_set_private_data(rfs_filter filter, void *private_data);

/** rfs_get_contextflt_private_data() - the pointer given to rfs_set_private_data() of the filter that is called */
enum rfs_err rfs_get_contextflt_private_data(rfs_context context, void **private_data);

/**
 * rfs_op_data() - memory of this filter for this operation
 *
 * Zeroed before the pre callback and the same in the post callback; freed by the framework in every case.
 *
 * Return: op_data_size bytes, or NULL if the filter asked for none.
 */
void *rfs_op_data(rfs_context context);

/* ---- Data of a filter that stay with an open file or an object ---- */

/**
 * struct rfs_priv_data - data that a filter keeps with an open file, or with an object while that is in memory
 *
 * A member of something of the filter's own, begun by rfs_init_data(). Counted: whoever made it has one reference, its
 * attachment one, and whoever looked it up one. With the last one @free is called, once, where it may sleep, with no lock
 * of the framework's held: from rfs_put_data() of the filter, from the close of the file, from rfs_unregister_filter(), or in
 * a worker (in the kernel) or a thread that runs callbacks (in user space) when the object went. It must not unregister the
 * filter. In user space it may also be called by urfs_close().
 *
 * Attached, it ends with the first of these: rfs_detach_data_file() or _inode(); the last close of the file, after the
 * filter's callbacks of release; the end of the object in memory, that is when the kernel evicts it, unmounts its file system,
 * or frees it after its last name and last user went; the end of the filter. Deactivating a filter ends nothing. An object
 * that is open by a name that was removed before its last one loses its data already when that last one is removed.
 * rfs_unregister_filter() ends all data of the filter, and when it returns @free runs for none of them and will not be
 * called by the framework; a filter that keeps references beyond its callbacks puts them before. (From inside a callback
 * nobody is waited for, as the top of this file says.)
 *
 * Filters do not see each other's data. Descriptors that share an open file (dup, fork) share its data, and all names of an
 * object (hard links) those of the object. On overlayfs the object is overlayfs's own, not that of a layer.
 */
struct rfs_priv_data {
	/* none of these is for the filter */
	rfs_filter filter;
	void (*free)(struct rfs_priv_data *data);
#ifdef __KERNEL__
	refcount_t refs;
	bool used;
	bool of_inode;
	const void *object;
	struct hlist_node node;
	struct list_head of_filter;
#else
	unsigned int refs;
	unsigned int used;
	void *reserved[4];
#endif
};

/**
 * rfs_init_data() - begin; the caller has the one reference
 * @data:	in memory of the filter's, which @free frees
 * @filter:	registered, or (in user space) allocated
 * @free:	called with the last reference
 *
 * Return: RFS_ERR_OK; RFS_ERR_INVAL if one of them is NULL.
 */
enum rfs_err rfs_init_data(struct rfs_priv_data *data, rfs_filter filter, void (*free)(struct rfs_priv_data *data));
/** rfs_get_data() - one more reference. Return: @data */
struct rfs_priv_data *rfs_get_data(struct rfs_priv_data *data);
/** rfs_put_data() - one less; NULL: does nothing. May call the filter's free callback */
void rfs_put_data(struct rfs_priv_data *data);

/**
 * rfs_attach_data_file() - in a callback: keep data with an open file of the operation, unless the filter has some there
 * @args:	the operation
 * @which:	RFS_FIRST, or RFS_SECOND for one with two files
 * @data:	begun, and not attached before: each is attached once in its life; gets a reference more
 * @exist:	out: with RFS_ERR_EXIST what is there, with a reference for the caller; else NULL
 *
 * Of several who try at the same time one succeeds, and the others are given what it attached.
 *
 * Files come with open (before it too: if the open then fails the data end), with what is done to open files, with tmpfile
 * (after it), and with release, in which data can still be looked up, and no more attached. Every file that a filter is called
 * for can have data, also if it was opened before the filter was active. Only the other one of an operation with two files
 * may be one that no rule covers.
 *
 * Return: RFS_ERR_OK; RFS_ERR_EXIST; RFS_ERR_NOENT if the operation has no such file; RFS_ERR_OPNOTSUPP if the file is
 * one that no rule covers, or is being released (nobody would notice its end); RFS_ERR_NOSPC if there are too many in all (the module's
 * parameter data_max; in user space also URFS_COOKIES_MAX of one connection); RFS_ERR_NOMEM; RFS_ERR_BUSY if the filter is
 * being unregistered; RFS_ERR_INVAL for another filter's data, or data that were attached before. In a program also
 * RFS_ERR_STALE if nobody waits for this callback (notify mode) or any more, RFS_ERR_OPNOTSUPP if the module is older than
 * this, and RFS_ERR_PERM in a child. What fails has attached nothing.
 */
enum rfs_err rfs_attach_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data *data,
				  struct rfs_priv_data **exist);

/**
 * rfs_get_data_file() - in a callback: the data of this filter that an open file has
 * @data:	out: with a reference for the caller, who puts it; NULL if there are none
 *
 * In a program: as they were when the operation came to the filter, unless they have ended since.
 *
 * Return: RFS_ERR_OK or RFS_ERR_NOENT.
 */
enum rfs_err rfs_get_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data);

/**
 * rfs_detach_data_file() - in a callback: take them away
 * @data:	out: with the reference that the attachment had, for the caller to put; NULL if there are none
 *
 * Return: RFS_ERR_OK or RFS_ERR_NOENT; in a program also RFS_ERR_STALE, as rfs_attach_data_file().
 */
enum rfs_err rfs_detach_data_file(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data);

/**
 * rfs_attach_data_inode() - the same for the object behind a name, or a directory that a name is in
 * @which:	any of enum rfs_which
 *
 * May sleep. An object without data costs no memory. Data do not keep their object in memory: a filter that wants to know
 * something for ever writes it down elsewhere.
 *
 * Return: as rfs_attach_data_file(); RFS_ERR_NOENT if the operation has no such name, if there is no object by it (yet), or
 * if that is being deleted this moment.
 */
enum rfs_err rfs_attach_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data *data,
				   struct rfs_priv_data **exist);
/** rfs_get_data_inode() - as rfs_get_data_file() */
enum rfs_err rfs_get_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data);
/** rfs_detach_data_inode() - as rfs_detach_data_file() */
enum rfs_err rfs_detach_data_inode(const struct rfs_args *args, enum rfs_which which, struct rfs_priv_data **data);

/* ---- What is this operation? ---- */

/** rfs_op() - the operation's id */
enum rfs_op_id rfs_op(const struct rfs_args *args);
/** rfs_op_name() - its name as a word, such as "unlink"; NULL for a number that has none */
const char *rfs_op_name(enum rfs_op_id op);
/** rfs_op_flags() - RFS_OPF_ bits */
unsigned int rfs_op_flags(const struct rfs_args *args);
/** rfs_is_post() - nonzero in a post callback */
int rfs_is_post(const struct rfs_args *args);

/**
 * rfs_time() - when it happened: in pre when the operation came to the filters, in post when it was over
 *
 * The same for all filters that are asked at that time, however long they take.
 *
 * Return: nanoseconds on CLOCK_MONOTONIC.
 */
unsigned long long rfs_time(const struct rfs_args *args);

/**
 * rfs_result() - the result: in post what the caller will get, 0 or positive, or a negative errno; in pre 0
 * rfs_set_result() - in pre, and in a callback that is given data, together with RFS_STOP: a negative errno (others
 *	become -EPERM: there is nothing that an operation that was not carried out could have succeeded with). In
 *	another post callback it does nothing.
 */
long rfs_result(const struct rfs_args *args);
void rfs_set_result(struct rfs_args *args, long result);

/**
 * rfs_set_mmap_policy() - in pre of open, with RFS_CONTINUE: what may not be done with the file that is being opened
 * @policy:	RFS_NO_ bits, which are added to those of other filters
 *
 * Nobody may be asked when a file is mapped, so it is said here, and holds for this open file until it is closed or
 * redirfs is unloaded, whatever becomes of the filter. mprotect(2) does not undo it. What has been mapped before through
 * another open file is left as it is.
 *
 * Return: 0; -EINVAL for unknown bits; -ENOENT if this is not what comes before an open, or nobody waits (in user space).
 */
int rfs_set_mmap_policy(struct rfs_args *args, unsigned int policy);

/**
 * rfs_remember() - pre of open, together with RFS_CONTINUE: do not ask this filter again about this object
 * @args:	the operation
 *
 * Until the object changes: it is opened for writing, written to, mapped, truncated, linked, unlinked or renamed, or its
 * attributes change; or the filter does: its operations, rules, policy, or whether it is active. Opens for execution and
 * others are remembered apart; an open for writing is always asked about. The object is remembered whatever name it is
 * opened by and by whom, so that the verdict must depend on nothing but the object.
 *
 * It is a permission, not a promise: the verdict is not remembered if the object could change unseen (it is open for
 * writing, or on a network file system, fuse or overlayfs), or changed while the filter was asked, and may be forgotten for
 * want of room. A filter's first one of all only begins to watch for changes.
 *
 * Return: 0; -EINVAL for other operations, in post, and in notify mode. In a program also -EOPNOTSUPP if the module is
 * older than this.
 */
int rfs_remember(struct rfs_args *args);

/* ---- Names and objects ---- */

/**
 * rfs_path() - the full path of one of the operation's names
 * @args:	the operation
 * @which:	RFS_FIRST or RFS_SECOND
 * @buf:	gets the path, NUL-terminated
 * @size:	of @buf, in bytes
 *
 * May allocate memory and sleep. Names are bytes: they may hold newlines and invalid UTF-8.
 *
 * Return: length without the NUL; -ERANGE if @size is too short (the path is never cut); -ENOENT if the operation has
 * no such name; -ESTALE if the object has no known place (RFS_PATHF_UNPLACED); -ENOMEM. In a program also -EPROTO if it
 * has itself written over the memory that the operation is described in.
 */
ssize_t rfs_path(const struct rfs_args *args, enum rfs_which which, char *buf, size_t size);

/** rfs_path_flags() - RFS_PATHF_ bits: where the path of rfs_path() begins */
unsigned int rfs_path_flags(const struct rfs_args *args, enum rfs_which which);

/**
 * rfs_object() - the object behind a name, or the directory that the name is in
 *
 * In post the object as it is after the operation (a created one exists, the link count of an unlinked one is lower).
 *
 * Return: 0, or -ENOENT if the operation has no such name. A name without an object gives 0 and valid == 0.
 */
int rfs_object(const struct rfs_args *args, enum rfs_which which, struct rfs_object *object);

/* ---- The caller ---- */

/** rfs_caller() - who does it */
void rfs_caller(const struct rfs_args *args, struct rfs_caller *caller);

/**
 * rfs_caller_exe() - path of the caller's executable, as the kernel's d_path gives it
 *
 * May sleep. Return: as rfs_path(), -ERANGE included; -ENOENT for kernel threads.
 */
ssize_t rfs_caller_exe(const struct rfs_args *args, char *buf, size_t size);

/* ---- Arguments; each function gives 0 (or -ENOENT) for operations that lack it ---- */

/** rfs_open_flags() - open, release, atomic_open, tmpfile: O_ flags as in open(2) of the machine's native ABI */
unsigned int rfs_open_flags(const struct rfs_args *args);
/** rfs_mode() - create, mkdir, mknod, tmpfile, atomic_open: type and permission bits after the umask */
unsigned int rfs_mode(const struct rfs_args *args);
/** rfs_rdev() - mknod: device, encoded as rfs_object.dev */
unsigned long long rfs_rdev(const struct rfs_args *args);
/** rfs_rename_flags() - rename: RENAME_ flags as in renameat2(2) */
unsigned int rfs_rename_flags(const struct rfs_args *args);
/** rfs_attr() - setattr: what is to change. Return: 0 or -ENOENT */
int rfs_attr(const struct rfs_args *args, struct rfs_attr *attr);
/** rfs_io() - operations on open files, getattr, listxattr, fileattr_set: offset, length and so on. Return: 0 or -ENOENT */
int rfs_io(const struct rfs_args *args, struct rfs_io *io);

/**
 * struct rfs_data - one piece of what is read or written, at most RFS_DATA_MAX bytes
 * @base:	the bytes, which the callback may change in place while it runs. Never the caller's own memory.
 * @length:	how many
 * @offset:	of the first one in the file; with RFS_IO_APPEND where it will be, or the filter is asked again
 */
struct rfs_data {
	void *base;
	size_t length;
	unsigned long long offset;
};

/**
 * rfs_data() - the piece that a callback with RFS_OP_DATA is called for
 *
 * rfs_io() says what the whole call is about, this what the piece is. A write's first piece may be zeros that fill the
 * gap between the end of the file and where it begins (RFS_OP_PLACED). A read that ends without a piece, at the end of
 * the file or with an error, has its post callback called once, without data. So has, behind its pieces, every read of
 * a filter that has a pre callback for it: what that began it ends.
 *
 * RFS_STOP with rfs_set_result() fails the piece: the caller gets what was done before, or that error if there is
 * nothing. A filter that goes away in the middle of a call, or is deactivated, ends it in the same way, with EIO.
 *
 * Return: 0, or -ENOENT if this callback is given no data.
 */
int rfs_data(struct rfs_args *args, struct rfs_data *data);

/**
 * rfs_dirent_next() - the next entry of a piece of a listing, or the first one
 * @data:	as rfs_data() gave it in post of readdir with RFS_OP_DATA
 * @entry:	the one before, or NULL
 *
 * To hide an entry set RFS_DIRENT_HIDDEN in its flags, and call rfs_data_changed() at the end. It is left out of this
 * listing, and nothing else: whoever knows the name can use it. "." and ".." are never left out. A piece has as many
 * entries as there are, up to some hundred. A listing that ends has one more callback, without data, if it had no piece.
 *
 * Return: the entry, or NULL behind the last one.
 */
static inline struct rfs_dirent *rfs_dirent_next(const struct rfs_data *data, struct rfs_dirent *entry)
{
	char *next = entry ? (char *)entry + entry->size : (char *)data->base, *end = (char *)data->base + data->length;

	return next < end ? (struct rfs_dirent *)(void *)next : NULL;
}

/** rfs_dirent_name() - its name, with a NUL behind it */
static inline const char *rfs_dirent_name(const struct rfs_dirent *entry)
{
	return (const char *)(entry + 1);
}
/** rfs_data_changed() - the callback has changed its piece; what is changed without saying so need not count */
void rfs_data_changed(struct rfs_args *args);

/** rfs_symlink_target() - symlink, readlink: what the link will hold, or holds. Return: as rfs_path() */
ssize_t rfs_symlink_target(const struct rfs_args *args, char *buf, size_t size);
/**
 * rfs_xattr_name() - setxattr, getxattr, removexattr: the attribute's whole name; set_acl, get_acl: that of the attribute
 * that stands for the ACL, system.posix_acl_access or system.posix_acl_default. Return: as rfs_path()
 */
ssize_t rfs_xattr_name(const struct rfs_args *args, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* RFS_H */
