// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctl_core.c - the core as the control device sees it; see ctl_core.h
 */
#include <linux/container_of.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "attach.h"
#include "call.h"
#include "compat.h"
#include "ctl_core.h"
#include "file.h"
#include "filter.h"
#include "rule.h"
#include "stats.h"

/* ---- Filters ---- */

static u64 cursor_of(int priority)
{
	return (u64)((u32)priority + 0x80000000u) + 1;
}

static void fill_own(const struct rfs_flt *filter, struct fcdlctl_filter *entry)
{
	unsigned int op;

	entry->id = filter->id;
	for (op = 0; filter->ops && op < RFS_OP_MAX; op++) {
		if (filter->ops->op[op].pre)
			entry->pre_ops |= 1ULL << op;
		if (filter->ops->op[op].post)
			entry->post_ops |= 1ULL << op;
	}
	entry->priority = filter->priority;
	if (filter->active)
		entry->flags |= FCDLCTL_FILTER_ACTIVE;
	if (filter->flags & RFS_FILTER_LOCKED)
		entry->flags |= FCDLCTL_FILTER_LOCKED;
	if (filter->flags & RFS_FILTER_UNPLACED)
		entry->flags |= FCDLCTL_FILTER_UNPLACED;
	if (READ_ONCE(filter->mod_cb))
		entry->flags |= FCDLCTL_FILTER_MOD_CB;
	entry->kind = FCDLCTL_KIND_KERNEL;
	entry->state = FCDLCTL_STATE_OK;
	spin_lock(&rfs_rules_lock);
	entry->rules = filter->nr_rules;
	entry->rules_stale = filter->nr_stale;
	spin_unlock(&rfs_rules_lock);
	strscpy(entry->name, filter->name, sizeof(entry->name));
}

int rfs_ctl_filters(u64 *cursor, struct fcdlctl_filter *entries, int max)
{
	const struct rfs_ctl_ops *ctl;
	struct rfs_flt *filter;
	int n = 0;

	if (mutex_lock_killable(&rfs_filters_mutex))
		return -EINTR;
	rfs_filters_for_each(filter)
	{
		if (n == max)
			break;
		if (cursor_of(filter->priority) <= *cursor)
			continue;
		fill_own(filter, &entries[n]);
		ctl = rfs_filter_ctl(filter);
		if (ctl && ctl->info)
			ctl->info(filter, READ_ONCE(filter->private_data), &entries[n]);
		if ((filter->flags & RFS_FILTER_LOCKED) && entries[n].state == FCDLCTL_STATE_OK)
			entries[n].state = FCDLCTL_STATE_LOCKED;
		*cursor = cursor_of(filter->priority);
		n++;
	}
	mutex_unlock(&rfs_filters_mutex);
	return n;
}

rfs_filter rfs_ctl_find(const char *name)
{
	return rfs_filter_by_name(name);
}

void rfs_ctl_put(rfs_filter filter)
{
	rfs_filter_put(filter);
}

int rfs_ctl_owners(const struct rfs_ctl_ops **ops, int max)
{
	const struct rfs_ctl_ops *ctl;
	struct rfs_flt *filter;
	int n = 0, i;

	mutex_lock(&rfs_filters_mutex);
	rfs_filters_for_each(filter)
	{
		ctl = rfs_filter_ctl(filter);
		if (!ctl || !ctl->pending || n == max)
			continue;
		for (i = 0; i < n && ops[i] != ctl; i++)
			;
		if (i == n && try_module_get(ctl->owner))
			ops[n++] = ctl;
	}
	mutex_unlock(&rfs_filters_mutex);
	return n;
}

/* ---- Rules ---- */

int rfs_ctl_rules(rfs_filter filter, u64 *cursor, struct fcdlctl_path *entries, int max, char *buf, u32 size, u32 *used)
{
	struct rfs_rule *rule;
	int n = 0;

	*used = 0;
	if (mutex_lock_killable(&rfs_rules_mutex))
		return -EINTR;
	if (filter->dead) {
		mutex_unlock(&rfs_rules_mutex);
		return -ESTALE;
	}
	list_for_each_entry(rule, &filter->rules, of_filter) {
		if (rule->id <= *cursor)
			continue;
		if (n == max || rule->len > size - *used)
			break;
		entries[n].id = rule->id;
		entries[n].flags = rule->flags | (READ_ONCE(rule->anchor) ? 0 : RFS_PATH_STALE);
		entries[n].offset = *used;
		entries[n].len = rule->len;
		memcpy(buf + *used, rule->path, rule->len);
		*used += rule->len;
		*cursor = rule->id;
		n++;
	}
	mutex_unlock(&rfs_rules_mutex);
	return n;
}

/* ---- File systems ---- */

struct fs_page {
	u64 *cursor;
	struct fcdlctl_fs *entries;
	int max;
	int n;
};

static int fs_one(struct rfs_sb *rsb, void *data)
{
	struct fs_page *page = data;
	struct fcdlctl_fs *entry;

	if (rsb->id <= *page->cursor)
		return 0;
	if (page->n == page->max)
		return 1;
	entry = &page->entries[page->n++];
	entry->dev = huge_encode_dev(rsb->dev);
	entry->rules = rsb->rules;
	if (!rsb->hashed)
		entry->flags = FCDLCTL_FS_DYING;
	strscpy_pad(entry->type, rsb->type, sizeof(entry->type));
	strscpy_pad(entry->id, rsb->name, sizeof(entry->id));
	*page->cursor = rsb->id;
	return 0;
}

int rfs_ctl_file_systems(u64 *cursor, struct fcdlctl_fs *entries, int max)
{
	struct fs_page page = { .cursor = cursor, .entries = entries, .max = max };

	rfs_sb_walk(fs_one, &page);
	return page.n;
}

static int fs_count(struct rfs_sb *rsb, void *data)
{
	++*(u32 *)data;
	return 0;
}

/* ---- Callers inside ---- */

struct inside_page {
	u64 *cursor;
	struct fcdlctl_inside *entries;
	int max;
	int n;
};

static int inside_one(const struct rfs_guest *guest, void *data)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct inside_page *page = data;
	struct fcdlctl_inside *entry;

	if (page->n == page->max)
		return 1;
	entry = &page->entries[page->n++];
	entry->since_ns = ktime_get_ns() - guest->since_ns;
	entry->pid = task_tgid_nr_ns(guest->task, ns);
	entry->tid = task_pid_nr_ns(guest->task, ns);
	entry->op = guest->op;
	entry->flags = FCDLCTL_INSIDE_UNBOUNDED;
	memcpy(entry->comm, guest->task->comm, sizeof(entry->comm));
	entry->comm[sizeof(entry->comm) - 1] = '\0';
	*page->cursor = guest->id;
	return 0;
}

int rfs_ctl_inside(u64 *cursor, struct fcdlctl_inside *entries, int max)
{
	struct inside_page page = { .cursor = cursor, .entries = entries, .max = max };

	rfs_inside_walk(*cursor, inside_one, &page);
	return page.n;
}

/* ---- One filter ---- */

static int gone_to_stale(int err)
{
	return err == -EBUSY ? -ESTALE : err;
}

/* What a modifier callback is given, and what its owner may say beside its result. */
struct asked_mod {
	union rfs_mod mod;
	bool unanswered;
};

void rfs_mod_unanswered(union rfs_mod *mod)
{
	container_of(mod, struct asked_mod, mod)->unanswered = true;
}
EXPORT_SYMBOL_GPL(rfs_mod_unanswered);

int rfs_ctl_ask(rfs_filter filter, union rfs_mod *mod, u32 *refused)
{
	enum rfs_err (*mod_cb)(union rfs_mod * mod);
	struct asked_mod asked = { .mod = *mod };
	struct rfs_ctx ctx = {};
	int err = 0;

	if (filter->flags & RFS_FILTER_LOCKED) {
		*refused = FCDLCTL_REFUSED_LOCKED;
		return -EPERM;
	}
	if (!rfs_ctx_begin(&ctx, filter))
		return -ESTALE;
	asked.mod.any.filter = filter;
	asked.mod.any.private_data = READ_ONCE(filter->private_data);
	mod_cb = READ_ONCE(filter->mod_cb);
	if (mod_cb)
		err = mod_cb(&asked.mod);
	rfs_ctx_end(&ctx);
	if (!err)
		return 0;
	*refused = asked.unanswered ? FCDLCTL_REFUSED_UNANSWERED : FCDLCTL_REFUSED_CALLBACK;
	return err < 0 && err >= -MAX_ERRNO ? err : -EPERM;
}

enum rfs_err rfs_deactivate_filter_nowait(rfs_filter filter)
{
	return rfs_filter_set_active(filter, false, false);
}
EXPORT_SYMBOL_GPL(rfs_deactivate_filter_nowait);

int rfs_ctl_deactivate(rfs_filter filter)
{
	const struct rfs_ctl_ops *ctl;
	struct rfs_ctx ctx = {};
	int err;

	err = gone_to_stale(rfs_deactivate_filter_nowait(filter));
	if (err)
		return err;
	/* a filter that is being unregistered meanwhile lets everybody go by itself */
	if (!rfs_ctx_begin(&ctx, filter))
		return 0;
	ctl = rfs_filter_ctl(filter);
	if (ctl && ctl->deactivated)
		ctl->deactivated(filter, READ_ONCE(filter->private_data));
	rfs_ctx_end(&ctx);
	return 0;
}

static void put_stat(struct fcdlctl_stat *stats, int max, int *n, const char *name, const atomic64_t *value)
{
	if (*n < max) {
		strscpy_pad(stats[*n].name, name, sizeof(stats[*n].name));
		stats[*n].value = atomic64_read(value);
	}
	++*n;
}

int rfs_ctl_stats(rfs_filter filter, struct fcdlctl_stat *stats, int max)
{
	const struct rfs_ctl_ops *ctl;
	struct rfs_ctx ctx = {};
	int n = 0;

	if (!filter) {
#define X(member, name) put_stat(stats, max, &n, name, &rfs_stats.member);
		RFS_STATS(X)
#undef X
		return n;
	}
	if (!rfs_ctx_begin(&ctx, filter))
		return -ESTALE;
	put_stat(stats, max, &n, "pre_calls", &filter->pre_calls);
	put_stat(stats, max, &n, "post_calls", &filter->post_calls);
	put_stat(stats, max, &n, "stops", &filter->stops);
	put_stat(stats, max, &n, "remembered", &filter->memo_kept);
	put_stat(stats, max, &n, "remembered_hits", &filter->memo_hits);
	ctl = rfs_filter_ctl(filter);
	if (ctl && ctl->stats)
		n += ctl->stats(filter, READ_ONCE(filter->private_data), stats + min(n, max), max - min(n, max));
	rfs_ctx_end(&ctx);
	return n;
}

int rfs_ctl_get_policy(rfs_filter filter, struct fcdlctl_policy *policy)
{
	const struct rfs_ctl_ops *ctl;
	struct rfs_ctx ctx = {};
	int err = -EOPNOTSUPP;

	/* first: the owner's module is there as long as the filter is registered */
	if (!rfs_ctx_begin(&ctx, filter))
		return -ESTALE;
	ctl = rfs_filter_ctl(filter);
	if (ctl && ctl->get_policy)
		err = ctl->get_policy(filter, READ_ONCE(filter->private_data), policy);
	rfs_ctx_end(&ctx);
	return err;
}

int rfs_ctl_set_policy(rfs_filter filter, const struct fcdlctl_policy *policy)
{
	const struct rfs_ctl_ops *ctl;
	struct rfs_ctx ctx = {};
	int err = -EOPNOTSUPP;

	if (!rfs_ctx_begin(&ctx, filter))
		return -ESTALE;
	ctl = rfs_filter_ctl(filter);
	if (ctl && ctl->set_policy)
		err = ctl->set_policy(filter, READ_ONCE(filter->private_data), policy);
	rfs_ctx_end(&ctx);
	return err;
}

/* ---- All of redirfs ---- */

u32 rfs_ctl_deactivate_all(void)
{
	u32 n = rfs_filters_deactivate_all();

	rfs_count(deactivated_all);
	pr_warn("redirfs: %u filters deactivated by %s[%d]\n", n, current->comm, task_tgid_nr(current));
	return n;
}

void rfs_ctl_status(struct fcdlctl_status *status)
{
	static const u32 hooks[] = {
		[RFS_HOOK_OFF] = FCDLCTL_HOOK_OFF,
		[RFS_HOOK_ALIVE] = FCDLCTL_HOOK_ALIVE,
		[RFS_HOOK_DEAD] = FCDLCTL_HOOK_DEAD,
	};
	struct rfs_flt *filter;

	status->hook = hooks[rfs_hook_state()];
	if (READ_ONCE(rfs_bypass))
		status->flags |= FCDLCTL_STATUS_BYPASS;
	mutex_lock(&rfs_filters_mutex);
	rfs_filters_for_each(filter)
	{
		status->filters++;
		status->active += filter->active;
	}
	mutex_unlock(&rfs_filters_mutex);
	rfs_sb_walk(fs_count, &status->file_systems);
	status->inside = rfs_inside_sum();
}

int rfs_ctl_detach(unsigned int timeout_ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(timeout_ms);
	const struct rfs_ctl_ops *owners[8];
	unsigned int left;
	int n;

	if (rfs_rules_detach_all())
		return -EINTR;
	/* those who wait for user space get their default now: nothing that they were asked about is in scope any more */
	n = rfs_ctl_owners(owners, ARRAY_SIZE(owners));
	while (n--) {
		if (owners[n]->release)
			owners[n]->release();
		module_put(owners[n]->owner);
	}
	for (;;) {
		left = rfs_inside_count();
		if (!left || !timeout_ms || time_after(jiffies, end))
			return left;
		if (schedule_timeout_killable(msecs_to_jiffies(20)) && fatal_signal_pending(current))
			return -EINTR;
	}
}
