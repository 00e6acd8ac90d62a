package wasm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unicode"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/sys"
)

// A process is a worker, seen from outside.
type process struct {
	bundle  guest.Bundle
	cmd     *exec.Cmd
	socket  *os.File
	report  report
	cgroup  *sys.Cgroup // nil when there is none
	missing []string    // walls that could not be built, and why
	stand   []string
	stderr  head

	sending sync.Mutex    // of descriptors
	grouped chan struct{} // closed when cgroup is set, or never will be
	gone    chan struct{}
	cause   error // why it ended; set before gone is closed

	begun chan struct{} // closed when its report was read, or none will come
	freed chan struct{} // closed when nothing is left of it
}

// start starts a worker for a guest whose parts are in dir, behind as many
// walls as this host builds. It is put into the group that group makes.
func start(ctx context.Context, c Config, dir string, b brief, group func(pid int) (*sys.Cgroup, error)) (*process, error) {
	p := &process{bundle: b.Bundle, grouped: make(chan struct{}), gone: make(chan struct{}),
		begun: make(chan struct{}), freed: make(chan struct{})}
	b.Namespaces = true
	err := p.spawn(c.Program, dir, b, c.isolated())
	if err != nil && unbuildable(err) {
		p.missing = append(p.missing, fmt.Sprintf("%s: %v", sys.WallNamespaces, err))
		b.Namespaces = false
		err = p.spawn(c.Program, dir, b, sys.Plain())
	}
	if err != nil {
		return nil, err
	}
	// It loads its guest meanwhile. No code of a guest runs before start returns.
	var ungrouped error
	go func() {
		p.cgroup, ungrouped = group(p.cmd.Process.Pid)
		close(p.grouped)
	}()
	go p.wait()
	stop := context.AfterFunc(ctx, p.kill)
	defer stop()
	err = p.begin(b)
	close(p.begun)
	<-p.grouped
	if err != nil {
		p.stop()
		return nil, err
	}
	if ungrouped == nil {
		p.stand = append(p.stand, sys.WallCgroup)
	} else {
		p.missing = append(p.missing, ungrouped.Error())
	}
	return p, nil
}

// unbuildable says whether an error of starting a process means that the host
// does not let us make namespaces.
func unbuildable(err error) bool {
	for _, e := range []syscall.Errno{syscall.EPERM, syscall.EACCES, syscall.ENOSYS, syscall.EINVAL, syscall.ENOSPC, syscall.EUSERS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// spawn starts the process. The kernel kills it when the thread that started
// it ends, so that thread is kept until then.
func (p *process) spawn(exe, dir string, b brief, attr *syscall.SysProcAttr) error {
	ours, theirs, err := sys.SocketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	files, err := parts(dir, b.Bundle)
	if err != nil {
		ours.Close()
		return err
	}
	defer closeAll(files)
	doors, err := sys.MemFile("doors")
	if err != nil {
		ours.Close()
		return err
	}
	defer doors.Close()
	cmd := exec.Command(exe, Stage)
	cmd.Env = []string{"GOTRACEBACK=none"} // nothing of ours
	cmd.Dir = "/"
	cmd.ExtraFiles = append([]*os.File{theirs, doors}, files...)
	cmd.Stderr = &p.stderr
	cmd.SysProcAttr = attr
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			<-p.gone
		}
	}()
	if err := <-started; err != nil {
		ours.Close()
		return fmt.Errorf("start a worker: %w", err)
	}
	p.cmd, p.socket = cmd, ours
	return nil
}

// wait reaps the process and frees what was its own.
func (p *process) wait() {
	err := p.cmd.Wait()
	<-p.grouped
	if p.cgroup != nil {
		err = errors.Join(err, p.cgroup.Close())
	}
	p.cause = fmt.Errorf("its worker ended: %w", err)
	if said := p.stderr.String(); said != "" {
		p.cause = fmt.Errorf("%w: %q", p.cause, said)
	}
	if err == nil {
		p.cause = errors.New("its worker ended")
	}
	close(p.gone)
	<-p.begun // what it said before it ended is still to be read
	p.socket.Close()
	close(p.freed)
}

// begin briefs the worker and reads its report.
func (p *process) begin(b brief) error {
	if err := writeJSON(p.socket, orderOpen, b); err != nil {
		return p.because(err)
	}
	k, payload, err := readFrame(p.socket, 1<<20)
	if err != nil {
		return p.because(err)
	}
	if k == answerFailed {
		return failed(payload)
	}
	if err := json.Unmarshal(payload, &p.report); err != nil || k != answerDone {
		return fmt.Errorf("start a worker: it answered with frame %d (%w)", k, err)
	}
	p.stand = append(p.report.Walls, p.stand...)
	p.missing = append(p.missing, p.report.Missing...)
	return nil
}

// because says why a worker does not answer.
func (p *process) because(err error) error {
	p.kill()
	<-p.gone
	return fmt.Errorf("start a worker: %w (%w)", p.cause, err)
}

// connect gives the worker one end of a new socket and returns the other.
func (p *process) connect() (*os.File, error) {
	ours, theirs, err := sys.SocketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	p.sending.Lock()
	defer p.sending.Unlock()
	if err := sys.SendFile(p.socket, theirs); err != nil {
		ours.Close()
		return nil, err
	}
	return ours, nil
}

// alive says whether the worker has not ended.
func (p *process) alive() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// kill ends the worker at once. Its sandboxes are lost.
func (p *process) kill() {
	p.cmd.Process.Kill() // fails when it has ended
}

// stop ends the worker and waits until nothing is left of it.
func (p *process) stop() {
	p.kill()
	<-p.freed
}

// failed turns a failure of the worker into an error.
func failed(payload []byte) error {
	var f failure
	if err := json.Unmarshal(payload, &f); err != nil {
		return fmt.Errorf("the worker failed and did not say how")
	}
	message := cut(f.Message)
	switch f.Code {
	case codeStale:
		return errStale
	case codeEnded:
		return errEnded
	case caisson.Invalid, caisson.NotFound, caisson.Conflict, caisson.Exhausted:
		return &caisson.Error{Code: f.Code, Message: message}
	}
	return fmt.Errorf("the worker failed: %s", message)
}

// cut makes a text from a worker fit to be shown.
func cut(s string) string {
	const most = 1000
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return '?'
		}
		return r
	}, s)
}

// A head keeps the first bytes that were written to it.
type head struct {
	mu sync.Mutex
	b  []byte
}

func (t *head) Write(p []byte) (int, error) {
	const most = 2 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p[:min(len(p), most-len(t.b))]...)
	return len(p), nil
}

// String returns what was kept, fit to be shown.
func (t *head) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return cut(strings.TrimSpace(string(t.b)))
}

// bundleFor returns the guest of a runtime.
func bundleFor(name string) (guest.Bundle, error) {
	all, err := guest.Bundles()
	if err != nil {
		return guest.Bundle{}, &caisson.Error{Code: caisson.Unsupported, Message: err.Error(), Err: err}
	}
	b, ok := all[name]
	if !ok {
		return guest.Bundle{}, caisson.Errorf(caisson.Unsupported, "the wasm backend has no runtime %q", name)
	}
	return b, nil
}
