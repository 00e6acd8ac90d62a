"""One execution: a request comes in, an exit code goes out.

Names that code defines live on in __main__, so that the next execution of the
same sandbox sees them.
"""

import ast
import asyncio
import atexit
import builtins
import inspect
import io
import linecache
import logging
import os
import random
import sys
import tempfile
import time
import types
import uuid

import _caisson
import _signal
from _kernel import errors, threads
from _kernel.show import show as show_value

main = types.ModuleType("__main__")
main.__builtins__ = builtins

LAST = " last"  # the name of a last expression's value until it is shown: no code can write it
MOST_CELLS = 256  # of so many cells tracebacks can show lines

_names = main.__dict__
_count = 0  # executions so far in this sandbox
_path = ""  # our entry of sys.path: where the code's own modules are
_stdin = None  # ours, while nobody read from it


def run(code, name, args, show, fresh, script):
    """Carry out one request and return its exit code. It raises only when it
    is interrupted, or memory runs out, while it ends an execution.

    The value of a last expression becomes a result when show is set. fresh
    says that this is the first execution of a copy, and script that the code
    is a whole program."""
    try:
        status = _guard(_perform, code, name, args, show, fresh, script)
        if threads.started():
            status = _guard(threads.finish, script) or status
        if script:
            status = _guard(atexit._run_exitfuncs) or status
    finally:
        _flush()
    return status


def _guard(step, *args):
    """Run code of the user's and return what exit code that comes to."""
    try:
        step(*args)
        return 0
    except SystemExit as e:
        return errors.exit_code(e)
    except BaseException as e:
        try:
            return errors.report(e)
        except KeyboardInterrupt as late:
            return errors.report(late)


def _perform(text, name, args, show, fresh, script):
    name = _begin(name, args, fresh, script)
    if text.startswith("\ufeff"):
        text = text[1:]
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    # A notebook's cell may await; a script may not.
    flags = 0 if script else ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = _caisson.compile(text, name, LAST if show else None, flags)
    value = eval(code, _names)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(value)
    if show:
        value = _names.pop(LAST, None)
        if value is not None:
            main._ = value
            show_value(value)


def _begin(name, args, fresh, script):
    """Set up what every execution finds fresh, and return its name."""
    global _count
    if fresh:
        _count = 0
        _forget_randomness()
    _count += 1
    if not name:
        name = f"<cell {_count}>"
        linecache.cache.pop(f"<cell {_count - MOST_CELLS}>", None)
    if _signal.getsignal(_signal.SIGINT) is not _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    _open_streams()
    sys.argv[:] = [name, *args]
    if script:
        main.__file__ = name
        _set_path(os.path.dirname(os.path.abspath(name)))
    else:
        _names.pop("__file__", None)
        _set_path("")
    return name


def _forget_randomness():
    """Draw anew what was drawn before this copy was made, and start its clocks.

    os.urandom, and so secrets and uuid4, ask the host each time and hold
    nothing."""
    _caisson.forget_randomness(random._inst)
    random._inst.gauss_next = None
    tempfile._name_sequence = None
    uuid._node = uuid._last_timestamp = None
    logging._startTime = time.time_ns()


def _open_streams():
    """Point the standard streams at the host again, whatever the last
    execution did to them. Input starts over: each execution has its own."""
    global _stdin
    if _stdin is None or _caisson.input_was_read() or _lost(_stdin):
        _stdin = _reader()
    sys.stdin = sys.__stdin__ = _stdin
    if _lost(sys.__stdout__):
        sys.__stdout__ = writer(1, "surrogateescape")
    if _lost(sys.__stderr__):
        sys.__stderr__ = writer(2, "backslashreplace")
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def _lost(stream):
    """Report whether a stream was closed, detached or replaced by something else."""
    try:
        return stream.closed
    except (AttributeError, ValueError):
        return True


def _reader():
    """Return a text stream from standard input."""
    stream = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, "r", closefd=False)), "utf-8", "surrogateescape")
    stream.mode = "r"
    return stream


def writer(fd, on_error):
    """Return a line-buffered text stream to a descriptor."""
    raw = io.FileIO(fd, "w", closefd=False)
    raw.name = "<stdout>" if fd == 1 else "<stderr>"
    stream = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", on_error, line_buffering=True)
    stream.mode = "w"
    return stream


def _set_path(entry):
    global _path
    if _path == entry and sys.path and sys.path[0] == entry:
        return
    if _path in sys.path:
        sys.path[sys.path.index(_path)] = entry
    else:
        sys.path.insert(0, entry)
    _path = entry


def _flush():
    _flush_one(sys.stdout)
    _flush_one(sys.stderr)
    if sys.stdout is not sys.__stdout__:
        _flush_one(sys.__stdout__)
    if sys.stderr is not sys.__stderr__:
        _flush_one(sys.__stderr__)


def _flush_one(stream):
    try:
        stream.flush()
    except Exception:
        pass  # closed, replaced or broken by the code: nothing to save
