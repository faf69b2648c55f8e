# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The debug kernel: Debian's linux-source-6.1 with the checkers of tests/vm/deep.config. Sourced by tests/vm/kernel.
# shellcheck disable=SC2154 # here: tests/vm/kernel's
# About 15 minutes on two cores, 4 GB while it builds and 0.3 GB when it is done.

kernel_id() {
	# What the build depends on besides the source: its configuration, and the number of this recipe, which goes
	# up when the result would be another.
	local version
	version=$(newest_version - linux-source-6.1) || return
	echo "$version-$( (echo 1 && cat "$here/deep.config") | sha256sum | cut -c 1-12)"
}

# verify_config CONFIG FRAGMENT: every option of the fragment came through the merge
verify_config() {
	local line opt bad=0
	while read -r line; do
		case $line in
		CONFIG_*=n)
			opt=${line%=n}
			! grep -q "^$opt=" "$1" || { say "$opt is set although $2 says n"; bad=1; }
			;;
		CONFIG_*=*)
			grep -qxF "$line" "$1" || { say "$line did not take ($(grep -E "${line%%=*}[ =]" "$1" || echo "unknown or unmet dependency"))"; bad=1; }
			;;
		esac
	done <"$2"
	[ $bad -eq 0 ] || die "the configuration is not what $2 asks for; see the options above"
}

kernel_make() {
	local dir=$1 src=$1/src version rel jobs log=$1/build.log
	version=$(newest_version - linux-source-6.1)
	jobs=$(nproc)
	unpack - "$dir/pkg" "linux-source-6.1=$version"
	say "unpacking the source"
	mkdir "$src"
	tar -C "$src" --strip-components 1 -xJf "$dir/pkg/usr/src/linux-source-6.1.tar.xz"
	rm -rf "$dir/pkg"

	say "configuring; the log is $log"
	{
		make -C "$src" x86_64_defconfig
		"$src/scripts/kconfig/merge_config.sh" -m -O "$src" "$src/.config" "$here/deep.config"
		make -C "$src" olddefconfig
	} >>"$log" 2>&1 || die "configuration failed; see $log"
	verify_config "$src/.config" "$here/deep.config"

	say "building with $jobs jobs"
	make -C "$src" -j"$jobs" bzImage modules >>"$log" 2>&1 &
	local pid=$! total=3100 steps
	# Only a sign of life for the person who waits; the end is the process's.
	while ! timeout 30 tail --pid="$pid" -f /dev/null; do
		steps=$(grep -cE '^  (CC|AS|LD|AR)' "$log" || true)
		say "$steps of about $total steps after $((SECONDS / 60)) min"
	done
	wait "$pid" || {
		tail -n 20 "$log" >&2
		die "the build failed; see $log"
	}
	rel=$(make -s -C "$src" kernelrelease)
	make -C "$src" INSTALL_MOD_PATH="$dir" modules_install >>"$log" 2>&1 ||
		die "modules_install failed; see $log"
	rm -f "$dir/lib/modules/$rel/build" "$dir/lib/modules/$rel/source"
	cp "$src/arch/x86/boot/bzImage" "$src/System.map" "$dir/"

	# Of the tree only what building a module reads stays.
	say "keeping what modules are built against"
	(
		cd "$src" || exit
		{
			find . -maxdepth 1 -type f ! -name 'vmlinux*' ! -name '.tmp*' ! -name '.vmlinux*'
			find arch/x86 -maxdepth 1 -type f
			find arch/x86/include include scripts tools/objtool -type f -o -type l
			find . -name 'Makefile*' -o -name 'Kbuild*' -o -name 'Kconfig*'
		} | grep -vE '\.(o|a|cmd)$' | sort -u | tar -cf - --no-recursion -T -
	) | (mkdir "$dir/kdir" && tar -C "$dir/kdir" -xf -)
	# module.lds is generated, and modpost wants the build's own symbols
	[ -f "$dir/kdir/Module.symvers" ] || die "the build left no Module.symvers"
	rm -rf "$src"

	cat >"$dir/env" <<-E
		KIMAGE=bzImage
		KREL=$rel
		KDIR=kdir
		KMODROOT=.
	E
}
