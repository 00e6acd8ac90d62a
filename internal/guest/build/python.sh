#!/usr/bin/env bash
# python.sh builds the Python guest from the sources that toolchain.sh fetched:
#
#   out/python.wasm      CPython as a reactor (see the doc of package guest),
#                        stripped, neither metered nor frozen
#   out/python-lib.zip   its standard library, compiled, with time zones and
#                        the kernel; the guest sees it as
#                        /usr/lib/python313.zip
#   out/python-boot.py   the boot script, as caisson_boot wants it
#
# The same sources and compiler give the same bytes, wherever they are built.
. "$(dirname "$0")/env.sh"
find_llvm || die "no clang for WebAssembly; run toolchain.sh first"

NATIVE=$CAISSON_BUILD/python-native WASM=$CAISSON_BUILD/python-wasm
OPT=${PYTHON_OPT:--O3}
BASE=$(digest "$BUILD_SCRIPTS/env.sh" "$BUILD_SCRIPTS/pins.sha256" "$LLVM" "$("clang-$LLVM" --version)")

# static_library NAME CFLAG... -- SOURCE... compiles into stage/lib/libNAME.a.
static_library() {
	local name=$1 flags=() objects=() source pids=() pid
	shift
	while [ "$1" != -- ]; do flags+=("$1"); shift; done
	shift
	rm -rf "$CAISSON_BUILD/lib-$name"
	mkdir -p "$CAISSON_BUILD/lib-$name"
	for source in "$@"; do objects+=("$CAISSON_BUILD/lib-$name/$(basename "$source" .c).o"); done
	printf '%s\n' "$@" | xargs -P "$JOBS" -I{} sh -c \
		'$CC -g0 -DNDEBUG "$@" -c "$0" -o "$OBJECTS/$(basename "$0" .c).o"' {} $OPT "${flags[@]}"
	rm -f "$STAGE/lib/lib$name.a"
	$AR rcsD "$STAGE/lib/lib$name.a" "${objects[@]}"
}

zlib() (
	use_wasm
	export OBJECTS=$CAISSON_BUILD/lib-z
	cd "$SRC/zlib"
	static_library z -DHAVE_UNISTD_H -- adler32.c crc32.c deflate.c infback.c inffast.c inflate.c \
		inftrees.c trees.c zutil.c compress.c uncompr.c
	cp zlib.h zconf.h "$STAGE/include"
)

bzip2() (
	use_wasm
	export OBJECTS=$CAISSON_BUILD/lib-bz2
	cd "$SRC/bzip2"
	static_library bz2 -D_FILE_OFFSET_BITS=64 -D_WASI_EMULATED_SIGNAL -- blocksort.c huffman.c crctable.c \
		randtable.c compress.c decompress.c bzlib.c
	cp bzlib.h "$STAGE/include"
)

xz() (
	use_wasm
	rm -rf "$CAISSON_BUILD/lib-lzma"
	mkdir -p "$CAISSON_BUILD/lib-lzma"
	cd "$CAISSON_BUILD/lib-lzma"
	"$SRC/xz/configure" --host=wasm32-wasi --prefix="$STAGE" --disable-shared --disable-threads --disable-nls \
		--disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo --disable-scripts --disable-doc \
		--disable-sandbox --disable-assembler CFLAGS="$OPT -g0 -DNDEBUG"
	make -j "$JOBS" -C src/liblzma
	make -C src/liblzma install
)

# sqlite: its amalgamation is made with this machine's own compiler and tclsh.
sqlite() (
	local make=$CAISSON_BUILD/lib-sqlite3-make
	rm -rf "$make"
	mkdir -p "$make"
	cd "$make"
	"$SRC/sqlite/configure" --disable-tcl --disable-readline
	make sqlite3.c
	use_wasm
	export OBJECTS=$CAISSON_BUILD/lib-sqlite3
	static_library sqlite3 -DSQLITE_WASI=1 -D__wasilibc_printscan_no_long_double -D_WASI_EMULATED_MMAN \
		-D_WASI_EMULATED_GETPID -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_WAL \
		-DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_TEMP_STORE=2 -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE \
		-DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_COLUMN_METADATA -- sqlite3.c
	cp sqlite3.h "$STAGE/include"
)

# native: a CPython of the same version for this machine, which the build of
# the other one runs. It needs little, so it is built with little.
native() (
	rm -rf "$NATIVE"
	mkdir -p "$NATIVE/Modules"
	cd "$NATIVE"
	printf '%s\n' '*static*' '_struct _struct.c' 'binascii binascii.c' >Modules/Setup.local
	"$SRC/python/configure" --disable-test-modules --without-ensurepip --without-doc-strings
	make -j "$JOBS" OPT="-O1 -w" python
)

configure() (
	use_wasm
	rm -rf "$WASM"
	mkdir -p "$WASM"
	cd "$WASM"
	export CONFIG_SITE=$SRC/python/Tools/wasm/config.site-wasm32-wasi HOSTRUNNER=true
	export PKG_CONFIG_LIBDIR=$STAGE/lib/pkgconfig PKG_CONFIG_PATH=
	"$SRC/python/configure" --host=wasm32-wasip1 --build="$("$SRC/python/config.guess")" \
		--with-build-python="$NATIVE/python" --prefix=/usr --with-pymalloc --disable-test-modules \
		--without-ensurepip ac_cv_lib_sqlite3_sqlite3_bind_double=yes CFLAGS=-g0 \
		CPPFLAGS="-I$STAGE/include" LDFLAGS="-L$STAGE/lib" \
		ZLIB_CFLAGS=" " ZLIB_LIBS=-lz BZIP2_CFLAGS=" " BZIP2_LIBS=-lbz2 \
		LIBLZMA_CFLAGS=" " LIBLZMA_LIBS=-llzma LIBSQLITE3_CFLAGS=" " LIBSQLITE3_LIBS=-lsqlite3
)

# cpython makes the archives that the reactor is linked from.
cpython() (
	use_wasm
	cd "$WASM"
	make -j "$JOBS" OPT="-DNDEBUG -g0 $OPT -w" libpython3.13.a
)

# reactor links python.wasm. Its stack of 8 MiB lies below all data, so that
# running over it ends in a trap and never in somebody's variables.
reactor() (
	use_wasm
	cd "$WASM"
	local s=$SRC/python objects=() wrap=write,read,close,clock_nanosleep,PyObject_Malloc,PyObject_Free,PyMem_Malloc,PyMem_Free,__wasi_poll_oneoff,PyThread_acquire_lock_timed_with_retries,_PyMutex_LockTimed part w flags=()
	for w in ${wrap//,/ }; do flags+=("-Wl,--wrap=$w"); done
	for part in "$GUEST"/{python,hold}/*.c; do
		objects+=("$WASM/caisson-$(basename "$part" .c).o")
		$CC -O2 -g0 -Wall -Werror -I"$s/Include" -I"$s/Include/internal" -I. -I"$STAGE/include" -I"$GUEST/hold" -c "$part" -o "${objects[-1]}"
	done
	$CC -mexec-model=reactor --no-wasm-opt -L"$STAGE/lib" -z stack-size=8388608 -Wl,--stack-first,-s "${flags[@]}" \
		-o "$OUT/python.wasm.new" "${objects[@]}" libpython3.13.a Modules/_decimal/libmpdec/libmpdec.a Modules/_hacl/libHacl_Hash_SHA2.a \
		Modules/expat/libexpat.a -lz -lbz2 -llzma -lsqlite3 -ldl -lwasi-emulated-signal \
		-lwasi-emulated-getpid -lwasi-emulated-process-clocks -lwasi-emulated-mman -lpthread -lm
	mv "$OUT/python.wasm.new" "$OUT/python.wasm"
)

# library packs the standard library and the kernel.
library() (
	"$NATIVE/python" -I -S -B "$GUEST/python/mklib.py" "$OUT/python-lib.zip.new" \
		--stdlib "$SRC/python/Lib" --kernel "$GUEST/python/kernel" --tzdata "$SRC/tzdata/tzdata" \
		--license CPython="$SRC/python/LICENSE" --license zlib="$SRC/zlib/LICENSE" \
		--license bzip2="$SRC/bzip2/LICENSE" --license liblzma="$SRC/xz/COPYING.0BSD" \
		--license SQLite="$SRC/sqlite/LICENSE.md" --license expat="$SRC/python/Modules/expat/COPYING" \
		--license wasi-libc="$SYSROOT/share/doc/wasi-libc/copyright"
	mv "$OUT/python-lib.zip.new" "$OUT/python-lib.zip"
	cp "$GUEST/python/boot.py" "$OUT/python-boot.py"
)

step python-zlib "$(digest "$BASE" "$OPT" "$(declare -f static_library zlib)")" zlib
step python-bzip2 "$(digest "$BASE" "$OPT" "$(declare -f static_library bzip2)")" bzip2
step python-xz "$(digest "$BASE" "$OPT" "$(declare -f xz)")" xz
step python-sqlite "$(digest "$BASE" "$OPT" "$(declare -f static_library sqlite)")" sqlite
step python-native "$(digest "$BASE" "$(declare -f native)")" native
C=$(digest "$BASE" "$(cat "$STAMP"/python-{zlib,bzip2,xz,sqlite,native})" "$(declare -f configure)")
step python-configure "$C" configure
step python-cpython "$(digest "$C" "$OPT" "$(declare -f cpython)")" cpython
step python-reactor "$(digest "$(cat "$STAMP/python-cpython")" "$GUEST"/{python,hold}/*.[ch] "$(declare -f reactor)")" reactor
step python-library "$(digest "$(cat "$STAMP/python-native")" "$GUEST/python/boot.py" "$GUEST/python/mklib.py" \
	"$GUEST"/python/kernel/*.py "$(declare -f library)")" library
(cd "$OUT" && sha256sum python.wasm python-lib.zip python-boot.py)
