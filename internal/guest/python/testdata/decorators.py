import functools, time


def log(prefix="call"):
    def wrap(f):
        @functools.wraps(f)
        def inner(*args, **kwargs):
            result = f(*args, **kwargs)
            print(prefix, f.__name__, args, kwargs, "->", result)
            return result

        return inner

    return wrap


@log("trace")
def area(w, h=2, *, unit="cm"):
    "The area."
    return f"{w * h}{unit}2"


area(3)
area(3, h=4, unit="m")
print(area.__name__, area.__doc__, area.__wrapped__(1))


class memo:
    def __init__(self, f):
        self.f, self.seen = f, {}
        functools.update_wrapper(self, f)

    def __call__(self, n):
        if n not in self.seen:
            self.seen[n] = self.f(n)
        return self.seen[n]


@memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), len(fib.seen))


def register(cls, known={}):
    known[cls.__name__] = cls
    cls.known = known
    return cls


@register
class A: ...


@register
class B: ...


print(sorted(B.known))
