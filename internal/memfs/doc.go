// Package memfs gives a file system in memory with quotas: the only file
// system that a WebAssembly guest ever sees. No host path is resolved here.
// There are directories, regular files, and the devices that the host laid out
// with [FS.AddDevice], each no more than a number: nothing that a guest can
// call makes a device, and nothing at all makes a link.
//
// [Limits] bound what may be written. Bytes counts logical sizes, holes
// included, so that a file never reads back larger than what was paid for;
// Inodes counts files and directories. An unlinked file that is still open
// counts until it is closed. What the host lays out with [FS.AddDir],
// [FS.AddReadOnly] and [FS.AddDevice] counts in neither: those nodes can be neither removed nor
// renamed, by anyone, and read-only ones not changed either.
//
// Real memory follows the quota: the bytes behind a file are at most about
// twice its logical size, and a node costs a few hundred bytes beside its name.
//
// Names are UTF-8, at most [MaxName] bytes, without NUL; a path has at most
// [MaxPath] bytes and the tree at most [MaxDepth] levels. "." and ".." are
// taken lexically, and ".." of the root is the root.
//
// Every error of this package that a guest can cause is an [Errno], which
// errors.Is also matches with the errors of package io/fs.
package memfs
