/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem.h - memory that is there, or the program ends: half an answer would be worse than none */
#ifndef FCDLCTL_MEM_H
#define FCDLCTL_MEM_H

#include <stddef.h>

/** mem_none() - say that there is no memory and exit with FCDLCTL_FAILED */
void mem_none(void) __attribute__((noreturn));
/** mem_grow() - realloc() of @count elements of @size bytes that does not fail */
void *mem_grow(void *old, size_t count, size_t size);
/** mem_copy() - strdup() that does not fail */
char *mem_copy(const char *text);

#endif /* FCDLCTL_MEM_H */
