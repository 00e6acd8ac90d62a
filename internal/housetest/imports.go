package housetest

import (
	"strconv"
	"strings"
)

// imports checks what production files import. Test files may import what
// they like: fakes and suites are made for them.
func (h *house) imports() {
	for _, s := range h.sources {
		if s.test {
			continue
		}
		if layer, _ := layerOf(s.pkg); layer < 0 {
			h.fault("%s is in no layer: add it to layers in internal/housetest", s.pkg)
		}
		for _, i := range s.ast.Imports {
			thing, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				continue // unreachable: the file was parsed
			}
			if why := refuse(s.pkg, thing); why != "" {
				h.fault("%s imports %s: %s", s.pkg, strings.TrimPrefix(thing, module+"/"), why)
			}
		}
	}
}

// layerOf returns a package's layer, -1 when it has none, and below which one
// its imports lie.
func layerOf(pkg string) (layer, below int) {
	for _, l := range layers {
		if matchesAny(l.packages, pkg) {
			return l.layer, l.below
		}
	}
	return -1, -1
}

// refuse returns why a package may not import a thing, "" when it may.
func refuse(pkg, thing string) string {
	for _, n := range not {
		if matches(n.packages, pkg) && matches(n.thing, thing) {
			return n.why
		}
	}
	named := false
	for _, o := range only {
		if !matches(o.thing, thing) {
			continue
		}
		if !matchesAny(o.by, pkg) {
			return o.why
		}
		named = true
		break
	}
	if thing == module {
		return "" // all may: it is the vocabulary
	}
	if ours, ok := strings.CutPrefix(thing, module+"/"); ok {
		return refuseOurs(pkg, ours)
	}
	host, _, _ := strings.Cut(thing, "/")
	if strings.Contains(host, ".") && !named {
		return "no rule says who may: add the module to only in internal/housetest"
	}
	return ""
}

func refuseOurs(pkg, ours string) string {
	_, below := layerOf(pkg)
	if layer, _ := layerOf(ours); layer < below {
		return ""
	}
	for _, b := range beside {
		if matches(b.from, pkg) && matches(b.to, ours) {
			return ""
		}
	}
	return "imports go down, from layer to layer"
}
