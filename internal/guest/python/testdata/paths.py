from pathlib import Path, PurePosixPath, PureWindowsPath
import os

p = Path("data")
(p / "sub").mkdir(parents=True)
for i in range(3):
    (p / f"f{i}.txt").write_text("x" * i, encoding="utf-8")
(p / "sub" / "deep.log").write_bytes(b"\xff\x00")
print(sorted(str(x) for x in p.rglob("*")), [x.stat().st_size for x in sorted(p.glob("*.txt"))], (p / "none").exists(), p.is_dir())
q = PurePosixPath("/usr/lib/python3.13/os.tar.gz")
print(q.parent, q.name, q.stem, q.suffixes, q.with_suffix(".xz"), q.relative_to("/usr"), q.parts, q.match("*.gz"), PureWindowsPath(r"c:\a\b").drive)
(p / "f0.txt").rename(p / "g.txt").unlink()
(p / "f1.txt").touch()
print(sorted(os.listdir(p)), os.path.join("a", "..", "b"), os.path.normpath("a//b/../c/."), os.path.splitext("x.tar.gz"), os.path.commonpath(["/a/b", "/a/c"]))
for bad in (lambda: Path("missing").read_text(), lambda: p.mkdir(), lambda: p.rmdir(), lambda: Path("data/f1.txt/x").read_text(), lambda: open("data")):
    try:
        bad()
    except OSError as e:
        print(type(e).__name__, e.errno, e.strerror)
