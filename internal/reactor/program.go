package reactor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/caisson-dev/caisson/internal/memfs"
	"github.com/caisson-dev/caisson/internal/sys"
)

// A LibFile is a file that every copy of a guest sees and none can change.
type LibFile struct {
	Path string // in the guest, absolute
	Data []byte // must never change
}

// A Frozen guest is one that was booted and stopped before its first request.
type Frozen struct {
	Module    []byte    // the whole code, metered; it starts from Values
	Stub      []byte    // the same shape without the code
	Image     []byte    // its memory
	Mutable   []int     // which globals can change
	Values    []uint64  // what they hold
	Interrupt [4]uint32 // see package guest
}

// folders are what a guest can write in.
var folders = []string{"/workspace", "/tmp"}

// shell is the guest that knows devices by their names, whether they are laid
// out or not. Its tools also read those that they come across in a walk, as
// grep -r does: of an endless one that would be for ever.
const shell = "shell"

// devices are laid out after all else, so that the numbers of files stay those
// with which a guest was booted.
var devices = []struct {
	path string
	dev  memfs.Device
}{
	{"/dev/null", memfs.DevNull}, {"/dev/zero", memfs.DevZero},
	{"/dev/random", memfs.DevRandom}, {"/dev/urandom", memfs.DevRandom},
	{"/dev/stdin", memfs.DevStdin}, {"/dev/stdout", memfs.DevStdout}, {"/dev/stderr", memfs.DevStderr},
}

// layOut makes the file system that all copies of a guest start from.
func layOut(name string, lib []LibFile) (*memfs.FS, error) {
	files := memfs.New(memfs.Limits{}, nil)
	for _, dir := range folders {
		if err := files.AddDir(dir); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", dir, err)
		}
	}
	for _, f := range lib {
		if err := files.AddReadOnly(f.Path, f.Data); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", f.Path, err)
		}
	}
	for _, d := range devices {
		if name == shell && d.dev != memfs.DevNull {
			continue
		}
		if err := files.AddDevice(d.path, d.dev); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", d.path, err)
		}
	}
	if err := files.Seal("/"); err != nil {
		return nil, fmt.Errorf("lay out /: %w", err)
	}
	return files, nil
}

func newRuntime(ctx context.Context, cache wazero.CompilationCache) (wazero.Runtime, error) {
	config := wazero.NewRuntimeConfigCompiler().WithDebugInfoEnabled(false)
	if cache != nil {
		config = config.WithCompilationCache(cache)
	}
	r := wazero.NewRuntimeWithConfig(ctx, config)
	if err := bind(ctx, r); err != nil {
		r.Close(ctx)
		return nil, err
	}
	return r, nil
}

// Compile compiles a frozen guest for this machine and leaves the code in the
// folder dir, which it makes, for [Load]. doors is the name by which the process
// that loads it finds its [Source.Doors]. It takes seconds, and memory in
// proportion.
func Compile(ctx context.Context, dir, doors string, f Frozen) error {
	if err := compileInto(ctx, dir, doors, f); err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	return nil
}

func compileInto(ctx context.Context, dir, doors string, f Frozen) error {
	whole, err := parseModule(f.Module)
	if err != nil {
		return err
	}
	behind, err := whole.reached()
	if err != nil {
		return err
	}
	name, err := compile(ctx, dir, f.Module)
	if err != nil {
		return err
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := errors.Join(keep(dir, kept, behind), os.Remove(name)); err != nil {
		return err
	}
	if name, err = compile(ctx, dir, f.Stub); err != nil {
		return err
	}
	return errors.Join(os.Remove(name), os.Symlink(doors, name))
}

// compile compiles a module and returns the file in which wazero keeps the code.
func compile(ctx context.Context, dir string, module []byte) (name string, err error) {
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return "", err
	}
	defer cache.Close(ctx)
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithDebugInfoEnabled(false).WithCompilationCache(cache))
	defer r.Close(ctx)
	if _, err = r.CompileModule(ctx, module); err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("%d files in the cache where one was to be (%w)", len(files), err)
	}
	return files[0], nil
}

// A Program is a guest that is ready to be copied. It is safe for concurrent
// use.
type Program struct {
	Name      string
	runtime   wazero.Runtime
	cache     wazero.CompilationCache
	code      wazero.CompiledModule // doors to machine
	machine   []byte
	image     *image
	files     *memfs.FS // what copies start from
	pagemap   *sys.Pagemap
	mutable   []int
	values    []uint64
	interrupt [4]uint32
	reserve   uint64
	cpu       func() time.Duration
}

// A Source says where the parts of a Program are.
type Source struct {
	Name    string
	Frozen           // Module and Image are not looked at
	Code    string   // folder that [Compile] made
	Doors   *os.File // empty, to be written; needed until Load returns
	Image   *os.File // the image as a file, which Load keeps open
	Lib     []LibFile
	Reserve uint64 // address space for each copy: the most memory that one can have
}

// Load opens a guest that was compiled. Code that [Compile] did not make for
// this build on this kind of machine is not loaded: the guest is not there then.
func Load(ctx context.Context, s Source) (*Program, error) {
	info, err := s.Image.Stat()
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", s.Name, err)
	}
	data, err := sys.MapRead(s.Image, int(info.Size()))
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", s.Name, err)
	}
	p := &Program{
		Name: s.Name, image: &image{s.Image, data}, mutable: s.Mutable, values: s.Values,
		interrupt: s.Interrupt, reserve: max(s.Reserve, uint64(len(data))), cpu: sys.ThreadCPU,
	}
	if err := p.load(ctx, s); err != nil {
		return nil, errors.Join(fmt.Errorf("load %s: %w", s.Name, err), p.Close(ctx))
	}
	return p, nil
}

func (p *Program) load(ctx context.Context, s Source) (err error) {
	if p.files, err = layOut(s.Name, s.Lib); err != nil {
		return err
	}
	if p.pagemap, err = sys.OpenPagemap(); err != nil {
		return err
	}
	if p.machine, err = openDoors(s.Code, s.Doors); err != nil {
		return fmt.Errorf("%w: %w", ErrStale, err)
	}
	if p.cache, err = wazero.NewCompilationCacheWithDir(s.Code); err != nil {
		// It has no folder for this version of wazero, and cannot make one here.
		return fmt.Errorf("%w: %w", ErrStale, err)
	}
	if p.runtime, err = newRuntime(ctx, p.cache); err != nil {
		return err
	}
	if p.code, err = p.runtime.CompileModule(ctx, s.Stub); err != nil {
		// The stub is sound, so what is wrong is the code that was kept for it.
		return fmt.Errorf("%w: %w", ErrStale, err)
	}
	return nil
}

// Memory returns how many bytes of memory a copy takes before it does anything.
func (p *Program) Memory() int64 { return int64(len(p.image.data)) }

// Close frees everything. All instances must be closed.
func (p *Program) Close(ctx context.Context) error {
	var errs []error
	if p.runtime != nil {
		errs = append(errs, p.runtime.Close(ctx))
	}
	if p.cache != nil {
		errs = append(errs, p.cache.Close(ctx))
	}
	if p.pagemap != nil {
		errs = append(errs, p.pagemap.Close())
	}
	return errors.Join(append(errs, sys.Unmap(p.machine), sys.Unmap(p.image.data), p.image.file.Close())...)
}

// globalsOf returns the values of the mutable globals of a module.
func globalsOf(m api.Module, mutable []int) []uint64 {
	values := make([]uint64, len(mutable))
	for i, g := range mutable {
		values[i] = m.ExportedGlobal(stateExport(g)).Get()
	}
	return values
}

// interruptFlags reads what caisson_intr returns.
func interruptFlags(mem []byte, at uint32) (flags [4]uint32, err error) {
	b, ok := part(mem, at, 16)
	if !ok {
		return flags, badModule("caisson_intr points out of its memory")
	}
	for i := range flags {
		flags[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return flags, nil
}
