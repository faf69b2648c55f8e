// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * print.c - names are bytes of somebody else's choosing: printed so that they cannot end a line or move a cursor
 */
#include "demo.h"

/*
 * Length of the UTF-8 character at @c, or 0 if there is none: neither overlong forms nor surrogates nor numbers above
 * 0x10ffff are characters. The terminating NUL is not a continuation byte and so ends every check.
 */
static unsigned int utf8_length(const unsigned char *c)
{
	unsigned int len, i;
	unsigned long code;

	if (c[0] < 0x80)
		return 1;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	len = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	code = c[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (c[i] & 0x3f);
	}
	if ((len == 3 && code < 0x800) || (len == 4 && code < 0x10000) || (code >= 0xd800 && code < 0xe000) ||
	    code > 0x10ffff)
		return 0;
	return len;
}

/* C1 controls, and what turns the direction of the text around it, must not reach a terminal */
static bool utf8_is_control(const unsigned char *c, unsigned int len)
{
	if (len == 2)
		return c[0] == 0xc2 && c[1] < 0xa0;
	if (len == 3 && c[0] == 0xe2 && c[1] == 0x80)
		return c[2] >= 0xa8 && c[2] <= 0xae;
	return len == 3 && c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9;
}

void demo_print_name(FILE *out, const char *name)
{
	const unsigned char *c = (const unsigned char *)name;

	putc('"', out);
	while (*c) {
		unsigned int len = utf8_length(c);
		bool plain = len && !utf8_is_control(c, len) && *c >= 0x20 && *c != 0x7f && *c != '"' && *c != '\\';

		if (!len)
			len = 1;
		for (; len; len--, c++) {
			if (plain)
				putc(*c, out);
			else
				fprintf(out, "\\%03o", *c);
		}
	}
	putc('"', out);
}

bool demo_print_json(FILE *out, const char *name)
{
	const unsigned char *c = (const unsigned char *)name;
	bool clean = true;

	putc('"', out);
	while (*c) {
		unsigned int len = utf8_length(c);

		if (!len) {
			fputs("\\ufffd", out);
			clean = false;
			c++;
		} else if (*c < 0x20 || *c == 0x7f || *c == '"' || *c == '\\') {
			fprintf(out, "\\u%04x", *c);
			c++;
		} else {
			fwrite(c, 1, len, out);
			c += len;
		}
	}
	putc('"', out);
	return clean;
}

void demo_print_hex(FILE *out, const char *name)
{
	const unsigned char *c = (const unsigned char *)name;

	putc('"', out);
	while (*c)
		fprintf(out, "%02x", *c++);
	putc('"', out);
}
