package wasm

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"testing/synctest"
	"time"
)

func TestIdleWorkersAreStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := New(Config{Cache: "unused", Idle: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		key := workerKey{"tenant", "runtime"}
		p := &process{gone: make(chan struct{}), freed: make(chan struct{}), cmd: &exec.Cmd{Process: &os.Process{}}}
		b.workers[key] = &slot{p: p}
		use := func() (leave func()) {
			t.Helper()
			got, leave, err := b.worker(context.Background(), key)
			if err != nil || got != p {
				t.Fatalf("worker = %p, %v; want the one that runs", got, err)
			}
			return leave
		}
		first, second := use(), use()
		time.Sleep(time.Hour)
		first()
		first() // means nothing
		time.Sleep(time.Hour)
		second()
		time.Sleep(59 * time.Second)
		use()() // counts anew from here
		time.Sleep(59 * time.Second)
		if len(b.workers) != 1 {
			t.Fatal("it was stopped too soon")
		}
		last := use()
		time.Sleep(time.Second)
		synctest.Wait()
		if len(b.workers) != 1 {
			t.Fatal("it was stopped under somebody who had just come")
		}
		last()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(b.workers) != 0 {
			t.Fatal("it was not stopped")
		}

		closed := false
		go func() {
			b.Close()
			closed = true
		}()
		synctest.Wait()
		if closed {
			t.Error("Close did not wait for a worker that was being stopped")
		}
		close(p.freed)
		synctest.Wait()
		if !closed {
			t.Error("Close did not return")
		}
	})
}
