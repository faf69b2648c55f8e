// SPDX-License-Identifier: GPL-2.0-only
/*
 * setup.c - what a reader asks for: its filter, its paths, and when to begin
 */
#include <linux/capability.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "check.h"
#include "fcdl.h"

static struct fcdl_status status_of(struct fcdl_reader *reader)
{
	struct fcdl_status status = {};

	fcdl_reader_catch_up(reader);
	spin_lock(&reader->lock);
	status.events = reader->ring.next_seq - 1;
	status.lost = reader->ring.lost;
	status.read = reader->ring.read;
	status.waits = reader->waits;
	status.wait_ns = reader->wait_ns;
	status.timeouts = reader->timeouts;
	status.used = reader->ring.head - reader->ring.tail;
	status.ring_size = reader->ring.size;
	if (reader->state == FCDL_RUNNING)
		status.flags |= FCDL_STATUS_RUNNING;
	if (reader->stalled)
		status.flags |= FCDL_STATUS_STALLED;
	spin_unlock(&reader->lock);
	return status;
}

/* ---- For the control device ---- */

static void ctl_info(rfs_filter filter, void *private_data, struct fcdlctl_filter *info)
{
	struct fcdl_reader *reader = private_data;

	info->pid = pid_nr_ns(reader->tgid, task_active_pid_ns(current));
	if (reader->policy == FCDL_POLICY_WAIT && READ_ONCE(reader->stalled))
		info->state = FCDLCTL_STATE_STALLED;
}

static int ctl_stats(rfs_filter filter, void *private_data, struct fcdlctl_stat *stats, int max)
{
	const struct fcdl_status status = status_of(private_data);
	const struct {
		const char *name;
		u64 value;
	} all[] = {
		{ "events", status.events },
		{ "lost", status.lost },
		{ "read", status.read },
		{ "waits", status.waits },
		{ "waits_timed_out", status.timeouts },
		{ "waited_ns", status.wait_ns },
		{ "ring_used_bytes_now", status.used },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(all) && i < max; i++) {
		strscpy_pad(stats[i].name, all[i].name, sizeof(stats[i].name));
		stats[i].value = all[i].value;
	}
	return ARRAY_SIZE(all);
}

/* Somebody else switched the filter off: the log must say so. */
static void ctl_deactivated(rfs_filter filter, void *private_data)
{
	struct fcdl_note note = { .record.size = sizeof(note), .what = FCDL_NOTE_OFF };
	struct fcdl_reader *reader = private_data;
	bool was_on;

	spin_lock(&reader->lock);
	was_on = reader->state == FCDL_RUNNING;
	if (was_on)
		reader->state = FCDL_OFF;
	spin_unlock(&reader->lock);
	if (was_on)
		fcdl_reader_note(reader, &note);
	wake_up_all(&reader->room);
}

static const struct rfs_ctl_ops fcdl_ctl = {
	.owner = THIS_MODULE,
	.info = ctl_info,
	.stats = ctl_stats,
	.deactivated = ctl_deactivated,
};

/* ---- FCDL_IOC_SETUP ---- */

static int copy_matches(struct fcdl_reader *reader, const struct fcdl_setup *setup)
{
	size_t size = array_size(setup->nr_matches, sizeof(*reader->matches));
	u32 i;
	int err;

	if (!setup->nr_matches)
		return 0;
	reader->matches = memdup_user(u64_to_user_ptr(setup->matches), size);
	if (IS_ERR(reader->matches)) {
		err = PTR_ERR(reader->matches);
		reader->matches = NULL;
		return err;
	}
	reader->nr_matches = setup->nr_matches;
	for (i = 0; i < reader->nr_matches; i++) {
		err = fcdl_check_match(&reader->matches[i]);
		if (err)
			return err;
	}
	return 0;
}

static int set_operations(struct fcdl_reader *reader)
{
	struct rfs_op_info *info = kcalloc(RFS_OP_MAX + 1, sizeof(*info), GFP_KERNEL);
	u64 ops = reader->ops;
	unsigned int op, n = 0;
	int err;

	if (!info)
		return -ENOMEM;
	if (ops & BIT_ULL(FCDL_OP_CLOSE_WRITE))
		ops |= BIT_ULL(RFS_OP_RELEASE);
	ops &= ~BIT_ULL(FCDL_OP_CLOSE_WRITE);
	for (op = 0; op < RFS_OP_MAX; op++)
		if (ops & BIT_ULL(op))
			info[n++] = (struct rfs_op_info){ .op_id = op, .post_cb = fcdl_post };
	info[n].op_id = RFS_OP_END;
	err = rfs_set_operations(reader->filter, info);
	kfree(info);
	return err;
}

static int make_filter(struct fcdl_reader *reader)
{
	char name[RFS_NAME_LEN + 1];
	struct rfs_filter_info info = {
		.name = name,
		/* before all others, and after them: with the result that the caller gets */
		.priority = INT_MIN + reader->id,
		.size = sizeof(info),
		.flags = RFS_FILTER_LOCKED,
	};
	int err;

	snprintf(name, sizeof(name), "fcdl-%d", reader->id);
	if (reader->flags & FCDL_SETUP_UNPLACED)
		info.flags |= RFS_FILTER_UNPLACED;
	err = rfs_register_filter(&reader->filter, &info);
	if (err)
		return err;
	rfs_set_private_data(reader->filter, reader);
	rfs_set_ctl_ops(reader->filter, &fcdl_ctl);
	err = set_operations(reader);
	if (err) {
		rfs_unregister_filter(reader->filter);
		reader->filter = NULL;
	}
	return err;
}

/* fcdl_setup_undo() - everything that FCDL_IOC_SETUP made, or began to make; nobody else uses the reader */
void fcdl_setup_undo(struct fcdl_reader *reader)
{
	if (reader->filter)
		rfs_unregister_filter(reader->filter);
	reader->filter = NULL;
	fcdl_map_free(reader);
	kfree(reader->matches);
	reader->matches = NULL;
	reader->nr_matches = 0;
	put_pid(reader->tgid);
	reader->tgid = NULL;
	if (reader->ns)
		put_pid_ns(reader->ns);
	reader->ns = NULL;
}

static int do_setup(struct fcdl_reader *reader, struct fcdl_setup *setup)
{
	u32 max = rounddown_pow_of_two(fcdl_ring_max_kib) * 1024;
	int err;

	err = copy_matches(reader, setup);
	if (err)
		return err;
	setup->ring_size = fcdl_ring_size(setup->ring_size, max);
	reader->flags = setup->flags;
	err = fcdl_map_make(reader, setup->ring_size, setup->policy == FCDL_POLICY_OLDEST);
	if (err)
		return err;
	reader->tgid = get_pid(task_tgid(current));
	reader->ns = get_pid_ns(task_active_pid_ns(current));
	reader->ops = setup->ops;
	reader->policy = setup->policy;
	reader->deadline_ns = (u64)setup->deadline_ms * NSEC_PER_MSEC;
	return make_filter(reader);
}

static long ioc_setup(struct fcdl_reader *reader, void __user *arg)
{
	struct fcdl_setup setup;
	int err;

	if (reader->ready)
		return -EALREADY;
	if (copy_from_user(&setup, arg, sizeof(setup)))
		return -EFAULT;
	err = fcdl_check_setup(&setup);
	if (err)
		return err;
	if (setup.policy == FCDL_POLICY_WAIT && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = do_setup(reader, &setup);
	if (!err) {
		setup.version = min_t(u32, setup.version, FCDL_ABI_VERSION);
		setup.features = FCDL_FEATURES;
		setup.record_max = fcdl_ring_record_max(setup.ring_size);
		if (copy_to_user(arg, &setup, sizeof(setup)))
			err = -EFAULT;
	}
	if (err) {
		fcdl_setup_undo(reader);
		return err;
	}
	smp_store_release(&reader->ready, true);
	return 0;
}

/* ---- The others ---- */

static int note_path(struct fcdl_reader *reader, u32 what, u32 flags, const char *path)
{
	size_t len = strlen(path), size = ALIGN(sizeof(struct fcdl_note) + len + 1, 8);
	struct fcdl_note *note = kzalloc(size, GFP_KERNEL);

	if (!note)
		return -ENOMEM;
	note->record.size = size;
	note->what = what;
	note->flags = flags;
	note->path.offset = sizeof(*note);
	note->path.length = len;
	memcpy(note + 1, path, len);
	fcdl_reader_note(reader, note);
	kfree(note);
	return 0;
}

static long ioc_path(struct fcdl_reader *reader, void __user *arg, bool set)
{
	struct rfs_path_info info;
	struct fcdl_path p;
	char *path;
	long err;

	if (copy_from_user(&p, arg, sizeof(p)))
		return -EFAULT;
	err = fcdl_check_path(&p, set);
	if (err)
		return err;
	if ((p.flags & RFS_PATH_FORCE) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	path = memdup_user_nul(u64_to_user_ptr(p.path), p.length);
	if (IS_ERR(path))
		return PTR_ERR(path);
	info = (struct rfs_path_info){ .path = path, .flags = p.flags };
	err = strlen(path) == p.length ? 0 : -EINVAL;
	if (!err)
		err = set ? rfs_set_path(reader->filter, &info) : rfs_del_path(reader->filter, &info);
	if (!err) {
		/* the rule stands all the same */
		if (note_path(reader, set ? FCDL_NOTE_SET_PATH : FCDL_NOTE_DEL_PATH, info.flags, path))
			pr_warn_once("fcdl: no memory to note a change of paths\n");
		p.flags = info.flags;
		if (set && copy_to_user(arg, &p, sizeof(p)))
			err = -EFAULT;
	}
	kfree(path);
	return err;
}

static long ioc_run(struct fcdl_reader *reader)
{
	struct fcdl_note note = { .record.size = sizeof(note), .what = FCDL_NOTE_RUN, .ops = reader->ops };
	enum fcdl_state before;
	int err;

	spin_lock(&reader->lock);
	before = reader->state;
	reader->state = FCDL_RUNNING;
	spin_unlock(&reader->lock);
	if (before == FCDL_RUNNING)
		return 0;
	fcdl_reader_note(reader, &note);
	err = rfs_activate_filter(reader->filter);
	if (err) {
		spin_lock(&reader->lock);
		reader->state = before;
		spin_unlock(&reader->lock);
	}
	return err;
}

static long ioc_stop(struct fcdl_reader *reader)
{
	struct fcdl_note note = { .record.size = sizeof(note), .what = FCDL_NOTE_STOP };
	bool was_on;

	spin_lock(&reader->lock);
	was_on = reader->state == FCDL_RUNNING;
	reader->state = FCDL_STOPPED;
	spin_unlock(&reader->lock);
	/* who waits for room does not get it any more; and who has a place has filled it when this returns */
	wake_up_all(&reader->room);
	rfs_deactivate_filter(reader->filter);
	if (was_on)
		fcdl_reader_note(reader, &note);
	wake_up_interruptible_all(&reader->readable);
	return 0;
}

static long ioc_status(struct fcdl_reader *reader, void __user *arg)
{
	struct fcdl_status status = status_of(reader);

	return copy_to_user(arg, &status, sizeof(status)) ? -EFAULT : 0;
}

long fcdl_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct fcdl_reader *reader = file->private_data;
	void __user *user = (void __user *)arg;
	long ret;

	if (mutex_lock_killable(&reader->setup_lock))
		return -EINTR;
	if (cmd != FCDL_IOC_SETUP && !reader->ready) {
		mutex_unlock(&reader->setup_lock);
		return -ENOTCONN;
	}
	switch (cmd) {
	case FCDL_IOC_SETUP:
		ret = ioc_setup(reader, user);
		break;
	case FCDL_IOC_SET_PATH:
		ret = ioc_path(reader, user, true);
		break;
	case FCDL_IOC_DEL_PATH:
		ret = ioc_path(reader, user, false);
		break;
	case FCDL_IOC_RUN:
		ret = ioc_run(reader);
		break;
	case FCDL_IOC_STOP:
		ret = ioc_stop(reader);
		break;
	case FCDL_IOC_STATUS:
		ret = ioc_status(reader, user);
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&reader->setup_lock);
	return ret;
}
