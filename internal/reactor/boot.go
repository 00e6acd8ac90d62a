package reactor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/caisson-dev/caisson/internal/memfs"
	"github.com/caisson-dev/caisson/internal/sys"
	"github.com/caisson-dev/caisson/internal/wasi"
)

const (
	bootMemory = 1 << 30 // address space while booting
	bootFiles  = 64
)

// bootTime is what a guest's calendar says while it boots.
var bootTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Boot runs a guest's boot source and freezes it. What it writes on its way
// goes into the error when it fails.
func Boot(ctx context.Context, name string, wasm, source []byte, lib []LibFile) (Frozen, error) {
	f, said, err := boot(ctx, name, wasm, source, lib)
	if err != nil {
		return Frozen{}, fmt.Errorf("boot %s: %w\n%s", name, err, said)
	}
	return f, nil
}

func boot(ctx context.Context, name string, wasm, source []byte, lib []LibFile) (_ Frozen, _ []byte, err error) {
	var said bytes.Buffer
	prepared, mutable, err := prepare(wasm)
	if err != nil {
		return Frozen{}, nil, err
	}
	files, err := layOut(name, lib)
	if err != nil {
		return Frozen{}, nil, err
	}
	in, err := newBooting(files, &said)
	if err != nil {
		return Frozen{}, nil, err
	}
	defer func() { err = errors.Join(err, in.memory.unmap()) }()
	r, err := newRuntime(ctx, nil)
	if err != nil {
		return Frozen{}, nil, err
	}
	defer r.Close(ctx)
	x := &execution{Context: ctx, in: in, cpu: time.Hour, ask: func(string, []byte) ([]byte, uint16) { return nil, 0 }}
	if err := in.bootModule(x, r, prepared.encode(), source); err != nil {
		return Frozen{}, said.Bytes(), err
	}
	if open := in.process.OpenFiles(); open != 4 {
		return Frozen{}, said.Bytes(), fmt.Errorf("%d descriptors are open after booting, 4 should be", open)
	}
	results, err := in.module.ExportedFunction("caisson_intr").Call(x)
	if err != nil {
		return Frozen{}, said.Bytes(), err
	}
	f := Frozen{Mutable: mutable, Values: globalsOf(in.module, mutable), Image: bytes.Clone(in.bytes())}
	if f.Interrupt, err = interruptFlags(f.Image, uint32(results[0])); err != nil {
		return Frozen{}, said.Bytes(), err
	}
	values := make(map[int]uint64)
	for i, g := range mutable {
		values[g] = f.Values[i]
	}
	frozen, err := freeze(prepared, values, uint32(len(f.Image)/wasmPage))
	if err != nil {
		return Frozen{}, said.Bytes(), err
	}
	empty, err := stub(frozen)
	if err != nil {
		return Frozen{}, said.Bytes(), err
	}
	f.Module, f.Stub = frozen.encode(), empty.encode()
	return f, said.Bytes(), nil
}

// newBooting returns what host calls need of an instance, with clocks that go
// on by themselves and numbers that are not random, so that the same guest
// always freezes to the same bytes.
func newBooting(files *memfs.FS, said *bytes.Buffer) (*Instance, error) {
	space, err := sys.Reserve(bootMemory)
	if err != nil {
		return nil, err
	}
	// A clock that stood still would let code that waits wait for ever.
	var ticks time.Duration
	tick := func() time.Duration { ticks += time.Millisecond; return ticks }
	write := func(p []byte) error { said.Write(p); return nil }
	process, err := wasi.New(wasi.Config{
		FS: files, MaxFiles: bootFiles, Stdio: wasi.Stdio{Out: write, Err: write},
		Realtime:  func() time.Time { return bootTime },
		Monotonic: tick,
		CPU:       func() time.Duration { return 0 },
		Random:    zeros{},
	})
	if err != nil {
		return nil, err
	}
	return &Instance{
		program: &Program{}, files: files, process: process,
		memory: &memory{space: space, limit: bootMemory},
	}, nil
}

func (in *Instance) bootModule(x *execution, r wazero.Runtime, module, source []byte) error {
	code, err := r.CompileModule(x, module)
	if err != nil {
		return err
	}
	allocate := experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return in.memory })
	in.module, err = r.InstantiateModule(experimental.WithMemoryAllocator(x, allocate), code,
		wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return err
	}
	if init := in.module.ExportedFunction("_initialize"); init != nil {
		if _, err := init.Call(x); err != nil {
			return err
		}
	}
	at, err := in.module.ExportedFunction("caisson_alloc").Call(x, uint64(len(source)))
	if err != nil {
		return err
	}
	room, ok := part(in.bytes(), uint32(at[0]), uint32(len(source)))
	if !ok || at[0] == 0 {
		return badModule("it has no room for its boot source")
	}
	copy(room, source)
	code32, err := in.module.ExportedFunction("caisson_boot").Call(x, at[0], uint64(len(source)))
	if err != nil {
		return err
	}
	if rc := api.DecodeI32(code32[0]); rc != 0 {
		return fmt.Errorf("it returned %d", rc)
	}
	return nil
}

// zeros is random to nobody.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
