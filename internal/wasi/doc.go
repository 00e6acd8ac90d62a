// Package wasi gives WASI preview 1 to one WebAssembly guest: descriptors, a
// file system, clocks, randomness, sleeping and pipes, over a byte slice that
// is the guest's memory. It knows no WebAssembly runtime: the host binds what
// [Funcs] lists in a loop.
//
//	for _, d := range wasi.Funcs() {
//		bind(wasi.Module, d.Name, d.Params, d.Results, func(ctx context.Context, mem []byte, stack []uint64) {
//			errno, err := d.Call(ctx, process, mem, stack)
//			if err != nil {
//				panic(err) // Exit: the guest is over
//			}
//			if len(d.Results) > 0 {
//				stack[0] = uint64(errno)
//			}
//		})
//	}
//
// The only files are those of a [memfs.FS], open at descriptor 3 as "/". What
// its devices read as is given here: randomness is the process's own, and to
// open a standard stream by name is to have its descriptor once more. There are
// no arguments, environment, sockets, links, signals or other processes. Pipes
// are the one addition to the standard: caisson.pipe, see [PipeDef].
//
// The guest is hostile. Each pointer and length is checked against the memory
// at the moment of its use, without overflow; vectors, paths, transfers and
// subscriptions are capped; what the host allocates is bounded by the limit on
// descriptors and the quota of the file system. A call that cannot be answered
// fails with an errno and changes nothing outside the process.
//
// Numbers and layouts are those of the preview 1 witx documents, typenames.witx
// and wasi_snapshot_preview1.witx, in github.com/WebAssembly/WASI under
// legacy/preview1; alignment and offsets follow its docs.md.
package wasi
