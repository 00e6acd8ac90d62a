"""Requests, one after another, until the host goes away."""

import _signal
import io
import json
import os
import sys

import _kernel
from _kernel import hooks, host, threads

# The host's descriptor. It is the first that is no standard stream.
SOCKET = 3

INTERRUPTED = 130  # exit code


def main():
    """Run the agent until the host closes the socket."""
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    host.open(SOCKET)
    for name in _kernel.SHARED:
        _kernel.load(name)
    hooks.install()
    _settle()
    host.send(b"k", b"")
    serve()


def _settle():
    """Give the interpreter the shape that every execution starts from."""
    execute = _kernel.execute
    execute._forget_randomness = forget_randomness
    execute.io = _InTurn()
    sys.modules["__main__"] = execute.main
    sys.__stdout__, sys.__stderr__ = execute.writer(1, "surrogateescape"), execute.writer(2, "backslashreplace")
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


class _InTurn:
    """The module io, for the kernel: its files wait for their turn."""

    def __getattr__(self, name):
        return getattr(io, name)

    class FileIO(io.FileIO):
        def write(self, data):
            host.turn(self.fileno())
            return super().write(data)


def serve():
    """Carry out requests."""
    while True:
        frame = host.receive()
        if not frame:
            return
        status = carry_out(json.loads(frame[1]))
        if host.left():
            os._exit(status)  # a child that the code forked has come to the end of it
        host.send(b"d", str(status).encode())


def carry_out(request):
    """Run one execution and return its exit code."""
    stdin = request.get("stdin")
    status = INTERRUPTED
    try:
        try:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
            threads.begin()
            host.last = 0
            if stdin:
                host.open_input(stdin)
            status = run(request)
        finally:
            _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    except KeyboardInterrupt:
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # it came when all was over, or nothing had begun
    except MemoryError:
        status = 1
    if stdin:
        host.open_input(os.devnull)
    return status


def run(request):
    """Run a request's code, and what was drawn meanwhile is shown."""
    script = request["module"]
    status = _kernel.execute.run(request["code"], request["name"], request["args"], request["show"], request["fresh"], script)
    if "matplotlib.pyplot" in sys.modules and not script and not host.left():
        from _kernel import figures

        status = _kernel.execute._guard(figures.show) or status
        _kernel.execute._flush()
    return status


def forget_randomness():
    """Draw anew what was drawn before this copy of a process was made. What asks
    the system each time holds nothing."""
    loaded = sys.modules.get
    if loaded("random"):
        loaded("random").seed()
    if loaded("numpy.random"):
        loaded("numpy.random").seed()
    if loaded("tempfile"):
        loaded("tempfile")._name_sequence = None
    if loaded("uuid"):
        loaded("uuid")._node = loaded("uuid")._last_timestamp = None
