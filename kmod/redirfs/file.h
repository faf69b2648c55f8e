/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RFS_FILE_H
#define RFS_FILE_H

#include <linux/fs.h>

#include "inside.h"

struct rfs_file;
struct rfs_listing;

/*
 * In f_flags of a file on its way to f_op->open: no filter is asked, and no rule covers it (object.c). No program and
 * nothing else in the kernel can set it: it is none of the flags that an open takes.
 */
#define RFS_O_PAST_FILTERS 0x40000000

/*
 * Preparing comes before the file system opens the file, so that nothing can fail behind it; then exactly one of cover
 * and drop.
 */
struct rfs_file *rfs_file_prepare(void);
bool rfs_file_cover(struct rfs_file *rf, struct file *file);
void rfs_file_drop(struct rfs_file *rf);

/* The file's own table while it is being released; forgets the file. */
const struct file_operations *rfs_file_forget(struct file *file);

/* Will its release come to us? */
bool rfs_file_is_covered(struct file *file);

/* What was done through a covered file that is open for writing; rfs_file_changes() gives RFS_OPF_ bits for its release. */
void rfs_file_wrote(struct file *file);
void rfs_file_mapped(struct file *file);
unsigned int rfs_file_changes(struct file *file);

/* RFS_NO_ bits; to be added before anybody else can see the file. */
void rfs_file_limit(struct file *file, unsigned int mmap_policy);
unsigned int rfs_file_mmap_policy(struct file *file);

/*
 * Put @listing in the place of what was read ahead of an open directory, NULL for nothing. Return: what was there, or
 * @listing itself if the file is not covered any more; the caller frees it.
 */
struct rfs_listing *rfs_file_listing(struct file *file, struct rfs_listing *listing);
bool rfs_file_has_listing(struct file *file);

/* After a file system opened a file in its own way: take the shadow for i_fop out of it, and cover it if a rule does. */
void rfs_file_settle(struct file *file, const struct rfs_guest *guest);

/* All filters, active or not, whose rules cover an object */
struct rfs_set rfs_file_scope(struct file *file, const struct rfs_guest *guest, bool *unplaced);

/* No rule covers it, and still it has to have a shadow */
bool rfs_file_is_to_be_covered(const struct file *file, const struct rfs_guest *guest);

void rfs_files_restore(void);
void rfs_files_wait(void);

#endif /* RFS_FILE_H */
