package tools

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// gzipTool is gzip, gunzip and zcat.
func gzipTool(ctx context.Context, c *Call) int {
	decode, stdout, keep, force, list, test, level := c.Name != "gzip", c.Name == "zcat" || c.Name == "gzcat", false, false, false, false, 6
	o := c.options("d,decompress ,uncompress c,stdout k,keep f,force t,test l,list q,quiet v,verbose n,no-name N,name r,recursive S=suffix 1,fast 2 3 4 5 6 7 8 9,best")
	for o.next() {
		switch o.name {
		case "d", "uncompress":
			decode = true
		case "c":
			stdout = true
		case "k":
			keep = true
		case "f":
			force = true
		case "t":
			test, decode = true, true
		case "l":
			list = true
		case "1", "2", "3", "4", "5", "6", "7", "8", "9":
			level = int(o.name[0] - '0')
		}
	}
	c.Name = "gzip" // which is what all of them call themselves
	if list {
		c.die(1, "--list is not available here")
	}
	work := func(w io.Writer, r io.Reader) error {
		if !decode {
			z, _ := gzip.NewWriterLevel(w, level)
			_, err := io.Copy(z, r)
			return errors.Join(err, z.Close())
		}
		z, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, onlyReader{z})
		return err
	}
	status := 0
	fail := func(name string, err error) {
		status = 1
		switch {
		case errors.Is(err, gzip.ErrHeader):
			c.warn("%s: not in gzip format", name)
		case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
			c.warn("%s: unexpected end of file", name)
		case errors.Is(err, gzip.ErrChecksum):
			c.warn("%s: invalid compressed data--crc error", name)
		default:
			c.warn("%s: %s", name, reason(err))
		}
	}
	if len(o.args) == 0 || len(o.args) == 1 && o.args[0] == "-" {
		w := io.Writer(c.out)
		if test {
			w = io.Discard
		}
		if err := work(w, c.stdin()); err != nil {
			c.out.Flush()
			fail("stdin", err)
		}
		return status
	}
	for _, name := range o.args {
		path := c.path(name)
		to := name + ".gz"
		if decode {
			var ok bool
			to, ok = strings.CutSuffix(name, ".gz")
			if !ok {
				if to, ok = strings.CutSuffix(name, ".tgz"); ok {
					to += ".tar"
				}
			}
			if _, err := os.Stat(path); err != nil && !ok {
				path += ".gz"
				to, ok = name, true
			}
			if !ok && !stdout && !test {
				c.warn("%s: unknown suffix -- ignored", name)
				status = 2
				continue
			}
		} else if strings.HasSuffix(name, ".gz") && !stdout && !force {
			c.warn("%s already has .gz suffix -- unchanged", name)
			status = 2
			continue
		}
		fi, err := stat(path)
		if err == nil && fi.IsDir() {
			c.warn("%s is a directory -- ignored", name)
			status = 2
			continue
		}
		r, err := openFile(path)
		if err != nil {
			fail(name, err)
			continue
		}
		if stdout || test {
			w := io.Writer(c.out)
			if test {
				w = io.Discard
			}
			if err := work(w, bufio.NewReader(r)); err != nil {
				c.out.Flush()
				fail(name, err)
			}
			r.Close()
			continue
		}
		if _, err := os.Stat(c.path(to)); err == nil && !force {
			c.warn("%s already exists;\tnot overwritten", to)
			status = 2
			r.Close()
			continue
		}
		err = writeFile(c.path(to), fi.Mode().Perm(), func(w io.Writer) error { return work(w, bufio.NewReader(r)) })
		r.Close()
		if err != nil {
			os.Remove(c.path(to))
			fail(name, err)
			continue
		}
		os.Chtimes(c.path(to), fi.ModTime(), fi.ModTime())
		if !keep {
			os.Remove(path)
		}
	}
	return status
}

func writeFile(path string, perm fs.FileMode, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm|0o200)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 64<<10)
	err = errors.Join(fill(b), b.Flush(), f.Close())
	if err == nil {
		chmod(path, perm)
	}
	return err
}

func bunzip2(ctx context.Context, c *Call) int {
	stdout := c.Name == "bzcat"
	keep := false
	o := c.options("d,decompress c,stdout k,keep f,force q")
	decode := c.Name != "bzip2"
	for o.next() {
		decode = decode || o.name == "d"
		stdout = stdout || o.name == "c"
		keep = keep || o.name == "k"
	}
	if !decode {
		c.die(1, "only decompression is available here; compress with gzip")
	}
	return c.inputs(o.args, func(name string, r io.Reader) {
		z := bzip2.NewReader(r)
		if name == "-" || stdout {
			if _, err := io.Copy(c.out, z); err != nil {
				c.die(1, "%s: %s", name, reason(err))
			}
			return
		}
		to := strings.TrimSuffix(strings.TrimSuffix(name, ".bz2"), ".bz")
		if to == name {
			to += ".out"
		}
		if err := writeFile(c.path(to), 0o644, func(w io.Writer) error { _, err := io.Copy(w, z); return err }); err != nil {
			c.die(1, "%s: %s", name, reason(err))
		}
		if !keep {
			os.Remove(c.path(name))
		}
	})
}

// A tarRun is one run of tar.
type tarRun struct {
	*Call
	mode      string // c x t r
	file      string
	gzip      bool
	verbose   bool
	dir       string
	toStdout  bool
	strip     int
	exclude   []string
	keepOld   bool
	wildcards bool
	absolute  bool
	status    int
}

func tarTool(ctx context.Context, c *Call) int {
	t := tarRun{Call: c, file: "-", dir: c.Dir}
	if len(c.Args) > 0 && c.Args[0] != "" && c.Args[0][0] != '-' { // "tar xzf a.tgz"
		c.Args = oldTar(c.Args)
	}
	o := c.options("c,create x,extract ,get t,list r,append u,update f=file z,gzip ,gunzip j,bzip2 J,xz a,auto-compress v,verbose C=directory O,to-stdout k,keep-old-files " +
		"p,preserve-permissions m,touch h,dereference =strip-components =exclude T=files-from P,absolute-names ,wildcards ,no-same-owner ,same-owner " +
		"=owner =group =mtime =sort ,numeric-owner ,overwrite =transform ,no-recursion ,warning =format X=exclude-from ,ignore-failed-read ,totals")
	var members []string
	var dirs []string // the -C in force for each member
	sync := func() {
		for _, a := range o.args[len(dirs):] {
			dirs = append(dirs, t.dir)
			members = append(members, a)
		}
	}
	for o.next() {
		sync()
		switch o.name {
		case "c", "x", "t", "r", "u":
			if t.mode != "" {
				c.usage(2, "You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option")
			}
			t.mode = o.name
		case "get":
			t.mode = "x"
		case "f":
			t.file = o.value
		case "z", "gunzip":
			t.gzip = true
		case "a":
			t.gzip = t.gzip || strings.HasSuffix(t.file, "gz")
		case "J":
			c.die(2, "xz is not available here; use gzip (-z)")
		case "v":
			t.verbose = true
		case "C":
			t.dir = c.path(o.value)
			if filepath.IsAbs(o.value) {
				t.dir = o.value
			}
			if !dirExists(t.dir) {
				c.die(2, "%s: Cannot open: No such file or directory", o.value)
			}
		case "O":
			t.toStdout = true
		case "k":
			t.keepOld = true
		case "strip-components":
			t.strip = int(o.number("number of elements"))
		case "exclude":
			t.exclude = append(t.exclude, o.value)
		case "X":
			t.exclude = append(t.exclude, c.fileLines(o.value, '\n')...)
		case "T":
			o.args = append(o.args, c.fileLines(o.value, '\n')...)
			sync()
		case "P":
			t.absolute = true
		case "wildcards":
			t.wildcards = true
		case "transform":
			c.die(2, "--transform is not available here")
		}
	}
	sync()
	switch t.mode {
	case "c":
		if len(members) == 0 {
			c.usage(2, "Cowardly refusing to create an empty archive")
		}
		t.create(ctx, members, dirs)
	case "x", "t":
		t.read(ctx, members)
	case "r", "u":
		c.die(2, "an archive cannot be appended to here; create it anew with -c")
	default:
		c.usage(2, "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options")
	}
	if t.status != 0 {
		c.out.Flush()
		c.warn("Exiting with failure status due to previous errors")
	}
	return t.status
}

// oldTar rewrites "xzf a.tgz" as "-x -z -f a.tgz".
func oldTar(args []string) []string {
	var out []string
	rest := args[1:]
	for _, l := range args[0] {
		out = append(out, "-"+string(l))
		if strings.ContainsRune("fCTX", l) && len(rest) > 0 {
			out, rest = append(out, rest[0]), rest[1:]
		}
	}
	return append(out, rest...)
}

func (t *tarRun) fail(format string, a ...any) {
	t.warn(format, a...)
	t.status = 2
}

func (t *tarRun) listing(name string) {
	if t.mode == "c" && t.file == "-" {
		io.WriteString(t.Err, name+"\n")
		return
	}
	t.print(name + "\n")
}

func (t *tarRun) create(ctx context.Context, members, dirs []string) {
	out := io.Writer(t.out)
	if t.file != "-" {
		f, err := t.Call.create(t.file, os.O_TRUNC)
		if err != nil {
			t.die(2, "%s: Cannot open: %s", t.file, reason(err))
		}
		defer f.Close()
		b := bufio.NewWriter(f)
		defer b.Flush()
		out = b
	}
	if t.gzip {
		z := gzip.NewWriter(out)
		defer z.Close()
		out = z
	}
	w := tar.NewWriter(out)
	stripped := false
	for i, m := range members {
		root := m
		if !filepath.IsAbs(m) {
			root = dirs[i] + "/" + m
		}
		if _, err := os.Stat(root); err != nil {
			t.fail("%s: Cannot stat: %s", m, reason(err))
			continue
		}
		if strings.HasPrefix(m, "/") && !t.absolute && !stripped {
			t.warn("Removing leading `/' from member names")
			stripped = true
		}
		filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			check(ctx)
			name := m + strings.TrimPrefix(p, root)
			if !t.absolute {
				name = strings.TrimLeft(name, "/")
			}
			if t.excluded(name) {
				if d != nil && d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			}
			if t.file != "-" && clean(p) == clean(t.path(t.file)) {
				t.warn("%s: file is the archive; not dumped", name)
				return nil
			}
			if err == nil {
				err = t.add(w, name, p)
			}
			if err != nil {
				t.fail("%s: Cannot read: %s", name, reason(err))
			}
			return nil
		})
	}
	if err := w.Close(); err != nil {
		t.fail("Cannot write: %s", reason(err))
	}
}

func (t *tarRun) excluded(name string) bool {
	for _, g := range t.exclude {
		g = strings.TrimSuffix(g, "/")
		if globMatch(g, strings.TrimSuffix(name, "/"), false) || globMatch("*/"+g, strings.TrimSuffix(name, "/"), false) {
			return true
		}
	}
	return false
}

func (t *tarRun) add(w *tar.Writer, name, path string) error {
	fi, err := stat(path)
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: int64(fi.Mode().Perm()), ModTime: fi.ModTime().Truncate(time.Second), Uname: "user", Gname: "user", Uid: 1000, Gid: 1000, Typeflag: tar.TypeReg, Size: fi.Size()}
	if fi.IsDir() {
		h.Typeflag, h.Size = tar.TypeDir, 0
		h.Name = strings.TrimSuffix(name, "/") + "/"
	}
	if t.verbose {
		t.listing(h.Name)
	}
	if err := w.WriteHeader(h); err != nil || fi.IsDir() {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyN(w, f, fi.Size())
	return err
}

func (t *tarRun) read(ctx context.Context, members []string) {
	r, err := t.open(t.file)
	if err != nil {
		t.warn("%s: Cannot open: %s", t.file, reason(err))
		t.die(2, "Error is not recoverable: exiting now")
	}
	defer r.Close()
	b := bufio.NewReader(r)
	in := io.Reader(b)
	switch magic, _ := b.Peek(3); {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			t.die(2, "%s: %s", t.file, reason(err))
		}
		in = z
	case bytes.HasPrefix(magic, []byte("BZh")):
		in = bzip2.NewReader(b)
	case bytes.HasPrefix(magic, []byte{0xfd, '7', 'z'}):
		t.die(2, "xz is not available here")
	}
	found := map[string]bool{}
	a := tar.NewReader(in)
	for {
		check(ctx)
		h, err := a.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.fail("This does not look like a tar archive")
			break
		}
		if !t.selected(h.Name, members, found) || t.excluded(h.Name) {
			continue
		}
		if t.mode == "t" {
			t.list(h)
			continue
		}
		t.extract(h, a)
	}
	for _, m := range members {
		if !found[m] {
			t.fail("%s: Not found in archive", m)
		}
	}
}

func (t *tarRun) selected(name string, members []string, found map[string]bool) bool {
	if len(members) == 0 {
		return true
	}
	for _, m := range members {
		plain := strings.TrimSuffix(m, "/")
		if strings.TrimSuffix(name, "/") == plain || strings.HasPrefix(name, plain+"/") || t.wildcards && globMatch(m, name, false) {
			found[m] = true
			return true
		}
	}
	return false
}

func (t *tarRun) list(h *tar.Header) {
	if !t.verbose {
		t.print(h.Name + "\n")
		return
	}
	owner := cmpOr(h.Uname, fmt.Sprint(h.Uid)) + "/" + cmpOr(h.Gname, fmt.Sprint(h.Gid))
	size := fmt.Sprint(h.Size)
	gap := strings.Repeat(" ", max(1, 19-len(owner)-len(size)))
	t.printf("%s %s%s%s %s %s\n", modeString(h.FileInfo().Mode()), owner, gap, size, h.ModTime.In(t.zone()).Format("2006-01-02 15:04"), h.Name)
}

func (t *tarRun) extract(h *tar.Header, r io.Reader) {
	name := h.Name
	if t.strip > 0 {
		parts := strings.Split(strings.TrimSuffix(name, "/"), "/")
		if len(parts) <= t.strip {
			return
		}
		name = strings.Join(parts[t.strip:], "/")
	}
	path, ok := within(t.dir, name)
	if !ok {
		t.fail("%s: Member name contains '..'", h.Name)
		return
	}
	if t.verbose {
		t.listing(h.Name)
	}
	if t.toStdout {
		if h.Typeflag == tar.TypeReg {
			io.Copy(t.out, r)
		}
		return
	}
	perm := fs.FileMode(h.Mode).Perm()
	var err error
	switch h.Typeflag {
	case tar.TypeDir:
		if err = os.MkdirAll(path, 0o777); err == nil {
			chmod(path, perm|0o700)
		}
	case tar.TypeReg:
		if err = os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			break
		}
		if _, statErr := os.Stat(path); statErr == nil && t.keepOld {
			t.fail("%s: Cannot open: File exists", name)
			return
		}
		err = writeFile(path, perm, func(w io.Writer) error { _, err := io.Copy(w, r); return err })
	default:
		t.fail("%s: Cannot create: this file system has no links or devices", name)
		return
	}
	if err != nil {
		t.fail("%s: Cannot open: %s", name, reason(err))
		return
	}
	os.Chtimes(path, h.ModTime, h.ModTime)
}

// within returns the path of an archive's member in a folder, which it must
// not leave.
func within(dir, name string) (string, bool) {
	name = strings.TrimLeft(name, "/")
	if name == "" {
		name = "."
	}
	if !filepath.IsLocal(name) {
		return "", false
	}
	return filepath.Join(dir, name), true
}

func zipTool(ctx context.Context, c *Call) int {
	recursive, quiet, junk := false, false, false
	var exclude []string
	o := c.options("r,recurse-paths q,quiet j,junk-paths x=exclude u m 0 1 2 3 4 5 6 7 8 9 v X y")
	for o.next() {
		switch o.name {
		case "r":
			recursive = true
		case "q":
			quiet = true
		case "j":
			junk = true
		case "x":
			exclude = append(exclude, o.value)
		}
	}
	if len(o.args) < 2 {
		c.die(16, "Nothing to do! usage: zip %s", c.tool.Usage)
	}
	archive := o.args[0]
	if filepath.Ext(archive) == "" {
		archive += ".zip"
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	taken := map[string]bool{}
	status := 0
	add := func(name, path string) {
		fi, err := stat(path)
		if err != nil || clean(path) == clean(c.path(archive)) || anyGlob(exclude, name) {
			return
		}
		if junk {
			if fi.IsDir() {
				return
			}
			name = filepath.Base(name)
		}
		name = strings.TrimPrefix(strings.TrimLeft(name, "/"), "./")
		if name == "." || name == "" {
			return
		}
		h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: fi.ModTime()}
		if fi.IsDir() {
			h.Name, h.Method = strings.TrimSuffix(name, "/")+"/", zip.Store
		}
		h.SetMode(fi.Mode())
		taken[h.Name] = true
		f, err := w.CreateHeader(h)
		if err == nil && !fi.IsDir() {
			var r io.ReadCloser
			if r, err = openFile(path); err == nil {
				_, err = io.Copy(f, r)
				r.Close()
			}
		}
		if err != nil {
			c.warn("%s: %s", name, reason(err))
			status = 18
		} else if !quiet {
			c.printf("  adding: %s\n", h.Name)
		}
	}
	for _, n := range o.args[1:] {
		if _, err := os.Stat(c.path(n)); err != nil {
			c.warn("warning: name not matched: %s", n)
			status = 12
			continue
		}
		if !recursive || !dirExists(c.path(n)) {
			add(n, c.path(n))
			continue
		}
		filepath.WalkDir(c.path(n), func(p string, d fs.DirEntry, err error) error {
			check(ctx)
			add(n+strings.TrimPrefix(p, c.path(n)), p)
			return nil
		})
	}
	if old, err := os.ReadFile(c.path(archive)); err == nil { // what was there before stays
		if z, err := zip.NewReader(bytes.NewReader(old), int64(len(old))); err == nil {
			for _, f := range z.File {
				if !taken[f.Name] {
					w.Copy(f)
				}
			}
		}
	}
	if len(taken) == 0 {
		return cmpStatus(status, 12)
	}
	err := w.Close()
	if err == nil {
		err = os.WriteFile(c.path(archive), b.Bytes(), 0o666)
	}
	if err != nil {
		c.die(15, "cannot write %s: %s", archive, reason(err))
	}
	return status
}

func cmpStatus(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

func unzip(ctx context.Context, c *Call) int {
	list, quiet, stdout, overwrite, never, junk, test, dir := false, false, false, false, false, false, false, c.Dir
	o := c.options("l q o n p j t v d= x= u a")
	for o.next() {
		switch o.name {
		case "l", "v":
			list = true
		case "q":
			quiet = true
		case "p":
			stdout = true
		case "o":
			overwrite = true
		case "n":
			never = true
		case "j":
			junk = true
		case "t":
			test = true
		case "d":
			dir = c.path(o.value)
		}
	}
	if len(o.args) == 0 {
		c.usage(10, "missing archive")
	}
	name := o.args[0]
	data, err := os.ReadFile(c.path(name))
	if err != nil {
		if data, err = os.ReadFile(c.path(name + ".zip")); err != nil {
			c.die(9, "cannot find or open %s, %s.zip or %s.ZIP.", name, name, name)
		}
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		c.die(9, "%s: not a zip archive", name)
	}
	if !quiet && !stdout {
		c.printf("Archive:  %s\n", name)
	}
	if list {
		c.unzipList(z)
		return 0
	}
	status := 0
	for _, f := range z.File {
		check(ctx)
		if len(o.args) > 1 && !anyGlob(o.args[1:], f.Name) {
			continue
		}
		target := f.Name
		if junk {
			target = filepath.Base(target)
		}
		path, ok := within(dir, target)
		if !ok {
			c.warn("skipped \"../\" path component(s) in %s", f.Name)
			status = 1
			continue
		}
		if f.FileInfo().IsDir() {
			if !stdout && !junk && !test {
				os.MkdirAll(path, 0o777)
				if !quiet {
					c.printf("   creating: %s\n", f.Name)
				}
			}
			continue
		}
		r, err := f.Open()
		if err != nil {
			c.warn("%s: %v", f.Name, err)
			status = 2
			continue
		}
		switch _, statErr := os.Stat(path); {
		case stdout:
			_, err = io.Copy(c.out, r)
		case test:
			_, err = io.Copy(io.Discard, r)
			if err == nil && !quiet {
				c.printf("    testing: %-22s   OK\n", f.Name)
			}
		case statErr == nil && never:
		case statErr == nil && !overwrite:
			c.warn("%s exists; use -o to overwrite or -n to keep", f.Name)
			status = 1
		default:
			os.MkdirAll(filepath.Dir(path), 0o777)
			perm := f.Mode().Perm()
			if perm == 0 {
				perm = 0o644
			}
			err = writeFile(path, perm, func(w io.Writer) error { _, err := io.Copy(w, r); return err })
			os.Chtimes(path, f.Modified, f.Modified)
			if err == nil && !quiet {
				c.printf("  inflating: %s  \n", f.Name)
			}
		}
		r.Close()
		if err != nil {
			c.warn("%s: %s", f.Name, reason(err))
			status = 2
		}
	}
	return status
}

func (c *Call) unzipList(z *zip.Reader) {
	c.print("  Length      Date    Time    Name\n---------  ---------- -----   ----\n")
	total := uint64(0)
	for _, f := range z.File {
		c.printf("%9d  %s   %s\n", f.UncompressedSize64, f.Modified.In(c.zone()).Format("2006-01-02 15:04"), f.Name)
		total += f.UncompressedSize64
	}
	files := "files"
	if len(z.File) == 1 {
		files = "file"
	}
	c.printf("---------                     -------\n%9d                     %d %s\n", total, len(z.File), files)
}
