package container

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"syscall"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/guest/agent"
	"github.com/caisson-dev/caisson/internal/image"
	"github.com/caisson-dev/caisson/internal/sys"
)

// programFolder is where sources without a name go, and what is made of
// sources: it is no part of the code's work.
const programFolder = tmpFolder + "/.program"

// startProgram makes a sandbox of a language without an agent: nothing runs in
// it before the first execution.
func startProgram(x *box, l *image.Language) *instance {
	return &instance{box: x, language: l, control: -1, out: -1, err: -1}
}

// runProgram makes a file of the code, compiles it where its language needs
// that, and runs it. What a compiler says is for those whose code it refuses.
func (i *instance) runProgram(ctx context.Context, r *run) (caisson.Outcome, error) {
	file := path.Join(programFolder, i.language.File)
	if i.language.Owns(r.cmd.Name) {
		file = path.Join(workFolder, r.cmd.Name)
	}
	err := i.files.as(func() error {
		// The compiler's folder, which is made on the way.
		if err := i.files.write(path.Join(programFolder, "source"), nil); err != nil {
			return err
		}
		return i.files.write(file, []byte(r.cmd.Code))
	})
	if err != nil {
		return caisson.Outcome{}, err
	}
	defer r.watch(ctx)()
	l := i.language.For(file, programFolder)
	if len(l.Compile) > 0 {
		if status, err := r.compile(l); status != 0 || err != nil || r.stopped() {
			return r.programEnd(status, err)
		}
	}
	return r.programEnd(r.stage(append(l.Run, r.cmd.Args...), l.Env, r.cmd.Stdin))
}

// compile runs the compiler.
func (r *run) compile(l image.Language) (syscall.WaitStatus, error) {
	var said bytes.Buffer
	out, errs := r.cmd.Stdout, r.cmd.Stderr
	r.cmd.Stdout, r.cmd.Stderr = &said, &said
	status, err := r.stage(l.Compile, l.Env, nil)
	r.cmd.Stdout, r.cmd.Stderr = out, errs
	if status == 0 && err == nil && !r.stopped() {
		r.output = 0 // nobody saw it
	} else if errs != nil {
		if _, err := errs.Write(said.Bytes()); err != nil {
			r.end(caisson.Killed, deaf+err.Error())
		}
	}
	return status, err
}

// programEnd is the outcome of a program that ended so.
func (r *run) programEnd(status syscall.WaitStatus, err error) (caisson.Outcome, error) {
	if err == nil {
		return r.outcome(status.ExitStatus(), status, status.Signaled())
	}
	r.i.ended.Store(true)
	r.i.kill()
	if !r.stopped() && !errors.Is(err, sys.ErrContainerEnded) {
		return caisson.Outcome{Status: caisson.Lost, Reason: "its program could not be started"}, err
	}
	r.end(caisson.Signaled, "the code ended its container") // unless we did
	return r.outcome(0, 0, true)
}

// stopped says whether the code is being ended.
func (r *run) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status != ""
}

// stage runs one program to its end and hands on what it writes.
func (r *run) stage(args, env []string, stdin io.Reader) (syscall.WaitStatus, error) {
	i := r.i
	theirs, input, err := i.pipes(stdin != nil)
	if err != nil {
		return 0, err
	}
	child, err := i.spawn(command{args: args, env: append(agent.Environment(), env...)}, theirs...)
	closeAll(theirs) // or the program would not be the last to have them
	defer i.closePipes()
	if input != nil {
		defer input.Close() // which ends what waits to write to it
	}
	if err != nil {
		return 0, err
	}
	i.agent.Store(child)
	if input != nil {
		go func() {
			_, _ = io.Copy(input, stdin) // what fails ends the input, which is what there is to say
			input.Close()
		}()
	}
	switch i.control, err = child.Ending(); {
	case err == nil:
		err = r.wait(false)
		syscall.Close(i.control)
	case errors.Is(err, os.ErrProcessDone):
		err = nil
	}
	i.control = -1
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	status, err := child.Wait(ctx)
	r.drain()
	return status, err
}

// pipes makes a program's standard input, which is empty or a pipe of which we
// have the other end, and pipes for what it writes. The caller closes theirs.
func (i *instance) pipes(input bool) (theirs []*os.File, ours *os.File, err error) {
	defer func() {
		if err != nil {
			closeAll(theirs)
			i.closePipes()
		}
	}()
	if !input {
		null, err := os.Open(os.DevNull)
		if err != nil {
			return nil, nil, err
		}
		theirs = append(theirs, null)
	} else {
		var p [2]int
		if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
			return nil, nil, os.NewSyscallError("pipe2", err)
		}
		theirs = append(theirs, os.NewFile(uintptr(p[0]), "input"))
		_ = syscall.SetNonblock(p[1], true) // only of what is no descriptor can it fail
		ours = os.NewFile(uintptr(p[1]), "input")
	}
	outputs, err := i.outputs()
	return append(theirs, outputs...), ours, err
}

// closePipes closes our ends of what a program wrote to.
func (i *instance) closePipes() {
	for _, fd := range []*int{&i.out, &i.err} {
		if *fd >= 0 {
			syscall.Close(*fd) // nothing of ours was waiting to be written
			*fd = -1
		}
	}
}
