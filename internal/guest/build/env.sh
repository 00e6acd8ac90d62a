# env.sh: what the build scripts of the guests share. Source it, do not run it.
#
# Everything that is built or fetched lands in $CAISSON_BUILD, by default
# build/work in the repository, which ignores itself in git:
#
#   download/   pinned archives, as fetched
#   src/NAME/   their unpacked text: python zlib bzip2 xz sqlite quickjs
#   sysroot/    wasi-libc: headers and libraries for wasm32-wasip1
#   stage/      include/ and lib/ of the C libraries we compile for wasm
#   out/        what the guests are made of: python.wasm, python-lib.zip, ...
#   stamp/      one file for each finished step, holding the digest of its inputs
set -euo pipefail
export LC_ALL=C TZ=UTC
export SOURCE_DATE_EPOCH=1767225600 # 2026-01-01; the same sources give the same bytes
unset CDPATH GREP_OPTIONS CFLAGS CPPFLAGS LDFLAGS PYTHONPATH PYTHONHOME

BUILD_SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
GUEST=$(dirname "$BUILD_SCRIPTS")
CAISSON_BUILD=${CAISSON_BUILD:-$(cd "$GUEST/../.." && pwd)/build/work}
mkdir -p "$CAISSON_BUILD"
CAISSON_BUILD=$(cd "$CAISSON_BUILD" && pwd)
export CAISSON_BUILD

DOWNLOAD=$CAISSON_BUILD/download SRC=$CAISSON_BUILD/src SYSROOT=$CAISSON_BUILD/sysroot
STAGE=$CAISSON_BUILD/stage OUT=$CAISSON_BUILD/out STAMP=$CAISSON_BUILD/stamp
mkdir -p "$DOWNLOAD" "$SRC" "$STAGE/include" "$STAGE/lib" "$OUT" "$STAMP"
[ -e "$CAISSON_BUILD/.gitignore" ] || echo '*' >"$CAISSON_BUILD/.gitignore"
[ -e "$CAISSON_BUILD/go.mod" ] || echo 'module work' >"$CAISSON_BUILD/go.mod" # keeps ./... out of here

JOBS=${JOBS:-$(nproc)}
LLVM_VERSIONS="22 21 20 19" # newest first; older ones lack parts of the wasm target

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# find_llvm sets LLVM to the newest installed version that can compile and
# link for WASI, and fails when there is none.
find_llvm() {
	local v
	for v in $LLVM_VERSIONS; do
		command -v "clang-$v" "wasm-ld-$v" "llvm-ar-$v" "llvm-ranlib-$v" >/dev/null || continue
		compgen -G "/usr/lib/llvm-$v/lib/clang/*/lib/*wasm*/libclang_rt.builtins*.a" >/dev/null ||
			compgen -G "/usr/lib/llvm-$v/lib/clang/*/lib/wasi/libclang_rt.builtins*.a" >/dev/null || continue
		LLVM=$v
		return 0
	done
	return 1
}

# use_wasm points CC and its tools at wasm32-wasip1. Call it in a subshell, so
# that nothing built for this machine picks it up.
use_wasm() {
	find_llvm || die "no clang for WebAssembly; run toolchain.sh first"
	export CC="clang-$LLVM --target=wasm32-wasip1 --sysroot=$SYSROOT -ffile-prefix-map=$CAISSON_BUILD=."
	export CPP="$CC -E" AR="llvm-ar-$LLVM" RANLIB="llvm-ranlib-$LLVM" NM="llvm-nm-$LLVM" STRIP="llvm-strip-$LLVM"
	export LD="wasm-ld-$LLVM"
}

# digest prints one digest over files and words: the inputs of a step.
digest() {
	local x
	for x in "$@"; do
		if [ -f "$x" ]; then sha256sum <"$x"; else printf '%s\n' "$x"; fi
	done | sha256sum | cut -d' ' -f1
}

# step NAME DIGEST COMMAND... runs the command unless it already finished with
# these inputs, and says how long it took.
step() {
	local name=$1 want=$2 begin=$SECONDS
	shift 2
	if [ "$(cat "$STAMP/$name" 2>/dev/null)" = "$want" ]; then return 0; fi
	rm -f "$STAMP/$name"
	local status=0
	set +e # a condition around the subshell would switch errexit off inside it
	(set -e; "$@") >"$CAISSON_BUILD/$name.log" 2>&1
	status=$?
	set -e
	if [ $status != 0 ]; then
		tail -n 30 "$CAISSON_BUILD/$name.log" >&2
		die "$name failed; all of its output is in $CAISSON_BUILD/$name.log"
	fi
	echo "$want" >"$STAMP/$name"
	say "$name: $((SECONDS - begin)) s"
}
