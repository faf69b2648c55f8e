/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path.h - paths of the command line as the device wants them, and errors about them */
#ifndef FCDLCTL_PATH_H
#define FCDLCTL_PATH_H

#include <stdbool.h>

/**
 * path_absolute() - an absolute path for what the user wrote
 * @path:	what the user wrote; an absolute path is left alone, since the kernel shows it as it was set
 * @may_be_gone: if the object of a relative path is not there, give its path below the working directory all the same
 *
 * Return: a string for free(), or NULL with errno set.
 */
char *path_absolute(const char *path, bool may_be_gone);

/**
 * path_change() - FCDLCTL_SETPATH or FCDLCTL_DELPATH
 * @flags:	in and out
 * @refused:	out: FCDLCTL_REFUSED_, or 0
 *
 * Return: 0 or -errno.
 */
int path_change(int fd, unsigned long request, const char *filter, const char *path, unsigned int *flags,
		unsigned int *refused);

/** path_fail() - say why a change of a rule failed that the filter did not refuse. Return: FCDLCTL_FAILED. */
int path_fail(const char *command, const char *filter, const char *path, int err);

/** path_untested() - say that redirfs does not attach the file system of a path. Return: FCDLCTL_FAILED. */
int path_untested(const char *command, const char *path, bool force);

#endif /* FCDLCTL_PATH_H */
