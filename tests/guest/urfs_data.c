// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: a user filter changes data piece by piece, and every end of its wait gives EIO and never bytes as they were
 * fs: ext4 tmpfs
 * load: redirfs urfs
 * dmesg-ok: urfs: filter [a-z]*: .* has waited
 * timeout: 240
 *
 * The test's process is the handler, which sees files as they are; children read and write through it.
 */
#include "urfs_raw.h"

#define FILE_MAX (4096 * 1024)
/* two of the largest pieces, and hardly more */
#define ARENA_LEAST (132 * 1024)

/* What a child did: bytes, or a negative errno */
static struct {
	long ret;
	char buf[FILE_MAX];
} * child;

static char text[FILE_MAX], bytes[FILE_MAX];

static const struct urfs_op both[] = { { RFS_OP_READ, URFS_OP_POST | URFS_OP_DATA },
				       { RFS_OP_WRITE, URFS_OP_PRE | URFS_OP_DATA } };

static int start_with(struct raw *r, const char *name, size_t arena, const struct urfs_op *ops, int n)
{
	raw_open(r, arena);
	want_eq(raw_cmd(r, .type = URFS_CMD_SET_EXEMPT, .flags = URFS_EXEMPT_NONE), 0);
	return raw_filter(r, name, 100, raw_dir(), ops, n);
}

static int start(struct raw *r, const char *name)
{
	return start_with(r, name, 0, both, 2);
}

static void stop(struct raw *r)
{
	want_eq(ioctl(r->fd, URFS_IOC_SHUTDOWN), 0);
	munmap(r->arena, r->size);
	close(r->fd);
}

/* A file with these bytes, past the filter */
static void put_raw(const char *name, const char *from, size_t length)
{
	int fd = open(tpath("%s", name), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	want(fd >= 0);
	want_eq(write(fd, from, length), length);
	close(fd);
}

/* Are these the bytes of the file, and no others? */
static bool is_raw(const char *name, const char *like, size_t length)
{
	int fd = open(tpath("%s", name), O_RDONLY | O_CLOEXEC);
	ssize_t n, got = 0;

	want(fd >= 0);
	while ((n = read(fd, bytes + got, sizeof(bytes) - got)) > 0)
		got += n;
	want_eq(n, 0);
	close(fd);
	return got == (ssize_t)length && !memcmp(bytes, like, length);
}

static pid_t child_io(const char *name, bool writes, size_t length)
{
	pid_t pid;
	int fd;

	memset(child->buf, 0, sizeof(child->buf));
	child->ret = -EINPROGRESS;
	pid = raw_fork();
	if (pid)
		return pid;
	fd = open(tpath("%s", name), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0)
		child->ret = writes ? write(fd, text, length) : read(fd, child->buf, length);
	if (fd < 0 || child->ret < 0)
		child->ret = -errno;
	_exit(0);
}

static long child_result(pid_t pid)
{
	want_eq(raw_wait(pid), 0);
	return child->ret;
}

static void flip(char *p, size_t length)
{
	while (length--)
		*p++ ^= 0xff;
}

/* The next piece; where it is */
static char *next_piece(struct raw *r, struct urfs_msg *m, unsigned int flags, size_t *length)
{
	const struct urfs_event *e;

	raw_want(r, m, URFS_MSG_CALLBACK);
	want_eq(m->flags, URFS_MSG_PIECE | flags);
	want(m->operation);
	e = raw_event(r, m);
	want(e->data.offset >= sizeof(*e) && !(e->data.offset % 64));
	want(e->data.length && e->data.length <= RFS_DATA_MAX);
	want((size_t)e->data.offset + e->data.length <= m->length);
	*length = e->data.length;
	return r->arena + m->offset + e->data.offset;
}

/* Flip the pieces of a call for @total bytes that carry @flags. Return: its operation */
static unsigned long long flip_all(struct raw *r, unsigned int flags, const char *like, size_t total)
{
	unsigned long long operation = 0;
	size_t done = 0, length;
	struct urfs_msg m;
	char *p;

	while (done < total) {
		p = next_piece(r, &m, flags, &length);
		want_eq(raw_event(r, &m)->data_offset, done);
		want(done + length <= total && !memcmp(p, like + done, length));
		want(!operation || m.operation == operation);
		operation = m.operation;
		flip(p, length);
		want_eq(raw_reply(r, m.id, URFS_REPLY_DATA, 0), 0);
		done += length;
	}
	return operation;
}

/* ---- What can be asked for ---- */

static void asking(void)
{
	static const struct urfs_op plain[] = { { RFS_OP_READ, URFS_OP_POST } };
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_EXIT, .on_exit = { .action = FCDLCTL_ALLOW } };
	struct urfs_op bad = both[0];
	struct fcdlctl_filter info;
	struct raw r;
	int f;

	raw_open(&r, URFS_ARENA_MIN);
	f = raw_register(&r, "asking", 100, 0);
	want_eq(raw_set_ops(&r, f, both, 2), -ENOSPC);
	stop(&r);
	raw_open(&r, ARENA_LEAST);
	f = raw_register(&r, "asking", 100, 0);
	want_eq(raw_set_ops(&r, f, both, 2), 0);
	bad.flags |= URFS_OP_POST_NOTIFY;
	want_eq(raw_set_ops(&r, f, &bad, 1), -EINVAL);
	/* what was not chosen denies, as long as it changes data */
	want(raw_info("asking", &info));
	want(info.on_timeout.action == FCDLCTL_DENY && info.on_timeout.error == EIO);
	want(info.on_exit.action == FCDLCTL_DENY && info.on_exit.error == EIO);
	want(info.on_unaskable.action == FCDLCTL_DENY && info.on_unaskable.error == EIO);
	want_eq(info.on_overload.action, FCDLCTL_WAIT);
	want_eq(raw_set_policy(&r, f, &p), 0);
	want_eq(raw_set_ops(&r, f, both, 1), 0);
	want(raw_info("asking", &info) && info.on_exit.action == FCDLCTL_ALLOW);
	want_eq(raw_set_ops(&r, f, plain, 1), 0);
	want(raw_info("asking", &info) && info.on_timeout.action == FCDLCTL_ALLOW);
	want_eq(info.on_unaskable.action, FCDLCTL_ALLOW);
	stop(&r);
}

/* ---- Data ---- */

static void changing(void)
{
	static const struct urfs_op mixed[] = { { RFS_OP_WRITE, URFS_OP_PRE | URFS_OP_DATA },
						{ RFS_OP_OPEN, URFS_OP_PRE } };
	const size_t total = 150000;
	struct urfs_msg m;
	struct raw r;
	size_t length;
	pid_t c;
	char *p;
	int f;

	unlink(tpath("file"));
	f = start(&r, "changing");
	c = child_io("file", true, total);
	flip_all(&r, 0, text, total);
	want_eq(child_result(c), total);
	memcpy(bytes, text, total);
	flip(bytes, total);
	memcpy(child->buf, bytes, total);
	want(is_raw("file", child->buf, total));
	memcpy(bytes, child->buf, total);
	memcpy(text + FILE_MAX / 2, bytes, total);
	c = child_io("file", false, total + 1);
	flip_all(&r, URFS_MSG_POST, text + FILE_MAX / 2, total);
	want_eq(child_result(c), total);
	want(!memcmp(child->buf, text, total));

	/* what the handler changes without saying so does not count */
	c = child_io("file", true, 100);
	p = next_piece(&r, &m, 0, &length);
	memset(p, 'x', length);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(child_result(c), 100);
	memcpy(text + FILE_MAX / 2, text, 100);
	want(is_raw("file", text + FILE_MAX / 2, total));

	/* nor what it writes beside the piece, and where it says that the piece is */
	c = child_io("file", true, 100);
	p = next_piece(&r, &m, 0, &length);
	memset(r.arena + m.offset, 0xa5, p - (r.arena + m.offset));
	memset(p, 'y', length);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_DATA, 0), 0);
	want_eq(child_result(c), 100);
	memset(text + FILE_MAX / 2, 'y', 100);
	want(is_raw("file", text + FILE_MAX / 2, total));

	/* a refused piece ends the call; what was done before stands */
	c = child_io("file", true, 100);
	next_piece(&r, &m, 0, &length);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_DATA | URFS_REPLY_STOP, -EDOM), -EINVAL);
	want_eq(raw_deny(&r, &m, EDOM), 0);
	want_eq(child_result(c), -EDOM);
	c = child_io("file", false, 100);
	next_piece(&r, &m, URFS_MSG_POST, &length);
	want_eq(raw_deny(&r, &m, EDOM), 0);
	want_eq(child_result(c), -EDOM);
	want_eq(child->buf[0], 0);
	c = child_io("file", false, total);
	next_piece(&r, &m, URFS_MSG_POST, &length);
	want_eq(raw_allow(&r, &m), 0);
	next_piece(&r, &m, URFS_MSG_POST, &(size_t){ 0 });
	want_eq(raw_deny(&r, &m, EDOM), 0);
	want_eq(child_result(c), length);
	want(is_raw("file", text + FILE_MAX / 2, total));

	/* only a piece can be changed */
	want_eq(raw_set_ops(&r, f, mixed, 2), 0);
	c = child_io("file", false, 100);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.op, RFS_OP_OPEN);
	want_eq(raw_event(&r, &m)->data.offset, 0);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_DATA, 0), -EINVAL);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(child_result(c), 100);
	want_eq(raw_stat("changing", "connection_requests_now"), 0);
	want_eq(raw_stat("changing", "connection_arena_used_now"), 0);
	stop(&r);
}

/* From the first piece to what tells the end: one number. */
static void pairing(void)
{
	static const struct urfs_op ops[] = { { RFS_OP_READ, URFS_OP_PRE | URFS_OP_POST | URFS_OP_DATA },
					      { RFS_OP_WRITE, URFS_OP_PRE | URFS_OP_POST | URFS_OP_DATA } };
	const size_t total = 100000;
	unsigned long long operation;
	struct urfs_msg m;
	struct raw r;
	pid_t c;

	unlink(tpath("file"));
	start_with(&r, "pairing", 0, ops, 2);
	c = child_io("file", true, total);
	operation = flip_all(&r, URFS_MSG_POST_FOLLOWS, text, total);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.flags, URFS_MSG_POST);
	want_eq(m.operation, operation);
	want_eq(raw_event(&r, &m)->result, total);
	want_eq(raw_event(&r, &m)->data.offset, 0);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(child_result(c), total);

	memcpy(text + FILE_MAX / 2, text, total);
	flip(text + FILE_MAX / 2, total);
	c = child_io("file", false, total);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.flags, URFS_MSG_POST_FOLLOWS);
	operation = m.operation;
	want_eq(raw_allow(&r, &m), 0);
	want_eq(flip_all(&r, URFS_MSG_POST, text + FILE_MAX / 2, total), operation);
	raw_want(&r, &m, URFS_MSG_CALLBACK);
	want_eq(m.flags, URFS_MSG_POST);
	want_eq(m.operation, operation);
	want_eq(raw_event(&r, &m)->result, total);
	want_eq(raw_allow(&r, &m), 0);
	want_eq(child_result(c), total);
	want(!memcmp(child->buf, text, total));
	stop(&r);
}

/* ---- Every end of a wait ---- */

/* A question about a file of 100 bytes was not answered: the caller has an error, and nobody anything else. */
static void ended(pid_t c, const char *counter, long long count)
{
	want_eq(child_result(c), -EIO);
	want_eq(child->buf[0], 0);
	want(is_raw("file", text, 100));
	if (counter)
		want_eq(raw_stat("ends", counter), count);
}

/* A handler that comes too late, with all that it may do by then */
static void too_late(struct raw *r, struct urfs_msg *m, char *p, size_t length)
{
	struct urfs_msg x;

	raw_want(r, &x, URFS_MSG_CANCELLED);
	want_eq(x.id, m->id);
	memset(p, 0xee, length);
	want(is_raw("file", text, 100));
	want_eq(raw_reply(r, m->id, URFS_REPLY_DATA, 0), -ESRCH);
	want(is_raw("file", text, 100));
	want_eq(raw_stat("ends", "connection_requests_now"), 0);
}

static void ends(bool writes)
{
	unsigned int flags = writes ? 0 : URFS_MSG_POST;
	struct urfs_msg m, x;
	struct raw r;
	size_t length;
	pid_t c;
	char *p;
	int f;

	printf("%s\n", writes ? "write" : "read");
	put_raw("file", text, 100);
	f = start(&r, "ends");
	want_eq(raw_deadline(&r, f, 300), 0);
	/* received and not answered, and then stalled */
	c = child_io("file", writes, 50);
	p = next_piece(&r, &m, flags, &length);
	ended(c, "default_timeout", 1);
	ended(child_io("file", writes, 50), "default_stalled", 1);
	too_late(&r, &m, p, length);
	/* not received */
	ended(child_io("file", writes, 50), "default_timeout", 2);
	want_eq(raw_next(&r, &m, 10), 0);
	/* the callbacks are switched off */
	want_eq(raw_switch(&r, 0), 0);
	ended(child_io("file", writes, 50), "default_not_ready", 1);
	want_eq(raw_switch(&r, 1), 0);
	/* killed */
	want_eq(raw_deadline(&r, f, 600000), 0);
	c = child_io("file", writes, 50);
	p = next_piece(&r, &m, flags, &length);
	kill(c, SIGKILL);
	want_eq(raw_wait(c), 128 + SIGKILL);
	want_eq(child->buf[0], 0);
	too_late(&r, &m, p, length);
	/* deactivated before anybody has received it */
	c = child_io("file", writes, 50);
	wait_until(raw_stat("ends", "waiting_now") == 1);
	want_eq(raw_cmd(&r, .type = URFS_CMD_DEACTIVATE, .filter = f), 0);
	ended(c, "default_deactivated", 1);
	want_eq(raw_activate(&r, f), 0);
	/* a task that must not wait */
	c = raw_fork();
	if (!c) {
		want_eq(prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0), 0);
		want_eq(child_result(child_io("file", writes, 50)), -EIO);
		_exit(0);
	}
	want_eq(raw_wait(c), 0);
	want(is_raw("file", text, 100));
	want_eq(raw_stat("ends", "default_unaskable"), 1);
	/* the filter, and then the connection, ends */
	c = child_io("file", writes, 50);
	next_piece(&r, &m, flags, &length);
	want_eq(raw_cmd(&r, .type = URFS_CMD_UNREGISTER, .filter = f), 0);
	ended(c, NULL, 0);
	raw_want(&r, &x, URFS_MSG_CANCELLED);
	want_eq(x.id, m.id);
	want_eq(raw_reply(&r, m.id, URFS_REPLY_DATA, 0), -ESRCH);
	f = raw_filter(&r, "ends", 100, raw_dir(), both, 2);
	c = child_io("file", writes, 50);
	next_piece(&r, &m, flags, &length);
	stop(&r);
	ended(c, NULL, 0);
	/* nobody is there any more: bytes as they are */
	want_eq(child_result(child_io("file", false, 50)), 50);
	want(!memcmp(child->buf, text, 50));
}

/* Who has chosen so is let past. */
static void chosen(void)
{
	struct fcdlctl_policy p = { .valid = FCDLCTL_POLICY_ON_EXIT, .on_exit = { .action = FCDLCTL_ALLOW } };
	struct raw r;
	int f;

	put_raw("file", text, 100);
	f = start(&r, "chosen");
	want_eq(raw_set_policy(&r, f, &p), 0);
	want_eq(raw_switch(&r, 0), 0);
	want_eq(child_result(child_io("file", false, 50)), 50);
	want(!memcmp(child->buf, text, 50));
	stop(&r);
}

/* Pieces that nobody takes back fill the arena. */
static void overload(void)
{
	struct urfs_msg m[64];
	struct raw r;
	pid_t c[64], last;
	size_t length;
	int f, n = 0;

	put_raw("file", text, RFS_DATA_MAX);
	f = start_with(&r, "overload", ARENA_LEAST, both, 2);
	want_eq(raw_deadline(&r, f, 600000), 0);
	for (;;) {
		last = child_io("file", false, RFS_DATA_MAX);
		wait_until(raw_stat("overload", "waiting_now") == n + 1 || raw_stat("overload", "overload_waits"));
		if (raw_stat("overload", "overload_waits"))
			break;
		c[n] = last;
		next_piece(&r, &m[n++], URFS_MSG_POST, &length);
	}
	want(n >= 2);
	/* it waits for room, and then for the answer */
	want(!raw_ended(last, NULL));
	n--;
	want_eq(raw_reply(&r, m[n].id, URFS_REPLY_DATA, 0), 0);
	want_eq(raw_wait(c[n]), 0);
	next_piece(&r, &m[n], URFS_MSG_POST, &length);
	c[n++] = last;
	/* and no longer than the deadline */
	want_eq(raw_deadline(&r, f, 300), 0);
	want_eq(child_result(child_io("file", false, RFS_DATA_MAX)), -EIO);
	want_eq(raw_stat("overload", "default_timeout"), 1);
	want_eq(child->buf[0], 0);
	while (n--) {
		want_eq(raw_deny(&r, &m[n], EDOM), 0);
		want_eq(raw_wait(c[n]), 0);
	}
	stop(&r);
}

/* In a child: a handler that flips @pieces and dies with the next one in its hands. */
static pid_t doomed(int pieces)
{
	int ready[2];
	size_t length;
	struct urfs_msg m;
	struct raw r;
	pid_t pid;
	char *p;

	want_eq(pipe(ready), 0);
	pid = raw_fork();
	if (pid) {
		close(ready[1]);
		want_eq(read(ready[0], &(char){ 0 }, 1), 1);
		close(ready[0]);
		return pid;
	}
	start(&r, "doomed");
	want_eq(write(ready[1], "", 1), 1);
	for (; pieces; pieces--) {
		p = next_piece(&r, &m, 0, &length);
		flip(p, length);
		want_eq(raw_reply(&r, m.id, URFS_REPLY_DATA, 0), 0);
	}
	p = next_piece(&r, &m, 0, &length);
	flip(p, length / 2);
	raise(SIGKILL);
	_exit(1);
}

/* What a write has acknowledged is in the file and changed, however its handler dies; and nothing else is. */
static void death(void)
{
	struct stat st;
	pid_t h, c;
	long n;

	unlink(tpath("file"));
	h = doomed(10);
	c = child_io("file", true, FILE_MAX);
	n = child_result(c);
	want_eq(raw_wait(h), 128 + SIGKILL);
	want(n > 0 && n <= 10L * RFS_DATA_MAX);
	want_eq(stat(tpath("file"), &st), 0);
	want_eq(st.st_size, n);
	memcpy(child->buf, text, n);
	flip(child->buf, n);
	want(is_raw("file", child->buf, n));
	/* with nothing done it is an error, and the file is as it was */
	h = doomed(0);
	want_eq(child_result(child_io("file", true, 1000)), -EIO);
	want_eq(raw_wait(h), 128 + SIGKILL);
	memcpy(child->buf, text, n);
	flip(child->buf, n);
	want(is_raw("file", child->buf, n));
}

static void reading(void)
{
	ends(false);
}

static void writing(void)
{
	ends(true);
}

int main(int argc, char **argv)
{
	size_t i;

	child = raw_shared(sizeof(*child));
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)(i % 251 + 1);
	PART(asking);
	PART(changing);
	PART(pairing);
	PART(reading);
	PART(writing);
	PART(chosen);
	PART(overload);
	PART(death);
	return 0;
}
