/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctl_core.h - what the control device needs from the core, and nothing else
 *
 * Everything here is called in process context with no lock held and may sleep, unless it says otherwise. A filter
 * that is held by a reference (rfs_ctl_find) may be unregistered meanwhile: it stays valid memory, and every call on
 * it, those of rfs.h too, returns -ESTALE or RFS_ERR_BUSY, both of which the control device shows as -ESTALE. No call
 * waits for a callback of a filter unless it says so.
 *
 * Lists are filled one page at a time. *@cursor is 0 for the first page and is left so that the next call goes on
 * behind the last element given; what it holds is the core's business, as long as elements that exist during all calls
 * come exactly once and no state is kept between them.
 */
#ifndef RFS_CTL_CORE_H
#define RFS_CTL_CORE_H

#include <linux/types.h>
#include <fcdlctl_abi.h>
#include <rfs.h>
#include <rfs_kernel.h>

/* ---- The device, for the module's init and exit ---- */

/** rfs_ctl_init() - make /dev/fcdlctl; the core must be ready. Return: 0 or -errno. */
int rfs_ctl_init(void);
/** rfs_ctl_exit() - take it away; no request runs any more, since an open device holds the module */
void rfs_ctl_exit(void);

/* ---- Lists ---- */

/**
 * rfs_ctl_filters() - a page of filters in ascending order of priority
 *
 * Fills zeroed @entries as fcdlctl_abi.h says: its own fields, then the owner's by rfs_ctl_ops.info (kind KERNEL and
 * state OK if there is none), then state LOCKED if the filter is locked and the owner says OK. The cursor is best made
 * from the priority, which never changes: (u32)priority + 0x80000000 + 1 as u64.
 *
 * Return: how many were filled; 0: the end; -EINTR.
 */
int rfs_ctl_filters(u64 *cursor, struct fcdlctl_filter *entries, int max);

/**
 * rfs_ctl_rules() - a page of a filter's rules in ascending order of id, which is the cursor
 * @buf:	gets the paths, one behind the other without NULs
 * @size:	bytes at @buf, RFS_PATH_LEN at least, so that there is room for one path; a page ends where the next
 *		path does not fit
 * @used:	out: bytes written to @buf
 *
 * Return: how many were filled; 0: the end; -ESTALE; -EINTR.
 */
int rfs_ctl_rules(rfs_filter filter, u64 *cursor, struct fcdlctl_path *entries, int max, char *buf, u32 size,
		  u32 *used);

/** rfs_ctl_file_systems() - a page of attached file systems. Return: how many; 0: the end; -EINTR. */
int rfs_ctl_file_systems(u64 *cursor, struct fcdlctl_fs *entries, int max);

/**
 * rfs_ctl_inside() - a page of the callers inside a filtered operation, ids as seen from the pid namespace of current
 *
 * Return: how many; 0: the end; -EINTR.
 */
int rfs_ctl_inside(u64 *cursor, struct fcdlctl_inside *entries, int max);

/**
 * rfs_ctl_owners() - the distinct rfs_ctl_ops of the registered filters that have a pending member
 *
 * Takes a reference to the module of each, which the caller drops with module_put(ops->owner); owners whose module is
 * going away are left out.
 *
 * Return: how many were filled, up to @max.
 */
int rfs_ctl_owners(const struct rfs_ctl_ops **ops, int max);

/* ---- One filter ---- */

/** rfs_ctl_find() - the filter of this name with a reference, or NULL */
rfs_filter rfs_ctl_find(const char *name);
/** rfs_ctl_put() - drop the reference */
void rfs_ctl_put(rfs_filter filter);

/**
 * rfs_ctl_ask() - may the control device make this change?
 * @mod:	id, and for rules path.info; filter and private_data are filled in here
 * @refused:	out, on failure: FCDLCTL_REFUSED_ if it is the filter that refuses; else left alone
 *
 * Calls the modifier callback with no lock held, counted as a callback of the filter in progress: unregistering waits
 * for it (except from inside it), so that the owner's private data live as long as it runs.
 *
 * Return: 0; -EPERM if the filter is locked; -ESTALE; else what the callback refused with (-EPERM for what is no errno).
 */
int rfs_ctl_ask(rfs_filter filter, union rfs_mod *mod, u32 *refused);

/**
 * rfs_ctl_deactivate() - as rfs_deactivate_filter(), but without waiting for callbacks that run
 *
 * A user filter's callback may run until its deadline, and who wants it off now should not wait for that. Its owner is
 * told, so that it lets its callers go (rfs_ctl_ops.deactivated).
 *
 * Return: 0 or -ESTALE.
 */
int rfs_ctl_deactivate(rfs_filter filter);

/**
 * rfs_ctl_stats() - counters of a filter, those of its owner (rfs_ctl_ops.stats) behind its own
 * @filter:	NULL: the counters of redirfs itself
 *
 * Return: how many exist, of which the first @max were written; -ESTALE.
 */
int rfs_ctl_stats(rfs_filter filter, struct fcdlctl_stat *stats, int max);

/** rfs_ctl_get_policy() - rfs_ctl_ops.get_policy of a filter. Return: 0; -EOPNOTSUPP if it has none; -ESTALE. */
int rfs_ctl_get_policy(rfs_filter filter, struct fcdlctl_policy *policy);

/**
 * rfs_ctl_set_policy() - rfs_ctl_ops.set_policy of a filter, protected from unregistering as in rfs_ctl_ask()
 *
 * Return: what it returned; -EOPNOTSUPP if there is none; -ESTALE.
 */
int rfs_ctl_set_policy(rfs_filter filter, const struct fcdlctl_policy *policy);

/*
 * Rules and activation go through rfs_set_path(), rfs_del_path() and rfs_activate_filter() of rfs.h, which resolve
 * paths in the calling process already.
 */

/* ---- All of redirfs ---- */

/** rfs_ctl_deactivate_all() - every filter, asking nobody and waiting for nobody. Return: how many were active. */
u32 rfs_ctl_deactivate_all(void);

/** rfs_ctl_status() - fill the zeroed @status; tries the hook with the canary inode */
void rfs_ctl_status(struct fcdlctl_status *status);

/**
 * rfs_ctl_detach() - all rules stale, all file systems back on their own tables, then wait for callers to leave
 * @timeout_ms:	how long to wait; 0: not at all
 *
 * Killable. May be called again, by several processes too.
 *
 * Return: callers still inside; -EINTR.
 */
int rfs_ctl_detach(unsigned int timeout_ms);

#endif /* RFS_CTL_CORE_H */
