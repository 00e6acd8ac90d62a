import zipfile, tarfile, io, os

with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("docs/readme.txt", "hello " * 100)
    z.writestr("empty", "")
    z.comment = b"note"
with zipfile.ZipFile("a.zip") as z:
    print(z.namelist(), z.testzip(), z.read("docs/readme.txt")[:11], z.comment, z.getinfo("docs/readme.txt").file_size)
    z.extractall("out")
print(sorted(os.listdir("out")), zipfile.is_zipfile("a.zip"), (zipfile.Path("a.zip") / "docs").joinpath("readme.txt").read_text()[:5])
with tarfile.open("a.tar.xz", "w:xz") as t:
    t.add("out", arcname="top")
    info = tarfile.TarInfo("extra.bin")
    info.size = 3
    t.addfile(info, io.BytesIO(b"abc"))
with tarfile.open("a.tar.xz") as t:
    print(sorted(t.getnames()), t.extractfile("extra.bin").read())
    t.extractall("out2", filter="data")
print(open("out2/top/docs/readme.txt").read()[:6], sorted(os.listdir("out2")))
