// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: who is never asked: the handler, its descendants or cgroup, handlers of filters in front; and who cannot wait
 * fs: ext4
 * load: redirfs urfs
 * timeout: 120
 */
#include <sys/resource.h>

#include "urfs_raw.h"

static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };

static struct shared {
	volatile int asked[2];
	volatile int ready;
	volatile int go;
	volatile int done;
} * sh;

/* A handler that opens a file of its own tree for every question, and answers. */
static void nosy(int n, int priority, const char *watch, const char *touches)
{
	struct raw r;
	struct urfs_msg m;
	char name[16];
	int f;

	snprintf(name, sizeof(name), "nosy%d", n);
	raw_open(&r, 0);
	f = raw_filter(&r, name, priority, watch, open_pre, 1);
	want_eq(raw_deadline(&r, f, 20000), 0);
	__sync_fetch_and_add(&sh->ready, 1);
	for (;;) {
		raw_want(&r, &m, URFS_MSG_CALLBACK);
		__sync_fetch_and_add(&sh->asked[n], 1);
		want_eq(try_open(touches), 0);
		want_eq(raw_allow(&r, &m), 0);
	}
}

static pid_t start_nosy(int n, int priority, const char *watch, const char *touches)
{
	pid_t h = raw_fork();
	int before = sh->ready;

	if (!h)
		nosy(n, priority, watch, touches);
	wait_until(sh->ready == before + 1);
	return h;
}

static void end(pid_t h)
{
	kill(h, SIGKILL);
	raw_wait(h);
}

/* A handler that touches its own watched tree. */
static void own_tree(void)
{
	pid_t h = start_nosy(0, 100, raw_dir(), tpath("file"));
	long long t = now_ns();

	want_eq(raw_wait(child_open(tpath("file"))), 0);
	want(now_ns() - t < 10000 * MS * raw_scale());
	want_eq(sh->asked[0], 1);
	want_eq(raw_stat("nosy0", "exempt"), 1);
	want_eq(raw_stat("nosy0", "default_timeout"), 0);
	end(h);
}

/* Two handlers, each of which opens files that the other watches, for every question. */
static void each_other(void)
{
	pid_t h0, h1;
	long long t;

	sh->asked[0] = sh->asked[1] = 0;
	mkdir(tpath("a"), 0755);
	mkdir(tpath("b"), 0755);
	touch(tpath("a/file"));
	touch(tpath("b/file"));
	h0 = start_nosy(0, 100, tpath("a"), tpath("b/file"));
	h1 = start_nosy(1, 200, tpath("b"), tpath("a/file"));
	t = now_ns();
	/* 0 is asked, opens in b, which 1 sees, since it is behind; 1 opens in a, which 0 does not see */
	want_eq(raw_wait(child_open(tpath("a/file"))), 0);
	want_eq(sh->asked[0], 1);
	want_eq(sh->asked[1], 1);
	want_eq(raw_wait(child_open(tpath("b/file"))), 0);
	want_eq(sh->asked[0], 1);
	want_eq(sh->asked[1], 2);
	want(now_ns() - t < 15000 * MS * raw_scale());
	want_eq(raw_stat("nosy0", "default_timeout") + raw_stat("nosy1", "default_timeout"), 0);
	end(h0);
	end(h1);
}

/* A handler with a child that opens when told. */
static void with_child(unsigned int mode, int cgroup)
{
	struct raw r;
	struct urfs_msg m;
	int f, p[2];

	raw_open(&r, 0);
	f = raw_filter(&r, "family", 100, raw_dir(), open_pre, 1);
	want_eq(raw_deadline(&r, f, 20000), 0);
	if (mode != URFS_EXEMPT_DESCENDANTS)
		want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = mode, .value = cgroup), 0);
	want_eq(pipe(p), 0);
	if (!fork()) {
		/* a grandchild, whose parent lives */
		if (!fork()) {
			while (!sh->go)
				sleep_ms(1);
			_exit(try_open(tpath("file")));
		}
		wait(NULL);
		sh->done = 1;
		_exit(0);
	}
	sh->ready = 1;
	for (;;) {
		raw_want(&r, &m, URFS_MSG_CALLBACK);
		sh->asked[0]++;
		raw_allow(&r, &m);
	}
}

static int ask_family(unsigned int mode, int cgroup)
{
	pid_t h;

	memset(sh, 0, sizeof(*sh));
	h = raw_fork();
	if (!h)
		with_child(mode, cgroup);
	wait_until(sh->ready);
	sh->go = 1;
	wait_until(sh->done);
	end(h);
	return sh->asked[0];
}

static void descendants(void)
{
	want_eq(ask_family(URFS_EXEMPT_DESCENDANTS, 0), 0);
	want_eq(ask_family(URFS_EXEMPT_NONE, 0), 1);
}

/* Processes of a cgroup, wherever they come from. */
static void cgroups(void)
{
	char dir[4096], line[4096];
	pid_t h, c;
	FILE *f;
	int fd;

	/* the test's own cgroup, and one below it */
	f = fopen("/proc/self/cgroup", "r");
	want(f && fgets(line, sizeof(line), f));
	fclose(f);
	line[strcspn(line, "\n")] = 0;
	snprintf(dir, sizeof(dir), "/sys/fs/cgroup%.4000s/exempt", strchr(line, '/'));
	want_eq(mkdir(dir, 0755), 0);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	want(fd >= 0);
	memset(sh, 0, sizeof(*sh));
	h = raw_fork();
	if (!h)
		with_child(URFS_EXEMPT_CGROUP, fd);
	wait_until(sh->ready);
	want_eq(raw_wait(child_open(tpath("file"))), 0);
	want_eq(sh->asked[0], 1);
	c = raw_fork();
	if (!c) {
		char procs[4200];

		snprintf(procs, sizeof(procs), "%s/cgroup.procs", dir);
		f = fopen(procs, "w");
		want(f && fprintf(f, "0") == 1 && !fclose(f));
		_exit(try_open(tpath("file")));
	}
	want_eq(raw_wait(c), 0);
	want_eq(sh->asked[0], 1);
	sh->go = 1;
	wait_until(sh->done);
	end(h);
	close(fd);
	wait_until(!rmdir(dir));
}

/* The last file of a process that exits is released by a task that exits: told, and nobody waits for long. */
static void exiting(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_RELEASE, URFS_OP_POST } };
	struct raw r;
	struct urfs_msg m;
	pid_t c;

	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	raw_filter(&r, "exiting", 100, raw_dir(), ops, 1);
	c = raw_fork();
	if (!c) {
		open(tpath("file"), O_RDONLY);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.op, RFS_OP_RELEASE);
	want_eq(m.flags, URFS_MSG_POST | URFS_MSG_NOTIFY);
	raw_allow(&r, &m);
	munmap(r.arena, r.size);
	close(r.fd);
}

static pid_t child_abort(void)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };
	pid_t c = raw_fork();

	if (c)
		return c;
	setrlimit(RLIMIT_CORE, &l);
	abort();
}

/* A task that dumps core cannot be asked about the core file. */
static void core_dump(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_CREATE, URFS_OP_PRE }, { RFS_OP_OPEN, URFS_OP_PRE } };
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_UNASKABLE, .on_unaskable = DENY(EPERM) };
	struct raw r;
	char pattern[64] = "", own[4200];
	FILE *f;
	pid_t c;
	int flt, status;

	f = fopen("/proc/sys/kernel/core_pattern", "r+");
	want(f && fgets(pattern, sizeof(pattern), f));
	fclose(f);
	f = fopen("/proc/sys/kernel/core_pattern", "w");
	snprintf(own, sizeof(own), "%s/core", raw_dir());
	want(f && fputs(own, f) >= 0 && !fclose(f));
	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	flt = raw_filter(&r, "dumping", 100, raw_dir(), ops, 2);
	want_eq(raw_set_policy(&r, flt, &p), 0);
	c = child_abort();
	want_eq(waitpid(c, &status, 0), c);
	want(WIFSIGNALED(status));
	/* denied at once, and counted; nobody was asked */
	want(!WCOREDUMP(status));
	want(raw_stat("dumping", "default_unaskable") >= 1);
	want_eq(raw_stat("dumping", "asked"), 0);
	p.on_unaskable = (struct fcdlctl_verdict){ .action = FCDLCTL_ALLOW };
	want_eq(raw_set_policy(&r, flt, &p), 0);
	c = child_abort();
	want_eq(waitpid(c, &status, 0), c);
	want(WCOREDUMP(status));
	want_eq(raw_stat("dumping", "asked"), 0);
	munmap(r.arena, r.size);
	close(r.fd);
	f = fopen("/proc/sys/kernel/core_pattern", "w");
	want(f && fputs(pattern, f) >= 0 && !fclose(f));
}

int main(int argc, char **argv)
{
	sh = raw_shared(sizeof(*sh));
	touch(tpath("file"));
	PART(own_tree);
	PART(each_other);
	PART(descendants);
	PART(cgroups);
	PART(exiting);
	PART(core_dump);
	return 0;
}
