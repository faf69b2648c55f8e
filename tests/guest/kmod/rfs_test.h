/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rfs_test.h - kernel filters that tests drive from user space
 *
 * rfs_test_ctl.c reads commands, rfs_test_flt.c keeps the filters and their
 * rules and holds the callbacks, rfs_test_rec.c turns every callback into one
 * line of text, rfs_test_data.c keeps data with files and objects.
 */
#ifndef RFS_TEST_H
#define RFS_TEST_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <rfs.h>

/* What a rule makes a callback do. */
enum rule_kind {
	RULE_DENY, /* pre: stop with a result */
	RULE_POSTSTOP, /* post: return RFS_STOP and set a result: no effect */
	RULE_HOLD, /* sleep until released */
	RULE_LIMIT, /* pre of open: a policy for its mappings */
	RULE_HIDE, /* post of readdir: leave entries out */
	RULE_RUN, /* once: run a command from inside the callback */
	RULE_DATA, /* do something with data of a file or an object */
};

enum data_what { DATA_ATTACH, DATA_GET, DATA_KEEP, DATA_DETACH };

#define DATA_LABEL 16
struct data_action {
	enum data_what what;
	bool inode;
	enum rfs_which which;
	char label[DATA_LABEL]; /* of what is attached */
};

struct rule {
	struct list_head link;
	enum rule_kind kind;
	enum rfs_op_id op; /* RFS_OP_END: any */
	bool post;
	bool done; /* RULE_RUN: it ran */
	long result;
	long long at; /* of callbacks with data: only the piece with the byte at this offset; -1: any */
	char *glob; /* last component of either name; NULL: any */
	char *cmd;
	struct data_action data;
};

/* What callbacks with data do to them; reads undo what writes did. */
enum transform {
	TRANSFORM_NONE,
	TRANSFORM_NIBBLE, /* swap the halves of each byte: zero stays zero, the place does not matter */
	TRANSFORM_ADD, /* add a number and seven times the offset */
};

/*
 * LIFETIME: one reference belongs to the list, taken back by unregister, and
 * one to every callback while it runs, since a callback may unregister its own
 * filter. Commands on one filter come from one thread at a time (or from its
 * callbacks); nothing here protects a test from itself.
 */
struct tflt {
	struct list_head link;
	struct kref ref;
	rfs_filter flt;
	unsigned int op_data_size;
	bool quiet;
	long mod_result;
	enum transform transform;
	u8 addend;
	struct rfs_priv_data *kept; /* a reference that callbacks took and "drop" puts */
	bool over; /* unregistering has returned, and was not done by a callback */
	pid_t exempt; /* a process that the filter asks nothing of, 0: none */
	/* LOCKING: protects rules, held and release_gen; never held asleep */
	spinlock_t lock;
	struct list_head rules;
	unsigned int held;
	unsigned int release_gen;
	wait_queue_head_t wq;
	atomic_long_t pre;
	atomic_long_t post;
	atomic_long_t won; /* data attached */
	atomic_long_t lost; /* and not, since there were some */
	char name[];
};

/* Faults seen by callbacks; a test wants all of them zero. */
struct tcounters {
	atomic_long_t registered;
	atomic_long_t unregistered;
	atomic_long_t inside;
	atomic_long_t no_private; /* the context gave no filter */
	atomic_long_t dirty_data; /* op data was not zero in pre */
	atomic_long_t lost_data; /* op data of pre was not there in post */
	atomic_long_t accessor; /* an accessor broke its own rules */
	atomic_long_t lost_records;
	atomic_long_t data; /* that exist */
};

extern struct tcounters tcnt;

/* One command's answer. */
#define REPLY_MAX 1024
struct reply {
	size_t len;
	char text[REPLY_MAX];
};

__printf(2, 3) void reply_add(struct reply *reply, const char *fmt, ...);

/* rfs_test_ctl.c: run one command; the answer begins with its result */
void ctl_run(char *line, struct reply *reply);

/* rfs_test_flt.c */
struct tflt *flt_find(const char *name); /* with a reference */
void flt_put(struct tflt *flt);
int flt_register(const char *name, struct rfs_filter_info *info);
int flt_unregister(const char *name);
void flt_unregister_all(void);
int flt_set_operations(struct tflt *flt, struct rfs_op_info *info);
int flt_set_mod_cb(struct tflt *flt, bool set, long result);
int flt_add_rule(struct tflt *flt, const struct rule *model);
void flt_clear_rules(struct tflt *flt);
void flt_release(struct tflt *flt);
void flt_exempt(struct tflt *flt, pid_t tgid);
enum rfs_retv flt_pre(rfs_context context, struct rfs_args *args);
enum rfs_retv flt_post(rfs_context context, struct rfs_args *args);
void flt_last_run(struct reply *reply);

/* rfs_test_data.c */
void data_act(struct tflt *flt, struct rfs_args *args, const struct data_action *a);
void data_drop(struct tflt *flt);
void data_free_go(void);
void data_log_take(struct reply *reply);

/* rfs_test_rec.c */
struct rec;
struct names {
	char *name[2]; /* NULL where there is none */
	ssize_t len[2]; /* or the error */
};

void names_get(struct names *names, const struct rfs_args *args);
void names_put(struct names *names);
void rec_callback(const struct tflt *flt, const struct rfs_args *args, const struct names *names);
void rec_mod(const struct tflt *flt, const union rfs_mod *mod);
struct rec *rec_next(void); /* the caller frees it */
const char *rec_text(const struct rec *rec, size_t *len);
void rec_free(struct rec *rec);
void rec_flush(void);

#endif /* RFS_TEST_H */
