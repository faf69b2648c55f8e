// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: /dev/fcdlctl: each rejection that fcdlctl_abi.h promises, with an otherwise valid request
 * load: redirfs rfs_test ctl_owner
 * fs: tmpfs
 *
 * Each request is first shown to work, then made wrong in one place at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fcdlctl_abi.h"

static int fd;
static char dir[512];

static int call(unsigned long request, void *argument)
{
	return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

static void check(int line, const char *what, long got, long want)
{
	if (got == want)
		return;
	fprintf(stderr, "FAIL: line %d: %s gives %ld (%s), expected %ld (%s)\n", line, what, got,
		got < 0 ? strerror((int)-got) : "", want, want < 0 ? strerror((int)-want) : "");
	exit(1);
}

#define WANT(expression, want) check(__LINE__, #expression, (long)(expression), (want))

/* A copy of @valid with one byte set: what must be 0 is not. */
static int spoiled(unsigned long request, const void *valid, size_t size, size_t offset, size_t width)
{
	unsigned char copy[256];
	int err, all = 0;
	size_t i;

	memcpy(copy, valid, size);
	for (i = 0; i < width; i++) {
		copy[offset + i] = 0x80;
		err = call(request, copy);
		copy[offset + i] = 0;
		/* the same errno for each byte, or something that no test expects */
		if (i && err != all)
			return 1;
		all = err;
	}
	return all;
}

#define SPOILED(request, valid, member) \
	spoiled(request, &(valid), sizeof(valid), offsetof(__typeof__(valid), member), sizeof((valid).member))

static void command(const char *text)
{
	int test = open("/dev/rfs_test", O_RDWR);
	char answer[64] = "";

	if (test < 0 || write(test, text, strlen(text)) < 0 || read(test, answer, sizeof(answer) - 1) < 0 ||
	    strcmp(answer, "0\n")) {
		fprintf(stderr, "FAIL: rfs_test: %s gives %s\n", text, answer);
		exit(1);
	}
	close(test);
}

/* Names of filters, which every request but a few begins with. */
static void names(unsigned long request, void *valid, size_t size, int unknown)
{
	char copy[256], *name = copy;

	memcpy(copy, valid, size);
	memset(name, 'x', FCDLCTL_NAME_SIZE);
	WANT(call(request, copy), -EINVAL);
	name[FCDLCTL_NAME_SIZE - 1] = 0;
	WANT(call(request, copy), unknown);
	memset(name, 0, FCDLCTL_NAME_SIZE);
	if (request != FCDLCTL_STATS)
		WANT(call(request, copy), -EINVAL);
	strcpy(name, "plain");
	name[FCDLCTL_NAME_SIZE - 1] = 'x';
	WANT(call(request, copy), -EINVAL);
	name[FCDLCTL_NAME_SIZE - 1] = 0;
	name[6] = 'x';
	WANT(call(request, copy), -EINVAL);
	name[6] = 0;
	strcpy(name, "nobody");
	WANT(call(request, copy), unknown);
}

static void bad_pointer(unsigned long request)
{
	void *gone = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	WANT(call(request, NULL), -EFAULT);
	WANT(call(request, gone), -EFAULT);
	WANT(call(request, (char *)gone + 4090), -EFAULT);
	munmap(gone, 4096);
}

static void requests(void)
{
	static const unsigned long all[] = {
		FCDLCTL_VERSION,     FCDLCTL_STATUS,	   FCDLCTL_LIST,	   FCDLCTL_LIST_FS,
		FCDLCTL_LIST_INSIDE, FCDLCTL_LIST_PENDING, FCDLCTL_LIST_PATHS,	   FCDLCTL_STATS,
		FCDLCTL_GET_POLICY,  FCDLCTL_SET_POLICY,   FCDLCTL_SETPATH,	   FCDLCTL_DELPATH,
		FCDLCTL_ACTIVATE,    FCDLCTL_DEACTIVATE,   FCDLCTL_DEACTIVATE_ALL, FCDLCTL_DETACH,
	};
	struct fcdlctl_version version;
	size_t i;
	char byte;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		bad_pointer(all[i]);
	/* numbers next to those that exist, another size, another direction, another magic, other devices' requests */
	WANT(call(_IO(FCDLCTL_IOC, 0x00), &version), -ENOTTY);
	WANT(call(_IOR(FCDLCTL_IOC, 0x09, struct fcdlctl_version), &version), -ENOTTY);
	WANT(call(_IOR(FCDLCTL_IOC, 0x17, struct fcdlctl_version), &version), -ENOTTY);
	WANT(call(_IOWR(FCDLCTL_IOC, 0x00, struct fcdlctl_version), &version), -ENOTTY);
	WANT(call(_IOR(FCDLCTL_IOC, 0x00, struct fcdlctl_status), &version), -ENOTTY);
	WANT(call(_IOR(0xFB, 0x00, struct fcdlctl_version), &version), -ENOTTY);
	WANT(call(FIONREAD, &version), -ENOTTY);
	WANT(read(fd, &byte, 1) < 0 ? -errno : 0, -EINVAL);
	WANT(write(fd, &byte, 1) < 0 ? -errno : 0, -EINVAL);
	WANT(lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0, -ESPIPE);
	WANT(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -errno : 0, -ENODEV);

	WANT(call(FCDLCTL_VERSION, &version), 0);
	WANT(version.abi, FCDLCTL_ABI_VERSION);
	WANT(version.rfs_abi, RFS_ABI_VERSION);
	WANT(memchr(version.release, 0, sizeof(version.release)) != NULL, 1);
}

/* FCDLCTL_LIST and those like it */
static void list(unsigned long request, size_t size)
{
	char *entries = malloc(300 * size);
	struct fcdlctl_list valid = { .entries = (uintptr_t)entries, .max = 300, .size = (__u32)size };
	struct fcdlctl_list list = valid;
	unsigned int pages, total;

	WANT(call(request, &list), 0);
	WANT(list.count <= FCDLCTL_PAGE_MAX, 1);
	total = list.count;
	/* one by one: as many, and the end stays the end */
	list = valid;
	list.max = 1;
	for (pages = 0;; pages++) {
		list.count = 0;
		WANT(call(request, &list), 0);
		if (!list.count)
			break;
		WANT(list.count, 1);
	}
	WANT(pages, total);
	WANT(call(request, &list), 0);
	WANT(list.count, 0);

	list = valid;
	list.max = 0;
	WANT(call(request, &list), -EINVAL);
	list = valid;
	list.size--;
	WANT(call(request, &list), -EINVAL);
	list.size += 2;
	WANT(call(request, &list), -EINVAL);
	WANT(SPOILED(request, valid, count), -EINVAL);
	WANT(SPOILED(request, valid, reserved), -EINVAL);
	/* what lies behind the cursor is found, wherever that points */
	list = valid;
	list.cursor = UINT64_MAX;
	WANT(call(request, &list), 0);
	WANT(list.count, 0);
	if (total) {
		list = valid;
		list.entries = 0;
		WANT(call(request, &list), -EFAULT);
		list.entries = UINT64_MAX;
		WANT(call(request, &list), -EFAULT);
	}
	free(entries);
}

static void paths(void)
{
	struct fcdlctl_path entries[4];
	char buf[RFS_PATH_LEN];
	struct fcdlctl_paths valid = {
		.filter = "plain",
		.entries = (uintptr_t)entries,
		.buf = (uintptr_t)buf,
		.max = 4,
		.size = sizeof(entries[0]),
		.buf_size = sizeof(buf),
	};
	struct fcdlctl_paths list = valid;

	WANT(call(FCDLCTL_LIST_PATHS, &list), 0);
	WANT(list.count, 1);
	WANT(entries[0].flags, RFS_PATH_INCLUDE | RFS_PATH_SUBTREE);
	WANT(entries[0].len, (long)strlen(dir));
	WANT(entries[0].offset, 0);
	WANT(entries[0].reserved, 0);
	WANT(memcmp(buf, dir, strlen(dir)), 0);
	WANT(list.buf_used, (long)strlen(dir));
	list.count = 0;
	list.buf_used = 0;
	WANT(call(FCDLCTL_LIST_PATHS, &list), 0);
	WANT(list.count, 0);

	names(FCDLCTL_LIST_PATHS, &valid, sizeof(valid), -ENOENT);
	list = valid;
	list.buf_size--;
	WANT(call(FCDLCTL_LIST_PATHS, &list), -EINVAL);
	list = valid;
	list.max = 0;
	WANT(call(FCDLCTL_LIST_PATHS, &list), -EINVAL);
	list = valid;
	list.size++;
	WANT(call(FCDLCTL_LIST_PATHS, &list), -EINVAL);
	WANT(SPOILED(FCDLCTL_LIST_PATHS, valid, count), -EINVAL);
	WANT(SPOILED(FCDLCTL_LIST_PATHS, valid, buf_used), -EINVAL);
	WANT(SPOILED(FCDLCTL_LIST_PATHS, valid, reserved), -EINVAL);
	list = valid;
	list.buf = 0;
	WANT(call(FCDLCTL_LIST_PATHS, &list), -EFAULT);
	list = valid;
	list.entries = 0;
	WANT(call(FCDLCTL_LIST_PATHS, &list), -EFAULT);
}

static void stats(void)
{
	struct fcdlctl_stat entries[FCDLCTL_PAGE_MAX];
	struct fcdlctl_stats valid = {
		.filter = "first.owner",
		.entries = (uintptr_t)entries,
		.max = FCDLCTL_PAGE_MAX,
		.size = sizeof(entries[0]),
	};
	struct fcdlctl_stats stats = valid;
	unsigned int total;

	WANT(call(FCDLCTL_STATS, &stats), 0);
	WANT(stats.count == stats.total && stats.count >= 3, 1);
	total = stats.total;
	stats = valid;
	stats.max = 1;
	WANT(call(FCDLCTL_STATS, &stats), 0);
	WANT(stats.count, 1);
	WANT(stats.total, total);
	stats = valid;
	stats.max = UINT32_MAX;
	WANT(call(FCDLCTL_STATS, &stats), 0);
	stats = valid;
	memset(stats.filter, 0, sizeof(stats.filter));
	WANT(call(FCDLCTL_STATS, &stats), 0);

	names(FCDLCTL_STATS, &valid, sizeof(valid), -ENOENT);
	stats = valid;
	stats.max = 0;
	WANT(call(FCDLCTL_STATS, &stats), -EINVAL);
	stats = valid;
	stats.size--;
	WANT(call(FCDLCTL_STATS, &stats), -EINVAL);
	WANT(SPOILED(FCDLCTL_STATS, valid, count), -EINVAL);
	WANT(SPOILED(FCDLCTL_STATS, valid, total), -EINVAL);
	stats = valid;
	stats.entries = 0;
	WANT(call(FCDLCTL_STATS, &stats), -EFAULT);
}

static void policy_get(void)
{
	struct fcdlctl_policy valid = { .filter = "first.owner" }, policy = valid;

	WANT(call(FCDLCTL_GET_POLICY, &policy), 0);
	WANT(policy.valid, FCDLCTL_POLICY_ALL);
	WANT(policy.deadline_ms, 5000);
	WANT(policy.on_overload.action, FCDLCTL_WAIT);
	names(FCDLCTL_GET_POLICY, &valid, sizeof(valid), -ENOENT);
	WANT(SPOILED(FCDLCTL_GET_POLICY, valid, valid), -EINVAL);
	WANT(SPOILED(FCDLCTL_GET_POLICY, valid, deadline_ms), -EINVAL);
	WANT(SPOILED(FCDLCTL_GET_POLICY, valid, on_timeout), -EINVAL);
	WANT(SPOILED(FCDLCTL_GET_POLICY, valid, on_unaskable), -EINVAL);
	WANT(SPOILED(FCDLCTL_GET_POLICY, valid, reserved), -EINVAL);
	strcpy(valid.filter, "plain");
	memset(valid.filter + 5, 0, sizeof(valid.filter) - 5);
	WANT(call(FCDLCTL_GET_POLICY, &valid), -EOPNOTSUPP);
}

/* One verdict of a policy; @wait: it may be WAIT; @hold: it may be HOLD one day */
static void policy_verdict(__u32 bit, size_t offset, int wait, int hold)
{
	struct fcdlctl_policy policy = { .filter = "first.owner", .valid = bit };
	struct fcdlctl_verdict *verdict = (struct fcdlctl_verdict *)((char *)&policy + offset);

	verdict->action = FCDLCTL_ALLOW;
	WANT(call(FCDLCTL_SET_POLICY, &policy), 0);
	verdict->error = EPERM;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->action = FCDLCTL_DENY;
	WANT(call(FCDLCTL_SET_POLICY, &policy), 0);
	verdict->error = 4095;
	WANT(call(FCDLCTL_SET_POLICY, &policy), 0);
	verdict->error = 4096;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->error = (__u32)-EPERM;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->error = 0;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->action = FCDLCTL_WAIT;
	WANT(call(FCDLCTL_SET_POLICY, &policy), wait ? 0 : -EINVAL);
	verdict->error = 1;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->error = 0;
	verdict->action = FCDLCTL_HOLD;
	WANT(call(FCDLCTL_SET_POLICY, &policy), hold ? -EOPNOTSUPP : -EINVAL);
	verdict->action = FCDLCTL_NONE;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->action = 5;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->action = FCDLCTL_ALLOW;
	verdict->hold_ms = 1;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->hold_ms = 0;
	verdict->reserved = 1;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	verdict->reserved = 0;
	/* a value without its bit would be ignored: no */
	policy.valid = FCDLCTL_POLICY_DEADLINE;
	policy.deadline_ms = 1000;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	memset(verdict, 0, sizeof(*verdict));
	WANT(call(FCDLCTL_SET_POLICY, &policy), 0);
}

static void policy_set(void)
{
	struct fcdlctl_policy valid = { .filter = "first.owner", .valid = FCDLCTL_POLICY_DEADLINE, .deadline_ms = 7 };
	struct fcdlctl_policy policy = valid, before = { .filter = "first.owner" }, after = before;

	WANT(call(FCDLCTL_SET_POLICY, &valid), 0);
	names(FCDLCTL_SET_POLICY, &valid, sizeof(valid), -ENOENT);
	policy.valid = 0;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	policy.deadline_ms = 0;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	policy = valid;
	policy.valid |= 0x20;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	WANT(SPOILED(FCDLCTL_SET_POLICY, valid, refused), -EINVAL);
	WANT(SPOILED(FCDLCTL_SET_POLICY, valid, reserved), -EINVAL);
	policy = valid;
	policy.deadline_ms = 0;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -ERANGE);
	policy.deadline_ms = FCDLCTL_DEADLINE_MS_MAX + 1;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -ERANGE);
	policy.deadline_ms = FCDLCTL_DEADLINE_MS_MAX;
	WANT(call(FCDLCTL_SET_POLICY, &policy), 0);
	policy_verdict(FCDLCTL_POLICY_ON_TIMEOUT, offsetof(struct fcdlctl_policy, on_timeout), 0, 0);
	policy_verdict(FCDLCTL_POLICY_ON_OVERLOAD, offsetof(struct fcdlctl_policy, on_overload), 1, 0);
	policy_verdict(FCDLCTL_POLICY_ON_EXIT, offsetof(struct fcdlctl_policy, on_exit), 0, 1);
	policy_verdict(FCDLCTL_POLICY_ON_UNASKABLE, offsetof(struct fcdlctl_policy, on_unaskable), 0, 0);

	/* one wrong part, and none is changed */
	WANT(call(FCDLCTL_GET_POLICY, &before), 0);
	policy = valid;
	policy.valid |= FCDLCTL_POLICY_ON_UNASKABLE;
	policy.on_unaskable.action = FCDLCTL_WAIT;
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EINVAL);
	WANT(call(FCDLCTL_GET_POLICY, &after), 0);
	WANT(memcmp(&before, &after, sizeof(before)), 0);

	policy = valid;
	memset(policy.filter, 0, sizeof(policy.filter));
	strcpy(policy.filter, "plain");
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EOPNOTSUPP);
	WANT(policy.refused, 0);
	memset(policy.filter, 0, sizeof(policy.filter));
	strcpy(policy.filter, "second.owner");
	WANT(call(FCDLCTL_SET_POLICY, &policy), -EPERM);
	WANT(policy.refused, FCDLCTL_REFUSED_LOCKED);
}

static void path_of(struct fcdlctl_setpath *request, const char *path)
{
	request->path = (uintptr_t)path;
	request->path_len = (__u32)strlen(path);
}

static void setpath(void)
{
	static const unsigned int wrong[] = {
		0,
		RFS_PATH_INCLUDE,
		RFS_PATH_SUBTREE,
		RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE | RFS_PATH_SINGLE,
		RFS_PATH_INCLUDE | RFS_PATH_SINGLE | RFS_PATH_SUBTREE,
		RFS_PATH_INCLUDE | RFS_PATH_SINGLE | RFS_PATH_REPLACED,
		RFS_PATH_INCLUDE | RFS_PATH_SINGLE | RFS_PATH_STALE,
		RFS_PATH_INCLUDE | RFS_PATH_SINGLE | 0x20,
		RFS_PATH_INCLUDE | RFS_PATH_SINGLE | 0x80000000,
	};
	struct fcdlctl_setpath valid = { .filter = "plain", .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE }, request;
	char *path = malloc(RFS_PATH_LEN + 1);
	size_t i;

	path_of(&valid, dir);
	request = valid;
	WANT(call(FCDLCTL_SETPATH, &request), 0);
	WANT(request.flags, RFS_PATH_INCLUDE | RFS_PATH_SUBTREE);
	request = valid;
	WANT(call(FCDLCTL_SETPATH, &request), 0);
	WANT(request.flags, RFS_PATH_INCLUDE | RFS_PATH_SUBTREE | RFS_PATH_REPLACED);
	names(FCDLCTL_SETPATH, &valid, sizeof(valid), -ESRCH);
	WANT(SPOILED(FCDLCTL_SETPATH, valid, refused), -EINVAL);
	WANT(SPOILED(FCDLCTL_SETPATH, valid, reserved), -EINVAL);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		request = valid;
		request.flags = wrong[i];
		WANT(call(FCDLCTL_SETPATH, &request), -EINVAL);
	}
	request = valid;
	request.path_len = 0;
	WANT(call(FCDLCTL_SETPATH, &request), -ENOENT);
	request = valid;
	request.path = 0;
	WANT(call(FCDLCTL_SETPATH, &request), -EFAULT);
	request = valid;
	request.path = UINT64_MAX - 2;
	WANT(call(FCDLCTL_SETPATH, &request), -EFAULT);
	/* a NUL in the path, also as its last byte */
	request = valid;
	request.path_len++;
	WANT(call(FCDLCTL_SETPATH, &request), -EINVAL);
	request = valid;
	path_of(&request, "tmp");
	WANT(call(FCDLCTL_SETPATH, &request), -EINVAL);
	memset(path, '/', RFS_PATH_LEN + 1);
	request = valid;
	request.path = (uintptr_t)path;
	request.path_len = RFS_PATH_LEN;
	WANT(call(FCDLCTL_SETPATH, &request), -ENAMETOOLONG);
	request.path_len = UINT32_MAX;
	WANT(call(FCDLCTL_SETPATH, &request), -ENAMETOOLONG);
	request = valid;
	path_of(&request, "/proc");
	WANT(call(FCDLCTL_SETPATH, &request), -EOPNOTSUPP);
	request.flags |= RFS_PATH_FORCE;
	WANT(call(FCDLCTL_SETPATH, &request), -EOPNOTSUPP);
	request = valid;
	path_of(&request, "/no/such/path");
	WANT(call(FCDLCTL_SETPATH, &request), -ENOENT);
	WANT(request.refused, 0);
	free(path);
}

static void delpath(void)
{
	struct fcdlctl_setpath valid = { .filter = "plain" }, request;

	path_of(&valid, dir);
	names(FCDLCTL_DELPATH, &valid, sizeof(valid), -ESRCH);
	WANT(SPOILED(FCDLCTL_DELPATH, valid, flags), -EINVAL);
	WANT(SPOILED(FCDLCTL_DELPATH, valid, refused), -EINVAL);
	WANT(SPOILED(FCDLCTL_DELPATH, valid, reserved), -EINVAL);
	request = valid;
	request.flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE;
	WANT(call(FCDLCTL_DELPATH, &request), -EINVAL);
	request = valid;
	path_of(&request, "/no/such/path");
	WANT(call(FCDLCTL_DELPATH, &request), -ENOENT);
	path_of(&request, "/tmp");
	WANT(call(FCDLCTL_DELPATH, &request), -ENOENT);
	WANT(call(FCDLCTL_DELPATH, &valid), 0);
	WANT(call(FCDLCTL_DELPATH, &valid), -ENOENT);
}

static void active(unsigned long request)
{
	struct fcdlctl_name valid = { .filter = "plain" };

	WANT(call(request, &valid), 0);
	WANT(call(request, &valid), 0);
	names(request, &valid, sizeof(valid), -ENOENT);
	WANT(SPOILED(request, valid, flags), -EINVAL);
	WANT(SPOILED(request, valid, refused), -EINVAL);
	WANT(valid.refused, 0);
	strcpy(valid.filter, "second.owner");
	WANT(call(request, &valid), -EPERM);
	WANT(valid.refused, FCDLCTL_REFUSED_LOCKED);
}

/* A refusal is told from the same errno with another origin; and nothing is changed if that cannot be told. */
static void refusals(void)
{
	static const int errors[] = { -EPERM, -ENOENT, -ESRCH, -ESTALE, -EOPNOTSUPP, -ETIMEDOUT, -ENOTTY, -4095 };
	struct fcdlctl_setpath rule = { .filter = "plain", .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE }, request;
	struct fcdlctl_name name = { .filter = "plain" }, *map;
	char line[64];
	size_t i;

	path_of(&rule, dir);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		snprintf(line, sizeof(line), "modcb plain %d", errors[i]);
		command(line);
		request = rule;
		WANT(call(FCDLCTL_SETPATH, &request), errors[i]);
		WANT(request.refused, FCDLCTL_REFUSED_CALLBACK);
		WANT(request.flags, rule.flags);
		request = rule;
		request.flags = 0;
		WANT(call(FCDLCTL_DELPATH, &request), errors[i]);
		WANT(request.refused, FCDLCTL_REFUSED_CALLBACK);
		name.refused = 0;
		WANT(call(FCDLCTL_ACTIVATE, &name), errors[i]);
		WANT(name.refused, FCDLCTL_REFUSED_CALLBACK);
		name.refused = 0;
		WANT(call(FCDLCTL_DEACTIVATE, &name), errors[i]);
		WANT(name.refused, FCDLCTL_REFUSED_CALLBACK);
	}
	/* what is no errno refuses as well */
	command("modcb plain 1");
	name.refused = 0;
	WANT(call(FCDLCTL_ACTIVATE, &name), -EPERM);
	WANT(name.refused, FCDLCTL_REFUSED_CALLBACK);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	name.refused = 0;
	*map = name;
	mprotect(map, 4096, PROT_READ);
	WANT(call(FCDLCTL_ACTIVATE, map), -EFAULT);
	command("modcb plain none");
	/* the next owner of the errno: the path itself */
	request = rule;
	path_of(&request, "/no/such/path");
	WANT(call(FCDLCTL_SETPATH, &request), -ENOENT);
	WANT(request.refused, 0);
	name.refused = 0;
	WANT(call(FCDLCTL_ACTIVATE, &name), 0);
}

static void detach(void)
{
	struct fcdlctl_detach valid = { .timeout_ms = 1 }, request;

	WANT(SPOILED(FCDLCTL_DETACH, valid, inside), -EINVAL);
	WANT(SPOILED(FCDLCTL_DETACH, valid, reserved), -EINVAL);
	request = valid;
	request.timeout_ms = FCDLCTL_DETACH_MS_MAX + 1;
	WANT(call(FCDLCTL_DETACH, &request), -ERANGE);
	request = valid;
	WANT(call(FCDLCTL_DETACH, &request), 0);
	WANT(request.inside, 0);
}

int main(void)
{
	const char *t = getenv("T");

	snprintf(dir, sizeof(dir), "%s/dir", t ? t : "/tmp");
	if (mkdir(dir, 0755) && errno != EEXIST) {
		perror(dir);
		return 1;
	}
	command("register plain 1");
	fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/fcdlctl");
		return 1;
	}
	requests();
	setpath();
	list(FCDLCTL_LIST, sizeof(struct fcdlctl_filter));
	list(FCDLCTL_LIST_FS, sizeof(struct fcdlctl_fs));
	list(FCDLCTL_LIST_INSIDE, sizeof(struct fcdlctl_inside));
	list(FCDLCTL_LIST_PENDING, sizeof(struct fcdlctl_pending));
	paths();
	stats();
	policy_get();
	policy_set();
	active(FCDLCTL_ACTIVATE);
	active(FCDLCTL_DEACTIVATE);
	refusals();
	delpath();
	detach();
	close(fd);
	command("unregister plain");
	return 0;
}
