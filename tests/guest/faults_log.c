// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: each allocation of a reader of the log and of its events fails in turn: ENOMEM, or a loss that is told
 * fs: tmpfs
 * lanes: deep
 * load: redirfs fcdl
 * timeout: 300
 * dmesg-ok: Call Trace|vmalloc error|page allocation failure
 */
#include "faults.h"

#include "fcdl_raw.h"

static long opened(int fd)
{
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return fd < 0 ? -1 : 0;
}

static void walk_setup(void)
{
	struct fcdl_match match = { .key = FCDL_MATCH_UID };
	struct fcdl_path path = { .path = (unsigned long)raw_dir(), .length = strlen(raw_dir()), .flags = SUBTREE };
	struct kept before = kept_now(), with;
	struct fcdlctl_filter info;
	int fd;

	WALK("open of /dev/fcdl")
	FAULTY(&walk, opened(open("/dev/fcdl", O_RDONLY)));
	fd = open("/dev/fcdl", O_RDONLY | O_CLOEXEC);
	want(fd >= 0);
	WALK("setup")
	{
		struct fcdl_setup s = { .version = FCDL_ABI_VERSION,
					.ops = OPS_NAMES,
					.matches = (unsigned long)&match,
					.nr_matches = 1,
					.ring_size = FCDL_RING_MIN };

		if (FAULTY(&walk, ioctl(fd, FCDL_IOC_SETUP, &s))) {
			want_kept(&before);
			want_errno(ioctl(fd, FCDL_IOC_RUN), ENOTCONN);
			continue;
		}
		want_errno(ioctl(fd, FCDL_IOC_SETUP, &s), EALREADY);
		close(fd);
		want_kept(&before);
		fd = open("/dev/fcdl", O_RDONLY | O_CLOEXEC);
		want(fd >= 0);
	}
	want_eq(ioctl(fd, FCDL_IOC_SETUP, &(struct fcdl_setup){ .version = FCDL_ABI_VERSION, .ops = OPS_NAMES }), 0);
	with = kept_now();
	WALK("set path")
	{
		path.flags = SUBTREE;
		if (!FAULTY(&walk, ioctl(fd, FCDL_IOC_SET_PATH, &path))) {
			path.flags = 0;
			want_eq(ioctl(fd, FCDL_IOC_DEL_PATH, &path), 0);
		}
		want_kept(&with);
	}
	WALK("delete path")
	{
		path.flags = SUBTREE;
		want_eq(ioctl(fd, FCDL_IOC_SET_PATH, &path), 0);
		path.flags = 0;
		if (FAULTY(&walk, ioctl(fd, FCDL_IOC_DEL_PATH, &path)))
			want_eq(ioctl(fd, FCDL_IOC_DEL_PATH, &path), 0);
		want_kept(&with);
	}
	WALK("run")
	{
		long rc = FAULTY(&walk, ioctl(fd, FCDL_IOC_RUN));

		want(raw_info("fcdl-0", &info));
		want_eq(!!(info.flags & FCDLCTL_FILTER_ACTIVE), !rc);
		want_eq(ioctl(fd, FCDL_IOC_STOP), 0);
	}
	WALK("stop")
	{
		want_eq(ioctl(fd, FCDL_IOC_RUN), 0);
		fault_on(&walk);
		want_eq(ioctl(fd, FCDL_IOC_STOP), 0);
		fault_off(&walk, false);
		want(raw_info("fcdl-0", &info));
		want(!(info.flags & FCDLCTL_FILTER_ACTIVE));
	}
	close(fd);
	want_kept(&before);
}

/* Each operation that succeeded is in the log, or is counted there as lost, for want of memory. */
static void walk_events(const char *what, const char *dir)
{
	unsigned long long made = 0, lost_before;
	struct fcdl_setup s = { .ops = OP(RFS_OP_MKDIR) | OP(RFS_OP_RENAME), .flags = FCDL_SETUP_SELF };
	char a[4096], b[4096];
	struct log log;
	int walks = 0;

	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	log_setup(&log, &s, 0);
	want_eq(log_path(&log, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(log.fd, FCDL_IOC_RUN), 0);
	do {
		WALK(what)
		{
			struct fcdl_status st = log_status(&log);
			long rc;

			want_eq(mkdir(a, 0755), 0);
			made++;
			lost_before = st.lost;
			rc = FAULTY(&walk, rename(a, b));
			made += !rc;
			want_eq(rmdir(rc ? a : b), 0);
			st = log_status(&log);
			want_eq(st.events, made);
			want(st.lost - lost_before <= (rc ? 0 : walk.hit));
		}
	} while (!log_status(&log).lost && ++walks < FAULT_WALKS);
	want_eq(ioctl(log.fd, FCDL_IOC_STOP), 0);
	log_drain(&log);
	printf("%s: %llu made, %llu told, %llu lost\n", what, made, log.events, log.lost);
	want_eq(log.events + log.lost, made);
	want(log.lost > 0);
	want_eq(log.reasons, FCDL_LOST_MEMORY);
	log_close(&log);
}

static void walk_recording(void)
{
	char deep[3000];
	size_t len;
	int i;

	walk_events("event", raw_dir());
	len = snprintf(deep, sizeof(deep), "%s", raw_dir());
	for (i = 0; i < 10; i++) {
		len += snprintf(deep + len, sizeof(deep) - len, "/%0200d", i);
		want_eq(mkdir(deep, 0755), 0);
	}
	/* longer than the first piece of memory for a record */
	walk_events("event with a long path", deep);
	for (; i--; deep[len -= 201] = 0)
		want_eq(rmdir(deep), 0);
}

int main(int argc, char **argv)
{
	fault_init();
	PART(walk_setup);
	PART(walk_recording);
	return 0;
}
