/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.h - the counters of redirfs itself, shown by the control device and checked for balance at unload
 */
#ifndef RFS_STATS_H
#define RFS_STATS_H

#include <linux/atomic.h>

/* X(member, name as the control device shows it) */
#define RFS_STATS(X)                                                                                            \
	X(iop_tables, "inode_tables") /* shadows of inode_operations in existence */                            \
	X(ifop_tables, "open_tables") /* shadows for i_fop; kept for ever, even over an unload */               \
	X(xattr_tables, "xattr_tables") /* shadows of arrays of xattr handlers; likewise */                     \
	X(file_tables, "file_tables") /* shadows of file_operations for open files */                           \
	X(files, "files") /* open files that have a shadow */                                                   \
	X(anchors, "anchors") /* objects that have rules */                                                     \
	X(file_systems, "file_systems") /* attached ones */                                                     \
	X(rules, "rules")                                                                                       \
	X(filters, "filter_objects")                                                                            \
	X(calls, "calls") /* operations that were in scope of a filter that wanted them */                      \
	X(denied, "denied") /* operations that a filter stopped */                                              \
	X(bypassed, "bypassed") /* operations that would have been asked about but for redirfs.bypass */        \
	X(bypass_switched, "bypass_switched") /* times redirfs.bypass was switched on or off */                 \
	X(deactivated_all, "deactivated_all") /* times all filters were deactivated at once */                  \
	X(missed_pool, "missed_pool_empty") /* new tables for which no spare was at hand in the hook */         \
	X(missed_hook, "missed_by_hook") /* inodes that the hook did not see and a wrapper made good */         \
	X(uncovered, "files_not_covered") /* objects open for writing when their file system was attached */    \
	X(restored, "files_restored") /* open files that got their own operations back at unload */             \
	X(remembered, "remembered_now") /* objects of which a verdict is remembered */                          \
	X(remembered_evicted, "remembered_evicted") /* of these, forgotten for want of room */                  \
	X(file_data, "file_data_now") /* data that filters keep with open files */                              \
	X(inode_data, "inode_data_now") /* data that filters keep with objects */                               \
	X(notices, "inodes_with_data") /* objects whose end we are told of for that */                          \
	X(data_refused, "data_refused") /* data that were not attached: there are data_max */                   \
	X(posts_dropped, "posts_dropped") /* post callbacks owed to filters that were unregistered meanwhile */ \
	X(no_memory, "no_memory") /* operations failed because an in-scope call could not be set up */

struct rfs_stats {
#define X(member, name) atomic64_t member;
	RFS_STATS(X)
#undef X
};

extern struct rfs_stats rfs_stats;

#define rfs_count(member) atomic64_inc(&rfs_stats.member)
#define rfs_uncount(member) atomic64_dec(&rfs_stats.member)

#endif /* RFS_STATS_H */
