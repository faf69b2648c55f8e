// SPDX-License-Identifier: GPL-2.0-only
/* 6.16: lookup_one_len() became lookup_noperm() */
#include <linux/namei.h>

struct dentry *probe(struct dentry *parent);
struct dentry *probe(struct dentry *parent)
{
	return lookup_noperm(&QSTR("x"), parent);
}
