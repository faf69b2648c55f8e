// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl list */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dev.h"
#include "fcdlctl.h"
#include "out.h"
#include "parse.h"

static const struct column columns[] = {
	{ "NAME", false },	  { "PRIORITY", true }, { "ACTIVE", false },  { "KIND", false },
	{ "PID", true },	  { "STATE", false },	{ "DEADLINE", true }, { "ON-TIMEOUT", false },
	{ "ON-OVERLOAD", false }, { "ON-EXIT", false }, { NULL, false },
};

static void verdict_cell(struct table *table, const struct fcdlctl_verdict *verdict)
{
	char text[VERDICT_TEXT];

	table_cell(table, verdict_text(verdict, text));
}

static void row(struct table *table, const struct fcdlctl_filter *filter)
{
	char text[32];

	table_bytes(table, filter->name, strnlen(filter->name, sizeof(filter->name)));
	snprintf(text, sizeof(text), "%" PRId32, filter->priority);
	table_cell(table, text);
	table_cell(table, filter->flags & FCDLCTL_FILTER_ACTIVE ? "yes" : "no");
	table_cell(table, kind_word(filter->kind));
	if (filter->pid)
		table_number(table, filter->pid);
	else
		table_cell(table, "-");
	table_cell(table, state_word(filter->state));
	snprintf(text, sizeof(text), "%" PRIu32 "ms", filter->deadline_ms);
	table_cell(table, filter->deadline_ms ? text : "-");
	verdict_cell(table, &filter->on_timeout);
	verdict_cell(table, &filter->on_overload);
	verdict_cell(table, &filter->on_exit);
}

static void json_verdict(struct json_object *object, const char *key, const struct fcdlctl_verdict *verdict)
{
	char text[VERDICT_TEXT];

	if (verdict->action == FCDLCTL_NONE)
		js_null(object, key);
	else
		js_string(object, key, verdict_text(verdict, text));
}

static void json_ops(struct json_object *object, const char *key, uint64_t ops)
{
	struct json_object *array = js_new_array();
	unsigned int op;
	char text[16];

	for (op = 0; op < 64; op++)
		if (ops >> op & 1)
			js_append(array, json_object_new_string(op_word(op, text, sizeof(text))));
	js_add(object, key, array);
}

static struct json_object *json_filter(const struct fcdlctl_filter *filter)
{
	struct json_object *object = js_new_object();

	js_bytes(object, "name", filter->name, strnlen(filter->name, sizeof(filter->name)));
	js_signed(object, "priority", filter->priority);
	js_bool(object, "active", filter->flags & FCDLCTL_FILTER_ACTIVE);
	js_string(object, "kind", kind_word(filter->kind));
	if (filter->pid)
		js_number(object, "pid", filter->pid);
	else
		js_null(object, "pid");
	js_string(object, "state", state_word(filter->state));
	js_bool(object, "locked", filter->flags & FCDLCTL_FILTER_LOCKED);
	js_bool(object, "asks_before_changes", filter->flags & FCDLCTL_FILTER_MOD_CB);
	js_bool(object, "unplaced_in_scope", filter->flags & FCDLCTL_FILTER_UNPLACED);
	if (filter->deadline_ms)
		js_number(object, "deadline_ms", filter->deadline_ms);
	else
		js_null(object, "deadline_ms");
	json_verdict(object, "on_timeout", &filter->on_timeout);
	json_verdict(object, "on_overload", &filter->on_overload);
	json_verdict(object, "on_exit", &filter->on_exit);
	json_verdict(object, "on_unaskable", &filter->on_unaskable);
	js_number(object, "rules", filter->rules);
	js_number(object, "rules_stale", filter->rules_stale);
	js_number(object, "pending", filter->pending);
	js_number(object, "receivers", filter->receivers);
	json_ops(object, "pre", filter->pre_ops);
	json_ops(object, "post", filter->post_ops);
	js_number(object, "id", filter->id);
	return object;
}

static void print(const struct fcdlctl_filter *filters, long count)
{
	struct table *table = table_new(columns);
	long i;

	for (i = 0; i < count; i++)
		row(table, &filters[i]);
	table_print(table);
}

static void print_json(const struct fcdlctl_filter *filters, long count)
{
	struct json_object *top = js_new_object();
	struct json_object *array = js_new_array();
	long i;

	for (i = 0; i < count; i++)
		js_append(array, json_filter(&filters[i]));
	js_add(top, "filters", array);
	js_print(top);
}

static int run(const struct args *args)
{
	struct fcdlctl_filter *filters;
	int fd = dev_open();
	long count;

	if (fd < 0)
		return FCDLCTL_FAILED;
	count = dev_list(fd, FCDLCTL_LIST, (void **)&filters, sizeof(*filters));
	close(fd);
	if (count < 0)
		return dev_fail("list", NULL, (int)count);
	if (args->json)
		print_json(filters, count);
	else
		print(filters, count);
	free(filters);
	return FCDLCTL_DONE;
}

const struct command cmd_list = {
	.name = "list",
	.synopsis = "",
	.summary = "show all filters in the order in which they are asked",
	.help = "Columns: NAME PRIORITY ACTIVE KIND PID STATE DEADLINE ON-TIMEOUT ON-OVERLOAD ON-EXIT.\n"
		"STATE: ok; stalled (it missed its deadline and is answered for until its handler asks for work);\n"
		"not-ready (active, but its handler does not take questions yet); locked (it cannot be changed).\n",
	.min = 0,
	.max = 0,
	.run = run,
};
