# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The newest Debian bookworm kernel, as its packages hold it. Sourced by tests/vm/kernel.

stock_image() {
	dependency - linux-image-amd64 'linux-image-[0-9].*-amd64'
}

kernel_id() {
	local image version
	image=$(stock_image) && version=$(newest_version - "$image") && echo "${image#linux-image-}_$version"
}

kernel_make() {
	local dir=$1 image rel version base common
	image=$(stock_image)
	rel=${image#linux-image-}
	version=$(newest_version - "$image")
	base=${rel%-amd64}
	common=linux-headers-$base-common
	unpack - "$dir" "$image=$version" "linux-headers-$rel=$version" "$common=$version" "linux-kbuild-6.1=$version"

	# The header packages find each other by absolute path; here they lie elsewhere.
	local hdr=$dir/usr/src/linux-headers-$rel
	sed -i "s|/usr/src/$common|\$(dir \$(abspath \$(lastword \$(MAKEFILE_LIST))))../$common|" "$hdr/Makefile"
	! grep -q '/usr/src/' "$hdr/Makefile" ||
		die "$hdr/Makefile names /usr/src in a way this recipe does not know"
	local link
	for link in "$hdr"/scripts "$hdr"/tools "$dir/usr/src/$common"/scripts "$dir/usr/src/$common"/tools; do
		[ ! -L "$link" ] || ln -sfn "../../lib/linux-kbuild-6.1/$(basename "$link")" "$link"
	done
	rm -f "$dir/lib/modules/$rel/build" "$dir/lib/modules/$rel/source"
	depmod -b "$dir" "$rel"
	rm -rf "${dir:?}/usr/share"

	cat >"$dir/env" <<-E
		KIMAGE=boot/vmlinuz-$rel
		KREL=$rel
		KDIR=usr/src/linux-headers-$rel
		KMODROOT=.
	E
}
