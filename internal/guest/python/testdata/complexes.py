import cmath

z = complex(3, -4)
print(z, abs(z), z.conjugate(), z**2, z / (1 + 1j), -z, z == 3 - 4j)
print(cmath.sqrt(-1), cmath.phase(-1), [complex(round(r.real, 9), round(r.imag, 9)) for r in [cmath.rect(1, k * cmath.pi / 2) for k in range(4)]])
print(complex("1+2j"), f"{z:.2f}", hash(complex(1, 0)) == hash(1))
