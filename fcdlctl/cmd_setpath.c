// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl setpath */
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
#include "parse.h"
#include "path.h"

static int fail(const struct args *args, const char *path, int err, unsigned int refused)
{
	if (refused)
		return dev_fail_change("setpath", args->values[0], err, refused);
	if (err != -EOPNOTSUPP)
		return path_fail("setpath", args->values[0], path, err);
	return path_untested("setpath", path, args->force);
}

static void print(const struct args *args, const char *path, unsigned int flags)
{
	struct json_object *object;
	char *text;

	if (args->json) {
		object = js_new_object();
		js_string(object, "filter", args->values[0]);
		js_bytes(object, "path", path, strlen(path));
		js_string(object, "type", flags & RFS_PATH_EXCLUDE ? "exclude" : "include");
		js_string(object, "scope", flags & RFS_PATH_SINGLE ? "single" : "subtree");
		js_bool(object, "replaced", flags & RFS_PATH_REPLACED);
		js_print(object);
	} else if (flags & RFS_PATH_REPLACED) {
		text = escape_text(path);
		printf("replaced the rule that filter '%s' had for '%s'\n", args->values[0], text);
		free(text);
	}
}

static int run(const struct args *args)
{
	const char *filter = args->values[0];
	unsigned int flags, refused;
	int fd, err, code;
	char *path;

	err = parse_rule(args->values[2], args->values[3]);
	if (err < 0)
		return usage_error("setpath", "a rule is 'include' or 'exclude', and then 'single' or 'subtree'");
	if (!args->values[1][0])
		return usage_error("setpath", "PATH is empty");
	flags = (unsigned int)err | (args->force ? RFS_PATH_FORCE : 0);
	fd = dev_open();
	if (fd < 0)
		return FCDLCTL_FAILED;
	path = path_absolute(args->values[1], false);
	if (!path) {
		code = path_fail("setpath", filter, args->values[1], -errno);
		goto close;
	}
	err = path_change(fd, FCDLCTL_SETPATH, filter, path, &flags, &refused);
	code = err ? fail(args, path, err, refused) : FCDLCTL_DONE;
	if (!err)
		print(args, path, flags);
	free(path);
close:
	close(fd);
	return code;
}

const struct command cmd_setpath = {
	.name = "setpath",
	.synopsis = "FILTER PATH include|exclude single|subtree",
	.summary = "add a path rule, or replace the one that the object has",
	.help = "single: the object, and for a directory the names directly in it; subtree: everything below as well.\n"
		"The rule follows the object when it is renamed and does not cross mount points. A relative PATH is\n"
		"resolved first, symbolic links included.\n",
	.options = OPT_FORCE,
	.min = 4,
	.max = 4,
	.run = run,
};
