// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl deactivate */
#include <stdio.h>
#include <unistd.h>
#include "args.h"
#include "dev.h"
#include "fcdlctl.h"
#include "out.h"

static int one(int fd, const char *filter, bool json)
{
	struct fcdlctl_name name = { .flags = 0 };
	struct json_object *object;
	int err;

	err = dev_name(name.filter, filter);
	if (!err)
		err = dev_call(fd, FCDLCTL_DEACTIVATE, &name);
	if (err)
		return dev_fail_change("deactivate", filter, err, name.refused);
	if (json) {
		object = js_new_object();
		js_string(object, "filter", filter);
		js_bool(object, "active", false);
		js_print(object);
	}
	return FCDLCTL_DONE;
}

static int all(int fd, bool json)
{
	struct fcdlctl_all done = { .count = 0 };
	struct json_object *object;
	int err;

	err = dev_call(fd, FCDLCTL_DEACTIVATE_ALL, &done);
	if (err)
		return dev_fail("deactivate", NULL, err);
	if (json) {
		object = js_new_object();
		js_number(object, "deactivated", done.count);
		js_print(object);
	} else {
		printf("deactivated %u filter%s\n", done.count, done.count == 1 ? "" : "s");
	}
	return FCDLCTL_DONE;
}

static int run(const struct args *args)
{
	int fd, code;

	if (args->all && args->count)
		return usage_error("deactivate", "either FILTER or --all");
	if (!args->all && !args->count)
		return usage_error("deactivate", "which filter? or --all");
	fd = dev_open();
	if (fd < 0)
		return FCDLCTL_FAILED;
	code = args->all ? all(fd, args->json) : one(fd, args->values[0], args->json);
	close(fd);
	return code;
}

const struct command cmd_deactivate = {
	.name = "deactivate",
	.synopsis = "FILTER|--all",
	.summary = "ask a filter nothing from now on",
	.help = "With --all every filter is switched off, locked ones too, and none is asked whether it agrees: the way\n"
		"out of filters that deny too much. If not even fcdlctl can be started, a shell's own echo still can:\n"
		"\n"
		"  echo 1 > /sys/module/redirfs/parameters/bypass\n",
	.options = OPT_ALL,
	.min = 0,
	.max = 1,
	.run = run,
};
