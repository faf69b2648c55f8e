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

#endif /* MM_COMPAT_H */
