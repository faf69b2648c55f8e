// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: liburfs against the real modules: the API, threads, one-step dispatch, deferred answers, fork, signals
 * fs: ext4
 * load: redirfs urfs
 * links: urfs
 * timeout: 300
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fcdlctl_abi.h>
#include <urfs.h>

#include "want.h"

static struct urfs_conn conn;
static rfs_filter filter;
static char tree[PATH_MAX];

static const char *in_tree(const char *name)
{
	static _Thread_local char path[PATH_MAX + 256];

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	return path;
}

static void nap(unsigned int ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

/* ---- Who is asked about: children, which are not exempt here ---- */

static int do_mkdir(const char *name)
{
	return mkdir(in_tree(name), 0755);
}

static int do_rmdir(const char *name)
{
	return rmdir(in_tree(name));
}

static pid_t begin(int (*what)(const char *name), const char *name)
{
	pid_t pid = fork();

	want(pid >= 0);
	if (pid)
		return pid;
	_exit(what(name) ? errno : 0);
}

static int end(pid_t pid)
{
	int status;

	want_eq(waitpid(pid, &status, 0), pid);
	want(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ETIME is what a filter here gives at its deadline: a machine that is that slow gets another chance. */
static int run(int (*what)(const char *name), const char *name)
{
	int err, tries;

	for (tries = 0; tries < 5; tries++) {
		err = end(begin(what, name));
		if (err != ETIME)
			break;
	}
	return err;
}

/* ---- Handler ---- */

static void connect_filter(const char *name, int priority)
{
	struct rfs_filter_info info = { .name = name, .priority = priority, .size = sizeof(info), .op_data_size = 16 };
	struct urfs_policy policy = { .size = sizeof(policy),
				      .valid = URFS_POLICY_ON_TIMEOUT,
				      .on_timeout = { URFS_DENY, ETIME } };

	want_eq(urfs_open(&conn), 0);
	want_eq(urfs_set_exempt(&conn, URFS_EXEMPT_NOBODY, -1), 0);
	want_eq(urfs_filter_alloc(&filter, &conn), 0);
	want_eq(urfs_set_policy(filter, &policy), 0);
	want_eq(rfs_register_filter(&filter, &info), RFS_ERR_OK);
}

static void set_op(enum rfs_op_id op, enum rfs_retv (*pre)(rfs_context, struct rfs_args *),
		   enum rfs_retv (*post)(rfs_context, struct rfs_args *))
{
	struct rfs_op_info ops[] = { { .op_id = op, .pre_cb = pre, .post_cb = post }, { .op_id = RFS_OP_END } };

	want_eq(rfs_set_operations(filter, ops), RFS_ERR_OK);
}

static void watch_tree(void)
{
	struct rfs_path_info rule = { .path = tree, .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE };

	want_eq(rfs_set_path(filter, &rule), RFS_ERR_OK);
	want_eq(rfs_activate_filter(filter), RFS_ERR_OK);
}

static pthread_t loop_ids[8];
static unsigned int loop_count;

static void *loop(void *target)
{
	want_eq(urfs_main(&conn, target), 0);
	return NULL;
}

static void loops(unsigned int n)
{
	/* switches callbacks on: whoever comes before the loops do waits for them */
	want_eq(urfs_dispatch(&conn), -EAGAIN);
	while (n--)
		want_eq(pthread_create(&loop_ids[loop_count++], NULL, loop, filter), 0);
}

static void join(void)
{
	while (loop_count)
		pthread_join(loop_ids[--loop_count], NULL);
}

static void disconnect(void)
{
	want_eq(urfs_stop(&conn), 0);
	join();
	urfs_filter_free(filter);
	urfs_close(&conn);
}

/* ---- Callbacks ---- */

static atomic_int pre_runs, post_runs;
static atomic_long post_result;

static enum rfs_retv cb_deny(rfs_context context, struct rfs_args *args)
{
	(void)context;
	rfs_set_result(args, -EROFS);
	atomic_fetch_add(&pre_runs, 1);
	return RFS_STOP;
}

static enum rfs_retv cb_pre(rfs_context context, struct rfs_args *args)
{
	char path[PATH_MAX];

	want(rfs_path(args, RFS_FIRST, path, sizeof(path)) > 0);
	want(!strncmp(path, tree, strlen(tree)));
	memcpy(rfs_op_data(context), "from pre", 9);
	atomic_fetch_add(&pre_runs, 1);
	return RFS_CONTINUE;
}

static enum rfs_retv cb_post(rfs_context context, struct rfs_args *args)
{
	void *private_data;

	want(!strcmp(rfs_op_data(context), "from pre"));
	want_eq(rfs_get_contextflt_private_data(context, &private_data), RFS_ERR_OK);
	want(private_data == &conn);
	atomic_store(&post_result, rfs_result(args));
	atomic_fetch_add(&post_runs, 1);
	return RFS_CONTINUE;
}

/* ---- Tests ---- */

static void api(void)
{
	struct rfs_filter_info info = { .name = "api", .priority = 50 };
	struct rfs_path_info rule = { .path = tree, .flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE };
	struct rfs_op_info bad[] = { { .op_id = RFS_OP_MAX - 1, .pre_cb = cb_deny }, { .op_id = RFS_OP_END } };
	rfs_filter second;

	connect_filter("api", 50);
	want_eq(rfs_register_filter(&filter, &info), RFS_ERR_BUSY);
	want_eq(urfs_filter_alloc(&second, &conn), 0);
	want_eq(rfs_register_filter(&second, &info), RFS_ERR_EXIST);
	info.name = "other";
	want_eq(rfs_register_filter(&second, &info), RFS_ERR_EXIST);
	info.priority = 51;
	info.name = "no good";
	want_eq(rfs_register_filter(&second, &info), RFS_ERR_INVAL);
	info.name = "other";
	want_eq(rfs_register_filter(&second, &info), RFS_ERR_OK);
	urfs_filter_free(second);

	want_eq(rfs_set_operations(filter, bad), RFS_ERR_OPNOTSUPP);
	set_op(RFS_OP_MKDIR, cb_deny, NULL);
	want_eq(rfs_set_path(filter, &rule), RFS_ERR_OK);
	want_eq(rule.flags & RFS_PATH_REPLACED, 0);
	want_eq(rfs_set_path(filter, &rule), RFS_ERR_OK);
	want(rule.flags & RFS_PATH_REPLACED);
	rule.path = "not/absolute";
	want_eq(rfs_set_path(filter, &rule), RFS_ERR_INVAL);
	rule.path = in_tree("missing");
	want_eq(rfs_set_path(filter, &rule), RFS_ERR_NOENT);
	want_eq(rfs_del_path(filter, &rule), RFS_ERR_NOENT);
	rule.path = "/proc";
	want_eq(rfs_set_path(filter, &rule), RFS_ERR_OPNOTSUPP);
	rule.path = tree;
	rule.flags = RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE | RFS_PATH_SINGLE;
	want_eq(rfs_set_path(filter, &rule), RFS_ERR_INVAL);

	loops(1);
	want_eq(run(do_mkdir, "inactive"), 0);
	want_eq(rfs_activate_filter(filter), RFS_ERR_OK);
	want_eq(rfs_activate_filter(filter), RFS_ERR_OK);
	want_eq(run(do_mkdir, "denied"), EROFS);
	want_eq(rfs_deactivate_filter(filter), RFS_ERR_OK);
	want_eq(run(do_mkdir, "allowed"), 0);
	want_eq(rfs_activate_filter(filter), RFS_ERR_OK);
	rule.flags = RFS_PATH_EXCLUDE | RFS_PATH_SUBTREE;
	rule.path = in_tree("allowed");
	want_eq(rfs_set_path(filter, &rule), RFS_ERR_OK);
	want_eq(run(do_mkdir, "allowed/excluded"), 0);
	want_eq(rfs_del_path(filter, &rule), RFS_ERR_OK);
	want_eq(run(do_mkdir, "allowed/included"), EROFS);
	/* what the program set stays when the filter is registered again, its paths do not */
	want_eq(rfs_unregister_filter(filter), RFS_ERR_OK);
	join();
	want_eq(run(do_mkdir, "unregistered"), 0);
	want_eq(rfs_unregister_filter(filter), RFS_ERR_NOENT);
	info.name = "again";
	want_eq(rfs_register_filter(&filter, &info), RFS_ERR_OK);
	loops(1);
	watch_tree();
	want_eq(run(do_mkdir, "denied"), EROFS);
	disconnect();
	want_eq(run(do_mkdir, "closed"), 0);
}

static void pre_to_post(void)
{
	want_eq(do_mkdir("full"), 0);
	want_eq(do_mkdir("full/sub"), 0);
	want_eq(do_mkdir("empty"), 0);
	connect_filter("pre-post", 50);
	want_eq(rfs_set_private_data(filter, &conn), RFS_ERR_OK);
	set_op(RFS_OP_RMDIR, cb_pre, cb_post);
	watch_tree();
	loops(2);
	want_eq(run(do_rmdir, "full"), ENOTEMPTY);
	want_eq(atomic_load(&post_runs), 1);
	want_eq(atomic_load(&post_result), -ENOTEMPTY);
	want_eq(run(do_rmdir, "empty"), 0);
	want_eq(atomic_load(&post_runs), 2);
	want_eq(atomic_load(&post_result), 0);
	disconnect();
}

static void one_step(void)
{
	struct pollfd poll_fd = { .events = POLLIN };
	pid_t pid;
	int steps = 0;

	connect_filter("one-step", 50);
	set_op(RFS_OP_MKDIR, cb_deny, NULL);
	watch_tree();
	poll_fd.fd = urfs_fd(&conn);
	want(poll_fd.fd >= 0);
	want_eq(urfs_dispatch(&conn), -EAGAIN);
	want_eq(poll(&poll_fd, 1, 0), 0);
	pid = begin(do_mkdir, "one-step");
	while (poll(&poll_fd, 1, 10000) == 1 && !urfs_dispatch(&conn) && ++steps < 1)
		;
	want_eq(steps, 1);
	want_eq(end(pid), EROFS);
	want_eq(urfs_dispatch(&conn), -EAGAIN);
	urfs_filter_free(filter);
	urfs_close(&conn);
}

#define CALLERS 6
#define ROUNDS 20

/* Each in a directory of its own: the kernel lets callers wait 10 s below one directory, and no longer. */
static int do_many(const char *name)
{
	char path[PATH_MAX + 300];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		snprintf(path, sizeof(path), "%s/%s/%d", tree, name, i);
		if (mkdir(path, 0755) || rmdir(path))
			return -1;
	}
	return 0;
}

static void many_threads(void)
{
	static const char *const names[CALLERS] = { "a", "b", "c", "d", "e", "f" };
	struct urfs_stats stats = { .size = sizeof(stats) };
	pid_t callers[CALLERS];
	int i;

	connect_filter("threads", 50);
	want_eq(rfs_set_private_data(filter, &conn), RFS_ERR_OK);
	set_op(RFS_OP_MKDIR, cb_pre, cb_post);
	atomic_store(&pre_runs, 0);
	atomic_store(&post_runs, 0);
	watch_tree();
	loops(4);
	for (i = 0; i < CALLERS; i++) {
		want_eq(run(do_mkdir, names[i]), 0);
		callers[i] = begin(do_many, names[i]);
	}
	for (i = 0; i < CALLERS; i++)
		want_eq(end(callers[i]), 0);
	want_eq(atomic_load(&pre_runs), CALLERS * (ROUNDS + 1));
	want_eq(atomic_load(&post_runs), CALLERS * (ROUNDS + 1));
	want_eq(urfs_get_stats(&conn, &stats), 0);
	want_eq(stats.callbacks, 2 * CALLERS * (ROUNDS + 1));
	want_eq(stats.late, 0);
	want_eq(stats.malformed, 0);
	disconnect();
}

/* two tables that differ in what they deny with: nothing in between may be let through */
static enum rfs_retv cb_deny_other(rfs_context context, struct rfs_args *args)
{
	(void)context;
	rfs_set_result(args, -EXDEV);
	return RFS_STOP;
}

static int do_many_denied(const char *name)
{
	int i;

	for (i = 0; i < 10 * ROUNDS; i++)
		/* ETIME: the machine was too slow for the deadline */
		if (!do_mkdir(name) || (errno != EROFS && errno != EXDEV && errno != ETIME))
			_exit(100);
	return 0;
}

static void replaced_under_load(void)
{
	pid_t one, two;
	int i, status;

	want_eq(do_mkdir("one"), 0);
	want_eq(do_mkdir("two"), 0);
	connect_filter("replaced", 50);
	set_op(RFS_OP_MKDIR, cb_deny, NULL);
	watch_tree();
	loops(2);
	one = begin(do_many_denied, "one/x");
	two = begin(do_many_denied, "two/x");
	for (i = 0; !waitpid(one, &status, WNOHANG); i++)
		set_op(RFS_OP_MKDIR, i % 2 ? cb_deny : cb_deny_other, NULL);
	want_eq(status, 0);
	want_eq(end(two), 0);
	want(i > 2);
	disconnect();
}

static struct urfs_handle *later;
static atomic_bool has_later;

static enum rfs_retv cb_defer(rfs_context context, struct rfs_args *args)
{
	want_eq(urfs_defer(context, args, &later), 0);
	atomic_store(&has_later, true);
	return URFS_DEFERRED;
}

static void wait_for_deferral(void)
{
	int left = 30000;

	while (!atomic_load(&has_later) && left--)
		nap(1);
	want(atomic_load(&has_later));
}

static void deferred(void)
{
	char path[PATH_MAX];
	pid_t pid;

	connect_filter("deferred", 50);
	set_op(RFS_OP_MKDIR, cb_defer, NULL);
	watch_tree();
	loops(1);
	pid = begin(do_mkdir, "deferred");
	wait_for_deferral();
	nap(100);
	want_eq(waitpid(pid, NULL, WNOHANG), 0);
	want(rfs_path(urfs_handle_args(later), RFS_FIRST, path, sizeof(path)) > 0);
	want(!strcmp(path, in_tree("deferred")));
	want_eq(urfs_reply(later, RFS_STOP, -ENOSPC), 0);
	want_eq(end(pid), ENOSPC);
	atomic_store(&has_later, false);
	/* the caller is killed meanwhile */
	pid = begin(do_mkdir, "deferred");
	wait_for_deferral();
	kill(pid, SIGKILL);
	want_eq(waitpid(pid, NULL, 0), pid);
	want_eq(urfs_reply(later, RFS_CONTINUE, 0), -ESRCH);
	want(access(in_tree("deferred"), F_OK));
	disconnect();
}

static atomic_int inside;

static enum rfs_retv cb_change(rfs_context context, struct rfs_args *args)
{
	struct rfs_path_info rule = { .path = tree, .flags = RFS_PATH_INCLUDE | RFS_PATH_SINGLE };

	cb_deny(context, args);
	atomic_store(&inside, rfs_set_path(filter, &rule) || !(rule.flags & RFS_PATH_REPLACED) ||
				      rfs_deactivate_filter(filter) || rfs_activate_filter(filter) ||
				      rfs_set_operations(filter, (struct rfs_op_info[]){
									 { .op_id = RFS_OP_RMDIR, .pre_cb = cb_deny },
									 { .op_id = RFS_OP_END } }));
	return RFS_STOP;
}

static enum rfs_retv cb_unregister(rfs_context context, struct rfs_args *args)
{
	cb_deny(context, args);
	atomic_store(&inside, rfs_unregister_filter(filter));
	return RFS_STOP;
}

static void inside_callback(void)
{
	connect_filter("inside", 50);
	set_op(RFS_OP_MKDIR, cb_change, NULL);
	watch_tree();
	loops(1);
	atomic_store(&inside, -1);
	want_eq(run(do_mkdir, "inside"), EROFS);
	want_eq(atomic_load(&inside), 0);
	want_eq(run(do_mkdir, "inside"), 0);
	want_eq(run(do_rmdir, "inside"), EROFS);
	set_op(RFS_OP_RMDIR, cb_unregister, NULL);
	atomic_store(&inside, -1);
	/* its answer counts all the same */
	want_eq(run(do_rmdir, "inside"), EROFS);
	join();
	want_eq(atomic_load(&inside), 0);
	urfs_filter_free(filter);
	urfs_close(&conn);
}

static atomic_int mod_answer;
static char mod_path[PATH_MAX];

static enum rfs_err cb_mod(union rfs_mod *mod)
{
	want(mod->any.filter == filter);
	if (mod->id == RFS_MOD_SET_PATH)
		snprintf(mod_path, sizeof(mod_path), "%s", mod->path.info->path);
	return (enum rfs_err)atomic_load(&mod_answer);
}

static int do_control_deactivate(const char *name)
{
	struct fcdlctl_name request = { .flags = 0 };
	int fd = open("/dev/fcdlctl", O_RDWR);

	snprintf(request.filter, sizeof(request.filter), "%s", name);
	return fd < 0 ? -1 : ioctl(fd, FCDLCTL_DEACTIVATE, &request);
}

static int do_control_setpath(const char *name)
{
	struct fcdlctl_setpath request = { .path = (uintptr_t)tree,
					   .path_len = (uint32_t)strlen(tree),
					   .flags = RFS_PATH_INCLUDE | RFS_PATH_SINGLE };
	int fd = open("/dev/fcdlctl", O_RDWR);

	snprintf(request.filter, sizeof(request.filter), "%s", name);
	return fd < 0 ? -1 : ioctl(fd, FCDLCTL_SETPATH, &request);
}

static void modifier(void)
{
	connect_filter("modifier", 50);
	set_op(RFS_OP_MKDIR, cb_deny, NULL);
	want_eq(rfs_set_mod_cb(filter, cb_mod), RFS_ERR_OK);
	watch_tree();
	loops(1);
	atomic_store(&mod_answer, RFS_ERR_ACCES);
	want_eq(run(do_control_deactivate, "modifier"), EACCES);
	want_eq(run(do_mkdir, "modifier"), EROFS);
	want_eq(run(do_control_setpath, "modifier"), EACCES);
	want(!strcmp(mod_path, tree));
	atomic_store(&mod_answer, RFS_ERR_OK);
	want_eq(run(do_control_deactivate, "modifier"), 0);
	want_eq(run(do_mkdir, "modifier"), 0);
	disconnect();
}

static enum rfs_retv cb_slow(rfs_context context, struct rfs_args *args)
{
	cb_deny(context, args);
	nap(900);
	return RFS_STOP;
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

/* The caller has its answer before the thread that gave it has counted it. */
static void wait_for_stats(uint64_t cancelled, uint64_t soft)
{
	struct urfs_stats stats = { .size = sizeof(stats) };
	int left = 5000;

	do {
		nap(1);
		want_eq(urfs_get_stats(&conn, &stats), 0);
	} while ((stats.cancelled != cancelled || stats.soft != soft) && left--);
	want_eq(stats.cancelled, cancelled);
	want_eq(stats.soft, soft);
}

static void policies(void)
{
	struct urfs_policy policy = { .size = sizeof(policy),
				      .valid = URFS_POLICY_DEADLINE | URFS_POLICY_ON_TIMEOUT,
				      .deadline_ms = 400,
				      .on_timeout = { URFS_DENY, ENOTTY } };
	struct timespec since;

	connect_filter("policies", 50);
	want_eq(urfs_set_policy(filter, &policy), 0);
	memset(&policy, 0, sizeof(policy));
	policy.size = sizeof(policy);
	want_eq(urfs_get_policy(filter, &policy), 0);
	want_eq(policy.valid, URFS_POLICY_ALL);
	want_eq(policy.deadline_ms, 400);
	want_eq(policy.on_timeout.action, URFS_DENY);
	want_eq(policy.on_timeout.error, ENOTTY);
	want_eq(policy.on_overload.action, URFS_WAIT);
	want_eq(policy.on_exit.action, URFS_ALLOW);
	set_op(RFS_OP_MKDIR, cb_slow, NULL);
	watch_tree();
	loops(2);
	clock_gettime(CLOCK_MONOTONIC, &since);
	want_eq(run(do_mkdir, "policies"), ENOTTY);
	want(elapsed_ms(&since) >= 390);
	wait_for_stats(1, 0);
	/* the library is quicker than the kernel */
	want_eq(urfs_set_soft_deadline(filter, 1), 0);
	want_eq(run(do_mkdir, "policies"), ENOTTY);
	wait_for_stats(1, 1);
	disconnect();
}

static int child_says(void)
{
	if (urfs_dispatch(&conn) != -EPERM || urfs_main(&conn, NULL) != -EPERM ||
	    rfs_activate_filter(filter) != RFS_ERR_PERM || urfs_stop(&conn) != -EPERM)
		return 1;
	urfs_filter_free(filter);
	urfs_close(&conn);
	return 0;
}

static void forked(void)
{
	pid_t pid;

	connect_filter("fork", 50);
	set_op(RFS_OP_MKDIR, cb_deny, NULL);
	watch_tree();
	loops(2);
	pid = fork();
	if (!pid) {
		alarm(60);
		_exit(child_says());
	}
	want_eq(end(pid), 0);
	want_eq(run(do_mkdir, "fork"), EROFS);
	disconnect();
}

static void on_signal(int signal)
{
	(void)signal;
	urfs_stop(&conn);
}

static void stopped_by_signal(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction old;

	connect_filter("signal", 50);
	set_op(RFS_OP_MKDIR, cb_deny, NULL);
	watch_tree();
	sigaction(SIGALRM, &action, &old);
	alarm(1);
	want_eq(urfs_main_threads(&conn, NULL, 4), 0);
	sigaction(SIGALRM, &old, NULL);
	/* nobody serves any more: callers go on as soon as the filter is inactive */
	want_eq(rfs_unregister_filter(filter), RFS_ERR_OK);
	want_eq(run(do_mkdir, "signal"), 0);
	urfs_filter_free(filter);
	urfs_close(&conn);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{ "api", api },
		{ "pre to post", pre_to_post },
		{ "one step", one_step },
		{ "many threads", many_threads },
		{ "replaced under load", replaced_under_load },
		{ "deferred", deferred },
		{ "inside a callback", inside_callback },
		{ "modifier", modifier },
		{ "policies", policies },
		{ "fork", forked },
		{ "stopped by a signal", stopped_by_signal },
	};
	struct timespec begin;
	size_t i;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		printf("%ld ms: %s\n", elapsed_ms(&begin), tests[i].name);
		fflush(stdout);
		snprintf(tree, sizeof(tree), "%s/tree%zu", getenv("T"), i);
		want_eq(mkdir(tree, 0755), 0);
		tests[i].run();
	}
	return 0;
}
