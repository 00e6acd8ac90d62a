import io, sys, os

b = io.BytesIO(b"abc")
b.seek(0, io.SEEK_END)
b.write(b"def")
print(b.getvalue(), b.getbuffer()[2], io.TextIOWrapper(io.BytesIO("é\r\nx".encode()), "utf-8").readlines())
s = io.StringIO("a\nb\n")
print(s.readlines(), s.tell(), io.StringIO("x\r\ny", newline=None).read(), io.BufferedReader(io.BytesIO(b"peek")).peek(2)[:2])
r = io.BufferedRandom(io.BytesIO(b"0123456789"))
r.seek(3)
r.write(b"XY")
r.seek(0)
print(r.read())


class Shout(io.TextIOBase):
    def write(self, s):
        return sys.__stdout__.write(s.upper())


print("loud", file=Shout())
sys.stdout.write("no newline")
sys.stdout.flush()
print()
sys.stdout.buffer.write(b"bytes\n")
sys.stdout.flush()
os.write(1, b"descriptor\n")
print(sys.stdout.encoding, sys.stdout.isatty(), sys.stdin.read(), sys.stdout.fileno())
print("a", "b", sep="-", end="!\n", flush=True)
