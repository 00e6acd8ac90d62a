for n in (0, 7, 42, 255):
    print(f"{n:>4} {n:08b} {n:o} {n:X} {n.bit_count()} {'prime' if n > 1 and all(n % d for d in range(2, n)) else ''}".rstrip())
print(*("FizzBuzz" if i % 15 == 0 else "Fizz" if i % 3 == 0 else "Buzz" if i % 5 == 0 else i for i in range(1, 16)))
collatz = lambda n: [n] + (collatz(n // 2 if n % 2 == 0 else 3 * n + 1) if n > 1 else [])
print(collatz(27)[:10], len(collatz(27)), max(collatz(27)))
print([n for n in range(1, 500) if sum(d for d in range(1, n) if n % d == 0) == n])
print([[row[i - 1] + row[i] for i in range(1, len(row))] for row in ([1, 2, 1], [1, 3, 3, 1])], True + True, bool(""), int(-3.9), int("  12 "), float("1e3"), round(1e20), 10**20 == 1e20)
print(int.__add__(1, 2), (5).__class__, 0.1 .is_integer(), 1 .numerator, isinstance(True, int), complex(1), bytes(3), chr(8364), ord("€"), bin(-5), 3 .__pow__(2, 5))
for bad in [lambda: int("1.5"), lambda: 1 / 0, lambda: "a" + 1, lambda: [1][5], lambda: {}["k"], lambda: None.x, lambda: len(5), lambda: float("x"), lambda: (1).append, lambda: int("9" * 5000)]:
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)
