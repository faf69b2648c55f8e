// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

#include "check.h"

int fcdl_check_setup(const struct fcdl_setup *setup)
{
	if (!setup->version || (setup->features & ~(u64)FCDL_FEATURES))
		return -EPROTO;
	if (setup->flags & ~(FCDL_SETUP_FAILED | FCDL_SETUP_SELF | FCDL_SETUP_UNPLACED | FCDL_SETUP_MMAP))
		return -EINVAL;
	if (setup->flags & FCDL_SETUP_MMAP && setup->policy == FCDL_POLICY_OLDEST)
		return -EINVAL;
	if (setup->record_max || setup->reserved[0] || setup->reserved[1])
		return -EINVAL;
	if (setup->nr_matches > FCDL_MATCHES_MAX || (!setup->nr_matches && setup->matches))
		return -EINVAL;
	if (setup->policy > FCDL_POLICY_WAIT || setup->deadline_ms > FCDL_DEADLINE_MS_MAX)
		return -EINVAL;
	if ((setup->policy == FCDL_POLICY_WAIT) != !!setup->deadline_ms)
		return -EINVAL;
	if (!setup->ops)
		return -EINVAL;
	return setup->ops & ~FCDL_OPS_OFFERED ? -EOPNOTSUPP : 0;
}

int fcdl_check_match(const struct fcdl_match *match)
{
	size_t len, i;

	if (match->key < FCDL_MATCH_UID || match->key > FCDL_MATCH_COMM || (match->flags & ~FCDL_MATCH_EXCLUDE))
		return -EINVAL;
	for (len = 0; len < sizeof(match->comm) && match->comm[len];)
		len++;
	if (match->key != FCDL_MATCH_COMM)
		len = 0;
	else if (!len || len == sizeof(match->comm) || match->first || match->last)
		return -EINVAL;
	for (i = len; i < sizeof(match->comm); i++)
		if (match->comm[i])
			return -EINVAL;
	return match->first <= match->last ? 0 : -EINVAL;
}

int fcdl_check_path(const struct fcdl_path *path, bool set)
{
	u32 kind = path->flags & (RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE);
	u32 reach = path->flags & (RFS_PATH_SINGLE | RFS_PATH_SUBTREE);

	if (!path->length || path->length >= RFS_PATH_LEN)
		return -EINVAL;
	if (!set)
		return path->flags ? -EINVAL : 0;
	if (path->flags & ~(kind | reach | RFS_PATH_FORCE))
		return -EINVAL;
	if (kind != RFS_PATH_INCLUDE && kind != RFS_PATH_EXCLUDE)
		return -EINVAL;
	return reach == RFS_PATH_SINGLE || reach == RFS_PATH_SUBTREE ? 0 : -EINVAL;
}

u32 fcdl_ring_size(u64 wanted, u32 max)
{
	u32 size = FCDL_RING_MIN;

	if (!wanted)
		wanted = FCDL_RING_DEFAULT;
	while (size < max && size < wanted)
		size *= 2;
	return size;
}

static u32 value_of(u32 key, const struct rfs_caller *caller)
{
	switch (key) {
	case FCDL_MATCH_UID:
		return caller->uid;
	case FCDL_MATCH_GID:
		return caller->gid;
	case FCDL_MATCH_EUID:
		return caller->euid;
	case FCDL_MATCH_EGID:
		return caller->egid;
	case FCDL_MATCH_LOGINUID:
		return caller->loginuid;
	default:
		return caller->pid;
	}
}

static bool fits(const struct fcdl_match *match, const struct rfs_caller *caller)
{
	u32 value;

	if (match->key == FCDL_MATCH_COMM)
		return !strncmp(match->comm, caller->comm, sizeof(match->comm));
	value = value_of(match->key, caller);
	return value >= match->first && value <= match->last;
}

bool fcdl_matches(const struct fcdl_match *matches, u32 count, const struct rfs_caller *caller)
{
	/* by key: there are including ones; one of them fits */
	u32 wanted = 0, found = 0, i;

	for (i = 0; i < count; i++) {
		bool fit = fits(&matches[i], caller);

		if (matches[i].flags & FCDL_MATCH_EXCLUDE) {
			if (fit)
				return false;
			continue;
		}
		wanted |= 1U << matches[i].key;
		if (fit)
			found |= 1U << matches[i].key;
	}
	return wanted == found;
}
