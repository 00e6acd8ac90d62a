package reactor

import (
	"context"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/caisson-dev/caisson/internal/wasi"
)

// maxOperation is the longest name of an operation of caisson.call.
const maxOperation = 64

// bind defines the two modules that guests import. Whose call it is stands in
// its context: see [execution].
func bind(ctx context.Context, r wazero.Runtime) error {
	system := r.NewHostModuleBuilder(wasi.Module)
	for _, d := range wasi.Funcs() {
		export(system, d.Name, d.Params, d.Results, wasiCall(d))
	}
	if _, err := system.Instantiate(ctx); err != nil {
		return fmt.Errorf("bind %s: %w", wasi.Module, err)
	}
	host := r.NewHostModuleBuilder("caisson")
	pipe := wasi.PipeDef()
	export(host, pipe.Name, pipe.Params, pipe.Results, wasiCall(pipe))
	i32, i64 := []byte{wasi.I32}, []byte{wasi.I64}
	export(host, "refuel", nil, i64, func(x *execution, _ []byte, stack []uint64) {
		stack[0] = uint64(x.refuel())
	})
	export(host, "call", []byte{wasi.I32, wasi.I32, wasi.I32, wasi.I32}, i32, func(x *execution, mem []byte, stack []uint64) {
		stack[0] = api.EncodeI32(x.call(mem, uint32(stack[0]), uint32(stack[1]), uint32(stack[2]), uint32(stack[3])))
	})
	export(host, "take", []byte{wasi.I32, wasi.I32}, i32, func(x *execution, mem []byte, stack []uint64) {
		stack[0] = api.EncodeI32(x.take(mem, uint32(stack[0]), uint32(stack[1])))
	})
	if _, err := host.Instantiate(ctx); err != nil {
		return fmt.Errorf("bind caisson: %w", err)
	}
	return nil
}

// export defines one host function over the guest's whole memory.
func export(b wazero.HostModuleBuilder, name string, params, results []byte, f func(x *execution, mem []byte, stack []uint64)) {
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
		mem, _ := m.Memory().Read(0, m.Memory().Size()) // a view, not a copy
		f(ctx.(*execution), mem, stack)
	}), params, results).Export(name)
}

func wasiCall(d wasi.Def) func(x *execution, mem []byte, stack []uint64) {
	waits := d.Name == "poll_oneoff" || d.Name == "fd_read"
	return func(x *execution, mem []byte, stack []uint64) {
		if waits {
			x.isLong()
		}
		begin := time.Now()
		errno, err := d.Call(x, x.in.process, mem, stack)
		x.charge(time.Since(begin))
		if err != nil {
			panic(err) // proc_exit: wazero unwinds the guest and returns it
		}
		// What the call waited for may be an interrupt, or an end.
		x.look(mem)
		if len(d.Results) > 0 {
			stack[0] = uint64(errno)
		}
	}
}

// errnoName and below are the WASI errnos of caisson.call.
const (
	errnoFault = 21
	errnoName  = 37
)

// call hands a guest's question to whoever answers its operations.
func (x *execution) call(mem []byte, op, oplen, in, inlen uint32) int32 {
	name, ok1 := part(mem, op, oplen)
	data, ok2 := part(mem, in, inlen)
	switch {
	case !ok1 || !ok2:
		return -errnoFault
	case len(name) > maxOperation:
		return -errnoName
	}
	answer, errno := x.ask(string(name), data)
	if errno != 0 {
		return -int32(errno)
	}
	x.answer = answer
	return int32(len(answer))
}

// take copies the answer of the last call into the guest.
func (x *execution) take(mem []byte, at, room uint32) int32 {
	to, ok := part(mem, at, room)
	if !ok {
		return -errnoFault
	}
	n := copy(to, x.answer)
	x.answer = nil
	return int32(n)
}

// part returns n bytes of guest memory; false when they are not all in it.
func part(mem []byte, at, n uint32) ([]byte, bool) {
	end := uint64(at) + uint64(n)
	if end > uint64(len(mem)) {
		return nil, false
	}
	return mem[at:end:end], true
}
