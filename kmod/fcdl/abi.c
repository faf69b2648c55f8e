// SPDX-License-Identifier: GPL-2.0-only
/*
 * abi.c - the layout of fcdl_abi.h, frozen by the compiler
 *
 * Sizes are those of a struct without a hole, the same for 32-bit and 64-bit programs: tests include this file in both.
 * A change here is a new version of the log.
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <assert.h>
#include <stddef.h>
#endif
#include <fcdl_abi.h>

static_assert(sizeof(struct fcdl_match) == 32);
static_assert(offsetof(struct fcdl_match, comm) == 16);

static_assert(sizeof(struct fcdl_setup) == 72);
static_assert(offsetof(struct fcdl_setup, features) == 8);
static_assert(offsetof(struct fcdl_setup, matches) == 32);
static_assert(offsetof(struct fcdl_setup, reserved) == 56);

static_assert(sizeof(struct fcdl_path) == 16);

static_assert(sizeof(struct fcdl_status) == 88);
static_assert(offsetof(struct fcdl_status, flags) == 64);

static_assert(sizeof(struct fcdl_record) == 40);
static_assert(offsetof(struct fcdl_record, seq) == 8);
static_assert(sizeof(struct fcdl_str) == 8);

static_assert(sizeof(struct fcdl_event) ==
	      96 + sizeof(struct rfs_attr) + sizeof(struct rfs_caller) + 4 * sizeof(struct rfs_object) + 5 * 8);
static_assert(offsetof(struct fcdl_event, op) == 40);
static_assert(offsetof(struct fcdl_event, result) == 48);
static_assert(offsetof(struct fcdl_event, rdev) == 64);
static_assert(offsetof(struct fcdl_event, path_flags) == 84);
static_assert(offsetof(struct fcdl_event, attr) == 96);
static_assert(sizeof(struct fcdl_event) % 8 == 0);

static_assert(sizeof(struct fcdl_lost_op) == 16);
static_assert(sizeof(struct fcdl_lost) == 64);
static_assert(offsetof(struct fcdl_lost, reasons) == 56);

static_assert(sizeof(struct fcdl_note) == 64);
static_assert(offsetof(struct fcdl_note, path) == 56);

static_assert(sizeof(struct fcdl_map_reader) == 64);
static_assert(sizeof(struct fcdl_map_kernel) == 64);
static_assert(offsetof(struct fcdl_map_kernel, waiters) == 4);
