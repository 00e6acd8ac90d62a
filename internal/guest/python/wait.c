// wait.c: locks. There is one thread, so a lock that is taken stays taken
// unless somebody else gets to run. CPython without threads would spin for
// ever. Instead the kernel's hook runs one of the threads that were started and
// have not run, on top of this one, and says whether it found any. All that
// waits in Python comes by here: Condition, Event, Queue, Future.
//
// The linker puts the functions named __wrap_NAME before CPython's own.
#include "caisson.h"
#include "pycore_lock.h"
#include "pycore_pythread.h"
#include <time.h>

PyLockStatus __real_PyThread_acquire_lock_timed_with_retries(PyThread_type_lock lock, PY_TIMEOUT_T ns);
PyLockStatus __real__PyMutex_LockTimed(PyMutex *m, PyTime_t ns, _PyLockFlags flags);

struct waiter {
	PyThread_type_lock lock; // of these two it waits for the one that is there
	PyMutex *mutex;
	int64_t until; // ns on hold_now()'s clock; negative: for ever
	struct waiter *outer;
};
static struct waiter *waiting; // the innermost; the others lie below on the stack
static PyObject *idle;         // the kernel's hook

static int take_now(struct waiter *w)
{
	PyLockStatus status = w->mutex != NULL ? __real__PyMutex_LockTimed(w->mutex, 0, _Py_LOCK_DONT_DETACH)
	                                       : PyThread_acquire_lock_timed(w->lock, 0, 0);
	return status == PY_LOCK_ACQUIRED;
}

static int is_free(struct waiter *w)
{
	if (w->mutex != NULL)
		return !PyMutex_IsLocked(w->mutex);
	if (!take_now(w))
		return 0;
	PyThread_release_lock(w->lock);
	return 1;
}

// run_idle calls the hook: 1 when it ran a thread, 0 when there was none, -1
// when it raised.
static int run_idle(struct waiter *w)
{
	PyObject *r = PyObject_CallOneArg(idle, w->until < 0 ? Py_True : Py_False);
	int found = r == NULL ? -1 : PyObject_IsTrue(r);
	Py_XDECREF(r);
	return found;
}

// pause_waiter sleeps until the wait is over or one below it is, which the hook wants
// to know.
static void pause_waiter(struct waiter *w)
{
	int64_t t = hold_now(), until = w->until;
	for (struct waiter *o = w->outer; o != NULL; o = o->outer)
		if (o->until > t && o->until < until)
			until = o->until;
	if (until > t) {
		struct timespec left = {(until - t) / 1000000000, (until - t) % 1000000000};
		nanosleep(&left, NULL);
	}
}

static PyLockStatus wait_for_it(struct waiter *w)
{
	while (!take_now(w)) {
		if (w->until >= 0 && hold_now() >= w->until)
			return PY_LOCK_FAILURE;
		int found = run_idle(w);
		if (found == 0)
			pause_waiter(w);
		if (found < 0 || PyErr_CheckSignals() < 0)
			return PY_LOCK_INTR; // with an exception set, which the waiter passes on
	}
	return PY_LOCK_ACQUIRED;
}

static PyLockStatus wait_for(PyThread_type_lock lock, PyMutex *mutex, int64_t ns)
{
	struct waiter w = {lock, mutex, -1, waiting};
	if (take_now(&w))
		return PY_LOCK_ACQUIRED;
	if (ns > 0)
		w.until = ns < INT64_MAX / 2 ? hold_now() + ns : INT64_MAX;
	waiting = &w;
	PyLockStatus status = wait_for_it(&w);
	waiting = w.outer;
	return status;
}

// What threading.RLock comes down to.
PyLockStatus __wrap_PyThread_acquire_lock_timed_with_retries(PyThread_type_lock lock, PY_TIMEOUT_T ns)
{
	if (ns == 0 || idle == NULL)
		return __real_PyThread_acquire_lock_timed_with_retries(lock, ns);
	return wait_for(lock, NULL, ns);
}

// What threading.Lock comes down to. Without the flag it is CPython's own lock,
// in the middle of something, where no Python must run.
PyLockStatus __wrap__PyMutex_LockTimed(PyMutex *m, PyTime_t ns, _PyLockFlags flags)
{
	if (ns == 0 || idle == NULL || !(flags & _PY_LOCK_HANDLE_SIGNALS))
		return __real__PyMutex_LockTimed(m, ns, flags);
	return wait_for(NULL, m, ns);
}

void forget_waiters(void) { waiting = NULL; }

// module_pause(seconds) sleeps until the time is over or a signal has come.
PyObject *module_pause(PyObject *self, PyObject *seconds)
{
	double s = PyFloat_AsDouble(seconds);
	if (s == -1.0 && PyErr_Occurred())
		return NULL;
	if (s > 0 && s < 1e9) {
		struct timespec t = {(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
		nanosleep(&t, NULL);
	}
	if (PyErr_CheckSignals() < 0)
		return NULL;
	Py_RETURN_NONE;
}

PyObject *module_on_idle(PyObject *self, PyObject *hook)
{
	Py_XSETREF(idle, Py_NewRef(hook));
	Py_RETURN_NONE;
}

PyObject *module_overdue(PyObject *self, PyObject *unused)
{
	for (struct waiter *w = waiting ? waiting->outer : NULL; w != NULL; w = w->outer)
		if (is_free(w) || (w->until >= 0 && hold_now() >= w->until))
			Py_RETURN_TRUE;
	Py_RETURN_FALSE;
}
