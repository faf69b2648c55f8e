// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a 32-bit reader: the layout asserts of the log hold, and setup, paths and reading work
 * build: 32
 * fs: tmpfs
 * load: redirfs fcdl
 * timeout: 60
 */
#include "fcdl_raw.h"

#include "../../kmod/fcdl/abi.c"

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
	return 0;
}
