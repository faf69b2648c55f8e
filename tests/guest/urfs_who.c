// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: what a message says: ids of the caller in the opener's pid namespace, its executable, objects, paths of both names
 * fs: ext4
 * load: redirfs urfs
 * timeout: 120
 */
#include <grp.h>
#include <linux/fs.h>
#include <sys/mount.h>

#include "urfs_raw.h"

static const struct urfs_op ops[] = {
	{ RFS_OP_OPEN, URFS_OP_PRE },
	{ RFS_OP_UNLINK, URFS_OP_PRE },
	{ RFS_OP_RENAME, URFS_OP_PRE },
};

static struct raw r;

static void start(const char *name)
{
	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	want_eq(raw_deadline(&r, raw_filter(&r, name, 100, tpath("w"), ops, 3), 60000), 0);
}

static void stop(void)
{
	munmap(r.arena, r.size);
	close(r.fd);
}

static const struct urfs_event *next_event(struct urfs_msg *m)
{
	raw_want(&r, m, URFS_MSG_CALLBACK);
	return raw_event(&r, m);
}

static bool put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* The inode number of this file, link followed */
static unsigned long long ino_of(const char *path)
{
	struct stat st;

	want_eq(stat(path, &st), 0);
	return st.st_ino;
}

static void is_path(const struct urfs_msg *m, int which, const char *path, unsigned int flags)
{
	char buf[4096];

	raw_path(&r, m, which, buf, sizeof(buf));
	if (strcmp(buf, path))
		die("path %d is %s, not %s", which, buf, path);
	want_eq(raw_event(&r, m)->path[which].flags, flags);
}

/* Ids of all kinds, each different from the others. */
static void ids(void)
{
	const struct rfs_caller *who;
	struct stat exe, *cgroup = raw_shared(sizeof(*cgroup));
	unsigned long long *ns = raw_shared(sizeof(*ns));
	char line[4096] = "", dir[4200], path[4300];
	bool *login = raw_shared(sizeof(*login));
	const struct urfs_event *e;
	struct urfs_msg m;
	FILE *f;
	pid_t c;

	want_eq(stat("/proc/self/exe", &exe), 0);
	f = fopen("/proc/self/cgroup", "r");
	want(f && fgets(line, sizeof(line), f));
	fclose(f);
	line[strcspn(line, "\n")] = 0;
	snprintf(dir, sizeof(dir), "/sys/fs/cgroup%s/who", strchr(line, '/'));
	want_eq(mkdir(dir, 0755), 0);
	want_eq(stat(dir, cgroup), 0);
	start("ids");
	c = raw_fork();
	if (!c) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
		want(put(path, "0"));
		want_eq(unshare(CLONE_NEWNS), 0);
		*ns = ino_of("/proc/self/ns/mnt");
		*login = put("/proc/self/loginuid", "1234");
		prctl(PR_SET_NAME, "the \"caller\"");
		want_eq(setgroups(0, NULL), 0);
		want_eq(setresgid(1001, 1002, 1003), 0);
		want_eq(setresuid(1004, 1005, 1006), 0);
		_exit(try_open(tpath("w/file")));
	}
	e = next_event(&m);
	who = &e->caller;
	want_eq(who->pid, c);
	want_eq(who->tid, c);
	want_eq(who->ppid, getpid());
	want_eq(who->uid, 1004);
	want_eq(who->euid, 1005);
	want_eq(who->gid, 1001);
	want_eq(who->egid, 1002);
	want(*login);
	want_eq(who->loginuid, 1234);
	want(who->sessionid != (unsigned int)-1);
	want_eq(who->mnt_ns, *ns);
	want(*ns != ino_of("/proc/self/ns/mnt"));
	want_eq(who->cgroup_id, cgroup->st_ino);
	want_eq(strcmp(who->comm, "the \"caller\""), 0);
	want_eq(who->flags, RFS_CALLER_EXE);
	want_eq(who->exe_ino, exe.st_ino);
	want_eq(who->reserved, 0);
	want_eq(e->open_flags & (O_ACCMODE | O_CREAT | O_TRUNC), O_RDONLY);
	want(e->time_ns <= (unsigned long long)now_ns());
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	stop();
	wait_until(!rmdir(dir));
}

static void *open_in_thread(void *arg)
{
	pid_t *tid = arg;

	*tid = gettid();
	try_open(tpath("w/file"));
	return NULL;
}

/* One thread of several */
static void threads(void)
{
	pid_t *tid = raw_shared(sizeof(*tid)), c;
	const struct urfs_event *e;
	struct urfs_msg m;
	pthread_t t;

	start("threads");
	c = raw_fork();
	if (!c) {
		want_eq(pthread_create(&t, NULL, open_in_thread, tid), 0);
		pthread_join(t, NULL);
		_exit(0);
	}
	e = next_event(&m);
	want_eq(e->caller.pid, c);
	want_eq(e->caller.tid, *tid);
	want(*tid != c);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(raw_wait(c), 0);
	stop();
}

/* A handler in a pid namespace of its own sees the numbers of that; who is not in it has none. */
static void pid_namespace(void)
{
	int ready[2], go[2];
	struct urfs_msg m;
	pid_t h, c, inside;
	char b;

	want_eq(pipe(ready), 0);
	want_eq(pipe(go), 0);
	h = raw_fork();
	if (!h) {
		want_eq(unshare(CLONE_NEWPID), 0);
		h = fork();
		if (h)
			_exit(raw_wait(h));
		/* 1 in there */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		want_eq(getpid(), 1);
		start("inside");
		want_eq(write(ready[1], "", 1), 1);
		want_eq(next_event(&m)->caller.pid, 0);
		want_eq(raw_event(&r, &m)->caller.tid, 0);
		want_eq(raw_event(&r, &m)->caller.ppid, 0);
		want_eq(raw_allow(&r, &m), 0);
		want_eq(read(go[0], &b, 1), 1);
		inside = child_open(tpath("w/file"));
		want(inside > 1 && inside < 10);
		want_eq(next_event(&m)->caller.pid, inside);
		want_eq(raw_event(&r, &m)->caller.ppid, 1);
		want_eq(raw_allow(&r, &m), 0);
		want_eq(raw_wait(inside), 0);
		_exit(0);
	}
	want_eq(read(ready[0], &b, 1), 1);
	c = child_open(tpath("w/file"));
	want_eq(raw_wait(c), 0);
	want_eq(write(go[1], "", 1), 1);
	want_eq(raw_wait(h), 0);
	wait_until(!raw_info("inside", NULL));
}

static void is_object(const struct urfs_event *e, enum rfs_which which, const char *path)
{
	const struct rfs_object *o = &e->object[which];
	struct stat st;
	int fd;

	want_eq(lstat(path, &st), 0);
	want(e->objects & 1 << which);
	want_eq(o->valid, RFS_OBJECT_EXISTS);
	want_eq(o->dev, st.st_dev);
	want_eq(o->ino, st.st_ino);
	want_eq(o->mode, st.st_mode);
	want_eq(o->nlink, st.st_nlink);
	want_eq(o->uid, st.st_uid);
	want_eq(o->gid, st.st_gid);
	want_eq(o->size, st.st_size);
	if (!strcmp(getenv("FS"), "ext4") && S_ISDIR(st.st_mode)) {
		int generation = 0;

		fd = open(path, O_RDONLY | O_DIRECTORY);
		want_eq(ioctl(fd, FS_IOC_GETVERSION, &generation), 0);
		close(fd);
		want_eq(o->generation, (unsigned int)generation);
	}
}

/* Victims and their directories, with all that a decision needs; both paths of a rename, into and out of the tree. */
static void objects(void)
{
	const struct urfs_event *e;
	struct urfs_msg m;
	pid_t c;

	mkdir(tpath("w/d"), 0711);
	mkdir(tpath("out"), 0755);
	touch(tpath("w/d/victim"));
	touch(tpath("out/other"));
	want_eq(chown(tpath("w/d/victim"), 77, 88), 0);
	want_eq(chmod(tpath("w/d/victim"), 04751), 0);
	want_eq(truncate(tpath("w/d/victim"), 12345), 0);
	want_eq(link(tpath("w/d/victim"), tpath("out/link")), 0);
	start("objects");
	c = raw_fork();
	if (!c) {
		want_errno(unlink(tpath("w/d/victim")), EXDEV);
		want_errno(rename(tpath("w/d/victim"), tpath("out/moved")), EXDEV);
		want_errno(rename(tpath("out/other"), tpath("w/d/victim")), EXDEV);
		_exit(0);
	}
	e = next_event(&m);
	want_eq(m.op, RFS_OP_UNLINK);
	is_object(e, RFS_FIRST, tpath("w/d/victim"));
	is_object(e, RFS_FIRST_PARENT, tpath("w/d"));
	is_path(&m, 0, tpath("w/d/victim"), RFS_PATHF_RULE);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	e = next_event(&m);
	want_eq(m.op, RFS_OP_RENAME);
	is_object(e, RFS_FIRST, tpath("w/d/victim"));
	is_object(e, RFS_FIRST_PARENT, tpath("w/d"));
	is_object(e, RFS_SECOND_PARENT, tpath("out"));
	want_eq(e->object[RFS_SECOND].valid, 0);
	is_path(&m, 0, tpath("w/d/victim"), RFS_PATHF_RULE);
	/* no rule's path leads there: from the file system's root, and it says so */
	is_path(&m, 1, "/out/moved", RFS_PATHF_FS_ROOT);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	e = next_event(&m);
	is_path(&m, 0, "/out/other", RFS_PATHF_FS_ROOT);
	is_path(&m, 1, tpath("w/d/victim"), RFS_PATHF_RULE);
	is_object(e, RFS_FIRST, tpath("out/other"));
	is_object(e, RFS_SECOND, tpath("w/d/victim"));
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), 0);
	stop();
}

/* However the caller names it: in a chroot, by a relative path, by a bind mount in a namespace of its own. */
static void names(void)
{
	struct urfs_msg m;
	char mnt[4096];
	pid_t c;
	int i;

	snprintf(mnt, sizeof(mnt), "%s/bound", getenv("TMPDIR"));
	want_eq(mkdir(mnt, 0755), 0);
	start("names");
	c = raw_fork();
	if (!c) {
		want_eq(chdir(tpath("w/d")), 0);
		want_errno(open("../file", O_RDONLY), EXDEV);
		want_eq(unshare(CLONE_NEWNS), 0);
		want_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
		want_eq(mount(tpath("w"), mnt, NULL, MS_BIND, NULL), 0);
		strcat(mnt, "/file");
		want_errno(open(mnt, O_RDONLY), EXDEV);
		want_eq(chroot(tpath("w")), 0);
		want_errno(open("/file", O_RDONLY), EXDEV);
		_exit(0);
	}
	for (i = 0; i < 3; i++) {
		next_event(&m);
		is_path(&m, 0, tpath("w/file"), RFS_PATHF_RULE);
		want_eq(raw_deny(&r, &m, EXDEV), 0);
	}
	want_eq(raw_wait(c), 0);
	stop();
}

int main(void)
{
	mkdir(tpath("w"), 0755);
	touch(tpath("w/file"));
	ids();
	threads();
	pid_namespace();
	objects();
	names();
	return 0;
}
