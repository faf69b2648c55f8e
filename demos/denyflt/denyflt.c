// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * denyflt - a filter that denies operations, and says so
 *
 * It also shows what a filter that guards something has to decide: what the kernel answers while the program is late,
 * overloaded or gone. The default is to allow; a guard says deny.
 */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "../common/demo.h"

/* what is denied; written before the loop begins and only read afterwards */
static uint64_t deny_ops;
static int deny_errno = EPERM;
static bool deny_by_uid;
static uid_t deny_uid;
static const char *deny_exe;
static bool deny_quietly;

/* Does the caller match --uid and --exe? */
static bool deny_matches(const struct rfs_args *args, const struct rfs_caller *who)
{
	struct demo_name name = { 0 };
	const char *exe;
	bool matches;

	if (deny_by_uid && who->uid != deny_uid)
		return false;
	if (!deny_exe)
		return true;
	exe = demo_exe(args, &name);
	matches = exe && !strcmp(exe, deny_exe);
	demo_name_free(&name);
	return matches;
}

static void deny_say(const struct rfs_args *args, const struct rfs_caller *who)
{
	struct demo_name name = { 0 };
	enum rfs_which which;

	/* other threads' lines must not come in between */
	flockfile(stdout);
	printf("denied %s", rfs_op_name(rfs_op(args)));
	for (which = RFS_FIRST; which <= RFS_SECOND; which++) {
		const char *path = demo_path(args, which, &name);

		if (path) {
			putchar(' ');
			demo_print_name(stdout, path);
		} else if (rfs_path_flags(args, which) & RFS_PATHF_UNPLACED) {
			fputs(" ?", stdout);
		}
	}
	printf(" to pid %u (", who->pid);
	demo_print_name(stdout, who->comm);
	printf(") of uid %u: %s\n", who->uid, demo_errno_name(deny_errno));
	funlockfile(stdout);
	demo_name_free(&name);
}

static enum rfs_retv deny_pre(rfs_context context, struct rfs_args *args)
{
	struct rfs_caller who;

	(void)context;
	rfs_caller(args, &who);
	if (!deny_matches(args, &who))
		return RFS_CONTINUE;
	if (!deny_quietly)
		deny_say(args, &who);
	rfs_set_result(args, -deny_errno);
	return RFS_STOP;
}

/* Who guards something does not let it through while it is late, overloaded or gone. */
static int deny_always(struct demo *demo)
{
	struct urfs_verdict deny = { URFS_DENY, (uint32_t)deny_errno };
	struct urfs_policy policy = {
		.size = sizeof(policy),
		.valid = URFS_POLICY_ON_TIMEOUT | URFS_POLICY_ON_OVERLOAD | URFS_POLICY_ON_EXIT,
		.on_timeout = deny,
		.on_overload = deny,
		.on_exit = deny,
	};

	return urfs_set_policy(demo->filter, &policy);
}

static int deny_begin(struct demo *demo)
{
	struct rfs_op_info ops[RFS_OP_MAX + 1] = { { .op_id = RFS_OP_END } };
	size_t n = 0;
	int op, err;

	for (op = 1; op < RFS_OP_MAX; op++) {
		if (!(deny_ops & RFS_OP_BIT(op)))
			continue;
		ops[n].op_id = (enum rfs_op_id)op;
		ops[n++].pre_cb = deny_pre;
	}
	ops[n].op_id = RFS_OP_END;
	err = rfs_set_operations(demo->filter, ops);
	if (!err)
		err = deny_always(demo);
	if (err)
		return demo_fail(demo, err, NULL);
	if (demo_include(demo))
		return DEMO_FAILED;
	err = rfs_activate_filter(demo->filter);
	if (err)
		return demo_fail(demo, err, NULL);
	printf("denyflt: asked as '%s'; what cannot be asked in time, for lack of room or because denyflt is gone is denied with %s\n",
	       demo->name, demo_errno_name(deny_errno));
	return demo_loop(demo);
}

enum { OPT_DENY = DEMO_OPT_OWN, OPT_ERRNO, OPT_UID, OPT_EXE, OPT_QUIET };

static const struct option deny_options[] = {
	{ "deny", required_argument, NULL, OPT_DENY }, { "errno", required_argument, NULL, OPT_ERRNO },
	{ "uid", required_argument, NULL, OPT_UID },   { "exe", required_argument, NULL, OPT_EXE },
	{ "quiet", no_argument, NULL, OPT_QUIET },     { 0 },
};

static const char deny_usage[] =
	"Usage: denyflt --deny OPERATIONS [OPTION]... PATH...\n"
	"Deny operations below each PATH, and say so.\n"
	"\n"
	"      --deny LIST       operations to deny, such as unlink,rename; namespace, access,\n"
	"                        all: every one of that kind\n"
	"      --errno NAME      error that the caller gets, such as EROFS (default EPERM)\n"
	"      --uid USER        deny only callers with this real user id or name\n"
	"      --exe FILE        deny only callers that run this executable\n"
	"      --quiet           do not print what was denied\n" DEMO_OPTIONS_HELP;

/* what is told afterwards cannot be refused */
#define DENY_MAY (RFS_OPS_OFFERED & ~RFS_OPS_POST_ONLY)

static bool deny_take_ops(char *arg)
{
	const char *bad = demo_ops_parse(arg, DENY_MAY, &deny_ops);

	if (bad)
		demo_ops_error("denyflt", bad, "an operation that can be denied", DENY_MAY);
	return !bad;
}

static bool deny_take_uid(const char *arg)
{
	const struct passwd *user = getpwnam(arg);
	char *end;
	unsigned long number;

	deny_by_uid = true;
	if (user) {
		deny_uid = user->pw_uid;
		return true;
	}
	errno = 0;
	number = strtoul(arg, &end, 10);
	deny_uid = (uid_t)number;
	if (!errno && *arg >= '0' && *arg <= '9' && !*end && deny_uid == number && deny_uid != (uid_t)-1)
		return true;
	fprintf(stderr, "denyflt: there is no user '%s'\n", arg);
	return false;
}

static bool deny_take(int opt, char *arg)
{
	switch (opt) {
	case OPT_DENY:
		return deny_take_ops(arg);
	case OPT_ERRNO:
		deny_errno = demo_errno_parse(arg);
		if (!deny_errno)
			fprintf(stderr, "denyflt: '%s' is not an error: give a name such as EROFS, or 1 to 4095\n",
				arg);
		return deny_errno;
	case OPT_UID:
		return deny_take_uid(arg);
	case OPT_EXE:
		/* the kernel reports the file itself, not a link to it */
		deny_exe = realpath(arg, NULL);
		if (!deny_exe)
			fprintf(stderr, "denyflt: %s: %s\n", arg, strerror(errno));
		return deny_exe;
	default:
		deny_quietly = true;
		return true;
	}
}

int main(int argc, char **argv)
{
	static char name[] = "denyflt";
	struct demo demo = {
		.program = "denyflt",
		.usage = deny_usage,
		.name = name,
		.priority = 3000,
		/* a file that was opened by handle may be one of those that are guarded */
		.flags = RFS_FILTER_UNPLACED,
	};
	int code;

	code = demo_options(&demo, argc, argv, deny_options, deny_take);
	if (code >= 0)
		return code;
	if (!deny_ops) {
		fputs("denyflt: say what to deny with --deny\nTry 'denyflt --help'.\n", stderr);
		return DEMO_USAGE;
	}
	code = demo_open(&demo);
	if (code)
		return code;
	code = deny_begin(&demo);
	demo_close(&demo);
	return code;
}
