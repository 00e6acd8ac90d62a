def primes(n):
    marks = bytearray([1]) * (n + 1)
    marks[:2] = b"\0\0"
    for i in range(2, int(n**0.5) + 1):
        if marks[i]:
            marks[i * i :: i] = bytes(len(range(i * i, n + 1, i)))
    return [i for i, m in enumerate(marks) if m]


found = primes(10_000)
print(len(found), found[:10], found[-3:], sum(found))
