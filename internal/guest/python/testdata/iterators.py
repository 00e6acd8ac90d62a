class Range:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter(range(self.n))

    def __len__(self):
        return self.n

    def __reversed__(self):
        return iter(range(self.n - 1, -1, -1))

    def __getitem__(self, i):
        if isinstance(i, slice):
            return list(range(self.n))[i]
        if not -self.n <= i < self.n:
            raise IndexError(i)
        return i % self.n

    def __length_hint__(self):
        return self.n


r = Range(5)
print(list(r), list(reversed(r)), r[1:3], r[-1], 3 in r, max(r), sum(r), dict(zip(r, "abcde")), [*enumerate("ab", 1)])
it = iter(r)
print(next(it), next(it), list(it), next(it, "end"), list(iter(lambda c=iter("abX"): next(c), "X")))
print(any([]), all([]), min("b", "a", key=ord), sorted("Ba", key=str.lower), list(map(max, [1, 5], [3, 2])), list(filter(str.isalpha, "a1b")), sum([[1], [2]], []), divmod(7, 2), list(zip("ab", range(3), strict=False)))
try:
    list(zip("ab", "c", strict=True))
except ValueError as e:
    print(e)
d = {"a": 1}
try:
    for k in d:
        d["b"] = 2
except RuntimeError as e:
    print(e)
print(range(10)[2:8:3], range(0, -5, -2)[1], len(range(0, 100, 7)), 49 in range(0, 100, 7), slice(1, None, 2).indices(6))
