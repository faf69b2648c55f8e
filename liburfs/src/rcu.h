/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rcu.h - read-copy-update for the library's own threads and those of the program that call it
 *
 * The flavour is urcu-mb: it needs nothing of the kernel and nothing from the readers but registration, and beside a
 * system call for every event its two barriers do not show.
 *
 * Read-side sections are short and never contain a callback: they find an object and take a reference to it.
 */
#ifndef URFS_RCU_H
#define URFS_RCU_H

/**
 * urfs_rcu_thread() - make this thread a reader; cheap after the first time
 *
 * Return: 0 or -ENOMEM.
 */
int urfs_rcu_thread(void);

/** urfs_rcu_lock() - begin a read-side section; urfs_rcu_thread() must have succeeded in this thread */
void urfs_rcu_lock(void);
/** urfs_rcu_unlock() - end it */
void urfs_rcu_unlock(void);

/** urfs_rcu_synchronize() - wait for all read-side sections that run now; not from inside one */
void urfs_rcu_synchronize(void);

#endif /* URFS_RCU_H */
