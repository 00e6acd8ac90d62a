package session

import (
	"os"
	"strconv"
	"time"

	"mvdan.cc/sh/v3/expand"
)

// An environ is what a shell starts with: exported variables, and those of
// bash that are computed when they are looked at.
type environ struct {
	expand.Environ
	began time.Time
}

func newEnviron(pairs []string) environ { return environ{expand.ListEnviron(pairs...), time.Now()} }

// Get returns a variable.
func (e environ) Get(name string) expand.Variable {
	text := ""
	switch name {
	case "SECONDS":
		text = strconv.Itoa(int(time.Since(e.began).Seconds()))
	case "EPOCHSECONDS":
		text = strconv.FormatInt(time.Now().Unix(), 10)
	case "EPOCHREALTIME":
		now := time.Now().UnixMicro()
		text = strconv.FormatInt(now/1e6, 10) + "." + strconv.FormatInt(now%1e6+1e6, 10)[1:]
	case "BASHPID":
		text = strconv.Itoa(os.Getpid())
	case "BASH_VERSION":
		text = "5.2.37(1)-release"
	case "BASH_VERSINFO":
		return expand.Variable{Set: true, Kind: expand.Indexed, List: []string{"5", "2", "37", "1", "release", "wasm32-caisson"}}
	case "BASH":
		text = "/bin/bash"
	case "HOSTNAME":
		text = "caisson"
	case "HOSTTYPE":
		text = "wasm32"
	case "OSTYPE":
		text = "linux-gnu"
	case "MACHTYPE":
		text = "wasm32-caisson"
	default:
		return e.Environ.Get(name)
	}
	if v := e.Environ.Get(name); v.IsSet() {
		return v
	}
	return expand.Variable{Set: true, Kind: expand.String, Str: text}
}

// exported returns the variables that commands see.
func exported(env expand.Environ) []string {
	at := map[string]int{}
	var list []string
	for name, v := range env.Each {
		i, known := at[name]
		switch {
		case !v.IsSet() || !v.Exported || v.Kind != expand.String:
			if known {
				list[i] = ""
			}
		case known:
			list[i] = name + "=" + v.Str
		default:
			at[name] = len(list)
			list = append(list, name+"="+v.Str)
		}
	}
	kept := list[:0]
	for _, kv := range list {
		if kv != "" {
			kept = append(kept, kv)
		}
	}
	return kept
}
