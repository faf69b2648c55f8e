// SPDX-License-Identifier: GPL-2.0-only
/*
 * rfs_test_ctl.c - /dev/rfs_test: commands in, answers and records out
 *
 * One write is one command. A read on a file that wrote a command gives its
 * answer, whose first word is 0 or a negative errno as the API gave it, or
 * "syntax" for a command that never got so far. A read on another file takes
 * records from the one queue that all filters fill; its end is "none left".
 *
 * Words are separated by spaces; \040 is a space, and so on. README.md in
 * tests/guest lists the commands.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/uaccess.h>

#include "rfs_test.h"

#define COMMAND_MAX 65536

void reply_add(struct reply *reply, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply->len += vscnprintf(reply->text + reply->len, REPLY_MAX - reply->len, fmt, ap);
	va_end(ap);
}

/* the next word, unescaped; NULL at the end */
static char *word(char **line)
{
	char *w;

	do {
		w = strsep(line, " \n");
	} while (w && !*w);
	if (w)
		string_unescape_inplace(w, UNESCAPE_ANY);
	return w;
}

static bool number(const char *s, long *value)
{
	return s && !kstrtol(s, 0, value);
}

static bool key_number(const char *w, const char *key, long *value)
{
	size_t len = strlen(key);

	return !strncmp(w, key, len) && number(w + len, value);
}

static int op_number(const char *w)
{
	long value;
	int op;

	if (number(w, &value))
		return value;
	for (op = 1; op < RFS_OP_MAX; op++) {
		const char *name = rfs_op_name(op);

		if (name && !strcmp(name, w))
			return op;
	}
	return -1;
}

/* ---- commands: 0 or what the API gave; -ENOMSG for bad syntax ---- */

#define SYNTAX (-ENOMSG)

struct command {
	const char *name;
	int (*run)(char **args, struct reply *reply);
	/* with the filter that the first word names */
	int (*run_flt)(struct tflt *flt, char **args);
};

static int cmd_register(char **args, struct reply *reply)
{
	struct rfs_filter_info info = {};
	char *name = word(args);
	long value;
	char *w;

	if (!name || !number(word(args), &value))
		return SYNTAX;
	info.priority = value;
	info.size = sizeof(info);
	while ((w = word(args))) {
		if (!strcmp(w, "active"))
			info.active = 1;
		else if (!strcmp(w, "locked"))
			info.flags |= RFS_FILTER_LOCKED;
		else if (!strcmp(w, "unplaced"))
			info.flags |= RFS_FILTER_UNPLACED;
		else if (key_number(w, "flags=", &value))
			info.flags = value;
		else if (key_number(w, "size=", &value))
			info.size = value;
		else if (key_number(w, "opdata=", &value))
			info.op_data_size = value;
		else if (key_number(w, "reserved=", &value))
			info.reserved = value;
		else
			return SYNTAX;
	}
	return flt_register(name, &info);
}

static int cmd_unregister(char **args, struct reply *reply)
{
	char *name = word(args);

	return name ? flt_unregister(name) : SYNTAX;
}

/* OP[:pre][:post][:none][:data][:placed][:flags=N]; both callbacks if none is named */
static int parse_op(char *w, struct rfs_op_info *info)
{
	char *name = strsep(&w, ":");
	bool pre = false, post = false, none = false;
	long value;
	char *mod;

	while ((mod = strsep(&w, ":"))) {
		if (!strcmp(mod, "pre"))
			pre = true;
		else if (!strcmp(mod, "post"))
			post = true;
		else if (!strcmp(mod, "none"))
			none = true;
		else if (!strcmp(mod, "data"))
			info->flags |= RFS_OP_DATA;
		else if (!strcmp(mod, "placed"))
			info->flags |= RFS_OP_DATA | RFS_OP_PLACED;
		else if (key_number(mod, "flags=", &value))
			info->flags = value;
		else
			return SYNTAX;
	}
	info->op_id = op_number(name);
	if ((int)info->op_id < 0)
		return SYNTAX;
	if (!pre && !post && !none) {
		pre = !(RFS_OPS_POST_ONLY & RFS_OP_BIT(info->op_id));
		post = true;
	}
	info->pre_cb = pre ? flt_pre : NULL;
	info->post_cb = post ? flt_post : NULL;
	return 0;
}

/* both callbacks for each operation of a group, as far as it has them. Return: how many operations */
static unsigned int group_ops(u64 ops, struct rfs_op_info *info)
{
	unsigned int n = 0, op;

	for (op = 1; op < RFS_OP_MAX; op++) {
		if (!(ops & RFS_OP_BIT(op)))
			continue;
		info[n].op_id = op;
		info[n].pre_cb = RFS_OPS_POST_ONLY & RFS_OP_BIT(op) ? NULL : flt_pre;
		info[n++].post_cb = flt_post;
	}
	return n;
}

static int cmd_ops(struct tflt *flt, char **args)
{
	struct rfs_op_info *info;
	unsigned int n = 0;
	int err = 0;
	char *w;

	/* a group may follow when there is but one place left of the first half */
	info = kcalloc(2 * RFS_OP_MAX, sizeof(*info), GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	while (!err && (w = word(args)) && n < RFS_OP_MAX) {
		if (!strcmp(w, "all"))
			n += group_ops(RFS_OPS_NAMESPACE, info + n);
		else if (!strcmp(w, "access"))
			n += group_ops(RFS_OPS_ACCESS, info + n);
		else
			err = parse_op(w, &info[n++]);
	}
	info[n].op_id = RFS_OP_END;
	if (!err)
		err = flt_set_operations(flt, info);
	/* the framework copied it */
	memset(info, 0x5a, 2 * RFS_OP_MAX * sizeof(*info));
	kfree(info);
	return err;
}

static int parse_path(char **args, struct rfs_path_info *info)
{
	long value;
	char *w;

	memset(info, 0, sizeof(*info));
	while ((w = word(args))) {
		if (!strcmp(w, "include"))
			info->flags |= RFS_PATH_INCLUDE;
		else if (!strcmp(w, "exclude"))
			info->flags |= RFS_PATH_EXCLUDE;
		else if (!strcmp(w, "single"))
			info->flags |= RFS_PATH_SINGLE;
		else if (!strcmp(w, "subtree"))
			info->flags |= RFS_PATH_SUBTREE;
		else if (!strcmp(w, "force"))
			info->flags |= RFS_PATH_FORCE;
		else if (key_number(w, "flags=", &value))
			info->flags |= value;
		else
			break;
	}
	info->path = w;
	return w && !word(args) ? 0 : SYNTAX;
}

static int cmd_path(char **args, struct reply *reply)
{
	char *name = word(args);
	struct tflt *flt = name ? flt_find(name) : NULL;
	struct rfs_path_info info;
	int err;

	if (!flt)
		return SYNTAX;
	err = parse_path(args, &info);
	if (!err) {
		err = rfs_set_path(flt->flt, &info);
		if (!err && info.flags & RFS_PATH_REPLACED)
			reply_add(reply, "replaced\n");
	}
	flt_put(flt);
	return err;
}

static int cmd_delpath(struct tflt *flt, char **args)
{
	struct rfs_path_info info;
	int err = parse_path(args, &info);

	return err ? err : rfs_del_path(flt->flt, &info);
}

static int cmd_activate(struct tflt *flt, char **args)
{
	return rfs_activate_filter(flt->flt);
}

static int cmd_deactivate(struct tflt *flt, char **args)
{
	return rfs_deactivate_filter(flt->flt);
}

static int cmd_modcb(struct tflt *flt, char **args)
{
	char *w = word(args);
	long value = 0;

	if (!w)
		return SYNTAX;
	if (!strcmp(w, "none"))
		return flt_set_mod_cb(flt, false, 0);
	return number(w, &value) ? flt_set_mod_cb(flt, true, value) : SYNTAX;
}

static bool parse_op_or_any(const char *w, struct rule *rule)
{
	int op;

	if (!w)
		return false;
	if (!strcmp(w, "any"))
		return true;
	op = op_number(w);
	rule->op = op;
	return op > 0;
}

static bool parse_when(const char *w, struct rule *rule)
{
	if (!w)
		return false;
	rule->post = !strcmp(w, "post");
	return rule->post || !strcmp(w, "pre");
}

static int cmd_deny(struct tflt *flt, char **args)
{
	struct rule rule = { .at = -1, .kind = RULE_DENY };

	if (!parse_op_or_any(word(args), &rule) || !number(word(args), &rule.result))
		return SYNTAX;
	rule.glob = word(args);
	return flt_add_rule(flt, &rule);
}

static int cmd_limit(struct tflt *flt, char **args)
{
	struct rule rule = { .at = -1, .kind = RULE_LIMIT, .op = RFS_OP_OPEN };

	if (!number(word(args), &rule.result))
		return SYNTAX;
	rule.glob = word(args);
	return flt_add_rule(flt, &rule);
}

/* fail NAME OP ERRNO OFFSET: the piece that has that byte */
static int cmd_fail(struct tflt *flt, char **args)
{
	struct rule rule = { .at = -1, .kind = RULE_DENY };
	long at;

	if (!parse_op_or_any(word(args), &rule) || !number(word(args), &rule.result) || !number(word(args), &at))
		return SYNTAX;
	rule.at = at;
	rule.post = rule.op == RFS_OP_READ;
	return flt_add_rule(flt, &rule);
}

/* transform NAME none|nibble|add ADDEND */
static int cmd_transform(struct tflt *flt, char **args)
{
	char *how = word(args);
	long addend = 0;

	if (!how)
		return SYNTAX;
	if (!strcmp(how, "none"))
		flt->transform = TRANSFORM_NONE;
	else if (!strcmp(how, "nibble"))
		flt->transform = TRANSFORM_NIBBLE;
	else if (!strcmp(how, "add") && number(word(args), &addend))
		flt->transform = TRANSFORM_ADD;
	else
		return SYNTAX;
	flt->addend = addend;
	return 0;
}

static int cmd_exempt(struct tflt *flt, char **args)
{
	long tgid;

	if (!number(word(args), &tgid))
		return SYNTAX;
	flt_exempt(flt, tgid);
	return 0;
}

static int cmd_hide(struct tflt *flt, char **args)
{
	struct rule rule = { .at = -1, .kind = RULE_HIDE, .op = RFS_OP_READDIR, .post = true };

	rule.glob = word(args);
	return rule.glob ? flt_add_rule(flt, &rule) : SYNTAX;
}

static int cmd_poststop(struct tflt *flt, char **args)
{
	struct rule rule = { .at = -1, .kind = RULE_POSTSTOP, .post = true };

	if (!parse_op_or_any(word(args), &rule) || !number(word(args), &rule.result))
		return SYNTAX;
	rule.glob = word(args);
	return flt_add_rule(flt, &rule);
}

static int cmd_hold(struct tflt *flt, char **args)
{
	struct rule rule = { .at = -1, .kind = RULE_HOLD };

	char *where;
	long at;

	if (!parse_op_or_any(word(args), &rule) || !parse_when(word(args), &rule))
		return SYNTAX;
	where = word(args);
	if (where && key_number(where, "@", &at))
		rule.at = at;
	else
		rule.glob = where;
	return flt_add_rule(flt, &rule);
}

static int cmd_run(struct tflt *flt, char **args)
{
	struct rule rule = { .at = -1, .kind = RULE_RUN };

	if (!parse_op_or_any(word(args), &rule) || !parse_when(word(args), &rule) || !*args)
		return SYNTAX;
	rule.cmd = *args;
	return flt_add_rule(flt, &rule);
}

static int cmd_release(struct tflt *flt, char **args)
{
	flt_release(flt);
	return 0;
}

static int cmd_clear(struct tflt *flt, char **args)
{
	flt_clear_rules(flt);
	return 0;
}

static int cmd_quiet(struct tflt *flt, char **args)
{
	long value;

	if (!number(word(args), &value))
		return SYNTAX;
	WRITE_ONCE(flt->quiet, value);
	return 0;
}

/* data NAME attach|get|keep|detach file|inode WHICH OP pre|post [GLOB|-] [LABEL] */
static int cmd_data(struct tflt *flt, char **args)
{
	static const char *const whats[] = { "attach", "get", "keep", "detach" };
	struct rule rule = { .at = -1, .kind = RULE_DATA };
	char *what = word(args), *where = word(args), *label;
	long which;
	int i;

	i = what ? match_string(whats, ARRAY_SIZE(whats), what) : -1;
	if (i < 0 || !where || !number(word(args), &which))
		return SYNTAX;
	rule.data.what = i;
	rule.data.inode = !strcmp(where, "inode");
	rule.data.which = which;
	if (!parse_op_or_any(word(args), &rule) || !parse_when(word(args), &rule))
		return SYNTAX;
	rule.glob = word(args);
	if (rule.glob && !strcmp(rule.glob, "-"))
		rule.glob = NULL;
	label = word(args);
	strscpy(rule.data.label, label ? label : "x", sizeof(rule.data.label));
	return flt_add_rule(flt, &rule);
}

static int cmd_drop(struct tflt *flt, char **args)
{
	data_drop(flt);
	return 0;
}

static int cmd_freego(char **args, struct reply *reply)
{
	data_free_go();
	return 0;
}

static int cmd_datalog(char **args, struct reply *reply)
{
	data_log_take(reply);
	return 0;
}

static int cmd_flush(char **args, struct reply *reply)
{
	rec_flush();
	return 0;
}

static int cmd_ran(char **args, struct reply *reply)
{
	flt_last_run(reply);
	return 0;
}

/* without a filter: the counters of all, with one: what it saw */
static int cmd_stats(char **args, struct reply *reply)
{
	char *name = word(args);
	struct tflt *flt;

	if (!name) {
		reply_add(
			reply,
			"registered=%ld unregistered=%ld inside=%ld no_private=%ld dirty_data=%ld lost_data=%ld accessor=%ld lost_records=%ld\n",
			atomic_long_read(&tcnt.registered), atomic_long_read(&tcnt.unregistered),
			atomic_long_read(&tcnt.inside), atomic_long_read(&tcnt.no_private),
			atomic_long_read(&tcnt.dirty_data), atomic_long_read(&tcnt.lost_data),
			atomic_long_read(&tcnt.accessor), atomic_long_read(&tcnt.lost_records));
		return 0;
	}
	flt = flt_find(name);
	if (!flt)
		return SYNTAX;
	reply_add(reply, "pre=%ld post=%ld won=%ld lost=%ld held=%u\n", atomic_long_read(&flt->pre),
		  atomic_long_read(&flt->post), atomic_long_read(&flt->won), atomic_long_read(&flt->lost),
		  READ_ONCE(flt->held));
	flt_put(flt);
	return 0;
}

static const struct command commands[] = {
	{ "register", cmd_register, NULL },
	{ "unregister", cmd_unregister, NULL },
	{ "ops", NULL, cmd_ops },
	{ "path", cmd_path, NULL },
	{ "delpath", NULL, cmd_delpath },
	{ "activate", NULL, cmd_activate },
	{ "deactivate", NULL, cmd_deactivate },
	{ "modcb", NULL, cmd_modcb },
	{ "deny", NULL, cmd_deny },
	{ "limit", NULL, cmd_limit },
	{ "fail", NULL, cmd_fail },
	{ "transform", NULL, cmd_transform },
	{ "exempt", NULL, cmd_exempt },
	{ "hide", NULL, cmd_hide },
	{ "poststop", NULL, cmd_poststop },
	{ "hold", NULL, cmd_hold },
	{ "run", NULL, cmd_run },
	{ "release", NULL, cmd_release },
	{ "clear", NULL, cmd_clear },
	{ "quiet", NULL, cmd_quiet },
	{ "data", NULL, cmd_data },
	{ "drop", NULL, cmd_drop },
	{ "datalog", cmd_datalog, NULL },
	{ "freego", cmd_freego, NULL },
	{ "flush", cmd_flush, NULL },
	{ "ran", cmd_ran, NULL },
	{ "stats", cmd_stats, NULL },
};

static int command_run(const struct command *cmd, char **args, struct reply *reply)
{
	struct tflt *flt;
	char *name;
	int err;

	if (cmd->run)
		return cmd->run(args, reply);
	name = word(args);
	flt = name ? flt_find(name) : NULL;
	if (!flt)
		return SYNTAX;
	err = cmd->run_flt(flt, args);
	flt_put(flt);
	return err;
}

void ctl_run(char *line, struct reply *reply)
{
	struct reply *more = kzalloc(sizeof(*more), GFP_KERNEL);
	const char *name = word(&line);
	int err = SYNTAX;
	unsigned int i;

	if (!more) {
		reply_add(reply, "syntax\n");
		return;
	}
	for (i = 0; name && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name))
			continue;
		err = command_run(&commands[i], &line, more);
		break;
	}
	if (err == SYNTAX)
		reply_add(reply, "syntax\n");
	else
		reply_add(reply, "%d\n%s", err, more->text);
	kfree(more);
}

/* ---- the device ---- */

/* LOCKING: one mutex per open file; commands themselves run side by side */
struct ctl_file {
	struct mutex lock;
	bool command; /* this file takes commands, not records */
	size_t off;
	struct reply reply;
	struct rec *rec; /* what did not fit into the last read */
};

static int ctl_open(struct inode *inode, struct file *file)
{
	struct ctl_file *cf = kzalloc(sizeof(*cf), GFP_KERNEL);

	if (!cf)
		return -ENOMEM;
	mutex_init(&cf->lock);
	file->private_data = cf;
	return 0;
}

static int ctl_release(struct inode *inode, struct file *file)
{
	struct ctl_file *cf = file->private_data;

	rec_free(cf->rec);
	kfree(cf);
	return 0;
}

static ssize_t ctl_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	struct ctl_file *cf = file->private_data;
	char *line;

	if (!size || size > COMMAND_MAX)
		return -EINVAL;
	line = memdup_user_nul(buf, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&cf->lock);
	cf->command = true;
	cf->off = 0;
	memset(&cf->reply, 0, sizeof(cf->reply));
	ctl_run(line, &cf->reply);
	mutex_unlock(&cf->lock);
	kfree(line);
	return size;
}

static ssize_t read_records(struct ctl_file *cf, char __user *buf, size_t size)
{
	ssize_t done = 0;

	while (done < size) {
		const char *text;
		size_t len, n;

		if (!cf->rec) {
			cf->rec = rec_next();
			cf->off = 0;
		}
		if (!cf->rec)
			break;
		text = rec_text(cf->rec, &len);
		n = min(len - cf->off, size - (size_t)done);
		if (copy_to_user(buf + done, text + cf->off, n))
			return done ? done : -EFAULT;
		done += n;
		cf->off += n;
		if (cf->off == len) {
			rec_free(cf->rec);
			cf->rec = NULL;
		}
	}
	return done;
}

static ssize_t ctl_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct ctl_file *cf = file->private_data;
	ssize_t done;

	mutex_lock(&cf->lock);
	if (cf->command) {
		done = min(size, cf->reply.len - cf->off);
		if (copy_to_user(buf, cf->reply.text + cf->off, done))
			done = -EFAULT;
		else
			cf->off += done;
	} else {
		done = read_records(cf, buf, size);
	}
	mutex_unlock(&cf->lock);
	return done;
}

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.release = ctl_release,
	.read = ctl_read,
	.write = ctl_write,
	.llseek = noop_llseek,
};

static struct miscdevice ctl_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "rfs_test",
	.fops = &ctl_fops,
	.mode = 0600,
};

static int __init rfs_test_init(void)
{
	return misc_register(&ctl_dev);
}
module_init(rfs_test_init);

static void __exit rfs_test_exit(void)
{
	misc_deregister(&ctl_dev);
	flt_unregister_all();
	rec_flush();
}
module_exit(rfs_test_exit);

MODULE_DESCRIPTION("redirfs filters that tests drive from user space");
MODULE_LICENSE("GPL");
