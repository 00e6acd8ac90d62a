from collections import *

c = Counter("mississippi")
print(c.most_common(2), c["z"], c - Counter("miss"), sorted((c & Counter("sip")).items()), c.total())
d = deque([1, 2, 3], maxlen=4)
d.extend([4, 5])
d.appendleft(0)
d.rotate(2)
print(d, d.popleft())
P = namedtuple("P", "x y", defaults=[0])
print(P(1), P(1, 2)._replace(x=5), P._fields, P(3, 4)._asdict())
m = ChainMap({"a": 1}, {"a": 2, "b": 3})
print(m["a"], m["b"], dict(m), m.parents)
o = OrderedDict.fromkeys("abc")
o.move_to_end("a")
print(list(o), o.popitem(last=False))
dd = defaultdict(lambda: defaultdict(int))
dd["x"]["y"] += 2
print({k: dict(v) for k, v in dd.items()})


class Upper(UserDict):
    def __setitem__(self, k, v):
        super().__setitem__(k.upper(), v)


print(Upper(a=1, b=2), {1: "a"} | {2: "b"}, {1, 2} ^ {2, 3}, frozenset("ab") <= set("abc"), [1, 2] < [1, 3])
