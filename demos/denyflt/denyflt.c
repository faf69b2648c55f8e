// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * denyflt - a filter that denies operations, and says so
 *
 * What is denied is chosen by operation, by the names of what it is done to, and by who does it. This one file is a kernel
 * module (denyflt.ko) and a user program (denyflt): everything between the two blocks marked "this world" is written
 * against rfs.h alone, and both deny the same.
 *
 *	insmod denyflt.ko deny=unlink,rename pattern=*.key errno=30 path=/srv/data	# in the kernel
 *	denyflt --deny unlink,rename --pattern '*.key' --errno EROFS /srv/data		# or as a process
 *
 * The program also shows what a filter that guards something has to decide there: what the kernel answers while it is
 * late, overloaded or gone. The default is to allow; a guard says deny.
 */

/* ---- This world, first part ---- */

#ifdef __KERNEL__

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "../common/both.h"

#define deny_warn(...) pr_warn(__VA_ARGS__)

#else

#include <pwd.h>

#include "../common/demo.h"

#define deny_warn(...) fprintf(stderr, "denyflt: " __VA_ARGS__)

#endif

/* Prints what is denied to whom; each world in its own way, at its end. */
static void deny_say(const struct rfs_args *args, const struct rfs_caller *who);

/* ---- Both worlds ---- */

/* what is told afterwards cannot be refused */
#define DENY_MAY (RFS_OPS_OFFERED & ~RFS_OPS_POST_ONLY)

#define DENY_PATTERNS_MAX 16

/* what is denied; written before the filter is active and only read afterwards */
static uint64_t deny_ops;
static int deny_errno = EPERM;
static uid_t deny_uid = (uid_t)-1; /* anybody's */
static char *deny_exe;
static char *deny_patterns[DENY_PATTERNS_MAX];
static unsigned int deny_pattern_count;
static bool deny_quietly;

/* Does the last part of this path fit one of the patterns? */
static bool deny_fits(const char *path)
{
	const char *slash = strrchr(path, '/');
	unsigned int i;

	for (i = 0; i < deny_pattern_count; i++)
		if (demo_glob(deny_patterns[i], slash ? slash + 1 : path))
			return true;
	return false;
}

/* Does one of the operation's names? */
static bool deny_matches_name(const struct rfs_args *args)
{
	struct demo_name name = { 0 };
	struct rfs_object object;
	bool matches = !deny_pattern_count;
	int which;

	for (which = RFS_FIRST; !matches && which <= RFS_SECOND; which++) {
		const char *path = demo_path(args, (enum rfs_which)which, &name);

		/* it has a name, but nobody knows which: it may be one of those that are guarded */
		matches = path ? deny_fits(path) : !rfs_object(args, (enum rfs_which)which, &object);
	}
	demo_name_free(&name);
	return matches;
}

static bool deny_matches_exe(const struct rfs_args *args)
{
	struct demo_name name = { 0 };
	const char *exe;
	bool matches;

	if (!deny_exe)
		return true;
	exe = demo_exe(args, &name);
	matches = exe && !strcmp(exe, deny_exe);
	demo_name_free(&name);
	return matches;
}

static enum rfs_retv deny_pre(rfs_context context, struct rfs_args *args)
{
	struct rfs_caller who;

	(void)context;
	rfs_caller(args, &who);
	if ((deny_uid != (uid_t)-1 && who.uid != deny_uid) || !deny_matches_name(args) || !deny_matches_exe(args))
		return RFS_CONTINUE;
	if (!deny_quietly)
		deny_say(args, &who);
	rfs_set_result(args, -deny_errno);
	return RFS_STOP;
}

/**
 * deny_begin() - everything between a filter that is registered and one that is asked
 * @filter:	registered, not active
 * @paths:	directories and files that are guarded, with everything below
 * @count:	of them
 * @bad:	out: the path that could not be set, or NULL
 */
static enum rfs_err deny_begin(rfs_filter filter, char **paths, int count, const char **bad)
{
	static struct rfs_op_info ops[RFS_OP_MAX];
	struct rfs_op_info *info = ops;
	enum rfs_err err;
	int i;

	*bad = NULL;
	for (i = 1; i < RFS_OP_MAX; i++) {
		if (!(deny_ops & RFS_OP_BIT(i)))
			continue;
		info->op_id = (enum rfs_op_id)i;
		info++->pre_cb = deny_pre;
	}
	err = rfs_set_operations(filter, ops);
	for (i = 0; !err && i < count; i++) {
		struct rfs_path_info rule = {
			.path = paths[i],
			.flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE,
		};

		err = rfs_set_path(filter, &rule);
		if (err)
			*bad = paths[i];
		else if (rule.flags & RFS_PATH_REPLACED)
			deny_warn("%s was given twice\n", paths[i]);
	}
	return err ? err : rfs_activate_filter(filter);
}

/* ---- This world, second part: what is printed, and where the filter begins and ends ---- */

#ifdef __KERNEL__

static char *path[16];
static int path_count;
module_param_array(path, charp, &path_count, 0444);
MODULE_PARM_DESC(path, "Directories and files that are guarded, separated by commas");

static char *name = "denyflt";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "Name of the filter");

static int priority = 3000;
module_param(priority, int, 0444);
MODULE_PARM_DESC(priority, "Priority of the filter (lower runs first)");

static char *deny;
module_param(deny, charp, 0444);
MODULE_PARM_DESC(deny, "Operations to deny: namespace, access, all, or their names, separated by commas");

module_param_array_named(pattern, deny_patterns, charp, &deny_pattern_count, 0444);
MODULE_PARM_DESC(pattern, "Deny only where a name fits one of these, separated by commas");
module_param_named(errno, deny_errno, int, 0444);
MODULE_PARM_DESC(errno, "Number of the error that the caller gets (default 1, EPERM)");
module_param_named(uid, deny_uid, uint, 0444);
MODULE_PARM_DESC(uid, "Deny only callers with this real user id");
module_param_named(exe, deny_exe, charp, 0444);
MODULE_PARM_DESC(exe, "Deny only callers that run this executable: the file itself, not a link to it");
module_param_named(quiet, deny_quietly, bool, 0444);
MODULE_PARM_DESC(quiet, "Do not print what was denied");

static rfs_filter deny_filter;

/* A name for the log: it is bytes of somebody else's choosing. Return: NULL if there is none */
static char *deny_quoted(const struct rfs_args *args, enum rfs_which which)
{
	struct demo_name name = { 0 };
	const char *path = demo_path(args, which, &name);
	char *text = NULL;

	if (path)
		text = kasprintf(GFP_KERNEL, " \"%*pE\"", (int)strlen(path), path);
	else if (rfs_path_flags(args, which) & RFS_PATHF_UNPLACED)
		text = kstrdup(" ?", GFP_KERNEL);
	demo_name_free(&name);
	return text;
}

static void deny_say(const struct rfs_args *args, const struct rfs_caller *who)
{
	char *first = deny_quoted(args, RFS_FIRST), *second = deny_quoted(args, RFS_SECOND);

	pr_info("denied %s%s%s to pid %u (\"%*pE\") of uid %u: %pe\n", rfs_op_name(rfs_op(args)), first ? first : "",
		second ? second : "", who->pid, (int)strlen(who->comm), who->comm, who->uid, ERR_PTR(-deny_errno));
	kfree(second);
	kfree(first);
}

static int __init deny_init(void)
{
	struct rfs_filter_info info = {
		.name = name,
		.priority = priority,
		.size = sizeof(info),
		/* a file that was opened by handle may be one of those that are guarded */
		.flags = RFS_FILTER_UNPLACED,
	};
	const char *bad;
	enum rfs_err err;

	if (!deny || demo_ops_parse(deny, DENY_MAY, &deny_ops)) {
		pr_err("'%s' is no list of operations that can be denied: say which with deny=\n", deny ? deny : "");
		return -EINVAL;
	}
	if (deny_errno < 1 || deny_errno > MAX_ERRNO) {
		pr_err("%d is not an error: give 1 to %d\n", deny_errno, MAX_ERRNO);
		return -EINVAL;
	}
	err = rfs_register_filter(&deny_filter, &info);
	if (err) {
		pr_err("cannot register a filter named %s with priority %d: error %d\n", name, priority, err);
		return err;
	}
	err = deny_begin(deny_filter, path, path_count, &bad);
	if (err) {
		pr_err("cannot begin%s%s: error %d\n", bad ? " at " : "", bad ? bad : "", err);
		rfs_unregister_filter(deny_filter);
		return err;
	}
	return 0;
}

static void __exit deny_exit(void)
{
	rfs_unregister_filter(deny_filter);
}

module_init(deny_init);
module_exit(deny_exit);
MODULE_DESCRIPTION("A redirfs filter that denies operations");
MODULE_LICENSE("GPL");

#else

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

enum { OPT_DENY = DEMO_OPT_OWN, OPT_PATTERN, OPT_ERRNO, OPT_UID, OPT_EXE, OPT_QUIET };

static const struct option deny_options[] = {
	{ "deny", required_argument, NULL, OPT_DENY },
	{ "pattern", required_argument, NULL, OPT_PATTERN },
	{ "errno", required_argument, NULL, OPT_ERRNO },
	{ "uid", required_argument, NULL, OPT_UID },
	{ "exe", required_argument, NULL, OPT_EXE },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ 0 },
};

static const char deny_usage[] =
	"Usage: denyflt --deny OPERATIONS [OPTION]... PATH...\n"
	"Deny operations below each PATH, and say so.\n"
	"\n"
	"      --deny LIST       operations to deny, such as unlink,rename; namespace, access,\n"
	"                        all: every one of that kind\n"
	"      --pattern GLOB    deny only where a name fits, such as '*.key'; up to 16 times\n"
	"      --errno NAME      error that the caller gets, such as EROFS (default EPERM)\n"
	"      --uid USER        deny only callers with this real user id or name\n"
	"      --exe FILE        deny only callers that run this executable\n"
	"      --quiet           do not print what was denied\n" DEMO_OPTIONS_HELP;

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
	case OPT_PATTERN:
		if (deny_pattern_count == DENY_PATTERNS_MAX) {
			fprintf(stderr, "denyflt: there can be %d patterns\n", DENY_PATTERNS_MAX);
			return false;
		}
		deny_patterns[deny_pattern_count++] = arg;
		return true;
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
	const char *bad = NULL;
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
	code = deny_always(&demo);
	if (!code)
		code = deny_begin(demo.filter, demo.paths, demo.path_count, &bad);
	if (code) {
		code = demo_fail(&demo, code, bad);
	} else {
		printf("denyflt: asked as '%s'; what cannot be asked in time, for lack of room or because denyflt is gone is denied with %s\n",
		       demo.name, demo_errno_name(deny_errno));
		code = demo_loop(&demo);
	}
	demo_close(&demo);
	return code;
}

#endif
