// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of the control device that list things, page by page.
 *
 * A page is gathered in kernel memory, where the core may fill it under its locks, and copied out afterwards with no
 * lock held.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "ctl.h"
#include "ctl_core.h"

/* Elements of struct fcdlctl_pending in a page: they carry two whole paths each. */
#define PENDING_PAGE 16
/* Owners asked for pending callers: there is urfs, and whoever writes the next one. */
#define OWNERS_MAX 8
/* Most bytes of paths in a page of rules. */
#define PATHS_BYTES_MAX (16 * RFS_PATH_LEN)

/**
 * struct ctl_kind - one kind of list
 * @size:	bytes of an element
 * @page:	most elements in a page
 * @fill:	fills up to @max zeroed entries behind the cursor and moves it; returns how many, or a negative errno
 */
struct ctl_kind {
	u32 size;
	u32 page;
	int (*fill)(u64 *cursor, void *entries, int max);
};

static int ctl_list(void __user *arg, const struct ctl_kind *kind)
{
	struct fcdlctl_list list;
	void *entries;
	int count;
	u32 max;

	if (copy_from_user(&list, arg, sizeof(list)))
		return -EFAULT;
	if (list.count || list.reserved || !list.max || list.size != kind->size)
		return -EINVAL;
	max = min(list.max, kind->page);
	entries = kvcalloc(max, kind->size, GFP_KERNEL);
	if (!entries)
		return -ENOMEM;
	count = kind->fill(&list.cursor, entries, max);
	if (count < 0)
		goto free;
	list.count = count;
	if (copy_to_user(u64_to_user_ptr(list.entries), entries, (size_t)count * kind->size) ||
	    copy_to_user(arg, &list, sizeof(list)))
		count = -EFAULT;
free:
	kvfree(entries);
	return count < 0 ? count : 0;
}

static int fill_filters(u64 *cursor, void *entries, int max)
{
	return rfs_ctl_filters(cursor, entries, max);
}

int rfs_ctl_do_list(void __user *arg)
{
	static const struct ctl_kind kind = {
		.size = sizeof(struct fcdlctl_filter),
		.page = FCDLCTL_PAGE_MAX,
		.fill = fill_filters,
	};

	return ctl_list(arg, &kind);
}

static int fill_file_systems(u64 *cursor, void *entries, int max)
{
	return rfs_ctl_file_systems(cursor, entries, max);
}

int rfs_ctl_do_list_fs(void __user *arg)
{
	static const struct ctl_kind kind = {
		.size = sizeof(struct fcdlctl_fs),
		.page = FCDLCTL_PAGE_MAX,
		.fill = fill_file_systems,
	};

	return ctl_list(arg, &kind);
}

static int fill_inside(u64 *cursor, void *entries, int max)
{
	return rfs_ctl_inside(cursor, entries, max);
}

int rfs_ctl_do_list_inside(void __user *arg)
{
	static const struct ctl_kind kind = {
		.size = sizeof(struct fcdlctl_inside),
		.page = FCDLCTL_PAGE_MAX,
		.fill = fill_inside,
	};

	return ctl_list(arg, &kind);
}

/*
 * Put @add entries of one owner among the @count of others, which both ascend by id, and keep the @max lowest. What
 * falls off the end comes with a later page, since the cursor then stands before it.
 */
static int pending_merge(struct fcdlctl_pending *all, int count, const struct fcdlctl_pending *more, int add, int max)
{
	int i, at;

	for (i = 0; i < add; i++) {
		for (at = count; at > 0 && all[at - 1].id > more[i].id; at--)
			;
		if (at == max)
			break;
		if (count == max)
			count--;
		memmove(&all[at + 1], &all[at], (count - at) * sizeof(*all));
		all[at] = more[i];
		count++;
	}
	return count;
}

static int fill_pending(u64 *cursor, void *entries, int max)
{
	const struct rfs_ctl_ops *owners[OWNERS_MAX];
	struct fcdlctl_pending *all = entries;
	struct fcdlctl_pending *page = NULL;
	int n, i, got, count = 0;

	n = rfs_ctl_owners(owners, ARRAY_SIZE(owners));
	/* what is normal, one owner, needs no second page and no merging */
	if (n > 1) {
		page = kvcalloc(max, sizeof(*page), GFP_KERNEL);
		if (!page)
			count = -ENOMEM;
	}
	for (i = 0; i < n; i++) {
		if (count >= 0) {
			if (page)
				memset(page, 0, max * sizeof(*page));
			got = owners[i]->pending(*cursor, page ?: all, max);
			if (got < 0)
				count = got;
			else
				count = page ? pending_merge(all, count, page, got, max) : got;
		}
		module_put(owners[i]->owner);
	}
	kvfree(page);
	if (count > 0)
		*cursor = all[count - 1].id;
	return count;
}

int rfs_ctl_do_list_pending(void __user *arg)
{
	static const struct ctl_kind kind = {
		.size = sizeof(struct fcdlctl_pending),
		.page = PENDING_PAGE,
		.fill = fill_pending,
	};

	return ctl_list(arg, &kind);
}

int rfs_ctl_do_list_paths(void __user *arg)
{
	struct fcdlctl_path *entries = NULL;
	struct fcdlctl_paths list;
	rfs_filter filter;
	char *buf = NULL;
	u32 max, size;
	int count;

	if (copy_from_user(&list, arg, sizeof(list)))
		return -EFAULT;
	if (rfs_ctl_name_check(list.filter, false) || list.count || list.buf_used || list.reserved || !list.max ||
	    list.size != sizeof(*entries) || list.buf_size < RFS_PATH_LEN)
		return -EINVAL;
	filter = rfs_ctl_find(list.filter);
	if (!filter)
		return -ENOENT;
	max = min_t(u32, list.max, FCDLCTL_PAGE_MAX);
	size = min_t(u32, list.buf_size, PATHS_BYTES_MAX);
	entries = kvcalloc(max, sizeof(*entries), GFP_KERNEL);
	buf = kvmalloc(size, GFP_KERNEL);
	count = -ENOMEM;
	if (!entries || !buf)
		goto free;
	count = rfs_ctl_rules(filter, &list.cursor, entries, max, buf, size, &list.buf_used);
	if (count < 0)
		goto free;
	list.count = count;
	/* only the part of buf that was written: the rest was never cleared */
	if (copy_to_user(u64_to_user_ptr(list.entries), entries, (size_t)count * sizeof(*entries)) ||
	    copy_to_user(u64_to_user_ptr(list.buf), buf, list.buf_used) || copy_to_user(arg, &list, sizeof(list)))
		count = -EFAULT;
free:
	kvfree(buf);
	kvfree(entries);
	rfs_ctl_put(filter);
	return count < 0 ? count : 0;
}

int rfs_ctl_do_stats(void __user *arg)
{
	struct fcdlctl_stat *entries;
	struct fcdlctl_stats list;
	rfs_filter filter = NULL;
	int total;

	if (copy_from_user(&list, arg, sizeof(list)))
		return -EFAULT;
	if (rfs_ctl_name_check(list.filter, true) || list.count || list.total || !list.max ||
	    list.size != sizeof(*entries))
		return -EINVAL;
	if (list.filter[0]) {
		filter = rfs_ctl_find(list.filter);
		if (!filter)
			return -ENOENT;
	}
	list.max = min_t(u32, list.max, FCDLCTL_PAGE_MAX);
	entries = kvcalloc(list.max, sizeof(*entries), GFP_KERNEL);
	total = -ENOMEM;
	if (!entries)
		goto put;
	total = rfs_ctl_stats(filter, entries, list.max);
	if (total < 0)
		goto free;
	list.total = total;
	list.count = min(list.total, list.max);
	if (copy_to_user(u64_to_user_ptr(list.entries), entries, (size_t)list.count * sizeof(*entries)) ||
	    copy_to_user(arg, &list, sizeof(list)))
		total = -EFAULT;
free:
	kvfree(entries);
put:
	if (filter)
		rfs_ctl_put(filter);
	return total < 0 ? total : 0;
}
