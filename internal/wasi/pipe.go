package wasi

// A pipeBuffer is what is between the two ends of a pipe, as a ring.
type pipeBuffer struct {
	ring           []byte // PipeSize long, made by the first write
	start, n       int
	reader, writer bool // whether each end is open
}

func (b *pipeBuffer) close(in bool) {
	if in {
		b.writer = false
		return
	}
	b.reader = false
	b.ring, b.n = nil, 0 // nobody will read it
}

func (b *pipeBuffer) read(p []byte) (int, Errno) {
	if b.n == 0 {
		if b.writer {
			return 0, EAGAIN
		}
		return 0, OK
	}
	done := 0
	for done < len(p) && b.n > 0 {
		k := copy(p[done:], b.ring[b.start:min(b.start+b.n, PipeSize)])
		b.start = (b.start + k) % PipeSize
		b.n -= k
		done += k
	}
	return done, OK
}

func (b *pipeBuffer) write(p []byte) (int, Errno) {
	if !b.reader {
		return 0, EPIPE
	}
	if b.n == PipeSize {
		return 0, EAGAIN
	}
	if b.ring == nil {
		b.ring = make([]byte, PipeSize)
	}
	done := 0
	for done < len(p) && b.n < PipeSize {
		at := (b.start + b.n) % PipeSize
		k := copy(b.ring[at:min(PipeSize, at+PipeSize-b.n)], p[done:])
		b.n += k
		done += k
	}
	return done, OK
}

// pipe makes a pipe. Its descriptors say that they do not block, which is how
// they behave whatever the guest sets.
func pipe(c call) Errno {
	fds, ok := c.bytes(c.u32(0), 8)
	if !ok {
		return EFAULT
	}
	if !c.p.free(2) {
		return EMFILE
	}
	b := &pipeBuffer{reader: true, writer: true}
	le.PutUint32(fds, c.p.add(&file{kind: kindPipe, pipe: b, flags: flagNonblock, base: streamRights | rightRead}))
	le.PutUint32(fds[4:], c.p.add(&file{kind: kindPipe, pipe: b, in: true, flags: flagNonblock, base: streamRights | rightWrite}))
	return OK
}
