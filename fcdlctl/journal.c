// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of the log as entries of systemd's journal: what its fields are. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "journal.h"
#include "mem.h"

/* struct entry - fields that are being put together; each iov_base is for free() */
struct entry {
	struct iovec *fields;
	size_t nr;
};

static void add(struct entry *entry, const char *name, const char *bytes, size_t len)
{
	size_t name_len = strlen(name);
	char *field = mem_grow(NULL, name_len + 1 + len, 1);

	memcpy(field, name, name_len);
	field[name_len] = '=';
	memcpy(field + name_len + 1, bytes, len);
	entry->fields = mem_grow(entry->fields, entry->nr + 1, sizeof(*entry->fields));
	entry->fields[entry->nr++] = (struct iovec){ field, name_len + 1 + len };
}

static void add_text(struct entry *entry, const char *name, const char *text)
{
	add(entry, name, text, strlen(text));
}

/* PREFIX_KEY, as the journal wants it: capitals, digits and underscores. Return: a string for free() */
static char *name_of(const char *prefix, const char *key)
{
	size_t prefix_len = strlen(prefix), len = strlen(key), i;
	char *name = mem_grow(NULL, prefix_len + len + 2, 1), *to = name + prefix_len;

	memcpy(name, prefix, prefix_len);
	*to++ = '_';
	for (i = 0; i < len; i++)
		*to++ = isalnum((unsigned char)key[i]) ? toupper((unsigned char)key[i]) : '_';
	*to = '\0';
	return name;
}

static void add_value(struct entry *entry, const char *name, struct json_object *value);

static void add_object(struct entry *entry, const char *prefix, struct json_object *object)
{
	char *name;

	json_object_object_foreach(object, key, value)
	{
		name = name_of(prefix, key);
		add_value(entry, name, value);
		free(name);
	}
}

static void add_value(struct entry *entry, const char *name, struct json_object *value)
{
	const char *text;
	size_t i;

	switch (json_object_get_type(value)) {
	case json_type_null:
		break;
	case json_type_object:
		add_object(entry, name, value);
		break;
	case json_type_array:
		for (i = 0; i < json_object_array_length(value); i++)
			add_value(entry, name, json_object_array_get_idx(value, i));
		break;
	case json_type_string:
		add(entry, name, json_object_get_string(value), json_object_get_string_len(value));
		break;
	default:
		text = json_object_get_string(value);
		if (!text)
			mem_none();
		add_text(entry, name, text);
	}
}

int journal_entry(const char *message, int priority, const char *id, struct json_object *record)
{
	char digit[] = { (char)('0' + priority), '\0' };
	struct entry entry = {};
	int err;

	add_text(&entry, "MESSAGE", message);
	add_text(&entry, "PRIORITY", digit);
	add_text(&entry, "MESSAGE_ID", id);
	add_text(&entry, "SYSLOG_IDENTIFIER", "fcdl");
	add_value(&entry, "FCDL", record);
	err = journal_send(entry.fields, (int)entry.nr);
	while (entry.nr)
		free(entry.fields[--entry.nr].iov_base);
	free(entry.fields);
	return err;
}
