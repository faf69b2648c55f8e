/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fcdl.h - reading the log of who created, deleted, renamed and changed what (/dev/fcdl, the module fcdl)
 *
 *	struct fcdl_options options = { .size = sizeof(options), .ops = FCDL_OPS_CHANGES };
 *	const struct fcdl_record *record;
 *	struct fcdl_log *log;
 *
 *	fcdl_open(&log, &options);
 *	fcdl_set_path(log, "/srv/ledger", RFS_PATH_INCLUDE | RFS_PATH_SUBTREE);
 *	fcdl_run(log);
 *	while (fcdl_next(log, &record) > 0)
 *		if (record->type == FCDL_EVENT)
 *			...
 *	fcdl_close(log);
 *
 * What records say is specified in fcdl_abi.h. A reader's own process is left out of its log, unless it asks for itself.
 *
 * Return values: 0 or a negative errno, unless it says otherwise. The library never prints and never ends the program.
 * Threads: a log may be used by one thread at a time; fcdl_stop() by any, at any time before fcdl_close().
 */
#ifndef FCDL_H
#define FCDL_H

#include <stddef.h>

#include "fcdl_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A log that is being read. */
struct fcdl_log;

/* Operations that make, remove, rename or change something: all but opens, and closes of what was not changed */
#define FCDL_OPS_CHANGES                                                                                \
	(1ULL << RFS_OP_CREATE | 1ULL << RFS_OP_MKDIR | 1ULL << RFS_OP_MKNOD | 1ULL << RFS_OP_SYMLINK | \
	 1ULL << RFS_OP_LINK | 1ULL << RFS_OP_UNLINK | 1ULL << RFS_OP_RMDIR | 1ULL << RFS_OP_RENAME |   \
	 1ULL << RFS_OP_TMPFILE | 1ULL << RFS_OP_SETATTR | 1ULL << FCDL_OP_CLOSE_WRITE)

/* struct fcdl_options.mode */
#define FCDL_OPEN_NONBLOCK 0x1 /* fcdl_next() does not wait */
#define FCDL_OPEN_READ 0x2 /* by read(2), also where the ring can be mapped */

/**
 * struct fcdl_options - what a reader wants; members behind @size are taken as 0
 * @size:	sizeof(struct fcdl_options)
 * @mode:	FCDL_OPEN_ bits
 * @ops:	operations, as in struct fcdl_setup; 0: FCDL_OPS_CHANGES
 * @flags:	FCDL_SETUP_ bits but FCDL_SETUP_MMAP
 * @policy:	FCDL_POLICY_: what happens when the ring is full
 * @deadline_ms: FCDL_POLICY_WAIT: milliseconds
 * @nr_matches:	length of @matches
 * @matches:	whose operations, NULL: everybody's
 * @ring_size:	bytes, 0: a default
 */
struct fcdl_options {
	size_t size;
	unsigned int mode;
	unsigned int flags;
	unsigned long long ops;
	unsigned int policy;
	unsigned int deadline_ms;
	const struct fcdl_match *matches;
	size_t nr_matches;
	size_t ring_size;
};

/**
 * fcdl_open() - become a reader; nothing is recorded yet
 * @log:	out
 * @options:	NULL: all defaults
 *
 * The kernel's ring is mapped, and records are read where they are: no copy, and no system call while there are any. Where
 * that cannot be (FCDL_POLICY_OLDEST; no right to write to /dev/fcdl; no address space) they come by read(2), and nothing
 * else is different. After fork() either process may go on with a log, but not both.
 *
 * Return: 0; -ENOENT if the module fcdl is not loaded; -EACCES without rights on /dev/fcdl; -EMFILE if there are too many
 * readers (the module's parameter max_readers); -EPERM for FCDL_POLICY_WAIT without CAP_SYS_ADMIN; -EINVAL,
 * -EOPNOTSUPP for options that are not valid, as fcdl_abi.h says; -EPROTO if the module speaks a version that this
 * library does not; -ENOMEM.
 */
int fcdl_open(struct fcdl_log **log, const struct fcdl_options *options);

/**
 * fcdl_open_fd() - read records from something else than the device, such as a capture
 * @log:	out
 * @fd:		where they come from; fcdl_close() closes it
 *
 * Return: 0 or -ENOMEM. Only fcdl_next(), fcdl_fd() and fcdl_close() can be used then; others give -ENOTTY or what the
 * descriptor says.
 */
int fcdl_open_fd(struct fcdl_log **log, int fd);

/** fcdl_close() - stop, forget everything that was not read, and free; NULL: nothing */
void fcdl_close(struct fcdl_log *log);

/**
 * fcdl_set_path() - add or replace a rule
 * @path:	absolute
 * @flags:	RFS_PATH_INCLUDE or _EXCLUDE, _SINGLE or _SUBTREE, perhaps _FORCE
 *
 * Rules do not cross mount points. Return: 0, or 1 if the object had a rule that was replaced; errors of rfs_set_path().
 */
int fcdl_set_path(struct fcdl_log *log, const char *path, int flags);
/** fcdl_del_path() - remove a rule. Return: 0; -ENOENT */
int fcdl_del_path(struct fcdl_log *log, const char *path);

/** fcdl_run() - begin, or go on, to record */
int fcdl_run(struct fcdl_log *log);
/** fcdl_stop() - record no more; what was recorded can still be read, and then fcdl_next() gives 0 */
int fcdl_stop(struct fcdl_log *log);

/**
 * fcdl_next() - the next record
 * @record:	out; valid until the next call
 *
 * Records of a type that this library does not know are passed over. Every other one is as long as its type says, and its
 * strings lie inside it.
 *
 * Return: 1; 0 if there is none: after fcdl_stop(), at the end of a capture, or now (FCDL_OPEN_NONBLOCK); -EINTR, also if
 * the signal's handler was set with SA_RESTART; -EPROTO for what is no record, or a capture that ends in the middle of one;
 * another errno of read(2) or poll(2).
 */
int fcdl_next(struct fcdl_log *log, const struct fcdl_record **record);

/**
 * fcdl_fd() - a descriptor for poll(2): readable when fcdl_next() would find something new
 *
 * Poll only after fcdl_next() gave 0 (with FCDL_OPEN_NONBLOCK): the library may have read ahead, and it is then that the
 * kernel learns that the last record is done with.
 */
int fcdl_fd(const struct fcdl_log *log);

/** fcdl_get_status() - counters: events, lost ones, those read */
int fcdl_get_status(struct fcdl_log *log, struct fcdl_status *status);

/**
 * fcdl_string() - a string of a record
 * @record:	as fcdl_next() gave it
 * @str:	a member of it
 * @len:	out, may be NULL: its length
 *
 * Return: the string, NUL-terminated; NULL if there is none.
 */
const char *fcdl_string(const struct fcdl_record *record, const struct fcdl_str *str, size_t *len);

/** fcdl_op_name() - word for an operation, such as "unlink" or "close_write"; NULL for a number that has none */
const char *fcdl_op_name(unsigned int op);

#ifdef __cplusplus
}
#endif

#endif /* FCDL_H */
