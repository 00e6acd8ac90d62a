"""The road to the host: frames on a socket that no other program inherits.

It stands in the place of the C module _caisson of the WebAssembly guest, and
has that name too.
"""

import _ast
import _signal
import _thread
import builtins
import errno
import os
import sys

from _ast import PyCF_ONLY_AST

# What the host takes at most, as in package guest.
MOST = {"result": 16 << 20, "error": 1 << 20}
KINDS = {"result": b"r", "error": b"e"}

_fd = -1
_lock = _thread.allocate_lock()
_main = _thread.get_ident()
_buffer = b""
_another = True
last = 0  # the standard stream that this execution wrote last; none yet when 0


def open(fd):
    """Take over the socket. It moves out of the way of the code's descriptors,
    and is closed in every child of this process."""
    global _fd
    import fcntl
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    _fd = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, max(4, min(most, 1024) - 1))
    os.close(fd)
    os.register_at_fork(after_in_child=_leave)


def _leave():
    """Close the socket in a child: what it says there would be said in the
    midst of what its parent says."""
    global _fd, _lock
    os.close(_fd)
    _fd, _lock = -1, _thread.allocate_lock()


def left():
    """Report whether this process is a child that the code has forked."""
    return _fd < 0


def receive():
    """Return the kind and the payload of the next frame; None at the end."""
    head = _take(5)
    return head and (head[4:], _take(int.from_bytes(head[:4], "little")))


def _take(n):
    global _buffer
    if len(_buffer) < n:
        parts, have = [_buffer], len(_buffer)
        while have < n:
            part = os.read(_fd, max(65536, n - have))
            if not part:
                return None
            parts.append(part)
            have += len(part)
        _buffer = b"".join(parts)
    taken, _buffer = _buffer[:n], _buffer[n:]
    return taken


def send(kind, payload):
    """Send one frame. It must be sent whole: interrupts must be ignored."""
    rest = memoryview(len(payload).to_bytes(4, "little") + kind + payload)
    while rest:
        rest = rest[os.write(_fd, rest) :]


def call(op, data):
    """Ask the host. Raises OSError when it refuses."""
    data = bytes(data)
    if op not in KINDS:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if len(data) > MOST[op]:
        raise OSError(errno.EMSGSIZE, f"{op} of {len(data):,} bytes; at most {MOST[op]:,} are taken")
    if not left():
        _whole(lambda: send(KINDS[op], data))
    return b""


def turn(fd):
    """Let the host take what one standard stream has before another is written:
    two pipes have no order."""
    global last
    before, last = last, fd
    if before not in (0, fd) and not left():
        _whole(_turn)


def _turn():
    send(b"s", b"")
    if not receive():
        os._exit(1)  # the host has gone


def _whole(do):
    """Do what must not be interrupted in the midst."""
    late = []
    main = _thread.get_ident() == _main  # alone gets interrupts, and may say what becomes of them
    if main:
        handler = _signal.signal(_signal.SIGINT, lambda *args: late.append(args))
    try:
        with _lock:
            do()
    finally:
        if main:
            _signal.signal(_signal.SIGINT, handler)
    if late:
        raise KeyboardInterrupt


def compile(text, file, name, flags):
    """Return the code of a text. The value of a last expression is assigned to
    the name, unless that is None. Cells, which may await, may have magics."""
    try:
        return compile_plain(text, file, name, flags)
    except SyntaxError as e:
        if not flags or "%" not in text and "!" not in text:
            raise
        from _kernel import magics

        changed = magics.rewrite(text, file, e)
        if changed is None:
            raise
    return compile_plain(changed, file, name, flags)


def compile_plain(text, file, name, flags):
    """Return the code of a text that is Python and nothing else."""
    if "\0" in text:
        raise SyntaxError("source code string cannot contain null bytes")
    if name is None:
        return builtins.compile(text, file, "exec", flags, True)
    tree = builtins.compile(text, file, "exec", flags | PyCF_ONLY_AST, True)
    if tree.body and type(tree.body[-1]) is _ast.Expr:
        value = tree.body[-1].value
        place = {a: getattr(value, a) for a in ("lineno", "col_offset", "end_lineno", "end_col_offset")}
        target = _ast.Name(id=name, ctx=_ast.Store(), **place)
        tree.body[-1] = _ast.Assign(targets=[target], value=value, type_comment=None, **place)
    return builtins.compile(tree, file, "exec", flags, True)


def open_input(path):
    """Make a file the standard input."""
    global _another
    fd = os.open(path, os.O_RDONLY)
    os.dup2(fd, 0)
    os.close(fd)
    _another = True


def input_was_read():
    """Whether standard input has become another one since this was last asked.
    Between two of the host's it is empty, and nobody can have read from it."""
    global _another
    another, _another = _another, False
    return another


def release_reserve():
    """Give back the memory kept for a MemoryError: the system keeps none."""


sys.modules["_caisson"] = sys.modules[__name__]
