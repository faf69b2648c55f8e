// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl paths */
#include <stdio.h>
#include <unistd.h>
#include "dev.h"
#include "fcdlctl.h"
#include "out.h"

static const struct column columns[] = {
	{ "TYPE", false }, { "SCOPE", false }, { "STATE", false }, { "PATH", false }, { NULL, false },
};

static const char *type_word(const struct rule *rule)
{
	return rule->flags & RFS_PATH_EXCLUDE ? "exclude" : "include";
}

static const char *scope_word(const struct rule *rule)
{
	return rule->flags & RFS_PATH_SINGLE ? "single" : "subtree";
}

static const char *stale_word(const struct rule *rule)
{
	return rule->flags & RFS_PATH_STALE ? "stale" : "ok";
}

static void print(const struct rule *rules, long count)
{
	struct table *table = table_new(columns);
	long i;

	for (i = 0; i < count; i++) {
		table_cell(table, type_word(&rules[i]));
		table_cell(table, scope_word(&rules[i]));
		table_cell(table, stale_word(&rules[i]));
		table_bytes(table, rules[i].path, rules[i].len);
	}
	table_print(table);
}

static void print_json(const char *filter, const struct rule *rules, long count)
{
	struct json_object *top = js_new_object();
	struct json_object *array = js_new_array();
	struct json_object *object;
	long i;

	for (i = 0; i < count; i++) {
		object = js_new_object();
		js_string(object, "type", type_word(&rules[i]));
		js_string(object, "scope", scope_word(&rules[i]));
		js_string(object, "state", stale_word(&rules[i]));
		js_bytes(object, "path", rules[i].path, rules[i].len);
		js_append(array, object);
	}
	js_string(top, "filter", filter);
	js_add(top, "paths", array);
	js_print(top);
}

static int run(const struct args *args)
{
	const char *filter = args->values[0];
	int fd = dev_open();
	struct rule *rules;
	long count;

	if (fd < 0)
		return FCDLCTL_FAILED;
	count = dev_rules(fd, filter, &rules);
	close(fd);
	if (count < 0)
		return dev_fail("paths", filter, (int)count);
	if (args->json)
		print_json(filter, rules, count);
	else
		print(rules, count);
	dev_rules_free(rules, count);
	return FCDLCTL_DONE;
}

const struct command cmd_paths = {
	.name = "paths",
	.synopsis = "FILTER",
	.summary = "show the path rules of a filter",
	.help = "Columns: TYPE (include, exclude) SCOPE (single, subtree) STATE PATH.\n"
		"A rule is stale if its object was deleted or unmounted; setpath with the same path resolves it anew.\n"
		"PATH is what was set, with backslash, control and invalid bytes escaped as in $'...' of bash.\n",
	.min = 1,
	.max = 1,
	.run = run,
};
