// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: each allocation of attaching, filters, rules, operations and /dev/fcdlctl fails in turn: ENOMEM and nothing else
 * fs: tmpfs
 * lanes: deep
 * load: redirfs rfs_test
 * timeout: 300
 * dmesg-ok: Call Trace|vmalloc error|page allocation failure
 */
#include "faults.h"

static int ctl = -1;

/* A command to the test filters. Return: its answer, 0 or a negative errno; answer[] has what follows */
static char answer[4096];
/* the module that tests have had no memory for the command itself; redirfs was not called */
static bool not_called;

static int command(const char *fmt, ...)
{
	static char line[8192];
	va_list ap;
	ssize_t n;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	not_called = true;
	if (write(ctl, line, len) < 0)
		return -errno;
	n = read(ctl, answer, sizeof(answer) - 1);
	want(n > 0);
	answer[n] = 0;
	not_called = !strncmp(answer, "syntax", 6);
	return not_called ? -ENOMEM : atoi(answer);
}

static long long count_of(const char *filter, const char *key)
{
	char *at;

	want_eq(command("stats %s", filter), 0);
	at = strstr(answer, key);
	want(at);
	return atoll(at + strlen(key));
}

static void begin(void)
{
	want_eq(command("register f 10 active opdata=64"), 0);
	want_eq(command("quiet f 1"), 0);
	want_eq(command("ops f all"), 0);
	want_eq(command("path f include subtree %s", raw_dir()), 0);
}

/* What has no release of its own would not be counted the same before and after. */
static void want_pairs(const struct walk *w)
{
	long long pre = count_of("f", "pre="), post = count_of("f", "post=");

	if (pre != post)
		die("%s: pass %u: %lld callbacks before, %lld after", w->what, w->n, pre, post);
}

/* ---- Filters and rules ---- */

static void walk_register(void)
{
	struct kept before = kept_now();

	WALK("register")
	{
		if (!FAULTY_ERR(&walk, command("register f 10 active opdata=64"))) {
			want(raw_info("f", NULL));
			want_eq(command("unregister f"), 0);
		}
		want(!raw_info("f", NULL));
		want_kept(&before);
	}
	want_eq(command("register f 10"), 0);
	WALK("set operations")
	{
		struct fcdlctl_filter info;

		if (!FAULTY_ERR(&walk, command("ops f mkdir unlink")))
			want_eq(command("ops f rmdir"), 0);
		want(raw_info("f", &info));
		/* all or nothing */
		want_eq(info.pre_ops, walk.n == 1 ? 0 : 1ULL << RFS_OP_RMDIR);
		want_eq(command("ops f rmdir"), 0);
	}
	WALK("activate")
	{
		struct fcdlctl_filter info;
		int rc = FAULTY_ERR(&walk, command("activate f"));

		want(raw_info("f", &info));
		want_eq(!!(info.flags & FCDLCTL_FILTER_ACTIVE), !rc);
		want_eq(command("deactivate f"), 0);
	}
	/* what takes away must not fail */
	WALK("deactivate")
	{
		struct fcdlctl_filter info;
		int rc;

		want_eq(command("activate f"), 0);
		rc = FAULTY_ERR(&walk, command("deactivate f"));
		want(!rc || not_called);
		want(raw_info("f", &info));
		want_eq(!!(info.flags & FCDLCTL_FILTER_ACTIVE), !!rc);
	}
	WALK("set operations of an active filter")
	{
		struct fcdlctl_filter info;
		int rc;

		want_eq(command("activate f"), 0);
		rc = FAULTY_ERR(&walk, command("ops f mkdir"));
		want(raw_info("f", &info));
		want_eq(info.pre_ops, 1ULL << (rc ? RFS_OP_RMDIR : RFS_OP_MKDIR));
		want_eq(command("ops f rmdir"), 0);
	}
	WALK("unregister")
	{
		int rc = FAULTY_ERR(&walk, command("unregister f"));

		want(!rc || not_called);
		want_eq(!!raw_info("f", NULL), !!rc);
		if (!rc)
			want_eq(command("register f 10 active"), 0);
	}
	want_eq(command("unregister f"), 0);
	want_kept(&before);
}

/* Each first rule attaches the file system, each last one detaches it. */
static void walk_rules(void)
{
	const char *dir = tpath("dir");
	struct kept empty, one;

	want_eq(mkdir(dir, 0755), 0);
	want_eq(command("register f 10 active"), 0);
	want_eq(command("ops f mkdir"), 0);
	empty = kept_now();
	WALK("first rule, and attach")
	{
		struct fcdlctl_filter info;
		int rc = FAULTY_ERR(&walk, command("path f include subtree %s", raw_dir()));

		want(raw_info("f", &info));
		want_eq(info.rules, rc ? 0 : 1);
		if (!rc)
			want_eq(command("delpath f %s", raw_dir()), 0);
		want_kept(&empty);
	}
	want_eq(command("path f include subtree %s", raw_dir()), 0);
	one = kept_now();
	want_eq(one.rules, 1);
	WALK("another rule")
	{
		int rc = FAULTY_ERR(&walk, command("path f exclude single %s", dir));

		if (!rc)
			want_eq(command("delpath f %s", dir), 0);
		want_kept(&one);
	}
	WALK("rule in place of another")
	{
		struct fcdlctl_filter info;

		FAULTY_ERR(&walk, command("path f include subtree %s", raw_dir()));
		want(raw_info("f", &info));
		want_eq(info.rules, 1);
		want_kept(&one);
	}
	WALK("remove a rule, and detach")
	{
		int rc = FAULTY_ERR(&walk, command("delpath f %s", raw_dir()));

		want_kept(rc ? &one : &empty);
		if (!rc)
			want_eq(command("path f include subtree %s", raw_dir()), 0);
	}
	want_eq(command("unregister f"), 0);
	want_eq(rmdir(dir), 0);
}

/* ---- Operations ---- */

static void gone(const char *path)
{
	if (unlink(path) && errno != ENOENT)
		want_eq(rmdir(path), 0);
}

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* An operation that makes @path, or fails and makes nothing */
#define WALK_MAKES(name, path, call)                                              \
	WALK(name)                                                                \
	{                                                                         \
		long done = FAULTY(&walk, call);                                  \
                                                                                  \
		if (exists(path) != !done)                                        \
			die("%s: pass %u: it says %ld", walk.what, walk.n, done); \
		gone(path);                                                       \
		want_pairs(&walk);                                                \
	}

/* The descriptor, if there is one, is closed: 0 or -1 as a call. */
static long opened(int fd)
{
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return fd < 0 ? -1 : 0;
}

static void walk_operations(void)
{
	const char *a = tpath("a"), *b = tpath("b");
	struct kept before;
	long long no_memory;

	begin();
	/* releases have no callback before them; then all have both */
	want_eq(command("ops f create mkdir mknod symlink link unlink rmdir rename tmpfile open atomic_open setattr"),
		0);
	/* tmpfs says so where there is no memory for an inode */
	fault_also = ENOSPC;
	before = kept_now();
	no_memory = raw_stat("", "no_memory");

	WALK_MAKES("mkdir", a, mkdir(a, 0755));
	WALK_MAKES("mknod", a, mknod(a, S_IFIFO | 0600, 0));
	WALK_MAKES("symlink", a, symlink("nowhere", a));
	WALK("create")
	{
		FAULTY(&walk, opened(open(a, O_CREAT | O_EXCL | O_WRONLY, 0600)));
		/* creating and opening are two steps: the file may stay, as without a filter */
		gone(a);
		want_pairs(&walk);
		want_kept(&before);
	}
	touch(a);
	WALK_MAKES("link", b, link(a, b));
	WALK("open")
	{
		FAULTY(&walk, opened(open(a, O_RDONLY)));
		want_pairs(&walk);
		want_kept(&before);
	}
	WALK("open a directory")
	{
		FAULTY(&walk, opened(open(raw_dir(), O_RDONLY | O_DIRECTORY)));
		want_pairs(&walk);
		want_kept(&before);
	}
	WALK("tmpfile")
	{
		FAULTY(&walk, opened(open(raw_dir(), O_TMPFILE | O_RDWR, 0600)));
		want_pairs(&walk);
		want_kept(&before);
	}
	WALK("setattr")
	{
		struct stat st;
		long rc;

		want_eq(chmod(a, 0600), 0);
		rc = FAULTY(&walk, chmod(a, 0640));
		want_eq(stat(a, &st), 0);
		want_eq(st.st_mode & 0777, rc ? 0600 : 0640);
		want_pairs(&walk);
	}
	WALK("rename")
	{
		long rc = FAULTY(&walk, rename(a, b));

		want_eq(exists(a), !!rc);
		want_eq(exists(b), !rc);
		if (!rc)
			want_eq(rename(b, a), 0);
		want_pairs(&walk);
	}
	WALK("unlink")
	{
		long rc = FAULTY(&walk, unlink(a));

		want_eq(exists(a), !!rc);
		touch(a);
		want_pairs(&walk);
	}
	want_eq(unlink(a), 0);
	WALK("rmdir")
	{
		long rc;

		want(!mkdir(a, 0755) || errno == EEXIST);
		rc = FAULTY(&walk, rmdir(a));
		want_eq(exists(a), !!rc);
		want_pairs(&walk);
	}
	gone(a);
	/* of all these faults some were redirfs's own */
	no_memory = raw_stat("", "no_memory") - no_memory;
	printf("calls that could not be set up: %lld\n", no_memory);
	want(no_memory > 0);
	want_eq(command("unregister f"), 0);
}

/* ---- /dev/fcdlctl ---- */

static void walk_control(void)
{
	static struct fcdlctl_filter filters[4];
	static struct fcdlctl_path paths[4];
	static struct fcdlctl_stat stats[FCDLCTL_PAGE_MAX];
	static struct fcdlctl_fs systems[4];
	static struct fcdlctl_inside inside[4];
	static struct fcdlctl_pending pending[4];
	static char buf[65536];
	const char *dir = tpath("dir");
	struct fcdlctl_setpath sp = { .filter = "f", .path = (unsigned long)dir, .path_len = strlen(dir) };
	struct fcdlctl_name name = { .filter = "f" };
	struct fcdlctl_status status;
	struct kept before;
	int fd;

	begin();
	want_eq(mkdir(dir, 0755), 0);
	before = kept_now();
	WALK("open of /dev/fcdlctl")
	FAULTY(&walk, opened(open("/dev/fcdlctl", O_RDWR)));
	fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);
	want(fd >= 0);
#define LIST_OF(array) { .entries = (unsigned long)(array), .max = 4, .size = sizeof(*(array)) }
	WALK("list of filters")
	{
		struct fcdlctl_list l = LIST_OF(filters);

		if (!FAULTY(&walk, ioctl(fd, FCDLCTL_LIST, &l)))
			want_eq(l.count, 1);
	}
	WALK("list of file systems")
	{
		struct fcdlctl_list l = LIST_OF(systems);

		if (!FAULTY(&walk, ioctl(fd, FCDLCTL_LIST_FS, &l)))
			want_eq(l.count, 1);
	}
	WALK("list of callers inside")
	{
		struct fcdlctl_list l = LIST_OF(inside);

		FAULTY(&walk, ioctl(fd, FCDLCTL_LIST_INSIDE, &l));
	}
	WALK("list of pending requests")
	{
		struct fcdlctl_list l = LIST_OF(pending);

		FAULTY(&walk, ioctl(fd, FCDLCTL_LIST_PENDING, &l));
	}
	WALK("list of rules")
	{
		struct fcdlctl_paths l = { .filter = "f",
					   .entries = (unsigned long)paths,
					   .max = 4,
					   .size = sizeof(paths[0]),
					   .buf = (unsigned long)buf,
					   .buf_size = sizeof(buf) };

		if (!FAULTY(&walk, ioctl(fd, FCDLCTL_LIST_PATHS, &l)))
			want_eq(l.count, 1);
	}
	WALK("counters")
	{
		struct fcdlctl_stats l = { .entries = (unsigned long)stats,
					   .max = FCDLCTL_PAGE_MAX,
					   .size = sizeof(stats[0]) };

		if (!FAULTY(&walk, ioctl(fd, FCDLCTL_STATS, &l)))
			want(l.count > 10);
	}
	/* a canary that could not be made proves nothing against the hook */
	WALK("status")
	{
		if (!FAULTY(&walk, ioctl(fd, FCDLCTL_STATUS, &status)))
			want_eq(status.hook, FCDLCTL_HOOK_ALIVE);
	}
	WALK("rule by /dev/fcdlctl")
	{
		sp.flags = RFS_PATH_EXCLUDE | RFS_PATH_SINGLE;
		if (!FAULTY(&walk, ioctl(fd, FCDLCTL_SETPATH, &sp))) {
			sp.flags = 0;
			want_eq(ioctl(fd, FCDLCTL_DELPATH, &sp), 0);
		}
		want_kept(&before);
	}
	WALK("removing a rule by /dev/fcdlctl")
	{
		sp.flags = RFS_PATH_EXCLUDE | RFS_PATH_SINGLE;
		want_eq(ioctl(fd, FCDLCTL_SETPATH, &sp), 0);
		sp.flags = 0;
		if (FAULTY(&walk, ioctl(fd, FCDLCTL_DELPATH, &sp)))
			want_eq(ioctl(fd, FCDLCTL_DELPATH, &sp), 0);
		want_kept(&before);
	}
	WALK("activating by /dev/fcdlctl")
	{
		struct fcdlctl_filter info;
		int rc;

		want_eq(ioctl(fd, FCDLCTL_DEACTIVATE, &name), 0);
		rc = FAULTY(&walk, ioctl(fd, FCDLCTL_ACTIVATE, &name));
		want(raw_info("f", &info));
		want_eq(!!(info.flags & FCDLCTL_FILTER_ACTIVE), !rc);
	}
	WALK("deactivating by /dev/fcdlctl")
	{
		want_eq(ioctl(fd, FCDLCTL_ACTIVATE, &name), 0);
		fault_on(&walk);
		want_eq(ioctl(fd, FCDLCTL_DEACTIVATE, &name), 0);
		fault_off(&walk, false);
	}
	WALK("the way out")
	{
		struct fcdlctl_all all;

		want_eq(ioctl(fd, FCDLCTL_ACTIVATE, &name), 0);
		fault_on(&walk);
		want_eq(ioctl(fd, FCDLCTL_DEACTIVATE_ALL, &all), 0);
		fault_off(&walk, false);
		want_eq(all.count, 1);
		memset(&all, 0, sizeof(all));
	}
	/* skipped one by one where there was no memory for a shorter chain: nothing is asked */
	command("activate f");
	want_eq(command("deactivate f"), 0);
	close(fd);
	want_eq(rmdir(dir), 0);
	want_eq(command("unregister f"), 0);
}

int main(int argc, char **argv)
{
	fault_init();
	ctl = open("/dev/rfs_test", O_RDWR | O_CLOEXEC);
	want(ctl >= 0);
	PART(walk_register);
	PART(walk_rules);
	PART(walk_operations);
	PART(walk_control);
	/* counters of the test filters: every callback ended, none met a fault */
	want_eq(command("stats"), 0);
	want(strstr(answer, " inside=0 no_private=0 dirty_data=0 lost_data=0 accessor=0 "));
	return 0;
}
