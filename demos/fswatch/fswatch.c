// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fswatch - who changes something below a directory that belongs to somebody else?
 *
 * A service's directory must belong to one user, and somebody worked in it as root: fswatch prints each change made by
 * anyone but the expected user, and its exit code tells whether there was one. The kernel compares the users, so nothing
 * wakes fswatch up but what it is there for.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fcdl.h>

#include "../common/demo.h"

/* The expected user was not alone */
#define FSWATCH_OTHERS 3

static const char usage[] =
	"Usage: fswatch --expect-user USER [OPTION]... DIRECTORY\n"
	"Print every change below DIRECTORY that anyone but USER (a name or a number) makes.\n"
	"\n"
	"      --for SECONDS     stop after so long\n"
	"      --count N         stop after N changes by others\n"
	"  -h, --help            print this text\n"
	"\n"
	"Ends on SIGINT and SIGTERM, too. Exit codes: 0 nobody else changed anything, 1 failed (or changes were lost, so that\n"
	"nobody knows), 2 wrong usage, 3 somebody else changed something.\n";

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* Return: whether @text names a user */
static bool find_user(const char *text, unsigned int *uid)
{
	const struct passwd *user;
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && number < UINT_MAX) {
		*uid = number;
		return true;
	}
	user = getpwnam(text);
	if (user)
		*uid = user->pw_uid;
	return user;
}

static bool parse_number(const char *text, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *number > 0 && *number <= INT_MAX / 1000;
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "fswatch: %s: %s\n", what, strerror(-err));
	return DEMO_FAILED;
}

/* name (uid 1000): what and where */
static void print_event(const struct fcdl_event *e)
{
	const char *first = fcdl_string(&e->record, &e->path[0], NULL), *op = fcdl_op_name(e->op);
	const char *second = fcdl_string(&e->record, &e->path[1], NULL);
	const struct passwd *user = getpwuid(e->caller.euid);
	time_t when = e->record.wall_ns / 1000000000;
	char time[32];
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", &tm);
	printf("%s %s (uid %u, gid %u, login %d, pid %u, ", time, user ? user->pw_name : "?", e->caller.euid,
	       e->caller.egid, (int)e->caller.loginuid, e->caller.pid);
	demo_print_name(stdout, e->caller.comm);
	printf(") %s ", op ? op : "?");
	demo_print_name(stdout, first ? first : "?");
	if (second) {
		printf(" -> ");
		demo_print_name(stdout, second);
	}
	printf("\n");
	fflush(stdout);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Until the time is over, or a signal. Return: exit code */
static int watch(struct fcdl_log *log, long seconds, long count)
{
	struct pollfd pfd = { .fd = fcdl_fd(log), .events = POLLIN };
	long long end = now_ms() + seconds * 1000, left;
	unsigned long long others = 0, lost = 0;
	const struct fcdl_record *r;
	struct timespec timeout;
	bool over = false;
	sigset_t none;
	int got;

	sigemptyset(&none);
	for (;;) {
		while ((got = fcdl_next(log, &r)) > 0) {
			if (r->type == FCDL_LOST)
				lost += ((const struct fcdl_lost *)r)->count;
			if (r->type != FCDL_EVENT)
				continue;
			print_event((const struct fcdl_event *)r);
			if (++others == (unsigned long long)count) {
				over = true;
				break;
			}
		}
		if (got < 0)
			return fail("/dev/fcdl", got);
		if (over)
			break;
		left = seconds ? end - now_ms() : 1;
		if (stopped || left <= 0) {
			/* once more, for what came until now */
			fcdl_stop(log);
			over = true;
			continue;
		}
		timeout.tv_sec = left / 1000;
		timeout.tv_nsec = left % 1000 * 1000000;
		ppoll(&pfd, 1, seconds ? &timeout : NULL, &none);
	}
	if (lost) {
		fprintf(stderr, "fswatch: %llu changes were lost\n", lost);
		return others ? FSWATCH_OTHERS : DEMO_FAILED;
	}
	return others ? FSWATCH_OTHERS : DEMO_OK;
}

static int run(const char *directory, unsigned int uid, long seconds, long count)
{
	struct fcdl_match match = { .key = FCDL_MATCH_EUID, .flags = FCDL_MATCH_EXCLUDE, .first = uid, .last = uid };
	struct fcdl_options options = {
		.size = sizeof(options), .mode = FCDL_OPEN_NONBLOCK, .matches = &match, .nr_matches = 1
	};
	struct fcdl_log *log;
	char *path;
	int err;

	path = realpath(directory, NULL);
	if (!path)
		return fail(directory, -errno);
	err = fcdl_open(&log, &options);
	if (err) {
		free(path);
		if (err == -ENOENT)
			fprintf(stderr, "fswatch: load the module first: modprobe fcdl\n");
		return fail("/dev/fcdl", err);
	}
	err = fcdl_set_path(log, path, RFS_PATH_INCLUDE | RFS_PATH_SUBTREE);
	if (err >= 0)
		err = fcdl_run(log);
	if (err < 0) {
		err = fail(path, err);
	} else {
		fprintf(stderr, "fswatch: watching %s\n", path);
		err = watch(log, seconds, count);
	}
	fcdl_close(log);
	free(path);
	return err;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "expect-user", required_argument, NULL, 'u' },
						 { "for", required_argument, NULL, 'f' },
						 { "count", required_argument, NULL, 'c' },
						 { "help", no_argument, NULL, 'h' },
						 { NULL, 0, NULL, 0 } };
	long seconds = 0, count = 0;
	bool has_user = false;
	unsigned int uid = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 'h':
			fputs(usage, stdout);
			return DEMO_OK;
		case 'u':
			has_user = find_user(optarg, &uid);
			if (!has_user) {
				fprintf(stderr, "fswatch: there is no user %s\n", optarg);
				return DEMO_USAGE;
			}
			break;
		case 'f':
		case 'c':
			if (!parse_number(optarg, opt == 'f' ? &seconds : &count)) {
				fprintf(stderr, "fswatch: %s is not a number from 1 on\n", optarg);
				return DEMO_USAGE;
			}
			break;
		default:
			return DEMO_USAGE;
		}
	}
	if (!has_user || optind + 1 != argc) {
		fprintf(stderr, "fswatch: %s; try --help\n", has_user ? "which directory?" : "--expect-user is needed");
		return DEMO_USAGE;
	}
	catch_signals();
	return run(argv[optind], uid, seconds, count);
}
