// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: filters that change data, in the middle of a call: deactivated, unregistered, callers killed, places moved; others
 * fs: ext4 tmpfs
 * load: redirfs rfs_test
 * timeout: 120
 */
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

int main(void)
{
	gone_midway(true, false);
	gone_midway(false, false);
	gone_midway(true, true);
	gone_midway(false, true);
	killed();
	moved();
	return 0;
}
