// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * transport.c - the system calls that reach the kernel
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transport.h"

static int sys_open(const char *path)
{
	/* close-on-exec: the connection ends with this program, and the next one has no use for the descriptor */
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static int sys_close(int fd)
{
	return close(fd) ? -errno : 0;
}

static int sys_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

static int sys_submit(int fd, const void *data, size_t size)
{
	/* a signal handler may call this: what it interrupted must find its errno again */
	int saved = errno;
	int err = write(fd, data, size) < 0 ? -errno : 0;

	errno = saved;
	return err;
}

static int sys_map(int fd, size_t size, void **mem)
{
	*mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return *mem == MAP_FAILED ? -errno : 0;
}

static void sys_unmap(void *mem, size_t size)
{
	munmap(mem, size);
}

static const struct urfs_transport sys_transport = {
	.open = sys_open,
	.close = sys_close,
	.ioctl = sys_ioctl,
	.submit = sys_submit,
	.map = sys_map,
	.unmap = sys_unmap,
};

const struct urfs_transport *urfs_transport = &sys_transport;
