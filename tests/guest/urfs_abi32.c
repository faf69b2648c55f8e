// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a 32-bit handler: the layout asserts of the module hold, and hello, commands, exchange and a verdict work
 * build: 32
 * fs: tmpfs
 * load: redirfs urfs
 * timeout: 60
 */
#include "urfs_raw.h"

#include "../../kmod/urfs/abi.c"

int main(void)
{
	static const struct urfs_op op = { RFS_OP_OPEN, URFS_OP_PRE };
	struct urfs_msg m;
	struct raw r;
	pid_t c;

	static_assert(sizeof(void *) == 4, "built for 32 bits");
	touch(tpath("file"));
	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	raw_filter(&r, "thirtytwo", 100, raw_dir(), &op, 1);
	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(raw_event(&r, &m)->caller.pid, c);
	want(raw_event(&r, &m)->caller.flags & RFS_CALLER_COMPAT);
	want_eq(strcmp(raw_last(&r, &m), "file"), 0);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	want_eq(raw_stat("thirtytwo", "answered_deny"), 1);
	munmap(r.arena, r.size);
	close(r.fd);
	return 0;
}
