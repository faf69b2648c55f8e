// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: filters that change data: pipes, bad memory, limits, full disks, mappings, clones, and filters that fail or go
 * fs: ext4 xfs btrfs tmpfs overlay
 * load: redirfs rfs_test
 * timeout: 180
 */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/mount.h>

#include "data.h"

static bool fs_is(const char *name)
{
	return !strcmp(getenv("FS"), name);
}

/* file to pipe, pipe to file, file to file */
static void spliced(void)
{
	struct twin t, to;
	int p[2][2];

	want(!pipe(p[0]) && !pipe(p[1]));
	want(twin_open(&t, "from", O_RDWR | O_CREAT | O_TRUNC));
	want(twin_open(&to, "to", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(40, 150000);
	want_eq(TWICE(&t, pwrite(fd, buf, 150000, 0)), 150000);
	want_eq(TWICE(&t, splice(fd, &(loff_t){ 77 }, p[out][1], NULL, 20000, 0)), 20000);
	want_eq(TWICE(&to, splice(p[out][0], NULL, fd, &(loff_t){ 0 }, 20000, 0)), 20000);
	/* it all fits into no pipe */
	want_eq(TWICE(&to, lseek(fd, 0, SEEK_END)), 20000);
	want_eq(TWICE(&to, sendfile(fd, out ? t.out : t.in, &(off_t){ 3 }, 149000)), 149000);
	/* from a file that nobody covers to one that somebody does, and back */
	want_eq(TWICE(&to, copy_file_range(t.out, &(loff_t){ 4096 }, fd, &(loff_t){ 8192 }, 65536, 0)), 65536);
	want_eq(TWICE(&to, copy_file_range(t.in, &(loff_t){ 4096 }, fd, &(loff_t){ 81920 }, 65536, 0)), 65536);
	twin_close(&t);
	twin_close(&to);
	twin_same("to");
	for (int i = 0; i < 2; i++) {
		close(p[i][0]);
		close(p[i][1]);
	}
}

/* What clones, or would, goes through no filter */
static void clones(void)
{
	struct twin t;
	int from, other;

	want(twin_open(&t, "clone", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(41, 65536);
	TWICE(&t, pwrite(fd, buf, 65536, 0));
	from = open(data_path(true, "source"), O_RDWR | O_CREAT, 0644);
	want_eq(write(from, data_buf[0], 65536), 65536);
	want(!fsync(from) && !fsync(t.in));
	want_errno(ioctl(t.in, FICLONE, from), EOPNOTSUPP);
	want_errno(ioctl(from, FICLONE, t.in), EOPNOTSUPP);
	if (fs_is("btrfs") || fs_is("xfs")) {
		struct {
			struct file_dedupe_range range;
			struct file_dedupe_range_info info;
		} d = { .range = { .src_length = 65536, .dest_count = 1 }, .info = { .dest_fd = t.in } };

		want(!ioctl(from, FIDEDUPERANGE, &d));
		want_eq(d.info.status, -EOPNOTSUPP);
		/* which is no reason for others not to */
		other = open(data_path(true, "target"), O_RDWR | O_CREAT, 0644);
		want(!ioctl(other, FICLONE, from));
		close(other);
	}
	/* an exempt process does what it likes */
	if (fs_is("btrfs") || fs_is("xfs")) {
		data_raw(true);
		want(!ioctl(from, FICLONE, t.in));
		data_raw(false);
	}
	close(from);
	twin_close(&t);
	twin_same("clone");
}

static void bad_memory(void)
{
	size_t page = 4096, good = 17 * page;
	struct twin t;
	char *m[2];

	want(twin_open(&t, "fault", O_RDWR | O_CREAT | O_TRUNC));
	for (int i = 0; i < 2; i++) {
		m[i] = mmap(NULL, good + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		want(m[i] != MAP_FAILED);
		for (size_t n = 0; n < good; n++)
			m[i][n] = (char)(n * 13);
		want(!mprotect(m[i] + good, page, PROT_NONE));
	}
	/* up to the end of what is there; where a file system gives up earlier, that is its choice */
	want_errno(TWICE(&t, pwrite(fd, m[out] + good, 100, 0)), EFAULT);
	want_errno(TWICE(&t, pwrite(fd, m[out] + good, 100, 123456)), EFAULT);
	want_eq(pwrite(t.in, m[0], good + 50, 0), (long)good);
	want_eq(pwrite(t.out, m[1], good, 0), (long)good);
	want_errno(TWICE(&t, pread(fd, m[out] + good, 100, 0)), EFAULT);
	want_eq(pread(t.in, m[0], good + 50, 0), (long)good);
	memcpy(data_buf[0], m[0], good);
	memcpy(data_buf[1], m[1], good);
	both_same("up to the bad page", good);
	twin_close(&t);
	twin_same("fault");
	munmap(m[0], good + page);
	munmap(m[1], good + page);
}

static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	signals += sig == SIGXFSZ;
}

static void file_limit(void)
{
	struct rlimit old, rl;
	struct twin t;

	want(!getrlimit(RLIMIT_FSIZE, &old));
	signal(SIGXFSZ, count_signal);
	want(twin_open(&t, "limit", O_RDWR | O_CREAT | O_TRUNC));
	rl = (struct rlimit){ .rlim_cur = 131072, .rlim_max = old.rlim_max };
	want(!setrlimit(RLIMIT_FSIZE, &rl));
	fill_both(42, 300000);
	/* exactly where a piece ends: no signal for what was not asked for */
	want_eq(TWICE(&t, pwrite(fd, buf, 300000, 0)), 131072);
	want_eq(TWICE(&t, pwrite(fd, buf, 100000, 100000)), 31072);
	want_eq(signals, 0);
	want_errno(TWICE(&t, pwrite(fd, buf, 100, 131072)), EFBIG);
	want_errno(TWICE(&t, pwrite(fd, buf, 100, 900000)), EFBIG);
	want_eq(signals, 4);
	signals = 0;
	want(!setrlimit(RLIMIT_FSIZE, &old));
	twin_close(&t);
	twin_same("limit");
}

/* A disk that gets full says so when nothing fits, and before that how much did. */
static void full(void)
{
	char path[PATH_MAX + 16];
	struct stat st;
	struct twin t;
	ssize_t n;
	off_t at = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/small", data_in);
	want(!mkdir(path, 0755));
	want(!mount("small", path, "tmpfs", 0, "size=1100k"));
	ctl("path %s include subtree %s", data_filters & SWAP ? "swap" : "place", path);
	strcat(path, "/f");
	fd = open(path, O_RDWR | O_CREAT, 0644);
	want(fd >= 0);
	want(twin_open(&t, "unused", O_RDWR | O_CREAT));
	twin_close(&t);
	fill_both(43, 300000);
	while ((n = pwrite(fd, data_buf[0], 300000, at)) == 300000)
		at += n;
	/* 1100 KiB are three calls and a part of the fourth */
	want_eq(at, 900000);
	want(n > 0 && at + n <= 1100 * 1024 && at + n > 1000000);
	at += n;
	want_errno(pwrite(fd, data_buf[0], 300000, (at + 4095) & ~4095L), ENOSPC);
	want(!fstat(fd, &st));
	want_eq(st.st_size, at);
	memset(data_buf[1], 0, 300000);
	want_eq(pread(fd, data_buf[1], 300000, 900000), n);
	both_same("what fitted", (size_t)n);
	close(fd);
	path[strlen(path) - 2] = 0;
	want(!umount(path));
	want(!rmdir(path));
}

static void nowait(void)
{
	struct iovec v = { .iov_base = data_buf[0], .iov_len = 4096 };
	struct twin t;

	want(twin_open(&t, "nowait", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(44, 4096);
	TWICE(&t, pwrite(fd, buf, 4096, 0));
	/* where it cannot be asked for, it is not */
	if (preadv2(t.out, &v, 1, 0, RWF_NOWAIT) < 0 && errno == EOPNOTSUPP)
		want_errno(preadv2(t.in, &v, 1, 0, RWF_NOWAIT), EOPNOTSUPP);
	else
		want_errno(preadv2(t.in, &v, 1, 0, RWF_NOWAIT), EAGAIN);
	twin_close(&t);
}

static void mapped(void)
{
	char *args[] = { "prog", NULL };
	struct stat st;
	struct twin t;
	int from, status;
	pid_t c;

	want(twin_open(&t, "map", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(45, 4096);
	TWICE(&t, pwrite(fd, buf, 4096, 0));
	want(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, t.in, 0) == MAP_FAILED && errno == ENODEV);
	want(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, t.in, 0) == MAP_FAILED && errno == ENODEV);
	data_raw(true);
	want(mmap(NULL, 4096, PROT_READ, MAP_SHARED, t.in, 0) != MAP_FAILED);
	data_raw(false);
	twin_close(&t);

	/* a program: the kernel reads what it is, and says in time that it cannot be run */
	from = open("/proc/self/exe", O_RDONLY);
	want(from >= 0 && !fstat(from, &st));
	want(twin_open(&t, "prog", O_RDWR | O_CREAT | O_TRUNC));
	want_eq(TWICE(&t, sendfile(fd, from, &(off_t){ 0 }, (size_t)st.st_size)), st.st_size);
	TWICE(&t, fchmod(fd, 0755));
	close(from);
	twin_close(&t);
	c = fork();
	if (!c) {
		execv(data_path(false, "prog"), args);
		_exit(errno);
	}
	want_eq(waitpid(c, &status, 0), c);
	want(WIFEXITED(status));
	want_eq(WEXITSTATUS(status), ENOEXEC);
}

/* Nothing may put zeros where the place matters; where it does not, zeros stay zeros. */
static void zeros(void)
{
	bool place = data_filters & PLACE;
	struct twin t;

	want(twin_open(&t, "zeros", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(46, 100000);
	TWICE(&t, pwrite(fd, buf, 100000, 0));
	if (place) {
		want_errno(ftruncate(t.in, 100001), EPERM);
		want_errno(truncate(data_path(false, "zeros"), 100001), EPERM);
		want_errno(fallocate(t.in, 0, 0, 200000), EOPNOTSUPP);
		want_errno(fallocate(t.in, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), EOPNOTSUPP);
		want_errno(fallocate(t.in, FALLOC_FL_ZERO_RANGE, 0, 4096), EOPNOTSUPP);
	} else {
		TWICE(&t, ftruncate(fd, 100001));
		TWICE(&t, fallocate(fd, 0, 0, 200000));
		TWICE(&t, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	}
	TWICE(&t, fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 300000));
	TWICE(&t, ftruncate(fd, 70000));
	twin_close(&t);
	twin_same("zeros");
}

/* A piece that a filter fails ends the call, with what was done before it or with its error. */
static void failing(void)
{
	const char *last = data_filters & BEHIND ? "behind" : data_filters & PLACE ? "place" : "swap";
	struct twin t;
	struct stat st;

	want(twin_open(&t, "fail", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(47, 200000);
	ctl("fail %s write -%d 150000", last, EDQUOT);
	want_eq(pwrite(t.in, data_buf[0], 200000, 0), 131072);
	want(!fstat(t.in, &st));
	want_eq(st.st_size, 131072);
	want_errno(pwrite(t.in, data_buf[0] + 131072, 60000, 131072), EDQUOT);
	ctl("clear %s", last);
	want_eq(pwrite(t.in, data_buf[0] + 131072, 68928, 131072), 68928);
	want_eq(pwrite(t.out, data_buf[1], 200000, 0), 200000);
	ctl("fail %s read -%d 70000", last, EILSEQ);
	want_eq(pread(t.in, data_buf[0], 200000, 0), 65536);
	want_errno(pread(t.in, data_buf[0], 200000, 65536), EILSEQ);
	ctl("clear %s", last);
	twin_close(&t);
	twin_same("fail");
}

int main(void)
{
	static const unsigned int sets[] = { SWAP, PLACE, SWAP | PLACE | BEHIND };

	for (unsigned int i = 0; i < 3; i++) {
		data_begin(sets[i]);
		data_memory();
		spliced();
		clones();
		bad_memory();
		file_limit();
		nowait();
		mapped();
		zeros();
		failing();
		if (sets[i] != (SWAP | PLACE | BEHIND) && fs_is("tmpfs"))
			full();
		data_end();
	}
	return 0;
}
