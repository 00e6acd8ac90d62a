#!/usr/bin/env bash
# build.sh makes every guest and freezes it into the folder that the program
# embeds. What is made already, from the same inputs, is left as it is.
. "$(dirname "$0")/../../../scripts/go.sh"
. "$(dirname "$0")/env.sh"

cd "$ROOT"
BUNDLE=internal/guest/bundle
FREEZER=$(digest go.mod $(ls internal/{reactor,reactor/freeze,memfs,wasi,sys,guest}/*.go | grep -v _test.go))

# freeze NAME VERSION WASM BOOT [PATH=FILE ...] boots a guest and packs it.
freeze() {
	local name=$1 version=$2 wasm=$3 boot=$4 lib inputs=()
	shift 4
	for lib in "$@"; do inputs+=("${lib%%=*}" "${lib#*=}"); done
	# What is packed must also be there, and be what the manifest says.
	[ -e "$BUNDLE/$name.tar.gz" ] && grep -qs "$(sha256sum "$BUNDLE/$name.tar.gz" | cut -d' ' -f1)" $BUNDLE/manifest.json ||
		rm -f "$STAMP/freeze-$name"
	step "freeze-$name" "$(digest "$FREEZER" "$name" "$version" "$wasm" "$boot" "${inputs[@]}")" \
		env CGO_ENABLED=0 timeout 300 go run ./internal/reactor/freeze -name "$name" -version "$version" -wasm "$wasm" -boot "$boot" -out $BUNDLE "$@"
}

# pinned NAME prints the upstream version of a pinned source.
pinned() { sed -n "s/.*  $1_\(.*\)\.orig\.tar\..*/\1/p" "$BUILD_SCRIPTS/pins.sha256"; }

"$BUILD_SCRIPTS/toolchain.sh"
"$BUILD_SCRIPTS/init.sh"
for guest in python javascript shell; do "$BUILD_SCRIPTS/$guest.sh" >"$CAISSON_BUILD/$guest.sums"; done

freeze python "$(pinned python3.13)" "$OUT/python.wasm" "$OUT/python-boot.py" /usr/lib/python313.zip="$OUT/python-lib.zip"
freeze javascript "$(pinned quickjs)" "$OUT/javascript.wasm" "$OUT/javascript-boot.js"
freeze shell "$(go list -m -f '{{.Version}}' mvdan.cc/sh/v3 | sed 's/^v//')" "$OUT/shell.wasm" "$OUT/shell-boot.sh"
