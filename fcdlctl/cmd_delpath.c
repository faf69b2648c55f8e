// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl delpath */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "args.h"
#include "dev.h"
#include "escape.h"
#include "fcdlctl.h"
#include "out.h"
#include "path.h"

static int fail(const char *filter, const char *path, int err, unsigned int refused)
{
	char *name, *text;

	if (refused)
		return dev_fail_change("delpath", filter, err, refused);
	if (err != -ENOENT)
		return path_fail("delpath", filter, path, err);
	name = escape_text(filter);
	text = escape_text(path);
	fprintf(stderr, "fcdlctl: delpath: filter '%s' has no rule for '%s'; `fcdlctl paths %s` shows its rules\n",
		name, text, name);
	free(text);
	free(name);
	return FCDLCTL_FAILED;
}

static int run(const struct args *args)
{
	const char *filter = args->values[0];
	struct json_object *object;
	unsigned int flags = 0, refused;
	int fd, err, code;
	char *path;

	if (!args->values[1][0])
		return usage_error("delpath", "PATH is empty");
	fd = dev_open();
	if (fd < 0)
		return FCDLCTL_FAILED;
	/* a stale rule's object is gone, and its rule can be deleted all the same */
	path = path_absolute(args->values[1], true);
	if (!path) {
		code = path_fail("delpath", filter, args->values[1], -errno);
		goto close;
	}
	err = path_change(fd, FCDLCTL_DELPATH, filter, path, &flags, &refused);
	code = err ? fail(filter, path, err, refused) : FCDLCTL_DONE;
	if (!err && args->json) {
		object = js_new_object();
		js_string(object, "filter", filter);
		js_bytes(object, "path", path, strlen(path));
		js_bool(object, "deleted", true);
		js_print(object);
	}
	free(path);
close:
	close(fd);
	return code;
}

const struct command cmd_delpath = {
	.name = "delpath",
	.synopsis = "FILTER PATH",
	.summary = "remove a path rule",
	.help = "PATH as it was set (`fcdlctl paths FILTER` shows it) or any path that leads to the same object now.\n",
	.min = 2,
	.max = 2,
	.run = run,
};
