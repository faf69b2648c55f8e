// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fcdlctl against a control device inside the test: what each command asks for, shows and says, also where a kernel
 * would have to be broken in a rare way. open() and ioctl() of this file take the place of libc's.
 *
 * sources: fcdlctl/args.c fcdlctl/dev.c fcdlctl/escape.c fcdlctl/mem.c fcdlctl/out.c fcdlctl/parse.c fcdlctl/path.c
 * sources: fcdlctl/threads.c fcdlctl/cmd_activate.c fcdlctl/cmd_deactivate.c fcdlctl/cmd_delpath.c
 * sources: fcdlctl/cmd_detach.c fcdlctl/cmd_list.c fcdlctl/cmd_paths.c fcdlctl/cmd_pending.c fcdlctl/cmd_policy.c
 * sources: fcdlctl/cmd_setpath.c fcdlctl/cmd_stats.c fcdlctl/cmd_status.c fcdlctl/cmd_version.c
 * sources: liburfs/src/fcdl.c liburfs/src/names.c
 * libs: -lsmartcols -ljson-c
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fcdlctl/args.h"
#include "fcdlctl/dev.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FAKE_FILTERS 5
#define FAKE_RULES 7
/* Elements in a page, whatever room there is: a page may be shorter. */
#define FAKE_PAGE 2

/* ---- The device ---- */

static struct {
	int open_errno;
	int fail; /* errno of every request but those that only read */
	__u32 refused; /* and who is behind it */
	int inside_rounds; /* DETACH says that somebody is inside so often */
	unsigned int calls;
	_Alignas(8) unsigned char last[256]; /* the last change that was asked for */
	char last_path[RFS_PATH_LEN];
	__u32 flags_out;
	__u32 pending;
} fake;

int open(const char *path, int flags, ...)
{
	va_list list;
	mode_t mode;

	va_start(list, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
	va_end(list);
	if (strcmp(path, DEV_PATH))
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (fake.open_errno) {
		errno = fake.open_errno;
		return -1;
	}
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
}

static void fake_filter(unsigned int i, struct fcdlctl_filter *filter)
{
	memset(filter, 0, sizeof(*filter));
	filter->id = i + 1;
	filter->priority = (int)i - 2;
	filter->kind = i % 2 ? FCDLCTL_KIND_USER : FCDLCTL_KIND_KERNEL;
	filter->state = 1 + i % 4;
	filter->flags = i == 3 ? FCDLCTL_FILTER_LOCKED : FCDLCTL_FILTER_ACTIVE;
	filter->pre_ops = i ? UINT64_MAX : 0;
	if (i % 2) {
		filter->pid = 100 + i;
		filter->deadline_ms = 5000;
		filter->on_timeout.action = FCDLCTL_DENY;
		filter->on_timeout.error = EROFS;
		filter->on_overload.action = FCDLCTL_WAIT;
		filter->on_exit.action = FCDLCTL_ALLOW;
	}
	snprintf(filter->name, sizeof(filter->name), "filter%u", i);
}

static void fake_pending(unsigned int i, struct fcdlctl_pending *pending)
{
	memset(pending, 0, sizeof(*pending));
	pending->id = i + 1;
	pending->op = i % 2 ? RFS_OP_RENAME : 4000000000u;
	pending->flags = FCDLCTL_PENDING_FIRST | (i % 2 ? FCDLCTL_PENDING_SECOND : 0);
	pending->handler_pid = (__u32)getpid();
	pending->receiver_tid = i % 2 ? (__u32)getpid() : 0;
	pending->receiver_state = i % 7;
	/* no room for a NUL: the tool must not read on */
	memset(pending->comm, 'c', sizeof(pending->comm));
	memset(pending->path, 'p', sizeof(pending->path));
	memset(pending->path2, 'q', sizeof(pending->path2));
	memset(pending->receiver_wait, 0xff, sizeof(pending->receiver_wait) - 1);
	memcpy(pending->filter, "filter1", 7);
}

static int fake_page(struct fcdlctl_list *list, unsigned int total, size_t size, void (*one)(unsigned int, char *))
{
	char *to = (char *)(uintptr_t)list->entries;

	if (list->count || list->reserved || !list->max || list->size != size)
		return -EINVAL;
	while (list->cursor < total && list->count < list->max && list->count < FAKE_PAGE) {
		one((unsigned int)list->cursor++, to);
		to += size;
		list->count++;
	}
	return 0;
}

static void one_filter(unsigned int i, char *to)
{
	fake_filter(i, (struct fcdlctl_filter *)to);
}

static void one_pending(unsigned int i, char *to)
{
	fake_pending(i, (struct fcdlctl_pending *)to);
}

static void one_fs(unsigned int i, char *to)
{
	struct fcdlctl_fs *fs = (struct fcdlctl_fs *)to;

	memset(fs, 0, sizeof(*fs));
	fs->dev = 0x812;
	fs->rules = i;
	strcpy(fs->type, "ext4");
	strcpy(fs->id, "sdb\xff");
}

static void one_inside(unsigned int i, char *to)
{
	struct fcdlctl_inside *inside = (struct fcdlctl_inside *)to;

	memset(inside, 0, sizeof(*inside));
	inside->pid = 10 + i;
	inside->tid = 20 + i;
	inside->op = RFS_OP_MKDIR;
	memset(inside->comm, 'i', sizeof(inside->comm));
}

static int fake_paths(struct fcdlctl_paths *list)
{
	struct fcdlctl_path *entries = (struct fcdlctl_path *)(uintptr_t)list->entries;
	char *buf = (char *)(uintptr_t)list->buf;
	unsigned int i;

	if (strcmp(list->filter, "filter1"))
		return -ENOENT;
	if (list->count || list->buf_used || list->buf_size < RFS_PATH_LEN)
		return -EINVAL;
	for (i = (unsigned int)list->cursor; i < FAKE_RULES && list->count < FAKE_PAGE; i++) {
		entries[list->count].id = i + 1;
		entries[list->count].flags = i % 2 ? RFS_PATH_EXCLUDE | RFS_PATH_SINGLE | RFS_PATH_STALE :
						     RFS_PATH_INCLUDE | RFS_PATH_SUBTREE;
		entries[list->count].offset = list->buf_used;
		entries[list->count].len = (__u32)sprintf(buf + list->buf_used, "/rule\n%u\xff", i);
		list->buf_used += entries[list->count].len;
		list->count++;
	}
	list->cursor = i;
	return 0;
}

static int fake_stats(struct fcdlctl_stats *list)
{
	struct fcdlctl_stat *stats = (struct fcdlctl_stat *)(uintptr_t)list->entries;

	if (list->filter[0] && strcmp(list->filter, "filter1"))
		return -ENOENT;
	memset(stats, 0, 2 * sizeof(*stats));
	stats[0].value = UINT64_MAX;
	strcpy(stats[0].name, "biggest");
	/* a name without a NUL */
	memset(stats[1].name, 'n', sizeof(stats[1].name));
	list->count = 2;
	list->total = 2;
	return 0;
}

static int fake_change(unsigned long request, void *argument)
{
	struct fcdlctl_setpath *setpath = argument;
	struct fcdlctl_policy *policy = argument;
	struct fcdlctl_name *name = argument;

	memcpy(fake.last, argument, _IOC_SIZE(request));
	if (request == FCDLCTL_SETPATH || request == FCDLCTL_DELPATH)
		setpath->refused = fake.refused;
	else if (request == FCDLCTL_SET_POLICY)
		policy->refused = fake.refused;
	else
		name->refused = fake.refused;
	if (request == FCDLCTL_SETPATH || request == FCDLCTL_DELPATH) {
		memcpy(fake.last_path, (void *)(uintptr_t)setpath->path, setpath->path_len);
		fake.last_path[setpath->path_len] = '\0';
		if (!fake.fail)
			setpath->flags |= fake.flags_out;
	}
	return fake.fail;
}

static int fake_detach(struct fcdlctl_detach *detach)
{
	if (detach->inside || detach->reserved)
		return -EINVAL;
	detach->inside = fake.inside_rounds > 0 ? 3 : 0;
	fake.inside_rounds--;
	return fake.fail;
}

static int fake_read(unsigned long request, void *argument)
{
	struct fcdlctl_version *version = argument;
	struct fcdlctl_policy *policy = argument;
	struct fcdlctl_status *status = argument;

	switch (request) {
	case FCDLCTL_VERSION:
		memset(version, 0, sizeof(*version));
		version->abi = 1;
		strcpy(version->release, "1.2.3");
		return fake.fail;
	case FCDLCTL_STATUS:
		memset(status, 0, sizeof(*status));
		status->hook = FCDLCTL_HOOK_DEAD;
		status->flags = FCDLCTL_STATUS_BYPASS;
		return 0;
	case FCDLCTL_GET_POLICY:
		if (strcmp(policy->filter, "filter1"))
			return -EOPNOTSUPP;
		policy->valid = FCDLCTL_POLICY_DEADLINE | FCDLCTL_POLICY_ON_EXIT;
		policy->deadline_ms = 1500;
		policy->on_exit.action = FCDLCTL_DENY;
		policy->on_exit.error = 4000;
		return 0;
	case FCDLCTL_LIST:
		return fake_page(argument, FAKE_FILTERS, sizeof(struct fcdlctl_filter), one_filter);
	case FCDLCTL_LIST_FS:
		return fake_page(argument, 3, sizeof(struct fcdlctl_fs), one_fs);
	case FCDLCTL_LIST_INSIDE:
		return fake_page(argument, 3, sizeof(struct fcdlctl_inside), one_inside);
	case FCDLCTL_LIST_PENDING:
		return fake_page(argument, fake.pending, sizeof(struct fcdlctl_pending), one_pending);
	case FCDLCTL_LIST_PATHS:
		return fake_paths(argument);
	case FCDLCTL_STATS:
		return fake_stats(argument);
	case FCDLCTL_DETACH:
		return fake_detach(argument);
	default:
		return 1;
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *argument;
	int err;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	/* stdio asks whether its output is a terminal */
	if (_IOC_TYPE(request) != FCDLCTL_IOC)
		return (int)syscall(SYS_ioctl, fd, request, argument);
	fake.calls++;
	err = fake_read(request, argument);
	if (err == 1 && request == FCDLCTL_DEACTIVATE_ALL) {
		((struct fcdlctl_all *)argument)->count = 3;
		err = fake.fail;
	} else if (err == 1) {
		err = fake_change(request, argument);
	}
	if (!err)
		return 0;
	errno = -err;
	return -1;
}

/* ---- Running a command ---- */

static const struct command *const commands[] = {
	&cmd_list,    &cmd_paths,  &cmd_setpath, &cmd_delpath, &cmd_activate, &cmd_deactivate, &cmd_policy, &cmd_stats,
	&cmd_pending, &cmd_status, &cmd_detach,	 &cmd_version, NULL,
};

static char out[1 << 17], err[8192];

static void slurp(FILE *file, char *to, size_t size)
{
	size_t got;

	rewind(file);
	got = fread(to, 1, size - 1, file);
	to[got] = '\0';
	fclose(file);
}

/* Run a command line (words at blanks) with what it prints in @out and @err. */
static int run(const char *line)
{
	static char copy[8192], *argv[16];
	FILE *saved_out = stdout, *saved_err = stderr;
	const struct command *command;
	struct args args;
	char *word, *rest;
	int argc = 0, code;

	snprintf(copy, sizeof(copy), "fcdlctl %s", line);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	stdout = tmpfile();
	stderr = tmpfile();
	code = args_parse(argc, argv, commands, &command, &args);
	if (code == ARGS_RUN)
		code = command->run(&args);
	slurp(stdout, out, sizeof(out));
	slurp(stderr, err, sizeof(err));
	stdout = saved_out;
	stderr = saved_err;
	return code;
}

#define RUNS(line, code) ck_assert_msg(run(line) == (code), "%s: '%s' '%s'", line, out, err)
#define SHOWS(text) ck_assert_msg(strstr(out, text) != NULL, "no '%s' in '%s'", text, out)
#define SAYS(text) ck_assert_msg(strstr(err, text) != NULL, "no '%s' in '%s'", text, err)

/* The last output as JSON, one value of it as text; the path's parts are separated by slashes. */
static const char *value(const char *pointer)
{
	static char text[8192];
	struct json_object *top = json_tokener_parse(out), *found = NULL;

	ck_assert_msg(top != NULL, "not JSON: %s", out);
	ck_assert_msg(json_pointer_get(top, pointer, &found) == 0, "no %s in %s", pointer, out);
	snprintf(text, sizeof(text), "%s", found ? json_object_get_string(found) : "null");
	json_object_put(top);
	return text;
}

#define VALUE(pointer, text) ck_assert_str_eq(value(pointer), text)

/* ---- The tests ---- */

/* for CK_FORK=no, as under valgrind */
static void reset(void)
{
	memset(&fake, 0, sizeof(fake));
}

START_TEST(lists)
{
	RUNS("list", 0);
	SHOWS("NAME");
	SHOWS("filter0");
	SHOWS("filter4");
	SHOWS("deny:EROFS");
	RUNS("list --json", 0);
	VALUE("/filters/4/name", "filter4");
	VALUE("/filters/0/priority", "-2");
	VALUE("/filters/0/pid", "null");
	VALUE("/filters/0/pre", "[ ]");
	VALUE("/filters/1/pre/63", "63");
	VALUE("/filters/1/on_timeout", "deny:EROFS");
	VALUE("/filters/3/state", "locked");
	VALUE("/filters/3/locked", "true");
}
END_TEST

START_TEST(paths)
{
	RUNS("paths filter1", 0);
	SHOWS("include subtree ok    /rule\\n0\\xff");
	SHOWS("exclude single  stale /rule\\n5\\xff");
	SHOWS("/rule\\n6\\xff");
	RUNS("paths filter1 --json", 0);
	VALUE("/paths/6/path", "/rule\\n6\\xff");
	VALUE("/paths/6/path_base64", "L3J1bGUKNv8=");
	RUNS("paths nobody", 1);
	SAYS("no filter named 'nobody'; `fcdlctl list` shows them");
	RUNS("paths 12345678901234567890123456789012", 1);
	SAYS("no filter named");
}
END_TEST

START_TEST(pending)
{
	RUNS("pending", 0);
	SHOWS("FILTER");
	fake.pending = 9;
	RUNS("pending", 0);
	SHOWS("4000000000");
	SHOWS(" -> qqq");
	SHOWS("cccccccccccccccc");
	SHOWS("not taken: 1 thread running, 0 asking");
	SHOWS("; others: ");
	RUNS("pending --json", 0);
	VALUE("/pending/8/id", "9");
	VALUE("/pending/8/receiver", "null");
	VALUE("/pending/1/receiver/state", "running");
	VALUE("/pending/1/op", "rename");
	VALUE("/pending/0/path2", "null");
}
END_TEST

START_TEST(counters_and_status)
{
	RUNS("stats filter1", 0);
	SHOWS("18446744073709551615");
	RUNS("stats --json", 0);
	VALUE("/counters/biggest", "18446744073709551615");
	RUNS("status", 0);
	SHOWS("hook: dead");
	SHOWS("bypass: on");
	SHOWS("8:18");
	SAYS("probes");
	RUNS("status --json", 0);
	VALUE("/file_systems/2/rules", "2");
	VALUE("/file_systems/2/id_base64", "c2Ri/w==");
	RUNS("version", 0);
	SHOWS("redirfs 1.2.3");
	fake.fail = -ENOTTY;
	RUNS("version --json", 1);
	VALUE("/redirfs", "null");
	SAYS("`fcdlctl version`");
}
END_TEST

START_TEST(rules)
{
	const struct fcdlctl_setpath *request = (const struct fcdlctl_setpath *)fake.last;

	RUNS("setpath filter1 /a/b exclude single --force", 0);
	ck_assert_str_eq(request->filter, "filter1");
	ck_assert_uint_eq(request->flags, RFS_PATH_EXCLUDE | RFS_PATH_SINGLE | RFS_PATH_FORCE);
	ck_assert_str_eq(fake.last_path, "/a/b");
	ck_assert_str_eq(out, "");
	fake.flags_out = RFS_PATH_REPLACED;
	RUNS("setpath filter1 /a/b include subtree", 0);
	SHOWS("replaced");
	RUNS("setpath filter1 /a/b include subtree --json", 0);
	VALUE("/replaced", "true");
	/* a relative path is made absolute; one that is gone can only be deleted */
	ck_assert_int_eq(chdir("/usr"), 0);
	RUNS("setpath filter1 ./bin/.. include single", 0);
	ck_assert_str_eq(fake.last_path, "/usr");
	fake.calls = 0;
	RUNS("setpath filter1 no/such include single", 1);
	SAYS("path 'no/such': no such file or directory");
	RUNS("delpath filter1 nothing", 0);
	ck_assert_str_eq(fake.last_path, "/usr/nothing");
	ck_assert_uint_eq(fake.calls, 1);
	ck_assert_uint_eq(request->flags, 0);
}
END_TEST

START_TEST(policies)
{
	const struct fcdlctl_policy *request = (const struct fcdlctl_policy *)fake.last;

	RUNS("policy filter1", 0);
	ck_assert_str_eq(out, "deadline=1500ms\non-exit=deny:4000\n");
	RUNS("policy filter1 deadline=2s on-overload=wait", 0);
	ck_assert_str_eq(request->filter, "filter1");
	ck_assert_uint_eq(request->valid, FCDLCTL_POLICY_DEADLINE | FCDLCTL_POLICY_ON_OVERLOAD);
	ck_assert_uint_eq(request->deadline_ms, 2000);
	ck_assert_uint_eq(request->on_overload.action, FCDLCTL_WAIT);
	ck_assert_uint_eq(request->on_exit.action, 0);
	RUNS("policy filter1 on-exit=deny --json", 0);
	VALUE("/deadline_ms", "1500");
	RUNS("policy filter0", 1);
	SAYS("'filter0' is a kernel filter");
}
END_TEST

START_TEST(detaching)
{
	fake.inside_rounds = 3;
	RUNS("detach", 0);
	/* each of the three once, though it looked three times */
	SAYS("waiting for pid 10, thread 20 (iiiiiiiiiiiiiiii), in mkdir\n");
	SAYS("waiting for pid 12, thread 22");
	ck_assert_ptr_null(strstr(strstr(err, "pid 10") + 1, "pid 10"));
	fake.inside_rounds = 1000000;
	RUNS("detach --timeout 1ms --json", 1);
	SAYS("3 callers are still inside");
	VALUE("/detached", "false");
	VALUE("/inside/2/tid", "22");
	fake.inside_rounds = 0;
	fake.fail = -EINTR;
	RUNS("detach", 1);
	SAYS("interrupted system call");
}
END_TEST

/* What is said for each errno, by every command that changes something. */
START_TEST(errors_of_changes)
{
	static const struct {
		int error;
		__u32 refused;
		const char *says;
	} cases[] = {
		{ -ESTALE, 0, "filter 'filter1' is being unregistered" },
		{ -EACCES, 0, "permission denied" },
		{ -ENOTTY, 0, "`fcdlctl version`" },
		{ -ENOMEM, 0, "cannot allocate memory" },
		{ -4000, 0, "error 4000" },
		{ -EPERM, FCDLCTL_REFUSED_LOCKED, "filter 'filter1' is locked: operation not permitted" },
		{ -ETIMEDOUT, FCDLCTL_REFUSED_UNANSWERED,
		  "'filter1' did not say whether it agrees within its deadline: connection timed out; `fcdlctl pending`" },
		{ -ESTALE, FCDLCTL_REFUSED_UNANSWERED, "'filter1' did not say whether it agrees: stale file handle" },
		/* the same errnos, and all that have a meaning of their own elsewhere, from the filter itself */
		{ -EPERM, FCDLCTL_REFUSED_CALLBACK, "filter 'filter1' refused: operation not permitted" },
		{ -ESTALE, FCDLCTL_REFUSED_CALLBACK, "filter 'filter1' refused: stale file handle" },
		{ -ENOENT, FCDLCTL_REFUSED_CALLBACK, "filter 'filter1' refused: no such file or directory" },
		{ -ESRCH, FCDLCTL_REFUSED_CALLBACK, "filter 'filter1' refused: no such process" },
		{ -EOPNOTSUPP, FCDLCTL_REFUSED_CALLBACK, "filter 'filter1' refused: operation not supported" },
		{ -ETIMEDOUT, FCDLCTL_REFUSED_CALLBACK, "filter 'filter1' refused: connection timed out" },
		{ -ENOTTY, FCDLCTL_REFUSED_CALLBACK, "filter 'filter1' refused: inappropriate ioctl" },
		{ -ENOMEM, FCDLCTL_REFUSED_CALLBACK, "filter 'filter1' refused: cannot allocate memory" },
	};
	static const char *const lines[] = {
		"activate filter1",	     "deactivate filter1",
		"policy filter1 deadline=1", "setpath filter1 /x include single",
		"delpath filter1 /x",
	};
	size_t i, j;

	for (i = 0; i < COUNT(cases); i++) {
		for (j = 0; j < COUNT(lines); j++) {
			fake.fail = cases[i].error;
			fake.refused = cases[i].refused;
			RUNS(lines[j], 1);
			SAYS(cases[i].says);
			ck_assert_str_eq(out, "");
			ck_assert_ptr_eq(strchr(err, '\n'), err + strlen(err) - 1);
		}
	}
	fake.refused = 0;
	fake.fail = -ENOENT;
	RUNS("activate filter1", 1);
	SAYS("no filter named 'filter1'");
	RUNS("delpath filter1 /x", 1);
	SAYS("no rule for '/x'; `fcdlctl paths filter1`");
	RUNS("setpath filter1 /x include single", 1);
	SAYS("path '/x': no such file or directory");
	fake.fail = -ESRCH;
	RUNS("setpath filter1 /x include single", 1);
	SAYS("no filter named 'filter1'");
	fake.fail = -EOPNOTSUPP;
	RUNS("setpath filter1 /x include single", 1);
	SAYS("--force");
	RUNS("setpath filter1 /x include single --force", 1);
	SAYS("pseudo file system");
}
END_TEST

START_TEST(switching)
{
	const struct fcdlctl_name *request = (const struct fcdlctl_name *)fake.last;

	RUNS("activate filter1 --json", 0);
	VALUE("/active", "true");
	ck_assert_str_eq(request->filter, "filter1");
	RUNS("deactivate filter1 --json", 0);
	VALUE("/active", "false");
	RUNS("deactivate --all", 0);
	ck_assert_str_eq(out, "deactivated 3 filters\n");
	RUNS("deactivate --all --json", 0);
	VALUE("/deactivated", "3");
}
END_TEST

START_TEST(no_device)
{
	static const struct {
		int error;
		const char *says;
	} cases[] = {
		{ ENOENT, "modprobe redirfs" },
		{ ENODEV, "modprobe redirfs" },
		{ ENXIO, "modprobe redirfs" },
		{ EACCES, "permission denied; run it as root" },
		{ EPERM, "operation not permitted; run it as root" },
		{ EMFILE, "too many open files" },
	};
	static const char *const lines[] = {
		"list",		"paths f",    "setpath f /x include single",
		"delpath f /x", "activate f", "deactivate --all",
		"policy f",	"stats",      "pending",
		"status",	"detach",     "version",
	};
	size_t i, j;

	for (i = 0; i < COUNT(cases); i++) {
		for (j = 0; j < COUNT(lines); j++) {
			fake.open_errno = cases[i].error;
			RUNS(lines[j], 1);
			SAYS(cases[i].says);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdlctl_dev");
	TCase *all = tcase_create("commands");

	setlocale(LC_CTYPE, "C.UTF-8");
	tcase_add_checked_fixture(all, reset, NULL);
	tcase_add_test(all, lists);
	tcase_add_test(all, paths);
	tcase_add_test(all, pending);
	tcase_add_test(all, counters_and_status);
	tcase_add_test(all, rules);
	tcase_add_test(all, policies);
	tcase_add_test(all, detaching);
	tcase_add_test(all, errors_of_changes);
	tcase_add_test(all, switching);
	tcase_add_test(all, no_device);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
