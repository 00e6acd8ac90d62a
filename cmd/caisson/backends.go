package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/guest"
)

// A host is one way of running code, with what must be known of it in order to
// choose. What it can really do is found out by trying, see "caisson doctor".
type host struct {
	name      string
	isolation caisson.Isolation
	runtimes  []string
	needs     []caisson.Need // what it can give to code; none when empty
	backend.Backend
}

// hosts lists every way of running code there is, cheapest first.
func hosts(w *wasm.Backend) []host {
	return []host{
		{name: wasm.Name, isolation: caisson.IsolationMediated, runtimes: catalogue(), Backend: w},
	}
}

// catalogue names the runtimes that this program knows.
func catalogue() []string { return []string{"javascript", "python", "shell"} }

// place finds the cheapest backend that holds a sandbox as tightly as its
// posture asks, with its runtime.
func (p *parts) place(ctx context.Context, spec caisson.Spec, needs []caisson.Need) (caisson.Placement, backend.Backend, error) {
	var fit []host
	for _, h := range p.hosts {
		if h.isolation >= spec.Posture.Isolation && slices.Contains(h.runtimes, spec.Runtime) {
			fit = append(fit, h)
		}
	}
	if len(fit) == 0 {
		return caisson.Placement{}, nil, p.nowhere(spec)
	}
	chosen := fit[0]
	for _, h := range fit {
		if gives(h, needs) {
			chosen = h
			break
		}
	}
	at := caisson.Placement{Backend: chosen.name, Layers: []string{chosen.name}, Reason: reason(chosen, spec, needs)}
	if w, ok := chosen.Backend.(backend.Walled); ok {
		var err error
		if at.Layers, at.Missing, err = w.Walls(ctx, spec); err != nil {
			return at, nil, err
		}
	}
	return at, chosen.Backend, nil
}

func gives(h host, needs []caisson.Need) bool {
	return !slices.ContainsFunc(needs, func(n caisson.Need) bool { return !slices.Contains(h.needs, n) })
}

// reason says in words why code is placed there.
func reason(h host, spec caisson.Spec, needs []caisson.Need) string {
	text := fmt.Sprintf("%s is the cheapest place that holds code at isolation %v", h.name, spec.Posture.Isolation)
	var lacking []string
	for _, n := range needs {
		if !slices.Contains(h.needs, n) {
			lacking = append(lacking, string(n))
		}
	}
	if len(lacking) > 0 {
		text += "; the code looks as if it needs " + strings.Join(lacking, ", ") + ", which no backend of this program gives: what asks for it will fail"
	}
	return text
}

// nowhere says why nothing here can hold such a sandbox. It is never run
// weaker.
func (p *parts) nowhere(spec caisson.Spec) error {
	var has []string
	for _, h := range p.hosts {
		has = append(has, fmt.Sprintf("%s at isolation %v with %s", h.name, h.isolation, strings.Join(h.runtimes, ", ")))
	}
	return caisson.Errorf(caisson.Unsupported, "no backend holds %s code at isolation %v; there is %s: ask for a lower isolation if the policy lets you, or use a host that has more",
		spec.Runtime, spec.Posture.Isolation, strings.Join(has, "; "))
}

// runtimes returns the runtimes that this program carries.
func runtimes() ([]guest.Bundle, error) {
	all, err := guest.Bundles()
	if err != nil {
		return nil, &caisson.Error{Code: caisson.Unsupported, Message: err.Error(), Err: err}
	}
	var list []guest.Bundle
	for _, name := range catalogue() {
		if b, ok := all[name]; ok {
			list = append(list, b)
		}
	}
	return list, nil
}
