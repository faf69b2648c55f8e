/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rfs_kernel.h - what redirfs.ko offers to other kernel modules beyond rfs.h
 *
 * For kernel filters that stand for something else (urfs.ko's ufilters): they describe themselves to the control
 * device, share one waiting budget per operation, and copy an operation's names without building them twice.
 */
#ifndef RFS_KERNEL_H
#define RFS_KERNEL_H

#include <linux/types.h>
#include <rfs.h>
#include <fcdlctl_abi.h>

struct dentry;
struct file;
struct inode;
struct module;
struct pid_namespace;
struct vfsmount;

/**
 * struct rfs_ctl_ops - how a module that owns filters describes them to the control device
 * @info:	fill the fields of @info that redirfs does not know (kind, pid, state, deadline and the default
 *		verdicts); called under rcu_read_lock or a mutex of redirfs, must not sleep
 * @get_policy:	fill @policy; must not sleep
 * @set_policy:	validate @policy as a whole and apply it, or return a negative errno and change nothing; may sleep
 * @stats:	write up to @max counters; return how many exist. Must not sleep.
 * @pending:	fill up to @max entries about callers who wait, those with id greater than @after in ascending order of
 *		id; return how many were filled; may sleep. Answers for all filters of this owner together.
 * @release:	give every caller who waits for a filter of this owner its default at once, because redirfs is being
 *		detached; waits for nobody
 * @deactivated: the control device has deactivated this filter: let those go on who wait for it and about whom its
 *		handler does not know yet; called under a mutex of redirfs, must not sleep
 * @exempt:	does the filter ask nothing of what the current task does? Its reads and writes then go past a filter
 *		that changes data as if it were not there, and it may map files. Called as a callback is, while the
 *		filter is registered; must not sleep
 *
 * Members may be NULL. The structure must outlive the filters registered with it.
 */
struct rfs_ctl_ops {
	struct module *owner;
	void (*info)(rfs_filter filter, void *private_data, struct fcdlctl_filter *info);
	int (*get_policy)(rfs_filter filter, void *private_data, struct fcdlctl_policy *policy);
	int (*set_policy)(rfs_filter filter, void *private_data, const struct fcdlctl_policy *policy);
	int (*stats)(rfs_filter filter, void *private_data, struct fcdlctl_stat *stats, int max);
	int (*pending)(u64 after, struct fcdlctl_pending *entries, int max);
	void (*release)(void);
	void (*deactivated)(rfs_filter filter, void *private_data);
	bool (*exempt)(rfs_filter filter, void *private_data);
};

/**
 * rfs_set_ctl_ops() - attach a description to a filter, right after it was registered (inactive)
 */
void rfs_set_ctl_ops(rfs_filter filter, const struct rfs_ctl_ops *ops);

/**
 * rfs_mod_unanswered() - what the modifier callback returns for @mod stands for an answer that did not come
 * @mod:	as the callback was given it
 */
void rfs_mod_unanswered(union rfs_mod *mod);

/** rfs_filter_name() - name of a registered filter, valid as long as the filter is */
const char *rfs_filter_name(rfs_filter filter);
/** rfs_filter_priority() - its priority */
int rfs_filter_priority(rfs_filter filter);
/** rfs_filter_is_active() - whether it is active now */
bool rfs_filter_is_active(rfs_filter filter);

/**
 * rfs_deactivate_filter_nowait() - as rfs_deactivate_filter(), but without waiting for callbacks that run
 *
 * For an owner whose callbacks wait for the very process that asks for this.
 */
enum rfs_err rfs_deactivate_filter_nowait(rfs_filter filter);

/*
 * rfs_unregister_filter() in three parts, for an owner who must not wait for callbacks as long as a frozen task can be
 * inside one. In this order:
 */

/**
 * rfs_unregister_filter_begin() - no callback begins any more; the name, the priority and the rules are gone
 *
 * Does not wait for callbacks. Return: 0, or RFS_ERR_BUSY if somebody else unregisters it.
 */
enum rfs_err rfs_unregister_filter_begin(rfs_filter filter);
/**
 * rfs_unregister_filter_wait() - wait until no callback runs; not at all (-ETIME) from inside a callback
 * @state:	to sleep in
 * @timeout:	jiffies, or MAX_SCHEDULE_TIMEOUT
 *
 * Return: 0; -ETIME; -EINTR on a signal that @state lets through. After these it may be called again, by anybody.
 */
int rfs_unregister_filter_wait(rfs_filter filter, unsigned int state, long timeout);
/** rfs_unregister_filter_end() - @filter is not valid any more. Any context. */
void rfs_unregister_filter_end(rfs_filter filter);

/**
 * rfs_forget() - whatever rfs_remember() had remembered of this filter's verdicts is asked about anew. May sleep.
 *
 * Done by itself when operations, rules or activity change; for an owner with changes of its own.
 */
void rfs_forget(rfs_filter filter);

/** rfs_context_filter() - the filter that is called in this context */
rfs_filter rfs_context_filter(rfs_context context);

/**
 * rfs_op_budget() - nanoseconds that this operation has spent waiting for user space so far
 *
 * One counter for all filters and both directions of one operation. It belongs to the task that runs the operation,
 * which alone reads and writes it. A call with data begins anew with each piece: it may be as long as the caller likes.
 */
u64 *rfs_op_budget(rfs_context context);

/**
 * rfs_mark_default() - pre: the verdict that this callback is about to return is a default, not the filter's own
 * @stop:	it is RFS_STOP
 *
 * From then on rfs_op_flags() tells everybody.
 */
void rfs_mark_default(struct rfs_args *args, bool stop);

/**
 * rfs_stopped_by() - post: name of the filter that stopped the operation, or NULL if none did; valid during a callback
 */
const char *rfs_stopped_by(rfs_context context);

/**
 * rfs_op_inode() - inode of a name or of its directory, NULL where there is none; for identity only
 *
 * Valid during a callback.
 */
struct inode *rfs_op_inode(const struct rfs_args *args, enum rfs_which which);

/**
 * struct rfs_pin - an object of an operation, held beyond the callback
 * @dentry:	the name that the operation had for it
 * @mnt:	the mount that it was reached through; NULL: the file system itself is held
 */
struct rfs_pin {
	struct dentry *dentry;
	struct vfsmount *mnt;
};

/**
 * rfs_pin_get() - hold a regular file that an operation is about
 * @args:	the operation; its caller is in a callback, or waits in one, and cannot leave meanwhile
 * @which:	enum rfs_which
 * @pin:	out
 *
 * Does not sleep. Keeps umount from finishing (-EBUSY, or the file system stays active behind it) until rfs_pin_put().
 *
 * Return: 0; -EINVAL for another @which; -ENOENT if the operation has no such name, or it has no object (yet); -EISDIR for
 * a directory, -ELOOP for a symbolic link, -ENXIO for other special files; -ESTALE.
 */
int rfs_pin_get(const struct rfs_args *args, enum rfs_which which, struct rfs_pin *pin);
/**
 * rfs_pin_object() - the same for any object
 *
 * Return: 0; -EINVAL, -ENOENT, -ESTALE.
 */
int rfs_pin_object(const struct rfs_args *args, enum rfs_which which, struct rfs_pin *pin);
/**
 * rfs_attach_data_pin() - as rfs_attach_data_inode(), for who holds the object outside of callbacks
 * @filter:	whose @data are; registered, or in its end
 */
enum rfs_err rfs_attach_data_pin(rfs_filter filter, const struct rfs_pin *pin, struct rfs_priv_data *data,
				 struct rfs_priv_data **exist);
/** rfs_detach_data_pin() - likewise as rfs_detach_data_inode() */
enum rfs_err rfs_detach_data_pin(rfs_filter filter, const struct rfs_pin *pin, struct rfs_priv_data **data);
/** rfs_pin_put() - let go. May sleep. */
void rfs_pin_put(struct rfs_pin *pin);

/**
 * rfs_pin_open() - open the object for reading: no filter is asked, and none sees what is done through the file
 *
 * With the credentials of current, whose right to the file is not checked. Changes no access time, breaks no lease
 * (-EAGAIN), raises no event of fsnotify. Where the mount is not known the file is opened through one that nobody else
 * sees. May sleep; takes no lock of the object or its directory.
 *
 * Return: the file, or what the file system said.
 */
struct file *rfs_pin_open(const struct rfs_pin *pin);

/**
 * struct rfs_path_parts - a path in two parts
 * @rule:	path of the rule that matched as its setter wrote it, or NULL; valid during a callback
 * @rule_len:	its length
 * @rest:	the remainder below the rule's object, or the whole path from the file system's root; begins with "/"
 *		or is empty. Points into the caller's buffer.
 * @rest_len:	its length
 * @flags:	RFS_PATHF_ bits
 */
struct rfs_path_parts {
	const char *rule;
	size_t rule_len;
	const char *rest;
	size_t rest_len;
	unsigned int flags;
};

/**
 * rfs_path_parts() - where the path of a name lies, built at the end of @buf
 *
 * Return: 0; -ERANGE if @size is too short; -ENOENT; -ESTALE as rfs_path(). Does not sleep and does not allocate.
 */
int rfs_path_parts(rfs_context context, const struct rfs_args *args, enum rfs_which which, char *buf, size_t size,
		   struct rfs_path_parts *parts);

/** rfs_caller_fill() - as rfs_caller(), with process ids as seen from @ns */
void rfs_caller_fill(struct rfs_caller *caller, struct pid_namespace *ns);

/**
 * rfs_caller_must_not_wait() - must the current task not be made to wait for user space, by anybody?
 *
 * In memory reclaim, and where the file system or its devices must not be entered again (a loop device's worker), a
 * handler may need the very memory that the task is there to free; a task in a transaction (journal_info) keeps the
 * whole file system waiting.
 */
bool rfs_caller_must_not_wait(void);

/** rfs_symlink_target_ptr() - symlink, readlink: the target in kernel memory, valid during a callback; NULL for others */
const char *rfs_symlink_target_ptr(const struct rfs_args *args);
/** rfs_xattr_name_ptr() - the same of rfs_xattr_name() */
const char *rfs_xattr_name_ptr(const struct rfs_args *args);

#endif /* RFS_KERNEL_H */
