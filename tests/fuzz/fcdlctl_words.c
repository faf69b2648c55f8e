// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sources: fcdlctl/dev.c fcdlctl/escape.c fcdlctl/mem.c fcdlctl/parse.c fcdlctl/path.c fcdlctl/threads.c
 * sources: liburfs/src/fcdl.c liburfs/src/names.c
 * sources: kmod/urfs/check.c
 *
 * The words of a command line and what is shown: times, errnos, verdicts and policies mean what they say, can be written
 * out and read again, and are what the kernel takes; escaped names, base64 and UTF-8 against their definitions; lines of
 * /proc and summaries of threads add up.
 */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fcdlctl/dev.h"
#include "fcdlctl/escape.h"
#include "fcdlctl/parse.h"
#include "fcdlctl/path.h"
#include "fcdlctl/threads.h"
#include "fuzz.h"
#include "urfs/check.h"

/* A string of its own memory, of words that are often wanted and of any bytes. */
static char *some_text(struct fuzz *in)
{
	static const char *const known[] = {
		"deadline",  "on-timeout", "on_overload", "on-exit", "on_unaskable", "=",	   "allow",   "deny",
		"wait",	     ":",	   "EPERM",	  "erofs",   "4095",	     "include",	   "exclude", "subtree",
		"ms",	     "s",	   "m",		  ".",	     "2147483647",   "2147483648", "4096",    "3600001",
		"60000.001", "500",	   "3600000",
	};
	char text[256] = "";
	size_t at = 0;

	while (in->left && at < sizeof(text) - 32) {
		uint8_t byte = fuzz_byte(in);

		if (!byte)
			break;
		if (byte >= 0xd0 && byte - 0xd0u < COUNT(known))
			at += (size_t)sprintf(text + at, "%s", known[byte - 0xd0]);
		else
			text[at++] = (char)byte;
	}
	text[at] = '\0';
	return strdup(text);
}

/* A word that is nearly what is wanted: a number with a fraction and a unit, or an errno, perhaps behind a key. */
static char *some_value(struct fuzz *in, bool key)
{
	static const char *const keys[] = { "deadline=", "on-timeout=", "on-overload=", "on-exit=", "on-unaskable=" };
	static const char *const units[] = { "ms", "s", "m", "" };
	uint8_t kind = fuzz_byte(in);
	char text[128] = "";
	int at = 0;

	if (kind % 4 == 0)
		return some_text(in);
	if (key)
		at += sprintf(text, "%s", keys[fuzz_byte(in) % COUNT(keys)]);
	if (key && kind % 4 == 1)
		at += sprintf(text + at, "deny:");
	at += sprintf(text + at, "%llu", (unsigned long long)fuzz_number(in));
	if (kind % 4 == 3)
		at += sprintf(text + at, ".%0*u", kind / 4 % 6, fuzz_byte(in) % 10 * (kind & 0x80 ? 100 : 1));
	if (kind % 4 > 1)
		sprintf(text + at, "%s", units[fuzz_byte(in) % COUNT(units)]);
	return strdup(text);
}

/* ---- Numbers, verdicts, policies ---- */

static void check_ms(struct fuzz *in)
{
	static const unsigned int units[] = { 1, 1000 };
	unsigned int unit = units[fuzz_byte(in) % 2];
	char *text = some_value(in, false), again[32], *end;
	long double value;
	static regex_t form;
	static bool ready;
	long ms = -7;
	bool good;

	if (!ready)
		expect(!regcomp(&form, "^[0-9]+(\\.[0-9]{1,3})?(ms|s|m)?$", REG_EXTENDED | REG_NOSUB));
	ready = true;
	value = strtold(text, &end);
	value *= strcmp(end, "ms") == 0 ? 1 : strcmp(end, "s") == 0 ? 1000 : strcmp(end, "m") == 0 ? 60000 : unit;
	good = !regexec(&form, text, 0, NULL, 0) && value < (long double)INT32_MAX + 1;
	/* exact but for the last bit of a long double, where a thousandth is the least there can be */
	good = good && (value + 0.0001L) - (long double)(long)(value + 0.0001L) < 0.0002L;
	expect(parse_ms(text, unit, &ms) == (good ? 0 : -EINVAL));
	expect(ms == (good ? (long)(value + 0.0001L) : -7));
	snprintf(again, sizeof(again), "%ldms", ms);
	if (good)
		expect(!parse_ms(again, 60000, &ms) && ms == (long)(value + 0.0001L));
	free(text);
}

static void check_errno(struct fuzz *in)
{
	char *text = some_value(in, false), number[16];
	int error = parse_errno(text);
	size_t digits = strspn(text, "0123456789");
	const char *name;

	if (error < 0)
		expect(error == -EINVAL &&
		       (!digits || text[digits] || strtold(text, NULL) < 1 || strtold(text, NULL) > 4095));
	if (error >= 0) {
		name = errno_name(error, number, sizeof(number));
		expect(error >= 1 && error <= 4095 && parse_errno(name) == error);
		expect(digits ? !text[digits] && atoi(text) == error : !strcasecmp(text, name));
	}
	error = 1 + (int)fuzz_below(in, 4095);
	expect(parse_errno(errno_name(error, number, sizeof(number))) == error);
	free(text);
}

static void check_verdict_again(const struct fcdlctl_verdict *verdict)
{
	struct fcdlctl_verdict again;
	char buf[VERDICT_TEXT];

	expect(!parse_verdict(verdict_text(verdict, buf), &again));
	expect(!memcmp(verdict, &again, sizeof(again)));
}

static void check_verdict(struct fuzz *in)
{
	struct fcdlctl_verdict verdict;
	char *text = some_text(in), buf[VERDICT_TEXT];

	if (!parse_verdict(text, &verdict)) {
		expect(!strncmp(text, "deny", 4) == (verdict.action == FCDLCTL_DENY));
		check_verdict_again(&verdict);
	}
	/* what the kernel says has room in any case */
	memset(&verdict, 0, sizeof(verdict));
	fuzz_poke(in, &verdict, sizeof(verdict), 4);
	expect(strlen(verdict_text(&verdict, buf)) < VERDICT_TEXT);
	free(text);
}

/* The bits that changed are exactly the one that is new, and the kernel takes it as well. */
static void check_policy(struct fuzz *in)
{
	struct urfs_policy kernel = { 5000, 0, 0, 0, 0 };
	struct fcdlctl_policy policy = {}, before;
	char *text;
	__u32 bit;

	while (in->left && fuzz_byte(in) % 4) {
		text = some_value(in, true);
		before = policy;
		if (!parse_policy(text, &policy)) {
			bit = FCDLCTL_POLICY_DEADLINE;
			bit = !strncmp(text + 3, "timeout", 7) ? FCDLCTL_POLICY_ON_TIMEOUT : bit;
			bit = !strncmp(text + 3, "overload", 8) ? FCDLCTL_POLICY_ON_OVERLOAD : bit;
			bit = !strncmp(text + 3, "exit", 4) ? FCDLCTL_POLICY_ON_EXIT : bit;
			bit = !strncmp(text + 3, "unaskable", 9) ? FCDLCTL_POLICY_ON_UNASKABLE : bit;
			expect(policy.valid == (before.valid | bit));
			expect(!urfs_check_policy(&policy, &kernel));
			expect(bit == FCDLCTL_POLICY_DEADLINE || policy.deadline_ms == before.deadline_ms);
		} else {
			expect(policy.valid == before.valid);
			policy = before;
		}
		free(text);
	}
}

static void check_rule(struct fuzz *in)
{
	static const char *const words[] = { "include", "exclude", "single", "subtree", "", "includes" };
	size_t a = fuzz_byte(in) % COUNT(words), b = fuzz_byte(in) % COUNT(words);
	int flags = parse_rule(words[a], words[b]);

	if (a > 3 || b > 3 || a / 2 == b / 2)
		expect(flags == -EINVAL);
	else
		expect(flags == (1 << a | 1 << b));
}

/* ---- Names ---- */

/* What $'...' of bash makes of it. */
static size_t unescape(const char *text, char *to)
{
	char *start = to;
	unsigned int byte;
	int used;

	while (*text) {
		if (*text != '\\') {
			*to++ = *text++;
			continue;
		}
		switch (text[1]) {
		case 'x':
			expect(isxdigit((unsigned char)text[2]) && isxdigit((unsigned char)text[3]));
			expect(sscanf(text + 2, "%2x%n", &byte, &used) == 1 && used == 2);
			*to++ = (char)byte;
			text += 4;
			continue;
		case 'n':
			*to++ = '\n';
			break;
		case 't':
			*to++ = '\t';
			break;
		case 'r':
			*to++ = '\r';
			break;
		default:
			expect(text[1] == '\\');
			*to++ = '\\';
		}
		text += 2;
	}
	return (size_t)(to - start);
}

/* The shortest form of a code point. */
static size_t utf8_encode(uint32_t code, unsigned char *to)
{
	size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3, i;
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };

	for (i = more; i; i--, code >>= 6)
		to[i] = 0x80 | (code & 0x3f);
	to[0] = lead[more] | (unsigned char)code;
	return more + 1;
}

/* Is it a row of code points, each in its shortest form? */
static bool model_utf8(const unsigned char *bytes, size_t len)
{
	unsigned char form[4];
	size_t used;

	for (; len; bytes += used, len -= used) {
		uint32_t code = bytes[0] < 0x80 ? bytes[0] :
						  bytes[0] & (0x3f >> (bytes[0] >= 0xe0) >> (bytes[0] >= 0xf0));

		for (used = 1; used < len && used < 4 && (bytes[used] & 0xc0) == 0x80 &&
			       used < (bytes[0] < 0xc0 ? 1u : 2u + (bytes[0] >= 0xe0) + (bytes[0] >= 0xf0));
		     used++)
			code = code << 6 | (bytes[used] & 0x3f);
		if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || utf8_encode(code, form) != used ||
		    memcmp(form, bytes, used))
			return false;
	}
	return true;
}

static void check_base64(const char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = base64(bytes, len);
	size_t i, n = strlen(text), fill = len % 3 ? 3 - len % 3 : 0;
	uint32_t bits = 0;

	expect(n == (len + 2) / 3 * 4);
	for (i = 0; i < n; i++) {
		const char *digit = strchr(digits, text[i]);

		expect(i < n - fill ? !!digit : text[i] == '=');
		bits = bits << 6 | (digit ? (uint32_t)(digit - digits) : 0);
		if (i % 4 && i / 4 * 3 + i % 4 - 1 < len)
			expect((char)(bits >> (6 - i % 4 * 2)) == bytes[i / 4 * 3 + i % 4 - 1]);
	}
	free(text);
}

/* A name of any bytes, or of code points around those where something changes. */
static char *some_name(struct fuzz *in, size_t *len)
{
	static const uint32_t limits[] = { 'a', 0x20, 0x80, 0xa0, 0x800, 0xd800, 0xe000, 0xffff, 0x10000, 0x110000 };
	unsigned char bytes[64], *exact;
	size_t i, n = fuzz_below(in, 12);

	*len = n * 4;
	fuzz_bytes(in, bytes, *len);
	if (fuzz_byte(in) % 2)
		for (*len = i = 0; i < n; i++)
			*len += utf8_encode(limits[fuzz_byte(in) % COUNT(limits)] + fuzz_below(in, 3) - 1,
					    bytes + *len);
	*len -= *len && fuzz_byte(in) % 4 == 1;
	exact = malloc(*len);
	memcpy(exact, bytes, *len);
	return (char *)exact;
}

static void check_names(struct fuzz *in)
{
	char *bytes, *back, *text;
	const char *at;
	size_t len, got;

	bytes = some_name(in, &len);
	setlocale(LC_CTYPE, fuzz_byte(in) % 4 ? "C.UTF-8" : "C");
	text = escape_bytes(bytes, len);
	for (at = text; *at; at++)
		expect((unsigned char)*at >= 0x20 && *at != 0x7f);
	/* it can be shown: as text, in which nothing is a control character */
	expect(MB_CUR_MAX > 1 ? utf8_valid(text, strlen(text)) : strspn(text, text) == strlen(text));
	for (at = text; MB_CUR_MAX > 1 && *at; at++)
		expect((unsigned char)at[0] != 0xc2 || (unsigned char)at[1] >= 0xa0);
	back = malloc(strlen(text) + 1);
	got = unescape(text, back);
	expect(got == len && !memcmp(back, bytes, len));
	free(back);
	free(text);
	expect(utf8_valid(bytes, len) == model_utf8((unsigned char *)bytes, len));
	check_base64(bytes, len);
	free(bytes);
}

/* ---- Paths: ioctl() of this file takes the place of libc's ---- */

static struct fcdlctl_setpath asked;

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;

	expect(fd == 3 && request == FCDLCTL_SETPATH);
	va_start(list, request);
	asked = *va_arg(list, struct fcdlctl_setpath *);
	va_end(list);
	return 0;
}

static void check_path_change(const char *filter, const char *path)
{
	unsigned int flags = RFS_PATH_INCLUDE, refused = 1;
	size_t len = strlen(filter);
	int err = path_change(3, FCDLCTL_SETPATH, filter, path, &flags, &refused);

	expect(err == (len >= 1 && len <= RFS_NAME_LEN ? 0 : -ESRCH) && !refused);
	if (err)
		return;
	expect(asked.path == (uintptr_t)path && asked.path_len == strlen(path));
	expect(!strcmp(asked.filter, filter) && fuzz_is_zero(asked.filter + len, sizeof(asked.filter) - len));
}

static void check_path(struct fuzz *in)
{
	bool may_be_gone = fuzz_byte(in) % 2;
	char *path = some_text(in), *filter = some_text(in), *whole, cwd[4096], want[8192];
	struct stat a, b;

	check_path_change(filter, path);
	whole = path_absolute(path, may_be_gone);
	expect(getcwd(cwd, sizeof(cwd)));
	snprintf(want, sizeof(want), "%s/%s", cwd[1] ? cwd : "", path);
	if (path[0] == '/')
		expect(whole && whole != path && !strcmp(whole, path));
	else if (path[0] && !stat(path, &a))
		expect(whole && whole[0] == '/' && !lstat(whole, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	else if (whole)
		expect(may_be_gone && !strcmp(whole, want));
	else
		expect(!may_be_gone || errno != ENOENT);
	free(whole);
	free(filter);
	free(path);
}

/* ---- Threads ---- */

static void check_line(struct fuzz *in)
{
	static const char letters[] = "RSDTtZXI";
	static const char *const states[] = { "running", "sleeping", "blocked", "stopped",
					      "stopped", "dead",     "dead",	"sleeping" };
	uint8_t which = fuzz_byte(in) % 8;
	char *comm = some_text(in), line[400];
	int tid = (int)(fuzz_number(in) & INT32_MAX);
	struct thread thread;

	snprintf(line, sizeof(line), "%d (%s) %c 1 2 3", tid, comm, letters[which]);
	expect(!threads_parse(line, &thread));
	expect(thread.tid == tid && !strcmp(thread.state, states[which]));
	expect(!strncmp(thread.comm, comm, sizeof(thread.comm) - 1) && strlen(thread.comm) < sizeof(thread.comm));
	/* the name as the whole line: what is taken has a name between parentheses, and a letter */
	if (!threads_parse(comm, &thread)) {
		expect(strchr(comm, '(') < strrchr(comm, ')') && strrchr(comm, ')')[2]);
		expect(!strncmp(thread.comm, strchr(comm, '(') + 1, strlen(thread.comm)));
	}
	free(comm);
}

static void check_words(struct fuzz *in)
{
	size_t count = fuzz_below(in, 20), sum = 0, others = 0, i;
	struct thread *threads = calloc(count + 1, sizeof(*threads));
	int but = fuzz_byte(in) % 8, used;
	char *words, *at;
	size_t n;

	for (i = 0; i < count; i++) {
		threads[i].tid = 1 + (int)i;
		threads[i].state = fuzz_byte(in) % 2 ? "sleeping" : "running";
		memset(threads[i].wait, 'w', fuzz_byte(in) % 4 ? fuzz_byte(in) % 2 : THREAD_WAIT - 1);
		others += threads[i].tid != but;
	}
	words = threads_words(threads, count, but);
	if (!others)
		expect(!strcmp(words, "no threads"));
	for (at = words; others && at; at = at ? at + 2 : NULL) {
		expect(sscanf(at, "%zu %n", &n, &used) == 1 && n);
		sum += n;
		at = strstr(at, ", ");
	}
	expect(sum == others);
	free(words);
	free(threads);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(struct fuzz *) = { check_ms,     check_errno, check_verdict,
							 check_policy, check_rule,  check_names,
							 check_path,   check_line,  check_words };
	struct fuzz in = { data, size };

	while (in.left)
		checks[fuzz_byte(&in) % COUNT(checks)](&in);
	return 0;
}
