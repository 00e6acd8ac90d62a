def make(n):
    total = 0

    def add(x):
        nonlocal total
        total += x * n
        return total

    return add, lambda: total


add, get = make(3)
print(add(1), add(2), get(), [f() for f in [lambda i=i: i * i for i in range(4)]], [f() for f in [lambda: i for i in range(3)]])


def compose(*fs):
    def run(x):
        for f in reversed(fs):
            x = f(x)
        return x

    return run


print(compose(str, lambda x: x + 1, abs)(-41), add.__closure__[1].cell_contents, make.__code__.co_cellvars)
x = "global"


def scopes():
    x = "outer"

    class K:
        y = x

        def m(self):
            return x

    return K.y, K().m()


print(scopes())
try:

    def f():
        print(unset)
        unset = 1

    f()
except UnboundLocalError as e:
    print(e)
