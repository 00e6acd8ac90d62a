import io

stream = io.StringIO("one\ntwo\n\nthree\n")
while line := stream.readline():
    if (n := len(line.strip())) > 3:
        print(n, line, end="")
print([y for x in range(6) if (y := x * x) % 2], any((hit := w).startswith("b") for w in ["ab", "bc", "bd"]), hit)
a, *b, c = range(6)
(d, e), [f, *g] = (1, 2), "xyz"
print(a, b, c, d, e, f, g, [*b, *g], {**{"k": 1}, "j": 2}, *"ab", sep="|")


def f(a, /, b, *args, c=3, **kw):
    return a, b, args, c, kw


print(f(1, 2), f(1, 2, 3, 4, c=5, d=6), f(1, b=2, a=9))
x = 5
print(1 < x < 10, x if x > 3 else -x, not x, x and "yes", x or "no", ~x, x << 3 ^ 2, 7 // 2, -7 % 3, 2**-1)
for i in range(5):
    if i == 7:
        break
else:
    print("no break")
assert (lambda *a, k=1: a)(1, 2) == (1, 2)
print(type(...), __name__, __debug__, 0o17, 0xFF, 1_000, b"\x00a", r"\n", "a" "b")
