package wasm

import (
	"io"
	"sync"
)

// A pump reads from a reader only when it is asked to, in a goroutine of its
// own: a read that never returns must not hold up anybody. It outlives its
// execution only as long as such a read does, and hands on nothing then.
type pump struct {
	asked chan struct{}

	mu   sync.Mutex
	send func(b []byte) // nil once closed
}

// newPump returns a pump from r, which may be nil and is empty then. send gets
// what was read, and nothing at the end.
func newPump(r io.Reader, send func(b []byte)) *pump {
	p := &pump{asked: make(chan struct{}, 1), send: send}
	go p.run(r)
	return p
}

func (p *pump) run(r io.Reader) {
	b := make([]byte, chunk)
	for range p.asked {
		n, err := 0, io.EOF
		for r != nil && n == 0 {
			if n, err = r.Read(b); err != nil {
				break
			}
		}
		if n > 0 {
			p.give(b[:n])
		}
		if err != nil {
			p.give(nil)
			return
		}
	}
}

func (p *pump) give(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.send != nil {
		p.send(b)
	}
}

// ask makes it read once more.
func (p *pump) ask() {
	select {
	case p.asked <- struct{}{}:
	default:
	}
}

// close makes it hand on nothing more.
func (p *pump) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.send = nil
	close(p.asked)
}
