// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl stats */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dev.h"
#include "fcdlctl.h"
#include "out.h"

static const struct column columns[] = { { "COUNTER", false }, { "VALUE", true }, { NULL, false } };

static int run(const struct args *args)
{
	const char *filter = args->count ? args->values[0] : NULL;
	struct json_object *top, *counters;
	struct fcdlctl_stat *stats;
	struct table *table;
	int fd = dev_open();
	long count, i;

	if (fd < 0)
		return FCDLCTL_FAILED;
	count = dev_stats(fd, filter, &stats);
	close(fd);
	if (count < 0)
		return dev_fail("stats", filter, (int)count);
	if (args->json) {
		top = js_new_object();
		counters = js_new_object();
		if (filter)
			js_string(top, "filter", filter);
		for (i = 0; i < count; i++)
			js_counter(counters, &stats[i]);
		js_add(top, "counters", counters);
		js_print(top);
	} else {
		table = table_new(columns);
		for (i = 0; i < count; i++) {
			table_bytes(table, stats[i].name, strnlen(stats[i].name, sizeof(stats[i].name)));
			table_number(table, stats[i].value);
		}
		table_print(table);
	}
	free(stats);
	return FCDLCTL_DONE;
}

const struct command cmd_stats = {
	.name = "stats",
	.synopsis = "[FILTER]",
	.summary = "show the counters of a filter, or of redirfs itself",
	.help = "Names that end in _ns count nanoseconds, in _bytes bytes, in _now are levels; all others count events.\n",
	.min = 0,
	.max = 1,
	.run = run,
};
