#!/usr/bin/env bash
# toolchain.sh installs what compiles the guests to WebAssembly and fetches
# their sources. It needs a Debian or Ubuntu with apt, and root for what is not
# installed yet. A second run finds everything in place and does nothing.
#
# Compiler and linker are the host's own packages. The sources and wasi-libc
# come from a newer Debian suite, read through a private apt configuration: the
# host's own is not touched. The mirror is the one the host uses; where that is
# no Debian mirror, name one in CAISSON_DEBIAN_MIRROR. Whatever the mirror, no
# file is used whose digest is not the one in pins.sha256.
. "$(dirname "$0")/env.sh"

SUITE=trixie
PINS=$BUILD_SCRIPTS/pins.sha256
PACKAGES="python3.13 zlib bzip2 xz-utils sqlite3 quickjs" # fetched as source
APT=$CAISSON_BUILD/apt

command -v apt-get >/dev/null ||
	die "this host has no apt: build the guests on Debian or Ubuntu, or use a released caisson, which carries them"

# install_packages installs the given packages from the host's own suites.
install_packages() {
	[ "$(id -u)" = 0 ] || die "not root: install these packages first: $*"
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y --no-install-recommends "$@" ||
		{ apt-get update && apt-get install -y --no-install-recommends "$@"; }
}

# install_llvm installs the newest LLVM that the host's suites have.
install_llvm() {
	local v
	for v in $LLVM_VERSIONS; do
		install_packages "clang-$v" "lld-$v" "llvm-$v" "libclang-rt-$v-dev-wasm32" || continue
		find_llvm && return 0
	done
	die "no usable clang with a WebAssembly runtime among the host's packages (tried versions $LLVM_VERSIONS)"
}

# install_rest installs the small tools that a minimal system may lack.
install_rest() {
	local missing=()
	command -v gcc >/dev/null && [ -e /usr/include/stdlib.h ] || missing+=(gcc libc6-dev)
	command -v make >/dev/null || missing+=(make)
	command -v pkg-config >/dev/null || missing+=(pkgconf)
	command -v tclsh >/dev/null || missing+=(tcl)
	command -v xz >/dev/null || missing+=(xz-utils)
	command -v unzip >/dev/null || missing+=(unzip)
	python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
	[ ${#missing[@]} = 0 ] || { rm -f "$STAMP/tools"; step tools "${missing[*]}" install_packages "${missing[@]}"; }
}

# mirror prints the Debian mirror that the host's apt already uses.
mirror() {
	if [ -n "${CAISSON_DEBIAN_MIRROR:-}" ]; then
		echo "$CAISSON_DEBIAN_MIRROR"
		return
	fi
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }'
}

# private_apt runs an apt command on the newer suite, with its own lists and
# cache and the host's way to reach the mirror.
private_apt() {
	local command=$1
	shift
	"$command" -q -o Dir::Etc::sourcelist="$APT/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$APT/lists" -o Dir::Cache="$APT/cache" \
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

# open_suite writes the private configuration and reads the suite's index.
open_suite() {
	local uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg option
	uri=$(mirror)
	if [ -z "$uri" ]; then apt-get update && uri=$(mirror); fi
	[ -n "$uri" ] || die "apt knows no Debian mirror here; name one in CAISSON_DEBIAN_MIRROR"
	# Without Debian's keys the pins alone vouch for the files, which is enough.
	if [ -e $keyring ]; then option=signed-by=$keyring; else option=trusted=yes; fi
	mkdir -p "$APT/lists/partial" "$APT/cache/archives/partial"
	printf '%s\n' "deb [$option] $uri $SUITE main" "deb-src [$option] $uri $SUITE main" >"$APT/sources.list"
	private_apt apt-get update
}

# missing prints the pinned files that are not in download/ with their digest.
missing() {
	local sum name
	while read -r sum name; do
		echo "$sum  $DOWNLOAD/$name" | sha256sum --check --status 2>/dev/null || echo "$name"
	done <"$PINS"
}

# fetch brings the pinned files.
fetch() {
	local name package version want
	want=$(missing)
	cd "$DOWNLOAD"
	for name in $want; do rm -f "$name"; done
	case $want in *.tar.* | *.deb*) open_suite ;; esac
	for package in $PACKAGES; do
		case $want in *"${package}_"*.tar.*) private_apt apt-get source --tar-only --download-only "$package/$SUITE" ;; esac
	done
	for name in $want; do
		case $name in
		*.deb)
			package=${name%%_*} version=${name#*_}
			private_apt apt-get download "$package=${version%_*}"
			;;
		*.whl)
			package=${name%%-*} version=${name#*-}
			python3 -m pip download --no-deps --no-cache-dir --dest . "$package==${version%%-*}"
			;;
		esac
	done
	sha256sum --check --strict "$PINS"
}

# unpack ARCHIVE NAME unpacks a source into src/NAME.
unpack() {
	rm -rf "$SRC/$2"
	mkdir -p "$SRC/$2"
	tar --extract --file "$DOWNLOAD/$1" --directory "$SRC/$2" --strip-components=1 --no-same-owner
}

unpack_all() {
	local name
	while read -r _ name; do
		case $name in
		*.orig-www.tar.*) ;; # comes along with sqlite's; its documentation
		python3*.tar.*) unpack "$name" python ;;
		xz-utils_*.tar.*) unpack "$name" xz ;;
		sqlite3_*.tar.*) unpack "$name" sqlite ;;
		*.tar.*) unpack "$name" "${name%%_*}" ;;
		wasi-libc_*.deb)
			rm -rf "$SYSROOT" "$CAISSON_BUILD/wasi-libc"
			dpkg-deb -x "$DOWNLOAD/$name" "$CAISSON_BUILD/wasi-libc"
			mv "$CAISSON_BUILD/wasi-libc/usr" "$SYSROOT"
			rm -rf "$CAISSON_BUILD/wasi-libc"
			;;
		tzdata-*.whl)
			rm -rf "$SRC/tzdata"
			mkdir -p "$SRC/tzdata"
			unzip -q "$DOWNLOAD/$name" 'tzdata/*' -d "$SRC/tzdata"
			;;
		esac
	done <"$PINS"
}

find_llvm || step llvm "$LLVM_VERSIONS" install_llvm
find_llvm
install_rest
if [ -n "$(missing)" ]; then
	rm -f "$STAMP/fetch"
	step fetch "$(digest "$PINS")" fetch
fi
step unpack "$(digest "$PINS" "$BUILD_SCRIPTS/toolchain.sh")" unpack_all
say "toolchain: clang $LLVM, sources and wasi-libc in $CAISSON_BUILD"
