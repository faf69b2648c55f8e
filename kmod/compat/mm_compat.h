/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_compat.h - what modules that let themselves be mapped need to know of the differences between kernels; see compat.h
 */
#ifndef MM_COMPAT_H
#define MM_COMPAT_H

#include <linux/mm.h>

#include "config.h"

/* 6.3: the flags of a mapping are changed by functions only */
static inline void rfs_vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
#ifdef RFS_HAVE_VM_FLAGS_SET
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

#ifdef RFS_HAVE_MMAP_PREPARE
/* The same of a mapping that is only described yet: what it may be made into */
static inline void rfs_desc_clear_may(struct vm_area_desc *desc, bool exec, bool write)
{
	if (exec)
		vma_desc_clear_flags(desc, VMA_MAYEXEC_BIT);
	if (write)
		vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT);
}
#endif

#endif /* MM_COMPAT_H */
