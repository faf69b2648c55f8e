// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory that is there, or the program ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fcdlctl.h"
#include "mem.h"

void mem_none(void)
{
	fputs("fcdlctl: out of memory\n", stderr);
	exit(FCDLCTL_FAILED);
}

void *mem_grow(void *old, size_t count, size_t size)
{
	/* never a size of 0: realloc() may answer NULL to that */
	void *new = reallocarray(old, count ? count : 1, size);

	if (!new)
		mem_none();
	return new;
}

char *mem_copy(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		mem_none();
	return copy;
}
