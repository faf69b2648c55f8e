// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dummyflt - a filter that prints every callback with all its arguments
 *
 * This one file is a kernel module (dummyflt.ko) and a user program (udummyflt): everything between the two blocks
 * marked "this world" is written against rfs.h alone. It shows how a filter moves from one world to the other, and by
 * printing the same lines in both it shows that both get the same arguments.
 *
 *	insmod dummyflt.ko path=/srv/data ops=namespace	# the lines are in the kernel's log
 *	udummyflt --ops namespace /srv/data		# the lines are on standard output
 *
 * Every callback prints one line that says what and who, and one for each name and each group of arguments. The lines
 * of one callback begin with the same words, since callbacks of several callers run at once.
 */

/* ---- This world, first part: where lines go ---- */

#ifdef __KERNEL__

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>

#include "../common/both.h"

/* not pr_info(): the line begins with the filter's name already */
#define dummy_print(text) printk(KERN_INFO "%s\n", text)
#define DUMMY_PRINTF __printf(2, 3)

#else

#include <stdarg.h>
#include <stdio.h>

#include "../common/demo.h"

#define dummy_print(text) puts(text)
#define DUMMY_PRINTF __attribute__((format(printf, 2, 3)))

#endif

/* ---- Both worlds ---- */

/*
 * What a line and a name have room for at first; both grow. A path has no longest length: PATH_MAX only bounds what one
 * system call takes. (The kernel's log cuts lines at about 970 bytes, standard output does not.)
 */
#define DUMMY_LINE_SIZE 2048
#define DUMMY_PATH_SIZE PATH_MAX

/* the lines of one callback; the first @begin bytes are common to all of them */
struct dummy_out {
	char *line;
	size_t line_size;
	size_t len;
	size_t begin;
	char *path;
	size_t path_size;
};

/* Twice as much memory, with what is there. Return: false if there is none */
static bool dummy_grow(char **mem, size_t *size)
{
	char *more = demo_alloc(*size * 2);

	if (!more)
		return false;
	memcpy(more, *mem, *size);
	demo_free(*mem);
	*mem = more;
	*size *= 2;
	return true;
}

static DUMMY_PRINTF void dummy_add(struct dummy_out *out, const char *fmt, ...)
{
	size_t room;
	va_list args;
	int len;

	do {
		room = out->line_size - out->len;
		va_start(args, fmt);
		len = vsnprintf(out->line + out->len, room, fmt, args);
		va_end(args);
		if (len < 0)
			return;
	} while ((size_t)len >= room && dummy_grow(&out->line, &out->line_size));
	out->len += (size_t)len < room ? (size_t)len : room - 1;
}

/* A name is bytes of somebody else's choosing: whatever could end the line or move the cursor becomes \ooo. */
static void dummy_add_name(struct dummy_out *out, const char *name)
{
	const unsigned char *c;

	dummy_add(out, "\"");
	for (c = (const unsigned char *)name; *c; c++) {
		if (*c < 0x20 || *c >= 0x7f || *c == '"' || *c == '\\')
			dummy_add(out, "\\%03o", *c);
		else
			dummy_add(out, "%c", *c);
	}
	dummy_add(out, "\"");
}

static void dummy_end_line(struct dummy_out *out)
{
	dummy_print(out->line);
	out->len = out->begin;
	out->line[out->len] = '\0';
}

static void dummy_caller(struct dummy_out *out, const struct rfs_args *args)
{
	struct rfs_caller who;
	ssize_t len;

	rfs_caller(args, &who);
	dummy_add(out, " pid=%u tid=%u ppid=%u uid=%u gid=%u euid=%u egid=%u", who.pid, who.tid, who.ppid, who.uid,
		  who.gid, who.euid, who.egid);
	dummy_add(out, " loginuid=%d sessionid=%d", (int)who.loginuid, (int)who.sessionid);
	dummy_add(out, " cgroup=%llu mnt_ns=%llu caller_flags=0x%x comm=", (unsigned long long)who.cgroup_id,
		  (unsigned long long)who.mnt_ns, who.flags);
	dummy_add_name(out, who.comm);
	do
		len = rfs_caller_exe(args, out->path, out->path_size);
	while (len == -ERANGE && dummy_grow(&out->path, &out->path_size));
	if (len >= 0) {
		dummy_add(out, " exe=");
		dummy_add_name(out, out->path);
	} else {
		dummy_add(out, " exe=%ld", (long)len);
	}
	if (who.flags & RFS_CALLER_EXE)
		dummy_add(out, " exe_dev=0x%llx exe_ino=%llu", (unsigned long long)who.exe_dev,
			  (unsigned long long)who.exe_ino);
}

/* the numbers of operations on open files, and of those that only look */
static void dummy_io(struct dummy_out *out, const struct rfs_args *args)
{
	struct rfs_io io;

	if (rfs_io(args, &io))
		return;
	dummy_add(out, " io: offset=%lld length=%llu offset2=%llu cmd=0x%x type=0x%x flags=0x%x", (long long)io.offset,
		  (unsigned long long)io.length, (unsigned long long)io.offset2, io.cmd, io.type, io.flags);
	dummy_end_line(out);
}

static void dummy_name(struct dummy_out *out, const struct rfs_args *args, enum rfs_which which)
{
	static const char *const words[] = { "first", "second", "first_parent", "second_parent" };
	struct rfs_object object;
	ssize_t len;

	if (rfs_object(args, which, &object))
		return;
	dummy_add(out, " %s:", words[which]);
	do
		len = rfs_path(args, which, out->path, out->path_size);
	while (len == -ERANGE && dummy_grow(&out->path, &out->path_size));
	if (len >= 0) {
		dummy_add(out, " path=");
		dummy_add_name(out, out->path);
	} else if (len != -ENOENT) {
		dummy_add(out, " path=%ld", (long)len);
	}
	dummy_add(out, " path_flags=0x%x", rfs_path_flags(args, which));
	if (object.valid & RFS_OBJECT_EXISTS)
		dummy_add(out,
			  " dev=0x%llx ino=%llu generation=%u mode=0%o nlink=%u uid=%u gid=%u size=%llu rdev=0x%llx",
			  (unsigned long long)object.dev, (unsigned long long)object.ino, object.generation,
			  object.mode, object.nlink, object.uid, object.gid, (unsigned long long)object.size,
			  (unsigned long long)object.rdev);
	else
		dummy_add(out, " no object");
	dummy_end_line(out);
}

static void dummy_attr(struct dummy_out *out, const struct rfs_args *args)
{
	struct rfs_attr attr;

	if (rfs_attr(args, &attr))
		return;
	dummy_add(out, " attr: valid=0x%x", attr.valid);
	if (attr.valid & RFS_ATTR_MODE)
		dummy_add(out, " mode=0%o", attr.mode);
	if (attr.valid & RFS_ATTR_UID)
		dummy_add(out, " uid=%u", attr.uid);
	if (attr.valid & RFS_ATTR_GID)
		dummy_add(out, " gid=%u", attr.gid);
	if (attr.valid & RFS_ATTR_SIZE)
		dummy_add(out, " size=%llu", (unsigned long long)attr.size);
	if (attr.valid & RFS_ATTR_ATIME)
		dummy_add(out, " atime=%lld.%09u", (long long)attr.atime_sec, attr.atime_nsec);
	if (attr.valid & RFS_ATTR_MTIME)
		dummy_add(out, " mtime=%lld.%09u", (long long)attr.mtime_sec, attr.mtime_nsec);
	dummy_end_line(out);
}

/* Arguments that only some operations have; an accessor gives 0 for the others. */
static void dummy_arguments(struct dummy_out *out, const struct rfs_args *args)
{
	switch (rfs_op(args)) {
	case RFS_OP_OPEN:
	case RFS_OP_RELEASE:
		dummy_add(out, " open_flags=0%o", rfs_open_flags(args));
		break;
	case RFS_OP_ATOMIC_OPEN:
	case RFS_OP_TMPFILE:
		dummy_add(out, " open_flags=0%o mode=0%o", rfs_open_flags(args), rfs_mode(args));
		break;
	case RFS_OP_CREATE:
	case RFS_OP_MKDIR:
		dummy_add(out, " mode=0%o", rfs_mode(args));
		break;
	case RFS_OP_MKNOD:
		dummy_add(out, " mode=0%o rdev=0x%llx", rfs_mode(args), rfs_rdev(args));
		break;
	case RFS_OP_RENAME:
		dummy_add(out, " rename_flags=0x%x", rfs_rename_flags(args));
		break;
	case RFS_OP_SETXATTR:
	case RFS_OP_GETXATTR:
	case RFS_OP_REMOVEXATTR:
	case RFS_OP_SET_ACL:
	case RFS_OP_GET_ACL:
		if (rfs_xattr_name(args, out->path, out->path_size) >= 0) {
			dummy_add(out, " xattr=");
			dummy_add_name(out, out->path);
		}
		break;
	case RFS_OP_SYMLINK:
	case RFS_OP_READLINK:
		if (rfs_symlink_target(args, out->path, out->path_size) >= 0) {
			dummy_add(out, " target=");
			dummy_add_name(out, out->path);
		}
		break;
	default:
		break;
	}
}

static enum rfs_retv dummy_callback(rfs_context context, struct rfs_args *args)
{
	struct dummy_out out = { .line_size = DUMMY_LINE_SIZE, .path_size = DUMMY_PATH_SIZE };
	void *private_data = NULL;
	int which;

	out.line = demo_alloc(DUMMY_LINE_SIZE);
	out.path = demo_alloc(DUMMY_PATH_SIZE);
	if (!out.line || !out.path) {
		dummy_print("no memory for a line");
		goto out;
	}
	rfs_get_contextflt_private_data(context, &private_data);
	dummy_add(&out, "%s: %s %s:", private_data ? (const char *)private_data : "?",
		  rfs_is_post(args) ? "post" : "pre", rfs_op_name(rfs_op(args)));
	out.begin = out.len;

	dummy_add(&out, " op_flags=0x%x", rfs_op_flags(args));
	if (rfs_is_post(args))
		dummy_add(&out, " result=%ld", rfs_result(args));
	dummy_arguments(&out, args);
	dummy_caller(&out, args);
	dummy_end_line(&out);
	for (which = RFS_FIRST; which <= RFS_SECOND_PARENT; which++)
		dummy_name(&out, args, (enum rfs_which)which);
	dummy_attr(&out, args);
	dummy_io(&out, args);
out:
	demo_free(out.path);
	demo_free(out.line);
	return RFS_CONTINUE;
}

/* one for each operation that is wanted, and the end */
static struct rfs_op_info dummy_ops[RFS_OP_MAX];

/**
 * dummy_choose() - which operations are printed
 * @list:	words such as "unlink,rename", "namespace", "all"
 *
 * Return: false if one of them is none.
 */
static bool dummy_choose(const char *list)
{
	uint64_t wanted = 0;
	struct rfs_op_info *info = dummy_ops;
	int op;

	if (demo_ops_parse(list, RFS_OPS_OFFERED, &wanted))
		return false;
	for (op = 1; op < RFS_OP_MAX; op++) {
		if (!(wanted & RFS_OP_BIT(op)))
			continue;
		info->op_id = (enum rfs_op_id)op;
		/* of some only what comes after them is told: there is nothing left to refuse when a file is released */
		if (!(RFS_OPS_POST_ONLY & RFS_OP_BIT(op)))
			info->pre_cb = dummy_callback;
		info->post_cb = dummy_callback;
		info++;
	}
	return true;
}

/**
 * dummy_begin() - everything between a filter that is registered and one that is asked
 * @filter:	registered, not active
 * @name:	what its lines begin with; must live as long as the filter
 * @paths:	directories and files to watch, with everything below
 * @count:	of them
 * @bad:	out: the path that could not be set, or NULL
 */
static enum rfs_err dummy_begin(rfs_filter filter, char *name, char **paths, int count, const char **bad)
{
	enum rfs_err err;
	int i;

	*bad = NULL;
	err = rfs_set_private_data(filter, name);
	if (err)
		return err;
	err = rfs_set_operations(filter, dummy_ops);
	if (err)
		return err;
	for (i = 0; i < count; i++) {
		struct rfs_path_info rule = {
			.path = paths[i],
			.flags = RFS_PATH_INCLUDE | RFS_PATH_SUBTREE,
		};

		err = rfs_set_path(filter, &rule);
		if (err) {
			*bad = paths[i];
			return err;
		}
	}
	return rfs_activate_filter(filter);
}

/* ---- This world, second part: where the filter begins and ends ---- */

#ifdef __KERNEL__

static char *path[16];
static int path_count;
module_param_array(path, charp, &path_count, 0444);
MODULE_PARM_DESC(path, "Directories and files to watch, separated by commas");

static char *name = "dummyflt";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "Name of the filter");

static char *ops = "all";
module_param(ops, charp, 0444);
MODULE_PARM_DESC(ops, "Operations to print: all, namespace, access, or their names, separated by commas");

static int priority = 1000;
module_param(priority, int, 0444);
MODULE_PARM_DESC(priority, "Priority of the filter (lower runs first)");

static rfs_filter dummy_filter;

static int __init dummy_init(void)
{
	struct rfs_filter_info info = {
		.name = name,
		.priority = priority,
		.size = sizeof(info),
	};
	const char *bad;
	enum rfs_err err;

	if (!dummy_choose(ops)) {
		pr_err("'%s' is no list of operations\n", ops);
		return -EINVAL;
	}
	err = rfs_register_filter(&dummy_filter, &info);
	if (err) {
		pr_err("cannot register a filter named %s with priority %d: error %d\n", name, priority, err);
		return err;
	}
	err = dummy_begin(dummy_filter, name, path, path_count, &bad);
	if (err) {
		pr_err("cannot begin%s%s: error %d\n", bad ? " at " : "", bad ? bad : "", err);
		rfs_unregister_filter(dummy_filter);
		return err;
	}
	return 0;
}

static void __exit dummy_exit(void)
{
	rfs_unregister_filter(dummy_filter);
}

module_init(dummy_init);
module_exit(dummy_exit);
MODULE_DESCRIPTION("A redirfs filter that prints every callback");
MODULE_LICENSE("GPL");

#else

static const char dummy_usage[] =
	"Usage: udummyflt [OPTION]... PATH...\n"
	"Print every file operation below each PATH, before and after it, with all its arguments.\n"
	"\n"
	"      --ops LIST        what to print: all (default), namespace, access, or names, with commas\n" DEMO_OPTIONS_HELP;

enum { OPT_OPS = DEMO_OPT_OWN };

static const struct option dummy_options[] = {
	{ "ops", required_argument, NULL, OPT_OPS },
	{ NULL, 0, NULL, 0 },
};

static bool dummy_take(int opt, char *arg)
{
	(void)opt;
	memset(dummy_ops, 0, sizeof(dummy_ops));
	if (dummy_choose(arg))
		return true;
	fprintf(stderr, "udummyflt: '%s' is not a list of operations\n", arg);
	return false;
}

int main(int argc, char **argv)
{
	struct demo demo = {
		.program = "udummyflt",
		.usage = dummy_usage,
		.name = "udummyflt",
		.priority = 2000,
	};
	const char *bad;
	int code;

	code = demo_options(&demo, argc, argv, dummy_options, dummy_take);
	if (code >= 0)
		return code;
	if (dummy_ops[0].op_id == RFS_OP_END)
		dummy_choose("all");
	code = demo_open(&demo);
	if (code)
		return code;
	code = dummy_begin(demo.filter, demo.name, demo.paths, demo.path_count, &bad);
	if (code)
		code = demo_fail(&demo, code, bad);
	else
		code = demo_loop(&demo);
	demo_close(&demo);
	return code;
}

#endif
