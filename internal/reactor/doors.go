package reactor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/caisson-dev/caisson/internal/sys"
)

// wazero copies machine code into memory of each process that loads it, and for
// CPython that takes longer than all else that a worker does before it is
// ready. So what it is given to load is doors alone: a jump for each function
// that the table holds or the module exports. The machine code behind them is
// mapped from its file; all workers share its pages, and read those that they
// run.
//
// A folder of compiled code holds these files, and wazero's own folder, in
// which a link with the name of the stub's code leads to [Source.Doors].
const (
	machineFile = "machine" // the machine code of the whole module
	doorsFile   = "doors"   // as wazero keeps code, without any: where the function of each door begins
	markFile    = "mark"    // see mark
)

// A code is a compiled module as wazero keeps it.
type code struct {
	head    []byte   // magic number and version
	begins  []uint64 // where each function begins in machine
	machine []byte
	tail    []byte // what follows the checksum of machine
}

// errCode is what all faults of kept code are.
var errCode = errors.New("not code that wazero keeps")

func parseCode(b []byte) (c code, err error) {
	const magic = 6
	ok := true
	take := func(n uint64) []byte {
		if ok = ok && n <= uint64(len(b)); !ok {
			return make([]byte, 8)
		}
		out := b[:n]
		b = b[n:]
		return out
	}
	whole := b
	take(magic)
	take(uint64(take(1)[0]))
	c.head = whole[:len(whole)-len(b)]
	if begins := take(8 * uint64(binary.LittleEndian.Uint32(take(4)))); ok {
		c.begins = make([]uint64, len(begins)/8)
		for i := range c.begins {
			c.begins[i] = binary.LittleEndian.Uint64(begins[8*i:])
		}
	}
	c.machine = take(binary.LittleEndian.Uint64(take(8)))
	sum := binary.LittleEndian.Uint32(take(crc32.Size))
	c.tail = b
	if !ok || sum != checksum(c.machine) {
		return code{}, errCode
	}
	return c, nil
}

func (c code) encode() []byte {
	b := slices.Grow(slices.Clone(c.head), 8*len(c.begins)+len(c.machine)+len(c.tail)+64)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(c.begins)))
	for _, at := range c.begins {
		b = binary.LittleEndian.AppendUint64(b, at)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(len(c.machine)))
	b = append(b, c.machine...)
	b = binary.LittleEndian.AppendUint32(b, checksum(c.machine))
	return append(b, c.tail...)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// jumps begins a door: it jumps to the address that stands behind it. On arm64
// it goes through x17, which no function takes a parameter in.
var jumps = map[string]string{
	"amd64": "\xff\x25\x02\x00\x00\x00\xcc\xcc", // jmp [rip+2]
	"arm64": "\x51\x00\x00\x58\x20\x02\x1f\xd6", // ldr x17, 8; br x17
}

// doors returns code that leads to c's functions in machine code that is mapped
// at an address.
func (c code) doors(machine uint64) code {
	const size = 16
	n := len(c.begins)
	out := code{head: c.head, begins: make([]uint64, n), machine: make([]byte, 0, n*size), tail: c.tail}
	for i, at := range c.begins {
		out.begins[i] = uint64(len(out.machine))
		out.machine = append(out.machine, jumps[runtime.GOARCH]...)
		out.machine = binary.LittleEndian.AppendUint64(out.machine, machine+at)
	}
	return out
}

// keep writes the code of a whole module, as wazero keeps it, into a folder.
// behind are the functions that get doors.
func keep(dir string, kept []byte, behind []uint32) error {
	c, err := parseCode(kept)
	if err != nil {
		return err
	}
	var begins []uint64
	for _, f := range behind {
		if uint64(f) >= uint64(len(c.begins)) || c.begins[f] >= uint64(len(c.machine)) {
			return errCode
		}
		begins = append(begins, c.begins[f])
	}
	machine, err := write(dir, machineFile, c.machine)
	if err != nil {
		return err
	}
	if _, err := write(dir, doorsFile, code{head: c.head, begins: begins, tail: c.tail}.encode()); err != nil {
		return err
	}
	_, err = write(dir, markFile, []byte(mark(machine)+"\n"+fmt.Sprint(checksum(c.machine))))
	return err
}

// write writes a file that nobody can write to any more, to stable storage.
func write(dir, name string, data []byte) (os.FileInfo, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return nil, err
	}
	if err := errors.Join(f.Chmod(0o444), f.Sync()); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	return info, errors.Join(err, f.Close())
}

// mark tells a file apart from any other, and from what it is after somebody
// wrote to it: the kernel sets the time of its last change, and nobody else can.
func mark(info os.FileInfo) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d %d %d.%09d", st.Ino, st.Size, st.Ctim.Sec, st.Ctim.Nsec)
}

// openDoors maps the machine code of a folder and writes the doors to it into
// a file. A copy that was not made here is read and checked whole.
func openDoors(dir string, to *os.File) (machine []byte, err error) {
	f, err := os.Open(filepath.Join(dir, machineFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, markFile))
	if err != nil {
		return nil, err
	}
	kept, err := os.ReadFile(filepath.Join(dir, doorsFile))
	if err != nil {
		return nil, err
	}
	c, err := parseCode(kept)
	if err != nil {
		return nil, err
	}
	machine, at, err := sys.MapCode(f, int(info.Size()))
	if err != nil {
		return nil, err
	}
	marked, sum, _ := strings.Cut(string(text), "\n")
	if marked != mark(info) && sum != fmt.Sprint(checksum(machine)) {
		return machine, errCode
	}
	_, err = to.Write(c.doors(at).encode())
	return machine, err
}
