// Package wasm runs code in WebAssembly: Python, JavaScript and shell as
// guests of package reactor, in jailed worker processes.
//
// Three walls stand between code and host. The guest reaches only its own
// memory, its own files in memory and the few host calls of packages wasi and
// reactor. Around it stands a worker process: this program started again as
// [Stage], in namespaces of its own with an empty root, without capabilities,
// files, sockets or programs, under Landlock, a seccomp allow-list, resource
// limits and a cgroup, as far as the host allows. [Backend.Probe] says what of
// this stands, by starting a worker. And the process that gives orders takes
// the worker for hostile: all that comes from it is bounded and checked.
//
// A worker serves one runtime for one tenant, and many sandboxes, each over a
// socket of its own. When it dies its sandboxes are lost, and nothing else. One
// without sandboxes is stopped after a while.
//
// Limits are enforced in the worker, outside the guest. A worker that does not
// end a guest that is over its limits is killed from outside.
package wasm
