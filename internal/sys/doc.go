// Package sys gives what Go's standard library does not say about Linux:
// memory maps, the walls around a process (namespaces, Landlock, seccomp,
// cgroups) and descriptors sent over sockets. It is the only package that
// imports x/sys/unix and unsafe.
//
// A process locks itself in by [Lock]. A container is built from outside: a
// [Plan] is the system calls that build it, and an [Init], its first process,
// makes them and starts what runs in it.
//
// Nothing here decides. What a host cannot do is an error that wraps
// [ErrMissing] and says what is missing and why, found out by trying.
package sys
