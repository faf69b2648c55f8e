// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: the executable of the caller is named whole, also beyond PATH_MAX, and costs no more than its own length
 * fs: ext4 tmpfs
 * load: redirfs urfs
 */
#include <sys/sendfile.h>

#include "rfs.h"
#include "urfs_raw.h"

#define DEPTH 20

/* A copy of this program, DEPTH folders with names of 250 bytes below the test's. Return: it, opened to be executed */
static int copy_below(char *path, size_t size)
{
	char name[251];
	struct stat st;
	int self = open("/proc/self/exe", O_RDONLY), dir = open(raw_dir(), O_RDONLY | O_DIRECTORY), out, i;

	want(self >= 0 && dir >= 0);
	memset(name, 'd', 250);
	name[250] = 0;
	snprintf(path, size, "%s", raw_dir());
	for (i = 0; i < DEPTH; i++) {
		int below;

		want_eq(mkdirat(dir, name, 0755), 0);
		below = openat(dir, name, O_RDONLY | O_DIRECTORY);
		want(below >= 0);
		close(dir);
		dir = below;
		strcat(strcat(path, "/"), name);
	}
	strcat(path, "/program");
	out = openat(dir, "program", O_WRONLY | O_CREAT | O_EXCL, 0755);
	want(out >= 0 && !fstat(self, &st));
	want_eq(sendfile(out, self, NULL, st.st_size), st.st_size);
	close(out);
	close(self);
	out = openat(dir, "program", O_RDONLY | O_CLOEXEC);
	want(out >= 0);
	close(dir);
	return out;
}

int main(int argc, char **argv)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_PRE } };
	static char path[8192];
	const struct urfs_event *e;
	struct urfs_msg m;
	struct raw r;
	int program;
	pid_t c;

	if (argc == 2) {
		/* executed from below: open what is watched, and say what came of it */
		return open(argv[1], O_RDONLY) < 0 ? errno : 0;
	}
	want_eq(mkdir(tpath("w"), 0755), 0);
	touch(tpath("w/file"));
	program = copy_below(path, sizeof(path));
	want(strlen(path) > 4096);

	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	raw_filter(&r, "exe", 100, tpath("w"), ops, 1);
	c = raw_fork();
	if (!c) {
		char file[4096];
		char *args[] = { "program", file, NULL };

		snprintf(file, sizeof(file), "%s", tpath("w/file"));
		fexecve(program, args, environ);
		_exit(errno);
	}
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	e = raw_event(&r, &m);
	want(raw_str(&r, &m, &e->exe));
	want_eq(e->exe.length, strlen(path));
	want_eq(strcmp(raw_str(&r, &m, &e->exe), path), 0);
	/* the block is the power of two that holds it, not all that there is */
	want(m.length <= 16384);
	want_eq(raw_deny(&r, &m, EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	want_eq(raw_stat("exe", "asked"), 1);
	want_eq(raw_stat("exe", "answered_deny"), 1);
	close(r.fd);
	return 0;
}
