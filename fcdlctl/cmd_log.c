// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl log */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "fcdlctl.h"
#include "logopt.h"
#include "logprint.h"
#include "mem.h"
#include "mounts.h"
#include "path.h"
#include "service.h"

/* Records that are printed before signals, the time limit and new mounts have their turn: others may never stop */
#define BATCH 1000

/*
 * struct session - a log that is being followed
 * @paths:	the PATH arguments, absolute: what their rules are called
 * @roots:	the same without symbolic links, as mountinfo has them
 * @nr_paths:	of each
 * @printed:	events
 * @uncovered:	mounted file systems that are not covered
 */
struct session {
	struct logopt opt;
	struct fcdl_log *log;
	struct sink sink;
	struct mounts mounts;
	char **paths;
	char **roots;
	int nr_paths;
	unsigned long long printed;
	unsigned long long uncovered;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	interrupted = signal;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- Beginning ---- */

static int open_log(struct session *s)
{
	int err = fcdl_open(&s->log, &s->opt.options);

	switch (err) {
	case 0:
		return 0;
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		fprintf(stderr,
			"fcdlctl: log: /dev/fcdl is not there: the module is not loaded; load it with `modprobe fcdl`\n");
		return FCDLCTL_FAILED;
	case -EACCES:
		fprintf(stderr, "fcdlctl: log: /dev/fcdl: permission denied; run it as root\n");
		return FCDLCTL_FAILED;
	case -EMFILE:
		fprintf(stderr,
			"fcdlctl: log: too many logs are followed: the parameter max_readers of the module fcdl\n");
		return FCDLCTL_FAILED;
	case -EPERM:
		fprintf(stderr, "fcdlctl: log: --when-full wait needs root: it makes others wait\n");
		return FCDLCTL_FAILED;
	case -EPROTO:
		fprintf(stderr, "fcdlctl: log: the module fcdl is of another version than this program\n");
		return FCDLCTL_FAILED;
	default:
		return log_fail(&s->opt, "/dev/fcdl", err);
	}
}

/* What was asked for may be more than the module gives */
static void check_ring(struct session *s)
{
	struct fcdl_status status = {};

	if (!fcdl_get_status(s->log, &status) && status.ring_size < s->opt.options.ring_size)
		fprintf(stderr,
			"fcdlctl: log: --ring: %llu bytes, no more: the parameter ring_max_kib of the module fcdl\n",
			(unsigned long long)status.ring_size);
}

static void uncovered(void *data, const struct mount_point *mount, int error)
{
	struct session *s = data;

	s->uncovered++;
	sink_uncovered(&s->sink, mount->path, mount->type, error);
}

static int rule_flags(const struct session *s)
{
	return RFS_PATH_INCLUDE | RFS_PATH_SUBTREE | (s->opt.force ? RFS_PATH_FORCE : 0);
}

static bool follows_mounts(const struct session *s)
{
	return s->opt.follow || !s->opt.nr_args;
}

/* A PATH argument becomes a rule and, for the mounts below it, a root. Return: exit code */
static int set_path(struct session *s, const char *arg)
{
	char *path = path_absolute(arg, false), *root = NULL;
	int err = path ? fcdl_set_path(s->log, path, rule_flags(s)) : -errno;

	if (err >= 0) {
		root = realpath(path, NULL);
		err = root ? 0 : -errno;
	}
	if (err) {
		free(path);
		return err == -EOPNOTSUPP ? path_untested("log", arg, s->opt.force) : log_fail(&s->opt, arg, err);
	}
	s->paths[s->nr_paths] = path;
	s->roots[s->nr_paths++] = root;
	return FCDLCTL_DONE;
}

static int set_paths(struct session *s)
{
	int i, code = FCDLCTL_DONE;

	s->paths = mem_grow(NULL, s->opt.nr_args, sizeof(*s->paths));
	s->roots = mem_grow(NULL, s->opt.nr_args, sizeof(*s->roots));
	for (i = 0; i < s->opt.nr_args && code == FCDLCTL_DONE; i++)
		code = set_path(s, s->opt.args[i]);
	return code;
}

static void free_paths(struct session *s)
{
	while (s->nr_paths) {
		free(s->paths[--s->nr_paths]);
		free(s->roots[s->nr_paths]);
	}
	free(s->paths);
	free(s->roots);
}

static int scan(struct session *s)
{
	const struct mounts_scope scope = {
		.roots = s->roots,
		.nr_roots = s->nr_paths,
		.kept = s->paths,
		.nr_kept = s->nr_paths,
		.flags = rule_flags(s),
		.uncovered = uncovered,
		.data = s,
	};
	int err = mounts_scan(&s->mounts, s->log, &scope);

	return err ? log_fail(&s->opt, "/proc/self/mountinfo", err) : FCDLCTL_DONE;
}

/* ---- Following ---- */

static bool counted_all(const struct session *s)
{
	return s->opt.count && s->printed == s->opt.count;
}

/* Prints what is there, but no more than @max records. Return: 1: there may be more; 0: not now; errno */
static int print_some(struct session *s, unsigned int max)
{
	const struct fcdl_record *r;
	int got = 1;

	for (; max && !s->sink.error && !counted_all(s); max--) {
		got = fcdl_next(s->log, &r);
		if (got <= 0)
			break;
		if (r->type == FCDL_EVENT && !logopt_wants(&s->opt, (const struct fcdl_event *)r))
			continue;
		sink_record(&s->sink, r);
		s->printed += r->type == FCDL_EVENT && !s->sink.error;
	}
	return got;
}

/*
 * Waits for something to do, no longer than @ms (-1: for ever). Signals come in here without a gap behind the question
 * whether one came. Return: 1: a file system was mounted or unmounted; 0: something else; errno
 */
static int wait_for_more(struct session *s, int64_t ms)
{
	struct pollfd fds[3] = { { .fd = fcdl_fd(s->log), .events = POLLIN },
				 { .fd = follows_mounts(s) ? s->mounts.fd : -1, .events = POLLPRI },
				 { .fd = s->sink.file ? fileno(s->sink.file) : -1 } };
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	sigset_t set, before;
	int n = 0, err = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	if (!interrupted)
		n = ppoll(fds, 3, ms < 0 ? NULL : &time, &before);
	if (n < 0 && errno != EINTR)
		err = -errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (n <= 0)
		return err;
	/* who read the output went away: there need not be an event to find that out */
	if (fds[2].revents & (POLLERR | POLLHUP))
		s->sink.error = EPIPE;
	return fds[1].revents ? 1 : 0;
}

/* Until there is a reason to end it. Return: exit code */
static int follow(struct session *s)
{
	uint64_t end = now_ms() + s->opt.for_ms, now;
	int64_t wait;
	int got;

	for (;;) {
		got = print_some(s, BATCH);
		if (got < 0)
			return log_fail(&s->opt, "/dev/fcdl", got);
		if (sink_flush(&s->sink) || counted_all(s) || interrupted)
			return FCDLCTL_DONE;
		now = now_ms();
		if (s->opt.for_ms >= 0 && now >= end)
			return FCDLCTL_DONE;
		wait = s->opt.for_ms >= 0 ? (int64_t)(end - now) : -1;
		got = wait_for_more(s, got ? 0 : wait);
		if (got < 0)
			return log_fail(&s->opt, "poll", got);
		if (got && scan(s))
			return FCDLCTL_FAILED;
	}
}

static void print_summary(struct session *s, uint64_t begin)
{
	unsigned long long ms = now_ms() - begin;
	struct fcdl_status status = {};

	fcdl_get_status(s->log, &status);
	fprintf(stderr, "fcdlctl: log: %llu events, %llu lost, %llu.%03llu s", s->printed,
		(unsigned long long)status.lost, ms / 1000, ms % 1000);
	if (s->uncovered)
		fprintf(stderr, ", %llu mounted file systems not covered", s->uncovered);
	fprintf(stderr, "\n");
}

/* From the first rule to the last record. Return: exit code */
static int run_session(struct session *s)
{
	int code, err;

	code = set_paths(s);
	if (code == FCDLCTL_DONE && follows_mounts(s))
		code = scan(s);
	if (code != FCDLCTL_DONE)
		return code;
	err = fcdl_run(s->log);
	if (err)
		return log_fail(&s->opt, "/dev/fcdl", err);
	service_ready();
	code = follow(s);
	if (code != FCDLCTL_DONE)
		return code;
	/* what was recorded until now is printed */
	err = fcdl_stop(s->log);
	while (!err && !s->sink.error && !counted_all(s)) {
		err = print_some(s, BATCH);
		if (!err)
			break;
		err = err < 0 ? err : 0;
	}
	return err ? log_fail(&s->opt, "/dev/fcdl", err) : FCDLCTL_DONE;
}

static int run_with_output(struct session *s)
{
	uint64_t begin = now_ms();
	int code, err;

	err = sink_open(&s->sink, &s->opt);
	if (err)
		return sink_fail(&s->opt, err);
	code = run_session(s);
	err = sink_close(&s->sink);
	if (code == FCDLCTL_DONE)
		print_summary(s, begin);
	/* a reader that went away is a way to end it */
	return err && err != -EPIPE ? sink_fail(&s->opt, err) : code;
}

/*
 * The first signal ends the log with all that was recorded. If nobody takes that, as from a pipe that is full, the second
 * one ends the program.
 */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART | SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int run(const struct args *args)
{
	struct session s = {};
	int code, err;

	code = logopt_parse(&s.opt, false, args->json, args->count, args->values);
	if (code != LOGOPT_RUN)
		return code;
	s.opt.options.mode = FCDL_OPEN_NONBLOCK;
	catch_signals();
	code = open_log(&s);
	if (code == FCDLCTL_DONE) {
		check_ring(&s);
		err = mounts_open(&s.mounts);
		code = err ? log_fail(&s.opt, "/proc/self/mountinfo", err) : run_with_output(&s);
		mounts_close(&s.mounts);
	}
	fcdl_close(s.log);
	free_paths(&s);
	logopt_free(&s.opt);
	return code;
}

const struct command cmd_log = {
	.name = "log",
	.synopsis = "[OPTION...] [PATH...]",
	.summary = "follow who creates, deletes, renames and changes what",
	.help = "Below each PATH; without one, on everything that is mounted now and later.\n"
		"\n"
		"      --op LIST        create, mkdir, unlink, ..., close_write, open, release; all; !OP leaves one out\n"
		"      --uid LIST       who: numbers, names, ranges; !WHO leaves them out; likewise\n"
		"      --gid LIST, --pid LIST, --comm LIST\n"
		"      --exe GLOB       path of the executable; !GLOB leaves it out; may be given several times, and so may\n"
		"      --match GLOB     one of the names\n"
		"      --failed         also what failed, and what a filter denied\n"
		"      --format FORMAT  text, json, csv, raw or journal: to systemd's, as FCDL_...= fields\n"
		"      --clock CLOCK    wall, mono or boot\n"
		"      --follow-mounts  also what is, or gets, mounted below PATH\n"
		"      --force          also file systems that are not on the tested list\n"
		"      --count N        stop after N events\n"
		"      --for TIME       stop after so many seconds (500ms, 5s, 2m)\n"
		"      --output FILE    write to FILE, or to who listens at the socket FILE\n"
		"      --rotate SIZE    begin FILE anew when it has SIZE bytes; two older ones are kept\n"
		"      --ring SIZE      of the buffer in the kernel (such as 4M)\n"
		"      --when-full HOW  newest, oldest: which are lost; wait:MS: callers wait for so long first\n",
	.min = 0,
	.max = -1,
	.run = run,
	.own_options = true,
};
