// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * about: random calls on /dev/urfs, /dev/fcdlctl and /dev/fcdl by threads that die, while others work and memory fails
 * fs: tmpfs
 * load: redirfs fcdl urfs deadline_ms=200
 * timeout: 300
 * dmesg-ok: Call Trace|vmalloc error|page allocation failure
 *
 * Players are processes of three threads that share their descriptors. What they do is mostly well-formed, since what is
 * refused at the door reaches nothing behind it, with now and then one member, pointer or length that is not. Workers
 * make, open, move and remove files below what the players' filters cover, and take any answer, but it must come.
 * Where the kernel can inject faults, some of the calls meet one.
 *
 * All choices come from one seed: fuzz.seed= on the kernel's command line; fuzz.lives= is how many players live. The
 * same seed makes the same choices; in which order the threads come to them the machine decides.
 */
#include <limits.h>
#include <sys/time.h>

#include "fcdl_abi.h"
#include "urfs_raw.h"

#define PLAYERS 3 /* processes at a time */
#define THREADS 3 /* of each */
#define CALLS 400 /* by the first thread of a life; the others go on until it ends */
#define WORKERS 2
#define CONNS 2
#define NAMES 16
#define DATA 8192
#define IDS 8 /* the last ones that were received */

/* Longest wait that a policy may ask for, in milliseconds: the test is to end */
#define WAIT_MAX 200

enum kind { COMMAND, BATCH, EXCHANGE, READ, OBJECT, MAP, CONTROL, LOG, LIFE, FAULT, KINDS };

static const char *const kind_names[KINDS] = { "command", "write",   "exchange", "read", "object",
					       "map",	  "control", "log call", "life", "fault" };

static struct shared {
	unsigned long long done[KINDS], well[KINDS]; /* calls, and those that succeeded */
	unsigned long long callbacks, answered, worked;
	int enough;
} * shared;

static unsigned long long seed = 1;
static unsigned int lives = 12;

/* Of one player, shared by its threads on purpose: they close what another one uses */
static struct {
	int fd;
	char *arena;
	size_t size;
	unsigned int handle[NAMES];
} conns[CONNS];
static int log_fd = -1, ctl_fd = -1;
static void *log_map;
static unsigned long long ids[IDS];

static __thread unsigned long long stream;
static __thread char *data; /* DATA bytes, and behind them a page that is not there */

/* ---- Choices ---- */

static unsigned long long mix(unsigned long long x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static unsigned int pick(unsigned int below)
{
	stream = mix(stream);
	return (stream >> 20) % below;
}

/* Once in so many times */
static bool rarely(unsigned int times)
{
	return !pick(times);
}

static unsigned long long weird(void)
{
	static const unsigned long long border[] = { 0,	    1,		2,	    7,	   8,
						     255,   256,	4095,	    4096,  65535,
						     65536, 0x7fffffff, 0x80000000, ~0U,   1ULL << 32,
						     ~0ULL, 1ULL << 63, ~0ULL >> 1, -1000, 0xfffffffffffff000ULL };

	if (rarely(4))
		return mix(stream ^ 5);
	return border[pick(sizeof(border) / sizeof(border[0]))];
}

/* An address to read or write @len bytes at; now and then one that is wrong */
static void *place(size_t len)
{
	if (!rarely(12))
		return data;
	switch (pick(5)) {
	case 0:
		return NULL;
	case 1:
		return (void *)0xffff888000000000UL;
	case 2:
		return (void *)0x7ffffffff000UL;
	case 3:
		return data + DATA - (len ? pick(len) : 0);
	default:
		return data + pick(16);
	}
}

static unsigned int some_ms(void)
{
	return rarely(8) ? 0 : 1 + pick(WAIT_MAX);
}

static const char *some_path(void)
{
	static const char *const below[] = { "", "/0", "/1", "/2", "/0/a", "/1/b", "/none", "/0/../1", "/link" };
	static __thread char buf[PATH_MAX + 2];

	switch (pick(16)) {
	case 0:
		return "relative";
	case 1:
		return "/proc/self";
	case 2:
		memset(buf, 'x', sizeof(buf) - 1);
		buf[0] = '/';
		buf[rarely(2) ? PATH_MAX + 1 : pick(PATH_MAX)] = '\0';
		return buf;
	default:
		snprintf(buf, sizeof(buf), "%s%s", raw_dir(), below[pick(sizeof(below) / sizeof(below[0]))]);
		return buf;
	}
}

static const char *some_name(void)
{
	static const char *const names[NAMES + 4] = { "f0",  "f1",  "f2", "f3",	 "f4",	"f5",	 "f6",
						      "f7",  "f8",  "f9", "f10", "f11", "f12",	 "f13",
						      "f14", "f15", "",	  "..",	 "a b", "fcdl-0" };

	return names[pick(rarely(8) ? NAMES + 4 : NAMES)];
}

static void some_bytes(void *at, size_t len)
{
	char *c = at;

	while (len--)
		*c++ = rarely(3) ? (char)pick(256) : 0;
}

static struct fcdlctl_verdict some_verdict(void)
{
	struct fcdlctl_verdict v = { .action = FCDLCTL_ALLOW + pick(2) };

	if (v.action == FCDLCTL_DENY)
		v.error = 1 + pick(130);
	if (rarely(16))
		v.action = pick(6);
	if (rarely(16))
		v.error = weird();
	return v;
}

static void some_policy(struct fcdlctl_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->valid = 1 + pick(FCDLCTL_POLICY_ALL);
	if (p->valid & FCDLCTL_POLICY_DEADLINE)
		p->deadline_ms = some_ms();
	if (p->valid & FCDLCTL_POLICY_ON_TIMEOUT)
		p->on_timeout = some_verdict();
	if (p->valid & FCDLCTL_POLICY_ON_OVERLOAD)
		p->on_overload = some_verdict();
	if (p->valid & FCDLCTL_POLICY_ON_EXIT)
		p->on_exit = some_verdict();
	if (p->valid & FCDLCTL_POLICY_ON_UNASKABLE)
		p->on_unaskable = some_verdict();
	if (rarely(16))
		p->reserved[pick(7)] = weird();
	if (rarely(16))
		p->valid = weird();
}

/* ---- Counting, and faults ---- */

static int fault_fd(void)
{
	static __thread int fd = -2;

	if (fd == -2)
		fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return fd;
}

/* Around every call: the allocation that fails is one of its first ones. */
static void fault_begin(void)
{
	char n[8];

	if (fault_fd() >= 0 && rarely(6))
		shared->done[FAULT] += pwrite(fault_fd(), n, snprintf(n, sizeof(n), "%u", 1 + pick(12)), 0) > 0;
}

static void fault_end(void)
{
	if (fault_fd() >= 0)
		pwrite(fault_fd(), "0", 1, 0);
}

static long count(enum kind kind, long rc)
{
	fault_end();
	__atomic_fetch_add(&shared->done[kind], 1, __ATOMIC_RELAXED);
	if (rc >= 0)
		__atomic_fetch_add(&shared->well[kind], 1, __ATOMIC_RELAXED);
	return rc;
}

#define CALL(kind, call) (fault_begin(), count(kind, (call)))

/* ---- A connection ---- */

static void conn_close(unsigned int c)
{
	int fd = conns[c].fd;

	conns[c].fd = -1;
	if (fd >= 0)
		close(fd);
	if (conns[c].arena)
		munmap(conns[c].arena, conns[c].size);
	conns[c].arena = NULL;
}

/* A filter that is asked: what comes by chance alone comes too seldom. */
static void filter_begin(unsigned int c)
{
	struct raw r = { .fd = conns[c].fd };
	static const unsigned int when[] = { URFS_OP_PRE, URFS_OP_POST, URFS_OP_PRE | URFS_OP_POST,
					     URFS_OP_PRE | URFS_OP_PRE_NOTIFY,
					     URFS_OP_PRE | URFS_OP_POST | URFS_OP_POST_NOTIFY };
	struct urfs_op *op = (void *)data;
	int handle, i;

	handle = CALL(COMMAND, raw_register(&r, some_name(), pick(4000), 0));
	if (handle < 0)
		return;
	conns[c].handle[pick(NAMES)] = handle;
	for (i = 0; i < 11; i++)
		op[i] = (struct urfs_op){ i < 10 ? RFS_OP_LOOKUP + i : RFS_OP_OPEN, when[pick(5)] };
	op[11] = (struct urfs_op){ RFS_OP_READ, URFS_OP_POST | (rarely(2) ? URFS_OP_DATA : 0) };
	op[12] = (struct urfs_op){ RFS_OP_WRITE, URFS_OP_PRE | (rarely(2) ? URFS_OP_DATA | URFS_OP_PLACED : 0) };
	CALL(COMMAND, raw_set_ops(&r, handle, op, 13));
	CALL(COMMAND, raw_set_path(&r, handle, raw_dir(), RFS_PATH_INCLUDE | RFS_PATH_SUBTREE));
	CALL(COMMAND, raw_activate(&r, handle));
	CALL(COMMAND, raw_switch(&r, 1));
}

static void conn_open(unsigned int c)
{
	struct urfs_hello h = { .version = URFS_ABI_VERSION, .arena_size = rarely(3) ? 0 : URFS_ARENA_MIN };
	void *arena;
	int fd;

	conn_close(c);
	fd = open("/dev/urfs", O_RDWR | O_CLOEXEC | (rarely(2) ? 0 : O_NONBLOCK));
	count(LIFE, fd);
	if (fd < 0)
		return;
	if (rarely(8))
		some_bytes(&h, sizeof(h));
	if (rarely(8))
		h.version = weird();
	CALL(LIFE, ioctl(fd, URFS_IOC_HELLO, rarely(16) ? place(sizeof(h)) : &h));
	conns[c].size = h.arena_size > 1 << 24 ? URFS_ARENA_MIN : h.arena_size;
	arena = mmap(NULL, conns[c].size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	count(LIFE, arena == MAP_FAILED ? -1 : 0);
	conns[c].arena = arena == MAP_FAILED ? NULL : arena;
	conns[c].fd = fd;
	if (!rarely(3))
		filter_begin(c);
}

static unsigned long long some_id(void)
{
	return rarely(12) ? weird() : ids[pick(IDS)];
}

static void took(const struct urfs_msg *m, long n)
{
	for (; n > 0; n--, m++) {
		if (m->type != URFS_MSG_CALLBACK && m->type != URFS_MSG_MODIFY && m->type != URFS_MSG_CANCELLED)
			continue;
		ids[__atomic_fetch_add(&shared->callbacks, 1, __ATOMIC_RELAXED) % IDS] = m->id;
	}
}

/* Everything a command of this type wants, for a filter of this connection */
static struct urfs_cmd some_command(unsigned int c)
{
	struct urfs_cmd cmd = { .type = 1 + pick(URFS_CMD_REQUEUE), .id = pick(1000), .ptr = (unsigned long)data };
	struct urfs_op *op = (void *)data;
	const char *text = NULL;

	cmd.filter = conns[c].handle[pick(NAMES)];
	/* what ends a filter comes less often, or none lives long enough */
	if ((cmd.type == URFS_CMD_UNREGISTER || cmd.type == URFS_CMD_DEACTIVATE ||
	     cmd.type == URFS_CMD_SET_OPERATIONS) &&
	    !rarely(4))
		cmd.type = URFS_CMD_REPLY;
	switch (cmd.type) {
	case URFS_CMD_REGISTER:
		text = some_name();
		cmd.filter = 0;
		cmd.value = pick(4000);
		cmd.flags = rarely(3) ? URFS_REGISTER_ACTIVE : 0;
		break;
	case URFS_CMD_SET_PATH:
		cmd.flags = 1 + pick(15);
		cmd.flags = rarely(8) ? cmd.flags : RFS_PATH_INCLUDE | (rarely(4) ? RFS_PATH_SINGLE : RFS_PATH_SUBTREE);
		text = some_path();
		break;
	case URFS_CMD_DEL_PATH:
		text = some_path();
		break;
	case URFS_CMD_SET_OPERATIONS:
		cmd.length = pick(12) * sizeof(*op);
		for (; (char *)op < data + cmd.length; op++)
			*op = (struct urfs_op){ rarely(16) ? weird() : 1 + pick(RFS_OP_MAX), 1 + pick(15) };
		break;
	case URFS_CMD_SET_POLICY:
		some_policy((void *)data);
		cmd.length = sizeof(struct fcdlctl_policy);
		break;
	case URFS_CMD_SWITCH_CALLBACKS:
	case URFS_CMD_SET_MODIFY:
		cmd.value = !rarely(6);
		break;
	case URFS_CMD_SET_EXEMPT:
		cmd.flags = pick(3);
		cmd.value = cmd.flags == URFS_EXEMPT_CGROUP ? pick(12) : 0;
		break;
	case URFS_CMD_REPLY:
	case URFS_CMD_REQUEUE:
		cmd.id = some_id();
		cmd.flags = cmd.type == URFS_CMD_REPLY && rarely(3) ? URFS_REPLY_STOP : 0;
		cmd.value = cmd.flags ? -1 - (int)pick(130) : 0;
		break;
	}
	if (text) {
		cmd.length = strnlen(text, DATA);
		memcpy(data, text, cmd.length);
	}
	if (!cmd.length)
		cmd.ptr = 0;
	else if (rarely(12))
		cmd.ptr = (unsigned long)place(cmd.length);
	if (cmd.type != URFS_CMD_SET_EXEMPT &&
	    (cmd.type < URFS_CMD_UNREGISTER || cmd.type > URFS_CMD_SET_MODIFY || cmd.type == URFS_CMD_SWITCH_CALLBACKS))
		cmd.filter = 0;
	return cmd;
}

static void mutate(void *at, size_t size)
{
	unsigned int *words = at;

	words[pick(size / 4)] = weird();
}

static void command(unsigned int c)
{
	struct urfs_cmd cmd = some_command(c);
	bool one = cmd.type == URFS_CMD_REGISTER;

	if (rarely(8))
		mutate(&cmd, sizeof(cmd));
	fault_begin();
	if (count(COMMAND, ioctl(conns[c].fd, URFS_IOC_COMMAND, &cmd) ? -1 : cmd.error) >= 0 && one)
		conns[c].handle[pick(NAMES)] = cmd.result;
}

static void batch(unsigned int c)
{
	static __thread struct urfs_cmd cmds[8];
	unsigned int n = 1 + pick(8), i;
	size_t len = n * sizeof(cmds[0]);

	for (i = 0; i < n; i++)
		cmds[i] = some_command(c);
	if (rarely(8))
		mutate(cmds, len);
	if (rarely(12))
		len = weird() % sizeof(cmds);
	CALL(BATCH, raw_write(conns[c].fd, rarely(16) ? place(len) : cmds, len));
}

/* The object of a request that may be answered, or end, this moment */
static void object(unsigned int c, unsigned long long last)
{
	struct urfs_open_object o = { .id = rarely(3) ? some_id() : last, .which = pick(3) };

	if (rarely(2)) {
		struct urfs_cookie k = { .id = o.id, .which = pick(4), .flags = pick(4), .cookie = pick(3) };

		if (rarely(12))
			mutate(&k, sizeof(k));
		ioctl(conns[c].fd, URFS_IOC_COOKIE, &k);
	}
	if (rarely(12))
		mutate(&o, sizeof(o));
	if (CALL(OBJECT, ioctl(conns[c].fd, URFS_IOC_OPEN_OBJECT, &o)) < 0)
		return;
	raw_read(o.fd, data, DATA);
	close(o.fd);
}

/* What was received is answered as it should be: else nearly all time is spent waiting for deadlines. */
static void answer(unsigned int c, const struct urfs_msg *msgs, unsigned int nr)
{
	struct urfs_reply replies[8] = { 0 };
	struct urfs_exchange x = { .replies = (unsigned long)replies, .nr_replies = nr };
	unsigned int i;

	for (i = 0; i < nr; i++)
		replies[i].id = msgs[i].id;
	if (CALL(EXCHANGE, ioctl(conns[c].fd, URFS_IOC_EXCHANGE, &x)))
		return;
	for (i = 0; i < x.taken; i++)
		__atomic_fetch_add(&shared->answered, !replies[i].error, __ATOMIC_RELAXED);
}

static void exchange(unsigned int c)
{
	struct urfs_reply *replies = (void *)data;
	struct urfs_msg *msgs = (void *)(data + DATA / 2);
	struct urfs_exchange x = { .replies = (unsigned long)replies,
				   .messages = (unsigned long)msgs,
				   .nr_replies = pick(5),
				   .nr_messages = pick(8),
				   .timeout_ns = pick(3) * MS };
	unsigned int i;

	for (i = 0; i < x.nr_replies; i++) {
		replies[i] = (struct urfs_reply){ .id = some_id() };
		if (rarely(4))
			replies[i].flags = URFS_REPLY_STOP, replies[i].value = -1 - (int)pick(130);
		else if (rarely(6))
			replies[i].flags = rarely(2) ? URFS_REPLY_REQUEUE : URFS_REPLY_DATA;
		if (rarely(12))
			mutate(&replies[i], sizeof(replies[i]));
	}
	if (rarely(16))
		mutate(&x, sizeof(x));
	/* a wait without end is for the other threads: the first one decides when a life is over */
	if ((long long)x.timeout_ns < 0 || (long long)x.timeout_ns > WAIT_MAX * MS)
		x.timeout_ns = MS;
	if (!CALL(EXCHANGE, ioctl(conns[c].fd, URFS_IOC_EXCHANGE, &x)) && x.messages == (unsigned long)msgs) {
		took(msgs, x.received);
		for (i = 0; i < x.taken && i < 5; i++)
			__atomic_fetch_add(&shared->answered, !replies[i].error, __ATOMIC_RELAXED);
		if (x.received && rarely(2))
			object(c, msgs[0].id);
		if (!rarely(4))
			answer(c, msgs, x.received < 8 ? x.received : 8);
	}
}

static void take(unsigned int c)
{
	struct pollfd p = { .fd = conns[c].fd, .events = POLLIN };
	size_t len = rarely(4) ? weird() % DATA : (1 + pick(8)) * sizeof(struct urfs_msg);
	void *at = place(len);
	long n;

	if (poll(&p, 1, pick(3)) != 1 || !(p.revents & POLLIN))
		return;
	n = CALL(READ, raw_read(p.fd, at, len));
	if (n > 0 && at == data)
		took(at, n / (long)sizeof(struct urfs_msg));
}

static void map(unsigned int c)
{
	char *arena = conns[c].arena;
	size_t size = conns[c].size;
	void *p;

	switch (pick(8)) {
	case 0:
		p = mmap(NULL, weird() % (1 << 21) + 1, PROT_READ | PROT_WRITE | (rarely(4) ? PROT_EXEC : 0),
			 rarely(4) ? MAP_PRIVATE : MAP_SHARED, conns[c].fd, weird() & ~4095ULL);
		count(MAP, p == MAP_FAILED ? -1 : 0);
		break;
	case 1:
		if (arena)
			CALL(MAP, mprotect(arena, size, PROT_READ | (rarely(2) ? PROT_EXEC : PROT_WRITE)));
		break;
	case 2:
		if (arena) {
			p = mremap(arena, size, size * 2, rarely(2) ? 0 : MREMAP_MAYMOVE);
			count(MAP, p == MAP_FAILED ? -1 : 0);
		}
		break;
	case 3:
		if (arena)
			CALL(MAP, madvise(arena, size, rarely(2) ? MADV_DOFORK : MADV_DONTNEED));
		break;
	default:
		/* what the kernel wrote there is the handler's, and may change at any time */
		if (arena && size >= URFS_ARENA_MIN && !mprotect(arena, size, PROT_READ | PROT_WRITE))
			some_bytes(arena + pick(size - 256), 256);
	}
}

/* Somebody else who has the descriptors */
static void child(void)
{
	struct urfs_exchange x = { .timeout_ns = 0 };
	pid_t pid = fork();
	int i;

	count(LIFE, pid);
	if (pid)
		return;
	for (i = 0; i < CONNS; i++) {
		ioctl(conns[i].fd, URFS_IOC_EXCHANGE, &x);
		ioctl(conns[i].fd, URFS_IOC_SHUTDOWN);
		raw_read(conns[i].fd, data, DATA);
	}
	if (rarely(2))
		execl("/bin/true", "true", NULL);
	_exit(0);
}

static void life(unsigned int c)
{
	switch (pick(8)) {
	case 0:
		CALL(LIFE, ioctl(conns[c].fd, URFS_IOC_SHUTDOWN));
		break;
	case 1:
		conn_close(c);
		break;
	case 2:
		child();
		break;
	case 3:
		CALL(LIFE, ioctl(conns[c].fd, weird(), data));
		break;
	default:
		conn_open(c);
	}
}

/* ---- The other devices ---- */

static void control(void)
{
	union {
		struct fcdlctl_list list;
		struct fcdlctl_paths paths;
		struct fcdlctl_stats stats;
		struct fcdlctl_policy policy;
		struct fcdlctl_setpath setpath;
		struct fcdlctl_name name;
		struct fcdlctl_detach detach;
		unsigned int words[64];
	} u;
	static const unsigned int lists[] = { FCDLCTL_LIST, FCDLCTL_LIST_FS, FCDLCTL_LIST_INSIDE,
					      FCDLCTL_LIST_PENDING };
	static const unsigned int sizes[] = { sizeof(struct fcdlctl_filter), sizeof(struct fcdlctl_fs),
					      sizeof(struct fcdlctl_inside), sizeof(struct fcdlctl_pending) };
	unsigned int request, which;
	const char *path;

	if (ctl_fd < 0)
		ctl_fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);
	memset(&u, 0, sizeof(u));
	switch (pick(10)) {
	case 0:
		which = pick(4);
		request = lists[which];
		u.list = (struct fcdlctl_list){ .cursor = rarely(3) ? weird() : 0,
						.entries = (unsigned long)place(64),
						.size = sizes[which] };
		u.list.max = DATA / u.list.size;
		break;
	case 1:
		request = FCDLCTL_LIST_PATHS;
		u.paths = (struct fcdlctl_paths){ .entries = (unsigned long)place(64),
						  .buf = (unsigned long)data + DATA / 2,
						  .max = 16,
						  .size = sizeof(struct fcdlctl_path),
						  .buf_size = pick(DATA / 2) };
		strcpy(u.paths.filter, some_name());
		break;
	case 2:
		request = FCDLCTL_STATS;
		u.stats = (struct fcdlctl_stats){ .entries = (unsigned long)place(64),
						  .max = pick(128),
						  .size = sizeof(struct fcdlctl_stat) };
		strcpy(u.stats.filter, some_name());
		break;
	case 3:
	case 4:
		request = rarely(3) ? FCDLCTL_GET_POLICY : FCDLCTL_SET_POLICY;
		if (request == FCDLCTL_SET_POLICY)
			some_policy(&u.policy);
		strcpy(u.policy.filter, some_name());
		break;
	case 5:
	case 6:
		request = rarely(3) ? FCDLCTL_DELPATH : FCDLCTL_SETPATH;
		path = some_path();
		u.setpath = (struct fcdlctl_setpath){ .path = (unsigned long)path, .path_len = strlen(path) };
		if (request == FCDLCTL_SETPATH)
			u.setpath.flags = 1 + pick(31);
		strcpy(u.setpath.filter, some_name());
		break;
	case 7:
	case 8:
		request = rarely(3) ? FCDLCTL_DEACTIVATE : FCDLCTL_ACTIVATE;
		strcpy(u.name.filter, some_name());
		break;
	default:
		/* either leaves nobody to be asked until new filters come */
		if (!rarely(60))
			return;
		request = rarely(2) ? FCDLCTL_DETACH : FCDLCTL_DEACTIVATE_ALL;
		u.detach.timeout_ms = some_ms();
	}
	if (rarely(10) && request != FCDLCTL_SET_POLICY && request != FCDLCTL_DETACH)
		mutate(&u, sizeof(u));
	CALL(CONTROL, ioctl(ctl_fd, request, &u));
}

static void logger(void)
{
	struct fcdl_setup setup = { .version = rarely(8) ? weird() : FCDL_ABI_VERSION,
				    .flags = pick(4),
				    .ring_size = rarely(8) ? weird() % (1 << 20) : 0,
				    .ops = rarely(4) ? weird() : RFS_OPS_NAMESPACE,
				    .policy = pick(4) };
	struct fcdl_status status;
	struct fcdl_path path;
	const char *text;

	if (log_fd < 0 || rarely(12)) {
		if (log_map && log_map != MAP_FAILED)
			munmap(log_map, sysconf(_SC_PAGESIZE));
		log_map = NULL;
		close(log_fd);
		log_fd = open("/dev/fcdl", O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (setup.policy == FCDL_POLICY_WAIT)
			setup.deadline_ms = 1 + pick(WAIT_MAX);
		CALL(LOG, ioctl(log_fd, FCDL_IOC_SETUP, &setup));
		return;
	}
	switch (pick(7)) {
	case 0:
	case 1:
		text = some_path();
		path = (struct fcdl_path){ (unsigned long)text, strlen(text), RFS_PATH_INCLUDE | RFS_PATH_SUBTREE };
		if (rarely(6))
			path.flags = weird();
		CALL(LOG, ioctl(log_fd, rarely(4) ? FCDL_IOC_DEL_PATH : FCDL_IOC_SET_PATH, &path));
		break;
	case 2:
		CALL(LOG, ioctl(log_fd, rarely(3) ? FCDL_IOC_STOP : FCDL_IOC_RUN));
		break;
	case 3:
		CALL(LOG, ioctl(log_fd, FCDL_IOC_STATUS, &status));
		break;
	case 4:
		log_map = mmap(NULL, sysconf(_SC_PAGESIZE) * (1 + pick(3)), PROT_READ | PROT_WRITE, MAP_SHARED, log_fd,
			       0);
		count(LOG, log_map == MAP_FAILED ? -1 : 0);
		if (log_map != MAP_FAILED && rarely(2))
			some_bytes(log_map, 256);
		break;
	default:
		CALL(LOG, raw_read(log_fd, place(DATA), rarely(4) ? weird() % DATA : DATA));
	}
}

/* ---- Players ---- */

static void play(void)
{
	unsigned int c = pick(CONNS);

	if (conns[c].fd < 0) {
		conn_open(c);
		return;
	}
	switch (pick(20)) {
	case 0 ... 5:
		command(c);
		break;
	case 6:
		batch(c);
		break;
	case 7 ... 11:
		exchange(c);
		break;
	case 12 ... 14:
		take(c);
		break;
	case 15:
		map(c);
		break;
	case 16 ... 17:
		control();
		break;
	case 18:
		logger();
		break;
	default:
		if (rarely(4))
			life(c);
	}
}

static void thread_begin(unsigned long long number)
{
	stream = mix(seed) + number;
	data = mmap(NULL, DATA + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	want(data != MAP_FAILED);
	want_eq(munmap(data + DATA, 4096), 0);
}

static void *second_thread(void *number)
{
	thread_begin((unsigned long)number);
	for (;;)
		play();
	return NULL;
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void player(unsigned int number)
{
	struct itimerval often = { { 0, 30000 }, { 0, 30000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	pthread_t thread;
	unsigned int i;

	sigaction(SIGALRM, &action, NULL);
	signal(SIGCHLD, SIG_IGN);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < CONNS; i++)
		conns[i].fd = -1;
	thread_begin(number * 100ULL);
	for (i = 1; i < THREADS; i++)
		want_eq(pthread_create(&thread, NULL, second_thread, (void *)(number * 100UL + i)), 0);
	for (i = 0; i < CALLS; i++)
		play();
	switch (pick(4)) {
	case 0:
		execl("/bin/true", "true", NULL);
		_exit(1);
	case 1:
		_exit(0);
	case 2:
		abort();
	default:
		raise(SIGKILL);
	}
}

/* ---- Workers ---- */

static void worker(unsigned int number)
{
	char buf[64];
	int fd;

	stream = mix(seed + 77) + number;
	while (!shared->enough) {
		const char *a = tpath("%u/%c", pick(3), 'a' + pick(4)), *b = tpath("%u/%c", pick(3), 'a' + pick(4));

		switch (pick(9)) {
		case 0:
		case 1:
			fd = open(a, O_RDWR | (rarely(2) ? O_CREAT : 0) | (rarely(8) ? O_TRUNC : 0), 0644);
			if (fd < 0)
				break;
			if (write(fd, "work", 4) == 4 && read(fd, buf, sizeof(buf)) >= 0)
				fsync(fd);
			close(fd);
			break;
		case 2:
			rename(a, b);
			break;
		case 3:
			link(a, b);
			break;
		case 4:
			unlink(a);
			break;
		case 5:
			if (!mkdir(a, 0755))
				rmdir(a);
			break;
		case 6:
			chmod(a, 0600 + pick(8));
			break;
		case 7:
			truncate(a, pick(9000));
			break;
		default:
			if (!symlink("a", a))
				unlink(a);
		}
		__atomic_fetch_add(&shared->worked, 1, __ATOMIC_RELAXED);
	}
}

/* ---- The test ---- */

static unsigned long long argument(const char *name, unsigned long long otherwise)
{
	static char line[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char *at;
	ssize_t n;

	want(fd >= 0);
	n = read(fd, line, sizeof(line) - 1);
	want(n > 0);
	line[n] = '\0';
	close(fd);
	at = strstr(line, name);
	return at ? strtoull(at + strlen(name), NULL, 10) : otherwise;
}

static void fault_set(const char *attr, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", attr, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	want(write(fd, value, strlen(value)) > 0);
	close(fd);
}

static pid_t start(void (*role)(unsigned int), unsigned int number)
{
	pid_t pid = raw_fork();

	if (!pid) {
		role(number);
		_exit(0);
	}
	return pid;
}

/* Nothing is left of any of them, and those who worked go on. */
static void all_is_quiet(void)
{
	unsigned long long before = shared->worked;
	struct fcdlctl_status s;
	int fd = open("/dev/fcdlctl", O_RDWR | O_CLOEXEC);

	want(fd >= 0);
	wait_until(!ioctl(fd, FCDLCTL_STATUS, &s) && !s.filters);
	close(fd);
	wait_until(__atomic_load_n(&shared->worked, __ATOMIC_RELAXED) > before + 10 * WORKERS);
}

int main(void)
{
	pid_t players[PLAYERS] = {}, workers[WORKERS];
	unsigned int n = 0, i, living;

	setvbuf(stdout, NULL, _IOLBF, 0);
	seed = argument(" fuzz.seed=", seed);
	lives = argument(" fuzz.lives=", lives);
	printf("fuzz.seed=%llu fuzz.lives=%u\n", seed, lives);
	shared = raw_shared(sizeof(*shared));
	fault_set("failslab", "ignore-gfp-wait", "N");
	fault_set("failslab", "verbose", "0");
	fault_set("fail_page_alloc", "ignore-gfp-wait", "N");
	fault_set("fail_page_alloc", "min-order", "0");
	fault_set("fail_page_alloc", "verbose", "0");
	for (i = 0; i < 3; i++)
		want_eq(mkdir(tpath("%u", i), 0755), 0);
	want_eq(symlink("0", tpath("link")), 0);
	for (i = 0; i < WORKERS; i++)
		workers[i] = start(worker, i);
	do {
		for (i = living = 0; i < PLAYERS; i++) {
			if (players[i] && !raw_ended(players[i], NULL)) {
				living++;
				continue;
			}
			players[i] = 0;
			if (n < lives) {
				players[i] = start(player, ++n);
				living++;
			}
		}
		sleep_ms(5);
	} while (living);
	all_is_quiet();
	shared->enough = 1;
	for (i = 0; i < WORKERS; i++)
		want_eq(raw_wait(workers[i]), 0);
	for (i = 0; i < KINDS; i++)
		printf("%s: %llu, %llu of them well\n", kind_names[i], shared->done[i], shared->well[i]);
	printf("%llu messages, %llu answers taken, %llu operations of the workers\n", shared->callbacks,
	       shared->answered, shared->worked);
	/* it reached what is behind the door; an object is met by few of the questions */
	for (i = 0; i < FAULT; i++)
		want(shared->well[i] > 0 || (i == OBJECT && lives < 100));
	want(shared->callbacks > 0 && shared->answered > 0);
	return 0;
}
