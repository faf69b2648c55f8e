# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Kernels as Debian's packages hold them, for the recipes in tests/vm/kernels; they need tests/vm/apt.sh.

# debian_id SUITE PACKAGE PATTERN: the release and the version of the kernel that PACKAGE, which is empty itself, brings
debian_id() {
	local image version
	suite_ready "$1" && image=$(dependency "$@") && version=$(newest_version "$1" "$image") || return
	echo "${image#linux-image-}_$version"
}

# parts SUITE PATTERN PACKAGE...: of all that they depend on, what matches; may be nothing
parts() {
	local suite=$1 pattern=$2
	shift 2
	suite_apt "$suite" apt-cache depends "$@" | sed -nE "s/^  Depends: ($pattern)\$/\1/p" | sort -u
}

# debian_kernel SUITE DIR ID: the kernel and what modules are built against, unpacked into DIR
debian_kernel() {
	local suite=$1 dir=$2 rel=${3%_*} version=${3#*_} packages kbuild hdr link target image
	# New kernels come in several packages; header packages lean on a common one and on the tools.
	mapfile -t packages < <(
		printf '%s\n' "linux-image-$rel" "linux-headers-$rel"
		parts "$suite" 'linux-(base|binary|modules)-[0-9].*' "linux-image-$rel"
		parts "$suite" 'linux-(headers|kbuild)-[0-9].*' "linux-headers-$rel"
	)
	unpack "$suite" "$dir" "${packages[@]/%/=$version}"
	rm -rf "${dir:?}/usr/share"
	# where all of /usr is merged, modules lie below it
	if [ -d "$dir/usr/lib/modules" ]; then
		mkdir -p "$dir/lib"
		mv "$dir/usr/lib/modules" "$dir/lib/modules"
	fi

	# The header packages find each other by absolute path; here they lie elsewhere.
	hdr=$dir/usr/src/linux-headers-$rel
	# shellcheck disable=SC2016 # for make
	sed -i 's|/usr/src/\(linux-headers-\)|$(dir $(abspath $(lastword $(MAKEFILE_LIST))))../\1|' "$hdr/Makefile"
	! grep -q '[ =]/usr/src/' "$hdr/Makefile" ||
		die "$hdr/Makefile names /usr/src in a way that tests/vm/debian.sh does not know"
	kbuild=$(cd "$dir/usr/lib" && echo linux-kbuild-*)
	for link in "$dir"/usr/src/linux-headers-*/{scripts,tools}; do
		[ ! -L "$link" ] || ln -sfn "../../lib/$kbuild/$(basename "$link")" "$link"
	done
	for link in "$dir"/usr/src/linux-headers-*/* "$dir/usr/lib/$kbuild"/*; do
		target=$(realpath -m "$link")
		case $target in
		"$(realpath "$dir")"/*) ;;
		*) die "$link points at $target, which tests/vm/debian.sh does not know" ;;
		esac
	done
	rm -f "$dir/lib/modules/$rel/build" "$dir/lib/modules/$rel/source"
	depmod -b "$dir" "$rel"

	image=boot/vmlinuz-$rel
	[ -f "$dir/$image" ] || image=lib/modules/$rel/vmlinuz
	cat >"$dir/env" <<-E
		KIMAGE=$image
		KREL=$rel
		KDIR=usr/src/linux-headers-$rel
		KMODROOT=.
	E
}

# debian_tools SUITE DIR: for a kernel whose compiler and tools are made for another release than this machine's. They
# are unpacked beside it with the libraries of that release, and every program gets a script that starts it with those,
# so building a module against it takes no chroot, and no privilege.
debian_tools() {
	local suite=$1 dir=$2 tools=$2/tools hdr gcc f lib=usr/lib/x86_64-linux-gnu
	hdr=$(cd "$dir/usr/src" && echo linux-headers-*-amd64)
	gcc=$(sed -n 's/^CC = .*\(gcc-[0-9]*\)$/\1/p' "$dir/usr/src/$hdr/.kernelvariables")
	[ -n "$gcc" ] || die "$hdr/.kernelvariables names its compiler in a way that tests/vm/debian.sh does not know"
	unpack_closure "$suite" "$tools" "$gcc" binutils libelf1t64 libssl3t64 zlib1g
	rm -rf "${tools:?}"/{etc,var,usr/share}

	mkdir "$tools/bin"
	local more
	for f in "$gcc" as ld ar nm objcopy objdump readelf strip; do
		more=
		# shellcheck disable=SC2016 # for the script
		[ "$f" != "$gcc" ] || more='-B "$t/bin/"'
		# under its own name, from where the compiler finds its parts
		cat >"$tools/bin/$f" <<-E
			#!/bin/sh
			t=\${0%/bin/*}
			exec "\$t/usr/lib64/ld-linux-x86-64.so.2" --library-path "\$t/$lib" \\
				"\$t/usr/bin/x86_64-linux-gnu-$f" $more "\$@"
		E
	done
	for f in cc1 collect2; do
		cat >"$tools/bin/$f" <<-E
			#!/bin/sh
			t=\${0%/bin/*}
			exec "\$t/usr/lib64/ld-linux-x86-64.so.2" --library-path "\$t/$lib" \\
				"\$t/usr/libexec/gcc/x86_64-linux-gnu/${gcc#gcc-}/$f" "\$@"
		E
	done
	chmod +x "$tools"/bin/*

	local up
	find "$dir"/usr/lib/linux-kbuild-* -type f -perm /100 | while IFS= read -r f; do
		[ "$(head -c 4 "$f" | tr -d '\0')" = $'\177ELF' ] || continue
		mv "$f" "$f.elf"
		up=$(realpath --relative-to "${f%/*}" "$tools")
		cat >"$f" <<-E
			#!/bin/sh
			t=$up
			case \$0 in
			*/*) t=\${0%/*}/\$t ;;
			esac
			exec "\$t/usr/lib64/ld-linux-x86-64.so.2" --library-path "\$t/$lib" --argv0 "\$0" "\$0.elf" "\$@"
		E
		chmod +x "$f"
	done

	# ":=", since later the last makefile is another
	{
		# shellcheck disable=SC2016 # for make
		echo 'unpacked_tools := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))../../../tools/bin'
		sed "s|^CC = .*|CC := \$(unpacked_tools)/$gcc|" "$dir/usr/src/$hdr/.kernelvariables"
		for f in ld ar nm objcopy objdump readelf strip; do
			echo "override ${f^^} := \$(unpacked_tools)/$f"
		done
	} >"$dir/kernelvariables"
	mv "$dir/kernelvariables" "$dir/usr/src/$hdr/.kernelvariables"
}
