// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xorflt - a filter that combines every byte with one of a key, chosen by its place in the file
 *
 * What becomes of a byte depends on where it is, and a 0 does not stay 0: that is what RFS_OP_PLACED is for. Files below
 * the filter have no holes then, and cannot be made longer by truncate(2). This is a demonstration and no encryption: who
 * knows what is in one file knows the key.
 */
#include <errno.h>
#include <string.h>

#include "../common/demo.h"

#define KEY_MAX (1024 * 1024)

/* written before the loop begins and only read afterwards */
static unsigned char xor_key[KEY_MAX];
static size_t xor_key_length;

static enum rfs_retv xor_piece(rfs_context context, struct rfs_args *args)
{
	struct rfs_data data;
	unsigned char *byte;
	size_t i, at;

	(void)context;
	if (rfs_data(args, &data))
		return RFS_CONTINUE;
	byte = data.base;
	at = data.offset % xor_key_length;
	for (i = 0; i < data.length; i++) {
		byte[i] ^= xor_key[at];
		if (++at == xor_key_length)
			at = 0;
	}
	rfs_data_changed(args);
	return RFS_CONTINUE;
}

static int xor_begin(struct demo *demo)
{
	struct rfs_op_info ops[] = {
		{ .op_id = RFS_OP_READ, .post_cb = xor_piece, .flags = RFS_OP_DATA | RFS_OP_PLACED },
		{ .op_id = RFS_OP_WRITE, .pre_cb = xor_piece, .flags = RFS_OP_DATA | RFS_OP_PLACED },
		{ .op_id = RFS_OP_END },
	};
	int err = rfs_set_operations(demo->filter, ops);

	if (err)
		return demo_fail(demo, err, NULL);
	if (demo_include(demo))
		return DEMO_FAILED;
	err = rfs_activate_filter(demo->filter);
	return err ? demo_fail(demo, err, NULL) : demo_data_loop(demo);
}

enum { OPT_KEY_FILE = DEMO_OPT_OWN };

static const struct option xor_options[] = { { "key-file", required_argument, NULL, OPT_KEY_FILE }, { 0 } };

static const char xor_usage[] =
	"Usage: xorflt --key-file FILE [OPTION]... PATH...\n"
	"Combine every byte that is read or written below each PATH with a byte of a key by\n"
	"exclusive or. Files hold the result; who reads and writes them while this runs sees\n"
	"the bytes as they were. No encryption, a demonstration.\n"
	"\n"
	"      --key-file FILE   the key: 1 to 1048576 bytes, of which byte 0 is for byte 0 of each\n"
	"                        file, and so on, and then again from the beginning\n" DEMO_OPTIONS_HELP;

static bool xor_take(int opt, char *arg)
{
	FILE *file = fopen(arg, "re");
	bool good;

	(void)opt;
	if (!file) {
		fprintf(stderr, "xorflt: %s: %s\n", arg, strerror(errno));
		return false;
	}
	xor_key_length = fread(xor_key, 1, sizeof(xor_key), file);
	good = !ferror(file) && xor_key_length && fgetc(file) == EOF;
	if (!good)
		fprintf(stderr, "xorflt: %s is not a key: give a file of 1 to %d bytes\n", arg, KEY_MAX);
	fclose(file);
	return good;
}

int main(int argc, char **argv)
{
	static char name[] = "xorflt";
	struct demo demo = {
		.program = "xorflt",
		.usage = xor_usage,
		.name = name,
		.priority = 5100,
		/* a file that was opened by handle may be one of those: its data must not pass as they are */
		.flags = RFS_FILTER_UNPLACED,
		.arena_kib = DEMO_DATA_ARENA_KIB,
	};
	int code;

	code = demo_options(&demo, argc, argv, xor_options, xor_take);
	if (code >= 0)
		return code;
	if (!xor_key_length) {
		fputs("xorflt: say where the key is with --key-file\nTry 'xorflt --help'.\n", stderr);
		return DEMO_USAGE;
	}
	code = demo_open(&demo);
	if (code)
		return code;
	code = xor_begin(&demo);
	demo_close(&demo);
	return code;
}
