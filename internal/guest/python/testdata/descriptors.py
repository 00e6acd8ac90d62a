class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, owner=None):
        return self if obj is None else getattr(obj, self.name, 0)

    def __set__(self, obj, value):
        if value <= 0:
            raise ValueError(f"{self.name[1:]} must be positive, not {value}")
        setattr(obj, self.name, value)


class Box:
    width, height = Positive(), Positive()

    def __init__(self, w, h):
        self.width, self.height = w, h

    def __getattr__(self, name):
        if name.startswith("double_"):
            return 2 * getattr(self, name[7:])
        raise AttributeError(name)

    def __delattr__(self, name):
        print("not deleting", name)


b = Box(2, 3)
print(b.width, b.double_height, vars(b), isinstance(Box.width, Positive))
del b.width
for attempt in (lambda: Box(0, 1), lambda: b.depth):
    try:
        attempt()
    except (ValueError, AttributeError) as e:
        print(type(e).__name__, e)
from functools import cached_property


class Lazy:
    @cached_property
    def value(self):
        print("computing")
        return 42


z = Lazy()
print(z.value, z.value)
