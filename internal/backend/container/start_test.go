package container

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/caisson-dev/caisson/internal/backend"
)

// BenchmarkStart is a fresh sandbox to its first output: started when it is
// asked for, and made ahead.
func BenchmarkStart(b *testing.B) {
	for _, x := range []struct{ name, runtime, code string }{
		{"shell", "shell", "echo 1"},
		{"python", "python", "print(1)"},
		{"numpy", "python", "import numpy; print(1)"},
		{"pandas", "python", "import numpy, pandas, matplotlib.pyplot; print(1)"},
		{"node", "javascript", "console.log(1)"},
	} {
		for _, way := range []struct {
			name   string
			config Config
		}{{"cold", Config{}}, {"ready", Config{Ready: 1}}} {
			b.Run(x.name+"/"+way.name, func(b *testing.B) {
				be := opened(b, way.config)
				knows(b, be, x.runtime, x.code)
				var took []time.Duration
				for b.Loop() {
					b.StopTimer()
					settled(be)
					b.StartTimer()
					begin := time.Now()
					in, err := be.Create(b.Context(), wanted("bench", x.runtime))
					if err != nil {
						b.Fatal(err)
					}
					said(b, in, x.code)
					took = append(took, time.Since(begin))
					b.StopTimer()
					in.Close()
					b.StartTimer()
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
			})
		}
	}
}

// BenchmarkMany is how many fresh sandboxes a second come, run and go, when
// several are asked for at a time.
func BenchmarkMany(b *testing.B) {
	for _, x := range []struct{ name, runtime, code string }{
		{"shell", "shell", "echo 1"},
		{"numpy", "python", "import numpy; print(1)"},
	} {
		b.Run(x.name, func(b *testing.B) {
			be := opened(b, Config{})
			knows(b, be, x.runtime, x.code)
			var callers sync.WaitGroup
			turns := make(chan bool)
			for range 4 {
				callers.Go(func() {
					for range turns {
						in, err := be.Create(b.Context(), wanted("bench", x.runtime))
						if err != nil {
							b.Error(err)
							return
						}
						said(b, in, x.code)
						in.Close()
					}
				})
			}
			for b.Loop() {
				turns <- true
			}
			close(turns)
			callers.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sandboxes/s")
		})
	}
}

// knows skips a test of code whose runtime or modules are not here.
func knows(t testing.TB, b *Backend, runtime, code string) {
	t.Helper()
	p, err := b.ready()
	if err != nil {
		t.Fatal(err)
	}
	if p.host.commands[runtime].args == nil {
		t.Skipf("there is no %s here", runtime)
	}
	in := created(t, b, wanted("first", runtime))
	if o, err := in.Exec(t.Context(), backend.Cmd{Code: code}); err != nil || o.ExitCode != 0 {
		t.Skipf("%q does not run here: %+v, %v", code, o, err)
	}
}
