"""Threads at the end of an execution. As CPython does before it ends, it waits
for those that were started and are no daemons."""

import sys

_before = frozenset()


def _alive():
    threading = sys.modules.get("threading")
    if threading is None or threading.active_count() == 1:
        return []
    here = (threading.current_thread(), threading.main_thread())
    return [t for t in threading.enumerate() if not t.daemon and t not in here]


def begin():
    """Remember which threads are there before an execution."""
    global _before
    _before = frozenset(_alive())


def _left():
    return [t for t in _alive() if t not in _before]


def started():
    """Report whether threads were started that still run."""
    return bool(_left())


def finish(script):
    """Wait for the threads that were started. The workers of pools wait for
    work that later cells may give them; after a script nobody will."""
    pools = sys.modules.get("concurrent.futures.thread")
    if script and pools:
        pools._python_exit()
        pools._shutdown = False  # the next execution may have pools again
    while True:
        left = [t for t in _left() if pools is None or t not in pools._threads_queues]
        if not left:
            return
        left[0].join()
