"""What is changed in libraries, once, when code imports them."""

import sys


def _traceback(module):
    """Before Python 3.11 a traceback knows nothing of groups, and before 3.10
    it cannot be told to be compact."""
    made = module.TracebackException
    if sys.version_info < (3, 11):
        made.exceptions = None
    if sys.version_info < (3, 10):
        init = made.__init__
        made.__init__ = lambda self, *args, compact=True, **kwargs: init(self, *args, **kwargs)


def _matplotlib(module):
    """Figures go to the host."""
    module.rcParams["backend"] = "module://_kernel.figures"


def _figure(module):
    """A figure shows itself as a picture."""
    from _kernel import figures

    module.Figure._repr_mimebundle_ = figures.bundle


def _multiprocessing(module):
    """Children are forked, as before Python 3.14: functions of cells are in no
    file that another start could import."""
    module._default_context = module.DefaultContext(module._concrete_contexts["fork"])


HOOKS = {
    "traceback": _traceback,
    "matplotlib": _matplotlib,
    "matplotlib.figure": _figure,
    "multiprocessing.context": _multiprocessing,
}


class _Finder:
    """Finds the modules that have a hook, once."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        hook = HOOKS.pop(name, None)
        if hook is None:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not _Finder else None
            if spec is not None:
                break
        else:
            return None
        run = spec.loader.exec_module

        def exec_module(module):
            del spec.loader.exec_module  # so that the module has its loader as it was
            run(module)
            hook(module)

        spec.loader.exec_module = exec_module
        return spec


def install():
    """Watch what is imported. What is there already is changed now."""
    for name in [name for name in HOOKS if name in sys.modules]:
        HOOKS.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, _Finder)
