def fail(*kinds):
    raise ExceptionGroup("several", [k(f"from {k.__name__}") for k in kinds])


try:
    fail(ValueError, TypeError, KeyError)
except* (ValueError, KeyError) as g:
    print("first", [type(e).__name__ for e in g.exceptions])
except* TypeError as g:
    print("second", g.exceptions[0])
nested = ExceptionGroup("outer", [OSError("a"), ExceptionGroup("inner", [ValueError("b"), OSError("c")])])
match, rest = nested.split(OSError)
print(match, rest, nested.subgroup(lambda e: "b" in str(e)))
import traceback

try:
    raise nested
except ExceptionGroup as e:
    print("".join(traceback.format_exception(e)))
