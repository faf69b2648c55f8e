/* SPDX-License-Identifier: GPL-2.0-or-later */
/* escape.h - names are bytes: how they are shown on a terminal and in JSON */
#ifndef FCDLCTL_ESCAPE_H
#define FCDLCTL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * escape_bytes() - a name as text that shows every byte, on one line
 *
 * What the locale can print stays as it is; backslash, newline, tab and carriage return become \\ \n \t \r, every other
 * byte \xNN: what $'...' of bash turns back into the name.
 *
 * Return: a string for free().
 */
char *escape_bytes(const char *bytes, size_t len);
/** escape_text() - escape_bytes() of a string */
char *escape_text(const char *text);

/** utf8_valid() - is this UTF-8 as JSON wants it: no overlong forms, no surrogates, nothing above U+10FFFF? */
bool utf8_valid(const char *bytes, size_t len);

/** base64() - base64 with padding. Return: a string for free(). */
char *base64(const char *bytes, size_t len);

#endif /* FCDLCTL_ESCAPE_H */
