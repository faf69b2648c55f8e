// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths of the command line as the device wants them, and errors about them. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dev.h"
#include "escape.h"
#include "fcdlctl.h"
#include "mem.h"
#include "parse.h"
#include "path.h"

char *path_absolute(const char *path, bool may_be_gone)
{
	char *absolute, *cwd;

	if (path[0] == '/')
		return mem_copy(path);
	absolute = realpath(path, NULL);
	if (absolute || !may_be_gone || errno != ENOENT)
		return absolute;
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return NULL;
	if (asprintf(&absolute, "%s/%s", cwd[1] ? cwd : "", path) < 0)
		mem_none();
	free(cwd);
	return absolute;
}

int path_change(int fd, unsigned long request, const char *filter, const char *path, unsigned int *flags,
		unsigned int *refused)
{
	struct fcdlctl_setpath change = {
		.path = (uintptr_t)path,
		.path_len = (__u32)strlen(path),
		.flags = *flags,
	};
	int err;

	*refused = 0;
	if (dev_name(change.filter, filter))
		return -ESRCH;
	err = dev_call(fd, request, &change);
	*refused = change.refused;
	if (!err)
		*flags = change.flags;
	return err;
}

int path_fail(const char *command, const char *filter, const char *path, int err)
{
	char *name, *text;
	char why[ERRNO_TEXT];

	switch (err) {
	case -ESRCH:
	case -ESTALE:
	case -ENOTTY:
	case -ENOMEM:
	case -EINTR:
		return dev_fail(command, filter, err);
	}
	name = escape_text(filter);
	text = escape_text(path);
	fprintf(stderr, "fcdlctl: %s: filter '%s', path '%s': %s\n", command, name, text, errno_text(-err, why));
	free(text);
	free(name);
	return FCDLCTL_FAILED;
}

int path_untested(const char *command, const char *path, bool force)
{
	char *text = escape_text(path);

	if (force)
		fprintf(stderr, "fcdlctl: %s: '%s' is on a pseudo file system, which cannot be filtered\n", command,
			text);
	else
		fprintf(stderr,
			"fcdlctl: %s: '%s' is on a file system that is not on the tested list; --force attaches it if it is no pseudo file system\n",
			command, text);
	free(text);
	return FCDLCTL_FAILED;
}
