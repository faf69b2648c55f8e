// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: filters that change data, in the middle of a call: deactivated, unregistered, unloaded; callers killed, places moved
 * fs: ext4 tmpfs
 * load: redirfs rfs_test
 * timeout: 120
 */
#include <sys/syscall.h>

#include "data.h"

static long held(const char *name)
{
	int fd = open("/dev/rfs_test", O_RDWR);
	char text[64], answer[256] = "";

	snprintf(text, sizeof(text), "stats %s", name);
	want(fd >= 0 && write(fd, text, strlen(text)) > 0 && read(fd, answer, sizeof(answer) - 1) > 0);
	close(fd);
	want(strstr(answer, "held="));
	return atol(strstr(answer, "held=") + 5);
}

static void wait_held(const char *name, long n)
{
	for (int i = 0; i < 3000; i++) {
		if (held(name) == n)
			return;
		usleep(10000);
	}
	die("%ld are held by %s, not %ld", held(name), name, n);
}

/* Waits until the process sleeps in one of these functions, as its kernel stack says, which leaves out what locks. */
static void wait_in(pid_t pid, const char *functions)
{
	char path[64], text[8192], name[64];

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	for (int i = 0; i < 3000; i++) {
		int fd = open(path, O_RDONLY);
		ssize_t n = read(fd, text, sizeof(text) - 1);

		close(fd);
		text[n < 0 ? 0 : n] = 0;
		if (sscanf(text, "[<0>] %63[^+]", name) == 1 && strstr(functions, name))
			return;
		usleep(10000);
	}
	die("%d does not sleep in %s but in %s", pid, functions, text);
}

/* a child that makes one call of 200000 bytes; its exit code is how many thousands it was given, above 200 for an error */
static pid_t child(bool write, const char *name, off_t at)
{
	pid_t c = fork();
	ssize_t n;
	int fd;

	want(c >= 0);
	if (c)
		return c;
	fd = open(data_path(false, name), O_RDWR);
	n = write ? pwrite(fd, data_buf[0], 200000, at) : pread(fd, data_buf[0], 200000, at);
	_exit(n < 0 ? 201 : (int)(n / 1000));
}

static int ended(pid_t c)
{
	int status;

	want_eq(waitpid(c, &status, 0), c);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void prepare(struct twin *t, const char *name)
{
	want(twin_open(t, name, O_RDWR | O_CREAT | O_TRUNC));
	fill_both(60, 200000);
	want_eq(TWICE(t, pwrite(fd, buf, 200000, 0)), 200000);
}

/* The filter is gone, or asks no more, when a call is half done: what is done stays, nothing is half raw. */
static void gone_midway(bool write, bool unregister)
{
	struct twin t;
	pid_t c, u;

	data_begin(SWAP);
	prepare(&t, "gone");
	ctl("hold swap %s %s @140000", write ? "write" : "read", write ? "pre" : "post");
	c = child(write, "gone", 0);
	wait_held("swap", 1);
	/* both wait until the callback is over */
	u = fork();
	if (!u) {
		ctl(unregister ? "unregister swap" : "deactivate swap");
		_exit(0);
	}
	wait_in(u, "wait_running");
	if (unregister) {
		/* its rules are gone with it: no command finds it any more, so the holder is let go by a signal */
		kill(c, SIGKILL);
		want_eq(ended(c), -SIGKILL);
	} else {
		ctl("release swap");
		/* the piece that it was asked about counts; the next is not begun */
		want_eq(ended(c), 196);
	}
	want_eq(ended(u), 0);
	if (!unregister) {
		ctl("activate swap");
		twin_same("gone");
		data_end();
	}
	twin_close(&t);
}

/* Who is killed while a piece is asked about changes nothing further, and keeps nobody from the file. */
static void killed(void)
{
	struct stat st;
	struct twin t;
	pid_t c, other;

	data_begin(SWAP | PLACE);
	want(twin_open(&t, "killed", O_RDWR | O_CREAT | O_TRUNC));
	fill_both(61, 200000);
	ctl("hold place write pre @70000");
	c = child(true, "killed", 0);
	wait_held("place", 1);
	/* a second writer waits for the first, whose call is one to others */
	other = child(true, "killed", 0);
	/* the compiler may have made one of both */
	wait_in(other, "io_begin rfs_data_write");
	kill(other, SIGKILL);
	want_eq(ended(other), -SIGKILL);
	kill(c, SIGKILL);
	want_eq(ended(c), -SIGKILL);
	ctl("release place");
	want(!fstat(t.in, &st));
	want(st.st_size == 65536 || st.st_size == 131072);
	want_eq(pwrite(t.in, data_buf[0], 200000, 0), 200000);
	want_eq(pwrite(t.out, data_buf[1], 200000, 0), 200000);
	twin_close(&t);
	twin_same("killed");
	data_end();
}

/* The end of the file moves while an appended piece is made for it: it is made anew for where it came to be. */
static void moved(void)
{
	struct twin t;
	pid_t c;

	data_begin(SWAP | PLACE);
	prepare(&t, "moved");
	ctl("hold place write pre");
	c = fork();
	if (!c) {
		int fd = open(data_path(false, "moved"), O_WRONLY | O_APPEND);

		_exit(write(fd, data_buf[0], 5000) != 5000);
	}
	wait_held("place", 1);
	want_eq(TWICE(&t, ftruncate(fd, 1111)), 0);
	ctl("release place");
	want_eq(ended(c), 0);
	want_eq(pwrite(t.out, data_buf[1], 5000, 1111), 5000);
	twin_close(&t);
	twin_same("moved");
	data_end();
}

static int module_load(const char *name)
{
	char path[PATH_MAX];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s.ko", getenv("KMODS"), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	want(fd >= 0);
	ret = (int)syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return ret;
}

static bool module_gone(const char *name)
{
	return !syscall(SYS_delete_module, name, O_NONBLOCK) || errno == ENOENT;
}

/*
 * The modules are unloaded, the filter's first, while a call is half done: it comes to its end with what it has, of which
 * nothing is half raw, and the file behind it is as it was.
 */
static void unloaded_midway(bool write)
{
	static char before[200000];
	struct twin t;
	ssize_t n, done;
	pid_t c;

	data_begin(SWAP);
	prepare(&t, "unloaded");
	memcpy(before, data_buf[1], sizeof(before));
	/* what the child writes, and reads into */
	fill_both(61, 200000);
	ctl("hold swap %s %s @140000", write ? "write" : "read", write ? "pre" : "post");
	c = child(write, "unloaded", 0);
	wait_held("swap", 1);
	/* lets go who is held */
	wait_until(module_gone("rfs_test"));
	wait_until(module_gone("redirfs"));
	/* the piece that it was asked about counts; the next one and last may have got there before the filter was gone */
	done = ended(c);
	want(done == 196 || done == 200);
	done = done == 196 ? 3 * 65536 : 200000;
	n = pread(t.in, data_buf[1], 200000, 0);
	want_eq(n, 200000);
	for (ssize_t i = 0; i < n; i++) {
		char clear = write && i < done ? data_buf[0][i] : before[i];

		if (data_buf[1][i] != (char)data_model((unsigned char)clear, (unsigned long long)i))
			die("byte %zd is 0x%02x, and 0x%02x was written", i, (unsigned char)data_buf[1][i],
			    (unsigned char)clear);
	}
	twin_close(&t);
	want_eq(module_load("redirfs"), 0);
	want_eq(module_load("rfs_test"), 0);
}

int main(void)
{
	gone_midway(true, false);
	gone_midway(false, false);
	gone_midway(true, true);
	gone_midway(false, true);
	killed();
	moved();
	unloaded_midway(true);
	unloaded_midway(false);
	return 0;
}
