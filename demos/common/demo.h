/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * demo.h - what the demonstration filters share as programs: options, the way in and out, and how things are printed
 */
#ifndef DEMO_H
#define DEMO_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "both.h"

/* exit codes of every demo */
#define DEMO_OK 0
#define DEMO_FAILED 1
#define DEMO_USAGE 2

/* Values of options that have no letter; those of a program's own options begin with DEMO_OPT_OWN. */
enum { DEMO_OPT_NAME = 256, DEMO_OPT_PRIORITY, DEMO_OPT_THREADS, DEMO_OPT_OWN };

/* Memory for a filter that changes data: room for 60 callers at a time with a piece of the largest size each. */
#define DEMO_DATA_ARENA_KIB 4096

#define DEMO_OPTIONS_HELP                                                                             \
	"      --name NAME       name of the filter; one name can be used once at a time\n"           \
	"      --priority N      priority of the filter; lower is asked first, no two are the same\n" \
	"      --threads N       threads that answer (default 1)\n"                                   \
	"  -h, --help            print this text\n"                                                   \
	"\n"                                                                                          \
	"Ends on SIGINT and SIGTERM. Exit codes: 0 done, 1 failed, 2 wrong usage.\n"

/**
 * struct demo - one demonstration filter
 * @program:	name of the program, for its messages
 * @usage:	text of --help
 * @name:	name of the filter, as the user gave it
 * @priority:	priority of the filter, as the user gave it
 * @flags:	RFS_FILTER_ bits
 * @threads:	threads that run callbacks
 * @arena_kib:	as in struct urfs_open_info
 * @paths:	the program's arguments
 * @path_count:	of them, at least 1
 * @conn:	the connection, between demo_open() and demo_close()
 * @filter:	registered, between demo_open() and demo_close()
 */
struct demo {
	const char *program;
	const char *usage;
	char *name;
	int priority;
	unsigned int flags;
	unsigned int threads;
	unsigned int arena_kib;
	char **paths;
	int path_count;
	struct urfs_conn conn;
	rfs_filter filter;
};

/**
 * demo_options() - read the command line
 * @more:	the program's own options, ended by a zeroed entry, or NULL
 * @take:	called for each of them with its value and argument; returns false for a bad argument after it said why
 *
 * Return: -1 to go on, or the exit code.
 */
int demo_options(struct demo *demo, int argc, char **argv, const struct option *more, bool (*take)(int opt, char *arg));

/**
 * demo_open() - connect and register the filter, inactive
 *
 * Makes the paths absolute. From here on SIGINT and SIGTERM stop demo_loop(), also if it has yet to begin.
 *
 * Return: an exit code; prints what is wrong.
 */
int demo_open(struct demo *demo);

/**
 * demo_include() - make every path of the command line a rule, with all that is below it
 *
 * Return: an exit code; prints what is wrong.
 */
int demo_include(struct demo *demo);

/**
 * demo_loop() - run callbacks until SIGINT or SIGTERM, and then, with the filter inactive, those that are queued
 *
 * Return: an exit code; prints what is wrong.
 */
int demo_loop(struct demo *demo);

/** demo_data_loop() - the same for a filter that changes data, which is active; says so */
int demo_data_loop(struct demo *demo);

/** demo_close() - undo demo_open(); the filter is gone when it returns */
void demo_close(struct demo *demo);

/**
 * demo_fail() - say what went wrong and the way out
 * @err:	negative errno
 * @what:	what it went wrong with, such as a path, or NULL
 *
 * Return: DEMO_FAILED.
 */
int demo_fail(const struct demo *demo, int err, const char *what);

/* ---- Words (words.c) ---- */

/** demo_errno_name() - name such as "EROFS" of a positive errno, or its number in static memory of the thread */
const char *demo_errno_name(int err);
/** demo_errno_parse() - positive errno of a name or number; 0 if there is none */
int demo_errno_parse(const char *name);
/**
 * demo_ops_error() - say on standard error what is wrong with a list, and which words of @may it could hold
 * @word:	as demo_ops_parse() gave it
 * @what:	what it is not, such as "an operation"
 */
void demo_ops_error(const char *program, const char *word, const char *what, uint64_t may);

/* ---- Output (print.c) ---- */

/** demo_print_name() - a name in quotes on one line: control characters, quotes and backslashes become \ooo */
void demo_print_name(FILE *out, const char *name);
/**
 * demo_print_json() - a name as a JSON string
 *
 * Return: false if the name is not UTF-8. Every wrong byte is then printed as U+FFFD; demo_print_hex() gives the rest.
 */
bool demo_print_json(FILE *out, const char *name);
/** demo_print_hex() - a name as a JSON string of hexadecimal digits */
void demo_print_hex(FILE *out, const char *name);

#endif /* DEMO_H */
