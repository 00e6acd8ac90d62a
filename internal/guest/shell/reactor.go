//go:build wasip1

// Command shell is the shell guest: a WASI reactor with the exports that the
// doc of package guest lists. It holds one session and nothing else; what the
// shell is, package session says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"unsafe"

	"github.com/caisson-dev/caisson/internal/guest/shell/session"
)

func main() {}

// guest is what is frozen and copied.
var guest struct {
	shell   *session.Session
	request []byte // what caisson_alloc made room for

	interrupt [3]uint32 // the host stores 1 in the first two and a bit in the third
	words     [4]uint32 // their addresses, and the bit
}

// A request is what the host sends for one execution.
type request struct {
	Code  string   `json:"code"`
	Name  string   `json:"name"`
	Args  []string `json:"args"`
	Fresh bool     `json:"fresh"`
}

// The metering pass calls refuel, not we. This keeps the import in the module.
//
//go:wasmexport caisson_refuel
func refuel() int64 { return hostRefuel() }

//go:wasmimport caisson refuel
func hostRefuel() int64

//go:wasmexport caisson_alloc
func alloc(n int32) unsafe.Pointer {
	if n < 0 {
		return nil
	}
	guest.request = make([]byte, int(n)+1) // never empty: its address is taken
	return unsafe.Pointer(&guest.request[0])
}

//go:wasmexport caisson_intr
func intr() unsafe.Pointer {
	for i := range guest.interrupt {
		guest.words[i] = uint32(uintptr(unsafe.Pointer(&guest.interrupt[i])))
	}
	guest.words[3] = 1
	return unsafe.Pointer(&guest.words)
}

func interrupted() bool { return atomic.LoadUint32(&guest.interrupt[0]) != 0 }

// gcPercent trades memory for speed: a script makes much garbage and keeps
// little, and collecting it competes with the script.
const gcPercent = 300

// boot opens the session and runs the boot script in it.
//
//go:wasmexport caisson_boot
func boot(p unsafe.Pointer, n int32) int32 {
	script := string(unsafe.Slice((*byte)(p), n))
	guest.request = nil
	var err error
	if guest.shell, err = session.New("/", os.Environ(), interrupted); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	debug.SetGCPercent(gcPercent)
	status := try(request{Code: script, Name: "boot"})
	debug.FreeOSMemory() // what the boot left behind would be in every copy
	// The collection took from the allocator what it had at hand, and the first
	// program of each copy would have to fetch it again.
	for range 2 {
		status |= try(request{Code: "echo 1", Args: []string{}, Fresh: true})
	}
	return status
}

// try carries out a request as if it came from the host.
func try(r request) int32 {
	text, err := json.Marshal(r)
	if err != nil {
		return 1 // unreachable: strings always encode
	}
	return serve(text)
}

//go:wasmexport caisson_exec
func exec(p unsafe.Pointer, n int32) int32 { return serve(unsafe.Slice((*byte)(p), n)) }

func serve(text []byte) int32 {
	var r request
	err := json.Unmarshal(text, &r)
	guest.request = nil
	if err != nil {
		fmt.Fprintln(os.Stderr, "caisson: bad request:", err)
		return 1
	}
	guest.interrupt = [3]uint32{}
	if r.Fresh {
		reseed()
	}
	status, err := run(r)
	var bad *session.SyntaxError
	if errors.As(err, &bad) {
		raise("SyntaxError", bad.Message)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return int32(status & 255)
}

func run(r request) (int, error) {
	return guest.shell.Run(context.Background(), session.Execution{Code: r.Code, Name: r.Name, Args: r.Args, In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}

// reseed draws anew what the Go runtime drew when it started, which would
// otherwise be the same in all copies: it stands behind RANDOM. See the overlay.
//
//go:linkname reseed
func reseed()

// raise tells the host of an error that the code itself caused.
func raise(name, message string) {
	body, err := json.Marshal(map[string]string{"name": name, "message": message})
	if err != nil {
		return // unreachable: strings always encode
	}
	op := "error"
	call(unsafe.Pointer(unsafe.StringData(op)), int32(len(op)), unsafe.Pointer(unsafe.SliceData(body)), int32(len(body)))
}

//go:wasmimport caisson call
//go:noescape
func call(op unsafe.Pointer, n int32, in unsafe.Pointer, inLen int32) int32
