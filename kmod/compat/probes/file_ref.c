// SPDX-License-Identifier: GPL-2.0-only
/* 6.13: files are counted by a file_ref_t */
#include <linux/file_ref.h>
#include <linux/fs.h>

bool probe(struct file *file);
bool probe(struct file *file)
{
	return file_ref_get(&file->f_ref);
}
