"""What the wasm runtime does not have, and what it says instead.

MODULES is read at build time too: each of its modules becomes one that cannot
be imported and says why.
"""

import errno
import types

CURE = "It needs a runtime with a Linux kernel (container backend)."

_NO_PROCESSES = "a WebAssembly sandbox is one process and cannot start others"
_NO_SOCKETS = "WebAssembly has no sockets"
_NO_TERMINAL = "there is no terminal"
_NO_SCREEN = "there is no screen"
_NO_USERS = "there is no user database"
_NO_NATIVE = "native libraries cannot be loaded"

MODULES = {
    "_multiprocessing": _NO_PROCESSES,
    "concurrent.futures.process": _NO_PROCESSES,
    "ctypes": _NO_NATIVE,
    "curses": _NO_TERMINAL,
    "ensurepip": "packages cannot be installed",
    "fcntl": "files have no locks and no control calls",
    "grp": _NO_USERS,
    "idlelib": _NO_SCREEN,
    "mmap": "files cannot be mapped",
    "multiprocessing.popen_fork": _NO_PROCESSES,
    "multiprocessing.popen_forkserver": _NO_PROCESSES,
    "multiprocessing.popen_spawn_posix": _NO_PROCESSES,
    "multiprocessing.shared_memory": _NO_PROCESSES,
    "pip": "packages cannot be installed",
    "pty": _NO_TERMINAL,
    "pwd": _NO_USERS,
    "readline": _NO_TERMINAL,
    "resource": "limits are set from outside",
    "ssl": _NO_SOCKETS,
    "syslog": "there is no system log",
    "termios": _NO_TERMINAL,
    "tkinter": _NO_SCREEN,
    "tty": _NO_TERMINAL,
    "turtle": _NO_SCREEN,
    "venv": "packages cannot be installed",
}

# Names of modules that code asks for in vain.
_OS = {"fork", "forkpty", "execv", "execve", "execvp", "execl", "execlp", "spawnv", "spawnl", "posix_spawn", "wait"}
_OS |= {"waitpid", "kill", "killpg", "setsid"}
_SOCKET = {"gethostbyname", "gethostbyname_ex", "gethostbyaddr", "socketpair", "fromfd", "create_server"}


_NAMES = {
    "os": (_OS, _NO_PROCESSES),
    "socket": (_SOCKET, _NO_SOCKETS),
    "shutil": ({"disk_usage"}, "the file system does not say how full it is"),
    "hashlib": ({"scrypt"}, "there is no OpenSSL"),
}


def sentence(name, why):
    """Say that something is missing, why, and what to do."""
    return f"{name} is not in the wasm runtime: {why}. {CURE}"


def explain(e):
    """Add to an exception what its reader cannot know: that the runtime, not
    the code, lacks something."""
    if type(e) is ModuleNotFoundError and e.name and e.msg == f"No module named {e.name!r}":
        if "." not in e.name:
            e.msg += f". {sentence(e.name, 'it has the standard library, and modules in /workspace')}"
    elif type(e) is AttributeError and isinstance(e.obj, types.ModuleType) and e.args:
        missing, why = _NAMES.get(e.obj.__name__, ((), ""))
        if e.name in missing:
            e.args = (f"{e.args[0]}. {sentence(f'{e.obj.__name__}.{e.name}', why)}",)


def _refuse(name, why, kind=OSError, code=errno.ENOSYS):
    def refuse(*args, **kwargs):
        raise kind(code, sentence(name, why))

    refuse.__name__ = refuse.__qualname__ = name.rpartition(".")[2]
    refuse.__module__ = name.partition(".")[0]
    return refuse


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """Derive a key from a password (RFC 8018, 5.2). CPython has it from OpenSSL."""
    import hmac

    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    start = hmac.new(bytes(password), None, hash_name)
    if dklen is None:
        dklen = start.digest_size
    if dklen < 1:
        raise ValueError("key length must be greater than 0.")
    key, number = b"", 0
    while len(key) < dklen:
        number += 1
        block, mixed = bytes(salt) + number.to_bytes(4, "big"), 0
        for _ in range(iterations):
            h = start.copy()
            h.update(block)
            block = h.digest()
            mixed ^= int.from_bytes(block, "big")
        key += mixed.to_bytes(start.digest_size, "big")
    return key[:dklen]


def install():
    """Put refusals in the place of what could only fail without a word."""
    import hashlib
    import os
    import socket
    import subprocess
    import urllib.error
    import urllib.request

    hashlib.pbkdf2_hmac = pbkdf2_hmac
    os.system = _refuse("os.system", _NO_PROCESSES)
    os.popen = _refuse("os.popen", _NO_PROCESSES)
    subprocess.Popen.__init__ = _refuse("subprocess", _NO_PROCESSES)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        setattr(socket, name, _refuse(f"socket.{name}", _NO_SOCKETS, socket.gaierror))
    socket.socket.__init__ = _refuse("socket.socket", _NO_SOCKETS)

    def unknown_open(self, request):
        if request.type == "https":
            raise urllib.error.URLError(sentence("https", _NO_SOCKETS))
        raise urllib.error.URLError(f"unknown url type: {request.type}")

    urllib.request.UnknownHandler.unknown_open = unknown_open


def source(name):
    """Return the text of a module that says why it is not there."""
    return f"raise ImportError({sentence(name, MODULES[name])!r}, name={name!r})\n"
