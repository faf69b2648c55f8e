/* SPDX-License-Identifier: GPL-2.0-or-later */
/* out.h - tables, JSON, and whether they arrived */
#ifndef FCDLCTL_OUT_H
#define FCDLCTL_OUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fcdlctl_abi.h"

/** struct column - one column of a table */
struct column {
	const char *name;
	bool right; /* numbers */
};

struct table;

/** table_new() - a table; the end of @columns has no name. For table_print(). */
struct table *table_new(const struct column *columns);
/**
 * table_cell() - put the next cell, row by row; the text is copied
 *
 * Only text that is known to be printable: libsmartcols never comes back from bytes that are not valid in the locale.
 */
void table_cell(struct table *table, const char *text);
/** table_number() - the same, a number */
void table_number(struct table *table, uint64_t number);
/** table_bytes() - the same, a name with its odd bytes escaped */
void table_bytes(struct table *table, const char *bytes, size_t len);
/** table_print() - print and free it; its heading even if there are no rows */
void table_print(struct table *table);

/* Members of JSON objects; out of memory ends the program. */
struct json_object *js_new_object(void);
struct json_object *js_new_array(void);
void js_add(struct json_object *object, const char *key, struct json_object *value);
void js_append(struct json_object *array, struct json_object *value);
void js_string(struct json_object *object, const char *key, const char *text);
void js_number(struct json_object *object, const char *key, uint64_t number);
void js_counter(struct json_object *object, const struct fcdlctl_stat *stat);
void js_signed(struct json_object *object, const char *key, int64_t number);
void js_bool(struct json_object *object, const char *key, bool value);
void js_null(struct json_object *object, const char *key);

/**
 * js_bytes() - a name
 *
 * JSON holds text and names are bytes. UTF-8 goes in as it is. Anything else goes in twice: escaped as on the terminal,
 * for people, and exact in base64 under the key with _base64 behind it.
 */
void js_bytes(struct json_object *object, const char *key, const char *bytes, size_t len);

/** js_raw() - a name as it is: for an object that is never printed, since it may not be text */
void js_raw(struct json_object *object, const char *key, const char *bytes, size_t len);

/** js_print() - print and free it */
void js_print(struct json_object *object);

/** out_end() - did everything reach standard output? Return: @code, or FCDLCTL_FAILED after saying why not. */
int out_end(int code);

#endif /* FCDLCTL_OUT_H */
