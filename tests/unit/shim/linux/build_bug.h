/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNIT_SHIM_LINUX_BUILD_BUG_H
#define UNIT_SHIM_LINUX_BUILD_BUG_H

#include <assert.h>

#endif
