def solve(n, columns=()):
    row = len(columns)
    if row == n:
        yield columns
        return
    for c in range(n):
        if all(c != d and abs(c - d) != row - r for r, d in enumerate(columns)):
            yield from solve(n, (*columns, c))


for n in range(1, 8):
    print(n, sum(1 for _ in solve(n)))
first = next(solve(8))
print("\n".join("".join("Q" if c == d else "." for d in range(8)) for c in first))
