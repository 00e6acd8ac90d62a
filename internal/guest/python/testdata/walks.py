import os

for d in ("a/b/c", "a/d"):
    os.makedirs(d)
for n in ("a/1", "a/b/2", "a/b/c/3", "a/d/4"):
    with open(n, "w") as f:
        f.write(n)
for root, dirs, files in os.walk("a"):
    dirs.sort()
    print(root, dirs, sorted(files))
print([r for r, _, _ in sorted(os.walk("a", topdown=False))][-1], sorted(e.name for e in os.scandir("a") if e.is_file()))
os.rename("a/d", "a/b/moved")
os.remove("a/1")
os.chdir("a/b")
print(os.path.basename(os.getcwd()), sorted(os.listdir()), os.stat("2").st_size, os.path.exists("../../a"), os.access("2", os.R_OK))
os.chdir("../..")
with os.fdopen(os.open("fd", os.O_CREAT | os.O_RDWR), "w+b") as f:
    f.write(b"0123456789")
    f.seek(-3, os.SEEK_END)
    print(f.read(), f.tell(), os.fstat(f.fileno()).st_size)
    f.truncate(4)
print(os.path.getsize("fd"), os.environ.get("HOME") is not None, os.sep, os.linesep == "\n", os.name)
