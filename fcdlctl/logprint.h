/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logprint.h - records of the log as text, JSON, CSV, entries of the journal or as they are, and where they go */
#ifndef FCDLCTL_LOGPRINT_H
#define FCDLCTL_LOGPRINT_H

#include <stdio.h>
#include "logopt.h"

/*
 * What a raw capture begins with; records follow as they were read. Each file of a rotated output is one.
 */
#define CAPTURE_MAGIC "fcdlraw\n"
struct capture {
	char magic[8];
	__u32 version; /* FCDL_ABI_VERSION; in another byte order than this machine's it is not that */
	__u32 reserved;
};

/**
 * struct sink - where records go
 * @opt:	how they look, and the file
 * @file:	it, or standard output; NULL: the journal
 * @bytes:	written to this file so far
 * @colour:	standard output is a terminal
 * @error:	errno of the first write that failed; nothing more is written
 */
struct sink {
	const struct logopt *opt;
	FILE *file;
	unsigned long long bytes;
	bool colour;
	int error;
};

/** sink_open() - Return: 0 or -errno; -EINVAL for a file that cannot be rotated */
int sink_open(struct sink *sink, const struct logopt *opt);
/** sink_flush() - what was printed is to be seen. Return: 0 or -errno, of any write so far */
int sink_flush(struct sink *sink);
/** sink_close() - Return: 0 or -errno; -EPIPE if nobody reads it any more */
int sink_close(struct sink *sink);

/** sink_record() - print a record, and begin a new file behind it if this one is long enough */
void sink_record(struct sink *sink, const struct fcdl_record *record);

/** sink_uncovered() - print that a mounted file system is not covered; with --format raw to standard error */
void sink_uncovered(struct sink *sink, const char *path, const char *type, int error);

/** sink_fail() - say why the output failed. Return: FCDLCTL_FAILED */
int sink_fail(const struct logopt *opt, int err);

/** log_fail() - say what went wrong with what, which may be any bytes. Return: FCDLCTL_FAILED */
int log_fail(const struct logopt *opt, const char *what, int err);

#endif /* FCDLCTL_LOGPRINT_H */
