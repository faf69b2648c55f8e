// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: remembered verdicts: who is asked again after which change of the object or the filter, seen by a wrapper or not
 * fs: ext4 xfs btrfs tmpfs overlay
 * load: redirfs urfs
 * timeout: 200
 */
#include "rfs.h"
#include "urfs_raw.h"

static struct raw r;
static int filter;
static const struct urfs_op open_pre[] = { { RFS_OP_OPEN, URFS_OP_PRE } };

static void make(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755);

	want(fd >= 0);
	want_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void begin(void)
{
	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	filter = raw_filter(&r, "remember", 100, tpath("in"), open_pre, 1);
}

static void end(void)
{
	munmap(r.arena, r.size);
	close(r.fd);
}

/* What is done while the question is open */
static void (*meanwhile)(void);

/* A filter that says each time how the file may be mapped */
static int limiting;

/* A child does something; answer what is asked about the file, with REMEMBER. Return: how often that was */
static int answered(pid_t c)
{
	struct urfs_msg m;
	int n = 0, ended = 0, code;

	while (!ended || raw_next(&r, &m, 0)) {
		if (!ended && !raw_next(&r, &m, 20)) {
			ended = raw_ended(c, &code);
			continue;
		}
		want_eq(m.type, URFS_MSG_CALLBACK);
		if (meanwhile)
			meanwhile();
		want_eq(raw_reply(&r, m.id, URFS_REPLY_REMEMBER | ((int)m.filter == limiting ? URFS_REPLY_NO_EXEC : 0),
				  0),
			0);
		n++;
	}
	want_eq(code, 0);
	return n;
}

static int opened_with(const char *path, int flags)
{
	pid_t c = raw_fork();

	if (!c) {
		int fd = open(path, flags | O_CLOEXEC);

		_exit(fd < 0 ? errno : 0);
	}
	return answered(c);
}

static int opened(const char *path)
{
	return opened_with(path, O_RDONLY);
}

static int executed(const char *path)
{
	pid_t c = raw_fork();

	if (!c) {
		execl(path, "true", NULL);
		_exit(errno);
	}
	return answered(c);
}

static const char *f(void)
{
	return tpath("in/f");
}

/* From here on an open of the file is not asked about. */
static void remembered(const char *path)
{
	int tries;

	for (tries = 0; tries < 4 && opened(path); tries++)
		;
	want(tries < 4);
	want_eq(opened(path), 0);
}

/* A change, after which the next open is asked about, and the one behind it is not. */
#define CHANGE(...)                      \
	do {                             \
		remembered(f());         \
		__VA_ARGS__;             \
		want_eq(opened(f()), 1); \
		want_eq(opened(f()), 0); \
	} while (0)

/* ---- The object ---- */

static void first_time(void)
{
	make(f(), "content");
	/* nobody would answer a question about it: the filter would count as stalled for the one behind it, at times */
	want_eq(system("cp /bin/true $T/in/true"), 0);
	begin();
	want_eq(opened(f()), 1);
	/* now it watches */
	want_eq(opened(f()), 1);
	want_eq(opened(f()), 0);
	want_eq(opened(f()), 0);
	want_eq(raw_stat("remember", "remembered_hits"), 2);
	want_eq(raw_stat("remember", "pre_calls"), 2);
	want_eq(raw_stat("remember", "remembered"), 1);
	want_eq(raw_stat("", "remembered_now"), 1);
	/* for execution it is another question; xfs counts the first access time as a change */
	want_eq(executed(tpath("in/true")), 1);
	executed(tpath("in/true"));
	want_eq(executed(tpath("in/true")), 0);
	want_eq(opened(tpath("in/true")), 1);
	want_eq(opened(tpath("in/true")), 0);
	want_eq(executed(tpath("in/true")), 0);
	/* who writes is always asked about */
	want_eq(opened_with(f(), O_RDWR), 1);
	want_eq(opened_with(f(), O_RDWR), 1);
	end();
	want_eq(raw_stat("", "remembered_now"), 0);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	want(fd >= 0);
	want_eq(pwrite(fd, text, strlen(text), 0), strlen(text));
	close(fd);
}

/* Nothing of this shows in the inode's times on tmpfs. */
static void put_mapped(void)
{
	int fd = open(tpath("in/f"), O_RDWR | O_CLOEXEC);
	char *p;

	want(fd >= 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	want(p != MAP_FAILED);
	close(fd);
	p[0]++;
	munmap(p, 4096);
}

static void by_content(void)
{
	struct stat st;

	unlink(tpath("out/l"));
	make(f(), "content");
	want_eq(link(f(), tpath("out/l")), 0);
	begin();
	opened(f());
	CHANGE(put(f(), "Content"));
	/* at once, and with the same times */
	want_eq(stat(f(), &st), 0);
	CHANGE(put(f(), "CONTENT");
	       want_eq(utimensat(AT_FDCWD, f(), (struct timespec[2]){ st.st_atim, st.st_mtim }, 0), 0));
	/* by a name that no rule covers */
	CHANGE(put(tpath("out/l"), "content"));
	CHANGE(put_mapped());
	CHANGE(want_eq(truncate(f(), 3), 0));
	CHANGE(want_eq(truncate(tpath("out/l"), 7), 0));
	CHANGE(close(open(tpath("out/l"), O_RDONLY | O_TRUNC)); put(f(), "again"));
	/* opened, and nothing else */
	CHANGE(close(open(tpath("out/l"), O_WRONLY)));
	end();
}

static void by_attributes(void)
{
	make(f(), "content");
	begin();
	opened(f());
	CHANGE(want_eq(chmod(f(), 0700), 0));
	CHANGE(want_eq(chown(f(), 1, 1), 0));
	CHANGE(want_eq(utimensat(AT_FDCWD, f(), NULL, 0), 0));
	unlink(tpath("in/l"));
	CHANGE(want_eq(link(f(), tpath("in/l")), 0));
	CHANGE(want_eq(unlink(tpath("in/l")), 0));
	CHANGE(want_eq(rename(f(), tpath("in/g")), 0); want_eq(rename(tpath("in/g"), f()), 0));
	CHANGE(make(tpath("in/g"), "other"); want_eq(rename(tpath("in/g"), f()), 0));
	end();
}

/* ---- What cannot be remembered, for now ---- */

static void being_written(void)
{
	int fd, before;
	char *p;

	make(f(), "content");
	/* before redirfs knew the file system, so that nobody saw it */
	before = open(f(), O_RDWR | O_CLOEXEC);
	want(before >= 0);
	begin();
	want_eq(opened(f()), 1);
	want_eq(opened(f()), 1);
	want_eq(opened(f()), 1);
	close(before);
	want_eq(opened(f()), 1);
	want_eq(opened(f()), 0);

	fd = open(f(), O_RDWR | O_CLOEXEC);
	want_eq(opened(f()), 1);
	want_eq(opened(f()), 1);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	want(p != MAP_FAILED);
	close(fd);
	want_eq(opened(f()), 1);
	p[0] = 'X';
	want_eq(opened(f()), 1);
	munmap(p, 4096);
	want_eq(opened(f()), 1);
	want_eq(opened(f()), 0);

	/* while the handler thinks */
	remembered(f());
	put(f(), "content");
	meanwhile = put_mapped;
	want_eq(opened(f()), 1);
	want_eq(opened(f()), 1);
	meanwhile = NULL;
	want_eq(opened(f()), 1);
	want_eq(opened(f()), 0);
	end();
}

/* Out of memory, changed, out of memory again: what was known of it at the same place does not count. */
static void evicted(void)
{
	int i;

	make(f(), "content");
	begin();
	remembered(f());
	for (i = 0; i < 5; i++) {
		want_eq(system("sync; echo 3 >/proc/sys/vm/drop_caches"), 0);
		put(f(), i % 2 ? "Content" : "content");
		want_eq(system("sync; echo 3 >/proc/sys/vm/drop_caches"), 0);
		want_eq(opened(f()), 1);
		opened(f());
	}
	end();
}

/* ---- The filter ---- */

static void by_filter(void)
{
	make(f(), "content");
	begin();
	opened(f());
	CHANGE(want_eq(raw_deadline(&r, filter, 4000), 0));
	CHANGE(want_eq(raw_set_ops(&r, filter, open_pre, 1), 0));
	CHANGE(want_eq(raw_set_path(&r, filter, tpath("out"), RFS_PATH_INCLUDE | RFS_PATH_SINGLE), 0));
	CHANGE(want_eq(raw_cmd(&r, .type = URFS_CMD_DEL_PATH, .filter = filter, .ptr = (unsigned long)tpath("out"),
			       .length = strlen(tpath("out"))),
		       0));
	CHANGE(want_eq(raw_cmd(&r, .type = URFS_CMD_DEACTIVATE, .filter = filter), 0);
	       want_eq(raw_activate(&r, filter), 0));
	/* another filter remembers for itself */
	{
		int other = raw_filter(&r, "other", 200, tpath("in"), open_pre, 1);

		/* changes are counted already */
		want_eq(opened(f()), 1);
		want_eq(opened(f()), 0);
		want_eq(raw_set_ops(&r, other, open_pre, 1), 0);
		want_eq(opened(f()), 1);
		want_eq(opened(f()), 0);
		want_eq(chmod(f(), 0600), 0);
		want_eq(opened(f()), 2);
		want_eq(opened(f()), 0);
		/* who limits what the file may be mapped for is asked every time, and nobody else for its sake */
		want_eq(chmod(f(), 0700), 0);
		limiting = other;
		want_eq(opened(f()), 2);
		want_eq(opened(f()), 1);
		want_eq(opened(f()), 1);
		limiting = 0;
		want_eq(opened(f()), 1);
		want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = other), 0);
		want_eq(opened(f()), 0);
	}
	end();
}

/* ---- Replies ---- */

static void refused(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_PRE | URFS_OP_POST },
					      { RFS_OP_UNLINK, URFS_OP_PRE } };
	struct urfs_msg m;
	pid_t c;

	make(f(), "content");
	begin();
	want_eq(raw_set_ops(&r, filter, ops, 2), 0);
	c = raw_fork();
	if (!c) {
		want_eq(try_open(f()), 0);
		_exit(unlink(f()) ? errno : 0);
	}
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_REMEMBER | URFS_REPLY_STOP, -EPERM), -EINVAL);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_REMEMBER, -EPERM), -EINVAL);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_REMEMBER, 0), 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want(m.flags & URFS_MSG_POST);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_REMEMBER, 0), -EINVAL);
	want_eq(raw_allow(&r, &m), 0);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.op, RFS_OP_UNLINK);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_REMEMBER, 0), -EINVAL);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	end();
}

/* Layers may change behind an overlay: it is asked every time. */
static void never(void)
{
	int i;

	make(f(), "content");
	begin();
	for (i = 0; i < 4; i++)
		want_eq(opened(f()), 1);
	want_eq(raw_stat("remember", "remembered"), 0);
	end();
}

int main(int argc, char **argv)
{
	mkdir(tpath("in"), 0755);
	mkdir(tpath("out"), 0755);
	if (getenv("FS") && !strcmp(getenv("FS"), "overlay")) {
		never();
		return 0;
	}
	PART(first_time);
	PART(by_content);
	PART(by_attributes);
	PART(being_written);
	PART(evicted);
	PART(by_filter);
	PART(refused);
	return 0;
}
