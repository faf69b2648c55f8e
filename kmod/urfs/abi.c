// SPDX-License-Identifier: GPL-2.0-only
/*
 * abi.c - the layout of urfs_abi.h, frozen by the compiler
 *
 * Sizes are those of a struct without a hole, the same for 32-bit and 64-bit programs: tests include this file in both.
 * A change here is a new version of the protocol.
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <assert.h>
#include <stddef.h>
#endif
#include <urfs_abi.h>

static_assert(sizeof(struct urfs_hello) == 64);
static_assert(offsetof(struct urfs_hello, features) == 8);
static_assert(offsetof(struct urfs_hello, arena_size) == 16);
static_assert(offsetof(struct urfs_hello, deadline_ms) == 40);

static_assert(sizeof(struct urfs_msg) == 64);
static_assert(offsetof(struct urfs_msg, id) == 8);
static_assert(offsetof(struct urfs_msg, operation) == 16);
static_assert(offsetof(struct urfs_msg, flags) == 24);
static_assert(offsetof(struct urfs_msg, offset) == 32);
static_assert(offsetof(struct urfs_msg, error) == 44);
static_assert(offsetof(struct urfs_msg, deadline_ns) == 48);
static_assert(offsetof(struct urfs_msg, value) == 56);

static_assert(sizeof(struct urfs_str) == 8);
static_assert(sizeof(struct urfs_path) == 24);
static_assert(sizeof(struct urfs_event) == 56 + sizeof(struct rfs_attr) + sizeof(struct rfs_caller) +
						   4 * sizeof(struct rfs_object) + 2 * 24 + 16 + sizeof(struct rfs_io) +
						   80);
static_assert(sizeof(struct rfs_io) == 40);
static_assert(offsetof(struct urfs_event, time_ns) == 16);
static_assert(offsetof(struct urfs_event, open_flags) == 40);
static_assert(offsetof(struct urfs_event, attr) == 56);
static_assert(offsetof(struct urfs_event, data_offset) == sizeof(struct urfs_event) - 56);
static_assert(offsetof(struct urfs_event, inode_cookie) == sizeof(struct urfs_event) - 32);
static_assert(sizeof(struct urfs_event) % 8 == 0);

static_assert(sizeof(struct urfs_modify) == 24 + sizeof(struct rfs_caller) + sizeof(struct fcdlctl_policy));
static_assert(offsetof(struct urfs_modify, path) == 16);

static_assert(sizeof(struct urfs_op) == 8);
static_assert(sizeof(struct urfs_cmd) == 64);
static_assert(offsetof(struct urfs_cmd, id) == 8);
static_assert(offsetof(struct urfs_cmd, ptr) == 16);
static_assert(offsetof(struct urfs_cmd, flags) == 28);
static_assert(offsetof(struct urfs_cmd, value) == 32);
static_assert(offsetof(struct urfs_cmd, result) == 40);
static_assert(offsetof(struct urfs_cmd, error) == 48);

static_assert(sizeof(struct urfs_reply) == 24);
static_assert(sizeof(struct urfs_open_object) == 24);
static_assert(offsetof(struct urfs_open_object, fd) == 16);
static_assert(sizeof(struct urfs_cookie) == 24);
static_assert(offsetof(struct urfs_cookie, cookie) == 16);
static_assert(sizeof(struct urfs_exchange) == 48);
static_assert(offsetof(struct urfs_exchange, timeout_ns) == 24);
static_assert(offsetof(struct urfs_exchange, taken) == 32);
