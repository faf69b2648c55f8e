// SPDX-License-Identifier: GPL-2.0-only
/*
 * rfs_test_flt.c - the test filters: their rules and their callbacks
 */
#include <linux/fs.h>
#include <linux/glob.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <rfs_kernel.h>

#include "rfs_test.h"

struct tcounters tcnt;

static LIST_HEAD(flts);
static DEFINE_MUTEX(flts_lock);
static DECLARE_WAIT_QUEUE_HEAD(inside_wq);

/* what the last RULE_RUN gave; its filter may be gone */
static DEFINE_SPINLOCK(last_run_lock);
static struct reply last_run;

static void rule_free(struct rule *rule)
{
	kfree(rule->glob);
	kfree(rule->cmd);
	kfree(rule);
}

static void flt_free(struct kref *ref)
{
	struct tflt *flt = container_of(ref, struct tflt, ref);

	flt_clear_rules(flt);
	kfree(flt);
}

void flt_put(struct tflt *flt)
{
	kref_put(&flt->ref, flt_free);
}

struct tflt *flt_find(const char *name)
{
	struct tflt *flt;

	mutex_lock(&flts_lock);
	list_for_each_entry(flt, &flts, link) {
		if (strcmp(flt->name, name))
			continue;
		kref_get(&flt->ref);
		mutex_unlock(&flts_lock);
		return flt;
	}
	mutex_unlock(&flts_lock);
	return NULL;
}

int flt_register(const char *name, struct rfs_filter_info *info)
{
	struct tflt *flt;
	int err;

	flt = kzalloc(struct_size(flt, name, strlen(name) + 1), GFP_KERNEL);
	if (!flt)
		return -ENOMEM;
	kref_init(&flt->ref);
	spin_lock_init(&flt->lock);
	INIT_LIST_HEAD(&flt->rules);
	init_waitqueue_head(&flt->wq);
	strcpy(flt->name, name);
	flt->op_data_size = info->op_data_size;
	info->name = flt->name;
	err = rfs_register_filter(&flt->flt, info);
	if (err) {
		kfree(flt);
		return err;
	}
	atomic_long_inc(&tcnt.registered);
	err = rfs_set_private_data(flt->flt, flt);
	mutex_lock(&flts_lock);
	list_add_tail(&flt->link, &flts);
	mutex_unlock(&flts_lock);
	return err;
}

static int flt_take_out(struct tflt *flt)
{
	int err = rfs_unregister_filter(flt->flt);

	if (!err)
		atomic_long_inc(&tcnt.unregistered);
	/* a callback that unregisters waits for nobody */
	if (!err && !atomic_long_read(&tcnt.inside))
		WRITE_ONCE(flt->over, true);
	flt_put(flt);
	return err;
}

int flt_unregister(const char *name)
{
	struct tflt *flt = flt_find(name);
	bool mine = false;
	int err = -ENOENT;

	if (!flt)
		return err;
	mutex_lock(&flts_lock);
	if (!list_empty(&flt->link)) {
		list_del_init(&flt->link);
		mine = true;
	}
	mutex_unlock(&flts_lock);
	if (mine)
		err = flt_take_out(flt);
	flt_put(flt);
	return err;
}

void flt_unregister_all(void)
{
	struct tflt *flt;

	for (;;) {
		mutex_lock(&flts_lock);
		flt = list_first_entry_or_null(&flts, struct tflt, link);
		if (flt)
			list_del_init(&flt->link);
		mutex_unlock(&flts_lock);
		if (!flt)
			break;
		/* unregistering waits for callbacks, so none may sleep here */
		flt_clear_rules(flt);
		data_drop(flt);
		data_free_go();
		flt_take_out(flt);
	}
	/*
	 * A callback that unregistered its own filter may still be on its way
	 * out of this module, at last with nothing but its return to go.
	 */
	wait_event(inside_wq, !atomic_long_read(&tcnt.inside));
	WARN_ON(atomic_long_read(&tcnt.data));
#ifdef CONFIG_TASKS_RCU
	synchronize_rcu_tasks();
#else
	synchronize_rcu();
#endif
}

int flt_set_operations(struct tflt *flt, struct rfs_op_info *info)
{
	return rfs_set_operations(flt->flt, info);
}

static enum rfs_err flt_mod(union rfs_mod *mod)
{
	struct tflt *flt = mod->any.private_data;

	if (!flt || mod->any.filter != flt->flt) {
		atomic_long_inc(&tcnt.no_private);
		return RFS_ERR_IO;
	}
	rec_mod(flt, mod);
	return READ_ONCE(flt->mod_result);
}

int flt_set_mod_cb(struct tflt *flt, bool set, long result)
{
	WRITE_ONCE(flt->mod_result, result);
	return rfs_set_mod_cb(flt->flt, set ? flt_mod : NULL);
}

int flt_add_rule(struct tflt *flt, const struct rule *model)
{
	struct rule *rule = kmemdup(model, sizeof(*model), GFP_KERNEL);

	if (!rule)
		return -ENOMEM;
	if (model->glob)
		rule->glob = kstrdup(model->glob, GFP_KERNEL);
	if (model->cmd)
		rule->cmd = kstrdup(model->cmd, GFP_KERNEL);
	if ((model->glob && !rule->glob) || (model->cmd && !rule->cmd)) {
		rule_free(rule);
		return -ENOMEM;
	}
	spin_lock(&flt->lock);
	list_add_tail(&rule->link, &flt->rules);
	spin_unlock(&flt->lock);
	return 0;
}

/* wakes whoever is held, and holds nobody any more */
void flt_release(struct tflt *flt)
{
	struct rule *rule, *next;
	LIST_HEAD(gone);

	spin_lock(&flt->lock);
	list_for_each_entry_safe(rule, next, &flt->rules, link) {
		if (rule->kind == RULE_HOLD)
			list_move(&rule->link, &gone);
	}
	flt->release_gen++;
	spin_unlock(&flt->lock);
	wake_up_all(&flt->wq);
	list_for_each_entry_safe(rule, next, &gone, link)
		rule_free(rule);
}

void flt_clear_rules(struct tflt *flt)
{
	struct rule *rule, *next;
	LIST_HEAD(gone);

	flt_release(flt);
	spin_lock(&flt->lock);
	list_splice_init(&flt->rules, &gone);
	spin_unlock(&flt->lock);
	list_for_each_entry_safe(rule, next, &gone, link)
		rule_free(rule);
}

void flt_last_run(struct reply *reply)
{
	spin_lock(&last_run_lock);
	if (last_run.len) {
		*reply = last_run;
		last_run.len = 0;
	} else {
		reply_add(reply, "none\n");
	}
	spin_unlock(&last_run_lock);
}

static bool glob_fits(const char *glob, const struct names *names)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (names->name[i] && glob_match(glob, kbasename(names->name[i])))
			return true;
	}
	return false;
}

#define DATA_ACTIONS 4

/* What the rules of a filter say about one callback. */
struct order {
	bool stop;
	bool hold;
	unsigned int release_gen;
	long result;
	unsigned int limit;
	char *cmd;
	unsigned int nr_data;
	struct data_action data[DATA_ACTIONS];
};

static void rules_judge(struct tflt *flt, enum rfs_op_id op, bool post, const struct names *names,
			const struct rfs_data *data, struct order *order)
{
	struct rule *rule;

	memset(order, 0, sizeof(*order));
	spin_lock(&flt->lock);
	list_for_each_entry(rule, &flt->rules, link) {
		if (rule->op && rule->op != op)
			continue;
		if (rule->post != post)
			continue;
		if (rule->glob && !glob_fits(rule->glob, names))
			continue;
		if (rule->at >= 0 && (!data || rule->at < data->offset || rule->at - data->offset >= data->length))
			continue;
		switch (rule->kind) {
		case RULE_DENY:
		case RULE_POSTSTOP:
			order->stop = true;
			order->result = rule->result;
			break;
		case RULE_HOLD:
			if (!order->hold)
				flt->held++;
			order->hold = true;
			order->release_gen = flt->release_gen;
			break;
		case RULE_HIDE:
			break;
		case RULE_DATA:
			if (order->nr_data < DATA_ACTIONS)
				order->data[order->nr_data++] = rule->data;
			break;
		case RULE_LIMIT:
			order->limit |= rule->result;
			break;
		case RULE_RUN:
			if (rule->done || order->cmd)
				break;
			rule->done = true;
			swap(order->cmd, rule->cmd);
			break;
		}
	}
	spin_unlock(&flt->lock);
}

static void order_hold(struct tflt *flt, const struct order *order)
{
	/* killable, as every wait on somebody else's decision has to be */
	wait_event_killable(flt->wq, READ_ONCE(flt->release_gen) != order->release_gen);
	spin_lock(&flt->lock);
	flt->held--;
	spin_unlock(&flt->lock);
}

static void order_run(const struct order *order)
{
	struct reply *reply = kzalloc(sizeof(*reply), GFP_KERNEL);

	if (reply) {
		ctl_run(order->cmd, reply);
		spin_lock(&last_run_lock);
		last_run = *reply;
		spin_unlock(&last_run_lock);
	}
	kfree(reply);
	kfree(order->cmd);
}

static u8 data_pattern(const struct tflt *flt, const void *data, enum rfs_op_id op)
{
	return hash_ptr(flt, 8) ^ hash_ptr(data, 8) ^ op ^ 0x80;
}

static void check_data(struct tflt *flt, rfs_context context, enum rfs_op_id op, bool post)
{
	u8 *data = rfs_op_data(context);
	u8 pattern;

	if (!flt->op_data_size) {
		if (data)
			atomic_long_inc(&tcnt.dirty_data);
		return;
	}
	if (!data) {
		atomic_long_inc(&tcnt.lost_data);
		return;
	}
	pattern = data_pattern(flt, data, op);
	if (!post) {
		if (memchr_inv(data, 0, flt->op_data_size))
			atomic_long_inc(&tcnt.dirty_data);
		memset(data, pattern, flt->op_data_size);
		return;
	}
	/* zero if there was no pre callback to write it */
	if (memchr_inv(data, pattern, flt->op_data_size) && memchr_inv(data, 0, flt->op_data_size))
		atomic_long_inc(&tcnt.lost_data);
}

static void transform(const struct tflt *flt, struct rfs_args *args, const struct rfs_data *data, bool undo)
{
	u8 *p = data->base, add;
	size_t i;

	switch (flt->transform) {
	case TRANSFORM_NONE:
		return;
	case TRANSFORM_NIBBLE:
		for (i = 0; i < data->length; i++)
			p[i] = p[i] << 4 | p[i] >> 4;
		break;
	case TRANSFORM_ADD:
		for (i = 0; i < data->length; i++) {
			add = flt->addend + 7 * (data->offset + i);
			p[i] += undo ? -add : add;
		}
		break;
	}
	rfs_data_changed(args);
}

static bool is_exempt(rfs_filter filter, void *private_data)
{
	const struct tflt *flt = private_data;

	return flt && READ_ONCE(flt->exempt) == task_tgid_nr(current);
}

static const struct rfs_ctl_ops exempt_ops = {
	.owner = THIS_MODULE,
	.exempt = is_exempt,
};

/* flt_exempt() - a process's data go past the filter; its callbacks for other things do not mind */
void flt_exempt(struct tflt *flt, pid_t tgid)
{
	WRITE_ONCE(flt->exempt, tgid);
	rfs_set_ctl_ops(flt->flt, &exempt_ops);
}

/* the rule's glob is for entries here */
static void hide(struct tflt *flt, struct rfs_args *args, const struct rfs_data *data)
{
	struct rfs_dirent *entry = NULL;
	struct rule *rule;

	spin_lock(&flt->lock);
	while ((entry = rfs_dirent_next(data, entry))) {
		if (strlen(rfs_dirent_name(entry)) != entry->name_length || entry->reserved)
			atomic_long_inc(&tcnt.accessor);
		list_for_each_entry(rule, &flt->rules, link)
			if (rule->kind == RULE_HIDE && glob_match(rule->glob, rfs_dirent_name(entry)))
				entry->flags |= RFS_DIRENT_HIDDEN;
		/* nothing else is looked at */
		entry->ino = ~0;
		entry->type = 0;
	}
	spin_unlock(&flt->lock);
	rfs_data_changed(args);
}

static enum rfs_retv callback(rfs_context context, struct rfs_args *args, bool post)
{
	enum rfs_op_id op = rfs_op(args);
	struct tflt *flt = NULL;
	void *private = NULL;
	struct names names = {};
	struct order order;
	struct rfs_data data;
	unsigned int i;
	bool has_data = !rfs_data(args, &data);

	if (!!rfs_is_post(args) != post)
		atomic_long_inc(&tcnt.accessor);
	if (rfs_get_contextflt_private_data(context, &private) || !private) {
		atomic_long_inc(&tcnt.no_private);
		return RFS_CONTINUE;
	}
	flt = private;
	kref_get(&flt->ref);
	atomic_long_inc(post ? &flt->post : &flt->pre);
	check_data(flt, context, op, post);
	if (has_data && op == RFS_OP_READDIR)
		hide(flt, args, &data);
	if (!READ_ONCE(flt->quiet) || !list_empty(&flt->rules)) {
		names_get(&names, args);
		if (!READ_ONCE(flt->quiet))
			rec_callback(flt, args, &names);
		rules_judge(flt, op, post, &names, has_data ? &data : NULL, &order);
		names_put(&names);
		if (order.limit && rfs_set_mmap_policy(args, order.limit))
			atomic_long_inc(&tcnt.accessor);
		for (i = 0; i < order.nr_data; i++)
			data_act(flt, args, &order.data[i]);
		if (order.hold)
			order_hold(flt, &order);
		if (order.cmd)
			order_run(&order);
	} else {
		order.stop = false;
	}
	if (has_data && !order.stop)
		transform(flt, args, &data, post);
	flt_put(flt);
	if (!order.stop)
		return RFS_CONTINUE;
	rfs_set_result(args, order.result);
	return RFS_STOP;
}

/*
 * The count is what module exit waits for; everything of a callback lies
 * between the two lines that change it.
 */
static enum rfs_retv callback_counted(rfs_context context, struct rfs_args *args, bool post)
{
	enum rfs_retv ret;

	atomic_long_inc(&tcnt.inside);
	ret = callback(context, args, post);
	if (atomic_long_dec_and_test(&tcnt.inside))
		wake_up_all(&inside_wq);
	return ret;
}

enum rfs_retv flt_pre(rfs_context context, struct rfs_args *args)
{
	return callback_counted(context, args, false);
}

enum rfs_retv flt_post(rfs_context context, struct rfs_args *args)
{
	return callback_counted(context, args, true);
}
