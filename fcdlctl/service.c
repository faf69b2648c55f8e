// SPDX-License-Identifier: GPL-2.0-or-later
/* Being a service of systemd's: the protocol of sd_notify(3), which is a datagram, without its library. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "service.h"

void service_ready(void)
{
	static const char word[] = "READY=1";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = name ? strlen(name) : 0;
	int fd;

	if (!len || len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, name, len);
	/* "@" is how the NUL in front of an abstract name is written */
	if (*name == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* who does not hear it ends this after a while, and says why: there is nobody else to tell */
	sendto(fd, word, sizeof(word) - 1, MSG_NOSIGNAL, (struct sockaddr *)&address,
	       offsetof(struct sockaddr_un, sun_path) + len);
	close(fd);
}
