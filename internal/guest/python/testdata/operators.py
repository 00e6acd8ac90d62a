class Vector:
    def __init__(self, *xs):
        self.xs = xs

    def __add__(self, o):
        return Vector(*(a + b for a, b in zip(self.xs, o.xs)))

    def __mul__(self, k):
        return Vector(*(a * k for a in self.xs)) if isinstance(k, (int, float)) else NotImplemented

    __rmul__ = __mul__

    def __matmul__(self, o):
        return sum(a * b for a, b in zip(self.xs, o.xs))

    def __eq__(self, o):
        return self.xs == o.xs

    def __hash__(self):
        return hash(self.xs)

    def __getitem__(self, i):
        return self.xs[i]

    def __len__(self):
        return len(self.xs)

    def __bool__(self):
        return any(self.xs)

    def __call__(self, f):
        return Vector(*map(f, self.xs))

    def __format__(self, spec):
        return "(" + ", ".join(format(x, spec) for x in self.xs) + ")"

    def __contains__(self, x):
        return x in self.xs


v, w = Vector(1, 2, 3), Vector(4, 5, 6)
print(f"{v + w:.1f} {2 * v} {v @ w} {v[1:]}" if False else format(v + w, ".1f"), format(2 * v, "d"), v @ w, v[1:], len(v), bool(Vector(0, 0)))
print(v == Vector(1, 2, 3), len({v, Vector(1, 2, 3)}), format(v(lambda x: x**2), ""), 2 in v, list(v), max(v))
try:
    v * "x"
except TypeError as e:
    print(e)
