"""asyncio without sockets: tasks, timers, queues and to_thread work; transports
do not. There is nothing that could wake the loop from outside, so it needs
neither a selector nor a pipe to itself."""

import asyncio
import selectors
import time

import _caisson
from _kernel import threads

FOREVER = "the event loop would wait for ever: no task can go on and no timer is set"


class _Selector(selectors._BaseSelectorImpl):
    """Waits for threads that were started, and for time."""

    def select(self, timeout=None):
        if timeout is not None and timeout <= 0 or threads.run_one():
            return []
        if timeout is None:
            raise RuntimeError(FOREVER)
        if threads.running():
            time.sleep(timeout)
        else:
            _caisson.pause(timeout)  # unlike time.sleep, it ends when a signal came that raised nothing
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop for one thread and no descriptors."""

    def __init__(self):
        super().__init__(_Selector())

    def _make_self_pipe(self):
        self._ssock = self._csock = None

    def _close_self_pipe(self):
        pass

    def _write_to_self(self):
        pass

    def add_signal_handler(self, *args):
        raise NotImplementedError("the wasm runtime has no signals")

    def remove_signal_handler(self, sig):
        return False


class _Policy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = Loop


def install():
    """Make this loop the one that asyncio makes."""
    asyncio.SelectorEventLoop = Loop
    asyncio.set_event_loop_policy(_Policy())
