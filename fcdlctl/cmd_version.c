// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl version */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>
#include "dev.h"
#include "fcdlctl.h"
#include "out.h"

static int run(const struct args *args)
{
	struct fcdlctl_version version = { .abi = 0 };
	struct json_object *object;
	int fd = dev_open(), err = 0;

	if (fd >= 0) {
		err = dev_call(fd, FCDLCTL_VERSION, &version);
		close(fd);
	}
	if (args->json) {
		object = js_new_object();
		js_string(object, "fcdlctl", RFS_RELEASE);
		js_number(object, "fcdlctl_abi", FCDLCTL_ABI_VERSION);
		if (fd >= 0 && !err) {
			js_string(object, "redirfs", version.release);
			js_number(object, "redirfs_abi", version.abi);
		} else {
			js_null(object, "redirfs");
			js_null(object, "redirfs_abi");
		}
		js_print(object);
	} else {
		printf("fcdlctl %s, control interface %d\n", RFS_RELEASE, FCDLCTL_ABI_VERSION);
		if (fd >= 0 && !err)
			printf("redirfs %s, control interface %" PRIu32 "\n", version.release, version.abi);
	}
	if (err)
		return dev_fail("version", NULL, err);
	return fd < 0 ? FCDLCTL_FAILED : FCDLCTL_DONE;
}

const struct command cmd_version = {
	.name = "version",
	.synopsis = "",
	.summary = "show the versions of fcdlctl and of the module",
	.help = "",
	.min = 0,
	.max = 0,
	.run = run,
};
