// SPDX-License-Identifier: GPL-2.0-only
/* 6.17: system_wq became system_percpu_wq; using the old name is remarked on in the log */
#include <linux/workqueue.h>

bool probe(struct work_struct *work);
bool probe(struct work_struct *work)
{
	return queue_work(system_percpu_wq, work);
}
