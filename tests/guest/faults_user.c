// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: each allocation of a connection, its commands, questions and answers fails in turn: ENOMEM, or the policy's word
 * fs: tmpfs
 * lanes: deep
 * load: redirfs urfs deadline_ms=60000
 * timeout: 300
 * dmesg-ok: Call Trace|vmalloc error|page allocation failure
 */
#include "faults.h"

/* ---- A handler that says yes to everything, in a process of its own ---- */

/* What it received, each callback once */
struct seen {
	long long ready, calls, follows, posts, op_ends, lost, modifies;
};

static struct seen *seen;

static void handler_take(const struct urfs_msg *m)
{
	switch (m->type) {
	case URFS_MSG_CALLBACK:
		seen->calls++;
		seen->follows += !!(m->flags & URFS_MSG_POST_FOLLOWS);
		seen->posts += !!(m->flags & URFS_MSG_POST);
		break;
	case URFS_MSG_MODIFY:
		seen->modifies++;
		break;
	case URFS_MSG_OP_END:
		seen->op_ends++;
		break;
	case URFS_MSG_LOST:
		seen->lost += m->value;
		break;
	}
}

static void handler_serve(struct raw *r)
{
	struct urfs_msg m[16];
	struct urfs_reply replies[16];
	int n, i, nr = 0;

	for (;;) {
		n = raw_exchange(r, replies, nr, m, 16, -1, NULL);
		want(n >= 0);
		for (i = nr = 0; i < n; i++) {
			handler_take(&m[i]);
			if (m[i].type == URFS_MSG_CALLBACK || m[i].type == URFS_MSG_MODIFY)
				replies[nr++] = (struct urfs_reply){ .id = m[i].id };
		}
	}
}

static pid_t handler_start(const struct urfs_op *ops, int count, const struct fcdlctl_policy *policy)
{
	struct raw r;
	pid_t pid;
	int f;

	memset(seen, 0, sizeof(*seen));
	pid = raw_fork();
	if (!pid) {
		raw_open(&r, 0);
		f = raw_filter(&r, "u", 100, raw_dir(), ops, count);
		if (policy)
			want_eq(raw_set_policy(&r, f, policy), 0);
		want_eq(raw_cmd(&r, .type = URFS_CMD_SET_MODIFY, .filter = f, .value = 1), 0);
		seen->ready = 1;
		handler_serve(&r);
	}
	wait_until(*(volatile long long *)&seen->ready);
	return pid;
}

static void handler_end(pid_t pid)
{
	kill(pid, SIGKILL);
	want_eq(raw_wait(pid), 128 + SIGKILL);
	wait_until(!raw_info("u", NULL));
}

static long opened(int fd)
{
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return fd < 0 ? -1 : 0;
}

/* ---- Questions ---- */

/* One allocation of an open fails, which may be the request's: then the policy's word is what the caller gets. */
static void walk_question(const char *what, const struct fcdlctl_policy *policy, int word, const char *path)
{
	static const struct urfs_op pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };
	struct kept before = kept_now();
	pid_t h = handler_start(pre, 1, policy);
	struct kept with = kept_now();
	long long by_policy = 0, unasked;
	int walks = 0;

	do {
		WALK(what)
		{
			long rc;

			fault_on(&walk);
			rc = opened(open(path, O_RDONLY));
			fault_off(&walk, rc);
			if (rc && errno != ENOMEM && errno != word)
				die("%s: pass %u gave %s", what, walk.n, strerror(errno));
			by_policy += rc && errno == word;
			want_kept(&with);
		}
		unasked = raw_stat("u", "default_no_memory");
	} while (!unasked && ++walks < FAULT_WALKS);
	printf("%s: %lld requests could not be made\n", what, unasked);
	want(unasked > 0);
	want_eq(raw_stat("u", "default_deny"), word ? unasked : 0);
	want_eq(by_policy, word ? unasked : 0);
	want_eq(raw_stat("u", "asked"), raw_stat("u", "answered"));
	want_eq(raw_stat("u", "waiting_now"), 0);
	want_eq(raw_stat("u", "connection_requests_now"), 0);
	want_eq(raw_stat("u", "connection_arena_used_now"), 0);
	handler_end(h);
	want_kept(&before);
}

static void walk_questions(void)
{
	struct fcdlctl_policy deny = { .valid = FCDLCTL_POLICY_ON_OVERLOAD, .on_overload = DENY(EXDEV) };
	struct fcdlctl_policy allow = { .valid = FCDLCTL_POLICY_ON_OVERLOAD,
					.on_overload = { .action = FCDLCTL_ALLOW } };
	/* to wait for room helps against a full queue, not against this: as at the deadline */
	struct fcdlctl_policy wait = { .valid = FCDLCTL_POLICY_ON_TIMEOUT, .on_timeout = DENY(ETXTBSY) };
	char deep[3000];
	size_t len;
	int i;

	touch(tpath("f"));
	walk_question("open, on_overload=deny", &deny, EXDEV, tpath("f"));
	walk_question("open, on_overload=allow", &allow, 0, tpath("f"));
	walk_question("open, on_overload=wait", &wait, ETXTBSY, tpath("f"));
	/* a path for which the request's block has to grow */
	len = snprintf(deep, sizeof(deep), "%s", raw_dir());
	for (i = 0; i < 10; i++) {
		len += snprintf(deep + len, sizeof(deep) - len, "/%0200d", i);
		want_eq(mkdir(deep, 0755), 0);
	}
	snprintf(deep + len, sizeof(deep) - len, "/f");
	touch(deep);
	walk_question("open of a long path", &deny, EXDEV, deep);
	for (deep[len] = 0; i--; deep[len -= 201] = 0) {
		unlink(tpath("%s/f", deep + strlen(raw_dir()) + 1));
		want_eq(rmdir(deep), 0);
	}
	want_eq(unlink(tpath("f")), 0);
}

/* What is not told is said to be missing: each callback was delivered, ended, or counted as lost. */
static bool all_told(long long owed, bool verdict)
{
	const volatile struct seen *s = seen;

	if (verdict)
		return s->follows == s->posts + s->op_ends + s->lost;
	return owed == s->calls + s->op_ends + s->lost;
}

static void walk_told(const char *what, unsigned int flags)
{
	struct urfs_op ops[] = { { RFS_OP_OPEN, flags }, { RFS_OP_MKDIR, flags }, { RFS_OP_RMDIR, flags } };
	struct fcdlctl_policy allow = { .valid = FCDLCTL_POLICY_ON_OVERLOAD,
					.on_overload = { .action = FCDLCTL_ALLOW } };
	pid_t h = handler_start(ops, 3, &allow);
	const char *dir = tpath("dir");
	long long owed;
	int walks = 0;

	/* tmpfs says so where there is no memory for an inode */
	fault_also = ENOSPC;
	do {
		WALK(what)
		{
			long rc = FAULTY(&walk, mkdir(dir, 0755));
			struct stat st;

			want_eq(!stat(dir, &st), !rc);
			if (!rc)
				want_eq(rmdir(dir), 0);
		}
	} while (!raw_stat("u", "lost") && !raw_stat("u", "post_dropped") && !raw_stat("u", "default_no_memory") &&
		 ++walks < FAULT_WALKS);
	/* the last word on what was lost comes with the next message */
	want_eq(mkdir(dir, 0755), 0);
	want_eq(rmdir(dir), 0);
	owed = raw_stat("u", "pre_calls") + raw_stat("u", "post_calls");
	if (flags & URFS_OP_PRE)
		wait_until(all_told(owed, !(flags & URFS_OP_PRE_NOTIFY)));
	else
		wait_until(all_told(owed, false));
	printf("%s: %lld calls, %lld ends, %lld lost\n", what, seen->calls, seen->op_ends, seen->lost);
	want(seen->op_ends + seen->lost + raw_stat("u", "default_no_memory") > 0);
	want_eq(raw_stat("u", "connection_requests_now"), 0);
	handler_end(h);
	fault_also = ENOMEM;
}

static void walk_posts(void)
{
	walk_told("mkdir, before and after", URFS_OP_PRE | URFS_OP_POST);
	walk_told("mkdir, after", URFS_OP_POST);
	walk_told("mkdir, told after", URFS_OP_POST | URFS_OP_POST_NOTIFY);
	walk_told("mkdir, told before", URFS_OP_PRE | URFS_OP_PRE_NOTIFY);
	walk_told("mkdir, told before and after",
		  URFS_OP_PRE | URFS_OP_PRE_NOTIFY | URFS_OP_POST | URFS_OP_POST_NOTIFY);
}

/* A change that the handler would approve: without memory it cannot be asked, which refuses. */
static void walk_modify(void)
{
	static const struct urfs_op pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };
	pid_t h = handler_start(pre, 1, NULL);
	struct fcdlctl_name name = { .filter = "u" };
	struct fcdlctl_filter info;
	int fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC), walks = 0;

	want(fd >= 0);
	do {
		WALK("change that is asked for")
		{
			long rc;

			want_eq(ioctl(fd, FCDLCTL_ACTIVATE, &name), 0);
			rc = FAULTY(&walk, ioctl(fd, FCDLCTL_DEACTIVATE, &name));
			want(raw_info("u", &info));
			want_eq(!!(info.flags & FCDLCTL_FILTER_ACTIVE), !!rc);
			name.refused = 0;
		}
	} while (!raw_stat("u", "default_no_memory") && ++walks < FAULT_WALKS);
	want(raw_stat("u", "default_no_memory") > 0);
	WALK("list of pending requests")
	{
		static struct fcdlctl_pending pending[4];
		struct fcdlctl_list l = { .entries = (unsigned long)pending, .max = 4, .size = sizeof(pending[0]) };

		FAULTY(&walk, ioctl(fd, FCDLCTL_LIST_PENDING, &l));
	}
	WALK("policy by /dev/fcdlctl")
	{
		struct fcdlctl_policy p = { .filter = "u",
					    .valid = FCDLCTL_POLICY_DEADLINE,
					    .deadline_ms = 50000 + walk.n };
		long rc = FAULTY(&walk, ioctl(fd, FCDLCTL_SET_POLICY, &p));

		want(raw_info("u", &info));
		want_eq(info.deadline_ms == 50000 + walk.n, !rc);
	}
	close(fd);
	handler_end(h);
}

/* ---- The handler's own calls ---- */

static long hello(int fd)
{
	struct urfs_hello h = { .version = URFS_ABI_VERSION, .arena_size = URFS_ARENA_MIN };

	return raw_hello(fd, &h);
}

static void walk_connect(void)
{
	struct kept before = kept_now();
	char *p;
	int fd;

	WALK("open of /dev/urfs")
	FAULTY(&walk, opened(open("/dev/urfs", O_RDWR)));
	WALK("hello")
	{
		fd = open("/dev/urfs", O_RDWR);
		want(fd >= 0);
		/* what failed changed nothing */
		if (FAULTY(&walk, hello(fd)))
			want_eq(hello(fd), 0);
		want_errno(hello(fd), EALREADY);
		close(fd);
	}
	WALK("mapping of the arena")
	{
		fd = open("/dev/urfs", O_RDWR);
		want(fd >= 0 && !hello(fd));
		fault_on(&walk);
		p = mmap(NULL, URFS_ARENA_MIN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		fault_off(&walk, p == MAP_FAILED);
		if (p == MAP_FAILED) {
			want_eq(errno, ENOMEM);
			p = mmap(NULL, URFS_ARENA_MIN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		}
		if (p == MAP_FAILED)
			die("after pass %u it cannot be mapped: %s", walk.n, strerror(errno));
		p[0] = p[URFS_ARENA_MIN - 1] = 1;
		munmap(p, URFS_ARENA_MIN);
		close(fd);
	}
	WALK("close of a connection with a filter")
	{
		struct raw r;

		raw_open(&r, URFS_ARENA_MIN);
		want(raw_register(&r, "u", 5, URFS_REGISTER_ACTIVE) >= 0);
		fault_on(&walk);
		close(r.fd);
		fault_off(&walk, false);
		munmap(r.arena, r.size);
		want_kept(&before);
	}
}

static void walk_commands(void)
{
	static const struct urfs_op one[] = { { RFS_OP_OPEN, URFS_OP_PRE } };
	static const struct urfs_op two[] = { { RFS_OP_OPEN, URFS_OP_PRE }, { RFS_OP_MKDIR, URFS_OP_PRE } };
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_DEADLINE, .deadline_ms = 7000 };
	struct fcdlctl_filter info;
	struct kept before = kept_now(), with;
	struct raw r;
	int f;

	raw_open(&r, URFS_ARENA_MIN);
	WALK("register")
	{
		f = FAULTY_ERR(&walk, raw_register(&r, "u", 5, URFS_REGISTER_ACTIVE));
		if (f >= 0)
			want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = f), 0);
		want(!raw_info("u", NULL));
		want_kept(&before);
	}
	f = raw_register(&r, "u", 5, URFS_REGISTER_ACTIVE);
	want(f > 0);
	want_eq(raw_set_ops(&r, f, one, 1), 0);
	WALK("set operations")
	{
		long rc = FAULTY_ERR(&walk, raw_set_ops(&r, f, two, 2));

		want(raw_info("u", &info));
		want_eq(info.pre_ops, 1ULL << RFS_OP_OPEN | (rc ? 0 : 1ULL << RFS_OP_MKDIR));
		want_eq(raw_set_ops(&r, f, one, 1), 0);
	}
	with = kept_now();
	WALK("set path")
	{
		if (!FAULTY_ERR(&walk, raw_set_path(&r, f, raw_dir(), RFS_PATH_INCLUDE | RFS_PATH_SUBTREE)))
			want_eq(raw_cmd(&r, .type = URFS_CMD_DEL_PATH, .filter = f, .ptr = (unsigned long)raw_dir(),
					.length = strlen(raw_dir())),
				0);
		want_kept(&with);
	}
	WALK("delete path")
	{
		long rc;

		raw_set_path(&r, f, raw_dir(), RFS_PATH_INCLUDE | RFS_PATH_SUBTREE);
		rc = FAULTY_ERR(&walk, raw_cmd(&r, .type = URFS_CMD_DEL_PATH, .filter = f,
					       .ptr = (unsigned long)raw_dir(), .length = strlen(raw_dir())));
		want(raw_info("u", &info));
		want_eq(info.rules, !!rc);
	}
	WALK("set policy")
	FAULTY_ERR(&walk, raw_set_policy(&r, f, &p));
	WALK("deactivate")
	{
		want_eq(raw_activate(&r, f), 0);
		fault_on(&walk);
		want_eq(raw_cmd(&r, .type = URFS_CMD_DEACTIVATE, .filter = f), 0);
		fault_off(&walk, false);
	}
	WALK("activate")
	{
		long rc = FAULTY_ERR(&walk, raw_activate(&r, f));

		want(raw_info("u", &info));
		want_eq(!!(info.flags & FCDLCTL_FILTER_ACTIVE), !rc);
		want_eq(raw_cmd(&r, .type = URFS_CMD_DEACTIVATE, .filter = f), 0);
	}
	/* by write(), with the answer as a message */
	WALK("command by write")
	{
		struct urfs_cmd c = { .type = URFS_CMD_ACTIVATE, .filter = f, .id = walk.n };
		struct urfs_msg m;
		long rc = FAULTY(&walk, write(r.fd, &c, sizeof(c)) < 0 ? -1 : 0);

		if (!rc) {
			raw_want(&r, &m, URFS_MSG_COMMAND_REPLY);
			want_eq(m.id, walk.n);
			want(!m.error || (walk.hit && m.error == -ENOMEM));
			rc = m.error;
		}
		want(raw_info("u", &info));
		want_eq(!!(info.flags & FCDLCTL_FILTER_ACTIVE), !rc);
		want_eq(raw_next(&r, &m, 0), 0);
		want_eq(raw_cmd(&r, .type = URFS_CMD_DEACTIVATE, .filter = f), 0);
	}
	WALK("unregister")
	{
		fault_on(&walk);
		want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = f), 0);
		fault_off(&walk, false);
		want(!raw_info("u", NULL));
		f = raw_register(&r, "u", 5, URFS_REGISTER_ACTIVE);
		want(f > 0);
	}
	close(r.fd);
	munmap(r.arena, r.size);
	want_kept(&before);
}

int main(int argc, char **argv)
{
	seen = raw_shared(sizeof(*seen));
	fault_init();
	PART(walk_connect);
	PART(walk_commands);
	PART(walk_questions);
	PART(walk_posts);
	PART(walk_modify);
	return 0;
}
