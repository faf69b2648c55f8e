// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way to journald, through libsystemd. That is loaded when it is wanted and not before: fcdlctl is also the way out of
 * a filter that denies too much, and every library that it is linked with is a file more that must be opened for that.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "journal.h"

/* sd_journal_sendv(3) */
static int (*sendv)(const struct iovec *fields, int nr);

/* Return: 0 or -errno */
static int load(void)
{
	void *library = dlopen(JOURNAL_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	void *symbol = library ? dlsym(library, "sd_journal_sendv") : NULL;

	if (!symbol)
		return -ELIBACC;
	memcpy(&sendv, &symbol, sizeof(sendv));
	return 0;
}

/* Does somebody have the socket? Return: 0 or -errno */
static int probe(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	close(fd);
	return err;
}

int journal_open(void)
{
	int err = probe();

	return err ? err : load();
}

int journal_send(const struct iovec *fields, int nr)
{
	/* without the socket sd_journal_sendv() does nothing, and says that all is well */
	if (access(JOURNAL_SOCKET, F_OK))
		return -errno;
	return sendv(fields, nr);
}
