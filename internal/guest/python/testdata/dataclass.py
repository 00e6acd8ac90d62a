from dataclasses import dataclass, field, asdict, replace, FrozenInstanceError, fields, astuple, KW_ONLY


@dataclass(order=True)
class Item:
    sort_index: float = field(init=False, repr=False)
    name: str
    price: float = 1.0
    tags: list[str] = field(default_factory=list, compare=False)

    def __post_init__(self):
        self.sort_index = self.price


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    _: KW_ONLY
    label: str = ""


a, b = Item("pen", 2.5, ["x"]), Item("ink", 9)
print(a, b, a < b, max(a, b).name, asdict(a), [f.name for f in fields(Item)])
p = Point(1, label="o")
print(p, replace(p, y=5), astuple(p), hash(p) == hash(Point(1, label="o")), {p: 1}[Point(1, 0, label="o")])
try:
    p.x = 3
except FrozenInstanceError as e:
    print(e)
match p:
    case Point(x, y):
        print(x, y)
