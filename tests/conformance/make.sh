#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# about: make: a C program of several files and a library is built, run, built again after a change, and cleaned
# packages: make gcc libc6-dev
# needs: make gcc ar
# fs: ext4 xfs btrfs tmpfs overlay
# timeout: 2400
set -eu
# shellcheck source=tests/conformance/lib.sh
. "$SRC/tests/conformance/lib.sh"

prepare() {
	local n
	cat >Makefile <<-'M'
		.RECIPEPREFIX = >
		OBJ := $(patsubst %.c,%.o,$(wildcard part*.c))
		CFLAGS := -O1 -fno-pie
		program: main.o libparts.a
		> $(CC) -no-pie -Wl,--build-id=none -o $@ $^
		libparts.a: $(OBJ)
		> ar rcsD $@ $^
		%.o: %.c parts.h
		> $(CC) $(CFLAGS) -c -o $@ $<
		clean:
		> rm -f program libparts.a *.o
	M
	echo '#include <stdio.h>' >main.c
	for ((n = 1; n <= 3 * N; n++)); do
		echo "int part$n(int x);" >>parts.h
		printf '#include "parts.h"\nint part%d(int x) { return x * %d + 1; }\n' $n $n >part$n.c
	done
	{
		printf '#include "parts.h"\nint main(void) { int x = 1;\n'
		for ((n = 1; n <= 3 * N; n++)); do
			echo "x = part$n(x);"
		done
		printf 'printf("%%d\\n", x); return 0; }\n'
	} >>main.c
}

work() {
	cp "$INPUT"/* .
	make 2>&1
	./program
	make 2>&1
	touch -d '+1 hour' part2.c
	make 2>&1 | grep -v 'modification time\|Clock skew'
	./program
	cp program kept
	make clean 2>&1 | grep -v 'modification time\|Clock skew'
}

SCRAMBLE='Exec format error: a program is executed, which maps it'
conform
