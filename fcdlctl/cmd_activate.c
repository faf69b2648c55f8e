// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl activate */
#include <unistd.h>
#include "dev.h"
#include "fcdlctl.h"
#include "out.h"

static int run(const struct args *args)
{
	struct fcdlctl_name name = { .flags = 0 };
	const char *filter = args->values[0];
	struct json_object *object;
	int fd = dev_open(), err, code = FCDLCTL_DONE;

	if (fd < 0)
		return FCDLCTL_FAILED;
	err = dev_name(name.filter, filter);
	if (!err)
		err = dev_call(fd, FCDLCTL_ACTIVATE, &name);
	if (err)
		code = dev_fail_change("activate", filter, err, name.refused);
	close(fd);
	if (!err && args->json) {
		object = js_new_object();
		js_string(object, "filter", filter);
		js_bool(object, "active", true);
		js_print(object);
	}
	return code;
}

const struct command cmd_activate = {
	.name = "activate",
	.synopsis = "FILTER",
	.summary = "begin to ask a filter",
	.help = "",
	.min = 1,
	.max = 1,
	.run = run,
};
