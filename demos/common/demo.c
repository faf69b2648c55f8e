// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * demo.c - the way in and out that the demonstration filters share
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "demo.h"

#define THREADS_MAX 256
/* as many as the module's parameter max_pending lets be queued at most */
#define DRAIN_MAX 1048576

/* The connection that a signal stops. A handler can only reach what is global. */
static struct urfs_conn *demo_stoppable;

static void demo_on_signal(int signal)
{
	(void)signal;
	urfs_stop(demo_stoppable);
}

/*
 * Stop on a signal from now on, or end at once as other programs do. The calls of the program that a signal comes into go
 * on: half a line must not get lost.
 */
static void demo_stop_on_signals(struct urfs_conn *conn)
{
	struct sigaction action = { .sa_flags = SA_RESTART };

	action.sa_handler = conn ? demo_on_signal : SIG_DFL;
	if (conn)
		demo_stoppable = conn;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static bool demo_number(const char *text, long min, long max, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(text, &end, 10);
	return !errno && end != text && !*end && *number >= min && *number <= max;
}

static int demo_wrong_usage(const struct demo *demo)
{
	fprintf(stderr, "Try '%s --help'.\n", demo->program);
	return DEMO_USAGE;
}

static bool demo_take(struct demo *demo, int opt, char *arg)
{
	long number;

	switch (opt) {
	case DEMO_OPT_NAME:
		demo->name = arg;
		return true;
	case DEMO_OPT_PRIORITY:
		if (!demo_number(arg, INT_MIN, INT_MAX, &number)) {
			fprintf(stderr, "%s: '%s' is not a priority: give a whole number\n", demo->program, arg);
			return false;
		}
		demo->priority = (int)number;
		return true;
	case DEMO_OPT_THREADS:
		if (!demo_number(arg, 1, THREADS_MAX, &number)) {
			fprintf(stderr, "%s: '%s' is not a number of threads: give 1 to %d\n", demo->program, arg,
				THREADS_MAX);
			return false;
		}
		demo->threads = (unsigned int)number;
		return true;
	default:
		return false;
	}
}

int demo_options(struct demo *demo, int argc, char **argv, const struct option *more, bool (*take)(int opt, char *arg))
{
	static const struct option common[] = {
		{ "name", required_argument, NULL, DEMO_OPT_NAME },
		{ "priority", required_argument, NULL, DEMO_OPT_PRIORITY },
		{ "threads", required_argument, NULL, DEMO_OPT_THREADS },
		{ "help", no_argument, NULL, 'h' },
	};
	struct option all[32] = { { 0 } };
	size_t n = sizeof(common) / sizeof(common[0]);
	int opt;

	memcpy(all, common, sizeof(common));
	for (; more && more->name && n < 31; more++)
		all[n++] = *more;
	if (!demo->threads)
		demo->threads = 1;
	while ((opt = getopt_long(argc, argv, "h", all, NULL)) != -1) {
		if (opt == 'h') {
			fputs(demo->usage, stdout);
			return DEMO_OK;
		}
		if (opt == '?' || !(opt >= DEMO_OPT_OWN ? take(opt, optarg) : demo_take(demo, opt, optarg)))
			return demo_wrong_usage(demo);
	}
	demo->paths = argv + optind;
	demo->path_count = argc - optind;
	if (demo->path_count < 1) {
		fprintf(stderr, "%s: no PATH given\n", demo->program);
		return demo_wrong_usage(demo);
	}
	return -1;
}

int demo_fail(const struct demo *demo, int err, const char *what)
{
	fprintf(stderr, "%s: %s%s%s\n", demo->program, what ? what : "", what ? ": " : "", strerror(-err));
	switch (err) {
	case -EOPNOTSUPP:
		fputs("This file system or operation cannot be filtered. 'dmesg' says more.\n", stderr);
		break;
	case -ESTALE:
		fputs("The connection to urfs ended.\n", stderr);
		break;
	}
	return DEMO_FAILED;
}

static int demo_no_connection(const struct demo *demo, int err)
{
	fprintf(stderr, "%s: cannot connect to /dev/urfs: %s\n", demo->program, strerror(-err));
	switch (err) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		fputs("The module is not loaded. Load it with 'modprobe urfs'.\n", stderr);
		break;
	case -EACCES:
	case -EPERM:
		fputs("Only root may filter. Run it as root, for instance with sudo.\n", stderr);
		break;
	case -EPROTO:
	case -EPROTONOSUPPORT:
		fputs("The library and the module do not belong together. Install both from one version.\n", stderr);
		break;
	case -EMFILE:
	case -EUSERS:
		fputs("There are too many connections: see the parameter max_connections of urfs.\n", stderr);
		break;
	}
	return DEMO_FAILED;
}

static int demo_not_registered(const struct demo *demo, int err)
{
	fprintf(stderr, "%s: cannot register filter '%s' with priority %d: %s\n", demo->program, demo->name,
		demo->priority, strerror(-err));
	switch (err) {
	case -EEXIST:
		fputs("The name or the priority is taken: 'fcdlctl list' shows by whom; choose others with --name and --priority.\n",
		      stderr);
		break;
	case -EINVAL:
		fprintf(stderr, "A name has 1 to %d letters, digits, '_', '.' and '-'.\n", RFS_NAME_LEN);
		break;
	}
	return DEMO_FAILED;
}

/* Rules take absolute paths only. What is made here stays until the program ends. */
static int demo_absolute(struct demo *demo)
{
	int i;

	for (i = 0; i < demo->path_count; i++) {
		char *path = realpath(demo->paths[i], NULL);

		if (!path)
			return demo_fail(demo, -errno, demo->paths[i]);
		demo->paths[i] = path;
	}
	return DEMO_OK;
}

int demo_open(struct demo *demo)
{
	struct rfs_filter_info info = {
		.name = demo->name,
		.priority = demo->priority,
		.size = sizeof(info),
		.flags = demo->flags,
	};
	struct urfs_open_info how = { .size = sizeof(how), .arena_kib = demo->arena_kib };
	int err;

	/* a reader at the end of a pipe sees each line when it was written */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (demo_absolute(demo))
		return DEMO_FAILED;
	err = urfs_open_with(&demo->conn, &how);
	if (err)
		return demo_no_connection(demo, err);
	/* before anybody can wait for the filter: a signal then still lets its callers go, however early it comes */
	demo_stop_on_signals(&demo->conn);
	err = urfs_filter_alloc(&demo->filter, &demo->conn);
	if (err) {
		demo_fail(demo, err, NULL);
		goto close;
	}
	err = rfs_register_filter(&demo->filter, &info);
	if (err) {
		demo_not_registered(demo, err);
		goto free;
	}
	return DEMO_OK;
free:
	urfs_filter_free(demo->filter);
close:
	demo_stop_on_signals(NULL);
	urfs_close(&demo->conn);
	return DEMO_FAILED;
}

int demo_include(struct demo *demo)
{
	int i;

	for (i = 0; i < demo->path_count; i++) {
		struct rfs_path_info rule = {
			.path = demo->paths[i],
			.flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE,
		};
		int err = rfs_set_path(demo->filter, &rule);

		if (err)
			return demo_fail(demo, err, demo->paths[i]);
		if (rule.flags & RFS_PATH_REPLACED)
			fprintf(stderr, "%s: %s was given twice\n", demo->program, demo->paths[i]);
	}
	return DEMO_OK;
}

/*
 * What happened before the signal and is still queued is handled too. Once the filter is inactive nothing new comes, but
 * what operations tell that had begun before; the limit is for the case that somebody activates it again meanwhile.
 */
static int demo_drain(struct demo *demo)
{
	unsigned int n;
	int err = rfs_deactivate_filter(demo->filter);

	for (n = 0; !err && n < DRAIN_MAX; n++)
		err = urfs_dispatch(&demo->conn);
	if (err == -EAGAIN)
		return DEMO_OK;
	if (err)
		return demo_fail(demo, err, "what was queued is lost");
	fprintf(stderr, "%s: more than %d callbacks were queued; the rest is lost\n", demo->program, DRAIN_MAX);
	return DEMO_FAILED;
}

int demo_loop(struct demo *demo)
{
	int err;

	err = urfs_main_threads(&demo->conn, demo->filter, demo->threads);
	/* a second signal ends a program that hangs on its way out */
	demo_stop_on_signals(NULL);
	return err ? demo_fail(demo, err, NULL) : demo_drain(demo);
}

int demo_data_loop(struct demo *demo)
{
	printf("%s: changes data as '%s'; what cannot pass through it in time, or because it is gone, gets EIO\n",
	       demo->program, demo->name);
	return demo_loop(demo);
}

void demo_close(struct demo *demo)
{
	demo_stop_on_signals(NULL);
	rfs_unregister_filter(demo->filter);
	urfs_filter_free(demo->filter);
	urfs_close(&demo->conn);
}
