from functools import *
import operator


@lru_cache(maxsize=2)
def slow(x):
    print("computing", x)
    return x * x


print([slow(i) for i in (1, 2, 1, 3, 2)], slow.cache_info())
print(reduce(operator.add, [[1], [2, 3]], []), partial(int, base=2)("1011"), sorted("bca", key=cmp_to_key(lambda a, b: (a < b) - (a > b))))


@singledispatch
def show(x):
    return "object"


@show.register
def _(x: int):
    return "int"


@show.register(list)
def _(x):
    return f"list of {show(x[0])}"


print(show(1), show([1]), show("s"), show(True), show.dispatch(bool).__name__)


@total_ordering
class V:
    def __init__(self, n):
        self.n = n

    def __eq__(self, o):
        return self.n == o.n

    def __lt__(self, o):
        return self.n < o.n


print(V(1) <= V(2), V(3) > V(2), partialmethod, operator.itemgetter(1, 0)("ab"), operator.attrgetter("real")(3), operator.methodcaller("upper")("x"))
