/* SPDX-License-Identifier: GPL-2.0-only */
/* The release of all parts: modules, library, tools; the Makefile reads it here too */
#ifndef RFS_VERSION_H
#define RFS_VERSION_H

#define RFS_RELEASE "0.1.0"

#endif /* RFS_VERSION_H */
