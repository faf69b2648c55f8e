/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fcdl.h - readers of /dev/fcdl, as the files of fcdl.ko share them; reader.c says how they live
 */
#ifndef FCDL_H
#define FCDL_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <rfs.h>
#include <rfs_kernel.h>
#include <fcdl_abi.h>

#include "ring.h"

enum fcdl_state {
	FCDL_IDLE, /* not yet begun */
	FCDL_RUNNING,
	FCDL_STOPPED, /* by the reader */
	FCDL_OFF, /* by somebody else */
};

/**
 * struct fcdl_reader - one open of /dev/fcdl
 * @id:		0 to max_readers - 1; of its filter's name and priority
 * @setup_lock:	one ioctl that changes anything at a time
 * @ready:	FCDL_IOC_SETUP is done: everything up to @lock is there and constant. Set once, with release
 * @filter:	its filter in redirfs
 * @tgid:	the process that set it up, referenced
 * @ns:		whose process ids it is shown, referenced
 * @flags:	FCDL_SETUP_ bits
 * @ops:	operations it wants
 * @policy:	FCDL_POLICY_
 * @deadline_ns: longest wait of a caller
 * @nr_matches:	length of @matches
 * @matches:	whose operations it wants
 * @memory:	of the ring, and of what is mapped beside it: see map.c
 * @memory_size: in bytes
 * @lock:	protects the members below
 * @ring:	the records
 * @state:	whether events are recorded
 * @stalled:	a caller waited for room in vain, and the reader has not read since
 * @closed:	the last close is under way: nobody waits any more
 * @waiting:	callers that are waiting
 * @waits:	callers that waited
 * @wait_ns:	how long
 * @timeouts:	of these, in vain
 * @read_lock:	one read() at a time; the outer one
 * @readable:	readers who wait for a record
 * @room:	callers who wait for room
 */
struct fcdl_reader {
	int id;
	struct mutex setup_lock;
	bool ready;

	rfs_filter filter;
	struct pid *tgid;
	struct pid_namespace *ns;
	u32 flags;
	u64 ops;
	u32 policy;
	u64 deadline_ns;
	u32 nr_matches;
	struct fcdl_match *matches;

	void *memory;
	size_t memory_size;

	spinlock_t lock;
	struct fcdl_ring ring;
	enum fcdl_state state;
	bool stalled;
	bool closed;
	u32 waiting;
	u64 waits;
	u64 wait_ns;
	u64 timeouts;

	struct mutex read_lock;
	wait_queue_head_t readable;
	wait_queue_head_t room;
};

/* main.c */
extern unsigned int fcdl_ring_max_kib;
extern unsigned int fcdl_max_readers;

/* reader.c */
extern const struct file_operations fcdl_fops;
void fcdl_reader_record(struct fcdl_reader *reader, rfs_context context, struct fcdl_event *event);
void fcdl_reader_lose(struct fcdl_reader *reader, u32 op, u32 reason, const struct fcdl_times *times);
void fcdl_reader_note(struct fcdl_reader *reader, struct fcdl_note *note);
bool fcdl_reader_goes_on(struct fcdl_reader *reader);
void fcdl_reader_catch_up(struct fcdl_reader *reader);
void fcdl_readers_exit(void);

/* setup.c */
long fcdl_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
void fcdl_setup_undo(struct fcdl_reader *reader);

/* io.c */
ssize_t fcdl_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
__poll_t fcdl_poll(struct file *file, poll_table *wait);

/* map.c */
int fcdl_map_make(struct fcdl_reader *reader, u32 ring_size, bool oldest);
void fcdl_map_free(struct fcdl_reader *reader);
int fcdl_mmap(struct file *file, struct vm_area_struct *vma);

/* event.c */
struct fcdl_times fcdl_now(void);
enum rfs_retv fcdl_post(rfs_context context, struct rfs_args *args);

#endif /* FCDL_H */
