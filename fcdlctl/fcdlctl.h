/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fcdlctl.h - what the subcommands share: the table they are in, and their exit codes */
#ifndef FCDLCTL_H
#define FCDLCTL_H

#include <stdbool.h>

#include "rfs_version.h"

/* Exit codes; scripts rely on them. */
#define FCDLCTL_DONE 0
#define FCDLCTL_FAILED 1
#define FCDLCTL_USAGE 2

/* Options that a command may take beyond --json and --help. */
#define OPT_ALL 0x1
#define OPT_FORCE 0x2
#define OPT_TIMEOUT 0x4

/**
 * struct args - a command line that was understood
 * @json:	print JSON
 * @all:	--all
 * @force:	--force
 * @timeout_ms:	--timeout, in milliseconds; -1: not given
 * @count:	arguments that are no options
 * @values:	these
 */
struct args {
	bool json;
	bool all;
	bool force;
	long timeout_ms;
	int count;
	char **values;
};

/**
 * struct command - one subcommand
 * @name:	its word
 * @synopsis:	its arguments, for the usage line
 * @summary:	one line for the list of commands
 * @help:	the rest of its --help
 * @options:	OPT_ bits that it takes
 * @min:	fewest arguments that are no options
 * @max:	most; -1: any number
 * @run:	does it and returns an exit code
 * @own_options: it takes others, and gets the whole of its command line in args.values
 */
struct command {
	const char *name;
	const char *synopsis;
	const char *summary;
	const char *help;
	unsigned int options;
	int min;
	int max;
	int (*run)(const struct args *args);
	bool own_options;
};

extern const struct command cmd_list;
extern const struct command cmd_paths;
extern const struct command cmd_setpath;
extern const struct command cmd_delpath;
extern const struct command cmd_activate;
extern const struct command cmd_deactivate;
extern const struct command cmd_policy;
extern const struct command cmd_stats;
extern const struct command cmd_pending;
extern const struct command cmd_status;
extern const struct command cmd_detach;
extern const struct command cmd_version;
extern const struct command cmd_log;
extern const struct command cmd_replay;

#endif /* FCDLCTL_H */
