def counter(limit):
    received = None
    for i in range(limit):
        received = yield i if received is None else received * 10
    return "done"


def wrapper():
    result = yield from counter(3)
    yield result


print(list(wrapper()))
g = counter(4)
print(next(g), g.send(5), next(g))
g.close()


def cleanup():
    try:
        yield 1
        yield 2
    except ValueError as e:
        yield f"caught {e}"
    finally:
        print("cleaned")


c = cleanup()
print(next(c), c.throw(ValueError("x")), list(c))


def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


from itertools import islice, takewhile

print(list(islice(fib(), 15)), sum(x for x in takewhile(lambda x: x < 4_000_000, fib()) if x % 2 == 0))


def flatten(x):
    for i in x:
        if isinstance(i, list):
            yield from flatten(i)
        else:
            yield i


print(list(flatten([1, [2, [3, [4]], 5]])))
