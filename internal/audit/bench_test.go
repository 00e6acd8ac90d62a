package audit_test

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/audit"
)

// BenchmarkSync is one caller that records what stands before a run, and waits.
func BenchmarkSync(b *testing.B) { benchmarkSync(b, 1) }

// BenchmarkSyncOfMany is many callers at once, which share flushes.
func BenchmarkSyncOfMany(b *testing.B) { benchmarkSync(b, 32) }

func benchmarkSync(b *testing.B, callers int) {
	l := open(b, filepath.Join(b.TempDir(), "record"))
	took := make([]time.Duration, b.N)
	turns := make(chan int)
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for i := range turns {
				start := time.Now()
				if err := errors.Join(l.Record(b.Context(), request(1), request(2), request(3)), l.Sync(b.Context())); err != nil {
					b.Error(err)
				}
				took[i] = time.Since(start)
			}
		})
	}
	for i := range b.N {
		turns <- i
	}
	close(turns)
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "syncs/s")
}

// BenchmarkOpen is what a short-lived process pays: open, settle, a sync
// before the run, another at the end.
func BenchmarkOpen(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "record")
	for b.Loop() {
		l, err := audit.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Settle(b.Context()); err != nil {
			b.Fatal(err)
		}
		start, end := request(1), request(1)
		end.Data = caisson.Ended{Status: caisson.Exited}
		if err := errors.Join(l.Record(b.Context(), start), l.Sync(b.Context()), l.Record(b.Context(), end)); err != nil {
			b.Fatal(err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "record")
	l := open(b, dir)
	for i := range 10_000 {
		if err := l.Record(b.Context(), request(i)); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		whole(b, dir)
	}
	b.ReportMetric(10_000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
