// SPDX-License-Identifier: GPL-2.0-or-later
/* From a command line to a subcommand and its arguments. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "escape.h"
#include "parse.h"

enum { LONG_ALL = 256, LONG_FORCE, LONG_TIMEOUT };

static const struct option global_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const struct option command_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "all", no_argument, NULL, LONG_ALL },
	{ "force", no_argument, NULL, LONG_FORCE },
	{ "timeout", required_argument, NULL, LONG_TIMEOUT },
	{ NULL, 0, NULL, 0 },
};

int usage_error(const char *command, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "fcdlctl: ");
	if (command)
		fprintf(stderr, "%s: ", command);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	if (command)
		fprintf(stderr, "\nTry 'fcdlctl %s --help'.\n", command);
	else
		fprintf(stderr, "\nTry 'fcdlctl --help'.\n");
	return FCDLCTL_USAGE;
}

static int help_all(const struct command *const *commands)
{
	printf("Usage: fcdlctl [--json] COMMAND [ARGUMENT...]\n"
	       "List and change the file system filters of this machine.\n\n"
	       "Commands:\n");
	for (; *commands; commands++)
		printf("  %-11s %s\n", (*commands)->name, (*commands)->summary);
	printf("\n"
	       "Options:\n"
	       "  -j, --json     print JSON\n"
	       "  -h, --help     help; after COMMAND: help for it\n"
	       "  -V, --version  version of fcdlctl ('fcdlctl version': of the module too)\n"
	       "\n"
	       "Exit codes: 0 done, 1 failed, 2 wrong usage.\n"
	       "If a filter denies so much that no program starts: echo 1 > /sys/module/redirfs/parameters/bypass\n");
	return FCDLCTL_DONE;
}

static int help_one(const struct command *command)
{
	printf("Usage: fcdlctl %s%s%s\n%s\n\n%s", command->name, command->synopsis[0] ? " " : "", command->synopsis,
	       command->summary, command->help);
	printf("%sOptions:\n", command->help[0] ? "\n" : "");
	if (command->options & OPT_ALL)
		printf("      --all        every filter, asking none of them\n");
	if (command->options & OPT_FORCE)
		printf("      --force      attach a file system that is not on the tested list\n");
	if (command->options & OPT_TIMEOUT)
		printf("      --timeout N  give up after N seconds (500ms, 5s)\n");
	printf("  -j, --json       print JSON\n"
	       "  -h, --help       this help\n");
	return FCDLCTL_DONE;
}

static const struct command *find(const struct command *const *commands, const char *name)
{
	for (; *commands; commands++)
		if (strcmp((*commands)->name, name) == 0)
			return *commands;
	return NULL;
}

/* usage_error() about a word that may hold anything, which goes where @format has its %s */
static int word_error(const char *command, const char *format, const char *word)
{
	char *text = escape_text(word);

	usage_error(command, format, text);
	free(text);
	return FCDLCTL_USAGE;
}

int option_error(const char *command, char **argv)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	return word_error(command, "unknown option %s", optopt && optopt < 256 ? letter : argv[optind - 1]);
}

static int check_count(const struct command *command, const struct args *args)
{
	if (args->count < command->min)
		return usage_error(command->name, "too few arguments; it takes: %s", command->synopsis);
	if (command->max >= 0 && args->count > command->max)
		return word_error(command->name, "one argument too many: '%s'", args->values[command->max]);
	return ARGS_RUN;
}

/* What is no option of the others is the command's business, but for help. */
static int leave_options(int argc, char **argv, const struct command *command, struct args *args)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return help_one(command);
	args->count = argc;
	args->values = argv;
	return ARGS_RUN;
}

static int parse_command(int argc, char **argv, const struct command *command, struct args *args)
{
	unsigned int given = 0;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, ":jh", command_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			args->json = true;
			break;
		case 'h':
			return help_one(command);
		case LONG_ALL:
			given |= OPT_ALL;
			args->all = true;
			break;
		case LONG_FORCE:
			given |= OPT_FORCE;
			args->force = true;
			break;
		case LONG_TIMEOUT:
			given |= OPT_TIMEOUT;
			if (parse_ms(optarg, 1000, &args->timeout_ms))
				return word_error(command->name,
						  "--timeout: '%s' is not a time such as 10, 5s or 500ms", optarg);
			break;
		case ':':
			return word_error(command->name, "option %s needs a value", argv[optind - 1]);
		default:
			return option_error(command->name, argv);
		}
		if (given & ~command->options)
			return word_error(command->name, "unknown option %s", argv[optind - 1]);
	}
	args->count = argc - optind;
	args->values = argv + optind;
	return check_count(command, args);
}

int args_parse(int argc, char **argv, const struct command *const *commands, const struct command **command,
	       struct args *args)
{
	int option;

	*args = (struct args){ .timeout_ms = -1 };
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, "+:jhV", global_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			args->json = true;
			break;
		case 'h':
			return help_all(commands);
		case 'V':
			printf("fcdlctl %s\n", RFS_RELEASE);
			return FCDLCTL_DONE;
		default:
			return option_error(NULL, argv);
		}
	}
	if (optind >= argc)
		return usage_error(NULL, "which command?");
	argc -= optind;
	argv += optind;
	*command = find(commands, argv[0]);
	if (!*command)
		return word_error(NULL, "no command '%s'", argv[0]);
	if ((*command)->own_options)
		return leave_options(argc, argv, *command, args);
	return parse_command(argc, argv, *command, args);
}
