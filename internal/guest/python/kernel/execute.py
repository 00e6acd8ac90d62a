"""One execution: a request comes in as JSON, an exit code goes out.

Names that code defines live on in __main__, so that the next execution of the
same sandbox sees them.
"""

import ast
import asyncio
import atexit
import builtins
import inspect
import io
import json
import linecache
import logging
import os
import random
import signal
import sys
import tempfile
import time
import types
import uuid

import _caisson
from _kernel import errors, show, threads

main = types.ModuleType("__main__")
main.__builtins__ = builtins

_count = 0  # executions so far in this sandbox
_path = ""  # our entry of sys.path: where the code's own modules are


def run(request):
    """Carry out one request and return its exit code. It raises only when it
    is interrupted, or memory runs out, while it ends an execution."""
    try:
        request = json.loads(request)
        code = _guard(_perform, request)
        code = _guard(threads.finish, request.get("module")) or code
        if request.get("module"):
            code = _guard(atexit._run_exitfuncs) or code
    finally:
        _flush()
    return code


def _guard(step, *args):
    """Run code of the user's and return what exit code that comes to."""
    try:
        step(*args)
        return 0
    except SystemExit as e:
        return errors.exit_code(e)
    except BaseException as e:
        return errors.report(e)


def _perform(request):
    _begin(request)
    _evaluate(request)


def _begin(request):
    """Set up what every execution finds fresh."""
    global _count
    if request.get("fresh"):
        _count = 0
        _forget_randomness()
    _count += 1
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _open_streams()
    name = request["name"] = request.get("name") or f"<cell {_count}>"
    sys.argv[:] = [name, *(request.get("args") or ())]
    if request.get("module"):
        main.__file__ = name
        _set_path(os.path.dirname(os.path.abspath(name)))
    else:
        main.__dict__.pop("__file__", None)
        _set_path("")


def _forget_randomness():
    """Draw anew what was drawn before this copy was made, and start its clocks.

    os.urandom, and so secrets and uuid4, ask the host each time and hold
    nothing."""
    random.seed()
    tempfile._name_sequence = None
    uuid._node = uuid._last_timestamp = None
    logging._startTime = time.time_ns()
    _caisson.forget_randomness()


def _open_streams():
    """Point the standard streams at the host again, whatever the last
    execution did to them. Input starts over: each execution has its own."""
    raw = io.FileIO(0, "r", closefd=False)
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(raw), "utf-8", "surrogateescape")
    sys.stdin.mode = "r"
    if sys.__stdout__.closed:
        sys.__stdout__ = writer(1, "surrogateescape")
    if sys.__stderr__.closed:
        sys.__stderr__ = writer(2, "backslashreplace")
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def writer(fd, on_error):
    """Return a line-buffered text stream to a descriptor."""
    raw = io.FileIO(fd, "w", closefd=False)
    raw.name = "<stdout>" if fd == 1 else "<stderr>"
    stream = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", on_error, line_buffering=True)
    stream.mode = "w"
    return stream


def _set_path(entry):
    global _path
    if _path in sys.path:
        sys.path[sys.path.index(_path)] = entry
    else:
        sys.path.insert(0, entry)
    _path = entry


def _evaluate(request):
    text, name = request["code"], request["name"]
    if text.startswith("\ufeff"):
        text = text[1:]
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    # A notebook's cell may await; a script may not.
    flags = 0 if request.get("module") else ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    if not request.get("show"):
        _eval(compile(text, name, "exec", flags, dont_inherit=True))
        return
    tree = compile(text, name, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    code = compile(tree, name, "exec", flags, dont_inherit=True)
    if last is not None:
        # "from __future__ import annotations" above reaches the last line too.
        last = compile(last, name, "eval", flags | code.co_flags & _FUTURE, dont_inherit=True)
    _eval(code)
    if last is not None:
        value = _eval(last)
        if value is not None:
            main._ = value
            show.show(value)


_FUTURE = 0
for _name in __import__("__future__").all_feature_names:
    _FUTURE |= getattr(__import__("__future__"), _name).compiler_flag


def _eval(code):
    value = eval(code, main.__dict__)
    if code.co_flags & inspect.CO_COROUTINE:
        value = asyncio.run(value)
    return value


def _flush():
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()
        except Exception:
            pass  # closed, replaced or broken by the code: nothing to save
