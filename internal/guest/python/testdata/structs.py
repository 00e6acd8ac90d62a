import struct, array, sys

packed = struct.pack("<IhBd4s?", 4000000000, -2, 255, 1.5, b"abcd", True)
print(packed.hex(), struct.unpack("<IhBd4s?", packed), struct.calcsize("<IhBd4s?"), struct.calcsize(">qQ"))
print(struct.pack(">q", -1).hex(), list(struct.iter_unpack("<H", b"\1\0\2\0")), struct.unpack_from("<H", b"\0\0\7\0", 2), struct.pack("<e", 1.5).hex())
try:
    struct.pack("<B", 256)
except struct.error as e:
    print(e)
a = array.array("d", [1.0, 2.5])
a.extend([3])
b = array.array("i", range(5))
print(a, b.itemsize, b[::2], b.tobytes().hex(), sum(b), array.array("B", b"hi").tolist())
m = memoryview(bytearray(b"hello world"))
m[0:5] = b"HELLO"
print(bytes(m), m[6:].tobytes(), m.cast("B")[0], sys.byteorder, bytes.fromhex("dead beef"), bytearray(b"ab") + b"c", b"%d-%s" % (1, b"x"))
