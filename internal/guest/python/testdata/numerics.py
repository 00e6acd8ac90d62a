def newton(f, df, x, tolerance=1e-12):
    for i in range(50):
        step = f(x) / df(x)
        x -= step
        if abs(step) < tolerance:
            return x, i
    raise ArithmeticError


print(newton(lambda x: x * x - 2, lambda x: 2 * x, 1.0))


def simpson(f, a, b, n=100):
    h = (b - a) / n
    return h / 3 * sum((1 if i in (0, n) else 4 if i % 2 else 2) * f(a + i * h) for i in range(n + 1))


import math

print(round(simpson(math.sin, 0, math.pi), 9), round(simpson(lambda x: x**3, 0, 2), 9))
x, v, dt = 1.0, 0.0, 0.01
for _ in range(628):
    v -= x * dt
    x += v * dt
print(round(x, 4), round(v, 4))


def solve(a, b):
    n = len(b)
    m = [row[:] + [y] for row, y in zip(a, b)]
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(m[r][i]))
        m[i], m[p] = m[p], m[i]
        for r in range(i + 1, n):
            k = m[r][i] / m[i][i]
            m[r] = [x - k * y for x, y in zip(m[r], m[i])]
    out = [0] * n
    for i in reversed(range(n)):
        out[i] = (m[i][n] - sum(m[i][j] * out[j] for j in range(i + 1, n))) / m[i][i]
    return out


print([round(x, 9) for x in solve([[2, 1, -1], [-3, -1, 2], [-2, 1, 2]], [8, -11, -3])])
print(math.gcd(48, 36), math.lcm(4, 6), math.prod([1, 2, 3]), math.dist((0, 0), (3, 4)), math.perm(5, 2), math.trunc(-2.7), math.ceil(2.1), math.isclose(0.1 + 0.2, 0.3), math.cbrt(27), math.sumprod([1, 2], [3, 4]))
