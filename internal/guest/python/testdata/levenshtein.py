from functools import cache


def distance(a, b):
    @cache
    def d(i, j):
        if not i or not j:
            return i + j
        return min(d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return d(len(a), len(b))


for pair in [("kitten", "sitting"), ("", "abc"), ("flaw", "lawn"), ("naïve", "naive"), ("same", "same")]:
    print(*pair, distance(*pair))
