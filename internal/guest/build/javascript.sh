#!/usr/bin/env bash
# javascript.sh builds the JavaScript guest from the sources that toolchain.sh
# fetched:
#
#   out/javascript.wasm      QuickJS as a reactor (see the doc of package
#                            guest), stripped, neither metered nor frozen
#   out/javascript-boot.js   the kernel in one file, as caisson_boot wants it
#
# The same sources and compiler give the same bytes, wherever they are built.
. "$(dirname "$0")/env.sh"
find_llvm || die "no clang for WebAssembly; run toolchain.sh first"

HERE=$GUEST/javascript WASM=$CAISSON_BUILD/javascript-wasm
OPT=${JAVASCRIPT_OPT:--O3}
KERNEL="errors inspect numbers text intl bytes streams events path url console timers process fs crypto util assert readline absent modules globals show report execute boot"

# change writes quickjs.c with our changes, and fails when one of them has not
# found its place.
change() (
	local line
	mkdir -p "$WASM"
	cp "$SRC/quickjs/quickjs.c" "$WASM/before.c"
	while IFS= read -r line; do
		case $line in '' | '#'*) continue ;; esac
		sed "$line" "$WASM/before.c" >"$WASM/after.c"
		! cmp -s "$WASM/before.c" "$WASM/after.c" || die "nothing to change for: $line"
	done <"$HERE/quickjs.sed"
	sed -f "$HERE/quickjs.sed" "$SRC/quickjs/quickjs.c" >"$WASM/quickjs-changed.c"
	rm "$WASM/before.c" "$WASM/after.c"
)

# reactor compiles and links. Its stack of 8 MiB lies below all data, so that
# running over it ends in a trap and never in somebody's variables.
reactor() (
	change
	use_wasm
	cd "$WASM"
	mkdir -p include
	: >include/setjmp.h # dtoa.c includes it for nothing, and wasi-libc's refuses
	local q=$SRC/quickjs name part objects=() flags version
	version=$(cat "$q/VERSION")
	for name in cutils dtoa libregexp libunicode; do
		$CC $OPT -g0 -w -I"$WASM/include" -DNDEBUG -D_GNU_SOURCE -DCONFIG_VERSION="\"$version\"" -I"$q" -c "$q/$name.c" -o "$name.o" &
		objects+=("$name.o")
	done
	for part in "$GUEST/hold/hold.c" "$HERE"/{files,host,caisson,engine}.c; do
		name=$(basename "$part" .c)
		flags=()
		# Inlined less, the interpreter takes a third of the machine's stack for a
		# call and is no slower, so that programs may recurse as deep as in Node.
		[ $name != engine ] || flags=(-mllvm -inline-threshold=0)
		$CC $OPT "${flags[@]}" -g0 -Wall -Werror -I"$WASM/include" -DNDEBUG -D_GNU_SOURCE -DCONFIG_VERSION="\"$version\"" -I"$q" -I"$WASM" -I"$GUEST/hold" -c "$part" -o "$name.o" &
		objects+=("$name.o")
	done
	for name in $(jobs -p); do wait "$name"; done
	$CC -mexec-model=reactor --no-wasm-opt -z stack-size=8388608 -Wl,--stack-first,-s \
		-o "$OUT/javascript.wasm.new" "${objects[@]}" -lpthread -lm
	mv "$OUT/javascript.wasm.new" "$OUT/javascript.wasm"
)

# kernel writes the kernel's files one after another into one function, each as
# a module of its own.
kernel() (
	local name
	{
		cat "$HERE/kernel/begin.js"
		for name in $KERNEL; do
			printf 'define("%s", function (module, exports, require) {\n' "$name"
			cat "$HERE/kernel/$name.js"
			printf '});\n'
		done
		cat "$HERE/kernel/end.js"
	} >"$OUT/javascript-boot.js.new"
	mv "$OUT/javascript-boot.js.new" "$OUT/javascript-boot.js"
)

BASE=$(digest "$BUILD_SCRIPTS/env.sh" "$BUILD_SCRIPTS/pins.sha256" "$LLVM" "$("clang-$LLVM" --version)")
step javascript-reactor "$(digest "$BASE" "$OPT" "$HERE"/*.[ch] "$GUEST"/hold/*.[ch] "$HERE/quickjs.sed" "$(declare -f change reactor)")" reactor
step javascript-kernel "$(digest "$HERE"/kernel/*.js "$KERNEL" "$(declare -f kernel)")" kernel
(cd "$OUT" && sha256sum javascript.wasm javascript-boot.js)
