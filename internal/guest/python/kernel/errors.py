"""What the user sees when code fails: the traceback on standard error, and the
same as data for programs, as the operation "error"."""

import json
import sys
import traceback

import _caisson
from _kernel import HOME, absent

# What an exception as data has at most; standard error has all of it.
MOST_MESSAGE = 16 << 10  # characters
MOST_LINES = 200  # of traceback
MOST_LINE = 1000  # characters


def exit_code(e):
    """Return the exit code that a SystemExit asks for, as CPython would."""
    code = e.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stdout.flush()
    print(code, file=sys.stderr)
    return 1


def report(e):
    """Tell of an exception that code did not handle, and return the exit code."""
    code = 130 if isinstance(e, KeyboardInterrupt) else 1
    if isinstance(e, MemoryError):
        _caisson.release_reserve()
    for each in chain(e):
        absent.explain(each)
    lines = format(e)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        pass  # standard error is what matters now
    if sys.excepthook is sys.__excepthook__ or not hooked(e):
        sys.__stderr__.write("".join(lines))
        sys.__stderr__.flush()
    _caisson.call("error", as_json(e, lines))
    return code


def hooked(e):
    """Let the code's own excepthook tell it, and report whether that went well."""
    try:
        sys.excepthook(type(e), e, e.__traceback__)
    except BaseException:
        return False
    return True


def chain(e):
    """Yield an exception and those that led to it, each once."""
    seen, todo = set(), [e]
    while todo:
        e = todo.pop()
        if e is None or id(e) in seen:
            continue
        seen.add(id(e))
        yield e
        todo += [e.__cause__, e.__context__]
        if isinstance(e, BaseExceptionGroup):
            todo += e.exceptions


def format(e):
    """Return the traceback of an exception as lines, without our own frames."""
    top = traceback.TracebackException(type(e), e, e.__traceback__, compact=True)
    seen, todo = set(), [top]
    while todo:
        te = todo.pop()
        if te is None or id(te) in seen:
            continue
        seen.add(id(te))
        if te.stack is not None:
            te.stack[:] = [frame for frame in te.stack if not frame.filename.startswith(HOME)]
            if not te.stack:
                te.stack = None  # it happened nowhere: the code did not compile
        todo += [te.__cause__, te.__context__, *(te.exceptions or ())]
    return list(top.format())


def message(e):
    try:
        return str(e)
    except Exception:
        return "<str() of the exception failed>"


def as_json(e, lines):
    lines = [line[:MOST_LINE] for line in "".join(lines).splitlines()]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES // 2 : -MOST_LINES // 2] = ["..."]
    error = {"name": type(e).__name__, "message": message(e)[:MOST_MESSAGE], "traceback": lines}
    return json.dumps(error, ensure_ascii=False).encode("utf-8", "replace")
