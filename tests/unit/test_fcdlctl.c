// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fcdlctl without a device: command lines, times, verdicts, policies, escaping, JSON's idea of text, /proc lines.
 *
 * sources: fcdlctl/args.c fcdlctl/escape.c fcdlctl/mem.c fcdlctl/parse.c fcdlctl/threads.c
 * sources: liburfs/src/fcdl.c liburfs/src/names.c
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fcdlctl/args.h"
#include "fcdlctl/escape.h"
#include "fcdlctl/parse.h"
#include "fcdlctl/threads.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- times, errnos, verdicts, policies, rules ---- */

START_TEST(times)
{
	static const struct {
		const char *text;
		unsigned int unit;
		long ms; /* -1: refused */
	} cases[] = {
		{ "0", 1, 0 },
		{ "1500", 1, 1500 },
		{ "1500", 1000, 1500000 },
		{ "1500ms", 1000, 1500 },
		{ "5s", 1, 5000 },
		{ "1.5s", 1, 1500 },
		{ "0.001s", 1, 1 },
		{ "2m", 1, 120000 },
		{ "0.5m", 1, 30000 },
		{ "2147483647ms", 1, 2147483647 },
		{ "2147483648ms", 1, -1 },
		{ "99999999999999999999", 1, -1 },
		{ "4294967295m", 1, -1 },
		{ "0.5ms", 1, -1 },
		{ "0.0001s", 1, -1 },
		{ "1.", 1, -1 },
		{ ".5s", 1, -1 },
		{ "", 1, -1 },
		{ "-1", 1, -1 },
		{ "+1", 1, -1 },
		{ " 1", 1, -1 },
		{ "1 ", 1, -1 },
		{ "1h", 1, -1 },
		{ "1S", 1, -1 },
		{ "0x10", 1, -1 },
		{ "s", 1, -1 },
	};
	size_t i;
	long ms;

	for (i = 0; i < COUNT(cases); i++) {
		ms = -1;
		ck_assert_msg(parse_ms(cases[i].text, cases[i].unit, &ms) == (cases[i].ms < 0 ? -EINVAL : 0), "%s",
			      cases[i].text);
		ck_assert_msg(ms == cases[i].ms, "%s: %ld", cases[i].text, ms);
	}
}
END_TEST

START_TEST(errnos)
{
	ck_assert_int_eq(parse_errno("EROFS"), EROFS);
	ck_assert_int_eq(parse_errno("erofs"), EROFS);
	ck_assert_int_eq(parse_errno("13"), EACCES);
	ck_assert_int_eq(parse_errno("4095"), 4095);
	ck_assert_int_eq(parse_errno("4096"), -EINVAL);
	ck_assert_int_eq(parse_errno("0"), -EINVAL);
	ck_assert_int_eq(parse_errno("13x"), -EINVAL);
	ck_assert_int_eq(parse_errno("-13"), -EINVAL);
	ck_assert_int_eq(parse_errno("ENOSUCH"), -EINVAL);
	ck_assert_int_eq(parse_errno(""), -EINVAL);
	ck_assert_int_eq(parse_errno("99999999999999999999"), -EINVAL);
}
END_TEST

/* What is shown can be typed again and means the same. */
START_TEST(verdicts)
{
	static const char *const same[] = { "allow", "wait", "deny:EPERM", "deny:EROFS", "deny:4000" };
	static const char *const wrong[] = { "",	"Allow", "deny:",   "deny:0",  "deny:4096",
					     "deny:NO", "denyX", "allow:1", "hold:5s", "wait " };
	struct fcdlctl_verdict verdict;
	char text[VERDICT_TEXT];
	size_t i;

	for (i = 0; i < COUNT(same); i++) {
		ck_assert_int_eq(parse_verdict(same[i], &verdict), 0);
		ck_assert_str_eq(verdict_text(&verdict, text), same[i]);
	}
	ck_assert_int_eq(parse_verdict("deny", &verdict), 0);
	ck_assert_str_eq(verdict_text(&verdict, text), "deny:EPERM");
	for (i = 0; i < COUNT(wrong); i++)
		ck_assert_msg(parse_verdict(wrong[i], &verdict) == -EINVAL, "%s", wrong[i]);
	verdict = (struct fcdlctl_verdict){ .action = FCDLCTL_NONE };
	ck_assert_str_eq(verdict_text(&verdict, text), "-");
	verdict = (struct fcdlctl_verdict){ .action = FCDLCTL_HOLD, .hold_ms = 4294967295u };
	ck_assert_str_eq(verdict_text(&verdict, text), "hold:4294967295ms");
	verdict = (struct fcdlctl_verdict){ .action = 4294967295u };
	ck_assert_str_eq(verdict_text(&verdict, text), "unknown:4294967295");
}
END_TEST

START_TEST(policies)
{
	struct fcdlctl_policy policy;

	memset(&policy, 0, sizeof(policy));
	ck_assert_int_eq(parse_policy("deadline=5s", &policy), 0);
	ck_assert_int_eq(parse_policy("on-timeout=deny:EACCES", &policy), 0);
	ck_assert_int_eq(parse_policy("on_overload=wait", &policy), 0);
	ck_assert_int_eq(parse_policy("on-exit=allow", &policy), 0);
	ck_assert_int_eq(parse_policy("on-unaskable=deny:5", &policy), 0);
	ck_assert_uint_eq(policy.valid, FCDLCTL_POLICY_ALL);
	ck_assert_uint_eq(policy.deadline_ms, 5000);
	ck_assert_uint_eq(policy.on_timeout.action, FCDLCTL_DENY);
	ck_assert_uint_eq(policy.on_timeout.error, EACCES);
	ck_assert_uint_eq(policy.on_overload.action, FCDLCTL_WAIT);
	ck_assert_uint_eq(policy.on_exit.action, FCDLCTL_ALLOW);
	ck_assert_uint_eq(policy.on_unaskable.error, EIO);

	ck_assert_int_eq(parse_policy("deadline=0", &policy), -EINVAL);
	ck_assert_int_eq(parse_policy("deadline=3600001", &policy), -EINVAL);
	ck_assert_int_eq(parse_policy("deadline=61m", &policy), -EINVAL);
	ck_assert_int_eq(parse_policy("deadline=", &policy), -EINVAL);
	ck_assert_int_eq(parse_policy("on-timeout=wait", &policy), -EINVAL);
	ck_assert_int_eq(parse_policy("on-exit=wait", &policy), -EINVAL);
	ck_assert_int_eq(parse_policy("on-unaskable=maybe", &policy), -EINVAL);
	ck_assert_int_eq(parse_policy("on-anything=allow", &policy), -ENOENT);
	ck_assert_int_eq(parse_policy("on-time=allow", &policy), -ENOENT);
	ck_assert_int_eq(parse_policy("on-timeouts=allow", &policy), -ENOENT);
	ck_assert_int_eq(parse_policy("deadline", &policy), -ENOENT);
	ck_assert_int_eq(parse_policy("=allow", &policy), -ENOENT);
}
END_TEST

START_TEST(rules)
{
	ck_assert_int_eq(parse_rule("include", "subtree"), RFS_PATH_INCLUDE | RFS_PATH_SUBTREE);
	ck_assert_int_eq(parse_rule("exclude", "single"), RFS_PATH_EXCLUDE | RFS_PATH_SINGLE);
	ck_assert_int_eq(parse_rule("single", "exclude"), RFS_PATH_EXCLUDE | RFS_PATH_SINGLE);
	ck_assert_int_eq(parse_rule("include", "exclude"), -EINVAL);
	ck_assert_int_eq(parse_rule("include", "include"), -EINVAL);
	ck_assert_int_eq(parse_rule("single", "subtree"), -EINVAL);
	ck_assert_int_eq(parse_rule("include", "tree"), -EINVAL);
	ck_assert_int_eq(parse_rule("", "single"), -EINVAL);
	ck_assert_int_eq(parse_rule("Include", "single"), -EINVAL);
}
END_TEST

START_TEST(texts)
{
	char text[ERRNO_TEXT], word[16];

	ck_assert_str_eq(errno_text(EPERM, text), "operation not permitted");
	ck_assert_str_eq(errno_text(EIO, text), "input/output error");
	ck_assert_str_eq(errno_text(4000, text), "error 4000");
	ck_assert_str_eq(errno_name(EPERM, word, sizeof(word)), "EPERM");
	ck_assert_str_eq(errno_name(4000, word, sizeof(word)), "4000");
	ck_assert_str_eq(op_word(RFS_OP_UNLINK, word, sizeof(word)), "unlink");
	ck_assert_str_eq(op_word(63, word, sizeof(word)), "63");
	ck_assert_str_eq(op_word(4294967295u, word, sizeof(word)), "4294967295");
}
END_TEST

/* ---- names ---- */

static void escapes_to(const char *bytes, size_t len, const char *expected)
{
	char *text = escape_bytes(bytes, len);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(escape_ascii)
{
	setlocale(LC_CTYPE, "C");
	escapes_to("", 0, "");
	escapes_to("/srv/a b", 8, "/srv/a b");
	escapes_to("a\nb\tc\rd\\e", 9, "a\\nb\\tc\\rd\\\\e");
	escapes_to("\x01\x1b[2J\x7f", 6, "\\x01\\x1b[2J\\x7f");
	escapes_to("a\0b", 3, "a\\x00b");
	/* what the locale cannot show is not sent to the terminal */
	escapes_to("\xc3\xa4", 2, "\\xc3\\xa4");
	escapes_to("\xff", 1, "\\xff");
}
END_TEST

START_TEST(escape_utf8)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	escapes_to("\xc3\xa4\xe2\x82\xac", 5, "\xc3\xa4\xe2\x82\xac");
	/* cut short, stray, overlong, surrogate, control characters beyond ASCII */
	escapes_to("\xe2\x82", 2, "\\xe2\\x82");
	escapes_to("\x82z", 2, "\\x82z");
	escapes_to("\xc0\xaf", 2, "\\xc0\\xaf");
	escapes_to("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
	escapes_to("\xc2\x9b", 2, "\\xc2\\x9b");
	/* the end of the name counts, not what follows in memory */
	escapes_to("\xe2\x82\xac", 2, "\\xe2\\x82");
}
END_TEST

START_TEST(utf8)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool valid;
	} cases[] = {
		{ "", 0, true },
		{ "abc\n", 4, true },
		{ "\x7f", 1, true },
		{ "\x80", 1, false },
		{ "\xc2\x80", 2, true },
		{ "\xdf\xbf", 2, true },
		{ "\xc1\xbf", 2, false },
		{ "\xc2", 1, false },
		{ "\xc2z", 2, false },
		{ "\xe0\xa0\x80", 3, true },
		{ "\xe0\x9f\xbf", 3, false },
		{ "\xed\x9f\xbf", 3, true },
		{ "\xed\xa0\x80", 3, false },
		{ "\xee\x80\x80", 3, true },
		{ "\xf0\x90\x80\x80", 4, true },
		{ "\xf0\x8f\xbf\xbf", 4, false },
		{ "\xf4\x8f\xbf\xbf", 4, true },
		{ "\xf4\x90\x80\x80", 4, false },
		{ "\xf8\x88\x80\x80\x80", 5, false },
		{ "\xff", 1, false },
		{ "\xe2\x82\xac", 2, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(utf8_valid(cases[i].bytes, cases[i].len) == cases[i].valid, "case %zu", i);
}
END_TEST

START_TEST(base64_of_rfc4648)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfd", "//79" },
	};
	char *text;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		text = base64(cases[i][0], strlen(cases[i][0]));
		ck_assert_str_eq(text, cases[i][1]);
		free(text);
	}
}
END_TEST

/* ---- threads ---- */

START_TEST(thread_lines)
{
	struct thread thread;

	ck_assert_int_eq(threads_parse("12 (a b) S 1 2 3", &thread), 0);
	ck_assert_int_eq(thread.tid, 12);
	ck_assert_str_eq(thread.comm, "a b");
	ck_assert_str_eq(thread.state, "sleeping");
	ck_assert_int_eq(threads_parse("12 (x) R (y) D 1", &thread), 0);
	ck_assert_str_eq(thread.comm, "x) R (y");
	ck_assert_str_eq(thread.state, "blocked");
	ck_assert_int_eq(threads_parse("12 (123456789012345678) t 1", &thread), 0);
	ck_assert_str_eq(thread.comm, "123456789012345");
	ck_assert_str_eq(thread.state, "stopped");
	ck_assert_int_eq(threads_parse("12 (a) Z", &thread), 0);
	ck_assert_str_eq(thread.state, "dead");
	ck_assert_int_eq(threads_parse("", &thread), -EINVAL);
	ck_assert_int_eq(threads_parse("12 a S", &thread), -EINVAL);
	ck_assert_int_eq(threads_parse("12 )a( S", &thread), -EINVAL);
	ck_assert_int_eq(threads_parse("12 (a)", &thread), -EINVAL);
	ck_assert_int_eq(threads_parse("12 (a) ", &thread), -EINVAL);
}
END_TEST

START_TEST(thread_summary)
{
	struct thread threads[3];
	char *words;

	threads_parse("1 (a) S", &threads[0]);
	threads_parse("2 (a) T", &threads[1]);
	threads_parse("3 (a) S", &threads[2]);
	words = threads_words(threads, 3, 0);
	ck_assert_str_eq(words, "2 threads sleeping, 1 stopped");
	free(words);
	words = threads_words(threads, 1, 0);
	ck_assert_str_eq(words, "1 thread sleeping");
	free(words);
	words = threads_words(threads, 0, 0);
	ck_assert_str_eq(words, "no threads");
	free(words);
	/* those in the same place together, and one of them left out */
	strcpy(threads[0].wait, "do_nanosleep");
	words = threads_words(threads, 3, 0);
	ck_assert_str_eq(words, "1 thread sleeping in do_nanosleep, 1 stopped, 1 sleeping");
	free(words);
	strcpy(threads[2].wait, "do_nanosleep");
	words = threads_words(threads, 3, 0);
	ck_assert_str_eq(words, "2 threads sleeping in do_nanosleep, 1 stopped");
	free(words);
	words = threads_words(threads, 3, 1);
	ck_assert_str_eq(words, "1 thread stopped, 1 sleeping in do_nanosleep");
	free(words);
	words = threads_words(threads, 1, 1);
	ck_assert_str_eq(words, "no threads");
	free(words);
}
END_TEST

/* ---- command lines ---- */

static const struct command plain = { .name = "plain", .synopsis = "", .summary = "s", .help = "" };
static const struct command two = { .name = "two",
				    .synopsis = "A B",
				    .summary = "s",
				    .help = "",
				    .options = OPT_ALL | OPT_FORCE | OPT_TIMEOUT,
				    .min = 2,
				    .max = 2 };
static const struct command many = {
	.name = "many", .synopsis = "A...", .summary = "s", .help = "", .min = 1, .max = -1
};
static const struct command *const commands[] = { &plain, &two, &many, NULL };

/* Split at spaces and parse, with what is printed thrown away. */
static int parse_line(const char *line, const struct command **command, struct args *args)
{
	static char copy[256], *argv[32];
	char *word, *rest;
	int argc = 0;

	snprintf(copy, sizeof(copy), "fcdlctl %s", line);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	return args_parse(argc, argv, commands, command, args);
}

START_TEST(command_lines)
{
	static const struct {
		const char *line;
		int code;
	} cases[] = {
		{ "", FCDLCTL_USAGE },
		{ "--help", FCDLCTL_DONE },
		{ "-h", FCDLCTL_DONE },
		{ "--version", FCDLCTL_DONE },
		{ "-V", FCDLCTL_DONE },
		{ "--nonsense", FCDLCTL_USAGE },
		{ "-x plain", FCDLCTL_USAGE },
		{ "nonsense", FCDLCTL_USAGE },
		{ "plai", FCDLCTL_USAGE },
		{ "plain", ARGS_RUN },
		{ "--json plain", ARGS_RUN },
		{ "plain --json", ARGS_RUN },
		{ "plain -j", ARGS_RUN },
		{ "plain --help", FCDLCTL_DONE },
		{ "plain x", FCDLCTL_USAGE },
		{ "plain --all", FCDLCTL_USAGE },
		{ "plain --force", FCDLCTL_USAGE },
		{ "plain --timeout 1", FCDLCTL_USAGE },
		{ "plain --json=1", FCDLCTL_USAGE },
		{ "two", FCDLCTL_USAGE },
		{ "two a", FCDLCTL_USAGE },
		{ "two a b", ARGS_RUN },
		{ "two a b c", FCDLCTL_USAGE },
		{ "two --force a b", ARGS_RUN },
		{ "two a b --force", ARGS_RUN },
		{ "two a --help", FCDLCTL_DONE },
		{ "two a -b", FCDLCTL_USAGE },
		{ "two -- a -b", ARGS_RUN },
		{ "two a b --timeout", FCDLCTL_USAGE },
		{ "two a b --timeout x", FCDLCTL_USAGE },
		{ "two a b --timeout 1.5", ARGS_RUN },
		{ "many", FCDLCTL_USAGE },
		{ "many 1 2 3 4 5", ARGS_RUN },
	};
	const struct command *command;
	struct args args;
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(parse_line(cases[i].line, &command, &args) == cases[i].code, "'%s'", cases[i].line);
}
END_TEST

/* What goes to the terminal is text, whatever was on the command line. */
START_TEST(command_errors)
{
	static const struct {
		const char *words[3];
		const char *told;
	} cases[] = {
		{ { "\033[2J" }, "no command '\\x1b[2J'" },
		{ { "--\033" }, "unknown option --\\x1b\n" },
		{ { "-\033" }, "unknown option -\\x1b\n" },
		{ { "-\377" }, "unknown option -\\xff\n" },
		{ { "plain", "--x\a" }, "unknown option --x\\x07\n" },
		{ { "plain", "a\nb" }, "one argument too many: 'a\\nb'" },
		{ { "two", "--timeout", "\b" }, "--timeout: '\\x08' is not a time" },
	};
	FILE *terminal = stderr;
	const struct command *command;
	struct args args;
	size_t i, size;
	char *told;

	for (i = 0; i < COUNT(cases); i++) {
		char *argv[] = { (char *)"fcdlctl", (char *)cases[i].words[0], (char *)cases[i].words[1],
				 (char *)cases[i].words[2], NULL };
		int argc = 1;

		while (argv[argc])
			argc++;
		stderr = open_memstream(&told, &size);
		ck_assert_int_eq(args_parse(argc, argv, commands, &command, &args), FCDLCTL_USAGE);
		fclose(stderr);
		stderr = terminal;
		ck_assert_msg(strstr(told, cases[i].told) != NULL, "case %zu: %s", i, told);
		free(told);
	}
}
END_TEST

START_TEST(command_values)
{
	const struct command *command;
	struct args args;

	ck_assert_int_eq(parse_line("two x --timeout 1.5 --force -- -y", &command, &args), ARGS_RUN);
	ck_assert_ptr_eq(command, &two);
	ck_assert(args.force && !args.all && !args.json);
	ck_assert_int_eq(args.timeout_ms, 1500);
	ck_assert_int_eq(args.count, 2);
	ck_assert_str_eq(args.values[0], "x");
	ck_assert_str_eq(args.values[1], "-y");
	ck_assert_int_eq(parse_line("--json two a b --all", &command, &args), ARGS_RUN);
	ck_assert(args.json && args.all && !args.force);
	ck_assert_int_eq(args.timeout_ms, -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcdlctl");
	TCase *words = tcase_create("words"), *names = tcase_create("names");
	TCase *threads = tcase_create("threads"), *lines = tcase_create("lines");

	tcase_add_test(words, times);
	tcase_add_test(words, errnos);
	tcase_add_test(words, verdicts);
	tcase_add_test(words, policies);
	tcase_add_test(words, rules);
	tcase_add_test(words, texts);
	suite_add_tcase(suite, words);
	tcase_add_test(names, escape_ascii);
	tcase_add_test(names, escape_utf8);
	tcase_add_test(names, utf8);
	tcase_add_test(names, base64_of_rfc4648);
	suite_add_tcase(suite, names);
	tcase_add_test(threads, thread_lines);
	tcase_add_test(threads, thread_summary);
	suite_add_tcase(suite, threads);
	tcase_add_test(lines, command_lines);
	tcase_add_test(lines, command_errors);
	tcase_add_test(lines, command_values);
	suite_add_tcase(suite, lines);
	return unit_run(suite);
}
