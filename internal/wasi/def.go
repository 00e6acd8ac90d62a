package wasi

import (
	"context"
	"fmt"
)

// Module is the name under which a guest imports [Funcs].
const Module = "wasi_snapshot_preview1"

// The value types of a [Def], as WebAssembly encodes them.
const (
	I32 byte = 0x7f
	I64 byte = 0x7e
)

// A Def is one function that the host binds.
type Def struct {
	Name    string
	Params  []byte // I32 or I64 each
	Results []byte // one I32, the errno; empty for proc_exit

	run func(call) Errno
}

// Call runs the function for p. mem is the guest's whole memory; it is not
// kept. args holds at least len(d.Params) values; of an I32 the upper half is
// ignored. The error is nil but for [Exit], with which the guest is over: the
// host unwinds it and runs no more of its code.
//
// Call blocks only in a read of stdin, a write to stdout or stderr, and
// poll_oneoff; ctx ends the first and the last with EINTR. p serves one call
// at a time.
func (d Def) Call(ctx context.Context, p *Process, mem []byte, args []uint64) (Errno, error) {
	e := d.run(call{ctx: ctx, p: p, mem: mem, args: args})
	if p.exiting {
		p.exiting = false
		return OK, Exit{Code: p.exitCode}
	}
	return e, nil
}

// An Exit is the error of a guest that called proc_exit.
type Exit struct {
	Code uint32
}

// Error returns "exit " and the code.
func (e Exit) Error() string { return fmt.Sprintf("exit %d", e.Code) }

// Funcs lists all 46 functions of WASI preview 1. Those that make no sense
// here are there too, so that every guest links, and fail.
func Funcs() []Def {
	return append(append(append([]Def(nil), processDefs()...), descriptorDefs()...), pathDefs()...)
}

// PipeDef is the function that caisson adds, imported as caisson.pipe: it
// makes a pipe and puts two u32 descriptors at its argument, the end to read
// first. A pipe holds [PipeSize] bytes and never blocks: reading an empty one
// is EAGAIN while it has a writer and 0 after, writing to a full one is EAGAIN
// and to one without a reader EPIPE. poll_oneoff knows when it is ready.
func PipeDef() Def { return def("pipe", pipe, I32) }

// def is a function that returns an errno.
func def(name string, run func(call) Errno, params ...byte) Def {
	return Def{Name: name, Params: params, Results: []byte{I32}, run: run}
}

func processDefs() []Def {
	exit := def("proc_exit", procExit, I32)
	exit.Results = nil
	return []Def{
		def("args_get", fail(OK), I32, I32),
		def("args_sizes_get", noStrings, I32, I32),
		def("environ_get", fail(OK), I32, I32),
		def("environ_sizes_get", noStrings, I32, I32),
		def("clock_res_get", clockResGet, I32, I32),
		def("clock_time_get", clockTimeGet, I32, I64, I32),
		def("poll_oneoff", pollOneoff, I32, I32, I32, I32),
		exit,
		def("proc_raise", fail(ENOSYS), I32),
		def("random_get", randomGet, I32, I32),
		def("sched_yield", fail(OK)),
		def("sock_accept", fail(ENOTSOCK), I32, I32, I32),
		def("sock_recv", fail(ENOTSOCK), I32, I32, I32, I32, I32, I32),
		def("sock_send", fail(ENOTSOCK), I32, I32, I32, I32, I32),
		def("sock_shutdown", fail(ENOTSOCK), I32, I32),
	}
}

func descriptorDefs() []Def {
	return []Def{
		def("fd_advise", fdAdvise, I32, I64, I64, I32),
		def("fd_allocate", fdAllocate, I32, I64, I64),
		def("fd_close", fdClose, I32),
		def("fd_datasync", fdSync, I32),
		def("fd_fdstat_get", fdFdstatGet, I32, I32),
		def("fd_fdstat_set_flags", fdFdstatSetFlags, I32, I32),
		def("fd_fdstat_set_rights", fdFdstatSetRights, I32, I64, I64),
		def("fd_filestat_get", fdFilestatGet, I32, I32),
		def("fd_filestat_set_size", fdFilestatSetSize, I32, I64),
		def("fd_filestat_set_times", fdFilestatSetTimes, I32, I64, I64, I32),
		def("fd_pread", fdPread, I32, I32, I32, I64, I32),
		def("fd_prestat_get", fdPrestatGet, I32, I32),
		def("fd_prestat_dir_name", fdPrestatDirName, I32, I32, I32),
		def("fd_pwrite", fdPwrite, I32, I32, I32, I64, I32),
		def("fd_read", fdRead, I32, I32, I32, I32),
		def("fd_readdir", fdReaddir, I32, I32, I32, I64, I32),
		def("fd_renumber", fdRenumber, I32, I32),
		def("fd_seek", fdSeek, I32, I64, I32, I32),
		def("fd_sync", fdSync, I32),
		def("fd_tell", fdTell, I32, I32),
		def("fd_write", fdWrite, I32, I32, I32, I32),
	}
}

func pathDefs() []Def {
	return []Def{
		def("path_create_directory", pathCreateDirectory, I32, I32, I32),
		def("path_filestat_get", pathFilestatGet, I32, I32, I32, I32, I32),
		def("path_filestat_set_times", pathFilestatSetTimes, I32, I32, I32, I32, I64, I64, I32),
		def("path_link", fail(EPERM), I32, I32, I32, I32, I32, I32, I32),
		def("path_open", pathOpen, I32, I32, I32, I32, I32, I64, I64, I32, I32),
		def("path_readlink", pathReadlink, I32, I32, I32, I32, I32, I32),
		def("path_remove_directory", pathRemoveDirectory, I32, I32, I32),
		def("path_rename", pathRename, I32, I32, I32, I32, I32, I32),
		def("path_symlink", fail(EPERM), I32, I32, I32, I32, I32),
		def("path_unlink_file", pathUnlinkFile, I32, I32, I32),
	}
}

// fail answers a call that is never looked at.
func fail(e Errno) func(call) Errno { return func(call) Errno { return e } }
