// SPDX-License-Identifier: GPL-2.0-only
/*
 * rfs_test_data.c - data that the test filters keep with open files and objects, and a log of what becomes of them
 *
 * A line of the log is "FILTER ACTION LABEL", LABEL being that of the data, or the errno of an action that failed. An
 * attach that was too late says "exist" and the label of what was there before, and end of the data "free". Faults are
 * counted like those of callbacks (accessor): data freed twice, of a filter that is unregistered, or where nobody may sleep.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <rfs_kernel.h>

#include "rfs_test.h"

#define MAGIC 0x7da7a

/*
 * LIFETIME: as rfs_priv_data says. Holds its tflt. The free callback of data with a label "hold*" waits for "freego".
 */
struct tdata {
	struct rfs_priv_data priv;
	struct tflt *flt;
	unsigned int magic;
	unsigned int gen;
	char label[DATA_LABEL];
};

static DECLARE_WAIT_QUEUE_HEAD(free_wq);
static unsigned int free_gen;

static DEFINE_SPINLOCK(log_lock);
static struct reply data_log;

static struct tdata *of(struct rfs_priv_data *priv)
{
	struct tdata *d = container_of(priv, struct tdata, priv);

	if (d->magic != MAGIC)
		atomic_long_inc(&tcnt.accessor);
	return d;
}

static void log_add(const struct tflt *flt, const char *action, const char *label)
{
	spin_lock(&log_lock);
	/* whole lines, or none */
	if (data_log.len < REPLY_MAX - 128)
		reply_add(&data_log, "%s %s %s\n", flt->name, action, label);
	spin_unlock(&log_lock);
}

static void log_error(const struct tflt *flt, const char *action, int err)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", err);
	log_add(flt, action, text);
}

/* data_log_take() - what was logged since the last time */
void data_log_take(struct reply *reply)
{
	spin_lock(&log_lock);
	*reply = data_log;
	memset(&data_log, 0, sizeof(data_log));
	spin_unlock(&log_lock);
}

static void data_free(struct rfs_priv_data *priv)
{
	struct tdata *d = of(priv);
	struct tflt *flt = d->flt;

	might_sleep();
	if (in_atomic() || irqs_disabled())
		atomic_long_inc(&tcnt.accessor);
	if (!strncmp(d->label, "hold", 4)) {
		log_add(flt, "freeing", d->label);
		wait_event(free_wq, READ_ONCE(free_gen) != d->gen);
	}
	if (READ_ONCE(flt->over))
		atomic_long_inc(&tcnt.accessor);
	log_add(flt, "free", d->label);
	d->magic = 0;
	kfree(d);
	atomic_long_dec(&tcnt.data);
	flt_put(flt);
}

static struct tdata *data_make(struct tflt *flt, const char *label)
{
	/* callbacks run under locks that reclaim may want */
	struct tdata *d = kzalloc(sizeof(*d), GFP_NOFS);

	if (!d)
		return NULL;
	if (rfs_init_data(&d->priv, flt->flt, data_free))
		atomic_long_inc(&tcnt.accessor);
	kref_get(&flt->ref);
	d->flt = flt;
	d->magic = MAGIC;
	d->gen = READ_ONCE(free_gen);
	strscpy(d->label, label, sizeof(d->label));
	atomic_long_inc(&tcnt.data);
	return d;
}

static void attach(struct tflt *flt, struct rfs_args *args, const struct data_action *a)
{
	struct tdata *d = data_make(flt, a->label);
	struct rfs_priv_data *exist;
	int err;

	if (!d)
		return;
	if (a->inode)
		err = rfs_attach_data_inode(args, a->which, &d->priv, &exist);
	else
		err = rfs_attach_data_file(args, a->which, &d->priv, &exist);
	if (!err)
		log_add(flt, "attach", a->label);
	else if (err == RFS_ERR_EXIST)
		log_add(flt, "exist", of(exist)->label);
	else
		log_error(flt, "attach", err);
	if ((err == RFS_ERR_EXIST) != !!exist)
		atomic_long_inc(&tcnt.accessor);
	atomic_long_add(!err, &flt->won);
	atomic_long_add(err == RFS_ERR_EXIST, &flt->lost);
	/* each is attached once in its life */
	if (!err && !strcmp(a->label, "again")) {
		rfs_put_data(exist);
		err = a->inode ? rfs_detach_data_inode(args, a->which, &exist) :
				 rfs_detach_data_file(args, a->which, &exist);
		if (err || exist != &d->priv)
			atomic_long_inc(&tcnt.accessor);
		rfs_put_data(exist);
		err = a->inode ? rfs_attach_data_inode(args, a->which, &d->priv, &exist) :
				 rfs_attach_data_file(args, a->which, &d->priv, &exist);
		log_error(flt, "attach", err);
	}
	rfs_put_data(exist);
	rfs_put_data(&d->priv);
}

static void look(struct tflt *flt, struct rfs_args *args, const struct data_action *a)
{
	struct rfs_priv_data *data, *kept;
	int err;

	if (a->what == DATA_DETACH)
		err = a->inode ? rfs_detach_data_inode(args, a->which, &data) :
				 rfs_detach_data_file(args, a->which, &data);
	else
		err = a->inode ? rfs_get_data_inode(args, a->which, &data) : rfs_get_data_file(args, a->which, &data);
	if (!err != !!data)
		atomic_long_inc(&tcnt.accessor);
	if (err) {
		log_error(flt, a->what == DATA_DETACH ? "detach" : "get", err);
		return;
	}
	log_add(flt, a->what == DATA_DETACH ? "detach" : "get", of(data)->label);
	if (a->what == DATA_KEEP) {
		kept = xchg(&flt->kept, data);
		data = kept;
	}
	rfs_put_data(data);
}

/* data_act() - in a callback */
void data_act(struct tflt *flt, struct rfs_args *args, const struct data_action *a)
{
	if (a->what == DATA_ATTACH)
		attach(flt, args, a);
	else
		look(flt, args, a);
}

/* data_free_go() - let free callbacks go on that wait */
void data_free_go(void)
{
	WRITE_ONCE(free_gen, free_gen + 1);
	wake_up_all(&free_wq);
}

/* data_drop() - what "keep" has kept */
void data_drop(struct tflt *flt)
{
	rfs_put_data(xchg(&flt->kept, NULL));
}
