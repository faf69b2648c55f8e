// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a 32-bit reader: the layout asserts of the log hold, and setup, paths, reading and mapping work
 * build: 32
 * fs: tmpfs
 * load: redirfs fcdl
 * timeout: 60
 */
#include "fcdl_map.h"

#include "../../kmod/fcdl/abi.c"

static void mapped(void)
{
	const struct fcdl_event *e;
	struct map m;
	pid_t c;

	map_open(&m, FCDL_POLICY_NEWEST, 0, FCDL_RING_MIN, OP(RFS_OP_CREATE));
	c = child_create(tpath("other"));
	want_eq(raw_wait(c), 0);
	e = map_event(&m);
	want_eq(e->caller.pid, c);
	want_eq(strcmp(log_string(e, &e->path[0]), tpath("other")), 0);
	map_close(&m);
}

int main(void)
{
	const struct fcdl_event *e;
	struct log l;
	pid_t c;

	static_assert(sizeof(void *) == 4, "built for 32 bits");
	log_open(&l, OPS_NAMES, 0, raw_dir());
	c = child_create(tpath("file"));
	want_eq(raw_wait(c), 0);
	e = log_event(&l);
	want_eq(e->op, RFS_OP_CREATE);
	want_eq(e->caller.pid, c);
	want(e->caller.flags & RFS_CALLER_COMPAT);
	want_eq(strcmp(log_string(e, &e->path[0]), tpath("file")), 0);
	want_eq(log_status(&l).events, 1);
	log_close(&l);
	mapped();
	return 0;
}
