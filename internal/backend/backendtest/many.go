package backendtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// many are what holds when much happens at once.
func many() []check {
	return []check{
		{"runs 32 sandboxes at once", runsMany},
		{"takes one sandbox used by many", takesMany},
		{"leaves nothing behind at 1000 random ends", leavesNothing},
	}
}

func runsMany(k kit) {
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			in, err := k.b.Create(k.Context(), k.spec())
			if err != nil {
				k.Errorf("Create: %v", err)
				return
			}
			defer k.close(in)
			name := strings.Repeat("n", i+1)
			for range 3 {
				if r := k.exec(in, backend.Cmd{Code: k.l.Print}); r.out != "hello\n" || r.failure != nil {
					k.Errorf("one of many: stdout %q, %q, %v", r.out, r.Status, r.failure)
				}
				if f, ok := backend.As[backend.Filer](in); ok {
					if err := f.WriteFile(k.Context(), name, []byte(name)); err != nil {
						k.Error(err)
					}
					if list, err := f.List(k.Context(), "/workspace"); err != nil || len(list) != 1 || list[0].Name != name {
						k.Errorf("one of many has files %v, %v", list, err)
					}
				}
			}
		})
	}
	all.Wait()
}

func takesMany(k kit) {
	in := k.create()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if r := k.exec(in, backend.Cmd{Code: k.l.Print}); r.failure != nil || r.Status == caisson.Exited && r.ExitCode == 0 && r.out != "hello\n" {
				k.Errorf("Exec beside others = %q, stdout %q, %v", r.Status, r.out, r.failure)
			}
			if soft, ok := backend.As[backend.Interrupter](in); ok && i == 0 {
				soft.Interrupt()
			}
			if f, ok := backend.As[backend.Filer](in); ok {
				if err := f.WriteFile(k.Context(), fmt.Sprint(i), nil); err != nil {
					k.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// leavesNothing ends sandboxes in every way at every moment.
func leavesNothing(k kit) {
	n, most := 1000, 15*time.Second
	if testing.Short() {
		n, most = 60, 5*time.Second
	}
	enough := time.Now().Add(most)
	begin := time.Now()
	k.close(k.create())
	usual := time.Since(begin) + time.Millisecond
	var all sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for g := range 4 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), 7))
			for range n / 4 {
				if time.Now().After(enough) {
					return // a slow machine looks at fewer
				}
				k.endAtRandom(random, usual)
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	k.Logf("%d random ends", done)
	if got := k.do(k.create(), k.l.Print); got != "hello\n" {
		k.Errorf("afterwards, stdout = %q", got)
	}
}

func (k kit) endAtRandom(random *rand.Rand, usual time.Duration) {
	ctx, cancel := context.WithCancel(k.Context())
	defer cancel()
	after := time.Duration(random.Int64N(int64(4 * usual)))
	way := random.IntN(4)
	code := []string{k.l.Print, k.l.Spin, k.l.Sleep, k.l.Flood, k.l.Stubborn}[random.IntN(5)]
	if way == 0 {
		// From before there is a sandbox.
		time.AfterFunc(after, cancel)
	}
	in, err := k.b.Create(ctx, k.spec(func(l *caisson.Limits) { l.Output = 1 << 40 }))
	if err != nil {
		if ctx.Err() == nil {
			k.Errorf("Create: %v", err)
		}
		return
	}
	var ender sync.WaitGroup
	ender.Go(func() {
		time.Sleep(after)
		switch way {
		case 0, 1:
			cancel()
		case 2:
			in.Kill()
		case 3:
			k.close(in)
		}
	})
	o, err := in.Exec(ctx, backend.Cmd{Code: code})
	switch {
	case err != nil && !errors.Is(err, backend.ErrEnded):
		k.Errorf("Exec(%q): %v", short(code), err)
	case err == nil && o.Status != caisson.Killed && !(o.Status == caisson.Exited && code == k.l.Print):
		k.Errorf("Exec(%q) = %q, %q; want killed", short(code), o.Status, o.Reason)
	}
	ender.Wait()
	k.close(in)
}
