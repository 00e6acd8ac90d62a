// Package guest gives the interpreters that run inside a sandbox and the one
// protocol they all speak: Python, JavaScript and shell, compiled to
// WebAssembly, booted once at build time and frozen.
//
// A guest is a WASI preview 1 reactor with one memory. It exports
//
//	memory, _initialize
//	caisson_boot(ptr, len i32) i32   run the boot source once, at build time; 0 when ready
//	caisson_alloc(n i32) i32         room for n bytes of a request; 0 when there is none
//	caisson_exec(ptr, len i32) i32   run one [Request], which it frees; the exit code, 0 to 255
//	caisson_intr() i32               address of four u32: a, b, c, bit. To interrupt softly the
//	                                 host stores 1 at a and at b and sets bit in the word at c
//
// and imports, beside WASI, only
//
//	caisson.refuel() i64                          called by the metering pass when a slice of work is used up
//	caisson.call(op, oplen, in, inlen i32) i32    ask the host: length of the answer, or -errno (WASI numbers)
//	caisson.take(ptr, cap i32) i32                fetch the answer of the last call
//	caisson.pipe(fds i32) i32                     make a pipe: two u32 descriptors at fds, read end first; WASI errno
//
// Operations of caisson.call are "result" (one [Result] as JSON), "error" (one
// [Exception] as JSON) and, later, doors that policy opens. An unknown
// operation answers -ENOSYS, one that is not allowed -EPERM.
//
// Between two calls of caisson_exec nothing of the guest is on the WebAssembly
// stack and no table has changed, so memory and mutable globals are its whole
// state: that is what makes snapshots and forks possible.
//
// Everything a guest sends is hostile. The decoders here check sizes before
// they allocate and never believe a guest about status, time or memory.
package guest
