from enum import Enum, IntEnum, Flag, auto, unique, StrEnum


class Color(Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1

    @property
    def hex(self):
        return {1: "#f00", 2: "#0f0"}[self.value]


class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W


class Level(IntEnum):
    LOW = 1
    HIGH = 9


class Mode(StrEnum):
    FAST = auto()


print(list(Color), Color(1), Color["GREEN"].hex, Color.CRIMSON is Color.RED, Color.RED.name, repr(Color.GREEN))
print(Perm.R | Perm.X, Perm.RW & Perm.W, Perm.W in Perm.RW, ~Perm.R, list(Perm.RW), Level.HIGH > 3, sorted(Level), Mode.FAST == "fast", f"{Mode.FAST}")
try:
    Color(7)
except ValueError as e:
    print(e)
try:

    @unique
    class Bad(Enum):
        A = B = 1

except ValueError as e:
    print(e)
