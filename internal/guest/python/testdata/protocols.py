import abc, numbers, collections.abc


class Store(abc.ABC):
    @abc.abstractmethod
    def get(self, k): ...

    @property
    @abc.abstractmethod
    def size(self): ...

    def has(self, k):
        return self.get(k) is not None


class Memory(Store):
    def __init__(self):
        self.d = {"a": 1}

    def get(self, k):
        return self.d.get(k)

    @property
    def size(self):
        return len(self.d)


try:
    Store()
except TypeError as e:
    print(e)
print(Memory().has("a"), Memory().size, isinstance(3, numbers.Integral), isinstance({}, collections.abc.Mapping), issubclass(list, collections.abc.Sequence))


class Bag(collections.abc.MutableMapping):
    def __init__(self):
        self.d = {}

    def __getitem__(self, k):
        return self.d[k]

    def __setitem__(self, k, v):
        self.d[k] = v

    def __delitem__(self, k):
        del self.d[k]

    def __iter__(self):
        return iter(self.d)

    def __len__(self):
        return len(self.d)


b = Bag()
b.update(x=1, y=2)
print(b.pop("x"), dict(b), b.setdefault("z", 3), "z" in b, list(b.items()), b == {"y": 2, "z": 3})
