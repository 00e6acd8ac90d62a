// Package reactor gives instant copies of a booted WebAssembly program.
//
// A guest (see package guest) is booted once, at build time. [Boot] runs it to
// the point where it waits for its first request and freezes it: a [Frozen]
// guest is its module, metered and without data, and the image of its memory.
// [Load] makes a [Program] of it, and each [Instance] of the program begins as
// a private copy-on-write mapping of the image: no interpreter starts, nothing
// is imported, nothing is copied until it is written.
//
// It runs on wazero and makes it safe for hostile code:
//
//   - Code of wazero cannot be preempted, so that a busy guest would stop the
//     Go process around it. A metering pass puts a counter at each loop and at
//     each bulk copy of memory, and host calls are charged by their time; a guest
//     that used up its slice calls caisson.refuel, which is at once scheduling
//     point, deadline, kill switch and processor account.
//   - No host directory is mounted, ever: files are those of package memfs.
//   - Sleeping, clocks and polling are those of package wasi.
//   - Compiled code is trusted. [Compile] keeps it in a directory that must be
//     ours alone, which package backend/wasm sees to.
//
// Between two executions the state of an instance is its memory, its mutable
// globals, its descriptors and its files: modules that could change anything
// else, as their tables, are refused. That is what makes Reset, Fork and Save
// possible, and exact.
//
// Everything that runs here must be taken as hostile to the process it runs
// in: package backend/wasm puts a jailed worker process around it.
package reactor
