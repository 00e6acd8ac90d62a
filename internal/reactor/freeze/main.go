// Command freeze boots a guest, freezes it and packs it into a bundle that the
// program carries. The build runs it once for each guest:
//
//	freeze -name python -version 3.13.5 -wasm python.wasm -boot python-boot.py -out internal/guest/bundle /usr/lib/python313.zip=python-lib.zip
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/reactor"
)

func main() {
	var b guest.Bundle
	flag.StringVar(&b.Name, "name", "", "name of the runtime")
	flag.StringVar(&b.Version, "version", "", "version of its language")
	wasm := flag.String("wasm", "", "the guest, a WebAssembly reactor")
	boot := flag.String("boot", "", "the source that it boots from")
	out := flag.String("out", "", "folder for the bundle and its manifest")
	flag.Parse()
	if err := freeze(b, *wasm, *boot, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "freeze:", err)
		os.Exit(1)
	}
}

func freeze(b guest.Bundle, wasmFile, bootFile, out string, lib []string) error {
	wasm, err := os.ReadFile(wasmFile)
	if err != nil {
		return err
	}
	boot, err := os.ReadFile(bootFile)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	var mounted []reactor.LibFile
	for i, arg := range lib {
		path, name, _ := strings.Cut(arg, "=")
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		b.Lib = append(b.Lib, path)
		files[guest.LibFile(i)] = data
		mounted = append(mounted, reactor.LibFile{Path: path, Data: data})
	}
	f, err := reactor.Boot(context.Background(), b.Name, wasm, boot, mounted)
	if err != nil {
		return err
	}
	files[guest.ModuleFile], files[guest.StubFile], files[guest.ImageFile] = f.Module, f.Stub, f.Image
	b.Mutable, b.Values, b.Flags = f.Mutable, f.Values, f.Interrupt
	return b.Pack(out, files)
}
