// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of the command line into numbers, and numbers of the kernel into words. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "fcdl.h"
#include "parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* Where errno numbers end that could have a name. */
#define ERRNO_MAX 4095

int parse_ms(const char *text, unsigned int unit_ms, long *ms)
{
	unsigned long long whole = 0, part = 0, scale = 1, unit = unit_ms;
	const char *at = text;

	if (!isdigit((unsigned char)*at))
		return -EINVAL;
	for (; isdigit((unsigned char)*at); at++) {
		whole = whole * 10 + (unsigned int)(*at - '0');
		if (whole > UINT_MAX)
			return -EINVAL;
	}
	if (*at == '.') {
		at++;
		if (!isdigit((unsigned char)*at))
			return -EINVAL;
		for (; isdigit((unsigned char)*at); at++) {
			if (scale >= 1000)
				return -EINVAL;
			part = part * 10 + (unsigned int)(*at - '0');
			scale *= 10;
		}
	}
	if (strcmp(at, "ms") == 0)
		unit = 1;
	else if (strcmp(at, "s") == 0)
		unit = 1000;
	else if (strcmp(at, "m") == 0)
		unit = 60000;
	else if (*at)
		return -EINVAL;
	whole = whole * unit + part * unit / scale;
	/* a part of a millisecond would vanish without a word */
	if (part * unit % scale || whole > INT_MAX)
		return -EINVAL;
	*ms = (long)whole;
	return 0;
}

int parse_errno(const char *text)
{
	const char *name;
	char *end;
	long n;
	int i;

	if (isdigit((unsigned char)*text)) {
		errno = 0;
		n = strtol(text, &end, 10);
		return *end || errno || n < 1 || n > ERRNO_MAX ? -EINVAL : (int)n;
	}
	for (i = 1; i <= ERRNO_MAX; i++) {
		name = strerrorname_np(i);
		if (name && strcasecmp(name, text) == 0)
			return i;
	}
	return -EINVAL;
}

int parse_verdict(const char *text, struct fcdlctl_verdict *verdict)
{
	int error;

	memset(verdict, 0, sizeof(*verdict));
	if (strcmp(text, "allow") == 0) {
		verdict->action = FCDLCTL_ALLOW;
		return 0;
	}
	if (strcmp(text, "wait") == 0) {
		verdict->action = FCDLCTL_WAIT;
		return 0;
	}
	if (strncmp(text, "deny", 4) || (text[4] && text[4] != ':'))
		return -EINVAL;
	error = text[4] ? parse_errno(text + 5) : EPERM;
	if (error < 0)
		return -EINVAL;
	verdict->action = FCDLCTL_DENY;
	verdict->error = (__u32)error;
	return 0;
}

/* Keys of a policy that are verdicts. */
static const struct verdict_key {
	const char *name;
	__u32 bit;
	size_t offset;
	bool wait; /* it may be "wait" */
} verdict_keys[] = {
	{ "on-timeout", FCDLCTL_POLICY_ON_TIMEOUT, offsetof(struct fcdlctl_policy, on_timeout), false },
	{ "on-overload", FCDLCTL_POLICY_ON_OVERLOAD, offsetof(struct fcdlctl_policy, on_overload), true },
	{ "on-exit", FCDLCTL_POLICY_ON_EXIT, offsetof(struct fcdlctl_policy, on_exit), false },
	{ "on-unaskable", FCDLCTL_POLICY_ON_UNASKABLE, offsetof(struct fcdlctl_policy, on_unaskable), false },
};

/* The same word, where the API writes _ for what the command line writes - ? */
static bool same_key(const char *name, const char *text, size_t len)
{
	size_t i;

	if (strlen(name) != len)
		return false;
	for (i = 0; i < len; i++)
		if (name[i] != text[i] && !(name[i] == '-' && text[i] == '_'))
			return false;
	return true;
}

int parse_policy(const char *text, struct fcdlctl_policy *policy)
{
	const char *value = strchr(text, '=');
	struct fcdlctl_verdict *verdict;
	size_t len, i;
	long ms;

	if (!value)
		return -ENOENT;
	len = (size_t)(value - text);
	value++;
	if (same_key("deadline", text, len)) {
		if (parse_ms(value, 1, &ms) || ms < 1 || ms > FCDLCTL_DEADLINE_MS_MAX)
			return -EINVAL;
		policy->deadline_ms = (__u32)ms;
		policy->valid |= FCDLCTL_POLICY_DEADLINE;
		return 0;
	}
	for (i = 0; i < COUNT(verdict_keys); i++) {
		if (!same_key(verdict_keys[i].name, text, len))
			continue;
		verdict = (struct fcdlctl_verdict *)((char *)policy + verdict_keys[i].offset);
		if (parse_verdict(value, verdict))
			return -EINVAL;
		if (verdict->action == FCDLCTL_WAIT && !verdict_keys[i].wait)
			return -EINVAL;
		policy->valid |= verdict_keys[i].bit;
		return 0;
	}
	return -ENOENT;
}

static int rule_word(const char *word)
{
	static const struct {
		const char *word;
		int flag;
	} words[] = {
		{ "include", RFS_PATH_INCLUDE },
		{ "exclude", RFS_PATH_EXCLUDE },
		{ "single", RFS_PATH_SINGLE },
		{ "subtree", RFS_PATH_SUBTREE },
	};
	size_t i;

	for (i = 0; i < COUNT(words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].flag;
	return 0;
}

int parse_rule(const char *first, const char *second)
{
	const int kinds = RFS_PATH_INCLUDE | RFS_PATH_EXCLUDE;
	int a = rule_word(first), b = rule_word(second);

	if (!a || !b || !(a & kinds) == !(b & kinds))
		return -EINVAL;
	return a | b;
}

const char *errno_name(int error, char *buf, size_t size)
{
	const char *name = strerrorname_np(error);

	if (name)
		return name;
	snprintf(buf, size, "%d", error);
	return buf;
}

const char *errno_text(int error, char *buf)
{
	const char *system = strerrordesc_np(error);

	if (!system) {
		snprintf(buf, ERRNO_TEXT, "error %d", error);
		return buf;
	}
	snprintf(buf, ERRNO_TEXT, "%s", system);
	/* not where an abbreviation begins the text */
	if (!isupper((unsigned char)buf[1]))
		buf[0] = (char)tolower((unsigned char)buf[0]);
	return buf;
}

const char *verdict_text(const struct fcdlctl_verdict *verdict, char *buf)
{
	char number[16];

	switch (verdict->action) {
	case FCDLCTL_NONE:
		return "-";
	case FCDLCTL_ALLOW:
		return "allow";
	case FCDLCTL_WAIT:
		return "wait";
	case FCDLCTL_DENY:
		snprintf(buf, VERDICT_TEXT, "deny:%s", errno_name((int)verdict->error, number, sizeof(number)));
		return buf;
	case FCDLCTL_HOLD:
		snprintf(buf, VERDICT_TEXT, "hold:%ums", verdict->hold_ms);
		return buf;
	default:
		snprintf(buf, VERDICT_TEXT, "unknown:%u", verdict->action);
		return buf;
	}
}

const char *kind_word(unsigned int kind)
{
	switch (kind) {
	case FCDLCTL_KIND_KERNEL:
		return "kernel";
	case FCDLCTL_KIND_USER:
		return "user";
	default:
		return "unknown";
	}
}

const char *state_word(unsigned int state)
{
	switch (state) {
	case FCDLCTL_STATE_OK:
		return "ok";
	case FCDLCTL_STATE_STALLED:
		return "stalled";
	case FCDLCTL_STATE_NOT_READY:
		return "not-ready";
	case FCDLCTL_STATE_LOCKED:
		return "locked";
	default:
		return "unknown";
	}
}

const char *hook_word(unsigned int hook)
{
	switch (hook) {
	case FCDLCTL_HOOK_OFF:
		return "off";
	case FCDLCTL_HOOK_ALIVE:
		return "alive";
	case FCDLCTL_HOOK_DEAD:
		return "dead";
	default:
		return "unknown";
	}
}

const char *receiver_word(unsigned int state)
{
	switch (state) {
	case FCDLCTL_RECEIVER_NONE:
		return "none";
	case FCDLCTL_RECEIVER_RUNNING:
		return "running";
	case FCDLCTL_RECEIVER_SLEEPING:
		return "sleeping";
	case FCDLCTL_RECEIVER_BLOCKED:
		return "blocked";
	case FCDLCTL_RECEIVER_STOPPED:
		return "stopped";
	case FCDLCTL_RECEIVER_DEAD:
		return "dead";
	default:
		return "unknown";
	}
}

const char *op_word(unsigned int op, char *buf, size_t size)
{
	const char *name = fcdl_op_name(op);

	if (name)
		return name;
	snprintf(buf, size, "%u", op);
	return buf;
}
