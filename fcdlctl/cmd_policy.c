// SPDX-License-Identifier: GPL-2.0-or-later
/* fcdlctl policy */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "args.h"
#include "dev.h"
#include "escape.h"
#include "fcdlctl.h"
#include "out.h"
#include "parse.h"

/* What a policy says, key by key; one after the other in text and in JSON. */
static const struct key {
	const char *text;
	const char *json;
	__u32 bit;
	size_t offset;
} keys[] = {
	{ "on-timeout", "on_timeout", FCDLCTL_POLICY_ON_TIMEOUT, offsetof(struct fcdlctl_policy, on_timeout) },
	{ "on-overload", "on_overload", FCDLCTL_POLICY_ON_OVERLOAD, offsetof(struct fcdlctl_policy, on_overload) },
	{ "on-exit", "on_exit", FCDLCTL_POLICY_ON_EXIT, offsetof(struct fcdlctl_policy, on_exit) },
	{ "on-unaskable", "on_unaskable", FCDLCTL_POLICY_ON_UNASKABLE, offsetof(struct fcdlctl_policy, on_unaskable) },
};

static const struct fcdlctl_verdict *verdict_of(const struct fcdlctl_policy *policy, const struct key *key)
{
	return (const struct fcdlctl_verdict *)((const char *)policy + key->offset);
}

static void print(const struct fcdlctl_policy *policy)
{
	char text[VERDICT_TEXT];
	size_t i;

	if (policy->valid & FCDLCTL_POLICY_DEADLINE)
		printf("deadline=%" PRIu32 "ms\n", policy->deadline_ms);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (policy->valid & keys[i].bit)
			printf("%s=%s\n", keys[i].text, verdict_text(verdict_of(policy, &keys[i]), text));
}

static void print_json(const char *filter, const struct fcdlctl_policy *policy)
{
	struct json_object *object = js_new_object();
	char text[VERDICT_TEXT];
	size_t i;

	js_string(object, "filter", filter);
	if (policy->valid & FCDLCTL_POLICY_DEADLINE)
		js_number(object, "deadline_ms", policy->deadline_ms);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (policy->valid & keys[i].bit)
			js_string(object, keys[i].json, verdict_text(verdict_of(policy, &keys[i]), text));
	js_print(object);
}

/* All changes of the command line in one request, so that either all of them are made or none. */
static int parse_changes(const struct args *args, struct fcdlctl_policy *policy)
{
	char *text;
	int i, err;

	for (i = 1; i < args->count; i++) {
		err = parse_policy(args->values[i], policy);
		if (!err)
			continue;
		text = escape_text(args->values[i]);
		if (err == -ENOENT)
			usage_error("policy", "'%s' is no KEY=VALUE with a key that is known", text);
		else
			usage_error("policy", "'%s' has a value that this key does not take", text);
		free(text);
		return FCDLCTL_USAGE;
	}
	return FCDLCTL_DONE;
}

static int fail(const char *filter, int err, unsigned int refused)
{
	char *name;

	if (refused || err != -EOPNOTSUPP)
		return dev_fail_change("policy", filter, err, refused);
	name = escape_text(filter);
	fprintf(stderr, "fcdlctl: policy: filter '%s' is a kernel filter: nobody waits for it, so it has no policy\n",
		name);
	free(name);
	return FCDLCTL_FAILED;
}

static int run(const struct args *args)
{
	struct fcdlctl_policy change = { .valid = 0 }, policy = { .valid = 0 };
	const char *filter = args->values[0];
	int fd, err, code;

	code = parse_changes(args, &change);
	if (code)
		return code;
	fd = dev_open();
	if (fd < 0)
		return FCDLCTL_FAILED;
	err = dev_name(change.filter, filter);
	if (!err)
		err = dev_name(policy.filter, filter);
	if (!err && change.valid)
		err = dev_call(fd, FCDLCTL_SET_POLICY, &change);
	if (!err && (!change.valid || args->json))
		err = dev_call(fd, FCDLCTL_GET_POLICY, &policy);
	if (err)
		code = fail(filter, err, change.refused);
	else if (args->json)
		print_json(filter, &policy);
	else if (!change.valid)
		print(&policy);
	close(fd);
	return code;
}

const struct command cmd_policy = {
	.name = "policy",
	.synopsis = "FILTER [KEY=VALUE...]",
	.summary = "show or change what is answered when a filter's handler does not",
	.help = "Keys and what they take:\n"
		"  deadline      how long a caller waits: 1500 (milliseconds), 5s, 2m; one hour at most\n"
		"  on-timeout    allow, deny, deny:ERRNO\n"
		"  on-overload   the same, or wait (for room, until the deadline)\n"
		"  on-exit       allow, deny, deny:ERRNO\n"
		"  on-unaskable  the same, for callers that must not wait\n"
		"deny alone gives EPERM. Changes of one command are made together or not at all. Without changes the\n"
		"policy is shown in the same words.\n",
	.min = 1,
	.max = -1,
	.run = run,
};
