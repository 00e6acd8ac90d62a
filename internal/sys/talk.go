package sys

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// The protocol with init; see internal/guest/init/init.c.
const (
	initRun    = 1
	initSpawn  = 2
	initLaunch = 3
	initEnded  = 4

	initDone     = -1
	initNotBegun = -2
)

// A talk is the host's end of the conversation with a process that runs init.
// It is safe for concurrent use.
type talk struct {
	socket  *os.File
	answers chan initAnswer
	over    chan struct{} // closed when nothing more comes, and all is freed

	asking sync.Mutex // held from a request to its answer
}

// An initAnswer is how a request went, or how a child ended.
type initAnswer struct {
	op, step int
	errno    syscall.Errno
	pid      int      // as it is where init is
	handle   *os.File // a pidfd of a process that was made
	child    *Child   // the same, of one that was spawned
}

// newTalk returns both ends; theirs is for the process.
func newTalk() (t *talk, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	theirs = os.NewFile(uintptr(fds[1]), "init")
	if err := unix.SetNonblock(fds[0], true); err != nil { // so that Go's poller waits for it
		theirs.Close()
		unix.Close(fds[0])
		return nil, nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	ours := os.NewFile(uintptr(fds[0]), "init")
	return &talk{socket: ours, answers: make(chan initAnswer, 1), over: make(chan struct{})}, theirs, nil
}

// ask makes a request and returns the answer to it, or [ErrContainerEnded].
func (t *talk) ask(op byte, flags uint32, plan []byte, files ...*os.File) (initAnswer, error) {
	t.asking.Lock()
	defer t.asking.Unlock()
	head := binary.LittleEndian.AppendUint32([]byte{op, 0, 0, 0}, flags)
	if err := sendPacket(t.socket, files, head, plan); err != nil {
		select {
		case <-t.over:
			return initAnswer{}, ErrContainerEnded
		default:
			return initAnswer{}, fmt.Errorf("send a plan: %w", err)
		}
	}
	select {
	case a := <-t.answers:
		return a, nil
	case <-t.over:
		return initAnswer{}, ErrContainerEnded
	}
}

// listen hands on what comes, until nothing more comes or it makes no sense.
// Before anybody else, tell gets it.
func (t *talk) listen(tell func(*initAnswer)) {
	for {
		a, err := t.hear()
		if err != nil {
			return
		}
		tell(&a)
		if a.op == initEnded {
			continue
		}
		select {
		case t.answers <- a:
		default: // an answer without a question
			return
		}
	}
}

func (t *talk) hear() (a initAnswer, err error) {
	var text [16]byte
	f, n, err := receivePacket(t.socket, text[:])
	if err != nil {
		return a, err
	}
	word := func(i int) int { return int(int32(binary.LittleEndian.Uint32(text[4*i:]))) }
	a = initAnswer{op: word(0), step: word(1), errno: syscall.Errno(word(2)), pid: word(3), handle: f}
	makes := (a.op == initSpawn || a.op == initLaunch) && a.step == initDone
	if n != len(text) || a.op < initRun || a.op > initEnded || makes != (f != nil) {
		if f != nil {
			f.Close()
		}
		return a, errors.New("init is out of its mind")
	}
	return a, nil
}
