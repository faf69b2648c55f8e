// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fsop - one system call at a time, and what it said
 *
 *   fsop COMMAND [ARGUMENT...]	run it, print one line
 *   fsop -				run each line of standard input
 *   fsop --serve			the same, with a line \001 after each
 *
 *
 * Prints 0 or the errno's name, or what the command was asked to print; the
 * exit code is 0 unless the command itself was wrong. In lines of standard
 * input words are separated by spaces, and \ooo stands for any byte. Built for
 * 32 bits as well (fsop32), since the kernel has other ways in for those.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#ifdef __LP64__
#include <liburing.h>
#endif
#include "fcdlctl_abi.h"

#ifndef RENAME_WHITEOUT
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#define RENAME_WHITEOUT 4
#endif

static __attribute__((noreturn, format(printf, 1, 2))) void usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "fsop: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(2);
}

static const char *ename(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "E?";
}

/* what a system call returned, as a line */
static void say(long ret)
{
	printf("%s\n", ret < 0 ? ename(errno) : "0");
}

static void say_number(long ret)
{
	if (ret < 0)
		say(ret);
	else
		printf("%ld\n", ret);
}

/* ---- arguments ---- */

static char **arg;

static char *next(const char *what)
{
	if (!*arg)
		usage("missing %s", what);
	return *arg++;
}

static char *maybe(void)
{
	return *arg ? *arg++ : NULL;
}

static long long number(const char *what)
{
	char *s = next(what), *end;
	long long n = strtoll(s, &end, 0);

	if (end == s || *end)
		usage("%s is not a %s", s, what);
	return n;
}

struct word {
	const char *word;
	int bits;
};

static const struct word open_words[] = {
	{ "rd", O_RDONLY },
	{ "wr", O_WRONLY },
	{ "rdwr", O_RDWR },
	{ "creat", O_CREAT },
	{ "excl", O_EXCL },
	{ "trunc", O_TRUNC },
	{ "append", O_APPEND },
	{ "nonblock", O_NONBLOCK },
	{ "sync", O_SYNC },
	{ "direct", O_DIRECT },
	{ "directory", O_DIRECTORY },
	{ "nofollow", O_NOFOLLOW },
	{ "noatime", O_NOATIME },
	{ "path", O_PATH },
	{ "tmpfile", O_TMPFILE },
	{ "cloexec", O_CLOEXEC },
	{ NULL, 0 },
};

static const struct word rename_words[] = {
	{ "noreplace", RENAME_NOREPLACE },
	{ "exchange", RENAME_EXCHANGE },
	{ "whiteout", RENAME_WHITEOUT },
	{ "0", 0 },
	{ NULL, 0 },
};

static int words(const struct word *table, char *list)
{
	int bits = 0;
	char *w;

	for (w = strtok(list, "+"); w; w = strtok(NULL, "+")) {
		const struct word *t = table;

		while (t->word && strcmp(t->word, w))
			t++;
		if (!t->word)
			usage("unknown flag %s", w);
		bits |= t->bits;
	}
	return bits;
}

/* file descriptors that outlive their command have a name */
static struct {
	char name[32];
	int fd;
} slots[32];

static int slot(const char *name)
{
	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
		if (!strcmp(slots[i].name, name))
			return slots[i].fd;
	}
	usage("no open file %s", name);
}

/* where a file of that name goes: over one that did not open, or into a free place */
static size_t slot_for(const char *name)
{
	size_t nr = sizeof(slots) / sizeof(*slots), i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(slots[i].name, name) && slots[i].fd < 0)
			return i;
	}
	for (i = 0; i < nr && slots[i].name[0]; i++)
		;
	if (i == nr)
		usage("too many open files");
	return i;
}

/* "as NAME" keeps the file open, otherwise it is closed again; with one that did not open, calls say EBADF */
static void say_fd(int fd)
{
	int err = errno;
	char *w = maybe();

	if (w && (strcmp(w, "as") || !*arg))
		usage("unexpected %s", w);
	if (w) {
		const char *name = next("name");
		size_t i = slot_for(name);

		slots[i].fd = fd;
		snprintf(slots[i].name, sizeof(slots[i].name), "%s", name);
	} else if (fd >= 0) {
		close(fd);
	}
	errno = err;
	say(fd);
}

/* ---- single calls ---- */

static mode_t maybe_mode(void)
{
	mode_t mode = 0644;

	if (*arg && isdigit((unsigned char)**arg)) {
		mode = strtoul(*arg, NULL, 8);
		arg++;
	}
	return mode;
}

static void do_open(void)
{
	int flags = words(open_words, next("flags"));
	char *path = next("path");
	mode_t mode = maybe_mode();

	say_fd(open(path, flags, mode));
}

static void do_openat(void)
{
	int dir = slot(next("directory"));
	int flags = words(open_words, next("flags"));
	char *path = next("path");
	mode_t mode = maybe_mode();

	say_fd(openat(dir, path, flags, mode));
}

static void do_close(void)
{
	char *name = next("file");
	int ret = close(slot(name));

	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
		if (!strcmp(slots[i].name, name))
			slots[i].name[0] = 0;
	}
	say(ret);
}

/* dup FILE NAME: once more, under another name here */
static void do_dup(void)
{
	int fd = dup(slot(next("file")));
	const char *name = next("name");
	int err = errno;
	size_t i = slot_for(name);

	slots[i].fd = fd;
	snprintf(slots[i].name, sizeof(slots[i].name), "%s", name);
	errno = err;
	say(fd);
}

/* childread FILE: a child reads a byte from the file that it inherits, and exits */
static void do_childread(void)
{
	int fd = slot(next("file")), status;
	pid_t pid = fork();
	char c;

	if (!pid)
		_exit(pread(fd, &c, 1, 0) == 1 ? 0 : 1);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		say(-1);
		return;
	}
	say_number(WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}

static void do_mkdir(void)
{
	char *path = next("path");
	mode_t mode = *arg ? maybe_mode() : 0755;

	say(mkdir(path, mode));
}

static void do_mknod(void)
{
	char *path = next("path");
	char *type = next("type");
	unsigned int maj = 0, min = 0;
	mode_t mode;

	if (!strcmp(type, "reg"))
		mode = S_IFREG;
	else if (!strcmp(type, "fifo"))
		mode = S_IFIFO;
	else if (!strcmp(type, "sock"))
		mode = S_IFSOCK;
	else if (sscanf(type, "chr:%u:%u", &maj, &min) == 2)
		mode = S_IFCHR;
	else if (sscanf(type, "blk:%u:%u", &maj, &min) == 2)
		mode = S_IFBLK;
	else
		usage("unknown type %s", type);
	say(mknod(path, mode | maybe_mode(), makedev(maj, min)));
}

static void do_bindsock(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char *path = next("path");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), ret;

	if (fd < 0 || strlen(path) >= sizeof(sun.sun_path))
		usage("no socket for %s", path);
	strcpy(sun.sun_path, path);
	ret = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	say(ret);
	close(fd);
}

static void do_symlink(void)
{
	char *target = next("target");

	say(symlink(target, next("path")));
}

static void do_link(void)
{
	char *old = next("path");

	say(link(old, next("path")));
}

static void do_linkfd(void)
{
	int fd = slot(next("file"));

	say(linkat(fd, "", AT_FDCWD, next("path"), AT_EMPTY_PATH));
}

static void do_linkproc(void)
{
	int fd = slot(next("file"));
	char proc[64];

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	say(linkat(AT_FDCWD, proc, AT_FDCWD, next("path"), AT_SYMLINK_FOLLOW));
}

static void do_unlink(void)
{
	say(unlink(next("path")));
}

static void do_rmdir(void)
{
	say(rmdir(next("path")));
}

static void do_rename(void)
{
	char *old = next("path"), *new = next("path");
	char *flags = maybe();

	if (flags)
		say(syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, words(rename_words, flags)));
	else
		say(rename(old, new));
}

static void do_chmod(void)
{
	mode_t mode = strtoul(next("mode"), NULL, 8);

	say(chmod(next("path"), mode));
}

static void do_fchmod(void)
{
	mode_t mode = strtoul(next("mode"), NULL, 8);

	say(fchmod(slot(next("file")), mode));
}

static void do_chown(void)
{
	uid_t uid = number("uid");
	gid_t gid = number("gid");

	say(chown(next("path"), uid, gid));
}

static void do_lchown(void)
{
	uid_t uid = number("uid");
	gid_t gid = number("gid");

	say(lchown(next("path"), uid, gid));
}

static void do_fchown(void)
{
	uid_t uid = number("uid");
	gid_t gid = number("gid");

	say(fchown(slot(next("file")), uid, gid));
}

static void do_truncate(void)
{
	off_t size = number("size");

	say(truncate(next("path"), size));
}

static void do_ftruncate(void)
{
	off_t size = number("size");

	say(ftruncate(slot(next("file")), size));
}

static struct timespec when(const char *what)
{
	struct timespec ts = { 0, 0 };
	char *s = next(what);

	if (!strcmp(s, "now"))
		ts.tv_nsec = UTIME_NOW;
	else if (!strcmp(s, "omit"))
		ts.tv_nsec = UTIME_OMIT;
	else
		ts.tv_sec = strtoll(s, NULL, 0);
	return ts;
}

static void do_utimes(void)
{
	struct timespec ts[2];
	char *path = next("path");

	ts[0] = when("access time");
	ts[1] = when("modification time");
	say(utimensat(AT_FDCWD, path, ts, AT_SYMLINK_NOFOLLOW));
}

static void do_futimes(void)
{
	struct timespec ts[2];
	int fd = slot(next("file"));

	ts[0] = when("access time");
	ts[1] = when("modification time");
	say(futimens(fd, ts));
}

static void do_stat(void)
{
	struct stat st;

	if (lstat(next("path"), &st))
		say(-1);
	else
		printf("%o:%lu:%u:%u:%lld\n", st.st_mode, (unsigned long)st.st_nlink, st.st_uid, st.st_gid,
		       (long long)st.st_size);
}

/* the object as a record of rfs_test shows it: DEVICE:INODE */
static void do_id(void)
{
	struct stat st;

	if (lstat(next("path"), &st))
		say(-1);
	else
		printf("%llu:%llu\n", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
}

static void put_escaped(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = s[i];

		if (c > ' ' && c < 0x7f && c != '\\')
			putchar(c);
		else
			printf("\\%03o", c);
	}
}

static void do_esc(void)
{
	char *s = next("string");

	put_escaped(s, strlen(s));
	putchar('\n');
}

static void tree_file(const char *path)
{
	char buf[4096];
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		put_escaped(buf, n);
	if (fd >= 0)
		close(fd);
}

static void tree_entry(const char *path)
{
	struct dirent **list = NULL;
	char buf[PATH_MAX];
	struct stat st;
	ssize_t n;
	int count;

	if (lstat(path, &st)) {
		printf("%s %s\n", path, ename(errno));
		return;
	}
	printf("%s %o:%lu:%u:%u:%lld ", path, st.st_mode, (unsigned long)st.st_nlink, st.st_uid, st.st_gid,
	       S_ISDIR(st.st_mode) ? 0 : (long long)st.st_size);
	if (S_ISREG(st.st_mode) && st.st_size < 4096)
		tree_file(path);
	n = S_ISLNK(st.st_mode) ? readlink(path, buf, sizeof(buf)) : 0;
	put_escaped(buf, n > 0 ? n : 0);
	putchar('\n');
	if (!S_ISDIR(st.st_mode))
		return;
	count = scandir(path, &list, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = list[i]->d_name;

		if (strcmp(name, ".") && strcmp(name, "..")) {
			snprintf(buf, sizeof(buf), "%s/%s", path, name);
			tree_entry(buf);
		}
		free(list[i]);
	}
	free(list);
}

/* tree DIR: what there is, with attributes and the content of small files */
static void do_tree(void)
{
	tree_entry(next("directory"));
}

static void do_read(void)
{
	int fd = slot(next("file"));
	char buf[4096];
	ssize_t n = pread(fd, buf, sizeof(buf), 0);

	if (n < 0) {
		say(n);
		return;
	}
	put_escaped(buf, n);
	putchar('\n');
}

static void do_write(void)
{
	int fd = slot(next("file"));
	char *s = next("text");

	say_number(write(fd, s, strlen(s)));
}

static void do_readdir(void)
{
	int fd = slot(next("directory"));
	char buf[4096];

	lseek(fd, 0, SEEK_SET);
	say(syscall(SYS_getdents64, fd, buf, sizeof(buf)));
}

/* ---- listings in full ---- */

struct entry {
	ino_t ino;
	off_t next;
	unsigned char type;
	char name[256];
};

/* All entries from where the directory is, or up to @max of them, with a buffer of @size. Return: how many, or -1 */
static long entries_read(int fd, size_t size, struct entry *entries, size_t max)
{
	char *buf = malloc(size);
	size_t count = 0;
	long n = 0;

	while (count < max && (n = syscall(SYS_getdents64, fd, buf, size)) > 0) {
		for (long at = 0; at < n && count < max; count++) {
			/* as the kernel lays it out, whatever the C library calls it */
			const struct {
				uint64_t ino;
				int64_t next;
				unsigned short size;
				unsigned char type;
				char name[];
			} *d = (const void *)(buf + at);

			entries[count].ino = d->ino;
			entries[count].next = d->next;
			entries[count].type = d->type;
			snprintf(entries[count].name, sizeof(entries[count].name), "%s", d->name);
			at += d->size;
		}
	}
	free(buf);
	return n < 0 ? -1 : (long)count;
}

static int entry_order(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

#define ENTRIES_MAX 8192

/* listing DIRECTORY SIZE: all names from the beginning, sorted, with a buffer of that size */
static void do_listing(void)
{
	struct entry *entries = calloc(ENTRIES_MAX, sizeof(*entries));
	int fd = slot(next("directory"));
	long n;

	lseek(fd, 0, SEEK_SET);
	n = entries_read(fd, number("size"), entries, ENTRIES_MAX);
	if (n < 0) {
		say(n);
		free(entries);
		return;
	}
	qsort(entries, n, sizeof(*entries), entry_order);
	for (long i = 0; i < n; i++)
		printf("%s%s:%d", i ? " " : "", entries[i].name, entries[i].ino && entries[i].type);
	printf("\n");
	free(entries);
}

/* listmore DIRECTORY SIZE COUNT: from where it is: one call */
static void do_listmore(void)
{
	struct entry *entries = calloc(ENTRIES_MAX, sizeof(*entries));
	int fd = slot(next("directory"));
	size_t size = number("size");
	long n = entries_read(fd, size, entries, number("count"));

	if (n < 0)
		say(n);
	for (long i = 0; i < n; i++)
		printf("%s%s", i ? " " : "", entries[i].name);
	if (n >= 0)
		printf("\n");
	free(entries);
}

/* seeks DIRECTORY SIZE: from each place that a listing told, it goes on as it did. "ok", or what does not fit */
static void do_seeks(void)
{
	struct entry *all = calloc(ENTRIES_MAX, sizeof(*all)), *one = calloc(ENTRIES_MAX, sizeof(*one));
	int fd = slot(next("directory"));
	size_t size = number("size");
	bool good = true;
	long n, got;

	lseek(fd, 0, SEEK_SET);
	n = entries_read(fd, size, all, ENTRIES_MAX);
	for (long i = 0; i < n && good; i++) {
		/* back and forth, so that nothing is just where it was */
		long at = i * 7 % n;

		good = lseek(fd, all[at].next, SEEK_SET) == all[at].next;
		got = good ? entries_read(fd, size, one, 1) : -1;
		good = got == (at + 1 < n) && (!got || !strcmp(one->name, all[at + 1].name));
		if (!good)
			printf("behind %s: %ld, %s\n", all[at].name, got, one->name);
	}
	if (good)
		printf("ok\n");
	free(all);
	free(one);
}

static void do_copyrange(void)
{
	int in = slot(next("file")), out = slot(next("file"));
	loff_t from = 0, to = 0;

	say_number(copy_file_range(in, &from, out, &to, number("size"), 0));
}

static void do_mmap(void)
{
	int fd = slot(next("file"));
	int prot = !strcmp(next("rd or wr"), "wr") ? PROT_READ | PROT_WRITE : PROT_READ;
	char *p = mmap(NULL, 4096, prot, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED) {
		say(-1);
		return;
	}
	if (prot & PROT_WRITE)
		p[0] ^= 0x20;
	printf("%c\n", p[0]);
	munmap(p, 4096);
}

static int prot_of(const char *word)
{
	return (strchr(word, 'r') ? PROT_READ : 0) | (strchr(word, 'w') ? PROT_WRITE : 0) |
	       (strchr(word, 'x') ? PROT_EXEC : 0);
}

/* mapas FILE shared|private RWX [RWX]: map a page like this, and make it like that; what the last of these says */
static void do_mapas(void)
{
	int fd = slot(next("file"));
	int how = strcmp(next("shared or private"), "shared") ? MAP_PRIVATE : MAP_SHARED;
	char *p = mmap(NULL, 4096, prot_of(next("protection")), how, fd, 0), *then = maybe();
	bool failed = p == MAP_FAILED;

	if (!failed && then && mprotect(p, 4096, prot_of(then)))
		failed = true;
	say(failed ? -1 : 0);
	if (p != MAP_FAILED)
		munmap(p, 4096);
}

/* map FILE: its first page, without touching it; writemap FILE: write that page there */
static void *mapped = MAP_FAILED;

static void do_map(void)
{
	mapped = mmap(NULL, 4096, PROT_READ, MAP_SHARED, slot(next("file")), 0);
	say(mapped == MAP_FAILED ? -1 : 0);
}

/* mapcopy FILE: the page, to be written to here only; readmap FILE: read that file's first page into it */
static void do_mapcopy(void)
{
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, slot(next("file")), 0);
	say(mapped == MAP_FAILED ? -1 : 0);
}

static void do_readmap(void)
{
	say_number(pread(slot(next("file")), mapped, 4096, 0));
}

static void do_writemap(void)
{
	say_number(write(slot(next("file")), mapped, 4096));
}

static void do_fsync(void)
{
	say(fsync(slot(next("file"))));
}

/* waits until the owner of a conflicting lock lets go */
static void do_lock(void)
{
	struct flock fl = { .l_type = F_WRLCK };
	int fd = slot(next("file"));

	say(fcntl(fd, F_SETLKW, &fl));
}

static void do_unlock(void)
{
	struct flock fl = { .l_type = F_UNLCK };
	int fd = slot(next("file"));

	say(fcntl(fd, F_SETLK, &fl));
}

static void do_fallocate(void)
{
	off_t size = number("size");

	say(fallocate(slot(next("file")), 0, 0, size));
}

/* lseek FILE OFFSET WHENCE */
static void do_lseek(void)
{
	int fd = slot(next("file"));
	off_t offset = number("offset");

	say_number(lseek(fd, offset, (int)number("whence")));
}

/* pread FILE SIZE OFFSET, pwrite FILE TEXT OFFSET: how many bytes; nowait FILE SIZE OFFSET: a read that must not wait */
static void do_pread(void)
{
	int fd = slot(next("file"));
	size_t size = (size_t)number("size");
	char buf[4096];

	say_number(pread(fd, buf, size < sizeof(buf) ? size : sizeof(buf), (off_t)number("offset")));
}

static void do_pwrite(void)
{
	int fd = slot(next("file"));
	char *s = next("text");

	say_number(pwrite(fd, s, strlen(s), (off_t)number("offset")));
}

static void do_nowait(void)
{
	int fd = slot(next("file"));
	char buf[4096];
	struct iovec iov = { .iov_base = buf, .iov_len = (size_t)number("size") };

	say_number(preadv2(fd, &iov, 1, (off_t)number("offset"), RWF_NOWAIT));
}

/* into unmapped memory: EFAULT */
static void do_badread(void)
{
	void *volatile nowhere = (void *)8;

	say_number(pread(slot(next("file")), nowhere, 4096, 0));
}

/* aioread FILE SIZE: by the kernel's asynchronous I/O, to its end */
static void do_aioread(void)
{
	static char buf[4096] __attribute__((aligned(4096)));
	struct iocb cb = {
		.aio_fildes = (uint32_t)slot(next("file")),
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_buf = (uint64_t)(uintptr_t)buf,
		.aio_nbytes = (uint64_t)number("size"),
	}, *list = &cb;
	aio_context_t ctx = 0;
	struct io_event event;

	if (syscall(SYS_io_setup, 1, &ctx) || syscall(SYS_io_submit, ctx, 1L, &list) != 1) {
		say(-1);
		return;
	}
	if (syscall(SYS_io_getevents, ctx, 1L, 1L, &event, NULL) != 1)
		usage("no event");
	syscall(SYS_io_destroy, ctx);
	if (event.res < 0) {
		errno = (int)-event.res;
		say(-1);
		return;
	}
	say_number((ssize_t)event.res);
}

/* sendfile FILE SIZE: to a pipe; splice TEXT FILE: the text from a pipe to the file */
static void do_sendfile(void)
{
	int fd = slot(next("file")), err, fds[2];
	off_t offset = 0;
	ssize_t n;

	if (pipe(fds))
		usage("no pipe");
	n = sendfile(fds[1], fd, &offset, (size_t)number("size"));
	err = errno;
	close(fds[0]);
	close(fds[1]);
	errno = err;
	say_number(n);
}

static void do_splice(void)
{
	char *text = next("text");
	int fd = slot(next("file")), err, fds[2];
	ssize_t n;

	if (pipe(fds) || write(fds[1], text, strlen(text)) != (ssize_t)strlen(text))
		usage("no pipe");
	n = splice(fds[0], NULL, fd, NULL, strlen(text), 0);
	err = errno;
	close(fds[0]);
	close(fds[1]);
	errno = err;
	say_number(n);
}

static void do_fdatasync(void)
{
	say(fdatasync(slot(next("file"))));
}

/* flock FILE ex|sh|un */
static void do_flock(void)
{
	static const struct word how[] = { { "ex", LOCK_EX }, { "sh", LOCK_SH }, { "un", LOCK_UN }, { NULL, 0 } };
	int fd = slot(next("file"));

	say(flock(fd, words(how, next("how")) | LOCK_NB));
}

/* trylock FILE OFFSET LENGTH */
static void do_trylock(void)
{
	int fd = slot(next("file"));
	struct flock fl = { .l_type = F_WRLCK, .l_start = (off_t)number("offset") };

	fl.l_len = (off_t)number("length");
	say(fcntl(fd, F_SETLK, &fl));
}

/* chattr FILE FLAGS; version FILE: an ioctl that the VFS does not know */
static void do_chattr(void)
{
	int fd = slot(next("file")), flags = (int)number("flags");

	say(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

static void do_version(void)
{
	int version;

	say(ioctl(slot(next("file")), FS_IOC_GETVERSION, &version));
}

/* clone FROM TO, dedupe FROM TO: whole files */
static void do_clone(void)
{
	int from = slot(next("file"));

	say(ioctl(slot(next("file")), FICLONE, from));
}

static void do_dedupe(void)
{
	struct {
		struct file_dedupe_range range;
		struct file_dedupe_range_info info;
	} d = { .range = { .src_length = 4096, .dest_count = 1 } };
	int from = slot(next("file"));

	d.info.dest_fd = slot(next("file"));
	if (ioctl(from, FIDEDUPERANGE, &d)) {
		say(-1);
		return;
	}
	errno = d.info.status < 0 ? -d.info.status : 0;
	say(errno ? -1 : 0);
}

/* setxattr PATH NAME VALUE, getxattr PATH NAME, removexattr PATH NAME, listxattr PATH: of a link itself */
static void do_setxattr(void)
{
	char *path = next("path"), *name = next("name"), *value = next("value");

	say(lsetxattr(path, name, value, strlen(value), 0));
}

static void do_getxattr(void)
{
	char *path = next("path"), buf[256];
	ssize_t n = lgetxattr(path, next("name"), buf, sizeof(buf));

	if (n < 0) {
		say(n);
		return;
	}
	put_escaped(buf, n);
	putchar('\n');
}

/*
 * setacl PATH access|default UID PERMISSIONS: an ACL that gives one user these, and all others nothing (removexattr takes it
 * away)
 */
static void do_setacl(void)
{
	char *path = next("path"), *type = next("access or default");
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entry[5];
	} acl = {
		.header.a_version = POSIX_ACL_XATTR_VERSION,
		.entry = {
			{ ACL_USER_OBJ, 7, ACL_UNDEFINED_ID },
			{ ACL_USER, 0, 0 },
			{ ACL_GROUP_OBJ, 0, ACL_UNDEFINED_ID },
			{ ACL_MASK, 7, ACL_UNDEFINED_ID },
			{ ACL_OTHER, 0, ACL_UNDEFINED_ID },
		},
	};
	char name[64];

	acl.entry[1].e_id = number("uid");
	acl.entry[1].e_perm = number("permissions");
	snprintf(name, sizeof(name), "system.posix_acl_%s", type);
	say(setxattr(path, name, &acl, sizeof(acl), 0));
}

/* getacl PATH access|default: what the first entry for a user gives, as UID:PERMISSIONS */
static void do_getacl(void)
{
	char *path = next("path"), name[64];
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entry[16];
	} acl;
	ssize_t n;

	snprintf(name, sizeof(name), "system.posix_acl_%s", next("access or default"));
	n = getxattr(path, name, &acl, sizeof(acl));
	if (n < 0) {
		say(n);
		return;
	}
	for (size_t i = 0; i < (n - sizeof(acl.header)) / sizeof(*acl.entry); i++) {
		if (acl.entry[i].e_tag != ACL_USER)
			continue;
		printf("%u:%u\n", acl.entry[i].e_id, acl.entry[i].e_perm);
		return;
	}
	printf("none\n");
}

static void do_removexattr(void)
{
	char *path = next("path");

	say(lremovexattr(path, next("name")));
}

static void do_listxattr(void)
{
	char buf[256];

	say_number(llistxattr(next("path"), buf, sizeof(buf)));
}

static void do_readlink(void)
{
	char buf[PATH_MAX];
	ssize_t n = readlink(next("path"), buf, sizeof(buf));

	if (n < 0) {
		say(n);
		return;
	}
	put_escaped(buf, n);
	putchar('\n');
}

/* drop: the caches of names and objects, as far as the kernel may */
static void do_drop(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	say_number(write(fd, "2", 1));
	close(fd);
}

/* ---- handles ---- */

struct handle {
	struct file_handle h;
	unsigned char bytes[MAX_HANDLE_SZ];
};

static void do_handle(void)
{
	struct handle h = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	if (name_to_handle_at(AT_FDCWD, next("path"), &h.h, &mount, 0)) {
		say(-1);
		return;
	}
	printf("%d:", h.h.handle_type);
	for (unsigned int i = 0; i < h.h.handle_bytes; i++)
		printf("%02x", h.bytes[i]);
	putchar('\n');
}

static void do_openh(void)
{
	struct handle h = {};
	char *dir = next("mount point"), *s = next("handle");
	int flags = words(open_words, next("flags"));
	int mount = open(dir, O_RDONLY | O_DIRECTORY), fd, err;
	unsigned int byte, n = 0;
	char *hex = strchr(s, ':');

	if (!hex)
		usage("%s is not a handle", s);
	h.h.handle_type = atoi(s);
	for (hex++; n < sizeof(h.bytes) && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		h.bytes[n++] = byte;
	h.h.handle_bytes = n;
	if (mount < 0) {
		say(mount);
		return;
	}
	fd = open_by_handle_at(mount, &h.h, flags);
	err = errno;
	close(mount);
	errno = err;
	say_fd(fd);
}

/* ---- processes ---- */

/* "exit:N" when it ran, else the errno of execve */
static void do_exec(void)
{
	int fds[2], err = 0, status;
	pid_t pid;

	if (!*arg)
		usage("missing path");
	if (pipe2(fds, O_CLOEXEC))
		usage("no pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		execve(*arg, arg, (char *[]){ NULL });
		err = errno;
		_exit(write(fds[1], &err, sizeof(err)) == sizeof(err));
	}
	close(fds[1]);
	if (read(fds[0], &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid)
		usage("no child");
	while (*arg)
		arg++;
	if (err)
		printf("%s\n", ename(err));
	else
		printf("exit:%d\n", WEXITSTATUS(status));
}

static void do_umask(void)
{
	umask(strtoul(next("mask"), NULL, 8));
	say(0);
}

static void do_chdir(void)
{
	say(chdir(next("path")));
}

static void do_chroot(void)
{
	char *path = next("path");

	say(chroot(path) ? -1 : chdir("/"));
}

static void do_setuid(void)
{
	uid_t uid = number("uid");

	say(setgid(uid) ? -1 : setuid(uid));
}

static void do_seteuid(void)
{
	say(seteuid(number("uid")));
}

static void do_pid(void)
{
	printf("%d\n", getpid());
}

/* ---- holders: they print "ready" and stay until standard input has a line or ends ---- */

static void until_told(void)
{
	char c;

	fflush(stdout);
	while (read(0, &c, 1) > 0 && c != '\n')
		;
}

/* opens a file and keeps it open */
static void do_keep(void)
{
	int flags = words(open_words, next("flags"));
	int fd = open(next("path"), flags, 0644);

	if (fd < 0) {
		say(fd);
		return;
	}
	printf("ready\n");
	until_told();
	say(close(fd));
}

/* a write lease: an open by anyone else sleeps until it is given back */
static void do_lease(void)
{
	int fd = open(next("path"), O_RDWR);

	signal(SIGIO, SIG_IGN);
	if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK)) {
		say(-1);
		return;
	}
	printf("ready\n");
	until_told();
	say(fcntl(fd, F_SETLEASE, F_UNLCK));
	close(fd);
}

/* a permission listener: the first open sleeps until standard input has a line or ends */
static void do_fanperm(void)
{
	char *path = next("path");
	unsigned int whole = maybe() ? FAN_MARK_MOUNT : 0;
	int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_LARGEFILE);
	struct fanotify_event_metadata ev;
	struct fanotify_response answer;

	if (fd < 0 || fanotify_mark(fd, FAN_MARK_ADD | whole, FAN_OPEN_PERM, AT_FDCWD, path)) {
		say(-1);
		return;
	}
	printf("ready\n");
	fflush(stdout);
	if (read(fd, &ev, sizeof(ev)) < (ssize_t)sizeof(ev)) {
		say(-1);
		return;
	}
	printf("event\n");
	until_told();
	answer.fd = ev.fd;
	answer.response = FAN_ALLOW;
	say(write(fd, &answer, sizeof(answer)));
	close(ev.fd);
	close(fd);
}

/* ---- io_uring ---- */

#ifdef __LP64__
static struct io_uring_sqe *uring_begin(struct io_uring *ring)
{
	int err = io_uring_queue_init(4, ring, 0);
	struct io_uring_sqe *sqe;

	if (err)
		usage("no io_uring: %s", strerror(-err));
	sqe = io_uring_get_sqe(ring);
	if (!sqe)
		usage("no submission entry");
	return sqe;
}

static int uring_end(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int ret = io_uring_submit(ring);

	if (ret == 1)
		ret = io_uring_wait_cqe(ring, &cqe);
	else
		usage("submitted %d", ret);
	if (ret)
		usage("no completion: %s", strerror(-ret));
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	io_uring_queue_exit(ring);
	if (ret < 0) {
		errno = -ret;
		ret = -1;
	}
	return ret;
}

static void do_uopen(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	int flags = words(open_words, next("flags"));
	char *path = next("path");

	io_uring_prep_openat(sqe, AT_FDCWD, path, flags, maybe_mode());
	say_fd(uring_end(&ring));
}

/* uread FILE SIZE OFFSET, uwrite FILE TEXT OFFSET */
static void do_uread(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	static char buf[4096];
	int fd = slot(next("file"));
	unsigned int size = (unsigned int)number("size");

	io_uring_prep_read(sqe, fd, buf, size < sizeof(buf) ? size : sizeof(buf), (uint64_t)number("offset"));
	say_number(uring_end(&ring));
}

static void do_uwrite(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	int fd = slot(next("file"));
	char *text = next("text");

	io_uring_prep_write(sqe, fd, text, (unsigned int)strlen(text), (uint64_t)number("offset"));
	say_number(uring_end(&ring));
}

static void do_uunlink(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	io_uring_prep_unlinkat(sqe, AT_FDCWD, next("path"), 0);
	say(uring_end(&ring));
}

static void do_urmdir(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	io_uring_prep_unlinkat(sqe, AT_FDCWD, next("path"), AT_REMOVEDIR);
	say(uring_end(&ring));
}

static void do_umkdir(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	io_uring_prep_mkdirat(sqe, AT_FDCWD, next("path"), 0755);
	say(uring_end(&ring));
}

static void do_urename(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	char *old = next("path"), *new = next("path");
	char *flags = maybe();

	io_uring_prep_renameat(sqe, AT_FDCWD, old, AT_FDCWD, new, flags ? words(rename_words, flags) : 0);
	say(uring_end(&ring));
}

static void do_usymlink(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	char *target = next("target");

	io_uring_prep_symlinkat(sqe, target, AT_FDCWD, next("path"));
	say(uring_end(&ring));
}

static void do_ulink(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	char *old = next("path");

	io_uring_prep_linkat(sqe, AT_FDCWD, old, AT_FDCWD, next("path"), 0);
	say(uring_end(&ring));
}
#endif

/* ---- /dev/rfs_test ---- */

/* E words become numbers, since the module knows no names */
static void append_word(char *line, size_t size, const char *w)
{
	size_t len = strlen(line);
	int err;

	if (w[0] == 'E' && isupper((unsigned char)w[1])) {
		for (err = 1; err < 134; err++) {
			const char *name = strerrorname_np(err);

			if (name && !strcmp(name, w)) {
				snprintf(line + len, size - len, "-%d ", err);
				return;
			}
		}
	}
	snprintf(line + len, size - len, "%s ", w);
}

/* the answer's number as an errno name, then the rest of the answer */
static void do_ctl(void)
{
	static char line[65536];
	char buf[2048], *rest;
	int fd = open("/dev/rfs_test", O_RDWR);
	ssize_t n;
	long err;

	line[0] = 0;
	while (*arg)
		append_word(line, sizeof(line), *arg++);
	if (fd < 0)
		usage("/dev/rfs_test: %s", strerror(errno));
	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		usage("/dev/rfs_test: %s", strerror(errno));
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		usage("/dev/rfs_test gave no answer to: %s", line);
	buf[n] = 0;
	err = strtol(buf, &rest, 10);
	if (rest == buf) {
		printf("%s", buf);
		if (!strncmp(buf, "syntax", 6))
			usage("bad command: %s", line);
		return;
	}
	rest += strspn(rest, "\n");
	if (!*rest || err)
		printf("%s\n", err ? ename(-err) : "0");
	printf("%s", rest);
}

/* the value of KEY in a record, or NULL */
static const char *record_value(char **rec, int count, const char *key, size_t len)
{
	for (int i = 0; i < count; i++) {
		if (!strncmp(rec[i], key, len) && rec[i][len] == '=')
			return rec[i] + len + 1;
	}
	return NULL;
}

/* rec [KEY=VALUE...] KEY...: those keys of the records that fit */
static void record_show(char *line)
{
	char *rec[64];
	const char *value;
	int count = 0;
	char *w;

	for (w = strtok(line, " "); w && count < 64; w = strtok(NULL, " "))
		rec[count++] = w;
	for (char **a = arg; *a; a++) {
		char *eq = strchr(*a, '=');

		if (!eq)
			continue;
		value = record_value(rec, count, *a, eq - *a);
		if (!value || strcmp(value, eq + 1))
			return;
	}
	w = "";
	for (char **a = arg; *a; a++) {
		if (strchr(*a, '='))
			continue;
		value = record_value(rec, count, *a, strlen(*a));
		printf("%s%s", w, value ? value : "?");
		w = " ";
	}
	putchar('\n');
}

static void do_rec(void)
{
	FILE *f = fopen("/dev/rfs_test", "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!f)
		usage("/dev/rfs_test: %s", strerror(errno));
	while ((len = getline(&line, &size, f)) > 0) {
		line[len - 1] = 0;
		if (*arg)
			record_show(line);
		else
			printf("%s\n", line);
	}
	free(line);
	fclose(f);
	while (*arg)
		arg++;
}

/* ---- /dev/fcdlctl ---- */

static int control(void)
{
	int fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		usage("/dev/fcdlctl: %s", strerror(errno));
	return fd;
}

static long control_once(unsigned long request, void *p)
{
	int fd = control();
	long ret = ioctl(fd, request, p);
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

/* filter names are short: what does not fit is cut */
static void control_name(char *to)
{
	snprintf(to, FCDLCTL_NAME_SIZE, "%s", next("filter"));
}

/* status KEY: hook, bypass, filters, active, fs or inside */
static void do_status(void)
{
	static const char *const hook[] = { "?", "off", "alive", "dead" };
	struct fcdlctl_status st = {};
	char *key = next("key");

	if (control_once(FCDLCTL_STATUS, &st))
		say(-1);
	else if (!strcmp(key, "hook"))
		printf("%s\n", hook[st.hook & 3]);
	else if (!strcmp(key, "bypass"))
		printf("%d\n", !!(st.flags & FCDLCTL_STATUS_BYPASS));
	else if (!strcmp(key, "filters"))
		printf("%u\n", st.filters);
	else if (!strcmp(key, "active"))
		printf("%u\n", st.active);
	else if (!strcmp(key, "fs"))
		printf("%u\n", st.file_systems);
	else if (!strcmp(key, "inside"))
		printf("%u\n", st.inside);
	else
		usage("unknown key %s", key);
}

/* counter FILTER|- NAME: one counter of a filter or of redirfs itself */
static void do_counter(void)
{
	static struct fcdlctl_stat all[FCDLCTL_PAGE_MAX];
	struct fcdlctl_stats st = {
		.entries = (uintptr_t)all,
		.max = FCDLCTL_PAGE_MAX,
		.size = sizeof(*all),
	};
	char *name;

	control_name(st.filter);
	if (!strcmp(st.filter, "-"))
		memset(st.filter, 0, sizeof(st.filter));
	name = next("counter");
	if (control_once(FCDLCTL_STATS, &st)) {
		say(-1);
		return;
	}
	for (unsigned int i = 0; i < st.count; i++) {
		if (!strcmp(all[i].name, name)) {
			printf("%llu\n", (unsigned long long)all[i].value);
			return;
		}
	}
	printf("none\n");
}

/* rules FILTER: one word per rule, such as include:subtree:ok:/path */
static void do_rules(void)
{
	static struct fcdlctl_path all[FCDLCTL_PAGE_MAX];
	static char buf[1 << 20];
	struct fcdlctl_paths req = {
		.entries = (uintptr_t)all,
		.buf = (uintptr_t)buf,
		.max = FCDLCTL_PAGE_MAX,
		.size = sizeof(*all),
		.buf_size = sizeof(buf),
	};
	const char *sep = "";

	control_name(req.filter);
	do {
		req.count = 0;
		req.buf_used = 0;
		if (control_once(FCDLCTL_LIST_PATHS, &req)) {
			say(-1);
			return;
		}
		for (unsigned int i = 0; i < req.count; i++) {
			unsigned int f = all[i].flags;

			printf("%s%s:%s:%s:", sep, f & RFS_PATH_INCLUDE ? "include" : "exclude",
			       f & RFS_PATH_SUBTREE ? "subtree" : "single", f & RFS_PATH_STALE ? "stale" : "ok");
			put_escaped(buf + all[i].offset, all[i].len);
			sep = " ";
		}
	} while (req.count);
	printf("%s\n", *sep ? "" : "none");
}

static void control_path(unsigned long request, unsigned int flags)
{
	struct fcdlctl_setpath req = { .flags = flags };
	char *path;

	control_name(req.filter);
	path = next("path");
	req.path = (uintptr_t)path;
	req.path_len = strlen(path);
	say(control_once(request, &req));
}

static void do_csetpath(void)
{
	control_path(FCDLCTL_SETPATH, RFS_PATH_INCLUDE | RFS_PATH_SUBTREE);
}

static void do_cdelpath(void)
{
	control_path(FCDLCTL_DELPATH, 0);
}

static void control_switch(unsigned long request)
{
	struct fcdlctl_name req = {};

	control_name(req.filter);
	say(control_once(request, &req));
}

static void do_cactivate(void)
{
	control_switch(FCDLCTL_ACTIVATE);
}

static void do_cdeactivate(void)
{
	control_switch(FCDLCTL_DEACTIVATE);
}

/* callers still inside after that many milliseconds */
static void do_detach(void)
{
	struct fcdlctl_detach req = { .timeout_ms = number("time") };

	if (control_once(FCDLCTL_DETACH, &req))
		say(-1);
	else
		printf("%u\n", req.inside);
}

/* ---- load ---- */

static void check(int ok, const char *what, const char *path)
{
	if (ok)
		return;
	printf("FAIL: %s %s: %s\n", what, path, ename(errno));
	fflush(stdout);
	_exit(1);
}

static void churn_file(const char *a, const char *b, unsigned int round)
{
	char buf[16], want[16];
	int fd = open(a, O_CREAT | O_EXCL | O_RDWR, 0600);
	int len = snprintf(want, sizeof(want), "%u", round);

	check(fd >= 0, "create", a);
	check(write(fd, want, len) == len, "write", a);
	check(rename(a, b) == 0, "rename", a);
	check(pread(fd, buf, sizeof(buf), 0) == len && !memcmp(buf, want, len), "read back", b);
	close(fd);
	fd = open(b, O_RDONLY);
	check(fd >= 0, "open", b);
	check(pread(fd, buf, sizeof(buf), 0) == len && !memcmp(buf, want, len), "read again", b);
	close(fd);
	check(chmod(b, 0640) == 0, "chmod", b);
	check(link(b, a) == 0, "link", b);
	check(unlink(b) == 0, "unlink", b);
	check(truncate(a, 0) == 0, "truncate", a);
	check(unlink(a) == 0, "unlink", a);
}

static void churn_dir(const char *a, const char *b)
{
	int fd;

	check(mkdir(a, 0700) == 0, "mkdir", a);
	fd = open(a, O_RDONLY | O_DIRECTORY);
	check(fd >= 0, "open", a);
	close(fd);
	check(rename(a, b) == 0, "rename", a);
	check(rmdir(b) == 0, "rmdir", b);
	check(symlink("nowhere", a) == 0, "symlink", a);
	check(unlink(a) == 0, "unlink", a);
}

/*
 * churn DIR TAG STOP: create, rename, link, read, delete until the file STOP
 * is there; every result is checked. Prints how many rounds it did.
 */
static void do_churn(void)
{
	char *dir = next("directory"), *tag = next("tag"), *stop = next("file"), a[PATH_MAX], b[PATH_MAX];
	unsigned int round = 0;

	snprintf(a, sizeof(a), "%s/%s.a", dir, tag);
	snprintf(b, sizeof(b), "%s/%s.b", dir, tag);
	do {
		churn_file(a, b, round);
		churn_dir(a, b);
		round++;
	} while (access(stop, F_OK));
	printf("%u\n", round);
}

/*
 * accessloop FILE STOP: look at it, and do to it what is done to open files, until the file STOP is there; every result
 * is checked. Prints how many rounds it did.
 */
static void do_accessloop(void)
{
	char *path = next("path"), *stop = next("file"), buf[100];
	int fd = open(path, O_RDWR);
	unsigned int round = 0;
	struct stat st;

	check(fd >= 0, "open", path);
	do {
		check(stat(path, &st) == 0, "stat", path);
		check(pwrite(fd, path, 10, round % 1000) == 10, "pwrite", path);
		check(lseek(fd, round % 1000, SEEK_SET) == (off_t)(round % 1000), "lseek", path);
		check(read(fd, buf, 10) == 10, "read", path);
		check(!memcmp(buf, path, 10), "compare", path);
		check(fsync(fd) == 0, "fsync", path);
		check(llistxattr(path, NULL, 0) >= 0, "listxattr", path);
		round++;
	} while (access(stop, F_OK));
	printf("%u\n", round);
}

/*
 * openloop PATH STOP: open it again and again until the file STOP is there.
 * Prints the errnos that came up, each once, or "opened" if one succeeded.
 */
static void do_openloop(void)
{
	char *path = next("path"), *stop = next("file");
	char seen[256] = "";

	do {
		int fd = open(path, O_RDONLY | O_NONBLOCK);
		const char *name = fd < 0 ? ename(errno) : "opened";

		if (fd >= 0)
			close(fd);
		if (!strstr(seen, name) && strlen(seen) < 200) {
			strcat(seen, " ");
			strcat(seen, name);
		}
	} while (access(stop, F_OK));
	printf("%s\n", seen[0] ? seen + 1 : "none");
}

/* makeloop PATH COUNT: make the file, without opening it, and delete it */
static void do_makeloop(void)
{
	char *path = next("path");
	int count = number("count");

	for (int i = 0; i < count; i++) {
		check(mknod(path, S_IFREG | 0644, 0) == 0, "mknod", path);
		check(unlink(path) == 0, "unlink", path);
	}
	say(0);
}

/* burst DIR COUNT: that many creates and deletes of files with names of own */
static void do_burst(void)
{
	char *dir = next("directory"), path[PATH_MAX];
	int count = number("count");

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/burst.%d.%d", dir, getpid(), i);
		int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

		check(fd >= 0, "create", path);
		close(fd);
		check(unlink(path) == 0, "unlink", path);
	}
	say(0);
}

/* ---- */

static const struct {
	const char *name;
	void (*run)(void);
} commands[] = {
	{ "open", do_open },
	{ "openat", do_openat },
	{ "close", do_close },
	{ "dup", do_dup },
	{ "childread", do_childread },
	{ "mkdir", do_mkdir },
	{ "mknod", do_mknod },
	{ "bindsock", do_bindsock },
	{ "symlink", do_symlink },
	{ "link", do_link },
	{ "linkfd", do_linkfd },
	{ "linkproc", do_linkproc },
	{ "unlink", do_unlink },
	{ "rmdir", do_rmdir },
	{ "rename", do_rename },
	{ "chmod", do_chmod },
	{ "fchmod", do_fchmod },
	{ "chown", do_chown },
	{ "lchown", do_lchown },
	{ "fchown", do_fchown },
	{ "truncate", do_truncate },
	{ "ftruncate", do_ftruncate },
	{ "utimes", do_utimes },
	{ "futimes", do_futimes },
	{ "stat", do_stat },
	{ "id", do_id },
	{ "esc", do_esc },
	{ "tree", do_tree },
	{ "read", do_read },
	{ "write", do_write },
	{ "readdir", do_readdir },
	{ "listing", do_listing },
	{ "listmore", do_listmore },
	{ "seeks", do_seeks },
	{ "copyrange", do_copyrange },
	{ "mmap", do_mmap },
	{ "mapas", do_mapas },
	{ "map", do_map },
	{ "mapcopy", do_mapcopy },
	{ "readmap", do_readmap },
	{ "writemap", do_writemap },
	{ "fsync", do_fsync },
	{ "lock", do_lock },
	{ "unlock", do_unlock },
	{ "fallocate", do_fallocate },
	{ "lseek", do_lseek },
	{ "pread", do_pread },
	{ "pwrite", do_pwrite },
	{ "nowait", do_nowait },
	{ "badread", do_badread },
	{ "aioread", do_aioread },
	{ "sendfile", do_sendfile },
	{ "splice", do_splice },
	{ "fdatasync", do_fdatasync },
	{ "flock", do_flock },
	{ "trylock", do_trylock },
	{ "chattr", do_chattr },
	{ "version", do_version },
	{ "clone", do_clone },
	{ "dedupe", do_dedupe },
	{ "setxattr", do_setxattr },
	{ "getxattr", do_getxattr },
	{ "removexattr", do_removexattr },
	{ "setacl", do_setacl },
	{ "getacl", do_getacl },
	{ "listxattr", do_listxattr },
	{ "readlink", do_readlink },
	{ "drop", do_drop },
	{ "handle", do_handle },
	{ "openh", do_openh },
	{ "exec", do_exec },
	{ "umask", do_umask },
	{ "chdir", do_chdir },
	{ "chroot", do_chroot },
	{ "setuid", do_setuid },
	{ "seteuid", do_seteuid },
	{ "pid", do_pid },
	{ "keep", do_keep },
	{ "lease", do_lease },
	{ "fanperm", do_fanperm },
#ifdef __LP64__
	{ "uopen", do_uopen },
	{ "uread", do_uread },
	{ "uwrite", do_uwrite },
	{ "uunlink", do_uunlink },
	{ "urmdir", do_urmdir },
	{ "umkdir", do_umkdir },
	{ "urename", do_urename },
	{ "usymlink", do_usymlink },
	{ "ulink", do_ulink },
#endif
	{ "ctl", do_ctl },
	{ "rec", do_rec },
	{ "status", do_status },
	{ "counter", do_counter },
	{ "rules", do_rules },
	{ "csetpath", do_csetpath },
	{ "cdelpath", do_cdelpath },
	{ "cactivate", do_cactivate },
	{ "cdeactivate", do_cdeactivate },
	{ "detach", do_detach },
	{ "churn", do_churn },
	{ "accessloop", do_accessloop },
	{ "openloop", do_openloop },
	{ "makeloop", do_makeloop },
	{ "burst", do_burst },
};

static void run(char **words_of)
{
	const char *name;

	arg = words_of;
	name = next("command");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, name))
			continue;
		commands[i].run();
		if (*arg)
			usage("%s: unexpected %s", name, *arg);
		fflush(stdout);
		return;
	}
	usage("no command %s", name);
}

/* \ooo and \\ in place */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		unsigned int c;

		if (s[0] == '\\' && sscanf(s + 1, "%3o", &c) == 1) {
			*to++ = c;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = 0;
}

static void run_line(char *line)
{
	char *list[256];
	int count = 0;
	char *w, *save;

	for (w = strtok_r(line, " \n", &save); w && count < 255; w = strtok_r(NULL, " \n", &save)) {
		/* the module undoes these itself */
		if (count == 0 || strcmp(list[0], "ctl"))
			unescape(w);
		list[count++] = w;
	}
	list[count] = NULL;
	if (count && list[0][0] != '#')
		run(list);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	bool serve;

	if (argc < 2)
		usage("COMMAND [ARGUMENT...], or - for commands from standard input");
	serve = !strcmp(argv[1], "--serve");
	if (!serve && strcmp(argv[1], "-")) {
		run(argv + 1);
		return 0;
	}
	while (getline(&line, &size, stdin) > 0) {
		run_line(line);
		if (serve) {
			printf("\001\n");
			fflush(stdout);
		}
	}
	free(line);
	return 0;
}
