// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: verdicts from user space through the raw protocol: allow, deny, messages, batches, threads, notify, post, modify
 * fs: ext4 tmpfs
 * load: redirfs urfs
 * timeout: 120
 */
#include "urfs_raw.h"

/*
 * The test's own process is the handler here; callers are children that were forked before it opened /dev/urfs, since
 * descendants are exempt... they are made exempt from that by EXEMPT_NONE, the simplest way in one process.
 */
static void no_exempt(struct raw *r)
{
	want_eq(raw_cmd(r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
}

static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };

static void allow_and_deny(void)
{
	struct raw r;
	struct urfs_msg m;
	const struct urfs_event *e;
	char path[4096];
	struct stat st;
	pid_t c;
	int f;

	touch(tpath("file"));
	stat(tpath("file"), &st);
	raw_open(&r, 0);
	no_exempt(&r);
	f = raw_filter(&r, "verdict", 100, raw_dir(), open_pre, 1);

	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.filter, f);
	want_eq(m.op, RFS_OP_OPEN);
	want_eq(m.flags, 0);
	want_eq(m.operation, 0);
	want(m.deadline_ns > (unsigned long long)now_ns() + 3000 * MS);
	e = raw_event(&r, &m);
	want_eq(e->op, RFS_OP_OPEN);
	want_eq(strcmp(raw_path(&r, &m, 0, path, sizeof(path)), tpath("file")), 0);
	want_eq(e->path[0].flags, RFS_PATHF_RULE);
	want_eq(e->path[1].error, -ENOENT);
	want_eq(e->caller.pid, c);
	want_eq(e->caller.tid, c);
	want_eq(e->caller.ppid, getpid());
	want_eq(e->caller.uid, 0);
	want(e->objects & 1 << RFS_FIRST && e->objects & 1 << RFS_FIRST_PARENT);
	want(!(e->objects & 1 << RFS_SECOND));
	want_eq(e->object[RFS_FIRST].ino, st.st_ino);
	want_eq(e->object[RFS_FIRST].dev, st.st_dev);
	want_eq(e->object[RFS_FIRST].mode, st.st_mode);
	want(raw_str(&r, &m, &e->exe) && strstr(raw_str(&r, &m, &e->exe), "urfs_verdict"));
	want_eq(e->open_flags & O_ACCMODE, O_RDONLY);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	/* a replayed reply */
	want_eq(raw_allow(&r, &m), -ESRCH);

	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(raw_deny(&r, &m, EROFS), 0);
	want_eq(raw_wait(c), EROFS);
	want_eq(raw_stat("verdict", "asked"), 2);
	want_eq(raw_stat("verdict", "answered"), 2);
	want_eq(raw_stat("verdict", "answered_deny"), 1);
	want_eq(raw_stat("verdict", "connection_requests_now"), 0);
	want_eq(raw_stat("verdict", "connection_arena_used_now"), 0);
	close(r.fd);
	munmap(r.arena, r.size);
	want_eq(try_open(tpath("file")), 0);
	want(!raw_info("verdict", NULL));
}

int main(void)
{
	allow_and_deny();
	return 0;
}
