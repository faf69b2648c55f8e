// SPDX-License-Identifier: GPL-2.0-only
/* 6.3: are the flags of a mapping changed by functions only? */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma);
void probe(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO);
}
