// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: the freezer of suspend succeeds while callers wait; a frozen caller's time stands still
 * fs: ext4
 * load: redirfs urfs
 * needs: /sys/power/pm_test
 * dmesg-ok: urfs: filter freeze: .* has waited
 * timeout: 120
 */
#include "urfs_raw.h"

/* Return: 0 or an errno */
static int put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* Is it queued behind a directory's lock, and not asked itself? */
static bool behind_lock(pid_t pid)
{
	char file[64], stack[4096];
	ssize_t n;
	int fd;

	snprintf(file, sizeof(file), "/proc/%d/stack", pid);
	fd = open(file, O_RDONLY);
	want(fd >= 0);
	n = read(fd, stack, sizeof(stack) - 1);
	close(fd);
	stack[n > 0 ? n : 0] = 0;
	return strstr(stack, "path_openat") && !strstr(stack, "urfs");
}

int main(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_OPEN, URFS_OP_PRE }, { RFS_OP_CREATE, URFS_OP_PRE } };
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_DEADLINE | FCDLCTL_POLICY_ON_TIMEOUT,
				    .deadline_ms = 5000,
				    .on_timeout = DENY(ETIME) };
	struct urfs_msg m;
	char delay[16];
	struct raw r;
	pid_t c, d, e;
	int f;

	touch(tpath("file"));
	want_eq(put("/sys/power/pm_test", "freezer"), 0);
	/* pm_test spins for that many seconds, which on a slow guest looks like a lock-up to those who watch for them */
	snprintf(delay, sizeof(delay), "%ld", 6 * raw_scale());
	want_eq(put("/sys/module/suspend/parameters/pm_test_delay", delay), 0);
	put("/proc/sys/kernel/soft_watchdog", "0");
	put("/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress", "1");
	raw_open(&r, 0);
	want_eq(raw_cmd(&r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	f = raw_filter(&r, "freeze", 100, raw_dir(), ops, 2);
	p.deadline_ms *= raw_scale();
	want_eq(raw_set_policy(&r, f, &p), 0);
	/* one that may be frozen, and one that holds a lock and may not: it is let go within a second */
	c = child_open(tpath("file"));
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	d = child_create(tpath("new"));
	wait_until(raw_stat("freeze", "waiting_now") == 2);
	/* which somebody else waits for, whom nothing can freeze there: the suspend fails if d takes it to sleep with it.
	 * (On a slow day d's second is over before that, which proves nothing, and does no harm.) */
	e = child_create(tpath("new2"));
	wait_until(behind_lock(e) || raw_stat("freeze", "waiting_now") < 2);
	/* freezes, waits longer than the deadline, thaws */
	want_eq(put("/sys/power/state", "freeze"), 0);
	put("/sys/power/pm_test", "none");
	put("/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress", "0");
	put("/proc/sys/kernel/soft_watchdog", "1");
	want_eq(raw_wait(d), ETIME);
	want_eq(raw_wait(e), ETIME);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_STOP, -EXDEV), 0);
	want_eq(raw_wait(c), EXDEV);
	munmap(r.arena, r.size);
	close(r.fd);
	return 0;
}
