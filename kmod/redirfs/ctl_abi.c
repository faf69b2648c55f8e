// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layout of the control device's structs, frozen by the compiler.
 *
 * Each member begins where the one before it ends, so there is no hole that could carry kernel memory out or unchecked
 * bytes in; the sizes are written down, so that a change of layout cannot go unnoticed. The file has no code. Its
 * content is compiled into redirfs.ko and, from here, into a user-space test for 64 and for 32 bits.
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <fcdlctl_abi.h>
#else
#include <stddef.h>
#include "fcdlctl_abi.h"
#endif

#define MEMBER_SIZE(m) sizeof(((S *)0)->m)
#define BEGINS(m) _Static_assert(offsetof(S, m) == 0, #m)
#define FOLLOWS(m, next) _Static_assert(offsetof(S, m) + MEMBER_SIZE(m) == offsetof(S, next), #next)
#define ENDS(m, bytes) _Static_assert(offsetof(S, m) + MEMBER_SIZE(m) == sizeof(S) && sizeof(S) == (bytes), #m)

#define S struct fcdlctl_verdict
BEGINS(action);
FOLLOWS(action, error);
FOLLOWS(error, hold_ms);
FOLLOWS(hold_ms, reserved);
ENDS(reserved, 16);
#undef S

#define S struct fcdlctl_filter
BEGINS(id);
FOLLOWS(id, pre_ops);
FOLLOWS(pre_ops, post_ops);
FOLLOWS(post_ops, priority);
FOLLOWS(priority, flags);
FOLLOWS(flags, kind);
FOLLOWS(kind, state);
FOLLOWS(state, pid);
FOLLOWS(pid, rules);
FOLLOWS(rules, rules_stale);
FOLLOWS(rules_stale, deadline_ms);
FOLLOWS(deadline_ms, pending);
FOLLOWS(pending, receivers);
FOLLOWS(receivers, on_timeout);
FOLLOWS(on_timeout, on_overload);
FOLLOWS(on_overload, on_exit);
FOLLOWS(on_exit, on_unaskable);
FOLLOWS(on_unaskable, reserved);
FOLLOWS(reserved, name);
ENDS(name, 192);
#undef S

#define S struct fcdlctl_version
BEGINS(abi);
FOLLOWS(abi, rfs_abi);
FOLLOWS(rfs_abi, features);
FOLLOWS(features, release);
ENDS(release, 80);
#undef S

#define S struct fcdlctl_status
BEGINS(hook);
FOLLOWS(hook, flags);
FOLLOWS(flags, filters);
FOLLOWS(filters, active);
FOLLOWS(active, file_systems);
FOLLOWS(file_systems, inside);
FOLLOWS(inside, reserved);
ENDS(reserved, 56);
#undef S

#define S struct fcdlctl_fs
BEGINS(dev);
FOLLOWS(dev, rules);
FOLLOWS(rules, flags);
FOLLOWS(flags, type);
FOLLOWS(type, id);
ENDS(id, 80);
#undef S

#define S struct fcdlctl_inside
BEGINS(since_ns);
FOLLOWS(since_ns, pid);
FOLLOWS(pid, tid);
FOLLOWS(tid, op);
FOLLOWS(op, flags);
FOLLOWS(flags, comm);
ENDS(comm, 40);
#undef S

#define S struct fcdlctl_list
BEGINS(cursor);
FOLLOWS(cursor, entries);
FOLLOWS(entries, max);
FOLLOWS(max, size);
FOLLOWS(size, count);
FOLLOWS(count, reserved);
ENDS(reserved, 32);
#undef S

#define S struct fcdlctl_path
BEGINS(id);
FOLLOWS(id, flags);
FOLLOWS(flags, offset);
FOLLOWS(offset, len);
FOLLOWS(len, reserved);
ENDS(reserved, 24);
#undef S

#define S struct fcdlctl_paths
BEGINS(filter);
FOLLOWS(filter, cursor);
FOLLOWS(cursor, entries);
FOLLOWS(entries, buf);
FOLLOWS(buf, max);
FOLLOWS(max, size);
FOLLOWS(size, buf_size);
FOLLOWS(buf_size, count);
FOLLOWS(count, buf_used);
FOLLOWS(buf_used, reserved);
ENDS(reserved, 80);
#undef S

#define S struct fcdlctl_stat
BEGINS(value);
FOLLOWS(value, name);
ENDS(name, 56);
#undef S

#define S struct fcdlctl_stats
BEGINS(filter);
FOLLOWS(filter, entries);
FOLLOWS(entries, max);
FOLLOWS(max, size);
FOLLOWS(size, count);
FOLLOWS(count, total);
ENDS(total, 56);
#undef S

#define S struct fcdlctl_pending
BEGINS(id);
FOLLOWS(id, waited_ns);
FOLLOWS(waited_ns, left_ns);
FOLLOWS(left_ns, op);
FOLLOWS(op, flags);
FOLLOWS(flags, path_flags);
FOLLOWS(path_flags, path2_flags);
FOLLOWS(path2_flags, pid);
FOLLOWS(pid, tid);
FOLLOWS(tid, handler_pid);
FOLLOWS(handler_pid, receiver_tid);
FOLLOWS(receiver_tid, receiver_state);
FOLLOWS(receiver_state, receivers);
FOLLOWS(receivers, queued);
FOLLOWS(queued, reserved);
FOLLOWS(reserved, filter);
FOLLOWS(filter, comm);
FOLLOWS(comm, receiver_comm);
FOLLOWS(receiver_comm, receiver_wait);
FOLLOWS(receiver_wait, path);
FOLLOWS(path, path2);
ENDS(path2, 8392);
#undef S

#define S struct fcdlctl_name
BEGINS(filter);
FOLLOWS(filter, flags);
FOLLOWS(flags, refused);
ENDS(refused, 40);
#undef S

#define S struct fcdlctl_all
BEGINS(count);
FOLLOWS(count, reserved);
ENDS(reserved, 8);
#undef S

#define S struct fcdlctl_setpath
BEGINS(filter);
FOLLOWS(filter, path);
FOLLOWS(path, path_len);
FOLLOWS(path_len, flags);
FOLLOWS(flags, refused);
FOLLOWS(refused, reserved);
ENDS(reserved, 56);
#undef S

#define S struct fcdlctl_policy
BEGINS(filter);
FOLLOWS(filter, valid);
FOLLOWS(valid, deadline_ms);
FOLLOWS(deadline_ms, on_timeout);
FOLLOWS(on_timeout, on_overload);
FOLLOWS(on_overload, on_exit);
FOLLOWS(on_exit, on_unaskable);
FOLLOWS(on_unaskable, refused);
FOLLOWS(refused, reserved);
ENDS(reserved, 136);
#undef S

#define S struct fcdlctl_detach
BEGINS(timeout_ms);
FOLLOWS(timeout_ms, inside);
FOLLOWS(inside, reserved);
ENDS(reserved, 16);
#undef S
