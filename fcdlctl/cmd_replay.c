// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl replay */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "args.h"
#include "escape.h"
#include "fcdlctl.h"
#include "logopt.h"
#include "logprint.h"

/* Prints why a file is no capture. Return: -1 */
static int refuse(const struct logopt *opt, const char *why)
{
	char *name = escape_text(opt->args[0]);

	fprintf(stderr, "fcdlctl: replay: %s: %s\n", name, why);
	free(name);
	return -1;
}

/* Is the output to be what is read? It would be emptied first. */
static bool is_output(const struct logopt *opt, int fd)
{
	struct stat in, out;

	return opt->output && !fstat(fd, &in) && !stat(opt->output, &out) && S_ISREG(in.st_mode) &&
	       in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* Reads the head of a capture. Return: 0, or -1 after saying what is wrong */
static int read_head(const struct logopt *opt, int fd)
{
	struct capture capture;
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, (char *)&capture + used, sizeof(capture) - used);
		if (n > 0)
			used += n;
	} while (n > 0 && used < sizeof(capture));
	if (n < 0) {
		log_fail(opt, opt->args[0], -errno);
		return -1;
	}
	if (used < sizeof(capture) || memcmp(capture.magic, CAPTURE_MAGIC, sizeof(capture.magic)) != 0)
		return refuse(opt, "not a capture made with 'fcdlctl log --format raw'");
	if (capture.version != FCDL_ABI_VERSION)
		return refuse(opt, "made by another version of fcdlctl, or on another kind of machine");
	if (is_output(opt, fd))
		return refuse(opt, "this is what --output names, too");
	return 0;
}

/* Return: a descriptor behind the head of a capture, or -1 after saying why not */
static int open_capture(const struct logopt *opt)
{
	const char *name = opt->args[0];
	int fd = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		log_fail(opt, name, -errno);
		return -1;
	}
	if (read_head(opt, fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int replay(const struct logopt *opt, struct fcdl_log *log)
{
	unsigned long long events = 0, lost = 0;
	const struct fcdl_record *r;
	int got = 0, err, code = FCDLCTL_DONE;
	struct sink sink;

	err = sink_open(&sink, opt);
	if (err)
		return sink_fail(opt, err);
	while (!sink.error && (!opt->count || events < opt->count)) {
		got = fcdl_next(log, &r);
		if (got <= 0)
			break;
		if (r->type == FCDL_LOST)
			lost += ((const struct fcdl_lost *)r)->count;
		if (r->type == FCDL_EVENT && !logopt_wants(opt, (const struct fcdl_event *)r))
			continue;
		sink_record(&sink, r);
		events += r->type == FCDL_EVENT && !sink.error;
	}
	err = sink_close(&sink);
	fprintf(stderr, "fcdlctl: replay: %llu events, %llu lost\n", events, lost);
	if (got == -EPROTO) {
		refuse(opt, "it is damaged or cut off; what was printed is good");
		code = FCDLCTL_FAILED;
	} else if (got < 0) {
		code = log_fail(opt, opt->args[0], got);
	}
	return err && err != -EPIPE ? sink_fail(opt, err) : code;
}

/* Return: exit code */
static int replay_file(const struct logopt *opt)
{
	struct fcdl_log *log;
	int code, fd, err;

	fd = open_capture(opt);
	if (fd < 0)
		return FCDLCTL_FAILED;
	err = fcdl_open_fd(&log, fd);
	if (err) {
		close(fd);
		return log_fail(opt, opt->args[0], err);
	}
	code = replay(opt, log);
	fcdl_close(log);
	return code;
}

static int run(const struct args *args)
{
	struct logopt opt;
	int code;

	code = logopt_parse(&opt, true, args->json, args->count, args->values);
	if (code != LOGOPT_RUN)
		return code;
	code = opt.nr_args == 1 ? replay_file(&opt) : usage_error("replay", "it takes one FILE; '-' is standard input");
	logopt_free(&opt);
	return code;
}

const struct command cmd_replay = {
	.name = "replay",
	.synopsis = "[OPTION...] FILE",
	.summary = "print what 'log --format raw' wrote, in any format",
	.help = "FILE may be '-', standard input.\n"
		"\n"
		"      --op LIST, --exe GLOB, --match GLOB, --format FORMAT, --clock CLOCK, --count N,\n"
		"      --output FILE, --rotate SIZE: as for log\n",
	.min = 0,
	.max = -1,
	.run = run,
	.own_options = true,
};
