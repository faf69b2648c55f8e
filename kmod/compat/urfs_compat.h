/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * urfs_compat.h - what urfs.ko needs to know of the differences between kernels; see compat.h
 */
#ifndef URFS_COMPAT_H
#define URFS_COMPAT_H

#include <linux/mm.h>

#include "config.h"

/* 6.3: the flags of a mapping are changed by functions only */
static inline void urfs_vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
#ifdef RFS_HAVE_VM_FLAGS_SET
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

#endif /* URFS_COMPAT_H */
