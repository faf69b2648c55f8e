// SPDX-License-Identifier: GPL-2.0-only
/*
 * conn.c - the connection: one open of /dev/urfs, whose life is that of its handler
 *
 * REFCNT
 *   A connection is counted by its open file and by work items that wait for the end of a filter. Others need no count:
 *    - descriptors, calls in progress and the mapping of the arena hold the file;
 *    - callbacks of redirfs use it only until the end of their filter, which waits for them;
 *    - who.c finds it under RCU, hence kfree_rcu;
 *    - report.c finds it through urfs_conns under urfs_conns_lock;
 *    - the work item "death" is cancelled or waited for by ->release.
 *   It holds: the handler's mm_struct (mmgrab: an address to compare, not the memory), its struct pid and pid namespace,
 *   perhaps a cgroup. The open file holds the module.
 *
 * LOCKING
 *   See urfs.h for the order, and each member for its lock. "dead" is set once, under conn->lock, together with the
 *   end of every wait; whoever queues something looks at it under that lock, so nothing is queued on a dead connection.
 *
 * LIFETIME
 *   open -> HELLO (arena) -> mmap -> commands, questions -> death -> release.
 *   Death is one function, urfs_conn_die(), which only takes conn->lock and wakes, since it is called from ->close of a
 *   mapping, with the handler's mmap_lock held. It ends all waits. Unregistering the filters is the second half; it
 *   sleeps, and is done by who can: SHUTDOWN, flush, release, or else the work item. None of these waits for callers
 *   longer than GRACE: one that is frozen may take for ever.
 *   What ends a connection:
 *    - the last unmapping of the arena: munmap, exec, exit of the last thread, also when killed;
 *    - a close() by the handler's process of any descriptor: ->flush. It would otherwise not be noticed, since the
 *      mapping holds the file. Children of a fork have another mm, and those of a vfork another process id;
 *    - URFS_IOC_SHUTDOWN;
 *    - the last reference to the file, if the arena was never mapped.
 *   A handler that dumps core keeps its mapping for as long as that takes; urfs_conn_gone() notices it and callers get
 *   on_exit without waiting.
 */
#include <linux/cgroup.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <mm_compat.h>

#include "urfs.h"

DEFINE_MUTEX(urfs_conns_lock);
LIST_HEAD(urfs_conns);
/* those of them that are not dead */
static atomic_t nr_live = ATOMIC_INIT(0);

/* Callers that can run leave within this time: so whoever sees a handler end finds its filters and callers gone. */
#define GRACE (HZ / 2)

/* Second half of death: no filter, no new one (conn->dead is looked at under cmd_lock). Sleeps; may be done twice. */
static void teardown(struct urfs_conn *conn)
{
	struct urfs_filter *filter, *next;
	LIST_HEAD(ending);

	mutex_lock(&conn->cmd_lock);
	list_for_each_entry_safe(filter, next, &conn->filters, list)
		urfs_filter_end_begin(filter, &ending);
	mutex_unlock(&conn->cmd_lock);
	urfs_filter_end_wait(&ending, TASK_UNINTERRUPTIBLE, GRACE);
}

static void death_work(struct work_struct *work)
{
	teardown(container_of(work, struct urfs_conn, death));
}

static int conn_list_add(struct urfs_conn *conn)
{
	int err = 0;

	mutex_lock(&urfs_conns_lock);
	if (atomic_read(&nr_live) < urfs_max_connections) {
		list_add_tail(&conn->all, &urfs_conns);
		atomic_inc(&nr_live);
	} else {
		err = -EMFILE;
	}
	mutex_unlock(&urfs_conns_lock);
	return err;
}

static void conn_list_del(struct urfs_conn *conn)
{
	mutex_lock(&urfs_conns_lock);
	list_del(&conn->all);
	mutex_unlock(&urfs_conns_lock);
}

/* urfs_conn_open() - a connection for the current process. Return: 0, -EMFILE, -ENOMEM. */
int urfs_conn_open(struct urfs_conn **out)
{
	struct urfs_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL_ACCOUNT);
	int err;

	if (!conn)
		return -ENOMEM;
	mutex_init(&conn->cmd_lock);
	spin_lock_init(&conn->lock);
	INIT_LIST_HEAD(&conn->filters);
	INIT_LIST_HEAD(&conn->queue);
	INIT_LIST_HEAD(&conn->replies);
	hash_init(conn->ids);
	init_waitqueue_head(&conn->wait);
	init_waitqueue_head(&conn->space);
	INIT_WORK(&conn->death, death_work);
	refcount_set(&conn->refs, 1);
	conn->last_priority = S64_MIN;
	err = conn_list_add(conn);
	if (err) {
		kfree(conn);
		return err;
	}
	conn->mm = current->mm;
	mmgrab(conn->mm);
	conn->tgid = get_pid(task_tgid(current));
	conn->pid_ns = get_pid_ns(task_active_pid_ns(current));
	urfs_who_add(conn);
	*out = conn;
	return 0;
}

void urfs_conn_get(struct urfs_conn *conn)
{
	refcount_inc(&conn->refs);
}

/* urfs_conn_put() - drop a reference; with the last one it is freed. Sleeps. */
void urfs_conn_put(struct urfs_conn *conn)
{
	if (!refcount_dec_and_test(&conn->refs))
		return;
	urfs_queue_destroy(conn);
	urfs_req_destroy(conn);
	vfree(conn->mem);
	kvfree(conn->map);
	put_pid_ns(conn->pid_ns);
	put_pid(conn->tgid);
	mmdrop(conn->mm);
	kfree_rcu(conn, rcu);
}

/* urfs_conn_release() - the last reference to the file is gone: end it */
void urfs_conn_release(struct urfs_conn *conn)
{
	urfs_conn_die(conn);
	cancel_work_sync(&conn->death);
	teardown(conn);
	urfs_who_del(conn);
	conn_list_del(conn);
	urfs_conn_put(conn);
}

/*
 * urfs_conn_check() - may the current process use it now?
 *
 * Return: 0, -EPERM, -ESTALE or -ENOTCONN, in this order.
 */
int urfs_conn_check(struct urfs_conn *conn)
{
	if (current->mm != conn->mm)
		return -EPERM;
	if (READ_ONCE(conn->dead))
		return -ESTALE;
	/* pairs with the release in conn_publish(): who sees hello sees the arena */
	if (!smp_load_acquire(&conn->hello))
		return -ENOTCONN;
	return 0;
}

static void conn_publish(struct urfs_conn *conn, void *mem, u64 *map, size_t size)
{
	spin_lock(&conn->lock);
	conn->mem = mem;
	conn->map = map;
	conn->size = size;
	urfs_arena_init(&conn->arena, map, size / URFS_BLOCK_ALIGN);
	smp_store_release(&conn->hello, true);
	spin_unlock(&conn->lock);
}

static size_t arena_size(u64 wanted)
{
	/* whole pages, of which the limit may be no multiple */
	u64 max = ((u64)urfs_arena_max_kib * 1024) & PAGE_MASK;

	if (!wanted)
		wanted = URFS_ARENA_DEFAULT;
	return PAGE_ALIGN(clamp_t(u64, wanted, URFS_ARENA_MIN, max));
}

/* urfs_conn_hello() - the handshake; fills @hello. Return: 0, -EPERM, -ESTALE, -EALREADY, -ENOMEM. */
int urfs_conn_hello(struct urfs_conn *conn, struct urfs_hello *hello)
{
	size_t size = arena_size(hello->arena_size);
	void *mem;
	u64 *map;
	int err;

	err = urfs_conn_check(conn);
	if (err != -ENOTCONN)
		return err ? err : -EALREADY;
	/* map and memory before the lock: another thread's HELLO must not wait for our page allocations */
	mem = vmalloc_user(size);
	map = kvcalloc(urfs_arena_map_words(size / URFS_BLOCK_ALIGN), sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!mem || !map) {
		err = -ENOMEM;
		goto free;
	}
	mutex_lock(&conn->cmd_lock);
	if (conn->hello)
		err = -EALREADY;
	else if (READ_ONCE(conn->dead))
		err = -ESTALE;
	else
		err = 0;
	if (!err)
		conn_publish(conn, mem, map, size);
	mutex_unlock(&conn->cmd_lock);
	if (err)
		goto free;
	hello->version = min_t(u32, hello->version, URFS_ABI_VERSION);
	hello->features = URFS_FEATURES;
	hello->arena_size = size;
	hello->max_pending = urfs_max_pending;
	hello->msg_size = sizeof(struct urfs_msg);
	hello->cmd_size = sizeof(struct urfs_cmd);
	hello->event_size = sizeof(struct urfs_event);
	hello->deadline_ms = urfs_deadline_ms;
	return 0;
free:
	vfree(mem);
	kvfree(map);
	return err;
}

/* A mapping came into being: by mmap, or as the second one of a mremap that will be refused. */
static void arena_open(struct vm_area_struct *vma)
{
	struct urfs_conn *conn = vma->vm_private_data;

	spin_lock(&conn->lock);
	conn->vmas++;
	spin_unlock(&conn->lock);
}

/* A mapping went away. The mapping's reference to the file keeps conn until after this. */
static void arena_close(struct vm_area_struct *vma)
{
	struct urfs_conn *conn = vma->vm_private_data;
	bool last;

	spin_lock(&conn->lock);
	last = !--conn->vmas;
	spin_unlock(&conn->lock);
	if (!last)
		return;
	urfs_conn_die(conn);
	queue_work(urfs_wq, &conn->death);
}

static int arena_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static int arena_mremap(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static vm_fault_t arena_fault(struct vm_fault *vmf)
{
	struct urfs_conn *conn = vmf->vma->vm_private_data;
	unsigned long offset = vmf->pgoff << PAGE_SHIFT;

	if (offset >= conn->size)
		return VM_FAULT_SIGBUS;
	vmf->page = vmalloc_to_page((char *)conn->mem + offset);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct arena_vm_ops = {
	.open = arena_open,
	.close = arena_close,
	.may_split = arena_may_split,
	.mremap = arena_mremap,
	.fault = arena_fault,
};

/* urfs_conn_mmap() - map the arena. Return: 0; as urfs_conn_check(); -EINVAL; -EBUSY. */
int urfs_conn_mmap(struct urfs_conn *conn, struct vm_area_struct *vma)
{
	int err = urfs_conn_check(conn);

	if (err)
		return err;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != conn->size || !(vma->vm_flags & VM_SHARED) ||
	    vma->vm_flags & VM_EXEC)
		return -EINVAL;
	spin_lock(&conn->lock);
	if (conn->dead) {
		err = -ESTALE;
	} else if (conn->mapped) {
		err = -EBUSY;
	} else {
		conn->mapped = true;
		conn->vmas = 1;
	}
	spin_unlock(&conn->lock);
	if (err)
		return err;
	/* IO: cannot be undone by madvise(MADV_DOFORK), and is no target for ptrace or direct I/O */
	rfs_vm_flags_mod(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP | VM_IO, VM_MAYEXEC);
	vma->vm_private_data = conn;
	vma->vm_ops = &arena_vm_ops;
	return 0;
}

/*
 * urfs_conn_die() - the handler is gone: end every wait with the filters' on_exit, wake everybody
 *
 * Does not sleep. The filters stay registered until somebody calls teardown(); callers that come meanwhile see dead.
 */
void urfs_conn_die(struct urfs_conn *conn)
{
	struct urfs_filter *filter;
	bool first;

	spin_lock(&conn->lock);
	first = !conn->dead;
	WRITE_ONCE(conn->dead, true);
	if (first) {
		list_for_each_entry(filter, &conn->filters, list)
			urfs_req_force_locked(filter, URFS_END_EXIT, true);
		wake_up_all(&conn->space);
	}
	spin_unlock(&conn->lock);
	if (!first)
		return;
	atomic_dec(&nr_live);
	wake_up_all(&conn->wait);
}

/* urfs_conn_shutdown() - die, with no filter registered when this returns. Sleeps. */
void urfs_conn_shutdown(struct urfs_conn *conn)
{
	urfs_conn_die(conn);
	teardown(conn);
}

/* urfs_conn_flush() - somebody closed a descriptor; if it was the handler, that was its goodbye */
void urfs_conn_flush(struct urfs_conn *conn)
{
	if (task_tgid(current) == conn->tgid)
		urfs_conn_shutdown(conn);
}

/*
 * urfs_conn_gone() - is there nobody to ask any more?
 *
 * Also true for a handler that is being killed or dumps core and still has its mapping. A look without locks: who comes
 * a moment too early waits until half of its deadline, where this is asked again.
 */
bool urfs_conn_gone(const struct urfs_conn *conn)
{
	struct task_struct *leader;
	bool gone = true;

	if (READ_ONCE(conn->dead))
		return true;
	rcu_read_lock();
	leader = pid_task(conn->tgid, PIDTYPE_TGID);
	if (leader)
		gone = READ_ONCE(leader->signal->flags) & SIGNAL_GROUP_EXIT;
	rcu_read_unlock();
	return gone;
}
