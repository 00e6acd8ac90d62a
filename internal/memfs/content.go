package memfs

import "slices"

// chunkSize is what one write copies at most of a file that is shared with a
// clone, and the step in which holes cost nothing.
const chunkSize = 64 << 10

// A content is the bytes of a file in chunks. A chunk that is missing or short
// reads as zeros up to the size of the file.
type content struct {
	chunks []chunk // may end before size does
	size   int64
}

// A chunk may be changed only by the FS whose epoch it is of.
type chunk struct {
	b   []byte
	own *epoch
}

// share returns a content over bytes that never change.
func share(data []byte) content {
	c := content{size: int64(len(data))}
	for b := range slices.Chunk(data, chunkSize) {
		c.chunks = append(c.chunks, chunk{b: b})
	}
	return c
}

// readAt copies what there is at off, and returns how much.
func (c *content) readAt(p []byte, off int64) int {
	if off >= c.size {
		return 0
	}
	if int64(len(p)) > c.size-off {
		p = p[:c.size-off]
	}
	for done := 0; done < len(p); {
		i, at := split(off + int64(done))
		part := p[done:min(len(p), done+chunkSize-at)]
		n := 0
		if i < len(c.chunks) && at < len(c.chunks[i].b) {
			n = copy(part, c.chunks[i].b[at:])
		}
		clear(part[n:])
		done += len(part)
	}
	return len(p)
}

// writeAt writes all of p and grows the file as needed. The caller has paid.
func (c *content) writeAt(p []byte, off int64, own *epoch) {
	if len(p) == 0 {
		return
	}
	end := off + int64(len(p))
	last, _ := split(end - 1)
	c.reach(last)
	for done := 0; done < len(p); {
		i, at := split(off + int64(done))
		part := p[done:min(len(p), done+chunkSize-at)]
		copy(c.chunks[i].room(at, at+len(part), own), part)
		done += len(part)
	}
	c.size = max(c.size, end)
}

// reach makes the table go as far as chunk i.
func (c *content) reach(i int) {
	if i >= len(c.chunks) {
		c.chunks = slices.Grow(c.chunks, i+1-len(c.chunks))[:i+1]
	}
}

// put sets a chunk within the size.
func (c *content) put(i int, k chunk) {
	c.reach(i)
	c.chunks[i] = k
}

// room makes bytes from to end of the chunk writable and returns them. What
// lies between the chunk's present end and from becomes zero.
func (k *chunk) room(from, end int, own *epoch) []byte {
	old := len(k.b)
	if k.own != own || cap(k.b) < end {
		size := max(end, old)
		if size < chunkSize && old > 0 {
			size = min(chunkSize, max(size, 2*old))
		}
		b := make([]byte, max(end, old), size)
		copy(b, k.b)
		k.b, k.own = b, own
	} else if end > old {
		k.b = k.b[:end]
		// A file that shrank in place leaves its old bytes behind.
		clear(k.b[old:end])
	}
	return k.b[from:end]
}

// truncate sets the size. Room that is no longer used is given back.
func (c *content) truncate(size int64, own *epoch) {
	c.size = size
	n, at := split(size)
	if at > 0 {
		n++
	}
	if n > len(c.chunks) {
		return
	}
	clear(c.chunks[n:])
	c.chunks = c.chunks[:n]
	if cap(c.chunks) > 2*n+8 {
		c.chunks = slices.Clone(c.chunks)
	}
	if at == 0 || len(c.chunks[n-1].b) <= at {
		return
	}
	k := &c.chunks[n-1]
	if k.own != own || cap(k.b) > 2*at+64 {
		*k = chunk{b: append(make([]byte, 0, at), k.b[:at]...), own: own}
		return
	}
	k.b = k.b[:at]
}

func split(off int64) (chunk, at int) { return int(off / chunkSize), int(off % chunkSize) }
