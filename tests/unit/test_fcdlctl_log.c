// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fcdlctl log and replay without a device: command lines, which events fit, mounts, and each form of output.
 *
 * sources: fcdlctl/logopt.c fcdlctl/logprint.c fcdlctl/mounts.c fcdlctl/args.c fcdlctl/escape.c fcdlctl/mem.c
 * sources: fcdlctl/journal.c fcdlctl/out.c fcdlctl/parse.c liburfs/src/fcdl.c liburfs/src/names.c
 * libs: -lsmartcols -ljson-c
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <json-c/json.h>
#include "fcdlctl/journal.h"
#include "fcdlctl/logopt.h"
#include "fcdlctl/logprint.h"
#include "fcdlctl/mounts.h"
#include "unit.h"

/* ---- Command lines ---- */

static struct logopt opt;

static int parse(int replay, const char *line)
{
	static char copy[512], *argv[64];
	char *rest = copy, *word;
	int argc = 0, null = open("/dev/null", O_WRONLY), err = dup(2), code;

	strcpy(copy, line);
	argv[argc++] = (char *)"log";
	while ((word = strsep(&rest, " ")))
		if (*word)
			argv[argc++] = word;
	argv[argc] = NULL;
	/* what it says is for people */
	dup2(null, 2);
	code = logopt_parse(&opt, replay, false, argc, argv);
	dup2(err, 2);
	close(err);
	close(null);
	return code;
}

START_TEST(command_lines)
{
	ck_assert_int_eq(parse(0, ""), LOGOPT_RUN);
	ck_assert_int_eq(opt.format, LOG_TEXT);
	ck_assert_int_eq(opt.nr_args, 0);
	ck_assert_int_eq(opt.for_ms, -1);
	ck_assert_uint_eq(opt.options.ops, 0);
	logopt_free(&opt);
	ck_assert_int_eq(parse(0,
			       "/a --op create,unlink --uid 0,!5-9,root --pid 7 --comm sh,!mv --failed --format csv "
			       "--clock boot --follow-mounts --count 2048 --for 1.5s --output f --rotate 10M --ring 4M "
			       "--when-full wait:50 --exe */sh --exe !*/x --match *.c b"),
			 LOGOPT_RUN);
	ck_assert_uint_eq(opt.options.ops, 1 << RFS_OP_CREATE | 1 << RFS_OP_UNLINK);
	ck_assert_uint_eq(opt.options.nr_matches, 6);
	ck_assert_uint_eq(opt.matches[1].key, FCDL_MATCH_UID);
	ck_assert_uint_eq(opt.matches[1].flags, FCDL_MATCH_EXCLUDE);
	ck_assert_uint_eq(opt.matches[1].first, 5);
	ck_assert_uint_eq(opt.matches[1].last, 9);
	ck_assert_uint_eq(opt.matches[2].first, 0);
	ck_assert_str_eq(opt.matches[5].comm, "mv");
	ck_assert_uint_eq(opt.options.flags, FCDL_SETUP_FAILED);
	ck_assert_int_eq(opt.format, LOG_CSV);
	ck_assert_int_eq(opt.clock, LOG_BOOT);
	ck_assert(opt.follow);
	ck_assert_uint_eq(opt.count, 2048);
	ck_assert_int_eq(opt.for_ms, 1500);
	ck_assert_str_eq(opt.output, "f");
	ck_assert_uint_eq(opt.rotate, 10 << 20);
	ck_assert_uint_eq(opt.options.ring_size, 4 << 20);
	ck_assert_uint_eq(opt.options.policy, FCDL_POLICY_WAIT);
	ck_assert_uint_eq(opt.options.deadline_ms, 50);
	ck_assert_uint_eq(opt.exe.nr_in, 1);
	ck_assert_uint_eq(opt.exe.nr_out, 1);
	ck_assert_str_eq(opt.exe.out[0], "*/x");
	ck_assert_int_eq(opt.nr_args, 2);
	ck_assert_str_eq(opt.args[1], "b");
	logopt_free(&opt);
	ck_assert_int_eq(parse(0, "--op !setattr"), LOGOPT_RUN);
	ck_assert_uint_eq(opt.options.ops, FCDL_OPS_CHANGES & ~(1ULL << RFS_OP_SETATTR));
	ck_assert_int_eq(parse(0, "--op all,!open --json"), LOGOPT_RUN);
	ck_assert_uint_eq(opt.options.ops, FCDL_OPS_CHANGES | 1ULL << RFS_OP_ATOMIC_OPEN | 1ULL << RFS_OP_RELEASE);
	ck_assert_int_eq(opt.format, LOG_JSON);
	ck_assert_int_eq(parse(0, "--op close_write"), LOGOPT_RUN);
	ck_assert_uint_eq(opt.options.ops, 1ULL << FCDL_OP_CLOSE_WRITE);
}
END_TEST

/* One more than the kernel takes */
START_TEST(many_matches)
{
	char line[400] = "--pid 0", *to = line + strlen(line);
	int i;

	for (i = 1; i < FCDL_MATCHES_MAX; i++)
		to += sprintf(to, ",%d", i);
	ck_assert_int_eq(parse(0, line), LOGOPT_RUN);
	ck_assert_uint_eq(opt.options.nr_matches, FCDL_MATCHES_MAX);
	strcpy(to, ",64");
	ck_assert_int_eq(parse(0, line), 2);
}
END_TEST

START_TEST(wrong_command_lines)
{
	static const char *const lines[] = {
		"--op",
		"--op nothing",
		"--op create,",
		"--op read",
		"--op !all",
		"--op create,!create",
		"--uid nobody-knows-him",
		"--uid 5-4",
		"--uid -1",
		"--uid 4294967296",
		"--gid !",
		"--pid x",
		"--comm 1234567890123456",
		"--format xml",
		"--format journal --output f",
		"--clock",
		"--clock noon",
		"--count 0",
		"--count -1",
		"--count 1X",
		"--count 2K",
		"--count 99999999999999999999",
		"--for x",
		"--rotate 10M",
		"--output f --rotate 1",
		"--ring 2G",
		"--ring 0",
		"--when-full",
		"--when-full wait",
		"--when-full wait:1001",
		"--when-full wait:0",
		"--when-full all",
		"--bogus",
		"-x",
	};
	static const char *const log_only[] = { "--uid 1",   "--gid 1",		  "--pid 1",	     "--comm a",
						"--failed",  "--force",		  "--follow-mounts", "--for 1",
						"--ring 1M", "--when-full newest" };
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (parse(0, lines[i]) != 2)
			ck_abort_msg("taken: %s", lines[i]);
	for (i = 0; i < sizeof(log_only) / sizeof(log_only[0]); i++) {
		ck_assert_int_eq(parse(0, log_only[i]), LOGOPT_RUN);
		ck_assert_int_eq(parse(1, log_only[i]), 2);
	}
}
END_TEST

/* ---- Records ---- */

static unsigned long long memory[1024];
static struct fcdl_event *const event = (struct fcdl_event *)memory;

static void add_string(struct fcdl_str *str, const void *bytes, size_t len)
{
	str->offset = event->record.size;
	str->length = len;
	memcpy((char *)event + event->record.size, bytes, len);
	event->record.size += len + 1;
}

static void make(unsigned int op, const char *path, const char *path2, const char *exe)
{
	memset(memory, 0, sizeof(memory));
	event->record.size = event->record.fixed = sizeof(*event);
	event->record.type = FCDL_EVENT;
	event->record.seq = 7;
	event->record.wall_ns = 1767323045678901234ULL;
	event->record.mono_ns = 5000000001ULL;
	event->record.boot_ns = 6000000000ULL;
	event->op = op;
	event->caller.pid = 4711;
	event->caller.uid = 1000;
	event->caller.loginuid = -1;
	strcpy(event->caller.comm, "m\nv");
	event->objects = 1;
	event->object[0].valid = RFS_OBJECT_EXISTS;
	event->object[0].ino = 99;
	event->object[0].mode = 0100644;
	if (path)
		add_string(&event->path[0], path, strlen(path));
	if (path2)
		add_string(&event->path[1], path2, strlen(path2));
	if (exe)
		add_string(&event->exe, exe, strlen(exe));
	event->record.size = (event->record.size + 7) & ~7U;
}

START_TEST(which_fit)
{
#define FITS(line, yes)                                        \
	do {                                                   \
		ck_assert_int_eq(parse(0, line), LOGOPT_RUN);  \
		if (logopt_wants(&opt, event) != (yes))        \
			ck_abort_msg("%s: not %d", line, yes); \
		logopt_free(&opt);                             \
	} while (0)
	make(RFS_OP_RENAME, "/a/x.c", "/b/x.o", "/usr/bin/mv");
	FITS("", true);
	FITS("--op rename", true);
	FITS("--op unlink", false);
	FITS("--exe /usr/bin/mv", true);
	FITS("--exe */mv --exe */cp", true);
	FITS("--exe mv", false);
	FITS("--exe !*/mv", false);
	FITS("--match *.c", true);
	FITS("--match *.o", true);
	FITS("--match *.h", false);
	FITS("--match !*.c", true);
	FITS("--match !*.c --match !*.o", false);
	FITS("--match /b/*", true);
	make(RFS_OP_UNLINK, NULL, NULL, NULL);
	FITS("", true);
	FITS("--exe !*/mv", true);
	FITS("--exe */mv", false);
	FITS("--match *.c", false);
	FITS("--match !*.c", true);
	make(RFS_OP_CREATE, "/a/\xff", NULL, NULL);
	FITS("--match /a/*", true);
	/* journald's work on what it is told would never end; its name alone is not enough, and who asks for it gets it */
	make(RFS_OP_CREATE, "/var/log/journal/x", NULL, "/usr/lib/systemd/systemd-journald");
	FITS("--format journal", false);
	FITS("--format journal --exe !/x", false);
	FITS("--format journal --exe */systemd-journald", true);
	FITS("--format json", true);
	event->caller.euid = 1000;
	FITS("--format journal", true);
	make(RFS_OP_CREATE, "/var/log/journal/x", NULL, "/lib/systemd/systemd-journald");
	FITS("--format journal", false);
	ck_assert_int_eq(parse(1, "--format journal f"), LOGOPT_RUN);
	ck_assert(logopt_wants(&opt, event));
	logopt_free(&opt);
	make(RFS_OP_CREATE, "/a", NULL, "/tmp/lib/systemd/systemd-journald");
	FITS("--format journal", true);
	/* a capture may hold any number */
	make(100, "/a", NULL, NULL);
	FITS("", true);
	FITS("--op all", false);
}
END_TEST

/* ---- Output ---- */

/* What @format makes of the record, or of a mount that is not covered, without the head of the file */
static const char *printed(const char *format, const struct fcdl_record *record)
{
	static char buf[8192];
	static char name[] = "/tmp/test_fcdlctl_log.XXXXXX";
	char line[600];
	struct sink sink;
	size_t n, head;
	FILE *f;

	strcpy(name + sizeof(name) - 7, "XXXXXX");
	close(mkstemp(name));
	snprintf(line, sizeof(line), "--output %s %s", name, format);
	ck_assert_int_eq(parse(0, line), LOGOPT_RUN);
	ck_assert_int_eq(sink_open(&sink, &opt), 0);
	head = sink.bytes;
	if (record)
		sink_record(&sink, record);
	else
		sink_uncovered(&sink, "/a b", "fuse.\033[2J", EOPNOTSUPP);
	ck_assert_int_eq(sink_close(&sink), 0);
	f = fopen(name, "r");
	n = fread(buf, 1, sizeof(buf) - 1, f);
	ck_assert_uint_eq(n, sink.bytes);
	buf[n] = '\0';
	fclose(f);
	unlink(name);
	logopt_free(&opt);
	return buf + head;
}

START_TEST(text)
{
	make(RFS_OP_RENAME, "/a/new\nline", "/b/\xff", "/usr/bin/mv");
	ck_assert_str_eq(
		printed("", &event->record),
		"2026-01-02T03:04:05.678901234Z uid=1000 gid=0 pid=4711 euid=0 m\\nv rename /a/new\\nline -> /b/\\xff\n");
	event->result = -13;
	ck_assert_str_eq(printed("--clock mono", &event->record),
			 "5.000000001 uid=1000 gid=0 pid=4711 euid=0 m\\nv rename /a/new\\nline -> /b/\\xff EACCES\n");
	make(RFS_OP_UNLINK, NULL, NULL, NULL);
	event->caller.euid = 1000;
	ck_assert_str_eq(printed("--clock boot", &event->record),
			 "6.000000000 uid=1000 gid=0 pid=4711 m\\nv unlink ?\n");
	event->result = -30;
	event->op_flags |= RFS_OPF_DEFAULT_DENY;
	add_string(&event->filter, "guard", 5);
	ck_assert_str_eq(printed("--clock boot", &event->record),
			 "6.000000000 uid=1000 gid=0 pid=4711 m\\nv unlink ? EROFS denied by guard (by default)\n");
	ck_assert_ptr_nonnull(strstr(printed("--json", &event->record), "\"by_default\":true"));
	/* nobody can make up a second name, or an operation */
	make(RFS_OP_UNLINK, "/a -> /etc", NULL, NULL);
	strcpy(event->caller.comm, "x unlink /");
	event->result = -100000;
	ck_assert_str_eq(printed("--clock boot", &event->record),
			 "6.000000000 uid=1000 gid=0 pid=4711 euid=0 x\\x20unlink\\x20/ unlink /a\\x20->\\x20/etc 0\n");
}
END_TEST

static const char *field(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) ? json_object_get_string(value) : NULL;
}

START_TEST(json)
{
	struct json_object *o, *inner;

	make(FCDL_OP_CLOSE_WRITE, "/a/\xff", NULL, "/usr/bin/mv");
	add_string(&event->filter, "guard", 5);
	o = json_tokener_parse(printed("--json", &event->record));
	ck_assert_ptr_nonnull(o);
	ck_assert_str_eq(field(o, "type"), "event");
	ck_assert_str_eq(field(o, "op"), "close_write");
	ck_assert_str_eq(field(o, "time_ns"), "1767323045678901234");
	ck_assert_str_eq(field(o, "path"), "/a/\\xff");
	ck_assert_str_eq(field(o, "path_base64"), "L2Ev/w==");
	ck_assert_str_eq(field(o, "comm"), "m\nv");
	ck_assert_str_eq(field(o, "denied_by"), "guard");
	ck_assert_ptr_null(field(o, "by_default"));
	ck_assert_ptr_null(field(o, "path2"));
	ck_assert_ptr_null(field(o, "loginuid"));
	ck_assert(json_object_object_get_ex(o, "object", &inner));
	ck_assert_str_eq(field(inner, "ino"), "99");
	json_object_put(o);
}
END_TEST

/* Fields of a line; what is in quotes counts as one. */
static int csv_fields(const char *line)
{
	int fields = 1;
	bool quoted = false;

	for (; *line && *line != '\n'; line++) {
		if (*line == '"')
			quoted = !quoted;
		fields += *line == ',' && !quoted;
	}
	ck_assert_str_eq(line, "\n");
	return fields;
}

static struct fcdl_lost *make_lost(void)
{
	struct fcdl_lost *lost = (struct fcdl_lost *)memory;
	struct fcdl_lost_op *ops = (struct fcdl_lost_op *)(lost + 1);

	memset(memory, 0, sizeof(memory));
	lost->record.size = sizeof(*lost) + 2 * sizeof(*ops);
	lost->record.fixed = sizeof(*lost);
	lost->record.type = FCDL_LOST;
	lost->count = 12;
	lost->reasons = FCDL_LOST_FULL | FCDL_LOST_TIMEOUT;
	lost->nr_ops = 2;
	ops[0] = (struct fcdl_lost_op){ .op = RFS_OP_CREATE, .count = 5 };
	ops[1] = (struct fcdl_lost_op){ .op = 60, .count = 7 };
	return lost;
}

static struct fcdl_note *make_note(void)
{
	struct fcdl_note *note = (struct fcdl_note *)memory;

	memset(memory, 0, sizeof(memory));
	note->record.size = sizeof(*note) + 8;
	note->record.fixed = sizeof(*note);
	note->record.type = FCDL_NOTE;
	note->what = FCDL_NOTE_SET_PATH;
	note->path = (struct fcdl_str){ sizeof(*note), 4 };
	strcpy((char *)(note + 1), "/a,b");
	return note;
}

START_TEST(csv)
{
	make(RFS_OP_RENAME, "/a,\"b", "/b", "/usr/bin/mv");
	ck_assert_ptr_nonnull(
		strstr(printed("--format csv", &event->record), "\"/a,\"\"b\",\"/b\",0,99,100644,0,0,\n"));
	ck_assert_int_eq(csv_fields(printed("--format csv", &event->record)), 23);
	make(RFS_OP_RENAME, NULL, NULL, NULL);
	event->objects = 0;
	ck_assert_int_eq(csv_fields(printed("--format csv", &event->record)), 23);
	ck_assert_int_eq(csv_fields(printed("--format csv", &make_lost()->record)), 23);
	ck_assert_int_eq(csv_fields(printed("--format csv", &make_note()->record)), 23);
}
END_TEST

START_TEST(losses_and_notes)
{
	struct json_object *o;

	ck_assert_str_eq(printed("--clock mono", &make_lost()->record),
			 "0.000000000 LOST 12 events: 5 create, 7 60 (full, timeout)\n");
	o = json_tokener_parse(printed("--json", &make_lost()->record));
	ck_assert_str_eq(field(o, "type"), "lost");
	ck_assert_str_eq(field(o, "count"), "12");
	ck_assert_str_eq(field(o, "ops"), "{ \"create\": 5, \"60\": 7 }");
	ck_assert_str_eq(field(o, "reasons"), "[ \"full\", \"timeout\" ]");
	json_object_put(o);
	ck_assert_str_eq(printed("--clock mono", &make_note()->record), "0.000000000 # set_path /a,b\n");
	o = json_tokener_parse(printed("--json", &make_note()->record));
	ck_assert_str_eq(field(o, "what"), "set_path");
	ck_assert_str_eq(field(o, "path"), "/a,b");
	json_object_put(o);
	/* set once more, since something was mounted */
	make_note()->flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE | RFS_PATH_REPLACED;
	ck_assert_str_eq(printed("", (struct fcdl_record *)memory), "");
	ck_assert_str_eq(printed("--json", (struct fcdl_record *)memory), "");
	ck_assert_mem_eq(printed("--format raw", (struct fcdl_record *)memory), memory, sizeof(struct fcdl_note) + 8);
}
END_TEST

START_TEST(not_covered)
{
	struct json_object *o;

	ck_assert_str_eq(printed("", NULL), "# not covered: /a\\x20b (fuse.\\x1b[2J, EOPNOTSUPP)\n");
	o = json_tokener_parse(printed("--json", NULL));
	ck_assert_str_eq(field(o, "what"), "not_covered");
	ck_assert_str_eq(field(o, "path"), "/a b");
	ck_assert_str_eq(field(o, "error"), "EOPNOTSUPP");
	json_object_put(o);
	ck_assert_int_eq(csv_fields(printed("--format csv", NULL)), 23);
}
END_TEST

START_TEST(raw)
{
	make(RFS_OP_UNLINK, "/a", NULL, NULL);
	ck_assert_mem_eq(printed("--format raw", &event->record), memory, event->record.size);
}
END_TEST

/* ---- The journal ---- */

/* What came last, each field with a NUL behind it, and what is answered */
static char fields[64][512];
static size_t field_len[64];
static int nr_fields, sent, open_answer, send_answer;

int journal_open(void)
{
	return open_answer;
}

int journal_send(const struct iovec *list, int nr)
{
	int i;

	ck_assert_int_le(nr, 64);
	sent++;
	nr_fields = nr;
	for (i = 0; i < nr; i++) {
		ck_assert_uint_lt(list[i].iov_len, sizeof(fields[i]));
		memcpy(fields[i], list[i].iov_base, list[i].iov_len);
		fields[i][list[i].iov_len] = '\0';
		field_len[i] = list[i].iov_len;
	}
	return send_answer;
}

/* Sends a record, or that a mount is not covered. Return: of sink_close() */
static int send_record(const char *line, const struct fcdl_record *record)
{
	struct sink sink;

	nr_fields = sent = 0;
	ck_assert_int_eq(parse(0, line), LOGOPT_RUN);
	ck_assert_int_eq(sink_open(&sink, &opt), 0);
	if (record)
		sink_record(&sink, record);
	else
		sink_uncovered(&sink, "/a b\xff", "fuse.x", EOPNOTSUPP);
	ck_assert_int_eq(sink_flush(&sink), send_answer);
	logopt_free(&opt);
	return sink_close(&sink);
}

/* Is this among the fields, @nr times? */
static void has(const char *field, int nr)
{
	int i, found = 0;

	for (i = 0; i < nr_fields; i++)
		found += field_len[i] == strlen(field) && memcmp(fields[i], field, field_len[i]) == 0;
	if (found != nr)
		ck_abort_msg("%s: %d times", field, found);
}

/* Names are in it by their bytes, and each name of a field is one that journald takes */
static void check_names(void)
{
	size_t len, bad;
	int i;

	for (i = 0; i < nr_fields; i++) {
		len = strspn(fields[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
		if (fields[i][len] != '=' || len > 64 || !strchr("FMPS", fields[i][0]))
			ck_abort_msg("what a field: %s", fields[i]);
		bad = strcspn(fields[i], "\n");
		if (strncmp(fields[i], "MESSAGE", 7) == 0 && bad != field_len[i])
			ck_abort_msg("more than a line: %s", fields[i]);
	}
}

START_TEST(journal_event)
{
	make(RFS_OP_RENAME, "/a/new\nline", "/b/\xff", "/usr/bin/mv");
	event->result = -13;
	event->op_flags = RFS_OPF_CREATED;
	event->caller.ppid = 1;
	event->object[0].ino = 1ULL << 63;
	event->flags = FCDL_EVENT_ATTR;
	event->attr.valid = RFS_ATTR_MODE;
	event->attr.mode = 0600;
	ck_assert_int_eq(send_record("--format journal", &event->record), 0);
	check_names();
	has("MESSAGE=uid=1000 gid=0 pid=4711 euid=0 m\\nv rename /a/new\\nline -> /b/\\xff EACCES", 1);
	has("PRIORITY=6", 1);
	has("MESSAGE_ID=" JOURNAL_EVENT_ID, 1);
	has("SYSLOG_IDENTIFIER=fcdl", 1);
	has("FCDL_TYPE=event", 1);
	has("FCDL_OP=rename", 1);
	has("FCDL_RESULT=-13", 1);
	has("FCDL_ERROR=EACCES", 1);
	has("FCDL_TIME=2026-01-02T03:04:05.678901234Z", 1);
	has("FCDL_TIME_NS=1767323045678901234", 1);
	has("FCDL_SEQ=7", 1);
	has("FCDL_PATH=/a/new\nline", 1);
	has("FCDL_PATH2=/b/\xff", 1);
	has("FCDL_COMM=m\nv", 1);
	has("FCDL_EXE=/usr/bin/mv", 1);
	has("FCDL_PPID=1", 1);
	has("FCDL_CREATED=true", 1);
	has("FCDL_OBJECT_INO=9223372036854775808", 1);
	has("FCDL_OBJECT_MODE=33188", 1);
	has("FCDL_SET_MODE=384", 1);
	has("FCDL_MODE=0", 1);
	/* nobody has logged in, and what is not there is no field */
	has("FCDL_LOGINUID=", 0);
	has("FCDL_TARGET=", 0);
	ck_assert_int_eq(sent, 1);
}
END_TEST

/* As many fields as JSON has members: one of them for each, and none beside */
START_TEST(journal_is_json)
{
	struct json_object *o;
	int members = 0;

	make(RFS_OP_SYMLINK, "/a", "/b", "/usr/bin/ln");
	add_string(&event->target, "t", 1);
	add_string(&event->filter, "guard", 5);
	event->caller.loginuid = 5;
	event->objects = 15;
	event->object[1] = event->object[2] = event->object[3] = event->object[0];
	ck_assert_int_eq(send_record("--format journal", &event->record), 0);
	check_names();
	o = json_tokener_parse(printed("--json", &event->record));
	json_object_object_foreach(o, key, value)
	{
		members += json_object_is_type(value, json_type_object) ? json_object_object_length(value) : 1;
		ck_assert_ptr_nonnull(key);
	}
	json_object_put(o);
	ck_assert_int_eq(nr_fields, members + 4);
}
END_TEST

START_TEST(journal_losses_and_notes)
{
	ck_assert_int_eq(send_record("--format journal", &make_lost()->record), 0);
	check_names();
	has("MESSAGE=LOST 12 events: 5 create, 7 60 (full, timeout)", 1);
	has("PRIORITY=4", 1);
	has("MESSAGE_ID=" JOURNAL_LOST_ID, 1);
	has("FCDL_TYPE=lost", 1);
	has("FCDL_COUNT=12", 1);
	has("FCDL_OPS_CREATE=5", 1);
	has("FCDL_OPS_60=7", 1);
	has("FCDL_REASONS=full", 1);
	has("FCDL_REASONS=timeout", 1);
	ck_assert_int_eq(send_record("--format journal", &make_note()->record), 0);
	check_names();
	has("MESSAGE=# set_path /a,b", 1);
	has("PRIORITY=4", 1);
	has("MESSAGE_ID=" JOURNAL_NOTE_ID, 1);
	has("FCDL_WHAT=set_path", 1);
	has("FCDL_PATH=/a,b", 1);
	ck_assert_int_eq(send_record("--format journal", NULL), 0);
	check_names();
	has("MESSAGE=# not covered: /a\\x20b\\xff (fuse.x, EOPNOTSUPP)", 1);
	has("FCDL_WHAT=not_covered", 1);
	has("FCDL_PATH=/a b\xff", 1);
	has("FCDL_ERROR=EOPNOTSUPP", 1);
	/* set once more, since something was mounted */
	make_note()->flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE | RFS_PATH_REPLACED;
	ck_assert_int_eq(send_record("--format journal", (struct fcdl_record *)memory), 0);
	ck_assert_int_eq(sent, 0);
}
END_TEST

START_TEST(journal_gone)
{
	struct sink sink;

	open_answer = -ENOENT;
	ck_assert_int_eq(parse(0, "--format journal"), LOGOPT_RUN);
	ck_assert_int_eq(sink_open(&sink, &opt), -ENOENT);
	open_answer = 0;
	ck_assert_int_eq(sink_open(&sink, &opt), 0);
	send_answer = -ECONNREFUSED;
	make(RFS_OP_UNLINK, "/a", NULL, NULL);
	sent = 0;
	sink_record(&sink, &event->record);
	sink_record(&sink, &event->record);
	/* the first failure is the last attempt */
	ck_assert_int_eq(sent, 1);
	ck_assert_int_eq(sink_flush(&sink), -ECONNREFUSED);
	ck_assert_int_eq(sink_close(&sink), -ECONNREFUSED);
	send_answer = 0;
	logopt_free(&opt);
}
END_TEST

static char dir[] = "/tmp/test_fcdlctl_log.XXXXXX";

/* Lines of DIR/NAME; -1: it is not there. It is a whole file: the head of a capture, or of CSV, begins it. */
static int lines_of(const char *name, const char *head)
{
	char path[64], line[4096];
	int lines = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (!lines)
			ck_assert_int_eq(strncmp(line, head, strlen(head)), 0);
		lines++;
	}
	fclose(f);
	unlink(path);
	return lines;
}

START_TEST(rotation)
{
	char line[100];
	struct stat st;
	unsigned long long head;
	struct sink sink;
	int i, per_file;

	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(line, sizeof(line), "--format csv --output %s/log --rotate 4096", dir);
	ck_assert_int_eq(parse(0, line), LOGOPT_RUN);
	ck_assert_int_eq(sink_open(&sink, &opt), 0);
	make(RFS_OP_UNLINK, "/a", NULL, NULL);
	head = sink.bytes;
	per_file = 0;
	do {
		sink_record(&sink, &event->record);
		per_file++;
	} while (sink.bytes > head);
	for (i = 0; i < 4 * per_file + 1; i++)
		sink_record(&sink, &event->record);
	ck_assert_int_eq(fstat(fileno(sink.file), &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	ck_assert_int_eq(sink_close(&sink), 0);
	/* five files were filled, of which two are left, and one was begun; each has a head */
	ck_assert_int_eq(lines_of("log", "type,time,"), 2);
	ck_assert_int_eq(lines_of("log.1", "type,time,"), per_file + 1);
	ck_assert_int_eq(lines_of("log.2", "type,time,"), per_file + 1);
	ck_assert_int_eq(lines_of("log.3", ""), -1);
	ck_assert_int_eq(rmdir(dir), 0);
	logopt_free(&opt);
	/* nobody loses /dev/null by it */
	ck_assert_int_eq(parse(0, "--output /dev/null --rotate 4096"), LOGOPT_RUN);
	ck_assert_int_eq(sink_open(&sink, &opt), -EINVAL);
	logopt_free(&opt);
}
END_TEST

START_TEST(full_disk)
{
	struct sink sink;

	make(RFS_OP_UNLINK, "/a", NULL, NULL);
	ck_assert_int_eq(parse(0, "--output /dev/full"), LOGOPT_RUN);
	ck_assert_int_eq(sink_open(&sink, &opt), 0);
	sink_record(&sink, &event->record);
	ck_assert_int_eq(sink_flush(&sink), -ENOSPC);
	sink_record(&sink, &event->record);
	ck_assert_int_eq(sink_close(&sink), -ENOSPC);
	ck_assert_int_eq(parse(0, "--output /none/none"), LOGOPT_RUN);
	ck_assert_int_eq(sink_open(&sink, &opt), -ENOENT);
}
END_TEST

START_TEST(into_socket)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char line[160], got[8192];
	struct sink sink;
	int fd, peer;
	ssize_t n;

	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/test_fcdlctl_log.%d", getpid());
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	snprintf(line, sizeof(line), "--json --output %s", address.sun_path);
	ck_assert_int_eq(parse(0, line), LOGOPT_RUN);
	/* nobody listens yet */
	ck_assert_int_eq(sink_open(&sink, &opt), -ECONNREFUSED);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(sink_open(&sink, &opt), 0);
	peer = accept(fd, NULL, NULL);
	make(RFS_OP_UNLINK, "/a", NULL, NULL);
	sink_record(&sink, &event->record);
	ck_assert_int_eq(sink_flush(&sink), 0);
	n = read(peer, got, sizeof(got) - 1);
	ck_assert_int_gt(n, 0);
	got[n] = '\0';
	ck_assert_str_eq(got, printed("--json", &event->record));
	/* it goes away: SIGPIPE is ignored by main() */
	signal(SIGPIPE, SIG_IGN);
	close(peer);
	sink_record(&sink, &event->record);
	ck_assert_int_eq(sink_flush(&sink), -EPIPE);
	ck_assert_int_eq(sink_close(&sink), -EPIPE);
	/* what is sent cannot be taken back when it is long */
	snprintf(line, sizeof(line), "--output %s --rotate 4096", address.sun_path);
	ck_assert_int_eq(parse(0, line), LOGOPT_RUN);
	ck_assert_int_eq(sink_open(&sink, &opt), -EINVAL);
	close(fd);
	unlink(address.sun_path);
}
END_TEST

/* ---- Mounts ---- */

START_TEST(mount_lines)
{
	char line[] =
		"36 35 98:0 /mnt1 /mnt/a\\040b\\134 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue";
	char none[] = "36 35 98:0 / /x rw,noatime -";
	char root[] = "1 1 0:2 / / rw - rootfs rootfs rw";
	struct mount_point mount;

	ck_assert(mounts_parse(line, &mount));
	ck_assert_int_eq(mount.id, 36);
	ck_assert_str_eq(mount.dev, "98:0");
	ck_assert_str_eq(mount.path, "/mnt/a b\\");
	ck_assert_str_eq(mount.type, "ext3");
	ck_assert(!mounts_parse(none, &mount));
	ck_assert(mounts_parse(root, &mount));
	ck_assert_str_eq(mount.path, "/");
	ck_assert_str_eq(mount.type, "rootfs");
}
END_TEST

START_TEST(mounts_inside)
{
	char *roots[] = { (char *)"/a", (char *)"/b/c/" }, *all[] = { (char *)"/" };

	ck_assert(mounts_below("/x", NULL, 0));
	ck_assert(mounts_below("/a", roots, 2));
	ck_assert(mounts_below("/a/x", roots, 2));
	ck_assert(mounts_below("/b/c/d", roots, 2));
	ck_assert(mounts_below("/b/c", roots, 2));
	ck_assert(!mounts_below("/ab", roots, 2));
	ck_assert(!mounts_below("/b", roots, 2));
	ck_assert(!mounts_below("/", roots, 2));
	ck_assert(mounts_below("/", all, 1));
	ck_assert(mounts_below("/x", all, 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdlctl_log");
	TCase *tc = tcase_create("log");

	setlocale(LC_CTYPE, "C.UTF-8");
	tcase_add_test(tc, command_lines);
	tcase_add_test(tc, many_matches);
	tcase_add_test(tc, wrong_command_lines);
	tcase_add_test(tc, which_fit);
	tcase_add_test(tc, text);
	tcase_add_test(tc, json);
	tcase_add_test(tc, csv);
	tcase_add_test(tc, losses_and_notes);
	tcase_add_test(tc, not_covered);
	tcase_add_test(tc, raw);
	tcase_add_test(tc, journal_event);
	tcase_add_test(tc, journal_is_json);
	tcase_add_test(tc, journal_losses_and_notes);
	tcase_add_test(tc, journal_gone);
	tcase_add_test(tc, rotation);
	tcase_add_test(tc, full_disk);
	tcase_add_test(tc, into_socket);
	tcase_add_test(tc, mount_lines);
	tcase_add_test(tc, mounts_inside);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
