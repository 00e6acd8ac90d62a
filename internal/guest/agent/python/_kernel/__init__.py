"""The kernel of the Python agent.

What an execution is, what it shows and how it fails is said once, for every
backend, in the files execute, show and errors of the WebAssembly guest. They
are loaded here as they are; only what stands below them is another:

    host      the road to the host, in the place of the guest's C module
    threads   threads are the system's; the end of an execution waits for them
    absent    nothing is absent
    agent     requests, one after another
    magics    lines that begin with % or !
    figures   what matplotlib draws
    hooks     what is changed in libraries, when code imports them

The names of its files mark its frames, so that tracebacks can leave them out.
"""

import builtins
import sys

HOME = __file__[: -len("__init__.py")]

SHARED = ("show", "errors", "execute")  # in this order: each needs those before it

_names = dict(vars(builtins))
_names.setdefault("BaseExceptionGroup", ())  # none is one, before Python 3.11


class _Later:
    """A module that is imported when something of it is first used. A small
    program uses little of what the kernel might."""

    def __init__(self, name):
        vars(self).update(KNOWN.get(name, {}), __name__=name)

    def __getattr__(self, name):
        return getattr(self._now(), name)

    def __setattr__(self, name, value):
        setattr(self._now(), name, value)

    def _now(self):
        module = builtins.__import__(self.__name__)
        for user in SHARED:
            if globals().get(user) and vars(globals()[user]).get(self.__name__) is self:
                vars(globals()[user])[self.__name__] = module
        return module


# What every execution asks of modules that it needs for nothing else.
KNOWN = {"inspect": {"CO_COROUTINE": 0x80}, "ast": {"PyCF_ALLOW_TOP_LEVEL_AWAIT": 0x2000}}


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    if fromlist or level or "." in name or name in sys.modules:
        return builtins.__import__(name, globals, locals, fromlist, level)
    return _Later(name)


_names["__import__"] = _import


def load(name):
    """Import one of the shared files."""
    module = type(sys)(f"{__name__}.{name}")
    module.__file__ = f"{HOME}{name}.py"
    module.__builtins__ = _names
    with open(module.__file__, "rb") as f:
        code = compile(f.read(), module.__file__, "exec", dont_inherit=True)
    sys.modules[module.__name__] = globals()[name] = module
    exec(code, vars(module))
    return module
