from dataclasses import dataclass


@dataclass
class Click:
    x: int
    y: int


def kind(v):
    match v:
        case None | False:
            return "nothing"
        case 0 | 1:
            return "bit"
        case int(n) if n < 0:
            return f"negative {n}"
        case str() as s:
            return f"text {len(s)}"
        case []:
            return "empty"
        case [x]:
            return f"one {x}"
        case [first, *_, last]:
            return f"{first}..{last}"
        case {"type": "move", "to": [x, y], **rest}:
            return f"move {x},{y} {rest}"
        case {"type": t}:
            return f"other {t}"
        case Click(x=0, y=y):
            return f"edge {y}"
        case Click(x, y):
            return f"click {x} {y}"
        case float() | complex():
            return "inexact"
        case _:
            return "?"


for v in [None, 1, True, -5, "abc", [], [9], (1, 2, 3), {"type": "move", "to": (1, 2), "z": 0}, {"type": "q"}, Click(0, 4), Click(2, 3), 2.5, {7}]:
    print(repr(v), "->", kind(v))
