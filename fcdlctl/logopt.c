// SPDX-License-Identifier: GPL-2.0-or-later
/* What "log" and "replay" are asked to do, from their command lines. */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "args.h"
#include "escape.h"
#include "logopt.h"
#include "mem.h"
#include "parse.h"

/* What the log can tell of */
#define OPS_ALL (FCDL_OPS_CHANGES | 1ULL << RFS_OP_ATOMIC_OPEN | 1ULL << RFS_OP_OPEN | 1ULL << RFS_OP_RELEASE)

enum {
	O_OP = 256,
	O_UID,
	O_GID,
	O_PID,
	O_COMM,
	O_EXE,
	O_MATCH,
	O_FAILED,
	O_FORMAT,
	O_FOLLOW,
	O_FORCE,
	O_CLOCK,
	O_COUNT,
	O_FOR,
	O_OUTPUT,
	O_ROTATE,
	O_RING,
	O_FULL,
};

static const struct option long_options[] = {
	{ "op", required_argument, NULL, O_OP },
	{ "uid", required_argument, NULL, O_UID },
	{ "gid", required_argument, NULL, O_GID },
	{ "pid", required_argument, NULL, O_PID },
	{ "comm", required_argument, NULL, O_COMM },
	{ "exe", required_argument, NULL, O_EXE },
	{ "match", required_argument, NULL, O_MATCH },
	{ "failed", no_argument, NULL, O_FAILED },
	{ "format", required_argument, NULL, O_FORMAT },
	{ "follow-mounts", no_argument, NULL, O_FOLLOW },
	{ "force", no_argument, NULL, O_FORCE },
	{ "clock", required_argument, NULL, O_CLOCK },
	{ "count", required_argument, NULL, O_COUNT },
	{ "for", required_argument, NULL, O_FOR },
	{ "output", required_argument, NULL, O_OUTPUT },
	{ "rotate", required_argument, NULL, O_ROTATE },
	{ "ring", required_argument, NULL, O_RING },
	{ "when-full", required_argument, NULL, O_FULL },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

/* ---- Words and numbers ---- */

static int find_word(const char *const *words, const char *word)
{
	int i;

	for (i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* A whole number. Return: 0 or -EINVAL */
static int parse_number(const char *text, unsigned long long *number, const char **end)
{
	char *behind;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*number = strtoull(text, &behind, 10);
	*end = behind;
	return errno ? -EINVAL : 0;
}

/* The same with K, M or G behind it, perhaps */
static int parse_size(const char *text, unsigned long long *size)
{
	static const char units[] = "KMG";
	const char *end, *unit;
	unsigned int shift;

	if (parse_number(text, size, &end))
		return -EINVAL;
	if (!*end)
		return 0;
	unit = strchr(units, *end);
	if (!unit || end[1])
		return -EINVAL;
	shift = 10 * (unit - units + 1);
	if (*size > UINT64_MAX >> shift)
		return -EINVAL;
	*size <<= shift;
	return 0;
}

static int parse_id(const char *text, unsigned int key, uint32_t *id)
{
	const struct passwd *user;
	const struct group *group;
	unsigned long long number;
	const char *end;

	if (!parse_number(text, &number, &end)) {
		*id = number;
		return *end || number > UINT32_MAX ? -EINVAL : 0;
	}
	switch (key) {
	case FCDL_MATCH_UID:
		user = getpwnam(text);
		*id = user ? user->pw_uid : 0;
		return user ? 0 : -EINVAL;
	case FCDL_MATCH_GID:
		group = getgrnam(text);
		*id = group ? group->gr_gid : 0;
		return group ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* 1000, name, 1000-1999, each perhaps behind "!" */
static int parse_match(const char *text, unsigned int key, struct fcdl_match *match)
{
	char *copy, *dash;
	int err;

	memset(match, 0, sizeof(*match));
	match->key = key;
	if (*text == '!') {
		match->flags = FCDL_MATCH_EXCLUDE;
		text++;
	}
	if (key == FCDL_MATCH_COMM) {
		if (!*text || strlen(text) >= sizeof(match->comm))
			return -EINVAL;
		strcpy(match->comm, text);
		return 0;
	}
	copy = mem_copy(text);
	dash = *copy >= '0' && *copy <= '9' ? strchr(copy, '-') : NULL;
	if (dash)
		*dash = '\0';
	err = parse_id(copy, key, &match->first);
	match->last = match->first;
	if (!err && dash)
		err = parse_id(dash + 1, key, &match->last);
	free(copy);
	return err || match->first > match->last ? -EINVAL : 0;
}

static int add_match(struct logopt *opt, const char *word, unsigned int key)
{
	return parse_match(word, key, &opt->matches[opt->options.nr_matches++]);
}

static int add_op(struct logopt *opt, const char *word)
{
	bool out = *word == '!';
	unsigned int op;
	const char *name;

	word += out;
	if (strcmp(word, "all") == 0 && !out) {
		opt->options.ops = OPS_ALL;
		return 0;
	}
	for (op = 0; op < RFS_OP_MAX; op++) {
		name = OPS_ALL >> op & 1 ? fcdl_op_name(op) : NULL;
		if (!name || strcmp(name, word) != 0)
			continue;
		if (out && !opt->options.ops)
			opt->options.ops = FCDL_OPS_CHANGES;
		if (out)
			opt->options.ops &= ~(1ULL << op);
		else
			opt->options.ops |= 1ULL << op;
		return 0;
	}
	return -EINVAL;
}

static void add_word(struct words *words, char *text)
{
	bool out = *text == '!';
	char ***list = out ? &words->out : &words->in;
	size_t *nr = out ? &words->nr_out : &words->nr_in;

	*list = mem_grow(*list, *nr + 1, sizeof(**list));
	(*list)[(*nr)++] = text + out;
}

void logopt_free(struct logopt *opt)
{
	free(opt->exe.in);
	free(opt->exe.out);
	free(opt->match.in);
	free(opt->match.out);
}

/* ---- Does it fit? ---- */

static bool any_fits(char **patterns, size_t nr, const char *text)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (fnmatch(patterns[i], text, 0) == 0)
			return true;
	return false;
}

/*
 * Is it journald, at work on what it was told? It would be told of that work, and so on. By what it is and not by a name
 * that everybody can take; an --exe that asks for somebody asks for him whoever he is.
 */
static bool is_journald(const struct logopt *opt, const struct fcdl_event *event, const char *exe)
{
	return opt->feeds_journal && !opt->exe.nr_in && event->caller.euid == 0 &&
	       (strcmp(exe, "/usr/lib/systemd/systemd-journald") == 0 ||
		strcmp(exe, "/lib/systemd/systemd-journald") == 0);
}

bool logopt_wants(const struct logopt *opt, const struct fcdl_event *event)
{
	const char *first = fcdl_string(&event->record, &event->path[0], NULL);
	const char *second = fcdl_string(&event->record, &event->path[1], NULL);
	const char *exe = fcdl_string(&event->record, &event->exe, NULL);
	const struct words *m = &opt->match, *e = &opt->exe;

	/* what is unknown fits no pattern */
	first = first ? first : "";
	second = second ? second : "";
	exe = exe ? exe : "";
	/* a capture may hold any number */
	if (opt->options.ops && (event->op >= RFS_OP_MAX || !(opt->options.ops >> event->op & 1)))
		return false;
	if (is_journald(opt, event, exe))
		return false;
	if (e->nr_in && !any_fits(e->in, e->nr_in, exe))
		return false;
	if (any_fits(e->out, e->nr_out, exe))
		return false;
	if (m->nr_in && !any_fits(m->in, m->nr_in, first) && !any_fits(m->in, m->nr_in, second))
		return false;
	/* of two names one that is not excluded is enough */
	return !any_fits(m->out, m->nr_out, first) || (*second && !any_fits(m->out, m->nr_out, second));
}

/* ---- The command line ---- */

static int bad_value(const struct logopt *opt, const char *option, const char *value, const char *wanted)
{
	char *text = escape_text(value);

	usage_error(opt->command, "--%s: '%s' is not %s", option, text, wanted);
	free(text);
	return FCDLCTL_USAGE;
}

/* newest, oldest or wait:MILLISECONDS */
static int parse_full(struct logopt *opt, const char *text)
{
	long ms;

	if (strcmp(text, "newest") == 0) {
		opt->options.policy = FCDL_POLICY_NEWEST;
	} else if (strcmp(text, "oldest") == 0) {
		opt->options.policy = FCDL_POLICY_OLDEST;
	} else if (strncmp(text, "wait:", 5) == 0 && !parse_ms(text + 5, 1, &ms) && ms >= 1 &&
		   ms <= FCDL_DEADLINE_MS_MAX) {
		opt->options.policy = FCDL_POLICY_WAIT;
		opt->options.deadline_ms = ms;
	} else {
		return -EINVAL;
	}
	return 0;
}

static bool takes(int option, bool replay)
{
	switch (option) {
	case O_UID:
	case O_GID:
	case O_PID:
	case O_COMM:
	case O_FAILED:
	case O_FOLLOW:
	case O_FORCE:
	case O_FOR:
	case O_RING:
	case O_FULL:
		return !replay;
	default:
		return true;
	}
}

/* The value of --op, --uid, --gid, --pid or --comm: a list with commas. Return: LOGOPT_RUN or FCDLCTL_USAGE */
static int take_list(struct logopt *opt, const char *option, const char *list, unsigned int key)
{
	static const char *const wanted[] = {
		[0] = "an operation of the log ('man fcdlctl' lists them)",
		[FCDL_MATCH_UID] = "a user, a number, or a range of numbers",
		[FCDL_MATCH_GID] = "a group, a number, or a range of numbers",
		[FCDL_MATCH_PID] = "a number, or a range of numbers",
		[FCDL_MATCH_COMM] = "a name of 1 to 15 bytes",
	};
	char *copy = mem_copy(list), *rest = copy, *word;
	int code = LOGOPT_RUN;

	while (code == LOGOPT_RUN && (word = strsep(&rest, ","))) {
		if (key && opt->options.nr_matches == FCDL_MATCHES_MAX)
			code = usage_error(opt->command, "--%s: more than %d users, groups, processes and names",
					   option, FCDL_MATCHES_MAX);
		else if (key ? add_match(opt, word, key) : add_op(opt, word))
			code = bad_value(opt, option, word, wanted[key]);
	}
	/* 0 would be taken for the default */
	if (code == LOGOPT_RUN && !key && !opt->options.ops)
		code = usage_error(opt->command, "--%s: it leaves no operation", option);
	free(copy);
	return code;
}

/* One option and its value. Return: LOGOPT_RUN or FCDLCTL_USAGE */
static int take(struct logopt *opt, int option, const char *name, char *value)
{
	static const char *const formats[] = { "text", "json", "csv", "raw", "journal", NULL };
	static const char *const clocks[] = { "wall", "mono", "boot", NULL };
	unsigned long long size;
	const char *end;
	int word;

	switch (option) {
	case O_OP:
		return take_list(opt, name, value, 0);
	case O_UID:
		return take_list(opt, name, value, FCDL_MATCH_UID);
	case O_GID:
		return take_list(opt, name, value, FCDL_MATCH_GID);
	case O_PID:
		return take_list(opt, name, value, FCDL_MATCH_PID);
	case O_COMM:
		return take_list(opt, name, value, FCDL_MATCH_COMM);
	case O_EXE:
		add_word(&opt->exe, value);
		break;
	case O_MATCH:
		add_word(&opt->match, value);
		break;
	case O_FAILED:
		opt->options.flags |= FCDL_SETUP_FAILED;
		break;
	case O_FORMAT:
		word = find_word(formats, value);
		if (word < 0)
			return bad_value(opt, name, value, "text, json, csv, raw or journal");
		opt->format = word;
		break;
	case O_FOLLOW:
		opt->follow = true;
		break;
	case O_FORCE:
		opt->force = true;
		break;
	case O_CLOCK:
		word = find_word(clocks, value);
		if (word < 0)
			return bad_value(opt, name, value, "wall, mono or boot");
		opt->clock = word;
		break;
	case O_COUNT:
		if (parse_number(value, &opt->count, &end) || *end || !opt->count)
			return bad_value(opt, name, value, "a number from 1 on");
		break;
	case O_FOR:
		if (parse_ms(value, 1000, &opt->for_ms))
			return bad_value(opt, name, value, "a time such as 10, 5s or 500ms");
		break;
	case O_OUTPUT:
		opt->output = value;
		break;
	case O_ROTATE:
		if (parse_size(value, &opt->rotate) || opt->rotate < 4096)
			return bad_value(opt, name, value, "a size from 4096 on, such as 10M");
		break;
	case O_RING:
		if (parse_size(value, &size) || !size || size > 1ULL << 30)
			return bad_value(opt, name, value, "a size up to 1G, such as 4M");
		opt->options.ring_size = size;
		break;
	case O_FULL:
		if (parse_full(opt, value))
			return bad_value(opt, name, value, "newest, oldest or wait:1 to wait:1000");
		break;
	case 'j':
		opt->format = LOG_JSON;
		break;
	}
	return LOGOPT_RUN;
}

/* What fits each option, but not the others. Return: LOGOPT_RUN or FCDLCTL_USAGE */
static int check(const struct logopt *opt)
{
	if (opt->rotate && !opt->output)
		return usage_error(opt->command, "--rotate needs --output");
	if (opt->output && opt->format == LOG_JOURNAL)
		return usage_error(opt->command, "--format journal writes to no file, which --output names");
	if (opt->format == LOG_RAW && !opt->output && isatty(STDOUT_FILENO))
		return usage_error(opt->command, "--format raw is not for a terminal; --output writes a file");
	return LOGOPT_RUN;
}

int logopt_parse(struct logopt *opt, bool replay, bool json, int argc, char **argv)
{
	int option, index = 0, code = LOGOPT_RUN;

	memset(opt, 0, sizeof(*opt));
	opt->command = replay ? "replay" : "log";
	opt->options.size = sizeof(opt->options);
	opt->options.matches = opt->matches;
	opt->format = json ? LOG_JSON : LOG_TEXT;
	opt->for_ms = -1;
	optind = 0;
	opterr = 0;
	while (code == LOGOPT_RUN && (option = getopt_long(argc, argv, ":j", long_options, &index)) != -1) {
		if (option == ':')
			code = usage_error(opt->command, "option %s needs a value", argv[optind - 1]);
		else if (option == '?')
			code = option_error(opt->command, argv);
		else if (!takes(option, replay))
			code = usage_error(opt->command, "option --%s is for log only", long_options[index].name);
		else
			code = take(opt, option, long_options[index].name, optarg);
	}
	if (code == LOGOPT_RUN)
		code = check(opt);
	opt->feeds_journal = opt->format == LOG_JOURNAL && !replay;
	if (code != LOGOPT_RUN)
		logopt_free(opt);
	opt->nr_args = argc - optind;
	opt->args = argv + optind;
	return code;
}
