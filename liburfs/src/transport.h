/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * transport.h - the system calls that reach the kernel, behind one struct so that tests can be the kernel
 */
#ifndef URFS_TRANSPORT_H
#define URFS_TRANSPORT_H

#include <stddef.h>
#include <sys/types.h>

/**
 * struct urfs_transport - each as the system call of its name, but a negative errno instead of -1
 * @submit:	write() for commands; async-signal-safe
 * @map:	the connection's arena: shared, readable and writable, from offset 0
 */
struct urfs_transport {
	int (*open)(const char *path);
	int (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, void *arg);
	int (*submit)(int fd, const void *data, size_t size);
	int (*map)(int fd, size_t size, void **mem);
	void (*unmap)(void *mem, size_t size);
};

/* what urfs_open() uses; tests change it while no connection is open */
extern const struct urfs_transport *urfs_transport;

#endif /* URFS_TRANSPORT_H */
