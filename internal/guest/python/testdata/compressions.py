import zlib, gzip, bz2, lzma, io

data = b"the quick brown fox " * 500
for name, squeeze, restore in [("zlib", zlib.compress, zlib.decompress), ("gzip", gzip.compress, gzip.decompress), ("bz2", bz2.compress, bz2.decompress), ("lzma", lzma.compress, lzma.decompress)]:
    packed = squeeze(data)
    print(name, len(packed) < 400, restore(packed) == data)
print(zlib.crc32(data), zlib.adler32(data))
d = zlib.decompressobj()
packed = zlib.compress(data)
print(len(b"".join(d.decompress(packed[i : i + 7]) for i in range(0, len(packed), 7)) + d.flush()))
with gzip.open("a.gz", "wt") as f:
    f.write("line 1\nline 2\n")
print(list(gzip.open("a.gz", "rt")), lzma.open(io.BytesIO(lzma.compress(b"x", format=lzma.FORMAT_ALONE))).read())
for bad in (zlib.decompress, bz2.decompress, lzma.decompress):
    try:
        bad(b"not compressed")
    except (zlib.error, OSError, lzma.LZMAError) as e:
        print(type(e).__name__)
