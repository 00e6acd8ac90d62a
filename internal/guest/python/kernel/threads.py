"""Threads without threads.

The wasm runtime has one thread. A thread that code starts is kept until
somebody waits, and then runs on top of the one that waits: on a lock that is
taken, which is what joining, queues, events and futures come down to, or at
the end of the execution. Programs that hand work out and collect it behave as
they should, one piece of work after another.

What cannot be done is going back to a thread that waits before the one on top
of it has ended. So:

  - A daemon thread on top ends where it waits as soon as one below could go
    on: code that makes daemons does not count on their end. Daemons run during
    time.sleep too.
  - Any other thread runs to its end. When it waits for something that only a
    thread below it could do, it gets a RuntimeError that says so.

Work given to a ThreadPoolExecutor is done at once, where it is submitted.
"""

import _thread
import concurrent.futures.thread
import contextvars
import itertools
import queue
import threading
import time

import _caisson

STUCK = (
    "this waits for another thread, and none is left that could run: the wasm runtime has one "
    "thread and runs those that were started one after another. True threads need a runtime with "
    "a Linux kernel (container backend)"
)

_ready = []  # started and not yet run, in order
_running = []  # from the bottom up; empty while only the main thread runs
_sleeping = False  # the innermost wait is a time.sleep
_idents = itertools.count(1)
_sleep = time.sleep


class Stopped(SystemExit):
    """Ends a daemon thread so that one below it can go on."""


def started():
    """Report whether threads were started that have not run."""
    return bool(_ready)


def running():
    """Report whether a thread other than the main one runs."""
    return bool(_running)


def finish(drop_daemons):
    """Run what was started and not waited for, as CPython does before it ends."""
    while any(not thread.daemon for thread in _ready):
        _run(next(thread for thread in _ready if not thread.daemon))
    if drop_daemons:
        while _ready:
            _end(_ready.pop())


def run_one():
    """Run one thread that was started, and report whether there was one."""
    if _ready:
        _run(_ready[0])
        return True
    return False


def _on_idle(forever):
    """Run one thread while a lock is waited for, and report whether there was
    one. A wait that nothing can end raises."""
    daemon = _running and _running[-1].daemon
    if daemon and _caisson.overdue():
        raise Stopped
    for thread in _ready:
        if thread.daemon or not _sleeping:
            _run(thread)
            return True
    if forever:
        raise Stopped if daemon else RuntimeError(STUCK)
    return False


def _run(thread):
    """Run a thread to its end, on top of whatever runs now."""
    global _sleeping
    _ready.remove(thread)
    _running.append(thread)
    below, _sleeping = _sleeping, False
    try:
        contextvars.Context().run(thread.run)
    except SystemExit:
        pass
    except KeyboardInterrupt:
        raise  # meant for the whole execution
    except BaseException as e:
        threading.excepthook(threading.ExceptHookArgs([type(e), e, e.__traceback__, thread]))
    finally:
        _sleeping = below
        _running.pop()
        _end(thread)


def _end(thread):
    threading._active.pop(thread._ident, None)
    thread._handle._set_done()
    thread._done.release()


def _start(self):
    if not self._initialized:
        raise RuntimeError("thread.__init__() not called")
    if self._started.is_set():
        raise RuntimeError("threads can only be started once")
    self._started.set()
    self._done = _thread.allocate_lock()
    self._done.acquire()
    self._ident = self._native_id = next(_idents)
    self._handle = threading._make_thread_handle(self._ident)
    threading._active[self._ident] = self
    _ready.append(self)


def _join(self, timeout=None):
    if not self._initialized:
        raise RuntimeError("Thread.__init__() not called")
    if not self._started.is_set():
        raise RuntimeError("cannot join thread before it is started")
    if self is current_thread():
        raise RuntimeError("cannot join current thread")
    if self is threading.main_thread():
        raise RuntimeError(STUCK)
    if self._done.acquire(timeout=-1 if timeout is None else max(timeout, 0)):
        self._done.release()


def _is_alive(self):
    return self._started.is_set() and (self is threading.main_thread() or self._done.locked())


def current_thread():
    """Return the Thread that runs."""
    return _running[-1] if _running else threading._main_thread


def get_ident():
    """Return a number that names the thread that runs."""
    return current_thread()._ident


def sleep(seconds, /):
    """Delay execution for a number of seconds, which may be a fraction."""
    global _sleeping
    if not _ready and not _running or _running and not _running[-1].daemon:
        return _sleep(seconds)
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    lock = _thread.allocate_lock()
    lock.acquire()
    below, _sleeping = _sleeping, True
    try:
        lock.acquire(timeout=seconds)
    finally:
        _sleeping = below


def start_new_thread(function, args, kwargs={}, /):
    """Start a thread and return its number."""
    thread = threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    return thread.ident


def _submit(self, fn, /, *args, **kwargs):
    if self._broken:
        raise concurrent.futures.thread.BrokenThreadPool(self._broken)
    if self._shutdown:
        raise RuntimeError("cannot schedule new futures after shutdown")
    if not hasattr(self, "_workers"):
        count = min(self._max_workers, 64)
        names = [f"{self._thread_name_prefix or self}_{i}" for i in range(count)]
        self._workers = itertools.cycle([threading.Thread(name=name) for name in names])
        if self._initializer:
            self._initializer(*self._initargs)
    future = concurrent.futures.Future()
    future.set_running_or_notify_cancel()
    _running.append(next(self._workers))
    try:
        future.set_result(fn(*args, **kwargs))
    except KeyboardInterrupt:
        raise
    except BaseException as e:
        future.set_exception(e)
    finally:
        _running.pop()
    return future


def install():
    """Put all this in the place of what needs true threads."""
    threading.Thread.start = _start
    threading.Thread.join = _join
    threading.Thread.is_alive = _is_alive
    threading.current_thread = current_thread
    threading.get_ident = threading.get_native_id = get_ident
    _thread.start_new_thread = start_new_thread
    queue.SimpleQueue = queue._PySimpleQueue  # the other waits where no hook is
    time.sleep = sleep
    concurrent.futures.thread.ThreadPoolExecutor.submit = _submit
    import _threading_local  # asks current_thread, and so must come after it

    threading.local = _threading_local.local
    _caisson.on_idle(_on_idle)
