import math

print(2**521 - 1)
print(math.factorial(60), math.comb(100, 50), math.isqrt(10**60), pow(3, 10**6, 10**9 + 7))
n = 3**500
print(len(str(n)), n.bit_length(), hex(n)[:20], n % 97, -n // 12345 % 1000, divmod(-7, 3), (-7) >> 1)
print(int("zz", 36), int("0b1011", 0), (1234567890123456789).to_bytes(8, "big").hex(), int.from_bytes(b"\xff\xfe", signed=True))
