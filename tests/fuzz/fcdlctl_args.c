// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: fcdlctl/args.c fcdlctl/escape.c fcdlctl/mem.c fcdlctl/parse.c
 * sources: liburfs/src/fcdl.c liburfs/src/names.c
 *
 * Command lines: what is understood keeps to what the command takes, loses no argument, says nothing, and means the same
 * when it is written out in full; what is not is told on standard error, in text that a terminal can be shown, and help
 * goes to standard output.
 */
#include <locale.h>
#include "fcdlctl/args.h"
#include "fuzz.h"

#define MAX_ARGS 12

static int run(const struct args *args)
{
	(void)args;
	return FCDLCTL_DONE;
}

static const struct command none = { "none", "", "takes nothing", "", 0, 0, 0, run };
static const struct command one = { "one", "A [B]", "takes one or two", "Text.\n", OPT_FORCE, 1, 2, run };
static const struct command any = { "any", "[A...]", "takes all", "", OPT_ALL | OPT_TIMEOUT, 0, -1, run };
static const struct command *const commands[] = { &none, &one, &any, NULL };

struct result {
	const struct command *command;
	struct args args;
	int code;
	char *out;
	char *err;
};

/* Standard output and error are variables of the C library. */
static void parse(int argc, char **argv, struct result *result)
{
	FILE *out = stdout, *err = stderr;
	size_t size;

	memset(result, 0, sizeof(*result));
	stdout = open_memstream(&result->out, &size);
	stderr = open_memstream(&result->err, &size);
	result->code = args_parse(argc, argv, commands, &result->command, &result->args);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
}

static void done(struct result *result)
{
	free(result->out);
	free(result->err);
}

/* One line, or two with the hint, and no control characters. */
static void check_error(const char *text)
{
	const char *at;

	expect(!strncmp(text, "fcdlctl: ", 9));
	expect(strstr(text, "\nTry 'fcdlctl "));
	expect(text[strlen(text) - 1] == '\n');
	for (at = text; *at; at++)
		expect(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7f));
	expect(mbstowcs(NULL, text, 0) != (size_t)-1);
}

/* Every argument that counts was one of the command line, in its order. */
static void check_values(const struct args *args, char *const *words, int count)
{
	int i, w = 0;

	for (i = 0; i < args->count; i++, w++) {
		while (w < count && words[w] != args->values[i])
			w++;
		expect(w < count);
	}
}

static void check_run(const struct result *result)
{
	const struct command *c = result->command;
	const struct args *args = &result->args;

	expect(c == &none || c == &one || c == &any);
	expect(args->count >= c->min && (c->max < 0 || args->count <= c->max));
	expect(!args->all || c->options & OPT_ALL);
	expect(!args->force || c->options & OPT_FORCE);
	expect(args->timeout_ms == -1 || (c->options & OPT_TIMEOUT && args->timeout_ms >= 0));
	expect(args->timeout_ms <= INT32_MAX);
}

/* Write it out in full, and it means the same. */
static void check_again(const struct result *first)
{
	char *argv[MAX_ARGS + 8] = { (char *)"fcdlctl" }, timeout[64];
	const struct args *args = &first->args;
	struct result again;
	int n = 1, i;

	if (args->json)
		argv[n++] = (char *)"--json";
	argv[n++] = (char *)first->command->name;
	if (args->all)
		argv[n++] = (char *)"--all";
	if (args->force)
		argv[n++] = (char *)"--force";
	snprintf(timeout, sizeof(timeout), "--timeout=%ldms", args->timeout_ms);
	if (args->timeout_ms >= 0)
		argv[n++] = timeout;
	argv[n++] = (char *)"--";
	for (i = 0; i < args->count; i++)
		argv[n++] = args->values[i];
	parse(n, argv, &again);
	expect(again.code == ARGS_RUN && again.command == first->command);
	expect(again.args.json == args->json && again.args.all == args->all && again.args.force == args->force);
	expect(again.args.timeout_ms == args->timeout_ms && again.args.count == args->count);
	for (i = 0; i < args->count; i++)
		expect(again.args.values[i] == args->values[i]);
	done(&again);
}

/* Words end with a NUL; some are short for what is often wanted. */
static int split(struct fuzz *in, char **argv, char *text)
{
	static const char *const known[] = {
		"none", "one", "any", "--json", "--all", "--force", "--timeout", "--timeout=5s", "--help", "-j", "--",
	};
	int argc = 0;

	argv[argc++] = (char *)"fcdlctl";
	while (in->left && argc <= MAX_ARGS) {
		uint8_t first = *in->at;

		argv[argc++] = text;
		if (first < COUNT(known)) {
			strcpy(text, known[first]);
			in->at++;
			in->left--;
		} else {
			size_t len = strnlen((const char *)in->at, in->left);

			memcpy(text, in->at, len);
			text[len] = '\0';
			in->at += len + (len < in->left);
			in->left -= len + (len < in->left);
		}
		text += strlen(text) + 1;
	}
	return argc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[MAX_ARGS + 2] = {}, *words[MAX_ARGS + 2], *text;
	struct fuzz in = { data, size };
	struct result result;
	int argc;

	setlocale(LC_CTYPE, "C.UTF-8");
	text = malloc(16 * size + 16);
	argc = split(&in, argv, text);
	memcpy(words, argv, sizeof(words));
	parse(argc, argv, &result);
	expect(result.code == ARGS_RUN || result.code == FCDLCTL_DONE || result.code == FCDLCTL_USAGE);
	expect((result.code == FCDLCTL_DONE) == (*result.out != '\0'));
	expect((result.code == FCDLCTL_USAGE) == (*result.err != '\0'));
	if (result.code == FCDLCTL_USAGE)
		check_error(result.err);
	if (result.code == ARGS_RUN) {
		check_run(&result);
		check_values(&result.args, words, argc);
		check_again(&result);
	}
	done(&result);
	free(text);
	return 0;
}
