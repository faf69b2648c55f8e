// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl - list and change the file system filters of this machine, by the requests of fcdlctl_abi.h. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>
#include "args.h"
#include "fcdlctl.h"
#include "out.h"

static const struct command *const commands[] = {
	&cmd_list,    &cmd_paths,  &cmd_setpath, &cmd_delpath, &cmd_activate, &cmd_deactivate, &cmd_policy, &cmd_stats,
	&cmd_pending, &cmd_status, &cmd_detach,	 &cmd_version, &cmd_log,      &cmd_replay,     NULL,
};

/*
 * Descriptors 0 to 2 taken, so that no output ends up in the device. Reading only: what is written to a standard output
 * that was closed still fails and is reported.
 */
static void standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const struct command *command;
	struct args args;
	int code;

	standard_descriptors();
	/* a reader that goes away is a failed write with an exit code of its own, not a silent death */
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, "");
	code = args_parse(argc, argv, commands, &command, &args);
	if (code == ARGS_RUN)
		code = command->run(&args);
	return out_end(code);
}
