# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packages that are unpacked into the cache and never installed; for tests/vm/kernel and tests/vm/qemu, which set
# $cache and define say() and die(). Every function takes a suite: "-" is whatever this machine has in its sources;
# another name (bookworm-backports, trixie) is read from the same mirror with lists of its own, in the cache.
# shellcheck disable=SC2154 # cache: the caller's

# suite_apt SUITE COMMAND...: an apt command that sees only that suite
suite_apt() {
	local suite=$1 dir=$cache/apt/$1 cmd=$2
	shift 2
	if [ "$suite" = - ]; then
		LC_ALL=C "$cmd" -o APT::Sandbox::User=root "$@"
		return
	fi
	# dpkg's own state stays out of sight, or installed versions would be candidates.
	LC_ALL=C "$cmd" -o APT::Sandbox::User=root -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$dir/sources" \
		-o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache" -o "Dir::State::status=$dir/status" "$@"
}

# suite_ready SUITE: its lists are there, at most a day old
suite_ready() {
	local suite=$1 dir=$cache/apt/$1 mirror
	[ "$suite" != - ] || return 0
	[ -z "$(find "$dir/updated" -mmin -1440 2>/dev/null)" ] || return 0
	# shellcheck disable=SC2016 # apt expands it
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' 2>/dev/null |
		grep -v security | head -n 1)
	[ -n "$mirror" ] || {
		say "apt has no bookworm in its sources, whose mirror $suite would come from; add it and run 'apt-get update'"
		return 1
	}
	mkdir -p "$dir/sources" "$dir/lists/partial" "$dir/cache/archives/partial"
	: >>"$dir/status"
	cat >"$dir/sources/$suite.sources" <<-E
		Types: deb
		URIs: $mirror
		Suites: $suite
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	E
	say "reading the lists of $suite"
	if suite_apt "$suite" apt-get -q -q --error-on=any update >&2; then
		: >"$dir/updated"
	elif [ -f "$dir/updated" ]; then
		say "cannot reach the mirror; the lists of $(date -r "$dir/updated" +%F) serve"
	else
		say "cannot read the lists of $suite"
		return 1
	fi
}

# newest_version SUITE PACKAGE: the version that would be installed today
newest_version() {
	local v
	suite_ready "$1" || return
	v=$(suite_apt "$1" apt-cache policy "$2" | sed -n 's/^  Candidate: //p')
	if [ "${v:-(none)}" = "(none)" ]; then
		say "$(suite_name "$1") knows no package $2; check apt's sources and run 'apt-get update'"
		return 1
	fi
	echo "$v"
}

suite_name() {
	[ "$1" = - ] && echo apt || echo "suite $1"
}

# dependency SUITE PACKAGE PATTERN: the dependency of PACKAGE whose name matches
dependency() {
	local d
	d=$(suite_apt "$1" apt-cache depends "$2" | sed -n 's/^  Depends: //p' | grep -E -m 1 "^$3\$") ||
		die "package $2 depends on nothing that matches $3"
	echo "$d"
}

# unpack SUITE DIR PACKAGE[=VERSION]...: download and unpack without installing
unpack() {
	local suite=$1 into=$2 p deb dl
	shift 2
	suite_ready "$suite" || die "no lists of $suite, so nothing can be fetched from there"
	dl=$(mktemp -d "$cache/dl.XXXXXX")
	for p; do
		say "fetching $p"
		(cd "$dl" && suite_apt "$suite" apt-get -q download "$p" >&2) ||
			die "cannot download $p; if the version is gone, run 'apt-get update' and try again"
	done
	mkdir -p "$into"
	for deb in "$dl"/*.deb; do
		dpkg-deb -x "$deb" "$into"
	done
	rm -rf "$dl"
}

# unpack_closure SUITE DIR PACKAGE...: unpack them and all that they need, nothing of this machine counting as there
unpack_closure() {
	local suite=$1 into=$2 dl deb
	shift 2
	suite_ready "$suite" || die "no lists of $suite, so nothing can be fetched from there"
	dl=$(mktemp -d "$cache/dl.XXXXXX")
	mkdir -p "$dl/partial"
	say "fetching $* of $suite with what they need"
	suite_apt "$suite" apt-get -q -q -y --no-install-recommends --download-only -o "Dir::Cache::archives=$dl" install "$@" >&2 ||
		die "cannot download what $* need"
	mkdir -p "$into"
	for deb in "$dl"/*.deb; do
		dpkg-deb -x "$deb" "$into"
	done
	rm -rf "$dl"
}
