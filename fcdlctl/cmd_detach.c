// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl detach */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "dev.h"
#include "escape.h"
#include "fcdlctl.h"
#include "out.h"
#include "parse.h"

/* How long one request waits: so long does it take until a caller who newly stands in the way is named. */
#define STEP_MS 1000

/* Callers inside, as they were last time. */
struct inside {
	struct fcdlctl_inside *entries;
	long count;
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool known(const struct inside *inside, const struct fcdlctl_inside *entry)
{
	long i;

	for (i = 0; i < inside->count; i++)
		if (inside->entries[i].tid == entry->tid && inside->entries[i].op == entry->op)
			return true;
	return false;
}

/* Name those who were not named before: one line each, not once a second. */
static void name_new(const struct inside *old, const struct inside *new)
{
	const struct fcdlctl_inside *entry;
	char op[16], *comm;
	long i;

	for (i = 0; i < new->count; i++) {
		entry = &new->entries[i];
		if (known(old, entry))
			continue;
		comm = escape_bytes(entry->comm, strnlen(entry->comm, sizeof(entry->comm)));
		fprintf(stderr, "fcdlctl: detach: waiting for pid %" PRIu32 ", thread %" PRIu32 " (%s), in %s\n",
			entry->pid, entry->tid, comm, op_word(entry->op, op, sizeof(op)));
		free(comm);
	}
}

static int refresh(int fd, struct inside *inside)
{
	struct inside new = { .count = 0 };

	new.count = dev_list(fd, FCDLCTL_LIST_INSIDE, (void **)&new.entries, sizeof(*new.entries));
	if (new.count < 0)
		return (int)new.count;
	name_new(inside, &new);
	free(inside->entries);
	*inside = new;
	return 0;
}

/* Returns callers still inside, or -errno. */
static long detach(int fd, long timeout_ms, struct inside *inside)
{
	long end = timeout_ms < 0 ? 0 : now_ms() + timeout_ms;
	struct fcdlctl_detach request;
	long left = STEP_MS;
	int err;

	for (;;) {
		if (timeout_ms >= 0)
			left = end - now_ms();
		memset(&request, 0, sizeof(request));
		request.timeout_ms = left < 0 ? 0 : left > STEP_MS ? STEP_MS : (__u32)left;
		err = dev_call(fd, FCDLCTL_DETACH, &request);
		if (err)
			return err;
		if (!request.inside || left <= 0)
			return request.inside;
		err = refresh(fd, inside);
		if (err)
			return err;
	}
}

static void print_json(long still, const struct inside *inside)
{
	struct json_object *top = js_new_object(), *array = js_new_array(), *object;
	const struct fcdlctl_inside *entry;
	char op[16];
	long i;

	js_bool(top, "detached", still == 0);
	for (i = 0; still && i < inside->count; i++) {
		entry = &inside->entries[i];
		object = js_new_object();
		js_number(object, "pid", entry->pid);
		js_number(object, "tid", entry->tid);
		js_bytes(object, "comm", entry->comm, strnlen(entry->comm, sizeof(entry->comm)));
		js_string(object, "op", op_word(entry->op, op, sizeof(op)));
		js_number(object, "since_ns", entry->since_ns);
		js_append(array, object);
	}
	js_add(top, "inside", array);
	js_print(top);
}

static int run(const struct args *args)
{
	struct inside inside = { .count = 0 };
	int fd = dev_open();
	long still;

	if (fd < 0)
		return FCDLCTL_FAILED;
	still = detach(fd, args->timeout_ms, &inside);
	if (still > 0 && refresh(fd, &inside) < 0)
		inside.count = 0;
	close(fd);
	if (still >= 0 && args->json)
		print_json(still, &inside);
	free(inside.entries);
	if (still < 0)
		return dev_fail("detach", NULL, (int)still);
	if (still > 0) {
		fprintf(stderr, "fcdlctl: detach: %ld caller%s still inside; end them or ask again\n", still,
			still == 1 ? " is" : "s are");
		return FCDLCTL_FAILED;
	}
	return FCDLCTL_DONE;
}

const struct command cmd_detach = {
	.name = "detach",
	.synopsis = "",
	.summary = "take redirfs off every file system and wait for who is inside",
	.help = "For unloading the module when rmmod says that it is busy. Rules turn stale; setpath attaches again.\n"
		"It waits for operations that may last for ever, on a network file system or fuse, or for a lock.\n"
		"Names the processes that it waits for and can be interrupted. Without --timeout it waits for ever.\n",
	.options = OPT_TIMEOUT,
	.min = 0,
	.max = 0,
	.run = run,
};
