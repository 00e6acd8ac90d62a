package memfs

import (
	"io/fs"
	"sync"
	"time"
)

const (
	MaxName  = 255                      // bytes of one name
	MaxDepth = 64                       // levels below the root
	MaxPath  = MaxDepth * (MaxName + 1) // bytes of one path in a call: all that can be there
	MaxFile  = 64 << 30                 // bytes of one file, whatever the quota
)

// Limits bound what may be written. A zero limit means none of it.
type Limits struct {
	Bytes  int64 // logical bytes of all files, holes included
	Inodes int   // files and directories
}

// Usage is what counts against [Limits] now.
type Usage struct {
	Bytes  int64
	Inodes int
}

// A Quota names one of the limits.
type Quota int

const (
	QuotaNone Quota = iota
	QuotaBytes
	QuotaInodes
)

// String returns "none", "bytes" or "inodes".
func (q Quota) String() string {
	switch q {
	case QuotaBytes:
		return "bytes"
	case QuotaInodes:
		return "inodes"
	}
	return "none"
}

// A Device says which character device a node is. This package keeps no more
// than that: a device has no bytes here, and what reading and writing it means
// is for those who open it.
type Device byte

const (
	NoDevice  Device = iota // a directory or a regular file
	DevNull                 // reads as nothing, forgets what is written
	DevZero                 // reads as zeros without end, forgets what is written
	DevRandom               // reads as randomness without end, forgets what is written
	DevStdin                // the standard streams
	DevStdout
	DevStderr
)

// A Stat describes one node.
type Stat struct {
	Ino    uint64
	Dir    bool   // otherwise a regular file, or a device
	Device Device // NoDevice for all else
	Size   int64
	Mode   fs.FileMode // permission bits only; kept, never enforced
	Atime  int64       // Unix nanoseconds; reading does not change it
	Mtime  int64       // Unix nanoseconds
	Nlink  int         // 0 once unlinked
}

// An Entry is one name in a directory.
type Entry struct {
	Name   string
	Ino    uint64
	Dir    bool
	Device Device // NoDevice for all else
	Next   uint64 // cookie of what follows it
}

// FS is one file system. It is safe for concurrent use. Use [New]: the zero FS
// has no root.
type FS struct {
	now func() time.Time

	// mu guards all below, every node, and the offset of every open File.
	mu     sync.Mutex
	limits Limits
	used   Usage
	hit    Quota
	root   *node
	inos   uint64
	own    *epoch // chunks of this epoch belong to no other FS
}

// An epoch is the time of one FS between two clones. Only its address counts;
// it has a size so that no two share one.
type epoch struct{ _ byte }

// New returns an empty file system. A nil now is time.Now.
func New(limits Limits, now func() time.Time) *FS {
	if now == nil {
		now = time.Now
	}
	f := &FS{now: now, limits: limits, own: new(epoch)}
	f.root = f.newNode(true, 0o755)
	f.root.fixed = true
	return f
}

// SetLimits replaces the limits. What is there stays, even above them.
func (f *FS) SetLimits(l Limits) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limits = l
}

// Usage returns what counts against the limits.
func (f *FS) Usage() Usage {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.used
}

// QuotaHit returns the limit that first refused something since New or the
// last ClearQuotaHit.
func (f *FS) QuotaHit() Quota {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hit
}

// ClearQuotaHit makes QuotaHit start again.
func (f *FS) ClearQuotaHit() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hit = QuotaNone
}

// roomLocked returns how many more bytes fit. f.mu is held.
func (f *FS) roomLocked() int64 { return max(0, f.limits.Bytes-f.used.Bytes) }

// refuseLocked records the quota that said no. f.mu is held.
func (f *FS) refuseLocked(q Quota) Errno {
	if f.hit == QuotaNone {
		f.hit = q
	}
	if q == QuotaInodes {
		return EDQUOT
	}
	return ENOSPC
}
