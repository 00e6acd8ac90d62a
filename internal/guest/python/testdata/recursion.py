import sys


def depth(n):
    return n and 1 + depth(n - 1)


print(depth(900), sys.getrecursionlimit())
try:
    depth(10**6)
except RecursionError as e:
    print(e)


def hanoi(n, a="A", b="B", c="C"):
    return hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c) if n else []


print(len(hanoi(10)), hanoi(3)[:4])


def ackermann(m, n):
    return n + 1 if not m else ackermann(m - 1, 1 if not n else ackermann(m, n - 1))


print(ackermann(2, 3))
l = []
l.append(l)
d = {}
d["d"] = d
print(l, d, l == l)
sys.setrecursionlimit(5000)
print(depth(4000))
