// SPDX-License-Identifier: GPL-2.0-only
/*
 * map.c - memory of the ring, and how a reader maps it
 *
 * One piece of memory: for a ring that is shared a page that the reader writes to, a page that it does not, and the ring
 * itself; else only that. It is there from FCDL_IOC_SETUP until the last mapping and the last descriptor are gone, each of
 * which holds the file. So nothing is counted or remembered about mappings: they may be cut, moved, inherited and made
 * again, and show the same pages.
 *
 * All of it is zeroed, and what is put into it later are whole records of this reader, which read() would give as well.
 * The ring cannot be written to by anybody but us, also not by mprotect(), ptrace() or direct I/O: VM_MAYWRITE is not set,
 * and the mapping is not private.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <mm_compat.h>

#include "fcdl.h"

static_assert(FCDL_RING_MIN % PAGE_SIZE == 0 && FCDL_MAP_KERNEL % PAGE_SIZE == 0);

/* fcdl_map_make() - the ring; shared if the reader's flags say so. Charged to who sets up. Return: 0 or -ENOMEM */
int fcdl_map_make(struct fcdl_reader *reader, u32 ring_size, bool oldest)
{
	bool shared = reader->flags & FCDL_SETUP_MMAP;
	size_t before = shared ? 2 * PAGE_SIZE : 0;

	reader->memory_size = before + ring_size;
	reader->memory = __vmalloc(reader->memory_size, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!reader->memory)
		return -ENOMEM;
	fcdl_ring_init(&reader->ring, reader->memory + before, ring_size, oldest);
	if (shared)
		fcdl_ring_share(&reader->ring, reader->memory, reader->memory + PAGE_SIZE);
	return 0;
}

/* fcdl_map_free() - nobody uses the reader, also no mapping */
void fcdl_map_free(struct fcdl_reader *reader)
{
	vfree(reader->memory);
	reader->memory = NULL;
	reader->ring.data = NULL;
}

static vm_fault_t map_fault(struct vm_fault *vmf)
{
	struct fcdl_reader *reader = vmf->vma->vm_private_data;
	unsigned long offset = vmf->pgoff << PAGE_SHIFT;

	if (offset != FCDL_MAP_READER)
		offset = offset - FCDL_MAP_KERNEL + PAGE_SIZE;
	if (offset >= reader->memory_size)
		return VM_FAULT_SIGBUS;
	vmf->page = vmalloc_to_page(reader->memory + offset);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct map_vm_ops = {
	.fault = map_fault,
};

int fcdl_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct fcdl_reader *reader = file->private_data;
	unsigned long size = vma->vm_end - vma->vm_start;
	bool ring;

	if (!smp_load_acquire(&reader->ready))
		return -ENOTCONN;
	if (!(reader->flags & FCDL_SETUP_MMAP))
		return -ENODEV;
	/* MAYSHARE: of a descriptor that cannot be written to a shared mapping is not VM_SHARED */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	ring = vma->vm_pgoff == FCDL_MAP_KERNEL >> PAGE_SHIFT;
	if (!ring && vma->vm_pgoff != FCDL_MAP_READER >> PAGE_SHIFT)
		return -EINVAL;
	if (size != (ring ? reader->memory_size - PAGE_SIZE : PAGE_SIZE))
		return -EINVAL;
	if (vma->vm_flags & (ring ? VM_WRITE | VM_EXEC : VM_EXEC))
		return -EACCES;
	/* one that grew would show what is not there; a core dump is no place for the names of other people's files */
	rfs_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, ring ? VM_MAYWRITE | VM_MAYEXEC : VM_MAYEXEC);
	vma->vm_private_data = reader;
	vma->vm_ops = &map_vm_ops;
	return 0;
}
