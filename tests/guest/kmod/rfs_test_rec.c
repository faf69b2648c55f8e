// SPDX-License-Identifier: GPL-2.0-only
/*
 * rfs_test_rec.c - every callback as one line of text
 *
 * A line is KEY=VALUE words in a fixed order; README.md in tests/guest lists
 * them. Bytes that are not printable ASCII, spaces and backslashes appear in
 * octal, so that a line and its words can be told apart whatever a name holds.
 */
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "rfs_test.h"

/* Enough for the busiest test that looks at its records. */
#define REC_MAX 65536
/* A path under more directories than any test makes. */
#define PATH_TRY_MAX (1 << 20)

struct rec {
	struct list_head link;
	size_t len;
	char text[];
};

static LIST_HEAD(recs);
static DEFINE_SPINLOCK(recs_lock);
static unsigned int recs_count;
static unsigned long recs_seq;

/* A string that grows; after a failed allocation it only counts. */
struct text {
	char *buf;
	size_t len;
	size_t size;
	bool failed;
};

static bool text_room(struct text *text, size_t more)
{
	size_t size = max_t(size_t, text->size, 512);
	char *buf;

	if (text->failed)
		return false;
	if (text->len + more < text->size)
		return true;
	while (text->len + more >= size)
		size *= 2;
	/* callbacks run under locks that reclaim may want */
	buf = kvmalloc(size, GFP_NOFS);
	if (!buf) {
		text->failed = true;
		return false;
	}
	if (text->len)
		memcpy(buf, text->buf, text->len);
	kvfree(text->buf);
	text->buf = buf;
	text->size = size;
	return true;
}

static __printf(2, 3) void text_add(struct text *text, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (!text_room(text, len + 1))
		return;
	va_start(ap, fmt);
	text->len += vsnprintf(text->buf + text->len, len + 1, fmt, ap);
	va_end(ap);
}

static void text_add_escaped(struct text *text, const char *s, size_t len)
{
	size_t i;

	if (!text_room(text, 4 * len + 1))
		return;
	for (i = 0; i < len; i++) {
		unsigned char c = s[i];

		if (c > ' ' && c < 0x7f && c != '\\')
			text->buf[text->len++] = c;
		else
			text->len += sprintf(text->buf + text->len, "\\%03o", c);
	}
}

struct word {
	unsigned int bit;
	const char *word;
};

/* words joined by "+", unknown bits in hex, "0" for none */
static void text_add_words(struct text *text, const struct word *words, size_t count, unsigned int bits)
{
	const char *sep = "";
	size_t i;

	for (i = 0; i < count; i++) {
		if ((bits & words[i].bit) != words[i].bit)
			continue;
		text_add(text, "%s%s", sep, words[i].word);
		bits &= ~words[i].bit;
		sep = "+";
	}
	if (bits || !*sep)
		text_add(text, bits ? "%s0x%x" : "%s%x", sep, bits);
}

#define add_words(text, words, bits) text_add_words(text, words, ARRAY_SIZE(words), bits)

static const struct word op_words[] = {
	{ RFS_OPF_LOCKED, "locked" },
	{ RFS_OPF_EXEC, "exec" },
	{ RFS_OPF_CREATED, "created" },
	{ RFS_OPF_NOT_ASKED, "notasked" },
	{ RFS_OPF_UNPLACED, "unplaced" },
	{ RFS_OPF_TWO_STEP, "twostep" },
	{ RFS_OPF_CHANGED, "changed" },
	{ RFS_OPF_MAPPED, "mapped" },
	{ RFS_OPF_DEFAULT_ALLOW, "defaultallow" },
	{ RFS_OPF_DEFAULT_DENY, "defaultdeny" },
	{ RFS_OPF_ASYNC, "async" },
};

static const struct word path_words[] = {
	{ RFS_PATHF_RULE, "rule" },
	{ RFS_PATHF_FS_ROOT, "fsroot" },
	{ RFS_PATHF_UNPLACED, "unplaced" },
	{ RFS_PATHF_DELETED, "deleted" },
};

static const struct word caller_words[] = {
	{ RFS_CALLER_KTHREAD, "kthread" },
	{ RFS_CALLER_IO_WORKER, "ioworker" },
	{ RFS_CALLER_COMPAT, "compat" },
};

/* composite flags stand before the ones they contain */
static const struct word open_words[] = {
	{ O_RDWR, "rdwr" },	  { O_WRONLY, "wr" },		{ O_CREAT, "creat" },
	{ O_EXCL, "excl" },	  { O_NOCTTY, "noctty" },	{ O_TRUNC, "trunc" },
	{ O_APPEND, "append" },	  { O_NONBLOCK, "nonblock" },	{ O_SYNC, "sync" },
	{ O_DSYNC, "dsync" },	  { O_DIRECT, "direct" },	{ O_LARGEFILE, "largefile" },
	{ O_TMPFILE, "tmpfile" }, { O_DIRECTORY, "directory" }, { O_NOFOLLOW, "nofollow" },
	{ O_NOATIME, "noatime" }, { O_CLOEXEC, "cloexec" },	{ O_PATH, "path" },
};

static const struct word rename_words[] = {
	{ RENAME_NOREPLACE, "noreplace" },
	{ RENAME_EXCHANGE, "exchange" },
	{ RENAME_WHITEOUT, "whiteout" },
};

static const char *type_word(unsigned int mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "reg";
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "lnk";
	case S_IFCHR:
		return "chr";
	case S_IFBLK:
		return "blk";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "sock";
	default:
		return "none";
	}
}

static void add_object(struct text *text, const struct rfs_args *args, enum rfs_which which, const char *key)
{
	struct rfs_object o;
	int err;

	/* what an accessor does not fill would show up as 0xa5 */
	memset(&o, 0xa5, sizeof(o));
	err = rfs_object(args, which, &o);
	if (err) {
		if (err != -ENOENT)
			atomic_long_inc(&tcnt.accessor);
		text_add(text, " o%s=- i%s=-", key, key);
		return;
	}
	if (!(o.valid & RFS_OBJECT_EXISTS)) {
		if (o.valid)
			atomic_long_inc(&tcnt.accessor);
		text_add(text, " o%s=none i%s=none", key, key);
		return;
	}
	text_add(text, " o%s=%s:%04o:%u:%u:%u:%llu i%s=%llu:%llu", key, type_word(o.mode), o.mode & 07777, o.nlink,
		 o.uid, o.gid, o.size, key, o.dev, o.ino);
}

static void add_attr(struct text *text, const struct rfs_args *args)
{
	struct rfs_attr a;
	const char *sep = "";
	int err;

	/* any time of the last hour will do */
	if (ktime_get_ns() - rfs_time(args) > 3600ULL * NSEC_PER_SEC)
		atomic_long_inc(&tcnt.accessor);
	memset(&a, 0xa5, sizeof(a));
	err = rfs_attr(args, &a);
	text_add(text, " attr=");
	if (err) {
		if (err != -ENOENT)
			atomic_long_inc(&tcnt.accessor);
		text_add(text, "-");
		return;
	}
#define ATTR(bit, fmt, ...)                                         \
	do {                                                        \
		if (a.valid & RFS_ATTR_##bit) {                     \
			text_add(text, "%s" fmt, sep, __VA_ARGS__); \
			sep = "+";                                  \
		}                                                   \
	} while (0)
	ATTR(MODE, "mode:%04o", a.mode & 07777);
	ATTR(UID, "uid:%u", a.uid);
	ATTR(GID, "gid:%u", a.gid);
	ATTR(SIZE, "size:%llu", a.size);
	if (a.valid & RFS_ATTR_ATIME_SET)
		ATTR(ATIME, "atime:%lld.%09u", a.atime_sec, a.atime_nsec);
	else
		ATTR(ATIME, "%s", "atime");
	if (a.valid & RFS_ATTR_MTIME_SET)
		ATTR(MTIME, "mtime:%lld.%09u", a.mtime_sec, a.mtime_nsec);
	else
		ATTR(MTIME, "%s", "mtime");
	ATTR(CTIME, "%s", "ctime");
	ATTR(OPEN, "%s", "open");
	ATTR(FILE, "%s", "file");
	ATTR(KILL_PRIV, "%s", "killpriv");
	ATTR(TIMES_SET, "%s", "timesset");
#undef ATTR
	if (!*sep)
		text_add(text, "0");
}

static const struct word io_words[] = {
	{ RFS_IO_APPEND, "append" }, { RFS_IO_DIRECT, "direct" }, { RFS_IO_SPLICE, "splice" },
	{ RFS_IO_SHARED, "shared" }, { RFS_IO_FLOCK, "flock" },
};

/* offset:length:offset2:cmd:type:flags */
static void add_io(struct text *text, const struct rfs_args *args)
{
	struct rfs_io io;
	int err;

	memset(&io, 0xa5, sizeof(io));
	err = rfs_io(args, &io);
	if (err) {
		if (err != -ENOENT)
			atomic_long_inc(&tcnt.accessor);
		text_add(text, " io=-");
		return;
	}
	if (io.reserved)
		atomic_long_inc(&tcnt.accessor);
	text_add(text, " io=%lld:%llu:%llu:0x%x:0x%x:", (long long)io.offset, io.length, io.offset2, io.cmd, io.type);
	add_words(text, io_words, io.flags);
}

/* offset:length of the piece; the accessor does not change it, so that const is taken away here */
static void add_data(struct text *text, const struct rfs_args *args)
{
	struct rfs_data data;
	int err = rfs_data((struct rfs_args *)args, &data);

	if (err) {
		if (err != -ENOENT)
			atomic_long_inc(&tcnt.accessor);
		text_add(text, " data=-");
		return;
	}
	if (!data.base || !data.length || data.length > RFS_DATA_MAX)
		atomic_long_inc(&tcnt.accessor);
	text_add(text, " data=%llu:%zu", data.offset, data.length);
}

/*
 * The whole string and its NUL need exactly len + 1 bytes, unless a rename made it longer meanwhile. Tried in a buffer
 * of its own, of @size bytes: the callback goes by what it was told first.
 */
static void fetch_exactly(const struct rfs_args *args,
			  ssize_t (*get)(const struct rfs_args *args, int which, char *buf, size_t size), int which,
			  ssize_t len, size_t size)
{
	char *buf = kvmalloc(size + 1, GFP_NOFS);
	ssize_t again = -ERANGE;
	int tries;

	if (!buf)
		return;
	for (tries = 0; again == -ERANGE && tries < 100; tries++) {
		buf[len + 1] = 0x5a;
		again = get(args, which, buf, len + 1);
		if (buf[len + 1] != 0x5a)
			atomic_long_inc(&tcnt.accessor);
		if (again == -ERANGE && get(args, which, buf, size) != len)
			break;
	}
	if (again == -EFAULT || again == -EINVAL || (again == -ERANGE && tries == 100))
		atomic_long_inc(&tcnt.accessor);
	kvfree(buf);
}

/* a string that an accessor of rfs_path()'s kind gives, checking the accessor */
static char *fetch(const struct rfs_args *args,
		   ssize_t (*get)(const struct rfs_args *args, int which, char *buf, size_t size), int which,
		   ssize_t *lenp)
{
	size_t size = 256;
	ssize_t len;
	char *buf;

	for (;;) {
		buf = kvmalloc(size + 1, GFP_NOFS);
		if (!buf) {
			*lenp = -ENOMEM;
			return NULL;
		}
		buf[size] = 0x5a;
		len = get(args, which, buf, size);
		if (buf[size] != 0x5a)
			atomic_long_inc(&tcnt.accessor);
		if (len != -ERANGE || size >= PATH_TRY_MAX)
			break;
		kvfree(buf);
		size *= 2;
	}
	*lenp = len;
	if (len < 0) {
		kvfree(buf);
		return NULL;
	}
	if (len >= size || strnlen(buf, size) != len)
		atomic_long_inc(&tcnt.accessor);
	else
		fetch_exactly(args, get, which, len, size);
	return buf;
}

static ssize_t get_path(const struct rfs_args *args, int which, char *buf, size_t size)
{
	return rfs_path(args, which, buf, size);
}

static ssize_t get_target(const struct rfs_args *args, int which, char *buf, size_t size)
{
	return rfs_symlink_target(args, buf, size);
}

static ssize_t get_xattr(const struct rfs_args *args, int which, char *buf, size_t size)
{
	return rfs_xattr_name(args, buf, size);
}

static ssize_t get_exe(const struct rfs_args *args, int which, char *buf, size_t size)
{
	return rfs_caller_exe(args, buf, size);
}

void names_get(struct names *names, const struct rfs_args *args)
{
	names->name[0] = fetch(args, get_path, RFS_FIRST, &names->len[0]);
	names->name[1] = fetch(args, get_path, RFS_SECOND, &names->len[1]);
}

void names_put(struct names *names)
{
	kvfree(names->name[0]);
	kvfree(names->name[1]);
}

static void add_string(struct text *text, const char *key, const char *s, ssize_t len)
{
	text_add(text, " %s=", key);
	if (s)
		text_add_escaped(text, s, len);
	else if (len == -ENOENT)
		text_add(text, "-");
	else if (len == -ESTALE)
		text_add(text, "ESTALE");
	else
		text_add(text, "error%zd", len);
}

static void add_fetched(struct text *text, const char *key, const struct rfs_args *args,
			ssize_t (*get)(const struct rfs_args *args, int which, char *buf, size_t size))
{
	ssize_t len;
	char *s = fetch(args, get, 0, &len);

	add_string(text, key, s, len);
	kvfree(s);
}

static void rec_queue(struct text *text)
{
	struct rec *rec = NULL;

	if (!text->failed)
		rec = kvmalloc(sizeof(*rec) + text->len + 32, GFP_NOFS);
	if (!rec) {
		atomic_long_inc(&tcnt.lost_records);
		kvfree(text->buf);
		return;
	}
	spin_lock(&recs_lock);
	rec->len = sprintf(rec->text, "seq=%lu ", ++recs_seq);
	if (recs_count < REC_MAX) {
		memcpy(rec->text + rec->len, text->buf, text->len);
		rec->len += text->len;
		rec->text[rec->len++] = '\n';
		list_add_tail(&rec->link, &recs);
		recs_count++;
		rec = NULL;
	}
	spin_unlock(&recs_lock);
	if (rec) {
		atomic_long_inc(&tcnt.lost_records);
		kvfree(rec);
	}
	kvfree(text->buf);
}

void rec_callback(const struct tflt *flt, const struct rfs_args *args, const struct names *names)
{
	unsigned long long rdev = rfs_rdev(args);
	struct rfs_caller c;
	struct text text = {};
	const char *op = rfs_op_name(rfs_op(args));

	memset(&c, 0xa5, sizeof(c));
	rfs_caller(args, &c);
	if (c.reserved || c.comm[sizeof(c.comm) - 1])
		atomic_long_inc(&tcnt.accessor);
	text_add(&text, "f=%s op=%s when=%s res=%ld flags=", flt->name, op ? op : "?",
		 rfs_is_post(args) ? "post" : "pre", rfs_result(args));
	add_words(&text, op_words, rfs_op_flags(args));
	add_string(&text, "p1", names->name[0], names->len[0]);
	text_add(&text, " pf1=");
	add_words(&text, path_words, rfs_path_flags(args, RFS_FIRST));
	add_string(&text, "p2", names->name[1], names->len[1]);
	text_add(&text, " pf2=");
	add_words(&text, path_words, rfs_path_flags(args, RFS_SECOND));
	add_object(&text, args, RFS_FIRST, "1");
	add_object(&text, args, RFS_SECOND, "2");
	add_object(&text, args, RFS_FIRST_PARENT, "d1");
	add_object(&text, args, RFS_SECOND_PARENT, "d2");
	text_add(&text, " oflags=");
	add_words(&text, open_words, rfs_open_flags(args));
	text_add(&text, " mode=%s:%04o rdev=%llu rflags=", type_word(rfs_mode(args)), rfs_mode(args) & 07777, rdev);
	add_words(&text, rename_words, rfs_rename_flags(args));
	add_attr(&text, args);
	add_io(&text, args);
	add_data(&text, args);
	add_fetched(&text, "target", args, get_target);
	add_fetched(&text, "xattr", args, get_xattr);
	text_add(&text,
		 " pid=%u tid=%u ppid=%u uid=%u gid=%u euid=%u egid=%u"
		 " loginuid=%d mntns=%llu cfl=",
		 c.pid, c.tid, c.ppid, c.uid, c.gid, c.euid, c.egid, (int)c.loginuid, c.mnt_ns);
	add_words(&text, caller_words, c.flags & ~RFS_CALLER_EXE);
	text_add(&text, " exeino=%llu", c.flags & RFS_CALLER_EXE ? c.exe_ino : 0);
	add_fetched(&text, "exe", args, get_exe);
	text_add(&text, " comm=");
	text_add_escaped(&text, c.comm, strnlen(c.comm, sizeof(c.comm)));
	rec_queue(&text);
}

void rec_mod(const struct tflt *flt, const union rfs_mod *mod)
{
	struct text text = {};

	text_add(&text, "f=%s mod=%d", flt->name, mod->id);
	if (mod->id == RFS_MOD_SET_PATH || mod->id == RFS_MOD_DEL_PATH) {
		const struct rfs_path_info *info = mod->path.info;

		text_add(&text, " flags=0x%x", info->flags);
		add_string(&text, "path", info->path, strlen(info->path));
	}
	rec_queue(&text);
}

struct rec *rec_next(void)
{
	struct rec *rec;

	spin_lock(&recs_lock);
	rec = list_first_entry_or_null(&recs, struct rec, link);
	if (rec) {
		list_del(&rec->link);
		recs_count--;
	}
	spin_unlock(&recs_lock);
	return rec;
}

const char *rec_text(const struct rec *rec, size_t *len)
{
	*len = rec->len;
	return rec->text;
}

void rec_free(struct rec *rec)
{
	kvfree(rec);
}

void rec_flush(void)
{
	struct rec *rec;

	while ((rec = rec_next()))
		rec_free(rec);
}
