import math

points = [(x, math.sin(x / 10) * 40 + 50) for x in range(0, 101, 20)]
line = " ".join(f"{x},{y:.1f}" for x, y in points)
svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><polyline points="{line}"/></svg>'
with open("chart.svg", "w") as f:
    print(f.write(svg))
print(open("chart.svg").read())
import struct, zlib


def png(rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    raw = b"".join(b"\0" + bytes(row) for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


image = png([[i * j % 256 for i in range(16)] for j in range(16)])
print(image[:8], image[12:16], len(image) > 60, struct.unpack(">II", image[16:24]))
