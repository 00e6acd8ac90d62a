package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/container"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/image"
)

// A host is one way of running code, with what must be known of it in order to
// choose. What it can really do is found out by trying, see "caisson doctor".
type host struct {
	name      string
	isolation caisson.Isolation
	runtimes  []string
	needs     []caisson.Need // what it can give to code; none when empty
	images    bool           // it runs "runtime@image"
	backend.Backend
}

// runs says whether it has a runtime, as far as can be known beforehand.
func (h host) runs(runtime string) bool {
	name, _, named := strings.Cut(runtime, "@")
	return slices.Contains(h.runtimes, name) && (h.images || !named)
}

// hosts lists every way of running code there is, cheapest first.
func hosts(w *wasm.Backend, c *container.Backend) []host {
	return []host{
		{name: wasm.Name, isolation: caisson.IsolationMediated, runtimes: catalogue(), Backend: w},
		{name: container.Name, isolation: caisson.IsolationShared, runtimes: everything(), images: true, Backend: c,
			needs: []caisson.Need{caisson.NeedSubprocess, caisson.NeedNative, caisson.NeedThreads}},
	}
}

// catalogue names the runtimes that this program carries.
func catalogue() []string { return []string{"javascript", "python", "shell"} }

// everything names all runtimes that this program knows: those, and languages
// that run where an image has them.
func everything() []string {
	return append(catalogue(), slices.Sorted(maps.Keys(image.Languages()))...)
}

// place finds the cheapest backend that holds a sandbox as tightly as its
// posture asks, with its runtime, and gives what the code needs. When none
// gives it all, the cheapest that holds it; when one is named, that one.
func (p *parts) place(ctx context.Context, named string, spec caisson.Spec, needs []caisson.Need) (caisson.Placement, backend.Backend, error) {
	var fit []host
	for _, h := range p.hosts {
		if h.isolation >= spec.Posture.Isolation && h.runs(spec.Runtime) && (named == "" || named == h.name) {
			fit = append(fit, h)
		}
	}
	if len(fit) == 0 {
		return caisson.Placement{}, nil, p.nowhere(named, spec)
	}
	chosen := fit[0]
	for _, h := range fit {
		if len(h.lacks(needs)) == 0 {
			chosen = h
			break
		}
	}
	at := caisson.Placement{Backend: chosen.name, Holds: chosen.isolation, Layers: []string{chosen.name}, Reason: p.reason(chosen, named, spec, needs)}
	if w, ok := chosen.Backend.(backend.Walled); ok {
		var err error
		if at.Layers, at.Missing, err = w.Walls(ctx, spec); err != nil {
			return at, nil, err
		}
	}
	return at, chosen.Backend, nil
}

// lacks returns which of the needs a host does not give.
func (h host) lacks(needs []caisson.Need) (lacking []string) {
	for _, n := range needs {
		if !slices.Contains(h.needs, n) {
			lacking = append(lacking, string(n))
		}
	}
	return lacking
}

// reason says in words why code is placed there.
func (p *parts) reason(h host, named string, spec caisson.Spec, needs []caisson.Need) string {
	text := fmt.Sprintf("%s is the cheapest place that holds code at isolation %v", h.name, spec.Posture.Isolation)
	lacking := h.lacks(needs)
	switch {
	case named != "":
		text = h.name + " was asked for"
	case len(needs) > 0 && len(lacking) == 0:
		words := make([]string, len(needs))
		for i, n := range needs {
			words[i] = string(n)
		}
		text += " and gives what it looks as if it needs: " + strings.Join(words, ", ")
	}
	if len(lacking) == 0 {
		return text
	}
	text += "; the code looks as if it needs " + strings.Join(lacking, ", ") + ", which "
	for _, other := range p.hosts {
		if len(other.lacks(needs)) == 0 && other.isolation < spec.Posture.Isolation {
			return text + other.name + " would give, if the policy and the findings let it be held at isolation " + other.isolation.String() + ": what asks for it will fail"
		}
	}
	return text + "this place does not give: what asks for it will fail"
}

// nowhere says why nothing here can hold such a sandbox. It is never run
// weaker.
func (p *parts) nowhere(named string, spec caisson.Spec) error {
	var has []string
	for _, h := range p.hosts {
		has = append(has, fmt.Sprintf("%s at isolation %v with %s", h.name, h.isolation, strings.Join(h.runtimes, ", ")))
	}
	if named != "" {
		return caisson.Errorf(caisson.Unsupported, "the backend %q does not hold %s code at isolation %v; there is %s: leave --backend out, or ask for a lower isolation if the policy lets you",
			named, spec.Runtime, spec.Posture.Isolation, strings.Join(has, "; "))
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
