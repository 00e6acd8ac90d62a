package reactor_test

import (
	"context"
	"fmt"
	"github.com/caisson-dev/caisson/internal/reactor"
	"github.com/caisson-dev/caisson/internal/wasi"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestX(t *testing.T) {
	ctx := context.Background()
	B := "/work/main/build/work/out/"
	w, _ := os.ReadFile(B + "python.wasm")
	s, _ := os.ReadFile(B + "python-boot.py")
	z, _ := os.ReadFile(B + "python-lib.zip")
	lib := []reactor.LibFile{{"/usr/lib/python313.zip", z}}
	d := "/tmp/w/rx"
	t0 := time.Now()
	f, err := reactor.Boot(ctx, "python", w, s, lib)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("boot", time.Since(t0), len(f.Module), len(f.Stub), len(f.Image), f.Values, f.Interrupt)
	t0 = time.Now()
	os.RemoveAll(d)
	os.MkdirAll(d, 0700)
	if err := reactor.Compile(ctx, d, f); err != nil {
		t.Fatal(err)
	}
	fmt.Println("compile", time.Since(t0))
	t0 = time.Now()
	im := filepath.Join(d, "image")
	os.WriteFile(im, f.Image, 0600)
	fd, _ := os.Open(im)
	t0 = time.Now()
	p, err := reactor.Load(ctx, reactor.Source{Name: "python", Frozen: f, Code: d + "/code", Image: fd, Lib: lib, Reserve: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("load", time.Since(t0))
	in, err := p.New(ctx)
	if err != nil {
		t.Fatal(err)
	}
	open := func() {
		if err := in.Open(reactor.Limits{Memory: 256 << 20, Disk: 64 << 20, Inodes: 4000, OpenFiles: 128}); err != nil {
			t.Fatal(err)
		}
	}
	open()
	out := func(b []byte) error { return nil }
	ex := func(code string, fresh bool) time.Duration {
		o, err := in.Exec(ctx, reactor.Call{Request: fmt.Appendf(nil, `{"code":%q,"args":[],"show":true,"fresh":%v}`, code, fresh), Stdio: wasi.Stdio{Out: out, Err: out}, Wall: time.Second * 5, CPU: time.Second * 5, Grace: time.Second})
		if err != nil || o.ExitCode != 0 {
			t.Fatal(o, err)
		}
		return o.Usage.CPU
	}
	med := func(n int, f func() time.Duration) time.Duration {
		var d []time.Duration
		for range n {
			d = append(d, f())
		}
		slices.Sort(d)
		return d[n/2]
	}
	fmt.Println("cell x=1", med(500, func() time.Duration { return ex("x=1", false) }))
	fmt.Println("cell print", med(500, func() time.Duration { return ex("print(1)", false) }))
	var resets []time.Duration
	fmt.Println("fresh", med(300, func() time.Duration {
		t0 := time.Now()
		if !in.Fresh() {
			t.Fatal("grew")
		}
		if err := in.Reset(); err != nil {
			t.Fatal(err)
		}
		resets = append(resets, time.Since(t0))
		open()
		return ex("print(1)", true)
	}))
	slices.Sort(resets)
	fmt.Println("reset", resets[150])
	in.Exec(ctx, reactor.Call{Request: []byte(`{"code":"import sys,time\nfrom _kernel import execute,threads\nr=b'{\\\"code\\\":\\\"x=1\\\",\\\"args\\\":[],\\\"show\\\":true}'\nimport json\ndef T(n,f):\n  t=time.perf_counter()\n  for _ in range(200): f()\n  print(n,(time.perf_counter()-t)/200*1e6)\nT('loads',lambda:json.loads(r))\nT('streams',execute._open_streams)\nq=json.loads(r)\nT('begin',lambda:execute._begin(q))\nT('eval',lambda:execute._evaluate(q))\nT('finish',lambda:threads.finish(False))\nT('flush',execute._flush)\nimport ast\nT('compile',lambda:compile('x=1','a','exec'))\nT('ast',lambda:compile('x=1','a','exec',ast.PyCF_ONLY_AST))\nimport signal\nT('signal',lambda:signal.signal(signal.SIGINT, signal.default_int_handler))\n","args":[]}`), Stdio: wasi.Stdio{Out: func(b []byte) error { fmt.Print(string(b)); return nil }}, Wall: time.Second * 5, CPU: time.Second * 5, Grace: time.Second})
	in.Exec(ctx, reactor.Call{Request: []byte(`{"code":"import time\ndef fib(n): return n if n<2 else fib(n-1)+fib(n-2)\ndef loop():\n  s=0\n  for i in range(1000000): s+=i*i%7\n  return s\nimport json,re\nd={str(i):[i,i*2.5,None] for i in range(5000)}\ndef js(): json.loads(json.dumps(d))\ndef so(): sorted([(i*7919)%100003 for i in range(50000)])\ndef st(): '-'.join(str(i) for i in range(50000)).split('-')\nfor f in (lambda:fib(22),loop,js,so,st):\n  b=9\n  for _ in range(5):\n    t=time.process_time(); f(); b=min(b,time.process_time()-t)\n  print(round(b*1000,2))\n","args":[]}`), Stdio: wasi.Stdio{Out: func(b []byte) error { fmt.Print(string(b)); return nil }}, Wall: time.Second * 50, CPU: time.Second * 50, Grace: time.Second})
}
