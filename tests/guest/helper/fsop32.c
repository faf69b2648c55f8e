// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fsop32 - fsop as a 32-bit program, which enters the kernel by other ways
 * build: 32
 */
#include "fsop.c"
