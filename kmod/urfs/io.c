// SPDX-License-Identifier: GPL-2.0-only
/*
 * io.c - the calls of a handler on its connection
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/freezer.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "urfs.h"

#define SLACK_NS (50 * NSEC_PER_USEC)

static int io_open(struct inode *inode, struct file *file)
{
	struct urfs_conn *conn;
	int err;

	if (!capable(CAP_SYS_ADMIN) || !current->mm)
		return -EPERM;
	err = urfs_conn_open(&conn);
	if (err)
		return err;
	file->private_data = conn;
	return stream_open(inode, file);
}

static int io_release(struct inode *inode, struct file *file)
{
	urfs_conn_release(file->private_data);
	return 0;
}

static int io_flush(struct file *file, fl_owner_t id)
{
	urfs_conn_flush(file->private_data);
	return 0;
}

static int io_mmap(struct file *file, struct vm_area_struct *vma)
{
	return urfs_conn_mmap(file->private_data, vma);
}

static __poll_t io_poll(struct file *file, struct poll_table_struct *table)
{
	struct urfs_conn *conn = file->private_data;
	int err;

	/* first: epoll waits for ever on what was asked once, also before HELLO */
	poll_wait(file, &conn->wait, table);
	err = urfs_conn_check(conn);
	if (err == -EPERM || err == -ENOTCONN)
		return EPOLLERR;
	if (err)
		return EPOLLHUP | EPOLLERR;
	/* behind poll_wait(), as in wait_for_message() */
	atomic64_inc(&conn->asks);
	return EPOLLOUT | EPOLLWRNORM | (urfs_queue_empty(conn) ? 0 : EPOLLIN | EPOLLRDNORM);
}

/* Messages that are there, up to @max. Return: how many, or -EFAULT if the first could not be copied. */
static int deliver(struct urfs_conn *conn, struct urfs_msg __user *to, u32 max)
{
	struct urfs_node *node;
	struct urfs_msg msg;
	u32 n;

	for (n = 0; n < max && urfs_queue_take(conn, &msg, &node); n++) {
		if (copy_to_user(to + n, &msg, sizeof(msg))) {
			urfs_queue_put_back(conn, &msg, node);
			return n ? n : -EFAULT;
		}
		urfs_queue_taken(conn, node);
	}
	return n;
}

/*
 * Wait until there may be a message. One thread is woken for each message; one that leaves for another reason passes
 * its wake-up on.
 *
 * Return: 0; -ETIME; -ERESTARTSYS; -ESTALE.
 */
static int wait_for_message(struct urfs_conn *conn, ktime_t *until)
{
	DEFINE_WAIT(wait);
	int err = 0;

	atomic_inc(&conn->nr_receivers);
	for (;;) {
		prepare_to_wait_exclusive(&conn->wait, &wait, TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		/* a stall that does not see this thread on the queue, and does not wake it, is over with this */
		atomic64_inc(&conn->asks);
		if (READ_ONCE(conn->dead))
			err = -ESTALE;
		else if (!urfs_queue_empty(conn))
			break;
		else if (signal_pending(current))
			err = -ERESTARTSYS;
		else if (!schedule_hrtimeout_range(until, SLACK_NS, HRTIMER_MODE_ABS))
			err = -ETIME;
		if (err)
			break;
	}
	finish_wait(&conn->wait, &wait);
	atomic_dec(&conn->nr_receivers);
	if (err && !urfs_queue_empty(conn))
		urfs_queue_wake(conn);
	return err;
}

/*
 * receive() - messages, at least one
 * @timeout_ns:	as in struct urfs_exchange
 *
 * Return: how many; -ETIME; -ERESTARTSYS; -ESTALE; -EFAULT.
 */
static int receive(struct urfs_conn *conn, struct urfs_msg __user *to, u32 max, s64 timeout_ns)
{
	ktime_t until = timeout_ns > 0 ? ktime_add_safe(ktime_get(), timeout_ns) : 0;
	int n;

	atomic64_inc(&conn->asks);
	for (;;) {
		int err;

		n = deliver(conn, to, max);
		if (n)
			return n;
		if (!timeout_ns)
			return READ_ONCE(conn->dead) ? -ESTALE : -ETIME;
		err = wait_for_message(conn, timeout_ns > 0 ? &until : NULL);
		if (err)
			return err;
	}
}

static ssize_t io_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct urfs_conn *conn = file->private_data;
	u32 max = min_t(size_t, count / sizeof(struct urfs_msg), URFS_BATCH_MAX);
	int n = urfs_conn_check(conn);

	if (n)
		return n;
	if (!max)
		return -EINVAL;
	n = receive(conn, (struct urfs_msg __user *)buf, max, file->f_flags & O_NONBLOCK ? 0 : -1);
	if (n == -ETIME)
		return -EAGAIN;
	return n < 0 ? n : n * (ssize_t)sizeof(struct urfs_msg);
}

static ssize_t io_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct urfs_conn *conn = file->private_data;
	size_t max = count / sizeof(struct urfs_cmd), n;
	struct urfs_cmd cmd;
	int err = urfs_conn_check(conn);

	if (err)
		return err;
	if (!max || count % sizeof(cmd) || max > URFS_BATCH_MAX)
		return -EINVAL;
	for (n = 0; n < max; n++) {
		if (copy_from_user(&cmd, buf + n * sizeof(cmd), sizeof(cmd)))
			err = -EFAULT;
		else
			err = urfs_cmd_queue(conn, &cmd);
		if (err)
			break;
	}
	return n ? n * sizeof(cmd) : err;
}

static int give_reply(struct urfs_conn *conn, const struct urfs_reply *reply)
{
	int err = urfs_check_reply(reply);

	if (err)
		return err;
	if (reply->flags & URFS_REPLY_REQUEUE)
		return urfs_req_requeue(conn, reply->id);
	return urfs_req_reply(conn, reply->id, reply->flags, reply->value);
}

/* All replies of an exchange. Return: 0 or -EFAULT; *taken says how many were given. */
static int give_replies(struct urfs_conn *conn, struct urfs_reply __user *replies, u32 count, u32 *taken)
{
	struct urfs_reply reply;

	for (*taken = 0; *taken < count; (*taken)++) {
		if (copy_from_user(&reply, replies + *taken, sizeof(reply)))
			return -EFAULT;
		reply.error = give_reply(conn, &reply);
		if (put_user(reply.error, &replies[*taken].error))
			return -EFAULT;
	}
	return 0;
}

static long io_exchange(struct urfs_conn *conn, struct urfs_exchange __user *arg)
{
	struct urfs_exchange x;
	int err, n;

	if (copy_from_user(&x, arg, sizeof(x)))
		return -EFAULT;
	err = urfs_check_exchange(&x);
	if (err)
		return err;
	x.taken = 0;
	err = give_replies(conn, u64_to_user_ptr(x.replies), x.nr_replies, &x.taken);
	/* before the wait: whoever is interrupted then knows what not to send again */
	if (put_user(x.taken, &arg->taken) || put_user(0, &arg->received))
		return -EFAULT;
	if (err || !x.nr_messages)
		return err;
	n = receive(conn, u64_to_user_ptr(x.messages), x.nr_messages, x.timeout_ns);
	if (n == -ETIME || (n == -ERESTARTSYS && x.nr_replies))
		return 0;
	if (n == -ERESTARTSYS && x.timeout_ns != -1)
		return -EINTR;
	if (n < 0)
		return n;
	return put_user(n, &arg->received);
}

static long io_hello(struct urfs_conn *conn, struct urfs_hello __user *arg)
{
	struct urfs_hello hello;
	int err;

	if (copy_from_user(&hello, arg, sizeof(hello)))
		return -EFAULT;
	err = urfs_check_hello(&hello);
	if (!err)
		err = urfs_conn_hello(conn, &hello);
	if (err)
		return err;
	return copy_to_user(arg, &hello, sizeof(hello)) ? -EFAULT : 0;
}

static long io_command(struct urfs_conn *conn, struct urfs_cmd __user *arg)
{
	struct urfs_cmd cmd;
	int err;

	if (copy_from_user(&cmd, arg, sizeof(cmd)))
		return -EFAULT;
	err = urfs_cmd_run(conn, &cmd);
	if (err)
		return err;
	if (put_user(cmd.result, &arg->result) || put_user(cmd.error, &arg->error))
		return -EFAULT;
	return 0;
}

static long io_open_object(struct urfs_conn *conn, struct urfs_open_object __user *arg)
{
	struct urfs_open_object o;
	struct rfs_pin pin;
	struct file *file;
	int err, fd;

	if (copy_from_user(&o, arg, sizeof(o)))
		return -EFAULT;
	err = urfs_check_open_object(&o);
	if (!err)
		err = urfs_req_pin(conn, o.id, o.which, &pin);
	if (err)
		return err;
	fd = get_unused_fd_flags(O_CLOEXEC);
	file = fd < 0 ? ERR_PTR(fd) : rfs_pin_open(&pin);
	rfs_pin_put(&pin);
	err = PTR_ERR_OR_ZERO(file);
	if (!err && put_user(fd, &arg->fd)) {
		fput(file);
		err = -EFAULT;
	}
	if (!err)
		fd_install(fd, file);
	else if (fd >= 0)
		put_unused_fd(fd);
	return err;
}

static long io_cookie(struct urfs_conn *conn, struct urfs_cookie __user *arg)
{
	struct urfs_cookie c;
	int err;

	if (copy_from_user(&c, arg, sizeof(c)))
		return -EFAULT;
	err = urfs_check_cookie(&c);
	if (!err)
		err = urfs_cookie_run(conn, &c);
	if (err)
		return err;
	return put_user(c.cookie, &arg->cookie);
}

static long io_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct urfs_conn *conn = file->private_data;
	int err = urfs_conn_check(conn);

	if (cmd == URFS_IOC_HELLO && (!err || err == -ENOTCONN))
		return err ? io_hello(conn, (void __user *)arg) : -EALREADY;
	if (err)
		return err;
	switch (cmd) {
	case URFS_IOC_EXCHANGE:
		return io_exchange(conn, (void __user *)arg);
	case URFS_IOC_COMMAND:
		return io_command(conn, (void __user *)arg);
	case URFS_IOC_OPEN_OBJECT:
		return io_open_object(conn, (void __user *)arg);
	case URFS_IOC_COOKIE:
		return io_cookie(conn, (void __user *)arg);
	case URFS_IOC_SHUTDOWN:
		urfs_conn_shutdown(conn);
		return 0;
	default:
		return -ENOTTY;
	}
}

const struct file_operations urfs_fops = {
	.owner = THIS_MODULE,
	.open = io_open,
	.release = io_release,
	.flush = io_flush,
	.read = io_read,
	.write = io_write,
	.poll = io_poll,
	.mmap = io_mmap,
	.unlocked_ioctl = io_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};
