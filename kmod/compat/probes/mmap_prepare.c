// SPDX-License-Identifier: GPL-2.0-only
/* after 6.16: file_operations.mmap_prepare, with flags in a type of their own */
#include <linux/fs.h>
#include <linux/mm.h>

unsigned long probe(const struct file_operations *ops, struct vm_area_desc *desc);
unsigned long probe(const struct file_operations *ops, struct vm_area_desc *desc)
{
	return ops->mmap_prepare(desc) ? 0 : vma_flags_to_legacy(desc->vma_flags);
}
