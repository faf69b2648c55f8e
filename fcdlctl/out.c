// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables, JSON, and whether they arrived. */
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include "escape.h"
#include "fcdlctl.h"
#include "mem.h"
#include "out.h"
#include "parse.h"

struct table {
	const struct column *columns;
	struct libscols_table *cols;
	struct libscols_line *line;
	size_t width;
	size_t at; /* of the next cell in its row */
	size_t rows;
};

struct table *table_new(const struct column *columns)
{
	struct table *table = mem_grow(NULL, 1, sizeof(*table));
	const struct column *column;

	memset(table, 0, sizeof(*table));
	table->columns = columns;
	table->cols = scols_new_table();
	if (!table->cols)
		mem_none();
	/* cells are escaped already, by one rule for tables, messages and JSON */
	scols_table_enable_noencoding(table->cols, 1);
	for (column = columns; column->name; column++) {
		if (!scols_table_new_column(table->cols, column->name, 0, column->right ? SCOLS_FL_RIGHT : 0))
			mem_none();
		table->width++;
	}
	return table;
}

void table_cell(struct table *table, const char *text)
{
	if (table->at == 0) {
		table->line = scols_table_new_line(table->cols, NULL);
		if (!table->line)
			mem_none();
		table->rows++;
	}
	if (scols_line_set_data(table->line, table->at, text))
		mem_none();
	table->at = (table->at + 1) % table->width;
}

void table_number(struct table *table, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	table_cell(table, text);
}

void table_bytes(struct table *table, const char *bytes, size_t len)
{
	char *text = escape_bytes(bytes, len);

	table_cell(table, text);
	free(text);
}

void table_print(struct table *table)
{
	const struct column *column;

	if (table->rows == 0) {
		/* libsmartcols prints nothing at all for these; scripts and people expect the heading */
		for (column = table->columns; column->name; column++)
			printf("%s%s", column == table->columns ? "" : " ", column->name);
		putchar('\n');
	} else if (scols_print_table(table->cols)) {
		mem_none();
	}
	scols_unref_table(table->cols);
	free(table);
}

struct json_object *js_new_object(void)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		mem_none();
	return object;
}

struct json_object *js_new_array(void)
{
	struct json_object *array = json_object_new_array();

	if (!array)
		mem_none();
	return array;
}

void js_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value || json_object_object_add(object, key, value))
		mem_none();
}

void js_append(struct json_object *array, struct json_object *value)
{
	if (!value || json_object_array_add(array, value))
		mem_none();
}

void js_string(struct json_object *object, const char *key, const char *text)
{
	js_add(object, key, json_object_new_string(text));
}

void js_number(struct json_object *object, const char *key, uint64_t number)
{
	js_add(object, key, json_object_new_uint64(number));
}

void js_counter(struct json_object *object, const struct fcdlctl_stat *stat)
{
	/* a name that fills its field has no end of its own */
	char name[sizeof(stat->name) + 1];

	snprintf(name, sizeof(name), "%.*s", (int)sizeof(stat->name), stat->name);
	js_number(object, name, stat->value);
}

void js_signed(struct json_object *object, const char *key, int64_t number)
{
	js_add(object, key, json_object_new_int64(number));
}

void js_bool(struct json_object *object, const char *key, bool value)
{
	js_add(object, key, json_object_new_boolean(value));
}

void js_null(struct json_object *object, const char *key)
{
	if (json_object_object_add(object, key, NULL))
		mem_none();
}

void js_bytes(struct json_object *object, const char *key, const char *bytes, size_t len)
{
	char *text, *key64;
	int printed;

	if (utf8_valid(bytes, len)) {
		js_add(object, key, json_object_new_string_len(bytes, (int)len));
		return;
	}
	text = escape_bytes(bytes, len);
	js_string(object, key, text);
	free(text);
	text = base64(bytes, len);
	printed = asprintf(&key64, "%s_base64", key);
	if (printed < 0)
		mem_none();
	js_string(object, key64, text);
	free(key64);
	free(text);
}

void js_raw(struct json_object *object, const char *key, const char *bytes, size_t len)
{
	js_add(object, key, json_object_new_string_len(bytes, (int)len));
}

void js_print(struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
									  JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		mem_none();
	puts(text);
	json_object_put(object);
}

int out_end(int code)
{
	char text[ERRNO_TEXT];
	int failed = ferror(stdout), err;
	size_t waiting = __fpending(stdout);

	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return code;
	err = errno;
	/* a command without output may well run with its standard output closed */
	if (err == EBADF && !failed && !waiting)
		return code;
	if (err)
		fprintf(stderr, "fcdlctl: cannot write the output: %s\n", errno_text(err, text));
	else
		fprintf(stderr, "fcdlctl: cannot write the output\n");
	return FCDLCTL_FAILED;
}
