// SPDX-License-Identifier: GPL-2.0-or-later
/* Names are bytes: how they are shown on a terminal and in JSON. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>
#include "escape.h"
#include "mem.h"

/* The letter behind the backslash, or 0. */
static char short_form(char byte)
{
	switch (byte) {
	case '\\':
		return '\\';
	case '\n':
		return 'n';
	case '\t':
		return 't';
	case '\r':
		return 'r';
	default:
		return 0;
	}
}

/* How many bytes at @bytes are one character that can be printed as it is; 0: none. */
static size_t printable(const char *bytes, size_t len)
{
	mbstate_t state;
	wchar_t wide;
	size_t used;

	if ((unsigned char)bytes[0] < 0x80)
		return bytes[0] >= 0x20 && bytes[0] < 0x7f ? 1 : 0;
	memset(&state, 0, sizeof(state));
	used = mbrtowc(&wide, bytes, len, &state);
	/*
	 * A single byte above 0x7f that counts as a character is not trusted: in a locale without UTF-8 the terminal's
	 * idea of it is unknown, and the range holds control characters.
	 */
	if (used == (size_t)-1 || used == (size_t)-2 || used < 2 || !iswprint(wide))
		return 0;
	return used;
}

char *escape_bytes(const char *bytes, size_t len)
{
	char *text, *to;
	size_t i, used;
	char letter;

	text = mem_grow(NULL, len + 1, 4);
	for (i = 0, to = text; i < len;) {
		letter = short_form(bytes[i]);
		used = letter ? 0 : printable(bytes + i, len - i);
		if (used) {
			memcpy(to, bytes + i, used);
			to += used;
			i += used;
			continue;
		}
		if (letter)
			to += sprintf(to, "\\%c", letter);
		else
			to += sprintf(to, "\\x%02x", (unsigned char)bytes[i]);
		i++;
	}
	*to = '\0';
	return text;
}

char *escape_text(const char *text)
{
	return escape_bytes(text, strlen(text));
}

/* Bytes behind the first one of a sequence and the lowest code point that needs that many; -1: no first byte. */
static int utf8_follow(unsigned char first, uint32_t *code, uint32_t *lowest)
{
	if (first < 0x80) {
		*code = first;
		*lowest = 0;
		return 0;
	}
	if ((first & 0xe0) == 0xc0) {
		*code = first & 0x1f;
		*lowest = 0x80;
		return 1;
	}
	if ((first & 0xf0) == 0xe0) {
		*code = first & 0x0f;
		*lowest = 0x800;
		return 2;
	}
	if ((first & 0xf8) == 0xf0) {
		*code = first & 0x07;
		*lowest = 0x10000;
		return 3;
	}
	return -1;
}

bool utf8_valid(const char *bytes, size_t len)
{
	uint32_t code, lowest;
	size_t i = 0;
	int follow;

	while (i < len) {
		follow = utf8_follow((unsigned char)bytes[i++], &code, &lowest);
		if (follow < 0 || (size_t)follow > len - i)
			return false;
		for (; follow > 0; follow--, i++) {
			if (((unsigned char)bytes[i] & 0xc0) != 0x80)
				return false;
			code = code << 6 | ((unsigned char)bytes[i] & 0x3f);
		}
		if (code < lowest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return false;
	}
	return true;
}

char *base64(const char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *from = (const unsigned char *)bytes;
	char *text, *to;
	uint32_t bits;
	size_t i;

	text = mem_grow(NULL, len / 3 + 2, 4);
	for (i = 0, to = text; i < len; i += 3) {
		bits = (uint32_t)from[i] << 16;
		if (i + 1 < len)
			bits |= (uint32_t)from[i + 1] << 8;
		if (i + 2 < len)
			bits |= from[i + 2];
		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
		*to++ = i + 2 < len ? digits[bits & 63] : '=';
	}
	*to = '\0';
	return text;
}
