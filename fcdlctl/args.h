/* SPDX-License-Identifier: GPL-2.0-or-later */
/* args.h - from a command line to a subcommand and its arguments */
#ifndef FCDLCTL_ARGS_H
#define FCDLCTL_ARGS_H

#include "fcdlctl.h"

/* args_parse() gives this if there is a command to run; everything else it gives is an exit code */
#define ARGS_RUN (-1)

/**
 * args_parse() - understand a command line
 * @argc:	as given to main()
 * @argv:	as given to main(); getopt may reorder it
 * @commands:	the subcommands, ended by NULL
 * @command:	out: the one to run
 * @args:	out: its arguments, which point into @argv
 *
 * Prints help to standard output and what is wrong to standard error.
 *
 * Return: ARGS_RUN; FCDLCTL_DONE after help or --version; FCDLCTL_USAGE.
 */
int args_parse(int argc, char **argv, const struct command *const *commands, const struct command **command,
	       struct args *args);

/** usage_error() - say what is wrong with the arguments of a command, and where help is. Return: FCDLCTL_USAGE. */
int usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** option_error() - usage_error() about the option that getopt stopped at */
int option_error(const char *command, char **argv);

#endif /* FCDLCTL_ARGS_H */
