// SPDX-License-Identifier: GPL-2.0-only
/*
 * listing.c - listings of directories in which a filter may hide entries
 *
 * To ask about each name would be a wait for each. So entries are collected in a buffer, the filters are asked about all
 * of them at once, and those that nobody hides are given to the caller. It may have room for fewer. A file system cannot
 * be told to go back to where that was: some know the place not by the position, but by what they gave out last (the
 * cursor of a directory that lives in the dentry cache). So the rest stays with the open file, for the next call, if that
 * comes with the position at which this one ended; a seek in between drops it, and takes the file system there.
 *
 * LIFETIME: a struct rfs_listing belongs to the call that collects it, and between calls to the open file (file.c).
 *
 * LOCKING: the VFS lets one caller at a time read an open directory. (Should two come, the second finds no listing.)
 */
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "call.h"
#include "file.h"
#include "listing.h"
#include "stats.h"

/* Some 400 names of usual length; the longest name that any file system has fits. */
#define LISTING_SIZE (16 * 1024)

/*
 * struct rfs_listing - entries on their way to who lists the directory
 * @pos:	position of the file with which the next call goes on here
 * @end:	where the file system goes on
 * @used:	bytes in @entries
 * @next:	the first one that was not given out
 * @judged:	the filters were asked: those that are hidden have the flag
 * @broken:	there was one that does not fit
 * @entries:	struct rfs_dirent, each with its name
 */
struct rfs_listing {
	loff_t pos;
	loff_t end;
	u32 used;
	u32 next;
	bool judged;
	bool broken;
	char entries[LISTING_SIZE];
};

struct collector {
	struct dir_context ctx;
	struct rfs_listing *listing;
};

static struct rfs_dirent *entry_at(void *entries, u32 at)
{
	return entries + at;
}

void rfs_listing_free(struct rfs_listing *listing)
{
	kvfree(listing);
}

/* The file system's way to give out an entry. Return: false if there is no room; it begins with this one the next time. */
static bool collect(struct dir_context *ctx, const char *name, int length, loff_t offset, u64 ino, unsigned int type)
{
	struct rfs_listing *l = container_of(ctx, struct collector, ctx)->listing;
	struct rfs_dirent *entry = entry_at(l->entries, l->used);
	u32 size = ALIGN(sizeof(*entry) + length + 1, 8);

	if (length < 0 || length > PATH_MAX || size > LISTING_SIZE - l->used) {
		l->broken = !l->used;
		return false;
	}
	*entry = (struct rfs_dirent){ .ino = ino, .offset = offset, .size = size, .name_length = length, .type = type };
	memcpy(entry + 1, name, length);
	memset((char *)(entry + 1) + length, 0, size - sizeof(*entry) - length);
	l->used += size;
	return true;
}

static int fill(struct rfs_listing *l, struct file *file, struct dir_context *ctx, rfs_iterate_fn own)
{
	struct collector c = { .ctx = *ctx, .listing = l };
	int ret;

	l->used = 0;
	l->next = 0;
	l->judged = false;
	l->broken = false;
	c.ctx.actor = collect;
	ret = own(file, &c.ctx);
	l->end = c.ctx.pos;
	/* only a failure means anything */
	return l->broken ? -EIO : min(ret, 0);
}

static bool is_dots(const struct rfs_dirent *entry)
{
	const char *name = (const char *)(entry + 1);

	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/*
 * The filters get a copy, and may do with it what they like: of what it comes back as only one bit of each entry is looked
 * at, at places that are known here.
 */
static int judge(struct rfs_listing *l, struct rfs_call *call)
{
	struct rfs_data data = { .length = l->used };
	u32 at;
	int err;

	data.base = kvmalloc(l->used, GFP_KERNEL);
	if (!data.base) {
		rfs_count(no_memory);
		return -ENOMEM;
	}
	memcpy(data.base, l->entries, l->used);
	err = rfs_call_piece(call, &data);
	for (at = 0; !err && at < l->used; at += entry_at(l->entries, at)->size) {
		struct rfs_dirent *entry = entry_at(l->entries, at);

		if (!is_dots(entry))
			entry->flags = entry_at(data.base, at)->flags & RFS_DIRENT_HIDDEN;
	}
	l->judged = !err;
	kvfree(data.base);
	return err;
}

/* Return: false if the caller takes no more. */
static bool give_out(struct rfs_listing *l, struct dir_context *ctx)
{
	for (; l->next < l->used; l->next += entry_at(l->entries, l->next)->size) {
		const struct rfs_dirent *entry = entry_at(l->entries, l->next);

		if (entry->flags & RFS_DIRENT_HIDDEN)
			continue;
		ctx->pos = entry->offset;
		if (!ctx->actor(ctx, (const char *)(entry + 1), entry->name_length, entry->offset, entry->ino,
				entry->type))
			return false;
	}
	ctx->pos = l->end;
	return true;
}

/* What was read and not given out waits for the next call. */
static void keep(struct rfs_listing *l, struct file *file, loff_t pos)
{
	l->pos = pos;
	rfs_listing_free(rfs_file_listing(file, l));
}

int rfs_listing_read(struct rfs_call *call, struct file *file, struct dir_context *ctx, rfs_iterate_fn own)
{
	struct rfs_listing *l = rfs_file_listing(file, NULL);
	int ret = 0;

	if (l && l->pos != ctx->pos) {
		rfs_listing_free(l);
		l = NULL;
	}
	for (;;) {
		if (!l || l->next == l->used) {
			if (!call) {
				ret = own(file, ctx);
				break;
			}
			if (!l)
				l = kvmalloc(sizeof(*l), GFP_KERNEL);
			if (!l) {
				rfs_count(no_memory);
				return -ENOMEM;
			}
			ret = fill(l, file, ctx, own);
			if (!l->used) {
				ctx->pos = l->end;
				break;
			}
		}
		if (!l->judged && call) {
			int err = judge(l, call);

			if (err) {
				keep(l, file, ctx->pos);
				return err;
			}
		}
		if (!give_out(l, ctx)) {
			keep(l, file, ctx->pos);
			return 0;
		}
		/* a directory may be long, and all of it hidden */
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		if (ret)
			break;
		cond_resched();
	}
	rfs_listing_free(l);
	return ret;
}

void rfs_listing_moved(struct file *file)
{
	rfs_listing_free(rfs_file_listing(file, NULL));
}
