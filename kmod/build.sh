#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Build the kernel modules against one kernel, out of the source tree.
#
#   kmod/build.sh KDIR OUT [sparse]
#     KDIR     a kernel's build folder (headers package or configured tree)
#     OUT      where everything goes; the modules end up in OUT/ko
#     sparse   check with sparse instead; any finding fails
#
# Environment: V=1 shows commands; WERROR=0 lets warnings pass (for a kernel or compiler newer than ours);
# KMAKEFLAGS adds arguments to the kernel's make (ARCH=, CROSS_COMPILE=).
set -euo pipefail

[ $# -ge 2 ] || {
	sed -n '3,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2
	exit 2
}
kdir=$1 out=$2 mode=${3:-modules}
top=$(realpath "$(dirname "$0")/..")
jobs=${JOBS:-$(nproc)}

die() {
	echo "modules: $*" >&2
	exit 1
}

[ -f "$kdir/include/generated/utsrelease.h" ] ||
	die "$kdir is not a kernel that modules can be built against (no include/generated/utsrelease.h); set KDIR, or KERNEL=stock to use a cached one"
mkdir -p "$out"
out=$(realpath "$out")

# The sources stay clean: Kbuild works in a copy made of links. A link keeps its target's time stamp, so make
# rebuilds what changed.
mirror() {
	mkdir -p "$2"
	cp -rs --remove-destination "$1/." "$2/"
}
mirror "$top/kmod" "$out/src"
[ ! -d "$top/tests/guest/kmod" ] || mirror "$top/tests/guest/kmod" "$out/src/tests"
for demo in "$top"/demos/*/Kbuild; do
	[ ! -e "$demo" ] || mirror "${demo%/Kbuild}" "$out/src/$(basename "${demo%/Kbuild}")"
done
# what they share, for "../common/both.h"; nothing is built of it alone
[ ! -d "$top/demos/common" ] || mirror "$top/demos/common" "$out/src/common"
# sources that are gone, with the objects made of them
find "$out/src" -xtype l ! -name '*.ko' -print -delete | while read -r gone; do
	rm -f "${gone%.*}.o" "${gone%.*}.ko"
done

# kmake FOLDER ARGUMENT...
kmake() {
	local m=$1
	shift
	# BTF of a module needs the kernel's own vmlinux, which header packages do not hold
	local flags=(W=1 "V=${V:-0}" CONFIG_DEBUG_INFO_BTF_MODULES=)
	[ "${WERROR:-1}" = 0 ] || flags+=(KCFLAGS=-Werror)
	# shellcheck disable=SC2086 # KMAKEFLAGS is a list
	make --no-print-directory -j"$jobs" -C "$kdir" M="$m" "${flags[@]}" ${KMAKEFLAGS:-} "$@"
}

# What this kernel offers: one file per question, all asked in one go. A version number cannot answer, since
# distributions backport.
probe() {
	local dir=$out/probes stamp name upper
	stamp=$( (
		realpath "$kdir"
		cat "$kdir"/include/generated/{utsrelease,autoconf}.h "$top"/kmod/compat/probes/*.c "$top/kmod/build.sh"
	) | sha256sum)
	if [ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ] && [ -f "$out/src/compat/config.h" ]; then
		return
	fi
	rm -rf "$dir"
	mkdir -p "$dir"
	cp -s "$top"/kmod/compat/probes/*.c "$dir/"
	: >"$dir/Kbuild"
	local objects=()
	for name in "$dir"/*.c; do
		objects+=("$(basename "${name%.c}").o")
	done
	echo "  PROBE   ${#objects[@]} questions to the kernel in $kdir"
	# Most probes may fail: what they print is for whoever wonders why.
	# But a number in place of a pointer is an answer, not a matter of taste.
	KMAKEFLAGS="${KMAKEFLAGS:-} KCFLAGS=-Werror=int-conversion" WERROR=0 kmake "$dir" -k "${objects[@]}" >"$dir/log" 2>&1 || true
	[ -f "$dir/sanity.o" ] || {
		cat "$dir/log" >&2
		die "not even compat/probes/sanity.c compiles against $kdir; the reason is above"
	}
	{
		echo "/* Made by kmod/build.sh from compat/probes; what each asks stands there. */"
		for name in "$dir"/*.c; do
			name=$(basename "${name%.c}")
			[ "$name" != sanity ] || continue
			upper=${name^^}
			if [ -f "$dir/$name.o" ]; then
				echo "#define RFS_HAVE_$upper 1"
			else
				echo "/* no RFS_HAVE_$upper */"
			fi
		done
	} >"$dir/config.h"
	cmp -s "$dir/config.h" "$out/src/compat/config.h" || cp "$dir/config.h" "$out/src/compat/config.h"
	echo "$stamp" >"$dir/stamp"
}
probe

case $mode in
modules)
	kmake "$out/src" modules
	mkdir -p "$out/ko.new"
	find "$out/src" -name '*.ko' -exec cp -p {} "$out/ko.new/" \;
	rm -rf "$out/ko"
	mv "$out/ko.new" "$out/ko"
	;;
sparse)
	log=$out/sparse.log
	kmake "$out/src" C=2 modules >"$log" 2>&1 || {
		cat "$log" >&2
		die "the build failed"
	}
	if grep -E '(warning|error):' "$log" >&2; then
		die "sparse found something; the log is $log"
	fi
	echo "sparse: silent"
	;;
*) die "unknown mode $mode" ;;
esac
