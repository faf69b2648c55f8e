// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl status */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "dev.h"
#include "fcdlctl.h"
#include "out.h"
#include "parse.h"

static const struct column columns[] = {
	{ "TYPE", false }, { "DEVICE", true }, { "ID", false }, { "RULES", true }, { "STATE", false }, { NULL, false },
};

/* All that the command shows, gathered before anything is printed. */
struct all {
	struct fcdlctl_status status;
	struct fcdlctl_fs *fs;
	long fs_count;
	struct fcdlctl_stat *stats;
	long stat_count;
};

static const char *device(const struct fcdlctl_fs *fs, char *text, size_t size)
{
	snprintf(text, size, "%u:%u", major(fs->dev), minor(fs->dev));
	return text;
}

static void print(const struct all *all)
{
	const struct fcdlctl_status *status = &all->status;
	struct table *table = table_new(columns);
	char text[32];
	long i;

	printf("hook: %s\n", hook_word(status->hook));
	printf("bypass: %s\n", status->flags & FCDLCTL_STATUS_BYPASS ? "on" : "off");
	printf("filters: %" PRIu32 ", %" PRIu32 " active\n", status->filters, status->active);
	printf("callers inside: %" PRIu32 "\n", status->inside);
	for (i = 0; i < all->stat_count; i++)
		printf("%.*s: %llu\n", (int)sizeof(all->stats[i].name), all->stats[i].name,
		       (unsigned long long)all->stats[i].value);
	printf("attached file systems: %ld\n", all->fs_count);
	for (i = 0; i < all->fs_count; i++) {
		table_bytes(table, all->fs[i].type, strnlen(all->fs[i].type, sizeof(all->fs[i].type)));
		table_cell(table, device(&all->fs[i], text, sizeof(text)));
		table_bytes(table, all->fs[i].id, strnlen(all->fs[i].id, sizeof(all->fs[i].id)));
		table_number(table, all->fs[i].rules);
		table_cell(table, all->fs[i].flags & FCDLCTL_FS_DYING ? "dying" : "ok");
	}
	table_print(table);
	if (status->hook == FCDLCTL_HOOK_DEAD)
		fprintf(stderr,
			"fcdlctl: status: the hook for new files does not fire: are kernel probes switched off (/sys/kernel/debug/kprobes/enabled, kernel.ftrace_enabled)?\n");
}

static void print_json(const struct all *all)
{
	struct json_object *top = js_new_object(), *array = js_new_array(), *counters = js_new_object();
	struct json_object *object;
	char text[32];
	long i;

	js_string(top, "hook", hook_word(all->status.hook));
	js_bool(top, "bypass", all->status.flags & FCDLCTL_STATUS_BYPASS);
	js_number(top, "filters", all->status.filters);
	js_number(top, "active", all->status.active);
	js_number(top, "inside", all->status.inside);
	for (i = 0; i < all->stat_count; i++)
		js_counter(counters, &all->stats[i]);
	js_add(top, "counters", counters);
	for (i = 0; i < all->fs_count; i++) {
		object = js_new_object();
		js_string(object, "type", all->fs[i].type);
		js_string(object, "device", device(&all->fs[i], text, sizeof(text)));
		js_bytes(object, "id", all->fs[i].id, strnlen(all->fs[i].id, sizeof(all->fs[i].id)));
		js_number(object, "rules", all->fs[i].rules);
		js_bool(object, "dying", all->fs[i].flags & FCDLCTL_FS_DYING);
		js_append(array, object);
	}
	js_add(top, "file_systems", array);
	js_print(top);
}

static int gather(int fd, struct all *all)
{
	int err;

	err = dev_call(fd, FCDLCTL_STATUS, &all->status);
	if (err)
		return err;
	all->fs_count = dev_list(fd, FCDLCTL_LIST_FS, (void **)&all->fs, sizeof(*all->fs));
	if (all->fs_count < 0)
		return (int)all->fs_count;
	all->stat_count = dev_stats(fd, NULL, &all->stats);
	return all->stat_count < 0 ? (int)all->stat_count : 0;
}

static int run(const struct args *args)
{
	struct all all = { .fs_count = 0 };
	int fd = dev_open(), err;

	if (fd < 0)
		return FCDLCTL_FAILED;
	err = gather(fd, &all);
	close(fd);
	if (!err && args->json)
		print_json(&all);
	else if (!err)
		print(&all);
	free(all.fs);
	free(all.stats);
	return err ? dev_fail("status", NULL, err) : FCDLCTL_DONE;
}

const struct command cmd_status = {
	.name = "status",
	.synopsis = "",
	.summary = "show whether redirfs works: its hook, bypass, file systems, counters",
	.help = "hook: alive, dead (new files may escape the filters until the caller of the probes switches them on\n"
		"again), or off (nothing is attached).\n",
	.min = 0,
	.max = 0,
	.run = run,
};
