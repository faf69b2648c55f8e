// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl pending */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dev.h"
#include "escape.h"
#include "fcdlctl.h"
#include "mem.h"
#include "out.h"
#include "parse.h"
#include "threads.h"

static const struct column columns[] = {
	{ "FILTER", false }, { "OP", false },	 { "WHEN", false },  { "PID", true },
	{ "TID", true },     { "COMM", false },	 { "WAITED", true }, { "LEFT", true },
	{ "HANDLER", true }, { "DOING", false }, { "PATH", false },  { NULL, false },
};

static const char *when_word(const struct fcdlctl_pending *pending)
{
	if (pending->flags & FCDLCTL_PENDING_MODIFY)
		return "-";
	return pending->flags & FCDLCTL_PENDING_POST ? "post" : "pre";
}

static const char *what_word(const struct fcdlctl_pending *pending, char *text, size_t size)
{
	if (pending->flags & FCDLCTL_PENDING_MODIFY)
		return "change";
	return op_word(pending->op, text, size);
}

static void time_cell(struct table *table, uint64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03us", ns / 1000000000, (unsigned int)(ns % 1000000000 / 1000000));
	table_cell(table, text);
}

/* Where the thread that took the request sleeps, from the module or from /proc. */
static void receiver_wait(const struct fcdlctl_pending *pending, char *wait)
{
	bool asleep = pending->receiver_state == FCDLCTL_RECEIVER_SLEEPING ||
		      pending->receiver_state == FCDLCTL_RECEIVER_BLOCKED;

	wait[0] = '\0';
	if (pending->receiver_wait[0])
		snprintf(wait, THREAD_WAIT, "%.*s", (int)sizeof(pending->receiver_wait) - 1, pending->receiver_wait);
	else if (asleep)
		threads_wait((int)pending->handler_pid, (int)pending->receiver_tid, wait);
}

/* What keeps the answer away: the thread that took the question and the others, in words for free(). */
static char *doing(const struct fcdlctl_pending *pending)
{
	char wait[THREAD_WAIT], *words, *others, *where, *text;
	struct thread *threads;
	size_t count;
	int printed;

	count = threads_read((int)pending->handler_pid, &threads);
	words = threads_words(threads, count, (int)pending->receiver_tid);
	others = escape_text(words);
	if (pending->receiver_tid) {
		receiver_wait(pending, wait);
		where = escape_text(wait);
		printed = asprintf(&text, "thread %" PRIu32 " %s%s%s; others: %s, %" PRIu32 " asking",
				   pending->receiver_tid, receiver_word(pending->receiver_state),
				   where[0] ? " in " : "", where, others, pending->receivers);
		free(where);
	} else {
		printed = asprintf(&text, "not taken: %s, %" PRIu32 " asking", others, pending->receivers);
	}
	if (printed < 0)
		mem_none();
	free(others);
	free(words);
	free(threads);
	return text;
}

static void paths_cell(struct table *table, const struct fcdlctl_pending *pending)
{
	char *first = escape_bytes(pending->path, strnlen(pending->path, sizeof(pending->path)));
	char *second = escape_bytes(pending->path2, strnlen(pending->path2, sizeof(pending->path2)));
	char *text;
	int printed;

	if (pending->flags & FCDLCTL_PENDING_SECOND)
		printed = asprintf(&text, "%s%s -> %s%s", first,
				   pending->flags & FCDLCTL_PENDING_FIRST_CUT ? "..." : "", second,
				   pending->flags & FCDLCTL_PENDING_SECOND_CUT ? "..." : "");
	else if (pending->flags & FCDLCTL_PENDING_FIRST)
		printed = asprintf(&text, "%s%s", first, pending->flags & FCDLCTL_PENDING_FIRST_CUT ? "..." : "");
	else
		printed = asprintf(&text, "-");
	if (printed < 0)
		mem_none();
	table_cell(table, text);
	free(text);
	free(second);
	free(first);
}

static void row(struct table *table, const struct fcdlctl_pending *pending)
{
	char op[16], *text;

	table_bytes(table, pending->filter, strnlen(pending->filter, sizeof(pending->filter)));
	table_cell(table, what_word(pending, op, sizeof(op)));
	table_cell(table, when_word(pending));
	table_number(table, pending->pid);
	table_number(table, pending->tid);
	table_bytes(table, pending->comm, strnlen(pending->comm, sizeof(pending->comm)));
	time_cell(table, pending->waited_ns);
	time_cell(table, pending->left_ns);
	table_number(table, pending->handler_pid);
	text = doing(pending);
	table_cell(table, text);
	free(text);
	paths_cell(table, pending);
}

static void json_path(struct json_object *object, const char *key, const char *path, size_t size, bool there, bool cut)
{
	char cut_key[16];

	if (!there) {
		js_null(object, key);
		return;
	}
	js_bytes(object, key, path, strnlen(path, size));
	snprintf(cut_key, sizeof(cut_key), "%s_cut", key);
	js_bool(object, cut_key, cut);
}

static struct json_object *json_receiver(const struct fcdlctl_pending *pending)
{
	struct json_object *object = js_new_object();
	char wait[THREAD_WAIT];

	js_number(object, "tid", pending->receiver_tid);
	js_bytes(object, "comm", pending->receiver_comm,
		 strnlen(pending->receiver_comm, sizeof(pending->receiver_comm)));
	js_string(object, "state", receiver_word(pending->receiver_state));
	receiver_wait(pending, wait);
	if (wait[0])
		js_bytes(object, "in", wait, strlen(wait));
	else
		js_null(object, "in");
	return object;
}

static struct json_object *json_handler(const struct fcdlctl_pending *pending)
{
	struct json_object *top = js_new_object(), *array = js_new_array(), *object;
	struct thread *threads;
	size_t count, i;

	count = threads_read((int)pending->handler_pid, &threads);
	js_number(top, "pid", pending->handler_pid);
	js_number(top, "asking", pending->receivers);
	js_number(top, "queued", pending->queued);
	for (i = 0; i < count; i++) {
		object = js_new_object();
		js_signed(object, "tid", threads[i].tid);
		js_bytes(object, "comm", threads[i].comm, strnlen(threads[i].comm, sizeof(threads[i].comm)));
		js_string(object, "state", threads[i].state);
		if (threads[i].wait[0])
			js_bytes(object, "in", threads[i].wait, strlen(threads[i].wait));
		else
			js_null(object, "in");
		js_append(array, object);
	}
	js_add(top, "threads", array);
	free(threads);
	return top;
}

static struct json_object *json_entry(const struct fcdlctl_pending *pending)
{
	struct json_object *object = js_new_object();
	char op[16];

	js_number(object, "id", pending->id);
	js_bytes(object, "filter", pending->filter, strnlen(pending->filter, sizeof(pending->filter)));
	js_string(object, "op", what_word(pending, op, sizeof(op)));
	js_string(object, "when", when_word(pending));
	js_bool(object, "locked", pending->flags & FCDLCTL_PENDING_LOCKED);
	js_number(object, "pid", pending->pid);
	js_number(object, "tid", pending->tid);
	js_bytes(object, "comm", pending->comm, strnlen(pending->comm, sizeof(pending->comm)));
	js_number(object, "waited_ns", pending->waited_ns);
	js_number(object, "left_ns", pending->left_ns);
	json_path(object, "path", pending->path, sizeof(pending->path), pending->flags & FCDLCTL_PENDING_FIRST,
		  pending->flags & FCDLCTL_PENDING_FIRST_CUT);
	json_path(object, "path2", pending->path2, sizeof(pending->path2), pending->flags & FCDLCTL_PENDING_SECOND,
		  pending->flags & FCDLCTL_PENDING_SECOND_CUT);
	if (pending->receiver_tid)
		js_add(object, "receiver", json_receiver(pending));
	else
		js_null(object, "receiver");
	js_add(object, "handler", json_handler(pending));
	return object;
}

static int run(const struct args *args)
{
	struct json_object *top, *array;
	struct fcdlctl_pending *all;
	struct table *table;
	int fd = dev_open();
	long count, i;

	if (fd < 0)
		return FCDLCTL_FAILED;
	count = dev_list(fd, FCDLCTL_LIST_PENDING, (void **)&all, sizeof(*all));
	close(fd);
	if (count < 0)
		return dev_fail("pending", NULL, (int)count);
	if (args->json) {
		top = js_new_object();
		array = js_new_array();
		for (i = 0; i < count; i++)
			js_append(array, json_entry(&all[i]));
		js_add(top, "pending", array);
		js_print(top);
	} else {
		table = table_new(columns);
		for (i = 0; i < count; i++)
			row(table, &all[i]);
		table_print(table);
	}
	free(all);
	return FCDLCTL_DONE;
}

const struct command cmd_pending = {
	.name = "pending",
	.synopsis = "",
	.summary = "show who waits for a filter, and what its handler does meanwhile",
	.help = "PID, TID, COMM: who waits; WAITED: for how long; LEFT: until the filter's default answers.\n"
		"DOING: the thread that took the request and what it does, then what the other threads of the handler\n"
		"do, and how many of them ask for work; 'not taken': the same when no thread has taken it.\n",
	.min = 0,
	.max = 0,
	.run = run,
};
