import tempfile, shutil, os

with tempfile.TemporaryDirectory() as d:
    name = os.path.join(d, "a.txt")
    with open(name, "w") as f:
        f.write("hello")
    shutil.copy(name, d + "/b.txt")
    shutil.copytree(d, d + "-copy")
    print(sorted(os.listdir(d)), sorted(os.listdir(d + "-copy")), os.path.isdir(d))
    shutil.rmtree(d + "-copy")
print(os.path.exists(d), os.path.exists(d + "-copy"))
with tempfile.NamedTemporaryFile("w+", suffix=".csv") as f:
    f.write("x")
    f.flush()
    print(f.name.endswith(".csv"), os.path.getsize(f.name))
print(os.path.exists(f.name))
with tempfile.SpooledTemporaryFile(max_size=10) as f:
    f.write(b"y" * 50)
    f.seek(0)
    print(len(f.read()))
fd, n = tempfile.mkstemp()
os.write(fd, b"raw")
os.close(fd)
print(open(n).read(), len({tempfile.mktemp() for _ in range(50)}))
os.makedirs("t/u")
open("t/u/z", "w").close()
shutil.move("t/u/z", "t/z")
print(shutil.make_archive("arch", "zip", "t").endswith("arch.zip"), sorted(os.listdir("t")))
