from typing import *
from collections.abc import Callable, Iterator
import typing, inspect


class Movie(TypedDict, total=False):
    name: Required[str]
    year: int


@runtime_checkable
class Closer(Protocol):
    def close(self) -> None: ...


class Pair[A, B]:
    def __init__(self, a: A, b: B) -> None:
        self.a, self.b = a, b


type Names = list[str]


def first[T](xs: list[T], default: T | None = None, *, key: Callable[[T], int] = len) -> Optional[T]: ...


print(get_type_hints(first), Movie.__required_keys__, isinstance(open("f", "w"), Closer), Pair[int, str], Names.__value__)
print(inspect.signature(first), get_origin(dict[str, int]), get_args(Union[int, str, None]), Literal["a", "b"].__args__, Annotated[int, "x"].__metadata__)
print(NamedTuple("N", [("a", int)])(1), NewType("UserId", int)(5), typing.cast(str, 1), assert_never.__name__, int | str, isinstance(1, int | str))


@overload
def g(x: int) -> int: ...
@overload
def g(x: str) -> str: ...
def g(x):
    return x


print(g("ok"), first.__type_params__, TYPE_CHECKING)
