/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * list.h - doubly linked lists whose nodes lie in the elements
 */
#ifndef URFS_LIST_H
#define URFS_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

#define list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* @node may be removed from the list inside the loop */
#define list_for_each(node, safe, head) \
	for ((node) = (head)->next, (safe) = (node)->next; (node) != (head); (node) = (safe), (safe) = (node)->next)

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_add_tail(struct list *head, struct list *node)
{
	node->next = head;
	node->prev = head->prev;
	head->prev->next = node;
	head->prev = node;
}

static inline void list_del(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node;
	node->prev = node;
}

#endif /* URFS_LIST_H */
