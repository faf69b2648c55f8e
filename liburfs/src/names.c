// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * names.c - words for operations
 */
#include <rfs_op_names.h>

#include "internal.h"

const char *rfs_op_name(enum rfs_op_id op)
{
	static const char *const names[RFS_OP_MAX] = { RFS_OP_NAMES };

	return (unsigned int)op < RFS_OP_MAX ? names[op] : NULL;
}
