#!/usr/bin/env bash
# init.sh compiles the first process of containers from internal/guest/init
# with the guests' compiler and no library, for each processor that the program
# runs on, into the folder that it embeds:
#
#   init-amd64 init-arm64   the programs
#   init.sha256             their digests
. "$(dirname "$0")/env.sh"

BUNDLE=$GUEST/bundle
SOURCE=$GUEST/init/init.c

init() {
	local arch target
	for arch in amd64:x86_64 arm64:aarch64; do
		target=${arch#*:} arch=${arch%:*}
		"clang-$LLVM" --target="$target-linux-gnu" -std=c11 -Os -Wall -Wextra -Werror \
			-ffreestanding -fno-builtin -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
			-nostdlib -static -fuse-ld=lld -Wl,--build-id=none,-z,noexecstack,-z,noseparate-code,-s \
			-o "$BUNDLE/init-$arch.new" "$SOURCE"
		mv "$BUNDLE/init-$arch.new" "$BUNDLE/init-$arch"
	done
	(cd "$BUNDLE" && sha256sum init-amd64 init-arm64 >init.sha256)
}

find_llvm || die "no clang; run toolchain.sh first"
(cd "$BUNDLE" && sha256sum --check --status init.sha256 2>/dev/null) || rm -f "$STAMP/init"
step init "$(digest "$BUILD_SCRIPTS/env.sh" "$SOURCE" "$LLVM" "$(declare -f init)")" init
