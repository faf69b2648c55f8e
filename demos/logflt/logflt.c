// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * logflt - a filter that writes one line for each operation: when, who, what, where, result
 *
 * It asks for notifications after the operation, so nobody waits for it; should the kernel run out of room for them,
 * the loss is reported.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "../common/demo.h"

static bool log_json;
static uint64_t log_ops;

#define NS_PER_S 1000000000LL
#define LOG_BY_DEFAULT (RFS_OPF_DEFAULT_ALLOW | RFS_OPF_DEFAULT_DENY)

static long long log_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/*
 * What the wall clock is ahead of the monotonic one, whose time events have. Taken for each line, since somebody may set
 * the clock. If this thread loses its processor in between, another try tells better.
 */
static long long log_wall_offset(void)
{
	long long before, wall, after, best = 0, shortest = -1;
	int tries;

	for (tries = 0; tries < 5; tries++) {
		before = log_clock(CLOCK_MONOTONIC);
		wall = log_clock(CLOCK_REALTIME);
		after = log_clock(CLOCK_MONOTONIC);
		if (shortest >= 0 && after - before >= shortest)
			continue;
		shortest = after - before;
		best = wall - before - shortest / 2;
	}
	return best;
}

static void log_time(const struct rfs_args *args, char *text, size_t size)
{
	long long ns = (long long)rfs_time(args) + log_wall_offset();
	time_t s = (time_t)(ns / NS_PER_S);
	struct tm tm;
	size_t len;

	gmtime_r(&s, &tm);
	len = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, size - len, ".%06lldZ", ns % NS_PER_S / 1000);
}

/* What a setattr changes, in the words of the programs that do it. */
static void log_attr_words(const struct rfs_attr *attr, char *text, size_t size)
{
	static const struct {
		uint32_t bits;
		const char *word;
	} words[] = {
		{ RFS_ATTR_MODE, "chmod" },
		{ RFS_ATTR_UID | RFS_ATTR_GID, "chown" },
		{ RFS_ATTR_SIZE, "truncate" },
		{ RFS_ATTR_ATIME | RFS_ATTR_MTIME, "utimes" },
	};
	uint32_t valid = attr->valid;
	size_t i;

	/* the time stamps of a truncation or a change of owner are its consequence */
	if (valid & (RFS_ATTR_SIZE | RFS_ATTR_UID | RFS_ATTR_GID))
		valid &= ~(uint32_t)(RFS_ATTR_ATIME | RFS_ATTR_MTIME);
	/* set-id bits that fall away are one, too */
	if (valid & (RFS_ATTR_UID | RFS_ATTR_GID))
		valid &= ~(uint32_t)RFS_ATTR_MODE;
	text[0] = '\0';
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(valid & words[i].bits))
			continue;
		if (text[0])
			strncat(text, "+", size - strlen(text) - 1);
		strncat(text, words[i].word, size - strlen(text) - 1);
	}
}

static const char *log_what(const struct rfs_args *args, char *text, size_t size)
{
	struct rfs_attr attr;

	if (rfs_op(args) == RFS_OP_OPEN && rfs_op_flags(args) & RFS_OPF_EXEC)
		return "exec";
	if (!rfs_attr(args, &attr)) {
		log_attr_words(&attr, text, size);
		if (text[0])
			return text;
	}
	return rfs_op_name(rfs_op(args));
}

/* Where in the file, and how much: of what reads, writes and so on */
static bool log_range(const struct rfs_args *args, struct rfs_io *io)
{
	switch (rfs_op(args)) {
	case RFS_OP_READ:
	case RFS_OP_WRITE:
	case RFS_OP_MMAP:
	case RFS_OP_FALLOCATE:
	case RFS_OP_COPY_RANGE:
	case RFS_OP_REMAP_RANGE:
		return !rfs_io(args, io);
	default:
		return false;
	}
}

static void log_io(const struct rfs_args *args)
{
	struct rfs_io io;

	if (log_range(args, &io))
		printf(" at=%" PRIu64 "+%" PRIu64, (uint64_t)io.offset, (uint64_t)io.length);
}

static void log_line(const struct rfs_args *args)
{
	struct demo_name name = { 0 };
	char when[64], words[64];
	struct rfs_caller who;
	long result = rfs_result(args);

	rfs_caller(args, &who);
	log_time(args, when, sizeof(when));
	printf("%s pid=%u uid=%u ", when, who.pid, who.uid);
	demo_print_name(stdout, who.comm);
	printf(" %s ", log_what(args, words, sizeof(words)));
	if (demo_path(args, RFS_FIRST, &name))
		demo_print_name(stdout, name.text);
	else
		fputs("?", stdout);
	if (demo_path(args, RFS_SECOND, &name)) {
		fputs(" -> ", stdout);
		demo_print_name(stdout, name.text);
	}
	if (demo_target(args, &name)) {
		fputs(" -> ", stdout);
		demo_print_name(stdout, name.text);
	}
	log_io(args);
	printf(" %s%s\n", result < 0 ? demo_errno_name((int)-result) : "ok",
	       rfs_op_flags(args) & LOG_BY_DEFAULT ? " (by default)" : "");
	demo_name_free(&name);
}

static void log_json_name(const char *key, const char *name)
{
	printf(",\"%s\":", key);
	if (demo_print_json(stdout, name))
		return;
	printf(",\"%s_hex\":", key);
	demo_print_hex(stdout, name);
}

static void log_json_attr(const struct rfs_args *args)
{
	struct rfs_attr attr;

	if (rfs_attr(args, &attr))
		return;
	if (attr.valid & RFS_ATTR_MODE)
		printf(",\"new_mode\":%u", attr.mode);
	if (attr.valid & RFS_ATTR_UID)
		printf(",\"new_uid\":%u", attr.uid);
	if (attr.valid & RFS_ATTR_GID)
		printf(",\"new_gid\":%u", attr.gid);
	if (attr.valid & RFS_ATTR_SIZE)
		printf(",\"new_size\":%" PRIu64, (uint64_t)attr.size);
}

static void log_json_io(const struct rfs_args *args)
{
	struct rfs_io io;

	if (log_range(args, &io))
		printf(",\"offset\":%" PRIu64 ",\"length\":%" PRIu64, (uint64_t)io.offset, (uint64_t)io.length);
}

static void log_json_line(const struct rfs_args *args)
{
	struct demo_name name = { 0 };
	char when[64], words[64];
	struct rfs_object object;
	struct rfs_caller who;
	long result = rfs_result(args);

	rfs_caller(args, &who);
	log_time(args, when, sizeof(when));
	printf("{\"time\":\"%s\",\"op\":\"%s\",\"what\":\"%s\",\"pid\":%u,\"tid\":%u,\"ppid\":%u,\"uid\":%u,\"gid\":%u,\"euid\":%u,\"egid\":%u",
	       when, rfs_op_name(rfs_op(args)), log_what(args, words, sizeof(words)), who.pid, who.tid, who.ppid,
	       who.uid, who.gid, who.euid, who.egid);
	if (who.loginuid != (uint32_t)-1)
		printf(",\"loginuid\":%u", who.loginuid);
	log_json_name("comm", who.comm);
	if (demo_exe(args, &name))
		log_json_name("exe", name.text);
	if (demo_path(args, RFS_FIRST, &name))
		log_json_name("path", name.text);
	if (demo_path(args, RFS_SECOND, &name))
		log_json_name("path2", name.text);
	if (demo_target(args, &name))
		log_json_name("target", name.text);
	demo_name_free(&name);
	if (!rfs_object(args, RFS_FIRST, &object) && object.valid & RFS_OBJECT_EXISTS)
		printf(",\"dev\":%" PRIu64 ",\"ino\":%" PRIu64 ",\"mode\":%u,\"nlink\":%u,\"size\":%" PRIu64,
		       (uint64_t)object.dev, (uint64_t)object.ino, object.mode, object.nlink, (uint64_t)object.size);
	log_json_attr(args);
	log_json_io(args);
	printf(",\"result\":%ld", result);
	if (result < 0)
		printf(",\"error\":\"%s\"", demo_errno_name((int)-result));
	if (rfs_op_flags(args) & LOG_BY_DEFAULT)
		fputs(",\"by_default\":true", stdout);
	puts("}");
}

static enum rfs_retv log_post(rfs_context context, struct rfs_args *args)
{
	(void)context;
	/* other threads' lines must not come in between */
	flockfile(stdout);
	if (log_json)
		log_json_line(args);
	else
		log_line(args);
	funlockfile(stdout);
	return RFS_CONTINUE;
}

static void log_library(void *data, enum urfs_log_level level, const char *text)
{
	(void)data;
	if (level <= URFS_LOG_WARNING)
		fprintf(stderr, "logflt: %s\n", text);
}

static int log_begin(struct demo *demo)
{
	struct rfs_op_info ops[RFS_OP_MAX + 1] = { { .op_id = RFS_OP_END } };
	size_t n = 0;
	int op, err;

	for (op = 1; op < RFS_OP_MAX; op++) {
		if (!(log_ops & RFS_OP_BIT(op)))
			continue;
		ops[n].op_id = (enum rfs_op_id)op;
		ops[n].post_cb = log_post;
		ops[n++].flags = RFS_OP_POST_NOTIFY;
	}
	ops[n].op_id = RFS_OP_END;
	urfs_set_log(&demo->conn, log_library, NULL);
	err = rfs_set_operations(demo->filter, ops);
	if (err)
		return demo_fail(demo, err, NULL);
	if (demo_include(demo))
		return DEMO_FAILED;
	err = rfs_activate_filter(demo->filter);
	if (err)
		return demo_fail(demo, err, NULL);
	return demo_loop(demo);
}

enum { OPT_JSON = DEMO_OPT_OWN, OPT_OPS };

static const struct option log_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "ops", required_argument, NULL, OPT_OPS },
	{ 0 },
};

static const char log_usage[] =
	"Usage: logflt [OPTION]... PATH...\n"
	"Print one line for each operation below each PATH: when, who, what, where, result.\n"
	"\n"
	"      --json            one JSON object per line\n"
	"      --ops LIST        only these operations, such as create,unlink; namespace (default),\n"
	"                        access, all: every one of that kind\n" DEMO_OPTIONS_HELP;

static bool log_take(int opt, char *arg)
{
	const char *bad;

	if (opt == OPT_JSON) {
		log_json = true;
		return true;
	}
	bad = demo_ops_parse(arg, RFS_OPS_OFFERED, &log_ops);
	if (bad)
		demo_ops_error("logflt", bad, "an operation", RFS_OPS_OFFERED);
	return !bad;
}

int main(int argc, char **argv)
{
	static char name[] = "logflt";
	struct demo demo = {
		.program = "logflt",
		.usage = log_usage,
		.name = name,
		.priority = 100,
	};
	int code;

	code = demo_options(&demo, argc, argv, log_options, log_take);
	if (code >= 0)
		return code;
	if (!log_ops)
		log_ops = RFS_OPS_NAMESPACE;
	code = demo_open(&demo);
	if (code)
		return code;
	code = log_begin(&demo);
	demo_close(&demo);
	return code;
}
