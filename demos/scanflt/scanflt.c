// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scanflt - an on-access scanner: files that contain a pattern cannot be opened for reading, nor executed
 *
 * What is opened is read as the object that the kernel asks about, past all filters, and not by its name, which may lead
 * to another file by then. What was found clean is not asked about again until it changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/demo.h"

#define CHUNK 65536
#define PATTERN_MAX 4096

/* written before the loop begins and only read afterwards */
static char scan_pattern[PATTERN_MAX];
static size_t scan_length;
static int scan_errno = EPERM;
static bool scan_quietly;

/* Is the pattern in the file? Return: 1, 0, or a negative errno if it cannot be read. */
static int scan_file(int fd)
{
	static _Thread_local char buf[PATTERN_MAX + CHUNK];
	size_t have = 0;
	off_t at = 0;
	ssize_t n;

	for (;;) {
		n = pread(fd, buf + have, CHUNK, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		at += n;
		have += (size_t)n;
		if (memmem(buf, have, scan_pattern, scan_length))
			return 1;
		/* it may begin in this chunk and end in the next one */
		n = (ssize_t)(have < scan_length ? have : scan_length - 1);
		memmove(buf, buf + have - n, (size_t)n);
		have = (size_t)n;
	}
}

static void scan_say(const struct rfs_args *args, int found)
{
	struct demo_name name = { 0 };
	struct rfs_caller who;
	const char *path;

	rfs_caller(args, &who);
	path = demo_path(args, RFS_FIRST, &name);
	/* other threads' lines must not come in between */
	flockfile(stdout);
	printf("denied %s ", rfs_op_flags(args) & RFS_OPF_EXEC ? "exec" : "open");
	demo_print_name(stdout, path ? path : "?");
	printf(" to pid %u (", who.pid);
	demo_print_name(stdout, who.comm);
	if (found > 0)
		puts("): it contains the pattern");
	else
		printf("): it cannot be read: %s\n", strerror(-found));
	funlockfile(stdout);
	demo_name_free(&name);
}

/* Can what is in the file get to who opens it? */
static bool scan_matters(const struct rfs_args *args)
{
	unsigned int flags = rfs_open_flags(args);
	struct rfs_object object;

	/* it is empty when it has been opened */
	if (flags & O_TRUNC || (flags & O_ACCMODE) == O_WRONLY)
		return false;
	return !rfs_object(args, RFS_FIRST, &object) && S_ISREG(object.mode);
}

static enum rfs_retv scan_pre(rfs_context context, struct rfs_args *args)
{
	int fd, found;

	(void)context;
	if (!scan_matters(args))
		return RFS_CONTINUE;
	fd = urfs_open_object(args, RFS_FIRST);
	found = fd < 0 ? fd : scan_file(fd);
	if (fd >= 0)
		close(fd);
	if (!found) {
		rfs_remember(args);
		return RFS_CONTINUE;
	}
	/* what was not read is not clean */
	if (!scan_quietly)
		scan_say(args, found);
	rfs_set_result(args, -scan_errno);
	return RFS_STOP;
}

/* Large files take their time, and what could not be scanned does not get through. */
static int scan_policy(struct demo *demo)
{
	struct urfs_verdict deny = { URFS_DENY, (uint32_t)scan_errno };
	struct urfs_policy policy = {
		.size = sizeof(policy),
		.valid = URFS_POLICY_DEADLINE | URFS_POLICY_ON_TIMEOUT | URFS_POLICY_ON_OVERLOAD | URFS_POLICY_ON_EXIT,
		.deadline_ms = 60000,
		.on_timeout = deny,
		.on_overload = { URFS_WAIT, 0 },
		.on_exit = deny,
	};

	return urfs_set_policy(demo->filter, &policy);
}

static int scan_begin(struct demo *demo)
{
	struct rfs_op_info ops[] = { { .op_id = RFS_OP_OPEN, .pre_cb = scan_pre }, { .op_id = RFS_OP_END } };
	int err = rfs_set_operations(demo->filter, ops);

	if (!err)
		err = scan_policy(demo);
	if (err)
		return demo_fail(demo, err, NULL);
	if (demo_include(demo))
		return DEMO_FAILED;
	err = rfs_activate_filter(demo->filter);
	if (err)
		return demo_fail(demo, err, NULL);
	printf("scanflt: asked as '%s'; what contains %zu certain bytes, or cannot be scanned, is denied with %s\n",
	       demo->name, scan_length, demo_errno_name(scan_errno));
	return demo_loop(demo);
}

enum { OPT_PATTERN = DEMO_OPT_OWN, OPT_HEX, OPT_ERRNO, OPT_QUIET };

static const struct option scan_options[] = {
	{ "pattern", required_argument, NULL, OPT_PATTERN },
	{ "hex", required_argument, NULL, OPT_HEX },
	{ "errno", required_argument, NULL, OPT_ERRNO },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ 0 },
};

static const char scan_usage[] = "Usage: scanflt --pattern TEXT [OPTION]... PATH...\n"
				 "Deny reading and executing files below each PATH that contain a pattern.\n"
				 "\n"
				 "      --pattern TEXT    bytes to look for, 1 to 4096\n"
				 "      --hex DIGITS      the same, as two hexadecimal digits for each byte\n"
				 "      --errno NAME      error that the caller gets, such as EACCES (default EPERM)\n"
				 "      --quiet           do not print what was denied\n" DEMO_OPTIONS_HELP;

static bool scan_take_hex(const char *arg)
{
	unsigned int byte;
	int used;

	for (scan_length = 0; *arg && scan_length < PATTERN_MAX; arg += 2) {
		if (!strchr("0123456789abcdefABCDEF", arg[0]) || sscanf(arg, "%2x%n", &byte, &used) != 1 || used != 2)
			break;
		scan_pattern[scan_length++] = (char)byte;
	}
	if (*arg || !scan_length)
		fputs("scanflt: --hex takes two digits for each of 1 to 4096 bytes\n", stderr);
	return !*arg && scan_length;
}

static bool scan_take(int opt, char *arg)
{
	switch (opt) {
	case OPT_PATTERN:
		scan_length = strlen(arg);
		if (!scan_length || scan_length > PATTERN_MAX) {
			fputs("scanflt: the pattern has 1 to 4096 bytes\n", stderr);
			return false;
		}
		memcpy(scan_pattern, arg, scan_length);
		return true;
	case OPT_HEX:
		return scan_take_hex(arg);
	case OPT_ERRNO:
		scan_errno = demo_errno_parse(arg);
		if (!scan_errno)
			fprintf(stderr, "scanflt: '%s' is not an error: give a name such as EACCES, or 1 to 4095\n",
				arg);
		return scan_errno;
	default:
		scan_quietly = true;
		return true;
	}
}

int main(int argc, char **argv)
{
	static char name[] = "scanflt";
	struct demo demo = {
		.program = "scanflt",
		.usage = scan_usage,
		.name = name,
		.priority = 3500,
		/* a file that was opened by handle may be one of those that are guarded */
		.flags = RFS_FILTER_UNPLACED,
	};
	int code = demo_options(&demo, argc, argv, scan_options, scan_take);

	if (code >= 0)
		return code;
	if (!scan_length) {
		fputs("scanflt: say what to look for with --pattern or --hex\nTry 'scanflt --help'.\n", stderr);
		return DEMO_USAGE;
	}
	code = demo_open(&demo);
	if (code)
		return code;
	code = scan_begin(&demo);
	demo_close(&demo);
	return code;
}
