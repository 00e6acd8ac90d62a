import contextlib, io


class Timer:
    def __enter__(self):
        print("enter")
        return self

    def __exit__(self, kind, value, trace):
        print("exit", kind and kind.__name__, value)
        return kind is KeyError


with Timer():
    {}["missing"]


@contextlib.contextmanager
def tag(name):
    print(f"<{name}>")
    yield name
    print(f"</{name}>")


with tag("a"), tag("b") as b:
    print("in", b)
with contextlib.ExitStack() as s:
    for n in "xy":
        s.enter_context(tag(n))
    s.callback(print, "callback")
with contextlib.suppress(ZeroDivisionError):
    1 / 0
out = io.StringIO()
with contextlib.redirect_stdout(out):
    print("captured")
print(repr(out.getvalue()))
with contextlib.closing(io.StringIO("text")) as f:
    print(f.read(), end=" ")
print(f.closed)
try:
    with tag("broken"):
        raise RuntimeError("inside")
except RuntimeError as e:
    print(e)
with contextlib.nullcontext(5) as n:
    print(n)
