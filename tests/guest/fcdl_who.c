// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: the log hooks nothing while nobody reads, names the filter that denied, and says when somebody switched it off
 * fs: ext4
 * load: redirfs fcdl rfs_test
 * timeout: 60
 */
#include "fcdl_raw.h"

static int child_mkdir(const char *path)
{
	pid_t c = raw_fork();

	if (!c)
		_exit(mkdir(path, 0700) ? errno : 0);
	return raw_wait(c);
}

/* ---- Whether anybody is there ---- */

static void want_hooks(unsigned int hook, unsigned int filters, unsigned int file_systems)
{
	struct fcdlctl_status st;
	int fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);

	want(fd >= 0);
	want_eq(ioctl(fd, FCDLCTL_STATUS, &st), 0);
	close(fd);
	want_eq(st.hook, hook);
	want_eq(st.filters, filters);
	want_eq(st.file_systems, file_systems);
}

/* Nothing is hooked while nobody reads; and what is, when somebody does, is where his rules are. */
static void hooked(void)
{
	struct fcdl_setup s = { .ops = OPS_NAMES };
	struct log l;

	want_hooks(FCDLCTL_HOOK_OFF, 0, 0);
	log_setup(&l, &s, 0);
	want_hooks(FCDLCTL_HOOK_OFF, 1, 0);
	want_eq(log_path(&l, raw_dir(), SUBTREE), 0);
	want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
	want_hooks(FCDLCTL_HOOK_ALIVE, 1, 1);
	log_close(&l);
	want_hooks(FCDLCTL_HOOK_OFF, 0, 0);
}

/* ---- Who said no ---- */

static void denied(void)
{
	const struct fcdl_event *e;
	struct log all, good;

	ctl("register guard 100 active");
	ctl("ops guard mkdir");
	ctl("path guard include subtree %s", raw_dir());
	ctl("deny guard mkdir %d no*", -EROFS);
	log_open(&all, OPS_NAMES, FCDL_SETUP_FAILED, raw_dir());
	log_open(&good, OPS_NAMES, 0, raw_dir());
	want_eq(child_mkdir(tpath("no1")), EROFS);
	want_eq(child_mkdir(tpath("yes")), 0);
	e = log_event(&all);
	want_eq(e->op, RFS_OP_MKDIR);
	want_eq(e->result, -EROFS);
	want_eq(e->flags, FCDL_EVENT_DENIED);
	want_eq(strcmp(log_string(e, &e->filter), "guard"), 0);
	want_eq(strcmp(log_string(e, &e->path[0]), tpath("no1")), 0);
	want(e->op_flags & RFS_OPF_NOT_ASKED);
	want_eq(e->object[RFS_FIRST].valid, 0);
	e = log_event(&all);
	want_eq(e->result, 0);
	want_eq(e->flags, 0);
	want_eq(e->filter.offset, 0);
	e = log_event(&good);
	want_eq(strcmp(log_string(e, &e->path[0]), tpath("yes")), 0);
	want_eq(log_status(&good).events, 1);
	want_eq(log_status(&all).events, 2);
	log_close(&all);
	log_close(&good);
	ctl("unregister guard");
	rmdir(tpath("yes"));
}

/* ---- Switched off by somebody else ---- */

static void switched_off(void)
{
	const struct fcdl_event *e;
	struct log l;
	int fd;

	log_open(&l, OPS_NAMES, 0, raw_dir());
	want_eq(child_mkdir(tpath("o1")), 0);
	fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);
	want(fd >= 0);
	want_errno(ioctl(fd, FCDLCTL_DEACTIVATE, &(struct fcdlctl_name){ .filter = "fcdl-0" }), EPERM);
	want_eq(ioctl(fd, FCDLCTL_DEACTIVATE_ALL, &(struct fcdlctl_all){}), 0);
	close(fd);
	want_eq(child_mkdir(tpath("o2")), 0);
	want_eq(log_status(&l).flags, 0);
	want_eq(ioctl(l.fd, FCDL_IOC_RUN), 0);
	want_eq(child_mkdir(tpath("o3")), 0);
	want_eq(ioctl(l.fd, FCDL_IOC_STOP), 0);
	log_event(&l);
	want_eq(log_next(&l)->type, FCDL_NOTE);
	want_eq(l.last_note, FCDL_NOTE_OFF);
	log_next(&l);
	want_eq(l.last_note, FCDL_NOTE_RUN);
	e = log_event(&l);
	want_eq(strcmp(log_string(e, &e->path[0]), tpath("o3")), 0);
	want_eq(e->record.seq, 2);
	log_close(&l);
}

int main(void)
{
	hooked();
	denied();
	switched_off();
	return 0;
}
