/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logopt.h - what "log" and "replay" are asked to do, from their command lines */
#ifndef FCDLCTL_LOGOPT_H
#define FCDLCTL_LOGOPT_H

#include <stdbool.h>
#include <stddef.h>
#include "fcdl.h"

enum log_format { LOG_TEXT, LOG_JSON, LOG_CSV, LOG_RAW, LOG_JOURNAL };
enum log_clock { LOG_WALL, LOG_MONO, LOG_BOOT };

/** struct words - texts, those behind "!" in a list of their own */
struct words {
	size_t nr_in, nr_out;
	char **in, **out;
};

/**
 * struct logopt - a command line that was understood
 * @command:	"log" or "replay", for messages
 * @format:	how records are printed
 * @clock:	which of their times
 * @options:	for fcdl_open(); its matches are in @matches
 * @matches:	--uid, --gid, --pid, --comm
 * @exe:	--exe: paths of executables
 * @match:	--match: glob patterns for paths
 * @follow:	--follow-mounts
 * @force:	--force
 * @count:	--count: stop after so many events; 0: never
 * @for_ms:	--for: stop after so long; -1: never
 * @output:	--output: file; NULL: standard output
 * @rotate:	--rotate: begin a new file when it has so many bytes; 0: never
 * @feeds_journal: what is logged now goes to the journal
 * @nr_args:	paths, or for replay the file
 * @args:	these
 */
struct logopt {
	const char *command;
	enum log_format format;
	enum log_clock clock;
	struct fcdl_options options;
	struct fcdl_match matches[FCDL_MATCHES_MAX];
	struct words exe;
	struct words match;
	bool follow;
	bool force;
	unsigned long long count;
	long for_ms;
	const char *output;
	unsigned long long rotate;
	bool feeds_journal;
	int nr_args;
	char **args;
};

/* What logopt_parse() gives if there is something to do; everything else it gives is an exit code */
#define LOGOPT_RUN (-1)

/**
 * logopt_parse() - understand the command line of "log", or of "replay"
 * @opt:	out; for logopt_free() if it gives LOGOPT_RUN
 *
 * Prints what is wrong to standard error.
 */
int logopt_parse(struct logopt *opt, bool replay, bool json, int argc, char **argv);
void logopt_free(struct logopt *opt);

/** logopt_wants() - does an event fit what is compared here (the rest the kernel compares)? */
bool logopt_wants(const struct logopt *opt, const struct fcdl_event *event);

#endif /* FCDLCTL_LOGOPT_H */
