class Registry(type):
    items = {}

    def __new__(meta, name, bases, space, **options):
        cls = super().__new__(meta, name, bases, space)
        if bases:
            meta.items[options.get("key", name.lower())] = cls
        return cls

    def __init__(cls, name, bases, space, **options):
        super().__init__(name, bases, space)

    @classmethod
    def __prepare__(meta, name, bases, **options):
        return {"made_by": meta.__name__}

    def __call__(cls, *args):
        print("making", cls.__name__)
        return super().__call__(*args)

    def __len__(cls):
        return len(cls.items)


class Base(metaclass=Registry): ...


class Csv(Base, key="comma"): ...


class Tsv(Base): ...


print(Registry.items.keys(), Csv.made_by, type(Csv()).__name__, len(Base))


class Plugin:
    known = []

    def __init_subclass__(cls, /, priority=0, **kwargs):
        super().__init_subclass__(**kwargs)
        Plugin.known.append((priority, cls.__name__))


class X(Plugin, priority=3): ...


class Y(Plugin): ...


print(sorted(Plugin.known))
T = type("T", (X,), {"hello": lambda self: "hi"})
print(T().hello(), T.__bases__, T.__qualname__)
