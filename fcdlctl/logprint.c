// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of the log as text, JSON, CSV, entries of the journal or as they are, and where they go. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "escape.h"
#include "fcdlctl.h"
#include "journal.h"
#include "logprint.h"
#include "mem.h"
#include "out.h"
#include "parse.h"

/* ---- Errors ---- */

int log_fail(const struct logopt *opt, const char *what, int err)
{
	char *name = escape_text(what), text[ERRNO_TEXT];

	fprintf(stderr, "fcdlctl: %s: %s: %s\n", opt->command, name, errno_text(-err, text));
	free(name);
	return FCDLCTL_FAILED;
}

int sink_fail(const struct logopt *opt, int err)
{
	if (opt->format == LOG_JOURNAL && err == -ELIBACC) {
		fprintf(stderr, "fcdlctl: %s: --format journal needs %s, which is not there or cannot be loaded\n",
			opt->command, JOURNAL_LIBRARY);
		return FCDLCTL_FAILED;
	}
	if (opt->format == LOG_JOURNAL) {
		log_fail(opt, JOURNAL_SOCKET, err);
		if (err == -ENOENT || err == -ECONNREFUSED)
			fprintf(stderr, "fcdlctl: %s: is systemd-journald running?\n", opt->command);
		return FCDLCTL_FAILED;
	}
	if (err != -EINVAL || !opt->rotate)
		return log_fail(opt, opt->output ? opt->output : "standard output", err);
	fprintf(stderr, "fcdlctl: %s: --rotate is for regular files, which --output does not name\n", opt->command);
	return FCDLCTL_FAILED;
}

/* ---- Files ---- */

static void put(struct sink *sink, const void *bytes, size_t len)
{
	if (sink->error)
		return;
	if (fwrite(bytes, 1, len, sink->file) != len)
		sink->error = errno ? errno : EIO;
	sink->bytes += len;
}

static void say(struct sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct sink *sink, const char *format, ...)
{
	va_list list;
	int n;

	if (sink->error)
		return;
	va_start(list, format);
	n = vfprintf(sink->file, format, list);
	va_end(list);
	if (n < 0)
		sink->error = errno ? errno : EIO;
	else
		sink->bytes += n;
}

static const char csv_head[] =
	"type,time,seq,op,result,pid,tid,ppid,uid,gid,euid,egid,loginuid,comm,exe,path,path2,dev,ino,"
	"mode,size,nlink,filter\n";

static void head(struct sink *sink)
{
	static const struct capture capture = { .magic = CAPTURE_MAGIC, .version = FCDL_ABI_VERSION };

	sink->bytes = 0;
	if (sink->opt->format == LOG_CSV)
		put(sink, csv_head, sizeof(csv_head) - 1);
	if (sink->opt->format == LOG_RAW)
		put(sink, &capture, sizeof(capture));
}

/* Connects to a socket in the file system, behind which somebody listens. Return: a descriptor, or -1 with errno */
static int connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(name) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Return: 0 or -errno. Who may read the file sees what /dev/fcdl shows to root only. */
static int open_file(struct sink *sink)
{
	const char *name = sink->opt->output;
	struct stat st;
	int fd, err;

	if (stat(name, &st) == 0 && S_ISSOCK(st.st_mode))
		fd = connect_to(name);
	else
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (sink->opt->rotate && !S_ISREG(st.st_mode))
		err = -EINVAL;
	else
		err = S_ISREG(st.st_mode) && ftruncate(fd, 0) ? -errno : 0;
	sink->file = err ? NULL : fdopen(fd, "w");
	if (!err && !sink->file)
		err = -errno;
	if (err)
		close(fd);
	return err;
}

int sink_open(struct sink *sink, const struct logopt *opt)
{
	int err;

	memset(sink, 0, sizeof(*sink));
	sink->opt = opt;
	if (opt->format == LOG_JOURNAL)
		return journal_open();
	sink->file = stdout;
	if (opt->output) {
		err = open_file(sink);
		if (err)
			return err;
	}
	sink->colour = !opt->output && opt->format == LOG_TEXT && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	head(sink);
	return 0;
}

int sink_flush(struct sink *sink)
{
	if (!sink->error && sink->file && fflush(sink->file))
		sink->error = errno;
	return -sink->error;
}

int sink_close(struct sink *sink)
{
	sink_flush(sink);
	if (sink->file && sink->file != stdout && fclose(sink->file) && !sink->error)
		sink->error = errno;
	/* the caller says so, once */
	if (sink->file == stdout && sink->error) {
		__fpurge(stdout);
		clearerr(stdout);
	}
	return -sink->error;
}

/* FILE becomes FILE.1, which becomes FILE.2, and that is gone: three times the size is what all of them take. */
static void rotate(struct sink *sink)
{
	const char *name = sink->opt->output;
	size_t size = strlen(name) + 3;
	char *first = mem_grow(NULL, size, 1), *second = mem_grow(NULL, size, 1);
	int err;

	snprintf(first, size, "%s.1", name);
	snprintf(second, size, "%s.2", name);
	if (sink_flush(sink))
		goto out;
	if ((rename(first, second) && errno != ENOENT) || rename(name, first)) {
		sink->error = errno;
		goto out;
	}
	if (fclose(sink->file))
		sink->error = errno;
	err = open_file(sink);
	if (err)
		sink->error = -err;
	head(sink);
out:
	free(first);
	free(second);
}

/* ---- Parts of records ---- */

static const char *type_word(const struct fcdl_record *r)
{
	return r->type == FCDL_EVENT ? "event" : r->type == FCDL_LOST ? "lost" : "note";
}

static uint64_t time_of(const struct sink *sink, const struct fcdl_record *r)
{
	switch (sink->opt->clock) {
	case LOG_MONO:
		return r->mono_ns;
	case LOG_BOOT:
		return r->boot_ns;
	default:
		return r->wall_ns;
	}
}

#define TIME_TEXT 48

/* 2026-01-02T03:04:05.678901234Z, or seconds since boot */
static const char *time_text(const struct sink *sink, const struct fcdl_record *r, char *buf)
{
	uint64_t ns = time_of(sink, r);
	time_t s = ns / 1000000000;
	struct tm tm;
	size_t n;

	if (sink->opt->clock != LOG_WALL || !gmtime_r(&s, &tm)) {
		snprintf(buf, TIME_TEXT, "%" PRIu64 ".%09u", ns / 1000000000, (unsigned int)(ns % 1000000000));
		return buf;
	}
	n = strftime(buf, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, TIME_TEXT - n, ".%09uZ", (unsigned int)(ns % 1000000000));
	return buf;
}

/* Such as "5 create, 2 unlink". Return: a string for free() */
static char *lost_text(const struct fcdl_lost *lost)
{
	const struct fcdl_lost_op *ops = (const void *)((const char *)lost + lost->record.fixed);
	char *text = mem_copy(""), name[16];
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < lost->nr_ops; i++) {
		text = mem_grow(text, len + 64, 1);
		len += sprintf(text + len, "%s%llu %s", i ? ", " : "", (unsigned long long)ops[i].count,
			       op_word(ops[i].op, name, sizeof(name)));
	}
	return text;
}

/* Name of the errno that an operation gave; a capture may hold any number */
static const char *result_name(int64_t result, char *buf)
{
	return errno_name(result < -4095 ? 0 : (int)-result, buf, ERRNO_TEXT);
}

static const struct {
	unsigned int bit;
	const char *word;
} reasons[] = {
	{ FCDL_LOST_FULL, "full" },
	{ FCDL_LOST_MEMORY, "memory" },
	{ FCDL_LOST_LONG, "long" },
	{ FCDL_LOST_TIMEOUT, "timeout" },
};

static const char *note_word(unsigned int what)
{
	static const char *const words[] = { "note", "run", "stop", "off", "set_path", "del_path" };

	return words[what < sizeof(words) / sizeof(words[0]) ? what : 0];
}

/* ---- Text ---- */

/* A name as one word: a space in it would look like the end of it, and what follows like something that happened */
static void say_bytes(struct sink *sink, const char *before, const char *bytes, size_t len)
{
	char *text = escape_bytes(bytes, len), *at, *space;

	say(sink, "%s", before);
	for (at = text; (space = strchr(at, ' ')); at = space + 1)
		say(sink, "%.*s\\x20", (int)(space - at), at);
	say(sink, "%s", at);
	free(text);
}

static void say_str(struct sink *sink, const char *before, const struct fcdl_record *r, const struct fcdl_str *str)
{
	size_t len;
	const char *s = fcdl_string(r, str, &len);

	if (s)
		say_bytes(sink, before, s, len);
}

static void text_event(struct sink *sink, const struct fcdl_event *e)
{
	char buf[ERRNO_TEXT];

	say(sink, "uid=%u gid=%u pid=%u", e->caller.uid, e->caller.gid, e->caller.pid);
	if (e->caller.euid != e->caller.uid)
		say(sink, " euid=%u", e->caller.euid);
	say_bytes(sink, " ", e->caller.comm, strnlen(e->caller.comm, sizeof(e->caller.comm)));
	say(sink, " %s%s%s", sink->colour ? "\033[1m" : "", op_word(e->op, buf, sizeof(buf)),
	    sink->colour ? "\033[0m" : "");
	if (e->path[0].offset)
		say_str(sink, " ", &e->record, &e->path[0]);
	else
		say(sink, " ?");
	say_str(sink, " -> ", &e->record, &e->path[1]);
	say_str(sink, " -> ", &e->record, &e->target);
	if (e->result < 0)
		say(sink, " %s%s%s", sink->colour ? "\033[31m" : "", result_name(e->result, buf),
		    sink->colour ? "\033[0m" : "");
	say_str(sink, " denied by ", &e->record, &e->filter);
	if (e->op_flags & RFS_OPF_DEFAULT_DENY)
		say(sink, " (by default)");
	say(sink, "\n");
}

static void text_lost(struct sink *sink, const struct fcdl_lost *lost)
{
	char *text = lost_text(lost);
	const char *comma = "";
	size_t i;

	say(sink, "%sLOST %llu events: %s (", sink->colour ? "\033[1;31m" : "", (unsigned long long)lost->count, text);
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!(lost->reasons & reasons[i].bit))
			continue;
		say(sink, "%s%s", comma, reasons[i].word);
		comma = ", ";
	}
	say(sink, ")%s\n", sink->colour ? "\033[0m" : "");
	free(text);
}

static void text_note(struct sink *sink, const struct fcdl_note *note)
{
	say(sink, "# %s", note_word(note->what));
	say_str(sink, " ", &note->record, &note->path);
	if (note->what == FCDL_NOTE_OFF)
		say(sink,
		    ": somebody switched all filters off ('fcdlctl deactivate --all'); nothing is logged any more");
	say(sink, "\n");
}

/* A line without its time */
static void text_body(struct sink *sink, const struct fcdl_record *r)
{
	if (r->type == FCDL_EVENT)
		text_event(sink, (const struct fcdl_event *)r);
	else if (r->type == FCDL_LOST)
		text_lost(sink, (const struct fcdl_lost *)r);
	else
		text_note(sink, (const struct fcdl_note *)r);
}

static void text(struct sink *sink, const struct fcdl_record *r)
{
	char when[TIME_TEXT];

	say(sink, "%s ", time_text(sink, r, when));
	text_body(sink, r);
}

static void text_uncovered(struct sink *sink, const char *path, const char *type, int error)
{
	char buf[ERRNO_TEXT];

	say_bytes(sink, "# not covered: ", path, strlen(path));
	say_bytes(sink, " (", type, strlen(type));
	say(sink, ", %s)\n", errno_name(error, buf, sizeof(buf)));
}

/* ---- JSON ---- */

/* How a name becomes members of an object: js_bytes() or js_raw() */
typedef void name_fn(struct json_object *o, const char *key, const char *bytes, size_t len);

static void js_str(struct json_object *o, const char *key, const struct fcdl_record *r, const struct fcdl_str *str,
		   name_fn *name)
{
	size_t len;
	const char *s = fcdl_string(r, str, &len);

	if (s)
		name(o, key, s, len);
}

static void js_file(struct json_object *o, const char *key, const struct fcdl_event *e, int which)
{
	const struct rfs_object *object = &e->object[which];
	struct json_object *file;

	if (!(e->objects >> which & 1) || !(object->valid & RFS_OBJECT_EXISTS))
		return;
	file = js_new_object();
	js_number(file, "dev", object->dev);
	js_number(file, "ino", object->ino);
	js_number(file, "generation", object->generation);
	js_number(file, "mode", object->mode);
	js_number(file, "nlink", object->nlink);
	js_number(file, "uid", object->uid);
	js_number(file, "gid", object->gid);
	js_number(file, "size", object->size);
	if (object->rdev)
		js_number(file, "rdev", object->rdev);
	js_add(o, key, file);
}

static void js_attr(struct json_object *o, const struct rfs_attr *attr)
{
	struct json_object *set = js_new_object();

	if (attr->valid & RFS_ATTR_MODE)
		js_number(set, "mode", attr->mode);
	if (attr->valid & RFS_ATTR_UID)
		js_number(set, "uid", attr->uid);
	if (attr->valid & RFS_ATTR_GID)
		js_number(set, "gid", attr->gid);
	if (attr->valid & RFS_ATTR_SIZE)
		js_number(set, "size", attr->size);
	if (attr->valid & RFS_ATTR_ATIME)
		js_bool(set, "atime", true);
	if (attr->valid & RFS_ATTR_MTIME)
		js_bool(set, "mtime", true);
	js_add(o, "set", set);
}

static void js_caller(struct json_object *o, const struct rfs_caller *c, name_fn *name)
{
	js_number(o, "pid", c->pid);
	js_number(o, "tid", c->tid);
	js_number(o, "ppid", c->ppid);
	js_number(o, "uid", c->uid);
	js_number(o, "gid", c->gid);
	js_number(o, "euid", c->euid);
	js_number(o, "egid", c->egid);
	if (c->loginuid == (__u32)-1)
		js_null(o, "loginuid");
	else
		js_number(o, "loginuid", c->loginuid);
	name(o, "comm", c->comm, strnlen(c->comm, sizeof(c->comm)));
	js_number(o, "cgroup_id", c->cgroup_id);
	js_number(o, "mnt_ns", c->mnt_ns);
	if (c->flags & RFS_CALLER_KTHREAD)
		js_bool(o, "kthread", true);
}

static void json_event(struct json_object *o, const struct fcdl_event *e, name_fn *name)
{
	char buf[ERRNO_TEXT];

	js_string(o, "op", op_word(e->op, buf, sizeof(buf)));
	js_signed(o, "result", e->result);
	if (e->result < 0)
		js_string(o, "error", result_name(e->result, buf));
	js_caller(o, &e->caller, name);
	js_str(o, "exe", &e->record, &e->exe, name);
	js_str(o, "path", &e->record, &e->path[0], name);
	js_str(o, "path2", &e->record, &e->path[1], name);
	js_str(o, "target", &e->record, &e->target, name);
	if ((e->path_flags[0] | e->path_flags[1]) & RFS_PATHF_FS_ROOT)
		js_bool(o, "from_fs_root", true);
	js_file(o, "object", e, RFS_FIRST);
	js_file(o, "object2", e, RFS_SECOND);
	js_file(o, "parent", e, RFS_FIRST_PARENT);
	js_file(o, "parent2", e, RFS_SECOND_PARENT);
	js_number(o, "open_flags", e->open_flags);
	js_number(o, "mode", e->mode);
	js_number(o, "rename_flags", e->rename_flags);
	if (e->rdev)
		js_number(o, "rdev", e->rdev);
	if (e->flags & FCDL_EVENT_ATTR)
		js_attr(o, &e->attr);
	js_bool(o, "created", e->op_flags & RFS_OPF_CREATED);
	if (e->op_flags & RFS_OPF_MAPPED)
		js_bool(o, "mapped", true);
	js_str(o, "denied_by", &e->record, &e->filter, name);
	if (e->op_flags & RFS_OPF_DEFAULT_DENY)
		js_bool(o, "by_default", true);
}

static void json_lost(struct json_object *o, const struct fcdl_lost *lost)
{
	const struct fcdl_lost_op *ops = (const void *)((const char *)lost + lost->record.fixed);
	struct json_object *by_op = js_new_object(), *why = js_new_array();
	char buf[16];
	size_t i;

	js_number(o, "count", lost->count);
	for (i = 0; i < lost->nr_ops; i++)
		js_number(by_op, op_word(ops[i].op, buf, sizeof(buf)), ops[i].count);
	js_add(o, "ops", by_op);
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (lost->reasons & reasons[i].bit)
			js_append(why, json_object_new_string(reasons[i].word));
	js_add(o, "reasons", why);
	js_number(o, "notes", lost->notes);
}

static void json_out(struct sink *sink, struct json_object *o)
{
	const char *line = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!line)
		mem_none();
	put(sink, line, strlen(line));
	put(sink, "\n", 1);
	json_object_put(o);
}

/* Return: everything about a record, for json_object_put() */
static struct json_object *object_of(const struct sink *sink, const struct fcdl_record *r, name_fn *name)
{
	struct json_object *o = js_new_object();
	const struct fcdl_note *note;
	char when[TIME_TEXT];

	js_string(o, "type", type_word(r));
	js_string(o, "time", time_text(sink, r, when));
	js_number(o, "time_ns", time_of(sink, r));
	js_number(o, "seq", r->seq);
	if (r->type == FCDL_EVENT) {
		json_event(o, (const struct fcdl_event *)r, name);
	} else if (r->type == FCDL_LOST) {
		json_lost(o, (const struct fcdl_lost *)r);
	} else {
		note = (const struct fcdl_note *)r;
		js_string(o, "what", note_word(note->what));
		js_str(o, "path", r, &note->path, name);
	}
	return o;
}

static struct json_object *object_of_uncovered(const char *path, const char *type, int error, name_fn *name)
{
	struct json_object *o = js_new_object();
	char buf[ERRNO_TEXT];

	js_string(o, "type", "note");
	js_string(o, "what", "not_covered");
	name(o, "path", path, strlen(path));
	name(o, "fstype", type, strlen(type));
	js_string(o, "error", errno_name(error, buf, sizeof(buf)));
	return o;
}

/* ---- The journal ---- */

/* Lines that are wanted as a string: text_ functions print into it. Return: where */
static FILE *message_begin(struct sink *line, const struct logopt *opt, char **text, size_t *len)
{
	memset(line, 0, sizeof(*line));
	line->opt = opt;
	line->file = open_memstream(text, len);
	if (!line->file)
		mem_none();
	return line->file;
}

/* Sends what was printed, without the end of its line, and with it @o. It takes all of them. */
static void message_send(struct sink *sink, FILE *file, char **text, size_t *len, unsigned int type,
			 struct json_object *o)
{
	const char *id = type == FCDL_EVENT ? JOURNAL_EVENT_ID : type == FCDL_LOST ? JOURNAL_LOST_ID : JOURNAL_NOTE_ID;
	int err;

	if (fclose(file))
		mem_none();
	if (*len)
		(*text)[*len - 1] = '\0';
	/* what the log lacks, or from when to when it covers what, is not to be overlooked */
	err = journal_entry(*text, type == FCDL_EVENT ? LOG_INFO : LOG_WARNING, id, o);
	if (err && !sink->error)
		sink->error = -err;
	free(*text);
	json_object_put(o);
}

static void journal(struct sink *sink, const struct fcdl_record *r)
{
	struct sink line;
	char *text;
	size_t len;
	FILE *file;

	if (sink->error)
		return;
	file = message_begin(&line, sink->opt, &text, &len);
	text_body(&line, r);
	message_send(sink, file, &text, &len, r->type, object_of(sink, r, js_raw));
}

static void journal_uncovered(struct sink *sink, const char *path, const char *type, int error)
{
	struct sink line;
	char *text;
	size_t len;
	FILE *file;

	if (sink->error)
		return;
	file = message_begin(&line, sink->opt, &text, &len);
	text_uncovered(&line, path, type, error);
	message_send(sink, file, &text, &len, FCDL_NOTE, object_of_uncovered(path, type, error, js_raw));
}

/* ---- CSV ---- */

/* A field in quotes; every byte on the line can be shown, and quotes are doubled */
static void csv_bytes(struct sink *sink, const char *bytes, size_t len)
{
	char *plain = escape_bytes(bytes, len), *c;

	say(sink, ",\"");
	for (c = plain; *c; c++)
		say(sink, *c == '"' ? "\"\"" : "%c", *c);
	say(sink, "\"");
	free(plain);
}

static void csv_str(struct sink *sink, const struct fcdl_record *r, const struct fcdl_str *str)
{
	size_t len;
	const char *s = fcdl_string(r, str, &len);

	if (s)
		csv_bytes(sink, s, len);
	else
		say(sink, ",");
}

static void csv_empty(struct sink *sink, int fields)
{
	while (fields--)
		say(sink, ",");
}

static void csv_event(struct sink *sink, const struct fcdl_event *e)
{
	const struct rfs_caller *c = &e->caller;
	const struct rfs_object *o = &e->object[RFS_FIRST];
	char buf[16];

	say(sink, ",%s,%lld,%u,%u,%u,%u,%u,%u,%u,%d", op_word(e->op, buf, sizeof(buf)), (long long)e->result, c->pid,
	    c->tid, c->ppid, c->uid, c->gid, c->euid, c->egid, (int)c->loginuid);
	csv_bytes(sink, c->comm, strnlen(c->comm, sizeof(c->comm)));
	csv_str(sink, &e->record, &e->exe);
	csv_str(sink, &e->record, &e->path[0]);
	csv_str(sink, &e->record, e->target.offset ? &e->target : &e->path[1]);
	if ((e->objects & 1) && (o->valid & RFS_OBJECT_EXISTS))
		say(sink, ",%llu,%llu,%o,%llu,%u", (unsigned long long)o->dev, (unsigned long long)o->ino, o->mode,
		    (unsigned long long)o->size, o->nlink);
	else
		csv_empty(sink, 5);
	csv_str(sink, &e->record, &e->filter);
	say(sink, "\n");
}

static void csv(struct sink *sink, const struct fcdl_record *r)
{
	char when[TIME_TEXT], *ops;

	say(sink, "%s,%s,%llu", type_word(r), time_text(sink, r, when), (unsigned long long)r->seq);
	if (r->type == FCDL_EVENT) {
		csv_event(sink, (const struct fcdl_event *)r);
	} else if (r->type == FCDL_LOST) {
		ops = lost_text((const struct fcdl_lost *)r);
		/* what was lost where the operation would be, how many where the result would be */
		csv_bytes(sink, ops, strlen(ops));
		say(sink, ",%llu", (unsigned long long)((const struct fcdl_lost *)r)->count);
		csv_empty(sink, 18);
		free(ops);
	} else {
		say(sink, ",%s", note_word(((const struct fcdl_note *)r)->what));
		csv_empty(sink, 11);
		csv_str(sink, r, &((const struct fcdl_note *)r)->path);
		csv_empty(sink, 7);
	}
	if (r->type != FCDL_EVENT)
		say(sink, "\n");
}

/* ---- All of them ---- */

/* Rules are set again whenever something is mounted (mounts_scan()); only the first time says something */
static bool is_repeated(const struct fcdl_record *record)
{
	const struct fcdl_note *note = (const struct fcdl_note *)record;

	return record->type == FCDL_NOTE && note->what == FCDL_NOTE_SET_PATH && (note->flags & RFS_PATH_REPLACED);
}

void sink_record(struct sink *sink, const struct fcdl_record *record)
{
	if (is_repeated(record) && sink->opt->format != LOG_RAW)
		return;
	switch (sink->opt->format) {
	case LOG_TEXT:
		text(sink, record);
		break;
	case LOG_JSON:
		json_out(sink, object_of(sink, record, js_bytes));
		break;
	case LOG_JOURNAL:
		journal(sink, record);
		break;
	case LOG_CSV:
		csv(sink, record);
		break;
	case LOG_RAW:
		put(sink, record, record->size);
		break;
	}
	if (sink->opt->rotate && sink->bytes >= sink->opt->rotate && !sink->error)
		rotate(sink);
}

void sink_uncovered(struct sink *sink, const char *path, const char *type, int error)
{
	char buf[ERRNO_TEXT], *text;

	switch (sink->opt->format) {
	case LOG_TEXT:
		text_uncovered(sink, path, type, error);
		break;
	case LOG_JSON:
		json_out(sink, object_of_uncovered(path, type, error, js_bytes));
		break;
	case LOG_JOURNAL:
		journal_uncovered(sink, path, type, error);
		break;
	case LOG_CSV:
		say(sink, "note,,,not_covered");
		csv_empty(sink, 11);
		csv_bytes(sink, path, strlen(path));
		csv_empty(sink, 7);
		say(sink, "\n");
		break;
	case LOG_RAW:
		text = escape_text(path);
		fprintf(stderr, "fcdlctl: %s: not covered: %s (%s)\n", sink->opt->command, text,
			errno_name(error, buf, sizeof(buf)));
		free(text);
		break;
	}
}
