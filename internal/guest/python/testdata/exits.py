import atexit, sys


@atexit.register
def last():
    print("last")


atexit.register(print, "first out")


class Guard:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        print("closing for", kind.__name__, value.code)


try:
    sys.exit("ignored")
except SystemExit as e:
    print(repr(e.code))
with Guard():
    sys.exit(3)
