import traceback, sys


class AppError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def inner():
    try:
        int("x")
    except ValueError as e:
        raise AppError(7, "bad input") from e


try:
    inner()
except AppError as e:
    e.add_note("while loading")
    print(e.code, e, repr(e.__cause__), e.__notes__)
    traceback.print_exc(file=sys.stdout)


def flow(x):
    try:
        if x == 0:
            return "return"
        if x == 1:
            raise KeyError(x)
        return "else"
    except KeyError:
        return "except"
    else:
        return "never"
    finally:
        print("finally", x)


print([flow(i) for i in range(3)])
try:
    try:
        1 / 0
    finally:
        [][1]
except IndexError as e:
    print(e, "|", e.__context__)
for bad in ["1 +", "def f(:\n pass", "x = (1,\n", "'abc", "a b", "return", "f(a=1, 2)", "  x = 1\n y = 2"]:
    try:
        compile(bad, "snippet.py", "exec")
    except SyntaxError as e:
        print(type(e).__name__, e.msg, e.lineno, e.offset, repr(e.text))
