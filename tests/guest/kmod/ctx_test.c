// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctx_test.c - opens and creates files in contexts that must not wait for user space, and in kernel threads that may
 *
 * One write at /dev/ctx_test is one command, "CONTEXT DIRFD open|create NAME": the file is opened for reading, or created
 * and opened, and closed again. The write gives the number of bytes, or the errno of the open. CONTEXT is
 *
 *	plain nofs noio memalloc journal	the caller with that set
 *	worker					a worker of a work queue
 *	kthread					a thread of our own; it closes the file itself
 *	exiting					the caller, when it exits with this file open; a read anywhere gives
 *						the result of the last one, "none" before
 */
#include <linux/completion.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#define COMMAND_MAX 512

/* One open, wherever it is carried out. The caller of write() waits for it, or it belongs to an open file (exiting). */
struct job {
	struct work_struct work;
	struct path dir;
	char name[COMMAND_MAX];
	bool create;
	int result;
	struct completion done;
};

/* of the last one that exited; one at a time, tests see to that */
static int exit_result = 1;

static void do_job(struct job *job)
{
	int flags = job->create ? O_CREAT | O_EXCL | O_WRONLY : O_RDONLY;
	struct file *file = file_open_root(&job->dir, job->name, flags | O_LARGEFILE, 0644);

	job->result = PTR_ERR_OR_ZERO(file);
	if (IS_ERR(file))
		return;
	/* fput() would leave the last put to a worker */
	if (current->flags & PF_KTHREAD)
		__fput_sync(file);
	else
		fput(file);
}

static void do_work(struct work_struct *work)
{
	do_job(container_of(work, struct job, work));
}

static int do_thread(void *data)
{
	struct job *job = data;

	do_job(job);
	complete(&job->done);
	/* kthread_stop() waits for this task either way */
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static int in_thread(struct job *job)
{
	struct task_struct *task;

	init_completion(&job->done);
	task = kthread_run(do_thread, job, "ctx_test");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion(&job->done);
	return kthread_stop(task);
}

static int run(const char *context, struct job *job)
{
	unsigned int saved;

	if (!strcmp(context, "plain")) {
		do_job(job);
	} else if (!strcmp(context, "nofs")) {
		saved = memalloc_nofs_save();
		do_job(job);
		memalloc_nofs_restore(saved);
	} else if (!strcmp(context, "noio")) {
		saved = memalloc_noio_save();
		do_job(job);
		memalloc_noio_restore(saved);
	} else if (!strcmp(context, "memalloc")) {
		saved = memalloc_noreclaim_save();
		do_job(job);
		memalloc_noreclaim_restore(saved);
	} else if (!strcmp(context, "journal")) {
		/* only on file systems that have no journal: others take it for a handle of theirs */
		current->journal_info = job;
		do_job(job);
		current->journal_info = NULL;
	} else if (!strcmp(context, "worker")) {
		INIT_WORK(&job->work, do_work);
		queue_work(system_unbound_wq, &job->work);
		flush_work(&job->work);
	} else if (!strcmp(context, "kthread")) {
		return in_thread(job);
	} else {
		return -EINVAL;
	}
	return 0;
}

static void job_free(struct job *job)
{
	path_put(&job->dir);
	kfree(job);
}

static struct job *job_new(char *line)
{
	char *fd = strsep(&line, " "), *what = strsep(&line, " ");
	struct job *job;
	struct file *dir;
	int nr;

	if (!line || kstrtoint(fd, 10, &nr) || (strcmp(what, "open") && strcmp(what, "create")))
		return ERR_PTR(-EINVAL);
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return ERR_PTR(-ENOMEM);
	dir = fget_raw(nr);
	if (!dir) {
		kfree(job);
		return ERR_PTR(-EBADF);
	}
	job->dir = dir->f_path;
	path_get(&job->dir);
	fput(dir);
	job->create = !strcmp(what, "create");
	strscpy(job->name, line, sizeof(job->name));
	return job;
}

static int command(struct file *file, char *line)
{
	char *context = strsep(&line, " ");
	struct job *job = line ? job_new(line) : ERR_PTR(-EINVAL);
	int err;

	if (IS_ERR(job))
		return PTR_ERR(job);
	if (!strcmp(context, "exiting")) {
		if (cmpxchg(&file->private_data, NULL, job)) {
			job_free(job);
			return -EBUSY;
		}
		return 0;
	}
	err = run(context, job) ?: job->result;
	job_free(job);
	return err;
}

static ssize_t ctx_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	char *line;
	int err;

	if (count >= COMMAND_MAX)
		return -E2BIG;
	line = memdup_user_nul(buf, count);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = command(file, line);
	kfree(line);
	return err ?: count;
}

static ssize_t ctx_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	int result = READ_ONCE(exit_result), len;
	char text[16];

	len = result > 0 ? scnprintf(text, sizeof(text), "none") : scnprintf(text, sizeof(text), "%d", result);
	return simple_read_from_buffer(buf, count, pos, text, len);
}

static int ctx_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

/* Also when the descriptors of a task that exits are closed; its root and directory are still there then. */
static int ctx_flush(struct file *file, fl_owner_t id)
{
	struct job *job;

	if (!(current->flags & PF_EXITING))
		return 0;
	job = xchg(&file->private_data, NULL);
	if (!job)
		return 0;
	do_job(job);
	WRITE_ONCE(exit_result, job->result);
	job_free(job);
	return 0;
}

static int ctx_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		job_free(file->private_data);
	return 0;
}

static const struct file_operations ctx_fops = {
	.owner = THIS_MODULE,
	.open = ctx_open,
	.read = ctx_read,
	.write = ctx_write,
	.flush = ctx_flush,
	.release = ctx_release,
};

static struct miscdevice ctx_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ctx_test",
	.fops = &ctx_fops,
	.mode = 0600,
};

module_misc_device(ctx_device);
MODULE_DESCRIPTION("opens files in contexts that must not wait, for tests");
MODULE_LICENSE("GPL");
